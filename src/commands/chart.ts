/** `chart NAME`: the chart of a revision, out of its record. */
import { exitCodes, printable, ReleasesError, typed } from '../errors.ts';
import { toYaml } from '../go/yaml/write.ts';
import { type ExtractedChart, extractChart } from '../inspect/chart/extract.ts';
import { parseRevision, revisionForms } from '../inspect/revision.ts';
import { chartName } from '../inspect/rows.ts';
import { note } from '../output/terminal/errors.ts';
import type { IO } from '../output/terminal/io.ts';
import type { Release } from '../release.ts';
import { shellQuote } from '../shellQuote.ts';
import { defineCommand } from './command.ts';
import { usage } from './line/arguments.ts';
import { readOptions } from './line/options.ts';
import { writeChartArchive, writeChartFolder } from './reading/chartWrite.ts';
import { chooseRelease, noteTied, readRevision } from './reading/release.ts';
import { chooseReads, type Reads } from './stores/stores.ts';

export const chart = defineCommand({
  name: 'chart',
  describe: 'give a chart back from the record: templates, values, files',
  details: [
    'Writes the chart of a revision as a folder (-d) or as an archive (-o), for helm template, helm',
    'upgrade or helm package. Nothing is overwritten.',
    'Helm 2 kept subcharts in its records; Helm 3 and 4 do not. In the place of one that is not there, a',
    'chart of its name holds the objects that were rendered from it, as they were.',
    'What the record does not hold is said.',
  ],
  examples: [
    ['chart billing -d ./billing', 'the chart of the newest revision'],
    ['chart billing --revision @deployed -o billing.tgz', 'as helm package would pack it'],
    ['chart legacy -d ./legacy --storage dir:./dump', 'from a folder of manifests'],
  ],
  arguments: { name: 'release', revision: 'optional' },
  options: {
    revision: { type: 'string', describe: `which revision: ${revisionForms}; default: HEAD` },
    directory: { type: 'string', alias: 'd', describe: 'the folder to make' },
    output: { type: 'string', alias: 'o', describe: 'the archive to make: FILE.tgz' },
    ...readOptions,
  },
  async handler(args, io) {
    const { directory, output } = args;
    const revision = parseRevision(args.revision);
    if (directory !== undefined && output !== undefined)
      throw usage('either -d DIR or -o FILE.tgz, not both');
    if (directory === undefined && output === undefined)
      throw usage('where to? -d DIR makes a folder, -o FILE.tgz an archive');
    if (output !== undefined && !/\.(tgz|tar\.gz)$/.test(output))
      throw usage(`-o ${typed(output, 80)} is no FILE.tgz`);
    const reads = await chooseReads(args, io.env);
    try {
      const found = await chooseRelease(reads, args.name, io);
      noteTied(found, io);
      const { release } = await readRevision(found, revision, reads, io);
      const extracted = extracting(release);
      const place = directory ?? output ?? '';
      if (output === undefined) await writeChartFolder(place, extracted.files);
      else await writeChartArchive(place, extracted);
      io.stdout.write(screen(release, extracted, place, reads, io));
      for (const { name, why } of extracted.refused) note(io, `${name} is left out: ${why}`);
      return extracted.refused.length > 0 ? exitCodes.needsPerson : exitCodes.done;
    } finally {
      reads.close();
    }
  },
});

function extracting(release: Release): ExtractedChart {
  if (!release.chart?.metadata)
    throw new ReleasesError('NOT_FOUND', `revision ${release.revision} holds no chart`, {
      hints: ['another revision: --revision'],
    });
  return extractChart(release, toYaml);
}

function screen(
  release: Release,
  { files, lost }: ExtractedChart,
  place: string,
  reads: Reads,
  io: IO,
): string {
  const { name, namespace, revision } = release;
  const what = `${chartName(release.chart)} of ${name} (${namespace}), revision ${revision}`;
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  const values = `${io.program} get values ${shellQuote(name)}${reads.flags} --revision ${revision}`;
  const template = `helm template ${shellQuote(name)} ${shellQuote(place)} -n ${shellQuote(namespace)}`;
  const lines = [
    `${what}: ${count} in ${place}`,
    'Not in the record:',
    ...lost.map((line) => `  ${line}`),
    `Next: ${values} | ${template} -f -`,
  ];
  return lines.map((line) => `${printable(line, Number.POSITIVE_INFINITY)}\n`).join('');
}
