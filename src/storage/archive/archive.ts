/**
 * Records in one portable file, `file:PATH.zip`: manifests that `kubectl apply` takes, an index with the
 * digests of all payloads, and a seal over every byte. An archive is written once and as a whole, and
 * never changed: `seal` gives it its name. docs/archive.md describes the format.
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import { kindOfFile } from '../../namedFile.ts';
import { type ReadRecord, type RecordMeta, recordPlace, refId } from '../../record.ts';
import { fileFailure } from '../files/failure.ts';
import { checkWritable, makeFolder } from '../files/write.ts';
import { isSelected } from '../select.ts';
import type { Selection, Storage } from '../storage.ts';
import type { Encryption, Keys } from './age.ts';
import { besideIn, freeBeside, lacksMore } from './beside.ts';
import type { ArchiveFacts, Index, IndexRecord } from './index.ts';
import { type ArchiveReader, readArchive } from './reader.ts';
import { type ArchiveWriter, writeArchive } from './writer.ts';

export interface ArchiveOptions {
  /** One that isn't there will be made by `seal`; absent or false: NOT_FOUND. */
  readonly create?: boolean | undefined;
  /** With `create`: the new one takes the place of one that is there, when it is whole. */
  readonly replace?: boolean | undefined;
  readonly keys?: Keys | undefined;
  readonly encryption?: Encryption | undefined;
  /** What a new archive says of itself. */
  readonly about?: ArchiveFacts | undefined;
  /**
   * With `create`: one that lacks what failed on the way, or what the one that is there holds, is left beside
   * that name, under another one.
   */
  readonly beside?: boolean | undefined;
  /** Records a page; absent: 10, which are done with before they are old to the garbage collector. */
  readonly pageSize?: number | undefined;
}

export interface About extends Omit<Index, 'records'> {
  readonly encrypted: boolean;
}

export interface Archive extends Storage {
  /** What it says of itself; undefined for one that is still to be made. */
  readonly about: About | undefined;
  /** Lets go of the file, and throws away what was not sealed. */
  close(): Promise<void>;
}

