/**
 * Sees the other writer. Between the plan and the first write somebody may have read the plan for
 * minutes; between the writes and the first delete a Tiller may have added a revision. A release
 * whose source isn't what was planned is left alone.
 */
import { printable, ReleasesError } from '../../errors.ts';
import {
  isBad,
  metaOnly,
  namesOf,
  type Owner,
  ownerOf,
  type RecordMeta,
  type RecordRef,
  refId,
  revisionSaid,
  shownPlace,
} from '../../record.ts';
import { isSameRecord } from '../../sameRecord.ts';
import type { Storage } from '../../storage/storage.ts';
import { holderHint } from '../conflicts/beingDeleted.ts';
import type { CreateStep, KeepStep, ReleasePlan } from '../plan.ts';
import { wantedOf } from './payloads.ts';
import { copiesOf } from './place.ts';
import { isInstead } from './run.ts';

/** What of a release's sources this run has updated itself, as it was read back: by `refId`. */
type Updated = ReadonlyMap<string, RecordMeta>;

/**
 * Lists the sources' metadata again, once per store, and compares.
 * @returns the releases whose source has changed, each with a CONFLICT that says how
 */
export async function findChanges(
  releases: readonly ReleasePlan[],
  stores: ReadonlyMap<string, Storage>,
  updatedOf: (release: ReleasePlan) => Updated = () => new Map(),
): Promise<Map<ReleasePlan, ReleasesError>> {
  const changes = new Map<ReleasePlan, ReleasesError>();
  for await (const { here, found } of listStores(releases, stores)) {
    const named = byRelease(found.values());
    for (const release of here) {
      const now = { ...release, sources: withUpdates(release, updatedOf(release)) };
      const change = compare(now, found, named.get(releaseId(release)) ?? []);
      if (change) changes.set(release, change);
    }
  }
  return changes;
}

/**
 * The last look, before a release's newest source goes: the older ones are deleted already, and a
 * revision that a Tiller has added meanwhile should not find itself alone.
 * @returns a CONFLICT that says what is new, or changed, or gone
 */
export async function findSuccessor(
  release: ReleasePlan,
  newest: RecordMeta,
  stores: ReadonlyMap<string, Storage>,
  updated: Updated = new Map(),
): Promise<ReleasesError | undefined> {
  const store = storeOf(release, stores);
  // One that was deleted may still be there, waiting for a finalizer: it isn't new.
  const older = release.sources.filter((record) => refId(record) !== refId(newest));
  const found = new Map(
    [...(await listAgain(store, [release]))].filter(([, now]) => !older.some(isSame(now))),
  );
  const named = byRelease(found.values()).get(releaseId(release)) ?? [];
  return compare({ ...release, sources: [updated.get(refId(newest)) ?? newest] }, found, named);
}

/**
 * Who has come beside a release whose records change where they stand. What stands may be gone on with by Helm the
 * moment after it was written; what is new, while it isn't all written, was made of another state.
 * @returns its records as they are, and those of them that weren't there when it was planned
 */
export async function findNewcomers(
  release: ReleasePlan,
  stores: ReadonlyMap<string, Storage>,
): Promise<{ readonly all: readonly RecordMeta[]; readonly fresh: readonly RecordMeta[] }> {
  const found = await listAgain(storeOf(release, stores), [release]);
  const all = byRelease(found.values()).get(releaseId(release)) ?? [];
  return { all, fresh: freshOf(release, all) };
}

function withUpdates({ sources }: ReleasePlan, updated: Updated): readonly RecordMeta[] {
  return updated.size === 0 ? sources : sources.map((one) => updated.get(refId(one)) ?? one);
}

/** @param ours how many of the older ones this run has deleted */
export function newestStays(
  { code, message, hints }: ReleasesError,
  newest: RecordMeta,
  ours: number,
): ReleasesError {
  // Somebody may have put them back by the time that a person reads it: the last look says what stands.
  const fate = ours > 0 ? `this run had deleted ${ours} older` : 'the older ones are gone';
  const why = [`the newest source stays: ${shownPlace(newest)}; ${fate}`];
  return new ReleasesError(code, message, { why, hints });
}

/** Why a release whose sources were deleted isn't done, and which of them are still there, by `refId`. */
export interface Undeleted {
  readonly error: ReleasesError;
  readonly still: ReadonlySet<string>;
  /** What has been made anew in their places. */
  readonly anew: readonly RecordMeta[];
}

/**
 * Looks whether what was deleted is gone: a reply to a delete says that it was taken, and a record with
 * a finalizer stays until somebody takes that away.
 * @param deletedOf the sources of a release whose delete was taken; what Ctrl-C or a failure left isn't one
 * @returns the releases of which a source is still there, each with a VERIFY that names the first one, and
 *   those of which a new one has come, with a CONFLICT
 */
