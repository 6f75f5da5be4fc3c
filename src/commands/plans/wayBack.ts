/**
 * The move the other way round: it brings records back to where they were, takes the copies away again,
 * and gives live objects their old marks. `restore` would only put records back beside the others.
 */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isReleasesError } from '../../errors.ts';
import { resolveTarget } from '../../kube/config.ts';
import type { Owner3 } from '../../migrate/adopt/ownership.ts';
import { copiesOf, placeOf } from '../../migrate/place.ts';
import type { ReleasePlan, Step } from '../../migrate/plan.ts';
import type { Environment } from '../../output/terminal/io.ts';
import { type Owner, type RecordKind, type RecordRef, refId } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ClusterArgs, EncryptionArgs } from '../line/options.ts';
import { clusterFlags } from '../permissions/roleLine.ts';
import type { RelocationEnds } from '../relocation/relocationEnds.ts';
import { addressTypes, driverKind } from '../stores/connections.ts';
import { undoFlags } from './backupStore.ts';

/** What of the command line the way back takes over. */
export interface WayArgs extends ClusterArgs, EncryptionArgs {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly 'to-kubeconfig'?: string | undefined;
  readonly 'no-adopt'?: boolean | undefined;
  readonly 'leave-objects'?: boolean | undefined;
  readonly 'tiller-label'?: string | undefined;
  readonly backup?: string | undefined;
  readonly 'release-storage-sql-connection'?: string | undefined;
}

/** What every line has. */
export interface LineParts {
  readonly program: string;
  /** The kind of record that is meant where no address is given. */
  readonly driver: RecordKind;
  /** After everything else: ` --context prod`. */
  readonly flags: string;
}

/** A release where it is, and where it is to be. */
export interface Leg {
  readonly owner: Owner;
  readonly now: Owner3;
  readonly was: Owner3;
  /** Addresses. */
  readonly from: string;
  readonly to: string;
  readonly more: readonly string[];
  /** What is there stays there, too: it was there before. */
  readonly copies: boolean;
}

/**
 * Of releases whose sources were deleted, or of which a part was written, the lines that undo that.
 * @returns a function of those releases; it returns undefined where only a backup brings them back: from
 *   an archive, which keeps what it holds, where a line can't say how a cluster was reached, and where the
 *   target had more of a release before, which would come along
 * @throws ReleasesError as opening a cluster does
 */
export async function openWayBack(
  args: WayArgs,
  ends: RelocationEnds,
  renames: boolean,
  program: string,
  env: Environment,
): Promise<(gone: readonly ReleasePlan[]) => readonly string[] | undefined> {
  const none = () => undefined;
  const { storage } = ends.to;
  const databases = databaseFlags(args, ends, env);
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
  const marks = (await ends.isSameCluster()) && isLive(storage);
  return (gone) => {
    const legs = gone.map((release) => {
      const source = sources.get(release.from) ?? [...sources.values()][0];
      return source && hasItsOwn(release) && legOf(release, source, storage, args, marks);
    });
    const known = legs.flatMap((leg) => leg || []);
    return known.length === gone.length ? wayBackLines(known, parts) : undefined;
  };
}

/** Whether the target had nothing of the release but what this plan writes or keeps. */
export function hasItsOwn(release: ReleasePlan): boolean {
  const own = new Set(copiesOf(release).map(({ record }) => refId(record)));
  return (release.there?.records ?? []).every((record) => own.has(refId(record)));
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
  const legs = half.flatMap((release): Leg[] => {
    const [first] = copiesOf(release);
    const place = placeOf(release);
    if (!first || !place) return [];
    const { name, namespace } = place;
    const own = release.becomes?.namespace ?? release.namespace;
    const at = { name, namespace: own || namespace };
    const from = addressOfRecord(first.record, at.namespace, place.owner, target);
    const to = `dir:${path}`;
    return [{ owner: place.owner, now: at, was: at, from, to, more: [], copies: false }];
  });
  return wayBackLines(legs, parts);
}

/** One line for all releases that go the same way. */
export function wayBackLines(legs: readonly Leg[], parts: LineParts): string[] {
  const lines = new Map<string, { leg: Leg; names: string[] }>();
  for (const leg of legs) {
    const { now, was, ...way } = leg;
    const alone = now.name === was.name ? '' : now.name;
    const id = JSON.stringify([now.namespace, was.namespace, alone, way]);
    const line = lines.get(id) ?? { leg, names: [] };
    line.names.push(now.name);
    lines.set(id, line);
  }
  return [...lines.values()].map(({ leg, names }) => lineOf(leg, [...names].sort(), parts));
}

