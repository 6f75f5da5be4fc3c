/**
 * The unit tests as Stryker runs them: those of the file whose mutants are looked at (`tests.mjs`), all in one
 * process, because starting takes longer than they do. Stryker asks for threads, where no test can change its
 * folder.
 */
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification, type Vite } from 'vitest/node';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const { MUTANT_TESTS = '' } = process.env;
const tests = MUTANT_TESTS.split(',').map((name) => `test/unit/${name}.test.ts`);

/** As `tests.mjs` names them: the first that fails is the last that runs. */
class AsNamed extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) =>
      tests.findIndex((name) => moduleId.endsWith(name));
    return files.sort((a, b) => place(a) - place(b));
  }
}

const inOneFork: Vite.Plugin = {
  name: 'in-one-fork',
  configureVitest({ project }) {
    project.config.pool = 'forks';
    project.config.isolate = false;
  },
};

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [inOneFork],
  test: {
    include: tests,
    sequence: { sequencer: AsNamed },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { requireAssertions: true },
  },
});
