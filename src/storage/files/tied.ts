/** The rows of a folder that name a release by their file's name alone: it is whole with them, or not at all. */
import { identify, type RecordMeta, type RecordRef } from '../../record.ts';
import { type Held, idOf } from './merge.ts';
import { type SaidByFile, saidByFile } from './saidByFile.ts';

/**
 * Rows that their files' names say something of get the names of the records that they held. A record that
 * is there is none of them; of a file that says no namespace, each release of its name may have lost it.
 */
export function tied(all: readonly Held[]): Held[] {
  const isSaid = ({ nameless, copies: [copy] }: Held) => nameless && copy && saidByFile(copy.file);
  if (!all.some(isSaid)) return [...all];
  const records = all.filter(({ nameless }) => !nameless);
  const there = new Set(records.map(({ record }) => idOf(record)));
  const places = placesOf(records);
  return all.flatMap((row) => {
    const [copy] = row.copies;
    const said = row.nameless && copy ? saidByFile(copy.file) : undefined;
    if (!said || !copy) return [row];
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

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1);
}

function releaseOf(record: RecordMeta): string {
  const identity = identify(record);
  return 'name' in identity ? `${identity.owner} ${identity.name}` : '';
}
