/**
 * Records that name several releases: each is copied once, and the releases that it ties move together or
 * not at all. Pure. docs/whose-record.md has the rule.
 */
import { disagreementText } from '../../attribution.ts';
import { printable } from '../../errors.ts';
import { namesOf, type RecordMeta, shownPlace } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import {
  amend,
  type Finding,
  isMovable,
  isStopped,
  type ReleasePlan,
  releasePlan,
} from '../plan.ts';
import type { Copy, MovingRelease } from '../relocate/survey.ts';
import { type RelocationTarget, sourceId } from '../relocate/target.ts';
import { othersThere } from './nameInTarget.ts';

/** A release without what an earlier one brings already, and what that is. */
export interface Untied {
  readonly moving: MovingRelease;
  /** Copies of records that it shares, with the place in the list of the release that brings them. */
  readonly tied: readonly { readonly copy: Copy; readonly with: number }[];
  /** All that it shares records with, by their places in the list. */
  readonly others: ReadonlySet<number>;
}

/** Each record stays in the first release that names it. */
export function untie(releases: readonly MovingRelease[]): Untied[] {
  const holders = new Map<string, number[]>();
  for (const [at, { from, copies, lost }] of releases.entries())
    for (const record of [...copies.map(({ source }) => source), ...lost]) {
      const id = sourceId(from, record);
      const known = holders.get(id);
      if (known) known.push(at);
      else holders.set(id, [at]);
    }
  return releases.map((moving, at) => {
    const holdersOf = (record: RecordMeta) => holders.get(sourceId(moving.from, record)) ?? [at];
    const firstOf = ({ source }: Copy) => holdersOf(source)[0] ?? at;
    const sources = [...moving.copies.map(({ source }) => source), ...moving.lost];
    const others = new Set(sources.flatMap(holdersOf));
    others.delete(at);
    const tied = moving.copies.flatMap((copy) =>
      firstOf(copy) === at ? [] : { copy, with: firstOf(copy) },
    );
    const copies = moving.copies.filter((copy) => firstOf(copy) === at);
    return { moving: tied.length === 0 ? moving : { ...moving, copies }, tied, others };
  });
}

/** What is said of a release whose record another one brings. */
export function tiedFindings({ tied }: Untied, releases: readonly MovingRelease[]): Finding[] {
  return tied.map(({ copy, with: at }) => ({
    severity: 'change',
    message: `${shownPlace(copy.source)} goes with ${printable(releases[at]?.name ?? '', 60)}: ${disagreementText(copy.disagreements)}`,
    revisions: [copy.revision],
  }));
}

/**
 * A record that names a release which nobody asked for goes beside what the target has of that one: Helm takes both for
 * one release, or can't write its next revision.
 */
export function tiedToOthers(
  { moving: { name, unattributed, copies } }: Untied,
  releases: readonly MovingRelease[],
  { present }: Pick<RelocationTarget, 'present'>,
): Finding[] {
  if (unattributed) return [];
  const asked = new Set(releases.flatMap((one) => one.copies.map(({ as }) => as)));
  return copies.flatMap((copy): Finding[] => {
    const others = new Set(namesOf(copy.record).filter((one) => !asked.has(one)));
    const met = [...others].filter(
      (as) => othersThere([...copies.map((one) => ({ ...one, as }))], present).length > 0,
    );
    return met.map((other) => ({
      severity: 'refusal',
      message: `its record names ${printable(other, 60)}, too, and the target has a ${printable(other, 60)}`,
      revisions: [copy.revision],
      fix: `name both: ${shellQuote(name)} ${shellQuote(other)}`,
    }));
  });
}

/** Of releases that share a record none moves without the others, directly or through a third. */
export function moveTogether(
  plans: readonly ReleasePlan[],
  untied: readonly Untied[],
): ReleasePlan[] {
  const judged = [...plans];
  const waiting = [...plans.keys()].filter((at) => judged[at]?.verdict === 'refused');
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift())
    for (const other of untied[at]?.others ?? []) {
      const plan = judged[other];
      if (!plan || plan.verdict === 'refused') continue;
      const name = printable(judged[at]?.name ?? '', 60);
      const message = `a record is also of ${name}, which is refused: they move together`;
      const findings: Finding[] = [{ severity: 'refusal', message }, ...plan.findings];
      judged[other] = amend(plan, { findings });
      waiting.push(other);
    }
  return judged.map((plan, at) => {
    // Whose records another one brings has no steps of its own, and isn't done before that one is.
    const brings = (untied[at]?.tied ?? []).some(({ with: first }) => {
      const other = judged[first];
      return other !== undefined && isMovable(other);
    });
    return brings && plan.verdict === 'done' && !isStopped(plan.findings)
      ? releasePlan({ ...plan, waits: true })
      : plan;
  });
}
