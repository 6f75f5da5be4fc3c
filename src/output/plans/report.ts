/**
 * The report of a migration, to keep: JSON for scripts, Markdown for tickets, HTML for people. It
 * holds what the plan holds, names and findings, and nothing of what the records hold.
 */
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { printable, ReleasesError, typed } from '../../errors.ts';
import { outcomeData } from '../../migrate/engine/apply.ts';
import type { Outcome } from '../../migrate/engine/engine.ts';
import { type Finished, finishedData } from '../../migrate/finished.ts';
import { isMovable, type Plan, planData, type ReleasePlan } from '../../migrate/plan.ts';
import { codeOf, obstacleTo } from '../../storage/files/writable.ts';
import { reasonOf } from '../../systemErrors.ts';
import { clusterText } from '../clusters.ts';
import type { IO } from '../terminal/io.ts';
import { adoptionHeaders, adoptionRows } from './adoptions.ts';
import { findingLine, fromText } from './plan.ts';
import { type MoveWords, migrating } from './words.ts';

export interface Report {
  readonly plan: Plan;
  /** Names that were asked for and that only Helm 3, or the target of a relocation, has; and where. */
  readonly finished?: readonly Finished[];
  /** Empty when nothing was carried out. */
  readonly outcomes: readonly Outcome[];
  /** The API server was only asked what it would say. */
  readonly rehearsed?: true;
  /** Why nothing was carried out: `create secrets in namespace pay`. */
  readonly missingPermissions?: readonly string[];
  /** Absent: a migration's. */
  readonly words?: MoveWords;
}

type Format = (report: Report) => string;

const formats: { readonly [ending: string]: Format } = {
  '.json': (report) => {
    const { plan, finished = [], rehearsed, missingPermissions } = report;
    const data = {
      ...planData(plan),
      ...finishedData(finished),
      ...(rehearsed && { dryRun: 'server' }),
      outcomes: rows(report).map((row) => rowData(row, report)),
      missingPermissions,
    };
    return `${JSON.stringify(data, null, 2)}\n`;
  },
  '.md': markdown,
  '.html': html,
};

/** @throws ReleasesError USAGE for an ending that names no format */
function reportFormat(path: string): Format {
  const format = formats[extname(path).toLowerCase()];
  if (format) return format;
  throw new ReleasesError('USAGE', `--report can't tell the format of ${typed(path)}`, {
    hints: Object.keys(formats).map((ending) => `--report report${ending}`),
  });
}

/**
 * Makes sure, as far as can be known before anything is written elsewhere, that a report can be. The
 * file itself isn't made yet.
 * @throws ReleasesError USAGE
 */
export async function checkReport(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  reportFormat(path);
  const why = await obstacleTo(path);
  if (why === undefined) return;
  const place = typed(path, 1000);
  throw new ReleasesError('USAGE', `--report can't be written to ${place}: ${why}`, {
    hints: ['name a file in a folder that is there'],
  });
}

/** Writes the report, if one was asked for, so that only its owner can read it. */
export async function writeReport(path: string | undefined, report: Report, io: IO): Promise<void> {
  if (path === undefined) return;
  const text = reportFormat(path)(report);
  try {
    await writeFile(path, text, { mode: 0o600 });
  } catch (error) {
    const why = reasonOf(codeOf(error));
    throw new ReleasesError('FILE', `the report can't be written to ${printable(path)}: ${why}`, {
      hints: ['what was done is done: run the same command again for another report'],
    });
  }
  io.stderr.write(`Report: ${printable(path)}\n`);
}

interface Row {
  readonly release: ReleasePlan;
  readonly outcome: Outcome | undefined;
  readonly result: string;
}

function rows(report: Report): Row[] {
  const outcomes = new Map(report.outcomes.map((outcome) => [outcome.release, outcome]));
  return report.plan.releases.map((release) => {
    const outcome = outcomes.get(release);
    return { release, outcome, result: resultOf(release, outcome, report) };
  });
}

