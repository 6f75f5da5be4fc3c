/** A record as a row of Helm's tables, in both directions. */
import { createHash } from 'node:crypto';
import { ReleasesError } from '../../errors.ts';
import {
  helm3Labels,
  identify,
  newerFormat,
  type ReadRecord,
  type RecordMeta,
  type ReleaseRecord,
  saidByLabels,
  shownPlace,
} from '../../record.ts';
import type { Row } from './connection.ts';

/** The columns of a row without its body, for both tables under the same names. */
export const metaColumns = {
  helm: `r.key, r.type, r.name, r.namespace, r.version, r.status, r.owner,
    r.createdAt AS created, r.modifiedAt AS modified, r.xmin::text AS rowversion`,
  tiller: `r.key, r.name, r.version, r.status, r.owner,
    r.created_at AS created, r.modified_at AS modified, r.xmin::text AS rowversion`,
} as const;

/** All custom labels of a row, as pairs: the table doesn't keep one from being there twice. */
export const customLabelsColumn = `(SELECT json_agg(json_build_array(c.key, c.value))
  FROM custom_labels_v1 c
  WHERE c.releaseKey = r.key AND c.releaseNamespace = r.namespace) AS custom`;

export function metaOf(row: Row): RecordMeta {
  const { key, namespace, type, custom } = row;
  const helm3 = namespace !== undefined;
  const names = helm3
    ? (['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt'] as const)
    : (['NAME', 'OWNER', 'STATUS', 'VERSION', 'CREATED_AT', 'MODIFIED_AT'] as const);
  const pairs = pairsOf(custom);
  const labels: { [name: string]: string } = Object.fromEntries(pairs);
  const values = [row.name, row.owner, row.status, row.version];
  for (const [at, value] of values.entries()) labels[names[at] ?? ''] = String(value);
  // Zero is what the columns hold where a Secret would lack the label.
  if (row.created !== 0) labels[names[4]] = String(row.created);
  if (row.modified !== 0) labels[names[5]] = String(row.modified);
  return {
    kind: 'SQL',
    namespace: helm3 ? String(namespace) : '',
    key: String(key),
    labels,
    ...(type !== undefined && { type: String(type) }),
    ...doubled(pairs),
    resourceVersion: String(row.rowversion) + labelsVersion(pairs),
  };
}

export function recordOf(row: Row): ReadRecord {
  const meta = metaOf(row);
  const newer = newerFormat(meta);
  const { body } = row;
  if (newer)
    return {
      ...meta,
      unreadable: newer,
      ...(typeof body === 'string' && { storedBytes: body.length }),
    };
  if (typeof body !== 'string' || body === '')
    return { ...meta, unreadable: 'it has no release data' };
  return { ...meta, payload: body };
}

type Label = readonly [name: string, value: string];

/** In an order that doesn't depend on where the rows of the labels lie. */
function pairsOf(custom: unknown): readonly Label[] {
  if (!Array.isArray(custom)) return [];
  const pairs = custom.map(([name, value]): Label => [String(name), String(value)]);
  return pairs.sort((a, b) => (a.join('\0') < b.join('\0') ? -1 : 1));
}

/** Nothing in Helm's table keeps a label from being there twice; Helm takes whichever row comes last. */
function doubled(pairs: readonly Label[]): Pick<RecordMeta, 'doubledLabels'> {
  const values = new Map<string, string>();
  const names = new Set<string>();
  for (const [name, value] of pairs) {
    if ((values.get(name) ?? value) !== value) names.add(name);
    values.set(name, value);
  }
  return names.size > 0 ? { doubledLabels: [...names] } : {};
}

/**
 * The labels lie in a table of their own, so that the row's `xmin` says nothing of them: a row with other
 * labels is another version of the record. Empty where there are none.
 */
function labelsVersion(pairs: readonly Label[]): string {
  if (pairs.length === 0) return '';
  return `+${createHash('sha256').update(JSON.stringify(pairs)).digest('hex').slice(0, 16)}`;
}

