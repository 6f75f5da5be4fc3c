/**
 * What a Helm 2 revision holds that a Helm 3 record has no place for. Nothing is dropped that isn't
 * named here.
 *
 * - `loss`: Helm 3 will behave differently, or content is gone; the release's verdict says so.
 * - `note`: a fact without effect in Helm 3 (the engine's name, when a hook last ran).
 */
import type { Chart, Hook, Release, TestSuite, Unknown } from '../../release.ts';

export interface Loss {
  readonly severity: 'loss' | 'note';
  /** Where it was, in Helm 2's words. */
  readonly field: string;
  /** One line without values: what Helm 3 does instead. */
  readonly message: string;
  /** How many times in this revision. */
  readonly count: number;
}

export function findLosses(release: Release): Loss[] {
  const { info, chart, hooks } = release;
  const found: (Loss | false)[] = [
    counted(
      'loss',
      'hooks.events',
      hooks.filter((hook) => hook.events.includes('test-failure')).length,
      'test hooks that were expected to fail become plain tests, expected to succeed',
    ),
    counted(
      'loss',
      'hooks.events',
      hooks.filter((hook) => hook.events.includes('crd-install')).length,
      'crd-install hooks never run in Helm 3',
    ),
    counted(
      'loss',
      'hooks.delete_timeout',
      hooks.filter(({ deleteTimeout = 0n }) => deleteTimeout !== 0n && !isDefault(deleteTimeout))
        .length,
      "hooks lose their own deletion timeout: Helm 3 uses the command's --timeout",
    ),
    counted(
      'note',
      'hooks.delete_timeout',
      hooks.filter(({ deleteTimeout = 0n }) => isDefault(deleteTimeout)).length,
      "Tiller's default deletion timeout of hooks is dropped: Helm 3 uses the command's --timeout",
    ),
    counted(
      'note',
      'hooks.last_run',
      hooks.filter((hook) => hook.lastRunAt !== undefined).length,
      'hooks lose the time they last ran',
    ),
    ...testLosses(info?.lastTestSuite, hooks),
    counted(
      'note',
      'info.status.resources',
      info?.resourcesText ? 1 : 0,
      'the stored table of live objects is dropped: Helm 3 asks the cluster',
    ),
    ...metadataLosses(chart),
    counted(
      'note',
      'config.values',
      parsedCount(release),
      'values that Tiller kept beside the YAML text, and never read, are dropped',
    ),
    counted(
      'loss',
      'unknown fields',
      countUnknown(release),
      'fields that this program does not know are dropped',
    ),
  ];
  return found.filter((loss) => loss !== false);
}

/** What Tiller notes for a hook that sets none, in seconds: pkg/tiller/hooks.go. */
function isDefault(deleteTimeout: bigint): boolean {
  return deleteTimeout === 60n;
}

function counted(
  severity: Loss['severity'],
  field: string,
  count: number,
  message: string,
): Loss | false {
  return count > 0 && { severity, field, message, count };
}

function testLosses(suite: TestSuite | undefined, hooks: readonly Hook[]): (Loss | false)[] {
  const results = suite?.results ?? [];
  const names = new Set(hooks.map((hook) => hook.name));
  // helm test names each hook once; of results with the same name only the first is carried.
  const carried = new Set(results.filter(({ name }) => names.has(name)).map(({ name }) => name));
  return [
    counted(
      'note',
      'info.status.last_test_suite_run.results.info',
      results.filter((run) => run.info !== '').length,
      'test results lose their message',
    ),
    counted(
      'loss',
      'info.status.last_test_suite_run.results',
      results.length - carried.size,
      'test results belong to no hook of the release',
    ),
    counted(
      'note',
      'info.status.last_test_suite_run',
      suite && (suite.startedAt ?? suite.completedAt) !== undefined ? 1 : 0,
      "the test suite's own start and end are dropped: each test keeps its times",
    ),
  ];
}

function metadataLosses(chart: Chart | undefined): (Loss | false)[] {
  const engine = chart?.metadata?.engine ?? '';
  const usual = engine === '' || engine === 'gotpl';
  return [
    counted(
      'loss',
      'chart.metadata',
      chart && !chart.metadata ? 1 : 0,
      'the chart has no metadata: `get all` of Helm 3 and 4 crashes on it',
    ),
    counted(
      usual ? 'note' : 'loss',
      'chart.metadata.engine',
      engine === '' ? 0 : 1,
      usual
        ? "the template engine's name is dropped: Helm 3 has one engine, the same"
        : 'the chart names a template engine that Helm 3 does not have',
    ),
    counted(
      'note',
      'chart.metadata.tillerVersion',
      chart?.metadata?.tillerVersion ? 1 : 0,
      'the Tiller version that the chart asks for is dropped',
    ),
  ];
}

function parsedCount(release: Release): number {
  return [release.config, release.chart?.values].filter(
    (values) => values && 'parsed' in values && values.parsed !== undefined,
  ).length;
}

/** Every `unknown` and `unknownStatus` anywhere in the release. */
function countUnknown(part: unknown): number {
  if (typeof part !== 'object' || part === null || part instanceof Uint8Array) return 0;
  return Object.entries(part).reduce((sum, [key, value]) => {
    if ((key === 'unknown' || key === 'unknownStatus') && isUnknown(value))
      return sum + ('fields' in value ? value.fields.length : Object.keys(value.json).length);
    return sum + countUnknown(value);
  }, 0);
}

function isUnknown(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && ('protobuf' in value || 'json' in value);
}
