/** What `diff` reads, and the order in which it says what it found. */
import { type ExitCode, exitCodes, printable, ReleasesError } from '../../errors.ts';
import { hideSecrets } from '../../inspect/diff/hide.ts';
import {
  compareWithLive,
  type LiveObject,
  liveAnswer,
  rollbackOnLive,
} from '../../inspect/diff/live.ts';
import {
  compareReleases,
  type DiffPart,
  diffParts,
  isEqual,
  type ReleaseDiff,
} from '../../inspect/diff/release.ts';
import { type RevisionWord, resolveRevision } from '../../inspect/revision.ts';
import type { Json } from '../../json.ts';
import { rollbackHooks } from '../../objects/hooks.ts';
import { readLive } from '../../objects/live.ts';
import { readManifest } from '../../objects/manifest.ts';
import { diffData } from '../../output/diff/data.ts';
import { hiddenData, hiddenWords } from '../../output/diff/hidden.ts';
import { printFields, printUnified } from '../../output/diff/screen.ts';
import { type DiffSide, heading, sideData, sideName } from '../../output/diff/words.ts';
import { printDocument } from '../../output/templates/document.ts';
import type { Format } from '../../output/templates/format.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { ReadArgs } from '../line/options.ts';
import { chooseReads, type Reads } from '../stores/stores.ts';
import { chooseRelease, liveApi, namespaceOfObjects, noteTied, readRevision } from './release.ts';

/** What is compared with what. */
export type Question =
  | {
      readonly is: 'revisions';
      readonly from: RevisionWord;
      readonly to: RevisionWord;
      /** `to` is another release's, or in another place. */
      readonly elsewhere: boolean;
    }
  | { readonly is: 'rollback'; readonly to: RevisionWord; readonly live?: boolean | undefined }
  | { readonly is: 'live'; readonly revision: RevisionWord };

export type DiffFormat = Format<'fields' | 'unified' | 'json' | 'yaml'>;

export interface DiffArgs extends ReadArgs {
  readonly name: string;
  readonly only?: readonly string[] | undefined;
  readonly all?: boolean | undefined;
  readonly 'show-secrets'?: boolean | undefined;
  readonly format: DiffFormat;
  readonly 'to-release'?: string | undefined;
  readonly 'to-namespace'?: string | undefined;
  readonly 'to-context'?: string | undefined;
  readonly 'to-storage'?: string | undefined;
  readonly 'to-helm'?: string | undefined;
}

interface Answer {
  readonly before: DiffSide;
  readonly after: DiffSide;
  readonly diff: ReleaseDiff;
}

/** @throws ReleasesError */
export async function compareSides(question: Question, args: DiffArgs, io: IO): Promise<ExitCode> {
  const reads = await chooseReads(args, io.env);
  try {
    return report(await answerOf(question, args, reads, io), question, args, io);
  } finally {
    reads.close();
  }
}

async function answerOf(question: Question, args: DiffArgs, reads: Reads, io: IO): Promise<Answer> {
  const found = await chooseRelease(reads, args.name, io);
  noteTied(found, io);
  const read = async (word: RevisionWord): Promise<DiffSide> => ({
    is: 'record',
    ...(await readRevision(found, word, reads, io)),
    store: found.source.storage,
  });
  const options = { parts: partsOf(question, args.only), allValues: args.all === true };
  if (question.is === 'live') {
    const before = await read(question.revision);
    const api = await liveApi(found, reads);
    const manifest = readManifest(before.release.manifest);
    const own = namespaceOfObjects(before, found, io);
    const live = await answersTo(manifest.objects, own, api);
    return {
      before,
      after: { ...before, is: 'live' },
      diff: { manifest: compareWithLive(manifest, live) },
    };
  }
  if (question.is === 'revisions') {
    const { from, elsewhere } = question;
    if (!elsewhere && from.back > 0) {
      const { revision } = await resolveRevision(found, { ...from, back: from.back - 1 });
      if (revision !== undefined && revision === found.revisions[0])
        throw nothingBefore(args, revision, found.revisions.length, reads, io);
    }
    const before = await read(question.from);
    const after = question.elsewhere
      ? await readElsewhere(question.to, args, io)
      : await read(question.to);
    return { before, after, diff: compareReleases(before.release, after.release, options) };
  }
  const [before, after] = [
    await read({ text: 'HEAD', is: 'newest', back: 0 }),
    await read(question.to),
  ];
  const diff = compareReleases(before.release, after.release, { ...options, rollback: true });
  if (!question.live || !diff.manifest) return { before, after, diff };
  const api = await liveApi(found, reads);
  const leaving = diff.manifest.changes.flatMap(({ change, object }) =>
    change === 'removed' || change === 'kept' ? [object] : [],
  );
  const own = namespaceOfObjects(after, found, io);
  const manifest = rollbackOnLive(
    diff.manifest,
    await answersTo(diff.manifest.after, own, api),
    await answersTo(leaving, own, api),
  );
  return { before, after, diff: { ...diff, manifest } };
}

