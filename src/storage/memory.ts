/** Records in memory: for tests, and for rehearsing moves that must not write. */
import { randomUUID } from 'node:crypto';
import { printable, ReleasesError } from '../errors.ts';
import {
  type ReadRecord,
  type RecordKind,
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  recordPlace,
} from '../record.ts';
import { isSelected } from './select.ts';
import type { Selection, Storage } from './storage.ts';

export interface MemoryOptions {
  readonly kinds?: readonly RecordKind[];
  /** Records a page; absent: 250. */
  readonly pageSize?: number;
  /** What it holds at first, taken as it is. */
  readonly records?: readonly ReadRecord[];
}

export function openMemory(options: MemoryOptions = {}): Storage {
  const { kinds = ['Secret', 'ConfigMap'], pageSize = 250 } = options;
  const held = new Map<string, ReadRecord>();
  const id = randomUUID();
  let version = 0;
  const idOf = (ref: RecordRef) => JSON.stringify([ref.kind, ref.namespace, ref.key]);
  const put = (record: ReadRecord, uid = `${id}-${version + 1}`) => {
    version += 1;
    held.set(idOf(record), { ...record, uid, resourceVersion: String(version) });
  };

  /** @throws ReleasesError NOT_FOUND, CONFLICT where the record isn't the one that was read */
  function asRead(record: RecordMeta): ReadRecord {
    const there = held.get(idOf(record));
    const name = printable(recordPlace(record));
    if (!there) throw new ReleasesError('NOT_FOUND', `there is no ${name}`);
    const { uid = there.uid, resourceVersion = there.resourceVersion } = record;
    if (uid !== there.uid || resourceVersion !== there.resourceVersion)
      throw new ReleasesError('CONFLICT', `${name} was changed in the meantime`);
    return there;
  }

  for (const record of options.records ?? []) put(record);

  async function* list(selection: Selection) {
    const found = [...held.values()].filter((record) => isSelected(record, selection));
    for (let at = 0; at < found.length; at += pageSize) yield found.slice(at, at + pageSize);
  }

  return {
    address: 'memory',
    kinds,
    capabilities: {
      durable: false,
      preconditions: true,
      metadataOnly: false,
      selects: true,
      inCluster: false,
      maxRecordBytes: undefined,
    },
    list,
    listMeta: list,
    get: async (ref) => held.get(idOf(ref)),
    async create(record) {
      if (held.has(idOf(record)))
        throw new ReleasesError('EXISTS', `${printable(recordPlace(record))} exists already`);
      put(anew(record));
    },
    async replace(record, over) {
      put(anew(record), asRead(over).uid);
    },
    async delete(record) {
      held.delete(idOf(asRead(record)));
    },
  };
}

/** A record that is written isn't being deleted, whatever it is a copy of. */
function anew({ leaving: _, ...record }: ReleaseRecord): ReleaseRecord {
  return record;
}
