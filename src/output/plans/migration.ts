/** The words around a migration's plan: where it goes, what to say when nothing is written, what is next. */
import { countPlan, type Plan } from '../../migrate/plan.ts';
import type { RecordKind } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Storage } from '../../storage/storage.ts';
import { keptLine } from './outcomes.ts';
import { intention, number } from './plan.ts';
import { migrating } from './words.ts';

/** Where records go. */
export interface Destination {
  readonly storage: Storage;
  readonly kind: RecordKind;
  /** The one storage namespace; absent: each release's own. */
  readonly namespace: string | undefined;
}

/**
 * What there is to say when nothing is written.
 * @param only what was asked for instead of the move itself
 */
export function stillText(
  plan: Plan,
  only: 'dry run' | 'check' | undefined,
  waiting: number,
  words = migrating,
): string {
  const counts = countPlan(plan);
  const people =
    waiting > 0 ? ` ${waiting} ${waiting === 1 ? 'needs' : 'need'} you (see above).` : '';
  if (counts.movable > 0 && only) {
    const nothing = only === 'check' ? 'Checked only' : 'Dry run';
    return `\n${intention(counts, words)}${nothing}: nothing was written.${people}\n`;
  }
  // What Helm has pruned since couldn't be compared.
  const compared = plan.releases.every(
    ({ verdict, steps }) => verdict !== 'done' || steps.length > 0,
  );
  return counts.done > 0
    ? `\nNothing to do: ${number(counts.done, 'release')} ${counts.done === 1 ? 'is' : 'are'} already ${words.done}${compared ? ' and equal' : ''}.${keptLine(counts.keepSources)}${people}\n`
    : `\nNothing was written.${people}\n`;
}

export function targetName({ storage, namespace }: Destination): string {
  const { address } = storage;
  if (address.includes(':')) return address;
  return namespace === undefined
    ? `${address} (each release's namespace)`
    : `${address}:${namespace}`;
}

/** @param program as the user calls it */
export function nextSteps({ storage, kind, namespace }: Destination, program: string): string {
  const { address, capabilities } = storage;
  if (!capabilities.inCluster) return `${program} list --storage ${shellQuote(address)}`;
  const driver = kind === 'ConfigMap' ? 'HELM_DRIVER=configmap ' : '';
  const where = namespace === undefined ? '-A' : `-n ${shellQuote(namespace)}`;
  return `${driver}helm list ${where} · ${program} list -A`;
}
