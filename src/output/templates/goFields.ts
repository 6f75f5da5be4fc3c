/** A release under the names that Go templates know it by: the fields of helm's structs. */
import { statusWord } from '../../inspect/rows.ts';
import { userValues } from '../../inspect/values.ts';
import type { File, Hook, Json, JsonObject, Release } from '../../release.ts';
import { goFormat, listTime } from '../helm/time.ts';

const structs = new WeakSet<object>();

/** A field that a struct of Go's lacks is an error there, a key that a map lacks is not. */
export function isStruct(value: JsonObject): boolean {
  return structs.has(value);
}

function struct(fields: JsonObject): JsonObject {
  structs.add(fields);
  return fields;
}

/** @throws UnreadableError for Helm 2 values that aren't YAML */
export function releaseFields(
  release: Release,
  labels: Readonly<{ [name: string]: string }>,
): JsonObject {
  const { info } = release;
  return struct({
    Name: release.name,
    Namespace: release.namespace,
    Version: release.revision,
    Manifest: release.manifest,
    Config: userValues(release),
    Labels: labels,
    ApplyMethod: release.applyMethod ?? '',
    Info: struct({
      FirstDeployed: goTime(info?.firstDeployed),
      LastDeployed: goTime(info?.lastDeployed),
      Deleted: goTime(info?.deleted),
      Description: info?.description ?? '',
      Status: statusWord(release),
      Notes: info?.notes ?? '',
      RollbackRevision: info?.rollbackRevision ?? 0,
      Resources: null,
    }),
    Chart: chartFields(release),
    Hooks: release.hooks.map(hookFields),
  });
}

function chartFields({ chart }: Release): Json {
  if (!chart) return null;
  const metadata = chart.metadata;
  const values = chart.values && 'json' in chart.values ? chart.values.json : null;
  const name = metadata?.name ?? '';
  return struct({
    // Methods of a chart that take nothing.
    ...{ Name: name, AppVersion: metadata?.appVersion ?? '', IsRoot: true },
    ...{ ChartPath: name, ChartFullPath: name },
    Metadata:
      metadata &&
      struct({
        Name: metadata.name,
        Version: metadata.version,
        AppVersion: metadata.appVersion,
        Description: metadata.description,
        APIVersion: metadata.apiVersion,
        KubeVersion: metadata.kubeVersion,
        Type: metadata.type,
        Home: metadata.home,
        Icon: metadata.icon,
        Sources: metadata.sources,
        Keywords: metadata.keywords,
        Annotations: metadata.annotations,
        Deprecated: metadata.deprecated,
        Condition: metadata.condition,
        Tags: metadata.tags,
        Maintainers: metadata.maintainers.flatMap((one) =>
          one ? [struct({ Name: one.name, Email: one.email, URL: one.url })] : [],
        ),
        Dependencies: metadata.dependencies.flatMap((one) =>
          one ? [struct({ Name: one.name, Version: one.version, Repository: one.repository })] : [],
        ),
      }),
    Values: values,
    Templates: (chart.templates ?? []).map(fileFields),
    Files: (chart.files ?? []).map(fileFields),
  });
}

function fileFields({ name, data }: File): JsonObject {
  return struct({ Name: name, Data: Buffer.from(data ?? []).toString('utf8') });
}

function hookFields(hook: Hook): JsonObject {
  return struct({
    Name: hook.name,
    Kind: hook.kind,
    Path: hook.path,
    Manifest: hook.manifest,
    Events: hook.events,
    Weight: hook.weight,
    DeletePolicies: hook.deletePolicies,
    LastRun: struct({
      StartedAt: goTime(hook.lastRun?.startedAt),
      CompletedAt: goTime(hook.lastRun?.completedAt),
      Phase: hook.lastRun?.phase ?? '',
    }),
  });
}

/** What `.Format` makes of a time that stands here as text; undefined for any other text. */
export function formatTime(text: string, layout: string): string | undefined {
  const found = /^(\d{4}-\d\d-\d\d) ([\d:.]+) ([+-]\d\d)(\d\d) \S+$/.exec(text);
  if (!found) return undefined;
  const [, date, time, hours, minutes] = found;
  return goFormat(`${date}T${time}${hours}:${minutes}`, layout);
}

function goTime(time: string | undefined): string {
  const text = listTime(time);
  return text === '-' ? '0001-01-01 00:00:00 +0000 UTC' : text;
}
