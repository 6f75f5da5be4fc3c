/** What is said on stderr about records that can't be read. */
import { type ExitCode, exitCodes, printable } from '../errors.ts';
import type { IO } from './terminal/io.ts';

/** As many are named; the rows above show the others. */
const named = 10;

/** @returns the exit code: `needsPerson` when there are any */
export function reportUnreadable(
  rows: readonly { readonly place: string; readonly unreadable?: string }[],
  io: Pick<IO, 'stderr'>,
): ExitCode {
  const bad = rows
    .filter((row) => row.unreadable !== undefined)
    .map((row) => printable(`${row.place}: ${row.unreadable}`, 1000));
  if (bad.length === 0) return exitCodes.done;
  if (bad.length === 1) io.stderr.write(`1 record can't be read: ${bad[0]}.\n`);
  else {
    const more = bad.length > named ? [`  and ${bad.length - named} more`] : [];
    const lines = [...bad.slice(0, named).map((line) => `  ${line}`), ...more];
    io.stderr.write(`${bad.length} records can't be read:\n${lines.join('\n')}\n`);
  }
  return exitCodes.needsPerson;
}
