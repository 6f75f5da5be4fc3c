// Mutants of what must never be wrong: each changes one thing, and a test has to notice it. For one file,
// `npm run test:mutants -- --mutate src/record.ts`; what it has found stays in node_modules/.cache/stryker.
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutants/vitest.config.ts', related: true },
  mutate: [
    'src/record.ts',
    'src/migrate/{apply,guard,plan,write,writeAll,deleteSources,plan2to3,sameRevision,names,lastLook}.ts',
    'src/{attribution,sameRecord}.ts',
    'src/migrate/relocate/plan.ts',
    'src/codecs/**/*.ts',
  ],
  // TypeScript 7 has no API for Stryker to read it with, and nothing in the sandbox needs it.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // What a mutant makes endless is killed soon.
  timeoutMS: 20_000,
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 30,
  incremental: true,
  incrementalFile: 'node_modules/.cache/stryker/incremental.json',
  // Not below node_modules, where vitest finds no tests.
  tempDirName: '.stryker',
  ignorePatterns: ['dist'],
  disableTypeChecks: false,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: 'node_modules/.cache/stryker/mutants.json' },
  clearTextReporter: { allowColor: false, logTests: false },
  thresholds: { high: 95, low: 85, break: 85 },
};
