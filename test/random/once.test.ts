/**
 * Two moves of one release to different places, at every two requests of theirs: what sequences drawn by chance
 * hardly meet. Whoever doesn't get the newest source must say so, or the release lives twice.
 */
import { expect, test, vi } from 'vitest';
import { openMemory } from '../../src/storage/memory.ts';
import type { LineSketch } from './lines.ts';
import { now, openArchive, openDirectory, sleep, useReal } from './places.ts';
import { play, type SequenceSketch } from './sequence.ts';

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

const line: LineSketch = {
  ...{ verb: 'relocate', back: false, named: [0], deletes: true, rename: false, inPlace: false },
  ...{ toNamespace: 'money', revisions: 'all', overwrite: false, table: false, zip: false },
  concurrency: 1,
};

/** The first one up to its n-th request, the second up to its m-th; then the first to its end, and the second. */
function met(revisions: number, n: number, m: number): SequenceSketch {
  return {
    world: {
      ...{ stores: 'memory', policy: 'none', policyFrom: 0 },
      releases: [
        {
          ...{ helm: 3, name: 0, namespace: 0, otherKind: false, revisions, gap: 0 },
          ...{ newest: 'deployed', severalDeployed: false, odd: [], where: 'A' },
        },
      ],
    },
    phases: [
      {
        ...{ line, faults: [], events: [] },
        second: { how: 'elsewhere', line, faults: [] },
        turns: [
          { run: 0, requests: n },
          { run: 1, requests: m },
          { run: 0, requests: 500 },
        ],
      },
    ],
  };
}

/** What comes before the first write can't meet, and a run has some twenty requests. */
const first = 6;

test.each([
  ['one revision', 1, 20],
  ['two', 2, 26],
] as const)('two moves of %s: it lives in one place, or one of them says so', async (...given) => {
  const [, revisions, last] = given;
  await import('../../src/storage/directory.ts');
  await import('../../src/storage/archive/archive.ts');
  vi.spyOn(Date, 'now').mockImplementation(now);
  const ends = new Map<string, number>();
  for (let n = first; n <= last; n += 2)
    for (let m = first; m <= last; m += 2) {
      const { broken, story } = await play(met(revisions, n, m));
      expect(broken, [`${n}, ${m}`, ...story].join('\n')).toEqual([]);
      const exits = ['a', 'b'].map((name) =>
        story.some((text) => text.startsWith(`run 1${name}: exit 0`)) ? 'done' : 'failed',
      );
      const creates = story.filter((text) => text.startsWith('run 1') && text.includes('create B'));
      const end = `${exits.join()} ${creates.length > revisions ? 'met' : ''}`;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  vi.restoreAllMocks();
  const many = (end: RegExp) =>
    [...ends].reduce((sum, [key, count]) => (end.test(key) ? sum + count : sum), 0);
  // They have met: both had written, and one of the two got the source.
  expect(many(/met/), JSON.stringify([...ends])).toBeGreaterThan(10);
  expect(many(/(done,failed|failed,done) met/), JSON.stringify([...ends])).toBeGreaterThan(5);
});
