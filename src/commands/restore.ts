/** `restore`: records from an archive or a folder go back to where they were, or elsewhere. */
import { existsSync } from 'node:fs';
import type { Environment } from '../environment.ts';
import { exitCodes, isReleasesError, printable, ReleasesError, typed } from '../errors.ts';
import type { Need } from '../kube/access.ts';
import { refuseElsewhere } from '../migrate/conflicts/installedElsewhere.ts';
import {
  type OthersOptions,
  refuseOthersObjects,
} from '../migrate/conflicts/objectsOwnedElsewhere.ts';
import type { Plan } from '../migrate/plan.ts';
import { planRelocation } from '../migrate/relocate/plan.ts';
import type { MovingRelease } from '../migrate/relocate/survey.ts';
import { surveyRelocationTarget } from '../migrate/relocate/target.ts';
import { clusterNameOf } from '../output/clusters.ts';
import { type Destination, destinationText, nextLine } from '../output/plans/destination.ts';
import { restoring } from '../output/plans/words.ts';
import type { IO } from '../output/terminal/io.ts';
import { shellQuote } from '../shellQuote.ts';
import { type Address, driverKind, formatAddress } from '../storage/address.ts';
import { checkApart } from '../storage/files/overlappingFolders.ts';
import type { Storage } from '../storage/storage.ts';
import { combine } from '../storage/wrappers/combine.ts';
import { ignoringOwnerLabel } from '../storage/wrappers/withTillerLabels.ts';
import { defineCommand } from './command.ts';
import { clusterFlags, namespaceFlags, nextFlags } from './hints/flags.ts';
import { addressOfRecord, type LineParts, moveLines, type ReverseMove } from './hints/moveLines.ts';
import {
  type ClusterArgs,
  keyOptions,
  narrowingOptions,
  type StorageArgs,
  storageOptions,
} from './line/options.ts';
import {
  concurrencyOption,
  everywhereOption,
  kindOption,
  noNamespaces,
  planOutputOption,
  rehearsalOptions,
  selectionOptions,
} from './line/runOptions.ts';
import { backupsOf } from './move/backups.ts';
import { checkCount } from './move/carryOut.ts';
import { bothKinds, destinationAt } from './move/destination.ts';
import { checkRehearsal, throughOf } from './move/dryRun.ts';
import { ifNewestOf } from './move/ifNewest.ts';
import { whereLine } from './move/notFound.ts';
import { newName, ownBackups } from './move/ownBackups.ts';
import { missingFor, planning } from './move/permissions.ts';
import type { PlannedMove } from './move/plannedMove.ts';
import {
  candidateOf,
  checkAny,
  checkRelocationSelection,
  type RelocationSelectionArgs,
  selectRelocatable,
} from './move/relocationSelection.ts';
import { runPlan } from './move/run.ts';
import { checkSeveralMeant, notePluginNamespace, withEverywhere } from './move/selection.ts';
import { linesAway } from './move/undoMove.ts';
import { keysOf, passphraseEncryption } from './stores/archiveKeys.ts';
import { foundAddress, mustBePossible, noRecords } from './stores/archivePath.ts';
import { addressOf, openStores, type Stores } from './stores/connections.ts';
import { scopeOf } from './stores/scope.ts';
import { namedDatabase } from './stores/secondDatabase.ts';

const group = 'Restoring:';

const elsewhere = (flag: string): readonly string[] => [
  `copy RELEASE --from FILE --to secret ${flag}  gives a release another one`,
];

