/** What a list or a history shows of one record: plain data, before any layout. */
import { attribute, type Disagreement } from '../attribution.ts';
import type { OpenedRecord } from '../codecs/index.ts';
import { type BadRecord, type RecordMeta, recordPlace } from '../record.ts';
import type { Chart, HelmVersion, Release, Time } from '../release.ts';
import type { Storage } from '../storage/storage.ts';

export interface ReleaseRow {
  readonly name: string;
  /** The release's own namespace; where nothing can be read, Helm 3's and 4's records lie in it. */
  readonly namespace: string | undefined;
  readonly revision: number | undefined;
  readonly updated: Time | undefined;
  /** In the words of the Helm that wrote it: `DEPLOYED` for Helm 2, `deployed` since Helm 3. */
  readonly status: string;
  /** The same in Helm 3's words, to choose by; undefined for a record that can't be read. */
  readonly state: string | undefined;
  readonly chart: string | undefined;
  /** The chart's name alone. */
  readonly chartName?: string | undefined;
  readonly appVersion: string | undefined;
  readonly description: string | undefined;
  readonly helm: HelmVersion | undefined;
  /** The revision that a rollback went back to; only Helm 4 keeps it. */
  readonly rollbackRevision: number | undefined;
  /** The record's own, which Helm's selectors ask. */
  readonly labels: Readonly<{ [name: string]: string }>;
  /** Bytes of the payload as the store counts them; undefined for a record that can't be read. */
  readonly size: number | undefined;
  /** The STORAGE column: an address that finds the record again. */
  readonly storage: string;
  /** Kind, namespace and key, and the file where there is one. */
  readonly place: string;
  /** Why it can't be read. */
  readonly unreadable?: string;
  /** Where its key, its labels and its content don't say the same; absent where they do. */
  readonly disagreements?: readonly Disagreement[];
  /** When it was seen so, RFC 3339, where rows come one after the other. */
  readonly seen?: string;
  /** The kubeconfig context of its cluster, where several are read. */
  readonly context?: string;
}

export const unreadableStatus = 'unreadable';

export function releaseRow(opened: OpenedRecord, storage: Storage): ReleaseRow {
  if ('unreadable' in opened) return badRow(opened, storage);
  const { record, release, disagreements } = opened;
  return {
    name: release.name,
    namespace: release.namespace,
    revision: release.revision,
    updated: release.info?.lastDeployed,
    status: statusWord(release),
    state: stateOf(release),
    chart: chartName(release.chart),
    chartName: release.chart?.metadata?.name,
    appVersion: release.chart?.metadata?.appVersion ?? 'MISSING',
    description: release.info?.description ?? '',
    helm: release.helm,
    rollbackRevision: release.info?.rollbackRevision,
    labels: record.labels,
    // Base64, so that characters are bytes.
    size: record.payload.length,
    storage: storageAddress(record, storage, release.namespace),
    place: recordPlace(record),
    ...(disagreements.length > 0 && { disagreements }),
  };
}

/** Called as every command calls it: by the name label, else by its key, else as the record itself. */
function badRow(record: BadRecord, storage: Storage): ReleaseRow {
  const { owner, names, revision } = attribute(record);
  const namespace = owner === 'helm' && record.namespace !== '' ? record.namespace : undefined;
  return {
    name: names[0] ?? (record.key || record.place || '-'),
    namespace,
    revision,
    updated: undefined,
    status: unreadableStatus,
    state: undefined,
    chart: undefined,
    appVersion: undefined,
    description: undefined,
    helm: undefined,
    rollbackRevision: undefined,
    labels: record.labels,
    size: undefined,
    storage: storageAddress(record, storage, namespace),
    place: recordPlace(record),
    unreadable: record.unreadable,
  };
}

function stateOf(release: Release): string {
  return release.info?.status ?? 'unknown';
}

/** Helm 2's codes (hapi/release/status.pb.go) for Helm 2's records. */
export function statusWord(release: Release): string {
  const status = stateOf(release);
  if (release.helm !== 2) return status;
  if (status === 'uninstalled') return 'DELETED';
  if (status === 'uninstalling') return 'DELETING';
  return status.toUpperCase().replace(/-/g, '_');
}

/** `NAME-VERSION`, or the word Helm prints where a record holds no chart. */
export function chartName(chart: Chart | undefined): string {
  const metadata = chart?.metadata;
  return metadata ? `${metadata.name}-${metadata.version}` : 'MISSING';
}

/**
 * `secret` for a record in its release's own namespace, `secret:NS` for one elsewhere; what isn't in
 * a cluster keeps the address it was opened with.
 */
export function storageAddress(
  record: RecordMeta,
  storage: Pick<Storage, 'address'>,
  releaseNamespace: string | undefined,
): string {
  if (!/^(secret|configmap)(:|$)/.test(storage.address)) return storage.address;
  const kind = record.kind.toLowerCase();
  return record.namespace === releaseNamespace ? kind : `${kind}:${record.namespace}`;
}
