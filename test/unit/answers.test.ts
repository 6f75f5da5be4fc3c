/** What commands answer to odd records and to words that could mean several things: each as helm, or refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePayload, encodePayload } from '../../src/codecs/index.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { Hook } from '../../src/release.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { type Sketch, sketchRecord, sketchRelease } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'answers-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

async function fill(...records: readonly ReleaseRecord[]): Promise<void> {
  const storage = await openDirectory(`${dir}/from`, { create: true });
  for (const record of records) await storage.create(record);
}
const run = (line: string) => runCli(line.split(' '));
const from = () => `--storage dir:${dir}/from`;

const hook = (events: string[], lastRun: Hook['lastRun']): Hook => ({
  ...{ name: 't', kind: 'Pod', path: 'web/templates/t.yaml', manifest: 'kind: Pod\n' },
  ...{ events, weight: 0, deletePolicies: [], ...(lastRun && { lastRun }) },
});

// pkg/cmd/status.go, `statusPrinter.WriteTable`.
describe.each(['helm3', 'helm4'])('status --compat %s', (helm) => {
  const status = () => run(`status billing --compat ${helm} --show-resources=false ${from()}`);

  it.each(['Dry run complete', 'dry RUN complete'])(
    'shows all of what is called "%s"',
    async (description) => {
      const hooks = [hook(['pre-install'], { startedAt: '', completedAt: '', phase: '' })];
      await fill(
        sketchRecord({ description, hooks, manifest: 'kind: ConfigMap\n', notes: 'hello' }),
      );
      const { out } = await status();
      expect(out.slice(out.indexOf('TEST SUITE'))).toBe(
        'TEST SUITE: None\nHOOKS:\n---\n# Source: web/templates/t.yaml\nkind: Pod\n\nMANIFEST:\nkind: ConfigMap\n\nNOTES:\nhello\n',
      );
    },
  );

  it("prints Go's zero time of a test that has not ended", async () => {
    const running = { startedAt: '2026-01-01T00:00:00Z', completedAt: '', phase: 'Running' };
    await fill(sketchRecord({ hooks: [hook(['test'], running)] }));
    expect((await status()).out).toContain(
      'Last Started:   Thu Jan  1 00:00:00 2026\nLast Completed: Mon Jan  1 00:00:00 0001\nPhase:          Running\n',
    );
  });
});

it('status without --compat says that a test has not ended', async () => {
  const running = { startedAt: '2026-01-01T00:00:00Z', completedAt: '', phase: 'Running' };
  await fill(sketchRecord({ hooks: [hook(['test'], running)] }));
  expect((await run(`status billing ${from()}`)).out).toContain('Last Completed: -\n');
});

it.each([
  ['status billing --compat helm4', '--show-resources=false'],
  ['status billing --show-resources', '--show-resources=false'],
  ['diff billing --live', '--kubeconfig FILE'],
])('%s says that a cluster is missing, not a storage', async (line, hint) => {
  await fill(sketchRecord({}));
  const { code, err } = await run(`${line} ${from()}`);
  expect(code).not.toBe(0);
  expect(err).toContain('error: there is no cluster to look for live objects in\n');
  expect(err).toContain(`try: ${hint}`);
  expect(err).not.toContain('--storage');
});

// `Reverse` in pkg/release/v1/util/sorter.go turns the whole list round.
it('list -d -r turns releases of one second round, too', async () => {
  const at = (name: string, updated: string) => sketchRecord({ name, updated });
  const [early, late] = ['2026-11-20T18:04:11.1Z', '2026-11-20T18:04:12Z'];
  await fill(at('a', early), at('b', early), at('c', late));
  const names = async (flags: string) =>
    (await run(`list -A -q ${flags} ${from()}`)).out.trim().split('\n').join(' ');
  expect(await names('-d')).toBe('a b c');
  expect(await names('-d -r')).toBe('c b a');
  expect(await names('-r')).toBe('c b a');
});

describe('decode', () => {
  it('calls a file and the standard input by their names', async () => {
    const { payload, ...record } = sketchRecord({});
    const text = JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Secret', type: record.type },
      metadata: { name: record.key, namespace: 'pay', labels: record.labels },
      data: { release: Buffer.from(`${payload}!`).toString('base64') },
    });
    for (const name of ['s.json', 's']) {
      writeFileSync(`${dir}/${name}`, text);
      const { code, err } = await run(`decode ${dir}/${name}`);
      expect(code).toBe(3);
      expect(err).toContain(`(${dir}/${name}): `);
    }
  });

  it('takes a release without any time for none of Helm 4, which other tools write', () => {
    const release = sketchRelease({});
    const read = (info: object) => {
      const payload = encodePayload('helm3', {
        ...release,
        info: { ...release.info, ...info },
      } as typeof release);
      return decodePayload(payload).helm;
    };
    const none = { firstDeployed: undefined, lastDeployed: undefined, deleted: undefined };
    expect(read(none)).toBe(3);
    expect(read({ deleted: undefined })).toBe(4);
    expect(read({})).toBe(3);
  });
});

describe('restore --overwrite NAME', () => {
  const changed = (sketch: Sketch) => sketchRecord({ ...sketch, notes: 'changed' });
  const line = () => `restore ${dir}/from --to dir:${dir}/to --overwrite billing --yes`;

  beforeEach(async () => {
    await fill(sketchRecord({ namespace: 'pay' }), sketchRecord({ namespace: 'web' }));
    const there = await openDirectory(`${dir}/to`, { create: true });
    for (const namespace of ['pay', 'web']) await there.create(changed({ namespace }));
  });

  const notes = async (namespace: string) =>
    (await run(`get notes billing -n ${namespace} --storage dir:${dir}/to`)).out;

  it('is for one release: several namespaces are refused, and named', async () => {
    const { code, err } = await run(line());
    expect(code).toBe(2);
    expect(err).toContain('error: --overwrite is for one release, and there are several\n');
    expect(err).toContain('billing is in namespace pay ');
    expect(err).toContain('billing is in namespace web ');
    expect(await notes('pay')).toContain('changed');
  });

  it('takes the one that -n names, and with -A each', async () => {
    const backup = `--backup ${dir}/backup`;
    const one = await run(`${line()} -n pay ${backup}`);
    expect({ code: one.code, err: one.err }).toEqual({ code: 0, err: '' });
    expect(await notes('pay')).not.toContain('changed');
    expect(await notes('web')).toContain('changed');
    const all = await run(`${line()} -A ${backup}-2`);
    expect({ code: all.code, err: all.err }).toEqual({ code: 0, err: '' });
    expect(await notes('web')).not.toContain('changed');
  });
});

it('the line that undoes a replacement means each release of a name, where it has replaced several', async () => {
  await fill(sketchRecord({ namespace: 'pay' }), sketchRecord({ namespace: 'web' }));
  const there = await openDirectory(`${dir}/to`, { create: true });
  for (const namespace of ['pay', 'web'])
    await there.create(sketchRecord({ namespace, notes: 'changed' }));
  const { out } = await run(
    `restore ${dir}/from --to dir:${dir}/to -A --overwrite billing --yes --backup ${dir}/backup`,
  );
  const undo = /restore .*/.exec(out)?.[0] ?? '';
  expect(undo).toContain(' -A --overwrite billing');
  expect((await run(`${undo} --yes --backup ${dir}/again`)).code).toBe(0);
  expect((await run(`get notes billing -n web --storage dir:${dir}/to`)).out).toContain('changed');
});
