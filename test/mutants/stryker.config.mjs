// How Stryker changes one thing after the other in the file that `run.mjs` names.
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutants/vitest.config.ts', related: false },
  // TypeScript 7 has no API for Stryker to read it with, and nothing in the sandbox needs it.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // What a mutant makes endless is killed; a machine that others use too must not look like that.
  timeoutMS: 60_000,
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 30,
  // Not below node_modules, where vitest finds no tests.
  tempDirName: '.stryker',
  ignorePatterns: ['dist'],
  disableTypeChecks: false,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: process.env.MUTANT_REPORT },
  clearTextReporter: { allowColor: false, logTests: false, reportScoreTable: false },
};
