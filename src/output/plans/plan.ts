/** What a person sees of a plan and of what became of it. */
import { printable } from '../../errors.ts';
import { toYaml } from '../../go/yaml/write.ts';
import type { Json } from '../../json.ts';
import {
  countPlan,
  type Finding,
  isMovable,
  type Plan,
  type PlanCounts,
  type ReleasePlan,
  type Verdict,
} from '../../migrate/plan.ts';
import type { BadRecord, RecordRef } from '../../record.ts';
import { recordPlace } from '../../record.ts';
import { shortClusterText } from '../clusters.ts';
import { structLine } from '../helm/json.ts';
import { type Paint, type Palette, palette } from '../terminal/colour.ts';
import { type IO, tableWidth } from '../terminal/io.ts';
import { type Column, table } from '../terminal/table.ts';
import { writeText } from '../terminal/text.ts';
import { type MoveWords, migrating } from './words.ts';

/**
 * The plan as a table, with a headline above and a summary below.
 * @param details the flag that shows every finding; '' where there is none, or they follow
 * @param scope whose releases these are: `namespace pay`; '' where there is nothing to say
 */
export function printPlan(
  plan: Plan,
  where: string,
  io: IO,
  words = migrating,
  details = '--check',
  scope = '',
): void {
  const counts = countPlan(plan);
  const colours = palette(io.colour);
  io.stdout.write(
    `Plan: ${countOf(counts.releases, 'release')}, ${countOf(counts.revisions, 'revision')}${nobodys(counts.unattributed, ', and ')}${scope && ` of ${scope}`}, ${wayText(plan, where, words)}

`,
  );
  const shown = columns(colours, plan.from.length > 1, hasTwice(plan), words);
  const rows = details === '' ? plan.releases : needingALook(plan, words);
  if (rows.length > 0) io.stdout.write(`${table(shown, rows, { width: tableWidth(io.stdout) })}\n`);
  const more = rows.length < plan.releases.length ? `; ${details} lists them all` : '';
  io.stdout.write(`${summary(counts)}${more || detailsHint(plan, details)}\n`);
}

/** So many rows are read, whatever they say. */
const mostPlain = 20;

/** Of a long plan, the releases of which something is said: a hundred rows of `ready` hide the one that isn't. */
function needingALook({ releases }: Plan, words: MoveWords): readonly ReleasePlan[] {
  const isPlain = (release: ReleasePlan) =>
    (release.verdict === 'ready' && why(release, words) === '') ||
    (release.verdict === 'done' && release.findings.length === 0);
  const plain = releases.filter(isPlain).length;
  return plain > mostPlain ? releases.filter((release) => !isPlain(release)) : releases;
}

/** `secret:web (context old) → configmap`, or `in secret:web` where records stay where they are. */
export function wayText(plan: Plan, where: string, words: MoveWords): string {
  return words.inPlace ? `in ${printable(where)}` : `${fromText(plan)} → ${printable(where)}`;
}

/** `secret:web (context old)` */
export function fromText({ from, clusters }: Plan): string {
  const places = from.map((address) => printable(address)).join(', ');
  return clusters?.from ? `${places} (${printable(shortClusterText(clusters.from))})` : places;
}

/** Whether one place has a release of one name and namespace as records of two kinds. */
function hasTwice({ releases }: Plan): boolean {
  const ids = releases.map(({ from, owner, name, namespace }) =>
    JSON.stringify([from, owner, name, namespace]),
  );
  return new Set(ids).size < ids.length;
}

/**
 * @param several releases come from more than one place
 * @param twice some are told apart by where their records lie alone
 */
function columns(
  colours: Palette,
  several: boolean,
  twice: boolean,
  words: MoveWords,
): Column<ReleasePlan>[] {
  const from: Column<ReleasePlan> = {
    header: 'FROM',
    cell: (release) => printable(release.from),
    folds: 1,
    folded: (release) => `from ${printable(release.from)}`,
  };
  const records: Column<ReleasePlan> = {
    header: 'RECORDS',
    cell: ({ sources: [first] }) => (first ? recordsText(first) : ''),
    folds: 1,
    folded: ({ sources: [first] }) => (first ? recordsText(first) : ''),
  };
  return [
    { header: 'RELEASE', cell: ({ name, becomes }) => changed(name, becomes?.name) },
    {
      header: 'NAMESPACE',
      cell: ({ namespace, becomes }) => changed(namespace, becomes?.namespace) || '-',
      folds: 4,
    },
    ...(several ? [from] : []),
    ...(twice ? [records] : []),
    {
      header: 'REVISIONS',
      cell: ({ sources }) => String(sources.length),
      folds: 2,
      folded: ({ sources }) => countOf(sources.length, 'revision'),
    },
    {
      header: 'VERDICT',
      cell: ({ verdict }) => verdict,
      paint: ({ verdict }) => verdictPaint(colours, verdict),
      folds: 3,
    },
    { header: 'WHY', cell: (release) => why(release, words), wraps: 30 },
  ];
}

