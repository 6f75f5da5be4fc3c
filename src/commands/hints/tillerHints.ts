/** Where else Tillers are, for the last line of an error. */
import { otherTillers } from '../../inspect/namespaces.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import { shellQuote } from '../../shellQuote.ts';

/** More than this make no line that anybody reads. */
const mostNamed = 10;

/**
 * Where else Tillers are, for an error's last line; none for folders, which were read whole.
 * @param others from `otherTillers`
 * @param what stands before `there`: `Helm 2 releases are`
 */
export function tillerHints(
  sources: readonly ReadSource[],
  others: readonly string[],
  what: string,
  program: string,
): readonly string[] {
  const inCluster = sources.some(
    ({ storage, selection }) => storage.capabilities.inCluster && selection.namespace !== undefined,
  );
  if (!inCluster) return [];
  if (others.length === 0)
    return [`-t NAMESPACE, where Tiller was; ${program} list -A --helm 2  shows it`];
  const flags = others.slice(0, mostNamed).map((namespace) => `-t ${shellQuote(namespace)}`);
  const more = others.length > mostNamed ? `, and in ${others.length - mostNamed} more` : '';
  return [`${flags.join(' ')}  where ${what}${more}`];
}

/** For where nothing was found at all. */
export async function anyTillers(
  sources: readonly ReadSource[],
  program: string,
): Promise<readonly string[]> {
  return tillerHints(sources, await otherTillers(sources), 'Helm 2 releases are', program);
}