export const restore = defineCommand({
  name: 'restore',
  describe: 'put records from an archive or a folder back where they were',
  details: [
    'Reads an archive that backup made, or a folder of records, such as the one that a migration makes',
    'before it deletes, and creates those that are missing: same kind, namespace, name, labels and',
    'payload, whichever Helm they are of. A record that is there with other content is overwritten only',
    'where --overwrite names its release, and only after a copy of it was made. Every record is read',
    'back and compared. Under another name or in other namespaces: relocate --from FILE.',
    'These are all that it holds, unless -n says of which namespace. As a plugin of helm, and into a cluster or',
    'a database, these are the releases of the namespace that helm was called with, unless -A says all.',
  ],
  examples: [
    ['restore all.zip --dry-run', 'show what would be put back'],
    ['restore all.zip billing --yes', 'put one release back'],
    [
      'restore all.zip -n pay --to-context new --yes',
      "a namespace's releases, into another cluster",
    ],
    ['restore ./helm2-backup-20261120T180411Z --to dir:./tiller --yes', 'into another folder'],
  ],
  instead: {
    'to-namespace': elsewhere('--to-namespace NAMESPACE'),
    'to-name': elsewhere('--to-name NAME'),
    'map-namespace': [
      'copy -A --from FILE --to secret --map-namespace OLD=NEW  gives releases another one',
    ],
    'to-storage-namespace': ['--to secret:NAMESPACE'],
    'create-namespace': noNamespaces,
  },
  arguments: { file: 'required', release: 'many' },
  interruptible: true,
  options: {
    to: {
      type: 'string',
      describe:
        'restore there instead: secret[:NS], configmap[:NS], sql, dir:PATH or file:PATH.zip',
      group,
    },
    'to-context': {
      type: 'string',
      describe: 'restore into the cluster of this kubeconfig context, like --context',
      group,
    },
    'to-kubeconfig': {
      type: 'string',
      describe: 'restore into the cluster of this kubeconfig file, like --kubeconfig',
      group,
    },
    'all-namespaces': everywhereOption(group),
    ...selectionOptions(group),
    all: { type: 'boolean', describe: 'every release that the file holds; the default', group },
    kind: kindOption(group),
    overwrite: {
      type: 'string',
      array: true,
      describe:
        'a release whose records are replaced where they have other content; may be repeated',
      group,
    },
    'if-newest': {
      type: 'string',
      array: true,
      describe:
        'NAME=REVISION:STATUS: restore this release only while that is its newest revision there; may be repeated',
      group,
    },
    backup: {
      type: 'string',
      describe:
        'the folder or PATH.zip that records are copied to before they are replaced; default: a new folder of its own',
      group,
    },
    'dry-run': rehearsalOptions(group)['dry-run'],
    yes: { type: 'boolean', alias: 'y', describe: "don't ask before writing", group },
    concurrency: concurrencyOption(group),
    output: planOutputOption(group),
    'release-storage-sql-connection-env': storageOptions['release-storage-sql-connection-env'],
    ...keyOptions,
    namespace: {
      ...narrowingOptions.namespace,
      describe: 'only releases of this namespace; default: all that the file holds',
    },
  },
  async handler(given: RestoreArgs, io) {
    const asked = withEverywhere(given);
    const to = given.to === undefined ? [] : [await addressOf(given.to)];
    const { namespace } = await scopeOf(asked, io.env, { addresses: to, file: true });
    const args = { ...asked, namespace };
    notePluginNamespace(asked, namespace, io);
    checkCount('concurrency', args.concurrency);
    ifNewestOf(args['if-newest']);
    const some = args.release.length > 0 || args.selector !== undefined;
    checkRelocationSelection({ ...args, all: args.all || !some }, io);
    const chosen = { ...args, ...clusterOf(args) };
    const stores = openStores(chosen, io.env, throughOf(chosen), {
      keys: await keysOf(args, io),
      from: async () => [printable(formatAddress(await fileOf(args, io)), 200)],
    });
    try {
      const { move, lost } = await io.whilePlanning(() => planned(chosen, stores, io));
      const code = await runPlan(move, chosen, io);
      return code === exitCodes.done && lost ? exitCodes.needsPerson : code;
    } finally {
      stores.close();
    }
  },
});

