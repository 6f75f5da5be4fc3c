/** `unlock`: the newest revision of a release that an interrupted helm has left behind gets an end. */
import { atWorkMinutes } from '../deployed.ts';
import { type ExitCode, printable, ReleasesError, typed } from '../errors.ts';
import { parseSpan } from '../go/time/span.ts';
import { readRevisions } from '../inspect/revisions.ts';
import {
  newestRead,
  planUnlock,
  type ReadRelease,
  stuckRevision,
  type UnlockedStatus,
  unlockedStatuses,
} from '../migrate/unlock.ts';
import { clusterNameOf, shortClusterText } from '../output/clusters.ts';
import { checkReport } from '../output/plans/report.ts';
import { unlocking } from '../output/plans/words.ts';
import type { IO } from '../output/terminal/io.ts';
import { age } from '../output/terminal/units.ts';
import { namesOf, shownPlace, statusLabel } from '../record.ts';
import { shellQuote } from '../shellQuote.ts';
import { isLive } from '../storage/storage.ts';
import { inNamespace } from '../storage/wrappers/inNamespace.ts';
import { defineCommand } from './command.ts';
import { clusterFlags, flagged, helmClusterFlags, storeFlags } from './hints/flags.ts';
import { helm3ReadOptions, type ReadArgs } from './line/options.ts';
import { planOutputOption, rehearsalOptions } from './line/runOptions.ts';
import { backupsOf } from './move/backups.ts';
import { checkRehearsal, throughOf } from './move/dryRun.ts';
import { ownBackups } from './move/ownBackups.ts';
import { missingFor, planning } from './move/permissions.ts';
import type { PlannedMove, RunArgs } from './move/plannedMove.ts';
import { runPlan } from './move/run.ts';
import { chooseRelease } from './reading/release.ts';
import { passphraseEncryption } from './stores/archiveKeys.ts';
import { namedDatabase } from './stores/secondDatabase.ts';
import { chooseReads, type Reads } from './stores/stores.ts';

const group = 'Unlock:';

export const unlock = defineCommand({
  name: 'unlock',
  describe: 'give a revision that an interrupted helm has left pending an end',
  details: [
    'helm refuses a release whose newest revision is pending-install, pending-upgrade, pending-rollback,',
    'uninstalling or unknown: "another operation is in progress", or "has no deployed releases". This finds',
    'that revision, says what it would become and why, asks, and changes its record where it stands, content',
    'and label together, after a copy of it. --as deployed supersedes what was deployed before. Live objects',
    'are neither looked at nor changed. A younger one may be at work: --older-than says what is old enough.',
    'Records of Helm 3 and 4. Here --as is a status; a user is impersonated by --kube-as-user.',
  ],
  examples: [
    ['unlock billing', 'say what it would become, and ask'],
    [
      'unlock billing -n pay --as failed --yes',
      'the next upgrade starts from what was deployed before',
    ],
    ['unlock billing --as deployed --older-than 0s', 'its upgrade did all it should, a moment ago'],
    ['unlock billing --dry-run', 'show it, and write nothing'],
  ],
  arguments: { name: 'release' },
  interruptible: true,
  options: {
    as: { type: 'string', choices: unlockedStatuses, describe: 'what it becomes', group },
    'older-than': {
      type: 'string',
      default: `${atWorkMinutes}m`,
      describe: 'how long nobody has written to it, at least: 0s, 15m, 1h30m, 2d',
      group,
    },
    backup: {
      type: 'string',
      describe:
        'the folder or PATH.zip that its record is copied to before it changes; default: a new folder of its own',
      group,
    },
    ...rehearsalOptions(group),
    output: planOutputOption(group),
    'kube-as-user': {
      type: 'string',
      describe: 'user to impersonate',
      group: 'Cluster (as kubectl has them):',
    },
    ...helm3ReadOptions,
  },
  async handler(given: UnlockArgs, io): Promise<ExitCode> {
    const olderThan = parseSpan(given['older-than']);
    if (olderThan === undefined)
      throw new ReleasesError(
        'USAGE',
        `--older-than ${typed(given['older-than'], 40)} is no time`,
        {
          hints: ['--older-than 15m; s, m, h, d and w are the units'],
        },
      );
    await checkReport(given.report);
    const args: UnlockArgs = { ...given, as: given['kube-as-user'], helm: '3' };
    const reads = await chooseReads(args, io.env, throughOf(args));
    try {
      const status = given.as as UnlockedStatus | undefined;
      const move = await io.whilePlanning(() => planned(args, status, olderThan, reads, io));
      return await runPlan(move, args, io);
    } finally {
      reads.close();
    }
  },
});

interface UnlockArgs extends ReadArgs, RunArgs {
  readonly name: string;
  readonly 'older-than': string;
  readonly 'kube-as-user'?: string | undefined;
}

