/** Being another Helm's stand-in: `--compat` and the flags of helm's own that mean nothing here. */
import { type HelmShape, helms, type Lacking, newestHelm4 } from '../../helms.ts';
import type { OptionTable } from '../command.ts';
import { notACount, usage } from './arguments.ts';

const group = "Helm's own, accepted for its scripts and without effect:";

/** helm's flags that mean nothing here. */
export const ignoredOptions = {
  debug: { type: 'boolean', describe: 'verbose output', group },
  'burst-limit': { type: 'string', describe: 'client-side throttling', group },
  qps: { type: 'string', describe: 'client-side throttling', group },
  'registry-config': { type: 'string', describe: 'registry config file', group },
  'repository-config': { type: 'string', describe: 'repository file', group },
  'repository-cache': { type: 'string', describe: 'repository cache', group },
  'content-cache': { type: 'string', describe: 'chart cache', group },
} as const satisfies OptionTable;

export const compatOptions = {
  compat: {
    type: 'string',
    choices: Object.keys(helms),
    describe:
      'be that helm: read only what it reads, print exactly what it prints, fail with 1; helm3 and helm4 are ' +
      "the newest of each (docs/compat.md); without it JSON and YAML are helm 4's, and every Helm's " +
      'records are read',
  },
  color: {
    type: 'string',
    alias: 'colour',
    choices: ['never', 'auto', 'always'],
    describe: 'when to colour; default: auto, on a terminal, but not with NO_COLOR',
  },
  ...ignoredOptions,
} as const satisfies OptionTable;

export interface CompatArgs {
  readonly compat?: string | undefined;
}

/** The newest Helm 4's, where nobody chose. */
export function shapeOf({ compat }: CompatArgs): HelmShape {
  return (compat === undefined ? undefined : helms[compat]) ?? newestHelm4;
}

/**
 * A helm that is asked for a flag or command which it doesn't know refuses it, and so does its stand-in.
 * @throws ReleasesError USAGE
 */
export function requireKnown(args: CompatArgs, what: Lacking, given: unknown): void {
  const { word, lacks } = shapeOf(args);
  if (args.compat === undefined || given === undefined || !lacks.includes(what)) return;
  const has = Object.keys(helms).filter((one) => !helms[one]?.lacks.includes(what));
  const flag = /--[a-z-]+$/.exec(what)?.[0];
  throw usage(
    `${flag === undefined ? 'unknown command' : 'unknown flag'}: ${word.replace('helm', 'helm ')} has no ${what}`,
    [has.length > 0 ? `--compat ${has.join(', ')}` : 'without --compat'],
  );
}

/**
 * Helm takes a --max below zero: `list` then shows all (pkg/action/list.go), `history` nothing
 * (pkg/cmd/history.go). Only its stand-in does the same.
 * @throws ReleasesError USAGE
 */
export function requireMax(args: CompatArgs & { readonly max?: number | undefined }): void {
  const { compat, max = 0 } = args;
  if (compat === undefined && max < 0) throw notACount('max', String(max));
}

/** Whether a command line asks for it, before anything of it is parsed: its errors end as helm's. */
export function wantsCompat(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return flags.some((word) => word === '--compat' || word.startsWith('--compat='));
}
