/**
 * Text of several lines that isn't ours, such as notes or a manifest. A terminal acts on what is in it; a file
 * or another program gets it as it is, as from helm.
 */
import { printable } from '../../errors.ts';
import type { IO } from './io.ts';

/** Harmless for a terminal: as `printable`, with its lines and tabs. In JSON it means what it meant. */
export function terminalText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split(/([\n\t]+)/)
    .map((part, at) => (at % 2 === 0 ? printable(part, Number.POSITIVE_INFINITY) : part))
    .join('');
}

/** For all that is printed of a record but for tables and sentences, whose cells are `printable` already. */
export function writeText(text: string, { stdout }: Pick<IO, 'stdout'>): void {
  if (text !== '') stdout.write(stdout.isTTY ? terminalText(text) : text);
}
