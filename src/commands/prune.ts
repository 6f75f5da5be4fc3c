/** `prune`: older revisions of releases go, and whole releases that are uninstalled. */
import { type ExitCode, printable, ReleasesError, typed } from '../errors.ts';
import { parseSpan } from '../go/time/span.ts';
import { type ReleaseRevisions, type Revision, readRevisions } from '../inspect/revisions.ts';
import { type ReadSource, readSources } from '../inspect/sources.ts';
import type { Plan, ReleasePlan } from '../migrate/plan.ts';
import { type PruneCriteria, planPrune } from '../migrate/prune.ts';
import { clusterNameOf, shortClusterText } from '../output/clusters.ts';
import { countOf } from '../output/plans/plan.ts';
import { checkReport } from '../output/plans/report.ts';
import { pruning } from '../output/plans/words.ts';
import type { IO } from '../output/terminal/io.ts';
import { size } from '../output/terminal/units.ts';
import { namesOf } from '../record.ts';
import type { Storage } from '../storage/storage.ts';
import { inNamespace } from '../storage/wrappers/inNamespace.ts';
import { defineCommand } from './command.ts';
import { undoPruned } from './hints/backupLines.ts';
import { clusterFlags, flagged, namespaceFlags, storeFlags } from './hints/flags.ts';
import { usage } from './line/arguments.ts';
import { helm3ReadOptions, type ReadArgs } from './line/options.ts';
import { concurrencyOption, planOutputOption, rehearsalOptions } from './line/runOptions.ts';
import { backupsOf } from './move/backups.ts';
import { checkCount } from './move/carryOut.ts';
import { checkRehearsal, throughOf } from './move/dryRun.ts';
import { requireNamespace } from './move/notFound.ts';
import { ownBackups } from './move/ownBackups.ts';
import { missingFor, planning } from './move/permissions.ts';
import type { PlannedMove, RunArgs } from './move/plannedMove.ts';
import { runPlan } from './move/run.ts';
import { checkScopeSaid, lookingOf } from './move/scoped.ts';
import { chooseRelease, ranges } from './reading/release.ts';
import { passphraseEncryption } from './stores/archiveKeys.ts';
import { scopeOf } from './stores/scope.ts';
import { namedDatabase } from './stores/secondDatabase.ts';
import { chooseReads, noteSkipped, type Reads } from './stores/stores.ts';

const group = 'Prune:';

export const prune = defineCommand({
  name: 'prune',
  describe: 'delete older revisions, or the records of uninstalled releases, after a copy',
  details: [
    'A revision goes only if every criterion that is given allows it. Never the newest one, nor one that is',
    'deployed, pending, uninstalling or unknown; nor the newest superseded one, to which helm rollback goes',
    'back, but for --keep 1; nor one whose key, labels and content disagree. --uninstalled takes whole releases',
    'that were uninstalled with --keep-history, newest revision and all. What goes is copied first, deleted by',
    'its uid and resourceVersion, and looked for again; the Undo brings it back. Records of Helm 3 and 4.',
  ],
  examples: [
    ['prune billing --keep 5', 'as if helm had upgraded it with --history-max 5'],
    ['prune --all -A --keep 10 --older-than 90d --dry-run', 'show what would go of all namespaces'],
    ['prune --all --failed --yes', 'failed revisions that another one has followed'],
    ['prune --all --uninstalled --older-than 30d', 'what helm uninstall --keep-history has left'],
  ],
  arguments: { name: 'many' },
  interruptible: true,
  options: {
    all: { type: 'boolean', describe: 'every release that is found', group },
    'all-namespaces': {
      type: 'boolean',
      alias: 'A',
      describe: 'of all namespaces: every release, or those of these names',
      group,
    },
    keep: {
      type: 'number',
      alias: 'history-max',
      describe: 'all but so many of the newest, counted as helm counts',
      group,
    },
    'older-than': {
      type: 'string',
      describe: 'what was deployed so long ago, or longer: 12h, 30d, 8w',
      group,
    },
    failed: { type: 'boolean', describe: 'only failed revisions', group },
    unreadable: { type: 'boolean', describe: "only what can't be read", group },
    uninstalled: { type: 'boolean', describe: 'whole releases that are uninstalled', group },
    backup: {
      type: 'string',
      describe:
        'the folder or PATH.zip that records are copied to before they are deleted; default: a new folder of its own',
      group,
    },
    ...rehearsalOptions(group),
    concurrency: concurrencyOption(group),
    output: planOutputOption(group),
    ...helm3ReadOptions,
  },
  async handler(given: PruneArgs, io): Promise<ExitCode> {
    const criteria = criteriaOf(given);
    checkWhich(given);
    checkCount('concurrency', given.concurrency);
    await checkReport(given.report);
    const args = { ...given, helm: '3' };
    const reads = await chooseReads(args, io.env, throughOf(args));
    try {
      return await runPlan(
        await io.whilePlanning(() => planned(args, criteria, reads, io)),
        args,
        io,
      );
    } finally {
      reads.close();
    }
  },
});

