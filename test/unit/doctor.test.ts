/** `doctor`, in this process, over folders of manifests: each code, the screens, the data and the exit codes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePayload, encodePayload } from '../../src/codecs/index.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { broken, type Sketch, sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const doctor = (...argv: readonly string[]) =>
  runCli(['doctor', ...argv, '--storage', `dir:${dir}`]);

async function fill(...records: readonly ReleaseRecord[]): Promise<void> {
  const storage = await openDirectory(dir, { create: true });
  for (const record of records) await storage.create(record);
}

interface Data {
  readonly schema: string;
  readonly worst: string | null;
  readonly looked: { readonly releases: number; readonly records: number; readonly bodies: number };
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly release?: string;
    readonly revision?: number;
    readonly message: string;
    readonly mend: readonly string[];
  }[];
}

async function data(...argv: readonly string[]): Promise<Data> {
  const { out, err } = await doctor('-o', 'json', ...argv);
  expect(err).toBe('');
  return JSON.parse(out);
}

/** `code revision`, the worst first. */
async function found(...argv: readonly string[]): Promise<string[]> {
  const { findings } = await data(...argv);
  return findings.map(({ code, revision }) => [code, revision].join(' ').trim());
}

const words = {
  ...{ d: 'deployed', s: 'superseded', f: 'failed', u: 'uninstalled', g: 'uninstalling' },
  ...{ p: 'pending-upgrade', i: 'pending-install', r: 'pending-rollback', n: 'unknown' },
};
/** A letter for each revision, from 1; `x` can't be read, `-` isn't there. */
function history(statuses: string, more: Sketch = {}): ReleaseRecord[] {
  return [...statuses].flatMap((letter, i) => {
    if (letter === '-') return [];
    const status = words[letter as keyof typeof words] ?? 'superseded';
    const record = sketchRecord({ revision: i + 1, status, ...more });
    return letter === 'x' ? broken(record) : record;
  });
}

function changed(record: ReleaseRecord, change: (release: Release) => Release): ReleaseRecord {
  const release = change(decodePayload(record.payload));
  return { ...record, payload: encodePayload('helm3', release) };
}

const [only] = history('d') as [ReleaseRecord];
const labelled = (labels: Readonly<{ [name: string]: string }>) => ({
  ...only,
  labels: { ...only.labels, ...labels },
});
const ingress = (apiVersion: string) =>
  `---\napiVersion: ${apiVersion}\nkind: Ingress\nmetadata:\n  name: web\n`;
const hook = {
  ...{ name: 'clean', kind: 'CronJob', path: 'billing/templates/clean.yaml' },
  manifest: 'apiVersion: batch/v1beta1\nkind: CronJob\nmetadata:\n  name: clean\n',
  ...{ events: ['pre-delete'], weight: 0, deletePolicies: [] },
  lastRun: { startedAt: '', completedAt: '', phase: '' },
};
const method = (letters: string, methods: readonly (string | undefined)[]) =>
  history(letters, { helm: 4 }).map((record, i) => {
    const applyMethod = methods[i];
    return changed(record, (release) => ({ ...release, ...(applyMethod && { applyMethod }) }));
  });
const flux =
  'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels: {helm.toolkit.fluxcd.io/name: web, helm.toolkit.fluxcd.io/namespace: flux}\n';

