/** `tree NAME`: the objects of a release, and what the cluster has of them. */
import { type ExitCode, exitCodes, isReleasesError, printable } from '../errors.ts';
import { parseRevision, revisionForms } from '../inspect/revision.ts';
import { chartName, statusWord } from '../inspect/rows.ts';
import { seeObjects } from '../objects/live.ts';
import type { ManifestObject } from '../objects/manifest.ts';
import { type ReleaseTree, type Seen, treeOf, wantedObjects } from '../objects/tree.ts';
import { documentForms, printDocument } from '../output/templates/document.ts';
import { type Format, parseFormat } from '../output/templates/format.ts';
import { note } from '../output/terminal/errors.ts';
import type { IO } from '../output/terminal/io.ts';
import { writeText } from '../output/terminal/text.ts';
import { objectNames, printTree, treeData, treeRows } from '../output/tree.ts';
import type { Release } from '../release.ts';
import { defineCommand } from './command.ts';
import { contextsOption, readOptions } from './line/options.ts';
import { chooseRelease, namespaceOfObjects, noteTied, readRevision } from './reading/release.ts';
import { chooseReads, type Reads } from './stores/stores.ts';

export const tree = defineCommand({
  name: 'tree',
  describe: 'show the objects of a release: live or missing, and whose they are',
  details: [
    'The objects of a revision by namespace and kind; hooks and tests apart, which are often gone.',
    "OWNED says what Helm's own metadata on the live object says: yes, no, or another release's name.",
    'Helm marks no hooks.',
    'Only metadata is asked for. Custom columns have a row for each object; -o name prints them as',
    'kubectl does.',
  ],
  examples: [
    ['tree billing', 'the objects of the newest revision'],
    ['tree billing --revision @deployed -o json', 'of the deployed one, as data'],
    ['tree billing -o custom-columns=KIND:.kind,NAME:.name,LIVE:.live', 'columns of your own'],
  ],
  arguments: { name: 'release', revision: 'optional' },
  inContexts: 'text',
  options: {
    revision: { type: 'string', describe: `which revision: ${revisionForms}; default: HEAD` },
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
    const revision = parseRevision(args.revision);
    const format = await parseFormat(args.output, ['tree', 'name', 'json', 'yaml']);
    const reads = await chooseReads(args, io.env);
    try {
      const found = await chooseRelease(reads, args.name, io);
      noteTied(found, io);
      const opened = await readRevision(found, revision, reads, io);
      const { release } = opened;
      const own = namespaceOfObjects(opened, found, io);
      const wanted = wantedObjects(release);
      const all = [...wanted.objects, ...wanted.hooks.map(({ object }) => object)];
      const inCluster = found.source.storage.capabilities.inCluster;
      const seen = await look(all, own, reads, inCluster, io);
      return print(release, treeOf(release, wanted, seen, own), format, io);
    } finally {
      reads.close();
    }
  },
});

/** A folder's release is shown without a cluster, too. */
async function look(
  objects: readonly ManifestObject[],
  own: string,
  reads: Reads,
  inCluster: boolean,
  io: IO,
): Promise<ReadonlyMap<ManifestObject, Seen>> {
  try {
    return await seeObjects(objects, own, (await reads.kube()).api);
  } catch (error) {
    if (inCluster || !isReleasesError(error, 'NO_CLUSTER')) throw error;
    note(io, 'there is no cluster to look into; what is live is not known');
    return new Map();
  }
}

function print(
  release: Release,
  shown: ReleaseTree,
  format: Format<'tree' | 'name' | 'json' | 'yaml'>,
  io: IO,
): ExitCode {
  const { name, namespace, revision, chart } = release;
  const data = () => ({
    ...{ release: name, namespace, revision, status: statusWord(release) },
    ...{ chart: chartName(chart), ...treeData(shown) },
  });
  if (format.is === 'name') {
    writeText(objectNames(shown), io);
  } else if (!printDocument(format, { data, rows: () => treeRows(shown) }, io)) {
    const parts = [`revision ${revision}`, statusWord(release), chartName(chart)].join(', ');
    io.stdout.write(`${printable(`${name} (${namespace}): ${parts}`, 400)}\n\n`);
    printTree(shown, io);
    io.stdout.write(`\n${summary(shown)}\n`);
  }
  for (const { hook, document, unreadable } of shown.unreadable) {
    const whose = hook === undefined ? 'the manifest' : `the hook ${printable(hook, 120)}`;
    note(io, `document ${document} of ${whose} can't be read: ${unreadable}; it is not shown`);
  }
  return shown.unreadable.length > 0 ? exitCodes.needsPerson : exitCodes.done;
}

/** `17 objects: 15 live, 2 missing, 1 not owned` */
function summary({ objects }: ReleaseTree): string {
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
