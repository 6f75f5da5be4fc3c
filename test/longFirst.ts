/**
 * The order of the files: those that take longest begin, so that the workers end together. A machine that
 * has run them before knows how long each takes; a fresh one would begin with the largest file.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Some twenty seconds and more on two cores, the longest first; a test looks that each is there. */
export const longFiles: readonly string[] = [
  'test/e2e/parity.test.ts',
  'test/e2e/canary.test.ts',
  'test/packages/install.cluster.test.ts',
  'test/packages/packages.cluster.test.ts',
  'test/e2e/relocateUndo.test.ts',
  'test/e2e/parityCharts.test.ts',
  'test/faults/replies.cluster.test.ts',
  'test/e2e/archiveMemory.test.ts',
  'test/e2e/unlock.test.ts',
  'test/docs/written.cluster.test.ts',
  'test/e2e/prune.test.ts',
  'test/e2e/watchFaults.test.ts',
  'test/e2e/rbac.test.ts',
  'test/e2e/canary-errors.test.ts',
  'test/faults/writers.cluster.test.ts',
  'test/packages/npm.test.ts',
  'test/random/random.test.ts',
  'test/e2e/migrate.test.ts',
  'test/faults/inPlace.cluster.test.ts',
  'test/e2e/scope.test.ts',
  'test/faults/stop.cluster.test.ts',
  'test/e2e/equal.test.ts',
  'test/e2e/accepted.test.ts',
  'test/e2e/relocateDatabases.test.ts',
  'test/e2e/doctor.test.ts',
  'test/e2e/relocateClusters.test.ts',
  'test/e2e/helm2to3.test.ts',
  'test/docs/shown.cluster.test.ts',
  'test/unit/whoseRecord.test.ts',
  'test/e2e/relocatePairs.test.ts',
  'test/e2e/chart.test.ts',
  'test/e2e/relocateRename.test.ts',
  'test/e2e/archiveFaults.test.ts',
  'test/adversary/oppositeMoves.cluster.test.ts',
  'test/e2e/sqlPlaces.test.ts',
  'test/contract/update.test.ts',
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
