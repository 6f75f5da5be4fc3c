import { describe, expect, it } from 'vitest';
import { helms } from '../../src/helms.ts';
import { computedValues, userValues } from '../../src/inspect/values.ts';
import type { JsonObject } from '../../src/json.ts';
import { sketchChart, sketchRelease } from './cli-records.ts';

describe('values of Helm 3 and 4', () => {
  const computed = (helm: 3 | 4, values: JsonObject, config?: JsonObject) =>
    computedValues(sketchRelease({ helm, values, ...(config ? { config } : {}) }));

  it('are null when the user gave none', () => {
    expect(userValues(sketchRelease({}))).toBeNull();
    expect(userValues(sketchRelease({ config: { a: 1 } }))).toEqual({ a: 1 });
  });

  it('lie over the chart’s: tables are merged, everything else is replaced', () => {
    const chart = { a: 1, list: [1, 2], table: { x: 1, y: { z: 2 } }, odd: { was: 'table' } };
    const user = { a: 2, list: [3], table: { y: { w: 3 } }, odd: 5, more: { b: true } };
    expect(computed(3, chart, user)).toEqual({
      ...{ a: 2, list: [3], table: { x: 1, y: { z: 2, w: 3 } }, odd: 5, more: { b: true } },
    });
    expect(computed(3, chart)).toEqual(chart);
    expect(computed(3, {}, user)).toEqual(user);
  });

  it('drop a key of the chart that the user set to null', () => {
    const chart = { a: 1, b: null, t: { x: 1, y: null, z: { q: 1 } } };
    const user = { a: null, b: null, c: null, t: { x: null, y: null, w: null, z: null } };
    expect(computed(3, chart, user)).toEqual({ c: null, t: { y: null, w: null } });
  });

  // What `helm template` of each renders of {{ .Values | toJson }} with these values.
  const nullsOfChart = {
    ...{ a: null, both: null, mine: { k: null }, l: [null, { x: null }], gone: 1 },
    ...{ t: { x: 1, y: null, z: { q: null, r: 1 } }, deep: { a: { b: null, c: 2 } } },
  };
  const nullsOfUser = {
    ...{ both: null, gone: null, new: null, mine: {}, deep: { a: null } },
    t: { x: null, y: null, w: null, v: 1 },
  };
  const stay = {
    ...{ a: null, deep: {}, l: [null, { x: null }], mine: { k: null }, new: null },
    t: { v: 1, w: null, y: null, z: { q: null, r: 1 } },
  };
  const { y: _, ...met } = stay.t;
  const go = {
    ...{ deep: {}, l: [null, { x: null }], mine: {}, new: null },
    t: { v: 1, w: null, y: null, z: { r: 1 } },
  };
  it.each([
    { word: 'helm3.8', wanted: { ...stay, t: met } },
    { word: 'helm3.22', wanted: stay },
    { word: 'helm3', wanted: stay },
    { word: 'helm4.1', wanted: stay },
    { word: 'helm4.3', wanted: go },
    { word: 'helm4', wanted: go },
  ])('have the nulls that $word leaves of the chart’s', ({ word, wanted }) => {
    for (const helm of [3, 4] as const) {
      const release = sketchRelease({ helm, values: nullsOfChart, config: nullsOfUser });
      expect(computedValues(release, helms[word])).toEqual(wanted);
    }
  });

  it('have those of the newest of the Helm that wrote the record, where none is named', () => {
    expect(computed(3, nullsOfChart, nullsOfUser)).toEqual(stay);
    expect(computed(4, nullsOfChart, nullsOfUser)).toEqual(go);
  });

  it('treat __proto__ as a key like any other', () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": 1}}') as JsonObject;
    const result = computed(3, { a: 1 }, hostile);
    expect(Object.keys(result).sort()).toEqual(['__proto__', 'a']);
    expect(JSON.stringify(result)).toContain('{"polluted":1}');
    expect(({} as JsonObject).polluted).toBeUndefined();
  });
});

describe('values of Helm 2', () => {
  const child = sketchChart('db', 'port: 1\nname: child\nglobal:\n  own: 1\n', {
    dependencies: [sketchChart('disk', 'size: 1\n')],
  });
  const computed = (values: string, config?: string, subcharts = [child]) =>
    computedValues(
      sketchRelease({ helm: 2, values, subcharts, ...(config === undefined ? {} : { config }) }),
    );
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it('are read as Helm 2 read YAML', () => {
    const release = sketchRelease({ helm: 2, config: 'on: 0777\ntime: 22:22\n' });
    expect(plain(userValues(release))).toEqual({ true: 511, time: '22:22' });
    expect(plain(userValues(sketchRelease({ helm: 2 })))).toEqual({});
  });

  it('hold each subchart’s values under its name, with the parent’s globals', () => {
    const values = 'a: 1\ndb:\n  port: 2\nglobal:\n  zone: eu\n';
    expect(plain(computed(values, 'a: 3\ndb:\n  name: mine\n'))).toEqual({
      a: 3,
      db: {
        ...{ port: 2, name: 'mine', global: { zone: 'eu', own: 1 } },
        disk: { size: 1, global: { zone: 'eu', own: 1 } },
      },
      global: { zone: 'eu' },
    });
  });

  it('lose what was set to null, at every depth', () => {
    const values = 'a: 1\nkept: null\nt:\n  x: 1\n  w: 2\n';
    expect(plain(computed(values, 'a: null\nnew: null\nt:\n  x: null\n', []))).toEqual({
      kept: null,
      t: { w: 2 },
    });
  });

  it('take the user’s side where a table meets something else', () => {
    expect(plain(computed('t:\n  x: 1\nv: 1\n', 't: 5\nv:\n  w: 2\n', []))).toEqual({
      t: 5,
      v: { w: 2 },
    });
  });

  it('refuse a value where a subchart’s table belongs, without showing it', () => {
    expect(() => computed('a: 1\n', 'db: hunter2\n')).toThrow(
      expect.objectContaining({
        code: 'UNREADABLE',
        message: expect.not.stringContaining('hunter2'),
      }),
    );
  });

  it('refuse text that is no YAML, without showing it', () => {
    expect(() => computed('a: [hunter2', 'a: 1\n')).toThrow(
      expect.objectContaining({
        code: 'UNREADABLE',
        message: expect.not.stringContaining('hunter2'),
      }),
    );
  });
});
