/** The Release model → Helm 2's messages: the inverse of decode.ts, down to the byte. */
import { UnreadableError } from '../../errors.ts';
import { timeToUnix } from '../../go/time/unix.ts';
import type {
  Chart,
  ChartMetadata,
  Hook,
  Info,
  Release,
  TestRun,
  TestSuite,
  Time,
  Unknown,
  Values,
} from '../../release.ts';
import {
  type HapiChart,
  type HapiConfig,
  type HapiHook,
  type HapiInfo,
  type HapiMetadata,
  type HapiTestRun,
  type HapiTestSuite,
  type HapiTimestamp,
  hookDeletePolicies,
  hookEvents,
  release as releaseType,
  statusCodes,
  testRunStatuses,
} from './hapi.ts';
import { encodeMessage, type Message, type UnknownFields } from './wire.ts';

/** @throws UnreadableError for what Helm 2 has no place for: JSON values, statuses of Helm 3 only */
export function encodeHelm2(release: Release): Uint8Array {
  return encodeMessage(releaseType, {
    name: release.name,
    info: release.info && encodeInfo(release.info),
    chart: release.chart && encodeChart(release.chart),
    config: encodeValues(release.config),
    manifest: release.manifest,
    hooks: release.hooks.map(encodeHook),
    version: release.revision,
    namespace: release.namespace,
    ...unknownOf(release),
  });
}

function encodeInfo(info: Info): Message<HapiInfo> {
  return {
    status:
      info.hasStatus === false
        ? undefined
        : {
            code: codeOf(statusCodes, info.status, 'status'),
            resources: info.resourcesText,
            notes: info.notes,
            last_test_suite_run: info.lastTestSuite && encodeTestSuite(info.lastTestSuite),
            ...unknownOf({ unknown: info.unknownStatus }),
          },
    first_deployed: encodeTime(info.firstDeployed),
    last_deployed: encodeTime(info.lastDeployed),
    deleted: encodeTime(info.deleted),
    Description: info.description,
    ...unknownOf(info),
  };
}

function encodeTestSuite(suite: TestSuite): Message<HapiTestSuite> {
  return {
    started_at: encodeTime(suite.startedAt),
    completed_at: encodeTime(suite.completedAt),
    results: suite.results.map(encodeTestRun),
    ...unknownOf(suite),
  };
}

function encodeTestRun(run: TestRun): Message<HapiTestRun> {
  return {
    name: run.name,
    status: codeOf(testRunStatuses, run.status, 'test status'),
    info: run.info,
    started_at: encodeTime(run.startedAt),
    completed_at: encodeTime(run.completedAt),
    ...unknownOf(run),
  };
}

function encodeHook(hook: Hook): Message<HapiHook> {
  return {
    name: hook.name,
    kind: hook.kind,
    path: hook.path,
    manifest: hook.manifest,
    events: hook.events.map((event) => codeOf(hookEvents, event, 'hook event')),
    last_run: encodeTime(hook.lastRunAt),
    weight: hook.weight,
    delete_policies: hook.deletePolicies.map((policy) =>
      codeOf(hookDeletePolicies, policy, 'hook delete policy'),
    ),
    delete_timeout: hook.deleteTimeout,
    ...unknownOf(hook),
  };
}

function encodeChart(chart: Chart): Message<HapiChart> {
  return {
    metadata: chart.metadata ? encodeMetadata(chart.metadata) : undefined,
    templates: chart.templates?.map((file) => ({
      name: file.name,
      data: file.data ?? undefined,
      ...unknownOf(file),
    })),
    dependencies: chart.dependencies?.map(encodeChart),
    values: encodeValues(chart.values),
    files: chart.files?.map((file) => ({
      type_url: file.name,
      value: file.data ?? undefined,
      ...unknownOf(file),
    })),
    ...unknownOf(chart),
  };
}

function encodeMetadata(metadata: ChartMetadata): Message<HapiMetadata> {
  return {
    name: metadata.name,
    home: metadata.home,
    sources: [...metadata.sources],
    version: metadata.version,
    description: metadata.description,
    keywords: [...metadata.keywords],
    maintainers: metadata.maintainers.map((maintainer) => ({
      name: maintainer?.name,
      email: maintainer?.email,
      url: maintainer?.url,
      ...unknownOf(maintainer ?? {}),
    })),
    engine: metadata.engine,
    icon: metadata.icon,
    apiVersion: metadata.apiVersion,
    condition: metadata.condition,
    tags: metadata.tags,
    appVersion: metadata.appVersion,
    deprecated: metadata.deprecated,
    tillerVersion: metadata.tillerVersion,
    annotations: Object.entries(metadata.annotations).map(([key, value]) => ({ key, value })),
    kubeVersion: metadata.kubeVersion,
    ...unknownOf(metadata),
  };
}

function encodeValues(values: Values | null | undefined): Message<HapiConfig> | undefined {
  if (!values) return undefined;
  if (!('yaml' in values))
    throw new UnreadableError('Helm 2 keeps values as YAML text, and these are JSON');
  return {
    raw: values.yaml,
    values: Object.entries(values.parsed ?? {}).map(([key, value]) => ({ key, value: { value } })),
    ...unknownOf(values),
  };
}

function codeOf(names: readonly string[], name: string, what: string): number {
  const code = names.indexOf(name);
  if (code < 0) throw new UnreadableError(`Helm 2 has no ${what} of that name`);
  return code;
}

function encodeTime(time: Time | undefined): Message<HapiTimestamp> | undefined {
  if (!time) return undefined;
  const unix = timeToUnix(time);
  if (!unix) throw new UnreadableError('it holds a time that is not RFC 3339');
  return unix;
}

function unknownOf(part: { readonly unknown?: Unknown | undefined }): { unknown?: UnknownFields } {
  return part.unknown && 'protobuf' in part.unknown ? { unknown: part.unknown } : {};
}
