/**
 * Which of many like questions a run asks: TEST_SAMPLE, which `npm test` sets and prints, draws them, as it draws
 * the files that the standalone program runs. Another commit asks others. Without it all are asked.
 */
import { createHash } from 'node:crypto';

/**
 * @param what the kind of question, different for each caller
 * @param oneIn one in this many, on average; at least one is asked
 */
export function drawn<T>(
  what: string,
  questions: readonly T[],
  oneIn: number,
  seed = process.env['TEST_SAMPLE'],
): readonly T[] {
  if (!seed) return questions;
  const lot = (question: T) =>
    createHash('sha256')
      .update(`${seed} ${what} ${JSON.stringify(question)}`)
      .digest()
      .readUInt32BE();
  const chosen = questions.filter((question) => lot(question) % oneIn === 0);
  const least = [...questions].sort((a, b) => lot(a) - lot(b)).slice(0, 1);
  return chosen.length > 0 ? chosen : least;
}
