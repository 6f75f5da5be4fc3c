/** Passphrases typed into a terminal: never shown, editable, and given up with Ctrl-C. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { encryptionOf, keysOf } from '../../src/commands/stores/archiveKeys.ts';
import { askSecret } from '../../src/output/terminal/askSecret.ts';
import type { IO } from '../../src/output/terminal/io.ts';
import { captureIO } from './cli-io.ts';

/** A terminal on which somebody types; `raw` is what mode it was in, in turn. */
function terminal(...typed: readonly string[]) {
  const captured = captureIO();
  const raw: boolean[] = [];
  const keys = [...typed];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(on: boolean) {
      raw.push(on);
      const next = on ? keys.shift() : undefined;
      if (next !== undefined) setImmediate(() => stdin.write(next));
    },
  });
  const stderr = { ...captured.stderr, isTTY: true };
  const io: IO = { ...captured, stdin, stderr };
  return { io, raw, shown: () => captured.out() + captured.err() };
}

describe('a passphrase that is typed', () => {
  it('is taken with its corrections, and never shown', async () => {
    const { io, raw, shown } = terminal('open sesamee\u007f!\r');
    expect(await askSecret('Passphrase', io)).toBe('open sesame!');
    expect(raw).toEqual([true, false]);
    expect(shown()).toBe('Passphrase: \n');
  });

  it('is not asked for where nobody could type it', async () => {
    const io = captureIO();
    expect(await askSecret('Passphrase', io)).toBeUndefined();
    expect(io.err()).toBe('');
    await expect(encryptionOf({ 'ask-passphrase': true }, io)).rejects.toThrow(/no terminal/);
  });

  it('is given up with Ctrl-C, and the terminal is as it was', async () => {
    const { io, raw } = terminal('open\u0003');
    await expect(askSecret('Passphrase', io)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(raw).toEqual([true, false]);
  });

  it('is asked for twice for a new archive, and once to open one', async () => {
    const making = terminal('sesame\r', 'sesame\r');
    expect(await encryptionOf({ 'ask-passphrase': true }, making.io)).toEqual({
      passphrase: 'sesame',
    });
    const wrong = terminal('sesame\r', 'barley\r');
    await expect(encryptionOf({ 'ask-passphrase': true }, wrong.io)).rejects.toThrow(
      /not the same/,
    );
    const opening = terminal('sesame\r', 'never asked\r');
    const { passphrase } = await keysOf({}, opening.io);
    if (typeof passphrase !== 'function') throw new Error('it is not asked for');
    expect([await passphrase(), await passphrase()]).toEqual(['sesame', 'sesame']);
    expect(opening.shown()).toBe('Passphrase: \n');
  });

  it('comes from one place only', async () => {
    const both = { 'passphrase-env': 'A', recipient: ['age1'] };
    await expect(encryptionOf(both, captureIO())).rejects.toMatchObject({ code: 'USAGE' });
    const two = { 'passphrase-env': 'A', 'passphrase-file': 'b' };
    await expect(keysOf(two, captureIO())).rejects.toMatchObject({ code: 'USAGE' });
  });
});
