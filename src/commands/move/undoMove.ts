/**
 * The move the other way round: it brings records back to where they were, takes the copies away again,
 * and gives live objects their old marks. `restore` would only put records back beside the others.
 */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Environment } from '../../environment.ts';
import { isReleasesError } from '../../errors.ts';
import { resolveTarget } from '../../kube/config.ts';
import { isOlder as isOlderThan } from '../../migrate/engine/holdName.ts';
import { copiesOf, placeOf } from '../../migrate/engine/place.ts';
import type { ReleasePlan, Step } from '../../migrate/plan.ts';
import {
  type Owner,
  type RecordMeta,
  type RecordRef,
  refId,
  revisionSaid,
  statusLabel,
} from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import { addressTypes, driverKind } from '../../storage/address.ts';
import { isZip } from '../../storage/archive/zipName.ts';
import { isLive, type Storage } from '../../storage/storage.ts';
import { undoFlags } from '../hints/backupLines.ts';
import { clusterFlags } from '../hints/flags.ts';
import {
  addressOfRecord,
  type LineParts,
  moveLines,
  type ReverseMove,
} from '../hints/moveLines.ts';
import type { ClusterArgs, EncryptionArgs } from '../line/options.ts';
import type { RelocationEnds } from './relocationEnds.ts';

/** What of the command line the way back takes over. */
export interface UndoArgs extends ClusterArgs, EncryptionArgs {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly 'to-kubeconfig'?: string | undefined;
  readonly 'no-adopt'?: boolean | undefined;
  readonly 'leave-objects'?: boolean | undefined;
  readonly 'tiller-label'?: string | undefined;
  readonly backup?: string | undefined;
}

/**
 * Of releases whose sources were deleted, or of which a part was written, the lines that undo that.
 * @returns a function of those releases; it returns undefined where only a backup brings them back: from
 *   an archive, which keeps what it holds, where a line can't say how a cluster was reached, and where the
 *   target had more of a release before, which would come along, and had not moved there from here
 * @throws ReleasesError as opening a cluster does
 */
export async function openUndoMove(
  args: UndoArgs,
  ends: RelocationEnds,
  renames: boolean,
  program: string,
  env: Environment,
): Promise<(gone: readonly ReleasePlan[]) => readonly string[] | undefined> {
  const none = () => undefined;
  const { storage } = ends.to;
  const databases = databaseFlags(ends);
  if (databases === undefined) return none;
  if (await storage.undeletable?.()) return none;
  const sources = new Map(ends.from.map((source) => [source.storage.address, source.storage]));
  const flags = await flagsBack(args, ends, [...sources.values()], renames, env);
  if (flags === undefined) return none;
  const parts = {
    program,
    driver: driverKind(env),
    flags: `${databases}${flags}${backupFlags(args)}`,
  };
  const sameCluster = await ends.isSameCluster();
  const marks = sameCluster && isLive(storage);
  return (gone) => {
    const legs = gone.map((release) => {
      const source = sources.get(release.from) ?? [...sources.values()][0];
      const goesBack = hasItsOwn(release) || isContinued(release, source, storage, sameCluster);
      return source && goesBack && legOf(release, source, storage, args, marks);
    });
    const known = legs.flatMap((leg) => leg || []);
    return known.length === gone.length ? moveLines(known, parts) : undefined;
  };
}

/** Whether the target had nothing of the release but what this plan writes or keeps. */
export function hasItsOwn(release: ReleasePlan): boolean {
  return beside(release).length === 0;
}

/** What the target had of the release, and this plan neither writes nor keeps. */
function beside(release: ReleasePlan): readonly RecordMeta[] {
  const own = new Set(copiesOf(release).map(({ record }) => refId(record)));
  return (release.there?.records ?? []).filter((record) => !own.has(refId(record)));
}

/**
 * Whether this plan ends a move that an earlier run began: what the target had is older than what comes, and
 * was made from these sources. Then all of it goes back: the older revisions came from there.
 */
function isContinued(
  release: ReleasePlan,
  source: Storage | undefined,
  target: Storage,
  sameCluster: boolean,
): boolean {
  const newest = Math.max(...copiesOf(release).map(({ revision }) => revision));
  const isOlder = (record: RecordMeta) => revisionSaid(record) < newest;
  // A folder may have older revisions from backups, which no Helm works with: they stay there.
  if (!isLive(target) || !beside(release).every(isOlder)) return false;
  // One API server counts its changes: a copy is younger than what it was made from.
  const counted = sameCluster && source?.capabilities.inCluster && target.capabilities.inCluster;
  const sources = new Map(
    release.steps.flatMap((step) =>
      step.do === 'delete' ? [[step.revision, step.record] as const] : [],
    ),
  );
  return copiesOf(release).every((step) => {
    const from = sources.get(step.revision);
    if (!counted || !from || step.do !== 'keep') return true;
    return !isOlderThan(step.record, from);
  });
}

