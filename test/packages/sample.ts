/**
 * Which end-to-end tests the suite runs once more, against the standalone program. It is built of the
 * same modules as the bundle and has another runtime: what that decides is run always, and of the rest
 * a sample that another commit draws anew, but for what takes long (`npm run test:packaged` runs that, too).
 */
import { createHash } from 'node:crypto';
import { longFiles } from '../longFirst.ts';

/** What the runtime decides: its start, memory, ciphers, TLS, proxies, paths, pipes and signals. */
const always = [
  'archiveEncrypted',
  'bounds',
  'decode',
  'input',
  'kube-socks',
  'kubectl',
  'signals',
  'twoClusters',
  'waits',
  'watch',
];

/** One in this many of the other files. */
const oneIn = 8;

/**
 * @param files of test/e2e that start the program, as `test/e2e/NAME.test.ts`
 * @param seed any text; the same one draws the same files
 */
export function packagedSample(files: readonly string[], seed: string): string[] {
  const fixed = files.filter((file) => always.some((name) => file === pathOf(name)));
  const others = files.filter((file) => !fixed.includes(file) && !longFiles.includes(file));
  const drawn = [...others].sort(by((file) => digest(`${seed} ${file}`)));
  return [...fixed, ...drawn.slice(0, Math.ceil(others.length / oneIn))].sort();
}

/** For the test that holds the list to the folder. */
export const alwaysPackaged: readonly string[] = always.map(pathOf);

function pathOf(name: string): string {
  return `test/e2e/${name}.test.ts`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : 1);
}
