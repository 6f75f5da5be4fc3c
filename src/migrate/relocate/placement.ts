/** Where a record goes and what it is called there: pure. */
import {
  helm3SecretType,
  type Identity,
  type RecordKind,
  type RecordMeta,
  type RecordRef,
  recordKey,
} from '../../record.ts';
import type { Rename } from '../plan.ts';

/** What a relocation was told about places and names. */
export interface Relocation {
  /** What a new record is; absent: what it was, as in folders and archives. */
  readonly kind?: RecordKind;
  /** One storage namespace for all. */
  readonly storageNamespace?: string;
  /** The target keeps Helm 3's and 4's records in each release's own namespace. */
  readonly own: boolean;
  /** Another name, for one release. */
  readonly name?: string;
  /** Another namespace, for one release. */
  readonly namespace?: string;
  /** From old to new namespaces: of releases, and of the records that lie in them. */
  readonly namespaces: ReadonlyMap<string, string>;
}

export interface Place {
  readonly meta: RecordRef & Pick<RecordMeta, 'labels' | 'type' | 'immutable'>;
  /** Absent where name and namespace stay: then the payload stays, too. */
  readonly rename?: Rename;
}

export interface Whose {
  /** The release's own, as its content has it; absent where that can't be read. */
  readonly namespace?: string | undefined;
  /** The one in which Helm finds the record, where it lies where Helm looks: that goes before what content says. */
  readonly home?: string | undefined;
}

/** @param source the record as it is */
export function placeOf(
  source: RecordMeta,
  { owner, name, revision }: Identity,
  { namespace, home }: Whose,
  relocation: Relocation,
): Place {
  const mapped = (one: string) => relocation.namespaces.get(one) ?? one;
  const newName = relocation.name ?? name;
  const newNamespace =
    relocation.namespace ?? (namespace === undefined ? undefined : mapped(namespace));
  const kind = kindFor(source.kind, relocation.kind);
  const beside = source.namespace === namespace && newNamespace !== undefined;
  const follows = beside ? newNamespace : mapped(source.namespace);
  const said = relocation.own && owner === 'helm' ? (newNamespace ?? follows) : follows;
  const own = home === undefined ? said : (relocation.namespace ?? mapped(home));
  // Helm 2's table in a database knows no namespaces.
  const nowhere = kind === 'SQL' && owner === 'tiller';
  const labelName = owner === 'helm' ? 'name' : 'NAME';
  const renamed = newName !== name || (newNamespace !== undefined && newNamespace !== namespace);
  return {
    meta: {
      kind,
      namespace: nowhere ? '' : (relocation.storageNamespace ?? own),
      key: newName === name ? source.key : recordKey(owner, newName, revision),
      labels: newName === name ? source.labels : { ...source.labels, [labelName]: newName },
      ...typeFor(kind, owner, source),
      // A row is nothing that could be.
      ...(source.immutable && kind !== 'SQL' && { immutable: true }),
    },
    ...(renamed && { rename: { name: newName, namespace: newNamespace ?? '' } }),
  };
}

/** A row of a database becomes a Secret where there are no rows. */
function kindFor(was: RecordKind, wanted: RecordKind | undefined): RecordKind {
  return wanted ?? (was === 'SQL' ? 'Secret' : was);
}

function typeFor(kind: RecordKind, owner: string, source: RecordMeta): { type?: string } {
  if (kind === 'ConfigMap' || (kind === 'SQL' && owner === 'tiller')) return {};
  const kept = source.kind === kind ? source.type : undefined;
  return { type: kept ?? (owner === 'helm' ? helm3SecretType : 'Opaque') };
}
