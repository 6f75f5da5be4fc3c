/** `status NAME`: how a release fares, with the live state of every object in its manifest. */
import { exitCodes, printable, ReleasesError } from '../errors.ts';
import { exactYaml, helmYaml } from '../go/yaml/write.ts';
import { revisionForms } from '../inspect/revision.ts';
import { type Resources, readResources } from '../objects/resources.ts';
import { describeStatus } from '../output/helm/describe.ts';
import { helmReleaseJson } from '../output/helm/helmRelease.ts';
import { resourcesObject, resourcesText } from '../output/resources.ts';
import { parseFormat } from '../output/templates/format.ts';
import { printTemplate } from '../output/templates/templates.ts';
import { note } from '../output/terminal/errors.ts';
import { tableWidth } from '../output/terminal/io.ts';
import { writeText } from '../output/terminal/text.ts';
import { defineCommand } from './command.ts';
import { compatOptions, requireKnown, shapeOf } from './line/compat.ts';
import { contextsOption, readOptions } from './line/options.ts';
import {
  chooseRelease,
  liveApi,
  namespaceOfObjects,
  noteTied,
  readRevision,
} from './reading/release.ts';
import { revisionFor } from './reading/revisionFor.ts';
import { chooseReads } from './stores/stores.ts';

export const status = defineCommand({
  name: 'status',
  describe: "show a release's status and the live state of its objects",
  details: [
    "Prints what helm 4's status prints: where and when the release was deployed, its description, its",
    'objects as they are in the cluster, its last tests and its notes. Objects that are not there, or',
    'may not be read, are named below the others.',
    '',
    'Records in a folder, an archive or a database say nothing of a cluster: --show-resources asks the',
    'one of the kubeconfig. A JSONPath sees what -o json prints: {.info.status}, {.config}.',
  ],
  examples: [
    ['status billing', 'the newest revision'],
    ['status billing --revision HEAD~1 --show-resources=false', 'what the one before was'],
    ["status billing -o jsonpath='{.info.status}'", 'one word for a script'],
    ['status billing --compat helm3 --show-desc', 'as helm 3 prints it'],
  ],
  arguments: { name: 'release', revision: 'optional' },
  inContexts: 'text',
  options: {
    revision: { type: 'string', describe: `which revision: ${revisionForms}; default: HEAD` },
    'show-desc': { type: 'boolean', describe: 'the description, where --compat helm3 hides it' },
    'show-resources': {
      type: 'boolean',
      describe: 'the live objects; default: yes for records in a cluster, no with --compat helm3',
    },
    output: {
      type: 'string',
      alias: 'o',
      default: 'table',
      describe: 'output format: table, json, yaml, jsonpath=TEMPLATE',
    },
    contexts: contextsOption('read'),
    ...readOptions,
    ...compatOptions,
  },
  async handler(args, io) {
    const format = await parseFormat(args.output, ['table', 'json', 'yaml'], ['jsonpath']);
    const revision = revisionFor(args);
    const shape = shapeOf(args);
    requireKnown(args, 'status --show-resources', args['show-resources']);
    const reads = await chooseReads(args, io.env);
    try {
      const found = await chooseRelease(reads, args.name, io);
      const opened = await readRevision(found, revision, reads, io);
      const { release } = opened;
      noteTied(found, io);
      const inCluster = found.source.storage.capabilities.inCluster;
      const wanted = args['show-resources'] ?? (shape.major === 4 && (inCluster || !!args.compat));
      const text = format.is === 'table';
      const live = wanted
        ? await readResources(
            await liveApi(found, reads, '--show-resources=false  shows what the record says'),
            release.manifest,
            namespaceOfObjects(opened, found, io),
            { form: text ? 'table' : 'object', exact: args.compat !== undefined },
          )
        : { objects: [], pods: [], unreadable: [] };
      if (args.compat !== undefined) requireObjects(live);
      else
        for (const { document, unreadable } of live.unreadable)
          note(io, `document ${document} of the manifest can't be read: ${unreadable}`);
      if (text) {
        const width = args.compat === undefined ? tableWidth(io.stdout) : undefined;
        const resources = resourcesText(live, args.compat !== undefined, width);
        const description = args['show-desc'] === true;
        const exact = args.compat !== undefined;
        const terminal = io.stdout.isTTY;
        const look = {
          ...{ shape, everything: false, description, resources, colour: io.colour, exact },
          terminal,
        };
        io.stdout.write(describeStatus(release, look));
        return exitCodes.done;
      }
      const json = helmReleaseJson(release, shape, resourcesObject(live));
      if (format.is === 'json') writeText(`${json.text}\n`, io);
      else if (format.is === 'jsonpath')
        printTemplate(format, { items: [], headers: true, root: json.data }, io);
      else writeText((args.compat === undefined ? helmYaml : exactYaml)(json.data), io);
      return exitCodes.done;
    } finally {
      reads.close();
    }
  },
});

/**
 * helm shows nothing of a release whose manifest it can't read, or that holds a kind which the server doesn't
 * know: `KubeClient.Build` in pkg/action/status.go.
 * @throws ReleasesError UNREADABLE, NOT_FOUND
 */
function requireObjects({ objects, unreadable: [first] }: Resources): void {
  if (first)
    throw new ReleasesError(
      'UNREADABLE',
      `document ${first.document} of the manifest can't be read: ${first.unreadable}`,
      { hints: ['without --compat, which shows the rest'] },
    );
  const unknown = objects.find(({ is }) => is === 'unserved');
  if (!unknown) return;
  const { apiVersion, kind, name } = unknown.object;
  throw new ReleasesError(
    'NOT_FOUND',
    printable(`the server has no kind "${kind}" in version "${apiVersion}", of which "${name}" is`),
    { hints: ['without --compat, which shows the rest'] },
  );
}
