/** `diff`, in this process, over folders of manifests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { type CaptureOptions, runCli } from './cli-io.ts';
import { broken, type Sketch, sketchChart, sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'diff-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

async function fill(...records: readonly ReleaseRecord[]): Promise<void> {
  const storage = await openDirectory(dir, { create: true });
  for (const record of records) await storage.create(record);
}

async function cli(argv: readonly string[], options?: CaptureOptions) {
  const { code, out, err } = await runCli(['diff', ...argv, '--storage', `dir:${dir}`], options);
  return { code, out: out.replaceAll(dir, 'DIR'), err: err.replaceAll(dir, 'DIR') };
}

const object = (kind: string, name: string, more: object = {}) =>
  `---\n${JSON.stringify({ apiVersion: 'v1', kind, metadata: { name }, ...more })}\n`;
const file = (name: string, text: string) => ({ name, data: Buffer.from(text) });
const sketch = (revision: number, more: Sketch): ReleaseRecord =>
  sketchRecord({ hooks: [], revision, ...more });

const older: Sketch = {
  status: 'superseded',
  config: { replicas: 4, flags: { a: true }, db: { password: 'hunter2' } },
  notes: 'Hello\nWorld\n',
  manifest:
    object('ConfigMap', 'conf', { data: { 'app.yaml': 'a: 1\nb: 2\n', x: '1' } }) +
    object('Secret', 'creds', { stringData: { pw: 'hunter2' } }) +
    object('ConfigMap', 'gone'),
  chart: { templates: [file('templates/a.yaml', 'a\nb\n')], files: [file('logo', '\0\x01')] },
};
const newer: Sketch = {
  config: { db: { password: 'hunter3' }, replicas: 2 },
  notes: 'Hello\nThere\n',
  manifest:
    object('Secret', 'creds', { stringData: { pw: 'hunter3' } }) +
    object('ConfigMap', 'conf', { data: { x: '1', 'app.yaml': 'a: 1\nb: 3\n' } }) +
    object('Secret', 'new', { stringData: { token: 'hunter4' } }),
  chart: { templates: [file('templates/a.yaml', 'a\nc\n')], files: [file('logo', '\0\x02')] },
};

/** As charts write it, and as kubectl would print what the API server makes of it. */
const octal = (...[mode, yes, no]: readonly string[]) => `---
# Source: web/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  enableServiceLinks: ${no}
  containers:
  - {name: web, image: "web:1", stdin: ${yes}}
  volumes:
  - name: t
    secret: {secretName: t, defaultMode: ${mode}}
`;

it('reads manifests as Kubernetes does: 0400 is 256, yes is true', async () => {
  const manifests = [octal('0400', 'yes', 'no'), octal('256', 'true', 'false')];
  await fill(...manifests.map((manifest, at) => sketch(at + 1, { manifest })));
  await fill(sketch(3, { manifest: octal('400', 'true', 'false') }));
  const { code, out } = await cli(['billing', '1', '2', '--only', 'manifest']);
  expect(out).toBe('billing (pay): revisions 1 and 2 have the same manifest\n');
  expect(code).toBe(0);
  const other = await cli(['billing', '1', '3', '--only', 'manifest']);
  expect(other.code).toBe(1);
  expect(other.out).toMatch(/defaultMode +256 → 400$/m);
});

