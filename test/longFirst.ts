/**
 * The order of the files: those that take longest begin, so that the two workers end together. A machine that
 * has run them before knows how long each takes; a fresh one would begin with the largest file.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Half a minute and more on two cores, the longest first; a test looks that each is there. */
export const longFiles: readonly string[] = [
  'test/e2e/parity.test.ts',
  'test/e2e/rbac.test.ts',
  'test/e2e/parityCharts.test.ts',
  'test/e2e/canary-errors.test.ts',
  'test/faults/replies.cluster.test.ts',
  'test/e2e/relocateUndo.test.ts',
  'test/e2e/canary.test.ts',
  'test/docs/written.cluster.test.ts',
  'test/e2e/accepted.test.ts',
  'test/faults/writers.cluster.test.ts',
  'test/packages/install.cluster.test.ts',
  'test/e2e/archiveMemory.test.ts',
  'test/e2e/signals.test.ts',
  'test/e2e/relocatePairs.test.ts',
  'test/e2e/whoseRecord.test.ts',
  'test/e2e/archiveFaults.test.ts',
  'test/packages/packages.cluster.test.ts',
  'test/e2e/watchFaults.test.ts',
  'test/e2e/relocateClusters.test.ts',
  'test/packages/npm.test.ts',
  'test/unit/backupEncrypted.test.ts',
  'test/e2e/moveConfig.test.ts',
];

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = longFiles.findIndex((file) => moduleId.endsWith(`/${file}`));
      return at === -1 ? longFiles.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