/** @returns the `xmin` of the row that was read; undefined where nobody says which it was */
export function rowVersionOf({ resourceVersion }: RecordMeta): string | undefined {
  return resourceVersion?.split('+')[0];
}

/** @param rows of the table of custom labels, all that a row has */
export function hasLabels({ resourceVersion }: RecordMeta, rows: readonly Row[]): boolean {
  if (resourceVersion === undefined) return true;
  const pairs = pairsOf(rows.map(({ key, value }) => [key, value]));
  return resourceVersion.slice(resourceVersion.split('+')[0]?.length) === labelsVersion(pairs);
}

export interface RowToWrite {
  readonly owner: 'helm' | 'tiller';
  readonly name: string;
  readonly revision: number;
  readonly status: string;
  readonly created: number;
  readonly modified: number;
  readonly custom: readonly (readonly [name: string, value: string])[];
}

/**
 * What the columns will hold.
 * @throws ReleasesError REFUSED for what they can't hold: see `unholdable`
 */
export function rowFor(record: ReleaseRecord): RowToWrite {
  const why = unholdable(record);
  if (why !== undefined) throw new ReleasesError('REFUSED', `${shownPlace(record)}: ${why}`);
  const identity = identify(record);
  if ('reason' in identity) throw new ReleasesError('UNREADABLE', identity.reason);
  const { labels } = record;
  const { owner } = identity;
  // What is carried over unchanged keeps what its labels say, right or wrong.
  const said = saidByLabels(owner, record);
  const name = said.name ?? identity.name;
  const revision = Number(said.version ?? identity.revision);
  const [status, created, modified] =
    owner === 'helm'
      ? [labels.status, labels.createdAt, labels.modifiedAt]
      : [labels.STATUS, labels.CREATED_AT, labels.MODIFIED_AT];
  return {
    ...{ owner, name, revision },
    status: status ?? '',
    created: Number(created ?? 0),
    modified: Number(modified ?? 0),
    custom:
      owner === 'helm' ? Object.entries(labels).filter(([label]) => !helm3Labels.has(label)) : [],
  };
}

/** Why a record has no place in Helm's tables, by their columns; undefined where it has. */
export function unholdable(
  record: RecordMeta & Pick<ReleaseRecord, 'annotations'>,
): string | undefined {
  if (Object.keys(record.annotations ?? {}).length > 0)
    return "it has annotations, and Helm's tables have no place for them";
  const identity = identify(record);
  if ('reason' in identity) return identity.reason;
  const { labels, key, namespace } = record;
  const helm = identity.owner === 'helm';
  const times = helm
    ? [labels.createdAt, labels.modifiedAt]
    : [labels.CREATED_AT, labels.MODIFIED_AT];
  for (const time of times)
    if (time !== undefined && !/^(0|[1-9][0-9]{0,8}|1[0-9]{9}|20[0-9]{8})$/.test(time))
      return 'its label for when it was written is no number that the column holds';
  if (key.length > (helm ? 90 : 67)) return 'its key is longer than the column for it';
  const { version, owner: ownerLabel } = saidByLabels(identity.owner, record);
  if (ownerLabel !== undefined && ownerLabel !== (helm ? 'helm' : 'TILLER'))
    return 'its owner label names neither Helm nor Tiller';
  if (!/^-?[0-9]{1,9}$/.test(version ?? String(identity.revision)))
    return 'its version label is no number that the column holds';
  if (identity.name.length > 64) return 'its name is longer than the column for it';
  if (!helm) return undefined;
  if (namespace.length > 64) return 'its namespace is longer than the column for it';
  const custom = Object.entries(labels).filter(([label]) => !helm3Labels.has(label));
  if (custom.length > 0 && key.length > 64)
    return "its key is longer than Helm's table of custom labels holds, and it has some";
  if (custom.some(([label, value]) => label.length > 317 || value.length > 63))
    return 'a custom label is longer than the column for it';
  return undefined;
}
