/**
 * Marks one live object as a release's: server-side apply of three fields and no other, under this
 * program's field manager, on the very object that was planned and only while no other release owns
 * it.
 */
import { printable, ReleasesError } from '../../errors.ts';
import type { KubeApi, KubeMetadata } from '../../kube/api.ts';
import { LostReplyError } from '../../kube/failures.ts';
import { applyMetadata, getMetadata } from '../../kube/objects.ts';
import type { AdoptStep, ObjectRef } from '../plan.ts';
import {
  managedByKey,
  nameKey,
  namespaceKey,
  ownershipOf,
  sameOwnership,
  whose,
} from './ownership.ts';

/** A controller that writes an object's status all the time gets in between, but not this often. */
const tries = 8;

/**
 * Returns when the object has all three, as the API server's own answer says.
 * @throws ReleasesError CONFLICT when it is gone, another object or another release's; VERIFY; and as
 *   `KubeApi.call` does
 */
export async function adoptObject(api: KubeApi, step: AdoptStep): Promise<void> {
  let { resourceVersion } = step.object;
  for (let attempt = 1; ; attempt++) {
    try {
      return check(await apply(api, step, resourceVersion), step);
    } catch (error) {
      // The answer may be lost, or an old version's: what is there now decides.
      if (!(error instanceof ReleasesError) || error.code === 'VERIFY') throw error;
      const now = await stillFree(api, step, error);
      if (now === 'adopted') return;
      const again = error.code === 'CONFLICT' || error instanceof LostReplyError;
      if (!again || attempt === tries) throw error;
      resourceVersion = now;
    }
  }
}

async function apply(
  api: KubeApi,
  { object, after }: AdoptStep,
  resourceVersion: string,
): Promise<KubeMetadata> {
  return applyMetadata(api, object, {
    ...{ uid: object.uid, resourceVersion },
    labels: { [managedByKey]: after[managedByKey] },
    annotations: { [nameKey]: after[nameKey], [namespaceKey]: after[namespaceKey] },
  });
}

function check(metadata: KubeMetadata, { object, after }: AdoptStep): void {
  if (metadata.uid === object.uid && sameOwnership(ownershipOf(metadata), after)) return;
  throw new ReleasesError('VERIFY', `${title(object)} does not have what was written to it`, {
    why: ['the API server took the change, and something it asks (a webhook) undid it'],
    hints: ['--no-adopt, to migrate without it'],
  });
}

/**
 * @param failure of the try before; thrown where the object can't be looked at either
 * @returns the version to try with next, or that nothing is left to do
 */
async function stillFree(
  api: KubeApi,
  { object, before, after }: AdoptStep,
  failure: ReleasesError,
): Promise<string> {
  const found = await look(api, object, failure);
  const { uid, resourceVersion } = found ?? {};
  if (!found || !resourceVersion) throw changed(object, 'is gone');
  if (uid !== object.uid) throw changed(object, 'has been deleted and created anew');
  const is = whose(ownershipOf(found), after, before);
  if (is === 'foreign') throw changed(object, "has become another release's");
  return is === 'ours' ? 'adopted' : resourceVersion;
}

async function look(
  api: KubeApi,
  object: ObjectRef,
  failure: ReleasesError,
): Promise<KubeMetadata | undefined> {
  try {
    return await getMetadata(api, { ...object, namespaced: object.namespace !== undefined });
  } catch (error) {
    throw error instanceof ReleasesError ? failure : error;
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
