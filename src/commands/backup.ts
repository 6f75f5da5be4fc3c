/** `backup`: releases of any Helm, from any store, into one new archive or a folder. */
import { existsSync } from 'node:fs';
import { type ExitCode, exitCodes, isReleasesError, printable, ReleasesError } from '../errors.ts';
import { planRelocation } from '../migrate/relocate/plan.ts';
import { surveyRelocationTarget } from '../migrate/relocate/target.ts';
import { clusterNameOf } from '../output/clusters.ts';
import { backingUp } from '../output/plans/words.ts';
import { note } from '../output/terminal/errors.ts';
import type { IO } from '../output/terminal/io.ts';
import { shellQuote } from '../shellQuote.ts';
import { type Address, formatAddress } from '../storage/address.ts';
import type { Encryption } from '../storage/archive/age.ts';
import { checkApart } from '../storage/files/overlappingFolders.ts';
import { defineCommand } from './command.ts';
import { passphraseFlags, undoReplaced } from './hints/backupLines.ts';
import { namespaceFlags } from './hints/flags.ts';
import {
  contextsOption,
  type EncryptionArgs,
  encryptionOptions,
  type ReadArgs,
  readOptions,
  scopeOptions,
} from './line/options.ts';
import {
  concurrencyOption,
  dryRunWithoutServer,
  everywhereOption,
  planOutputOption,
  selectionOptions,
  shardOption,
} from './line/runOptions.ts';
import { openBackupStore } from './move/backupStore.ts';
import { checkCount } from './move/carryOut.ts';
import { ownBackups } from './move/ownBackups.ts';
import { missingFor, planning } from './move/permissions.ts';
import type { PlannedMove } from './move/plannedMove.ts';
import {
  checkRelocationSelection,
  type RelocationSelectionArgs,
  selectRelocatable,
} from './move/relocationSelection.ts';
import { runPlan } from './move/run.ts';
import { checkScopeSaid, lookingOf } from './move/scoped.ts';
import { askedWords, notePluginNamespace, withEverywhere } from './move/selection.ts';
import { encryptionOf } from './stores/archiveKeys.ts';
import { mustBeNew, mustBeOpen, mustBePossible, newAddress } from './stores/archivePath.ts';
import { openStores, type Stores } from './stores/connections.ts';
import { checkPlain, contextsOf, fileOfContext, inEachContext, worstCode } from './stores/fleet.ts';
import { provenanceOf } from './stores/provenance.ts';
import { type Scope, scopeOf } from './stores/scope.ts';
import { chooseReads, ofEveryHelm, type Reads } from './stores/stores.ts';

const group = 'Backup:';

