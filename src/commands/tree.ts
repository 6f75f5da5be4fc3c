/** `tree [NAME]`: the objects of releases, and what the cluster has of them. */
import type { OpenedRecord } from '../codecs/index.ts';
import { exitCodes, isReleasesError, printable } from '../errors.ts';
import { requireNamespaces } from '../inspect/namespaces.ts';
import { newestRevisions } from '../inspect/newest.ts';
import { parseRevision, type RevisionWord, revisionForms } from '../inspect/revision.ts';
import { chartName, type ReleaseRow, releaseRow, statusWord } from '../inspect/rows.ts';
import { mayBeOf, type ReadSource, readSources } from '../inspect/sources.ts';
import type { JsonObject } from '../json.ts';
import { seeObjects } from '../objects/live.ts';
import type { ManifestObject } from '../objects/manifest.ts';
import {
  type ReleaseTree,
  type Seen,
  treeOf,
  type WantedObjects,
  wantedObjects,
} from '../objects/tree.ts';
import { countOf } from '../output/plans/plan.ts';
import { documentForms, printDocument } from '../output/templates/document.ts';
import { type Format, parseFormat } from '../output/templates/format.ts';
import { note } from '../output/terminal/errors.ts';
import type { IO } from '../output/terminal/io.ts';
import { writeText } from '../output/terminal/text.ts';
import { objectNames, printTree, treeData, treeRows } from '../output/tree.ts';
import { reportUnreadable } from '../output/unreadable.ts';
import type { Release } from '../release.ts';
import { defineCommand } from './command.ts';
import { usage } from './line/arguments.ts';
import { contextsOption, readOptions } from './line/options.ts';
import { noteNothing } from './reading/nothingFound.ts';
import { chooseRelease, namespaceOfObjects, noteTied, readRevision } from './reading/release.ts';
import { chooseReads, notePartly, noteSkipped, type Reads, readAdvice } from './stores/stores.ts';

/** A revision with its objects, and no more of its record. */
interface Shown {
  readonly release: Pick<Release, 'name' | 'namespace' | 'revision'>;
  readonly status: string;
  readonly chart: string;
  /** Its objects are meant to be gone. */
  readonly uninstalled: boolean;
  readonly wanted: WantedObjects;
  /** Where its objects are that name no namespace. */
  readonly own: string;
  readonly inCluster: boolean;
}

export const tree = defineCommand({
  name: 'tree',
  describe: 'show the objects of releases: live or missing, how ready, and whose they are',
  details: [
    'The objects of a revision by namespace and kind; hooks and tests apart, which are often gone. Without',
    'NAME those of every release of the namespace, or of all namespaces (-A), at its newest revision.',
    'READY is as in kubectl: of workloads and Pods what is ready of what is wanted, of Jobs their',
    'completions, of volume claims whether they are bound.',
    "OWNED says what Helm's own metadata on the live object says: yes, no, or another release's name.",
    'Helm marks no hooks.',
    'Of what has no READY only metadata is asked for. Custom columns have a row for each object; -o name',
    'prints them as kubectl does.',
    '--fail-on-missing ends with exit code 3 where an object is not there, or nobody could look. Hooks',
    'do not count, nor what an uninstalled release has had.',
  ],
  examples: [
    ['tree billing', 'the objects of the newest revision'],
    [
      'tree -A --fail-on-missing',
      'of every release, for a check: exit code 3 where one is missing',
    ],
    ['tree billing @deployed -o json', 'of the deployed one, as data'],
    ['tree billing -o custom-columns=KIND:.kind,NAME:.name,LIVE:.live', 'columns of your own'],
  ],
  arguments: { name: 'optional release', revision: 'optional' },
  inContexts: 'text',
  options: {
    'all-namespaces': { type: 'boolean', alias: 'A', describe: 'releases of all namespaces' },
    revision: { type: 'string', describe: `which revision: ${revisionForms}; default: HEAD` },
    'fail-on-missing': {
      type: 'boolean',
      describe: 'exit code 3 where an object is not there',
    },
    output: {
      type: 'string',
      alias: 'o',
      default: 'tree',
      describe: `output format: tree, name, ${documentForms}`,
    },
    contexts: contextsOption('read'),
    ...readOptions,
  },
  async handler(args, io) {
    const { name } = args;
    if (name !== undefined && args['all-namespaces'])
      throw usage('NAME is one release; -A is all of them');
    if (name === undefined && args.revision !== undefined)
      throw usage('--revision is of one release: name it');
    const revision = parseRevision(args.revision);
    const format = await parseFormat(args.output, ['tree', 'name', 'json', 'yaml']);
    const reads = await chooseReads(args, io.env);
    try {
      const { all, unreadable } =
        name === undefined
          ? await everyRelease(reads, io)
          : { all: [await oneRelease(reads, name, revision, io)], unreadable: [] };
      const seen = await look(all, reads, io);
      const trees = all.map((shown): Tree => {
        return { shown, tree: treeOf(shown.release, shown.wanted, seen, shown.own) };
      });
      const isPrinted = print(trees, format, name === undefined, io);
      if (!isPrinted) await noteNothing(reads.sources, 0, io);
      const code = reportUnreadable(unreadable, io);
      const documents = noteDocuments(trees, io);
      const missing = args['fail-on-missing'] === true && trees.some(isLacking);
      return missing || documents ? exitCodes.needsPerson : code;
    } finally {
      reads.close();
    }
  },
});

