/** Words of a command line that is printed to be pasted. */
import { printable } from './errors.ts';

/** A leading `=` is looked up in the PATH by zsh. */
const plain = /^(?!=)[\w@%+=:,./-]+$/;

/**
 * One word, as sh, bash, zsh and fish read it back: in single quotes, where nothing is expanded. What a terminal
 * acts on, or a person can't see, is written by printf, for the `$'…'` of bash is unknown to sh and to fish.
 * Only a word that ends with a line break needs it: `$(…)` takes that away.
 */
export function shellQuote(text: string): string {
  if (plain.test(text)) return text;
  if (printable(text, Number.POSITIVE_INFINITY) === text) return quoted(text);
  const escaped = [...Buffer.from(text)].map(octal).join('').replace(/^-/, '\\055');
  return text.endsWith('\n') ? `$'${escaped}'` : `"$(printf '${escaped.replaceAll('%', '%%')}')"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Letters and most signs as they are; the rest, byte by byte, as POSIX has it for printf. */
function octal(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[\w@%+=:,./ -]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
}
