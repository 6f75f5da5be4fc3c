/** What a person sees of a cleanup: the plan of each part, and what became of it. */
import { printable, ReleasesError } from '../../errors.ts';
import type { HomeOutcome } from '../../migrate/cleanup/applyHome.ts';
import { placeOf, type TillerOutcome } from '../../migrate/cleanup/applyTiller.ts';
import type { HomePlan } from '../../migrate/cleanup/home.ts';
import {
  imageOf,
  roleOf,
  type TillerObject,
  type TillerPlan,
} from '../../migrate/cleanup/tiller.ts';
import type { Outcome } from '../../migrate/engine/engine.ts';
import { isMovable, type Plan, type ReleasePlan, type Verdict } from '../../migrate/plan.ts';
import { palette } from '../terminal/colour.ts';
import { reportError } from '../terminal/errors.ts';
import { type IO, tableWidth } from '../terminal/io.ts';
import { type Column, table } from '../terminal/table.ts';
import { size } from '../terminal/units.ts';
import { countOf, findingLine } from './plan.ts';

/**
 * @param from the stores the records are in
 * @param to where their Helm 3 records are
 */
export function releasesText(plan: Plan, from: string, to: string, io: IO): string {
  const going = plan.releases.filter(isMovable).length;
  if (plan.releases.length === 0) return `Helm 2 releases: none in ${from}\n`;
  const columns: Column<ReleasePlan>[] = [
    { header: 'RELEASE', cell: ({ name }) => printable(name) },
    { header: 'NAMESPACE', cell: ({ namespace }) => printable(namespace) || '-' },
    { header: 'REVISIONS', cell: ({ sources }) => String(sources.length) },
    {
      header: 'ACTION',
      cell: (release) => (isMovable(release) ? 'delete' : 'stays'),
      paint: ({ verdict }) => paintOf(verdict, io),
    },
    { header: 'WHY', cell: whyRelease, wraps: 30 },
  ];
  return [
    `Helm 2 releases: ${going} of ${plan.releases.length} can go, from ${from}; compared with ${printable(to)}\n\n`,
    table(columns, plan.releases, { width: tableWidth(io.stdout) }),
  ].join('');
}

function whyRelease({ verdict, findings }: ReleasePlan): string {
  if (verdict === 'ready') return 'every revision is in Helm 3, equal';
  const [first, ...more] = findings;
  if (!first) return '';
  return `${findingLine(first)}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
}

function paintOf(verdict: Verdict, io: IO) {
  const colours = palette(io.colour);
  if (verdict === 'ready') return colours.good;
  return verdict === 'with losses' ? colours.waiting : colours.bad;
}

interface Row {
  readonly what: string;
  readonly action: string;
  readonly why: string;
}

const rowColumns: Column<Row>[] = [
  { header: 'WHAT', cell: ({ what }) => what },
  { header: 'ACTION', cell: ({ action }) => action },
  { header: 'WHY', cell: ({ why }) => why, wraps: 30 },
];

/** @param cluster the context and the server, so that nobody mistakes one cluster for another */
export function tillerText(plan: TillerPlan, cluster: string, io: IO): string {
  const where = `namespace ${printable(plan.namespace, 63)}, ${printable(cluster)}`;
  const rows: Row[] = [
    ...plan.remove.map((one) => ({
      ...{ what: placeOf(one), why: whatItIs(one) },
      action: isGoing(plan.verdict) ? 'delete' : 'stays',
    })),
    ...plan.leave.map(({ kind, namespace, name, why }) => ({
      what: printable(`${kind.toLowerCase()} ${namespace ? `${namespace}/` : ''}${name}`),
      ...{ action: 'stays', why },
    })),
  ];
  if (rows.length === 0) return `Tiller: none in ${where}\n`;
  return `Tiller in ${where}:\n\n${rowsText(rows, io)}${findingLines(plan)}`;
}

function whatItIs({ kind, object }: TillerObject): string {
  if (kind === 'Deployment') return imageOf(object) ?? '';
  return kind.endsWith('Binding') ? `binds this account alone to ${roleOf(object)}` : '';
}

export function homeText(plan: HomePlan, io: IO): string {
  const path = printable(plan.path, 1000);
  if (plan.verdict === 'done') return `Helm 2's home: nothing of Helm 2 in ${path}\n`;
  const rows = plan.remove.map(({ name, files, links, bytes }) => ({
    what: name,
    action: isGoing(plan.verdict) ? 'delete' : 'stays',
    why: [countOf(files, 'file'), ...(links > 0 ? [countOf(links, 'link')] : []), size(bytes)].join(
      ', ',
    ),
  }));
  const below = rows.length > 0 ? `:\n\n${rowsText(rows, io)}` : '\n';
  return `Helm 2's home ${path}${below}${findingLines(plan)}`;
}