/** `planned` where nothing was carried out, `accepted` where it was only tried. */
function resultOf(
  release: ReleasePlan,
  outcome: Outcome | undefined,
  { rehearsed, words = migrating }: Report,
): string {
  if (release.verdict === 'done') return `already ${words.done}`;
  if (!isMovable(release)) return 'left alone';
  if (!outcome) return 'planned';
  if (outcome.result !== 'migrated') return outcome.result;
  return rehearsed ? 'accepted' : words.done;
}

/** A row for `.json`: of what was only tried, nothing has been deleted. */
function rowData({ release, outcome, result }: Row, { rehearsed }: Report): object {
  const { name, namespace, from } = release;
  const tried = rehearsed && outcome?.result === 'migrated';
  return { ...(outcome && !tried ? outcomeData(outcome) : { name, namespace, from }), result };
}

const headers = ['Release', 'Namespace', 'Revisions', 'Verdict', 'Result', 'Findings'];

function cells({ release, result }: Row): string[] {
  const { name, namespace, sources, verdict } = release;
  return [name, namespace || '-', String(sources.length), verdict, result].map((cell) =>
    printable(cell),
  );
}

function title({ plan, words = migrating }: Report): string {
  const to = plan.clusters?.to;
  if (words.inPlace) return `${words.noun} ${fromText(plan)}`;
  return `${words.noun} ${fromText(plan)} → ${plan.to}${to ? ` (${clusterText(to)})` : ''}`;
}

/** What concerns no release of the plan. */
function remarks({ finished = [], missingPermissions = [] }: Report): string[] {
  return [
    ...finished.map((one) =>
      printable(
        'target' in one
          ? `${one.name}: nothing is left of it in the source; ${one.target} has it`
          : `${one.name}: Helm 2 has nothing left of it; Helm 3 or 4 has it in ${one.helm3.join(', ')}`,
      ),
    ),
    ...missingPermissions.map((need) => `no permission to ${need}`),
  ];
}

function markdown(report: Report): string {
  const line = (columns: readonly string[]) => `| ${columns.join(' | ')} |`;
  const plain = (text: string) => text.replace(/[\\|<>`*_[\]]/g, '\\$&');
  const adopted = adoptionRows(report.plan).map((row) => line(row.map(plain)));
  return [
    `# ${plain(printable(title(report)))}`,
    '',
    ...remarks(report).map((text) => `- ${plain(text)}`),
    ...(remarks(report).length > 0 ? [''] : []),
    line(headers),
    line(headers.map(() => '---')),
    ...rows(report).map((row) =>
      line([
        ...cells(row).map(plain),
        row.release.findings
          .map((finding) => plain(`${finding.severity}: ${findingLine(finding)}`))
          .join('<br>'),
      ]),
    ),
    '',
    ...(adopted.length > 0
      ? [line(adoptionHeaders), line(adoptionHeaders.map(() => '---')), ...adopted, '']
      : []),
  ].join('\n');
}

function html(report: Report): string {
  const heading = escapeHtml(printable(title(report)));
  const body = rows(report).map((row) => {
    const found = row.release.findings.map(
      (finding) => `<li>${escapeHtml(`${finding.severity}: ${findingLine(finding)}`)}</li>`,
    );
    const plain = cells(row).map((cell) => `<td>${escapeHtml(cell)}</td>`);
    return `<tr>${plain.join('')}<td><ul>${found.join('')}</ul></td></tr>`;
  });
  const adopted = adoptionRows(report.plan).map(htmlRow);
  const lines = remarks(report).map((text) => `<li>${escapeHtml(text)}</li>`);
  const missing = lines.length > 0 ? `<ul>${lines.join('')}</ul>\n` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${heading}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem; border-bottom: 1px solid #ddd; }
ul { margin: 0; padding-left: 1.1rem; }
</style>
</head>
<body>
<h1>${heading}</h1>
${missing}<table>
<tr>${headers.map((header) => `<th>${header}</th>`).join('')}</tr>
${body.join('\n')}
</table>
${adopted.length > 0 ? htmlTable(adoptionHeaders, adopted) : ''}</body>
</html>
`;
}

function htmlRow(row: readonly string[]): string {
  return `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

function htmlTable(titles: readonly string[], body: readonly string[]): string {
  const head = titles.map((one) => `<th>${one}</th>`).join('');
  return `<table>\n<tr>${head}</tr>\n${body.join('\n')}\n</table>\n`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
