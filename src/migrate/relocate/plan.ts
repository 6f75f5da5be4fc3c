import { type RecordMeta, refId } from '../../record.ts';
import { otherData, tiesLost } from '../compare/otherData.ts';
import { beingDeleted, sourcesBeingDeleted } from '../conflicts/beingDeleted.ts';
import { type Alters, disagreementFindings, disagreementsOf } from '../conflicts/disagreements.ts';
import { settleMeetings } from '../conflicts/duplicates.ts';
import { moveTogether, tiedFindings, tiedToOthers, type Untied, untie } from '../conflicts/ties.ts';
import { inPlaceOf } from '../engine/place.ts';
import { type Finding, type Plan, type ReleasePlan, releasePlan, type Step } from '../plan.ts';
import { merged } from '../preflight/check.ts';
import { chosen, unread, unreadable } from './chosen.ts';
import { notTheNewest, notTheNewestThere } from './ifNewest.ts';
import { noneDeployed } from './noneDeployed.ts';
import {
  apartFinding,
  becomeOne,
  contentNamespace,
  deployedBeside,
  divergence,
  goesOn,
  placeFindings,
  relocatesApart,
  staysApart,
  strangers,
} from './placeConflicts.ts';
import type { RelocateOptions } from './relocateOptions.ts';
import {
  deleteSteps,
  isOverwritten,
  isUpdate,
  replaced,
  rightsOver,
  stayFor,
  stepFor,
} from './steps.ts';
import { believedNamespace, type Copy, type MovingRelease } from './survey.ts';
import { type RelocationTarget, sourceId } from './target.ts';

export function planRelocation(
  releases: readonly MovingRelease[],
  target: RelocationTarget,
  options: RelocateOptions,
): Plan {
  const all = [...releases, ...(options.beside ?? [])];
  const untied = untie(all);
  const planned = untied.map((one) => ({
    moving: one.moving,
    plan: planRelease(
      one,
      [...tiedFindings(one, all), ...tiedToOthers(one, all, target)],
      target,
      options,
    ),
  }));
  const meeting = becomeOne(options.apart ?? relocatesApart);
  const settled = settleMeetings(planned, target, meeting, options.deleteSources);
  const plans = moveTogether(settled, untied);
  return {
    from: [...new Set(releases.map(({ from }) => from))],
    to: target.address,
    releases: plans.slice(0, releases.length),
  };
}

function planRelease(
  { moving: release, tied }: Untied,
  shared: readonly Finding[],
  target: RelocationTarget,
  options: RelocateOptions,
): ReleasePlan {
  const findings: Finding[] = [];
  const moving = chosen(release.copies, target, options);
  const behind = release.copies.length - moving.length;
  if (behind > 0)
    findings.push({
      severity: 'change',
      message: `${behind} ${behind === 1 ? 'revision stays' : 'revisions stay'} in the source: --revisions`,
    });
  findings.push(...unreadable(release, options), ...unread(moving), ...shared);
  findings.push(...notTheNewest(release, options.ifNewest));
  findings.push(...notTheNewestThere(release, options.ifNewestThere, target.present));
  const copies = [...release.copies, ...tied.map(({ copy }) => copy)];
  const alters = release.unattributed ? undefined : alterationOf(copies, options);
  for (const { source, disagreements, revision } of copies)
    findings.push(...disagreementFindings(source, disagreements, revision, alters));
  for (const record of release.lost) findings.push(...disagreementsOf(record, alters));
  if (release.unattributed) findings.push(...ofNobody(options));
  if (moving.length === 0 && release.copies.length > 0)
    findings.push({ severity: 'refusal', message: 'no revision of it is deployed' });
  // What another release brings of it is no stranger there.
  const ours = [...moving, ...tied.map(({ copy }) => copy)];
  const created: Step[] = [];
  const kept: Step[] = [];
  const going = moving.filter(({ source }) => !target.inPlace.has(sourceId(release.from, source)));
  if (going.length === 0 && moving.every(({ rename }) => !rename))
    findings.push(...inPlace(moving));
  for (const copy of moving) {
    const { step, finding } = going.includes(copy)
      ? stepFor(copy, target, rightsOver(release, options))
      : stayFor(copy);
    if (finding) findings.push(finding);
    if (step) (step.do === 'keep' ? kept : created).push(step);
  }
  findings.push(...sourcesBeingDeleted(moving.map(({ source }) => source)));
  const there = thereOf(release, going, target);
  findings.push(...beingDeleted(there, options.clusterFlags));
  findings.push(...immutables(moving), ...placeFindings(moving, target, options));
  const [newest] = release.copies;
  const continues = newest && target.continued.get(sourceId(release.from, newest.source));
  if (continues === 'goes on' && moving.length > 0) findings.push(...goesOn(ours, target));
  const known =
    continues === 'goes on' || kept.length > 0 || created.some((step) => isUpdate(step, target));
  const met = known
    ? divergence({ copies, lost: release.lost }, created, target)
    : strangers(ours, continues, target);
  if (met && isOverwritten(release, options))
    findings.push({ severity: 'change', message: met.message });
  else if (met)
    findings.push({ severity: 'refusal', message: met.message, fix: options.clash ?? met.fix });
  findings.push(...deployedBeside(created, ours, target), ...replaced(created, target));
  const isRestored = options.overwrite !== undefined && !isOverwritten(release, options);
  const ended = isRestored
    ? noneDeployed(release.name, release.copies, created, target.present)
    : [];
  findings.push(...ended);
  const whole = release.lost.length === 0 && !release.unattributed;
  const complete = !whole ? 'in part' : behind === 0 ? 'complete' : 'so chosen';
  const deletes =
    options.deleteSources && !release.unattributed
      ? deleteSteps(release, going, complete, findings)
      : [];
  const flag = deletes.length > 0 ? '--delete-source' : undefined;
  findings.push(
    ...otherData(
      moving.map(({ source }) => source),
      flag,
    ),
  );
  findings.push(...tiesLost(moving, deletes.length > 0));
  findings.push(...contentNamespace(release, moving), ...staysApart(release, moving));
  if (deletes.length > 0 || options.elsewhere)
    findings.push(...apartFinding(release, moving, target));
  const sources = [...copies.map(({ source }) => source), ...release.lost];
  const written = [...created, ...kept].sort((a, b) => b.revision - a.revision);
  return releasePlan({
    name: release.name,
    owner: release.owner,
    namespace: believedNamespace(release, sources) ?? '',
    ...becoming(release),
    ...(release.unattributed && { unattributed: true }),
    from: release.from,
    sources,
    ...presentOf(moving, release, target),
    findings: merged(findings),
    steps: [...written, ...deletes],
    waits: ended.length > 0,
  });
}

