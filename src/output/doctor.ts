/** What `doctor` says: a line for each finding, or a paragraph; and what was looked at. */
import { printable } from '../errors.ts';
import { type HelmSays, rowOf, type Severity, severities } from '../inspect/doctor/codes.ts';
import { type Finding, severityOf } from '../inspect/doctor/finding.ts';
import type { JsonObject } from '../json.ts';
import { countOf } from './plans/plan.ts';
import { type Paint, type Palette, palette } from './terminal/colour.ts';
import { type IO, tableWidth } from './terminal/io.ts';
import { type Column, table } from './terminal/table.ts';
import { wrap } from './terminal/wrap.ts';

/** What its `-o json` is called, with its version. */
export const doctorSchema = 'kubectl-releases/doctor/v1';

export interface Told {
  readonly finding: Finding;
  /** In their order; those to be pasted, and sentences. */
  readonly mend: readonly { readonly text: string; readonly isSentence?: true }[];
}

export interface Looked {
  readonly releases: number;
  readonly records: number;
  /** Of those, how many bodies were read. */
  readonly bodies: number;
  /** `namespace pay`, `all namespaces`; '' for a place that no context has. */
  readonly scope: string;
  readonly stores: readonly string[];
  readonly deep: boolean;
  readonly live: boolean;
}

const words = {
  error: ['error', 'errors'],
  warning: ['warning', 'warnings'],
  note: ['note', 'notes'],
};

/** `3 findings: 1 error, 2 notes` */
function counted(told: readonly Told[]): string {
  const parts = severities.flatMap((severity) => {
    const count = told.filter(({ finding }) => severityOf(finding) === severity).length;
    return count === 0 ? [] : [`${count} ${words[severity][count === 1 ? 0 : 1]}`];
  });
  return `${countOf(told.length, 'finding')}: ${parts.join(', ')}`;
}

/** `12 releases, 40 records (14 read whole), of namespace pay in secret:pay, configmap:pay` */
function lookedAt({ releases, records, bodies, scope, stores }: Looked): string {
  const whole = bodies === records ? 'all read whole' : `${bodies} read whole`;
  const of = scope === '' ? '' : ` of ${scope}`;
  const places = stores.map((one) => printable(one, 200)).join(', ');
  return `${countOf(releases, 'release')}, ${countOf(records, 'record')} (${whole})${of}, in ${places}`;
}

/** @param details a paragraph for each, with the command that mends it */
export function printDoctor(told: readonly Told[], looked: Looked, details: boolean, io: IO): void {
  if (told.length === 0) {
    const inCluster = looked.stores.some((one) => /^(secret|configmap)/.test(one));
    const unseen = inCluster ? '; --live looks at their objects, too' : '';
    const objects = looked.live ? ', and their objects' : unseen;
    io.stdout.write(
      looked.releases === 0
        ? `No releases found: ${lookedAt(looked)}.\n`
        : `Nothing found: ${lookedAt(looked)}${objects}.\n`,
    );
    return;
  }
  if (details) io.stdout.write(told.map((one) => `${paragraph(one, io)}\n`).join(''));
  else io.stdout.write(`${table(columns(io), told, { width: tableWidth(io.stdout) })}\n`);
  const more = details ? '' : ' --details says what helm says, and what mends it.';
  io.stdout.write(`${counted(told)}; ${lookedAt(looked)}.${more}\n`);
}

function columns(io: IO): Column<Told>[] {
  const colours = palette(io.colour);
  return [
    {
      header: 'SEVERITY',
      cell: ({ finding }) => severityOf(finding),
      paint: ({ finding }) => ink(colours, severityOf(finding)),
    },
    { header: 'RELEASE', cell: ({ finding: { release } }) => printable(release?.name ?? '-', 80) },
    {
      header: 'NAMESPACE',
      cell: ({ finding: { release } }) => printable(release?.own ?? '', 80) || '-',
    },
    { header: 'CODE', cell: ({ finding }) => finding.code },
    { header: 'FINDING', wraps: 24, cell: ({ finding }) => finding.message },
  ];
}

function ink(colours: Palette, severity: Severity): Paint {
  return { error: colours.bad, warning: colours.waiting, note: colours.quiet }[severity];
}

function paragraph({ finding, mend }: Told, io: IO): string {
  const { code, release, message, record } = finding;
  const severity = severityOf(finding);
  const { means, says } = rowOf(code);
  const who = release
    ? `${printable(release.name, 80)} (${printable(release.own, 80) || '-'}): `
    : '';
  const name = printable(release?.name ?? 'NAME', 80);
  const fill = (text: string) => text.replaceAll('NAME', () => name);
  const answers = says ? answersOf(says).map(fill) : [];
  const lines = [
    ...wrap(means, (tableWidth(io.stdout) ?? 110) - 2),
    ...(record ? [record.place] : []),
    ...answers.map((line) => `says: ${line}`),
    ...mend.map(({ text, isSentence }) =>
      isSentence ? `by hand: ${text}` : `try: ${printable(text, 4000)}`,
    ),
  ];
  const head = `${ink(palette(io.colour), severity)(severity)} ${code}: ${who}${message}`;
  return [head, ...lines.map((line) => `  ${line}`)].map((line) => `${line}\n`).join('');
}

/** `helm upgrade NAME CHART: release: already exists`; of each helm, where they differ. */
function answersOf({ run, helm3, helm4 }: HelmSays): string[] {
  if (helm3 === helm4) return [`helm ${run}: ${helm3}`];
  return [
    ['helm 3', helm3],
    ['helm 4', helm4],
  ].map(([helm, words]) => `${helm} ${run}: ${words || 'nothing'}`);
}

export function doctorData(told: readonly Told[], looked: Looked): JsonObject {
  const { releases, records, bodies, scope, stores, deep, live } = looked;
  return {
    schema: doctorSchema,
    looked: { ...{ scope, releases, records, bodies, deep, live }, stores: [...stores] },
    worst: told[0] ? severityOf(told[0].finding) : null,
    findings: told.map(findingData),
  };
}

export function findingData({ finding, mend }: Told): JsonObject {
  const { code, release, message, record, revision } = finding;
  const { means, says } = rowOf(code);
  return {
    ...{ severity: severityOf(finding), code },
    ...(release && { release: release.name, namespace: release.own, storage: release.storage }),
    ...(revision !== undefined && { revision }),
    ...(record && { record: record.place }),
    ...{ message, means },
    ...(says && { says: { run: says.run, helm3: says.helm3, helm4: says.helm4 } }),
    mend: mend.flatMap(({ text, isSentence }) => (isSentence ? [] : [text])),
    byHand: mend.flatMap(({ text, isSentence }) => (isSentence ? [text] : [])),
  };
}