interface PruneArgs extends ReadArgs, RunArgs {
  readonly name: readonly string[];
  readonly all?: boolean | undefined;
  readonly keep?: number | undefined;
  readonly 'older-than'?: string | undefined;
  readonly failed?: boolean | undefined;
  readonly unreadable?: boolean | undefined;
  readonly uninstalled?: boolean | undefined;
  readonly concurrency: number;
}

/** @throws ReleasesError USAGE */
function criteriaOf(args: PruneArgs): PruneCriteria {
  const { keep, failed, unreadable, uninstalled } = args;
  const text = args['older-than'];
  const olderThan = text === undefined ? undefined : parseSpan(text);
  checkCount('keep', keep);
  if (text !== undefined && olderThan === undefined)
    throw new ReleasesError('USAGE', `--older-than ${typed(text, 40)} is no time`, {
      hints: ['--older-than 30d; s, m, h, d and w are the units'],
    });
  if (uninstalled && (keep !== undefined || failed || unreadable))
    throw usage(
      '--uninstalled takes whole releases: --keep, --failed and --unreadable choose revisions',
      ['--uninstalled, alone or with --older-than; and another prune for the others'],
    );
  if (keep === undefined && text === undefined && !failed && !unreadable && !uninstalled)
    throw usage('what may go? No criterion is given', [
      '--keep 10, --older-than 90d, --failed, --unreadable or --uninstalled',
    ]);
  return {
    now: Date.now(),
    ...(keep !== undefined && { keep }),
    ...(olderThan !== undefined && { olderThan }),
    ...(failed && { failed }),
    ...(unreadable && { unreadable }),
    ...(uninstalled && { uninstalled }),
  };
}

/** @throws ReleasesError USAGE */
function checkWhich({ name, all, namespace, 'all-namespaces': everywhere }: PruneArgs): void {
  if (everywhere && namespace) throw usage('either -n or -A, not both');
  if (name.length > 0 && all) throw usage('either names or --all, not both');
  if (name.length === 0 && !all && !everywhere)
    throw usage('which releases? Name them, or say --all', ['prune NAME, or prune --all']);
}

/** Releases of one store, seen through the namespace that was asked for. */
interface Found {
  readonly storage: Storage;
  readonly releases: readonly ReleaseRevisions[];
  /** All that was read there: what else names them is among it. */
  readonly beside: readonly ReleaseRevisions[];
}

async function planned(
  args: PruneArgs,
  criteria: PruneCriteria,
  reads: Reads,
  io: IO,
): Promise<PlannedMove> {
  const scope = await scopeOf(args, io.env, await lookingOf('prune', args));
  if (args.name.length === 0)
    await planning(checkScopeSaid(scope, reads.sources, {}, '--storage', io));
  const found = await planning(find(args, reads, io));
  if (found.every(({ releases }) => releases.length === 0)) await requireNamespace(reads.sources);
  const releases: ReleasePlan[] = [];
  const stores = new Map<string, Storage>();
  for (const { storage, releases: here, beside } of found) {
    const undeletable = await storage.undeletable?.();
    for (const release of here) {
      const { name, kind, namespace, owner } = release;
      const tied = beside
        .filter((one) => one !== release && one.kind === kind && one.namespace === namespace)
        .filter((one) => one.owner === owner)
        .flatMap(({ revisions }) => revisions.map(({ record }) => record))
        .filter((record) => namesOf(record).includes(name));
      const plan = planPrune(
        { ...release, from: storage.address, undeletable, tied },
        criteria,
        goes,
      );
      if (!plan) continue;
      releases.push(plan);
      stores.set(storage.address, storage);
    }
  }
  releases.sort((a, b) => (a.name < b.name ? -1 : 1));
  const losing = [...stores.values()];
  const [first = found[0]?.storage ?? reads.sources[0]?.storage] = losing;
  if (!first) throw new ReleasesError('NOT_FOUND', 'there is no store to look into');
  for (const store of losing) checkRehearsal(args, store);
  if (losing.length > 1 && losing.some(({ kinds }) => kinds.includes('SQL')))
    throw new ReleasesError(
      'USAGE',
      'releases are in a database, and beside it: prune one place at a time',
      {
        why: losing.map(({ address }) => printable(address, 200)),
        hints: ['--helm-release-storage-type sql, and then secret or configmap'],
      },
    );
  const inCluster = losing.some(({ capabilities }) => capabilities.inCluster);
  const cluster = inCluster ? clusterNameOf(await reads.kube()) : undefined;
  const addresses = losing.map(({ address }) => address);
  const plan: Plan = {
    ...{ from: addresses, to: first.address, releases },
    ...(cluster && { clusters: { from: cluster, to: cluster } }),
  };
  const engine = { from: stores, to: first, concurrency: args.concurrency };
  const end = { args, kube: reads.kube, database: namedDatabase(args, io.env) };
  const backups = await backupsOf(
    plan,
    {
      from: { sources: losing.map((storage) => ({ storage, selection: {} })), ...end },
      to: { storage: first, ...end },
    },
    {
      ...{ named: args.backup, prefix: ownBackups('helm-pruned', io.env) },
      encryption: () => passphraseEncryption(args, io),
    },
    io.program,
  );
  const looked = found.reduce((sum, one) => sum + one.releases.length, 0);
  return {
    ...{ plan, words: pruning, scope: scope.words, strays: [], engine, ...backups },
    undo: (path, names) =>
      undoPruned(io.program, path, releases, losing, backups.flags.from, names),
    nothing: releases.length > 0 ? '' : `Nothing to prune of ${countOf(looked, 'release')}.\n`,
    where: `${addresses.join(', ')}${cluster ? ` (${shortClusterText(cluster)})` : ''}`,
    missing: await missingFor(plan, engine, reads.kube),
    permissionHints: () => {
      const namespaces = plan.releases.flatMap(({ steps }) =>
        steps.flatMap((step) => (step.do === 'delete' ? step.record.namespace : [])),
      );
      return [`${io.program} rbac prune${namespaceFlags(namespaces)}  prints a Role for it`];
    },
    next: `${io.program} du${args['all-namespaces'] ? ' -A' : ''}${storeFlags({ ...args, helm: undefined })}${flagged('--storage', args.storage ?? [])}${clusterFlags(args)}`,
  };
}

