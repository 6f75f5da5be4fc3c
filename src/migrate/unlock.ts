/**
 * A release whose newest revision an interrupted helm has left behind, and what that becomes. Helm refuses every
 * upgrade while the newest revision's *content* says pending (`prepareUpgrade` in pkg/action/upgrade.go: `Last` of
 * pkg/storage/storage.go, which passes over what it can't read); the label alone unlocks nothing.
 */
import { decodePayload, encodePayload } from '../codecs/index.ts';
import { isUnended } from '../deployed.ts';
import { ReleasesError } from '../errors.ts';
import type { Revision } from '../inspect/revisions.ts';
import { isBad, metaOnly, type RecordMeta, type ReleaseRecord, shownPlace } from '../record.ts';
import type { Info, Release, Time } from '../release.ts';
import type { Storage } from '../storage/storage.ts';
import { beingDeleted } from './conflicts/beingDeleted.ts';
import { disagreementFindings } from './conflicts/disagreements.ts';
import { irreplaceable } from './conflicts/irreplaceable.ts';
import { withDigest } from './engine/payloads.ts';
import { type Finding, type ReleasePlan, releasePlan, type UpdateStep } from './plan.ts';

export const unlockedStatuses = ['failed', 'deployed', 'uninstalled'] as const;
export type UnlockedStatus = (typeof unlockedStatuses)[number];

/** A release of Helm 3 or 4 in one place, as it was read. */
export interface ReadRelease {
  readonly name: string;
  /** Its own namespace. */
  readonly namespace: string;
  /** Ascending. */
  readonly revisions: readonly Revision[];
  /** Records there that name it in a part that Helm doesn't find it by. */
  readonly tied: readonly RecordMeta[];
}

export interface UnlockOptions {
  /** What it becomes; absent: it is proposed. */
  readonly as?: UnlockedStatus;
  /** Milliseconds: what is younger may be somebody's who is at work. */
  readonly olderThan: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Nobody will be asked: a proposal is no answer then. */
  readonly surely: boolean;
  /** The command line that says what it becomes. */
  readonly line: (as: UnlockedStatus) => string;
  /** How long ago, in words. */
  readonly age: (time: Time, now: number) => string;
}

/** The revision that Helm calls the last one, where it holds Helm up; undefined where it doesn't. */
export function stuckRevision({ revisions }: Pick<ReadRelease, 'revisions'>): Revision | undefined {
  const last = newestRead(revisions);
  return last && isUnended(last.standing.status) ? last : undefined;
}

/** By the contents, as Helm sorts them. */
export function newestRead(revisions: readonly Revision[]): Revision | undefined {
  return revisions.findLast(({ row }) => row.unreadable === undefined);
}

/**
 * @param store where its records lie
 * @returns the plan, with its steps in the order in which helm ends an upgrade: what was deployed is superseded
 *   first. A run that dies in between leaves a release that is still stuck, and the next one goes on.
 * @throws ReleasesError CONFLICT where its records change meanwhile; what reading throws
 */
export async function planUnlock(
  release: ReadRelease,
  stuck: Revision,
  store: Storage,
  options: UnlockOptions,
): Promise<ReleasePlan> {
  const { revisions } = release;
  const older = revisions.filter((one) => one !== stuck && isDeployed(one));
  const sources = [...revisions.map(({ record }) => record), ...release.tied];
  const there = await read(stuck, store);
  const { info } = decodePayload(there.payload);
  const proposal = proposalFor(stuck, revisions);
  const status = options.as ?? proposal.status;
  const findings = [
    becomes(stuck, status, options.as ? undefined : proposal.reason, sinceOf(there, info), options),
    ...(await obstacles(release, stuck, store)),
    ...tooYoung(stuck, sinceOf(there, info), options),
    ...notThat(stuck, status),
    ...unanswered(stuck, options),
  ];
  const moment = new Date(options.now).toISOString();
  const superseded = status === 'deployed' ? older : [];
  const steps: UpdateStep[] = [];
  for (const one of superseded) {
    const record = await read(one, store);
    steps.push(updateStep(one, record, moment, (old) => ({ ...old, status: 'superseded' })));
    findings.push({
      severity: 'change',
      message: `revision ${one.row.revision}, deployed until now, becomes superseded, as helm does it`,
    });
  }
  steps.push(updateStep(stuck, there, moment, (old) => ended(old, status, moment)));
  for (const { record, over, revision } of steps)
    findings.push(...[irreplaceable(over, record, revision) ?? []].flat());
  return releasePlan({
    ...{ name: release.name, owner: 'helm', namespace: release.namespace, from: store.address },
    ...{ sources, findings, steps },
  });
}

