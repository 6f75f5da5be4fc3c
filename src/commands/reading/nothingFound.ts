/** What `list` says where it has nothing to show, as kubectl does; on stderr, for people. */
import { printable } from '../../errors.ts';
import { missingNamespace } from '../../inspect/namespaces.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import { countOf } from '../../output/plans/plan.ts';
import type { IO } from '../../output/terminal/io.ts';

/** @param leftOut how many releases the flags don't mean */
export async function noteNothing(
  sources: readonly ReadSource[],
  leftOut: number,
  io: Pick<IO, 'stderr'>,
): Promise<void> {
  const where = placeOf(sources);
  const isOne = namespaceOf(sources) !== undefined;
  const missing = leftOut > 0 ? undefined : await missingNamespace(sources);
  const why = missing === undefined ? '' : ': there is no such namespace';
  const text =
    leftOut > 0
      ? `No releases${where} match: ${countOf(leftOut, 'release')} left out.`
      : `No releases found${where}${why}.${isOne && !why ? ' -A looks in all namespaces.' : ''}`;
  io.stderr.write(`${text}\n`);
}

/** The first of Helm 3's and 4's, which has the namespace that was meant. */
function firstOf(sources: readonly ReadSource[]): ReadSource | undefined {
  return sources.find(({ selection }) => selection.owner !== 'tiller') ?? sources[0];
}

function namespaceOf(sources: readonly ReadSource[]): string | undefined {
  const first = firstOf(sources);
  return first?.releaseNamespace ?? first?.selection.namespace;
}

/** ` in namespace pay`, ` in dir:./dump`; '' for all namespaces. */
function placeOf(sources: readonly ReadSource[]): string {
  const first = firstOf(sources);
  if (!first) return '';
  const namespace = namespaceOf(sources);
  const { address, capabilities } = first.storage;
  if (namespace !== undefined) return ` in namespace ${printable(namespace, 63)}`;
  if (capabilities.inCluster) return '';
  return ` in ${printable([...new Set(sources.map(({ storage }) => storage.address))].join(', ') || address)}`;
}