function rowsText(rows: readonly Row[], io: IO): string {
  return table(rowColumns, rows, { width: tableWidth(io.stdout) });
}

function findingLines({ findings }: TillerPlan | HomePlan): string {
  return findings.map((finding) => `  ${finding.severity}: ${findingLine(finding)}\n`).join('');
}

export function isGoing(verdict: Verdict): boolean {
  return verdict === 'ready' || verdict === 'with losses';
}

export interface CleanupOutcomes {
  readonly releases: readonly Outcome[];
  /** Records. */
  readonly deleted: number;
  readonly tillers: readonly TillerOutcome[];
  readonly home?: HomeOutcome;
  /** Ctrl-C came between two parts. */
  readonly stopped: boolean;
  /** What was left because something before it failed or was stopped. */
  readonly skipped: readonly string[];
  /** Commands that bring back what was deleted. */
  readonly undo: readonly string[];
}

/** The last words: what went, what failed, and how to get back what went. */
export function printCleanup(done: CleanupOutcomes, waiting: number, io: IO): void {
  for (const outcome of done.releases)
    if (outcome.result === 'failed')
      fail(outcome.error, `while removing ${printable(outcome.release.name)}`, io);
  for (const { error, plan } of done.tillers)
    if (error) fail(error, `while removing Tiller from namespace ${printable(plan.namespace)}`, io);
  if (done.home?.error) fail(done.home.error, "while removing Helm 2's home", io);
  const stopped = wasStopped(done);
  const objects = done.tillers.flatMap(({ removed }) => removed).length;
  const gone = done.releases.filter(({ result }) => result === 'migrated').length;
  const words = [
    ...(done.deleted > 0
      ? [`${countOf(done.deleted, 'record')}${gone > 0 ? ` of ${countOf(gone, 'release')}` : ''}`]
      : []),
    ...(objects > 0 ? [`${countOf(objects, 'object')} of Tiller`] : []),
    ...(done.home && done.home.removed.length > 0
      ? [`${done.home.removed.map(({ name }) => name).join(', ')} of Helm 2's home`]
      : []),
  ];
  const failed = hasFailed(done);
  const begin = stopped ? 'Stopped' : failed ? 'Not all of it is done' : 'Done';
  const left = waiting > 0 ? ` ${waiting} left alone (see above).` : '';
  const what = words.length > 0 ? `deleted ${words.join('; ')}` : 'nothing was deleted';
  const again = stopped || failed ? ' Run the same command to go on.' : '';
  io.stdout.write(`${begin}: ${what}.${left}${again}\n`);
  for (const skipped of done.skipped)
    io.stdout.write(`Left: ${skipped}, because of what came before it.\n`);
  for (const undo of done.undo) io.stdout.write(`Undo: ${undo}\n`);
}

export function hasFailed({ releases, tillers, home }: CleanupOutcomes): boolean {
  return [...releases, ...tillers, ...(home ? [home] : [])].some(
    ({ result }) => result === 'failed',
  );
}

/** Also between two parts. */
export function wasStopped(done: CleanupOutcomes): boolean {
  const { releases, tillers, home, stopped } = done;
  return (
    stopped ||
    [...releases, ...tillers, ...(home ? [home] : [])].some(
      ({ result }) => result === 'interrupted',
    )
  );
}

function fail(error: ReleasesError, where: string, io: IO): void {
  const more = { why: [...error.why, where], hints: error.hints };
  reportError(new ReleasesError(error.code, error.message, more), io);
}
