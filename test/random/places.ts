/**
 * Where the worlds' records are: stores in memory, or real folders and archives, under the paths that the
 * command lines name. Whoever opens one through the program gets the real store, with every request of
 * his passing the director; what it holds is written down here, act by act, for the invariants.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync, symlinkSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ReleasesError } from '../../src/errors.ts';
import { type ReadRecord, type RecordMeta, type ReleaseRecord, refId } from '../../src/record.ts';
import type { Archive, ArchiveOptions } from '../../src/storage/archive/archive.ts';
import type { Storage } from '../../src/storage/storage.ts';
import type { Actor, Director, Request } from './director.ts';

export interface Place {
  /** As the story calls it: the last part of its path. */
  readonly name: string;
  readonly path: string;
  readonly kind: 'memory' | 'folder' | 'archive';
  /** Of a memory place. */
  readonly memory?: Storage;
  /** What it holds, by `refId`. */
  readonly held: Map<string, ReleaseRecord>;
}

/** An act of a run that changed what a place holds. */
export interface Act {
  readonly actor: Actor;
  readonly did: 'create' | 'replace' | 'delete';
  readonly place: Place;
  /** What was written, or deleted. */
  readonly record: ReleaseRecord;
}

/** All that one sequence takes place in. */
export interface Scene {
  readonly director: Director;
  readonly stores: 'memory' | 'folder';
  readonly places: Map<string, Place>;
  /** Lets go of what those that died held open. */
  readonly closing: (() => Promise<void>)[];
  /** What a place makes of a record that is created there. */
  admit(place: Place, record: ReleaseRecord): ReleaseRecord;
  /** Called when an act of a run has changed a place. */
  after(act: Act): void;
  /** Called with what an archive held that another one has taken the place of. */
  overwritten(records: readonly ReleaseRecord[]): void;
}

let scene: Scene | undefined;

export function enter(next: Scene | undefined): void {
  scene = next;
  clock = Math.floor(performance.timeOrigin + performance.now());
}

/** Which run of ours asks: several go on in one process. */
export const acting = new AsyncLocalStorage<Actor>();

/** Milliseconds since 1970, in a sequence: time passes only where somebody waits for it. */
let clock = 0;

export const now = () => clock;

/** Stands for the program's sleep: a wait is a request like others, and may be the moment of another's turn. */
export async function sleep<T>(ms = 0, value?: T): Promise<T> {
  const work = async () => {
    clock += ms;
  };
  await sceneNow().director.request(actorNow(), { what: 'wait', about: 'waits' }, work);
  return value as T;
}

type OpenDirectory = typeof import('../../src/storage/directory.ts')['openDirectory'];
type OpenArchive = typeof import('../../src/storage/archive/archive.ts')['openArchive'];
type OpenMemory = typeof import('../../src/storage/memory.ts')['openMemory'];

/** The real openers, handed in by the test that puts ours in their place. */
export interface Real {
  readonly openDirectory: OpenDirectory;
  readonly openArchive: OpenArchive;
  readonly openMemory: OpenMemory;
}

let real: Partial<Real> = {};

export function useReal(openers: Partial<Real>): void {
  real = { ...real, ...openers };
}

function realOpener<K extends keyof Real>(name: K): Real[K] {
  const opener = real[name];
  if (!opener) throw new Error(`${name} was not handed in`);
  return opener as Real[K];
}

function actorNow(): Actor {
  const actor = acting.getStore();
  if (!actor) throw new Error('a request of nobody');
  return actor;
}

function sceneNow(): Scene {
  if (!scene) throw new Error('nothing is being played');
  return scene;
}

/** Makes a place before anything happens, or finds it. */
export function placeAt(path: string, kind: Place['kind']): Place {
  const full = resolve(path);
  const { places } = sceneNow();
  const known = places.get(full);
  if (known) return known;
  // A folder that is there, also for those that look at the disk.
  if (kind !== 'archive') mkdirSync(full, { recursive: true });
  const place: Place = {
    ...{ name: basename(full), path: full, kind, held: new Map() },
    ...(kind === 'memory' && { memory: realOpener('openMemory')() }),
  };
  places.set(full, place);
  return place;
}

/** Another path to a folder that is there: whoever opens it is in that one. */
export function linkTo(path: string, there: Place): void {
  symlinkSync(there.path, path);
  sceneNow().places.set(resolve(path), there);
}

