/**
 * Plans moving or copying records as they are, to another store, namespace, cluster or name: pure.
 * Payloads stay to the byte unless the release itself gets another name or namespace.
 */
import { printable } from '../../errors.ts';
import { identify, refId, shownPlace } from '../../record.ts';
import { revisionRange } from '../checks.ts';
import { type MeetingWords, refuseMeetingsAt } from '../meetings.ts';
import {
  type Finding,
  isStopped,
  type Plan,
  type ReleasePlan,
  type Step,
  verdictOf,
} from '../plan.ts';
import { merged } from '../preflight/check.ts';
import type { Copy, MovingRelease } from './survey.ts';
import { type RelocationTarget, sourceId } from './target.ts';

export interface RelocateOptions {
  readonly deleteSources: boolean;
  /** All of them, the newest that is deployed, or so many from the newest. */
  readonly revisions: 'all' | 'deployed' | number;
  /** Releases whose records there are replaced where they have other content; absent: none. */
  readonly overwrite?: ReadonlySet<string>;
  /** Releases that somebody else moves to the same target: they aren't planned, but may be met there. */
  readonly beside?: readonly MovingRelease[];
  /** What helps where another release has the name; absent: `--to-name NAME`. */
  readonly clash?: string;
  /** The flags by which kubectl finds the cluster that records go to: ` --context new`; absent: none. */
  readonly clusterFlags?: string;
}

export function planRelocation(
  releases: readonly MovingRelease[],
  target: RelocationTarget,
  options: RelocateOptions,
): Plan {
  const places = new Map<ReleasePlan, Set<string>>();
  const plans = [...releases, ...(options.beside ?? [])].map((release) => {
    const plan = planRelease(release, target, options);
    places.set(plan, placesOf(release, target));
    return plan;
  });
  return {
    from: [...new Set(releases.map(({ from }) => from))],
    to: target.address,
    releases: refuseMeetingsAt(plans, (plan) => places.get(plan) ?? [], becomeOne).slice(
      ...([0, releases.length] as const),
    ),
  };
}

const becomeOne: MeetingWords = {
  message: 'its records would meet there with those of',
  fix: 'relocate one of them: -n, --from or --exclude names it; or leave the storage namespace to each release',
};

/** Where its records come to lie, and the release as a whole; what stays where it is meets nobody. */
function placesOf(release: MovingRelease, target: RelocationTarget): Set<string> {
  const places = new Set<string>();
  for (const { source, record } of release.copies) {
    const identity = identify(record);
    if (target.inPlace.has(sourceId(release.from, source)) || !('name' in identity)) continue;
    const { kind, namespace } = record;
    places.add(refId(record));
    places.add(JSON.stringify([identity.owner, kind, namespace, identity.name]));
  }
  return places;
}

function planRelease(
  release: MovingRelease,
  target: RelocationTarget,
  options: RelocateOptions,
): ReleasePlan {
  const findings: Finding[] = [];
  const moving = chosen(release.copies, options.revisions);
  const behind = release.copies.length - moving.length;
  if (behind > 0)
    findings.push({
      severity: 'change',
      message: `${behind} revisions stay in the source: --revisions`,
    });
  findings.push(...unreadable(release, options), ...unread(moving));
  if (moving.length === 0 && release.copies.length > 0)
    findings.push({ severity: 'refusal', message: 'no revision of it is deployed' });
  const created: Step[] = [];
  const kept: Step[] = [];
  const going = moving.filter(({ source }) => !target.inPlace.has(sourceId(release.from, source)));
  for (const copy of moving) {
    const { step, finding } = going.includes(copy)
      ? stepFor(copy, target, isOverwritten(release, options))
      : stayFor(copy);
    if (finding) findings.push(finding);
    if (step) (step.do === 'keep' ? kept : created).push(step);
  }
  findings.push(...placeFindings(moving, target, options), ...replaced(created));
  const stranger = strangers(moving, kept.length > 0, target);
  if (stranger && isOverwritten(release, options))
    findings.push({ severity: 'change', message: stranger });
  else if (stranger)
    findings.push({
      ...{ severity: 'refusal', message: stranger },
      fix: options.clash ?? '--to-name NAME',
    });
  const complete = behind === 0 && release.lost.length === 0;
  const deletes = options.deleteSources ? deleteSteps(release, going, complete, findings) : [];
  const sources = [...release.copies.map(({ source }) => source), ...release.lost];
  const found = merged(findings);
  const verdict = verdictOf(found, created.length > 0 || deletes.length > 0);
  const written = [...created, ...kept].sort((a, b) => b.revision - a.revision);
  return {
    name: release.name,
    owner: release.owner,
    namespace: release.namespace ?? '',
    from: release.from,
    sources,
    verdict,
    findings: found,
    steps: isStopped(found) ? [] : [...written, ...deletes],
  };
}

