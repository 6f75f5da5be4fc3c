/**
 * Worlds, command lines, failures, deaths and other people's work that nobody thought of, through the real
 * planner, engine and commands. SEED and RUNS choose others; `node test/campaigns/random.mjs` plays many, and
 * plays again what it has found.
 */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { openMemory } from '../../src/storage/memory.ts';
import { type Rule, rules } from './invariants.ts';
import { now, openArchive, openDirectory, sleep, useReal } from './places.ts';
import { inPlace, play, type SequenceSketch, sequence } from './sequence.ts';

// The program opens its stores itself: they are the real ones, behind a door where each request waits.
vi.mock('../../src/storage/directory.ts', async (original) => {
  const real = await original<typeof import('../../src/storage/directory.ts')>();
  useReal({ openDirectory: real.openDirectory });
  return { ...real, openDirectory };
});
vi.mock('../../src/storage/archive/archive.ts', async (original) => {
  const real = await original<typeof import('../../src/storage/archive/archive.ts')>();
  useReal({ openArchive: real.openArchive });
  return { ...real, openArchive };
});
useReal({ openMemory });
vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof import('node:timers/promises')>();
  return { ...real, setTimeout: sleep };
});

const { SEED = '13', RUNS = '300', REPLAY, RULES = '', FAILURES = '1', KIND = '' } = process.env;
/** Absent: every one. */
const only = RULES.split(',').filter((rule) => rule !== '');
const isLookedAt = (rule: Rule) => only.length === 0 || only.includes(rule);

const property = (sequences: fc.Arbitrary<SequenceSketch>) =>
  fc.asyncProperty(sequences, async (sketch) => {
    const { broken, story } = await play(sketch);
    const found = broken.filter(({ rule }) => isLookedAt(rule));
    if (found.length === 0) return;
    const lines = found.map(({ rule, what }) => `${rule}: ${what}\n  (${rules[rule]})`);
    throw new Error([...lines, '', ...story].join('\n'));
  });

/** A sixth of them is enough of what is simpler. */
const kinds = [
  { title: 'of any kind', sequences: sequence, runs: Number(RUNS) },
  { title: 'where records stand', sequences: inPlace, runs: Math.ceil(Number(RUNS) / 6) },
].filter(({ title }) => KIND === '' || title === KIND);

test.each(kinds)(
  `$runs sequences $title, seed ${SEED}`,
  { timeout: 7 * 24 * 3600 * 1000 },
  async ({ sequences, runs }) => {
    // What is replaced is loaded by then, also where no command has asked for it.
    await import('../../src/storage/directory.ts');
    await import('../../src/storage/archive/archive.ts');
    vi.spyOn(Date, 'now').mockImplementation(now);
    const found: string[] = [];
    let [seed, left] = [Number(SEED), runs];
    while (left > 0 && found.length < Number(FAILURES)) {
      const path = REPLAY ? { path: REPLAY } : {};
      const details = await fc.check(property(sequences), { seed, numRuns: left, ...path });
      left -= details.numRuns;
      if (!details.failed) break;
      const { errorInstance: error, counterexamplePath, numShrinks } = details;
      const what = error instanceof Error ? error.message : String(error);
      found.push(
        `--seed ${seed} --path ${counterexamplePath}  (run ${details.numRuns}, shrunk ${numShrinks} times)\n${what}`,
      );
      if (FAILURES !== '1') console.log(`\n${found.at(-1)}`);
      seed += 1;
    }
    expect(found.join('\n\n')).toBe('');
  },
);
