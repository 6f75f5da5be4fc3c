/**
 * Removes a Tiller as its plan says: guard, back up, delete with the uid and the resourceVersion that
 * were read, look whether it is gone. The first failure stops the rest of that Tiller, so that a rerun
 * still finds everything by its Deployment, which goes last.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import { LostReplyError } from '../../kube/failures.ts';
import type { KubeObject } from '../../kube/types.ts';
import { type RecordMeta, recordPlace, refId } from '../../record.ts';
import { makeFolder, writeNew } from '../../storage/files/write.ts';
import type { Storage } from '../../storage/storage.ts';
import { reasonOf } from '../../systemErrors.ts';
import { manifestOf } from './manifest.ts';
import { resources, type TillerObject, type TillerPlan } from './tiller.ts';

export interface TillerEngine {
  readonly api: KubeApi;
  /** Tiller's own stores, and what of them was known when the plan was made. */
  readonly storage: readonly Storage[];
  readonly known: readonly RecordMeta[];
  /** The folder for the manifests of what goes; made with the first of them. */
  readonly backup: string;
  readonly signal?: AbortSignal;
  readonly onStep?: (object: TillerObject) => void;
  /** How long an object may take to go, in milliseconds; absent: 20 s. */
  readonly patience?: number;
}

export interface TillerOutcome {
  readonly plan: TillerPlan;
  readonly result: 'removed' | 'left alone' | 'failed' | 'interrupted';
  readonly removed: readonly TillerObject[];
  readonly error?: ReleasesError;
}

export async function applyTiller(plan: TillerPlan, engine: TillerEngine): Promise<TillerOutcome> {
  const removed: TillerObject[] = [];
  if (plan.verdict !== 'ready' && plan.verdict !== 'with losses')
    return { plan, result: 'left alone', removed };
  try {
    stopIfInterrupted(engine);
    await guard(engine);
    for (const one of plan.remove) await backUp(one, engine.backup);
    for (const one of plan.remove) {
      stopIfInterrupted(engine);
      await remove(one, engine);
      removed.push(one);
      engine.onStep?.(one);
    }
    return { plan, result: 'removed', removed };
  } catch (error) {
    if (isReleasesError(error, 'INTERRUPTED')) return { plan, result: 'interrupted', removed };
    if (!(error instanceof ReleasesError)) throw error;
    return { plan, result: 'failed', removed, error };
  }
}

/** A Tiller that has written since the plan was made is still at work. */
async function guard({ storage, known }: TillerEngine): Promise<void> {
  const before = new Map(known.map((record) => [refId(record), record]));
  for (const store of storage)
    for await (const page of store.listMeta({ owner: 'tiller' }))
      for (const record of page) {
        const then = before.get(refId(record));
        if (then && then.resourceVersion === record.resourceVersion) continue;
        throw new ReleasesError(
          'CONFLICT',
          `${printable(recordPlace(record))} ${then ? 'has changed' : 'is new'} since the plan was made: this Tiller is at work`,
          { hints: ['run the same command again: it plans anew from what is there now'] },
        );
      }
}

async function backUp({ kind, object }: TillerObject, folder: string): Promise<void> {
  const { namespace, name } = object.metadata;
  const below = join(folder, namespace ?? 'cluster');
  const file = join(below, `${kind.toLowerCase()}-${encodeURIComponent(name)}.yaml`);
  const text = stringify(manifestOf(kind, object), { lineWidth: 0, compat: 'yaml-1.1' });
  try {
    await makeFolder(below);
    // A rerun into the same folder finds what the first run saved.
    await writeNew(file, text);
    if ((await readFile(file, 'utf8')) !== text)
      throw new ReleasesError('EXISTS', `${printable(file)} is the backup of something else`, {
        hints: ['another folder: --backup'],
      });
  } catch (error) {
    if (error instanceof ReleasesError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new ReleasesError(
      'FILE',
      `the backup can't be written to ${printable(file)}: ${reasonOf(code)}`,
    );
  }
}

async function remove(one: TillerObject, engine: TillerEngine): Promise<void> {
  const { uid, resourceVersion } = one.object.metadata;
  const send = () =>
    engine.api.call({
      ...callFor(one),
      verb: 'delete',
      body: {
        ...{ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
        preconditions: { uid, resourceVersion },
      },
    });
  try {
    // Without an answer the second try settles it: the uid keeps it from hitting another object.
    await send().catch((error) => {
      if (error instanceof LostReplyError) return send();
      throw error;
    });
  } catch (error) {
    if (!isReleasesError(error, 'NOT_FOUND')) throw error;
  }
  await waitUntilGone(one, engine);
}

async function waitUntilGone(one: TillerObject, engine: TillerEngine): Promise<void> {
  const end = Date.now() + (engine.patience ?? 20_000);
  for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
    if (await isGone(one, engine.api)) return;
    stopIfInterrupted(engine);
    if (Date.now() + wait > end)
      throw new ReleasesError('VERIFY', `${placeOf(one)} was deleted and is still there`, {
        why: ['perhaps a finalizer holds it'],
        hints: ['run the same command again in a while'],
      });
    await sleep(wait);
  }
}

/** Another object of the same name isn't this one. */
async function isGone(one: TillerObject, api: KubeApi): Promise<boolean> {
  try {
    const there = (await api.call({ ...callFor(one), verb: 'get' })) as KubeObject;
    return there.metadata.uid !== one.object.metadata.uid;
  } catch (error) {
    if (isReleasesError(error, 'NOT_FOUND')) return true;
    throw error;
  }
}

function callFor({ kind, object: { metadata } }: TillerObject) {
  return { ...resources[kind], namespace: metadata.namespace, name: metadata.name };
}

/** `deployment kube-system/tiller-deploy` */
export function placeOf({ kind, object: { metadata } }: TillerObject): string {
  const { namespace, name } = metadata;
  return printable(
    `${kind.toLowerCase()} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
  );
}

function stopIfInterrupted({ signal }: TillerEngine): void {
  if (signal?.aborted) throw new ReleasesError('INTERRUPTED', 'interrupted');
}
