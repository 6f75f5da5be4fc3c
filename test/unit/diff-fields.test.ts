/** What differs between two values, and between a manifest and what lives. */
import { describe, expect, it } from 'vitest';
import { compareFields, sameJson } from '../../src/inspect/diff/fields.ts';
import { compareWithLive, type Live, rollbackOnLive } from '../../src/inspect/diff/live.ts';
import { compareManifests } from '../../src/inspect/diff/objects.ts';
import type { Json, JsonObject } from '../../src/json.ts';
import { readManifest } from '../../src/objects/manifest.ts';
import { pathText } from '../../src/output/diff/fields.ts';

/** `path: before → after`, with `none` for what isn't there. */
function changes(a: Json, b: Json, options = {}): string[] {
  const text = (value: Json | undefined) => (value === undefined ? 'none' : JSON.stringify(value));
  return compareFields(a, b, options).map(
    ({ path, before, after, reordered }) =>
      `${pathText(path)}: ${text(before)} → ${text(after)}${reordered ? ' (order)' : ''}`,
  );
}

describe('compareFields', () => {
  it.each<[string, Json, Json, string[]]>([
    ['key order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }, []],
    ['a value', { a: { b: 1 } }, { a: { b: '1' } }, ['a.b: 1 → "1"']],
    ['a new key', {}, { 'a.b/c': { d: 1 } }, ['["a.b/c"]: none → {"d":1}']],
    ['a lost key', { a: null }, {}, ['a: null → none']],
    ['another type', { a: [1] }, { a: { b: 1 } }, ['a: [1] → {"b":1}']],
    ['the whole', 1, 2, ['(all of it): 1 → 2']],
    ['an item', [1, 2, 3], [1, 5, 3], ['[1]: 2 → 5']],
    ['an item in between', [1, 2, 3], [1, 3], ['[1]: 2 → none']],
    ['an item more', ['a'], ['a', 'b'], ['[1]: none → "b"']],
    [
      'an item changed and one more',
      [{ a: 1, b: 1 }, { z: 1 }],
      [{ a: 1, b: 2 }, { y: 1 }, { z: 1 }],
      ['[0].b: 1 → 2', '[1]: none → {"y":1}'],
    ],
    [
      'named items, wherever they stand',
      { c: [{ name: 'web', image: 'a' }, { name: 'log' }] },
      { c: [{ name: 'new' }, { name: 'web', image: 'b' }, { name: 'log' }] },
      ['c[web].image: "a" → "b"', 'c[new]: none → {"name":"new"}'],
    ],
    [
      'the order of named items, which may mean something',
      [{ name: 'a' }, { name: 'b' }],
      [{ name: 'b' }, { name: 'a' }],
      ['(all of it): ["a","b"] → ["b","a"] (order)'],
    ],
    [
      'names that are not unique',
      [{ name: 'a' }, { name: 'a' }],
      [{ name: 'a' }],
      ['[1]: {"name":"a"} → none'],
    ],
    ['-0 and 0', { a: -0 }, { a: 0 }, ['a: 0 → 0']],
  ])('%s', (_, a, b, wanted) => {
    expect(changes(a, b)).toEqual(wanted);
  });

  it('takes __proto__ for a key like any other', () => {
    const odd = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}');
    expect(changes(odd, {})).toEqual(['__proto__: {"a":1} → none', 'constructor: 2 → none']);
    expect(changes({}, odd)).toEqual(['__proto__: none → {"a":1}', 'constructor: none → 2']);
  });

  it('takes null for absent where objects mean it so', () => {
    expect(changes({ a: null }, {}, { nullIsAbsent: true })).toEqual([]);
    expect(changes({ a: null }, { a: 1 }, { nullIsAbsent: true })).toEqual(['a: none → 1']);
  });

  it('gives up on the edits of a long list, and not on its difference', () => {
    const list = (from: number) => Array.from({ length: 1500 }, (_, i) => i * 7 + from);
    expect(compareFields(list(0), [...list(1), 3])).toHaveLength(1);
  });

  it('knows numbers that JSON does not', () => {
    expect(sameJson([Number.NaN], [Number.NaN])).toBe(true);
    expect(compareFields([Number.NaN], [Number.POSITIVE_INFINITY, 1])).toHaveLength(2);
  });
});

