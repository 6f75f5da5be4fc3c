/**
 * Which of many like questions a run asks: TEST_SAMPLE, which `npm test` sets and prints, draws them, as it draws
 * the files that the standalone program runs. Another commit asks others. Without it, or with `all`
 * (`npm run test:all`), all are asked.
 */
import { createHash } from 'node:crypto';

/** What draws, where something does. */
export function sampleSeed(): string | undefined {
  const seed = process.env['TEST_SAMPLE'];
  return seed && seed !== 'all' ? seed : undefined;
}

/**
 * @param what the kind of question, different for each caller
 * @param oneIn one in this many, on average; at least one is asked
 */
export function drawn<T>(
  what: string,
  questions: readonly T[],
  oneIn: number,
  seed = sampleSeed(),
): readonly T[] {
  if (!seed) return questions;
  const lot = lotOf<T>(seed, what);
  const chosen = questions.filter((question) => lot(question) % oneIn === 0);
  const least = [...questions].sort((a, b) => lot(a) - lot(b)).slice(0, 1);
  return chosen.length > 0 ? chosen : least;
}

/**
 * As many as are named of each kind, in their order: for tables of several kinds, of which none may be missing.
 * @param kind what is alike
 */
export function drawnOfEach<T>(
  what: string,
  questions: readonly T[],
  kind: (question: T) => string,
  count = 1,
  seed = sampleSeed(),
): readonly T[] {
  if (!seed) return questions;
  const lot = lotOf<T>(seed, what);
  const chosen = [...new Set(questions.map(kind))].flatMap((one) =>
    questions
      .filter((question) => kind(question) === one)
      .sort((a, b) => lot(a) - lot(b))
      .slice(0, count),
  );
  return questions.filter((question) => chosen.includes(question));
}

/**
 * The moments 1, 2, 3 … at which something is killed, where only trying tells how many there are: one of each
 * `oneIn` in a row, from one that the seed draws.
 */
export function* drawnPoints(
  what: string,
  oneIn: number,
  seed = sampleSeed(),
): Generator<number, never> {
  const [first, step] = seed ? [1 + (lotOf<number>(seed, what)(0) % oneIn), oneIn] : [1, 1];
  for (let at = first; ; at += step) yield at;
}

function lotOf<T>(seed: string, what: string): (question: T) => number {
  return (question) =>
    createHash('sha256')
      .update(`${seed} ${what} ${JSON.stringify(question)}`)
      .digest()
      .readUInt32BE();
}