async function answersTo(...asked: Parameters<typeof readLive>): Promise<LiveObject[]> {
  return (await readLive(...asked)).map(liveAnswer);
}

function nothingBefore(
  { name }: DiffArgs,
  oldest: number,
  count: number,
  { flags }: Reads,
  io: IO,
): ReleasesError {
  const shown = printable(name, 60);
  const only = count === 1;
  const message = only
    ? `release ${shown} has one revision, and nothing before it`
    : `revision ${oldest} of ${shown} is the oldest that is there: nothing is before it`;
  const compares = only ? '--live' : `${oldest} --live`;
  const hints = [
    `${io.program} diff ${shellQuote(name)} ${compares}${flags}  compares it with the cluster`,
  ];
  return new ReleasesError('NOT_FOUND', message, { hints });
}

/** Chart files say nothing about what a rollback does, and a cluster holds objects alone. */
function partsOf(question: Question, only: readonly string[] | undefined): ReadonlySet<DiffPart> {
  const wanted = diffParts.filter((part) =>
    only?.length ? only.includes(part) : question.is === 'revisions' || part !== 'files',
  );
  return new Set(wanted);
}

async function readElsewhere(word: RevisionWord, args: DiffArgs, io: IO): Promise<DiffSide> {
  const { 'to-namespace': namespace, 'to-storage': storage, 'to-helm': helm } = args;
  const context = args['to-context'];
  const there: ReadArgs = {
    ...args,
    ...(namespace === undefined ? {} : { namespace }),
    ...(context === undefined ? {} : { context }),
    ...(storage === undefined ? {} : { storage: [storage] }),
    ...(helm === undefined ? {} : { helm }),
  };
  const reads = await chooseReads(there, io.env);
  try {
    const found = await chooseRelease(reads, args['to-release'] ?? args.name, io);
    noteTied(found, io);
    const opened = await readRevision(found, word, reads, io);
    return { is: 'record', ...opened, store: found.source.storage, context };
  } finally {
    reads.close();
  }
}

function report(answer: Answer, question: Question, args: DiffArgs, io: IO): ExitCode {
  const { before, after } = answer;
  const { is } = args.format;
  const screen = is === 'fields' || is === 'unified' ? is : 'data';
  const hiding = hideSecrets(answer.diff, [before.release, after.release], screen);
  const diff = args['show-secrets'] ? answer.diff : hiding.diff;
  const hidden = args['show-secrets'] ? [] : hiding.hidden;
  const runs = question.is === 'rollback' ? rollbackHooks(after.release) : [];
  const data = () =>
    diffData(
      {
        ...sideData(before, after, question.is),
        ...(runs.length > 0 && { runs }),
        ...(hidden.length > 0 && { hidden: hiddenData(hidden) }),
      },
      diff,
    );
  const rows = () => ['objects', 'hooks'].flatMap((key) => (data()[key] ?? []) as readonly Json[]);
  if (printDocument(args.format, { data, rows }, io)) {
    // Printed.
  } else if (args.format.is === 'unified') {
    printUnified(diff, { before: sideName(before), after: sideName(after) }, io);
  } else {
    io.stdout.write(heading(before, after, question.is, diff, { runs, only: args.only ?? [] }));
    printFields(diff, io);
  }
  if (hidden.length > 0)
    note(io, `${hiddenWords(hidden)}; --show-secrets shows ${hidden.length === 1 ? 'it' : 'them'}`);
  const untold = noteUntold(answer, io);
  return untold ? exitCodes.usage : isEqual(diff) ? exitCodes.done : exitCodes.failed;
}

/** What could not be compared. */
function noteUntold({ before, after, diff }: Answer, io: IO): boolean {
  let untold = false;
  const sides = [
    ['before', before],
    ['after', after],
  ] as const;
  for (const [name, objects] of [
    ['manifest', diff.manifest],
    ['hooks', diff.hooks],
  ] as const) {
    for (const [key, side] of sides)
      for (const { document, unreadable } of objects?.unreadable[key] ?? []) {
        untold = true;
        note(
          io,
          `document ${document} of the ${name} of ${sideName(side)} can't be read: ${unreadable}; it is not compared`,
        );
      }
    untold ||= objects?.changes.some(({ change }) => change === 'unknown') ?? false;
  }
  return untold;
}
