/**
 * A release as helm's templates see it: the fields of its structs, in their order, with their types
 * (Helm 3: pkg/release, pkg/chart; Helm 4: pkg/release/v1, pkg/chart/v2).
 */

import {
  type GoStruct,
  type GoValue,
  goAny,
  goBool,
  goInt,
  goMap,
  goText,
  goTexts,
} from '../../go/template/values.ts';
import type { HelmShape } from '../../helms.ts';
import { statusWord } from '../../inspect/rows.ts';
import { parsedValues, userValues } from '../../inspect/values.ts';
import type { Json } from '../../json.ts';
import type { Chart, Dependency, File, Hook, Lock, Release, Time } from '../../release.ts';
import { zeroTime } from '../../release.ts';

interface Names {
  readonly release: string;
  readonly status: string;
  readonly chart: string;
  readonly file: string;
}

const typeNames: { readonly [major in HelmShape['major']]: Names } = {
  3: {
    ...{ release: 'release', status: 'release.Status', chart: 'chart', file: 'chart.File' },
  },
  4: {
    ...{ release: 'v1', status: 'common.Status', chart: 'v2', file: 'common.File' },
  },
};

type Fields = Readonly<{ [name: string]: () => GoValue }>;

/** What a template starts from: a map with the release in it. */
export function templateRoot(
  release: Release,
  labels: Readonly<{ [name: string]: string }>,
  shape: HelmShape,
): GoValue {
  const entries = new Map([['Release', releaseValue(release, labels, shape)]]);
  return { is: 'map', type: 'map[string]interface {}', entries, missing: goAny(null) };
}

function releaseValue(
  release: Release,
  labels: Readonly<{ [name: string]: string }>,
  shape: HelmShape,
): GoValue {
  const names = typeNames[shape.major];
  const { hooks } = release;
  return struct(`${names.release}.Release`, {
    Name: () => goText(release.name),
    Info: () => infoValue(release, shape),
    Chart: () => chartValue(release.chart, shape),
    Config: () => goMap(userValues(release)),
    Manifest: () => goText(release.manifest),
    Hooks: () => list(`[]*${names.release}.Hook`, hooks, (hook) => hookValue(hook, shape)),
    Version: () => goInt(release.revision),
    Namespace: () => goText(release.namespace),
    Labels: () => goTexts(labels),
    ...(shape.major === 4 ? { ApplyMethod: () => goText(release.applyMethod ?? '') } : {}),
  });
}

function infoValue(release: Release, shape: HelmShape): GoValue {
  const { info } = release;
  const names = typeNames[shape.major];
  if (!info) return { is: 'nil', type: `*${names.release}.Info` };
  const time = timeIn(shape);
  return struct(`${names.release}.Info`, {
    FirstDeployed: () => time(info.firstDeployed),
    LastDeployed: () => time(info.lastDeployed),
    Deleted: () => time(info.deleted),
    Description: () => goText(info.description),
    Status: () => goText(statusWord(release), names.status),
    ...(shape.rollbackRevision
      ? { RollbackRevision: () => goInt(info.rollbackRevision ?? 0) }
      : {}),
    Notes: () => goText(info.notes),
    ...(shape.resources ? { Resources: noResources } : {}),
  });
}

function noResources(): GoValue {
  return {
    ...{ is: 'map', type: 'map[string][]runtime.Object', entries: new Map() },
    missing: { is: 'list', type: '[]runtime.Object', items: [] },
  };
}

function hookValue(hook: Hook, shape: HelmShape): GoValue {
  const { release } = typeNames[shape.major];
  const time = timeIn(shape);
  const run = hook.lastRun;
  const words = (type: string, texts: readonly string[]): GoValue =>
    list(`[]${release}.${type}`, texts, (text) => goText(text, `${release}.${type}`));
  const lastRun = {
    StartedAt: () => time(run?.startedAt),
    CompletedAt: () => time(run?.completedAt),
    Phase: () => goText(run?.phase ?? '', `${release}.HookPhase`),
  };
  return struct(`${release}.Hook`, {
    Name: () => goText(hook.name),
    Kind: () => goText(hook.kind),
    Path: () => goText(hook.path),
    Manifest: () => goText(hook.manifest),
    Events: () => words('HookEvent', hook.events),
    LastRun: () => ({ ...struct(`${release}.HookExecution`, lastRun), pointer: false }),
    Weight: () => goInt(hook.weight),
    DeletePolicies: () => words('HookDeletePolicy', hook.deletePolicies),
    ...(shape.outputLogPolicies
      ? { OutputLogPolicies: () => words('HookOutputLogPolicy', hook.outputLogPolicies ?? []) }
      : {}),
  });
}

