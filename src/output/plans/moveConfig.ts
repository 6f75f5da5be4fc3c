/** What a person sees of `move-config`: its plan, and what became of it. */
import { printable, ReleasesError } from '../../errors.ts';
import type { ItemOutcome } from '../../migrate/config/apply.ts';
import {
  type ConfigItem,
  type ConfigPlan,
  type ItemVerdict,
  itemVerdicts,
  waiting,
} from '../../migrate/config/plan.ts';
import { type Paint, type Palette, palette } from '../terminal/colour.ts';
import { reportError } from '../terminal/errors.ts';
import { type IO, tableWidth } from '../terminal/io.ts';
import { type Column, table } from '../terminal/table.ts';
import { countOf } from './plan.ts';

export function printConfigPlan(plan: ConfigPlan, io: IO): void {
  const { items, to } = plan;
  const path = (text: string) => printable(text, 1000);
  io.stdout.write(`Plan: ${countOf(items.length, 'item')}, ${path(plan.from)} → Helm 3 and 4\n`);
  for (const [what, place] of Object.entries(to))
    io.stdout.write(`  ${what.padEnd(14)}${path(place)}\n`);
  io.stdout.write(
    `\n${table(columns(palette(io.colour)), items, { width: tableWidth(io.stdout) })}`,
  );
  const notes = items.flatMap((item) =>
    item.notes.map((text) => `  ${item.kind} ${printable(item.name)}: ${text}\n`),
  );
  if (notes.length > 0) io.stdout.write(`\nNotes:\n${notes.join('')}`);
  io.stdout.write(`\n${summary(items)}\n`);
}

function columns(colours: Palette): Column<ConfigItem>[] {
  return [
    { header: 'KIND', cell: ({ kind }) => kind },
    { header: 'NAME', cell: ({ name }) => printable(name) },
    {
      header: 'VERDICT',
      cell: ({ verdict }) => verdict,
      paint: ({ verdict }) => verdictPaint(colours, verdict),
    },
    { header: 'WHAT', cell: ({ why }) => printable(why, 2000), wraps: 30 },
  ];
}

function verdictPaint(colours: Palette, verdict: ItemVerdict): Paint {
  if (verdict === 'ready') return colours.good;
  if (verdict === 'unreadable') return colours.bad;
  return verdict === 'needs a decision' ? colours.waiting : colours.quiet;
}

function summary(items: readonly ConfigItem[]): string {
  return itemVerdicts
    .map((verdict) => [verdict, items.filter((item) => item.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) =>
      verdict === 'needs a decision' && count > 1
        ? `${count} need a decision`
        : `${count} ${verdict}`,
    )
    .join(' · ');
}

/** What to do about the items that wait; '' when none does. */
export function decisionLine({ items }: ConfigPlan): string {
  return items.some(({ verdict }) => verdict === 'needs a decision')
    ? "--on-conflict keep  leaves Helm 3's own as they are; --on-conflict replace  takes Helm 2's and puts Helm 3's aside.\n"
    : '';
}

/** The last words: what was done, what failed, and what can be done next. */
export function printConfigOutcomes(
  plan: ConfigPlan,
  outcomes: readonly ItemOutcome[],
  io: IO,
): void {
  const moved = outcomes.filter(({ result }) => result === 'moved');
  for (const outcome of outcomes)
    if (outcome.result === 'failed') {
      const { message, why, hints } = outcome.error;
      const where = `${outcome.item.kind} ${printable(outcome.item.name)}`;
      reportError(
        new ReleasesError(outcome.error.code, `${where}: ${message}`, { why, hints }),
        io,
      );
    }
  const done = `${countOf(moved.length, 'item')} moved, read back and equal`;
  if (outcomes.some(({ result }) => result === 'interrupted')) {
    io.stdout.write(`Stopped. ${done}. Run the same command to go on.\n`);
    return;
  }
  const failed = outcomes.length - moved.length;
  const people = waiting(plan);
  const left = people > 0 ? ` ${people} left alone (see above).` : '';
  if (failed > 0)
    io.stdout.write(
      `${countOf(failed, 'item')} failed (see above); ${done}.${left} Run the same command again to go on.\n`,
    );
  else io.stdout.write(`Done: ${done}.${left}\n`);
  if (replaced(plan, outcomes))
    io.stdout.write(`What was replaced is in ${printable(plan.aside, 1000)}\n`);
  if (moved.length > 0) io.stdout.write(`Next: ${nextSteps(moved)}\n`);
}

function replaced(plan: ConfigPlan, outcomes: readonly ItemOutcome[]): boolean {
  return outcomes.some(({ item: { step }, result }) => {
    if (result !== 'moved' || !step) return false;
    if ('to' in step) return step.replaces !== undefined;
    const entryKept = step.do === 'change' && plan.repositories?.keepsOld === true;
    return entryKept || plan.certificates.some(({ replaces }) => replaces);
  });
}

function nextSteps(moved: readonly ItemOutcome[]): string {
  const kinds = new Set(moved.map(({ item }) => item.kind));
  const steps = [
    ...(kinds.has('repository') ? ['helm repo update'] : []),
    ...(kinds.has('plugin') ? ['helm plugin list'] : []),
    ...(kinds.has('starter') ? ['helm create NAME --starter STARTER'] : []),
  ];
  return steps.join(' · ');
}
