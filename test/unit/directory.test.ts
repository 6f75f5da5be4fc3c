import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { base64, brief, list, put, read, record, root, secret, web } from './directoryFixtures.ts';

describe('reading a folder', () => {
  it('reads single manifests, several documents, lists and JSON, in nested folders', async () => {
    put('a.yaml', secret('a', 'aaaa'));
    put('deep/er/b.yml', `${secret('b', 'bbbb')}---\n# a comment\n---\n${secret('c', 'cccc')}`);
    put(
      'list.yaml',
      list(secret('d', 'dddd'), 'kind: Deployment\nmetadata:\n  name: x', secret('e', 'eeee')),
    );
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'old.v3', namespace: 'kube-system', labels: { OWNER: 'TILLER' } },
      data: { release: 'ffff' },
    };
    put('one.json', JSON.stringify(object));
    put(
      'many.json',
      JSON.stringify({
        kind: 'ConfigMapList',
        items: [{ ...object, metadata: { ...object.metadata, name: 'old.v4' } }],
      }),
    );
    put('notes.txt', 'not: [yaml');
    writeFileSync(
      join(root, 'powershell.yaml'),
      Buffer.from(`\ufeff${secret('p', 'pppp')}`, 'utf16le'),
    );
    put('bom.yaml', `\ufeff${secret('m', 'mmmm')}`);
    expect(brief(await read())).toEqual([
      'ConfigMap kube-system/old.v3 ffff',
      'ConfigMap kube-system/old.v4 ffff',
      ...['a', 'b', 'c', 'd', 'e', 'm', 'p'].map((name) => web(name, name.repeat(4))),
    ]);
  });

  it('reads stringData, binaryData, folded base64, flow style and indented items', async () => {
    put('a.yaml', secret('a', 'aaaa').replace(/data:\n.*\n/, 'stringData:\n  release: gggg\n'));
    const long = 'x'.repeat(600);
    put(
      'b.yaml',
      secret('b', long).replace(
        /release: (.*)/,
        (_, text: string) => `release: |\n    ${text.slice(0, 76)}\n    ${text.slice(76)}`,
      ),
    );
    put(
      'c.yaml',
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: c.v1}, binaryData: {release: Y2NjYw==}}',
    );
    put('d.yaml', list(secret('d', 'dddd'), secret('e', 'eeee')).replace(/^(- | {2})/gm, '  $1'));
    put(
      'f.yaml',
      `{kind: List, items: [{kind: ConfigMap, metadata: {name: f.v1}, data: {release: ffff}}]}`,
    );
    expect(brief(await read())).toEqual([
      'ConfigMap /c.v1 cccc',
      'ConfigMap /f.v1 ffff',
      web('a', 'gggg'),
      web('b', long),
      web('d', 'dddd'),
      web('e', 'eeee'),
    ]);
  });

  it('reads a payload the same whether it is long or short', async () => {
    const long = base64('p'.repeat(5000));
    put('a.yaml', `${secret('a', long)}---\r\n${secret('b', long).replaceAll('\n', '\r\n')}`);
    put('c.yaml', `kind: ConfigMap\nmetadata:\n  name: c.v1\ndata:\n  release: ${long}`);
    expect(brief(await read())).toEqual([
      `ConfigMap /c.v1 ${long}`,
      web('a', long),
      web('b', long),
    ]);
  });

  it('takes a payload apart from text that only looks like one', async () => {
    const long = 'A'.repeat(400);
    const inner = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x.v1\ndata:\n  note: |\n    data:\n      release: ${long}\n  release: real\n`;
    put('a.yaml', inner);
    put(
      'b.yaml',
      inner.replace('x.v1', 'y.v1').replace('release: real', `release: ${long}\n    more`),
    );
    expect(brief(await read())).toEqual(['ConfigMap /x.v1 real', `ConfigMap /y.v1 ${long} more`]);
  });

  it('recognises records by label, by type, or by name and data, and leaves others out', async () => {
    put('type.yaml', secret('a', 'aaaa').replace(/ {2}labels:\n( {4}.*\n)+/, ''));
    put('name.yaml', 'kind: ConfigMap\nmetadata: {name: app.v2}\ndata: {release: bbbb}');
    put('no-name.yaml', 'kind: ConfigMap\nmetadata: {name: app}\ndata: {release: bbbb}');
    put('no-data.yaml', 'kind: Secret\nmetadata: {name: app.v2}\ndata: {other: YQ==}');
    put(
      'sealed.yaml',
      'apiVersion: bitnami.com/v1\nkind: Secret\nmetadata: {name: app.v2}\ndata: {release: bbbb}',
    );
    put('empty.yaml', '');
    put('values.yaml', 'replicas: 3\nitems: []\n');
    expect(brief(await read())).toEqual([
      ...['ConfigMap /app.v2 bbbb', 'Secret /empty.yaml it is empty', web('a', 'aaaa')],
    ]);
  });

  it('makes broken pieces rows with their line, and keeps their neighbours', async () => {
    put('docs.yaml', `${secret('a', 'aaaa')}---\nfoo: [\n---\n${secret('b', 'bbbb')}`);
    put('list.yaml', list(secret('c', 'cccc'), 'kind: "Secret', secret('d', 'dddd')));
    put('half.json', '{"kind": "Secret",\n "data": {"rel');
    put('bad.json', '{"kind": "Secret",\n oops}');
    put('binary.yaml', '\u0000\u0001\u0002');
    const records = await read();
    expect(brief(records.filter((r) => !isBad(r)))).toEqual(
      ['a', 'b', 'c', 'd'].map((n) => web(n, n.repeat(4))),
    );
    expect(brief(records.filter(isBad))).toEqual([
      'Secret /bad.json it is not valid JSON at line 2',
      'Secret /binary.yaml it is a text, not a manifest',
      expect.stringMatching(/^Secret \/docs.yaml it is not valid YAML at line 1[4-6]$/),
      expect.stringMatching(/^Secret \/half.json it is not valid JSON/),
      expect.stringMatching(/^Secret \/list.yaml it is not valid YAML at line 1[5-7]$/),
    ]);
  });

  it('names the record that a damaged piece held, where its text still says it', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => secret(name, name.repeat(4)));
    put('list.yaml', list(`${a}`, `${b}`.replace('type:', 'type'), `${c}`));
    const object = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'old', labels: { OWNER: 'TILLER' } },
      data: { release: 'dddd' },
    });
    const json = { kind: 'List', items: ['d.v1', 'e.v1', 'f.v1'].map(object) };
    const damage = (text: string) => text.replace(/("e\.v1".*?)TILLER"/s, '$1TILLER');
    put('pretty.json', damage(JSON.stringify(json, null, 4)));
    put('compact.json', damage(JSON.stringify(json).replaceAll('"old"', '"new"')));
    put('one.json', '{"kind":"Secret","metadata":{"name":"g.v1","namespace":"web"},}');
    const where = { line: expect.stringMatching(/ it is not valid YAML at line 2[0-9]$/) };
    expect(brief(await read())).toEqual([
      'ConfigMap new/d.v1 dddd',
      'ConfigMap new/e.v1 it is not valid JSON at line 1',
      'ConfigMap new/f.v1 dddd',
      'ConfigMap old/d.v1 dddd',
      'ConfigMap old/e.v1 it is not valid JSON at line 25',
      'ConfigMap old/f.v1 dddd',
      'Secret web/g.v1 it is not valid JSON at line 1',
      web('a', 'aaaa'),
      where.line,
      web('c', 'cccc'),
    ]);
    const named = (await read()).map(({ key }) => key);
    expect(named).toContain('sh.helm.release.v1.b.v1');
  });

  it('reads a list whose own lines are damaged, or that has no list around it', async () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => secret(name, name.repeat(4)));
    put('kind.yaml', list(`${a}`).replace('List', 'Mist'));
    put('items.yaml', list(`${b}`).replace('items', 'itemr'));
    put('top.yaml', `- ${`${c}`.trimEnd().split('\n').join('\n  ')}\n`);
    put('colon.yaml', list(`${d}`).replace('items:', 'items;'));
    put('line.yaml', list(secret('e', 'eeee'), secret('f', 'ffff')).replace(':\n-', ':*-'));
    const raw = { metadata: { name: 'r.v1', namespace: 'web' }, data: { release: 'rrrr' } };
    put('raw.json', JSON.stringify({ kind: 'ConfigMapList', apiVersion: 'v1', items: [raw] }));
    expect(brief(await read())).toEqual([
      'ConfigMap web/r.v1 rrrr',
      expect.stringMatching(/^Secret \/colon.yaml it is not valid YAML at line [0-9]+$/),
      expect.stringMatching(/^Secret \/line.yaml it is not valid YAML at line [0-9]+$/),
      ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => web(name, name.repeat(4))),
    ]);
  });

  it('makes damaged neighbours a row each', async () => {
    const items = ['a.v1', 'b.v1', 'c.v1', 'd.v1'].map((name) => ({
      apiVersion: 'v1',
      data: { release: 'aaaa' },
      kind: 'ConfigMap',
      metadata: { managedFields: [{ apiVersion: 'v1' }, { apiVersion: 'v1' }], name },
    }));
    const damaged = (space: number) =>
      JSON.stringify({ items, kind: 'List' }, null, space).replace(/"(?=[bc]\.v1)/g, '');
    put('pretty.json', damaged(4));
    put('compact.json', damaged(0).replace(/"name":"/g, '$&x'));
    const lines = brief(await read()).map((line) => line.replace(/line [0-9]+/, 'line N'));
    expect(lines).toEqual([
      'ConfigMap /a.v1 aaaa',
      'ConfigMap /d.v1 aaaa',
      'ConfigMap /xa.v1 aaaa',
      'ConfigMap /xd.v1 aaaa',
      'Secret /compact.json it is not valid JSON at line N',
      'Secret /compact.json it is not valid JSON at line N',
      'Secret /pretty.json it is not valid JSON at line N',
      'Secret /pretty.json it is not valid JSON at line N',
    ]);
  });

  it('passes over nothing that was a record before it was damaged', async () => {
    const one = (name: string, from: string | RegExp, to: string) =>
      put(`${name}.yaml`, secret(name, 'aaaa').replace(from, to));
    one('a', 'kind: Secret', 'kind: Secreu');
    one('b', 'kind: Secret', 'kine: Secret');
    one('c', 'apiVersion: v1', 'apiVersion: v3');
    one('d', 'namespace: web', 'namespbce: web');
    one('e', 'namespace: web', 'namespace: Web');
    one('f', 'namespace: web', 'namespace: #eb');
    one('g', 'data:', 'dbta:');
    one('h', 'name: sh', 'name: "#sh"');
    one('i', 'namespace: web', 'namespace: web\n  selfLink: /api/v1/namespaces/wdb/secrets/i');
    one('j', 'namespace: web', 'namespace: web\n  selfLink: /api/v1/namespaces/old/secrets/j');
    put('k.yaml', 'apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {owner: helm}}');
    put('l.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\nextra: {}');
    const rows = (await read()).map((r) => [r.place, isBad(r) ? r.unreadable : r.payload]);
    expect(Object.fromEntries(rows)).toEqual({
      'a.yaml': 'unknown record type: Helm keeps no records in the kind Secreu',
      'b.yaml': 'it has no kind, and looks like a record',
      'c.yaml': 'unknown record type: its apiVersion is not v1',
      'd.yaml': 'its metadata has a field that Kubernetes does not know',
      'e.yaml': 'its namespace is not one that Kubernetes could have',
      'f.yaml': 'its namespace is not one that Kubernetes could have',
      'g.yaml': 'it has a field that no Secret has',
      'h.yaml': expect.stringMatching(/^it is not valid YAML at line/),
      'i.yaml': 'its namespace and its selfLink differ in one character: one of them is damaged',
      'j.yaml': 'aaaa',
    });
  });

  it('takes time in proportion to a damaged file, whatever is in it', async () => {
    const rounds = 60_000;
    put('a.json', `{"items":[${'{"kind":'.repeat(rounds)}`);
    put('b.json', `{"items":[${'{"kind":"x},'.repeat(rounds)}`);
    put('c.json', `{"items":[${'{"kind":1},{"kind":{"kind":2],'.repeat(rounds)}`);
    put('d.yaml', `items;\n${'- kind: [\n'.repeat(rounds / 20)}`);
    put('e.yaml', '---\nkind: [\n'.repeat(rounds / 20));
    // What looks back at every opened brace takes an hour here: the test's time runs out.
    expect((await read()).every(isBad)).toBe(true);
  });

  it('notices files that were cut off, wherever the cut is', async () => {
    const whole = list(secret('a', 'a'.repeat(300)), secret('b', 'b'.repeat(300)));
    for (
      let end = whole.indexOf('release:') + 20;
      end < whole.lastIndexOf('kind: List');
      end += 7
    ) {
      put('cut.yaml', whole.slice(0, end));
      const records = await read();
      expect(records.some(isBad), `cut at ${end}`).toBe(true);
      const sound = records.filter((r): r is ReleaseRecord => !isBad(r));
      for (const { payload } of sound) expect(payload).toMatch(/^(a{300}|b{300})$/);
    }
    const single = secret('a', 'a'.repeat(300));
    for (let end = single.indexOf('release:') + 20; end < single.indexOf('metadata:'); end += 7) {
      put('cut.yaml', single.slice(0, end));
      expect((await read()).map(isBad), `cut at ${end}`).toEqual([true]);
    }
  });

  it('says what is wrong with a record whose data is missing or broken', async () => {
    put('a.yaml', secret('a', 'aaaa').replace(/release: .*/, 'other: YQ=='));
    put('b.yaml', secret('b', 'aaaa').replace(/release: .*/, 'release: "YWFh*"'));
    put('c.yaml', secret('c', 'aaaa').replace('helm.sh/release.v1', 'helm.sh/release.v2'));
    put('d.yaml', secret('d', 'aaaa').replace(/release: .*/, `release: ${base64('ü')}`));
    put('e.yaml', secret('e', 'aaaa').replace(/release: .*/, 'release: {a: b}'));
    put('f.yaml', secret('f', 'aaaa').replace(/ {2}name: sh.*\n/, ''));
    expect(brief(await read())).toEqual(
      [
        'Secret /f.yaml it has release data and no name: perhaps it was cut off',
        web('a', 'it has no release data'),
        web('b', "the Secret's own base64 is broken"),
        web('c', 'its format, helm.sh/release.v2, is newer than this program'),
        web('d', 'its release data is not base64'),
        web('e', 'its release data is not a text'),
      ].sort(),
    );
  });

  it('counts equal copies once and calls different ones unreadable', async () => {
    put('a.yaml', secret('same', 'aaaa'));
    put(
      'b/a.json',
      JSON.stringify({
        kind: 'Secret',
        type: 'helm.sh/release.v1',
        metadata: {
          name: 'sh.helm.release.v1.same.v1',
          namespace: 'web',
          labels: { name: 'same', owner: 'helm', status: 'deployed', version: '1' },
        },
        data: { release: base64('aaaa') },
      }),
    );
    put('c.yaml', `${secret('differs', 'aaaa')}---\n${secret('ok', 'oooo')}`);
    put('d.yaml', secret('differs', 'bbbb'));
    expect(brief(await read())).toEqual([
      web('differs', 'c.yaml and d.yaml both hold it, with different contents'),
      web('ok', 'oooo'),
      web('same', 'aaaa'),
    ]);
  });

  it('stays in the folder and passes over hidden and unfinished files', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'releases-out-'));
    writeFileSync(join(outside, 'x.yaml'), secret('x', 'xxxx'));
    put('a.yaml', secret('a', 'aaaa'));
    put('.git/b.yaml', secret('b', 'bbbb'));
    put('.tmp-1-abc', 'half');
    symlinkSync(join(outside, 'x.yaml'), join(root, 'link.yaml'));
    symlinkSync(outside, join(root, 'folder'));
    symlinkSync(join(root, 'a.yaml'), join(root, 'inside.yaml'));
    symlinkSync(root, join(root, 'loop'));
    expect(brief(await read())).toEqual([
      'Secret /folder it is a link out of the folder, which is not followed',
      'Secret /link.yaml it is a link out of the folder, which is not followed',
      web('a', 'aaaa'),
    ]);
    rmSync(outside, { recursive: true });
  });

  it('stops alias bombs and endless nesting', async () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let i = 0; i < 12; i++) {
      const [to, from] = [String.fromCharCode(98 + i), String.fromCharCode(97 + i)];
      bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(',')}]`);
    }
    put('bomb.yaml', bomb.join('\n'));
    put('deep.yaml', '['.repeat(100_000));
    put('a.yaml', secret('a', 'aaaa'));
    expect(brief(await read())).toEqual([
      'Secret /bomb.yaml its YAML has aliases that lead nowhere, or too many',
      'Secret /deep.yaml its YAML nests too deep',
      web('a', 'aaaa'),
    ]);
  });

  it('follows anchors from one item of a list to another', async () => {
    const first = secret('a', 'aaaa').replace('labels:', 'labels: &l');
    const second = secret('b', 'bbbb').replace(/labels:\n( {4}.*\n)+/, 'labels: *l\n');
    put('a.yaml', list(first, second));
    const labels = (await read()).map((r) => r.labels.owner);
    expect(labels).toEqual(['helm', 'helm']);
  });

  it('opens a single file, and only reads it', async () => {
    put('dump', list(secret('a', 'aaaa')));
    const path = join(root, 'dump');
    expect(brief(await read(path))).toEqual([web('a', 'aaaa')]);
    const storage = await openDirectory(path);
    await expect(storage.create(record('x'))).rejects.toMatchObject({ code: 'FILE' });
  });

  it('says that a folder is missing, or makes it when asked to', async () => {
    const path = join(root, 'no', 'such');
    await expect(openDirectory(path)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hints: [expect.stringContaining('kubectl get secret,configmap -A -o yaml')],
    });
    const storage = await openDirectory(path, { create: true });
    for await (const page of storage.list({})) expect(page).toEqual([]);
    await storage.create(record('a'));
    expect(brief(await read(path))).toEqual([web('a', 'cGF5bG9hZA==')]);
  });
});
