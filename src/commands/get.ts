/** `get WHAT NAME`: what one revision holds, printed as helm prints it. */
import { exitCodes, typed } from '../errors.ts';
import { parseRevision, revisionForms } from '../inspect/revision.ts';
import { computedValues, userValues } from '../inspect/values.ts';
import { describeAll, describeMetadata, metadataObject } from '../output/describe.ts';
import type { IO } from '../output/io.ts';
import { jsonLine, structLine } from '../output/json.ts';
import { toYaml } from '../output/yaml.ts';
import { usage } from './arguments.ts';
import { defineCommand } from './command.ts';
import { readOptions } from './options.ts';
import { chooseRelease, type GoodRecord, noteStrays, readRevision } from './release.ts';
import { chooseReads } from './stores.ts';

type Format = 'table' | 'json' | 'yaml';

interface Printing {
  /** `table` is what helm prints without -o. */
  readonly format: Format;
  readonly all: boolean;
}

interface Part {
  readonly formats: readonly Format[];
  print(opened: GoodRecord, how: Printing): string;
}

/** What can be got. Text from the record is printed as it is: it was asked for by name. */
const parts: Readonly<{ [what: string]: Part }> = {
  values: {
    formats: ['table', 'json', 'yaml'],
    print({ release }, { format, all }) {
      const values = all ? computedValues(release) : userValues(release);
      return format === 'json' ? jsonLine(values) : toYaml(values);
    },
  },
  manifest: { formats: ['table'], print: ({ release }) => `${release.manifest}\n` },
  hooks: {
    formats: ['table'],
    print: ({ release }) =>
      release.hooks.map((hook) => `---\n# Source: ${hook.path}\n${hook.manifest}\n`).join(''),
  },
  notes: {
    formats: ['table'],
    print: ({ release }) => (release.info?.notes ? `NOTES:\n${release.info.notes}\n` : ''),
  },
  metadata: {
    formats: ['table', 'json', 'yaml'],
    print({ release, record }, { format }) {
      if (format === 'table') return describeMetadata(release, record.labels);
      const metadata = metadataObject(release, record.labels);
      return format === 'json' ? structLine(metadata) : toYaml(metadata);
    },
  },
  all: { formats: ['table'], print: ({ release }) => describeAll(release) },
};

export const get = defineCommand({
  name: 'get',
  describe: 'print what a revision holds: values, manifest, hooks, notes, metadata, all',
  details: [
    'WHAT is one of:',
    '  values     the values the user gave; --all: those that the templates saw',
    '  manifest   the objects that were made from the templates',
    '  hooks      the hooks',
    '  notes      the notes of the chart',
    '  metadata   name, chart, versions, status',
    '  all        all of this',
    '',
    'Values are printed without a heading, so that they can be piped into a file for helm -f.',
  ],
  examples: [
    ['get values billing --revision 12', 'the values of an old revision'],
    ['get values billing --all -o json', 'every value that the templates saw, as JSON'],
    ['get manifest billing > billing.yaml', 'what was applied'],
    ['get all legacy --storage dir:./dump', 'everything, from a folder of manifests'],
  ],
  arguments: { what: 'required', name: 'required' },
  options: {
    revision: { type: 'string', describe: `which revision: ${revisionForms}; default: HEAD` },
    all: { type: 'boolean', alias: 'a', describe: 'values: with those of the chart' },
    output: {
      type: 'string',
      alias: 'o',
      choices: ['table', 'json', 'yaml'],
      describe: 'output format, for values and metadata',
    },
    ...readOptions,
  },
  async handler(args, io) {
    const part = Object.hasOwn(parts, args.what) ? parts[args.what] : undefined;
    if (!part) throw unknownPart(args.what);
    const format = args.output ?? 'table';
    if (!isFormat(format) || !part.formats.includes(format))
      throw usage(`get ${args.what} prints text; it has no -o ${format}`);
    const revision = parseRevision(args.revision);
    const reads = await chooseReads(args, io.env);
    try {
      const found = await chooseRelease(reads, args.name, io);
      const opened = await readRevision(found, revision, reads, io);
      noteStrays(found, io);
      print(part.print(opened, { format, all: args.all === true }), io);
      return exitCodes.done;
    } finally {
      reads.close();
    }
  },
});

function print(text: string, io: IO): void {
  if (text !== '') io.stdout.write(text);
}

function isFormat(text: string): text is Format {
  return text === 'table' || text === 'json' || text === 'yaml';
}

function unknownPart(what: string) {
  const known = Object.keys(parts).join(', ');
  return usage(`get can't print "${typed(what, 60)}"`, [`it prints ${known}`]);
}
