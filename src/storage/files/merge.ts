/**
 * Which copy of a record counts, when several files of a folder hold one of that name. Equal copies
 * count once. What is doubtful becomes a row: it never takes a sound record's place, and never hides
 * behind one.
 */
import { attribute, disagreementText } from '../../attribution.ts';
import { printable } from '../../errors.ts';
import { identify, isBad, type ReadRecord, type RecordRef } from '../../record.ts';
import { isSameRecord } from '../../sameRecord.ts';
import { type Found, nameless as rowOf } from './manifests.ts';

/** A record and the file it was found in, relative to the root. */
export interface Copy {
  readonly file: string;
  readonly found: Found;
}

/** One record with all files that hold it. */
export interface Held {
  readonly record: ReadRecord;
  /** It isn't found by its name: see `Found.nameless`, and the rows that `merge` adds. */
  readonly nameless: boolean;
  /** What was found; for a row of its own that `merge` made, the copy it speaks of. */
  readonly copies: readonly Copy[];
}

interface Merged {
  /** Undefined when no copy can be told to be the record. */
  readonly held: Held | undefined;
  /** A row for each copy whose labels say that it is another record than its name says. */
  readonly misnamed: readonly Held[];
}

/** One text per record. Names from files may hold anything. */
export function idOf({ kind, namespace, key }: RecordRef): string {
  return JSON.stringify([kind, namespace, key]);
}

/** Every record once, and a row for everything that can't be told to be one. */
export function merge(copies: readonly Copy[]): Held[] {
  const rows: Held[] = [];
  const named = new Map<string, Copy[]>();
  for (const copy of copies) {
    const { record, nameless } = copy.found;
    const others = nameless ? undefined : named.get(idOf(record));
    if (nameless) rows.push({ record, nameless, copies: [copy] });
    else if (others) others.push(copy);
    else named.set(idOf(record), [copy]);
  }
  const records: Held[] = [];
  for (const same of named.values()) {
    const { held, misnamed } = mergeCopies(same);
    if (held) records.push(held);
    rows.push(...misnamed);
  }
  return [...rows, ...records, ...hiddenRivals(records)];
}

/** @param all of one name, at least one */
export function mergeCopies(all: readonly Copy[]): Merged {
  const read = all.filter(({ found }) => !found.isAside);
  const copies = read.length > 0 ? read : all;
  const sound = copies.filter(({ found }) => attribute(found.record).disagreements.length === 0);
  const alike = sound.length > 0 ? sound : copies;
  const [first] = alike;
  if (!first) throw new RangeError('a record without a copy');
  const fixed = alike.find(({ found }) => found.record.undeletable !== undefined);
  const undeletable = fixed?.found.record.undeletable;
  const record = { ...first.found.record, ...(undeletable !== undefined && { undeletable }) };
  const misnamed = copies
    .filter((copy) => !alike.includes(copy))
    .map((copy) => astray(copy, first));
  const different = rivalOf(alike);
  if (!different) return { held: { record, nameless: false, copies: alike }, misnamed };
  if (sound.length === 0) {
    const rows = copies.map((copy) => astray(copy, copy === first ? different : first));
    return { held: undefined, misnamed: rows };
  }
  const { labels, kind, namespace, key, place } = { place: first.file, ...record };
  const unreadable = bothHold(first, different, 'it');
  const stays = undeletable === undefined ? {} : { undeletable };
  const bad = { kind, namespace, key, labels, place, unreadable, ...stays };
  return { held: { record: bad, nameless: false, copies: alike }, misnamed };
}

/** The first copy that differs from the very first. */
function rivalOf([first, ...others]: readonly Copy[]): Copy | undefined {
  return first && others.find(({ found }) => !sameRecord(first.found.record, found.record));
}

function sameRecord(a: ReadRecord, b: ReadRecord): boolean {
  if (isBad(a) || isBad(b)) return isBad(a) && isBad(b) && a.resourceVersion === b.resourceVersion;
  // They have one name; uid and version are of where they were.
  return isSameRecord(a, b) && isSameRecord(b, a);
}

function bothHold(a: Copy, b: Copy, what: string): string {
  const where =
    a.file === b.file
      ? `${a.file} holds ${what} twice`
      : `${a.file} and ${b.file} both hold ${what}`;
  return `${where}, with different contents`;
}

/**
 * A copy whose name and labels disagree, called by its file: under its name one would find the other
 * copy. Its labels stay, as they say which release it may belong to.
 */
function astray(copy: Copy, other: Copy): Held {
  const { file, found } = copy;
  const { record } = found;
  const own = disagreementText(attribute(record).disagreements) || 'it has no identity';
  const why = isBad(record) ? record.unreadable : own;
  const where = other.file === file ? 'this file' : other.file;
  const name = printable(record.key, 80);
  const row = rowOf(file, found.at, `${why}; another record in ${where} is called ${name} too`);
  const { kind, labels } = record;
  return { record: { ...row.record, kind, labels }, nameless: true, copies: [copy] };
}

/**
 * Copies that differ make their revision unreadable, which a list of newest revisions shows only
 * where it is the newest. The others get a row that no newer revision hides.
 */
function hiddenRivals(records: readonly Held[]): Held[] {
  const newest = new Map<string, number>();
  for (const { record } of records) {
    const { release, revision } = revisionOf(record) ?? {};
    if (release === undefined || revision === undefined) continue;
    newest.set(release, Math.max(revision, newest.get(release) ?? revision));
  }
  return records.flatMap(({ record, copies }) => {
    const [first, rival] = [copies[0], rivalOf(copies)];
    const known = rival && revisionOf(record);
    if (!first || !known || newest.get(known.release) === known.revision) return [];
    const why = bothHold(first, rival, printable(record.key, 80));
    const row = rowOf(first.file, first.found.at, why);
    return [{ record: row.record, nameless: true, copies: [first] }];
  });
}

function revisionOf(record: ReadRecord): { release: string; revision: number } | undefined {
  const identity = identify(record);
  if ('reason' in identity) return undefined;
  const { owner, name, revision } = identity;
  return { release: JSON.stringify([record.kind, record.namespace, owner, name]), revision };
}
