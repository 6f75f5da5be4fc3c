/** Adoption on an API that fails, loses answers and is changed by others, with a seed for each run. */
import { expect, test } from 'vitest';
import { ReleasesError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { LostReplyError } from '../../src/kube/failures.ts';
import { adoptObject } from '../../src/migrate/adopt/adoptObject.ts';
import type { AdoptStep } from '../../src/migrate/plan.ts';
import { ownershipFor, ownershipOf } from '../../src/objects/ownership.ts';
import { type FakeApi, type FakeObject, fakeApi, object } from './adoptApi.ts';

const wanted = ownershipFor({ name: 'web', namespace: 'pay' });
const [nameKey, namespaceKey] = ['meta.helm.sh/release-name', 'meta.helm.sh/release-namespace'];

/** Both ways: written at once, and in two changes. */
const managerOf = (seed: number) =>
  ({ name: 'helm', operation: seed % 2 === 0 ? 'Update' : 'Apply' }) as const;

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

function faulty(api: FakeApi, next: () => number): KubeApi {
  return {
    ...api,
    async call(call) {
      if (next() < 0.1) touch(api, Math.floor(next() * api.objects.length));
      const fate = next();
      if (fate < 0.06) throw new ReleasesError('CONFLICT', 'it answered 409');
      if (fate < 0.12) throw new ReleasesError('API', 'it answered 503');
      if (fate < 0.18) throw new LostReplyError('UNREACHABLE', 'cut before');
      const answer = await api.call(call);
      if (fate < 0.24) throw new LostReplyError('UNREACHABLE', 'cut after');
      if (fate < 0.3) throw new ReleasesError('API', 'it answered 500 all the same');
      return answer;
    },
  };
}

/** A controller's write: another version, and nothing that matters. */
function touch(api: FakeApi, at: number): void {
  const one = api.objects[at];
  if (!one) return;
  const resourceVersion = `${Number(one.metadata.resourceVersion) + 100}`;
  api.objects.splice(at, 1, { ...one, metadata: { ...one.metadata, resourceVersion } });
}

function stepFor({ metadata }: FakeObject, manager: AdoptStep['manager']): AdoptStep {
  const { uid, resourceVersion, name } = metadata;
  const kind = { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespace: 'pay' };
  return {
    ...{ do: 'adopt', revision: 1, object: { ...kind, name, uid, resourceVersion } },
    ...{ before: {}, after: wanted, manager },
  };
}

const namedLike = ({ name, operation }: AdoptStep['manager']) => ({ manager: name, operation });

test.each(Array.from({ length: 100 }, (_, seed) => seed))('seed %i', async (seed) => {
  // It became another release's after the plan was made, so its version is another one.
  const annotations = { [nameKey]: 'other', [namespaceKey]: 'pay' };
  const foreign = { annotations, resourceVersion: '5' };
  const names = ['a', 'b', 'c', 'd'];
  const objects = names.map((name) => object('configmaps', 'pay', name));
  const steps = [...objects, object('configmaps', 'pay', 'gone'), object('configmaps', 'pay', 'x')];
  const api = fakeApi([...objects, object('configmaps', 'pay', 'x', foreign)]);
  const flaky = faulty(api, seeded(seed));
  const left = new Set(steps.map((one) => stepFor(one, managerOf(seed))));
  let runs = 0;
  for (; left.size > 2 && runs < 20; runs++)
    for (const step of left) {
      const done = await adoptObject(flaky, step).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof ReleasesError)) throw error;
          return false;
        },
      );
      if (done) left.delete(step);
    }
  expect([...left].map(({ object: { name } }) => name)).toEqual(['gone', 'x']);
  expect(api.objects.map(({ metadata }) => metadata.name).sort()).toEqual([...names, 'x']);
  for (const { metadata } of api.objects)
    expect(ownershipOf(metadata)).toEqual(metadata.name === 'x' ? annotations : wanted);
  for (const { metadata } of api.objects.filter((one) => one.metadata.name !== 'x'))
    expect(metadata.managedFields).toMatchObject([{ ...namedLike(managerOf(seed)) }]);
  // Nothing is tried without end: at most eight times two patches and a look for each try of each object.
  expect(api.calls.length).toBeLessThanOrEqual(runs * steps.length * 24);
});

test('a server that leaves the marks under our name is not believed', async () => {
  const one = object('configmaps', 'pay', 'a');
  const api = fakeApi([one]);
  const stubborn: KubeApi = {
    ...api,
    call: async (call) =>
      call.contentType === 'application/json-patch+json' ? api.objects[0] : api.call(call),
  };
  const step = stepFor(one, { name: 'helm', operation: 'Apply' });
  await expect(adoptObject(stubborn, step)).rejects.toMatchObject({ code: 'VERIFY' });
});
