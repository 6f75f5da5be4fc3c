/**
 * Whose record is it? The one answer, from all of its parts: the key, the labels, and the content where it
 * was opened. docs/whose-record.md has the rule and its table.
 *
 * Helm finds records by their name label and believes the content; a revision that somebody names it gets
 * by the key (pkg/storage/storage.go and pkg/storage/driver/secrets.go of Helm 3 and 4, cfgmaps.go of
 * Helm 2). So each of these parts can name a release, and a record whose parts differ names several: it
 * ties them. The version label is never read, nor is a Secret's type.
 */
import { printable } from './errors.ts';
import {
  identify,
  type Owner,
  ownerOf,
  type RecordMeta,
  saidByKey,
  saidByLabels,
  unknownRevision,
} from './record.ts';
import type { Release } from './release.ts';

/** What of a content says whose it is. */
export type Content = Pick<Release, 'helm' | 'name' | 'revision' | 'info'>;

/**
 * - `name`: its parts name several releases;
 * - `revision`: key and content differ;
 * - `key`: no Helm gives a record such a name, so that it is found by its labels alone;
 * - `owner`: it is found by its key alone;
 * - `version label`, `status`: Helm reads neither to tell whose record it is.
 */
export type Part = 'name' | 'revision' | 'key' | 'owner' | 'version label' | 'status';

export interface Disagreement {
  readonly part: Part;
  /** Safe to print, no trailing full stop. */
  readonly message: string;
}

export interface Attribution {
  readonly owner: Owner;
  /** Every release that it names: the name label's first, then the content's, then the key's. */
  readonly names: readonly string[];
  /** As Helm shows it: the content's, else the key's, else the version label's. */
  readonly revision: number | undefined;
  readonly disagreements: readonly Disagreement[];
}

/** @param content absent: it can't be read, or hasn't been */
export function attribute(record: RecordMeta, content?: Content): Attribution {
  const owner = content ? writerOf(content) : ownerOf(record);
  const key = saidByKey(owner, record.key);
  const label = saidByLabels(owner, record);
  const identity = identify(record);
  const names = [label.name, content?.name, key?.name].filter((name) => name);
  const told = 'revision' in identity ? identity.revision : unknownRevision;
  const revision = content?.revision ?? key?.revision ?? told;
  return {
    owner,
    names: [...new Set(names)] as string[],
    revision: revision === unknownRevision ? undefined : revision,
    disagreements: [
      ...ownerLabel(owner, label.owner, record.anyOwner === true),
      ...(key ? [] : [{ part: 'key', message: 'its name is not one that Helm gives a record' }]),
      ...nameParts(key?.name, label.name, content?.name),
      ...revisionParts(key?.revision, label.version, content?.revision),
      ...(content ? statusParts(owner, label.status, content) : []),
    ] as Disagreement[],
  };
}

/** Helm 4 writes Helm 3's records. */
export function writerOf({ helm }: Pick<Content, 'helm'>): Owner {
  return helm === 2 ? 'tiller' : 'helm';
}

/**
 * Whether a Helm that reads such content would look at this record at all, or another one that can't make
 * anything of it.
 */
export function mayHold(record: RecordMeta, writer: Owner): boolean {
  const { labels, key, type } = record;
  const owner = ownerOf(record);
  if (owner === writer) return true;
  if (writer === 'helm' ? labels.owner === 'helm' : labels.OWNER === 'TILLER') return true;
  // Where nothing says whose it is, the content does.
  const isHelms = labels.owner === 'helm' || type?.startsWith('helm.sh/') === true;
  return !isHelms && labels.OWNER !== 'TILLER' && saidByKey(owner, key) === undefined;
}

/**
 * Those that matter to whoever deletes, renames or rewrites a record: some Helm would find another record
 * afterwards, or none.
 */
export function serious(disagreements: readonly Disagreement[]): readonly Disagreement[] {
  return disagreements.filter(({ part }) => part !== 'version label' && part !== 'status');
}

/** `its key says revision 2, its content 6; its status label says …`; '' where all agree. */
export function disagreementText(disagreements: readonly Disagreement[]): string {
  return disagreements.map(({ message }) => message).join('; ');
}

function ownerLabel(owner: Owner, label: string | undefined, anyOwner: boolean): Disagreement[] {
  const want = owner === 'helm' ? 'helm' : 'TILLER';
  if (label === undefined || label === want || (anyOwner && owner === 'tiller')) return [];
  return [{ part: 'owner', message: 'its owner label names neither Helm nor Tiller' }];
}

function nameParts(
  key: string | undefined,
  label: string | undefined,
  content: string | undefined,
): Disagreement[] {
  const said = [
    ['key', key],
    ['name label', label],
    ['content', content],
  ].flatMap(([part, name]) => (name === undefined ? [] : [[part, name] as const]));
  if (new Set(said.map(([, name]) => name)).size < 2) return [];
  const parts = said.map(([part, name]) => `its ${part} names ${printable(name, 60) || 'nothing'}`);
  return [{ part: 'name', message: parts.join(', ') }];
}

function revisionParts(
  key: number | undefined,
  label: string | undefined,
  content: number | undefined,
): Disagreement[] {
  if (key !== undefined && content !== undefined && key !== content)
    return [{ part: 'revision', message: `its key says revision ${key}, its content ${content}` }];
  const is = content ?? key;
  if (label === undefined || is === undefined || label === String(is)) return [];
  const message = `its version label says ${printable(label, 20)}, and it is revision ${is}`;
  return [{ part: 'version label', message }];
}

function statusParts(owner: Owner, label: string | undefined, { info }: Content): Disagreement[] {
  // A Helm 2 record may hold no status at all.
  if (info === undefined || info.hasStatus === false) return [];
  const { status } = info;
  if (label === undefined || stateOfLabel(owner, label) === status) return [];
  const message = `its status label says ${printable(label, 40)}, its content ${printable(status, 40)}`;
  return [{ part: 'status', message }];
}

/** A status label in Helm 3's words; Helm 2's codes (hapi/release/status.pb.go) map one to one. */
export function stateOfLabel(owner: Owner, label: string): string {
  if (owner === 'helm') return label;
  if (label === 'DELETED') return 'uninstalled';
  return label === 'DELETING' ? 'uninstalling' : label.toLowerCase().replaceAll('_', '-');
}
