/** `tree`, in this process, where there is no cluster. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hook } from '../../src/release.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { type CaptureOptions, runCli } from './cli-io.ts';
import { broken, type Sketch, sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tree-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

async function tree(sketch: Sketch, argv: readonly string[] = [], options?: CaptureOptions) {
  const storage = await openDirectory(dir, { create: true });
  await storage.create(sketchRecord({ hooks: [], ...sketch }));
  return runCli(['tree', 'billing', ...argv, '--storage', `dir:${dir}`], options);
}

const object = (kind: string, name: string, namespace?: string) =>
  `---\n${JSON.stringify({ apiVersion: 'v1', kind, metadata: { name, ...(namespace && { namespace }) } })}\n`;
const hook = (name: string, ...events: string[]): Hook => ({
  ...{ name, kind: 'Job', path: 'x', manifest: object('Job', name), events, weight: 0 },
  deletePolicies: [],
});

describe('as data', () => {
  const sketch: Sketch = {
    manifest: `${object('ConfigMap', 'a')}---\n{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"}}\n`,
    hooks: [hook('smoke', 'test')],
  };
  it.each([
    ['name', 'configmap/a\ndeployment.apps/web\njob/smoke\n'],
    ['jsonpath={.objects[*].name} {.tests[0].events[0]}', 'a web test'],
    [
      'custom-columns=K:.kind,L:.live',
      'K           L\nConfigMap   unknown\nDeployment  unknown\nJob         unknown\n',
    ],
  ])('-o %s', async (output, text) => {
    const { code, out } = await tree(sketch, ['-o', output]);
    expect({ code, out }).toEqual({ code: 0, out: text });
  });
});

describe('without a cluster', () => {
  it('shows what the record says, by namespace and kind, hooks and tests apart', async () => {
    const { code, out, err } = await tree({
      manifest:
        object('Service', 'web') +
        object('ConfigMap', 'b') +
        object('ConfigMap', 'a') +
        object('Service', 'x', 'shop'),
      hooks: [hook('migrate', 'pre-install', 'pre-upgrade'), hook('smoke', 'test')],
    });
    expect({ code, err }).toEqual({
      ...{ code: 0, err: 'note: there is no cluster to look into; what is live is not known\n' },
    });
    expect(out).toBe(`billing (pay): revision 1, deployed, billing-1.2.3

OBJECT             LIVE     READY  OWNED  AGE  NOTE
objects: 4
├─ namespace pay
│  ├─ ConfigMap
│  │  ├─ a         unknown         -      -
│  │  └─ b         unknown         -      -
│  └─ Service
│     └─ web       unknown         -      -
└─ namespace shop
   └─ Service
      └─ x         unknown         -      -
hooks: 1
└─ namespace pay
   └─ Job
      └─ migrate   unknown         -      -    pre-install, pre-upgrade
tests: 1
└─ namespace pay
   └─ Job
      └─ smoke     unknown         -      -    test

4 objects: 4 unknown
`);
  });

  it('is data with -o json', async () => {
    const { out } = await tree({ manifest: object('A', 'b') }, ['-o', 'json']);
    expect(JSON.parse(out)).toEqual({
      ...{ release: 'billing', namespace: 'pay', revision: 1, status: 'deployed' },
      ...{ chart: 'billing-1.2.3', hooks: [], tests: [] },
      objects: [{ apiVersion: 'v1', kind: 'A', namespace: 'pay', name: 'b', live: 'unknown' }],
    });
  });

  it('says what of the manifest can not be read', async () => {
    const { code, out, err } = await tree({ manifest: `${object('A', 'b')}---\na: [\n` });
    expect(code).toBe(3);
    expect(out).toContain('1 object: 1 unknown');
    expect(err).toContain("document 2 of the manifest can't be read");
  });

  it('says which hook can not be read', async () => {
    const hooks = [{ ...hook('migrate', 'pre-upgrade'), manifest: 'a: [\n' }, hook('x', 'test')];
    const { code, out, err } = await tree({ manifest: object('A', 'b'), hooks });
    expect(code).toBe(3);
    expect(out).toMatch(/Job\W+x/);
    expect(err).toContain("document 1 of the hook migrate can't be read: it is not valid YAML");
  });

  it.each([80, 200])('fits %i columns, without colour where none is wanted', async (terminal) => {
    const manifest = object('ConfigMap\u001b[2J', 'n'.repeat(120));
    const { out } = await tree({ manifest }, [], { terminal });
    expect(out).not.toContain('\u001b');
    // A name that is longer than that stays whole.
    for (const line of out.split('\n'))
      expect(/└─ n{120}$/.test(line) ? 0 : line.length).toBeLessThanOrEqual(terminal);
    expect(out).toContain('n'.repeat(120));
    const coloured = await runCli(['tree', 'billing', '--storage', `dir:${dir}`], {
      terminal,
      colour: true,
    });
    expect(coloured.out).toContain('\u001b[1m');
  });
});

describe('of every release', () => {
  const cm = (name: string) => object('ConfigMap', name);
  async function trees(argv: readonly string[]) {
    const storage = await openDirectory(dir, { create: true });
    const sketches: readonly Sketch[] = [
      { name: 'web', namespace: 'shop', manifest: cm('w') },
      { name: 'billing', revision: 1, status: 'superseded', manifest: cm('old') },
      { name: 'billing', revision: 2, manifest: cm('a') + cm('b') },
      { name: 'gone', status: 'uninstalled', manifest: cm('g') },
    ];
    for (const sketch of sketches) await storage.create(sketchRecord({ hooks: [], ...sketch }));
    await storage.create(broken(sketchRecord({ name: 'torn', revision: 4 })));
    return runCli(['tree', ...argv, '--storage', `dir:${dir}`]);
  }

  it('shows the newest revision of each, one below the other, and sums them up', async () => {
    const { code, out, err } = await trees([]);
    expect(out.match(/^\w+ \(.*$/gm)).toEqual([
      'billing (pay): revision 2, deployed, billing-1.2.3',
      'gone (pay): revision 1, uninstalled, gone-1.2.3',
      'web (shop): revision 1, deployed, web-1.2.3',
    ]);
    expect(out).not.toContain('old');
    expect(out).toMatch(/\n\n3 releases, 4 objects: 4 unknown\n$/);
    expect(err).toContain("1 record can't be read");
    expect(code).toBe(3);
  });

  it('is a list as data, and a row for each object', async () => {
    const json = await trees(['-n', 'pay', '-o', 'json']);
    const data = JSON.parse(json.out);
    expect(data.map(({ release }: { release: string }) => release)).toEqual(['billing', 'gone']);
    const path = 'jsonpath={.items[*].release}';
    expect((await runCli(['tree', '--storage', `dir:${dir}`, '-o', path])).out).toBe(
      'billing gone web',
    );
    const columns = 'custom-columns=R:.release,N:.releaseNamespace,O:.name';
    const rows = await runCli(['tree', '--storage', `dir:${dir}`, '-o', columns, '-n', 'shop']);
    expect(rows.out).toBe('R    N     O\nweb  shop  w\n');
  });

  it.each([
    [['billing', '-A'], 'NAME is one release; -A is all of them'],
    [['--revision', '3'], '--revision is of one release: name it'],
  ])('%j is refused', async (argv, says) => {
    const { code, err } = await trees(argv);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });

  it('--fail-on-missing fails where nobody could look, too, and not for what was uninstalled', async () => {
    await trees([]);
    const at = ['--storage', `dir:${dir}`, '-n', 'shop', '--fail-on-missing'];
    expect((await runCli(['tree', 'web', ...at])).code).toBe(3);
    expect((await runCli(['tree', 'web', ...at.slice(0, -1)])).code).toBe(0);
    const gone = ['tree', 'pay/gone', '--storage', `dir:${dir}`, '--fail-on-missing'];
    expect((await runCli(gone)).code).toBe(0);
  });
});
