/** `get WHAT NAME`: what one revision holds, printed as helm prints it. */

import type { GoodRecord } from '../codecs/index.ts';
import { exitCodes } from '../errors.ts';
import { asFloats } from '../go/json/write.ts';
import { exactYaml, helmYaml } from '../go/yaml/write.ts';
import type { HelmShape } from '../helms.ts';
import { type RevisionWord, revisionForms } from '../inspect/revision.ts';
import { computedValues, userValues } from '../inspect/values.ts';
import type { Json } from '../json.ts';
import {
  describeMetadata,
  describeStatus,
  hooksText,
  metadataObject,
} from '../output/helm/describe.ts';
import { exactLine, jsonLine, structLine } from '../output/helm/json.ts';
import { type Format, parseFormat } from '../output/templates/format.ts';
import type { IO } from '../output/terminal/io.ts';
import { writeText } from '../output/terminal/text.ts';
import { helm3Labels, type RecordMeta } from '../record.ts';
import { defineCommand } from './command.ts';
import { usage } from './line/arguments.ts';
import { compatOptions, requireKnown, shapeOf } from './line/compat.ts';
import { contextsOption, readOptions } from './line/options.ts';
import { chooseRelease, noteTied, readRevision } from './reading/release.ts';
import { revisionFor } from './reading/revisionFor.ts';
import { chooseReads } from './stores/stores.ts';

interface Printing {
  /** Computed values, as helm calls them: the user's over the chart's. */
  readonly all: boolean;
  readonly shape: HelmShape;
  /** With helm's heading. */
  readonly exact: boolean;
  readonly revision: RevisionWord;
  readonly colour: boolean;
  readonly terminal: boolean;
}

interface Part {
  /** What helm prints without -o. */
  text(opened: GoodRecord, how: Printing): string;
  /** For -o json, yaml and jsonpath. */
  data(opened: GoodRecord, how: Printing): Json | Promise<Json>;
  /** helm has no -o for it. */
  readonly ours?: true;
  /** Its text has colours, and is harmless for a terminal already. */
  readonly painted?: true;
  /** `data` is a Go struct, whose members keep their order in JSON. */
  readonly struct?: true;
  /** helm prints what it makes of the record's numbers: float64. */
  readonly floats?: true;
}

const whats = ['values', 'manifest', 'hooks', 'notes', 'metadata', 'all'] as const;

/** What can be got. But for a terminal, text from the record is printed as it is: it was asked for by name. */
const parts: Readonly<{ [what in (typeof whats)[number]]: Part }> = {
  values: {
    text(opened, how) {
      const heading = how.all ? 'COMPUTED VALUES:\n' : 'USER-SUPPLIED VALUES:\n';
      const values = asFloats(valuesOf(opened, how));
      return how.exact ? `${heading}${exactYaml(values)}` : helmYaml(values);
    },
    floats: true,
    data: valuesOf,
  },
  manifest: {
    text: ({ release }) => `${release.manifest}\n`,
    ours: true,
    data: async ({ release }) => (await releaseData()).manifestList(release),
  },
  hooks: {
    text: ({ release }) => hooksText(release),
    ours: true,
    struct: true,
    data: async ({ release }, { shape }) => (await releaseData()).releaseData(release, shape).hooks,
  },
  notes: {
    text: ({ release }) => (release.info?.notes ? `NOTES:\n${release.info.notes}\n` : ''),
    ours: true,
    data: ({ release }) => release.info?.notes ?? '',
  },
  metadata: {
    struct: true,
    text: ({ release, record }, { shape, revision }) =>
      describeMetadata(release, labelsOf(record, revision), shape),
    data: ({ release, record }, { shape, revision }) =>
      metadataObject(release, labelsOf(record, revision), shape),
  },
  all: {
    text: ({ release }, { shape, exact, colour, terminal }) =>
      describeStatus(release, {
        ...{ shape, everything: true, description: false, exact, colour, terminal },
      }),
    painted: true,
    ours: true,
    struct: true,
    data: async ({ release }, { shape }) => (await releaseData()).releaseData(release, shape),
  },
};

function valuesOf({ release }: GoodRecord, { all, exact, shape }: Printing): Json {
  return all ? computedValues(release, exact ? shape : undefined) : userValues(release);
}

/** Loaded when it is asked for: it reads YAML. */
function releaseData() {
  return import('../output/helm/releaseData.ts');
}

/**
 * helm keeps its own labels out where it gets one revision, and leaves them in where it lists; a database's
 * lists have none of them (`Query` in pkg/storage/driver/sql.go).
 */
function labelsOf(
  { labels, kind }: RecordMeta,
  revision: RevisionWord,
): Readonly<{ [name: string]: string }> {
  if (revision.is !== 'number' && kind !== 'SQL') return labels;
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !helm3Labels.has(name)));
}

