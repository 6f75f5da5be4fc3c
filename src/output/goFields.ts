/** A release under the names that Go templates know it by: the fields of helm's structs. */
import { statusWord } from '../inspect/rows.ts';
import { userValues } from '../inspect/values.ts';
import type { File, Hook, Json, JsonObject, Release } from '../release.ts';
import { listTime } from './time.ts';

/** @throws UnreadableError for Helm 2 values that aren't YAML */
export function releaseFields(
  release: Release,
  labels: Readonly<{ [name: string]: string }>,
): JsonObject {
  const { info } = release;
  return {
    Name: release.name,
    Namespace: release.namespace,
    Version: release.revision,
    Manifest: release.manifest,
    Config: userValues(release),
    Labels: labels,
    ApplyMethod: release.applyMethod ?? '',
    Info: {
      FirstDeployed: goTime(info?.firstDeployed),
      LastDeployed: goTime(info?.lastDeployed),
      Deleted: goTime(info?.deleted),
      Description: info?.description ?? '',
      Status: statusWord(release),
      Notes: info?.notes ?? '',
      RollbackRevision: info?.rollbackRevision ?? 0,
    },
    Chart: chartFields(release),
    Hooks: release.hooks.map(hookFields),
  };
}

function chartFields({ chart }: Release): Json {
  if (!chart) return null;
  const metadata = chart.metadata;
  const values = chart.values && 'json' in chart.values ? chart.values.json : null;
  return {
    Metadata: metadata && {
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
      Dependencies: metadata.dependencies.flatMap((one) =>
        one ? [{ Name: one.name, Version: one.version, Repository: one.repository }] : [],
      ),
    },
    Values: values,
    Templates: (chart.templates ?? []).map(fileFields),
    Files: (chart.files ?? []).map(fileFields),
  };
}

function fileFields({ name, data }: File): JsonObject {
  return { Name: name, Data: Buffer.from(data ?? []).toString('utf8') };
}

function hookFields(hook: Hook): JsonObject {
  return {
    Name: hook.name,
    Kind: hook.kind,
    Path: hook.path,
    Manifest: hook.manifest,
    Events: hook.events,
    Weight: hook.weight,
    DeletePolicies: hook.deletePolicies,
    LastRun: {
      StartedAt: goTime(hook.lastRun?.startedAt),
      CompletedAt: goTime(hook.lastRun?.completedAt),
      Phase: hook.lastRun?.phase ?? '',
    },
  };
}

function goTime(time: string | undefined): string {
  const text = listTime(time);
  return text === '-' ? '0001-01-01 00:00:00 +0000 UTC' : text;
}
