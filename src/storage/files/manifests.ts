/** The records in the text of one manifest file. */
import { createHash } from 'node:crypto';
import { printable } from '../../errors.ts';
import { bytesOf, metaOnly, type ReadRecord } from '../../record.ts';
import { isFields } from '../objects.ts';
import { countUpTo } from './count.ts';
import { refIn } from './damaged.ts';
import { jsonParts } from './jsonParts.ts';
import { recordIn } from './object.ts';
import type { Part, Position } from './parts.ts';
import { yamlParts } from './yamlParts.ts';

export interface Found {
  readonly record: ReadRecord;
  readonly at: Position;
  /** True for a piece of the file of which nobody knows what record it was. */
  readonly nameless: boolean;
  /** It is in a file that isn't read as a manifest: it counts only where no other copy does. */
  readonly isAside?: true;
}

/**
 * @param path the file's, for `place` and as the key of what can't be read
 * @param json whether it is JSON, or YAML; by default its extension says so
 */
export function readManifests(text: string, path: string, json = isJson(path)): Found[] {
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text;
  const lines = lineCounter(plain);
  const parts = json ? jsonParts(plain, lines) : yamlParts(plain, lines);
  const found: Found[] = [];
  for (const part of parts) {
    const one = 'unreadable' in part ? broken(part, path) : whole(part, path);
    if (one) found.push(one);
  }
  return found;
}

export function isJson(path: string): boolean {
  return path.toLowerCase().endsWith('.json');
}

/** @returns undefined for what isn't a record */
function whole(part: Extract<Part, { readonly object: unknown }>, path: string): Found | undefined {
  const { object, at, ambiguous } = part;
  if (typeof object !== 'object') return nameless(path, at, 'it is a text, not a manifest');
  if (!isFields(object)) return undefined;
  const record = recordIn(object);
  if (record === undefined) return undefined;
  if (typeof record === 'string') return nameless(path, at, record);
  const told: ReadRecord = ambiguous
    ? { ...metaOnly(record), unreadable: memberTwice, storedBytes: bytesOf(record) }
    : record;
  return { record: stamp(told, path, part), at, nameless: false };
}

const memberTwice = 'its JSON has a member twice, and nobody knows which one counts';

function broken(part: Extract<Part, { readonly unreadable: string }>, path: string): Found {
  const { at, source, unreadable } = part;
  const ref = refIn(source);
  if (!ref) return nameless(path, at, unreadable);
  const storedBytes = Buffer.byteLength(source);
  const record = stamp({ ...ref, labels: {}, unreadable, storedBytes }, path, part);
  return { record, at, nameless: false };
}

export function nameless(path: string, at: Position, unreadable: string): Found {
  const key = path.slice(path.lastIndexOf('/') + 1);
  const record = {
    kind: 'Secret',
    namespace: '',
    key,
    labels: {},
    place: path,
    unreadable,
  } as const;
  return { record, at, nameless: true };
}

/** A folder has neither uids nor versions: the hash of an object's own text stands for its version. */
function stamp(record: ReadRecord, place: string, { at, source }: Part): ReadRecord {
  const { uid: _uid, ...rest } = record;
  const resourceVersion = createHash('sha256').update(source).digest('hex').slice(0, 32);
  const undeletable = isFixed(at, place)
    ? { undeletable: `has it in ${printable(place)}, of which nothing can safely be taken out` }
    : {};
  return { ...rest, resourceVersion, place, ...undeletable } as ReadRecord;
}

/** Whether the object can't be taken out of its file; in YAML, not even where documents can't be told. */
export function isFixed({ fixed, document }: Position, path: string): boolean {
  return fixed === true || (!document && !isJson(path));
}

/** Line numbers, counted from 1, for offsets in any order. */
function lineCounter(text: string): (offset: number) => number {
  let starts: number[] | undefined;
  return (offset) => {
    if (offset === 0) return 1;
    if (!starts) {
      starts = [];
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
        starts.push(at + 1);
    }
    return 1 + countUpTo(starts, offset);
  };
}
