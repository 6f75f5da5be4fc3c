/**
 * Plans moving or copying records as they are, to another store, namespace, cluster or name: pure.
 * Payloads stay to the byte unless the release itself gets another name or namespace.
 */
import { attribute } from '../../attribution.ts';
import { deployedRevision } from '../../deployed.ts';
import { printable } from '../../errors.ts';
import { type RecordMeta, refId, shownPlace, statusLabel, unknownRevision } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import { beingDeleted, sourcesBeingDeleted } from '../beingDeleted.ts';
import { type Alters, disagreementFindings, disagreementsOf } from '../disagreements.ts';
import { irreplaceable } from '../irreplaceable.ts';
import { otherData, tiesLost } from '../otherData.ts';
import { inPlaceOf } from '../place.ts';
import {
  bySeverity,
  type Finding,
  isStopped,
  type Plan,
  type ReleasePlan,
  type Step,
  verdictOf,
} from '../plan.ts';
import { merged } from '../preflight/check.ts';
import { cameApart, copyAnew, inTheWay, isOthersContent, updated } from './outdated.ts';
import {
  type ApartWords,
  apartFinding,
  becomeOne,
  contentNamespace,
  deployedBeside,
  divergence,
  goesOn,
  placeFindings,
  relocatesApart,
  strangers,
} from './places.ts';
import type { Copy, MovingRelease } from './survey.ts';
import { isRead, type RelocationTarget, sourceId } from './target.ts';
import { moveTogether, tiedFindings, type Untied, untie } from './ties.ts';
import { settleMeetings } from './twins.ts';

export interface RelocateOptions {
  readonly deleteSources: boolean;
  /** All of them, the newest that is deployed, or so many from the newest. */
  readonly revisions: 'all' | 'deployed' | number;
  /**
   * Releases whose records there are replaced where they have other content. Absent: of none, and
   * copies follow what Helm has done to their sources since; with it, nothing else is replaced.
   */
  readonly overwrite?: ReadonlySet<string>;
  /** Releases that somebody else moves to the same target: they aren't planned, but may be met there. */
  readonly beside?: readonly MovingRelease[];
  /** What helps where another release has the name; absent: `--to-name NAME`. */
  readonly clash?: string;
  /** What helps where two would become one release; absent: relocate's flags. */
  readonly apart?: ApartWords;
  /**
   * The rest of a release is copied where there is nothing to copy of an older revision, because some is
   * better than nothing; absent: it isn't.
   */
  readonly partly?: true;
  /** Records go into another cluster. */
  readonly elsewhere?: boolean;
  /** The flags by which kubectl finds the cluster that records go to: ` --context new`; absent: none. */
  readonly clusterFlags?: string;
}

