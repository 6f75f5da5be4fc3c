/** Several clusters, one after the other's answer or side by side: the contexts that `--contexts` names. */

import type { Environment } from '../../environment.ts';
import {
  type ExitCode,
  exitCodes,
  isReleasesError,
  printable,
  ReleasesError,
  typed,
} from '../../errors.ts';
import { globExpression } from '../../glob.ts';
import { reportError } from '../../output/terminal/errors.ts';
import type { IO, Out } from '../../output/terminal/io.ts';
import { mapLimit } from '../../parallel.ts';
import { namedCluster } from '../hints/clusterHints.ts';
import type { ClusterArgs } from '../line/options.ts';

export interface FleetArgs extends ClusterArgs {
  readonly contexts?: readonly string[] | undefined;
  readonly storage?: readonly string[] | undefined;
  readonly 'helm-release-storage-type'?: string | undefined;
}

/** How many clusters are spoken to at once. */
const atOnce = 4;

/**
 * The contexts that the patterns name, in alphabetical order.
 * @throws ReleasesError NOT_FOUND for a pattern that names none, USAGE, KUBECONFIG
 */
export async function contextsOf(args: FleetArgs, env: Environment): Promise<readonly string[]> {
  for (const flag of ['context', 'cluster', 'server'] as const)
    if (args[flag])
      throw new ReleasesError('USAGE', `--contexts and --${flag} can't both hold`, {
        why: ['each context names its own cluster'],
      });
  const outside = args.storage?.find((address) => !/^(secret|configmap)s?(:|$)/.test(address));
  if (outside !== undefined)
    throw new ReleasesError(
      'USAGE',
      `--contexts and --storage ${typed(outside, 80)} can't both hold`,
      { why: ['it is in no cluster, and would be read once for each'] },
    );
  const type = args['helm-release-storage-type'];
  if (type === 'sql' || (!type && !args.storage?.length && env.HELM_DRIVER === 'sql'))
    throw new ReleasesError(
      'USAGE',
      `--contexts and ${type ? '--helm-release-storage-type sql' : 'HELM_DRIVER=sql'} can't both hold`,
      {
        why: ['a database is in no cluster, and would be read once for each'],
        hints: ['--helm-release-storage-type secret, or without --contexts'],
      },
    );
  const { kubeconfigFiles, readKubeconfig, readKubePipes } = await import(
    '../../kube/kubeconfig.ts'
  );
  await readKubePipes({ kubeconfig: args.kubeconfig }, env);
  const { files, required } = kubeconfigFiles(args.kubeconfig, env);
  const config = readKubeconfig(files, required);
  const known = [...config.contexts.keys()].sort();
  const found = new Set<string>();
  // A context's name may hold a comma, and several are written with one between them, as kubectl has lists.
  const patterns = (args.contexts ?? []).flatMap((text) =>
    config.contexts.has(text) ? [text] : text.split(','),
  );
  for (const pattern of patterns) {
    if (pattern === '') throw new ReleasesError('USAGE', '--contexts needs a value');
    const expression = globExpression(pattern);
    const matching = known.filter((name) => expression.test(name));
    if (matching.length === 0)
      throw new ReleasesError('NOT_FOUND', `no context is called ${typed(pattern, 80)}`, {
        why: [
          `the kubeconfig has: ${known.map((name) => printable(name, 80)).join(', ') || 'none'}`,
        ],
      });
    for (const name of matching) found.add(name);
  }
  return [...found].sort();
}

export interface InContext<T> {
  readonly context: string;
  readonly result: T;
}

/**
 * Does the work in each context. One that fails is said on stderr, with its name, and keeps no other from
 * going on.
 * @returns what came of the others, and how many failed
 */
