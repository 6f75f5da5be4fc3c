/** The screens of `list` and `history`. */
import { printable } from '../errors.ts';
import type { ReleaseRow } from '../inspect/rows.ts';
import type { JsonObject } from '../release.ts';
import { palette, statusPaint } from './colour.ts';
import { type IO, tableWidth } from './io.ts';
import { structLine } from './json.ts';
import { type Column, table } from './table.ts';
import { historyTime, listTime } from './time.ts';
import { toYaml } from './yaml.ts';

export interface ListLayout {
  /** `table`, `wide`, `json`, `yaml` or `name` */
  readonly format: string;
  readonly short?: boolean | undefined;
  readonly headers: boolean;
  /** A column says which context a row is from. */
  readonly contexts?: boolean;
}

export function printList(rows: readonly ReleaseRow[], layout: ListLayout, io: IO): void {
  const { format, short } = layout;
  const names = rows.map((row) => row.name);
  if (format === 'json') io.stdout.write(structLine(short ? names : rows.map(listObject)));
  else if (format === 'yaml') io.stdout.write(toYaml(short ? names : rows.map(listObject)));
  else if (short || format === 'name')
    io.stdout.write(names.map((name) => `${printable(name)}\n`).join(''));
  else {
    const wide: Column<ReleaseRow>[] = format === 'wide' ? wideColumns : [];
    const context: Column<ReleaseRow> = { header: 'CONTEXT', cell: (row) => text(row.context) };
    const columns = [...(layout.contexts ? [context] : []), ...listColumns(io), ...wide];
    io.stdout.write(
      table(columns, rows, { headers: layout.headers, width: tableWidth(io.stdout) }),
    );
  }
}

function listColumns(io: IO): Column<ReleaseRow>[] {
  const colours = palette(io.colour);
  return [
    { header: 'NAME', cell: (row) => text(row.name) },
    { header: 'NAMESPACE', cell: (row) => text(row.namespace) },
    { header: 'REVISION', cell: (row) => text(row.revision?.toString()) },
    { header: 'UPDATED', min: 11, cell: (row) => text(listTime(row.updated)) },
    {
      header: 'STATUS',
      cell: (row) => text(row.status),
      paint: (row) => statusPaint(colours, row.status),
    },
    { header: 'CHART', min: 10, cell: (row) => text(row.chart) },
    { header: 'APP VERSION', min: 7, cell: (row) => text(row.appVersion, '') },
    { header: 'HELM', cell: (row) => row.helm?.toString() ?? '?' },
    { header: 'STORAGE', cell: (row) => text(row.storage) },
  ];
}

const wideColumns: Column<ReleaseRow>[] = [
  { header: 'RECORD', min: 12, cell: (row) => text(row.place) },
  { header: 'DESCRIPTION', min: 12, cell: (row) => text(row.unreadable ?? row.description) },
];

/** Helm's own fields first, in its order and types, then ours. */
function listObject(row: ReleaseRow): JsonObject {
  return {
    name: row.name,
    namespace: row.namespace ?? '',
    revision: row.revision?.toString() ?? '',
    updated: listTime(row.updated),
    status: row.status,
    chart: row.chart ?? '',
    app_version: row.appVersion ?? '',
    helm: row.helm ?? null,
    storage: row.storage,
    record: row.place,
    ...(row.context === undefined ? {} : { context: row.context }),
    ...(row.unreadable === undefined ? {} : { unreadable: row.unreadable }),
  };
}

export function printHistory(rows: readonly ReleaseRow[], format: string, io: IO): void {
  if (format === 'json') io.stdout.write(structLine(rows.map(historyObject)));
  else if (format === 'yaml') io.stdout.write(toYaml(rows.map(historyObject)));
  else io.stdout.write(table(historyColumns(io), rows, { width: tableWidth(io.stdout) }));
}

function historyColumns(io: IO): Column<ReleaseRow>[] {
  const colours = palette(io.colour);
  return [
    { header: 'REVISION', cell: (row) => text(row.revision?.toString()) },
    { header: 'UPDATED', cell: (row) => text(historyTime(row.updated)) },
    {
      header: 'STATUS',
      cell: (row) => text(row.status),
      paint: (row) => statusPaint(colours, row.status),
    },
    { header: 'CHART', min: 12, cell: (row) => text(row.chart) },
    { header: 'APP VERSION', min: 7, cell: (row) => text(row.appVersion, '') },
    { header: 'DESCRIPTION', min: 16, cell: (row) => text(row.unreadable ?? row.description, '') },
  ];
}

/** As `helm history -o json` has it: the revision a number, the time as it is stored. */
function historyObject(row: ReleaseRow): JsonObject {
  return {
    revision: row.revision ?? null,
    updated: row.updated ?? '',
    status: row.status,
    chart: row.chart ?? '',
    app_version: row.appVersion ?? '',
    description: row.description ?? '',
    ...(row.unreadable === undefined ? {} : { unreadable: row.unreadable }),
  };
}

/** A cell: one line, harmless, and a dash for nothing. */
function text(value: string | undefined, empty = '-'): string {
  return value === undefined ? '-' : value === '' ? empty : printable(value);
}
