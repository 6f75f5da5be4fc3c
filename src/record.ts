/**
 * A record: one stored revision of one release, as its store holds it and before any codec looks
 * inside. Helm calls the object's name the record's key.
 */
import { printable } from './errors.ts';

/** The two Kubernetes kinds Helm keeps records in, and a row of its PostgreSQL tables. */
export type RecordKind = 'Secret' | 'ConfigMap' | 'SQL';

/** Names a record within a store. */
export interface RecordRef {
  readonly kind: RecordKind;
  /** The storage namespace. It may differ from the release's own namespace (Tiller, werf, Flux). */
  readonly namespace: string;
  /** `sh.helm.release.v1.NAME.vN` (Helm 3 and 4) or `NAME.vN` (Helm 2) */
  readonly key: string;
}

/** What a record is without its payload: all that a metadata-only list returns. */
export interface RecordMeta extends RecordRef {
  readonly labels: Readonly<{ [name: string]: string }>;
  /** A Secret's type. Absent for ConfigMaps, and in metadata-only lists, which don't carry it. */
  readonly type?: string;
  /**
   * Kubernetes lets nobody change it, Helm neither, until it is deleted. Like a type, metadata-only lists
   * don't carry it; a database has no such thing.
   */
  readonly immutable?: true;
  /** Set by the store that read the record; a delete carries both as preconditions. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** The API server has begun to delete it, and waits for whoever put a finalizer on it. */
  readonly leaving?: true;
  /** It was found by labels that somebody named: its owner label, whatever it says, is right. */
  readonly anyOwner?: true;
  /** Where a person finds it: a file's path for a directory, absent when kind/namespace/key say it. */
  readonly place?: string;
}

export interface ReleaseRecord extends RecordMeta {
  /**
   * The text under the key `release`, after the base64 layer that Kubernetes adds to a Secret's
   * data is taken off: base64 of (usually gzipped) protobuf or JSON. Copied, never reworked, by
   * moves that keep the format.
   */
  readonly payload: string;
  readonly annotations?: Readonly<{ [name: string]: string }>;
}

/**
 * A record as it is to be: with its payload, or with the digest of a payload that is copied from
 * another record only when this one is written, so that no plan holds thousands of them.
 */
export type WantedRecord =
  | ReleaseRecord
  | (Omit<ReleaseRecord, 'payload'> & {
      /** SHA-256 of the payload's text, in hexadecimal. */
      readonly sha256: string;
    });

/** A record that is there but can't be read: a value, so that it never hides its neighbours. */
export interface BadRecord extends RecordMeta {
  /** Safe to print, no trailing full stop. */
  readonly unreadable: string;
}

/** What reading a record yields. `isBad` tells the two apart. */
export type ReadRecord = ReleaseRecord | BadRecord;

export function isBad(record: object): record is BadRecord {
  return 'unreadable' in record;
}

