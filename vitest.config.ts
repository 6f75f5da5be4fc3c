import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

// Tests that speak to an API server. Any other file asks for the cluster with its name.
const withCluster = [
  'test/e2e/**/*.test.ts',
  'test/contract/**/*.test.ts',
  'test/**/*.cluster.test.ts',
];
// Long searches for wrong answers, run by hand.
const others = ['test/campaigns/**'];

export default defineConfig({
  // What scripts/build.mjs puts into the bundle.
  define: { __VERSION__: JSON.stringify(version) },
  test: {
    pool: 'forks',
    maxWorkers: 2,
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
          exclude: [...withCluster, ...others],
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
    ],
  },
});