/**
 * Of releases whose sources are gone, the lines that copy them from a backup to where they were, and leave the
 * target as it is.
 * @param path of the backup
 * @param parts with the flags of the cluster that they were in
 */
export function linesFromBackup(
  gone: readonly ReleasePlan[],
  sources: readonly Storage[],
  path: string,
  args: UndoArgs,
  parts: LineParts,
): readonly string[] {
  const legs = gone.flatMap((release): ReverseMove[] => {
    const source = sources.find(({ address }) => address === release.from) ?? sources[0];
    const record = recordOf(release.steps, 'delete');
    if (!source || !record) return [];
    const { owner, name, namespace } = release;
    const was = { name, namespace: namespace || ownNamespace(owner, record) };
    const from = `${isZip(path) ? 'file' : 'dir'}:${path}`;
    const to = addressOfRecord(record, namespace, owner, source);
    return [{ owner, now: was, was, from, to, more: labelFlag(args, owner), copies: true }];
  });
  return moveLines(legs, parts);
}

function labelFlag(args: UndoArgs, owner: Owner): string[] {
  const label = args['tiller-label'];
  return label && owner === 'tiller' ? [`--tiller-label ${shellQuote(label)}`] : [];
}

/**
 * Of releases of which a part was written, and which nothing moves back to where they came from: the lines
 * that take them away into a folder.
 * @param path of a folder that isn't there yet
 * @returns undefined where the target had more of one before
 */
export function linesAway(
  half: readonly ReleasePlan[],
  target: Storage,
  path: string,
  parts: LineParts,
): readonly string[] | undefined {
  if (!isLive(target) || !half.every(hasItsOwn)) return undefined;
  return moveLines(
    half.flatMap((release) => legAway(release, target, path) ?? []),
    parts,
  );
}

/**
 * Of releases whose sources come back from a backup, the lines that take the copies away into a folder: each only
 * while it is as it was written, for what Helm has done since is nothing to undo.
 * @param path of a folder that isn't there yet
 * @returns none for a release of which the target had more before
 */
export function linesOfCopies(
  whole: readonly ReleasePlan[],
  target: Storage,
  path: string,
  parts: LineParts,
): readonly string[] {
  if (!isLive(target) && target.files?.is !== 'folder') return [];
  return moveLines(
    whole.filter(hasItsOwn).flatMap((release) => {
      const [first] = copiesOf(release);
      const leg = legAway(release, target, path);
      const newest = first && `${first.revision}:${statusLabel(first.record)}`;
      return leg && newest ? { ...leg, newest } : [];
    }),
    parts,
  );
}

function legAway(release: ReleasePlan, target: Storage, path: string): ReverseMove | undefined {
  const [first] = copiesOf(release);
  const place = placeOf(release);
  if (!first || !place) return undefined;
  const { name, namespace } = place;
  const own = release.becomes?.namespace ?? release.namespace;
  const at = { name, namespace: own || namespace };
  const from = addressOfRecord(first.record, at.namespace, place.owner, target);
  const to = `dir:${path}`;
  return { owner: place.owner, now: at, was: at, from, to, more: [], copies: false };
}

function legOf(
  release: ReleasePlan,
  source: Storage,
  target: Storage,
  args: UndoArgs,
  marks: boolean,
): ReverseMove | undefined {
  const { name, namespace, owner, steps } = release;
  const { becomes = { name, namespace } } = release;
  const there = recordOf(steps, 'create') ?? recordOf(steps, 'keep');
  // Where nothing was to be deleted, it goes back to the sources that are still there.
  const gone = recordOf(steps, 'delete') ?? release.sources[0];
  if (!there || !gone) return undefined;
  const renamed = becomes.name !== name || becomes.namespace !== namespace;
  // A folder keeps both kinds: as which it had the record is said where it would be the other.
  const kind = isLive(source) || gone.kind === there.kind ? undefined : addressTypes[gone.kind];
  return {
    owner,
    now: { ...becomes, namespace: becomes.namespace || ownNamespace(owner, there) },
    was: { name, namespace: namespace || ownNamespace(owner, there) },
    from: addressOfRecord(there, becomes.namespace, owner, target),
    to: addressOfRecord(gone, namespace, owner, source),
    more: [
      ...(kind ? [`--helm-release-storage-type ${kind}`] : []),
      ...labelFlag(args, owner),
      ...(renamed ? markFlags(args, marks, isLive(source)) : []),
    ],
    copies:
      !renamed &&
      hasItsOwn(release) &&
      steps.every((step) => step.do === 'keep' || step.do === 'delete'),
  };
}

/**
 * Where live objects were left alone, they still have their old marks, and would be taken for another
 * release's.
 */
