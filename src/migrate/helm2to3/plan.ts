/**
 * Plans the migration of Helm 2 releases to Helm 3: pure. What is known of sources, target and
 * namespaces comes in; the plan goes out.
 */
import { attribute } from '../../attribution.ts';
import {
  closeEnvelope,
  contentDigest,
  mostPayload,
  openEnvelope,
  type Part,
} from '../../codecs/envelope.ts';
import { encodeParts, encodePayload } from '../../codecs/index.ts';
import { isReleasesError, printable } from '../../errors.ts';
import {
  helm3SecretType,
  isBad,
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  recordKey,
  refId,
  shownPlace,
  unknownRevision,
} from '../../record.ts';
import type { Release } from '../../release.ts';
import { differingMeta } from '../../sameRecord.ts';
import { shellQuote } from '../../shellQuote.ts';
import { likenessOf } from '../compare/likeness.ts';
import { otherData, tiesLost } from '../compare/otherData.ts';
import type { Opened } from '../compare/sameRevision.ts';
import { labelsCome, labelsStay, unlabelledCopy } from '../compare/unlabelled.ts';
import { beingDeleted, sourcesBeingDeleted } from '../conflicts/beingDeleted.ts';
import { refuseMeetings } from '../conflicts/collisions.ts';
import { disagreementsOf } from '../conflicts/disagreements.ts';
import { irreplaceable } from '../conflicts/irreplaceable.ts';
import { withDigest } from '../engine/payloads.ts';
import { inPlaceOf } from '../engine/place.ts';
import {
  type CreateStep,
  type Finding,
  isStopped,
  type KeepStep,
  type Plan,
  type ReleasePlan,
  releasePlan,
  type Step,
  type UnpackedRecord,
} from '../plan.ts';
import { runChecks } from '../preflight/index.ts';
import { cameApart, copyAnew, inTheWay, isOthersContent, updated } from '../relocate/outdated.ts';
import type { KeptRecord } from '../spool.ts';
import { checkPresence, checkRelease, lossFindings, resolvePending } from './checks.ts';
import { convertToHelm3 } from './convert.ts';
import { customLabels } from './customLabels.ts';
import type { Revision } from './revision.ts';
import { deployedFindings, markSuperseded } from './severalDeployed.ts';
import { type Options2to3, placed, type SourceRelease, type Target } from './target.ts';

export async function plan2to3(
  sources: readonly SourceRelease[],
  target: Target,
  options: Options2to3,
): Promise<Plan> {
  const releases = sources.map((source) => planRelease(source, target, options));
  return {
    from: [...new Set(sources.map(({ from }) => from))],
    to: target.address,
    releases: refuseMeetings(releases, target),
  };
}