export const backup = defineCommand({
  name: 'backup',
  describe: 'copy releases into one archive, sealed, and encrypted if wanted',
  details: [
    'FILE is a new archive, PATH.zip or file:PATH, or a folder, dir:PATH. It gets every revision of the',
    'releases of Helm 2, 3 and 4 that list shows, as they are stored, from Secrets and ConfigMaps, or',
    'from what --storage names. The archive gets its name only when it is whole, flushed and read back,',
    'and is for its owner alone (0600); one that is there is never touched. With a passphrase or',
    "recipients it is encrypted in the format of age. These are releases of the context's namespace,",
    'unless -n names another one or -A takes all; of a folder or an archive, all that it holds.',
  ],
  examples: [
    ['backup -A all.zip', 'every release of every namespace'],
    ['backup billing -n pay billing.zip', 'one release'],
    ['backup -A all.zip --recipient age1…', 'encrypted for whoever holds that key'],
    ['backup -l team=pay pay.zip --passphrase-file pass.txt', 'encrypted with a passphrase'],
    ["backup -A --contexts 'prod-*' {context}.zip", 'an archive for each of several clusters'],
    ['backup --all --storage configmap:kube-system helm2.zip', 'what Tiller left behind'],
  ],
  arguments: { release: 'many', file: 'required' },
  interruptible: true,
  options: {
    ...selectionOptions(group),
    'all-namespaces': everywhereOption(group),
    'dry-run': {
      ...dryRunWithoutServer,
      describe: 'show what would be copied and write nothing',
      group,
    },
    yes: {
      type: 'boolean',
      alias: 'y',
      describe: 'taken, and changes nothing: no question is asked, for nothing is deleted',
      group,
    },
    overwrite: {
      type: 'boolean',
      describe: 'replace the archive that is there, once the new one is whole',
      group,
    },
    shard: shardOption(group),
    concurrency: concurrencyOption(group),
    output: planOutputOption(group),
    contexts: { ...contextsOption('copy'), group },
    ...encryptionOptions,
    ...readOptions,
    ...scopeOptions,
  },
  async handler(args: BackupArgs, io) {
    const choice = withEverywhere(args);
    checkRelocationSelection(choice, io);
    checkCount('concurrency', args.concurrency);
    const encryption = await encryptionOf(args, io);
    if (!args.contexts?.length) {
      checkPlain(args.file);
      return backUpOne(choice, encryption, io);
    }
    const contexts = await contextsOf(args, io.env);
    const files = new Map(contexts.map((one) => [one, fileOfContext(args.file, one)]));
    // One that can't be reached is said later, and keeps no other from being backed up.
    const scopes = new Map<string, Scope>();
    for (const context of contexts)
      await scopeIn({ ...choice, context }, io).then(
        (scope) => scopes.set(context, scope),
        (error: unknown) => {
          if (!isReleasesError(error) || error.code === 'USAGE') throw error;
        },
      );
    const { done, failed } = await inEachContext(
      contexts,
      (context) =>
        backUpOne(
          { ...choice, context, file: files.get(context) ?? '' },
          encryption,
          io,
          scopes.get(context),
        ),
      io,
      1,
    );
    return worstCode(
      done.map(({ result }) => result),
      failed,
    );
  },
});

/**
 * @returns the namespaces that are meant
 * @throws ReleasesError USAGE as `checkScopeSaid`; as `chooseReads`
 */
async function scopeIn(args: BackupArgs, io: IO): Promise<Scope> {
  const scope = await scopeOf(args, io.env, await lookingOf('backup', args));
  if (!scope.unsaid || args.release.length > 0) return scope;
  const { namespace } = scope;
  const reads = await chooseReads({ ...args, namespace }, ofEveryHelm(io.env));
  try {
    await planning(checkScopeSaid(scope, reads.sources, args, '--storage', io));
    return scope;
  } finally {
    reads.close();
  }
}

/**
 * One cluster, or the stores that --storage names.
 * @param known the namespaces that are meant, where somebody has looked
 */
async function backUpOne(
  given: BackupArgs,
  encryption: Encryption | undefined,
  io: IO,
  known?: Scope,
): Promise<ExitCode> {
  const address = await newAddress(given.file);
  // An archive is never added to; a folder gets what it lacks.
  if (address.type === 'file' && !given.overwrite)
    mustBeNew(address.location ?? '', '--overwrite  to replace it');
  if (address.type === 'file' && !encryption) await mustBeOpen(address.location ?? '');
  await mustBePossible(address);
  if (encryption && address.type !== 'file')
    throw new ReleasesError('USAGE', 'a folder is not encrypted', {
      hints: ['file:PATH.zip  makes an archive, which can be'],
    });
  const scope = known ?? (await scopeIn(given, io));
  const { namespace } = scope;
  const args = { ...given, namespace };
  notePluginNamespace(given, namespace, io);
  const every = { ...args, 'all-namespaces': !namespace };
  const reads = await chooseReads(every, ofEveryHelm(io.env));
  const from = () => provenanceOf(reads.sources, reads.kube);
  const replace = args.overwrite === true;
  const archive = { encryption, from, replace, beside: true, asked: askedWords(args) };
  const target = openStores(args, io.env, undefined, archive);
  try {
    const { move, lost } = await io.whilePlanning(() =>
      planned(args, scope, address, reads, target, io),
    );
    const dry = args['dry-run'] ? 'client' : undefined;
    const code = await runPlan(move, { ...args, yes: true, 'dry-run': dry }, io);
    const isMade = code === exitCodes.done || code === exitCodes.needsPerson;
    // A nightly run needs no reminder.
    if (isMade && !dry && !encryption && address.type === 'file' && io.stdout.isTTY)
      note(
        io,
        'its values are in clear, passwords too: --recipient or --ask-passphrase encrypts it',
      );
    return code === exitCodes.done && lost ? exitCodes.needsPerson : code;
  } finally {
    reads.close();
    target.close();
  }
}

