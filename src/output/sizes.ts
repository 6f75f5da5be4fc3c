/** The screens of `du`. */
import { printable } from '../errors.ts';
import type { Anatomy, SizedField } from '../inspect/fieldSizes.ts';
import type { Revision } from '../inspect/revisions.ts';
import { nearLimit, type ReleaseSize } from '../inspect/sizes.ts';
import type { JsonObject } from '../json.ts';
import { countOf } from './plans/plan.ts';
import { type Paint, type Palette, palette, statusPaint } from './terminal/colour.ts';
import { type IO, tableWidth } from './terminal/io.ts';
import { type Column, table } from './terminal/table.ts';
import { size } from './terminal/units.ts';

export interface SizedRelease {
  readonly release: ReleaseSize;
  readonly anatomy: Anatomy | undefined;
}

/** Cells of a bar, on a terminal that has room for it. */
const [longBar, shortBar] = [20, 10];
const [roomy, narrow] = [120, 100];

export function printReleases(all: readonly SizedRelease[], headers: boolean, io: IO): void {
  const colours = palette(io.colour);
  const columns: Column<SizedRelease>[] = [
    { header: 'RELEASE', cell: ({ release }) => printable(release.name) },
    { header: 'NAMESPACE', cell: ({ release }) => text(release.namespace) },
    {
      ...{ header: 'REVISIONS', folds: 1 },
      cell: ({ release }) => String(release.records.length),
      folded: ({ release }) => countOf(release.records.length, 'revision'),
    },
    { header: 'SIZE', cell: ({ release }) => size(release.bytes) },
    // Its part of the limit says the same, where there is no room for both.
    ...((tableWidth(io.stdout) ?? roomy) < narrow
      ? []
      : [{ header: 'LARGEST', cell: ({ release }: SizedRelease) => size(largestOf(release)) }]),
    {
      header: 'OF LIMIT',
      cell: ({ release }) => limitText(largestOf(release), release.limit, io),
      folded: ({ release }) => `${limitText(largestOf(release), release.limit, io)} of the limit`,
      paint: ({ release }) => limitPaint(colours, largestOf(release), release.limit),
    },
    { header: 'MOST OF IT', wraps: 20, cell: mostOfIt },
  ];
  io.stdout.write(table(columns, all, { headers, width: tableWidth(io.stdout) }));
}

/** The revisions of one release, and the files in the largest that hardly compress. */
export function printRevisions({ release, anatomy }: SizedRelease, headers: boolean, io: IO): void {
  const colours = palette(io.colour);
  const columns: Column<Revision>[] = [
    { header: 'REVISION', cell: ({ row }) => text(row.revision?.toString()) },
    {
      header: 'STATUS',
      cell: ({ row }) => printable(row.status),
      paint: ({ row }) => statusPaint(colours, row.status),
    },
    { header: 'SIZE', cell: ({ bytes }) => size(bytes) },
    {
      header: 'OF LIMIT',
      cell: ({ bytes }) => limitText(bytes, release.limit, io),
      folded: ({ bytes }) => `${limitText(bytes, release.limit, io)} of the limit`,
      paint: ({ bytes }) => limitPaint(colours, bytes, release.limit),
    },
    { header: 'CHART', wraps: 20, cell: ({ row }) => text(row.unreadable ?? row.chart) },
  ];
  io.stdout.write(table(columns, release.records, { headers, width: tableWidth(io.stdout) }));
  // Without headers it is for a script, which wants one table.
  if (!headers || !anatomy || !release.largest) return;
  io.stdout.write(`\nIn the largest, revision ${release.largest.release.revision}:\n`);
  const total = release.largest.record.payload.length;
  const rows = anatomy.fields.map(({ field, raw, packed }) => ({ field, raw, packed }));
  io.stdout.write(
    table<(typeof rows)[number]>(
      [
        { header: 'FIELD', cell: ({ field }) => fieldWords[field] },
        { header: 'PACKED', cell: ({ packed }) => size(packed) },
        { header: 'OF RECORD', cell: ({ packed }) => share(packed, total, io) },
        { header: 'UNPACKED', cell: ({ raw }) => size(raw) },
      ],
      rows,
      { width: tableWidth(io.stdout) },
    ),
  );
  const { stubborn } = anatomy;
  if (stubborn.length === 0) return;
  const named = stubborn.slice(0, mostNamed);
  const more = stubborn.length - named.length;
  const lines = named.map(
    ({ name, raw, packed }) => `  ${printable(name, 200)}  ${size(raw)}, packed ${size(packed)}\n`,
  );
  const rest = more > 0 ? `  and ${more} more\n` : '';
  io.stdout.write(`\nFiles that hardly compress:\n${lines.join('')}${rest}`);
}

