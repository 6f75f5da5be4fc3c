/**
 * Whose record a file that can't be read held, as its name says it: `fileFor` (names.ts) gives each record a file
 * of its own, and who dumps records one by one names the files after them. Whatever became of such a file, its
 * release is not whole without it.
 */
import { helm3KeyPrefix, type RecordKind } from '../../record.ts';
import { isNamespace } from './damaged.ts';

export interface SaidByFile {
  readonly key: string;
  /** Absent: nothing says it. */
  readonly kind?: RecordKind;
  /** Its folder's name, where that may be the record's namespace. */
  readonly namespace?: string;
  /** Its name goes on after `.yaml`: somebody's copy, or one that was packed. */
  readonly isAside: boolean;
}

const given = /^(?:(secret|configmap)-)?(.+\.v[0-9]{1,10})\.(?:ya?ml|json)(~|\..+)?$/i;

/** @param path relative to the root, with `/` */
export function saidByFile(path: string): SaidByFile | undefined {
  const [file = '', folder = ''] = path.split('/').reverse();
  const [, prefix, key, rest] = given.exec(file) ?? [];
  if (key === undefined) return undefined;
  const kind = prefix && (prefix.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap');
  const namespace = folder === '_none' ? '' : isNamespace(folder) ? folder : undefined;
  // Any file may be called `api.v2.yaml`.
  if (!key.startsWith(helm3KeyPrefix) && !(kind && namespace !== undefined)) return undefined;
  return {
    ...{ key, isAside: rest !== undefined },
    ...(kind && { kind }),
    ...(namespace !== undefined && { namespace }),
  };
}

/** Whether the text names an object, and another one: what else is in a folder may be called like a record. */
export function namesAnother(text: string, { key }: SaidByFile): boolean {
  if (key.startsWith(helm3KeyPrefix)) return false;
  const named = [...text.matchAll(/(?:^|[\s{,])"?name"?[ \t]*:[ \t]*["']?([^\s"',}]+)/g)];
  return named.length > 0 && named.every(([, name]) => name !== key);
}
