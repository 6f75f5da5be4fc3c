/**
 * Releases that live elsewhere in the cluster by now, under their own name: with another driver, or in
 * another storage namespace. Records that are put back beside those make two releases of one, and
 * `helm uninstall` of either deletes the objects of both.
 */
import { isReleasesError, printable } from '../../errors.ts';
import { storageAddress } from '../../inspect/rows.ts';
import { mapLimit } from '../../parallel.ts';
import { identify, type RecordMeta, type RecordRef, refId } from '../../record.ts';
import type { Storage } from '../../storage/storage.ts';
import { amend, isMovable, type Plan, type ReleasePlan } from '../plan.ts';
import {
  isAbsent,
  type OthersOptions,
  releaseIn,
  shown,
  stopped,
} from './objectsOwnedElsewhere.ts';

/** The options of `refuseOthersObjects`, with the stores of that cluster, or for it, one by one. */
export interface ElsewhereOptions extends Omit<OthersOptions, 'from' | 'api' | 'to'> {
  readonly stores: readonly Storage[];
}

/**
 * Refuses releases that the place their records go to doesn't have, and another one of the cluster does.
 * Where nobody may look, or a database doesn't answer, a note says so.
 * @throws ReleasesError when the cluster can't be read, but for a lack of permission
 */
export async function refuseElsewhere(plan: Plan, options: ElsewhereOptions): Promise<Plan> {
  const { stores, concurrency } = options;
  const absent = plan.releases.filter(
    (release) => isMovable(release) && release.owner === 'helm' && isAbsent(release),
  );
  if (absent.length === 0) return plan;
  const looks = await mapLimit(stores, concurrency, async (store) => ({
    store,
    ...(await newestIn(store, absent)),
  }));
  // What this plan writes itself was there, too, when its records were copied.
  const own = new Set(plan.releases.flatMap(({ steps }) => steps.flatMap(placesOf)));
  const judged = await mapLimit(absent, concurrency, async (release) => {
    const unseen = looks.flatMap((look) => look.unseen.get(release.namespace) ?? []);
    for (const { store, newest } of looks)
      for (const record of newest.get(release.name) ?? []) {
        if (own.has(placeId(record, release.name))) continue;
        if ((await releaseIn(store, record))?.namespace !== release.namespace) continue;
        const place = printable(storageAddress(record, store, undefined));
        const message = `${shown(release)} lives in ${place} by now: helm uninstall of either would delete what both have`;
        return stopped(release, message, options.undoMove(release, release, record), options);
      }
    return unseen.length > 0 ? withNote(release, unseen) : release;
  });
  const byOld = new Map(absent.map((release, at) => [release, judged[at] ?? release]));
  return { ...plan, releases: plan.releases.map((release) => byOld.get(release) ?? release) };
}

interface Newest {
  /** Of each name, the newest record of every namespace. */
  readonly newest: ReadonlyMap<string, readonly RecordMeta[]>;
  /** By namespace, what can't be listed, and why. */
  readonly unseen: ReadonlyMap<string, Unseen>;
}

interface Unseen {
  readonly place: string;
  readonly why: string;
}

/** Where nobody may list all namespaces, those of the releases are looked at. */
async function newestIn(store: Storage, releases: readonly ReleasePlan[]): Promise<Newest> {
  const names = new Set(releases.map(({ name }) => name));
  const newest = new Map<string, Map<string, RecordMeta>>();
  const { inCluster } = store.capabilities;
  let why = 'no permission to list it';
  const look = async (namespace?: string): Promise<boolean> => {
    const [only] = names.size === 1 ? names : [];
    const selection = { owner: 'helm' as const, ...(only !== undefined && { name: only }) };
    try {
      for await (const page of store.listMeta({ ...selection, ...(namespace && { namespace }) }))
        for (const record of page) keepNewest(record, names, newest);
      return true;
    } catch (error) {
      if (!isReleasesError(error, inCluster ? 'FORBIDDEN' : undefined)) throw error;
      if (!inCluster) why = error.message;
      return false;
    }
  };
  const unseen = new Map<string, Unseen>();
  if (!(await look()))
    for (const namespace of new Set(releases.map((release) => release.namespace)))
      if (namespace === '' || !inCluster || !(await look(namespace)))
        unseen.set(namespace, { place: placeIn(store, namespace), why });
  const found = [...newest].map(([name, places]) => [name, [...places.values()]] as const);
  return { newest: new Map(found), unseen };
}

function placeIn({ address, capabilities }: Storage, namespace: string): string {
  return printable(capabilities.inCluster ? `${address}:${namespace}` : address, 80);
}

function keepNewest(
  record: RecordMeta,
  names: ReadonlySet<string>,
  newest: Map<string, Map<string, RecordMeta>>,
): void {
  const identity = identify(record);
  if (!('name' in identity) || !names.has(identity.name)) return;
  const places = newest.get(identity.name) ?? new Map<string, RecordMeta>();
  newest.set(identity.name, places);
  const known = places.get(record.namespace);
  const other = known && identify(known);
  if (other && 'name' in other && other.revision >= identity.revision) return;
  places.set(record.namespace, record);
}

function placesOf(step: ReleasePlan['steps'][number]): string[] {
  if (step.do !== 'create' && step.do !== 'keep') return [];
  const identity = identify(step.record);
  return 'name' in identity ? [placeId(step.record, identity.name)] : [];
}

function placeId({ kind, namespace }: RecordRef, name: string): string {
  return refId({ kind, namespace, key: name });
}

function withNote(release: ReleasePlan, unseen: readonly Unseen[]): ReleasePlan {
  const places = unseen.map(({ place }) => place).join(' and ');
  const why = [...new Set(unseen.map((one) => one.why))].join(', ');
  const have = unseen.length === 1 ? 'has' : 'have';
  const message = `whether ${places} ${have} this release, too, isn't known: ${why}`;
  return amend(release, { findings: [...release.findings, { severity: 'note', message }] });
}
