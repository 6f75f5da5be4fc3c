/**
 * Whether a folder that copies go into holds others of the same records, of an earlier run: known before anything is
 * written, for once the target is written nobody could go on with that folder.
 */
import { isBad, type RecordMeta, shownPlace } from '../../record.ts';
import { isSameRecord } from '../../sameRecord.ts';
import type { Storage } from '../../storage/storage.ts';
import { isMovable, type Plan, type ReleasePlan } from '../plan.ts';
import type { Engine } from './engine.ts';
import { updatesOf } from './updateRecords.ts';

/** A record that is to be copied, and whether its copy goes beside those of what is deleted. */
interface Copied {
  readonly record: RecordMeta;
  readonly store: Storage;
  readonly aside: boolean;
}

/**
 * @param names the releases that `copies` holds something of
 * @param aside whether `copies` is for what is replaced alone
 * @returns the first record of which it holds another copy; undefined: none
 */
export async function findOtherCopy(
  { releases }: Plan,
  engine: Engine,
  copies: Storage,
  names: ReadonlySet<string>,
  aside: boolean,
): Promise<string | undefined> {
  for (const release of releases.filter(isMovable))
    for (const { record, store, aside: isAside } of copiedOf(release, engine)) {
      if ((isAside && engine.aside !== undefined) !== aside || !mayHold(names, release)) continue;
      const there = await copies.get(record);
      const now = there && (await store.get(record));
      // What has changed or gone since the plan was made, the guard says.
      if (!there || !now || isBad(now)) continue;
      if (isBad(there) || !isSameRecord(there, now)) return shownPlace(record);
    }
  return undefined;
}

function mayHold(names: ReadonlySet<string>, { name, becomes }: ReleasePlan): boolean {
  return names.has(name) || (becomes !== undefined && names.has(becomes.name));
}

function copiedOf(release: ReleasePlan, { from, to }: Engine): Copied[] {
  const source = from.get(release.from);
  const deleted = release.steps.flatMap((step) => (step.do === 'delete' ? step.record : []));
  const replaced = release.steps.flatMap((step) => (step.do === 'create' && step.replaces) || []);
  const updated = updatesOf(release).map(({ over }) => over);
  const of = (records: readonly RecordMeta[], store: Storage | undefined, aside: boolean) =>
    store ? records.map((record) => ({ record, store, aside })) : [];
  return [...of(deleted, source, false), ...of(replaced, to, true), ...of(updated, source, true)];
}
