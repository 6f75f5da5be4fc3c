/**
 * The one interface of everything that keeps records. To add a store: write a factory in a file of
 * its own here that returns a `Storage`, register its address type in `address.ts`, and add it to
 * the contract suite (`test/contract/storage.test.ts`).
 *
 * Stores know records, never releases: they don't decode payloads (design rule 1).
 */
import type { ReleasesError } from '../errors.ts';
import type {
  Owner,
  ReadRecord,
  RecordKind,
  RecordMeta,
  RecordRef,
  ReleaseRecord,
} from '../record.ts';
import type { LabelSelector } from './labels.ts';
import type { DatabasePlace } from './sql/place.ts';

/** Kubernetes' MaxSecretSize: the decoded bytes of all values together; ConfigMaps have the same. */
export const maxObjectBytes = 1024 * 1024;

/** What a store can promise. Operations look here instead of asking which store it is. */
export interface Capabilities {
  /** Written records survive the process. */
  readonly durable: boolean;
  /** `delete` honours uid and resourceVersion. */
  readonly preconditions: boolean;
  /** Records keep their annotations; absent: they do. Without a place for them, `create` refuses. */
  readonly annotations?: false;
  /** Lists can leave the payload out at the source, so that it costs nothing. */
  readonly metadataOnly: boolean;
  /** A list of one release costs about what it yields, however much else the store holds. */
  readonly selects: boolean;
  /** A get costs no more than its part of a list; absent: it does. */
  readonly cheapGets?: true;
  /** An API server decides who may do what with it: see `commands/permissions/asks.ts`. */
  readonly inCluster: boolean;
  /** The most bytes one record's data may take, or undefined where there is no limit. */
  readonly maxRecordBytes: number | undefined;
}

/** Narrows a list. Everything given must match; the store selects as near to the data as it can. */
export interface Selection {
  /** One storage namespace; absent: all that the store was opened on. */
  readonly namespace?: string;
  readonly owner?: Owner;
  /** Labels that tell Helm 2's records, instead of the owner's; never those of Helm 3 and 4. */
  readonly labels?: LabelSelector;
  /**
   * The release's name, as labels have it (`name` or `NAME`); a store that selects by itself also
   * finds records that have it in their key alone.
   */
  readonly name?: string;
  /** Any of several releases, likewise. */
  readonly names?: readonly string[];
  /** Keep only records with another status than this (`status` / `STATUS` label, as stored). */
  readonly notStatus?: string;
}

/** What a watch tells of a store, without payloads. */
export type RecordEvent =
  /** All that there is: at first, and again whenever changes may have been missed. */
  | { readonly is: 'listed'; readonly records: readonly RecordMeta[] }
  | { readonly is: 'changed'; readonly record: RecordMeta }
  | { readonly is: 'removed'; readonly record: RecordMeta }
  /** The store can't be reached for a while; `back` when it can. */
  | { readonly is: 'lost'; readonly error: ReleasesError }
  | { readonly is: 'back' };

/** What was asked for and isn't in a store that is written as a whole: a release, or what a place has. */
export interface Missing {
  /** Empty for a place. */
  readonly name: string;
  /** The release's own. */
  readonly namespace: string;
  /** A place that was not looked into, or not wholly: nobody knows which releases it has. `configmap (Helm 2)` */
  readonly store?: string;
  /** Absent: all of it. */
  readonly revisions?: readonly number[];
  /** Safe to print once it is `printable`. */
  readonly why: string;
  /** It failed on the way: the same command again may bring it. */
  readonly unfinished?: true;
}

export interface Storage {
  /** The address it was opened with, for messages and the STORAGE column: `secret:NS`, `dir:PATH`. */
  readonly address: string;
  /** Kinds it holds; a new record takes the first. */
  readonly kinds: readonly RecordKind[];
  readonly capabilities: Capabilities;

