/** Puts folders of Helm 2 records on a real API server, as Tiller had left them there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../cluster/cluster.ts';

export const demoDump = fileURLToPath(new URL('../../demo/tiller', import.meta.url));
export const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

export interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: { readonly [name: string]: string };
  };
  readonly data?: { readonly [name: string]: string };
  readonly items?: readonly Manifest[];
}

/** Every single manifest below a folder, or in a file. */
export function manifestsIn(path: string): Manifest[] {
  const files = path.endsWith('.yaml')
    ? [path]
    : readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(yaml|json)$/.test(name))
        .map((name) => join(path, name));
  const documents = files.flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')));
  return documents
    .map((document) => ('toJS' in document ? (document.toJS() as Manifest | null) : null))
    .flatMap((manifest) => manifest?.items ?? manifest ?? []);
}

/** Creates the records in a Tiller namespace, and the namespaces that releases live in. */
export async function install(
  cluster: Cluster,
  manifests: readonly Manifest[],
  tiller: string,
  namespaces: readonly string[],
): Promise<void> {
  for (const name of namespaces) await createNamespace(cluster, name);
  for (const { kind, metadata, data } of manifests) {
    const { name, labels } = metadata;
    await cluster.must('POST', `/api/v1/namespaces/${tiller}/${kind.toLowerCase()}s`, {
      ...{ apiVersion: 'v1', kind, metadata: { name, labels }, data },
    });
  }
}

async function createNamespace(cluster: Cluster, name: string): Promise<void> {
  const { status } = await cluster.request('POST', '/api/v1/namespaces', { metadata: { name } });
  if (status !== 201 && status !== 409) throw new Error(`namespace ${name}: ${status}`);
}