interface RestoreArgs extends StorageArgs, Omit<RelocationSelectionArgs, 'namespace'> {
  readonly file: string;
  readonly to?: string | undefined;
  readonly 'to-context'?: string | undefined;
  readonly 'to-kubeconfig'?: string | undefined;
  readonly overwrite?: readonly string[] | undefined;
  readonly 'if-newest'?: readonly string[] | undefined;
  readonly backup?: string | undefined;
  readonly 'dry-run'?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly concurrency: number;
  readonly output: string;
}

/** There is but one cluster here, whichever way it is named. */
function clusterOf(args: RestoreArgs): Pick<ClusterArgs, 'context' | 'kubeconfig'> {
  const one = (flag: 'context' | 'kubeconfig') => {
    const [here, there] = [args[flag], args[`to-${flag}`]];
    if (here && there && here !== there)
      throw new ReleasesError('USAGE', `--${flag} and --to-${flag} can't both hold`, {
        why: ['records are read from a file, and go into one cluster'],
      });
    return there ?? here;
  };
  return { context: one('context'), kubeconfig: one('kubeconfig') };
}

/** @throws ReleasesError as `foundAddress`; where the file was named last, as for `backup`, with how it goes */
async function fileOf({ file, release }: RestoreArgs, io: IO): Promise<Address> {
  try {
    return await foundAddress(file);
  } catch (error) {
    const last = release.at(-1);
    if (!isReleasesError(error, 'NOT_FOUND') || !last || !existsSync(last)) throw error;
    const others = [file, ...release.slice(0, -1)].map((name) => shellQuote(typed(name, 63)));
    throw new ReleasesError('NOT_FOUND', error.message, {
      why: ['the file comes first, then the releases'],
      hints: [`${io.program} restore ${shellQuote(typed(last))} ${others.join(' ')}`],
    });
  }
}

async function planned(
  args: RestoreArgs,
  stores: Stores,
  io: IO,
): Promise<{ readonly move: PlannedMove; readonly lost: boolean }> {
  const opened = await stores.open(await fileOf(args, io));
  const from = ignoringOwnerLabel(opened.storage);
  const to = await openTarget(args.to, stores);
  const { storage } = to;
  checkRehearsal(args, storage);
  const apart = await checkApart([from], storage);
  const source = { storage: from, selection: {}, optional: false };
  const chosen = await selectRelocatable(args, { from: [source], to }, io);
  const { releases } = chosen;
  if (!chosen.any) throw noRecords(from.address);
  checkAny(chosen, args);
  const overwrite = overwritten(args, releases, io);
  const there = await planning(
    surveyRelocationTarget(storage, releases, chosen.stores, args.concurrency),
  );
  const cluster = storage.capabilities.inCluster ? clusterNameOf(await stores.kube()) : undefined;
  const records = planRelocation(releases, there, {
    ...{ clusterFlags: clusterFlags(args), deleteSources: false, revisions: 'all', overwrite },
    partly: true,
    ifNewestThere: ifNewestOf(args['if-newest']),
    apart: { kind: true, otherwise: 'without --to, both go back to where they were' },
    clash: '--overwrite NAME, or relocate --from FILE --to-name NAME',
  });
  const reached = { ...records, ...(cluster && { clusters: { to: cluster } }) };
  const database = namedDatabase(args, io.env);
  const end = { args, kube: stores.kube, database };
  const backups = await backupsOf(
    reached,
    { from: { sources: [source], ...end }, to: { storage, ...end } },
    {
      ...{ named: args.backup, prefix: ownBackups('helm-backup', io.env) },
      encryption: () => passphraseEncryption(args, io),
    },
    io.program,
    'replaced',
  );
  const parts = { program: io.program, driver: driverKind(io.env), flags: backups.flags.to };
  const known = { overwrite, concurrency: args.concurrency, undoMove: lineBack(storage, parts) };
  const plan = cluster ? await withoutDoubles(reached, chosen.stores, known, stores, io) : reached;
  const engine = { from: chosen.stores, to: storage, concurrency: args.concurrency };
  const missing = await missingFor(plan, engine, stores.kube);
  const move: PlannedMove = {
    ...(args.namespace && { scope: `namespace ${printable(args.namespace, 63)}` }),
    ...{ plan, words: restoring, where: destinationText(to, cluster), engine, apart },
    ...{ details: '--dry-run -o yaml', strays: chosen.strays, nothing: chosen.nothing, missing },
    permissionHints: () => [roleHint(missing, io)],
    ...backups,
    away: (half) => linesAway(half, storage, newName(ownBackups('helm-taken', io.env)), parts),
    next: nextLine(
      { ...to, database: database.shell },
      io.program,
      nextFlags(args),
      new Set(releases.map(({ owner }) => owner)),
    ),
  };
  return { move, lost: releases.some((release) => release.lost.length > 0) };
}