interface BackupArgs extends ReadArgs, EncryptionArgs, Omit<RelocationSelectionArgs, 'namespace'> {
  readonly file: string;
  readonly contexts?: readonly string[] | undefined;
  readonly 'dry-run'?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
  readonly concurrency: number;
  readonly output: string;
}

/** The plan, and whether it leaves out what is there and can't be copied, or may. */
async function planned(
  args: BackupArgs,
  scope: Scope,
  address: Address,
  reads: Reads,
  target: Stores,
  io: IO,
): Promise<{ readonly move: PlannedMove; readonly lost: boolean }> {
  const { storage } = await target.open(address, true);
  const sources = reads.sources.map((source) => source.storage);
  const apart = await checkApart(sources, storage);
  const to = { storage, kind: undefined, namespace: undefined, own: false };
  const chosen = await planning(
    selectRelocatable(
      { ...args, 'with-unplaced': true },
      { from: reads.sources, to, scope, named: reads.namedNamespaces },
      io,
      '--storage',
    ),
  );
  const { releases, stores } = chosen;
  // A nightly backup with a mistyped label must not end like one that was made. A shard may be empty.
  if (releases.length === 0 && args.shard === undefined)
    throw new ReleasesError('NOT_FOUND', 'there is nothing to back up: no archive was made', {
      why: [chosen.nothing.trim(), ...chosen.elsewhere.why],
      hints: chosen.elsewhere.hints,
    });
  const there = await surveyRelocationTarget(storage, releases, stores, args.concurrency);
  const records = planRelocation(releases, there, {
    ...{ deleteSources: false, revisions: 'all', partly: true },
    apart: { ...{ address: '--storage', kind: false }, otherwise: 'make an archive for each' },
  });
  const inCluster = reads.sources.some((source) => source.storage.capabilities.inCluster);
  const plan = inCluster
    ? { ...records, clusters: { from: clusterNameOf(await reads.kube()) } }
    : records;
  const { unseen } = chosen;
  const engine = { from: stores, to: storage, unseen, concurrency: args.concurrency };
  const missing = await missingFor(plan, engine, reads.kube);
  const namespaces = missing.flatMap(({ namespace }) => namespace ?? []);
  const role = `${io.program} rbac backup${namespaceFlags(namespaces)}  prints a Role for it`;
  const verifyLine = (file: string) =>
    `${io.program} verify ${shellQuote(file)}${passphraseFlags(args, args.file)}`;
  return {
    lost: unseen.length > 0 || releases.some((release) => release.lost.length > 0),
    move: {
      ...{
        plan,
        scope: scope.words,
        words: backingUp,
        where: storage.address,
        details: '--dry-run -o yaml',
      },
      ...{ strays: chosen.strays, nothing: chosen.nothing },
      ...{ missing, permissionHints: () => [role], engine, apart },
      // A folder's copies follow what Helm has done since.
      openBackup: () =>
        openBackupStore(undefined, ownBackups('helm-replaced', io.env), undefined, async () => [], [
          ...sources,
          storage,
        ]),
      undo: (path, names, of = plan.releases) =>
        undoReplaced(io.program, path, of, storage, '', names),
      next: verifyLine(formatAddress(address)),
      nextBeside: verifyLine,
      again: () =>
        address.type === 'file' && !args.overwrite && existsSync(address.location ?? '')
          ? `Run it again with --overwrite to go on: ${printable(args.file, 500)} is there now.`
          : undefined,
    },
  };
}