/** Copies are newest first. */
function chosen(copies: readonly Copy[], revisions: RelocateOptions['revisions']): readonly Copy[] {
  if (revisions === 'all') return copies;
  if (typeof revisions === 'number') return copies.slice(0, revisions);
  const isDeployed = ({ source: { labels } }: Copy) =>
    (labels.status ?? labels.STATUS ?? '').toLowerCase() === 'deployed';
  return copies.filter(isDeployed).slice(0, 1);
}

/** Without its newest revision a release would be another one: an older state under the same name. */
function unreadable({ lost, copies }: MovingRelease, { revisions }: RelocateOptions): Finding[] {
  const newest = Math.max(...copies.map(({ revision }) => revision));
  return lost.map((record): Finding => {
    const its = revisionsOf(record);
    const isNewest = revisions !== 'deployed' && (its.revisions?.[0] ?? newest) >= newest;
    return {
      severity: isNewest ? 'refusal' : 'loss',
      message: `a revision ${isNewest ? "can't be moved" : 'stays behind'}: ${shownPlace(record)}: ${record.unreadable}`,
      ...its,
    };
  });
}

function revisionsOf(record: MovingRelease['lost'][number]): { revisions?: readonly number[] } {
  const identity = identify(record);
  return 'revision' in identity ? { revisions: [identity.revision] } : {};
}

function unread(moving: readonly Copy[]): Finding[] {
  return moving.flatMap(({ unread: why, source, revision }) =>
    why === undefined
      ? []
      : {
          severity: 'note',
          message: `${shownPlace(source)} can't be read, and is copied as it is: ${why}`,
          revisions: [revision],
        },
  );
}

function isOverwritten({ name }: MovingRelease, { overwrite }: RelocateOptions): boolean {
  return overwrite?.has(name) === true;
}

function replaced(created: readonly Step[]): Finding[] {
  const revisions = created.flatMap((step) =>
    step.do === 'create' && step.replaces ? step.revision : [],
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
  overwrites: boolean,
): { step?: Step; finding?: Finding } {
  const refusal = (message: string): { finding: Finding } => ({
    finding: { severity: 'refusal', message, revisions: [revision] },
  });
  const taken = target.taken.get(refId(record));
  if (taken?.is === 'unreadable') return refusal(`${shownPlace(record)} exists, and can't be read`);
  if (taken?.is === 'different' && !overwrites)
    return refusal(`${shownPlace(record)} exists with other content`);
  if (taken && taken.is !== 'different')
    return { step: { do: 'keep', revision, record: taken.there } };
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
  const replaces = taken && { replaces: taken.there };
  const step: Step = { do: 'create', revision, record: bare, copy, ...replaces };
  return { step, ...(lost && { finding }) };
}

function placeFindings(
  moving: readonly Copy[],
  target: RelocationTarget,
  { clusterFlags = '' }: RelocateOptions,
): Finding[] {
  const namespaces = new Set(moving.map(({ record }) => record.namespace));
  return [...namespaces].flatMap((namespace): Finding[] => {
    const why = target.closedNamespaces.get(namespace);
    if (why === undefined) return [];
    const name = printable(namespace, 63);
    return [
      {
        severity: 'refusal',
        message: `namespace ${name} ${why}`,
        ...(why === 'does not exist' && { fix: `kubectl create namespace ${name}${clusterFlags}` }),
      },
    ];
  });
}

/** Another release under the name that this one would have there. */
function strangers(
  moving: readonly Copy[],
  someKept: boolean,
  target: RelocationTarget,
): string | undefined {
  const [first] = moving;
  const identity = first && identify(first.record);
  if (!first || someKept || !identity || !('name' in identity)) return undefined;
  const ours = new Set(moving.map(({ record }) => refId(record)));
  const others = target.present.flatMap((record) => {
    const other = identify(record);
    const same =
      'name' in other &&
      other.name === identity.name &&
      other.owner === identity.owner &&
      // Each driver of helm's sees its own kind alone.
      record.kind === first.record.kind &&
      record.namespace === first.record.namespace &&
      !ours.has(refId(record));
    return same ? other.revision : [];
  });
  if (others.length === 0) return undefined;
  const [lowest, highest] = [Math.min(...others), Math.max(...others)];
  return `another release has this name there, with ${revisionRange(lowest, highest)}`;
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
    });
    return [];
  }
  return moving.map(({ revision, source }): Step => ({ do: 'delete', revision, record: source }));
}
