/**
 * The error screen: one line what is wrong, indented lines of why, one line of what to do.
 *
 *     error: no cluster and no storage given
 *       no kubeconfig was found (KUBECONFIG, ~/.kube/config, in-cluster)
 *       try: --storage dir:./dump  to read a folder of manifests
 */
import { type ExitCode, exitCodes, isReleasesError, printable } from '../../errors.ts';
import { withoutSecrets } from '../../secretShapes.ts';
import type { IO } from './io.ts';

/** Messages are safe already; this only makes sure that no line ever carries a control character or a key. */
const line = (text: string): string => `${printable(withoutSecrets(text, '…'), 2000)}\n`;

/** The word is coloured where that is wanted: red as for a release that failed, yellow as for one that waits. */
function begun(word: 'error:' | 'note:', text: string, { stderr }: Pick<IO, 'stderr'>): string {
  const whole = line(`${word} ${text}`);
  if (!stderr.colour) return whole;
  const code = word === 'error:' ? 31 : 33;
  return `\u001b[${code}m${word}\u001b[39m${whole.slice(word.length)}`;
}

/** Prints any error on stderr and says what the process should return. */
export function reportError(error: unknown, io: Pick<IO, 'stderr' | 'env'>): ExitCode {
  if (isReleasesError(error)) {
    io.stderr.write(
      [
        begun('error:', error.message, io),
        ...error.why.map((why) => line(`  ${why}`)),
        ...error.hints.map((hint) => line(`  try: ${hint}`)),
      ].join(''),
    );
    return error.exitCode;
  }
  io.stderr.write(begun('error:', `internal error: ${errorKind(error)}`, io));
  if (io.env.KUBECTL_RELEASES_DEBUG) io.stderr.write(frames(error));
  else
    io.stderr.write(
      line('  try: again with KUBECTL_RELEASES_DEBUG=1, and report the lines it adds'),
    );
  return exitCodes.failed;
}

/**
 * What kind of error it is, and never its message: an unexpected message may quote what was being
 * parsed, and that may be a secret.
 */
function errorKind(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return `${error.constructor.name}${/^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? ` ${code}` : ''}`;
}

/** Only where it happened: a stack begins with the message, which may have lines that look like it. */
function frames(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { stack = '', message } = error;
  const begin = stack.indexOf(message);
  if (begin < 0) return '';
  return stack
    .slice(begin + message.length)
    .split('\n')
    .filter((text) => /^\s+at /.test(text))
    .map((text) => line(`  ${text.trim()}`))
    .join('');
}

/** One line on stderr that is no error: a note about what was left out or chosen. */
export function note(io: Pick<IO, 'stderr'>, text: string): void {
  io.stderr.write(begun('note:', text, io));
}

/** The same of what is waited for, over a progress bar that may stand there. */
export function noteWait(text: string, io: Pick<IO, 'stderr'>): void {
  const said = line(`waiting: ${text}`);
  const { isTTY, columns = 80 } = io.stderr;
  io.stderr.write(isTTY ? `\r${said.trimEnd().padEnd(columns - 1)}\n` : said);
}
