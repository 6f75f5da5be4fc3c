/** The commands, in this process, over folders of manifests. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { ranges } from '../../src/commands/reading/release.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { type CaptureOptions, runCli } from './cli-io.ts';
import { broken, sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'commands-'));
  // AGE says how long ago something was.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-30T18:04:12Z') });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dir, { recursive: true });
});

async function fill(...records: readonly ReleaseRecord[]): Promise<void> {
  const storage = await openDirectory(dir, { create: true });
  for (const record of records) await storage.create(record);
}

/** Runs over the folder; `DIR` in what it prints stands for it. */
async function cli(argv: readonly string[], options?: CaptureOptions) {
  const { code, out, err } = await runCli([...argv, '--storage', `dir:${dir}`], options);
  return { code, out: out.replaceAll(dir, 'DIR'), err: err.replaceAll(dir, 'DIR') };
}

const updated = '2026-11-20T18:04:11.5Z';
/** One of each Helm, and one that can't be read. */
const mixed = () => [
  sketchRecord({ revision: 13, status: 'superseded', updated }),
  sketchRecord({ revision: 14, updated, config: { password: 'hunter2', on: true } }),
  sketchRecord({
    ...{ helm: 2, name: 'legacy', revision: 9, status: 'uninstalled' },
    ...{ updated: '2019-05-02T09:11:40Z', config: 'on: 0777\n' },
  }),
  sketchRecord({
    helm: 4,
    name: 'search',
    namespace: 'web',
    revision: 3,
    status: 'failed',
    updated,
  }),
  broken(sketchRecord({ helm: 2, name: 'old-cms', namespace: 'web', revision: 7 })),
];

