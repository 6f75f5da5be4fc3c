/** From what was read of releases to what is wrong with them: pure. `codes.ts` says what each means. */
import { atWorkMinutes, deployedRevision, isUnended, labelledDeployed } from '../../deployed.ts';
import { printable } from '../../errors.ts';
import { recordPlace } from '../../record.ts';
import { maxObjectBytes } from '../../storage/storage.ts';
import { missingRevisions } from '../gaps.ts';
import { nearLimit } from '../sizes.ts';
import type { SaidByBody } from './body.ts';
import type { Code } from './codes.ts';
import { type Finding, foundIn, inOrder } from './finding.ts';
import { type Cluster, livingObjects } from './live.ts';
import { examineObjects } from './objects.ts';
import { type SurveyedRelease, type SurveyedRevision, saidBy } from './survey.ts';

export interface ExamineOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long ago, in words. */
  readonly age: (time: string, now: number) => string;
  /** Absent: nobody asked for live objects. */
  readonly cluster?: Cluster | undefined;
  /** Bytes, in words. */
  readonly size: (bytes: number) => string;
}

/** As many revisions as helm keeps: --history-max. */
const keptByHelm = 10;

/** @returns the worst first */
export function examine(releases: readonly SurveyedRelease[], options: ExamineOptions): Finding[] {
  return inOrder([
    ...releases.flatMap((release) => examineOne(release, options)),
    ...inSeveralStores(releases),
    ...(options.cluster ? examineObjects(releases, options.cluster) : []),
  ]);
}

/** A release with what its findings have in common. */
interface Patient {
  readonly release: SurveyedRelease;
  readonly find: (
    code: Code,
    message: string,
    about?: SurveyedRevision,
    more?: Partial<Finding>,
  ) => Finding;
  /** The newest that can be read, by which helm goes. */
  readonly newest: SurveyedRevision | undefined;
  readonly deployed: SurveyedRevision | undefined;
}

function examineOne(release: SurveyedRelease, options: ExamineOptions): Finding[] {
  const readable = release.revisions.filter((one) => isReadable(one) && isSeen(one));
  const patient: Patient = {
    release,
    find: finder(release),
    newest: readable.at(-1),
    deployed: deployedRevision(readable, ({ standing }) => standing),
  };
  return [
    ...newestStatus(patient, options),
    ...otherDeployed(patient),
    ...bodies(patient),
    ...records(patient),
    ...history(patient),
    ...sizes(patient, options),
    ...removed(patient, options),
    ...helms(patient),
    ...secrets(patient),
  ];
}

function finder(release: SurveyedRelease): Patient['find'] {
  return (code, message, about, more = {}) => ({
    ...{ code, message, release: foundIn(release) },
    ...(about && {
      record: { ...about.record, place: printable(recordPlace(about.record), 1000) },
      ...(about.revision !== undefined && { revision: about.revision }),
    }),
    ...more,
  });
}

function isReadable({ body }: SurveyedRevision): boolean {
  return !body || 'status' in body.said;
}

/** By helm, whose lists ask for the owner. */
function isSeen({ unlabelled, disagreements }: SurveyedRevision): boolean {
  return !unlabelled && !disagreements.some(({ part }) => part === 'owner');
}

function title({ revision, record }: SurveyedRevision): string {
  return revision === undefined ? printable(recordPlace(record), 200) : `revision ${revision}`;
}

function newestStatus(
  { newest, deployed, release: { revisions }, find }: Patient,
  { now, age }: ExamineOptions,
): Finding[] {
  const said = newest && saidBy(newest);
  if (!said) return [];
  const { status, updated } = said;
  const shown = printable(status, 40);
  const since = updated === undefined ? '' : ` for ${age(updated, now)}`;
  if (isUnended(status)) {
    const code = status === 'uninstalling' || status === 'unknown' ? status : 'pending';
    const isYoung = now - Date.parse(updated ?? '') < atWorkMinutes * 60_000;
    const perhaps = isYoung ? ': a helm may be at work on it' : '';
    return [find(code, `${title(newest)} is ${shown}${since}${perhaps}`, newest, { status })];
  }
  if (status === 'uninstalled') {
    const kept = revisions.length === 1 ? '1 record is' : `${revisions.length} records are`;
    return [
      find(
        'uninstalled',
        `uninstalled${since ? `${since.replace(' for', '')} ago` : ''}, and ${kept} kept`,
        newest,
      ),
    ];
  }
  if (deployed) {
    if (status !== 'failed') return [];
    return [find('failed', `${title(newest)} has failed; ${title(deployed)} is deployed`, newest)];
  }
  // It is deployed, and helm doesn't see it: that is another finding.
  if (revisions.some((one) => !isSeen(one) && one.standing.status === 'deployed')) return [];
  const way = revisions.findLast((one) => one !== newest && one.standing.status === 'superseded');
  const back = way?.revision === undefined ? {} : { to: way.revision };
  if (status === 'failed' && /^Rollback /.test(said.description) && way)
    return [
      find(
        'failed-rollback',
        `${title(newest)}, a rollback, has failed, and none is deployed`,
        newest,
        back,
      ),
    ];
  return [
    find(
      'none-deployed',
      `no revision is deployed: the newest, ${newest.revision}, is ${shown}`,
      newest,
    ),
  ];
}