/** What a list of metadata alone would say of a record, however much of it was read. */
export function metaOnly(record: RecordMeta): RecordMeta {
  const { kind, namespace, key, labels, type, uid, resourceVersion, place } = record;
  return {
    ...{ kind, namespace, key, labels },
    ...(type !== undefined && { type }),
    ...(record.immutable && { immutable: true }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(place !== undefined && { place }),
    ...(record.anyOwner && { anyOwner: true }),
    ...(record.leaving && { leaving: true }),
  };
}

/** Labels that Helm 3 and 4 set themselves: `GetSystemLabels`, pkg/storage/driver/labels.go. */
export const helm3Labels: ReadonlySet<string> = new Set([
  ...['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt'],
]);
/** Those of Helm 2: pkg/storage/driver/cfgmaps.go there. */
export const helm2Labels: ReadonlySet<string> = new Set([
  ...['NAME', 'OWNER', 'STATUS', 'VERSION', 'CREATED_AT', 'MODIFIED_AT'],
]);

/** Which Helm owns a record by its labels. Content decides in the end; this only selects. */
export type Owner = 'helm' | 'tiller';

/** What a record's key and labels say of it, before its payload is opened. */
export interface Identity {
  readonly owner: Owner;
  readonly name: string;
  readonly revision: number;
}

/** Helm 3's prefix: `storage.HelmStorageType` and `.v1`, pkg/storage/storage.go. */
export const helm3KeyPrefix = 'sh.helm.release.v1.';
/** pkg/storage/driver/secrets.go */
export const helm3SecretType = 'helm.sh/release.v1';

/** The type of the Secret that holds it: Kubernetes' default, where it has none and isn't Helm's. */
export function secretTypeOf({ type, key }: Pick<RecordMeta, 'type' | 'key'>): string {
  return type ?? (key.startsWith(helm3KeyPrefix) ? helm3SecretType : 'Opaque');
}

/** The key Helm gives a revision: `makeKey` in each Helm's pkg/storage/storage.go. */
export function recordKey(owner: Owner, name: string, revision: number): string {
  return `${owner === 'helm' ? helm3KeyPrefix : ''}${name}.v${revision}`;
}

/**
 * Reads owner, name and revision from a record's key and checks that the labels, where present,
 * say the same. Helm selects by labels in some calls and by the body in others, so a record whose
 * parts disagree has no single right answer; it's reported instead of guessed at.
 *
 * @returns the identity, or the reason (safe to print) why there is none
 */
export function identify(record: RecordMeta): Identity | { readonly reason: string } {
  const { labels, key } = record;
  const later = /^sh\.helm\.release\.(v[0-9]{1,9})\./.exec(key)?.[1];
  if (later !== undefined && later !== 'v1')
    return { reason: `its format, helm.sh/release.${later}, is newer than this program` };
  const helm = labels.owner === 'helm' || key.startsWith(helm3KeyPrefix);
  const owner: Owner = helm ? 'helm' : 'tiller';
  const rest = helm && key.startsWith(helm3KeyPrefix) ? key.slice(helm3KeyPrefix.length) : key;
  const parts = /^(.+)\.v(-?[0-9]{1,10})$/s.exec(rest);
  if (!parts?.[1] || !parts[2]) return { reason: 'its name is not one that Helm gives a record' };
  const [name, revision] = [parts[1], Number(parts[2])];
  const said = helm
    ? { owner: labels.owner, name: labels.name, version: labels.version, want: 'helm' }
    : { owner: labels.OWNER, name: labels.NAME, version: labels.VERSION, want: 'TILLER' };
  const anyOwner = record.anyOwner === true && !helm;
  if (said.owner !== undefined && said.owner !== said.want && !anyOwner)
    return { reason: 'its owner label names neither Helm nor Tiller' };
  if (said.name !== undefined && said.name !== name)
    return { reason: 'its name and its name label disagree' };
  if (said.version !== undefined && said.version !== String(revision))
    return { reason: 'its name and its version label disagree' };
  return { owner, name, revision };
}

/** One text per record of a store, for maps and sets. No part of it can hold a slash. */
export function refId({ kind, namespace, key }: RecordRef): string {
  return `${kind}/${namespace}/${key}`;
}

/** `secret NS/KEY`, or the file for a record from a folder: how a record is named. */
export function recordPlace(record: RecordRef & { readonly place?: string }): string {
  const name = `${record.kind.toLowerCase()} ${record.namespace || '-'}/${record.key}`;
  // A file of which not even a record's name could be read is called by its own.
  const isFile = record.namespace === '' && record.place?.split('/').pop() === record.key;
  if (record.place && isFile) return `file ${record.place}`;
  return record.place ? `${name} (${record.place})` : name;
}

/** The same for messages, whatever a hostile record is called. */
export function shownPlace(record: RecordRef & { readonly place?: string }): string {
  return printable(recordPlace(record), 1000);
}

/** The status that a record's labels say, in Helm 3's lower case; '' where none says one. */
export function statusLabel({ labels }: Pick<RecordMeta, 'labels'>): string {
  return (labels.status ?? labels.STATUS ?? '').toLowerCase();
}
