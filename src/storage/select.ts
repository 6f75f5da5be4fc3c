/** Selections, for stores that hold their records themselves and can't leave it to a server. */
import { helm3KeyPrefix, ownerOf, type RecordMeta, saidByKey, saidByLabels } from '../record.ts';
import { matchesSelector } from './labels.ts';
import type { Selection } from './storage.ts';

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
    if (isHelm3s(record) || !matchesSelector(selection.labels, labels)) return false;
  } else if (owner !== undefined && is !== owner) return false;
  const said = saidByLabels(selection.labels ? 'tiller' : is, record);
  const hasStatus = said.status;
  const inKey = saidByKey(is, record.key)?.name;
  const isNamed = (one: string) => said.name === one || inKey === one;
  if (name !== undefined && !isNamed(name)) return false;
  if (names && !names.some(isNamed)) return false;
  return notStatus === undefined || hasStatus !== notStatus;
}

/** Surely no record of Helm 2's, whatever its labels say. */
export function isHelm3s({ key, type }: RecordMeta): boolean {
  return key.startsWith(helm3KeyPrefix) || type?.startsWith('helm.sh/') === true;
}
