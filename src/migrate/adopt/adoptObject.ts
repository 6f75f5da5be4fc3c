/**
 * Marks one live object as a release's: three fields and no other, on the very object that was planned and only
 * while no other release owns it. In the end they are the field manager's that its Helm writes under. What is
 * updated is written under that name at once. What is applied can't be, because an apply of three fields takes
 * away all others: it is written under this program's name, which a second change takes out of the object.
 */
import { printable, ReleasesError } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import { LostReplyError } from '../../kube/failures.ts';
import type { KubeMetadata } from '../../kube/types.ts';
import { isUnderOurName, ourManager } from '../../objects/managers.ts';
import {
  managedByKey,
  nameKey,
  namespaceKey,
  ownershipOf,
  sameOwnership,
  whose,
} from '../../objects/ownership.ts';
import { getMetadata, mergeMetadata, replaceManagedFields } from '../../objects/read.ts';
import type { AdoptStep, ObjectRef } from '../plan.ts';
import { handedOver } from './fieldManagers.ts';

/** A controller that writes an object's status all the time gets in between, but not this often. */
const tries = 8;

/**
 * Returns when the object has all three, and none under this program's name, as the API server's answers say.
 * @throws ReleasesError CONFLICT when it is gone, another object or another release's; VERIFY; and as
 *   `KubeApi.call` does
 */
export async function adoptObject(api: KubeApi, step: AdoptStep): Promise<void> {
  // An earlier run has marked it: whose the marks are by now isn't in the step.
  const isMarked = sameOwnership(step.before, step.after);
  let now = isMarked ? await stillFree(api, step) : { ...step.object, isMarked };
  for (let attempt = 1; ; attempt++) {
    try {
      await handOver(api, step, now.isMarked ? now : await mark(api, step, now.resourceVersion));
      return;
    } catch (error) {
      // The answer may be lost, or an old version's: what is there now decides.
      if (!(error instanceof ReleasesError) || error.code === 'VERIFY') throw error;
      now = await stillFree(api, step, error);
      if (now.isMarked && !isUnderOurName(now)) return;
      const again = error.code === 'CONFLICT' || error instanceof LostReplyError;
      if (!again || attempt === tries) throw error;
    }
  }
}

async function mark(
  api: KubeApi,
  { object, after, manager }: AdoptStep,
  resourceVersion: string,
): Promise<KubeMetadata> {
  const fields = {
    ...{ uid: object.uid, resourceVersion },
    labels: { [managedByKey]: after[managedByKey] },
    annotations: { [nameKey]: after[nameKey], [namespaceKey]: after[namespaceKey] },
  };
  const writer = manager.operation === 'Update' ? manager.name : ourManager;
  const metadata = await mergeMetadata(api, object, fields, writer);
  if (metadata.uid === object.uid && sameOwnership(ownershipOf(metadata), after)) return metadata;
  throw undone(object);
}

/** @param marked what the object is; of a trial, what it would be */
async function handOver(
  api: KubeApi,
  { object, manager }: AdoptStep,
  marked: KubeMetadata,
): Promise<void> {
  const fields = handedOver(marked, manager);
  if (!fields) return;
  const { resourceVersion = '' } = marked;
  const metadata = await replaceManagedFields(api, object, resourceVersion, fields, ourManager);
  if (metadata.uid !== object.uid || isUnderOurName(metadata)) throw undone(object);
}

function undone(object: ObjectRef): ReleasesError {
  return new ReleasesError('VERIFY', `${title(object)} does not have what was written to it`, {
    why: ['the API server took the change, and something it asks (a webhook) undid it'],
    hints: ['--no-adopt, to migrate without it'],
  });
}

interface Found extends KubeMetadata {
  readonly resourceVersion: string;
  /** Whether the marks are the wanted ones. */
  readonly isMarked: boolean;
}

/**
 * What is there now, to try again with.
 * @param failure of the try before; thrown where the object can't be looked at either
 */
async function stillFree(
  api: KubeApi,
  { object, before, after }: AdoptStep,
  failure?: ReleasesError,
): Promise<Found> {
  const found = await look(api, object, failure);
  const { uid, resourceVersion } = found ?? {};
  if (!found || !resourceVersion) throw changed(object, 'is gone');
  if (uid !== object.uid) throw changed(object, 'has been deleted and created anew');
  const is = whose(ownershipOf(found), after, before);
  if (is === 'foreign') throw changed(object, "has become another release's");
  return { ...found, resourceVersion, isMarked: is === 'ours' };
}

async function look(
  api: KubeApi,
  object: ObjectRef,
  failure?: ReleasesError,
): Promise<KubeMetadata | undefined> {
  try {
    return await getMetadata(api, { ...object, namespaced: object.namespace !== undefined });
  } catch (error) {
    throw failure && error instanceof ReleasesError ? failure : error;
  }
}

function changed(object: ObjectRef, what: string): ReleasesError {
  return new ReleasesError('CONFLICT', `${title(object)} ${what} since the plan was made`, {
    hints: ['run the same command again: it plans anew from what is there now'],
  });
}

function title({ kind, namespace, name }: ObjectRef): string {
  return printable(`${kind} ${namespace ? `${namespace}/` : ''}${name}`, 200);
}
