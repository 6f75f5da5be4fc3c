/** Selections, for stores that hold their records themselves and can't leave it to a server. */
import { helm3KeyPrefix, type Owner, type RecordMeta } from '../record.ts';
import { matchesSelector } from './labels.ts';
import type { Selection } from './storage.ts';

/** Whose record it is by its labels, or, where somebody stripped them, by its type and key. */
export function ownerOf({ labels, key, type }: RecordMeta): Owner {
  if (labels.owner === 'helm') return 'helm';
  if (labels.OWNER === 'TILLER') return 'tiller';
  return key.startsWith(helm3KeyPrefix) || type?.startsWith('helm.sh/') ? 'helm' : 'tiller';
}

/**
 * True when everything that the selection names holds for the record. The name may stand in its label
 * or in its key: where they disagree, it's for the reader to say. A missing status never equals, as in
 * a label selector.
 */
export function isSelected(record: RecordMeta, selection: Selection): boolean {
  const { namespace, owner, name, names, notStatus } = selection;
  if (namespace !== undefined && record.namespace !== namespace) return false;
  const is = ownerOf(record);
  const { labels } = record;
  if (selection.labels) {
    if (is !== 'tiller' || !matchesSelector(selection.labels, labels)) return false;
  } else if (owner !== undefined && is !== owner) return false;
  const [hasName, hasStatus] =
    is === 'helm' ? [labels.name, labels.status] : [labels.NAME, labels.STATUS];
  const isNamed = (one: string) => hasName === one || nameInKey(record.key) === one;
  if (name !== undefined && !isNamed(name)) return false;
  if (names && !names.some(isNamed)) return false;
  return notStatus === undefined || hasStatus !== notStatus;
}

/** The release's name, as far as a record's key alone tells. */
export function nameInKey(key: string): string {
  const rest = key.startsWith(helm3KeyPrefix) ? key.slice(helm3KeyPrefix.length) : key;
  return rest.replace(/\.v[0-9]+$/, '');
}
