/** What a migration starts from, where it goes, and what was decided about it. */
import type { Serves } from '../../objects/discovery.ts';
import type { RecordKind, RecordMeta } from '../../record.ts';
import type { Release } from '../../release.ts';
import type { Ancestor } from '../compare/lineage.ts';
import type { KeptRecord } from '../spool.ts';

/** A Helm 2 release as it was found: all its records in one store. */
export interface SourceRelease {
  readonly from: string;
  /** Why nothing can be deleted from its store, after the store's address. */
  readonly undeletable?: string;
  readonly name: string;
  readonly records: readonly KeptRecord[];
}

/** Where and under which names converted records go. */
export interface Placement {
  readonly kind: RecordKind;
  /** A fixed storage namespace; absent: each release's own. */
  readonly storageNamespace?: string;
  /** Another name for the release: in its content, its labels and its key. */
  readonly name?: string;
  /** Another release namespace, likewise. */
  readonly namespace?: string;
}

/** What the target is and already holds. */
export interface Target extends Placement {
  readonly address: string;
  readonly maxRecordBytes: number | undefined;
  /** Why the store has no place for a record, whatever its payload: see `Storage`. */
  readonly unholdable?: (record: RecordMeta) => string | undefined;
  /** The records that are there already under a key that the plan would write, by `refId`. */
  readonly taken: ReadonlyMap<string, KeptRecord>;
  /** All Helm 3 and 4 records of the release names in question. */
  readonly present: readonly RecordMeta[];
  /**
   * The newest revision that is there under a name: by `lineageId`, where none of its records is under a
   * key of ours.
   */
  readonly lineages: ReadonlyMap<string, Ancestor>;
  /** Namespaces that can't be written to, and why: `does not exist`, `is being deleted`. */
  readonly closedNamespaces: ReadonlyMap<string, string>;
  /** The flags by which kubectl finds the cluster that releases go to: ` --context new`; absent: none. */
  readonly clusterFlags?: string;
  /** The API server's answer, where releases go into a cluster; without it removed APIs aren't looked for. */
  readonly serves?: Serves;
}

export interface Options2to3 {
  readonly deleteSources: boolean;
  /** What becomes of a newest revision that is pending: Helm 3 would block on it. */
  readonly resolvePending?: 'failed' | 'deployed';
  /** Of several deployed revisions only the newest stays so. */
  readonly markSuperseded: boolean;
  /** How many revisions of a release move, from the newest; absent: all. */
  readonly maxRevisions?: number;
}

/** What a release is called in the target, and where its records lie there. */
export function placed(
  { name, namespace }: Pick<Release, 'name' | 'namespace'>,
  placement: Placement,
): { readonly name: string; readonly namespace: string; readonly storageNamespace: string } {
  const own = placement.namespace ?? namespace;
  return {
    name: placement.name ?? name,
    namespace: own,
    storageNamespace: placement.storageNamespace ?? own,
  };
}

/** Names a release in a target, for `lineages`. */
export function lineageId(storageNamespace: string, name: string): string {
  return `${storageNamespace}/${name}`;
}
