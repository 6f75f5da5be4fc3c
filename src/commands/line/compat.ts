/** Being another Helm's stand-in: `--compat` and the flags of helm's own that mean nothing here. */
import type { HelmShape } from '../../output/helm/describe.ts';
import type { OptionTable } from '../command.ts';

const ignored = "Helm's own, accepted for its scripts and without effect:";

export const compatOptions = {
  compat: {
    type: 'string',
    choices: ['helm3', 'helm4'],
    describe:
      'be that helm (3.18 or later, 4): read only what it reads, print exactly what it prints, fail ' +
      "with 1; without it JSON and YAML are helm 4's, and every Helm's records are read",
  },
  color: {
    type: 'string',
    alias: 'colour',
    choices: ['never', 'auto', 'always'],
    describe: 'when to colour; default: auto, on a terminal, but not with NO_COLOR',
  },
  debug: { type: 'boolean', describe: 'verbose output', group: ignored },
  'burst-limit': { type: 'string', describe: 'client-side throttling', group: ignored },
  qps: { type: 'string', describe: 'client-side throttling', group: ignored },
  'registry-config': { type: 'string', describe: 'registry config file', group: ignored },
  'repository-config': { type: 'string', describe: 'repository file', group: ignored },
  'repository-cache': { type: 'string', describe: 'repository cache', group: ignored },
  'content-cache': { type: 'string', describe: 'chart cache', group: ignored },
} as const satisfies OptionTable;

export interface CompatArgs {
  readonly compat?: string | undefined;
}

/** Helm 4's, where nobody chose. */
export function shapeOf({ compat }: CompatArgs): HelmShape {
  return compat === 'helm3' ? 'helm3' : 'helm4';
}

/** Whether a command line asks for it, before anything of it is parsed: its errors end as helm's. */
export function wantsCompat(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return flags.some((word) => word === '--compat' || word.startsWith('--compat='));
}
