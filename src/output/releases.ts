/** The screens of `list` and `history`. */
import { disagreementText } from '../attribution.ts';
import { printable } from '../errors.ts';
import { historyTime, isZeroTime, listTime, tableTime } from '../go/time/format.ts';
import { exactYaml, helmStructYaml } from '../go/yaml/write.ts';
import type { HelmShape } from '../helms.ts';
import type { ReleaseRow } from '../inspect/rows.ts';
import type { Json, JsonObject } from '../json.ts';
import { helm2Labels, helm3Labels } from '../record.ts';
import { helm4Colours } from './helm/colours.ts';
import { helmTable } from './helm/helmTable.ts';
import { exactLine, structLine } from './helm/json.ts';
import type { Format } from './templates/format.ts';
import { printTemplate } from './templates/templates.ts';
import { palette, statusPaint } from './terminal/colour.ts';
import { type IO, tableWidth } from './terminal/io.ts';
import { type Column, table } from './terminal/table.ts';
import { writeText } from './terminal/text.ts';
import { age, size } from './terminal/units.ts';

export interface Layout {
  readonly format: Format;
  /** Helm 3 and 4 differ in what data holds. */
  readonly shape: HelmShape;
  /** Tables to the byte as that helm prints them. */
  readonly exact: boolean;
  readonly headers: boolean;
  /** Of a history: a column says which revision a rollback went back to. */
  readonly rollback?: boolean;
  /** A column says which context a row is from. */
  readonly contexts?: boolean;
  /** A column says when a row came. */
  readonly watched?: boolean;
  /** A column has the labels that helm doesn't set itself. */
  readonly labels?: boolean;
  /** A layout of Go's for UPDATED; absent: seconds with their zone, and where helm's own is printed, helm's. */
  readonly timeFormat?: string | undefined;
}

export interface ListLayout extends Layout {
  readonly short: boolean;
}

type CellPaint = (text: string, row: number, column: number) => string;

/** One way to show rows: what a table, a line of data and a template see of them. */
export interface Printer {
  /** For `-o name`: what stands between tabs. */
  readonly names: (row: ReleaseRow) => readonly string[];
  readonly columns: readonly Column<ReleaseRow>[];
  readonly helmCells: (row: ReleaseRow) => readonly string[];
  /** Where that helm colours its cells, below so many lines of header. */
  readonly helmPaint?: ((headers: number) => CellPaint) | undefined;
  readonly object: (row: ReleaseRow) => JsonObject;
}

export function printList(rows: readonly ReleaseRow[], layout: ListLayout, io: IO): void {
  const { short, format } = layout;
  const by = listPrinter(layout, io);
  if (!short && format.is !== 'name') {
    printRows(rows, layout, by, io);
    return;
  }
  const names = rows.map(({ name, context }) => (context === undefined ? name : { context, name }));
  if (format.is === 'json') writeText(structLine(names), io);
  else if (format.is === 'yaml') writeText(helmStructYaml(names), io);
  else writeText(rows.map((row) => nameLine(row, by)).join(''), io);
}

export function printHistory(rows: readonly ReleaseRow[], layout: Layout, io: IO): void {
  const by = historyPrinter(layout, io);
  if (layout.format.is === 'name') writeText(rows.map((row) => nameLine(row, by)).join(''), io);
  else printRows(rows, layout, by, io);
}

/** A line of `-o name`; none for a row without one. */
export function nameLine(row: ReleaseRow, by: Printer): string {
  const names = by.names(row).map(whole);
  return names.length === 0 ? '' : `${names.join('\t')}\n`;
}

/** A row as a JSONPath and custom columns see it. */
export function templateItem(row: ReleaseRow, by: Printer): JsonObject {
  return { ...by.object(row), ...ourFields(row), ...seenIn(row) };
}

/** A member of the documents of a watch, and of no others. */
export function seenIn({ seen }: ReleaseRow): JsonObject {
  return seen === undefined ? {} : { seen };
}

export function columnsOf(layout: Layout, by: Printer): readonly Column<ReleaseRow>[] {
  return [
    ...(layout.watched ? [seenColumn] : []),
    ...(layout.contexts ? [contextColumn] : []),
    ...by.columns,
    ...(layout.format.is === 'wide' ? wideColumns : []),
    ...(layout.labels ? [labelsColumn] : []),
  ];
}

function printRows(rows: readonly ReleaseRow[], layout: Layout, by: Printer, io: IO): void {
  const { format, headers, exact } = layout;
  const object = (row: ReleaseRow) => ({ ...by.object(row), ...(!exact && disagreementsIn(row)) });
  const data = (): JsonObject[] => rows.map(object);
  switch (format.is) {
    case 'json':
      writeText(exact ? exactLine(data()) : structLine(data()), io);
      break;
    case 'yaml':
      writeText(exact ? exactYaml(data()) : helmStructYaml(data()), io);
      break;
    case 'jsonpath':
    case 'custom-columns': {
      const items: Json[] = rows.map((row) => templateItem(row, by));
      printTemplate(format, { items, headers }, io);
      break;
    }
    default: {
      if (exact && format.is !== 'wide') {
        const head = headers ? [by.columns.flatMap(({ header }) => helmHeader(header))] : [];
        const paint = by.helmPaint && io.colour ? by.helmPaint(head.length) : undefined;
        const look = { terminal: io.stdout.isTTY, paint };
        io.stdout.write(helmTable([...head, ...rows.map(by.helmCells)], look));
        break;
      }
      const odd = format.is === 'wide' && rows.some(({ disagreements }) => disagreements);
      const columns = [...columnsOf(layout, by), ...(odd ? [disagreementColumn] : [])];
      io.stdout.write(table(columns, rows, { headers, width: tableWidth(io.stdout) }));
    }
  }
}

