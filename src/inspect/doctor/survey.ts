/**
 * What `doctor` reads of a store, once: the metadata of every record, and the bodies of those that aren't superseded,
 * of each release's newest, and of all of them where it is asked to look deep. No body is kept.
 */
import { attribute, type Disagreement } from '../../attribution.ts';
import { openRecord } from '../../codecs/index.ts';
import { type Standing, standingByLabel, standingOf } from '../../deployed.ts';
import { mapLimit } from '../../parallel.ts';
import {
  helm3KeyPrefix,
  isBad,
  type ReadRecord,
  type RecordKind,
  type RecordMeta,
  type RecordRef,
  refId,
  statusLabel,
} from '../../record.ts';
import { storageAddress } from '../rows.ts';
import { mayBeOf, type ReadSource } from '../sources.ts';
import { type Body, bodyOf, type SaidByBody } from './body.ts';

/** How many single records are fetched at the same time. */
const parallelGets = 8;

export interface SurveyedRevision {
  /** As its content has it, else its key, else its version label. */
  readonly revision: number | undefined;
  readonly record: RecordRef & {
    /** The file that it stands in. */
    readonly place?: string;
    readonly finalizers?: readonly string[];
    readonly leaving?: true;
  };
  readonly name: string;
  /** Where only metadata was read, as its label says. */
  readonly standing: Standing;
  readonly disagreements: readonly Disagreement[];
  /** It has no owner label: no list of Helm's shows it. */
  readonly unlabelled?: true;
  /** Absent: only its metadata was read. */
  readonly body?: Body;
}

/** A release of Helm 3 or 4 in one place. */
export interface SurveyedRelease {
  readonly name: string;
  readonly kind: RecordKind;
  /** The storage namespace; empty for what a file doesn't say. */
  readonly namespace: string;
  /** Its own; where nothing can be read, the storage namespace. */
  readonly own: string;
  /** The one that commands are called with to find it: where its records lie, or else its own. */
  readonly home: string;
  /** The STORAGE column. */
  readonly storage: string;
  /** The store's address. */
  readonly address: string;
  readonly inCluster: boolean;
  /** Ascending; what tells no revision comes first. */
  readonly revisions: readonly SurveyedRevision[];
}

export interface SurveyOptions {
  /** Every body, and records that no list of Helm's shows. */
  readonly deep: boolean;
  /** The objects of what isn't superseded. */
  readonly live?: boolean;
  /** These releases alone; absent: all of them. */
  readonly names?: readonly string[] | undefined;
}

/** @throws ReleasesError when the store can't be read */
export async function surveyOf(
  source: ReadSource,
  { deep, live = false, names }: SurveyOptions,
): Promise<SurveyedRelease[]> {
  const { storage } = source;
  const selection = { ...source.selection, owner: 'helm' as const, ...(names && { names }) };
  const look = live ? { apart: source.apart === true } : undefined;
  const all = new Map<string, SurveyedRevision>();
  const keep = (one: SurveyedRevision) => {
    const id = refId(one.record);
    if (one.body || !all.get(id)?.body) all.set(id, one);
  };
  const readAll = async (list: AsyncIterable<readonly (RecordMeta | ReadRecord)[]>) => {
    for await (const page of list)
      for (const record of page)
        keep(hasBody(record) && (deep || isLikely(record)) ? read(record, look) : seen(record));
  };
  if (deep || !storage.capabilities.metadataOnly) await readAll(storage.list(selection));
  else {
    const likely = () => readAll(storage.list({ ...selection, notStatus: 'superseded' }));
    const metadata = readAll(storage.listMeta(selection));
    // Where nothing need be, bodies are asked for when something is.
    if (source.optional) await metadata.then(() => (all.size > 0 ? likely() : undefined));
    else await Promise.all([metadata, likely()]);
  }
  const fetch = async (one: SurveyedRevision) => {
    const { kind, namespace, key } = one.record;
    const record = await storage.get({ kind, namespace, key });
    // Whoever deletes it meanwhile makes room for the one before.
    if (!record) all.delete(refId(one.record));
    else keep(read(record, look));
  };
  if (deep && storage.capabilities.inCluster && storage.listNames)
    for await (const page of storage.listNames(source.selection.namespace ?? '')) {
      const left = page.filter(
        (record) => record.key.startsWith(helm3KeyPrefix) && !all.has(refId(record)),
      );
      const wanted = left.filter(({ key }) => !names || names.some((name) => isOf(key, name)));
      await mapLimit(wanted, parallelGets, (one) => fetch(seen(one)));
    }
  const tried = new Set<string>();
  for (;;) {
    const wanted = [...grouped(all.values()).values()]
      .flatMap(unread)
      .filter(({ record }) => !tried.has(refId(record)));
    if (wanted.length === 0) break;
    for (const { record } of wanted) tried.add(refId(record));
    await mapLimit(wanted, parallelGets, (one) => fetch(one));
  }
  return [...grouped(all.values()).values()]
    .map((revisions) => releaseOf(revisions, source))
    .filter(({ own }) => mayBeOf(source, own === '' ? undefined : own));
}