interface Tree {
  readonly shown: Shown;
  readonly tree: ReleaseTree;
}

async function oneRelease(
  reads: Reads,
  name: string,
  revision: RevisionWord,
  io: IO,
): Promise<Shown> {
  const found = await chooseRelease(reads, name, io);
  noteTied(found, io);
  const opened = await readRevision(found, revision, reads, io);
  return shownOf(opened, found.source, io);
}

/** Of every release the newest revision, by namespace and name; what can't be read is a row. */
async function everyRelease(
  reads: Reads,
  io: IO,
): Promise<{ readonly all: readonly Shown[]; readonly unreadable: readonly ReleaseRow[] }> {
  const { results, skipped, partly } = await readSources(reads.sources, async (source) => {
    const keep = (opened: OpenedRecord) =>
      'release' in opened
        ? shownOf(opened, source, io)
        : { unreadable: releaseRow(opened, source.storage) };
    return { source, releases: await newestRevisions(source, keep) };
  });
  await requireNamespaces(
    reads.namedNamespaces,
    results.map(({ source }) => source),
    (one) => results.some(({ source, releases }) => source === one && releases.length === 0),
    () => reads.namespaceHints(io.program),
  );
  noteSkipped(skipped, readAdvice, io);
  notePartly(partly, io);
  const all: Shown[] = [];
  const unreadable: ReleaseRow[] = [];
  for (const { source, releases } of results)
    for (const one of releases)
      if ('unreadable' in one) unreadable.push(one.unreadable);
      else if (mayBeOf(source, one.release.namespace)) all.push(one);
  const idOf = ({ release: { namespace, name } }: Shown) => `${namespace}/${name}`;
  all.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  return { all, unreadable };
}

/** The objects without their fields: there may be those of thousands of releases. */
function shownOf(
  opened: Extract<OpenedRecord, { readonly release: Release }>,
  source: ReadSource,
  io: IO,
): Shown {
  const { release } = opened;
  const { name, namespace, revision, info } = release;
  const bare = (object: ManifestObject): ManifestObject => ({ ...object, fields: {} });
  const wanted = wantedObjects(release);
  return {
    release: { name, namespace, revision },
    status: statusWord(release),
    chart: chartName(release.chart),
    uninstalled: info?.status === 'uninstalled',
    wanted: {
      ...wanted,
      objects: wanted.objects.map(bare),
      hooks: wanted.hooks.map(({ object, hook }) => ({
        object: bare(object),
        hook: { ...hook, manifest: '' },
      })),
    },
    own: namespaceOfObjects(opened, { source }, io),
    inCluster: source.storage.capabilities.inCluster,
  };
}

