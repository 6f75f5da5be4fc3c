/** The records in the text of one manifest file. */
import { createHash } from 'node:crypto';
import type { ReadRecord } from '../../record.ts';
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
}

/**
 * @param path the file's, for `place` and as the key of what can't be read; its extension decides
 * between JSON and YAML
 */
export function readManifests(text: string, path: string): Found[] {
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text;
  const lines = lineCounter(plain);
  const parts = isJson(path) ? jsonParts(plain, lines) : yamlParts(plain, lines);
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
function whole(part: Part & { readonly object: unknown }, path: string): Found | undefined {
  const { object, at, source } = part;
  if (typeof object !== 'object') return nameless(path, at, 'it is a text, not a manifest');
  if (!isFields(object)) return undefined;
  const record = recordIn(object);
  if (record === undefined) return undefined;
  if (typeof record === 'string') return nameless(path, at, record);
  return { record: stamp(record, path, source), at, nameless: false };
}

function broken(part: Part & { readonly unreadable: string }, path: string): Found {
  const { at, source, unreadable } = part;
  const ref = refIn(source);
  if (!ref) return nameless(path, at, unreadable);
  const storedBytes = Buffer.byteLength(source);
  const record = stamp({ ...ref, labels: {}, unreadable, storedBytes }, path, source);
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
function stamp(record: ReadRecord, place: string, source: string): ReadRecord {
  const { uid: _uid, ...rest } = record;
  const resourceVersion = createHash('sha256').update(source).digest('hex').slice(0, 32);
  return { ...rest, resourceVersion, place } as ReadRecord;
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