const widestTime = '2026-11-20 18:04:11 +0000'.length;

/** In the zone that the time is written in, as it is in full; of the last day the hour says more. */
function shorterTimes({ updated }: ReleaseRow): readonly string[] {
  const ago = Date.now() - Date.parse(updated ?? '');
  const last = ago >= 0 && ago < oneDay ? '15:04:05' : '2006-01-02';
  return ['2006-01-02 15:04:05', '2006-01-02 15:04', last].map((layout) =>
    listTime(updated, layout),
  );
}

const oneDay = 24 * 60 * 60 * 1000;

/** When, and how long ago. */
function timeColumns(timeFormat: string | undefined): Column<ReleaseRow>[] {
  const cell = ({ updated }: ReleaseRow) =>
    text(timeFormat === undefined ? tableTime(updated) : listTime(updated, timeFormat));
  return [
    {
      ...{ header: 'UPDATED', min: 10, folds: 2, cell },
      ...(timeFormat === undefined && { widest: widestTime, shorter: shorterTimes }),
    },
    {
      ...{ header: ageHeader, widest: widestAge, folds: 4 },
      cell: ({ updated }) => ageOf(updated),
      folded: ({ updated }) => `${ageOf(updated)} ago`,
    },
  ];
}

/** No helm has that column. */
const ageHeader = 'AGE';

function helmHeader(header: string): readonly string[] {
  return header === ageHeader ? [] : [header];
}

/** As kubectl has it; of a time that is none, `-`. */
function ageOf(updated: string | undefined): string {
  return updated === undefined || isZeroTime(updated) ? '-' : age(updated);
}

const widestAge = '2y364d'.length;

export function listPrinter(
  { timeFormat, shape, labels }: Pick<ListLayout, 'timeFormat' | 'shape' | 'labels'>,
  io: IO,
): Printer {
  const updated = (row: ReleaseRow) => listTime(row.updated, timeFormat);
  return {
    // A name alone would be another cluster's, too.
    names: ({ name, context }) => (context === undefined ? [name] : [context, name]),
    columns: [
      { header: 'NAME', stays: true, cell: (row) => text(row.name) },
      { header: 'NAMESPACE', cell: (row) => text(row.namespace) },
      { header: 'REVISION', cell: (row) => text(row.revision?.toString()) },
      ...timeColumns(timeFormat),
      statusColumn(io),
      { header: 'CHART', folds: 3, cell: (row) => text(row.chart) },
      { header: 'APP VERSION', folds: 1, cell: (row) => text(row.appVersion, '') },
    ],
    object: (row) => ({
      ...listObject(row, updated(row)),
      ...(labels && { labels: ownLabels(row) }),
    }),
    helmCells: (row) => Object.values(listObject(row, updated(row))).map(String),
    helmPaint: shape.major === 4 ? helm4Paint : undefined,
  };
}

/** Helm 4's: its header, the namespaces and the statuses. */
function helm4Paint(headers: number): CellPaint {
  const { header, namespace, status } = helm4Colours;
  return (text, row, column) => {
    if (row < headers) return header(text);
    return column === 1 ? namespace(text) : column === 4 ? status(text) : text;
  };
}

/** Helm's fields, in its order and types. */
function listObject(row: ReleaseRow, updated: string): JsonObject {
  return {
    name: row.name,
    namespace: row.namespace ?? '',
    revision: row.revision?.toString() ?? '',
    updated,
    status: row.status,
    chart: row.chart ?? '',
    app_version: row.appVersion ?? '',
    ...(row.context === undefined ? {} : { context: row.context }),
    ...(row.unreadable === undefined ? {} : { unreadable: row.unreadable }),
  };
}

