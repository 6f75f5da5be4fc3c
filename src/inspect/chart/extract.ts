/** A chart as the files it was made of, as far as a record holds them. */

import { printable, UnreadableError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import type { Chart, ChartMetadata, Dependency, Release, Values } from '../../release.ts';
import type { ChartFile } from './chartFile.ts';
import { frozenSubcharts } from './frozen.ts';
import { undefinedTemplates } from './includes.ts';
import { chartLock, chartYaml } from './metadata.ts';
import { openPaths, unsafePath } from './paths.ts';
import { requirementsOf } from './requirements.ts';

export interface ExtractedChart {
  /** What its folder is called in an archive: the chart's name, or `chart`. */
  readonly name: string;
  readonly files: readonly ChartFile[];
  /** What the record doesn't hold, a sentence each. Safe to print. */
  readonly lost: readonly string[];
  /** Files of the record that were left out: their names, printable, and why. */
  readonly refused: readonly { readonly name: string; readonly why: string }[];
}

/** How values and metadata become YAML. */
export type ToYaml = (value: Json) => string;

/** @throws UnreadableError when there is no chart in the record */
export function extractChart(release: Release, toYaml: ToYaml): ExtractedChart {
  const { chart } = release;
  if (!chart?.metadata) throw new UnreadableError('the record holds no chart');
  const paths = openPaths();
  const files: ChartFile[] = [];
  const refused: { name: string; why: string }[] = [];
  const lost = new Set<string>();
  const add = (path: string, data: Uint8Array | string): void => {
    const why = unsafePath(path) ?? paths.take(path);
    if (why === undefined) files.push({ path, data: Buffer.from(data) });
    else refused.push({ name: printable(path, 200) || 'a file', why });
  };

  const addChart = (one: Chart, metadata: ChartMetadata, folder: string): void => {
    const given = new Map((one.files ?? []).map(({ name, data }) => [name, data]));
    const { byAlias } = requirementsOf(one) ?? {};
    if (byAlias) {
      const renamed = chartYaml({ ...metadata, dependencies: byAlias }).dependencies ?? null;
      given.set('requirements.yaml', Buffer.from(toYaml({ dependencies: renamed })));
      lost.add('the names of charts that have several aliases, in requirements.yaml');
    }
    const v1 = metadata.apiVersion !== 'v2';
    // In a chart of the first version, these files and not Chart.yaml name the dependencies.
    const [listed, locked] = [given.has('requirements.yaml'), given.has('requirements.lock')];
    const { dependencies, ...yaml } = chartYaml(metadata);
    add(`${folder}Chart.yaml`, toYaml(v1 || !dependencies ? yaml : { ...yaml, dependencies }));
    if (v1 && dependencies && !listed) add(`${folder}requirements.yaml`, toYaml({ dependencies }));
    if (one.lock && !(v1 && locked))
      add(`${folder}${v1 ? 'requirements.lock' : 'Chart.lock'}`, toYaml(chartLock(one.lock)));
    const values = valuesText(one.values, toYaml);
    if (values !== undefined) add(`${folder}values.yaml`, values);
    if (one.values && 'json' in one.values)
      lost.add('comments, and the order of keys, in values.yaml');
    if (one.schema) add(`${folder}values.schema.json`, one.schema);
    for (const { name, data } of [...(one.templates ?? []), ...given].map(named))
      add(`${folder}${name}`, data);
  };

  const addSubcharts = (one: Chart, folder: string): void => {
    const ownNames = requirementsOf(one)?.ownNames;
    for (const [at, subchart] of (one.dependencies ?? []).entries()) {
      const recorded = subchart.metadata ?? { ...noMetadata, name: `subchart-${at}` };
      const metadata = { ...recorded, name: ownNames?.get(recorded.name) ?? recorded.name };
      const below = `${folder}charts/${metadata.name}/`;
      addChart(subchart, metadata, below);
      addSubcharts(subchart, below);
    }
  };

  addChart(chart, chart.metadata, '');
  lost.add('comments in Chart.yaml');
  addSubcharts(chart, '');
  if (release.helm !== 2) {
    const ownNames = requirementsOf(chart)?.ownNames;
    const frozen = new Map(
      [...frozenSubcharts(release)].map(([path, text]) => [withOwnName(path, ownNames), text]),
    );
    for (const [path, text] of frozen) add(path, text);
    for (const folder of chartFolders(frozen.keys()))
      add(`${folder}Chart.yaml`, toYaml(placeholder(nameOf(folder), versionIn(chart, folder))));
    const names = [...new Set([...frozen.keys()].map((path) => path.split('/')[1] ?? ''))];
    for (const name of names.sort()) {
      const shown = printable(name, 60);
      lost.add(`the subchart ${shown}: charts/${shown} holds its objects as they were rendered`);
    }
  }
  for (const name of missingSubcharts(chart, files)) {
    add(
      `charts/${name}/Chart.yaml`,
      toYaml(placeholder(name, versionIn(chart, `charts/${name}/`))),
    );
    const shown = printable(name, 60);
    lost.add(`the subchart ${shown}, which rendered no objects: charts/${shown} is empty`);
  }
  for (const { template, names } of undefinedTemplates(files))
    lost.add(
      `what ${template} includes from a subchart: ${names.join(', ')}; it can't be rendered`,
    );
  const { name } = chart.metadata;
  const usable = unsafePath(name) === undefined && !name.includes('/');
  return { name: usable ? name : 'chart', files, lost: [...lost], refused };
}

type NamedBytes = readonly [name: string, data: Uint8Array | null];

function named(file: NamedBytes | { readonly name: string; readonly data: Uint8Array | null }) {
  const [name, data] = 'name' in file ? [file.name, file.data] : file;
  return { name, data: data ?? new Uint8Array() };
}

function valuesText(values: Values | null, toYaml: ToYaml): string | undefined {
  if (!values) return undefined;
  return 'yaml' in values ? values.yaml : toYaml(values.json);
}

const noMetadata: ChartMetadata = {
  ...{ name: '', home: '', sources: [], version: '0.0.0', description: '', keywords: [] },
  ...{ maintainers: [], icon: '', apiVersion: 'v1', condition: '', tags: '', appVersion: '' },
  ...{ deprecated: false, annotations: {}, kubeVersion: '', dependencies: [], type: '' },
};

function placeholder(name: string, version: string): Json {
  const description = 'Stands for a subchart whose templates are not in the release record.';
  return { apiVersion: 'v2', description, name, version };
}

/** `charts/ALIAS/…` as `charts/NAME/…`; a chart's own subcharts aren't known to have other names. */
function withOwnName(path: string, ownNames: ReadonlyMap<string, string> | undefined): string {
  const [charts, name = '', ...rest] = path.split('/');
  return [charts, ownNames?.get(name) ?? name, ...rest].join('/');
}

/** Every `…charts/NAME/` that some path goes through. */
function chartFolders(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    for (let at = 0; parts[at] === 'charts' && at + 2 < parts.length; at += 2)
      folders.add(`${parts.slice(0, at + 2).join('/')}/`);
  }
  return folders;
}