function narrowed({ storage, selection }: ReadSource): Storage {
  return selection.namespace ? inNamespace(storage, selection.namespace) : storage;
}

/** Names are releases of the one namespace; with -A, those of each. */
async function find(
  { name: names, 'all-namespaces': everywhere }: PruneArgs,
  reads: Reads,
  io: IO,
): Promise<Found[]> {
  if (names.length === 0) return findAll(reads, io);
  if (!everywhere) return findNamed(names, reads, io);
  const wanted = new Set(names);
  const found = (await findAll(reads, io)).map((one) => ({
    ...{ ...one, releases: one.releases.filter(({ name }) => wanted.has(name)) },
  }));
  const seen = new Set(found.flatMap(({ releases }) => releases.map(({ name }) => name)));
  const missing = names.find((name) => !seen.has(name));
  if (missing === undefined) return found;
  throw new ReleasesError('NOT_FOUND', `there is no release ${typed(missing, 60)}`, {
    why: ['looked in all namespaces'],
    hints: [reads.listHint(io.program)],
  });
}

async function findAll(reads: Reads, io: IO): Promise<Found[]> {
  const { results, skipped } = await readSources(reads.sources, async (source): Promise<Found> => {
    const all = await readRevisions({
      ...source,
      selection: { ...source.selection, owner: 'helm' },
    });
    const wanted = source.releaseNamespace;
    const releases = all.filter(({ owner, revisions }) => {
      const own = revisions.at(-1)?.row.namespace;
      return owner === 'helm' && (wanted === undefined || own === wanted);
    });
    return { storage: narrowed(source), releases, beside: all };
  });
  noteSkipped(skipped, '--storage or --helm-release-storage-type chooses where to look', io);
  return [...results];
}

/** Each as `history` finds it. */
async function findNamed(names: readonly string[], reads: Reads, io: IO): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of new Set(names)) {
    const { source, kind, namespace } = await chooseRelease(reads, name, io);
    const selection = { ...source.selection, owner: 'helm' as const };
    const at = namespace === '' ? {} : { namespace };
    const all = await readRevisions({ ...source, selection: { ...selection, ...at } }, name);
    const releases = all.filter(
      (one) => one.name === name && one.kind === kind && one.namespace === namespace,
    );
    const storage = namespace === '' ? source.storage : inNamespace(source.storage, namespace);
    found.push({ storage, releases, beside: all });
  }
  return found;
}

/** `revisions 1-4 go, 12.3 KiB; 5 of 9 stay` */
function goes(going: readonly Revision[], all: number): string {
  const bytes = size(going.reduce((sum, one) => sum + one.bytes, 0));
  if (going.length === all) return `all its revisions go: ${countOf(all, 'record')}, ${bytes}`;
  const numbers = going.flatMap(({ row }) => row.revision ?? []);
  return `${going.length === 1 ? 'revision' : 'revisions'} ${ranges(numbers)} ${going.length === 1 ? 'goes' : 'go'}, ${bytes}; ${all - going.length} of ${all} stay`;
}