export async function findUndeleted(
  releases: readonly ReleasePlan[],
  stores: ReadonlyMap<string, Storage>,
  deletedOf: (release: ReleasePlan) => readonly RecordMeta[],
): Promise<Map<ReleasePlan, Undeleted>> {
  const left = new Map<ReleasePlan, Undeleted>();
  for await (const { here, found } of listStores(releases, stores)) {
    const named = byRelease(found.values());
    for (const release of here) {
      const there = deletedOf(release).flatMap((record) => {
        const now = found.get(refId(record));
        return now && isSame(now)(record) ? now : [];
      });
      const [one] = there;
      const [fresh] = freshOf(release, named.get(releaseId(release)) ?? []);
      const still = new Set(there.map(refId));
      const anew = deletedOf(release).flatMap((record) => {
        const now = found.get(refId(record));
        return now && !now.leaving && !still.has(refId(now)) ? metaOnly(now) : [];
      });
      if (one) left.set(release, { error: undeleted(one, there.length - 1), still, anew });
      else if (fresh) left.set(release, { error: late(fresh, release), still, anew });
    }
  }
  return left;
}

/**
 * An upgrade that read its release before the sources went writes the next revision beside them; one that found
 * none (`helm upgrade -i`) installs it anew, from revision 1.
 */
function late(record: RecordMeta, { sources }: ReleasePlan): ReleasesError {
  const place = shownPlace(record);
  const newest = Math.max(...sources.map((source) => revisionSaid(source)));
  if (revisionSaid(record) > newest)
    return new ReleasesError(
      'CONFLICT',
      `${place} is new since its older revisions were deleted: Helm works on this release`,
      { hints: ['run the same command again, when Helm is done: it goes the same way'] },
    );
  return new ReleasesError('CONFLICT', `${place} is new since the sources were deleted`, {
    why: ['something has installed it anew there: it lives twice, with the same live objects'],
    hints: [
      'decide which of the two stays, and delete the records of the other with kubectl: helm uninstall would delete the objects of both',
    ],
  });
}

function undeleted(record: RecordMeta, others: number): ReleasesError {
  const more = others > 0 ? ` (and ${others} more of its release)` : '';
  if (record.place !== undefined)
    return new ReleasesError('VERIFY', `${shownPlace(record)} is still there${more}`, {
      why: [
        `it was taken out of ${printable(record.place)}, and is there again: somebody writes to it`,
      ],
      hints: ['run the same command again, when nobody else writes to the folder'],
    });
  const why = record.leaving
    ? 'it waits for a finalizer that somebody put on it'
    : 'the reply said that it was deleted, and the list still shows it';
  return new ReleasesError('VERIFY', `${shownPlace(record)} is still there${more}`, {
    why: [why],
    hints: record.kind === 'SQL' ? [] : [holderHint(record)],
  });
}

/** What of their sources is there now, or lies beside them under their names. */
export async function listSources(
  releases: readonly ReleasePlan[],
  stores: ReadonlyMap<string, Storage>,
): Promise<Map<ReleasePlan, readonly RecordMeta[]>> {
  const there = new Map<ReleasePlan, readonly RecordMeta[]>();
  for await (const { here, found } of listStores(releases, stores)) {
    for (const release of here) {
      const places = new Set(release.sources.map(placeId));
      const planned = new Set(release.sources.map(refId));
      const mine = [...found.values()].filter((record) => {
        const named = ownerOf(record) === release.owner && namesOf(record).includes(release.name);
        return planned.has(refId(record)) || (named && places.has(placeId(record)));
      });
      there.set(release, mine);
    }
  }
  return there;
}

function placeId({ kind, namespace }: RecordRef): string {
  return `${kind}/${namespace}`;
}

/** Each store that releases come from, once: those that do, and what it holds now, by `refId`. */
async function* listStores(releases: readonly ReleasePlan[], stores: ReadonlyMap<string, Storage>) {
  for (const address of new Set(releases.map(({ from }) => from))) {
    const here = releases.filter(({ from }) => from === address);
    const [first] = here;
    if (first) yield { here, found: await listAgain(storeOf(first, stores), here) };
  }
}

/** The same object, not another one of the same name. */
function isSame(now: RecordMeta) {
  return (before: RecordMeta) => refId(now) === refId(before) && now.uid === before.uid;
}

function storeOf({ from }: ReleasePlan, stores: ReadonlyMap<string, Storage>): Storage {
  const store = stores.get(from);
  if (!store) throw new ReleasesError('USAGE', `${from} is not open`);
  return store;
}

