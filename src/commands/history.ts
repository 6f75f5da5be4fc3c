/** `history NAME`: every revision of one release. */
import { openRecord } from '../codecs/index.ts';
import type { FoundRelease } from '../inspect/find.ts';
import { type ReleaseRow, releaseRow } from '../inspect/rows.ts';
import { printHistory } from '../output/releases.ts';
import { reportUnreadable } from '../output/unreadable.ts';
import { defineCommand } from './command.ts';
import { readOptions } from './options.ts';
import { chooseRelease } from './release.ts';
import { chooseReads } from './stores.ts';

export const history = defineCommand({
  name: 'history',
  describe: "show a release's revisions",
  details: [
    'A revision that can not be read is a row that says why; the others are shown all the same.',
  ],
  examples: [
    ['history billing', 'every revision, the oldest first'],
    ['history billing --max 5 -o json', 'the five newest, as JSON'],
    ['history legacy --helm 2 -n pay', 'what Tiller keeps of a release that lives in Helm 3 too'],
  ],
  arguments: { name: 'required' },
  options: {
    max: { type: 'number', default: 256, describe: 'how many revisions to show, from the newest' },
    output: {
      type: 'string',
      alias: 'o',
      choices: ['table', 'json', 'yaml'],
      default: 'table',
      describe: 'output format',
    },
    ...readOptions,
  },
  async handler(args, io) {
    const reads = await chooseReads(args, io.env);
    try {
      const release = await chooseRelease(reads, args.name, io);
      const rows = await historyRows(release);
      const shown = args.max === 0 ? [] : rows.slice(-args.max);
      printHistory(shown, args.output, io);
      return reportUnreadable(shown, io);
    } finally {
      reads.close();
    }
  },
});

/** Ascending by revision; records without one come first, so that --max keeps the newest. */
async function historyRows(release: FoundRelease): Promise<ReleaseRow[]> {
  const { source, owner, kind, namespace, name } = release;
  const rows: ReleaseRow[] = [];
  for await (const page of source.storage.list({ ...source.selection, namespace, owner, name }))
    for (const record of page)
      if (record.kind === kind && record.namespace === namespace)
        rows.push(releaseRow(openRecord(record), source.storage));
  return rows.sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
}
