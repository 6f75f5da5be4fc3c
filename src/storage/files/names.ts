/**
 * The file a new record is written to: `NAMESPACE/KIND-KEY.yaml`. Keys and namespaces are hostile
 * until checked, so whatever isn't plainly harmless on every file system is replaced, and a hash of
 * the true name keeps the result unique.
 */
import { createHash } from 'node:crypto';
import { isDevice } from '../../fileNames.ts';
import type { RecordRef } from '../../record.ts';

/** A path below the store's folder, with `/` between its two parts. */
export function fileFor({ kind, namespace, key }: RecordRef): string {
  // No Kubernetes namespace has an underscore, so this folder is nobody else's.
  const folder = namespace === '' ? '_none' : safeName(namespace, 63);
  return `${folder}/${kind.toLowerCase()}-${safeName(key, 180)}.yaml`;
}

/**
 * Lower case only: upper and lower case are the same file on many machines, and Helm 2 allowed
 * both in names. `~` marks a replaced name, and can't be part of one that was kept.
 */
function safeName(text: string, max: number): string {
  const plain = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(text) && !isDevice(text);
  if (plain && text.length <= max) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const rest = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 60);
  return `${rest || '_'}~${hash}`;
}
