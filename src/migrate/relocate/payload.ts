/** What a payload becomes when its release gets another name or namespace, and how it's told apart. */
import { createHash } from 'node:crypto';
import { decodePayload, encodePayload } from '../../codecs/index.ts';
import type { Rename } from '../plan.ts';

/** SHA-256 of a payload's text, in hexadecimal. */
export function digestOf(payload: string): string {
  return createHash('sha256').update(payload).digest('hex');
}

/**
 * The payload under a new name: name and namespace change in it, and nothing else does.
 * @throws UnreadableError
 */
export function renamedPayload(payload: string, { name, namespace }: Rename): string {
  const release = decodePayload(payload);
  const format = release.helm === 2 ? 'helm2' : 'helm3';
  return encodePayload(format, { ...release, name, namespace });
}
