/** From the command line of `relocate` or `copy` to its plan, and to its end. */

import { type ExitCode, ReleasesError, typed } from '../../errors.ts';
import { adoptObject } from '../../migrate/adopt/adoptObject.ts';
import type { Engine } from '../../migrate/engine/engine.ts';
import { isMovable, type Plan, type ReleasePlan } from '../../migrate/plan.ts';
import { planRelocation } from '../../migrate/relocate/plan.ts';
import type { RelocateOptions } from '../../migrate/relocate/relocateOptions.ts';
import { surveyRelocationTarget } from '../../migrate/relocate/target.ts';
import { clusterNameOf } from '../../output/clusters.ts';
import { destinationText, nextLine } from '../../output/plans/destination.ts';
import { checkReport } from '../../output/plans/report.ts';
import { copying, relocating } from '../../output/plans/words.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import type { Owner } from '../../record.ts';
import type { Encryption } from '../../storage/archive/age.ts';
import { checkApart } from '../../storage/files/nested.ts';
import { isLive } from '../../storage/storage.ts';
import { clusterFlags, nextFlags } from '../hints/flags.ts';
import { encryptionOf, keysOf } from '../stores/archiveKeys.ts';
import { mustBePossible } from '../stores/archivePath.ts';
import { addressOf, driverKind } from '../stores/connections.ts';
import { originsOf } from '../stores/origins.ts';
import {
  besideBackup,
  openBackupStore,
  undoCommand,
  undoFlags,
  undoReplaced,
} from './backupStore.ts';
import { checkCount } from './carryOut.ts';
import { adoptionWanted } from './destination.ts';
import { checkRehearsal, throughOf } from './dryRun.ts';
import { noteLeft } from './leftBehind.ts';
import { planning } from './permissions.ts';
import type { PlannedMove } from './plannedMove.ts';
import type { RelocateArgs } from './relocateArgs.ts';
import { openRelocationEnds, type RelocationEnds } from './relocationEnds.ts';
import { withLiveObjects } from './relocationObjects.ts';
import { missingByEnd, permissionHints } from './relocationPermissions.ts';
import {
  checkAny,
  checkRelocationSelection,
  namespaceMap,
  selectRelocatable,
} from './relocationSelection.ts';
import { runPlan } from './run.ts';
import { askedWords, withEverywhere } from './selection.ts';
import { linesFromBackup, openWayBack } from './undoMove.ts';

/** @throws ReleasesError as `openRelocationEnds`; REFUSED */
export async function runRelocation(given: RelocateArgs, io: IO): Promise<ExitCode> {
  const args = withEverywhere(given);
  checkRelocationSelection(args, io);
  checkCount('concurrency', args.concurrency);
  const revisions = revisionsOf(args.revisions);
  ifNewestOf(args['if-newest']);
  await checkReport(args.report);
  if (args.to !== undefined) await mustBePossible(await addressOf(args.to));
  const encryption = await encryptionOf(args, io);
  const places = [args.from, args.to, args.backup];
  if (encryption && !places.some((place) => place && /^file:|\.zip$/.test(place)))
    throw new ReleasesError('USAGE', 'only an archive is encrypted', {
      hints: ['--to file:PATH.zip  makes one'],
    });
  const archives = {
    ...{ keys: await keysOf(args, io), encryption, asked: askedWords(args) },
    // What sources are deleted for is where it was said to be.
    beside: args['delete-source'] !== true,
  };
  const ends = await openRelocationEnds(args, io.env, throughOf(args), archives);
  try {
    return await runPlan(
      await io.whilePlanning(() => planned(args, revisions, ends, encryption, io)),
      args,
      io,
    );
  } finally {
    ends.close();
  }
}

