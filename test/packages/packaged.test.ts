/** Which end-to-end tests run against the standalone program: all that start a program, or a sample of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { packaged, withoutPackage } from '../../vitest.config.ts';
import { drawn, drawnOfEach, sampleSeed } from '../cluster/drawn.ts';
import { longFiles } from '../longFirst.ts';
import { alwaysPackaged, packagedSample } from './sample.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const e2e = join(root, 'test', 'e2e');

/** Whether a file, or another one of the tests that it imports, starts the program that is tested. */
function startsProgram(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|\}) ?(.*?) from '(\.[^']+\.ts)';$/gm,
  );
  return [...imports].some(([, what = '', from = '']) => {
    const path = resolve(dirname(file), from);
    if (path === join(e2e, 'program.ts')) return what !== '{ bundle }';
    return path.startsWith(join(root, 'test')) && existsSync(path) && startsProgram(path, seen);
  });
}

it('leaves out no test that starts the program', () => {
  const tests = readdirSync(e2e).filter((name) => name.endsWith('.test.ts'));
  const without = tests.filter((name) => !startsProgram(join(e2e, name)));
  expect([...withoutPackage].sort()).toEqual(without.map((name) => `test/e2e/${name}`).sort());
  expect(tests.length).toBeGreaterThan(2 * without.length);
});

it('draws an eighth of what need not always run, by its seed, and every short file sooner or later', () => {
  const sample = packagedSample(packaged, 'a');
  expect(packaged).toEqual(expect.arrayContaining([...alwaysPackaged]));
  expect(sample).toEqual(expect.arrayContaining([...alwaysPackaged]));
  expect(sample).toEqual(packagedSample(packaged, 'a'));
  const rest = packaged.filter(
    (file) => !alwaysPackaged.includes(file) && !longFiles.includes(file),
  );
  expect(sample.length).toBe(alwaysPackaged.length + Math.ceil(rest.length / 8));
  const drawn = Array.from({ length: 100 }, (_, at) => packagedSample(packaged, `${at}`)).flat();
  expect(new Set(drawn)).toEqual(new Set([...alwaysPackaged, ...rest]));
});

it('begins with long files that are there', () => {
  expect(longFiles.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  expect(new Set(longFiles).size).toBe(longFiles.length);
});

it('asks all questions without a seed, and with one the same part of them, another for another seed', () => {
  const questions = Array.from({ length: 40 }, (_, at) => ['list', `${at}`]);
  expect(drawn('helm', questions, 4, '')).toEqual(questions);
  const part = drawn('helm', questions, 4, 'a');
  expect(part).toEqual(drawn('helm', questions, 4, 'a'));
  expect(part.length).toBeLessThan(20);
  expect(drawn('helm', questions.slice(0, 1), 1000, 'a')).toHaveLength(1);
  const seeds = Array.from({ length: 100 }, (_, at) => drawn('helm', questions, 4, `${at}`));
  expect(new Set(seeds.flat())).toEqual(new Set(questions));
});

it('asks some of each kind, in their order, and sooner or later all', () => {
  const questions = Array.from({ length: 40 }, (_, at) => ({ kind: `${at % 3}`, at }));
  const kindOf = ({ kind }: { kind: string }) => kind;
  const of = (seed: string) => drawnOfEach('table', questions, kindOf, 2, seed);
  expect(of('')).toEqual(questions);
  expect(of('a').map(kindOf).sort()).toEqual(['0', '0', '1', '1', '2', '2']);
  expect(of('a')).toEqual([...of('a')].sort((a, b) => a.at - b.at));
  const seeds = Array.from({ length: 100 }, (_, at) => of(`${at}`));
  expect(new Set(seeds.flat())).toEqual(new Set(questions));
});

it('asks all where `npm run test:all` says so', () => {
  const before = process.env.TEST_SAMPLE;
  try {
    const asked = ['', 'a', 'all'].map((seed) => {
      process.env.TEST_SAMPLE = seed;
      return sampleSeed();
    });
    expect(asked).toEqual([undefined, 'a', undefined]);
  } finally {
    if (before === undefined) delete process.env.TEST_SAMPLE;
    else process.env.TEST_SAMPLE = before;
  }
});