describe('between revisions', () => {
  it('shows what differs, part by part, and no secret', async () => {
    await fill(sketch(3, older), sketch(7, newer));
    const { code, out, err } = await cli(['billing']);
    expect(code).toBe(1);
    expect(err).toBe(
      'note: hid 2 values: Secret/creds stringData.pw, values db.password; --show-secrets shows them\n',
    );
    expect(
      out,
    ).toBe(`billing (pay): revisions 3 and 7 differ in 4 of 4 objects, 3 values, the notes and 2 files of the chart

objects:
~ ConfigMap/conf
      data["app.yaml"]  +1 -1 lines
        @@ -1,2 +1,2 @@
         a: 1
        -b: 2
        +b: 3
~ Secret/creds
      stringData.pw  (hidden, before) → (hidden, after)
- ConfigMap/gone
+ Secret/new

values:
      db.password  (hidden, before) → (hidden, after)
      flags.a      - true
      replicas     4 → 2

notes:
@@ -1,2 +1,2 @@
 Hello
-World
+There

files of the chart:
~ logo  (binary)
~ templates/a.yaml  +1 -1 lines
`);
  });

  it('prints everything as one unified diff', async () => {
    await fill(sketch(3, older), sketch(7, newer));
    const { code, out } = await cli(['billing', '3', 'HEAD', '-o', 'unified']);
    expect(code).toBe(1);
    expect(out).toContain(`--- manifest/Secret/creds\tbilling (pay) revision 3
+++ manifest/Secret/creds\tbilling (pay) revision 7
@@ -3,4 +3,4 @@
 metadata:
   name: creds
 stringData:
-  pw: (hidden, before)
+  pw: (hidden, after)
`);
    expect(out).toContain('+++ /dev/null\tbilling (pay) revision 7\n@@ -1,4 +0,0 @@\n-apiVersion');
    expect(out).toContain('Binary files chart/logo differ\n');
    expect(out).not.toContain('hunter');
  });

  it.each(['fields', 'unified', 'json', 'yaml'])(
    '-o %s prints secrets when asked',
    async (format) => {
      await fill(sketch(3, older), sketch(7, newer));
      const hidden = await cli(['billing', '-o', format]);
      expect(hidden.out + hidden.err).not.toMatch(/hunter[0-9]/);
      const shown = await cli(['billing', '-o', format, '--show-secrets']);
      expect(shown).toMatchObject({ code: 1, err: '' });
      for (const secret of ['hunter2', 'hunter3']) expect(shown.out).toContain(secret);
    },
  );

  it('is data with -o json', async () => {
    await fill(sketch(3, older), sketch(7, newer));
    const { code, out } = await cli(['billing', '-o', 'json', '--show-secrets']);
    const data = JSON.parse(out);
    expect(code).toBe(1);
    expect(data).toMatchObject({
      comparison: 'revisions',
      from: { release: 'billing', namespace: 'pay', revision: 3, status: 'superseded' },
      to: { revision: 7, storage: 'dir:DIR' },
      equal: false,
      objectsCompared: 4,
      values: [
        { path: 'db.password', before: 'hunter2', after: 'hunter3' },
        { path: 'flags.a', before: true },
        { path: 'replicas', before: 4, after: 2 },
      ],
      files: [
        { change: 'changed', name: 'logo' },
        { change: 'changed', name: 'templates/a.yaml', linesAdded: 1, linesRemoved: 1 },
      ],
    });
    expect(
      data.objects.map((one: { change: string; name: string }) => [one.change, one.name]),
    ).toEqual([
      ['changed', 'conf'],
      ['changed', 'creds'],
      ['removed', 'gone'],
      ['added', 'new'],
    ]);
  });

  it('says that nothing differs, whatever the order of keys and objects', async () => {
    const data = { data: { a: '1', b: '2' } };
    const turned = { data: { b: '2', a: '1' } };
    await fill(
      sketch(1, { manifest: object('A', 'x', data) + object('B', 'y') }),
      sketch(2, { manifest: `# a comment\n${object('B', 'y')}${object('A', 'x', turned)}` }),
    );
    expect(await cli(['billing'])).toEqual({
      ...{ code: 0, err: '', out: 'billing (pay): revisions 1 and 2 are equal\n' },
    });
    expect(await cli(['billing', '-o', 'unified'])).toEqual({ code: 0, err: '', out: '' });
    expect(JSON.parse((await cli(['billing', '-o', 'json'])).out)).toMatchObject({ equal: true });
  });

  it('shows what one revision changed', async () => {
    await fill(sketch(3, older), sketch(5, newer), sketch(7, newer));
    const third = await cli(['billing', '--revision', '5']);
    expect(third.code).toBe(1);
    expect(third.out).toBe((await cli(['billing', '3', '5'])).out);
    expect((await cli(['billing', '--revision', 'HEAD'])).code).toBe(0);
    const first = await cli(['billing', '--revision', '3']);
    expect(first).toMatchObject({ code: 2, out: '' });
    expect(first.err).toMatch(
      /^error: revision 3 of billing is the oldest that is there: nothing is before it\n {2}try: .* 3 --live /,
    );
    for (const more of [['3'], ['--live'], ['--rollback', '3'], ['--to-release', 'x']]) {
      const both = await cli(['billing', ...more, '--revision', '5']);
      expect(both).toMatchObject({ code: 2, out: '' });
      expect(both.err).toContain('--revision');
    }
  });

  it('is printed through templates, too', async () => {
    await fill(sketch(3, older), sketch(7, newer));
    expect((await cli(['billing', '-o', 'jsonpath={.objects[*].change}'])).out).toBe(
      'changed changed removed added',
    );
    const columns = await cli(['billing', '-o', 'custom-columns=C:.change,K:.kind,N:.name']);
    expect(columns.code).toBe(1);
    expect(columns.out).toMatch(/^C +K +N\nchanged +ConfigMap +conf\n/);
  });

  it('says that one revision alone has nothing before it', async () => {
    await fill(sketch(1, newer));
    const { code, out, err } = await cli(['billing']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(
      /^error: release billing has one revision, and nothing before it\n {2}try: kubectl releases diff billing --live --storage dir:DIR {2}compares it/,
    );
  });

  it('says what was compared where not everything was', async () => {
    await fill(sketch(3, older), sketch(7, { ...newer, chart: older.chart ?? {} }));
    const only = (...parts: string[]) => parts.flatMap((part) => ['--only', part]);
    const first = async (...argv: string[]) => (await cli(['billing', ...argv])).out;
    expect(await first(...only('chart'))).toBe(
      'billing (pay): revisions 3 and 7 have the same chart\n',
    );
    expect(await first(...only('hooks', 'chart', 'files'))).toBe(
      'billing (pay): revisions 3 and 7 have the same hooks, chart and chart files\n',
    );
    expect(await first('--rollback', '3', ...only('chart'))).toBe(
      'billing (pay): rolling back from 7 to 3 changes nothing in the chart\n',
    );
  });

  it('calls the fields of a chart what Chart.yaml calls them', async () => {
    const chart = (version: string): Sketch => {
      const { metadata } = sketchChart('billing', null);
      return {
        values: { replicas: Number(version[0]) },
        chart: { metadata: metadata && { ...metadata, version } },
      };
    };
    await fill(sketch(1, chart('1.2.3')), sketch(2, chart('2.0.0')));
    const { out } = await cli(['billing', '--only', 'chart']);
    expect(out).toMatch(/\n {6}version +1\.2\.3 → 2\.0\.0\n/);
    expect(out).toMatch(/\n {6}values\.replicas +1 → 2\n/);
    const { chart: fields } = JSON.parse((await cli(['billing', '-o', 'json'])).out);
    expect(fields).toContainEqual({ path: 'version', before: '1.2.3', after: '2.0.0' });
  });

  it('names each value by the same path on the screen and in data', async () => {
    await fill(sketch(1, {}), sketch(2, { config: { image: { tag: '7.2', of: [1, 2] } } }));
    const { out } = await cli(['billing', '--only', 'values']);
    const { values } = JSON.parse((await cli(['billing', '--only', 'values', '-o', 'json'])).out);
    const paths = ['image.of[0]', 'image.of[1]', 'image.tag'];
    expect(values.map(({ path }: { path: string }) => path).sort()).toEqual(paths);
    for (const path of paths) expect(out).toContain(`      ${path} `);
  });

  it('shows what can be seen, 🎉 too, and all of it in a pipe', async () => {
    const long = `${'a long text '.repeat(40)}its end`;
    await fill(
      sketch(1, { config: { greeting: 'grüß Gott' } }),
      sketch(2, { config: { greeting: 'grüß Gott 🎉', long } }),
    );
    const fields = await cli(['billing', '--only', 'values']);
    expect(fields.out).toMatch(/ greeting +grüß Gott → grüß Gott 🎉\n/);
    expect(fields.out).toContain(long);
    const unified = await cli(['billing', '--only', 'values', '-o', 'unified']);
    expect(unified.out).toContain('+greeting: grüß Gott 🎉\n');
    const { err } = await cli(['billing', '@failed']);
    expect(err).toMatch(/^error: "@failed" is no revision\n/);
  });

  it('takes the parts that are asked for', async () => {
    await fill(sketch(3, older), sketch(7, newer));
    const { out } = await cli(['billing', '--only', 'notes', '--only', 'values']);
    expect(out).toMatch(/^billing \(pay\): revisions 3 and 7 differ in 3 values and the notes\n/);
    expect(out).not.toContain('objects:');
    const all = await cli(['billing', '--only', 'values', '--all', '-o', 'json']);
    expect(JSON.parse(all.out).values).toContainEqual({ path: 'replicas', before: 4, after: 2 });
  });

  it('compares two releases, in whatever store and format', async () => {
    const manifest = (name: string, image: string) =>
      object('ConfigMap', `${name}-web`, { data: { image } });
    await fill(
      sketch(3, { manifest: manifest('billing', 'a') }),
      sketchRecord({
        ...{ helm: 2, name: 'shop', namespace: 'shop', hooks: [], config: 'replicas: 3\n' },
        manifest: manifest('shop', 'b'),
      }),
    );
    const { code, out } = await cli([
      ...['billing', '-n', 'pay', '--to-release', 'shop', '--to-namespace', 'shop'],
      ...['--only', 'manifest', '--only', 'values'],
    ]);
    expect(code).toBe(1);
    expect(
      out,
    ).toBe(`billing (pay) revision 3 in dir:DIR and shop (shop) revision 1 in dir:DIR differ in 1 of 1 object and 1 value

objects:
~ ConfigMap/shop-web
      data.image     a → b
      metadata.name  billing-web → shop-web

values:
      replicas  + 3
`);
  });

  it('gives up on telling how two long texts differ, and says that they do', async () => {
    const lines = (factor: number) =>
      Array.from({ length: 20_000 }, (_, at) => `line ${(at * factor) % 20_000}\n`).join('');
    await fill(sketch(1, { notes: lines(7919) }), sketch(2, { notes: lines(6007) }));
    const { code, out } = await cli(['billing', '--only', 'notes']);
    expect(code).toBe(1);
    expect(out).toContain('@@ -1,20000 +1,20000 @@\n-line 0\n');
    expect(out.split('\n').filter((line) => line.startsWith('+line'))).toHaveLength(20_000);
  });

  it('lets no record write to the terminal', async () => {
    const evil = '\u001b[2J\u202e';
    await fill(
      sketch(1, { manifest: object(`K${evil}`, `n${evil}`), notes: 'a' }),
      sketch(2, {
        ...{ manifest: object('A', 'b', { [`k${evil}`]: `v${evil}` }), notes: `a${evil}\n` },
        chart: { files: [file(`f${evil}`, `t${evil}\n`)] },
        config: { [`k${evil}`]: evil },
      }),
    );
    for (const format of ['fields', 'unified', 'json', 'yaml'])
      expect((await cli(['billing', '-o', format])).out).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('a rollback', () => {
  it('goes from the newest to the wanted one, and names what stays and what runs', async () => {
    const keep = {
      metadata: { name: 'flags', annotations: { 'helm.sh/resource-policy': 'keep' } },
    };
    const hook = (name: string, event: string) => ({
      ...{
        name,
        kind: 'Job',
        path: `${name}.yaml`,
        manifest: object('Job', name),
        events: [event],
      },
      ...{ weight: 0, deletePolicies: [] },
    });
    await fill(
      sketch(1, {
        manifest: object('ConfigMap', 'a', { data: { x: '1' } }) + object('Secret', 'back'),
        hooks: [hook('before', 'pre-rollback'), hook('other', 'pre-upgrade')],
      }),
      sketch(4, {
        manifest: object('ConfigMap', 'a', { data: { x: '2' } }) + object('ConfigMap', '', keep),
        hooks: [hook('before', 'pre-rollback'), hook('other', 'pre-upgrade')],
      }),
    );
    const { code, out, err } = await cli(['billing', '--rollback', '1']);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toBe(`billing (pay): rolling back from 4 to 1 changes 2 of 3 objects
it runs the hooks Job/before (pre-rollback)

objects:
~ ConfigMap/a
      data.x  "2" → "1"
= ConfigMap/flags  (stays in the cluster: helm.sh/resource-policy)
+ Secret/back
`);
    expect((await cli(['billing', '--rollback', '0'])).out).toBe(out);
    const data = JSON.parse((await cli(['billing', '--rollback', '1', '-o', 'json'])).out);
    expect(data).toMatchObject({ comparison: 'rollback', runs: ['Job/before (pre-rollback)'] });
    expect((await cli(['billing', '--rollback', 'HEAD'])).code).toBe(0);
  });
});

describe('trouble', () => {
  it.each([
    [['billing', 'x'], '"x" is no revision'],
    [['billing', '9'], 'release billing has no revision 9'],
    [['nothing'], 'there is no release nothing'],
    [['billing', '2'], "revision 2 of billing can't be read"],
    [['billing', '1', '--rollback', '1'], '--rollback N names both revisions'],
    [['billing', '--rollback', '1', '--to-release', 'x'], 'not both'],
    [['billing', '--live', '1', '3'], 'B is one too many'],
    [['billing', '1', '--live'], 'no kubeconfig'],
  ])('%s ends with 2', async (argv, message) => {
    await fill(sketch(1, older), broken(sketchRecord({ revision: 2 })), sketch(3, newer));
    const { code, out, err } = await cli(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it('is what could not be compared, even where the rest is equal', async () => {
    const manifest = (rest: string) => `${object('A', 'x')}---\n${rest}\n`;
    await fill(
      sketch(1, { manifest: manifest('a: [') }),
      sketch(2, { manifest: manifest('a: {') }),
    );
    const { code, err } = await cli(['billing']);
    expect(code).toBe(2);
    expect(err).toMatch(/document 2 of the manifest of billing \(pay\) revision 1 can't be read/);
    expect((await cli(['billing', '1', '1'])).code).toBe(0);
  });
});

describe('on a terminal', () => {
  it.each([80, 200])('fits %i columns, and is coloured only there', async (terminal) => {
    const long = 'registry.example.com/a/very/long/path/to/an/image/that/goes/on:v1.2.3-build';
    await fill(
      sketch(1, { config: { image: { web: `${long}1` } } }),
      sketch(2, { config: { image: { web: `${long}2` } } }),
    );
    const plain = await cli(['billing', '--only', 'values'], { terminal });
    expect(plain.out).not.toContain('\u001b');
    for (const line of plain.out.split('\n')) expect(line.length).toBeLessThanOrEqual(terminal);
    const coloured = await cli(['billing'], { terminal, colour: true });
    expect(coloured.out).toContain(terminal === 80 ? '\u001b[32m+ ' : '\u001b[33m');
    // What they have in common is left out where there is no room, never where they differ.
    if (terminal === 80) expect(plain.out).toMatch(/\n +- …\S+build1\n +\+ …\S+build2\n$/);
    const piped = await cli(['billing']);
    expect(piped.out).toContain(`${long}1 → ${long}2\n`);
  });
});
