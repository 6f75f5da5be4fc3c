/**
 * Which Helm 2 releases may go: pure. A migration that deletes its sources is planned, and everything
 * is refused of it that would still write, so that what remains is the comparison and the deletion.
 */
import { attribute } from '../../attribution.ts';
import { isReleasesError, printable } from '../../errors.ts';
import { isBad, type RecordMeta, recordPlace, refId } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import { otherData } from '../compare/otherData.ts';
import { lackingLabels } from '../compare/unlabelled.ts';
import { disagreementsOf } from '../conflicts/disagreements.ts';
import { plan2to3 } from '../helm2to3/plan.ts';
import type { SourceRelease, Target } from '../helm2to3/target.ts';
import {
  type DeleteStep,
  type Finding,
  isStopped,
  type Plan,
  type ReleasePlan,
  releasePlan,
} from '../plan.ts';

export interface CleanupOptions {
  /** Releases that go although not every revision has an equal Helm 3 record. */
  readonly unmigrated: ReadonlySet<string>;
  /** Why a record can't even be copied to the backup, by `refId`: then its release never goes. */
  readonly uncopyable: ReadonlyMap<string, string>;
}

/** What was decided in the migration doesn't matter any more: only whether the same release came out. */
const asMigrated = { deleteSources: true, markSuperseded: true, resolvePending: 'failed' } as const;

/** A plan that compares and deletes, and creates nothing. */
export async function planReleaseCleanup(
  sources: readonly SourceRelease[],
  target: Target,
  options: CleanupOptions,
): Promise<Plan> {
  const plan = await plan2to3(sources, target, asMigrated);
  const releases = plan.releases.map((release, i) => {
    const source = sources[i];
    return source ? planOne(release, source, options) : release;
  });
  return { ...plan, releases };
}

function planOne(
  release: ReleasePlan,
  source: SourceRelease,
  options: CleanupOptions,
): ReleasePlan {
  // Not even --unmigrated: what is deleted may be another release's, too.
  const odd = [
    ...source.records.flatMap((record) => disagreementsOf(record, 'deleted')),
    ...otherData(release.sources, 'the release where it is'),
  ];
  if (isStopped(odd)) return releasePlan({ ...release, findings: odd });
  const lacking = release.findings.filter(isLacking);
  if (isWhole(release)) return releasePlan({ ...release, findings: [...lacking, ...odd] });
  if (options.unmigrated.has(release.name)) return planUnmigrated(release, source, options);
  return releasePlan({ ...release, findings: whyNot(release, source) });
}

function isLacking({ message }: Finding): boolean {
  return message.startsWith(lackingLabels);
}

/** Every source is deleted, and for each of them an equal record is there. */
function isWhole({ steps, sources }: ReleasePlan): boolean {
  const count = (what: string) => steps.filter((step) => step.do === what).length;
  return (
    count('create') === 0 && count('keep') === sources.length && count('delete') === sources.length
  );
}

function planUnmigrated(
  release: ReleasePlan,
  source: SourceRelease,
  { uncopyable }: CleanupOptions,
): ReleasePlan {
  const stuck = release.sources.find((record) => uncopyable.has(refId(record)));
  const refusals: Finding[] = [];
  if (source.undeletable) refusals.push(undeletable(source.from, source.undeletable));
  if (stuck)
    refusals.push({
      severity: 'refusal',
      message: `${printable(recordPlace(stuck))} can't be backed up: ${uncopyable.get(refId(stuck))}`,
      fix: 'keep it elsewhere and delete it with kubectl',
    });
  if (refusals.length > 0) return releasePlan({ ...release, findings: refusals });
  const steps = release.sources
    .map((record): DeleteStep => ({ do: 'delete', revision: revisionOf(record), record }))
    .sort((a, b) => b.revision - a.revision);
  const findings: Finding[] = [
    {
      severity: 'loss',
      message: `NOT ALL OF IT IS IN HELM 3: ${count(steps)} of it will be in the backup only (--unmigrated)`,
    },
  ];
  return releasePlan({ ...release, steps, findings });
}

function count({ length }: readonly unknown[]): string {
  return length === 1 ? '1 revision' : `${length} revisions`;
}

function undeletable(from: string, why: string): Finding {
  return { severity: 'refusal', message: `it can't be deleted: ${printable(from)} ${why}` };
}