/** @throws ReleasesError NOT_FOUND, FILE, UNREADABLE, USAGE */
export async function openArchive(path: string, options: ArchiveOptions = {}): Promise<Archive> {
  const { pageSize = 10, keys = {} } = options;
  const full = resolve(path);
  const shown = printable(path, 500);
  const replace = options.create === true && options.replace === true;
  const there = (await isThere(full)) && !replace;
  if (!there && !options.create) throw new ReleasesError('NOT_FOUND', `there is no file ${shown}`);
  const guarded = async <T>(doing: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (isReleasesError(error)) throw named(error, shown);
      throw fileFailure(path, doing, error, 'file:PATH.zip');
    }
  };
  let reader: ArchiveReader | undefined = there
    ? await guarded('reading', readArchive(full, keys))
    : undefined;
  if (!there) await guarded('writing', checkWritable(dirname(full)));
  const listed = new Map((reader?.index.records ?? []).map((record) => [refId(record), record]));
  const added = new Set<string>();
  let sealed: Index | undefined;
  let sealedPath = full;
  const { encryption } = options;
  const own = encryption && 'passphrase' in encryption ? encryption : {};
  const ownKeys: Keys = { ...keys, ...own };
  let writer: Promise<ArchiveWriter> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  async function openWriter(): Promise<ArchiveWriter> {
    await makeFolder(dirname(full));
    const { about = { tool: '', created: '', from: [] } } = options;
    return writeArchive(full, { about, encryption, replace });
  }

  async function read(record: IndexRecord): Promise<ReadRecord> {
    // What was sealed just now is opened when somebody asks for it.
    reader ??= await guarded('reading', readArchive(sealedPath, ownKeys));
    return { ...(await guarded('reading', reader.read(record))), ...versionOf(record) };
  }

  async function* pages<T>(selection: Selection, each: (record: IndexRecord) => Promise<T>) {
    const found = [...listed.values()].filter((record) => isSelected(record, selection));
    for (let at = 0; at < found.length; at += pageSize) {
      const page: T[] = [];
      for (const record of found.slice(at, at + pageSize)) page.push(await each(record));
      yield page;
    }
  }

  const readOnly = 'is an archive, which is never changed';
  const neverChanges = (record: RecordMeta): never => {
    if (!listed.has(refId(record)))
      throw new ReleasesError('NOT_FOUND', `there is no ${printable(recordPlace(record))}`);
    throw new ReleasesError('CONFLICT', `${shown} ${readOnly}`);
  };
  return {
    address: `file:${path}`,
    files: { path, is: 'archive' },
    kinds: ['Secret', 'ConfigMap'],
    capabilities: {
      durable: true,
      preconditions: true,
      metadataOnly: true,
      selects: true,
      cheapGets: true,
      inCluster: false,
      maxRecordBytes: undefined,
    },
    get about() {
      const index = sealed ?? reader?.index;
      if (!index) return undefined;
      const { records: _, ...about } = index;
      return { ...about, encrypted: reader?.encrypted ?? encryption !== undefined };
    },
    list: (selection) => pages(selection, read),
    listMeta: (selection) => pages(selection, async (record) => metaOf(record)),
    async get(ref) {
      const record = listed.get(refId(ref));
      return record && read(record);
    },
    async create(record) {
      const name = printable(recordPlace(record));
      const id = refId(record);
      if (listed.has(id) || added.has(id))
        throw new ReleasesError('EXISTS', `${name} exists already`);
      if (reader || sealed)
        throw new ReleasesError('FILE', `${shown} ${readOnly}`, {
          hints: ['name a file that is not there yet'],
        });
      if (record.kind === 'SQL')
        throw new ReleasesError('NOT_FOUND', `${name} has no place in an archive`);
      added.add(id);
      writer ??= openWriter();
      const mine = turn.then(async () => (await (writer ?? openWriter())).add(record));
      turn = mine.catch(() => {});
      await guarded('writing', mine);
    },
    replace: async (_, over) => neverChanges(over),
    delete: async (record) => neverChanges(record),
    unholdable: () => (reader || sealed ? `${shown} ${readOnly}` : undefined),
    undeletable: async () => readOnly,
    async seal(missing = []) {
      if (!writer) return;
      await turn;
      const end = async (ready: ArchiveWriter) => {
        const isWorse = options.beside && (await lacksMore(full, missing, replace, ownKeys));
        const beside = isWorse ? freeBeside(full) : undefined;
        const index = await ready.end(missing, beside);
        if (beside) sealedPath = beside;
        return index;
      };
      const index = await guarded('writing', end(await writer));
      writer = undefined;
      sealed = index;
      for (const record of index.records) listed.set(refId(record), record);
    },
    sealedAs: () => (sealedPath === full ? undefined : besideIn(path, sealedPath)),
    async close() {
      await reader?.close();
      await (await writer?.catch(() => undefined))?.abort();
      writer = undefined;
    },
  };
}

function metaOf(listed: IndexRecord): RecordMeta {
  const { bytes: _, sha256: __, payload: ___, file: ____, ...meta } = listed;
  return { ...meta, ...versionOf(listed) };
}

/** What an archive holds never changes, so its digest is its identity and its version. */
function versionOf({ sha256, file }: IndexRecord) {
  return { place: file, uid: sha256, resourceVersion: sha256 };
}

/** Says of which file it is. */
function named(error: ReleasesError, shown: string): ReleasesError {
  if (error.message.includes(shown)) return error;
  const { why, hints } = error;
  return new ReleasesError(error.code, `${shown}: ${error.message}`, { why, hints });
}

async function isThere(path: string): Promise<boolean> {
  let found: Stats;
  try {
    found = await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    throw fileFailure(path, 'reading', error, 'file:PATH.zip');
  }
  if (found.isFile()) return true;
  const shown = printable(path, 500);
  throw new ReleasesError('FILE', `${shown} is ${kindOfFile(found)}, and an archive is a file`, {
    hints: [found.isDirectory() ? `dir:${shown}  names a folder of manifests` : 'file:PATH.zip'],
  });
}