describe('beside the cluster', () => {
  const object = (fields: object) => readManifest(JSON.stringify(fields));
  const live = (manifest: object, found: Live | JsonObject): string[] => {
    const read = object(manifest);
    const [one] = read.objects;
    if (!one) throw new Error('no object');
    const state: Live = 'is' in found ? (found as Live) : { is: 'there', fields: found };
    const diff = compareWithLive(read, [{ object: one, live: state }]);
    return diff.changes.flatMap(({ change, note, fields }) =>
      change === 'changed'
        ? fields.map(
            ({ path, before, after }) =>
              `${pathText(path)}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`,
          )
        : [`${change}: ${note}`],
    );
  };
  const deployment = (container: object) => ({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
    spec: { template: { spec: { containers: [{ name: 'web', ...container }] } } },
  });

  it('passes over what servers and controllers add', () => {
    const found = deployment({ image: 'a', imagePullPolicy: 'Always', args: ['x'] });
    const lives = {
      ...found,
      metadata: { name: 'web', uid: 'u', labels: { added: 'x' } },
      status: { replicas: 1 },
    };
    lives.spec.template.spec.containers.push({ name: 'sidecar' });
    expect(live(deployment({ image: 'a', args: ['x'] }), lives)).toEqual([]);
    expect(live(deployment({ image: 'b', args: ['x', 'y'] }), lives)).toEqual([
      'spec.template.spec.containers[web].args[1]: "y" → undefined',
      'spec.template.spec.containers[web].image: "b" → "a"',
    ]);
  });

  it('knows amounts in every spelling, where they are amounts', () => {
    const sized = (cpu: unknown, memory: unknown, env = '1') =>
      deployment({ resources: { limits: { cpu, memory } }, env: [{ name: 'A', value: env }] });
    expect(live(sized('1000m', '1024Mi'), sized('1', '1Gi'))).toEqual([]);
    expect(live(sized(0.1, '1e3'), sized('100m', '1k'))).toEqual([]);
    expect(live(sized('1', '1Gi', '1000m'), sized('1', '1G', '1'))).toEqual([
      'spec.template.spec.containers[web].env[A].value: "1000m" → "1"',
      'spec.template.spec.containers[web].resources.limits.memory: "1Gi" → "1G"',
    ]);
  });

  it('passes over what a server leaves out because it is empty', () => {
    const none = deployment({ image: 'a' });
    expect(
      live(deployment({ image: 'a', args: [], tty: false, env: null, resources: {} }), none),
    ).toEqual([]);
  });

  it('encodes stringData as a server does', () => {
    const secret = (more: object) => ({
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'x' }, ...more },
    });
    expect(live(secret({ stringData: { a: 'b' } }), secret({ data: { a: 'Yg==' } }))).toEqual([]);
    expect(live(secret({ stringData: { a: 'c' } }), secret({ data: { a: 'Yg==' } }))).toEqual([
      'data.a: "Yw==" → "Yg=="',
    ]);
  });

  it('says what is missing, and what can not be told', () => {
    expect(live(deployment({}), { is: 'missing' })).toEqual(['removed: not in the cluster']);
    expect(live(deployment({}), { is: 'unknown', note: 'no permission' })).toEqual([
      'unknown: no permission',
    ]);
  });

  it('rolls back what somebody changed by hand, and leaves what no manifest names', () => {
    const map = (name: string, data: object, more = {}) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more }, data },
    });
    const manifest = (...objects: object[]) =>
      readManifest(objects.map((one) => `---\n${JSON.stringify(one)}\n`).join(''));
    const newest = manifest(
      map('a', { x: '2', gone: '1' }),
      map('same', { y: '1' }),
      map('old', {}),
    );
    const wanted = manifest(map('a', { x: '1' }), map('same', { y: '1' }), map('back', {}));
    const side = (read: typeof newest) => ({ name: 'r', namespace: 'n', manifest: read });
    const lives: { readonly [name: string]: Live } = {
      a: { is: 'there', fields: map('a', { x: '2', gone: '1', hand: 'made' }) as JsonObject },
      same: { is: 'there', fields: map('same', { y: 'changed' }) as JsonObject },
      old: {
        is: 'there',
        fields: map(
          'old',
          {},
          { annotations: { 'helm.sh/resource-policy': 'keep' } },
        ) as JsonObject,
      },
      back: { is: 'missing' },
    };
    const of = (read: typeof newest) =>
      read.objects.map((one) => ({
        object: one,
        live: lives[one.name] ?? { is: 'missing' as const },
      }));
    const diff = compareManifests(side(newest), side(wanted));
    const leaving = of(newest).filter(({ object: { name } }) => name === 'old');
    const { changes } = rollbackOnLive(diff, of(wanted), leaving);
    expect(
      changes.map(({ change, object: { name }, fields }) => [change, name, fields.length]),
    ).toEqual([
      ['changed', 'a', 2],
      ['changed', 'same', 1],
      ['kept', 'old', 0],
      ['added', 'back', 0],
    ]);
    expect(changes[0]?.fields).toEqual([
      { path: ['data', 'x'], before: '2', after: '1' },
      { path: ['data', 'gone'], before: '1' },
    ]);
  });
});
