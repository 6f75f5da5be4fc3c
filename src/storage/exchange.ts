/**
 * One record in the place of another in an API server: an update with uid and resourceVersion, so that one
 * of the two is there at any moment. A Secret whose type changes, and what is immutable, no server updates:
 * there the create is tried first, and what was there comes back when it fails all the same.
 */
import { randomBytes } from 'node:crypto';
import { isReleasesError, printable, ReleasesError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { LostReplyError } from '../kube/failures.ts';
import { isBad, type RecordMeta, type ReleaseRecord, recordPlace } from '../record.ts';
import { isSameRecord } from '../sameRecord.ts';
import { type Fields, isFields, metaOf, objectOf, recordOf } from './objects.ts';
import type { Storage } from './storage.ts';

/** The store, as far as it is needed here. */
export interface ExchangeIn {
  readonly api: KubeApi;
  readonly at: { readonly apiVersion: 'v1'; readonly resource: 'secrets' | 'configmaps' };
  readonly get: Storage['get'];
  readonly create: Storage['create'];
  readonly remove: Storage['delete'];
}

/** @throws ReleasesError as `Storage.replace` */
export async function exchange(
  store: ExchangeIn,
  record: ReleaseRecord,
  over: RecordMeta,
): Promise<void> {
  const there = await readWhole(store, over);
  mustBe(over, metaOf(over.kind, there));
  const wanted = objectOf(record);
  const sameType = record.kind !== 'Secret' || there.type === wanted.type;
  if (sameType && there.immutable !== true) return update(store, record, over, there);
  return recreate(store, record, over, there);
}

/** As JSON: what this program doesn't know of an object goes back as it came. */
async function readWhole({ api, at }: ExchangeIn, over: RecordMeta): Promise<Fields> {
  const { namespace, key: name } = over;
  const object = await api.call({ ...at, verb: 'get', namespace, name });
  return isFields(object) ? object : {};
}

function mustBe(over: RecordMeta, now: RecordMeta): void {
  const { uid = now.uid, resourceVersion = now.resourceVersion } = over;
  if (uid === now.uid && resourceVersion === now.resourceVersion) return;
  const name = printable(recordPlace(over));
  throw new ReleasesError('CONFLICT', `${name} was changed in the meantime`);
}

async function update(
  store: ExchangeIn,
  record: ReleaseRecord,
  over: RecordMeta,
  there: Fields,
): Promise<void> {
  const { api, at, get } = store;
  const { namespace, key: name } = over;
  const { metadata, data } = objectOf(record);
  const { annotations, labels } = metadata as Fields;
  const { stringData: _, binaryData, ...rest } = there;
  const binary = isFields(binaryData) ? withoutRelease(binaryData) : {};
  const { annotations: ___, ...kept } = there.metadata as Fields;
  const body = {
    ...rest,
    metadata: { ...kept, labels, ...(annotations !== undefined && { annotations }) },
    // Others' keys are no business of a release's.
    data: { ...(isFields(there.data) && there.data), ...(data as Fields) },
    ...(Object.keys(binary).length > 0 && { binaryData: binary }),
    ...(record.immutable && { immutable: true }),
  };
  const send = () => api.call({ ...at, verb: 'update', namespace, name, body });
  try {
    await send();
  } catch (error) {
    if (!(error instanceof LostReplyError)) throw error;
    // With the version that was read a second try can't hit another record.
    await send().catch(async (again: unknown) => {
      if (!isReleasesError(again, 'CONFLICT') || !(await isThere(get, record))) throw again;
    });
  }
}

/** @throws ReleasesError; then what was there is there, or the hints say that it isn't */
async function recreate(
  store: ExchangeIn,
  record: ReleaseRecord,
  over: RecordMeta,
  there: Fields,
): Promise<void> {
  const { get, create, remove } = store;
  const shown = printable(recordPlace(over));
  const { finalizers } = there.metadata as Fields;
  if (Array.isArray(finalizers) && finalizers.length > 0)
    throw new ReleasesError('REFUSED', `${shown} can be replaced by no update`, {
      why: ['its type changes or it is immutable, and its finalizers keep it from being deleted'],
      hints: ['take the finalizers away, and run the same command again'],
    });
  const { otherData } = recordOf(over.kind, there);
  if (otherData)
    throw new ReleasesError('REFUSED', `${shown} can be replaced by no update`, {
      why: [
        'its type changes or it is immutable, and it holds other data that its successor would lack',
      ],
      hints: ['take its other data away, and run the same command again'],
    });
  await tryCreate(store, record);
  await remove(over);
  try {
    await create(record);
  } catch (error) {
    // Where nothing but the delete was tried, as in a rehearsal, it still stands as it was.
    const now = await get(over).catch(() => undefined);
    if (now && now.uid === over.uid && now.resourceVersion === over.resourceVersion && !now.leaving)
      return;
    if (now && !now.leaving && !isBad(now) && isSameRecord(now, record)) return;
    if (!(error instanceof ReleasesError) || now) throw error;
    const old = recordOf(over.kind, there);
    const isBack =
      !isBad(old) &&
      (await create(old).then(
        () => true,
        () => false,
      ));
    throw new ReleasesError(error.code, error.message, {
      why: [
        ...error.why,
        isBack ? `${shown} was put back as it was` : `${shown} was deleted, and is not there now`,
      ],
      hints: error.tries,
    });
  }
}

/** Whether such a record may be created there, under a name that nobody has: quotas and admission are asked. */
async function tryCreate({ api, at }: ExchangeIn, record: ReleaseRecord): Promise<void> {
  const { namespace } = record;
  const name = `kubectl-releases-try-${randomBytes(6).toString('hex')}`;
  const wanted = objectOf(record);
  const body = { ...wanted, metadata: { ...(wanted.metadata as Fields), name } };
  await api.call({ ...at, verb: 'create', namespace, name, body, query: { dryRun: 'All' } });
}

async function isThere(get: Storage['get'], record: ReleaseRecord): Promise<boolean> {
  const found = await get(record);
  return found !== undefined && !found.leaving && !isBad(found) && isSameRecord(found, record);
}

function withoutRelease({ release: _, ...others }: Fields): Fields {
  return others;
}