export const get = defineCommand({
  name: 'get',
  describe: 'print what a revision holds: values, manifest, hooks, notes, metadata, all',
  details: [
    'WHAT is one of:',
    '  values     the values the user gave; --all: the computed values, with those of the chart',
    '  manifest   the objects that were made from the templates',
    '  hooks      the hooks',
    '  notes      the notes of the chart',
    '  metadata   name, chart, versions, labels, status',
    '  all        all of this',
    '',
    'Values are printed without a heading, so that they can be piped into a file for helm -f.',
    '',
    'With -o json or yaml the manifest is a List of objects, hooks are a list, notes are a text, and all',
    "of it is the release: what status -o json prints, with the chart's metadata and all the values.",
    'A JSONPath of -o starts from what -o json prints: {.image} of values, {.items[*].kind} of a',
    'manifest. --template always starts from the release, whatever WHAT is: a JSONPath from what get all',
    '-o json prints, {.config.image}; a Go template as in helm, {{.Release.Config.image}}.',
  ],
  examples: [
    ['get values billing --revision @deployed', 'the values of what runs, after a failed upgrade'],
    ['get values billing --all -o json', 'the computed values, as JSON'],
    ["get values billing -o jsonpath='{.image}'", 'one value'],
    ['get manifest billing HEAD~1', 'what was applied before; billing@HEAD~1 says the same'],
    ['get all pay/billing@3', 'revision 3 of a release in another namespace'],
    ["get manifest billing -o jsonpath='{.items[*].kind}'", 'what kinds of objects it has'],
    ["get all billing --template '{{.Release.Info.Status}}'", 'as with helm'],
    ['get all legacy --storage dir:./dump', 'everything, from a folder of manifests'],
  ],
  arguments: { what: whats, name: 'release', revision: 'optional' },
  inContexts: 'documents',
  options: {
    revision: { type: 'string', describe: `which revision: ${revisionForms}; default: HEAD` },
    all: { type: 'boolean', alias: 'a', describe: 'values: with those of the chart' },
    output: {
      type: 'string',
      alias: 'o',
      describe: 'output format: table, json, yaml, jsonpath=TEMPLATE',
    },
    template: {
      type: 'string',
      describe:
        'print the release, whatever WHAT is, through a Go template, {{.Release.Name}}, or a JSONPath, {.info.status}',
    },
    contexts: contextsOption('read'),
    ...readOptions,
    ...compatOptions,
  },
  async handler(args, io) {
    const part = parts[args.what];
    if (args.what === 'metadata') requireKnown(args, 'get metadata', true);
    const format = await readFormat(args);
    const template = args.template
      ? await readTemplate(args.template, args.compat !== undefined)
      : undefined;
    const revision = revisionFor(args);
    const shape = shapeOf(args);
    const how = {
      all: args.all === true,
      shape,
      exact: args.compat !== undefined,
      revision,
      colour: io.colour,
      terminal: io.stdout.isTTY,
    };
    const reads = await chooseReads(args, io.env);
    try {
      const found = await chooseRelease(reads, args.name, io);
      const opened = await readRevision(found, revision, reads, io);
      noteTied(found, io);
      if (template) writeText(template(opened, shape, revision), io);
      else await print(part, opened, how, format, io);
      return exitCodes.done;
    } finally {
      reads.close();
    }
  },
});

interface FormatArgs {
  readonly what: (typeof whats)[number];
  readonly output?: string | undefined;
  readonly compat?: string | undefined;
  readonly template?: string | undefined;
}

async function readFormat({ what, output, compat, template }: FormatArgs): Promise<Format> {
  if (output !== undefined && compat !== undefined && parts[what].ours)
    throw usage(`helm's get ${what} has no -o`);
  if (output !== undefined && template !== undefined)
    throw usage('-o and --template are two ways to print: one of them');
  return parseFormat(output ?? 'table', ['table', 'json', 'yaml'], ['jsonpath']);
}

async function print(
  part: Part,
  opened: GoodRecord,
  how: Printing,
  format: Format,
  io: IO,
): Promise<void> {
  if (format.is === 'table') {
    const text = part.text(opened, how);
    if (part.painted) io.stdout.write(text);
    else writeText(text, io);
    return;
  }
  const data = await part.data(opened, how);
  const shown = part.floats ? asFloats(data) : data;
  const struct = how.exact ? exactLine : structLine;
  if (format.is === 'json') writeText(part.struct ? struct(shown) : jsonLine(shown), io);
  else if (format.is === 'yaml') writeText((how.exact ? exactYaml : helmYaml)(shown), io);
  else if (format.is === 'jsonpath') {
    const { printTemplate } = await import('../output/templates/templates.ts');
    printTemplate(format, { items: [], headers: true, root: data }, io);
  }
}

type ReleaseTemplate = (opened: GoodRecord, shape: HelmShape, revision: RevisionWord) => string;

/**
 * helm's --template is Go's alone; without --compat it may be a JSONPath, which has no `{{` anywhere.
 * @throws ReleasesError USAGE
 */
async function readTemplate(text: string, compat: boolean): Promise<ReleaseTemplate> {
  if (!compat && /^\s*\{/.test(text) && !text.includes('{{')) {
    const { parseJsonPath, renderJsonPath } = await import('../go/jsonpath/jsonpath.ts');
    const path = parseJsonPath(text.trim());
    const { releaseData: dataOf } = await releaseData();
    return ({ release }, shape) => renderJsonPath(path, dataOf(release, shape));
  }
  const { parseGoTemplate } = await import('../output/templates/goTemplate.ts');
  const template = parseGoTemplate(text);
  return ({ release, record }, shape, revision) =>
    template(release, shape.releaseLabels ? labelsOf(record, revision) : {}, shape);
}
