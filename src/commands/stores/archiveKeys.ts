/** How archives are opened and encrypted. Secrets come from files, the environment or a terminal. */
import { printable, ReleasesError, typed } from '../../errors.ts';
import { readNamedOnce } from '../../namedFile.ts';
import { askSecret } from '../../output/terminal/askSecret.ts';
import type { IO } from '../../output/terminal/io.ts';
import type { Encryption, Keys } from '../../storage/archive/age.ts';
import { reasonOf } from '../../systemErrors.ts';
import {
  type EncryptionArgs,
  encryptionOptions,
  type KeyArgs,
  type PassphraseArgs,
} from '../line/options.ts';

/**
 * What opens an archive. The terminal is asked only when one needs a passphrase, and once.
 * @param io with its streams where somebody may be asked
 * @throws ReleasesError USAGE, FILE
 */
export async function keysOf(args: KeyArgs, io: Pick<IO, 'env'> | IO): Promise<Keys> {
  const files = args.identity ?? [];
  const texts = await Promise.all(files.map((path) => secretText(path, 'identity')));
  const identities = texts.flatMap((text) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
  const given = await givenPassphrase(args, io);
  let asked: Promise<string | undefined> | undefined;
  const passphrase = () => {
    asked ??= given === undefined && 'stdin' in io ? askSecret('Passphrase', io) : undefined;
    return asked ?? Promise.resolve(given);
  };
  return { passphrase, ...(files.length > 0 && { identities }) };
}

/**
 * How a new archive is encrypted; undefined: not at all.
 * @throws ReleasesError USAGE, FILE, INTERRUPTED
 */
export async function encryptionOf(args: EncryptionArgs, io: IO): Promise<Encryption | undefined> {
  const { recipient: recipients = [] } = args;
  const ways = [
    ...[args['passphrase-file'], args['passphrase-env'], recipients[0]].filter(Boolean),
    ...(args['ask-passphrase'] ? ['ask'] : []),
  ];
  if (ways.length > 1)
    throw new ReleasesError('USAGE', 'an archive has one passphrase, or recipients', {
      hints: [
        `give one of ${Object.keys(encryptionOptions)
          .map((flag) => `--${flag}`)
          .join(', ')}`,
      ],
    });
  if (recipients.length > 0) {
    (await import('../../storage/archive/age.ts')).checkRecipients(recipients);
    return { recipients };
  }
  if (args['ask-passphrase']) return { passphrase: await askTwice(io) };
  return passphraseEncryption(args, io);
}

/**
 * Whoever gives a passphrase gets no archive that others can read, whichever archive they meant it for.
 * @throws ReleasesError USAGE, FILE
 */
export async function passphraseEncryption(
  args: PassphraseArgs,
  io: Pick<IO, 'env'>,
): Promise<Encryption | undefined> {
  const passphrase = await givenPassphrase(args, io);
  return passphrase === undefined ? undefined : { passphrase };
}

async function givenPassphrase(
  args: PassphraseArgs,
  { env }: Pick<IO, 'env'>,
): Promise<string | undefined> {
  const { 'passphrase-file': file, 'passphrase-env': variable } = args;
  if (file !== undefined && variable !== undefined)
    throw new ReleasesError('USAGE', "--passphrase-file and --passphrase-env can't both hold");
  if (file !== undefined)
    return notEmpty(
      (await secretText(file, 'passphrase-file')).split(/\r?\n/)[0],
      `the first line of ${printable(file)}`,
    );
  if (variable === undefined) return undefined;
  // Somebody may have given the passphrase itself.
  const isThere = Object.hasOwn(env, variable);
  const which = isThere ? ` ${printable(variable, 80)}` : ' that --passphrase-env names';
  return notEmpty(env[variable], `the environment variable${which}`);
}

function notEmpty(text: string | undefined, where: string): string {
  // What is no UTF-8 is read as this character, and every such passphrase would open the others' archives.
  if (text?.includes('\ufffd'))
    throw new ReleasesError('USAGE', `the passphrase in ${where} is not UTF-8`, {
      hints: ['text, for instance what base64 makes of the bytes'],
    });
  if (text) return text;
  throw new ReleasesError('USAGE', `there is no passphrase in ${where}`);
}

async function askTwice(io: IO): Promise<string> {
  const first = await askSecret('Passphrase for the archive', io);
  if (first === undefined)
    throw new ReleasesError('USAGE', 'there is no terminal to ask for a passphrase on', {
      hints: ['--passphrase-file FILE or --passphrase-env NAME'],
    });
  const again = await askSecret('The same again', io);
  if (first !== again) throw new ReleasesError('USAGE', 'the two passphrases are not the same');
  return notEmpty(first, 'what was typed');
}

/** A key or a passphrase takes a few lines; what is longer is something else. */
const maxSecretFile = 64 * 1024;

/** A name that no file has may be the key or the passphrase itself, and isn't shown. */
async function secretText(path: string, flag: 'identity' | 'passphrase-file'): Promise<string> {
  try {
    return (await readNamedOnce(path, maxSecretFile)).toString('utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'TOO_LARGE')
      throw new ReleasesError('FILE', `${printable(path)} is too long for a key or a passphrase`);
    const isFile = ['EACCES', 'EPERM', 'EISDIR', 'EIO'].includes(code);
    const file = isFile ? typed(path) : `the file that --${flag} names`;
    throw new ReleasesError('FILE', `${file} can't be read: ${reasonOf(code)}`, {
      hints: isFile ? [] : [`--${flag} FILE: it takes the name of a file, and not what is in it`],
    });
  }
}