export async function inEachContext<T>(
  contexts: readonly string[],
  work: (context: string) => Promise<T>,
  io: IO,
  limit = atOnce,
): Promise<{ readonly done: readonly InContext<T>[]; readonly failed: number }> {
  const all = await mapLimit(contexts, limit, async (context) => {
    try {
      return { context, result: await work(context) };
    } catch (error) {
      if (!isReleasesError(error)) throw error;
      return { context, error: inContext(error, context) };
    }
  });
  const done: InContext<T>[] = [];
  for (const one of all)
    if ('error' in one) reportError(one.error, io);
    else done.push(one);
  return { done, failed: all.length - done.length };
}

/** A stream that keeps what is written, as wide and as colourful as where it will be printed. */
export function captured({ isTTY, columns }: Out): { readonly out: Out; text(): string } {
  const parts: string[] = [];
  const out: Out = {
    ...{ isTTY, columns },
    write: (text) => void parts.push(text),
    drained: async () => {},
  };
  return { out, text: () => parts.join('') };
}

/**
 * The same, and what the work says on stderr is said once it is done, and once for all contexts that say the same.
 * @throws as `inEachContext`
 */
export async function inEachContextOnce<T>(
  contexts: readonly string[],
  work: (context: string, io: IO) => Promise<T>,
  io: IO,
): ReturnType<typeof inEachContext<T>> {
  const said = new Map(contexts.map((context) => [context, captured(io.stderr)]));
  const quiet = (context: string): IO => ({ ...io, stderr: said.get(context)?.out ?? io.stderr });
  try {
    return await inEachContext(contexts, (context) => work(context, quiet(context)), io);
  } finally {
    sayOnce(
      contexts.map((context) => [context, said.get(context)?.text() ?? '']),
      io,
    );
  }
}

/** Notes with the contexts that they are of: `prod-a, prod-b: note: …`. Lines that are set in belong to the one above. */
export function sayOnce(
  notes: readonly (readonly [context: string, text: string])[],
  io: IO,
): void {
  const contextsOfNote = new Map<string, string[]>();
  for (const [context, text] of notes)
    for (const one of text.split(/\n(?!\s)/).filter((part) => part.trim() !== ''))
      contextsOfNote.set(one, [...(contextsOfNote.get(one) ?? []), printable(context, 120)]);
  for (const [one, contexts] of contextsOfNote)
    io.stderr.write(`${contexts.join(', ')}: ${one.trimEnd()}\n`);
}

function inContext(error: ReleasesError, context: string): ReleasesError {
  const { code, message, why, hints } = error.about(namedCluster({ context }));
  return new ReleasesError(code, `context ${typed(context, 120)}: ${message}`, {
    ...{ why, hints },
  });
}

/** Where a file's name says which context it is of. */
const placeholder = '{context}';

/** @throws ReleasesError USAGE for a name that would need `--contexts` */
export function checkPlain(file: string): void {
  if (!file.includes(placeholder)) return;
  throw new ReleasesError('USAGE', `${placeholder} in a file's name goes with --contexts`, {
    hints: ["--contexts 'prod-*'  makes an archive for each of them"],
  });
}

/**
 * The file of one context: its name, with what a file's name can't hold as %XX, instead of `{context}`.
 * @throws ReleasesError USAGE where all contexts would share one file
 */
export function fileOfContext(file: string, context: string): string {
  if (!file.includes(placeholder))
    throw new ReleasesError('USAGE', 'all contexts would share one file', {
      hints: [`one for each: ${placeholder}.zip, or backups/${placeholder}.zip`],
    });
  const plain = encodeURIComponent(context).replace(/^\./, '%2e');
  return file.replaceAll(placeholder, () => plain);
}

/** The worst of several: what stopped, failed, was wrong or refused, or needs a person, in this order. */
export function worstCode(codes: readonly ExitCode[], failed: number): ExitCode {
  const { interrupted, failed: bad, usage, refused, needsPerson, done } = exitCodes;
  const all = failed > 0 ? [...codes, bad] : codes;
  return [interrupted, bad, usage, refused, needsPerson].find((code) => all.includes(code)) ?? done;
}
