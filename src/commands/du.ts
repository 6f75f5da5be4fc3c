/** `du [NAME]`: how much room releases take, and what takes it. */
import { type ExitCode, printable } from '../errors.ts';
import { anatomy } from '../inspect/fieldSizes.ts';
import { requireNamespaces } from '../inspect/namespaces.ts';
import { parseRevision, type RevisionWord } from '../inspect/revision.ts';
import { measure, type ReleaseSize } from '../inspect/sizes.ts';
import { mayBeOf, type ReadSource, readSources } from '../inspect/sources.ts';
import { prunable } from '../migrate/prune.ts';
import { countOf } from '../output/plans/plan.ts';
import {
  printReleases,
  printRevisions,
  revisionData,
  type SizedRelease,
  sizeData,
} from '../output/sizes.ts';
import { documentForms, printDocument } from '../output/templates/document.ts';
import { type Format, parseFormat } from '../output/templates/format.ts';
import type { IO } from '../output/terminal/io.ts';
import { size } from '../output/terminal/units.ts';
import { reportUnreadable } from '../output/unreadable.ts';
import { mapLimit } from '../parallel.ts';
import { defineCommand } from './command.ts';
import { usage } from './line/arguments.ts';
import { contextsOption, readOptions } from './line/options.ts';
import { noteNothing } from './reading/nothingFound.ts';
import { chooseRelease, existingRevision, noteTied } from './reading/release.ts';
import { chooseReads, notePartly, noteSkipped, type Reads, readAdvice } from './stores/stores.ts';

/** How many records are taken apart at the same time, on other threads. */
const atOnce = 4;

export const du = defineCommand({
  name: 'du',
  describe: 'show how much room releases take in their store, and what takes it',
  details: [
    'Sizes are bytes as the store counts them: packed. A Secret or a ConfigMap takes 1 MiB at most, and',
    'an upgrade whose record is larger fails. With NAME, revision by revision and field by field.',
    'A field has its share of the record, as far as what is packed together can be shared out.',
    'A JSONPath starts from {.items}, the releases.',
  ],
  examples: [
    ['du -A', 'every release, the largest first'],
    ['du billing', 'its revisions, and what takes the room in the largest'],
    ['du -A --sort-by .name --no-headers', 'in the order of their names, for a script'],
    ['du -A --keep 10 -o json', 'as data, with what keeping 10 revisions of each would free'],
  ],
  arguments: { name: 'optional release', revision: 'optional' },
  inContexts: 'text',
  options: {
    'all-namespaces': { type: 'boolean', alias: 'A', describe: 'releases of all namespaces' },
    keep: {
      type: 'number',
      default: 5,
      describe: 'how many revisions of each a pruning would keep, for the last line',
    },
    output: {
      type: 'string',
      alias: 'o',
      default: 'table',
      describe: `output format: table, ${documentForms}`,
    },
    'no-headers': { type: 'boolean', describe: 'leave the header line and the sum out' },
    'sort-by': {
      type: 'string',
      describe: 'sort by a field, as a JSONPath: .name, .bytes; with NAME its revisions: .revision',
    },
    contexts: contextsOption('read'),
    ...readOptions,
  },
  async handler(args, io) {
    if (args.keep < 1) throw usage('--keep must be at least 1');
    if (args.name !== undefined && args['all-namespaces'])
      throw usage('NAME is one release; -A is all of them');
    const revision = args.revision === undefined ? undefined : parseRevision(args.revision);
    const format = await parseFormat(args.output, ['table', 'json', 'yaml']);
    const reads = await chooseReads(args, io.env);
    try {
      const releases =
        args.name === undefined ? await all(reads, io) : await one(reads, args.name, revision, io);
      const sized = await mapLimit(releases, atOnce, takenApart);
      return await print(sized, { ...args, format, sources: reads.sources }, io);
    } finally {
      reads.close();
    }
  },
});

