/**
 * Records in a folder of Kubernetes manifests: a dump by kubectl, a GitOps tree, or what this
 * program wrote. A path that is a file is read in the same way, and never written.
 *
 * The same record in two files counts once when both say the same. When they differ nobody can know
 * which is right, so it is unreadable until a person removes one; unless the labels of all but one
 * say that they are another record, misnamed (`files/merge.ts`).
 */

import { lstatSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { printable, ReleasesError } from '../errors.ts';
import { kubectlLine } from '../kube/hints.ts';
import {
  type ReadRecord,
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  recordPlace,
} from '../record.ts';
import { reasonOf } from '../systemErrors.ts';
import { isNamespace } from './files/damaged.ts';
import { manifestText, withObject } from './files/exchange.ts';
import { fileFailure } from './files/failure.ts';
import { openFinder, readFolder, readManifestText, readOne } from './files/folder.ts';
import { readManifests } from './files/manifests.ts';
import { type Copy, type Held, idOf } from './files/merge.ts';
import { fileFor } from './files/names.ts';
import { withoutObject } from './files/remove.ts';
import { type Walked, walkManifests } from './files/walk.ts';
import { checkWritable, makeFolder, removeFile, replaceFile, writeNew } from './files/write.ts';
import { type Fields, objectOf } from './objects.ts';
import { isSelected } from './select.ts';
import type { Selection, Storage } from './storage.ts';

export interface DirectoryOptions {
  /**
   * It will be written to: a folder that isn't there is empty and made with the first record, and
   * one that can't be written is refused at once.
   */
  readonly create?: boolean;
  /** Records a page; absent: 250. */
  readonly pageSize?: number;
}

/** @throws ReleasesError NOT_FOUND, FILE */
export async function openDirectory(
  path: string,
  options: DirectoryOptions = {},
): Promise<Storage> {
  const { pageSize = 250 } = options;
  const what = await lookAt(path, options.create ?? false);
  const file = what === 'file' ? await realpath(path) : undefined;
  const root = file === undefined ? path : dirname(file);
  if (options.create) {
    mustBeFolder();
    await onDisk(path, 'writing below', () => checkWritable(resolve(path)));
  }
  // Which files hold which record: from the last list, and kept up by our own writes.
  let places: Map<string, Set<string>> | undefined;
  // What the last list showed under the name of its file.
  let nameless = new Map<string, ReadRecord>();
  const findIn = openFinder(root, (root, walked) =>
    readOne(root, file === undefined ? walked : { ...walked, asked: true }),
  );
  let turn: Promise<unknown> = Promise.resolve();
  /** Two records may share a file: one rewrite after the other. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  };

  async function scan(): Promise<Held[]> {
    const files = file === undefined ? walkManifests(root) : only(basename(file));
    const held = await onDisk(path, 'reading', () => readFolder(root, ifThere(files)));
    places = new Map(
      held
        .filter(({ nameless }) => !nameless)
        .map(({ record, copies }) => [idOf(record), new Set(copies.map((copy) => copy.file))]),
    );
    nameless = new Map(
      held.filter((one) => one.nameless).map(({ record }) => [idOf(record), record]),
    );
    return held;
  }

  async function* list(selection: Selection) {
    const wanted = (await scan()).filter((held) => isWanted(held, selection));
    for (let at = 0; at < wanted.length; at += pageSize)
      yield wanted.slice(at, at + pageSize).map(({ record }) => record);
  }

  /** Reads the record's files anew, so that the answer is what the disk holds. */
  async function find(ref: RecordRef): Promise<Held | undefined> {
    if (!places) await scan();
    const files = new Set(places?.get(idOf(ref)));
    if (file === undefined) files.add(fileFor(ref));
    return findIn(files, ref);
  }

  async function create(record: ReleaseRecord): Promise<void> {
    mustBeFolder();
    const name = printable(recordPlace(record));
    // The code an API server's refusal has: a manifest that none would take isn't worth writing.
    if (record.namespace !== '' && !isNamespace(record.namespace))
      throw new ReleasesError('API', `${name} is in a namespace that Kubernetes could not have`);
    if (await find(record)) throw new ReleasesError('EXISTS', `${name} exists already`);
    const place = fileFor(record);
    const text = manifestText(objectOf(record));
    const written = await onDisk(path, 'writing below', async () => {
      const folder = join(root, dirname(place));
      await makeFolder(folder);
      if ((await realpath(folder)) !== join(await realpath(root), dirname(place)))
        throw new ReleasesError('FILE', `${printable(folder)} is a link, which is not followed`);
      return writeNew(join(root, place), text);
    });
    if (!written)
      throw new ReleasesError('EXISTS', `${name} exists already`, { why: [`in ${place}`] });
    places?.set(idOf(record), new Set([place]));
  }

  /** @throws ReleasesError NOT_FOUND, CONFLICT where the record isn't the one that was read */
  async function asRead(record: RecordMeta): Promise<Held> {
    mustBeFolder();
    const name = printable(recordPlace(record));
    const held = await find(record);
    if (!held) throw new ReleasesError('NOT_FOUND', `there is no ${name}`);
    const { resourceVersion } = held.record;
    const same = record.uid === undefined && resourceVersion !== undefined;
    if (!same || (record.resourceVersion ?? resourceVersion) !== resourceVersion)
      throw new ReleasesError('CONFLICT', `${name} was changed in the meantime`);
    return held;
  }

  function change(copy: Copy, object?: Fields): Promise<void> {
    return onDisk(join(path, copy.file), 'writing', () => changeCopy(root, copy, object));
  }

  async function remove(record: RecordMeta): Promise<void> {
    const { copies } = await asRead(record);
    for (const copy of copies) await change(copy);
    places?.delete(idOf(record));
  }

  /** Equal copies go first: two that differ would be unreadable. */
  async function replace(record: ReleaseRecord, over: RecordMeta): Promise<void> {
    const [kept, ...others] = (await asRead(over)).copies;
    if (!kept) return;
    for (const copy of others) await change(copy);
    await change(kept, objectOf(record));
    places?.set(idOf(record), new Set([kept.file]));
  }

  /**
   * Its file's name is taken by something that doesn't hold it, or its folder's is: known once the folder has
   * been read.
   */
  function unholdable(record: RecordMeta): string | undefined {
    const place = fileFor(record);
    if (!places || places.get(idOf(record))?.size) return undefined;
    const folder = lstatSync(join(root, dirname(place)), { throwIfNoEntry: false });
    if (folder && !folder.isDirectory())
      return `${dirname(place)} stands where its folder would be: move it away, or name another folder`;
    if (!lstatSync(join(root, place), { throwIfNoEntry: false })) return undefined;
    return `${place} is there and holds something else: move it away, or name another folder`;
  }

  function mustBeFolder(): void {
    if (file === undefined) return;
    throw new ReleasesError('FILE', `${printable(path)} ${onlyRead}`, {
      hints: ['name a folder to write to: dir:PATH'],
    });
  }

  /** A file is taken away, or replaced, where it stands: in each folder that holds a record. */
  async function undeletable(): Promise<string | undefined> {
    if (file !== undefined) return onlyRead;
    const folders = [...(places?.values() ?? [])].flatMap((files) => [...files].map(dirname));
    try {
      for (const folder of new Set(['.', ...folders])) await checkWritable(resolve(root, folder));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (typeof code !== 'string') throw error;
      return `cannot be written: ${reasonOf(code)}`;
    }
    return undefined;
  }

  return {
    address: `dir:${path}`,
    files: { path, is: file === undefined ? 'folder' : 'file' },
    kinds: ['Secret', 'ConfigMap'],
    capabilities: {
      durable: true,
      preconditions: true,
      metadataOnly: false,
      selects: false,
      inCluster: false,
      maxRecordBytes: undefined,
    },
    list,
    listMeta: list,
    get: async (ref) => (await find(ref))?.record ?? nameless.get(idOf(ref)),
    create,
    undeletable,
    unholdable,
    replace: (record, over) => inTurn(() => replace(record, over)),
    delete: (record) => inTurn(() => remove(record)),
  };
}

/** Nobody knows whose record a broken file holds: it belongs to every selection. */
function isWanted({ record, nameless, copies }: Held, selection: Selection): boolean {
  if (!nameless || record.namespace !== '') return isSelected(record, selection);
  const { namespace, owner } = selection;
  const place = { ...(namespace === undefined ? {} : { namespace }), ...(owner && { owner }) };
  return copies.some(({ found }) => found.nameless || isSelected(found.record, place));
}

async function lookAt(path: string, create: boolean): Promise<'folder' | 'file' | 'none'> {
  try {
    const about = await stat(path);
    if (about.isDirectory()) return 'folder';
    if (about.isFile()) return 'file';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw fileFailure(path, 'reading', error);
    if (create) return 'none';
    throw new ReleasesError('NOT_FOUND', `there is no folder ${printable(path)}`, {
      hints: [kubectlLine('get secret,configmap -A -o yaml > FOLDER/dump.yaml  makes one to read')],
    });
  }
  throw new ReleasesError('FILE', `${printable(path)} is neither a folder nor a file`, {
    hints: ['dir:PATH with a folder of manifests, or with a file that kubectl wrote'],
  });
}

const onlyRead = 'is a file, which is only read';

async function* only(path: string): AsyncGenerator<Walked> {
  yield { path, asked: true };
}

/** A folder that isn't there yet holds nothing. */
async function* ifThere(files: AsyncGenerator<Walked>): AsyncGenerator<Walked> {
  try {
    yield* files;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * The file is read once more, so that a change since the search isn't overwritten.
 * @param object what takes the copy's place; absent: nothing does
 */
async function changeCopy(root: string, { file, found }: Copy, object?: Fields): Promise<void> {
  const text = (await readManifestText(root, file)) ?? '';
  const version = found.record.resourceVersion;
  const place = idOf(found.record);
  const now = readManifests(text, file).find(
    ({ record }) => record.resourceVersion === version && idOf(record) === place,
  );
  if (!now) throw new ReleasesError('CONFLICT', `${printable(file)} was changed in the meantime`);
  const rest = object ? withObject(text, file, now.at, object) : withoutObject(text, file, now.at);
  if (rest === undefined) await removeFile(join(root, file));
  else await replaceFile(join(root, file), rest);
}

async function onDisk<T>(path: string, doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileFailure(path, doing, error);
  }
}