async function planned(
  args: UnlockArgs,
  as: UnlockedStatus | undefined,
  olderThan: number,
  reads: Reads,
  io: IO,
): Promise<PlannedMove> {
  const found = await planning(chooseRelease(reads, args.name, io));
  const { source, kind, namespace, name } = found;
  const storage = namespace === '' ? source.storage : inNamespace(source.storage, namespace);
  checkRehearsal(args, storage);
  const read = await planning(
    readRevisions({ ...source, storage, selection: { owner: 'helm' } }, name),
  );
  const here = read.filter((one) => one.kind === kind && one.namespace === namespace);
  const [own, others] = [
    here.filter((one) => one.name === name),
    here.filter((one) => one.name !== name),
  ];
  const release: ReadRelease = {
    ...{ name, namespace: found.releaseNamespace ?? namespace },
    revisions: own.flatMap(({ revisions }) => revisions),
    tied: others.flatMap(({ revisions }) =>
      revisions.flatMap(({ record }) => (namesOf(record).includes(name) ? record : [])),
    ),
  };
  const stuck = stuckRevision(release);
  if (!stuck) checkKnown(release, io);
  // Pasted later, it has to name the namespace: the context's may be another one, and helm keeps -n to itself.
  const where = whereFlags(isLive(storage) ? { ...args, namespace } : args);
  const oldEnough =
    args['older-than'] === `${atWorkMinutes}m` ? '' : ` --older-than ${args['older-than']}`;
  const line = (status: UnlockedStatus) =>
    `${io.program} unlock ${shellQuote(name)}${where} --as ${status}${oldEnough} --yes`;
  const releases = stuck
    ? [
        await planning(
          planUnlock(release, stuck, storage, {
            ...(as && { as }),
            ...{ olderThan, now: Date.now(), surely: args.yes === true, line, age },
          }),
        ),
      ]
    : [];
  const inCluster = storage.capabilities.inCluster;
  const cluster = inCluster ? clusterNameOf(await reads.kube()) : undefined;
  const plan = {
    ...{ from: [storage.address], to: storage.address, releases },
    ...(cluster && { clusters: { from: cluster, to: cluster } }),
  };
  const engine = { from: new Map([[storage.address, storage]]), to: storage, concurrency: 1 };
  const end = { args, kube: reads.kube, database: namedDatabase(args, io.env) };
  const backups = await backupsOf(
    plan,
    { from: { sources: [{ storage, selection: {} }], ...end }, to: { storage, ...end } },
    {
      ...{ named: args.backup, prefix: ownBackups('helm-unlocked', io.env) },
      encryption: () => passphraseEncryption(args, io),
    },
    io.program,
    'replaced',
  );
  const [ended] = (releases[0]?.steps ?? [])
    .flatMap((step) => (step.do === 'update' ? step : []))
    .slice(-1);
  const state = ended ? `${name}=${ended.revision}:${statusLabel(ended.record)}` : '';
  const ifNewest = ended ? ` --if-newest ${shellQuote(state)}` : '';
  return {
    ...{
      plan,
      words: unlocking,
      strays: [],
      engine,
      nothing: stuck ? '' : nothingText(release, io),
    },
    where: cluster ? `${storage.address} (${shortClusterText(cluster)})` : storage.address,
    missing: await missingFor(plan, engine, reads.kube),
    permissionHints: () => [
      `${io.program} rbac unlock -n ${shellQuote(namespace)}  prints a Role for it`,
    ],
    ...backups,
    // Helm may have gone on since: then what was is no way back.
    undo: (path, names) => `${backups.undo(path, names)}${ifNewest}`,
    undoReplaced: (path, names, of) => `${backups.undoReplaced(path, names, of)}${ifNewest}`,
    next: nextText(release, args, io),
  };
}

/**
 * Helm may be held up by a record that isn't known to be of this release, or that nobody can read.
 * @throws ReleasesError REFUSED where one may be its newest
 */
function checkKnown({ name, revisions, tied }: ReadRelease, { program }: IO): void {
  const shown = printable(name, 60);
  const hints = [`${program} history ${shellQuote(name)}  shows each record, and what it says`];
  const [first] = tied;
  if (first)
    throw new ReleasesError('REFUSED', `a record names ${shown} and another release, too`, {
      why: [`${shownPlace(first)} may be what holds helm up: nobody can say whose it is`],
      hints,
    });
  const newest = revisions.at(-1);
  if (!newest || newest === newestRead(revisions)) return;
  throw new ReleasesError('REFUSED', `the newest revision of ${shown} can't be read`, {
    why: [
      `${shownPlace(newest.record)}: ${newest.row.unreadable ?? 'it says nothing'}`,
      'helm passes over it, and fails to write the next revision: it has that number',
    ],
    hints,
  });
}

function nothingText({ name, revisions }: ReadRelease, { program }: IO): string {
  const last = newestRead(revisions);
  const shown = printable(name, 60);
  if (!last) return `${shown} has no revision that can be read: ${program} history says why.\n`;
  return `${shown} is not stuck: its newest revision, ${last.row.revision}, is ${printable(last.row.status, 40)}. Nothing was written.\n`;
}

/** The flags that chose where it was found. */
function whereFlags(args: UnlockArgs): string {
  const stores = flagged('--storage', args.storage ?? []);
  return `${storeFlags({ ...args, helm: undefined })}${stores}${clusterFlags(args)}`;
}

/** Of helm, where it works with these records. */
function nextText({ name, namespace }: ReadRelease, args: UnlockArgs, { program }: IO): string {
  if (args.storage?.length) return `${program} history ${shellQuote(name)}${whereFlags(args)}`;
  const at = `${shellQuote(name)} -n ${shellQuote(namespace)}${helmClusterFlags(args)}`;
  return `helm upgrade ${at} CHART, or helm history ${at}`;
}
