/** `diff NAME [A] [B]`: what differs between two revisions, in the records or in the cluster. */
import { exitCodes, typed } from '../errors.ts';
import { diffParts } from '../inspect/diff/release.ts';
import {
  isRevisionWord,
  parseRevision,
  revisionBefore,
  revisionForms,
} from '../inspect/revision.ts';
import { documentForms } from '../output/templates/document.ts';
import { parseFormat } from '../output/templates/format.ts';
import { shellQuote } from '../shellQuote.ts';
import { defineCommand } from './command.ts';
import { usage } from './line/arguments.ts';
import { readOptions } from './line/options.ts';
import { readReleaseWord } from './line/releaseWord.ts';
import { compareSides, type Question } from './reading/diffRun.ts';

const other = 'The other side:';

/** helm-diff's subcommands. A release may be called so, and then a revision follows. */
function helmDiffs(words: readonly string[], program: string) {
  const [first, name = 'NAME', ...more] = words.map((word) => shellQuote(typed(word, 120)));
  if (words.length < 2 || isRevisionWord(words[1] ?? '')) return undefined;
  const [third, fourth] = more;
  const lines = new Map([
    ['revision', [name, third, fourth].filter(Boolean).join(' ')],
    ['rollback', `${name} --rollback ${third ?? 'REVISION'}`],
    ['release', `${name} --to-release ${third ?? 'OTHER'}`],
  ]);
  const line = lines.get(words[0] ?? '');
  return line === undefined
    ? undefined
    : { message: `diff has no ${first}`, hints: [`${program} diff ${line}`] };
}

