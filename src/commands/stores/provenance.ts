/** What an archive says it was made from. */
import { printable } from '../../errors.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import type { Kube } from '../../kube/kube.ts';

/**
 * The stores, each once, with the context of the cluster that they are in: `secret:pay (context test)`.
 * @param kube of that cluster; asked for only when a store is in one
 * @returns safe to print
 */
export async function provenanceOf(
  sources: readonly Pick<ReadSource, 'storage' | 'selection'>[],
  kube: () => Promise<Pick<Kube, 'context'>>,
): Promise<string[]> {
  const origins = new Set<string>();
  for (const { storage, selection } of sources) {
    const { address, capabilities } = storage;
    const bare = selection.namespace && !address.includes(':');
    const at = bare ? `${address}:${selection.namespace}` : address;
    const context = capabilities.inCluster ? (await kube()).context : undefined;
    const place = at === '-' ? 'the standard input' : at;
    origins.add(printable(context ? `${place} (context ${context})` : place, 200));
  }
  return [...origins];
}
