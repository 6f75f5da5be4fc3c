/** The long texts of `get metadata` and `get all`, line by line as helm prints them. */

import { asFloats } from '../../go/json/write.ts';
import { historyTime, isZeroTime, metadataTime } from '../../go/time/format.ts';
import { exactYaml, helmYaml } from '../../go/yaml/write.ts';
import type { HelmShape } from '../../helms.ts';
import { statusWord } from '../../inspect/rows.ts';
import { computedValues, userValues } from '../../inspect/values.ts';
import type { Json, JsonObject } from '../../json.ts';
import type { Dependency, Hook, Release } from '../../release.ts';
import { palette, statusPaint } from '../terminal/colour.ts';
import { terminalText } from '../terminal/text.ts';
import { type HelmColours, helm4Colours } from './colours.ts';

type Labels = Readonly<{ [name: string]: string }>;

/**
 * Helm's pkg/action/get_metadata.go, in its order.
 * @param labels the record's own, which Helm 4 shows
 */
export function metadataObject(release: Release, labels: Labels, shape: HelmShape): JsonObject {
  const chart = release.chart?.metadata;
  const dependencies = (chart?.dependencies ?? []).filter((one) => one !== null);
  const annotations = chart?.annotations ?? {};
  return {
    name: release.name,
    chart: chart?.name ?? '',
    version: chart?.version ?? '',
    appVersion: chart?.appVersion ?? '',
    ...(Object.keys(annotations).length > 0 ? { annotations: sorted(annotations) } : {}),
    ...(shape.major === 4 && Object.keys(labels).length > 0 ? { labels: sorted(labels) } : {}),
    ...(dependencies.length > 0 ? { dependencies: dependencies.map(dependencyObject) } : {}),
    namespace: release.namespace,
    revision: release.revision,
    status: statusWord(release),
    deployedAt: metadataTime(release.info?.lastDeployed),
    ...(shape.major === 4 && release.applyMethod ? { applyMethod: release.applyMethod } : {}),
  };
}

/** The fields that Helm's chart.Dependency leaves out when they are empty are left out here. */
function dependencyObject(one: Dependency): JsonObject {
  const optional: [string, Json, boolean][] = [
    ['version', one.version, one.version !== ''],
    ['repository', one.repository, true],
    ['condition', one.condition, one.condition !== ''],
    ['tags', one.tags, one.tags.length > 0],
    ['enabled', one.enabled, one.enabled],
    ['import-values', one.importValues, one.importValues.length > 0],
    ['alias', one.alias, one.alias !== ''],
  ];
  const kept = optional.filter(([, , keep]) => keep).map(([key, value]) => [key, value]);
  return { name: one.name, ...Object.fromEntries(kept) };
}