async function read({ record }: Revision, store: Storage): Promise<ReleaseRecord> {
  const there = await store.get(record);
  if (there && !isBad(there) && there.resourceVersion === record.resourceVersion) return there;
  throw new ReleasesError('CONFLICT', `${shownPlace(record)} has changed since it was listed`, {
    why: ['something else works on this release'],
    hints: ['run the same command again: it plans anew from what is there now'],
  });
}

function isDeployed({ standing: { status, label } }: Revision): boolean {
  return status === 'deployed' || (status !== undefined && label === 'deployed');
}

/** Of what an action had done nothing is looked at here: the proposal is what claims the least. */
function proposalFor(
  stuck: Revision,
  revisions: readonly Revision[],
): { readonly status: UnlockedStatus; readonly reason: string } {
  const before = revisions[revisions.indexOf(stuck) - 1];
  const deployed = revisions.findLast((one) => one !== stuck && isDeployed(one));
  const was = stuck.standing.status;
  // recordRelease of the base comes after the last wait and the last hook: pkg/action/upgrade.go, rollback.go.
  if (was !== 'pending-install' && was?.startsWith('pending-') && !deployed)
    if (before?.standing.status === 'superseded')
      return {
        status: 'deployed',
        reason: `revision ${before.row.revision} is superseded already, which helm does once all is applied`,
      };
  const base =
    deployed && was !== 'uninstalling'
      ? `the next upgrade starts from revision ${deployed.row.revision}, which stays deployed`
      : 'the next upgrade starts from it, and applies all of its chart';
  return { status: 'failed', reason: `it claims the least: ${base}` };
}

/** @returns when its action began or last wrote to it; undefined where nothing says so */
function sinceOf({ labels }: RecordMeta, info: Info | undefined): Time | undefined {
  const stamps = [labels.createdAt, labels.modifiedAt].flatMap((text) =>
    /^[1-9][0-9]{0,10}$/.test(text ?? '') ? new Date(Number(text) * 1000).toISOString() : [],
  );
  const times = [info?.lastDeployed, info?.deleted, ...stamps].filter(
    (time): time is Time => time !== undefined && Number.isFinite(Date.parse(time)),
  );
  return times.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
}

function becomes(
  { row, standing }: Revision,
  status: UnlockedStatus,
  reason: string | undefined,
  since: Time | undefined,
  { age, now }: UnlockOptions,
): Finding {
  const long = since === undefined ? '' : ` for ${age(since, now)}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  const message = `revision ${row.revision}, ${standing.status}${long}, becomes ${status}${why}`;
  return { severity: 'change', message };
}

async function obstacles(
  { revisions, tied }: ReadRelease,
  stuck: Revision,
  store: Storage,
): Promise<Finding[]> {
  const refusal = (message: string, fix?: string): Finding => ({
    ...{ severity: 'refusal', message },
    ...(fix !== undefined && { fix }),
  });
  const why = await store.undeletable?.();
  const newer = revisions.findLast(
    (one) =>
      one.row.unreadable !== undefined && (one.row.revision ?? 0) > (stuck.row.revision ?? 0),
  );
  const all = revisions.map(({ record }) => record);
  const { record, row } = stuck;
  return [
    ...(why === undefined ? [] : [refusal(`its record can't be changed: ${store.address} ${why}`)]),
    ...beingDeleted(all),
    ...disagreementFindings(record, row.disagreements ?? [], row.revision, 'rewritten'),
    ...tied.map((one) =>
      refusal(
        `${shownPlace(one)} names it too, and may be its newest revision`,
        'history shows what each says; kubectl label makes them agree',
      ),
    ),
    ...(newer
      ? [
          refusal(
            `revision ${newer.row.revision}, which is newer, can't be read: helm would end at it`,
            'see "A record can\'t be read" in the guide: docs/guides/recover.md',
          ),
        ]
      : []),
  ];
}