/** Stands for the program's `openDirectory`. */
export const openDirectory: OpenDirectory = async (path, options) => {
  const playing = sceneNow();
  const there = playing.places.get(resolve(path));
  if (playing.stores === 'folder') {
    const opened = await realOpener('openDirectory')(path, options);
    return through(opened, () => placeAt(path, 'folder'));
  }
  if (!there && !options?.create)
    throw new ReleasesError('NOT_FOUND', `there is no folder ${path}`);
  const { memory } = placeAt(path, 'memory');
  if (!memory) throw new Error(`${path} is no folder`);
  return through({ ...memory, address: `dir:${path}` }, () => placeAt(path, 'memory'));
};

/** Stands for the program's `openArchive`. */
export const openArchive: OpenArchive = async (path, options: ArchiveOptions = {}) => {
  const opened = await realOpener('openArchive')(path, options);
  const actor = actorNow();
  const playing = sceneNow();
  const written: ReleaseRecord[] = [];
  playing.closing.push(() => opened.close());
  const seal = opened.seal?.bind(opened);
  const archive = through(
    opened,
    () => placeAt(path, 'archive'),
    (record) => written.push(record),
  );
  return {
    ...archive,
    get about() {
      return opened.about;
    },
    close: () => (actor.dead ? new Promise<never>(() => {}) : opened.close()),
    ...(seal && {
      seal: () =>
        playing.director.request(
          actor,
          { what: 'seal', about: `seal ${basename(path)}` },
          async () => {
            await seal();
            const place = placeAt(path, 'archive');
            const old = [...place.held.values()];
            place.held.clear();
            for (const record of written) place.held.set(refId(record), record);
            playing.overwritten(old);
          },
        ),
    }),
  } as Archive;
};

/** @param keep what is created, where it isn't there before it is sealed; absent: it is */
function through(
  store: Storage,
  place: () => Place,
  keep?: (record: ReleaseRecord) => unknown,
): Storage {
  const actor = actorNow();
  const playing = sceneNow();
  const name = basename(resolve(store.address.replace(/^\w+:/, '')));
  const ask = <T>(what: Request['what'], about: string, work: () => Promise<T>) =>
    playing.director.request(actor, { what, about: `${what} ${name}${about}` }, work);
  async function* pages<T>(about: string, list: () => AsyncIterable<readonly T[]>) {
    yield* await ask('list', about, async () => {
      const all: (readonly T[])[] = [];
      for await (const page of list()) all.push(page);
      return all;
    });
  }
  return {
    ...store,
    list: (selection) => pages(' ', () => store.list(selection)),
    listMeta: (selection) => pages(' meta', () => store.listMeta(selection)),
    get: (ref) => ask<ReadRecord | undefined>('get', ` ${ref.key}`, () => store.get(ref)),
    create: (record) =>
      ask('create', ` ${record.key}`, async () => {
        if (keep) {
          await store.create(record);
          keep(record);
          return;
        }
        const at = place();
        const admitted = playing.admit(at, record);
        await store.create(admitted);
        const act: Act = { actor, did: 'create', place: at, record: admitted };
        at.held.set(refId(record), admitted);
        playing.after(act);
      }),
    replace: (record, over) =>
      ask('replace', ` ${record.key}`, async () => {
        const at = place();
        const admitted = playing.admit(at, record);
        await store.replace(admitted, over);
        at.held.set(refId(record), admitted);
        playing.after({ actor, did: 'replace', place: at, record: admitted });
      }),
    delete: (record) =>
      ask('delete', ` ${record.key}`, async () => {
        const at = place();
        const held = at.held.get(refId(record));
        await store.delete(record);
        if (!held) return;
        const act: Act = { actor, did: 'delete', place: at, record: held };
        at.held.delete(refId(record));
        playing.after(act);
      }),
  };
}

/** An act of somebody who isn't one of our runs: it needs no turn. */
export async function act(place: Place, change: Change): Promise<void> {
  const store = place.memory ?? (await realOpener('openDirectory')(place.path, { create: true }));
  const { remove, add } = change;
  if (remove && add) await store.replace(add, await asListed(store, remove));
  else if (remove) await store.delete(await asListed(store, remove));
  else if (add) await store.create(add);
  if (remove) place.held.delete(refId(remove));
  if (add) place.held.set(refId(add), add);
}

/** Both: one in the place of the other. */
export interface Change {
  readonly remove?: ReleaseRecord;
  readonly add?: ReleaseRecord;
}

async function asListed(store: Storage, record: ReleaseRecord): Promise<RecordMeta> {
  for await (const page of store.list({}))
    for (const one of page) if (refId(one) === refId(record)) return one;
  throw new Error(`${refId(record)} is not there`);
}