  /**
   * Records, page by page, in no promised order. A record that is there and can't be read is
   * yielded as a `BadRecord`. Objects that aren't Helm's are left out.
   * @throws ReleasesError when the store itself can't be read (FORBIDDEN, UNREACHABLE, NOT_FOUND, …)
   */
  list(selection: Selection): AsyncIterable<readonly ReadRecord[]>;

  /** The same without payloads, where `capabilities.metadataOnly` makes that cheap. */
  listMeta(selection: Selection): AsyncIterable<readonly (RecordMeta | ReadRecord)[]>;

  /**
   * The records of one owner, and every change of theirs until `signal` ends it. Absent: the store tells
   * nobody of changes.
   * @throws ReleasesError, as `list` does; later only what lasts
   */
  watch?(
    selection: Selection & { readonly owner: Owner },
    signal: AbortSignal,
  ): AsyncIterable<RecordEvent>;

  /**
   * Everything that has a name in a storage namespace, Helm's or not, without payloads: a key may be taken by what
   * no list by labels shows. Absent: a list without an owner shows all there is.
   * @throws ReleasesError, as `list` does
   */
  listNames?(namespace: string): AsyncIterable<readonly RecordMeta[]>;

  /** One record, or undefined where there is none. */
  get(ref: RecordRef): Promise<ReadRecord | undefined>;

  /**
   * Writes a new record; never overwrites.
   * @throws ReleasesError EXISTS when a record of that name is there already
   */
  create(record: ReleaseRecord): Promise<void>;

  /**
   * Puts a record in the place of the very one that was read: `uid` and `resourceVersion` of `over`, where
   * set, must still hold. One of the two is there at any moment: type, payload and all labels and
   * annotations are the new one's, and what else the place has (owner references, finalizers) stays.
   * @throws ReleasesError NOT_FOUND, CONFLICT
   */
  replace(record: ReleaseRecord, over: RecordMeta): Promise<void>;

  /**
   * Removes the very record that was read: `uid` and `resourceVersion`, where set, must still hold.
   * @throws ReleasesError NOT_FOUND, CONFLICT
   */
  delete(record: RecordMeta): Promise<void>;

  /** Of a store on disk: its folder, the one file that is read like a folder, or its archive. */
  readonly files?: { readonly path: string; readonly is: 'folder' | 'file' | 'archive' };

  /** Of a store in a database: which one, for its address and its records don't say. */
  readonly database?: DatabasePlace;

  /**
   * For a store that is written as a whole: makes what was created durable, all at once, after
   * reading it back and comparing it. Until then none of it is there, and nothing may be deleted
   * elsewhere because of it; `get` and `list` show what was there before. Absent: every `create`
   * stands for itself.
   * @param missing what was asked for and isn't in it
   * @throws ReleasesError VERIFY, EXISTS, FILE
   */
  seal?(missing?: readonly Missing[]): Promise<void>;

  /** The path that `seal` gave it instead of its own, because it lacks something; undefined: its own. */
  sealedAs?(): string | undefined;

  /**
   * Why this record has no place in the store, beyond its size: `its name is longer than …`. Absent:
   * every record has one.
   */
  unholdable?(record: RecordMeta): string | undefined;

  /**
   * Why records can't be created in a namespace: `does not exist`, `is being deleted`. Undefined
   * where they can, or where the store can't tell. Absent for stores whose namespaces need no care.
   */
  closedNamespace?(namespace: string): Promise<string | undefined>;

  /**
   * Why a list may lack records that are there, after the store's address: `shows this user only a part`.
   * Undefined where it lacks none. Absent: what a store can't show is an error.
   */
  partly?(): Promise<string | undefined>;

  /**
   * Why records can't be deleted from this store at all, after its address: `is a file, which is
   * only read`. Undefined where they can, or where the store can't tell beforehand.
   */
  undeletable?(): Promise<string | undefined>;
}

/** Whether Helm itself works with what is there: then live objects are beside its records. */
export function isLive({ capabilities, kinds }: Pick<Storage, 'capabilities' | 'kinds'>): boolean {
  return capabilities.inCluster || kinds.includes('SQL');
}