describe('what is found', () => {
  const rows: readonly [
    what: string,
    records: readonly ReleaseRecord[],
    codes: readonly string[],
  ][] = [
    ['healthy', history('ssssd'), []],
    ['healthy, of Helm 4', method('sd', ['ssa', 'ssa']), []],
    ['pending', history('dp'), ['pending 2']],
    ['pending, never installed', history('i'), ['pending 1']],
    ['pending, to go back', history('sdr'), ['pending 3']],
    ['uninstalling', history('sg'), ['uninstalling 2']],
    ['unknown', history('sn'), ['unknown 2']],
    ['failed', history('df'), ['failed 2']],
    ['never deployed', history('f'), ['none-deployed 1']],
    ['all superseded', history('ss'), ['none-deployed 2']],
    [
      'a failed rollback',
      [...history('ss'), ...history('--f', { description: 'Rollback "billing" failed: no' })],
      ['failed-rollback 3'],
    ],
    ['uninstalled', history('su'), ['uninstalled 2']],
    ['several deployed', history('dsd'), ['several-deployed 3']],
    ['the newest unreadable', history('sdx'), ['unreadable-newest 3']],
    ['several newest unreadable', history('dxx'), ['unreadable-newest 3', 'unreadable 2']],
    ['a gap', history('ss-d'), ['gap 4']],
    ['an older gap', history('s-sd'), []],
    ['a long history', history('ssssssssssd'), ['history-unbounded']],
    ['its status label', [labelled({ status: 'superseded' })], ['label-mismatch 1']],
    ['its version label', [labelled({ version: '3' })], ['label-version 1']],
    ['its owner label', [labelled({ owner: 'me' })], ['owner-label-missing 1']],
    ['no labels', [{ ...only, labels: {} }], ['owner-label-missing 1']],
    [
      'its key',
      [...history('ss'), { ...only, key: 'sh.helm.release.v1.billing.v3' }],
      ['key-mismatch 1'],
    ],
    ['its name', [labelled({ name: 'other' })], ['two-names 1']],
    ['an odd key', [{ ...only, key: 'sh.helm.release.v1.billing' }], ['odd-key 1']],
    ['immutable', [{ ...only, immutable: true }], ['immutable-record 1']],
    [
      'a later format',
      [
        ...history('d'),
        {
          ...labelled({ version: '2' }),
          ...{ key: 'sh.helm.release.v2.billing.v2', type: 'helm.sh/release.v2' },
        },
      ],
      ['release-v2 2'],
    ],
    [
      'a removed API',
      history('sd', { manifest: ingress('networking.k8s.io/v1beta1') }),
      ['api-removed-in 2'],
    ],
    ['an API that is there', history('sd', { manifest: ingress('networking.k8s.io/v1') }), []],
    ['a hook with a removed API', history('sd', { hooks: [hook] }), ['api-in-hook 2']],
    ['latched', method('df', ['csa', 'ssa']), ['ssa-latched 2', 'failed 2']],
    ['not latched', method('df', ['ssa', 'ssa']), ['failed 2']],
    ["Flux's", history('d', { manifest: flux }), ['flux-managed 1']],
    ['both helms', [...history('f', { helm: 4 }), ...history('-d')], ['two-helms 2']],
    [
      'open credentials',
      [sketchRecord({ config: { db: { password: 'geheim' } } }, { kind: 'ConfigMap' })],
      ['open-credentials 1'],
    ],
    ['kept credentials', [sketchRecord({ config: { db: { password: 'geheim' } } })], []],
    [
      'two stores',
      [...history('d'), sketchRecord({ updated: '2026-01-01T00:00:00Z' }, { kind: 'ConfigMap' })],
      ['two-stores'],
    ],
    ['near the limit', history('d', { notes: noise(900_000) }), ['size 1']],
    ['far from the limit', history('d', { notes: noise(500_000) }), []],
  ];
  it('says which kind of record is older, where a folder has both', async () => {
    const older = sketchRecord({ updated: '2026-01-01T00:00:00Z' }, { kind: 'ConfigMap' });
    await fill(...history('d'), older);
    const { out } = await runCli(['doctor', '--storage', `dir:${dir}`]);
    expect(out).toMatch(
      /it has records in (Secrets|ConfigMaps) of dir:.*; those in ConfigMaps of dir:/,
    );
  });

  it.each(rows)('%s', async (_what, records, codes) => {
    await fill(...records);
    expect(await found()).toEqual(codes);
  });

  it('is more with --deep, which reads every body', async () => {
    const [first, ...others] = history('sssd');
    const old = { ...(first as ReleaseRecord), immutable: true as const };
    await fill(broken(others[0] as ReleaseRecord), old, ...others.slice(1));
    expect((await data()).looked).toMatchObject({ records: 4, bodies: 1 });
    expect(await found()).toEqual([]);
    expect(await found('--deep')).toEqual(['immutable-record 1', 'unreadable 2']);
    expect((await data('--deep')).looked).toMatchObject({ bodies: 4 });
  });

  it('is that of each release, the worst first', async () => {
    await fill(
      ...history('df', { name: 'a' }),
      ...history('d', { name: 'b' }),
      ...history('dp', { name: 'c' }),
      ...history('dd', { name: 'd', namespace: 'web' }),
    );
    const { findings, worst, looked } = await data();
    expect(findings.map(({ severity, release }) => `${severity} ${release}`)).toEqual([
      'error c',
      'warning d',
      'note a',
    ]);
    expect(worst).toBe('error');
    expect(looked).toMatchObject({ releases: 4, records: 7 });
    expect(await found('a', 'b')).toEqual(['failed 2']);
    expect(await found('-n', 'web')).toEqual(['several-deployed 2']);
  });
});

/** Text that gzip can't make small: base64 of digests would do, and this is as good. */
function noise(length: number): string {
  let state = 1;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += String.fromCharCode(33 + ((state >>> 16) % 90));
  }
  return text;
}

