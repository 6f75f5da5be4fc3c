/** Records that can be read and can't be taken out of their file: it is known before anything happens. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { objectOf } from '../../src/storage/objects.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';
import { put, root } from './directoryFixtures.ts';

let target = '';
beforeEach(() => {
  target = mkdtempSync(join(tmpdir(), 'releases-fixed-'));
});
afterEach(() => {
  rmSync(target, { recursive: true, force: true });
  rmSync(`${target}.zip`, { force: true });
});

const history = (helm: 2 | 3) =>
  [1, 2].map((revision) =>
    objectOf(sketchRecord({ helm, name: 'alpha', revision, status: 'superseded' })),
  );

const inList = (object: object) => ({ apiVersion: 'v1', kind: 'List', items: [object] });
const shapes: readonly [string, string, (object: object) => string][] = [
  ['an array', 'b.json', (object) => JSON.stringify([object])],
  ['a List in a List', 'b.json', (object) => JSON.stringify(inList(inList(object)))],
  ['a List in a List in YAML', 'b.yaml', (object) => stringify(inList(inList(object)))],
  ['items by name', 'b.json', (object) => JSON.stringify({ kind: 'List', items: { a: object } })],
  [
    'a Template',
    'b.yaml',
    (object) =>
      stringify({ apiVersion: 'template.openshift.io/v1', kind: 'Template', objects: [object] }),
  ],
  ['document ends', 'b.yaml', (object) => `${stringify(object)}...\n`],
];

describe.each(shapes)('a record in %s', (_, file, shape) => {
  function scene(helm: 2 | 3): string[] {
    const [first, second] = history(helm);
    put('a.json', JSON.stringify(first));
    put(file, shape(second ?? {}));
    return ['a.json', file].map((name) => readFileSync(join(root, name), 'utf8'));
  }
  const now = () => ['a.json', file].map((name) => readFileSync(join(root, name), 'utf8'));
  const to = () => [...['--from', `dir:${root}`, '--to', `dir:${target}`, '--yes']];

  it('is copied, and its release is not deleted', async () => {
    const before = scene(3);
    const moved = await runCli([
      'relocate',
      '--all',
      ...to(),
      '--delete-source',
      '--backup',
      `${target}.zip`,
    ]);
    expect(moved.code, moved.err).toBe(4);
    expect(moved.out + moved.err).toContain(
      `its sources can't be deleted: dir:${root} has it in ${file}, of which nothing can safely be taken out`,
    );
    expect(now()).toEqual(before);
    const copied = await runCli(['copy', '--all', ...to()]);
    expect(copied.code, copied.err).toBe(0);
    expect(readdirSync(join(target, 'pay'))).toHaveLength(2);
  });

  it('of Helm 2 is migrated, and its release is not deleted', async () => {
    const before = scene(2);
    const ran = await runCli([
      'migrate2to3',
      '--all',
      ...to(),
      '--delete-v2-releases',
      '--backup',
      `${target}.zip`,
    ]);
    expect(ran.code, ran.err).toBe(4);
    expect(ran.out + ran.err).toContain(
      `has it in ${file}, of which nothing can safely be taken out`,
    );
    expect(now()).toEqual(before);
  });
});

it('is not replaced in a target, either', async () => {
  const [first] = history(3);
  put('a.json', JSON.stringify(first));
  const other = objectOf(sketchRecord({ name: 'alpha', revision: 1, status: 'failed' }));
  const text = JSON.stringify([other]);
  writeFileSync(join(target, 'b.json'), text);
  const line = ['restore', root, '--to', `dir:${target}`, '--overwrite', 'alpha', '--yes'];
  const ran = await runCli([...line, '--backup', `${target}.zip`]);
  expect(ran.out + ran.err).toContain(
    "what is there can't be replaced: the target has it in b.json",
  );
  expect(readFileSync(join(target, 'b.json'), 'utf8')).toBe(text);
});

it.each([
  [
    'the file',
    'pay/secret-sh.helm.release.v1.alpha.v1.yaml',
    "(pay/secret-sh.helm.release.v1.alpha.v1.yaml) exists, and can't be read",
  ],
  ['the folder', 'pay', 'a revision has no place there: pay stands where its folder would be'],
])('a target where %s has another content is refused in the plan', async (_, taken, why) => {
  put('a.json', JSON.stringify(history(3)[0]));
  mkdirSync(join(target, dirname(taken)), { recursive: true });
  writeFileSync(join(target, taken), 'kind: Service\n');
  const ran = await runCli([
    'copy',
    '--all',
    '--yes',
    '--from',
    `dir:${root}`,
    '--to',
    `dir:${target}`,
  ]);
  expect(ran.code).toBe(4);
  expect(ran.out).toContain(why);
  expect(ran.out + ran.err).not.toContain('exists already');
});
