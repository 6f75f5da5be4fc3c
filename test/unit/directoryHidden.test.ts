/** What a file may hold of a record beside what is read first: none of it is passed over. */
import { expect, it } from 'vitest';
import { openDirectory } from '../../src/storage/directory.ts';
import { base64, brief, list, put, read, readAll, root, secret, web } from './directoryFixtures.ts';

const json = (name: string, payload = 'aaaa') => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'helm.sh/release.v1',
  metadata: {
    name: `sh.helm.release.v1.${name}.v1`,
    namespace: 'web',
    labels: { name, owner: 'helm', status: 'deployed', version: '1' },
  },
  data: { release: base64(payload) },
});
const text = (name: string) => JSON.stringify(json(name));
const twice = 'its JSON has a member twice, and nobody knows which one counts';

it.each([
  ['data', text('a').replace(/}$/, ',"data":{"release":"eA=="}}')],
  ['release', text('a').replace('"release":', '"release":"eA==","release":')],
  ['an unlike label', text('a').replace('"owner":"helm"', '"owner":"me","owner":"helm"')],
  ['data, in a list', `{"kind":"List","items":[${text('a').replace(/}$/, ',"data":null}')}]}`],
  ['items', `{"kind":"List","items":[${text('a')}],"items":[]}`],
])('a JSON object with a member twice is unreadable under its name: %s', async (_, file) => {
  put('a.json', file);
  put('b.json', text('b'));
  const rows = brief(await read());
  expect(rows.filter((row) => row.startsWith('Secret web/'))).toEqual([
    ...[web('a', twice), web('b', 'aaaa')],
  ]);
});

it('JSON that names two records at once is neither', async () => {
  const { metadata } = json('b');
  put('a.json', text('a').replace(/}$/, `,"metadata":${JSON.stringify(metadata)}}`));
  expect(brief(await read())).toEqual([web('a', twice), web('b', twice)]);
});

it('JSON with a member twice in a damaged list is unreadable, too', async () => {
  const one = text('a').replace(/}$/, ',"data":{"release":"eA=="}}');
  put('a.json', `{"kind":"List","items":[\n${one},\n${text('b')},\n{"kind":"Secret",\n`);
  expect(brief(await read())).toContain(web('a', twice));
});

it('data and stringData that differ are unreadable, and those that are equal are one', async () => {
  const stringData = (payload: string) => `stringData:\n  release: ${payload}\n`;
  put('a.yaml', secret('a', 'aaaa', stringData('bbbb')));
  put('b.yaml', secret('b', 'bbbb', stringData('bbbb')));
  expect(brief(await read())).toEqual([
    web('a', 'its data and its stringData both have a release, and they differ'),
    web('b', 'bbbb'),
  ]);
});

it.each([
  ['List in a List', list(list(secret('a', 'aaaa')))],
  ['three deep', list(list(list(secret('a', 'aaaa'))))],
  ['beside others', list(secret('b', 'bbbb'), list(secret('a', 'aaaa')))],
  [
    'SecretList',
    list(
      list(secret('a', 'aaaa').replace('kind: Secret\n', '')).replace(
        'kind: List',
        'kind: SecretList',
      ),
    ),
  ],
  ['in JSON', JSON.stringify({ kind: 'List', items: [{ kind: 'List', items: [json('a')] }] })],
  ['array of lists', JSON.stringify([{ kind: 'List', items: [json('a')] }])],
  ['items by name', JSON.stringify({ kind: 'List', items: { a: json('a') } })],
  [
    'list by name',
    JSON.stringify({ kind: 'List', items: { a: { kind: 'List', items: [json('a')] } } }),
  ],
  ['second list', JSON.stringify({ kind: 'List', items: [], objects: [json('a')] })],
  ['beside items', JSON.stringify({ ...json('a'), items: [] })],
])('reads the items of lists in lists: %s', async (_, file) => {
  put('list.yaml', file);
  expect(brief(await read())).toContain(web('a', 'aaaa'));
  put('list.yaml', '');
  if (file.startsWith('{') || file.startsWith('[')) {
    put('list.json', file);
    expect(brief(await read())).toContain(web('a', 'aaaa'));
  }
});

it('reads hidden manifests, in hidden folders as well, as kubectl and a mounted volume have them', async () => {
  put('.a.yaml', secret('a', 'aaaa'));
  put('..2026_11_30/b.yaml', secret('b', 'bbbb'));
  expect(brief(await read())).toEqual([web('a', 'aaaa'), web('b', 'bbbb')]);
});

it('names records in files that are not named like manifests, and nothing else there', async () => {
  const aside = 'it is in a file whose name ends in neither .yaml, .yml nor .json';
  const long = 'a'.repeat(2000);
  put('a', secret('a', long));
  put('b.yaml.bak', text('b'));
  put('c.yaml', secret('c', 'cccc'));
  put('c.yaml~', secret('c', 'before'));
  put('readme.md', `Mend it:\n\n\`\`\`yaml\n${secret('d', 'dddd')}`);
  put('notes.txt', 'kind: of blue, sh.helm.release.v1.a.v1');
  const storage = await openDirectory(root);
  expect(brief(await readAll(storage))).toEqual([
    ...[web('a', aside), web('b', aside), web('c', 'cccc')],
  ]);
  const ref = { kind: 'Secret', namespace: 'web', key: 'sh.helm.release.v1.a.v1' } as const;
  expect(await storage.get(ref)).toMatchObject({ unreadable: aside });
});

it.each([
  ['empty documents', '---\n'],
  ['documents of a word', '---\na\n'],
])('takes little time and memory for %s', async (_, document) => {
  put('b.yaml', `${secret('b', 'bbbb')}${document.repeat(300_000)}`);
  const started = performance.now();
  expect(brief(await read())).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(3000);
});
