/**
 * Keeps what is read of records while their plan is made: a plan of ten thousand needs each content a few
 * times, and all of them at once in memory never. The first few megabytes stay decoded; the rest goes into a
 * file of its own, for its owner alone (0600) and without a name from the moment it is open, so that nothing of
 * it is left however the process ends. What is read from it is decoded anew.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type GoodRecord, type OpenedRecord, openRecord } from '../codecs/index.ts';
import { type BadRecord, isBad, type RecordMeta, type ReleaseRecord } from '../record.ts';
import type { Info, Release } from '../release.ts';

/** A record that can be read, without its content. */
export interface KeptGood extends Pick<GoodRecord, 'disagreements'> {
  readonly record: RecordMeta;
  /** What its content says of whose it is, and of its state. */
  readonly release: Pick<Release, 'helm' | 'name' | 'namespace' | 'revision'> & {
    readonly info?: Pick<Info, 'status'>;
  };
  /** All of it, decoded anew unless it is still in memory. */
  open(): GoodRecord;
}

export type KeptRecord = KeptGood | BadRecord;

export interface Spool {
  keep(opened: OpenedRecord): KeptRecord;
  /** Lets go of the file; what was kept in it can't be opened any more. The end of the process does the same. */
  close(): void;
}

/** Where a payload is in the file. */
interface Place {
  readonly at: number;
  readonly length: number;
}

/** Payloads, in bytes, whose records stay decoded: what they take in memory is some ten times as much. */
const mostInMemory = 8 * 1024 * 1024;
/** Bytes of payloads that go through the file between two collections. */
const mostBetween = 16 * 1024 * 1024;

/** @param inMemory bytes of payloads that go into no file */
export function openSpool(inMemory = mostInMemory): Spool {
  let held = 0;
  let file: number | undefined;
  let end = 0;
  let passed = 0;

  /** Each payload leaves ten times its size behind, which nobody needs any more. */
  function pass(bytes: number): void {
    passed += bytes;
    if (passed < mostBetween) return;
    passed = 0;
    collectGarbage();
  }

  function write(payload: string): Place {
    file ??= openUnnamed();
    const bytes = Buffer.from(payload, 'latin1');
    const at = end;
    for (let written = 0; written < bytes.length; )
      written += writeSync(file, bytes, written, bytes.length - written, at + written);
    end += bytes.length;
    pass(bytes.length);
    return { at, length: bytes.length };
  }

  function read(at: number, length: number): string {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const more = file === undefined ? 0 : readSync(file, bytes, done, length - done, at + done);
      if (more === 0) throw new Error('what was kept of a record is gone');
      done += more;
    }
    pass(length);
    return bytes.toString('latin1');
  }

  function opener(good: GoodRecord): () => GoodRecord {
    const { payload, ...meta } = good.record;
    held += payload.length;
    // What isn't ASCII is no payload that Helm wrote, but may still be one that can be read.
    return held <= inMemory || !isAscii(payload) ? holding(good) : reading(meta, write(payload));
  }

  /** A function of its own: what it stands in must hold no content, or all of them stay in memory. */
  function reading(meta: Omit<ReleaseRecord, 'payload'>, { at, length }: Place): () => GoodRecord {
    return () => {
      const opened = openRecord({ ...meta, payload: read(at, length) });
      if (isBad(opened)) throw new Error(`what was kept of a record differs: ${opened.unreadable}`);
      return opened;
    };
  }

  return {
    keep(opened) {
      if (isBad(opened)) return opened;
      const { payload: _, ...record } = opened.record;
      const { helm, name, namespace, revision, info } = opened.release;
      const said = {
        helm,
        name,
        namespace,
        revision,
        ...(info && { info: { status: info.status } }),
      };
      const { disagreements } = opened;
      return { record, release: said, disagreements, open: opener(opened) };
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function holding(good: GoodRecord): () => GoodRecord {
  return () => good;
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

let collector: (() => void) | undefined;

/**
 * On a machine with much memory V8 lets half a gigabyte of what is done with lie about before it collects.
 * Measured with 10,000 records: 355 MB at the most instead of 640, in the same time. No flag of V8's that can
 * be set while it runs does the same.
 */
function collectGarbage(): void {
  try {
    if (!collector) {
      setFlagsFromString('--expose-gc');
      collector = runInNewContext('gc') as () => void;
    }
    collector();
  } catch {
    // A runtime without it collects when it likes.
    collector = () => {};
  }
}

function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-'));
  try {
    return openSync(join(folder, 'contents'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