/** Helm asks the labels: `DeployedAll` in pkg/storage/storage.go. */
function otherDeployed({ release: { revisions }, find }: Patient): Finding[] {
  const those = revisions.filter(
    (one) =>
      isReadable(one) && isSeen(one) && (one.standing.label ?? one.standing.status) === 'deployed',
  );
  if (those.length < 2) return [];
  const numbers = those.map(({ revision }) => revision).join(', ');
  const newest = labelledDeployed(those, ({ standing }) => standing);
  const to = newest?.revision === undefined ? {} : { to: newest.revision };
  return [find('several-deployed', `revisions ${numbers} are deployed`, newest, to)];
}

function bodies({ release: { revisions }, find }: Patient): Finding[] {
  const last = revisions.at(-1);
  return revisions.flatMap((one) => {
    const { body } = one;
    if (!body) return [];
    const found: Finding[] = [];
    if ('unreadable' in body.said) {
      const { unreadable, isNewer } = body.said;
      const code = isNewer ? 'release-v2' : one === last ? 'unreadable-newest' : 'unreadable';
      found.push(find(code, `${title(one)} can't be read: ${printable(unreadable, 300)}`, one));
    }
    if (body.immutable) found.push(find('immutable-record', `${title(one)} is immutable`, one));
    return found;
  });
}

const codeOfPart = {
  name: 'two-names',
  revision: 'key-mismatch',
  key: 'odd-key',
  owner: 'owner-label-missing',
  'version label': 'label-version',
  status: 'label-mismatch',
} as const;

function records({ release: { revisions }, find }: Patient): Finding[] {
  return revisions.flatMap((one) => {
    const { record, disagreements, unlabelled } = one;
    const status = saidBy(one)?.status;
    const hasOwner = disagreements.some(({ part }) => part === 'owner');
    return [
      ...disagreements.map(({ part, message }) =>
        find(
          codeOfPart[part],
          `${title(one)}: ${message}`,
          one,
          status === undefined ? {} : { status },
        ),
      ),
      ...(unlabelled && !hasOwner
        ? [
            find('owner-label-missing', `${title(one)} has no label owner=helm`, one, {
              ...(status !== undefined && { status }),
            }),
          ]
        : []),
      ...(record.leaving
        ? [
            find(
              'being-deleted',
              `${title(one)} is being deleted, and waits for ${waitedFor(one)}`,
              one,
            ),
          ]
        : record.finalizers
          ? [find('finalizer', `${title(one)} has ${waitedFor(one)}`, one)]
          : []),
    ];
  });
}

function waitedFor({ record: { finalizers = [] } }: SurveyedRevision): string {
  const shown = finalizers.slice(0, 3).map((one) => printable(one, 80));
  return `${finalizers.length === 1 ? 'finalizer' : 'finalizers'} ${shown.join(', ')}`;
}

function history({ release: { revisions }, find, newest }: Patient): Finding[] {
  const numbers = revisions.flatMap(({ revision }) => revision ?? []);
  const { before, newest: last } = missingRevisions(numbers);
  const isGap = before !== undefined && last !== undefined && before < last - 1;
  return [
    ...(isGap
      ? [
          find(
            'gap',
            `revision ${last - 1} is missing: the one before ${last} is ${before}`,
            newest,
            { to: before },
          ),
        ]
      : []),
    ...(revisions.length > keptByHelm
      ? [find('history-unbounded', `${revisions.length} revisions are kept`)]
      : []),
  ];
}

function sizes({ release, find }: Patient, { size }: ExamineOptions): Finding[] {
  if (release.kind === 'SQL') return [];
  const bytesOf = ({ body }: SurveyedRevision) => body?.bytes ?? 0;
  const largest = release.revisions.reduce<SurveyedRevision | undefined>(
    (most, one) => (most && bytesOf(most) > bytesOf(one) ? most : one),
    undefined,
  );
  const bytes = largest ? bytesOf(largest) : 0;
  if (!largest || bytes < maxObjectBytes * nearLimit) return [];
  const part = Math.round((bytes / maxObjectBytes) * 100);
  return [
    find('size', `${title(largest)} takes ${size(bytes)}, ${part} % of what a record may`, largest),
  ];
}