export function describeMetadata(release: Release, labels: Labels, shape: HelmShape): string {
  const chart = release.chart?.metadata;
  const dependencies = (chart?.dependencies ?? []).flatMap((one) => (one ? [one.name] : []));
  const four = shape.major === 4;
  const lines = [
    `NAME: ${release.name}`,
    `CHART: ${chart?.name ?? ''}`,
    `VERSION: ${chart?.version ?? ''}`,
    `APP_VERSION: ${chart?.appVersion ?? ''}`,
    `ANNOTATIONS: ${pairs(chart?.annotations ?? {})}`,
    ...(four ? [`LABELS: ${pairs(labels)}`] : []),
    `DEPENDENCIES: ${dependencies.sort().join(',')}`,
    `NAMESPACE: ${release.namespace}`,
    `REVISION: ${release.revision}`,
    `STATUS: ${statusWord(release)}`,
    `DEPLOYED_AT: ${metadataTime(release.info?.lastDeployed)}`,
    ...(four ? [`APPLY_METHOD: ${applyMethod(release.applyMethod)}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function applyMethod(method: string | undefined): string {
  if (method === 'ssa') return 'server-side apply';
  if (method === 'csa') return 'client-side apply';
  return method ? `unknown ("${method}")` : 'client-side apply (defaulted)';
}

/** `a=1,b=2`, as Kubernetes prints a set of labels. */
function pairs(map: Labels): string {
  return Object.entries(sorted(map))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

export interface StatusLook {
  readonly shape: HelmShape;
  /** Everything that the record holds, as `get all` shows it. */
  readonly everything: boolean;
  /** Helm 3 shows it only when asked to. */
  readonly description: boolean;
  /** The text below RESOURCES, or none. */
  readonly resources?: string | undefined;
  /** It goes to a terminal: what one acts on is escaped. */
  readonly terminal: boolean;
  /** On a terminal: `exact` is what that helm colours. */
  readonly colour?: boolean;
  readonly exact?: boolean;
}

/** Helm's status printer: pkg/cmd/status.go, `statusPrinter.WriteTable`. */
export function describeStatus(release: Release, look: StatusLook): string {
  const chart = release.chart?.metadata;
  const { everything, resources } = look;
  const chartLines = everything && look.shape.chartInAll;
  const yaml = look.exact ? exactYaml : helmYaml;
  const notes = release.info?.notes;
  const deployed = release.info?.lastDeployed;
  const status = statusWord(release);
  const paint = paintsOf(look, status);
  const safe = look.terminal ? terminalText : (text: string) => text;
  const head = [
    `NAME: ${release.name}\n`,
    isZeroTime(deployed) ? '' : `LAST DEPLOYED: ${historyTime(deployed)}\n`,
  ];
  const rest = [
    `REVISION: ${release.revision}\n`,
    chartLines ? `CHART: ${chart?.name ?? ''}\n` : '',
    chartLines ? `VERSION: ${chart?.version ?? ''}\n` : '',
    chartLines ? `APP_VERSION: ${chart?.appVersion ?? ''}\n` : '',
    look.description || look.shape.major === 4
      ? `DESCRIPTION: ${release.info?.description ?? ''}\n`
      : '',
    resources ? `RESOURCES:\n${resources}\n` : '',
    testSuites(release, look),
    everything ? `USER-SUPPLIED VALUES:\n${yaml(asFloats(userValues(release)))}\n` : '',
    everything
      ? `COMPUTED VALUES:\n${yaml(asFloats(computedValues(release, look.exact ? look.shape : undefined)))}\n`
      : '',
    everything || isDryRun(release)
      ? `HOOKS:\n${hooksText(release)}MANIFEST:\n${release.manifest}\n`
      : '',
    notes ? `NOTES:\n${goTrim(notes)}\n` : '',
  ];
  return [
    safe(head.join('')),
    `NAMESPACE: ${paint.namespace(safe(release.namespace))}\n`,
    `STATUS: ${paint.status(safe(status))}\n`,
    safe(rest.join('')),
  ].join('');
}

/** Go's strings.TrimSpace: U+0085 is white space there, and U+FEFF isn't. */
function goTrim(text: string): string {
  const space = '(?:(?!\\ufeff)\\s|\\u0085)+';
  return text.replace(new RegExp(`^${space}`), '').replace(new RegExp(`${space}$`), '');
}

/** What an SDK rendered and somebody installed: helm goes by the words alone, in any case. */
function isDryRun({ info }: Release): boolean {
  return info?.description.toLowerCase() === 'dry run complete';
}

function paintsOf(
  { colour = false, exact = false, shape }: StatusLook,
  status: string,
): Pick<HelmColours, 'namespace' | 'status'> {
  const plain = palette(false).plain;
  if (!exact) return { namespace: plain, status: statusPaint(palette(colour), status) };
  return colour && shape.major === 4 ? helm4Colours : { namespace: plain, status: plain };
}

/** As `get hooks` prints them. */
export function hooksText({ hooks }: Release): string {
  return hooks.map((hook) => `---\n# Source: ${hook.path}\n${hook.manifest}\n`).join('');
}

/** Tests are hooks since Helm 3; Helm 2 keeps the results of the last `helm test` beside them. */
function testSuites(release: Release, look: StatusLook): string {
  if (release.helm === 2) return helm2TestSuite(release, look);
  const tests = release.hooks.filter((hook) => hook.events.includes('test'));
  if (tests.length === 0) return 'TEST SUITE: None\n';
  return tests.map((hook) => testSuite(hook, look)).join('');
}

function testSuite(hook: Hook, look: StatusLook): string {
  const { lastRun } = hook;
  if (!lastRun || isZeroTime(lastRun.startedAt)) return '';
  return suiteLines(hook.name, lastRun.startedAt, lastRun.completedAt, lastRun.phase, look);
}

function helm2TestSuite(release: Release, look: StatusLook): string {
  const results = release.info?.lastTestSuite?.results ?? [];
  if (results.length === 0) return 'TEST SUITE: None\n';
  return results
    .map((run) => suiteLines(run.name, run.startedAt, run.completedAt, run.status, look))
    .join('');
}

function suiteLines(
  name: string,
  started: string | undefined,
  completed: string | undefined,
  phase: string,
  { exact }: StatusLook,
): string {
  return [
    `TEST SUITE:     ${name}\n`,
    `Last Started:   ${historyTime(started)}\n`,
    `Last Completed: ${lastCompleted(completed, exact)}\n`,
    `Phase:          ${phase}\n`,
  ].join('');
}

/** Of a test that has begun and not ended: helm prints Go's zero time there. */
function lastCompleted(time: string | undefined, exact = false): string {
  return exact && isZeroTime(time) ? 'Mon Jan  1 00:00:00 0001' : historyTime(time);
}

function sorted(map: Labels): { [name: string]: string } {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
