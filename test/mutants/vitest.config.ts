/**
 * The unit tests as Stryker runs them: those that a mutant's file is related to, a process for each file, as
 * ever. Stryker asks for threads, where no test can change its folder.
 */
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import type { Vite } from 'vitest/node';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const inForks: Vite.Plugin = {
  name: 'in-forks',
  configureVitest({ project }) {
    project.config.pool = 'forks';
  },
};

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [inForks],
  test: {
    include: ['test/unit/**/*.test.ts'],
    // They install, or read the repository: no mutant is in what they look at.
    exclude: [
      'test/unit/packages.test.ts',
      'test/unit/units.test.ts',
      'test/unit/storesDoc.test.ts',
    ],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { requireAssertions: true },
  },
});