/**
 * Whether every copy is still there: a Helm that uninstalls or prunes may have removed one since it
 * was verified, and then its source is all that is left.
 * @param found what a list of the release's records in the target has just shown
 * @param uids of the copies as they were read back
 * @returns a CONFLICT that names the first one that isn't
 */
export async function findLostCopy(
  release: ReleasePlan,
  to: Storage,
  found: readonly RecordMeta[],
  uids?: ReadonlyMap<string, string>,
): Promise<ReleasesError | undefined> {
  const [lost] = await findMissing(release, to, found, uids);
  if (!lost) return undefined;
  const message = `${shownPlace(lost)} is gone again: something else works on this release`;
  return new ReleasesError('CONFLICT', message, {
    why: ['the sources of the release are kept'],
    hints: ['see what became of it in Helm, before the same command is run again'],
  });
}

/** The copies that aren't there, for `findLostCopy`: none of what has another record in its place. */
export async function findMissing(
  release: ReleasePlan,
  to: Storage,
  found: readonly RecordMeta[],
  uids: ReadonlyMap<string, string> = new Map(),
): Promise<readonly RecordMeta[]> {
  const listed = found.filter((record) => !record.leaving && !isInstead(uids, record));
  const there = new Set(listed.map(refId));
  const missing: RecordMeta[] = [];
  for (const step of copiesOf(release)) {
    // A list by labels doesn't show a record that has lost them.
    if (there.has(refId(step.record)) || (await isThere(to, step, uids))) continue;
    missing.push(step.record);
  }
  return missing;
}

/** What is being deleted, and waits for a finalizer, is as good as gone. */
async function isThere(
  to: Storage,
  step: CreateStep | KeepStep,
  uids: ReadonlyMap<string, string>,
): Promise<boolean> {
  const there = await to.get(step.record);
  if (!there || there.leaving) return false;
  if (!isInstead(uids, there)) return true;
  return !isBad(there) && isSameRecord(there, wantedOf(step));
}

/** What the store holds now, by `refId`; narrowed where all that matters is one release. */
async function listAgain(
  store: Storage,
  releases: readonly ReleasePlan[],
): Promise<Map<string, RecordMeta>> {
  const [only, ...others] = releases;
  const name = only && others.length === 0 && isLabelled(only) ? { name: only.name } : {};
  const found = new Map<string, RecordMeta>();
  // A folder's list has the payloads in it.
  for (const owner of new Set(releases.map((release) => release.owner)))
    for await (const page of store.listMeta({ owner, ...name }))
      for (const record of page) found.set(refId(record), metaOnly(record));
  return found;
}

/** Whether a list by the release's name shows every record: of some the name label may be gone. */
function isLabelled({ name, sources }: ReleasePlan): boolean {
  return sources.every(({ labels }) => labels.NAME === name || labels.name === name);
}

/** The records that say whose they are, by `releaseId`: under each release that key and labels name. */
function byRelease(records: Iterable<RecordMeta>): Map<string, RecordMeta[]> {
  const named = new Map<string, RecordMeta[]>();
  for (const record of records) {
    for (const name of namesOf(record)) {
      const id = releaseId({ owner: ownerOf(record), name });
      const others = named.get(id);
      if (others) others.push(record);
      else named.set(id, [record]);
    }
  }
  return named;
}

function releaseId({ owner, name }: { readonly owner: Owner; readonly name: string }): string {
  return `${owner}/${name}`;
}

/**
 * @param found all that is there, by `refId`
 * @param named what of it has the release's name
 */
function compare(
  release: ReleasePlan,
  found: ReadonlyMap<string, RecordMeta>,
  named: readonly RecordMeta[],
): ReleasesError | undefined {
  const planned = new Map(release.sources.map((record) => [refId(record), record]));
  for (const [id, before] of planned) {
    const now = found.get(id);
    // What was going already when it was planned may have gone.
    if (!now && before.leaving) continue;
    if (!now) return changed(before, 'is gone');
    if (now.resourceVersion !== before.resourceVersion || now.uid !== before.uid)
      return changed(before, 'has changed');
  }
  const [fresh] = freshOf(release, named);
  return fresh && changed(fresh, 'is new');
}

/** The records that lie beside its sources, and weren't there when the plan was made. */
function freshOf({ sources }: ReleasePlan, named: readonly RecordMeta[]): readonly RecordMeta[] {
  const places = new Set(sources.map(placeId));
  return named.filter((record) => !sources.some(isSame(record)) && places.has(placeId(record)));
}

function changed(record: RecordMeta, what: string): ReleasesError {
  return new ReleasesError(
    'CONFLICT',
    `${shownPlace(record)} ${what} since the plan was made: something else works on this release`,
    { hints: ['run the same command again: it plans anew from what is there now'] },
  );
}