/** A status that isn't the newest of a release is nearly always "superseded". */
function isLikely(record: RecordMeta): boolean {
  return statusLabel(record) !== 'superseded';
}

/** `sh.helm.release.v1.NAME.vN` */
function isOf(key: string, name: string): boolean {
  return key.startsWith(`${helm3KeyPrefix}${name}.v`);
}

/** Those of a release whose bodies are wanted still: the newest, down to one that can be read; what isn't superseded. */
function unread(revisions: readonly SurveyedRevision[]): SurveyedRevision[] {
  const newest = revisions.findLast(({ body }) => !body || 'status' in body.said);
  return revisions.filter(
    (one) => !one.body && (one === newest || one.standing.label !== 'superseded'),
  );
}

function hasBody(record: RecordMeta | ReadRecord): record is ReadRecord {
  return 'payload' in record || 'unreadable' in record;
}

function read(record: ReadRecord, look: Parameters<typeof bodyOf>[2]): SurveyedRevision {
  const opened = openRecord(record);
  const body = bodyOf(record, opened, look);
  const content = isBad(opened) ? undefined : opened.release;
  const { names, revision, disagreements } = attribute(record, content);
  return {
    ...{ revision, disagreements, body, ...aboutOf(record) },
    name: content?.name ?? names[0] ?? record.key,
    standing: standingOf('helm', record, content),
  };
}

function seen(record: RecordMeta): SurveyedRevision {
  const { names, revision, disagreements } = attribute(record);
  return {
    ...{ revision, disagreements, ...aboutOf(record) },
    name: names[0] ?? record.key,
    standing: standingByLabel('helm', record, revision ?? Number.NEGATIVE_INFINITY),
  };
}

function aboutOf(record: RecordMeta): Pick<SurveyedRevision, 'record' | 'unlabelled'> {
  const { kind, namespace, key, labels, place, finalizers, leaving } = record;
  const kept = {
    ...{ kind, namespace, key },
    ...(place !== undefined && { place }),
    ...(finalizers && finalizers.length > 0 && { finalizers }),
    ...(leaving && { leaving }),
  };
  const isUnlabelled = kind !== 'SQL' && labels.owner === undefined;
  return { record: kept, ...(isUnlabelled && { unlabelled: true as const }) };
}

/** By place and name, each ascending. */
function grouped(all: Iterable<SurveyedRevision>): Map<string, SurveyedRevision[]> {
  const groups = new Map<string, SurveyedRevision[]>();
  for (const one of all) {
    const { kind, namespace } = one.record;
    const id = JSON.stringify([kind, namespace, one.name]);
    const group = groups.get(id);
    if (group) group.push(one);
    else groups.set(id, [one]);
  }
  for (const group of groups.values()) group.sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
  return groups;
}

function releaseOf(
  revisions: readonly SurveyedRevision[],
  { storage, atHome }: ReadSource,
): SurveyedRelease {
  const said = revisions.map(saidBy).findLast((one) => one !== undefined);
  const [first] = revisions;
  const { kind, namespace } = first?.record ?? { kind: 'Secret', namespace: '' };
  const own = said?.namespace ?? namespace;
  return {
    ...{ name: first?.name ?? '-', kind, namespace, own, revisions },
    home: atHome && namespace !== '' ? namespace : own,
    storage: storageAddress({ kind, namespace, key: '', labels: {} }, storage, own),
    address: storage.address,
    inCluster: storage.capabilities.inCluster,
  };
}

/** What its content says, where it was read and can be. */
export function saidBy({ body }: SurveyedRevision): SaidByBody | undefined {
  return body && 'status' in body.said ? body.said : undefined;
}
