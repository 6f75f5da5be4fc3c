/** A passphrase's archives as age's own library writes and reads them. */
import { Decrypter, Encrypter } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { decrypted, encrypt } from '../../src/storage/archive/age.ts';
import type { Bytes } from '../../src/storage/archive/bytes.ts';

const text = Buffer.from('what is sealed');
const bytesOfBuffer = (whole: Buffer): Bytes => ({
  size: whole.length,
  read: async (at, length) => whole.subarray(at, at + length),
  close: async () => {},
});
const passphrase = 'hörse battery 🐎';

describe('a passphrase', () => {
  it("opens in age's library what is written here", async () => {
    const plain = new Blob([text]).stream();
    const stream = await encrypt(plain as ReadableStream<Uint8Array>, { passphrase });
    const sealed = Buffer.from(await new Response(stream).arrayBuffer());
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    expect(Buffer.from(await decrypter.decrypt(sealed))).toEqual(text);
  });

  it("opens here what age's library writes, and nothing else does", async () => {
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(12);
    encrypter.setPassphrase(passphrase);
    const sealed = bytesOfBuffer(Buffer.from(await encrypter.encrypt(text)));
    const opened = await decrypted(sealed, { passphrase });
    expect(await opened.read(0, opened.size)).toEqual(text);
    await expect(decrypted(sealed, { passphrase: 'horse' })).rejects.toMatchObject({
      code: 'UNREADABLE',
    });
  });

  it.each([
    ['work that takes gigabytes', (header: string) => header.replace(/ 12\n/, ' 21\n')],
    ['no work', (header: string) => header.replace(/ 12\n/, ' 0\n')],
    ['a factor with a sign', (header: string) => header.replace(/ 12\n/, ' +12\n')],
    ['a shorter salt', (header: string) => header.replace(/scrypt (.{4}).*? /, 'scrypt $1 ')],
    ['two of them', (header: string) => header.replace(/(-> .*\n.*\n)/, '$1$1')],
  ])('is refused with %s, before any work', async (_what, forge) => {
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(12);
    encrypter.setPassphrase(passphrase);
    const sealed = Buffer.from(await encrypter.encrypt(text)).toString('latin1');
    const forged = bytesOfBuffer(Buffer.from(forge(sealed), 'latin1'));
    expect(forge(sealed)).not.toBe(sealed);
    await expect(decrypted(forged, { passphrase })).rejects.toMatchObject({ code: 'UNREADABLE' });
  });
});
