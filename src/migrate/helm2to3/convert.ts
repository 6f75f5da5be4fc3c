/**
 * Helm 2 → Helm 3, for one revision: pure, and explicit about what Helm 3 has no place for.
 *
 * The rules are Helm 3's own types and what its loader makes of a chart; where helm-2to3 does less
 * (`apiVersion`, requirements), docs/architecture.md names the difference.
 */

import { readLock, readRequirements } from '../../codecs/helm2/requirements.ts';
import { UnreadableError } from '../../errors.ts';
import { readValues } from '../../go/yaml/index.ts';
import { oncePer } from '../../once.ts';
import {
  type Chart,
  type ChartMetadata,
  type File,
  type Hook,
  type HookExecution,
  type Info,
  type Release,
  type TestSuite,
  type Time,
  type Values,
  zeroTime,
} from '../../release.ts';
import { findLosses, type Loss } from './losses.ts';

export interface Converted {
  readonly release: Release;
  readonly losses: readonly Loss[];
}

/**
 * @param release as decoded from a Helm 2 record
 * @throws UnreadableError when Helm 3 has no form for it at all, with the reason
 */
export function convertToHelm3(release: Release): Converted {
  const { info, chart } = release;
  if (!info) throw new UnreadableError('it has no info: no status and no times');
  if (info.hasStatus === false) throw new UnreadableError('it has no status');
  if (!chart) throw new UnreadableError('it has no chart');
  return {
    losses: findLosses(release),
    release: {
      helm: 3,
      name: release.name,
      namespace: release.namespace,
      revision: release.revision,
      info: convertInfo(info),
      chart: convertOnce(chart),
      config: someOrNone(convertValues(release.config, 'the user-supplied values')),
      manifest: release.manifest,
      hooks: release.hooks.map((hook) => convertHook(hook, info.lastTestSuite)),
    },
  };
}

function convertInfo(info: Info): Info {
  return {
    firstDeployed: convertTime(info.firstDeployed),
    lastDeployed: convertTime(info.lastDeployed),
    deleted: convertTime(info.deleted),
    description: info.description,
    status: info.status,
    notes: info.notes,
  };
}

/** Helm 3 writes an absent time, and Go's zero time, as an empty text. */
function convertTime(time: Time | undefined): Time {
  return time === undefined || time === zeroTime ? '' : time;
}

/** Revisions that share a chart share what becomes of it. */
const convertOnce = oncePer(convertChart);

function convertChart(chart: Chart): Chart {
  const files = chart.files ?? [];
  return {
    metadata: chart.metadata && convertMetadata(chart.metadata, files),
    lock: lastReadable(files, 'requirements.lock', readLock) ?? null,
    templates: chart.templates?.map(convertFile) ?? null,
    values: convertValues(chart.values, "the chart's values"),
    schema: null,
    files: chart.files?.map(convertFile) ?? null,
  };
}

/** `apiVersion` and `type` as Helm 3's loader and its types have them: pkg/chart/loader/load.go. */
function convertMetadata(metadata: ChartMetadata, files: readonly File[]): ChartMetadata {
  const { engine: _, tillerVersion: __, unknown: ___, ...kept } = metadata;
  return {
    ...kept,
    maintainers: metadata.maintainers.map(
      (maintainer) =>
        maintainer && { name: maintainer.name, email: maintainer.email, url: maintainer.url },
    ),
    apiVersion: metadata.apiVersion || 'v1',
    dependencies: lastReadable(files, 'requirements.yaml', readRequirements) ?? [],
    type: 'application',
  };
}

/** What a file of the chart says; a file that doesn't parse says nothing. */
function lastReadable<T>(
  files: readonly File[],
  name: string,
  read: (data: Uint8Array) => T | undefined,
): T | undefined {
  const file = files.findLast((candidate) => candidate.name === name);
  return file && read(file.data ?? new Uint8Array());
}

function convertFile(file: File): File {
  return { name: file.name, data: file.data };
}

function convertValues(values: Values | null, what: string): Values | null {
  if (values === null || 'json' in values) return values;
  try {
    return { json: readValues(values.yaml) };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    throw new UnreadableError(`${what} can't be read: ${error.message}`);
  }
}

/** Helm leaves an empty config out. */
function someOrNone(values: Values | null): Values | null {
  return values && 'json' in values && Object.keys(values.json).length === 0 ? null : values;
}

/** The three test events of Helm 2 are one in Helm 3: release.HookTest. */
const convertedEvents: { readonly [event: string]: string } = {
  'test-success': 'test',
  'test-failure': 'test',
};

function convertHook(hook: Hook, tests: TestSuite | undefined): Hook {
  return {
    name: hook.name,
    kind: hook.kind,
    path: hook.path,
    manifest: hook.manifest,
    events: hook.events.map((event) => convertedEvents[event] ?? event),
    weight: hook.weight,
    deletePolicies: hook.deletePolicies,
    lastRun: convertTestRun(hook.name, tests),
  };
}

const convertedPhases = {
  UNKNOWN: 'Unknown',
  RUNNING: 'Running',
  SUCCESS: 'Succeeded',
  FAILURE: 'Failed',
} as const;

/** Helm 2 keeps test results by name beside the hooks, Helm 3 in each hook. */
function convertTestRun(name: string, tests: TestSuite | undefined): HookExecution {
  const run = tests?.results.find((result) => result.name === name);
  return {
    startedAt: convertTime(run?.startedAt),
    completedAt: convertTime(run?.completedAt),
    phase: run ? convertedPhases[run.status] : '',
  };
}
