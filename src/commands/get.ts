/** `get WHAT NAME`: what one revision holds, printed as helm prints it. */
import { exitCodes, typed } from '../errors.ts';
import { parseRevision, type RevisionWord, revisionForms } from '../inspect/revision.ts';
import { computedValues, userValues } from '../inspect/values.ts';
import {
  describeMetadata,
  describeStatus,
  type HelmShape,
  hooksText,
  metadataObject,
} from '../output/helm/describe.ts';
import { helmReleaseJson } from '../output/helm/helmRelease.ts';
import { jsonLine, structLine } from '../output/helm/json.ts';
import { type Format, type PlainFormat, parseFormat } from '../output/templates/format.ts';
import { printTemplate } from '../output/templates/templates.ts';
import type { IO } from '../output/terminal/io.ts';
import { helmYaml } from '../output/yaml/yaml.ts';
import type { Json } from '../release.ts';
import { defineCommand } from './command.ts';
import { usage } from './line/arguments.ts';
import { compatOptions, shapeOf } from './line/compat.ts';
import { contextsOption, readOptions } from './line/options.ts';
import { chooseRelease, type GoodRecord, noteStrays, readRevision } from './reading/release.ts';
import { chooseReads } from './stores/stores.ts';

interface Printing {
  /** Values as templates saw them. */
  readonly all: boolean;
  readonly shape: HelmShape;
  /** With helm's heading. */
  readonly exact: boolean;
  readonly revision: RevisionWord;
}

interface Part {
  /** What helm prints without -o. */
  text(opened: GoodRecord, how: Printing): string;
  /** For -o json, yaml and jsonpath; absent: it is text and nothing else. */
  data?(opened: GoodRecord, how: Printing): Json;
  /** `data` is a Go struct, whose members keep their order in JSON. */
  readonly struct?: true;
}

const whats = ['values', 'manifest', 'hooks', 'notes', 'metadata', 'all'] as const;

/** What can be got. Text from the record is printed as it is: it was asked for by name. */
const parts: Readonly<{ [what in (typeof whats)[number]]: Part }> = {
  values: {
    text(opened, how) {
      const heading = how.all ? 'COMPUTED VALUES:\n' : 'USER-SUPPLIED VALUES:\n';
      return `${how.exact ? heading : ''}${helmYaml(valuesOf(opened, how))}`;
    },
    data: valuesOf,
  },
  manifest: { text: ({ release }) => `${release.manifest}\n` },
  hooks: { text: ({ release }) => hooksText(release) },
  notes: {
    text: ({ release }) => (release.info?.notes ? `NOTES:\n${release.info.notes}\n` : ''),
  },
  metadata: {
    struct: true,
    text: ({ release, record }, { shape, revision }) =>
      describeMetadata(release, labelsOf(record.labels, revision), shape),
    data: ({ release, record }, { shape, revision }) =>
      metadataObject(release, labelsOf(record.labels, revision), shape),
  },
  all: {
    text: ({ release }, { shape }) =>
      describeStatus(release, { shape, everything: true, description: false }),
  },
};

function valuesOf({ release }: GoodRecord, { all }: Printing): Json {
  return all ? computedValues(release) : userValues(release);
}

/** helm keeps its own labels out where it gets one revision, and leaves them in where it lists. */
function labelsOf(
  labels: Readonly<{ [name: string]: string }>,
  revision: RevisionWord,
): Readonly<{ [name: string]: string }> {
  if (revision.is !== 'number') return labels;
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !systemLabels.has(name)));
}