/** `secret:pay` */
function recordsText({ kind, namespace }: RecordRef): string {
  return printable(`${kind.toLowerCase()}${namespace && `:${namespace}`}`);
}

/** `pay`, or `pay → money` where it is another one from now on. */
/** Whether what is there is what would be written, but for nothing that has happened to it since. */
export function isWhollyEqual({ steps }: ReleasePlan): boolean {
  return !steps.some((step) => step.do === 'keep' && step.movedOn);
}

function changed(now: string, next = now): string {
  return next === now ? printable(now) : `${printable(now)} → ${printable(next)}`;
}

function verdictPaint(colours: Palette, verdict: Verdict): Paint {
  if (verdict === 'ready') return colours.good;
  if (verdict === 'done') return colours.quiet;
  return verdict === 'refused' ? colours.bad : colours.waiting;
}

/**
 * The worst of what was found, and every flag that does not do what it was given for. Notes stay in the
 * details, but for those that something can be done about.
 */
function why(release: ReleasePlan, { done }: MoveWords): string {
  const { verdict, findings } = release;
  const unmet = findings.filter((finding) => finding.unmet !== undefined);
  if (verdict === 'done') {
    const equal = isWhollyEqual(release) ? ' and equal' : ', and changed there since';
    const already = `already ${done}${release.steps.length > 0 ? equal : ''}`;
    const once = release.twin && `equal to that in ${printable(release.twin)}, which is ${done}`;
    return [once ?? already, ...unmet.map(findingLine)].join('; ');
  }
  // The gravest says why; a harmless note never stands for it.
  const told = findings.filter(({ severity, fix }) => severity !== 'note' || fix);
  const shown = [...new Set([...told.slice(0, 1), ...unmet])];
  const more = told.filter((finding) => !shown.includes(finding)).length;
  if (shown.length > 0)
    return `${shown.map(findingLine).join('; ')}${more > 0 ? ` (and ${more} more)` : ''}`;
  const steps = release.steps.filter((step) => step.do !== 'keep');
  if (steps.some((step) => step.do === 'create')) return '';
  const adopts = steps.filter((step) => step.do === 'adopt').length;
  const left = [
    ...(adopts > 0 ? [`${liveObjects(adopts)} to adopt`] : []),
    ...(adopts < steps.length ? ['its sources go'] : []),
  ];
  return `already ${done}${isWhollyEqual(release) ? ' and equal' : ''}: ${left.join(', ')}`;
}

/** Everything that was found, release by release. */
export function printFindings(plan: Plan, io: IO): void {
  for (const { name, namespace, findings } of plan.releases) {
    if (findings.length === 0) continue;
    io.stdout.write(`\n${printable(name)} (${printable(namespace) || '-'})\n`);
    for (const finding of findings)
      io.stdout.write(`  ${finding.severity.padEnd(8)}  ${findingLine(finding)}\n`);
  }
}

const mostOfLine = 4000;

/** One finding as a line: what, in how many revisions, and what to do about it. */
export function findingLine({ message, revisions, fix }: Finding): string {
  const several = revisions && revisions.length > 1 ? ` (${revisions.length} revisions)` : '';
  // They are safe already; this only makes sure that no line ever carries a control character.
  return printable(`${message}${several}${fix ? `: ${fix}` : ''}`, mostOfLine);
}

const verdictOrder: readonly Verdict[] = [
  'ready',
  'with losses',
  'done',
  'needs a decision',
  'refused',
];

function summary({ verdicts }: PlanCounts): string {
  return verdictOrder
    .filter((verdict) => verdicts[verdict] > 0)
    .map((verdict) => {
      const plural = verdict === 'needs a decision' && verdicts[verdict] > 1;
      return `${verdicts[verdict]} ${plural ? 'need a decision' : verdict}`;
    })
    .join(' · ');
}

function detailsHint(plan: Plan, details: string): string {
  const more = plan.releases.some(({ findings }) => findings.length > 0);
  return more && details !== '' ? `          details: ${details}` : '';
}

/**
 * What will happen, in one sentence: `Would create 12 records of 3 releases; sources are kept.`
 * @param surely nobody is asked any more
 */
