/** Helm 2's messages → the Release model. */
import { UnreadableError } from '../../errors.ts';
import { timeFromUnix } from '../../go/time/unix.ts';
import { oncePer } from '../../once.ts';
import type {
  Chart,
  ChartMetadata,
  File,
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
  type HapiAny,
  type HapiChart,
  type HapiConfig,
  type HapiHook,
  type HapiInfo,
  type HapiMetadata,
  type HapiTemplate,
  type HapiTestRun,
  type HapiTestSuite,
  type HapiTimestamp,
  hookDeletePolicies,
  hookEvents,
  release as releaseType,
  statusCodes,
  testRunStatuses,
} from './hapi.ts';
import { decodeMessage, type Message } from './wire.ts';

/** @throws UnreadableError */
export function decodeHelm2(data: Uint8Array): Release {
  const hapi = decodeMessage(releaseType, data);
  return {
    helm: 2,
    name: hapi.name ?? '',
    namespace: hapi.namespace ?? '',
    revision: hapi.version ?? 0,
    ...(hapi.info && { info: decodeInfo(hapi.info) }),
    ...(hapi.chart && { chart: decodeOnce(hapi.chart) }),
    config: decodeValues(hapi.config),
    manifest: hapi.manifest ?? '',
    hooks: (hapi.hooks ?? []).map(decodeHook),
    ...unknownOf(hapi),
  };
}

function decodeInfo(info: Message<HapiInfo>): Info {
  const { status } = info;
  return {
    ...optionalTime('firstDeployed', info.first_deployed),
    ...optionalTime('lastDeployed', info.last_deployed),
    ...optionalTime('deleted', info.deleted),
    description: info.Description ?? '',
    status: named(statusCodes, status?.code, 'status'),
    notes: status?.notes ?? '',
    ...(status?.resources && { resourcesText: status.resources }),
    ...(status?.last_test_suite_run && {
      lastTestSuite: decodeTestSuite(status.last_test_suite_run),
    }),
    ...(!status && { hasStatus: false as const }),
    ...unknownOf(info),
    ...(status?.unknown && { unknownStatus: status.unknown }),
  };
}

function decodeTestSuite(suite: Message<HapiTestSuite>): TestSuite {
  return {
    ...optionalTime('startedAt', suite.started_at),
    ...optionalTime('completedAt', suite.completed_at),
    results: (suite.results ?? []).map(decodeTestRun),
    ...unknownOf(suite),
  };
}

function decodeTestRun(run: Message<HapiTestRun>): TestRun {
  return {
    name: run.name ?? '',
    status: named(testRunStatuses, run.status, 'test status'),
    info: run.info ?? '',
    ...optionalTime('startedAt', run.started_at),
    ...optionalTime('completedAt', run.completed_at),
    ...unknownOf(run),
  };
}

function decodeHook(hook: Message<HapiHook>): Hook {
  return {
    name: hook.name ?? '',
    kind: hook.kind ?? '',
    path: hook.path ?? '',
    manifest: hook.manifest ?? '',
    events: (hook.events ?? []).map((code) => named(hookEvents, code, 'hook event')),
    weight: hook.weight ?? 0,
    deletePolicies: (hook.delete_policies ?? []).map((code) =>
      named(hookDeletePolicies, code, 'hook delete policy'),
    ),
    ...optionalTime('lastRunAt', hook.last_run),
    ...(hook.delete_timeout !== undefined && { deleteTimeout: hook.delete_timeout }),
    ...unknownOf(hook),
  };
}

const decodeOnce = oncePer(decodeChart);

function decodeChart(chart: Message<HapiChart>): Chart {
  return {
    metadata: chart.metadata ? decodeMetadata(chart.metadata) : null,
    lock: null,
    templates: chart.templates?.map(decodeTemplate) ?? null,
    values: decodeValues(chart.values),
    schema: null,
    files: chart.files?.map(decodeFile) ?? null,
    ...(chart.dependencies && { dependencies: chart.dependencies.map(decodeChart) }),
    ...unknownOf(chart),
  };
}

function decodeMetadata(metadata: Message<HapiMetadata>): ChartMetadata {
  return {
    name: metadata.name ?? '',
    home: metadata.home ?? '',
    sources: metadata.sources ?? [],
    version: metadata.version ?? '',
    description: metadata.description ?? '',
    keywords: metadata.keywords ?? [],
    maintainers: (metadata.maintainers ?? []).map((maintainer) => ({
      name: maintainer.name ?? '',
      email: maintainer.email ?? '',
      url: maintainer.url ?? '',
      ...unknownOf(maintainer),
    })),
    icon: metadata.icon ?? '',
    apiVersion: metadata.apiVersion ?? '',
    condition: metadata.condition ?? '',
    tags: metadata.tags ?? '',
    appVersion: metadata.appVersion ?? '',
    deprecated: metadata.deprecated ?? false,
    annotations: Object.fromEntries(
      (metadata.annotations ?? []).map(({ key, value }) => [key ?? '', value ?? '']),
    ),
    kubeVersion: metadata.kubeVersion ?? '',
    dependencies: [],
    type: '',
    engine: metadata.engine ?? '',
    tillerVersion: metadata.tillerVersion ?? '',
    ...unknownOf(metadata),
  };
}

function decodeTemplate(template: Message<HapiTemplate>): File {
  return { name: template.name ?? '', data: template.data ?? null, ...unknownOf(template) };
}

function decodeFile(file: Message<HapiAny>): File {
  return { name: file.type_url ?? '', data: file.value ?? null, ...unknownOf(file) };
}

function decodeValues(config: Message<HapiConfig> | undefined): Values | null {
  if (!config) return null;
  const parsed = config.values?.map(({ key, value }) => [key ?? '', value?.value ?? ''] as const);
  return {
    yaml: config.raw ?? '',
    ...(parsed && { parsed: Object.fromEntries(parsed) }),
    ...unknownOf(config),
  };
}

/** @throws UnreadableError for a code that Helm 2 has no name for */
function named<Name extends string>(
  names: readonly Name[],
  code: number | undefined,
  what: string,
): Name {
  const name = names[code ?? 0];
  if (name === undefined) throw new UnreadableError(`Helm 2 has no ${what} ${code}`);
  return name;
}

function optionalTime<Key extends string>(
  key: Key,
  timestamp: Message<HapiTimestamp> | undefined,
): { [K in Key]?: Time } {
  if (!timestamp) return {};
  const time = timeFromUnix(timestamp.seconds ?? 0n, timestamp.nanos ?? 0);
  return { [key]: time } as { [K in Key]: Time };
}

function unknownOf(message: { unknown?: Unknown }): { unknown?: Unknown } {
  return message.unknown ? { unknown: message.unknown } : {};
}