function planRelease(source: SourceRelease, target: Target, options: Options2to3): ReleasePlan {
  const findings: Finding[] = [];
  const newest = Math.max(...source.records.map(revisionOf));
  const moving = newestRecords(source.records, options.maxRevisions);
  const left = source.records.length - moving.length;
  if (left > 0)
    findings.push({
      severity: 'change',
      message: `${left} older revisions stay in the source: --release-versions-max`,
    });
  const converted = moving.flatMap((record) => {
    const result = convertRecord(record, target);
    if ('finding' in result) {
      const last = revisionOf(record) === newest;
      findings.push({ ...result.finding, severity: last ? 'refusal' : 'loss' });
      return [];
    }
    return [result];
  });
  converted.sort((a, b) => b.revision - a.revision);
  findings.push(...source.records.flatMap((one) => disagreementsOf(one, 'converted')));
  const settled = resolvePending(converted, options, findings);
  const revisions = options.markSuperseded ? markSuperseded(settled) : settled;
  const latest = revisions[0]?.wanted;
  findings.push(...lossFindings(revisions), ...preflight(source, revisions, target));
  if (latest) findings.push(...checkRelease(latest, revisions, target));
  const asTheyAre = new Map(converted.map((one) => [one.revision, one]));
  findings.push(...sourcesBeingDeleted(revisions.map(({ source: one }) => one)));
  findings.push(...beingDeleted(thereOf(revisions, target), target.clusterFlags));
  const there = revisions.flatMap(
    (one) => stepThere(one, asTheyAre.get(one.revision) ?? one, target, findings) ?? [],
  );
  const followed = new Set(there.flatMap((step) => (step.do === 'create' ? step.revision : [])));
  const known = new Set(there.map(({ revision }) => revision));
  const numbers = source.records.map(revisionOf);
  const presence = checkPresence(revisions, known, numbers, target);
  const pruned = presence === 'pruned';
  if (typeof presence === 'object') findings.push(presence);
  // Another release's revisions are none of this one's.
  const stranger = typeof presence === 'object' && presence.severity === 'refusal';
  const ours = stranger ? { ...target, present: [] } : target;
  findings.push(...deployedFindings(settled, options, ours, followed, !pruned));
  if (pruned)
    findings.push({
      severity: 'note',
      message: 'it is migrated: Helm 3 has upgraded it since, and pruned these revisions',
    });
  const missing = pruned ? [] : revisions.filter(({ revision }) => !known.has(revision));
  const complete = revisions.length === source.records.length && !pruned;
  if (options.deleteSources)
    findings.push(
      ...keptSources(source, { complete, pruned, chosen: converted.length === moving.length }),
    );
  const deletes =
    options.deleteSources && complete
      ? revisions.map(({ revision, source: record }): Step => ({ do: 'delete', revision, record }))
      : [];
  const flag = options.deleteSources && complete ? '--delete-v2-releases' : undefined;
  findings.push(
    ...otherData(
      revisions.map(({ source: one }) => one),
      flag,
    ),
    ...tiesLost(revisions, deletes.length > 0),
  );
  const created = isStopped(findings) ? [] : missing.map((one) => createStep(one, target));
  findings.push(...created.flatMap((step) => sizeFinding(step, target) ?? []));
  const written = [...created, ...there].sort((x, y) => y.revision - x.revision);
  const steps: Step[] = [...written, ...deletes];
  return releasePlan({
    name: source.name,
    owner: 'tiller',
    namespace: latest?.namespace ?? '',
    from: source.from,
    sources: source.records.map((kept) => (isBad(kept) ? kept : metaOf(kept.record))),
    ...presentOf(latest, target),
    findings,
    steps,
    waits: missing.length > 0 || followed.size > 0,
  });
}

/** What lies under its keys or its name there. */
function thereOf(revisions: readonly Revision[], target: Target): readonly RecordMeta[] {
  const taken = revisions.flatMap(({ wanted }) => {
    const there = target.taken.get(refId(refFor(wanted, target)));
    return there ? recordIn(there) : [];
  });
  return [...taken, ...(presentOf(revisions[0]?.wanted, target).there?.records ?? [])];
}

function recordIn(kept: KeptRecord): RecordMeta {
  return isBad(kept) ? kept : kept.record;
}

function presentOf(latest: Release | undefined, target: Target): Pick<ReleasePlan, 'there'> {
  if (!latest) return {};
  const { name } = latest;
  const record = { ...refFor(latest, target), labels: {}, name };
  return { there: { name, records: inPlaceOf(record, target.present) } };
}

/** Why sources that were to be deleted won't be. */
function keptSources(
  source: SourceRelease,
  {
    complete,
    pruned,
    chosen,
  }: { readonly complete: boolean; readonly pruned: boolean; readonly chosen: boolean },
): Finding[] {
  const name = shellQuote(source.name);
  const findings: Finding[] = [];
  if (source.undeletable)
    findings.push({
      severity: 'refusal',
      message: `its sources can't be deleted: ${printable(source.from)} ${source.undeletable}`,
      fix: 'leave --delete-v2-releases away',
    });
  if (!complete)
    findings.push({
      severity: 'change',
      message: pruned
        ? 'its sources are kept: Helm has pruned the copies that they would be compared with'
        : 'its sources are kept: not every revision moves',
      ...(pruned && {
        fix: `cleanup --name ${name} --unmigrated ${name} removes them`,
      }),
      unmet: '--delete-v2-releases',
      ...(chosen && !pruned && { chosen }),
    });
  return findings;
}