async function planned(
  args: RelocateArgs,
  revisions: RelocateOptions['revisions'],
  ends: RelocationEnds,
  encryption: Encryption | undefined,
  io: IO,
): Promise<PlannedMove> {
  const { storage } = ends.to;
  checkRehearsal(args, storage);
  const adopts = adoptionWanted(args, storage, isLive(storage));
  const apart = await checkApart(
    ends.from.map((source) => source.storage),
    storage,
  );
  const { namespace } = ends;
  const sameStore = await ends.isSameStore();
  const sameCluster = await planning(ends.isSameCluster());
  checkChains(args, sameStore || sameCluster);
  const chosen = await planning(selectRelocatable({ ...args, namespace }, ends, io));
  checkAny(chosen, { ...args, namespace });
  if (namespace !== undefined && !args.namespace && chosen.releases.length === 0)
    note(io, `helm called this with the namespace ${namespace}; -A takes all namespaces`);
  if (!sameCluster && args.release.length === 0) await noteLeft(await ends.beside(), io);
  const target = await planning(
    surveyRelocationTarget(
      ...([storage, chosen.releases, chosen.stores, args.concurrency] as const),
      () => sameStore,
      chosen.beside,
    ),
  );
  const deleteSources = args['delete-source'] === true;
  const records = planRelocation(chosen.releases, target, {
    ...{ deleteSources, revisions, beside: chosen.beside },
    ifNewest: ifNewestOf(args['if-newest']),
    clusterFlags: clusterFlags(ends.toArgs),
    elsewhere: !sameCluster,
  });
  const clusters = await clustersOf(ends);
  const plan = await withLiveObjects({ ...records, clusters }, chosen.releases, args, adopts, ends);
  const adopt: Engine['adopt'] = async (_, step) => adoptObject((await ends.toKube()).api, step);
  const engine = { from: chosen.stores, to: storage, concurrency: args.concurrency, adopt };
  const sources = ends.from.map((source) => source.storage);
  const flags = await undoFlags(args, sources, ends.kube);
  const { toArgs } = ends;
  const targetFlags = await undoFlags(toArgs, [storage], ends.toKube);
  const renames = plan.releases.some(({ becomes }) => becomes !== undefined);
  const wayBack = await openWayBack(args, ends, renames, io.program, io.env);
  const missing = await missingByEnd(plan, engine, ends);
  return {
    plan,
    words: args.copies ? copying : relocating,
    where: destinationText(ends.to, clusters.to, plan),
    strays: chosen.strays,
    ...{ nothing: chosen.nothing, finished: chosen.finished },
    missing: [...missing.from, ...missing.to],
    permissionHints: () => permissionHints(plan, missing, args, io),
    ...{ engine, apart },
    openBackup: () =>
      openBackupStore(
        ...([args.backup, 'helm-backup', encryption] as const),
        () => originsOf(ends.from, ends.kube),
        [...sources, storage],
      ),
    openAside: () =>
      openBackupStore(
        ...([besideBackup(args.backup), 'helm-replaced', encryption] as const),
        () => originsOf([{ storage, selection: {} }], ends.toKube),
        [...sources, storage],
      ),
    undo: (path, names) => undoCommand(io.program, path, sources, flags, names),
    wayBack,
    ...(isLive(storage) &&
      sources.every(isLive) && {
        beside: (path: string, gone: readonly ReleasePlan[]) =>
          linesFromBackup(gone, sources, path, args, {
            ...{ program: io.program, driver: driverKind(io.env), flags },
          }),
      }),
    undoReplaced: (path, names, of = plan.releases) =>
      undoReplaced(io.program, path, of, storage, targetFlags, names),
    next: nextLine(ends.to, io.program, nextFlags(toArgs), ownersOf(plan)),
  };
}

/** Whose records move. */
function ownersOf({ releases }: Plan): ReadonlySet<Owner> {
  return new Set(releases.filter(isMovable).map(({ owner }) => owner));
}

/** Of both ends, as far as they are in a cluster. */
async function clustersOf({ from, to, kube, toKube }: RelocationEnds) {
  const inCluster = from.some(({ storage }) => storage.capabilities.inCluster);
  return {
    ...(inCluster && { from: clusterNameOf(await kube()) }),
    ...(to.storage.capabilities.inCluster && { to: clusterNameOf(await toKube()) }),
  };
}

/**
 * In one store, what a first run has moved a second one would move on.
 * @throws ReleasesError USAGE
 */
function checkChains(args: RelocateArgs, inOnePlace: boolean): void {
  const map = namespaceMap(args);
  const chained = [...map].find(([old, next]) => old !== next && map.has(next));
  if (!chained || !inOnePlace) return;
  const [old, next] = chained;
  throw new ReleasesError('USAGE', `--map-namespace ${old}=${next} leads to another one's source`, {
    why: ['run again, it would move what the first run has moved'],
    hints: ['one command after the other, or into another cluster'],
  });
}

/** @throws ReleasesError USAGE */
function ifNewestOf(texts: readonly string[] = []): RelocateOptions['ifNewest'] {
  const parts = texts.map((text) => /^([^=]+)=([1-9][0-9]{0,8}):([a-z-]*)$/.exec(text));
  const wrong = texts.find((_, at) => !parts[at]);
  if (wrong !== undefined)
    throw new ReleasesError(
      'USAGE',
      `--if-newest ${typed(wrong, 80)} is not NAME=REVISION:STATUS`,
      {
        hints: ['--if-newest billing=4:deployed'],
      },
    );
  return new Map(
    parts.flatMap((part) => {
      const [, name = '', revision, status = ''] = part ?? [];
      return part ? [[name, { revision: Number(revision), status }] as const] : [];
    }),
  );
}

/** @throws ReleasesError USAGE */
export function revisionsOf(text: string): RelocateOptions['revisions'] {
  if (text === 'all' || text === 'deployed') return text;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new ReleasesError(
    'USAGE',
    `--revisions is all, deployed or a number, not ${typed(text, 40)}`,
  );
}