/** What lives elsewhere in the cluster by now, under whatever name, isn't put back beside that. */
async function withoutDoubles(
  plan: Plan,
  from: ReadonlyMap<string, Storage>,
  known: Pick<OthersOptions, 'overwrite' | 'concurrency' | 'undoMove'>,
  stores: Stores,
  { env }: Pick<IO, 'env'>,
): Promise<Plan> {
  const both = [await stores.ofKind('Secret'), await stores.ofKind('ConfigMap')] as const;
  const database = namesDatabase(env) ? [await stores.ofKind('SQL')] : [];
  const kept = await refuseElsewhere(plan, { ...known, stores: [...both, ...database] });
  const { api } = await stores.kube();
  return refuseOthersObjects(kept, { ...known, from, to: combine('the cluster', both), api });
}

/** Whether the environment says where helm keeps releases of this cluster in a database. */
function namesDatabase(env: Environment): boolean {
  if (env.HELM_DRIVER_SQL_CONNECTION_STRING) return true;
  return driverKind(env) === 'SQL' && !!env.PGHOST;
}

/** The line that moves a release back instead, from the record that was found of it. */
function lineBack(store: Storage, parts: LineParts): OthersOptions['undoMove'] {
  return (release, now, there) => {
    const { name, namespace, owner, steps } = release;
    const wanted = steps.find((step) => step.do === 'create')?.record ?? there;
    const leg: ReverseMove = {
      ...{ owner, now, was: { name, namespace }, more: [], copies: false },
      from: addressOfRecord(there, now.namespace, owner, store),
      to: addressOfRecord(wanted, namespace, owner, store),
    };
    return moveLines([leg], parts).join('');
  };
}

/**
 * A name is one release: whoever means those of all namespaces says -A.
 * @throws ReleasesError USAGE for a name that is not among the releases that go back, or is several of them
 */
function overwritten(
  { overwrite = [], file, 'all-namespaces': everywhere }: RestoreArgs,
  releases: readonly MovingRelease[],
  io: IO,
): ReadonlySet<string> {
  for (const name of overwrite) {
    const meant = releases.filter((release) => release.name === name);
    if (meant.length === 0)
      throw new ReleasesError(
        'USAGE',
        `--overwrite ${typed(name, 60)}: no such release goes back from ${typed(file)}`,
      );
    if (meant.length > 1 && !everywhere)
      checkSeveralMeant(
        name,
        meant.map((one) => whereLine(candidateOf(one))),
        { flag: 'overwrite', hint: '-n NAMESPACE or --kind names one; -A means all of them' },
        io,
      );
  }
  return new Set(overwrite);
}

/** Records go back to their storage namespaces, which are not their releases' own. */
function roleHint(missing: readonly Need[], io: IO): string {
  const namespaces = missing.flatMap(({ namespace }) => namespace ?? []);
  return `${io.program} rbac restore${namespaceFlags(namespaces)}  prints a Role for it`;
}

/** Both kinds of record that a cluster keeps, or the one store that is named. */
async function openTarget(to: string | undefined, stores: Stores): Promise<Destination> {
  if (to === undefined) return { ...(await bothKinds(stores)), namespace: undefined, own: false };
  const address = await addressOf(to);
  await mustBePossible(address);
  return destinationAt(address, { to }, stores);
}
