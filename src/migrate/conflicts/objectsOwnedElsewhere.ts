/**
 * Live objects that another release has by now: one that was renamed takes them along, and records that
 * are then put back under the old name would make two releases of the same objects.
 */
import { openRecord } from '../../codecs/index.ts';
import { isReleasesError, printable } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import type { KubeMetadata } from '../../kube/types.ts';
import { objectNamespace } from '../../objectNamespace.ts';
import { openDiscovery } from '../../objects/discovery.ts';
import { objectTitle } from '../../objects/manifest.ts';
import {
  nameKey,
  namespaceKey,
  type Owner3,
  ownershipFor,
  ownershipOf,
  whose,
} from '../../objects/ownership.ts';
import { placeOf } from '../../objects/place.ts';
import { type ObjectName, objectId, readMetadata } from '../../objects/read.ts';
import { mapLimit } from '../../parallel.ts';
import { isBad, type RecordRef } from '../../record.ts';
import type { Release } from '../../release.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Storage } from '../../storage/storage.ts';
import { amend, type Finding, isMovable, type Plan, type ReleasePlan } from '../plan.ts';
import { manifestOf } from '../preflight/check.ts';

export interface OthersOptions {
  /** The stores that records come from, by address. */
  readonly from: ReadonlyMap<string, Storage>;
  /** Both kinds of record that the cluster keeps. */
  readonly to: Storage;
  /** Of the cluster that they go to. */
  readonly api: KubeApi;
  /** How many requests at once. */
  readonly concurrency: number;
  /** Releases that are put back all the same. */
  readonly overwrite: ReadonlySet<string>;
  /**
   * The line that moves a release back with its objects.
   * @param there a record of what it is called now
   */
  readonly undoMove: (release: ReleasePlan, now: Owner3, there: RecordRef) => string;
}

interface Sample {
  readonly release: ReleasePlan;
  readonly place: ObjectName;
  readonly title: string;
}

/**
 * Refuses releases of which the cluster has no record, and whose live objects are marked as those of
 * another release that is there. Where nobody may look, a note says so.
 * @throws ReleasesError as `KubeApi.call` does, and what reading the stores throws
 */
export async function refuseOthersObjects(plan: Plan, options: OthersOptions): Promise<Plan> {
  const { to, api, concurrency } = options;
  const absent = plan.releases.filter(
    (release) => isMovable(release) && release.owner === 'helm' && isAbsent(release),
  );
  const discovery = openDiscovery(api);
  const samples = await mapLimit(absent, concurrency, async (release) => {
    const { objects, namespaces } = await objectsOf(release, options.from);
    const places = new Map<string, Sample>();
    for (const object of objects)
      for (const own of namespaces) {
        const place = await placeOf(object, own, discovery);
        if (place) places.set(objectId(place), { release, place, title: objectTitle(object) });
      }
    return [...places.values()];
  });
  const known = samples.flat();
  const live = await metadataOf(known, options);
  const judged = new Map<ReleasePlan, ReleasePlan>();
  for (const { release, place, title } of known) {
    if (judged.has(release)) continue;
    if (!live) {
      judged.set(release, amend(release, { findings: [...release.findings, unseen] }));
      continue;
    }
    const now = otherOwner(live.get(objectId(place)), release);
    const there = now && (await recordOf(to, now));
    if (!there) continue;
    const message = `${title} is ${shown(now)}'s by now: helm uninstall of that would delete what ${shown(release)} has`;
    judged.set(release, stopped(release, message, options.undoMove(release, now, there), options));
  }
  return { ...plan, releases: plan.releases.map((release) => judged.get(release) ?? release) };
}

const unseen: Finding = {
  severity: 'note',
  message:
    "whether another release has its live objects by now isn't known: no permission to get them",
};

/** Unless it is put back all the same. */
export function stopped(
  release: ReleasePlan,
  message: string,
  undoMove: string,
  { overwrite }: Pick<OthersOptions, 'overwrite'>,
): ReleasePlan {
  if (overwrite.has(release.name)) {
    const findings = [{ severity: 'loss', message } as const, ...release.findings];
    return amend(release, { findings });
  }
  const again = `--overwrite ${shellQuote(release.name)} puts its records back all the same`;
  const fix = `${undoMove} brings it back with its objects; ${again}`;
  const findings = [{ severity: 'refusal', message, fix } as const, ...release.findings];
  return amend(release, { findings });
}

/** Whether the place that its records go to has none of it. */
export function isAbsent({ steps }: ReleasePlan): boolean {
  return steps.every((step) => step.do === 'create' && step.replaces === undefined);
}

/**
 * What its newest revision says it has, unless that is uninstalled, and where that may be: where Helm would look
 * for it, and where what keeps records apart from their releases puts it.
 */
async function objectsOf({ sources, from }: ReleasePlan, stores: ReadonlyMap<string, Storage>) {
  const [newest] = sources;
  const release = newest && (await releaseIn(stores.get(from), newest));
  if (!release) return { objects: [], namespaces: [] };
  const namespaces = new Set([objectNamespace(newest, release), release.namespace]);
  return { objects: manifestOf(release).objects, namespaces: [...namespaces] };
}

/** @returns undefined where it can't be read, or is uninstalled */
export async function releaseIn(
  store: Storage | undefined,
  ref: RecordRef,
): Promise<Release | undefined> {
  const record = await store?.get(ref);
  const opened = record && !isBad(record) ? openRecord(record) : undefined;
  if (!opened || isBad(opened) || opened.release.info?.status === 'uninstalled') return undefined;
  return opened.release;
}

async function metadataOf(
  samples: readonly Sample[],
  { api, concurrency }: OthersOptions,
): Promise<ReadonlyMap<string, KubeMetadata> | undefined> {
  try {
    const places = samples.map(({ place }) => place);
    return await readMetadata(api, places, concurrency);
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    return undefined;
  }
}

function otherOwner(metadata: KubeMetadata | undefined, release: Owner3): Owner3 | undefined {
  const now = metadata && ownershipOf(metadata);
  if (!now || whose(now, ownershipFor(release)) !== 'foreign') return undefined;
  const [name, namespace] = [now[nameKey], now[namespaceKey]];
  return name && namespace ? { name, namespace } : undefined;
}

async function recordOf(
  store: Storage,
  { name, namespace }: Owner3,
): Promise<RecordRef | undefined> {
  try {
    for await (const page of store.listMeta({ owner: 'helm', name, namespace }))
      for (const record of page) return record;
    return undefined;
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    // The mark alone counts.
    return { kind: 'Secret', namespace, key: '' };
  }
}

export function shown({ name, namespace }: Owner3): string {
  return `${printable(name, 63)} (${printable(namespace, 63)})`;
}
