/**
 * A list in Kubernetes' protobuf, read while it arrives: each item is decoded as soon as all of it is
 * there, so that memory holds an item or two instead of the list.
 */

import {
  afterInteger,
  damaged,
  delimited,
  integerAt,
  itemsOf,
  type ListMetadata,
  magic,
  type ReadItem,
  readKind,
  readListMetadata,
} from './protobuf.ts';
import type { KubeObject } from './types.ts';

export interface ListReader {
  /** @returns the items that end in this piece. @throws ReleasesError API */
  take(piece: Buffer): readonly KubeObject[];
  /** @throws ReleasesError API when the list is cut short */
  end(): ListMetadata;
}

/** No object that a server keeps is larger by far: etcd takes 1.5 MiB. */
const longestField = 64 * 1024 * 1024;

export function listReader(): ListReader {
  let pieces: Buffer[] = [];
  let held = 0;
  /** Bytes that have to be there before it is worth to look again. */
  let wanted = magic.length;
  let [begun, listed] = [false, false];
  /** How many bytes of the list itself are still to come; undefined outside of it. */
  let left: number | undefined;
  let item: ReadItem | undefined;
  let metadata: ListMetadata = { next: '', version: '' };

  /** Reads one field at a place; returns where the next begins, or the same place when more must come. */
  function step(data: Buffer, at: number, found: KubeObject[]): number {
    if (left === 0) left = undefined;
    const from = lengthEnd(data, at);
    if (from === undefined) return more(data.length - at + 1, at);
    const [tag, length] = [integerAt(data, at), integerAt(data, afterInteger(data, at))];
    if (tag % 8 !== delimited) throw damaged();
    if (left === undefined && tag === listTag) {
      [listed, left] = [true, length];
      return from;
    }
    if (length > longestField) throw damaged();
    const to = from + length;
    if (to > data.length) return more(to - at, at);
    if (left !== undefined) left -= to - at;
    if (left !== undefined && left < 0) throw damaged();
    visit(tag, data.subarray(from, to), found);
    return to;
  }

  function more(bytes: number, at: number): number {
    wanted = bytes;
    return at;
  }

  function visit(tag: number, value: Buffer, found: KubeObject[]): void {
    if (left === undefined) {
      if (tag === typeTag) item = itemsOf(readKind(value));
    } else if (tag === itemTag) {
      if (!item) throw damaged();
      found.push(item(value));
    } else if (tag === listMetaTag) metadata = readListMetadata(value);
  }

  return {
    take(piece) {
      pieces.push(piece);
      held += piece.length;
      const found: KubeObject[] = [];
      if (held < wanted) return found;
      const data = pieces.length === 1 ? piece : Buffer.concat(pieces, held);
      let at = 0;
      if (!begun) {
        if (!data.subarray(0, magic.length).equals(magic)) throw damaged();
        [begun, at] = [true, magic.length];
      }
      wanted = 1;
      for (let before = -1; at < data.length && at !== before; ) {
        before = at;
        at = step(data, at, found);
      }
      pieces = at < data.length ? [data.subarray(at)] : [];
      held = data.length - at;
      return found;
    },
    end() {
      if (!listed || !item || held > 0 || (left ?? 0) > 0) throw damaged();
      return metadata;
    },
  };
}

/** A runtime.Unknown holds the type and the list; a list holds its own metadata and the items. */
const [typeTag, listTag, listMetaTag, itemTag] = [10, 18, 10, 18];

/** Where a field's tag and length end, or undefined where they aren't all there. */
function lengthEnd(data: Buffer, at: number): number | undefined {
  let end = at;
  for (let integers = 0; integers < 2; integers++) {
    const begin = end;
    while ((data[end] ?? 0) >= 0x80) end += 1;
    if (end - begin >= 10) throw damaged();
    if (end >= data.length) return undefined;
    end += 1;
  }
  return end;
}
