/** Files that hold no record, by how they begin, and what to do with them instead. */
import { constants, gunzipSync } from 'node:zlib';
import { ReleasesError, typed } from '../../errors.ts';
import { shellQuote } from '../../shellQuote.ts';
import { beginsLikeAge, zipBeginning } from '../../storage/archive/magicBytes.ts';
import { type Input, standardInput } from './decodeInput.ts';

/**
 * @param program how the person calls this one
 * @throws ReleasesError UNREADABLE
 */
export function refuseOthers({ name, bytes }: Input, program: string): void {
  const found = kindOf(bytes);
  if (!found) return;
  // What came through a pipe has to be a file first.
  const hint = found.hint(
    program,
    name === standardInput ? 'PATH.zip' : shellQuote(typed(name, 500)),
  );
  throw new ReleasesError('UNREADABLE', `${typed(name, 200)} is ${found.is}, and no record`, {
    hints: hint === undefined ? [] : [hint],
  });
}

interface OtherFile {
  readonly is: string;
  hint(program: string, file: string): string | undefined;
}

const archiveHint = (program: string, file: string): string =>
  `${program} list --storage file:${file}  if backup made it`;

function kindOf(bytes: Buffer): OtherFile | undefined {
  const head = bytes.toString('latin1', 0, 32);
  if (head.startsWith(zipBeginning)) return { is: 'a zip archive', hint: archiveHint };
  if (beginsLikeAge(head))
    return {
      is: 'an encrypted archive',
      hint: (program, file) =>
        `${archiveHint(program, file)}; with --passphrase-file or --identity`,
    };
  if (isTar(bytes)) return { is: 'a tar archive', hint: () => undefined };
  if (isTar(beginning(bytes)))
    return {
      is: 'a packed tar archive',
      hint: () =>
        'helm show all  shows a chart; a record is what kubectl get secret -o yaml prints',
    };
  return undefined;
}

/** POSIX's pax and ustar: the magic of the first header. */
function isTar(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(257, 262)).toString('latin1') === 'ustar';
}

/** What the first bytes of a gzip member unpack to; nothing where they don't. */
function beginning(bytes: Buffer): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new Uint8Array();
  try {
    return gunzipSync(bytes.subarray(0, 4096), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: 8 * 1024 * 1024,
    });
  } catch {
    return new Uint8Array();
  }
}
