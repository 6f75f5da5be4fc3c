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
  /** Other keys of its data beside `release`, by name alone; metadata-only lists don't carry them. */
  readonly otherData?: readonly string[];
  /** Labels that a database has twice for it, with different values: it is read as having one of them. */
  readonly doubledLabels?: readonly string[];
  /** Whose objects it goes with, as Kubernetes' garbage collector knows them: `HelmRelease web`, as they are written. */
  readonly owners?: readonly string[];
  /** What a delete of it waits for. */
  readonly finalizers?: readonly string[];
  /** It was found by labels that somebody named: its owner label, whatever it says, is right. */
  readonly anyOwner?: true;
  /**
   * Why it alone can't be deleted or replaced where it is, after the store's address: `has it in …`. Absent:
   * nothing is known against it.
   */
  readonly undeletable?: string;
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
  /** How long what stands in the place of its payload is, or the text that holds it; absent: nothing. */
  readonly storedBytes?: number;
}

/** What reading a record yields. `isBad` tells the two apart. */
export type ReadRecord = ReleaseRecord | BadRecord;

export function isBad(record: object): record is BadRecord {
  return 'unreadable' in record;
}

/** What a record takes in its store, read or not. A payload is base64, so that characters are bytes. */
export function bytesOf(record: ReadRecord): number {
  return isBad(record) ? (record.storedBytes ?? 0) : record.payload.length;
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
    ...(record.otherData && { otherData: record.otherData }),
    ...(record.doubledLabels && { doubledLabels: record.doubledLabels }),
    ...(record.owners && { owners: record.owners }),
    ...(record.finalizers && { finalizers: record.finalizers }),
    ...(record.undeletable !== undefined && { undeletable: record.undeletable }),
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

/** What a record's key and labels say of it, before its payload is opened: see `attribution.ts`. */
export interface Identity {
  readonly owner: Owner;
  /** As the name label has it, by which Helm finds records; where there is none, as the key has it. */
  readonly name: string;
  /** As the key has it, else as the version label has it; `unknownRevision` where neither says one. */
  readonly revision: number;
}

/** Stands for any: what can't be told from the newest revision must be taken for it. */
export const unknownRevision = Number.MAX_SAFE_INTEGER;

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
 * Whose record it is before its content is read: by Helm 3's key, then by the labels that each Helm's
 * lists select by, then by a Secret's type. `owner=helm` is a label that others use too, so that beside
 * Tiller's own label it says nothing.
 */
export function ownerOf({ labels, key, type, anyOwner }: RecordMeta): Owner {
  if (/^sh\.helm\.release\.v[0-9]+\./.test(key)) return 'helm';
  if (labels.OWNER === 'TILLER' || anyOwner) return 'tiller';
  return labels.owner === 'helm' || type?.startsWith('helm.sh/') ? 'helm' : 'tiller';
}

/** What a record's key says; undefined where that Helm gives none such. */
export function saidByKey(
  owner: Owner,
  key: string,
): { readonly name: string; readonly revision: number } | undefined {
  const rest =
    owner === 'helm'
      ? /^sh\.helm\.release\.v[0-9]{1,9}\.(.+)$/s.exec(key)?.[1]
      : key.startsWith(helm3KeyPrefix)
        ? undefined
        : key;
  const parts = /^(.+)\.v(0|-?[1-9][0-9]{0,9})$/s.exec(rest ?? '');
  return parts?.[1] && parts[2] ? { name: parts[1], revision: Number(parts[2]) } : undefined;
}

/** What a record's labels say, in each Helm's own letters. */
export function saidByLabels(owner: Owner, { labels }: Pick<RecordMeta, 'labels'>) {
  return owner === 'helm'
    ? { owner: labels.owner, name: labels.name, version: labels.version, status: labels.status }
    : { owner: labels.OWNER, name: labels.NAME, version: labels.VERSION, status: labels.STATUS };
}

/**
 * What key and labels say, for whoever has no content: who may open the record asks `attribution.ts`.
 * @returns the reason (safe to print) where they name no release
 */
export function identify(record: RecordMeta): Identity | { readonly reason: string } {
  const owner = ownerOf(record);
  const key = saidByKey(owner, record.key);
  const said = saidByLabels(owner, record);
  const name = said.name || key?.name;
  if (!name) return { reason: 'its name is not one that Helm gives a record' };
  const version = /^-?[0-9]{1,10}$/.test(said.version ?? '') ? Number(said.version) : undefined;
  return { owner, name, revision: key?.revision ?? version ?? unknownRevision };
}

/** The revision that key and labels say; `unknownRevision` where none do. */
export function revisionSaid(record: RecordMeta): number {
  const identity = identify(record);
  return 'revision' in identity ? identity.revision : unknownRevision;
}

/** Every release that key and labels name: the name label's first. */
export function namesOf(record: RecordMeta): readonly string[] {
  const owner = ownerOf(record);
  const names = [saidByLabels(owner, record).name, saidByKey(owner, record.key)?.name];
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as string[];
}

/**
 * A later Helm announces itself in the key, in a Secret's type, or (a ConfigMap has none) in a label.
 * Such a record is refused by name, and never taken for one that this program knows.
 */
export function newerFormat({ type, key, labels }: RecordMeta): string | undefined {
  const inKey = /^sh\.helm\.release\.(v[0-9]{1,9})\./.exec(key)?.[1];
  const inType = /^helm\.sh\/release\.(.+)$/s.exec(type ?? '')?.[1];
  const later = [inKey, inType, labels['helm.sh/release-version']].find(
    (format) => format !== undefined && format !== 'v1',
  );
  if (later === undefined) return undefined;
  return `its format, helm.sh/release.${printable(later, 40)}, is newer than this program`;
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
