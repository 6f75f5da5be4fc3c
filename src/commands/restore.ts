/** `restore`: records from a folder go back to where they were. */
import { exitCodes, printable, ReleasesError, typed } from '../errors.ts';
import type { Need } from '../kube/access.ts';
import { outcomesAs } from '../migrate/apply.ts';
import { countPlan, planData } from '../migrate/plan.ts';
import { planRestore, type RestoreTarget } from '../migrate/planRestore.ts';
import { ask } from '../output/ask.ts';
import type { IO } from '../output/io.ts';
import { needsPerson, number, printData, printOutcomes, printPlan } from '../output/plan.ts';
import { restoring } from '../output/words.ts';
import { mapLimit } from '../parallel.ts';
import { identify, type ReadRecord, refId } from '../record.ts';
import { isNamespaced } from '../storage/address.ts';
import { combine } from '../storage/combine.ts';
import { anyOwner } from '../storage/labelled.ts';
import type { Storage } from '../storage/storage.ts';
import { carryOut, checkCount, exitCodeOf } from './carryOut.ts';
import { defineCommand } from './command.ts';
import { addressOf, openStores, type Stores } from './connections.ts';
import type { ClusterArgs } from './options.ts';
import { lacking, missingData, missingFor, planning } from './planPermissions.ts';
import { clusterFlags, namespaceFlags, word } from './roleLine.ts';
import { concurrencyOption, planOutputOption } from './runOptions.ts';

const group = 'Restoring:';

export const restore = defineCommand({
  name: 'restore',
  describe: 'put records from a folder back where they were',
  details: [
    'Reads a folder of records, such as the backup that a migration makes before it deletes, and',
    'creates those that are missing: same kind, namespace, name, labels and payload. A record that',
    'is there with other content is never overwritten. Every record is read back and compared.',
  ],
  examples: [
    ['restore ./helm2-backup-20261120T180411Z --dry-run', 'show what would be put back'],
    ['restore ./helm2-backup-20261120T180411Z billing --yes', 'put one release back'],
    ['restore ./backup --to dir:./tiller --yes', 'into another folder'],
  ],
  arguments: { folder: 'required', release: 'many' },
  interruptible: true,
  options: {
    to: { type: 'string', describe: 'restore into dir:PATH instead of the cluster', group },
    'dry-run': { type: 'boolean', describe: 'show the plan and write nothing', group },
    yes: { type: 'boolean', alias: 'y', describe: "don't ask before writing", group },
    concurrency: concurrencyOption(group),
    output: planOutputOption(group),
  },
  async handler(args, io) {
    checkCount('concurrency', args.concurrency);
    const stores = openStores(args as ClusterArgs, io.env);
    try {
      const from = anyOwner((await stores.open({ type: 'dir', location: args.folder })).storage);
      const records = await recordsIn(from, args.release);
      const to = await openTarget(args.to, stores);
      const there = await planning(survey(to, records, args.concurrency));
      const plan = planRestore(from.address, records, there);
      const counts = countPlan(plan);
      const waiting = needsPerson(plan.releases);
      const asTable = args.output === 'table';
      if (asTable) printPlan(plan, to.address, io, restoring, '');
      const engine = { from: new Map([[from.address, from]]), to, concurrency: args.concurrency };
      const missing = await missingFor(plan, engine, stores.kube);
      if (counts.movable === 0 || args['dry-run'] || missing.length > 0) {
        const left = waiting > 0 ? ` ${number(waiting, 'release')} left alone.` : '';
        const dry = args['dry-run'] ? 'Dry run: nothing was written' : 'Nothing was written';
        const what = counts.movable === 0 ? 'Nothing to do' : dry;
        if (asTable) io.stdout.write(`\n${what}.${left}\n`);
        else printData({ ...planData(plan), ...missingData(missing) }, args.output, io);
        if (missing.length > 0) throw lacking(missing, [roleHint(missing, io)]);
        if (waiting === 0) return exitCodes.done;
        return counts.movable + counts.done === 0 ? exitCodes.refused : exitCodes.needsPerson;
      }
      const question = `Create ${number(counts.creates, 'record')} of ${number(counts.movable, 'release')}?`;
      if (!args.yes && !(await ask(question, io))) {
        io.stderr.write('Nothing was written.\n');
        return exitCodes.done;
      }
      const done = await carryOut(plan, engine, 'Restoring', io);
      const { outcomes } = done;
      const data = { ...planData(plan), outcomes: outcomesAs('restored', outcomes) };
      const next = listLine(to, args as ClusterArgs, io);
      if (asTable) printOutcomes({ ...done, next, doing: 'restoring' }, io);
      else printData(data, args.output, io);
      return exitCodeOf(outcomes, waiting);
    } finally {
      stores.close();
    }
  },
});

/** Records go back to their storage namespaces, which are not their releases' own. */
function roleHint(missing: readonly Need[], io: IO): string {
  const namespaces = missing.flatMap(({ namespace }) => namespace ?? []);
  return `${io.program} rbac restore${namespaceFlags(namespaces)}  prints a Role for it`;
}

function listLine(to: Storage, args: ClusterArgs, io: IO): string {
  if (to.capabilities.inCluster) return `${io.program} list -A${clusterFlags(args)}`;
  return `${io.program} list --storage ${word(to.address)}`;
}

async function recordsIn(from: Storage, names: readonly string[]): Promise<ReadRecord[]> {
  const wanted = new Set(names);
  const records: ReadRecord[] = [];
  const found = new Set<string>();
  for await (const page of from.list({}))
    for (const record of page) {
      const identity = identify(record);
      const name = 'name' in identity ? identity.name : record.key;
      found.add(name);
      if (wanted.size === 0 || wanted.has(name)) records.push(record);
    }
  // A folder that was mistyped must not look like one that is restored already.
  if (found.size === 0)
    throw new ReleasesError(
      'NOT_FOUND',
      `there are no records in ${printable(from.address, 1000)}`,
      {
        hints: ['the folder that a backup went to: the line that begins with Undo names it'],
      },
    );
  for (const name of names)
    if (!found.has(name))
      throw new ReleasesError('NOT_FOUND', `no release "${typed(name)}" in ${from.address}`);
  return records;
}

/** Both kinds of record a cluster keeps, or one folder. */
async function openTarget(to: string | undefined, stores: Stores): Promise<Storage> {
  if (to === undefined)
    return combine('the cluster', [
      await stores.ofKind('Secret'),
      await stores.ofKind('ConfigMap'),
    ]);
  const address = await addressOf(to);
  if (isNamespaced(address))
    throw new ReleasesError('USAGE', 'records go back into the cluster as they were', {
      hints: ['leave --to away, or give it a folder: --to dir:PATH'],
    });
  return (await stores.open(address, true)).storage;
}

async function survey(
  to: Storage,
  records: readonly ReadRecord[],
  concurrency: number,
): Promise<RestoreTarget> {
  const taken = new Map<string, ReadRecord>();
  const closedNamespaces = new Map<string, string>();
  await mapLimit(records, concurrency, async (record) => {
    const there = await to.get(record);
    if (there) taken.set(refId(record), there);
  });
  await mapLimit(
    [...new Set(records.map(({ namespace }) => namespace))],
    concurrency,
    async (ns) => {
      const closed = await to.closedNamespace?.(ns);
      if (closed) closedNamespaces.set(ns, closed);
    },
  );
  return { address: to.address, taken, closedNamespaces };
}