function markFlags(args: UndoArgs, marks: boolean, live: boolean): string[] {
  if (!live) return [];
  if (!marks) return ['--no-adopt', '--leave-objects'];
  return [
    ...(args['no-adopt'] ? ['--no-adopt'] : []),
    ...(args['leave-objects'] ? ['--leave-objects'] : []),
    ...(args['leave-objects'] && !args['no-adopt'] ? ['--adopt'] : []),
  ];
}

/** Of the newest revision: steps have them in that order. */
function recordOf(steps: readonly Step[], act: 'create' | 'keep' | 'delete') {
  for (const step of steps) if (step.do !== 'adopt' && step.do === act) return step.record;
  return undefined;
}

/** Helm 3's and 4's records that can't be read are believed to lie beside their release. */
function ownNamespace(owner: Owner, { namespace }: RecordRef): string {
  return owner === 'helm' ? namespace : '';
}

/** These are said for one cluster only, and never for the one that records go to. */
const forOneCluster = [
  ...(['cluster', 'user', 'server', 'token', 'as', 'as-group', 'as-uid'] as const),
  ...(['certificate-authority', 'tls-server-name', 'insecure-skip-tls-verify'] as const),
];

/** @returns undefined where no flags say it: the way back would end in another cluster */
async function flagsBack(
  args: UndoArgs,
  ends: RelocationEnds,
  sources: readonly Storage[],
  renames: boolean,
  env: Environment,
): Promise<string | undefined> {
  const { storage } = ends.to;
  const left = sources.some(({ capabilities }) => capabilities.inCluster);
  // A database's releases have their live objects in a cluster, too.
  const reached = storage.capabilities.inCluster || (renames && isLive(storage));
  if (ends.oneContext) {
    if (!left && !reached) return '';
    return clusterFlags({ ...args, context: (await ends.kube()).context });
  }
  if (!left) return undoFlags(ends.toArgs, [storage], ends.toKube);
  const { context } = await ends.kube();
  if (!reached) return clusterFlags({ ...args, context });
  const only = forOneCluster.some((flag) => args[flag] !== undefined && args[flag] !== false);
  if (only || context === undefined) return undefined;
  const now = clusterFlags({ ...ends.toArgs, context: (await ends.toKube()).context });
  const first = args['to-kubeconfig'] ? firstKubeconfig(args, context, env) : '';
  if (first === undefined) return undefined;
  const file = first && ` --to-kubeconfig ${shellQuote(first)}`;
  return `${now}${file} --to-context ${shellQuote(context)}`;
}

/**
 * The file that a flag can name for the first cluster's context: KUBECONFIG may list several, which are
 * merged, and then it is the one that says all of it alone.
 * @returns undefined where no single file does
 */
function firstKubeconfig(args: UndoArgs, context: string, env: Environment): string | undefined {
  if (args.kubeconfig) return args.kubeconfig;
  const files = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (files.length < 2) return files[0] ?? join(homedir(), '.kube', 'config');
  const entry = (kubeconfig?: string) => {
    try {
      const { cluster, user } = resolveTarget({ context, ...(kubeconfig && { kubeconfig }) }, env);
      return JSON.stringify([cluster, user]);
    } catch (error) {
      if (!isReleasesError(error)) throw error;
      return undefined;
    }
  };
  const wanted = entry();
  return files.find((file) => wanted !== undefined && entry(file) === wanted);
}

/**
 * Each database is named by a variable: a line that shows a connection would show its password, and one that
 * names none means another database.
 * @returns undefined where the one that records went to has no variable
 */
function databaseFlags({ from, to, databases }: RelocationEnds): string | undefined {
  const returns = from.some(({ storage }) => storage.kinds.includes('SQL'));
  if (to.secondDatabase === undefined)
    return returns || to.storage.kinds.includes('SQL') ? databases.from.flag : '';
  const was = databases.from.variable;
  if (databases.to.variable === undefined || (returns && was === undefined)) return undefined;
  return `${databases.to.flag}${returns ? ` --to-sql-connection-env ${was}` : ''}`;
}

/** Whoever encrypts the records that go wants no plain copy of them on the way back either. */
function backupFlags(args: UndoArgs): string {
  const { backup, recipient = [] } = args;
  const keys = [
    ...(args['passphrase-file']
      ? [`--passphrase-file ${shellQuote(args['passphrase-file'])}`]
      : []),
    ...(args['passphrase-env'] ? [`--passphrase-env ${shellQuote(args['passphrase-env'])}`] : []),
    ...(args['ask-passphrase'] ? ['--ask-passphrase'] : []),
    ...recipient.map((one) => `--recipient ${shellQuote(one)}`),
  ];
  if (!backup || keys.length === 0) return '';
  return ` --backup ${shellQuote(backup.replace(/(\.zip)?$/, '-undone$1'))} ${keys.join(' ')}`;
}
