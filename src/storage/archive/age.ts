/**
 * Archives in age's format, so that `age -d` opens them too: https://age-encryption.org/v1
 *
 * The library reads and writes headers and encrypts; a passphrase's key is derived in passphrase.ts, and a
 * payload is decrypted here, a chunk at a time and in any order, because the library can only go through
 * it from the start.
 */
import { hkdfSync } from 'node:crypto';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { Decrypter, Encrypter } from 'age-encryption';
import { ReleasesError } from '../../errors.ts';
import type { Bytes } from './bytes.ts';
import { passphraseIdentity, passphraseRecipient } from './passphrase.ts';

/** How a new archive is encrypted: one passphrase, or one or several `age1…` recipients. */
export type Encryption =
  | { readonly passphrase: string }
  | { readonly recipients: readonly string[] };

/** What opens an encrypted archive. */
export interface Keys {
  /** As it is, or asked for when it turns out that an archive needs one; undefined: there is none. */
  readonly passphrase?: string | (() => Promise<string | undefined>);
  /** `AGE-SECRET-KEY-1…` */
  readonly identities?: readonly string[];
}

const intro = Buffer.from('age-encryption.org/v1\n');
/** Some twenty recipients' worth; a longer header is somebody's trap. */
const maxHeader = 64 * 1024;
const chunkSize = 64 * 1024;
const tagSize = 16;
const nonceSize = 16;

export async function isAge(bytes: Bytes): Promise<boolean> {
  return bytes.size > intro.length && (await bytes.read(0, intro.length)).equals(intro);
}

/** @throws ReleasesError USAGE for a recipient that isn't one */
export async function encrypt(
  plain: ReadableStream<Uint8Array>,
  encryption: Encryption,
): Promise<ReadableStream<Uint8Array>> {
  const encrypter = new Encrypter();
  if ('passphrase' in encryption)
    encrypter.addRecipient(passphraseRecipient(encryption.passphrase));
  else for (const recipient of encryption.recipients) addRecipient(encrypter, recipient);
  return encrypter.encrypt(plain);
}

/** @throws ReleasesError USAGE for a recipient that isn't one */
export function checkRecipients(recipients: readonly string[]): void {
  const encrypter = new Encrypter();
  for (const recipient of recipients) addRecipient(encrypter, recipient);
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(recipient);
  } catch {
    // It may be a secret key, or a passphrase, and isn't shown.
    const secret = /^AGE-SECRET-KEY-/i.test(recipient);
    throw new ReleasesError('USAGE', 'what --recipient gives is no recipient of age: age1…', {
      hints: secret ? ['that is a secret key: age-keygen -y FILE prints its recipient'] : [],
    });
  }
}

/**
 * The plain bytes behind an encrypted archive.
 * @throws ReleasesError USAGE without keys, UNREADABLE with the wrong ones or a damaged header
 */
export async function decrypted(bytes: Bytes, keys: Keys): Promise<Bytes> {
  const headerSize = await findPayload(bytes);
  const fileKey = await openHeader(await bytes.read(0, headerSize), keys);
  if (bytes.size < headerSize + nonceSize + tagSize) throw damaged();
  const nonce = await bytes.read(headerSize, nonceSize);
  const key = Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
  const start = headerSize + nonceSize;
  const chunks = Math.ceil((bytes.size - start) / (chunkSize + tagSize));
  const lastSize = bytes.size - start - (chunks - 1) * (chunkSize + tagSize);
  if (lastSize <= tagSize && chunks > 1) throw damaged();
  let held: { readonly at: number; readonly text: Buffer } | undefined;

  async function chunkAt(at: number): Promise<Buffer> {
    if (held?.at === at) return held.text;
    const last = at === chunks - 1;
    const sealed = await bytes.read(
      start + at * (chunkSize + tagSize),
      last ? lastSize : chunkSize + tagSize,
    );
    held = { at, text: openChunk(key, at, last, sealed) };
    return held.text;
  }
  // Only the true last chunk opens as one: what was cut off at a chunk's end is noticed here.
  await chunkAt(chunks - 1);
  return {
    size: (chunks - 1) * chunkSize + lastSize - tagSize,
    async read(at, length) {
      const parts: Buffer[] = [];
      for (let done = 0; done < length; ) {
        const from = (at + done) % chunkSize;
        const text = await chunkAt(Math.floor((at + done) / chunkSize));
        const part = text.subarray(from, from + length - done);
        if (part.length === 0) throw damaged();
        parts.push(part);
        done += part.length;
      }
      return Buffer.concat(parts);
    },
    close: () => bytes.close(),
  };
}

/** The header is text; its last line begins with three dashes. */
async function findPayload(bytes: Bytes): Promise<number> {
  const head = await bytes.read(0, Math.min(bytes.size, maxHeader));
  const line = head.indexOf('\n--- ');
  const end = line < 0 ? -1 : head.indexOf('\n', line + 1);
  if (end < 0) throw damaged();
  return end + 1;
}

async function openHeader(header: Buffer, keys: Keys): Promise<Uint8Array> {
  const withPassphrase = header.includes('\n-> scrypt ');
  const decrypter = new Decrypter();
  if (withPassphrase) {
    const { passphrase } = keys;
    const known = typeof passphrase === 'function' ? await passphrase() : passphrase;
    if (known === undefined)
      throw new ReleasesError('USAGE', 'the archive is encrypted with a passphrase', {
        hints: ['--passphrase-file FILE, --passphrase-env NAME, or a terminal to type it into'],
      });
    decrypter.addIdentity(passphraseIdentity(known));
  } else {
    const { identities = [] } = keys;
    if (identities.length === 0)
      throw new ReleasesError('USAGE', 'the archive is encrypted for an age recipient', {
        hints: ['--identity FILE, with the AGE-SECRET-KEY that belongs to it'],
      });
    for (const identity of identities) addIdentity(decrypter, identity);
  }
  try {
    return await decrypter.decryptHeader(header);
  } catch {
    const key = withPassphrase ? 'passphrase' : 'identity';
    throw new ReleasesError('UNREADABLE', `the archive does not open with this ${key}`);
  }
}

function addIdentity(decrypter: Decrypter, identity: string): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    throw new ReleasesError('USAGE', 'an identity is not one of age: AGE-SECRET-KEY-1…');
  }
}

function openChunk(key: Buffer, at: number, last: boolean, sealed: Buffer): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(at, 5, 6);
  nonce[11] = last ? 1 : 0;
  try {
    // age's own library brings it; Bun's node:crypto doesn't have this cipher.
    return Buffer.from(chacha20poly1305(key, nonce).decrypt(sealed));
  } catch {
    throw damaged();
  }
}

function damaged(): ReleasesError {
  return new ReleasesError('UNREADABLE', 'the encrypted archive is damaged or cut short');
}