function lineOf(leg: Leg, names: readonly string[], { program, driver, flags }: LineParts): string {
  const { now, was, from, to, more, owner, copies } = leg;
  const plain = owner === 'helm' && from === to && from === addressTypes[driver];
  const words = [
    ...names.map(shellQuote),
    ...(now.namespace ? [`-n ${shellQuote(now.namespace)}`] : []),
    ...(plain ? [] : [`--from ${shellQuote(from)} --to ${shellQuote(to)}`]),
    ...(owner === 'tiller' ? ['--helm 2'] : from.includes(':') ? ['--helm 3'] : []),
    ...(now.name === was.name ? [] : [`--to-name ${shellQuote(was.name)}`]),
    ...(now.namespace === was.namespace ? [] : [namespaceFlag(now, was, names)]),
    ...more,
    ...(copies ? [] : ['--delete-source']),
  ];
  return `${program} ${copies ? 'copy' : 'relocate'} ${words.join(' ')}${flags}`;
}

function namespaceFlag(now: Owner3, was: Owner3, { length }: readonly string[]): string {
  if (length === 1) return `--to-namespace ${shellQuote(was.namespace)}`;
  return `--map-namespace ${shellQuote(`${now.namespace}=${was.namespace}`)}`;
}

function legOf(
  release: ReleasePlan,
  source: Storage,
  target: Storage,
  args: WayArgs,
  marks: boolean,
): Leg | undefined {
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
      ...(args['tiller-label'] && owner === 'tiller'
        ? [`--tiller-label ${shellQuote(args['tiller-label'])}`]
        : []),
      ...(renamed ? markFlags(args, marks, isLive(source)) : []),
    ],
    copies: !renamed && steps.every((step) => step.do === 'keep' || step.do === 'delete'),
  };
}

/**
 * Where live objects were left alone, they still have their old marks, and would be taken for another
 * release's.
 */
function markFlags(args: WayArgs, marks: boolean, live: boolean): string[] {
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

/**
 * The address that finds a record, with `-n` for its release.
 * @param own the release's namespace; empty where nobody knows it
 */
export function addressOfRecord(
  { kind, namespace }: RecordRef,
  own: string,
  owner: Owner,
  store: Storage,
): string {
  if (!isLive(store)) return store.address;
  const beside = owner === 'helm' && namespace === own;
  return beside || namespace === '' ? addressTypes[kind] : `${addressTypes[kind]}:${namespace}`;
}

/** Whether Helm itself works with what is there. */
function isLive({ capabilities, kinds }: Storage): boolean {
  return capabilities.inCluster || kinds.includes('SQL');
}

/** These are said for one cluster only, and never for the one that records go to. */
const forOneCluster = [
  ...(['cluster', 'user', 'server', 'token', 'as', 'as-group', 'as-uid'] as const),
  ...(['certificate-authority', 'tls-server-name', 'insecure-skip-tls-verify'] as const),
];

/** @returns undefined where no flags say it: the way back would end in another cluster */
async function flagsBack(
  args: WayArgs,
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
function firstKubeconfig(args: WayArgs, context: string, env: Environment): string | undefined {
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

/** @returns undefined where a connection was given as it is: a line that shows it would show its password */
function databaseFlags(
  args: WayArgs,
  { from, to }: RelocationEnds,
  env: Environment,
): string | undefined {
  const { secondDatabase } = to;
  if (secondDatabase === undefined) return '';
  const first = 'HELM_DRIVER_SQL_CONNECTION_STRING';
  const returns = from.some(({ storage }) => storage.kinds.includes('SQL'));
  const unnamed = args['release-storage-sql-connection'] !== undefined || !env[first];
  if (!secondDatabase.startsWith('"$') || (returns && unnamed)) return undefined;
  const back = returns ? ` --to-sql-connection-env ${first}` : '';
  return ` --release-storage-sql-connection ${secondDatabase}${back}`;
}

/** Whoever encrypts the records that go wants no plain copy of them on the way back either. */
function backupFlags(args: WayArgs): string {
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
