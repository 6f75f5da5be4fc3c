/**
 * The program that the tests run: the bundle, or what `TEST_PROGRAM` names, which may be another bundle
 * (`….js`) or a standalone executable.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** For tests that load something into Node before the program. */
export const bundle = fileURLToPath(new URL('../../dist/kubectl-releases.js', import.meta.url));

/** A file that starts by itself, whatever name it is linked to. */
export const program = process.env.TEST_PROGRAM ? resolve(process.env.TEST_PROGRAM) : bundle;

/** The file to start and its first arguments: Node need not be on the PATH. */
export const command: readonly [file: string, ...first: string[]] = program.endsWith('.js')
  ? [process.execPath, program]
  : [program];

/** A whole command line, for `run` and `spawn`. */
export function withArguments(args: readonly string[]): [file: string, args: string[]] {
  const [file, ...first] = command;
  return [file, [...first, ...args]];
}
