/**
 * A live view of one place's records: what is there, then each change of what is shown. A watch of
 * metadata says which record is new; only the bodies that are shown are read, and none twice for the
 * same version. Changes that come while bodies are read, or while nobody takes what is yielded, are kept
 * as what they lead to and not as a queue: memory grows with the records that are there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type OpenedRecord, openRecord } from '../codecs/index.ts';
import { isReleasesError, type ReleasesError } from '../errors.ts';
import { mapLimit } from '../parallel.ts';
import { type Owner, type RecordMeta, refId } from '../record.ts';
import type { RecordEvent } from '../storage/storage.ts';
import { type Group, openGroups, type RowKind, type Shown, versionOf } from './groups.ts';
import { allRevisions, newestRevisions } from './newest.ts';
import { type ReleaseRow, releaseRow } from './rows.ts';
import type { ReadSource } from './sources.ts';

export interface FollowOptions {
  readonly rows: RowKind;
  /** Which rows are shown. One that was, and no longer is, is shown once more as it is then. */
  readonly shows: (row: ReleaseRow) => boolean;
  /** One text for all that is seen of a row: where it stays the same, nothing has changed. */
  readonly look: (row: ReleaseRow) => string;
  readonly signal: AbortSignal;
}

export type Followed =
  /** All that there is, once and first; then what looks otherwise, or is gone (`removedStatus`). */
  | { readonly is: 'rows' | 'changes'; readonly rows: readonly ReleaseRow[] }
  /** The store can't be reached for a while; `back` when it can. */
  | { readonly is: 'lost'; readonly error: ReleasesError }
  | { readonly is: 'back' };

/** No Helm has such a status: the record is gone, where `uninstalled` and DELETED are records. */
export const removedStatus = 'removed';

const parallelGets = 8;
/** Between tries to read bodies where the server can't be reached. */
const againMs = 1000;

/**
 * @param owner whose records: a watch has one selector, and each Helm's records another
 * @throws ReleasesError when the store can't be read or watched; TypeError for one that tells of no changes
 */
export async function* follow(
  from: ReadSource,
  owner: Owner,
  { rows: kind, shows, look, signal }: FollowOptions,
): AsyncGenerator<Followed> {
  const { storage } = from;
  const selection = { ...from.selection, owner };
  const source = { ...from, selection };
  const done = new AbortController();
  const stop = AbortSignal.any([signal, done.signal]);
  if (!storage.watch) throw new TypeError(`${storage.address} tells of no changes`);
  const events = storage.watch(selection, stop)[Symbol.asyncIterator]();
  const groups = openGroups(kind);
  const notes: Followed[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake = () => {};

  async function* listed(): AsyncGenerator<readonly RecordMeta[]> {
    const { value } = await events.next();
    if (value?.is !== 'listed') return;
    groups.list(value.records);
    yield value.records;
  }

  async function listen(): Promise<void> {
    for (;;) {
      const { done: isOver, value } = await events.next();
      if (isOver) return;
      heard(value);
      wake();
    }
  }

  function heard(event: RecordEvent): void {
    if (event.is === 'listed') groups.list(event.records);
    else if (event.is === 'changed') groups.put(event.record);
    else if (event.is === 'removed') groups.drop(event.record);
    else notes.push(event);
  }

  /** What is to be shown of a group now, or undefined. */
  async function changeOf(group: Group): Promise<ReleaseRow | undefined> {
    const { shown } = group;
    const newest = group.newest();
    if (newest && versionOf(newest) === shown?.version) return undefined;
    if (!newest) {
      delete group.shown;
      return shown?.visible ? removedRow(shown.row) : undefined;
    }
    const record = await storage.get(newest);
    // Its removal is still to be told.
    if (!record) return undefined;
    const { row, text, visible } = show(group, record, openRecord(record));
    const same = text === shown?.text && visible === shown.visible;
    return same || !(visible || shown?.visible) ? undefined : row;
  }

  function show(group: Group, record: RecordMeta, opened: OpenedRecord): Shown {
    const row = releaseRow(opened, storage);
    group.shown = { row, text: look(row), version: versionOf(record), visible: shows(row) };
    return group.shown;
  }

  async function changes(): Promise<ReleaseRow[]> {
    let unread = false;
    const rows = await mapLimit(groups.take(), parallelGets, async (group) => {
      try {
        return await changeOf(group);
      } catch (error) {
        if (!isReleasesError(error, 'UNREACHABLE') && !isReleasesError(error, 'API')) throw error;
        // The watch says when the server is gone; here it only waits.
        unread = true;
        groups.again(group);
        return undefined;
      }
    });
    if (unread) await sleep(againMs, undefined, { signal: stop }).catch(() => {});
    return rows.filter((row) => row !== undefined);
  }

  const whole = (opened: OpenedRecord) => opened;
  try {
    const opened =
      kind === 'newest'
        ? await newestRevisions(source, whole, { listed: listed() })
        : await allAfter(listed(), () => allRevisions(source, whole));
    for (const one of opened) {
      const record = 'release' in one ? one.record : one;
      const group = groups.of(record);
      const newest = group?.newest();
      // One whose content is another release's may have a row beside its group's.
      if (group && (!group.shown || (newest && refId(newest) === refId(record))))
        show(group, record, one);
    }
    const visible = groups.all().flatMap(({ shown }) => (shown?.visible ? shown.row : []));
    yield { is: 'rows', rows: visible };
    listen()
      .then(
        () => ({}),
        (error: unknown) => ({ error }),
      )
      .then((how) => {
        end = how;
        wake();
      });
    while (!stop.aborted) {
      yield* notes.splice(0);
      const rows = await changes();
      if (rows.length > 0) yield { is: 'changes', rows };
      else if (end !== undefined && 'error' in end) throw end.error;
      else if (end !== undefined) return;
      else if (notes.length === 0 && !groups.isWaiting())
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    done.abort();
  }
}

async function allAfter<T>(before: AsyncIterable<unknown>, work: () => Promise<T>): Promise<T> {
  for await (const _ of before);
  return work();
}

/** What was known of it last; nothing is unreadable about what isn't there. */
function removedRow({ unreadable: _, ...row }: ReleaseRow): ReleaseRow {
  return { ...row, status: removedStatus, state: removedStatus };
}
