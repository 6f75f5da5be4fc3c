/** A rename in one store, stopped before and after every single request, and run again. */
import { expect, test } from 'vitest';
import { encodePayload, openRecord } from '../../src/codecs/index.ts';
import { isReleasesError, ReleasesError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { adoptObject } from '../../src/migrate/adopt/adoptObject.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { withObjects } from '../../src/migrate/relocate/objects.ts';
import type { Relocation } from '../../src/migrate/relocate/placement.ts';
import { planRelocation } from '../../src/migrate/relocate/plan.ts';
import { surveyRelocation } from '../../src/migrate/relocate/survey.ts';
import { surveyRelocationTarget } from '../../src/migrate/relocate/target.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type FakeApi, fakeApi, object } from './adoptApi.ts';
import { manifestOf, nameKey, ownedBy } from './adoptScene.ts';
import { sketchRecord, sketchRelease } from './cli-records.ts';

const renamed: Relocation = { own: false, namespaces: new Map(), name: 'invoices' };

function billing(applyMethod?: string): ReleaseRecord[] {
  return [1, 2, 3].map((revision) => {
    const sketch = { revision, status: revision === 3 ? 'deployed' : 'superseded' };
    const release = {
      ...{ ...sketchRelease(sketch), manifest: manifestOf(['ConfigMap web']) },
      ...(applyMethod !== undefined && { applyMethod }),
    };
    return { ...sketchRecord(sketch), payload: encodePayload('helm3', release) };
  });
}

/** Where the requests of a run end: counted over the store and the API server together. */
interface State {
  left: number;
}

function tick(state: State): void {
  if (state.left-- <= 0) throw new ReleasesError('UNREACHABLE', 'the test stops here');
}

function failing(store: Storage, state: State, after: boolean): Storage {
  const wrap =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (!after) tick(state);
      const result = await work(...args);
      if (after) tick(state);
      return result;
    };
  return {
    ...store,
    get: wrap(store.get),
    create: wrap(store.create),
    delete: wrap(store.delete),
    async *list(selection) {
      tick(state);
      yield* store.list(selection);
    },
    async *listMeta(selection) {
      tick(state);
      yield* store.listMeta(selection);
    },
  };
}

function failingApi(api: FakeApi, state: State, after: boolean): KubeApi {
  return {
    ...api,
    async call(call) {
      if (!after) tick(state);
      const answer = await api.call(call);
      if (after) tick(state);
      return answer;
    },
  };
}

async function rename(store: Storage, api: KubeApi, backup: Storage) {
  const { releases } = await surveyRelocation([store], new Set(['billing']), renamed);
  const stores = new Map([[store.address, store]]);
  const target = await surveyRelocationTarget(store, releases, stores, 1, () => true);
  const how = { deleteSources: true, revisions: 'all' } as const;
  const plan = await withObjects(
    planRelocation(releases, target, how),
    releases,
    { leave: false, sameCluster: true },
    ...([api, 1, 'relocate'] as const),
  );
  return applyPlan(plan, {
    ...{ from: stores, to: store, backup, concurrency: 1 },
    adopt: (_, step) => adoptObject(api, step),
  });
}

async function revisions(store: Storage): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.list({}))
    for (const record of page) {
      const opened = openRecord(record);
      if (!isBad(opened)) found.push(`${opened.release.name} ${opened.release.revision}`);
    }
  return found.sort();
}

test.each([
  ['before', false, undefined],
  ['after', true, undefined],
  ['before', false, 'ssa'],
  ['after', true, 'ssa'],
] as const)(
  'stopped %s each request: nothing lost, nothing doubled',
  async (_, after, applyMethod) => {
    let points = 0;
    for (let at = 0; ; at++) {
      const store = openMemory({ records: billing(applyMethod) });
      const api = fakeApi([object('configmaps', 'pay', 'web', ownedBy('billing', 'pay'))]);
      const state = { left: at };
      const outcomes = await rename(
        failing(store, state, after),
        failingApi(api, state, after),
        openMemory(),
      ).catch((error: unknown) => {
        if (!isReleasesError(error, 'UNREACHABLE')) throw error;
        return [];
      });
      const there = new Set((await revisions(store)).map((one) => one.replace(/^\S+ /, '')));
      expect([...there].sort()).toEqual(['1', '2', '3']);
      await rename(store, api, openMemory());
      expect(await revisions(store)).toEqual(['invoices 1', 'invoices 2', 'invoices 3']);
      const { annotations, managedFields } = api.objects[0]?.metadata ?? {};
      expect(annotations?.[nameKey]).toBe('invoices');
      const operation = applyMethod === 'ssa' ? 'Apply' : 'Update';
      expect(managedFields).toMatchObject([{ manager: 'helm', operation }]);
      const before = JSON.stringify([await revisions(store), api.objects]);
      await rename(store, api, openMemory());
      expect(JSON.stringify([await revisions(store), api.objects])).toBe(before);
      if (state.left >= 0 && outcomes.length > 0) break;
      points++;
    }
    expect(points).toBeGreaterThan(15);
  },
);
