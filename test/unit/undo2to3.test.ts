/** The way back of a migration that deletes, as it is printed: Helm 2's records are back, and no copy stays. */
import { expect, test } from 'vitest';
import { openDirectory } from '../../src/storage/directory.ts';
import { cli, contents, dir, expected, fill } from './backups.ts';
import { sketchRecord } from './cli-records.ts';

const old = (name: string, revision: number, status: string) =>
  sketchRecord({ helm: 2, name, namespace: 'web', revision, status });
const tiller = [old('web', 1, 'superseded'), old('web', 2, 'deployed'), old('api', 1, 'deployed')];
const one = (revision: number, status: string) =>
  sketchRecord({ name: 'web', namespace: 'web', revision, status });

async function migrated() {
  await fill('from', tiller);
  await fill('to', []);
  const line =
    'migrate2to3 --all --from dir:DIR/from --to dir:DIR/to --delete-v2-releases --yes --backup DIR/bk';
  const { code, out, err } = await cli(line);
  expect(code, err).toBe(0);
  const [, lines = ''] = out.split('\nUndo: ');
  return lines
    .trim()
    .split(/\n\s*/)
    .map((text) => text.replace(/^kubectl releases /, '').replace('dir:helm3', 'dir:DIR/helm3'));
}

test('as printed, what was is there again', async () => {
  const lines = await migrated();
  expect(lines).toEqual([
    'restore DIR/bk --to dir:DIR/from',
    expect.stringMatching(
      /^relocate api web -n web --from dir:DIR\/to --to dir:DIR\/helm3-taken-\w+ --helm 3 --if-newest api=1:deployed --if-newest web=2:deployed --delete-source$/,
    ),
  ]);
  for (const line of lines) {
    const { code, out, err } = await cli(
      `${line} --yes`.replace('source', 'source --backup DIR/b2'),
    );
    expect(code, line + out + err).toBe(0);
  }
  expect(await contents('from')).toEqual(expected(tiller));
  expect(await contents('to')).toEqual([]);
  // Once more there is nothing to do, and nothing is taken for undone.
  expect((await cli(`${lines[0]} --yes`)).code).toBe(0);
});

test.each([
  ['another revision', [one(3, 'deployed')]],
  ['another status', [one(2, 'uninstalled')]],
])('where Helm has gone on, with %s, that release stays, and is named', async (_, later) => {
  const [, away = ''] = await migrated();
  const store = await openDirectory(`${dir}/to`);
  for (const record of later) {
    const there = await store.get(record);
    await (there ? store.replace(record, there) : store.create(record));
  }
  const before = (await contents('to')).filter((text) => !String(text).includes('.api.'));
  const { code, out } = await cli(`${away} --yes --backup DIR/b2`);
  expect(code).toBe(3);
  expect(out).toMatch(/web .* refused .*its newest revision is \d, \w+, and was 2, deployed/);
  expect(await contents('to')).toEqual(before);
});

test.each(['web', 'web=2', 'web=0:deployed', 'web=v2:deployed', '=2:deployed'])(
  '--if-newest %s is no NAME=REVISION:STATUS',
  async (text) => {
    const { code, err } = await cli(
      `relocate web --from dir:DIR --to dir:DIR/x --delete-source --if-newest ${text}`,
    );
    expect(code).toBe(2);
    expect(err).toContain('is not NAME=REVISION:STATUS');
  },
);
