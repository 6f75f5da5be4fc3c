/** Looks at what is there, for the plan: reads sources and target, changes nothing. */
import { attribute } from '../../attribution.ts';
import { openRecord } from '../../codecs/index.ts';
import { isNamespaceName } from '../../names.ts';
import { mapLimit } from '../../parallel.ts';
import {
  type BadRecord,
  identify,
  isBad,
  metaOnly,
  namesOf,
  type RecordMeta,
  type RecordRef,
  recordKey,
  refId,
} from '../../record.ts';
import { getMany } from '../../storage/getMany.ts';
import { findHidden } from '../../storage/hidden.ts';
import type { Storage } from '../../storage/storage.ts';
import { cheapToList } from '../../storage/wrappers/listedOnce.ts';
import { type Ancestor, ancestorOf } from '../compare/lineage.ts';
import { type KeptRecord, openSpool } from '../spool.ts';
import { namedRecords } from './namedRecords.ts';
import { lineageId, type Placement, placed, type SourceRelease, type Target } from './target.ts';

export interface Sources {
  readonly releases: readonly SourceRelease[];
  /** Records that name no release. */
  readonly strays: readonly BadRecord[];
}

/**
 * Every Helm 2 release in these stores, or only those named.
 * @throws ReleasesError when a store can't be read
 */
export async function surveySources(
  stores: readonly Storage[],
  names: readonly string[],
): Promise<Sources> {
  const releases = new Map<string, SourceRelease & { records: KeptRecord[] }>();
  const spool = openSpool();
  const strays: BadRecord[] = [];
  const wanted = new Set(names);
  for (const store of stores) {
    const why = await store.undeletable?.();
    for await (const page of namedRecords(store, wanted, 'tiller'))
      for (const record of page) {
        const opened = openRecord(record);
        // Helm 3's own, which only somebody's label makes look like Helm 2's.
        if (!isBad(opened) && opened.release.helm !== 2) continue;
        const { names: own } = attribute(record, isBad(opened) ? undefined : opened.release);
        if (isBad(opened) && own.length === 0) strays.push(opened);
        const { kind, namespace } = record;
        const asked = wanted.size > 0 ? own.filter((one) => wanted.has(one)) : own;
        const kept = asked.length > 0 ? spool.keep(opened) : undefined;
        for (const name of kept ? asked : []) {
          const id = JSON.stringify([store.address, kind, namespace, name]);
          const before = releases.get(id) ?? { from: store.address, name, records: [] };
          const stays = why ?? record.undeletable;
          const release = { ...before, ...(stays !== undefined && { undeletable: stays }) };
          if (kept) release.records.push(kept);
          releases.set(id, release);
        }
      }
  }
  return {
    releases: [...releases.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    strays,
  };
}

/** Records of the target that are read, and in memory, at a time. */
const mostAtOnce = 250;

/**
 * What the target already holds of these releases.
 * @param concurrency how many requests at once
 * @throws ReleasesError when the target can't be read
 */
export async function surveyTarget(
  to: Storage,
  sources: readonly SourceRelease[],
  placement: Placement,
  concurrency: number,
): Promise<Target> {
  const keys = new Map<string, RecordRef>();
  const names = new Set(sources.map(({ name }) => placement.name ?? name));
  const namespaces = new Set<string>();
  for (const opened of sources.flatMap(({ records }) => records)) {
    if (isBad(opened)) continue;
    const { name, storageNamespace: namespace } = placed(opened.release, placement);
    const key = recordKey('helm', name, opened.release.revision);
    const ref = { kind: placement.kind, namespace, key };
    keys.set(refId(ref), ref);
    // Where none can be, there is nothing to see: the plan refuses the release.
    if (isNamespaceName(namespace)) namespaces.add(namespace);
  }
  const present: RecordMeta[] = [];
  const closed = new Map<string, string>();
  const lists = cheapToList(to);
  await mapLimit([...namespaces], concurrency, async (namespace) => {
    const why = await to.closedNamespace?.(namespace);
    if (why !== undefined) closed.set(namespace, why);
    for await (const page of lists.listMeta({ owner: 'helm', namespace }))
      for (const record of page) {
        const isOurs = namesOf(record).some((name) => names.has(name)) || keys.has(refId(record));
        if (record.kind === placement.kind && isOurs) present.push(metaOnly(record));
      }
  });
  const coming = [...keys.values()].flatMap((ref) =>
    namespaces.has(ref.namespace) && !closed.has(ref.namespace) ? { ...ref, labels: {} } : [],
  );
  const shown = new Set(present.map(refId));
  present.push(...(await findHidden(lists, coming, shown, concurrency)));
  const taken = new Map<string, KeptRecord>();
  const spool = openSpool();
  const colliding = present.filter((record) => keys.has(refId(record)));
  for (let at = 0; at < colliding.length; at += mostAtOnce) {
    const batch = colliding.slice(at, at + mostAtOnce);
    for (const [id, record] of await getMany(to, batch, concurrency))
      taken.set(id, spool.keep(openRecord(record)));
  }
  const lineages = new Map<string, Ancestor>();
  await mapLimit([...strangers(present, taken)], concurrency, async ([id, ref]) => {
    const record = await to.get(ref);
    const opened = record && openRecord(record);
    if (opened && !isBad(opened)) lineages.set(id, ancestorOf(opened.record, opened.release));
  });
  return {
    address: to.address,
    ...placement,
    lineages,
    maxRecordBytes: to.capabilities.maxRecordBytes,
    unholdable: (record) => to.unholdable?.(record),
    taken,
    present,
    closedNamespaces: closed,
  };
}

/** The newest record of each release of which no record is under a key of ours. */
function strangers(
  present: readonly RecordMeta[],
  taken: ReadonlyMap<string, KeptRecord>,
): Map<string, RecordMeta> {
  const newest = new Map<string, { revision: number; record: RecordMeta }>();
  const known = new Set<string>();
  for (const record of present) {
    const identity = identify(record);
    if (!('name' in identity)) continue;
    const id = lineageId(record.namespace, identity.name);
    if (taken.has(refId(record))) known.add(id);
    const before = newest.get(id);
    if (!before || before.revision < identity.revision)
      newest.set(id, { revision: identity.revision, record });
  }
  return new Map([...newest].flatMap(([id, { record }]) => (known.has(id) ? [] : [[id, record]])));
}