function preflight(
  source: SourceRelease,
  revisions: readonly Revision[],
  { serves }: Target,
): Finding[] {
  const numbers = source.records.map(revisionOf).filter((n) => n < unknownRevision);
  return runChecks({
    numbers,
    revisions: revisions.map(({ before, wanted: after }) => ({ before, after })),
    serves,
  });
}

function newestRecords(records: readonly KeptRecord[], max = Number.POSITIVE_INFINITY) {
  return [...records].sort((a, b) => revisionOf(b) - revisionOf(a)).slice(0, max);
}

function revisionOf(kept: KeptRecord): number {
  if (!isBad(kept)) return kept.release.revision;
  return attribute(kept).revision ?? unknownRevision;
}

function convertRecord(
  kept: KeptRecord,
  target: Target,
): Revision | { finding: Omit<Finding, 'severity'> } {
  if (isBad(kept))
    return {
      finding: {
        message: `a revision can't be read: ${shownPlace(kept)}: ${kept.unreadable}`,
        ...revisionsOf(kept),
      },
    };
  const opened = kept.open();
  try {
    const { release, losses } = convertToHelm3(opened.release);
    const { revision } = release;
    const { name, namespace } = placed(release, target);
    const bare = {
      ...{ revision, kept, source: metaOf(opened.record), labels: {} },
      ...{ losses, before: opened.release, wanted: { ...release, name, namespace } },
    };
    const labels = customLabels(opened.record, metaFor(bare, target), target.unholdable);
    return { ...bare, labels: labels.carried, losses: [...losses, ...labels.losses] };
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    const { revision } = opened.release;
    return {
      finding: {
        message: `revision ${revision} can't be converted: ${error.message}`,
        revisions: [revision],
      },
    };
  }
}

function revisionsOf(record: RecordMeta): { revisions?: readonly number[] } {
  const { revision } = attribute(record);
  return revision === undefined ? {} : { revisions: [revision] };
}

function metaOf(record: RecordMeta & Partial<ReleaseRecord>): RecordMeta {
  const { payload: _, annotations: __, ...meta } = record;
  return meta;
}

/**
 * What there is to do for a revision that the target has already: it stays, or follows what a Tiller has made
 * of its source since. What else is in the way is a finding.
 * @param converted as the source has it; what was decided of its status may have been decided otherwise before
 */
function stepThere(
  wanted: Revision,
  converted: Revision,
  target: Target,
  findings: Finding[],
): KeepStep | CreateStep | undefined {
  const { revision } = wanted;
  const held = target.taken.get(refId(refFor(wanted.wanted, target)));
  // What is being deleted is said once, for the release.
  if (!held || recordIn(held).leaving) return undefined;
  const refuse = (message: string, fix?: string) => {
    findings.push({ severity: 'refusal', message, revisions: [revision], ...(fix && { fix }) });
    return undefined;
  };
  if (isBad(held)) return refuse(`${shownPlace(held)} exists, and can't be read`);
  const there = held.open();
  const keep: KeepStep = { do: 'keep', revision, record: withDigest(there.record) };
  const ways = wanted === converted ? [wanted] : [wanted, converted];
  // Of most copies nothing is packed to see that they are what they should be.
  if (isWritten(there.record, ways, target)) return keep;
  const found = ways.map((one) => likenessOf({ there, wanted: asWritten(one, target) }));
  if (found.some(({ is }) => is === 'equal')) return keep;
  if (found.some(({ is }) => is === 'moved on')) return { ...keep, movedOn: true };
  const [last] = found.slice(-1);
  const replace = (finding: Finding) => {
    const stuck = irreplaceable(there.record, metaFor(wanted, target), revision);
    findings.push(stuck ?? finding);
    return stuck ? undefined : { ...createStep(wanted, target), replaces: metaOf(there.record) };
  };
  if (last?.is === 'outdated') return replace(updated(revision, last.statuses));
  const unlabelled = unlabelledCopy(there.record, [wanted, converted], (one) =>
    likenessOf({ there, wanted: asWritten(one, target) }),
  );
  if (unlabelled?.is === 'moved on') {
    findings.push(labelsStay(revision, unlabelled.lacks));
    return keep;
  }
  if (unlabelled?.is === 'equal') return replace(labelsCome(revision, unlabelled.lacks));
  if (unlabelled?.is === 'outdated') return replace(updated(revision, unlabelled.statuses));
  if (last?.is === 'apart') findings.push(cameApart(revision, there.record, last.statuses));
  else if (last)
    return refuse(inTheWay(there.record, last), isOthersContent(last) ? undefined : copyAnew);
  return undefined;
}