async function all(reads: Reads, io: IO): Promise<ReleaseSize[]> {
  const { results, skipped, partly } = await readSources(reads.sources, async (source) => {
    const sizes = await measure(source);
    return { source, sizes };
  });
  await requireNamespaces(
    reads.namedNamespaces,
    results.map(({ source }) => source),
    (source) => results.some((one) => one.source === source && one.sizes.length === 0),
    () => reads.namespaceHints(io.program),
  );
  noteSkipped(skipped, readAdvice, io);
  notePartly(partly, io);
  return results
    .flatMap(({ source, sizes }) => sizes.filter(({ namespace }) => mayBeOf(source, namespace)))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

/** @param wanted this revision alone */
async function one(
  reads: Reads,
  name: string,
  wanted: RevisionWord | undefined,
  io: IO,
): Promise<ReleaseSize[]> {
  const found = await chooseRelease(reads, name, io);
  noteTied(found, io);
  const { source, namespace, owner } = found;
  const revision = wanted && (await existingRevision(found, wanted, reads, io));
  const selection = { ...source.selection, namespace, owner };
  const sizes = await measure({ ...source, selection }, name, revision);
  return sizes.filter((size) => size.name === name);
}

async function takenApart(release: ReleaseSize): Promise<SizedRelease> {
  const { largest } = release;
  if (!largest) return { release, anatomy: undefined };
  const found = await anatomy(largest.release, largest.record.payload.length);
  return { release, anatomy: found };
}

/** What `prune --keep` would free, by the function that it goes by. */
function freedBy({ records }: ReleaseSize, keep: number) {
  const going = prunable(records, { keep, now: Date.now() });
  return { records: going.length, bytes: going.reduce((sum, { bytes }) => sum + bytes, 0) };
}

interface PrintArgs {
  readonly name?: string | undefined;
  /** One alone is shown, of which no pruning would leave anything. */
  readonly revision?: string | undefined;
  readonly format: Format;
  readonly sources: readonly ReadSource[];
  readonly keep: number;
  readonly 'no-headers'?: boolean | undefined;
  readonly 'sort-by'?: string | undefined;
}

async function print(
  measured: readonly SizedRelease[],
  args: PrintArgs,
  io: IO,
): Promise<ExitCode> {
  const { name, format, keep, revision } = args;
  const headers = !args['no-headers'];
  const sized = await inOrder(measured, args);
  const dataOf = (one: SizedRelease) =>
    sizeData(one, revision === undefined ? freedBy(one.release, keep) : undefined);
  if (printDocument(format, { data: () => sized.map(dataOf), headers }, io)) {
    // Printed.
  } else if (sized.length === 0) {
    await noteNothing(args.sources, 0, io);
  } else {
    const [first] = sized;
    if (name !== undefined && first) printRevisions(first, headers, io);
    else printReleases(sized, headers, io);
    if (headers && revision === undefined) io.stdout.write(`\n${lastLine(sized, name, keep)}\n`);
  }
  const rows = sized.flatMap(({ release }) => release.records.map(({ row }) => row));
  return reportUnreadable(rows, io);
}

/** Releases, or the revisions of the one that was named. */
async function inOrder(
  sized: readonly SizedRelease[],
  { name, keep, 'sort-by': path }: PrintArgs,
): Promise<readonly SizedRelease[]> {
  if (path === undefined) return sized;
  const { sortedBy } = await import('../output/templates/templates.ts');
  if (name === undefined)
    return sortedBy(sized, path, (one) => sizeData(one, freedBy(one.release, keep)));
  return Promise.all(
    sized.map(async ({ release, anatomy }) => {
      const records = sortedBy(release.records, path, revisionData);
      return { release: { ...release, records }, anatomy };
    }),
  );
}

/** `41 releases, 312 revisions, 13.2 MiB. Keeping 5 revisions of each would free 7.1 MiB.` */
function lastLine(sized: readonly SizedRelease[], name: string | undefined, keep: number): string {
  const records = sized.reduce((sum, { release }) => sum + release.records.length, 0);
  const bytes = sized.reduce((sum, { release }) => sum + release.bytes, 0);
  const freed = sized.map(({ release }) => freedBy(release, keep));
  const freedBytes = freed.reduce((sum, one) => sum + one.bytes, 0);
  const freedRecords = freed.reduce((sum, one) => sum + one.records, 0);
  const what = name === undefined ? countOf(sized.length, 'release') : printable(name, 80);
  const each = name === undefined ? ' of each' : '';
  const saving =
    freedRecords === 0
      ? 'would free nothing'
      : `would free ${size(freedBytes)} (${countOf(freedRecords, 'record')})`;
  return `${what}, ${countOf(records, 'revision')}, ${size(bytes)}. Keeping ${countOf(keep, 'revision')}${each} ${saving}.`;
}
