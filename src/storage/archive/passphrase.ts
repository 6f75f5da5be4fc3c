/**
 * A passphrase in age's format: https://github.com/C2SP/C2SP/blob/main/age.md, "The scrypt recipient type".
 *
 * age's library derives the key in JavaScript, for seconds in which no signal is heard. The runtime's own
 * scrypt takes a tenth of that, in a thread beside.
 */
import { randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { type Identity, type Recipient, Stanza } from 'age-encryption';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

const label = 'age-encryption.org/v1/scrypt';
/** N is a power of two. age writes 2^18, which takes 256 MiB; four times as much is read. */
const maxWorkFactor = 20;
/** Tests of the source say another one: what they look at is not how long it takes. No build has it. */
declare const __WORK_FACTOR__: number | undefined;
const workFactor = typeof __WORK_FACTOR__ === 'number' ? __WORK_FACTOR__ : 18;
const [saltSize, keySize, tagSize] = [16, 32, 16];
const fileKeySize = 16;

/** What a new archive is encrypted for. */
export function passphraseRecipient(passphrase: string): Recipient {
  return {
    async wrapFileKey(fileKey) {
      const salt = randomBytes(saltSize);
      const key = await keyOf(passphrase, salt, workFactor);
      const args = ['scrypt', unpadded(salt), String(workFactor)];
      return [new Stanza(args, cipher(key).encrypt(fileKey))];
    },
  };
}

/** What opens an archive; null where another passphrase made it, or something that isn't one. */
export function passphraseIdentity(passphrase: string): Identity {
  return {
    async unwrapFileKey(stanzas) {
      const [stanza] = stanzas;
      // Another recipient beside it could have been added by anybody: the specification refuses it.
      if (stanza === undefined || stanzas.length > 1 || stanza.args[0] !== 'scrypt') return null;
      const [, saltText = '', factorText = '', ...more] = stanza.args;
      const salt = Buffer.from(saltText, 'base64');
      if (more.length > 0 || salt.length !== saltSize || unpadded(salt) !== saltText) return null;
      const factor = /^[1-9][0-9]?$/.test(factorText) ? Number(factorText) : Number.NaN;
      if (!(factor <= maxWorkFactor) || stanza.body.length !== fileKeySize + tagSize) return null;
      try {
        return cipher(await keyOf(passphrase, salt, factor)).decrypt(stanza.body);
      } catch {
        return null;
      }
    },
  };
}

function keyOf(passphrase: string, salt: Buffer, factor: number): Promise<Buffer> {
  const N = 2 ** factor;
  const r = 8;
  // What it needs is 128 * N * r bytes and a little.
  const options = { N, r, p: 1, maxmem: 129 * N * r };
  return derive(passphrase, Buffer.concat([Buffer.from(label), salt]), keySize, options);
}

/** Each key seals one file key only, so the nonce is zero. */
function cipher(key: Buffer) {
  return chacha20poly1305(key, Buffer.alloc(12));
}

/** Base64 without its padding. */
function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
