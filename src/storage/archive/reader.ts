/** An archive that is there: checked whole when it is opened, and each record again when it is read. */
import { createHash } from 'node:crypto';
import { isNamespaceName } from '../../names.ts';
import { isBad, type ReadRecord, refId, shownPlace } from '../../record.ts';
import { isFields, recordOf } from '../objects.ts';
import { decrypted, isAge, type Keys } from './age.ts';
import { isArmored, withoutArmor } from './armor.ts';
import { type Bytes, openFileBytes } from './bytes.ts';
import {
  type Index,
  type IndexRecord,
  indexName,
  isFileName,
  maxIndexBytes,
  parseIndex,
  readArchived,
} from './index.ts';
import { checkSeal } from './seal.ts';
import { broken, type Entry, readDirectory, readEntry } from './zip.ts';

export interface ArchiveReader {
  readonly index: Index;
  readonly encrypted: boolean;
  /** @throws ReleasesError UNREADABLE */
  read(record: IndexRecord): Promise<ReadRecord>;
  close(): Promise<void>;
}

/**
 * @throws ReleasesError UNREADABLE for anything that isn't an archive of ours, whole and unchanged
 * @throws the file system's error
 */
export async function readArchive(path: string, keys: Keys): Promise<ArchiveReader> {
  const file = await openFileBytes(path);
  try {
    const sealed = (await isArmored(file)) ? await withoutArmor(file) : file;
    const encrypted = await isAge(sealed);
    const bytes = encrypted ? await decrypted(sealed, keys) : sealed;
    const end = await checkSeal(bytes);
    const entries = await readDirectory(bytes, end, isFileName);
    const index = await readIndex(bytes, entries);
    return {
      index,
      encrypted,
      read: (record) => readRecord(bytes, entries, record),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readIndex(bytes: Bytes, entries: ReadonlyMap<string, Entry>): Promise<Index> {
  const entry = entries.get(indexName);
  if (!entry) throw broken('it has no index');
  const others = entries.size - 1;
  if (entry.size > maxIndexBytes(others)) throw broken('its index is larger than its files need');
  const index = parseIndex(await readEntry(bytes, entry, entry.size), others);
  const files = new Set(index.records.map(({ file }) => file));
  if (files.size !== index.records.length || files.size !== others)
    throw broken('its index and its files disagree');
  const named = new Set<string>();
  for (const record of index.records) {
    if (named.has(refId(record))) throw broken(`two of its files are ${shownPlace(record)}`);
    named.add(refId(record));
  }
  for (const { file, bytes: size } of index.records) {
    const listed = entries.get(file);
    if (!listed || file === indexName) throw broken('its index names a file that it lacks');
    if (listed.size !== size) throw broken('a file is larger than its index says');
  }
  return index;
}

async function readRecord(
  bytes: Bytes,
  entries: ReadonlyMap<string, Entry>,
  listed: IndexRecord,
): Promise<ReadRecord> {
  const entry = entries.get(listed.file);
  if (!entry) throw broken('its index names a file that it lacks');
  const text = await readEntry(bytes, entry, listed.bytes);
  if (sha256(text) !== listed.sha256) throw broken('a record is not the one that its index names');
  const object = readArchived(text, 'a record');
  if (!isFields(object) || object.kind !== listed.kind) throw broken('a record is of another kind');
  const record = recordOf(listed.kind, object);
  const same = record.namespace === listed.namespace && record.key === listed.key;
  if (!same || !isSame(record.labels, listed.labels))
    throw broken('a record is not the one that its index names');
  if (!isBad(record) && sha256(record.payload) !== listed.payload.sha256)
    throw broken("a record's payload is not the one that its index names");
  // The same once: a plan holds these of every record.
  const { namespace, key, labels } = listed;
  // As in a folder: it could be written nowhere, and a plan says so before anything else is.
  if (namespace !== '' && !isNamespaceName(namespace)) {
    const { kind, type } = listed;
    const meta = { kind, namespace, key, labels, ...(type !== undefined && { type }) };
    return { ...meta, unreadable: 'it is in a namespace that Kubernetes could not have' };
  }
  return { ...record, namespace, key, labels };
}

function isSame(a: { readonly [name: string]: string }, b: { readonly [name: string]: string }) {
  const text = (labels: object) => JSON.stringify(Object.entries(labels).sort());
  return text(a) === text(b);
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