export const diff = defineCommand({
  name: 'diff',
  describe: 'show what differs between two revisions, releases or stores, or from the cluster',
  details: [
    `A and B are revisions: ${revisionForms}. Without them, the newest is compared with the one`,
    'before; with A alone, A with the newest. --to-release, --to-namespace, --to-context, --to-storage and',
    '--to-helm take B from elsewhere, and both are the newest there unless said otherwise.',
    'Objects are compared one by one and field by field: the order of keys and comments mean nothing.',
    'What Secrets hold, and values that go by a name like password, are not shown unless asked for; a',
    'line says that they differ.',
    '',
    '--rollback N shows what a rollback to N would change: from the newest revision to that one. With',
    '--live it counts what is in the cluster now: what was changed there by hand goes back, too.',
    '--live alone compares what the manifest says with the live objects.',
    'Custom columns have a row for each object that differs.',
  ],
  examples: [
    ['diff billing', 'what the last upgrade changed'],
    ['diff billing --revision 7', 'what the upgrade to revision 7 changed'],
    ['diff billing 3..7', 'from revision 3 to 7; 3 7 and billing@3 7 say the same'],
    ['diff billing @deployed HEAD -o unified', 'from the deployed revision to the failed one'],
    ['diff billing --rollback 12', 'what a rollback to 12 would change, object by object'],
    ['diff billing --live', 'what somebody changed in the cluster by hand'],
    ['diff billing -n staging --to-namespace prod --only values', 'two environments'],
    ['diff billing --to-storage dir:./backup', 'the cluster and a backup'],
    ['diff billing -n pay --to-context new', 'two clusters, after a move'],
  ],
  arguments: { name: 'release', a: 'optional', b: 'optional' },
  habit: helmDiffs,
  failsWith: exitCodes.usage,
  exitCodes: [
    'Exit codes, as diff has them:',
    '  0    nothing differs',
    '  1    something differs',
    '  2    wrong usage, an error, or something that could not be compared',
    '  130  interrupted: stopped by Ctrl-C or SIGTERM',
    '  143  ended at once by SIGTERM',
  ],
  options: {
    revision: {
      type: 'string',
      describe: 'what this revision changed: compare it with the one before it',
    },
    rollback: { type: 'string', describe: 'what a rollback to this revision would change' },
    live: { type: 'boolean', describe: 'compare with the objects in the cluster' },
    only: {
      type: 'string',
      array: true,
      choices: diffParts,
      describe: 'only this part; may be repeated',
    },
    all: { type: 'boolean', alias: 'a', describe: 'values: with those of the chart' },
    'show-secrets': { type: 'boolean', describe: 'hide nothing' },
    output: {
      type: 'string',
      alias: 'o',
      default: 'fields',
      describe: `output format: fields, unified, ${documentForms}`,
    },
    'to-release': { type: 'string', describe: 'compare with this release', group: other },
    'to-namespace': { type: 'string', describe: 'its namespace', group: other },
    'to-context': {
      type: 'string',
      describe: 'the kubeconfig context of its cluster',
      group: other,
    },
    'to-storage': { type: 'string', describe: 'where it is, like --storage', group: other },
    'to-helm': {
      type: 'string',
      choices: ['2', '3'],
      describe: 'whose records it is in, like --helm',
      group: other,
    },
    ...readOptions,
  },
  async handler(given, io) {
    const format = await parseFormat(given.output, ['fields', 'unified', 'json', 'yaml']);
    const args = { ...given, ...otherSide(given), format };
    const elsewhere = (
      ['to-release', 'to-namespace', 'to-context', 'to-storage', 'to-helm'] as const
    ).filter((flag) => args[flag] !== undefined);
    if (args.revision !== undefined) {
      const [more] = [
        args.rollback && '--rollback',
        args.live && '--live',
        args.a && 'A and B',
      ].filter((one) => one);
      if (more) throw usage(`--revision names both revisions; ${more} would say more`);
      if (elsewhere[0]) throw usage(`either --revision or --${elsewhere[0]}, not both`);
      const to = parseRevision(args.revision);
      const from = revisionBefore(to);
      return compareSides({ is: 'revisions', from, to, elsewhere: false }, args, io);
    }
    if (args.rollback !== undefined) {
      if (args.a !== undefined) throw usage('--rollback N names both revisions; A and B say more');
      if (elsewhere[0]) throw usage(`either --rollback or --${elsewhere[0]}, not both`);
      // Helm's own 0 is the revision before.
      const back = args.rollback === '0' ? 'HEAD~1' : args.rollback;
      return compareSides({ is: 'rollback', to: parseRevision(back), live: args.live }, args, io);
    }
    if (args.live) {
      if (args.b !== undefined) throw usage('--live compares one revision; B is one too many');
      if (elsewhere[0]) throw usage(`either --live or --${elsewhere[0]}, not both`);
      return compareSides({ is: 'live', revision: parseRevision(args.a) }, args, io);
    }
    const first = elsewhere.length > 0 || args.a !== undefined ? args.a : 'HEAD~1';
    const question: Question = {
      is: 'revisions',
      from: parseRevision(first),
      to: parseRevision(args.b),
      elsewhere: elsewhere.length > 0,
    };
    return compareSides(question, args, io);
  },
});

interface OtherSide {
  readonly b?: string | undefined;
  readonly 'to-release'?: string | undefined;
  readonly 'to-namespace'?: string | undefined;
}

/**
 * --to-release may be NAMESPACE/NAME@REVISION, too.
 * @throws ReleasesError USAGE where --to-namespace or B say otherwise
 */
function otherSide(given: OtherSide): OtherSide {
  const word = given['to-release'];
  if (word === undefined) return {};
  const { name, namespace = given['to-namespace'], revision = given.b } = readReleaseWord(word);
  for (const [flag, said] of [
    ['--to-namespace', given['to-namespace'] ?? namespace] as const,
    ['B', given.b ?? revision] as const,
  ])
    if (said !== (flag === 'B' ? revision : namespace))
      throw usage(
        `--to-release ${typed(word, 120)} and ${flag} ${typed(said ?? '', 63)} can't both hold`,
      );
  return { b: revision, 'to-release': name, 'to-namespace': namespace };
}
