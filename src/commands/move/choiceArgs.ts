/** What a command line says of the releases that a relocation is about, and of their names and namespaces. */
import { printable, ReleasesError, typed } from '../../errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { parseShard } from '../../shard.ts';
import { parseSelector } from '../../storage/labels.ts';

export interface ChoiceArgs {
  /** Release names; empty means every one. */
  readonly release: readonly string[];
  readonly all?: boolean | undefined;
  readonly 'all-namespaces'?: boolean | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  /** Beside the releases of a namespace those of which nobody can say whether they are of it. */
  readonly 'with-unplaced'?: boolean;
  readonly selector?: string | undefined;
  /** As addresses call it. */
  readonly kind?: string | undefined;
  /** `I/N` */
  readonly shard?: string | undefined;
  readonly 'to-name'?: string | undefined;
  readonly 'to-namespace'?: string | undefined;
  readonly 'to-storage-namespace'?: string | undefined;
  readonly 'map-namespace'?: readonly string[] | undefined;
  readonly 'delete-source'?: boolean | undefined;
}

/** Flags that say what one release becomes. */
export const forOne = ['to-name', 'to-namespace'] as const;
const namespaceName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** pkg/lint/rules/template.go and pkg/chartutil/validate_name.go: a DNS name of at most 53. */
const releaseName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * `-A` as list has it: all releases, or of all namespaces those that are named otherwise.
 * @throws ReleasesError USAGE
 */
export function withEverywhere<Args extends ChoiceArgs>(args: Args): Args {
  if (!args['all-namespaces']) return args;
  if (args.namespace) throw new ReleasesError('USAGE', 'either -n or -A, not both');
  return { ...args, all: args.all || (args.release.length === 0 && !args.selector) };
}

/** The words that chose the releases, for an archive that says what was asked of it. */
export function askedWords(args: ChoiceArgs): readonly string[] {
  const { release, all, namespace, selector, exclude = [], kind, shard } = args;
  const flags = { '-n': namespace, '-l': selector, '--kind': kind, '--shard': shard };
  return [
    ...release,
    ...(all ? ['--all'] : []),
    ...Object.entries(flags).flatMap(([flag, value]) => (value ? [`${flag}=${value}`] : [])),
    ...exclude.map((name) => `--exclude=${name}`),
  ];
}

/** @throws ReleasesError USAGE when it isn't clear which releases are meant, or what they become */
export function checkChoice(args: ChoiceArgs, io: IO): void {
  const named = args.release.length > 0;
  const hints = ['name them, or give --all', `${io.program} list -A  shows them`];
  if (named && args.all)
    throw new ReleasesError('USAGE', 'either --all or release names, not both', { hints });
  if (named && args.selector)
    throw new ReleasesError('USAGE', 'either --selector or release names, not both', { hints });
  if (!named && !args.all && !args.selector)
    throw new ReleasesError('USAGE', 'which releases?', { hints });
  for (const flag of forOne)
    if (args[flag] !== undefined && args.release.length !== 1)
      throw new ReleasesError('USAGE', `--${flag} is for one release: name it`);
  for (const flag of ['to-namespace', 'to-storage-namespace'] as const)
    if (args[flag] !== undefined && !namespaceName.test(args[flag]))
      throw new ReleasesError(
        'USAGE',
        `--${flag} "${typed(args[flag], 63)}" is no namespace's name`,
      );
  const name = args['to-name'];
  if (name !== undefined && (name.length > 53 || !releaseName.test(name)))
    throw new ReleasesError('USAGE', `--to-name "${printable(name, 63)}" is no release's name`, {
      why: ['helm takes lower case letters, digits, - and . and at most 53 of them'],
    });
  namespaceMap(args);
  if (args.selector) parseSelector(args.selector);
  if (args.shard !== undefined) parseShard(args.shard);
}

/** @throws ReleasesError USAGE */
export function namespaceMap(args: ChoiceArgs): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const pair of (args['map-namespace'] ?? []).flatMap((text) => text.split(','))) {
    const [old = '', next = '', ...rest] = pair.split('=');
    const wrong = [old, next].find((name) => name !== '' && !namespaceName.test(name));
    if (rest.length === 0 && old && next && wrong !== undefined)
      throw new ReleasesError(
        'USAGE',
        `--map-namespace: "${typed(wrong, 63)}" is no namespace's name`,
      );
    if (rest.length > 0 || wrong !== undefined || !old || !next)
      throw new ReleasesError('USAGE', `--map-namespace ${typed(pair, 130)} is not OLD=NEW`, {
        hints: ['--map-namespace pay=money --map-namespace web=shop'],
      });
    if ((map.get(old) ?? next) !== next)
      throw new ReleasesError('USAGE', `--map-namespace sends ${printable(old, 63)} to two places`);
    map.set(old, next);
  }
  if (map.size > 0 && args['to-namespace'])
    throw new ReleasesError('USAGE', 'either --to-namespace or --map-namespace, not both');
  return map;
}