/** What lies under its keys or its name there, and isn't a source of it. */
function thereOf(
  release: MovingRelease,
  going: readonly Copy[],
  target: RelocationTarget,
): readonly RecordMeta[] {
  const taken = going.flatMap(({ record }) => target.taken.get(refId(record))?.there ?? []);
  const named = presentOf(going, release, target).there?.records ?? [];
  const sources = new Set(release.copies.map(({ source }) => sourceId(release.from, source)));
  const isOurs = (record: RecordMeta) => {
    const id = sourceId(release.from, record);
    return target.inPlace.has(id) && sources.has(id);
  };
  return [...taken, ...named.filter((record) => !isOurs(record))];
}

/** What has its name there already; of a record that names no release there is no such name. */
function presentOf(
  [first]: readonly Copy[],
  { unattributed }: MovingRelease,
  { present }: RelocationTarget,
): Pick<ReleasePlan, 'there'> {
  if (!first || unattributed) return {};
  const { as: name, record } = first;
  return { there: { name, records: inPlaceOf({ ...record, name }, present) } };
}

function alterationOf(
  copies: readonly Copy[],
  { deleteSources }: RelocateOptions,
): Alters | undefined {
  if (copies.some(({ rename }) => rename)) return 'renamed';
  return deleteSources ? 'deleted' : undefined;
}

/** Nobody asked for it by a name, and nobody knows whose it is. */
function ofNobody({ deleteSources }: RelocateOptions): Finding[] {
  const message =
    'it names no release: no name that Helm gives a record, no name label, no content';
  const kept: Finding = {
    severity: 'change',
    message: 'its source is kept: nobody knows whose it is',
    unmet: '--delete-source',
  };
  return [{ severity: 'change', message }, ...(deleteSources ? [kept] : [])];
}

function becoming({ copies, namespace = '' }: MovingRelease): Pick<ReleasePlan, 'becomes'> {
  const rename = copies.find((copy) => copy.rename)?.rename;
  return rename ? { becomes: { name: rename.name, namespace: rename.namespace || namespace } } : {};
}

/** Helm can't mark such a revision superseded, here or there: an update is refused (core/validation). */
function immutables(moving: readonly Copy[]): Finding[] {
  return moving.flatMap(({ source, record, revision }): Finding[] => {
    if (!source.immutable) return [];
    const message = record.immutable
      ? 'its record is immutable, and so is the copy: Helm can update neither'
      : 'its record is immutable, and the copy is not: the target has no such thing';
    return [{ severity: 'change', message, revisions: [revision] }];
  });
}

/** Whoever mistyped where to must not read that something has moved. */
function inPlace(moving: readonly Copy[]): Finding[] {
  if (moving.length === 0) return [];
  const message = 'its records lie there already: source and target are the same place';
  return [{ severity: 'note', message, unmet: '--to' }];
}
