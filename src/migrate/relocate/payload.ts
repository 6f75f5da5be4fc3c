/** What a payload becomes when its release gets another name or namespace. */
import { decodePayload, encodePayload } from '../../codecs/index.ts';
import type { Rename } from '../plan.ts';

/**
 * The payload under a new name: name and namespace change in it, and nothing else does.
 * @throws UnreadableError
 */
export function renamedPayload(payload: string, { name, namespace }: Rename): string {
  const release = decodePayload(payload);
  const format = release.helm === 2 ? 'helm2' : 'helm3';
  return encodePayload(format, { ...release, name, namespace });
}
