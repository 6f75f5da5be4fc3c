/** What `doctor` keeps of a record once its body was read: facts, and nothing that a value or a manifest says. */
import type { Disagreement } from '../../attribution.ts';
import type { OpenedRecord } from '../../codecs/index.ts';
import type { JsonObject } from '../../json.ts';
import { objectNamespace } from '../../objectNamespace.ts';
import { type ManifestObject, readManifest } from '../../objects/manifest.ts';
import { type RemovedApi, removedApi, removedApis } from '../../objects/removedApis.ts';
import { oncePer } from '../../once.ts';
import { bytesOf, isBad, newerFormat, type ReadRecord, type RecordMeta } from '../../record.ts';
import type { HelmVersion, Release, Time } from '../../release.ts';
import { isSecretName } from '../diff/secretNames.ts';

export interface Body {
  /** As the store counts them: packed. */
  readonly bytes: number;
  readonly immutable?: true;
  readonly said: SaidByBody | { readonly unreadable: string; readonly isNewer: boolean };
}

export interface SaidByBody {
  readonly name: string;
  /** The release's own namespace. */
  readonly namespace: string;
  readonly revision: number;
  readonly status: string;
  readonly description: string;
  readonly helm: HelmVersion;
  readonly applyMethod?: string;
  readonly updated?: Time;
  readonly disagreements: readonly Disagreement[];
  /** Objects of API versions that Kubernetes has taken away; of a superseded revision nobody looks. */
  readonly removed: readonly RemovedObject[];
  /** The HelmRelease that Flux made it for: `NAMESPACE/NAME`. */
  readonly flux?: string;
  /** Where it was asked for, and the revision isn't superseded. */
  readonly objects?: LiveObjects;
  /** Values under names that tell a secret, in an object that isn't kept like one. */
  readonly openSecrets: number;
}

/** What a manifest says is in the cluster, without its fields. */
export interface LiveObjects {
  readonly objects: readonly ManifestObject[];
  /** Where those are that name no namespace. */
  readonly own: string;
}

export interface RemovedObject {
  readonly api: RemovedApi;
  readonly object: Pick<ManifestObject, 'apiVersion' | 'kind' | 'name'>;
  /** The hook's name, where it is one's. */
  readonly hook?: string;
}

/**
 * @param record as it was read
 * @param live whether its objects are wanted; `apart` as `objectNamespace` has it
 */
export function bodyOf(
  record: ReadRecord,
  opened: OpenedRecord,
  live?: { readonly apart: boolean },
): Body {
  const about = {
    bytes: bytesOf(record),
    ...(record.immutable && { immutable: true as const }),
  };
  if (isBad(opened)) {
    const { unreadable } = opened;
    return { ...about, said: { unreadable, isNewer: newerFormat(record) !== undefined } };
  }
  const { release, disagreements } = opened;
  const { name, namespace, revision, info, helm, applyMethod, config } = release;
  const isPast = info?.status === 'superseded';
  const flux = isPast ? undefined : fluxIn(release);
  const isOpen = record.kind === 'ConfigMap' && config !== null && 'json' in config;
  return {
    ...about,
    said: {
      ...{ name, namespace, revision, helm, disagreements },
      status: info?.status ?? 'unknown',
      description: info?.description ?? '',
      ...(applyMethod !== undefined && { applyMethod }),
      ...(info?.lastDeployed && { updated: info.lastDeployed }),
      removed: isPast ? [] : removedIn(release),
      ...(flux !== undefined && { flux }),
      ...(live && !isPast && { objects: objectsIn(release, record, live.apart) }),
      openSecrets: isOpen ? secretsIn(config.json) : 0,
    },
  };
}

const removedVersions = [...new Set(removedApis.map(({ apiVersion }) => apiVersion))];

/** Parsing is slow: each manifest is read once, whoever asks for its objects. */
const objectsOf = oncePer(
  ({ manifest }: Pick<Release, 'manifest'>) => readManifest(manifest).objects,
);

/** And only one that has the word of such a version. */
function removedIn(release: Release): RemovedObject[] {
  const objects = (from: Pick<Release, 'manifest'>) =>
    removedVersions.some((version) => from.manifest.includes(version)) ? objectsOf(from) : [];
  const found = (object: ManifestObject, hook?: string): RemovedObject[] => {
    const api = removedApi(object);
    if (!api) return [];
    const { apiVersion, kind, name } = object;
    return [{ api, object: { apiVersion, kind, name }, ...(hook !== undefined && { hook }) }];
  };
  return [
    ...objects(release).flatMap((object) => found(object)),
    ...release.hooks.flatMap((hook) => objects(hook).flatMap((object) => found(object, hook.name))),
  ];
}

function objectsIn(release: Release, record: RecordMeta, apart: boolean): LiveObjects {
  const bare = objectsOf(release).map((object): ManifestObject => ({ ...object, fields: {} }));
  return { objects: bare, own: objectNamespace(record, release, apart) };
}

const fluxLabel = 'helm.toolkit.fluxcd.io';

/** Flux's own post-renderer labels every object: internal/postrender in fluxcd/helm-controller. */
function fluxIn(release: Release): string | undefined {
  if (!release.manifest.includes(fluxLabel)) return undefined;
  for (const { fields } of objectsOf(release)) {
    const { labels } = (fields.metadata ?? {}) as JsonObject;
    const said = (labels ?? {}) as JsonObject;
    const [name, namespace] = [said[`${fluxLabel}/name`], said[`${fluxLabel}/namespace`]];
    if (typeof name === 'string' && typeof namespace === 'string') return `${namespace}/${name}`;
  }
  return undefined;
}

/** How many texts stand under a name that tells a secret: `password`, `apiKey`. */
function secretsIn(values: JsonObject): number {
  let found = 0;
  const open: JsonObject[] = [values];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const [name, value] of Object.entries(next))
      if (typeof value === 'string') found += value !== '' && isSecretName(name) ? 1 : 0;
      else if (typeof value === 'object' && value !== null) open.push(value as JsonObject);
  return found;
}
