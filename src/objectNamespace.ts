/**
 * In which namespace is an object looked for whose manifest names none? The one answer, which is Helm's.
 *
 * Helm 3 and 4 look in the namespace that they are called with (`RESTClientGetter` in pkg/cli/environment.go,
 * `Client.namespace` in pkg/kube/client.go), and find their records there (`Configuration.Init` in
 * pkg/action/action.go): it is the record's. What the content says goes into templates and into the marks on
 * live objects. Tiller keeps all records in one namespace, and looks in the content's
 * (pkg/tiller/release_modules.go and pkg/kube/client.go of Helm 2).
 */
import type { RecordRef } from './record.ts';
import type { Release } from './release.ts';

/**
 * @param record as it lies, or will lie, in its store; a file may name no namespace
 * @param apart somebody said that records lie apart from their releases, as Flux can keep them
 */
export function objectNamespace(
  record: Pick<RecordRef, 'namespace'>,
  release: Pick<Release, 'helm' | 'namespace'>,
  apart = false,
): string {
  const own = release.helm === 2 || apart || record.namespace === '';
  return own ? release.namespace : record.namespace;
}
