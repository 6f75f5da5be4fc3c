/** What `decode` and `encode` are given: a file or a pipe, and in it a record in one of many forms. */

import { decodeBase64 } from '../../codecs/envelope.ts';
import { ReleasesError, typed } from '../../errors.ts';
import { fileJsonLimits, scanJson } from '../../go/json/bounds.ts';
import { isObject } from '../../go/json/write.ts';
import { readNamed } from '../../namedFile.ts';
import type { IO } from '../../output/terminal/io.ts';
import type { ReadRecord } from '../../record.ts';
import { decodeText, maxFileBytes } from '../../storage/files/folder.ts';
import { readManifests } from '../../storage/files/manifests.ts';
import { reasonOf } from '../../systemErrors.ts';

export interface Input {
  /** For messages. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** The name of what isn't a file. */
export const standardInput = 'standard input';

/**
 * @param file absent and `-` are the standard input
 * @param example a command line that pipes something sensible into this one
 * @throws ReleasesError USAGE for a terminal, NOT_FOUND, FILE
 */
export async function readInput(file: string | undefined, io: IO, example: string): Promise<Input> {
  if (file === undefined || file === '-') {
    if (io.stdin.isTTY)
      throw new ReleasesError('USAGE', 'nothing is piped in, and no file is named', {
        hints: [example],
      });
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of io.stdin) {
      parts.push(Buffer.from(part));
      size += parts.at(-1)?.length ?? 0;
      if (size > maxFileBytes) throw tooLarge('the standard input');
    }
    return { name: standardInput, bytes: Buffer.concat(parts) };
  }
  try {
    return { name: file, bytes: await readNamed(file, maxFileBytes) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    if (code === 'TOO_LARGE') throw tooLarge(typed(file, 200));
    const missing = code === 'ENOENT';
    const what = missing ? 'is not there' : `can't be read: ${reasonOf(code)}`;
    throw new ReleasesError(missing ? 'NOT_FOUND' : 'FILE', `${typed(file, 200)} ${what}`);
  }
}

function tooLarge(what: string): ReleasesError {
  return new ReleasesError('FILE', `${what} holds more than ${maxFileBytes / 2 ** 20} MiB`);
}

/** A payload without the object around it, or the records that manifests hold. */
export type Given =
  | { readonly is: 'payload'; readonly payload: string }
  /** `nameless`: nothing in it says that it is a record. */
  | { readonly is: 'records'; readonly records: readonly ReadRecord[]; readonly nameless: boolean };

/**
 * Recognised by what it is: the value of a record's `release` key, with or without the base64 that
 * Kubernetes adds; what is inside of it, gzipped or not; or manifests as kubectl prints them.
 */
export function recognise({ name, bytes }: Input): Given {
  const inner = (data: Buffer): Given => ({ is: 'payload', payload: data.toString('base64') });
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return inner(bytes);
  const text = decodeText(bytes);
  const bare = text.replace(/\s+/g, '');
  if (bare.length >= 16 && isBase64(bare)) {
    const once = Buffer.from(bare, 'base64').toString('latin1');
    return { is: 'payload', payload: once.length >= 16 && isBase64(once) ? once : bare };
  }
  // Texts have no such bytes, and protobuf always has.
  if (/[\u0000-\u0008\u000e-\u001f]/.test(text.slice(0, 4096))) return inner(bytes);
  if (isReleaseJson(text)) return inner(Buffer.from(text.trim()));
  const found = readManifests(text, name, isJsonText(text));
  const nameless = found.every((one) => one.nameless === true);
  return { is: 'records', records: found.map(({ record }) => record), nameless };
}

/** Documents in the style of JSON between `---` are YAML all the same. */
export function isJsonText(text: string): boolean {
  return /^\s*[{[]/.test(text) && !/^---/m.test(text);
}

function isBase64(text: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  try {
    return decodeBase64(text).length > 0;
  } catch {
    return false;
  }
}

/** What Helm 3 packs: an object with a chart or an info, which no manifest has. */
function isReleaseJson(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    scanJson(Buffer.from(text), fileJsonLimits(text.length));
    const json: unknown = JSON.parse(text);
    if (!isObject(json) || typeof json.kind === 'string') return false;
    return ['info', 'chart', 'manifest'].some((member) => Object.hasOwn(json, member));
  } catch {
    return false;
  }
}