export function planRelocation(
  releases: readonly MovingRelease[],
  target: RelocationTarget,
  options: RelocateOptions,
): Plan {
  const all = [...releases, ...(options.beside ?? [])];
  const untied = untie(all);
  const planned = untied.map((one) => ({
    moving: one.moving,
    plan: planRelease(one, tiedFindings(one, all), target, options),
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
    : strangers(moving.length > 0 ? ours : [], continues, target);
  if (met && isOverwritten(release, options))
    findings.push({ severity: 'change', message: met.message });
  else if (met)
    findings.push({ severity: 'refusal', message: met.message, fix: options.clash ?? met.fix });
  findings.push(...deployedBeside(created, ours, target), ...replaced(created, target));
  const complete = behind === 0 && release.lost.length === 0 && !release.unattributed;
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
  findings.push(...contentNamespace(release, moving));
  if (deletes.length > 0 || options.elsewhere)
    findings.push(...apartFinding(release, moving, target));
  const sources = [...copies.map(({ source }) => source), ...release.lost];
  const found = bySeverity(merged(findings));
  const verdict = verdictOf(found, created.length > 0 || deletes.length > 0);
  const written = [...created, ...kept].sort((a, b) => b.revision - a.revision);
  return {
    name: release.name,
    owner: release.owner,
    namespace: release.namespace ?? besideNamespace(release, sources),
    ...becoming(release),
    ...(release.unattributed && { unattributed: true }),
    from: release.from,
    sources,
    ...presentOf(moving, release, target),
    verdict,
    findings: found,
    steps: isStopped(found) ? [] : [...written, ...deletes],
  };
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

/** Where nothing can be read, Helm 3 and 4 are believed to keep records beside their release. */
function besideNamespace({ owner }: MovingRelease, sources: readonly RecordMeta[]): string {
  return owner === 'helm' ? (sources[0]?.namespace ?? '') : '';
}

function becoming({ copies, namespace = '' }: MovingRelease): Pick<ReleasePlan, 'becomes'> {
  const rename = copies.find((copy) => copy.rename)?.rename;
  return rename ? { becomes: { name: rename.name, namespace: rename.namespace || namespace } } : {};
}

/** Copies are newest first. One that is there already and outdated is never left as it is. */
function chosen(
  copies: readonly Copy[],
  target: RelocationTarget,
  options: RelocateOptions,
): readonly Copy[] {
  const some = new Set(named(copies, options.revisions));
  const isOutdated = ({ record }: Copy) => target.taken.get(refId(record))?.found.is === 'outdated';
  return copies.filter((copy) => some.has(copy) || isOutdated(copy));
}

function named(copies: readonly Copy[], revisions: RelocateOptions['revisions']): readonly Copy[] {
  if (revisions === 'all') return copies;
  if (typeof revisions === 'number') return copies.slice(0, revisions);
  const deployed = deployedRevision(copies, ({ standing }) => standing);
  return copies.filter((copy) => copy === deployed);
}

/**
 * Without its newest revision a release would be another one: an older state under the same name. Without an
 * older one it isn't all that was asked for.
 */
function unreadable(release: MovingRelease, { revisions, partly }: RelocateOptions): Finding[] {
  const { lost, copies } = release;
  return lost.map((record): Finding => {
    const its = revisionsOf(record);
    const revision = its.revisions?.[0] ?? unknownRevision;
    const newer = copies.filter((copy) => copy.revision > revision).length;
    const said = (what: string) => `${what}: ${shownPlace(record)}: ${record.unreadable}`;
    if (!isAsked(record, newer, release, revisions))
      return { severity: 'change', message: said('a revision stays in the source'), ...its };
    if (newer > 0 && partly)
      return { severity: 'loss', message: said('a revision stays behind'), ...its };
    const fix = newer > 0 && { fix: `--revisions ${newer} moves the newer ones alone` };
    return { severity: 'refusal', message: said("a revision can't be moved"), ...its, ...fix };
  });
}

/** @param newer how many newer revisions of its release there are to copy */
function isAsked(
  record: RecordMeta,
  newer: number,
  { copies }: MovingRelease,
  revisions: RelocateOptions['revisions'],
): boolean {
  if (revisions === 'all') return true;
  if (typeof revisions === 'number') return newer < revisions;
  const [deployed] = named(copies, 'deployed');
  const isNewer = deployed === undefined || copies.indexOf(deployed) >= newer;
  return isNewer && statusLabel(record) === 'deployed';
}

function revisionsOf(record: MovingRelease['lost'][number]): { revisions?: readonly number[] } {
  const { revision } = attribute(record);
  return revision === undefined ? {} : { revisions: [revision] };
}

function unread(moving: readonly Copy[]): Finding[] {
  return moving.flatMap(({ unread: why, source, revision }) =>
    why === undefined
      ? []
      : {
          severity: 'change',
          message: `${shownPlace(source)} can't be read, and is copied as it is: ${why}`,
          revisions: [revision],
        },
  );
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

function isOverwritten({ name }: MovingRelease, { overwrite }: RelocateOptions): boolean {
  return overwrite?.has(name) === true;
}

/** What may become of a record that is there already, and isn't what would be written. */
interface Rights {
  readonly overwrites: boolean;
  readonly updates: boolean;
  /** What would let it replace other content. */
  readonly fix?: string;
}

function rightsOver(release: MovingRelease, options: RelocateOptions): Rights {
  const overwrites = isOverwritten(release, options);
  if (options.overwrite === undefined) {
    // A backup's folder or archive is another one's: there are no names to choose.
    const fix = options.apart ? {} : { fix: '--to-name NAME gives it one that is free there' };
    return { overwrites, updates: true, ...fix };
  }
  return { overwrites, updates: false, fix: `--overwrite ${shellQuote(release.name)}` };
}

/** Whether it replaces its own release's record, and not somebody else's. */
function isUpdate(step: Step, { taken }: RelocationTarget): boolean {
  if (step.do !== 'create' || !step.replaces) return false;
  return taken.get(refId(step.replaces))?.found.is === 'outdated';
}

function replaced(created: readonly Step[], target: RelocationTarget): Finding[] {
  const revisions = created.flatMap((step) =>
    step.do === 'create' && step.replaces && !isUpdate(step, target) ? step.revision : [],
  );
  if (revisions.length === 0) return [];
  const message = 'what is there has other content and is replaced, after a backup of it';
  return [{ severity: 'change', message, revisions }];
}

/** It lies where it would go. A record can't be rewritten there without being gone in between. */
function stayFor({ revision, source, record, rename }: Copy): { step?: Step; finding?: Finding } {
  if (!rename) return { step: { do: 'keep', revision, record } };
  const message = `${shownPlace(source)} would have to be rewritten where it is`;
  const fix = 'move it into another store or storage namespace first';
  return { finding: { severity: 'refusal', message, revisions: [revision], fix } };
}

function stepFor(
  { revision, record, source, rename, bytes }: Copy,
  target: RelocationTarget,
  { overwrites, updates, fix }: Rights,
): { step?: Step; finding?: Finding } {
  const refusal = (message: string, help?: string): { finding: Finding } => ({
    finding: { severity: 'refusal', message, revisions: [revision], ...(help && { fix: help }) },
  });
  const taken = target.taken.get(refId(record));
  // What is being deleted is said once, for the release.
  if (taken?.there.leaving) return {};
  if (taken && !isRead(taken)) return refusal(`${shownPlace(record)} exists, and can't be read`);
  const found = taken?.found;
  if (found?.is === 'apart' && updates)
    return { finding: cameApart(revision, record, found.statuses) };
  const follows = found?.is === 'outdated' && updates ? found : undefined;
  if (found && !follows) {
    const stays =
      found.is === 'equal' ||
      // What goes back would change nothing but when it was written.
      (!overwrites && (found.is === 'moved on' || (found.is === 'outdated' && found.rewritten)));
    if (stays) return { step: { do: 'keep', revision, record: taken.there } };
    if (!overwrites)
      return refusal(inTheWay(record, found), updates && !isOthersContent(found) ? copyAnew : fix);
  }
  const limit = target.maxRecordBytes;
  if (limit !== undefined && bytes > limit)
    return refusal(
      `revision ${revision} takes ${bytes} bytes, and a ${record.kind} holds ${limit}`,
    );
  const { annotations, ...plain } = record;
  const bare = target.annotations ? record : plain;
  const why = target.unholdable(bare);
  if (why !== undefined) return refusal(`a revision has no place there: ${why}`);
  const copy = { source, ...(rename && { rename }) };
  const lost = !target.annotations && Object.keys(annotations ?? {}).length > 0;
  const finding: Finding = {
    severity: 'loss',
    message: 'its record loses its annotations, for which the target has no place',
    revisions: [revision],
  };
  const stuck = taken && irreplaceable(taken.there, bare, revision);
  if (stuck) return { finding: stuck };
  const replaces = taken && { replaces: taken.there };
  const step: Step = { do: 'create', revision, record: bare, copy, ...replaces };
  if (follows && !lost) return { step, finding: updated(revision, follows.statuses) };
  return { step, ...(lost && { finding }) };
}

function deleteSteps(
  release: MovingRelease,
  moving: readonly Copy[],
  complete: boolean,
  findings: Finding[],
): Step[] {
  if (moving.length === 0) return [];
  if (release.undeletable !== undefined) {
    findings.push({
      severity: 'refusal',
      message: `its sources can't be deleted: ${printable(release.from)} ${release.undeletable}`,
      fix: 'leave --delete-source away',
    });
    return [];
  }
  if (!complete) {
    findings.push({
      severity: 'change',
      message: 'its sources are kept: not every revision moves',
      unmet: '--delete-source',
    });
    return [];
  }
  return moving.map(({ revision, source }): Step => ({ do: 'delete', revision, record: source }));
}
