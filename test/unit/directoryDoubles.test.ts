/** Two files that hold one name: no record hides behind another, or takes another's place. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { findReleases } from '../../src/inspect/find.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { runCli } from './cli-io.ts';
import { type Sketch, sketchRecord } from './cli-records.ts';
import { put, readAll, root } from './directoryFixtures.ts';

const text = (revision: number, more: Sketch = {}) =>
  stringify(objectOf(sketchRecord({ helm: 2, name: 'alpha', revision, ...more })), {
    lineWidth: 0,
  });

function putThree(change: (last: string) => string): void {
  put('r1.yaml', text(1, { status: 'superseded' }));
  put('r2.yaml', text(2, { status: 'superseded' }));
  put('r3.yaml', change(text(3)));
}

const rename = (last: string) => last.replace('name: alpha.v3', 'name: alpha.v1');

/** Name, revision, status and reason of each row. */
async function rows(...command: string[]): Promise<{ code: number; shown: unknown[] }> {
  const ran = await runCli([...command, '--storage', `dir:${root}`, '-o', 'json']);
  const parsed = JSON.parse(ran.out) as { [field: string]: unknown }[];
  return {
    code: ran.code,
    shown: parsed.map((row) => [row.name, row.revision, row.status, row.unreadable]),
  };
}

const reason =
  'its version label says 3, and it is revision 1; another record in r1.yaml is called alpha.v1 too';

it('keeps a record whose name another file has taken, and shows the other', async () => {
  putThree(rename);
  for (const argv of [['list'], ['list', '-n', 'pay'], ['list', '--helm', '2']])
    expect(await rows(...argv), argv.join(' ')).toEqual({
      code: 3,
      shown: [
        ['alpha', '3', 'unreadable', reason],
        ['alpha', '2', 'SUPERSEDED', undefined],
      ],
    });
  expect((await rows('list', '--helm', '3')).shown).toEqual([]);
  const history = await runCli(['history', 'alpha', '--storage', `dir:${root}`]);
  expect(history.out).toMatch(/^1 .*SUPERSEDED.*\n2 .*SUPERSEDED/m);
  const source = { storage: await openDirectory(root), selection: {}, optional: false };
  const { releases, tied } = await findReleases([source], 'alpha');
  expect(releases.map(({ revisions }) => revisions)).toEqual([[1, 2]]);
  expect(tied).toMatchObject([{ place: 'r3.yaml', unreadable: reason }]);
});

it('takes only the file of the record that is deleted', async () => {
  putThree(rename);
  const storage = await openDirectory(root);
  const first = (await readAll(storage)).find(({ key }) => key === 'alpha.v1');
  expect(first).toMatchObject({ place: 'r1.yaml', payload: expect.any(String) });
  if (first) await storage.delete(first);
  expect(['r1.yaml', 'r3.yaml'].map((file) => existsSync(join(root, file)))).toEqual([false, true]);
  const stray = (await readAll(storage)).find(({ key }) => key !== 'alpha.v2');
  expect(stray).toMatchObject({ key: 'alpha.v1', place: 'r3.yaml' });
});

it('shows copies that differ, whether a newer revision is there or not', async () => {
  putThree(String);
  put('other1.yaml', text(1, { status: 'failed' }));
  const both = 'other1.yaml and r1.yaml both hold';
  expect(await rows('list')).toEqual({
    code: 3,
    shown: [
      ['alpha', '3', 'DEPLOYED', undefined],
      ['other1.yaml', '', 'unreadable', `${both} alpha.v1, with different contents`],
    ],
  });
  put('other1.yaml', text(3, { status: 'failed' }));
  expect(await rows('list')).toEqual({
    code: 3,
    shown: [
      [
        ...['alpha', '3', 'unreadable'],
        'other1.yaml and r3.yaml both hold it, with different contents',
      ],
    ],
  });
  put('other1.yaml', text(1, { status: 'superseded' }));
  expect(await rows('list')).toEqual({ code: 0, shown: [['alpha', '3', 'DEPLOYED', undefined]] });
});

it('shows each of two misnamed copies when none is sound', async () => {
  putThree((last) => last.replace('name: alpha.v3', 'name: alpha.v9'));
  put('r4.yaml', text(4).replace('name: alpha.v4', 'name: alpha.v9'));
  const { code, shown } = await rows('list');
  const why = (version: number, file: string) =>
    `its version label says ${version}, and it is revision 9; another record in ${file} is called alpha.v9 too`;
  expect({ code, shown }).toEqual({
    code: 3,
    shown: [
      ['alpha', '3', 'unreadable', why(3, 'r4.yaml')],
      ['alpha', '4', 'unreadable', why(4, 'r3.yaml')],
      ['alpha', '2', 'SUPERSEDED', undefined],
    ],
  });
});

it.each([
  ['VERSION', /VERSION: "3"/, 'VERSION: "2"', 'its version label says 2, and it is revision 3'],
  ['NAME', /NAME: alpha/, 'NAME: alphb', 'its key names alpha, its name label names alphb'],
])('shows a record of which only the label %s was changed', async (_, from, to, why) => {
  putThree((last) => last.replace(from, to));
  // As Tiller lists it: by its content.
  expect(await rows('list')).toEqual({
    code: 0,
    shown: [['alpha', '3', 'DEPLOYED', undefined]],
  });
  const { err } = await runCli(['list', '--storage', `dir:${root}`]);
  expect(err).toContain(why);
});
