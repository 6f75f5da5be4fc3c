/**
 * Live objects that another release has by now: one that was renamed takes them along, and records that
 * are then put back under the old name would make two releases of the same objects.
 */
import { openRecord } from '../../codecs/index.ts';
import { isReleasesError, printable } from '../../errors.ts';
import { objectTitle } from '../../inspect/manifest.ts';
import type { KubeApi, KubeMetadata } from '../../kube/api.ts';
import { openDiscovery } from '../../kube/discovery.ts';
import { type ObjectName, objectId, readMetadata } from '../../kube/objects.ts';
import { mapLimit } from '../../parallel.ts';
import { isBad } from '../../record.ts';
import type { Storage } from '../../storage/storage.ts';
import { placeOf } from '../adopt/claims.ts';
import {
  nameKey,
  namespaceKey,
  type Owner3,
  ownershipFor,
  ownershipOf,
  whose,
} from '../adopt/ownership.ts';
import { isMovable, type Plan, type ReleasePlan } from '../plan.ts';
import { manifestOf } from '../preflight/check.ts';

export interface OthersOptions {
  /** The stores that records come from, by address. */
  readonly from: ReadonlyMap<string, Storage>;
  readonly to: Storage;
  /** Of the cluster that they go to. */
  readonly api: KubeApi;
  /** How many requests at once. */
  readonly concurrency: number;
  /** Releases that are put back all the same. */
  readonly overwrite: ReadonlySet<string>;
  /** The line that brings a release back with its objects. */
  readonly wayBack: (now: Owner3, then: Owner3) => string;
}

/** One object of a release stands for all: they change hands together. */
interface Sample {
  readonly release: ReleasePlan;
  readonly place: ObjectName;
  readonly title: string;
}

/**
 * Refuses releases of which the cluster has no record, and whose live objects are marked as those of
 * another release that is there. Where nobody may look, nothing is said.
 * @throws ReleasesError as `KubeApi.call` does, and what reading the stores throws
 */
export async function refuseOthersObjects(plan: Plan, options: OthersOptions): Promise<Plan> {
  const { to, api, concurrency, overwrite } = options;
  const absent = plan.releases.filter(
    (release) => isMovable(release) && release.owner === 'helm' && isAbsent(release),
  );
  const discovery = openDiscovery(api);
  const samples = await mapLimit(absent, concurrency, async (release) => {
    const object = await firstObject(release, options.from);
    const place = object && (await placeOf(object, release.namespace, discovery));
    return place && { release, place, title: objectTitle(object) };
  });
  const known = samples.flatMap((sample) => sample ?? []);
  const live = await metadataOf(known, options);
  const refused = new Map<ReleasePlan, ReleasePlan>();
  for (const sample of known) {
    const { release } = sample;
    const now = otherOwner(live.get(objectId(sample.place)), release);
    if (!now || !(await isThere(to, now))) continue;
    const message = `${sample.title} is ${shown(now)}'s by now: helm uninstall of that would delete what ${shown(release)} has`;
    const bring = `${options.wayBack(now, release)} brings it back with its objects`;
    const severity = overwrite.has(release.name) ? 'loss' : 'refusal';
    const fix = `${bring}; --overwrite ${printable(release.name, 63)} puts its records back all the same`;
    const findings = [{ severity, message, fix } as const, ...release.findings];
    refused.set(
      release,
      severity === 'loss'
        ? { ...release, findings, verdict: 'with losses' }
        : { ...release, findings, verdict: 'refused', steps: [] },
    );
  }
  return { ...plan, releases: plan.releases.map((release) => refused.get(release) ?? release) };
}

function isAbsent({ steps }: ReleasePlan): boolean {
  return steps.every((step) => step.do === 'create' && step.replaces === undefined);
}

/** Of its newest revision, unless that is uninstalled. */
async function firstObject({ sources, from }: ReleasePlan, stores: ReadonlyMap<string, Storage>) {
  const [newest] = sources;
  const record = newest && (await stores.get(from)?.get(newest));
  if (!record || isBad(record)) return undefined;
  const opened = openRecord(record);
  if (isBad(opened) || opened.release.info?.status === 'uninstalled') return undefined;
  return manifestOf(opened.release).objects[0];
}

async function metadataOf(
  samples: readonly Sample[],
  { api, concurrency }: OthersOptions,
): Promise<ReadonlyMap<string, KubeMetadata>> {
  try {
    const places = samples.map(({ place }) => place);
    return await readMetadata(api, places, concurrency);
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    return new Map();
  }
}

function otherOwner(metadata: KubeMetadata | undefined, release: Owner3): Owner3 | undefined {
  const now = metadata && ownershipOf(metadata);
  if (!now || whose(now, ownershipFor(release)) !== 'foreign') return undefined;
  const [name, namespace] = [now[nameKey], now[namespaceKey]];
  return name && namespace ? { name, namespace } : undefined;
}

/** Where nobody may look, the mark alone counts. */
async function isThere(store: Storage, { name, namespace }: Owner3): Promise<boolean> {
  try {
    for await (const page of store.listMeta({ owner: 'helm', name, namespace }))
      if (page.length > 0) return true;
    return false;
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    return true;
  }
}

function shown({ name, namespace }: Owner3): string {
  return `${printable(name, 63)} (${printable(namespace, 63)})`;
}