/** Why a release stays, and what to do about it. */
function whyNot(release: ReleasePlan, source: SourceRelease): Finding[] {
  if (source.undeletable) return [undeletable(source.from, source.undeletable)];
  const name = shellQuote(release.name);
  const anyway = `--unmigrated ${name}`;
  const kept = new Set(numbers(release, 'keep'));
  const older = release.steps.flatMap((step) =>
    step.do === 'create' && step.replaces ? step.revision : [],
  );
  const created = numbers(release, 'create').filter((revision) => !older.includes(revision));
  const lacking = release.findings.filter(isLacking);
  const unlabelled = lacking.flatMap(({ revisions: which }) => which ?? []);
  const outdated = older.filter((revision) => !unlabelled.includes(revision));
  const unread = source.records.filter(isBad);
  const findings: Finding[] = unread.map((record) => ({
    severity: 'refusal',
    message: `a revision can't be read, so it can't be in Helm 3: ${printable(recordPlace(record))}: ${record.unreadable}`,
    ...revisions(revisionOf(record)),
    fix: anyway,
  }));
  if (created.length > 0)
    findings.push({
      severity: 'refusal',
      message: kept.size + older.length === 0 ? "it isn't in Helm 3" : notThere(created),
      revisions: created,
      fix: `migrate2to3 ${name}, or ${anyway}`,
    });
  for (const { message, revisions: which } of lacking)
    findings.push({
      ...{ severity: 'refusal', message: message.replace(/: it is updated.*/, '') },
      ...(which && { revisions: which }),
      fix: `migrate2to3 ${name}, or ${anyway}`,
    });
  if (outdated.length > 0)
    findings.push({
      severity: 'refusal',
      message: 'a Tiller has changed it since it was migrated: the copy in Helm 3 is older',
      revisions: outdated,
      fix: `migrate2to3 ${name}, or ${anyway}`,
    });
  const refusals = release.findings.filter(
    ({ severity }) => severity === 'refusal' || severity === 'decision',
  );
  // A newest revision that can't be read is a refusal there already.
  if (findings.length === 0 || unread.length === 0)
    for (const { message, revisions: where, fix } of refusals)
      findings.push({
        ...{ severity: 'refusal', message },
        // What a migration is told to do instead is nothing for a cleanup, but for a look.
        fix: fix?.startsWith('kubectl get ') ? `${fix}; or ${anyway}` : anyway,
        ...(where && { revisions: where }),
      });
  if (findings.length === 0)
    findings.push({
      severity: 'refusal',
      message: isPruned(release)
        ? 'Helm 3 has upgraded it and pruned these revisions: no copy is left to compare them with'
        : 'not every revision can become a Helm 3 record',
      fix: anyway,
    });
  return findings;
}

/** It counts as migrated, and yet nothing of it is under its own revisions' names. */
function isPruned({ verdict, steps }: ReleasePlan): boolean {
  return verdict === 'done' && steps.length === 0;
}

function numbers({ steps }: ReleasePlan, what: 'create' | 'keep'): number[] {
  return steps.filter((step) => step.do === what).map(({ revision }) => revision);
}

function notThere(created: readonly number[]): string {
  const sorted = [...created].sort((a, b) => a - b);
  if (sorted.length === 1) return `revision ${sorted[0]} isn't in Helm 3`;
  return `${sorted.length} revisions aren't in Helm 3, ${sorted[0]} to ${sorted.at(-1)}`;
}

function revisions(number: number): { revisions?: readonly number[] } {
  return number > 0 ? { revisions: [number] } : {};
}

/** 0 where its name doesn't say it. */
function revisionOf(record: RecordMeta): number {
  return attribute(record).revision ?? 0;
}

/** The records of these releases that a store can't hand out whole, for `CleanupOptions`. */
export async function findUncopyable(
  sources: readonly SourceRelease[],
  read: (source: SourceRelease, record: RecordMeta) => Promise<object | undefined>,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const source of sources)
    for (const record of source.records.filter(isBad)) {
      const there = await read(source, record).catch((error: unknown) => {
        if (isReleasesError(error)) return undefined;
        throw error;
      });
      if (!there || isBad(there)) found.set(refId(record), record.unreadable);
    }
  return found;
}
