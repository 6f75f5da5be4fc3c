/** Helm 2 releases with objects, an API that has some of them, and what a plan makes of both. */
import { encodePayload } from '../../src/codecs/index.ts';
import type { KubeMetadata } from '../../src/kube/types.ts';
import { adoptObject } from '../../src/migrate/adopt/adoptObject.ts';
import { withAdoptSteps } from '../../src/migrate/adopt/index.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import { plan2to3 } from '../../src/migrate/helm2to3/plan.ts';
import { surveySources, surveyTarget } from '../../src/migrate/helm2to3/survey.ts';
import type { Options2to3, Placement } from '../../src/migrate/helm2to3/target.ts';
import type { Plan } from '../../src/migrate/plan.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type FakeApi, type FakeObject, fakeApi, object } from './adoptApi.ts';
import { type Sketch, sketchRecord, sketchRelease } from './cli-records.ts';

export const [nameKey, namespaceKey] = [
  'meta.helm.sh/release-name',
  'meta.helm.sh/release-namespace',
];
export const managedBy = 'app.kubernetes.io/managed-by';

/** A Helm 2 record whose manifest holds `KIND NAME` or `KIND NAMESPACE/NAME`. */
export function helm2(objects: readonly string[], sketch: Sketch = {}): ReleaseRecord {
  const wanted: Sketch = { helm: 2, ...sketch };
  const release = { ...sketchRelease(wanted), manifest: manifestOf(objects) };
  return { ...sketchRecord(wanted), payload: encodePayload('helm2', release) };
}

export function manifestOf(objects: readonly string[]): string {
  return objects
    .map((text) => {
      const [kind = '', place = ''] = text.split(' ');
      const [name, namespace] = place.split('/').reverse();
      const at = namespace ? `, namespace: ${namespace}` : '';
      return `---\napiVersion: ${versions[kind] ?? 'v1'}\nkind: ${kind}\nmetadata: {name: ${name}${at}}\n`;
    })
    .join('');
}

export const versions: { readonly [kind: string]: string } = {
  Deployment: 'extensions/v1beta1',
  ClusterRole: 'rbac.authorization.k8s.io/v1beta1',
  Widget: 'example.com/v1',
};

export function ownedBy(name: string, namespace: string, label = 'Helm'): Partial<KubeMetadata> {
  return {
    annotations: { [nameKey]: name, [namespaceKey]: namespace },
    labels: { [managedBy]: label },
  };
}

export interface Scene {
  readonly api: FakeApi;
  readonly from: Storage;
  readonly to: Storage;
}

export function scene(records: readonly ReleaseRecord[], objects: FakeObject[]): Scene {
  return { api: fakeApi(objects), from: openMemory({ records }), to: openMemory() };
}

export async function planFor(
  { api, from, to }: Scene,
  placement: Partial<Placement> = {},
  decided: Partial<Options2to3> = {},
) {
  const { releases } = await surveySources([from], []);
  const target = await surveyTarget(to, releases, { kind: 'Secret', ...placement }, 4);
  const options = { deleteSources: false, markSuperseded: false, ...decided };
  return withAdoptSteps(await plan2to3(releases, target, options), releases, target, api, 4);
}

export function carryOut(plan: Plan, { api, from, to }: Scene) {
  const stores = new Map([[from.address, from]]);
  return applyPlan(plan, {
    ...{ from: stores, to, concurrency: 4 },
    adopt: (_, step) => adoptObject(api, step),
  });
}

export function adopted(plan: Plan): string[] {
  return plan.releases.flatMap(({ name, steps }) =>
    steps.flatMap((step) =>
      step.do === 'adopt' ? `${name}: ${step.object.kind} ${step.object.name}` : [],
    ),
  );
}

export function said(plan: Plan, of = 0): string[] {
  return (
    plan.releases[of]?.findings.map(({ severity, message }) => `${severity}: ${message}`) ?? []
  );
}

export const [web, data] = [object('configmaps', 'pay', 'web'), object('secrets', 'pay', 'data')];

/** What an interrupted migration leaves: records without marks. */
export function plan2to3Only(plan: Plan): Plan {
  const releases = plan.releases.map((release) => ({
    ...release,
    steps: release.steps.filter((step) => step.do !== 'adopt'),
  }));
  return { ...plan, releases };
}