describe('list', () => {
  it('shows Helm 2, 3 and 4 side by side, and what can not be read as a row', async () => {
    await fill(...mixed());
    const { code, out, err } = await cli(['list']);
    expect(out).toBe(
      [
        'NAME     NAMESPACE  REVISION  UPDATED                  AGE     STATUS      CHART          APP VERSION',
        'billing  pay        14        2026-11-20 18:04:11 UTC  10d     deployed    billing-1.2.3  7.2',
        'legacy   pay        9         2019-05-02 09:11:40 UTC  7y214d  DELETED     legacy-1.2.3   7.2',
        'old-cms  -          7         -                        -       unreadable  -              -',
        'search   web        3         2026-11-20 18:04:11 UTC  10d     failed      search-1.2.3   7.2',
        '',
      ].join('\n'),
    );
    expect(err).toMatch(
      /^1 record can't be read: configmap kube-system\/old-cms\.v7 \(kube-system\/configmap-old-cms\.v7\.yaml\): .+[^.]\.\n$/,
    );
    expect(code).toBe(3);
  });

  it('keeps to a namespace, but never hides what may be in it', async () => {
    await fill(...mixed());
    const { out } = await cli(['list', '-n', 'web', '-q']);
    expect(out).toBe('old-cms\nsearch\n');
    expect((await cli(['list', '-n', 'web', '-A', '-q'])).out.split('\n')).toHaveLength(5);
  });

  it('keeps to names that match, and to one Helm', async () => {
    await fill(...mixed());
    expect(await cli(['list', '--filter', '^s', '-o', 'name'])).toEqual({
      ...{ code: 0, out: 'search\n', err: '' },
    });
    expect((await cli(['list', '--helm', '2', '-q'])).out).toBe('legacy\nold-cms\n');
    expect((await cli(['list', '--helm=3', '-q'])).out).toBe('billing\nsearch\n');
  });

  it('prints helm’s fields as JSON and YAML, with the reason where there is one', async () => {
    await fill(...mixed());
    const json = JSON.parse((await cli(['list', '-o', 'json'])).out);
    expect(json[0]).toEqual({
      ...{ name: 'billing', namespace: 'pay', revision: '14', status: 'deployed' },
      ...{ updated: '2026-11-20 18:04:11.5 +0000 UTC', chart: 'billing-1.2.3', app_version: '7.2' },
    });
    expect(json[2]).toMatchObject({ name: 'old-cms', status: 'unreadable', chart: '' });
    expect(json[2].unreadable).toMatch(/\w/);
    expect(parse((await cli(['list', '-o', 'yaml'])).out)).toEqual(json);
    expect(JSON.parse((await cli(['list', '-qo', 'json'])).out)).toEqual(
      json.map((row: { name: string }) => row.name),
    );
  });

  it('says more with -o wide, and less with --no-headers', async () => {
    await fill(sketchRecord({ revision: 2 }));
    expect((await cli(['list', '-o', 'wide'])).out).toMatch(
      / HELM {2}STORAGE +SIZE\n.* 3 +dir:DIR +\d+ bytes\n$/,
    );
    expect((await cli(['list', '--no-headers'])).out).toMatch(/^billing /);
  });

  it('sorts by what a path finds, and says that it finds nothing', async () => {
    const sketches = [{ revision: 2 }, { name: 'search', revision: 10 }, { name: 'cms' }];
    await fill(...sketches.map((one) => sketchRecord(one)));
    const sorted = await cli(['list', '-q', '--sort-by', '.revision', '-r']);
    expect(sorted.out).toBe('search\nbilling\ncms\n');
    for (const argv of [['list'], ['history', 'billing']]) {
      const { code, out, err } = await cli([...argv, '--sort-by', '.nope']);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(/^error: --sort-by \.nope finds nothing in any row\n {2}try: /);
    }
    const none = await cli(['list', '-f', 'nobody', '--sort-by', '.nope']);
    expect(none.code).toBe(0);
  });

  it('prints columns of its own, <none> for what is not there', async () => {
    await fill(sketchRecord({}), broken(sketchRecord({ name: 'old', revision: 3 })));
    const columns = 'custom-columns=N:.name,S:.size,L:.labels.team,R:.revision';
    const { out } = await cli(['list', '-o', columns]);
    expect(out.split('\n').map((line) => line.split(/ +/))).toEqual([
      ['N', 'S', 'L', 'R'],
      ['billing', expect.stringMatching(/^\d+$/), '<none>', '1'],
      ['old', '<none>', '<none>', '3'],
      [''],
    ]);
  });

  it.each([
    ['jsonpath', /^error: -o jsonpath= needs a template\n {2}try: for example: /],
    ['jsonpath=', /^error: -o jsonpath= needs a template\n {2}try: for example: /],
    ['custom-columns=', /^error: -o custom-columns= needs a template\n {2}try: for example: /],
  ])('refuses -o %s, as a variable that is not set leaves it', async (output, said) => {
    await fill(sketchRecord({}));
    for (const argv of [['list'], ['history', 'billing']]) {
      const { code, out, err } = await cli([...argv, '-o', output]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(said);
    }
  });

  it('prints headers, an empty list or nothing where there is nothing', async () => {
    expect(await cli(['list'])).toEqual({
      ...{ code: 0, err: 'No releases found in dir:DIR.\n' },
      out: 'NAME  NAMESPACE  REVISION  UPDATED  AGE  STATUS  CHART  APP VERSION\n',
    });
    expect(await cli(['list', '-o', 'json'])).toEqual({ code: 0, err: '', out: '[]\n' });
    expect(await cli(['list', '-q'])).toEqual({ code: 0, err: '', out: '' });
    await fill(sketchRecord({}));
    expect((await cli(['list', '--failed'])).err).toBe(
      'No releases in dir:DIR match: 1 release left out.\n',
    );
  });

  it('fits a terminal, colours it, and leaves names whole', async () => {
    await fill(...mixed());
    const { out } = await cli(['list'], { terminal: 95 });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(95);
    expect(out).toMatch(/^billing +pay +14 +2026-11-20 18:04 +\w+ +deployed +billing-1.2.3 +7.2$/m);
    const day = await cli(['list'], { terminal: 88 });
    expect(day.out).toMatch(/^billing +pay +14 +2026-11-20 +\w+ +deployed +billing-1.2.3 +7.2$/m);
    expect((await cli(['list'], { terminal: 200, colour: true })).out).toContain(
      '\u001b[32mdeployed\u001b[39m',
    );
  });

  it.each([80, 60])('fits long names, which stay whole, into %i cells', async (terminal) => {
    const name = `a${'-long'.repeat(8)}-name`;
    await fill(sketchRecord({ name, updated }), sketchRecord({ updated }));
    const { out } = await cli(['list'], { terminal });
    const lines = out.trimEnd().split('\n');
    expect(lines.some((line) => line.startsWith(`${name}  pay`))).toBe(true);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(terminal);
    expect(out).toContain('2026-11-20 18:04:11');
    expect(out).toContain(`${name}-1.2.3`);
  });

  it('colours as --color says', async () => {
    await fill(sketchRecord({}));
    const isColoured = async (argv: string[], options?: CaptureOptions) =>
      (await cli(argv, options)).out.includes('\u001b[32m');
    for (const command of [['list'], ['history', 'billing']]) {
      expect(await isColoured([...command, '--color', 'always'])).toBe(true);
      const terminal = { terminal: 200, colour: true };
      expect(await isColoured([...command, '--color=never'], terminal)).toBe(false);
      expect(await isColoured([...command, '--colour=auto'], terminal)).toBe(true);
    }
    expect(await cli(['list', '--color=bogus'])).toMatchObject({ code: 2, out: '' });
  });

  it('lets no hostile name write to the terminal', async () => {
    const name = 'evil\u001b[2J\u202ename';
    await fill(sketchRecord({ name }));
    const manifest = {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { release: 'x' } },
      metadata: { name: 'a\u001b[31m.v1', namespace: 'b\r\nc', labels: { OWNER: 'TILLER' } },
    };
    writeFileSync(join(dir, 'evil.json'), JSON.stringify(manifest));
    for (const format of ['table', 'wide', 'name', 'json', 'yaml']) {
      const { out, err } = await cli(['list', '-o', format]);
      expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(out.split('\n').length).toBeLessThan(60);
    }
  });

  it('chooses what can not be read by its labels, and keeps what has none', async () => {
    const labelled = (record: ReleaseRecord, more: object) => ({
      ...record,
      labels: { ...record.labels, ...more },
    });
    await fill(
      sketchRecord({}),
      labelled(broken(sketchRecord({ name: 'brk' })), { team: 'ops' }),
      broken(sketchRecord({ helm: 2, name: 'old', status: 'uninstalled' })),
    );
    writeFileSync(join(dir, 'hurt.yaml'), 'kind: Secret\nmetadata: [\n');
    const names = async (...flags: string[]) =>
      (await cli(['list', '-q', ...flags])).out.split('\n').filter((name) => name !== '');
    expect(await names('-l', 'team=ops')).toEqual(['brk', 'hurt.yaml']);
    expect(await names('-l', 'team in (pay,web)')).toEqual(['hurt.yaml']);
    expect(await names('--deployed')).toEqual(['billing', 'brk', 'hurt.yaml']);
    expect(await names('--uninstalled')).toEqual(['hurt.yaml', 'old']);
    expect(await names('--failed')).toEqual(['hurt.yaml']);
  });

  it('says of rows that look alike how they are told apart', async () => {
    const twice = [sketchRecord({}), sketchRecord({}, { kind: 'ConfigMap' })];
    await fill(...twice, sketchRecord({ helm: 2 }), sketchRecord({ name: 'search' }));
    const other = join(dir, 'other');
    mkdirSync(other);
    const more = await openDirectory(other, { create: true });
    await more.create(sketchRecord({ namespace: 'pay' }));
    const also = ['--storage', `dir:${other}`];
    const said = 'note: 1 release is in more than one place; -o wide shows where\n';
    expect((await cli(['list', ...also])).err).toBe(said);
    expect((await cli(['list', '-q', ...also])).err).toBe(said);
    expect((await cli(['list', '-o', 'wide', ...also])).err).toBe('');
    expect((await cli(['list', '-o', 'json', ...also])).err).toBe('');
  });

  it('reads several folders, and names a folder that is not there', async () => {
    await fill(sketchRecord({}));
    const other = join(dir, 'other');
    mkdirSync(other);
    const more = await openDirectory(other, { create: true });
    await more.create(sketchRecord({ name: 'search' }));
    const { out } = await runCli([
      'list',
      '-q',
      '--storage',
      `dir:${other}`,
      `--storage=dir:${dir}/pay`,
    ]);
    expect(out).toBe('billing\nsearch\n');
    expect(await runCli(['list', '--storage', `dir:${dir}/none`])).toMatchObject({
      ...{ code: 1, out: '' },
      err: expect.stringMatching(/^error: .*none.*\n/),
    });
  });
});