/** A folder's release is shown without a cluster, too. */
async function look(
  all: readonly Shown[],
  reads: Reads,
  io: IO,
): Promise<ReadonlyMap<ManifestObject, Seen>> {
  if (all.length === 0) return new Map();
  const releases = all.map(({ wanted, own }) => ({
    objects: [...wanted.objects, ...wanted.hooks.map(({ object }) => object)],
    own,
  }));
  try {
    return await seeObjects(releases, (await reads.kube()).api);
  } catch (error) {
    const inCluster = all.some((one) => one.inCluster);
    if (inCluster || !isReleasesError(error, 'NO_CLUSTER')) throw error;
    note(io, 'there is no cluster to look into; what is live is not known');
    return new Map();
  }
}

/** Whether something isn't there that should be, or may not be. */
function isLacking({ shown, tree }: Tree): boolean {
  const isThere = ['live', 'being deleted'];
  return !shown.uninstalled && tree.objects.some(({ live }) => !isThere.includes(live));
}

/**
 * @param several all releases: data is a list then, and a line at the end sums them up
 * @returns whether there was anything to print
 */
function print(
  trees: readonly Tree[],
  format: Format<'tree' | 'name' | 'json' | 'yaml'>,
  several: boolean,
  io: IO,
): boolean {
  const documents = () => trees.map(dataOf);
  const rows = () =>
    trees.flatMap(({ shown: { release }, tree }) =>
      treeRows(tree, several ? { release: release.name, releaseNamespace: release.namespace } : {}),
    );
  const data = () => (several ? documents() : (documents()[0] ?? {}));
  // A JSONPath starts from releases, where there are several.
  const document = several && !('columns' in format) ? { data } : { data, rows };
  if (format.is === 'name') {
    writeText(trees.map(({ tree }) => objectNames(tree)).join(''), io);
    return true;
  }
  if (printDocument(format, document, io)) return true;
  if (trees.length === 0) return false;
  for (const [at, { shown, tree }] of trees.entries()) {
    const { name, namespace, revision } = shown.release;
    const parts = [`revision ${revision}`, shown.status, shown.chart].join(', ');
    const title = printable(`${name} (${namespace}): ${parts}`, 400);
    io.stdout.write(`${at === 0 ? '' : '\n'}${title}\n\n`);
    printTree(tree, io);
    io.stdout.write(`\n${summary(tree.objects)}\n`);
  }
  if (several && trees.length > 1) {
    const all = summary(trees.flatMap(({ tree }) => tree.objects));
    io.stdout.write(`\n${countOf(trees.length, 'release')}, ${all}\n`);
  }
  return true;
}

function dataOf({ shown: { release, status, chart }, tree }: Tree): JsonObject {
  const { name, namespace, revision } = release;
  return { ...{ release: name, namespace, revision, status, chart }, ...treeData(tree) };
}

/** Documents that are no objects. @returns whether there are any */
function noteDocuments(trees: readonly Tree[], io: IO): boolean {
  for (const { shown, tree } of trees)
    for (const { hook, document, unreadable } of tree.unreadable) {
      const whose = hook === undefined ? 'the manifest' : `the hook ${printable(hook, 120)}`;
      const of = trees.length > 1 ? ` of ${printable(shown.release.name, 60)}` : '';
      note(
        io,
        `document ${document} of ${whose}${of} can't be read: ${unreadable}; it is not shown`,
      );
    }
  return trees.some(({ tree }) => tree.unreadable.length > 0);
}

/** `17 objects: 15 live, 2 missing, 1 not owned` */
function summary(objects: ReleaseTree['objects']): string {
  const count = (what: string, is: (one: (typeof objects)[number]) => boolean) => {
    const found = objects.filter(is).length;
    return found > 0 ? [`${found} ${what}`] : [];
  };
  const parts = [
    ...count('live', ({ live }) => live === 'live'),
    ...count('being deleted', ({ live }) => live === 'being deleted'),
    ...count('missing', ({ live }) => live === 'missing' || live === 'unserved'),
    ...count('unknown', ({ live }) => live === 'unknown'),
    ...count('not owned', ({ owner }) => owner === 'none'),
    ...count("another release's", ({ owner }) => typeof owner === 'object'),
  ];
  const all = objects.length === 1 ? '1 object' : `${objects.length} objects`;
  return parts.length > 0 ? `${all}: ${parts.join(', ')}` : all;
}