function chartValue(chart: Chart | undefined, shape: HelmShape): GoValue {
  const names = typeNames[shape.major];
  const type = `${names.chart}.Chart`;
  if (!chart) return { is: 'nil', type: `*${type}` };
  const files = (from: readonly File[] | null): GoValue =>
    list(`[]*${names.file}`, from ?? [], (file) => fileValue(file, shape));
  const isCrd = ({ name }: File): boolean =>
    name.startsWith('crds/') && /\.(ya?ml|json)$/i.test(name);
  const crds = (chart.files ?? []).filter(isCrd);
  const name = chart.metadata?.name ?? '';
  const time = timeIn(shape);
  const self: GoStruct = struct(
    type,
    {
      Raw: () => files([]),
      Metadata: () => metadataValue(chart, shape),
      Lock: () => lockValue(chart.lock, shape),
      Templates: () => files(chart.templates),
      Values: () => goMap(chart.values ? parsedValues(chart.values) : null),
      Schema: () => bytes(chart.schema),
      ...(shape.major === 4 ? { SchemaModTime: () => time(chart.schemaModTime) } : {}),
      Files: () => files(chart.files),
      ...(shape.major === 4 ? { ModTime: () => time(chart.modTime) } : {}),
    },
    {
      Name: () => goText(name),
      AppVersion: () => goText(chart.metadata?.appVersion ?? ''),
      IsRoot: () => goBool(true),
      ChartPath: () => goText(name),
      ChartFullPath: () => goText(name),
      Root: () => self,
      Parent: () => ({ is: 'nil', type: `*${type}` }),
      // A record holds no subcharts.
      Dependencies: () => list(`[]*${type}`, [], () => self),
      CRDs: () => files(crds),
      CRDObjects: () =>
        list(`[]${names.chart}.CRD`, crds, (file) => ({
          ...struct(`${names.chart}.CRD`, {
            Name: () => goText(file.name),
            Filename: () => goText(`${name}/${file.name}`),
            File: () => fileValue(file, shape),
          }),
          pointer: false,
        })),
    },
  );
  return self;
}

function metadataValue({ metadata }: Chart, shape: HelmShape): GoValue {
  const { chart } = typeNames[shape.major];
  if (!metadata) return { is: 'nil', type: `*${chart}.Metadata` };
  const pointers = <T>(type: string, all: readonly (T | null)[], fields: (one: T) => Fields) =>
    list(
      `[]*${chart}.${type}`,
      all,
      (one): GoValue =>
        one === null
          ? { is: 'nil', type: `*${chart}.${type}` }
          : struct(`${chart}.${type}`, fields(one)),
    );
  return struct(`${chart}.Metadata`, {
    Name: () => goText(metadata.name),
    Home: () => goText(metadata.home),
    Sources: () => texts(metadata.sources),
    Version: () => goText(metadata.version),
    Description: () => goText(metadata.description),
    Keywords: () => texts(metadata.keywords),
    Maintainers: () =>
      pointers('Maintainer', metadata.maintainers, ({ name, email, url }) => ({
        Name: () => goText(name),
        Email: () => goText(email),
        URL: () => goText(url),
      })),
    Icon: () => goText(metadata.icon),
    APIVersion: () => goText(metadata.apiVersion),
    Condition: () => goText(metadata.condition),
    Tags: () => goText(metadata.tags),
    AppVersion: () => goText(metadata.appVersion),
    Deprecated: () => goBool(metadata.deprecated),
    Annotations: () => goTexts(metadata.annotations),
    KubeVersion: () => goText(metadata.kubeVersion),
    Dependencies: () => pointers('Dependency', metadata.dependencies, dependencyFields),
    Type: () => goText(metadata.type),
  });
}

function lockValue(lock: Lock | null, shape: HelmShape): GoValue {
  const { chart } = typeNames[shape.major];
  if (!lock) return { is: 'nil', type: `*${chart}.Lock` };
  const dependencies = (lock.dependencies ?? []).flatMap((one) => one ?? []);
  return struct(`${chart}.Lock`, {
    Generated: () => goTime(lock.generated),
    Digest: () => goText(lock.digest),
    Dependencies: () =>
      list(`[]*${chart}.Dependency`, dependencies, (one) =>
        struct(`${chart}.Dependency`, dependencyFields(one)),
      ),
  });
}

function dependencyFields(one: Dependency): Fields {
  return {
    Name: () => goText(one.name),
    Version: () => goText(one.version),
    Repository: () => goText(one.repository),
    Condition: () => goText(one.condition),
    Tags: () => texts(one.tags),
    Enabled: () => goBool(one.enabled),
    ImportValues: () => goAny(one.importValues as Json),
    Alias: () => goText(one.alias),
  };
}

function fileValue({ name, data, modTime }: File, shape: HelmShape): GoValue {
  return struct(typeNames[shape.major].file, {
    Name: () => goText(name),
    Data: () => bytes(data),
    ...(shape.major === 4 ? { ModTime: () => timeIn(shape)(modTime) } : {}),
  });
}

/** A pointer to it: what a field holds is made when it is asked for, once. */
function struct(type: string, fields: Fields, methods: Fields = {}): GoStruct {
  const once = (make: () => GoValue): (() => GoValue) => {
    let made: GoValue | undefined;
    return () => {
      made ??= make();
      return made;
    };
  };
  const all = (from: Fields): ReadonlyMap<string, () => GoValue> =>
    new Map(Object.entries(from).map(([name, make]) => [name, once(make)]));
  return { is: 'struct', type, pointer: true, fields: all(fields), methods: all(methods) };
}

function list<T>(type: string, items: readonly T[], make: (item: T) => GoValue): GoValue {
  return { is: 'list', type, items: items.map(make) };
}

function texts(items: readonly string[]): GoValue {
  return list('[]string', items, (item) => goText(item));
}

function bytes(data: Uint8Array | null): GoValue {
  return { is: 'bytes', type: '[]uint8', value: data ?? new Uint8Array() };
}

/** Helm 3's times are structs around Go's, which shows in nothing but `.Time`. */
function timeIn({ major }: HelmShape): (time: Time | undefined) => GoValue {
  return (time) => ({ is: 'time', type: 'time.Time', time: time || zeroTime, helm3: major === 3 });
}

function goTime(time: Time | undefined): GoValue {
  return { is: 'time', type: 'time.Time', time: time || zeroTime, helm3: false };
}