export function historyPrinter(layout: Layout, io: IO): Printer {
  const { rollback, timeFormat, labels } = layout;
  const rolledBackTo = ({ rollbackRevision }: ReleaseRow) =>
    rollbackRevision ? String(rollbackRevision) : '';
  return {
    names: ({ revision }) => (revision === undefined ? [] : [String(revision)]),
    columns: [
      { header: 'REVISION', stays: true, cell: (row) => text(row.revision?.toString()) },
      ...timeColumns(timeFormat),
      statusColumn(io),
      { header: 'CHART', folds: 3, cell: (row) => text(row.chart) },
      { header: 'APP VERSION', folds: 1, cell: (row) => text(row.appVersion, '') },
      ...(rollback ? [{ header: 'ROLLBACK', cell: rolledBackTo }] : []),
      {
        header: 'DESCRIPTION',
        wraps: 24,
        cell: (row) => text(row.unreadable ?? row.description, ''),
      },
    ],
    object: (row) => ({ ...historyObject(row, layout), ...(labels && { labels: ownLabels(row) }) }),
    helmCells: (row) => [
      String(row.revision),
      isZeroTime(row.updated) ? goZeroTime : historyTime(row.updated),
      row.status,
      row.chart ?? '',
      row.appVersion ?? '',
      ...(rollback ? [rolledBackTo(row)] : []),
      row.description ?? '',
    ],
  };
}

/** Go's zero time, which helm's history prints as it is. */
const goZeroTime = 'Mon Jan  1 00:00:00 0001';

/** As helm's history has it: the revision a number, the time as it is stored. */
function historyObject(row: ReleaseRow, { shape, timeFormat }: Layout): JsonObject {
  const stored = isZeroTime(row.updated) ? '' : (row.updated ?? '');
  const updated = timeFormat === undefined || stored === '' ? stored : listTime(stored, timeFormat);
  const dated = shape.major === 3 || !isZeroTime(row.updated);
  const { rollbackRevision: rollback } = row;
  return {
    revision: row.revision ?? null,
    ...(dated ? { updated } : {}),
    status: row.status,
    chart: row.chart ?? '',
    app_version: row.appVersion ?? '',
    ...(shape.rollbackRevision && rollback ? { rollback_revision: rollback } : {}),
    description: row.description ?? '',
    ...(row.unreadable === undefined ? {} : { unreadable: row.unreadable }),
  };
}

function statusColumn(io: IO): Column<ReleaseRow> {
  const colours = palette(io.colour);
  return {
    header: 'STATUS',
    // A watch sees releases become that.
    widest: 'pending-rollback'.length,
    cell: (row) => text(row.status),
    paint: (row) => statusPaint(colours, row.status),
  };
}

/** In the zone of whoever watches. */
const seenColumn: Column<ReleaseRow> = {
  header: 'SEEN',
  widest: '15:04:05'.length,
  cell: ({ seen }) => (seen === undefined ? '-' : new Date(seen).toTimeString().slice(0, 8)),
};

const contextColumn: Column<ReleaseRow> = { header: 'CONTEXT', cell: (row) => text(row.context) };

const wideColumns: readonly Column<ReleaseRow>[] = [
  { header: 'HELM', cell: (row) => row.helm?.toString() ?? '?' },
  { header: 'STORAGE', cell: (row) => text(row.storage) },
  { header: 'SIZE', cell: (row) => (row.size === undefined ? '-' : size(row.size)) },
];

/** As kubectl's --show-labels prints them. What finds no room in the table goes on by words below the row. */
const labelsColumn: Column<ReleaseRow> = {
  header: 'LABELS',
  folds: 0,
  cell: (row) => labelsText(row, ',') || '<none>',
  folded: (row) => labelsText(row, ', '),
};

function labelsText(row: ReleaseRow, between: string): string {
  return text(
    Object.entries(ownLabels(row))
      .map(([name, value]) => `${name}=${value}`)
      .join(between),
    '',
  );
}

/** Those that somebody gave a release, by their names in order. */
function ownLabels({ labels }: ReleaseRow): { [name: string]: string } {
  const own = Object.entries(labels).filter(
    ([name]) => !helm3Labels.has(name) && !helm2Labels.has(name),
  );
  return Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Only where some row has any: most stores have none. */
const disagreementColumn: Column<ReleaseRow> = {
  header: 'DISAGREES',
  wraps: 24,
  cell: ({ disagreements = [] }) => text(disagreementText(disagreements), ''),
};

function disagreementsIn({ disagreements }: ReleaseRow): JsonObject {
  return disagreements ? { disagreements: disagreements.map(({ message }) => message) } : {};
}

/** A row as templates and --sort-by see it: helm's fields, then ours. */
export function rowObject(row: ReleaseRow): JsonObject {
  return { ...listObject(row, listTime(row.updated)), ...ourFields(row) };
}

/**
 * What templates may ask for besides helm's fields. What isn't known is left out: a filter of kubectl's
 * passes over what is not there, and takes a null that it is to compare for a mistake.
 */
function ourFields(row: ReleaseRow): JsonObject {
  return {
    name: row.name,
    namespace: row.namespace ?? '',
    ...(row.helm === undefined ? {} : { helm: row.helm }),
    storage: row.storage,
    record: row.place,
    ...(row.size === undefined ? {} : { size: row.size }),
    labels: row.labels,
    description: row.description ?? '',
    ...disagreementsIn(row),
  };
}

/** A cell: one line, harmless, and a dash for nothing. Only a terminal's width cuts it. */
function text(value: string | undefined, empty = '-'): string {
  return value === undefined ? '-' : value === '' ? empty : whole(value);
}

function whole(value: string): string {
  return printable(value, Number.POSITIVE_INFINITY);
}
