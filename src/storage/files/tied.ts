/** The rows of a folder that name a release by their file's name alone: it is whole with them, or not at all. */
import {
  identify,
  type RecordMeta,
  type RecordRef,
  recordKey,
  revisionSaid,
} from '../../record.ts';
import { type Held, idOf } from './merge.ts';
import { fileFor } from './names.ts';
import { type SaidByFile, saidByFile } from './saidByFile.ts';

/**
 * Rows that their files' names say something of get the names of the records that they held. A record that
 * is there is none of them; of a file that says no namespace, each release of its name may have lost it.
 */
export function tied(all: readonly Held[]): Held[] {
  const isSaid = ({ nameless, copies: [copy] }: Held) =>
    nameless && copy && (saidByFile(copy.file) || isHashed(copy.file));
  if (!all.some(isSaid)) return [...all];
  const records = all.filter(({ nameless }) => !nameless);
  const there = new Set(records.map(({ record }) => idOf(record)));
  const places = placesOf(records);
  return all.flatMap((row) => {
    const [copy] = row.copies;
    if (!row.nameless || !copy) return [row];
    const said = saidByFile(copy.file);
    if (!said) {
      const ref = isHashed(copy.file) ? hashedRef(copy.file, records) : undefined;
      return ref && !there.has(idOf(ref)) ? { ...row, record: { ...row.record, ...ref } } : row;
    }
    const missing = places(said, copy.file).filter((ref) => !there.has(idOf(ref)));
    if (missing.length === 0) return said.isAside ? [] : [row];
    return missing.map((ref) => ({ ...row, record: { ...row.record, ...ref } }));
  });
}

/** Where a record that a file speaks of was, by what else is in the folder. */
function placesOf(records: readonly Held[]) {
  const ofRelease = new Map<string, RecordMeta[]>();
  const inFolder = new Map<string, Set<string>>();
  const add = <T>(into: Map<string, T>, id: string, make: () => T): T => {
    const one = into.get(id) ?? make();
    into.set(id, one);
    return one;
  };
  for (const { record, copies } of records) {
    add(ofRelease, releaseOf(record), () => [] as RecordMeta[]).push(record);
    for (const { file } of copies)
      add(inFolder, folderOf(file), () => new Set<string>()).add(record.namespace);
  }
  return ({ key, kind, namespace }: SaidByFile, file: string): RecordRef[] => {
    const beside = inFolder.get(folderOf(file));
    const isOwn = namespace !== undefined && (!beside || beside.has(namespace));
    if (kind && isOwn) return [{ kind, namespace, key }];
    const found = new Map<string, RecordRef>();
    const same = ofRelease.get(
      releaseOf({ kind: kind ?? 'Secret', namespace: '', key, labels: {} }),
    );
    for (const record of same ?? [])
      if (!kind || record.kind === kind)
        found.set(`${record.kind} ${record.namespace}`, {
          ...{ kind: record.kind, namespace: record.namespace, key },
        });
    if (found.size > 0) return [...found.values()];
    return [{ kind: kind ?? 'Secret', namespace: (isOwn && namespace) || '', key }];
  };
}

/** Of a name that not every file system keeps, `fileFor` gives the hash. */
function isHashed(file: string): boolean {
  return /~[0-9a-f]{12}\.yaml$/.test(file);
}

/** Revisions that are looked for beyond the newest that is there, and the most. */
const [ahead, most] = [20, 1000];

/** The revision of a release beside it whose file would be called so. */
function hashedRef(file: string, records: readonly Held[]): RecordRef | undefined {
  const name = file.split('/').slice(-2).join('/');
  const newest = new Map<string, { readonly record: RecordMeta; readonly revision: number }>();
  for (const { record } of records) {
    if (!isHashed(fileFor(record))) continue;
    const id = JSON.stringify([record.kind, record.namespace, releaseOf(record)]);
    const revision = revisionSaid(record);
    if (revision > (newest.get(id)?.revision ?? 0)) newest.set(id, { record, revision });
  }
  for (const { record, revision } of newest.values()) {
    const identity = identify(record);
    if ('reason' in identity) continue;
    const { kind, namespace } = record;
    for (let one = Math.min(revision, most) + ahead; one > 0; one--) {
      const ref = { kind, namespace, key: recordKey(identity.owner, identity.name, one) };
      if (fileFor(ref) === name) return ref;
    }
  }
  return undefined;
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1);
}

function releaseOf(record: RecordMeta): string {
  const identity = identify(record);
  return 'name' in identity ? `${identity.owner} ${identity.name}` : '';
}
