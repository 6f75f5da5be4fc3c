import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { sampleSeed } from './test/cluster/drawn.ts';
import { LongFirst } from './test/longFirst.ts';
import { packagedProgram } from './test/packages/packaged.ts';
import { packagedSample } from './test/packages/sample.ts';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

// Tests that speak to an API server. Any other file asks for the cluster with its name.
const withCluster = [
  'test/e2e/**/*.test.ts',
  'test/contract/**/*.test.ts',
  'test/**/*.cluster.test.ts',
];
/** The tests in test/e2e that start no program, or load something into Node first; a test looks. */
export const withoutPackage = [
  'archiveFaults',
  'archiveMemory',
  'cluster',
  'completionHostile',
  'equal',
  'kube',
  'leaving',
  'relocateDatabases',
  'relocatePairs',
  'relocateRename',
  'relocateTwins',
  'relocateUndo',
  'sql',
  'sqlPlaces',
  'sqlRows',
  'storage',
  'stuckThread',
  'whichDeployed',
  'whoseRecord',
].map((name) => `test/e2e/${name}.test.ts`);
// Long searches for wrong answers, run by hand.
const others = ['test/campaigns/**'];

/** With a seed in TEST_SAMPLE (the whole suite sets one), the standalone program runs a sample. */
export const packaged = readdirSync(new URL('test/e2e', import.meta.url))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/e2e/${name}`)
  .filter((file) => !withoutPackage.includes(file));
const seed = sampleSeed();

/** `npm run test:quick` takes the contract of the stores that need no server, and leaves out what takes long. */
const quick = [
  'test/e2e/**',
  'test/contract/!(storage).test.ts',
  'test/**/*.cluster.test.ts',
  'test/packages/**',
  'test/random/**',
  // Each of these takes five seconds and more.
  'test/unit/{archive,cleanup,commands-migrate,commands-relocate,diff-corpus,diff-hide,diff-variants,directoryFlips}.test.ts',
  'test/unit/{inspect,kube-watch,packages,prune,samePlace,secondActors,terminal,typed,whoseRecord}.test.ts',
  'test/unit/{commands-decode,directoryUnread}.test.ts',
];

export default defineConfig({
  // What scripts/build.mjs puts into the bundle, and how long a passphrase is worked at: here, not there.
  define: { __VERSION__: JSON.stringify(version), __WORK_FACTOR__: '10' },
  test: {
    pool: 'forks',
    // For two cores: a third of the time a test waits for a server, a clock or a helm.
    maxWorkers: Number(process.env.TEST_WORKERS ?? 3),
    sequence: { sequencer: LongFirst },
    // For what hangs: a machine that others use too may take its time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A test that says nothing proves nothing.
    expect: { requireAssertions: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...others, ...(process.env.TEST_QUICK === undefined ? withCluster : quick)],
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: withCluster,
          exclude: others,
          globalSetup: ['test/cluster/globalSetup.ts'],
        },
      },
      ...(process.env.CAMPAIGN === undefined
        ? []
        : [
            {
              extends: true as const,
              test: {
                name: 'campaigns',
                include: ['test/campaigns/**/*.test.ts'],
                globalSetup: ['test/cluster/globalSetup.ts'],
                testTimeout: 600_000,
              },
            },
          ]),
      {
        extends: true,
        test: {
          name: 'packaged',
          include: seed === undefined ? packaged : packagedSample(packaged, seed),
          env: { TEST_PROGRAM: packagedProgram },
          globalSetup: ['test/packages/globalSetup.ts', 'test/cluster/globalSetup.ts'],
        },
      },
    ],
  },
});