const mostNamed = 5;

const fieldWords: Readonly<Record<SizedField, string>> = {
  templates: 'templates',
  files: 'files of the chart',
  values: "the chart's values",
  config: "the user's values",
  manifest: 'manifest',
  hooks: 'hooks',
  subcharts: 'subcharts',
  rest: 'notes and metadata',
};

function text(value: string | undefined): string {
  return value ? printable(value, 300) : '-';
}

function largestOf({ records }: ReleaseSize): number {
  return Math.max(0, ...records.map(({ bytes }) => bytes));
}

function mostOfIt({ release, anatomy }: SizedRelease): string {
  const [first] = anatomy?.fields ?? [];
  if (!first || !release.largest) {
    const bad = release.records.find(({ row }) => row.unreadable !== undefined);
    return bad ? printable(`unreadable: ${bad.row.unreadable}`, 200) : '-';
  }
  const total = release.largest.record.payload.length;
  const [file] = anatomy?.stubborn ?? [];
  const why = file ? ` (${printable(file.name, 80)} hardly compresses)` : '';
  return `${fieldWords[first.field]} ${percent(first.packed, total)}${why}`;
}

function percent(part: number, whole: number): string {
  return `${whole > 0 ? Math.round((part / whole) * 100) : 0} %`;
}

function limitText(bytes: number, limit: number | undefined, io: IO): string {
  return limit === undefined ? 'no limit' : share(bytes, limit, io);
}

/** A bar where somebody looks at it, and the number everywhere. */
function share(part: number, whole: number, io: IO): string {
  const number = percent(part, whole).padStart(5);
  if (!io.stdout.isTTY) return number.trim();
  const cells = (io.stdout.columns ?? 80) >= roomy ? longBar : shortBar;
  const full = Math.min(cells, Math.round((part / Math.max(1, whole)) * cells));
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)} ${number}`;
}

function limitPaint(colours: Palette, bytes: number, limit: number | undefined): Paint {
  if (limit === undefined || bytes < limit * nearLimit) return colours.plain;
  return bytes < limit * 0.95 ? colours.waiting : colours.bad;
}

/** One of `sizeData`'s revisions. */
export function revisionData({ row, bytes }: Revision): JsonObject {
  return {
    ...{ revision: row.revision ?? null, status: row.status, bytes },
    ...(row.unreadable === undefined ? {} : { unreadable: row.unreadable }),
  };
}

/** For `-o json` and `-o yaml`: bytes. */
export function sizeData(
  { release, anatomy }: SizedRelease,
  freed: { readonly records: number; readonly bytes: number } | undefined,
): JsonObject {
  const { name, namespace, helm, storage, records, bytes, limit, largest } = release;
  const fields = anatomy?.fields.map(({ field, raw, packed }) => [field, { raw, packed }]);
  return {
    ...{ name, namespace: namespace ?? '', helm: helm ?? null, storage, bytes },
    limit: limit ?? null,
    revisions: records.map(revisionData),
    ...(largest && fields
      ? { largest: { revision: largest.release.revision, fields: Object.fromEntries(fields) } }
      : {}),
    hardlyCompresses: (anatomy?.stubborn ?? []).map((file) => ({ ...file })),
    ...(freed && { wouldFree: { records: freed.records, bytes: freed.bytes } }),
  };
}