/** pkg/storage/driver/labels.go: `GetSystemLabels` */
const systemLabels = new Set(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt']);

export const get = defineCommand({
  name: 'get',
  describe: 'print what a revision holds: values, manifest, hooks, notes, metadata, all',
  details: [
    'WHAT is one of:',
    '  values     the values the user gave; --all: those that the templates saw',
    '  manifest   the objects that were made from the templates',
    '  hooks      the hooks',
    '  notes      the notes of the chart',
    '  metadata   name, chart, versions, labels, status',
    '  all        all of this',
    '',
    'Values are printed without a heading, so that they can be piped into a file for helm -f.',
    'A JSONPath of -o starts from what -o json prints; one of --template from the release: {.config}.',
  ],
  examples: [
    ['get values billing --revision @deployed', 'the values of what runs, after a failed upgrade'],
    ['get values billing --all -o json', 'every value that the templates saw, as JSON'],
    ["get values billing -o jsonpath='{.image}'", 'one value'],
    ['get manifest billing --revision HEAD~1', 'what was applied before'],
    ['get all x --template {{.Release.Name}}', 'as with helm'],
    ['get all legacy --storage dir:./dump', 'everything, from a folder of manifests'],
  ],
  arguments: { what: whats, name: 'required' },
  inContexts: 'documents',
  options: {
    revision: { type: 'string', describe: `which revision: ${revisionForms}; default: HEAD` },
    all: { type: 'boolean', alias: 'a', describe: 'values: with those of the chart' },
    output: {
      type: 'string',
      alias: 'o',
      describe: 'output format, for values and metadata: table, json, yaml, jsonpath=TEMPLATE',
    },
    template: {
      type: 'string',
      describe:
        'print the release through a Go template, {{.Release.Name}}, or a JSONPath, {.info.status}',
    },
    contexts: contextsOption('read'),
    ...readOptions,
    ...compatOptions,
  },
  async handler(args, io) {
    const part = parts[args.what];
    const plain: readonly PlainFormat[] = part.data ? ['table', 'json', 'yaml'] : ['table'];
    const format = await readFormat(args.what, args.output ?? 'table', plain);
    const template = args.template ? await readTemplate(args.template) : undefined;
    const revision = parseRevision(args.revision);
    const shape = shapeOf(args);
    const how = { all: args.all === true, shape, exact: args.compat !== undefined, revision };
    const reads = await chooseReads(args, io.env);
    try {
      const found = await chooseRelease(reads, args.name, io);
      const opened = await readRevision(found, revision, reads, io);
      noteStrays(found, io);
      if (template) write(template(opened, shape), io);
      else print(part, opened, how, format, io);
      return exitCodes.done;
    } finally {
      reads.close();
    }
  },
});

async function readFormat(
  what: string,
  text: string,
  plain: readonly PlainFormat[],
): Promise<Format> {
  if (plain.length === 1 && text !== 'table')
    throw usage(`get ${what} prints text; it has no -o ${typed(text, 40)}`);
  return parseFormat(text, plain, ['jsonpath']);
}

function print(part: Part, opened: GoodRecord, how: Printing, format: Format, io: IO): void {
  const data = format.is === 'table' ? undefined : part.data?.(opened, how);
  if (data === undefined) write(part.text(opened, how), io);
  else if (format.is === 'json') write(part.struct ? structLine(data) : jsonLine(data), io);
  else if (format.is === 'yaml') write(helmYaml(data), io);
  else if (format.is === 'jsonpath')
    printTemplate(format, { items: [], headers: true, root: data }, io);
}

type ReleaseTemplate = (opened: GoodRecord, shape: HelmShape) => string;

/** @throws ReleasesError USAGE */
async function readTemplate(text: string): Promise<ReleaseTemplate> {
  if (/^\s*\{(?!\{)/.test(text)) {
    const { parseJsonPath, renderJsonPath } = await import('../output/templates/jsonpath.ts');
    const path = parseJsonPath(text.trim());
    return ({ release }, shape) => renderJsonPath(path, helmReleaseJson(release, shape).data);
  }
  const { parseGoTemplate } = await import('../output/templates/goTemplate.ts');
  const { releaseFields } = await import('../output/templates/goFields.ts');
  const template = parseGoTemplate(text);
  return ({ release, record }) => template({ Release: releaseFields(release, record.labels) });
}

function write(text: string, io: IO): void {
  if (text !== '') io.stdout.write(text);
}