function tooYoung(
  { row, standing }: Revision,
  since: Time | undefined,
  { olderThan, now, age }: UnlockOptions,
): Finding[] {
  if (olderThan === 0) return [];
  if (since !== undefined && now - Date.parse(since) >= olderThan) return [];
  const long =
    since === undefined
      ? `doesn't say since when it is ${standing.status}`
      : `has been ${standing.status} for ${age(since, now)}, and not yet for ${age(new Date(now - olderThan).toISOString(), now)}`;
  const message = `revision ${row.revision} ${long}: somebody may be at work on it`;
  return [{ severity: 'refusal', message, fix: '--older-than 0s unlocks it all the same' }];
}

function notThat({ standing: { status } }: Revision, wanted: UnlockedStatus): Finding[] {
  if (wanted !== 'uninstalled' || !status?.startsWith('pending-')) return [];
  const message = `it is ${status}: nobody has begun to uninstall it, and helm would leave its objects behind`;
  return [{ severity: 'refusal', message, fix: '--as failed, then helm uninstall' }];
}

function unanswered({ standing }: Revision, { as, surely, line }: UnlockOptions): Finding[] {
  if (as !== undefined || !surely) return [];
  const wanted =
    standing.status === 'uninstalling'
      ? (['failed', 'uninstalled'] as const)
      : (['failed', 'deployed'] as const);
  const fix = wanted.map(line).join(', or: ');
  return [{ severity: 'decision', message: 'with --yes, --as says what it becomes', fix }];
}

function updateStep(
  { row }: Revision,
  over: ReleaseRecord,
  moment: Time,
  change: (info: Info) => Info,
): UpdateStep {
  const make = (there: ReleaseRecord): ReleaseRecord => {
    const release = decodePayload(there.payload);
    const info = change(release.info ?? { description: '', status: 'unknown', notes: '' });
    const next: Release = { ...release, info };
    // As Helm's own Update: pkg/storage/driver/secrets.go.
    const modifiedAt = String(Math.floor(Date.parse(moment) / 1000));
    const labels = { ...there.labels, status: info.status, modifiedAt };
    return { ...there, payload: encodePayload('helm3', next), labels };
  };
  const { uid: _, resourceVersion: __, ...wanted } = withDigest(make(over));
  const revision = row.revision ?? 0;
  return { do: 'update', revision, over: metaOnly(over), record: wanted, make };
}

/** @returns the same with its end: Helm's `uninstalled` has the time, and what lives has none */
function ended(info: Info, status: UnlockedStatus, moment: Time): Info {
  const was = info.description === '' ? '' : ` (was: ${info.description.slice(0, 160)})`;
  const description = `Unlocked from ${info.status} by kubectl-releases${was}`;
  const { deleted, ...rest } = info;
  const isDeleted = deleted !== undefined && deleted !== '';
  if (status === 'uninstalled')
    return { ...rest, status, description, deleted: isDeleted ? deleted : moment };
  // Helm 3 writes no time as an empty text, Helm 4 not at all; both read either.
  return { ...rest, status, description, ...(deleted !== undefined && { deleted: '' }) };
}