describe('history', () => {
  it('shows every revision in order, and a bad one with its reason', async () => {
    const revisions = [10, 9, 2].map((revision) =>
      sketchRecord({ revision, status: revision === 10 ? 'deployed' : 'superseded', updated }),
    );
    await fill(...revisions, broken(sketchRecord({ revision: 11 })));
    const { code, out, err } = await cli(['history', 'billing']);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(
      /^REVISION {2}UPDATED +AGE +STATUS +CHART +APP VERSION {2}DESCRIPTION$/,
    );
    expect(lines.slice(1, 4).map((line) => line.split(/ {2,}/))).toEqual([
      [
        '2',
        '2026-11-20 18:04:11 UTC',
        '10d',
        'superseded',
        'billing-1.2.3',
        '7.2',
        'Revision 2 of billing',
      ],
      [
        '9',
        '2026-11-20 18:04:11 UTC',
        '10d',
        'superseded',
        'billing-1.2.3',
        '7.2',
        'Revision 9 of billing',
      ],
      [
        '10',
        '2026-11-20 18:04:11 UTC',
        '10d',
        'deployed',
        'billing-1.2.3',
        '7.2',
        'Revision 10 of billing',
      ],
    ]);
    expect(lines[4]).toMatch(/^11 +- +- +unreadable +- +- +\w/);
    expect({ code, rest: lines.slice(5) }).toEqual({ code: 3, rest: [''] });
    expect(err).toMatch(
      /^1 record can't be read: secret pay\/sh\.helm\.release\.v1\.billing\.v11 /,
    );
  });

  it('cuts nothing in a pipe, and no column of the user’s own anywhere', async () => {
    const description = `Upgrade "billing" failed: ${'many words, '.repeat(40)}and the reason`;
    await fill(sketchRecord({ revision: 4, description }));
    for (const output of ['table', 'wide', 'custom-columns=R:.revision,D:.description'])
      expect((await cli(['history', 'billing', '-o', output])).out).toContain(description);
    const columns = ['history', 'billing', '-o', 'custom-columns=R:.revision,D:.description'];
    expect((await cli(columns, { terminal: 80 })).out).toContain(description);
  });

  it.each([80, 60, 40])('fits a terminal of %i cells, its description whole', async (terminal) => {
    const description = `Upgrade "billing" failed: ${'many words, '.repeat(20)}and the reason`;
    const row = { revision: 4, status: 'failed', updated, description };
    await fill(sketchRecord(row), sketchRecord({ revision: 3, status: 'superseded', updated }));
    const { out } = await cli(['history', 'billing'], { terminal });
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(terminal);
    const words = (text: string) => text.split(/\s+/).join(' ');
    expect(words(out)).toContain(description);
    expect(words(out)).toContain('2026-11-20 18:04');
    expect(out).toMatch(/^4 .*failed/m);
  });

  it('keeps the description in its column where there is room', async () => {
    const description = `Upgrade "billing" failed: ${'many words, '.repeat(20)}and the reason`;
    await fill(sketchRecord({ revision: 4, updated, description }));
    const { out } = await cli(['history', 'billing'], { terminal: 120 });
    const [head = '', ...lines] = out.trimEnd().split('\n');
    const at = head.indexOf('DESCRIPTION');
    expect(lines.map((line) => line.slice(at)).join(' ')).toBe(description);
  });

  it('starts a JSONPath from {.items}', async () => {
    await fill(...[1, 2].map((revision) => sketchRecord({ revision })));
    const output = 'jsonpath={.items[*].revision}';
    expect((await cli(['history', 'billing', '-o', output])).out).toBe('1 2');
    expect((await cli(['history', 'billing', '-o', 'name'])).out).toBe('1\n2\n');
    const help = (await runCli(['history', '--help'])).out.replace(/\s+/g, ' ');
    expect(help).toContain('A JSONPath starts from {.items}');
  });

  it('keeps the newest with --max, and prints helm’s fields', async () => {
    await fill(...[1, 2, 3].map((revision) => sketchRecord({ revision, updated })));
    const { out } = await cli(['history', 'billing', '--max', '2', '-o', 'json']);
    expect(JSON.parse(out)).toEqual(
      [2, 3].map((revision) => ({
        ...{ revision, updated, status: 'deployed', chart: 'billing-1.2.3', app_version: '7.2' },
        description: `Revision ${revision} of billing`,
      })),
    );
    expect(parse((await cli(['history', 'billing', '-o', 'yaml', '--max=1'])).out)).toHaveLength(1);
    expect((await cli(['history', 'billing', '--max=0'])).out).toMatch(/^REVISION .*\n$/);
    // Helm takes one below zero, which the parity tests ask of it.
    for (const words of [['history', 'billing'], ['list']])
      for (const max of [['--max', '-1'], ['--max=-1']])
        expect(await cli([...words, ...max])).toMatchObject({
          code: 2,
          err: expect.stringContaining('--max must be a whole number from 0 up, not "-1"'),
        });
  });

  it('says what is there instead of a release that is not', async () => {
    await fill(...mixed());
    expect(await cli(['history', 'bililng'])).toEqual({
      ...{ code: 1, out: '' },
      err: [
        'error: there is no release bililng',
        '  looked in dir:DIR',
        '  did you mean billing?',
        '  try: kubectl releases list --storage dir:DIR',
        '',
      ].join('\n'),
    });
  });

  it('says in one line which files might hold more, whatever the release is kept in', async () => {
    await fill(sketchRecord({}), sketchRecord({ helm: 2, name: 'legacy' }));
    writeFileSync(join(dir, 'cut.json'), '{"apiVersion":');
    for (const name of ['billing', 'legacy']) {
      const { code, out, err } = await cli(['history', name]);
      expect(out.trim().split('\n')).toHaveLength(2);
      expect(err).toBe("note: 1 file can't be read and might hold more: cut.json\n");
      expect(code).toBe(3);
    }
    for (let i = 0; i < 6; i++) writeFileSync(join(dir, `cut${i}.json`), '{"apiVersion":');
    expect((await cli(['history', 'billing'])).err).toMatch(
      /^note: 7 files can't be read and might hold more: (cut\d?\.json, ){5}and 2 more\n$/,
    );
  });

  it('says so too where records have no namespace', async () => {
    await fill(sketchRecord({ namespace: '' }));
    writeFileSync(join(dir, 'cut.json'), '{"apiVersion":');
    const { code, out } = await cli(['history', 'billing']);
    expect(out.trim().split('\n')).toHaveLength(2);
    expect(code).toBe(3);
  });

  it('names the namespace that a release is in, and never suggests the very name', async () => {
    await fill(...mixed());
    const dumped = await cli(['history', 'billing', '-n', 'team-b']);
    expect(dumped).toEqual({
      ...{ code: 1, out: '' },
      err: [
        'error: there is no release billing',
        '  looked in dir:DIR',
        '  billing is in namespace pay (Helm 3/4, dir:DIR)',
        '  try: -n pay',
        '',
      ].join('\n'),
    });
    const two = await cli(['history', 'billing', '--helm', '2']);
    expect(two.err).not.toContain('did you mean');
  });

  it('asks which one is meant when two namespaces have the name', async () => {
    await fill(sketchRecord({}), sketchRecord({ namespace: 'shop', revision: 4 }));
    const { code, out, err } = await cli(['history', 'billing']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe(
      [
        'error: several releases are called billing',
        '  in namespace pay: Helm 3/4 in dir:DIR',
        '  in namespace shop: Helm 3/4 in dir:DIR',
        '  try: -n pay, or pay/billing; --helm 2|3, or one --storage; kubectl releases list shows them',
        '',
      ].join('\n'),
    );
    expect((await cli(['history', 'billing', '-n', 'shop', '-o', 'json'])).out).toContain(
      '"revision":4',
    );
  });

  it('reads the migrated release before the one in Tiller, and says so', async () => {
    await fill(sketchRecord({ revision: 5 }), sketchRecord({ helm: 2, revision: 5 }));
    const three = await cli(['history', 'billing']);
    expect(three).toMatchObject({ code: 0, out: expect.stringContaining(' deployed ') });
    expect(three.err).toBe(
      'note: this is Helm 3/4 in dir:DIR; billing is also Helm 2 in dir:DIR (--helm 2)\n',
    );
    const two = await cli(['history', 'billing', '--helm', '2']);
    expect(two).toMatchObject({ code: 0, err: '', out: expect.stringContaining(' DEPLOYED ') });
  });

  it('is not kept from a release by another one that can not be read', async () => {
    await fill(sketchRecord({}), broken(sketchRecord({ helm: 2, revision: 5 })));
    const { code, err } = await cli(['history', 'billing']);
    expect(code).toBe(0);
    expect(err).toMatch(/^note: this is Helm 3\/4 in .*--helm 2\)\n$/);
  });

  it('writes runs of revisions as ranges', () => {
    expect(ranges([1, 2, 3, 7, 9, 10])).toBe('1-3, 7, 9-10');
    expect(ranges([4])).toBe('4');
    expect(ranges([])).toBe('');
  });
});
