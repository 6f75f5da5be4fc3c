/**
 * A store whose Helm 2 records are told by labels that somebody named instead of Tiller's own
 * `OWNER=TILLER`: forks wrote others (helm-2to3's `--label`). Labels only select; what is found is
 * decoded and identified like any record, but for its owner label.
 */
import { identify, isBad, ownerOf, type ReadRecord, type RecordMeta } from '../../record.ts';
import { type LabelSelector, matchesSelector, parseSelector } from '../labels.ts';
import { isHelm3s } from '../select.ts';
import type { RecordEvent, Selection, Storage } from '../storage.ts';

type Listed = RecordMeta | ReadRecord;
type List<R extends Listed> = (selection: Selection) => AsyncIterable<readonly R[]>;

/** What Tiller and its forks put on every record. */
const everyRecord = parseSelector('NAME,VERSION');

export function withTillerLabels(storage: Storage, labels: LabelSelector): Storage {
  const isOurs = (record: RecordMeta) =>
    !isHelm3s(record) && matchesSelector(labels, record.labels);

  async function* found<R extends Listed>(list: List<R>, selection: Selection) {
    const { owner, ...rest } = selection;
    if (owner !== 'tiller')
      for await (const page of list({ ...rest, owner: 'helm' })) {
        // Others than Helm put `owner=helm` on records, too.
        const helms = page.filter((record) => !isOurs(record));
        if (helms.length > 0) yield helms;
      }
    if (owner === 'helm') return;
    const names = new Set<string>();
    for await (const page of list({ ...rest, owner: 'tiller', labels })) {
      const records = page.filter(looksLikeRecord).map(marked);
      for (const record of records) names.add(releaseOf(record));
      if (records.length > 0) yield records;
    }
    // A list of the newest alone is read beside one of all.
    if (names.size > 0 && rest.notStatus === undefined) yield* others(rest, names);
  }

  /** A release moves whole: its revisions that the labels leave out are said, not passed over. */
  async function* others(selection: Selection, names: ReadonlySet<string>) {
    const all = storage.listMeta({ ...selection, owner: 'tiller', labels: everyRecord });
    for await (const page of all) {
      const left = page.filter((record) => !isOurs(record) && names.has(releaseOf(record)));
      if (left.length > 0) yield left.map(leftOut);
    }
  }

  const { watch } = storage;
  return {
    ...storage,
    ...(watch && {
      watch: ({ owner, ...rest }, signal) =>
        owner === 'helm'
          ? watch({ ...rest, owner }, signal)
          : ours(watch({ ...rest, owner, labels }, signal)),
    }),
    list: (selection) => found(storage.list, selection),
    listMeta: (selection) => found(storage.listMeta, selection),
    async get(ref) {
      const record = await storage.get(ref);
      if (record && isOurs(record)) return marked(record);
      return !record || ownerOf(record) === 'helm' ? record : leftOut(record);
    },
  };
}

/** A store whose records may be a fork's: they are read whatever their owner label says. */
export function ignoringOwnerLabel(storage: Storage): Storage {
  const mark = <R extends Listed>(record: R) =>
    ownerOf(record) === 'tiller' ? marked(record) : record;
  async function* all<R extends Listed>(pages: AsyncIterable<readonly R[]>) {
    for await (const page of pages) yield page.map(mark);
  }
  const { watch: _, ...rest } = storage;
  return {
    ...rest,
    list: (selection) => all(storage.list(selection)),
    listMeta: (selection) => all(storage.listMeta(selection)),
    async get(ref) {
      const record = await storage.get(ref);
      return record && mark(record);
    },
  };
}

/** Of what the labels leave out nothing is told here: a watch is a view, and moves nothing. */
async function* ours(events: AsyncIterable<RecordEvent>): AsyncGenerator<RecordEvent> {
  for await (const event of events)
    if (event.is === 'listed')
      yield { ...event, records: event.records.filter(looksLikeRecord).map(marked) };
    else if (event.is !== 'changed' && event.is !== 'removed') yield event;
    else if (looksLikeRecord(event.record)) yield { ...event, record: marked(event.record) };
}

function marked<R extends Listed>(record: R): R {
  return { ...record, anyOwner: true };
}

function leftOut(record: Listed): ReadRecord {
  if (isBad(record)) return record;
  const { kind, namespace, key, labels, place, uid, resourceVersion } = record;
  return {
    ...{ kind, namespace, key, labels, anyOwner: true },
    ...(place !== undefined && { place }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    unreadable: 'the labels of --tiller-label leave it out',
  };
}

/** One text per release of a store. */
function releaseOf(record: Listed): string {
  const identity = identify(marked(record));
  const name = 'name' in identity ? identity.name : record.labels.NAME;
  return JSON.stringify([record.kind, record.namespace, name]);
}

/** Locks and settings may carry a fork's label too. */
function looksLikeRecord(record: Listed): boolean {
  const { NAME, VERSION } = record.labels;
  return 'payload' in record || /\.v-?[0-9]+$/.test(record.key) || Boolean(NAME ?? VERSION);
}