/** Of the revisions that helm builds objects of: the newest, and the one that an upgrade starts from. */
function removed(
  { release, newest, deployed, find }: Patient,
  { cluster }: ExamineOptions,
): Finding[] {
  const seen = new Set<string>();
  return [newest, deployed].flatMap((one) => {
    const said = one && saidBy(one);
    if (!said || said.status === 'uninstalled') return [];
    return said.removed.flatMap(({ api, object, hook }) => {
      const what = `${object.apiVersion} ${printable(object.kind, 80)} ${printable(object.name, 80)}`;
      if (seen.has(`${hook} ${what}`)) return [];
      // That this server is without it is another finding.
      const isKnown = cluster?.serves(object.apiVersion, object.kind) === false;
      if (isKnown && hook === undefined && said.objects === livingObjects(release)) return [];
      seen.add(`${hook} ${what}`);
      const gone = `gone since Kubernetes 1.${api.minor}`;
      const next = api.replacement === undefined ? 'nothing replaces it' : `now ${api.replacement}`;
      return hook === undefined
        ? [find('api-removed-in', `${title(one)} has ${what}: ${gone}, ${next}`, one)]
        : [
            find(
              'api-in-hook',
              `hook ${printable(hook, 80)} of ${title(one)} has ${what}: ${gone}, ${next}`,
              one,
            ),
          ];
    });
  });
}

function helms({ release: { revisions }, newest, deployed, find }: Patient): Finding[] {
  const found: Finding[] = [];
  const [last, base] = [newest, deployed].map((one) => one && saidBy(one));
  if (newest && last && base && last !== base && isSsa(last) && !isSsa(base))
    found.push(
      find(
        'ssa-latched',
        `${title(newest)}, ${printable(last.status, 40)}, was server-side; what is deployed was not`,
        newest,
      ),
    );
  const writers = new Set(revisions.flatMap((one) => saidBy(one)?.helm ?? []));
  if (writers.has(3) && writers.has(4))
    found.push(find('two-helms', 'Helm 3 and Helm 4 have written its revisions in turn', newest));
  const flux = last?.flux ?? base?.flux;
  if (flux !== undefined) {
    const [namespace = '', name = ''] = flux.split('/');
    const isPlain = /^[a-z0-9.-]+$/.test(name) && /^[a-z0-9-]+$/.test(namespace);
    const line = `flux suspend helmrelease ${name} -n ${namespace}, and resume afterwards.`;
    found.push(
      find('flux-managed', `the HelmRelease ${printable(flux, 200)} of Flux owns it`, newest, {
        ...(isPlain && { mend: [line] }),
      }),
    );
  }
  return found;
}

function isSsa({ applyMethod }: SaidByBody): boolean {
  return applyMethod === 'ssa';
}

function secrets({ release: { revisions }, find }: Patient): Finding[] {
  const open = revisions.findLast((one) => (saidBy(one)?.openSecrets ?? 0) > 0);
  const count = open && saidBy(open)?.openSecrets;
  if (!open || !count) return [];
  const values = count === 1 ? '1 value' : `${count} values`;
  return [
    find(
      'open-credentials',
      `${title(open)} has ${values} that may be secret, in a ConfigMap`,
      open,
    ),
  ];
}

/** One release, as helm is called for it, in several places; the newest of them is left out. */
function inSeveralStores(releases: readonly SurveyedRelease[]): Finding[] {
  const byName = new Map<string, SurveyedRelease[]>();
  for (const release of releases) {
    const id = JSON.stringify([release.home, release.name]);
    byName.set(id, [...(byName.get(id) ?? []), release]);
  }
  return [...byName.values()].flatMap((all) => {
    if (all.length < 2) return [];
    const sorted = all.toSorted((a, b) => updatedOf(a) - updatedOf(b));
    const [older] = sorted;
    if (!older) return [];
    // A folder keeps both kinds under one address.
    const isOne = new Set(all.map(({ storage }) => storage)).size < all.length;
    const place = ({ storage, kind }: SurveyedRelease) =>
      `${isOne ? `${kind}s of ` : ''}${printable(storage, 100)}`;
    const message = `it has records in ${all.map(place).join(', ')}; those in ${place(older)} are the older ones`;
    return [finder(older)('two-stores', message)];
  });
}

function updatedOf({ revisions }: SurveyedRelease): number {
  const times = revisions.map((one) => Date.parse(saidBy(one)?.updated ?? ''));
  return Math.max(0, ...times.filter(Number.isFinite));
}