function nameOf(folder: string): string {
  return folder.split('/').at(-2) ?? '';
}

/**
 * As the lock has it, or one that the dependency's range takes: Helm gives a chart its alias only where
 * its version fits.
 */
function versionIn(chart: Chart, folder: string): string {
  const name = nameOf(folder);
  const nested = folder.split('/').length > 3;
  if (nested) return '0.0.0';
  const named = (entries: readonly (Dependency | null)[] | null | undefined) =>
    (entries ?? []).find((entry) => entry?.name === name)?.version;
  const listed = requirementsOf(chart)?.entries ?? chart.metadata?.dependencies;
  return versionFor(named(chart.lock?.dependencies) ?? named(listed) ?? '');
}

/** A version in a range: `1.2.0` for `~1.2`, `>=1.2 <2` and `1.2.x`. */
function versionFor(range: string): string {
  const parts =
    /(>=|<=|!=|=|>|<)?\s*v?(\d{1,9})(?:\.(\d{1,9}|[xX*]))?(?:\.(\d{1,9}|[xX*]))?(-[\w.-]+)?/.exec(
      range,
    );
  const [, operator = '', major = '0', minor = '0', patch = '0', rest = ''] = parts ?? [];
  if (!parts || ['<', '!='].includes(operator)) return '0.0.0';
  const [y, z] = [Number(minor) || 0, (Number(patch) || 0) + (operator === '>' ? 1 : 0)];
  return `${major}.${y}.${z}${rest}`;
}

/**
 * Charts that the dependencies name and no folder holds: those that a condition or a tag left out, and
 * those that rendered nothing. Helm refuses a chart that lacks one (pkg/action/install.go,
 * `CheckDependencies`).
 */
function missingSubcharts(chart: Chart, written: readonly ChartFile[]): string[] {
  const entries = requirementsOf(chart)?.entries ?? chart.metadata?.dependencies ?? [];
  const names = entries.flatMap((entry) => (entry ? entry.name : []));
  const there = new Set(written.map(({ path }) => path));
  return [...new Set(names)].filter(
    (name) => name !== '' && !name.includes('/') && !there.has(`charts/${name}/Chart.yaml`),
  );
}
