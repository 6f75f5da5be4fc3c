/** What is said on stderr about records that can't be read, and about those whose parts disagree. */
import { type Disagreement, disagreementText } from '../attribution.ts';
import { type ExitCode, exitCodes, printable } from '../errors.ts';
import type { IO } from './terminal/io.ts';

/** As many are named; the rows above show the others. */
const named = 10;

/** Says of which records the parts disagree: they are shown as Helm shows them, and Helm says nothing. */
export function reportDisagreements(
  rows: readonly { readonly place: string; readonly disagreements?: readonly Disagreement[] }[],
  io: Pick<IO, 'stderr'>,
): void {
  const odd = rows.flatMap(({ place, disagreements = [] }) =>
    disagreements.length === 0
      ? []
      : printable(`${place}: ${disagreementText(disagreements)}`, 1000),
  );
  if (odd.length === 1) io.stderr.write(`note: the parts of 1 record disagree: ${odd[0]}\n`);
  if (odd.length < 2) return;
  const more = odd.length > named ? [`  and ${odd.length - named} more`] : [];
  const lines = [...odd.slice(0, named).map((line) => `  ${line}`), ...more];
  io.stderr.write(`note: the parts of ${odd.length} records disagree:\n${lines.join('\n')}\n`);
}

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
