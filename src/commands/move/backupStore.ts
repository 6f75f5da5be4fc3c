/** Where sources are copied to before they are deleted, and the command that brings them back. */
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isReleasesError, ReleasesError } from '../../errors.ts';
import { type Plan, replacedBy } from '../../migrate/plan.ts';
import { identify } from '../../record.ts';
import type { Encryption } from '../../storage/archive/age.ts';
import { fileFailure } from '../../storage/files/failure.ts';
import { checkOutside } from '../../storage/files/overlappingFolders.ts';
import type { Apart } from '../../storage/files/probe.ts';
import { makeFolder } from '../../storage/files/write.ts';
import type { Storage } from '../../storage/storage.ts';
import { backupAddress, mustBeNew } from '../stores/archivePath.ts';
import { newArchiveFacts } from '../stores/connections.ts';
import { backupsVariable, newName } from './ownBackups.ts';

export interface BackupStore {
  readonly storage: Storage;
  readonly path: string;
  /** The releases that a folder had records of before. */
  readonly held: ReadonlySet<string>;
  /** The stores that it must not be a part of. */
  readonly apart: readonly Storage[];
  /** Call it when done: what was begun of an archive and never sealed is taken away, and a new folder without anything. */
  close(): Promise<void>;
}

/**
 * A folder that can be written to, or a new archive, before anything else happens.
 * @param named a folder's path, `dir:PATH`, `PATH.zip` or `file:PATH`; absent: a new folder that is this run's
 *   alone, `PREFIX-20261120T180411Z`
 * @param prefix with the folder that it is to be in: `ownBackups`
 * @param encryption of an archive; a folder has none
 * @param from what an archive says it was made from, as `originsOf`
 * @param apart the stores that lose what is copied: a folder in one of theirs would lose it, too
 * @throws ReleasesError FILE, EXISTS for an archive that is there, USAGE for such a folder
 */
export async function openBackupStore(
  named: string | undefined,
  prefix: string,
  encryption: Encryption | undefined,
  from: () => Promise<readonly string[]>,
  apart: readonly Storage[],
): Promise<BackupStore> {
  if (named === undefined) return openOwnFolder(prefix, apart);
  const { type, location: path = '.' } = await backupAddress(named);
  const { rowsAsSecrets } = await import('../../storage/wrappers/rowsAsSecrets.ts');
  if (type === 'file') {
    mustBeNew(path);
    await checkOutside({ path, is: 'archive' }, apart);
    const { openArchive } = await import('../../storage/archive/archive.ts');
    const about = newArchiveFacts(await from());
    const archive = await openArchive(path, { create: true, about, encryption });
    return {
      ...{ storage: rowsAsSecrets(archive), path, held: new Set(), apart },
      close: () => archive.close(),
    };
  }
  return openFolder(path, apart);
}

async function openFolder(path: string, apart: readonly Storage[]): Promise<BackupStore> {
  await checkOutside({ path, is: 'folder' }, apart);
  const { openDirectory } = await import('../../storage/directory.ts');
  const { rowsAsSecrets } = await import('../../storage/wrappers/rowsAsSecrets.ts');
  const folder = await openDirectory(path, { create: true });
  const held = existsSync(path) ? await namesIn(folder) : new Set<string>();
  return { storage: rowsAsSecrets(folder), path, held, apart, close: async () => {} };
}

/**
 * A new folder that no other run has: of two runs in one second, each one's way back would bring back what the
 * other has moved, too. It goes where nothing came into it.
 */
async function openOwnFolder(prefix: string, apart: readonly Storage[]): Promise<BackupStore> {
  const path = await makeNew(prefix);
  // A second Ctrl-C ends the program at once.
  const takeAway = () => {
    process.removeListener('exit', takeAway);
    try {
      rmdirSync(path);
    } catch {
      // It holds something, or is gone.
    }
  };
  process.once('exit', takeAway);
  try {
    return { ...(await openFolder(path, apart)), close: async () => takeAway() };
  } catch (error) {
    takeAway();
    throw error;
  }
}

/**
 * Only the system can say which of two runs has a name.
 * @throws ReleasesError FILE
 */
async function makeNew(prefix: string): Promise<string> {
  await makeParent(dirname(prefix));
  for (;;) {
    const path = newName(prefix);
    try {
      mkdirSync(path, { mode: 0o700 });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw fileFailure(path, 'making', error);
    }
  }
}

async function namesIn(store: Storage): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const page of store.listMeta({}))
    for (const record of page) {
      const identity = identify(record);
      if ('name' in identity) names.add(identity.name);
    }
  return names;
}

/**
 * What an undo must name of a backup that holds other releases' records, too: all of it would bring those
 * back as well.
 * @returns the releases of which something goes; empty where the backup holds nothing else
 */
export function namedInBackup({ held }: Pick<BackupStore, 'held'>, { releases }: Plan): string[] {
  const own = releases.filter(({ steps }) =>
    steps.some((step) => step.do === 'delete' || replacedBy(step)),
  );
  const names = new Set(own.map(({ name }) => name));
  return [...held].some((name) => !names.has(name)) ? [...names].sort() : [];
}

/** What must not see each other, for `proveApart`: copies, and what they are made of. */
export function apartOf({ storage, apart }: BackupStore, to: Storage): readonly Apart[] {
  const isWritten = apart.some(({ files }) => files && files.path === to.files?.path);
  return [
    { written: storage, others: apart },
    // Either may come to lie in the other.
    ...(isWritten ? [{ written: to, others: [storage] }] : []),
  ];
}

/** @throws ReleasesError FILE */
async function makeParent(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    const failure = fileFailure(path, 'making', error);
    if (!isReleasesError(failure)) throw failure;
    const hints = [`--backup DIR, or ${backupsVariable}=DIR`];
    throw new ReleasesError(failure.code, failure.message, { why: failure.why, hints });
  }
}

/**
 * Where what is replaced is copied to, while sources are copied to `named`.
 * @returns what `openBackupStore` takes
 */
export function besideBackup(named: string | undefined): string | undefined {
  return named?.replace(/(\/*|\.zip)$/, '-replaced$1').replace(/\/+$/, '');
}