/** Whether a copy holds what one of these would, however its bytes are packed. */
function isWritten(there: ReleaseRecord, ways: readonly Revision[], target: Target): boolean {
  const content = contentDigest([openEnvelope(there.payload)]);
  return ways.some(
    (one) =>
      contentDigest(encodeParts('helm3', one.wanted)) === content &&
      differingMeta(there, { ...metaFor(one, target), sha256: content }) === undefined,
  );
}

/** A revision as its record would be. */
function asWritten(revision: Revision, target: Target): Opened {
  const payload = encodePayload('helm3', revision.wanted);
  return { record: { ...metaFor(revision, target), payload }, release: revision.wanted };
}

function createStep(revision: Revision, target: Target): CreateStep {
  return { do: 'create', revision: revision.revision, record: recordFor(revision, target) };
}

function sizeFinding({ revision, record }: CreateStep, target: Target): Finding | undefined {
  const limit = target.maxRecordBytes;
  if (limit === undefined || !('unpacked' in record)) return undefined;
  const size = record.mostBytes;
  if (size <= limit) return undefined;
  return {
    severity: 'refusal',
    message: `revision ${revision} takes ${size} bytes, and a ${record.kind} holds ${limit}`,
    revisions: [revision],
  };
}

function refFor(wanted: Release, target: Target): RecordRef {
  return {
    kind: target.kind,
    namespace: placed(wanted, target).storageNamespace,
    key: recordKey('helm', wanted.name, wanted.revision),
  };
}

function recordFor(revision: Revision, target: Target): UnpackedRecord {
  const parts = encodeParts('helm3', revision.wanted);
  const { maxRecordBytes: limit = Number.POSITIVE_INFINITY } = target;
  const most = mostPayload(parts);
  return {
    ...metaFor(revision, target),
    content: contentDigest(parts),
    // Only what might not fit is packed now, to see.
    mostBytes: most <= limit ? most : closeEnvelope(...parts).length,
    unpacked: again(revision),
  };
}

/** Converts it anew when it is written: all that was decided of it is its name, its namespace and its status. */
function again({ kept, wanted }: Revision): () => readonly Part[] {
  const { name, namespace, info: { status } = {} } = wanted;
  return () => {
    const { release } = convertToHelm3(kept.open().release);
    const info = release.info && status !== undefined ? { ...release.info, status } : release.info;
    return encodeParts('helm3', { ...release, name, namespace, ...(info && { info }) });
  };
}

/**
 * The record Helm 3's driver would write: pkg/storage/driver/secrets.go, cfgmaps.go. Its times of
 * creation and change are those of the Helm 2 record, so that the same source always gives the same
 * record.
 */
function metaFor({ wanted, revision, source, labels }: Revision, target: Target): RecordMeta {
  const [created, modified] = [source.labels['CREATED_AT'], source.labels['MODIFIED_AT']];
  return {
    ...refFor(wanted, target),
    ...(target.kind !== 'ConfigMap' && { type: helm3SecretType }),
    labels: {
      ...labels,
      ...(created !== undefined && { createdAt: created }),
      ...(modified !== undefined && { modifiedAt: modified }),
      name: wanted.name,
      owner: 'helm',
      status: wanted.info?.status ?? '',
      version: String(revision),
    },
  };
}
