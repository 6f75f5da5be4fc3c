/** What `verify` says of an archive or a folder. */
import { printable } from '../errors.ts';
import type { ReleaseRow } from '../inspect/rows.ts';
import type { JsonObject } from '../json.ts';
import type { Missing } from '../storage/storage.ts';
import { countOf } from './plans/plan.ts';
import { printDocument } from './templates/document.ts';
import type { Format } from './templates/format.ts';
import { palette } from './terminal/colour.ts';
import { type IO, tableWidth } from './terminal/io.ts';
import { type Column, table } from './terminal/table.ts';
import { size } from './terminal/units.ts';

/** One record that was decoded, or why it could not be. */
export interface CheckedRecord extends ReleaseRow {
  /** Of its payload; 0 where it has none. */
  readonly bytes: number;
}

export interface ArchiveFacts {
  readonly address: string;
  /** What an archive says of itself; absent: a folder, which has no seal. */
  readonly about?: {
    readonly tool: string;
    readonly created: string;
    readonly from: readonly string[];
    readonly encrypted: boolean;
    readonly asked?: readonly string[];
    readonly missing?: readonly Missing[];
  };
}

interface Group {
  readonly name: string;
  namespace: string | undefined;
  readonly helms: Set<string>;
  revisions: number;
  bytes: number;
  unreadable: number;
  disagreeing: number;
}

/** @param several one of several: a line, or a document of its own */
export function printVerified(
  facts: ArchiveFacts,
  records: readonly CheckedRecord[],
  { format, several }: { readonly format: Format; readonly several: boolean },
  io: IO,
): void {
  if (several && format.is === 'yaml') io.stdout.write('---\n');
  const data = () => verifiedData(facts, records);
  if (printDocument(format, { data, rows: () => records.map(recordData) }, io)) return;
  const groups = groupsOf(records);
  if (!several) io.stdout.write(table(columns(io), groups, { width: tableWidth(io.stdout) }));
  const bad = records.filter(({ unreadable }) => unreadable !== undefined).length;
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  const counts = `${countOf(groups.length, 'release')}, ${countOf(records.length, 'record')}, ${size(bytes)}`;
  const read = bad === 0 ? 'every record can be read' : `${countOf(bad, 'record')} can't be read`;
  const odd = records.filter(({ disagreements }) => disagreements).length;
  const sound = odd === 0 ? read : `${read}, ${countOf(odd, 'record')} with parts that disagree`;
  io.stdout.write(`${several ? '' : '\n'}${headline(facts)}: ${counts}; ${sound}.\n`);
  for (const one of facts.about?.missing ?? []) io.stdout.write(`${missingLine(one)}\n`);
}

/** An archive may be whole and yet not hold all that was asked for: it says so itself. */
function missingLine({ name, namespace, store, revisions, why }: Missing): string {
  const reason = printable(why, 500);
  if (store !== undefined)
    return `It may lack what ${printable(store, 200)} has, which was asked for: ${reason}`;
  const which = revisions ? `, revision ${revisions.join(', ')}` : '';
  return `It lacks ${printable(name)} in ${printable(namespace) || '-'}${which}, which was asked for: ${reason}`;
}

function headline({ address, about }: ArchiveFacts): string {
  const name = printable(address, 500);
  if (!about) return `${name} has no seal and no index`;
  const from = about.from.length > 0 ? ` from ${about.from.join(', ')}` : '';
  const kind = about.encrypted ? 'encrypted, ' : '';
  return `${name} (${kind}made ${about.created} by ${about.tool}${from}) is whole: seal, index and digests agree`;
}

function verifiedData(facts: ArchiveFacts, records: readonly CheckedRecord[]): JsonObject {
  const { address, about } = facts;
  return {
    address,
    sealed: about !== undefined,
    ...(about && aboutData(about)),
    records: records.map(recordData),
  };
}

function aboutData(about: NonNullable<ArchiveFacts['about']>): JsonObject {
  const { tool, created, from, encrypted, asked, missing = [] } = about;
  return {
    ...{ tool, created, from: [...from], encrypted },
    ...(asked && { asked: [...asked] }),
    missing: missing.map(({ name, namespace, store, revisions, why }) => ({
      ...{ name, namespace, why },
      ...(store !== undefined && { store }),
      ...(revisions && { revisions: [...revisions] }),
    })),
  };
}

function recordData(row: CheckedRecord): JsonObject {
  const { name, namespace, revision, helm, status, place, bytes, unreadable, disagreements } = row;
  return {
    ...{ name, namespace: namespace ?? '', revision: revision ?? null, helm: helm ?? null },
    ...{ status, record: place, bytes },
    ...(unreadable !== undefined && { unreadable }),
    ...(disagreements && { disagreements: disagreements.map(({ message }) => message) }),
  };
}

/** By name, namespace and Helm; what can't be read stands with the records of its name. */
function groupsOf(records: readonly CheckedRecord[]): readonly Group[] {
  const groups = new Map<string, Group>();
  const readableFirst = [...records].sort(
    (a, b) => Number(a.unreadable !== undefined) - Number(b.unreadable !== undefined),
  );
  for (const { name, namespace, helm, bytes, unreadable, disagreements } of readableFirst) {
    const known =
      unreadable === undefined ? undefined : [...groups.values()].find((one) => one.name === name);
    const id = JSON.stringify([name, namespace, helm === 2]);
    const group = known ?? groups.get(id) ?? newGroup(name, namespace);
    if (!known) groups.set(id, group);
    if (helm !== undefined) group.helms.add(String(helm));
    group.revisions += 1;
    group.bytes += bytes;
    if (unreadable !== undefined) group.unreadable += 1;
    if (disagreements) group.disagreeing += 1;
  }
  const order = (group: Group) => `${group.name}\n${group.namespace ?? ''}`;
  return [...groups.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function soundness({ unreadable, disagreeing }: Group): string {
  const odd = [
    ...(unreadable > 0 ? [`${unreadable} unreadable`] : []),
    ...(disagreeing > 0 ? [`${disagreeing} in disagreement`] : []),
  ];
  return odd.join(', ') || 'sound';
}

function newGroup(name: string, namespace: string | undefined): Group {
  return {
    name,
    namespace,
    helms: new Set(),
    revisions: 0,
    bytes: 0,
    unreadable: 0,
    disagreeing: 0,
  };
}

function columns(io: IO): Column<Group>[] {
  const colours = palette(io.colour);
  return [
    { header: 'RELEASE', cell: ({ name }) => printable(name) },
    { header: 'NAMESPACE', cell: ({ namespace }) => printable(namespace ?? '') || '-' },
    { header: 'HELM', cell: ({ helms }) => [...helms].sort().join(', ') || '?' },
    { header: 'REVISIONS', cell: ({ revisions }) => String(revisions) },
    { header: 'SIZE', cell: ({ bytes }) => size(bytes) },
    {
      header: 'RECORDS',
      cell: soundness,
      paint: (group) => (soundness(group) === 'sound' ? colours.good : colours.bad),
    },
  ];
}
