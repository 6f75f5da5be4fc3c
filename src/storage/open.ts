/** From an address to the store it names. What a store needs is loaded only when it's the one. */
import { ReleasesError } from '../errors.ts';
import type { Kube } from '../kube/kube.ts';
import type { Address } from './address.ts';
import type { ArchiveOptions } from './archive/archive.ts';
import type { Storage } from './storage.ts';

export interface OpenOptions {
  /** Called for stores on a cluster only, so that folders need no cluster. */
  readonly kube: () => Promise<Kube>;
  /** What isn't there is made with the first record; absent or false: NOT_FOUND. */
  readonly create?: boolean | undefined;
  readonly env: Readonly<{ [name: string]: string | undefined }>;
  /** Instead of $HELM_DRIVER_SQL_CONNECTION_STRING. */
  readonly sqlConnection?: string | undefined;
  /** How archives are opened and made. */
  readonly archive?: Omit<ArchiveOptions, 'create'> | undefined;
}

/** A store, and how to let go of what it holds open. */
export interface OpenStorage {
  readonly storage: Storage;
  close(): void;
}

/** @throws ReleasesError NOT_FOUND, FILE, USAGE; NO_CLUSTER and KUBECONFIG from `kube` */
export async function openAddress(address: Address, options: OpenOptions): Promise<OpenStorage> {
  const { type, location } = address;
  const create = options.create ?? false;
  switch (type) {
    case 'dir': {
      const { openDirectory } = await import('./directory.ts');
      return free(await openDirectory(location ?? '.', { create }));
    }
    case 'file': {
      const { openArchive } = await import('./archive/archive.ts');
      const storage = await openArchive(location ?? '', { ...options.archive, create });
      return { storage, close: () => void storage.close().catch(() => {}) };
    }
    case 'sql':
      return openSqlAddress(location, options);
    case 'pipe': {
      if (create) throw new ReleasesError('USAGE', '- is the standard input, which is only read');
      return free((await import('./pipe.ts')).openPipe(process.stdin));
    }
    case 'secret': {
      const { api } = await options.kube();
      return free((await import('./secrets.ts')).openSecrets(api, { namespace: location }));
    }
    case 'configmap': {
      const { api } = await options.kube();
      return free((await import('./configmaps.ts')).openConfigMaps(api, { namespace: location }));
    }
  }
}

/** Connections to API servers belong to whoever made them. */
function free(storage: Storage): OpenStorage {
  return { storage, close: () => {} };
}

async function openSqlAddress(
  namespace: string | undefined,
  { env, sqlConnection }: OpenOptions,
): Promise<OpenStorage> {
  const text = sqlConnection || env.HELM_DRIVER_SQL_CONNECTION_STRING;
  if (!text && !env.PGHOST)
    throw new ReleasesError('USAGE', 'no SQL database is named', {
      hints: [
        'HELM_DRIVER_SQL_CONNECTION_STRING=postgresql://USER:PASSWORD@HOST:5432/DATABASE, as for helm',
      ],
    });
  const { openDatabase } = await import('./sql/connection.ts');
  const { openSql } = await import('./sql/sql.ts');
  const database = openDatabase(text ?? '', env);
  const close = () => void database.close().catch(() => {});
  return { storage: openSql(database, { namespace }), close };
}
