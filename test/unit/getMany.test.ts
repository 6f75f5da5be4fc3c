/** Several records at once: what is asked of the store, and that nothing is missed. */
import { expect, test } from 'vitest';
import { recordsOf } from '../../src/migrate/engine/payloads.ts';
import type { CreateStep } from '../../src/migrate/plan.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { digestOf } from '../../src/sameRecord.ts';
import { getMany } from '../../src/storage/getMany.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';

function record(name: string, revision: number, labels = true): ReleaseRecord {
  return {
    ...{ kind: 'Secret', namespace: 'apps', key: `sh.helm.release.v1.${name}.v${revision}` },
    labels: labels ? { owner: 'helm', name, version: String(revision) } : {},
    payload: `${name}${revision}`,
  };
}

/** A store that notes what it is asked for. */
function noted(store: Storage, selects: boolean): { store: Storage; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    store: {
      ...store,
      capabilities: { ...store.capabilities, selects },
      list(selection) {
        asked.push(`list ${selection.owner} ${selection.namespace}/${selection.names}`);
        return store.list(selection);
      },
      async get(ref) {
        asked.push(`get ${ref.key}`);
        return store.get(ref);
      },
    },
  };
}

const [web, api] = [[1, 2, 3].map((n) => record('web', n)), [record('api', 1)]];

test('one list for the records of a release, one get for a single record', async () => {
  const { store, asked } = noted(openMemory({ records: [...web, ...api] }), true);
  const found = await getMany(store, [...web, ...api], 1);
  expect(asked).toEqual(['list helm apps/web', 'get sh.helm.release.v1.api.v1']);
  expect([...found.keys()].sort()).toEqual([
    'Secret/apps/sh.helm.release.v1.api.v1',
    ...[1, 2, 3].map((n) => `Secret/apps/sh.helm.release.v1.web.v${n}`),
  ]);
});

test('one list for several releases of a namespace, as long as it stays short', async () => {
  const many = Array.from({ length: 120 }, (_, i) => [1, 2].map((n) => record(`r${i}`, n))).flat();
  const long = Array.from({ length: 240 }, (_, n) => record('long', n));
  const there = [record('there', 1), record('there', 2)].map((one) => ({
    ...one,
    namespace: 'other',
  }));
  const wanted = [...many, ...long, ...there];
  const { store, asked } = noted(openMemory({ records: [...wanted, ...api] }), true);
  const found = await getMany(store, wanted, 1);
  expect(found.size).toBe(wanted.length);
  const named = asked.map((what) => what.split('/')[1]?.split(',').length);
  expect(named).toEqual([50, 50, 20, 1, 1]);
  expect(asked.slice(-2)).toEqual(['list helm apps/long', 'list helm other/there']);
});

test('what the list left out is asked for by its key; what is not there is not found', async () => {
  const there = noted(openMemory({ records: web.slice(0, 2) }), true);
  // As when somebody stripped the labels of web.v2.
  const store: Storage = {
    ...there.store,
    async *list(selection) {
      for await (const page of there.store.list(selection))
        yield page.filter(({ key }) => !key.endsWith('v2'));
    },
  };
  const found = await getMany(store, web, 1);
  expect(there.asked.slice(1)).toEqual([
    'get sh.helm.release.v1.web.v2',
    'get sh.helm.release.v1.web.v3',
  ]);
  expect(found.size).toBe(2);
});

test('a store whose lists read everything is asked one by one', async () => {
  const { store, asked } = noted(openMemory({ records: web }), false);
  expect((await getMany(store, web, 8)).size).toBe(3);
  expect(asked.map((what) => what.split(' ')[0])).toEqual(['get', 'get', 'get']);
});

test('no list where a get costs no more, and one record at a time on its way', async () => {
  const { store, asked } = noted(openMemory({ records: web }), true);
  const cheap: Storage = { ...store, capabilities: { ...store.capabilities, cheapGets: true } };
  const creates = web.map((source, i): CreateStep => {
    const { payload, ...meta } = source;
    const record = { ...meta, sha256: digestOf(payload) };
    return { do: 'create', revision: i + 1, record, copy: { source: meta } };
  });
  const seen: [string, number][] = [];
  for await (const [, { key }] of recordsOf(creates, cheap)) seen.push([key, asked.length]);
  expect(seen).toEqual(web.map(({ key }, i) => [key, i + 1]));
  expect(asked).toEqual(web.map(({ key }) => `get ${key}`));
});