describe('the exit code', () => {
  const rows: readonly [history: string, failOn: string | undefined, code: number][] = [
    ['d', undefined, 0],
    ['d', 'note', 0],
    ['df', undefined, 0],
    ['df', 'note', 3],
    ['dd', undefined, 3],
    ['dd', 'error', 0],
    ['dp', 'error', 3],
    ['dp', 'note', 3],
  ];
  it.each(rows)('%s --fail-on %s: %i', async (statuses, failOn, code) => {
    await fill(...history(statuses));
    const more = failOn === undefined ? [] : ['--fail-on', failOn];
    expect(await doctor(...more)).toMatchObject({ code });
    expect(await doctor(...more, '-o', 'json')).toMatchObject({ code });
  });

  it('is 1 for a name that is not there, which is said', async () => {
    await fill(...history('d'));
    const ran = await doctor('biling');
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain('there is no release biling');
    expect(ran.err).toContain('did you mean billing?');
  });

  it('is 2 for a word that is no severity', async () => {
    expect(await doctor('--fail-on', 'fatal')).toMatchObject({ code: 2 });
  });
});

describe('the screen', () => {
  it('is one line where nothing is found', async () => {
    await fill(...history('sd'), ...history('d', { name: 'shop' }));
    const { out, err } = await doctor();
    expect(out).toBe(`Nothing found: 2 releases, 3 records (2 read whole), in dir:${dir}.\n`);
    expect(err).toBe('');
  });

  it('is a line for each finding, and a sum', async () => {
    await fill(
      ...history('dp', { updated: '2020-01-01T00:00:00Z' }),
      ...history('df', { name: 'shop' }),
    );
    const { out } = await doctor();
    const [head, first, second, ...rest] = out.split('\n');
    expect(head).toMatch(/^SEVERITY +RELEASE +NAMESPACE +CODE +FINDING$/);
    expect(first).toMatch(/^error +billing +pay +pending +revision 2 is pending-upgrade for \dy/);
    expect(second).toMatch(
      /^note +shop +pay +failed +revision 2 has failed; revision 1 is deployed$/,
    );
    expect(rest.join('\n')).toMatch(/^\n2 findings: 1 error, 1 note; 2 releases, 4 records /);
  });

  it('says that a helm may be at work on what is young', async () => {
    const updated = new Date(Date.now() - 60_000).toISOString();
    await fill(...history('dp', { updated }));
    expect((await data()).findings[0]?.message).toMatch(/for \d+s: a helm may be at work on it$/);
  });

  it('has the command that mends it, whole', async () => {
    await fill(...history('dp'), ...history('ddx', { name: 'shop', namespace: 'web' }));
    const { out } = await doctor('--details');
    expect(out).toContain(
      '  says: helm upgrade billing CHART: another operation (install/upgrade/rollback) is in progress\n',
    );
    expect(out).toContain(`  try: kubectl releases unlock billing -n pay --storage dir:${dir}\n`);
    // Neither helm nor kubectl knows a folder.
    expect(out).not.toMatch(/try: (?:helm|kubectl (?!releases))/);
    expect(out).toContain(
      '  by hand: Once its records are where helm reads them: helm rollback shop 2\n',
    );
    expect(out.match(/by hand: In its file, after a copy: .*shop\.v3/g)).toHaveLength(1);
  });

  it('says of an archive that it is only read', async () => {
    await fill(...history('dp'));
    const archive = join(dir, '..', `${basename(dir)}.zip`);
    await runCli(['backup', '--all', archive, '--storage', `dir:${dir}`]);
    const { out } = await runCli(['doctor', '--details', '--storage', `file:${archive}`]);
    rmSync(archive);
    expect(out).toContain('  by hand: An archive is only read: restore it first.\n');
    expect(out).not.toContain('try:');
  });

  it('keeps what a record is called off the terminal', async () => {
    const record = labelled({ name: 'a\u001b[31m' });
    await fill(record);
    const { out } = await runCli(['doctor', '--details', '--storage', `dir:${dir}`], {
      terminal: 100,
    });
    expect(out).not.toContain('\u001b[31m');
  });

  it('is YAML and columns, too', async () => {
    await fill(...history('dp'));
    expect((await doctor('-o', 'yaml')).out).toContain('schema: kubectl-releases/doctor/v1\n');
    const { out } = await doctor('-o', 'custom-columns=CODE:.code,RELEASE:.release');
    expect(out).toBe('CODE     RELEASE\npending  billing\n');
    expect((await doctor('-o', 'jsonpath={.findings[*].code}')).out).toBe('pending');
  });
});
