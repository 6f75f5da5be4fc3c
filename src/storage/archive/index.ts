/**
 * What an archive says of itself: `index.json`, the last of its files. It holds no payload, but the
 * names, labels and digests of all records.
 */
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import { type JsonLimits, scanJson } from '../../go/json/bounds.ts';
import type { RecordKind, RecordMeta } from '../../record.ts';
import { isFields } from '../objects.ts';
import type { Missing } from '../storage.ts';
import { broken } from './zip.ts';

export const indexName = 'index.json';
const format = 'kubectl-releases archive';
const version = 1;

/** One record in an archive. */
export interface IndexRecord extends RecordMeta {
  readonly file: string;
  /** Of the manifest, unpacked. */
  readonly bytes: number;
  /** Of the manifest, in hexadecimal. */
  readonly sha256: string;
  readonly payload: { readonly bytes: number; readonly sha256: string };
}

export interface Index {
  /** `kubectl-releases 1.2.3` */
  readonly tool: string;
  /** RFC 3339 */
  readonly created: string;
  /** The stores it was made from: addresses, and the cluster where there was one. */
  readonly from: readonly string[];
  /** The words that chose the releases: `--all`, or names and flags. Absent: it doesn't say. */
  readonly asked?: readonly string[];
  /** What was asked for and isn't in it, with the reason; absent: nothing. */
  readonly missing?: readonly Omit<Missing, 'unfinished'>[];
  readonly records: readonly IndexRecord[];
}

/** What is known of an archive before it is made. */
export type ArchiveFacts = Omit<Index, 'records' | 'missing'>;

/** What one record's manifest may take: a Secret's megabyte, twice in base64, and its labels. */
const maxManifest = 64 * 1024 * 1024;

export function indexText(index: Index): string {
  const { records, ...about } = index;
  return `${JSON.stringify({ format, version, ...about, records }, null, 1)}\n`;
}

/**
 * What an index may take: it names as many records as there are files, and what one has of labels is far
 * less than this on the average.
 */
export function maxIndexBytes(files: number): number {
  return 1024 * 1024 + 16 * 1024 * files;
}

/** JSON in an archive, bounded before anything is built of it. @throws ReleasesError UNREADABLE */
export function readArchived(bytes: Uint8Array, what: string, limits?: JsonLimits): unknown {
  try {
    scanJson(bytes, limits);
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch (error) {
    throw broken(isReleasesError(error) ? `${what}: ${error.message}` : `${what} is no JSON`);
  }
}

/**
 * Takes an index apart, field by field: an archive may be anybody's.
 * @param files how many others there are
 * @throws ReleasesError UNREADABLE
 */
export function parseIndex(bytes: Uint8Array, files: number): Index {
  const value = readArchived(bytes, 'its index', {
    // A record's payload is a member of a member of the list.
    depth: 8,
    values: Math.min(20_000 + 256 * files, 5_000_000),
  });
  if (!isFields(value) || value.format !== format) throw broken('its index is none of ours');
  if (!Number.isInteger(value.version)) throw broken('its index says no version');
  if (value.version !== version)
    throw new ReleasesError('UNREADABLE', 'the archive was made by a newer kubectl-releases', {
      why: [
        `its format is version ${printable(String(value.version), 20)}; this one reads ${version}`,
      ],
    });
  const { tool, created, from, asked, missing, records } = value;
  if (!Array.isArray(records)) throw broken('its index lists no records');
  const lacks = (Array.isArray(missing) ? missing : []).map(parseMissing);
  return {
    ...(Array.isArray(asked) && { asked: asked.map((word) => printable(String(word), 300)) }),
    ...(lacks.length > 0 && { missing: lacks }),
    tool: printable(String(tool), 80),
    created: printable(String(created), 40),
    from: (Array.isArray(from) ? from : []).map((address) => printable(String(address), 200)),
    records: records.map(parseRecord),
  };
}

function parseMissing(value: unknown): Missing {
  if (!isFields(value)) throw broken('its index says what is missing, and not which release');
  const { name, namespace, store, revisions, why } = value;
  const numbers = Array.isArray(revisions) ? revisions.filter((one) => Number.isInteger(one)) : [];
  return {
    name: printable(String(name), 253),
    namespace: printable(String(namespace), 63),
    ...(typeof store === 'string' && { store: printable(store, 200) }),
    ...(numbers.length > 0 && { revisions: numbers as number[] }),
    why: printable(String(why), 500),
  };
}

const kinds: readonly string[] = ['Secret', 'ConfigMap'] satisfies readonly RecordKind[];

function parseRecord(value: unknown): IndexRecord {
  if (!isFields(value)) throw broken('its index lists what is no record');
  const { kind, namespace, key, labels, type, file, bytes, sha256, payload } = value;
  const sound =
    typeof kind === 'string' &&
    kinds.includes(kind) &&
    [namespace, key, file].every((text) => typeof text === 'string') &&
    isFields(labels) &&
    Object.values(labels).every((text) => typeof text === 'string') &&
    isSize(bytes, maxManifest) &&
    isDigest(sha256) &&
    isFields(payload) &&
    isSize(payload.bytes, maxManifest) &&
    isDigest(payload.sha256);
  if (!sound) throw broken('its index lists what is no record');
  return {
    kind: kind as RecordKind,
    namespace: namespace as string,
    key: key as string,
    labels: labels as { [name: string]: string },
    ...(typeof type === 'string' && { type }),
    file: file as string,
    bytes: bytes as number,
    sha256: sha256 as string,
    payload: payload as unknown as IndexRecord['payload'],
  };
}

function isSize(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function isDigest(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/**
 * A record's file: flat, from letters that mean nothing anywhere, and beginning with a kind, so that
 * none is a device of Windows. Other characters are written as %XX.
 */
export function fileName({ kind, namespace, key }: RecordMeta): string {
  const plain = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*_~]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  return `records/${kind.toLowerCase()}_${plain(namespace)}_${plain(key)}.json`;
}

export function isFileName(name: string): boolean {
  return (
    name === indexName ||
    /^records\/(secret|configmap)_[A-Za-z0-9.%-]*_[A-Za-z0-9.%-]+\.json$/.test(name)
  );
}