export function intention(counts: PlanCounts, words = migrating, surely = false): string {
  const { deletes, keepSources, movable, unattributedMovable } = counts;
  const releases = countOf(movable - unattributedMovable, 'release');
  const whose = `${releases}${nobodys(unattributedMovable, ' and ')}`;
  const begin = surely ? 'Will' : 'Would';
  if (words.inPlace && deletes > 0)
    return `${begin} delete ${countOf(deletes, 'record')} of ${whose}, after a copy of each.\n`;
  const goes = `then delete ${countOf(deletes, 'source')}, after each copy has been read back and compared`;
  const stays = `sources of ${countOf(keepSources, 'release')} are kept (see above)`;
  const flag = words.deleteFlag ? ` (${words.deleteFlag} removes them after verification)` : '';
  const said = [...(deletes > 0 ? [goes] : []), ...(keepSources > 0 ? [stays] : [])].join('; ');
  const sources = said || (words.onlyReads || words.inPlace ? '' : `sources are kept${flag}`);
  return `${begin} ${toWrite(counts, whose)}${sources && `; ${sources}`}.\n`;
}

/** `create 12 records of 3 releases, replace 1, adopt 3 live objects` */
function toWrite({ creates, replaces, updates, adopts }: PlanCounts, whose: string): string {
  const fresh = creates - replaces;
  const parts = [
    ['create', fresh, 'record'],
    ['replace', replaces, 'record'],
    ['update', updates, 'record'],
    ['adopt', adopts, 'live object'],
  ] as const;
  const some = parts.filter(([, count]) => count > 0);
  const all = some.length > 0 ? some : parts.slice(0, 1);
  return all
    .map(
      ([verb, count, what], at) =>
        `${verb} ${countOf(count, what)}${at === 0 ? ` of ${whose}` : ''}`,
    )
    .join(', ');
}

/** Records that belong to no release that could be named. */
export function strayLines(strays: readonly BadRecord[]): string {
  return strays
    .map((record) => `${printable(recordPlace(record))}: ${record.unreadable}\n`)
    .join('');
}

/**
 * `12 records created and 1 replaced, 3 live objects adopted`; no records where there are objects alone, and
 * `2 records updated` where they only change in their places.
 * @param replaces how many of the records take the place of other content
 * @param met how many more another run has created
 * @param proof what else is true of the records: `, read back and equal`
 */
export function writtenText(
  {
    creates,
    replaces,
    updates,
    adopts,
    met = 0,
  }: Pick<PlanCounts, 'creates' | 'replaces' | 'updates' | 'adopts'> & { met?: number },
  proof: string,
): string {
  const fresh = creates - replaces;
  const also = replaces > 0 ? ` and ${replaces.toLocaleString('en-US')} replaced` : '';
  const created = `${countOf(fresh, 'record')} created${also}`;
  const made = fresh === 0 && replaces > 0 ? `${countOf(replaces, 'record')} replaced` : created;
  const others = met > 0 ? `, ${met.toLocaleString('en-US')} by another run at the same time` : '';
  const inPlace = updates > 0 ? `${countOf(updates, 'record')} updated` : '';
  const isNone = creates + met === 0;
  const all = isNone ? inPlace || made : `${made}${others}${inPlace && `, ${inPlace}`}`;
  const records = `${all}${proof}`;
  if (adopts === 0) return records;
  const objects = `${liveObjects(adopts)} adopted`;
  return isNone && !inPlace ? objects : `${records}, ${objects}`;
}

/** Adopted are those that get the metadata of a Helm 3 release, in the words of `--adopt`. */
export function liveObjects(count: number): string {
  return countOf(count, 'live object');
}

/** `, and 1 record of no release`; '' for none. */
function nobodys(count: number, before: string): string {
  return count === 0 ? '' : `${before}${countOf(count, 'record')} of no release`;
}

/** How many releases, and records of none, wait for somebody. */
export function needsPerson(releases: readonly ReleasePlan[]): number {
  const waits = (release: ReleasePlan) => !isMovable(release) && release.verdict !== 'done';
  return releases.filter((release) => release.unattributed || waits(release)).length;
}

export function countOf(count: number, word: string): string {
  return `${count.toLocaleString('en-US')} ${word}${count === 1 ? '' : 's'}`;
}

/** The plan, or what became of it, as data. */
export function printData(data: object, output: string, io: IO): void {
  const json = JSON.parse(JSON.stringify(data)) as Json;
  writeText(output === 'json' ? structLine(json) : toYaml(json), io);
}
