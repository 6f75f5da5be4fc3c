/**
 * Other releases that have the name which one gets, in its new namespace, with whatever driver: Helm
 * tells releases of two drivers apart by their records, but not by what it marks live objects with.
 */
import { isReleasesError, printable } from '../../errors.ts';
import { mapLimit } from '../../parallel.ts';
import {
  identify,
  type RecordMeta,
  type RecordRef,
  refId,
  revisionSaid,
  statusLabel,
} from '../../record.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Claimant } from '../adopt/claims.ts';
import type { ReleasePlan } from '../plan.ts';

/** All of it safe to print. */
export interface Namesakes {
  /** Where they are: `configmap:pay`. */
  readonly places: readonly string[];
  /** What nobody may list: `configmaps in namespace pay`. */
  readonly unseen: readonly string[];
}

/**
 * @param claimants releases under their new names
 * @param stores of the cluster that they go to
 * @param concurrency how many requests at once
 * @throws ReleasesError when a store can't be read, but for a lack of permission
 */
export async function findNamesakes(
  claimants: readonly Named[],
  stores: readonly Storage[],
  concurrency: number,
): Promise<ReadonlyMap<ReleasePlan, Namesakes>> {
  return find(claimants, stores, concurrency, ({ release }) => {
    const sources = new Set(release.sources.map(refId));
    // What has its name where its records go is looked at when they are planned.
    const targets = new Set(
      writtenBy(release).map(({ kind, namespace }) => `${kind}/${namespace}`),
    );
    return (records) =>
      records.some(
        (record) =>
          !sources.has(refId(record)) && !targets.has(`${record.kind}/${record.namespace}`),
      );
  });
}

/**
 * The same of their old names: who has one too has the objects that would be marked with the new one.
 * @param claimants releases under their old names
 * @param going records that go, or are gone, under whatever release's plan
 */
export async function findNamesakesBefore(
  claimants: readonly Named[],
  going: readonly RecordRef[],
  stores: readonly Storage[],
  concurrency: number,
): Promise<ReadonlyMap<ReleasePlan, Namesakes>> {
  const known = new Set(going.map(refId));
  // Of what is uninstalled no object lives.
  const isLeft = (records: readonly RecordMeta[]) => {
    const others = records.filter((record) => !known.has(refId(record)));
    const [newest] = others.sort((a, b) => revisionSaid(b) - revisionSaid(a));
    return newest !== undefined && statusLabel(newest) !== 'uninstalled';
  };
  return find(claimants, stores, concurrency, () => isLeft);
}

type Named = Pick<Claimant, 'release' | 'owner'>;

/** @param others whether records of its name are another release's, one store's at a time */
async function find(
  claimants: readonly Named[],
  stores: readonly Storage[],
  concurrency: number,
  others: (claimant: Named) => (records: readonly RecordMeta[]) => boolean,
): Promise<ReadonlyMap<ReleasePlan, Namesakes>> {
  const [only] = claimants.length === 1 ? claimants : [];
  const wanted = claimants.filter(({ release }) => release.owner === 'helm');
  const namespaces = new Set(wanted.map(({ owner }) => owner.namespace));
  const looks = stores.flatMap((store) => [...namespaces].map((namespace) => [store, namespace]));
  const found = new Map<string, RecordMeta[] | 'unseen'>();
  await mapLimit(looks as [Storage, string][], concurrency, async ([store, namespace]) => {
    const name = store.capabilities.selects && only ? { name: only.owner.name } : {};
    try {
      const records: RecordMeta[] = [];
      for await (const page of store.listMeta({ owner: 'helm', namespace, ...name }))
        records.push(...page);
      found.set(placeOf(store, namespace), records);
    } catch (error) {
      if (!isReleasesError(error, 'FORBIDDEN')) throw error;
      found.set(placeOf(store, namespace), 'unseen');
    }
  });
  return new Map(
    wanted.map((claimant) => {
      const { release, owner } = claimant;
      const isAnothers = others(claimant);
      const isNamed = (record: RecordMeta) => {
        const identity = identify(record);
        return 'name' in identity && identity.name === owner.name;
      };
      const there = stores.map((store) => placeOf(store, owner.namespace));
      const places = there.filter((place) => {
        const records = found.get(place);
        return records !== 'unseen' && isAnothers((records ?? []).filter(isNamed));
      });
      const unseen = stores
        .filter((store) => found.get(placeOf(store, owner.namespace)) === 'unseen')
        .map(({ kinds }) => {
          const what = kinds.map((kind) => `${kind.toLowerCase()}s`).join(' and ');
          return `${what} in namespace ${owner.namespace}`;
        });
      return [release, { places, unseen: unseen.map((text) => printable(text, 200)) }];
    }),
  );
}

function placeOf({ address }: Storage, namespace: string): string {
  return printable(`${address}:${namespace}`, 200);
}

function writtenBy({ steps }: ReleasePlan): RecordRef[] {
  return steps.flatMap((step) => (step.do === 'create' || step.do === 'keep' ? step.record : []));
}
