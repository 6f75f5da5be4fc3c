/** Records in an API server's Secrets or ConfigMaps: all that the two stores have in common. */

import { isReleasesError, printable, ReleasesError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { LostReplyError, OtherFormError } from '../kube/failures.ts';
import { listPages } from '../kube/pages.ts';
import { acceptMetadata, acceptProtobuf, protobufType } from '../kube/protobuf.ts';
import type { ProtobufObject } from '../kube/protobufWrite.ts';
import { isLabelValue, isNamespaceName } from '../names.ts';
import {
  isBad,
  type Owner,
  ownerOf,
  type ReadRecord,
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
} from '../record.ts';
import { isSameRecord } from '../sameRecord.ts';
import { unholdable } from './holdable.ts';
import { metaOf, objectOf, protobufOf, recordOf } from './objects.ts';
import { isHelm3s } from './select.ts';
import { maxObjectBytes, type RecordEvent, type Selection, type Storage } from './storage.ts';

export interface KubernetesOptions {
  /** The one storage namespace to work in; absent: all of them. */
  readonly namespace?: string | undefined;
  /** Objects a page, for tests; absent: what `listPages` finds best. */
  readonly pageSize?: number | undefined;
}

interface Spec {
  readonly kind: ProtobufObject['kind'];
  readonly resource: 'secrets' | 'configmaps';
  /** As addresses name it. */
  readonly type: 'secret' | 'configmap';
}

export function openKubernetes(api: KubeApi, spec: Spec, options: KubernetesOptions): Storage {
  const { kind, resource } = spec;
  const at = { apiVersion: 'v1', resource } as const;
  /** Until something before the server refuses it, or the server itself. */
  let takesProtobuf = true;
  const address = options.namespace ? `${spec.type}:${options.namespace}` : spec.type;

  async function* pages<T extends RecordMeta>(
    selection: Selection,
    metadataOnly: boolean,
    read: (object: { readonly [field: string]: unknown }) => T,
  ): AsyncGenerator<readonly T[]> {
    const namespace = selection.namespace ?? options.namespace;
    if (!mayLieIn(namespace)) return;
    for (const { owner, labelSelector } of selectors(selection)) {
      const { pageSize } = options;
      const list = { labelSelector, metadataOnly, pageSize, protobuf: true };
      const isOurs = isOf(owner, selection);
      for await (const page of listPages(api, { ...at, namespace }, list)) {
        const records = page.map(read).filter(isOurs);
        if (records.length > 0) yield records;
      }
    }
  }

  async function* listNames(namespace: string): AsyncGenerator<readonly RecordMeta[]> {
    if (!mayLieIn(namespace)) return;
    const { pageSize } = options;
    const list = { metadataOnly: true, pageSize, protobuf: true };
    for await (const page of listPages(api, { ...at, namespace }, list))
      yield page.map((object) => metaOf(kind, object));
  }

  async function* watch(selection: Selection, signal: AbortSignal): AsyncGenerator<RecordEvent> {
    const namespace = selection.namespace ?? options.namespace;
    const [selector] = selectors(selection);
    if (selector === undefined || !mayLieIn(namespace)) return;
    const { owner, labelSelector } = selector;
    const isOurs = isOf(owner, selection);
    const where = { ...at, namespace };
    const { watchMetadata } = await import('../kube/watch.ts');
    for await (const event of watchMetadata(api, where, { labelSelector, signal })) {
      if (event.is === 'listed') {
        const records = event.objects.map((object) => metaOf(kind, object));
        yield { is: 'listed', records: records.filter(isOurs) };
      } else if (event.is === 'changed' || event.is === 'removed') {
        const record = metaOf(kind, event.object);
        if (isOurs(record)) yield { is: event.is, record };
      } else yield event;
    }
  }

  /** What a file calls a namespace may be anything: nothing can lie there. */
  function mayLieIn(namespace: string | undefined): boolean {
    if (options.namespace && namespace !== options.namespace) return false;
    return !namespace || isNamespaceName(namespace);
  }

  async function get(ref: RecordRef): Promise<ReadRecord | undefined> {
    if (!holds(ref)) return undefined;
    try {
      const named = { namespace: ref.namespace, name: ref.key };
      const object = await api.call({ ...at, verb: 'get', ...named, accept: acceptProtobuf });
      return recordOf(kind, object as { [field: string]: unknown });
    } catch (error) {
      if (isReleasesError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  function holds(ref: RecordRef): boolean {
    const inside = options.namespace === undefined || ref.namespace === options.namespace;
    return ref.kind === kind && ref.namespace !== '' && inside;
  }

  function mustHold(ref: RecordRef): void {
    if (holds(ref)) return;
    const where = `${ref.kind.toLowerCase()} ${printable(ref.namespace) || '-'}/${printable(ref.key)}`;
    throw new ReleasesError('NOT_FOUND', `${where} has no place in ${address}`);
  }

  async function create(record: ReleaseRecord): Promise<void> {
    mustHold(record);
    const post = () => send(record);
    try {
      await post();
    } catch (error) {
      if (!(error instanceof LostReplyError)) throw error;
      // The answer got lost, the request perhaps not. What is there now decides.
      if (await isThere(record)) return;
      await post().catch(async (again) => {
        if (!isReleasesError(again, 'EXISTS') || !(await isThere(record))) throw again;
      });
    }
  }

  async function send(record: ReleaseRecord): Promise<void> {
    const { namespace, key: name } = record;
    // The answer would otherwise bring back all that was sent.
    const accept = acceptMetadata.object;
    const call = { ...at, verb: 'create', namespace, name, accept } as const;
    if (takesProtobuf)
      try {
        const { encodeProtobuf } = await import('../kube/protobufWrite.ts');
        const body = encodeProtobuf(protobufOf(kind, record));
        await api.call({ ...call, body, contentType: protobufType });
        return;
      } catch (error) {
        if (!(error instanceof OtherFormError)) throw error;
        takesProtobuf = false;
      }
    await api.call({ ...call, body: objectOf(record) });
  }

  /** @throws ReleasesError EXISTS when another record has the name */
  async function isThere(record: ReleaseRecord): Promise<boolean> {
    const found = await get(record);
    if (!found) return false;
    if (!found.leaving && !isBad(found) && isSameRecord(found, record)) return true;
    const name = `${spec.type} ${printable(record.namespace)}/${printable(record.key)}`;
    throw new ReleasesError('EXISTS', `${name} exists already`);
  }

  async function remove(record: RecordMeta): Promise<void> {
    mustHold(record);
    const { uid, resourceVersion } = record;
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
    const { namespace, key: name } = record;
    const send = () => api.call({ ...at, verb: 'delete', namespace, name, body });
    try {
      await send();
    } catch (error) {
      if (!(error instanceof LostReplyError)) throw error;
      // With a uid a second try can't hit another record; that it's gone is then the wanted end.
      await send().catch((again) => {
        if (!isReleasesError(again, 'NOT_FOUND')) throw again;
      });
    }
  }

  /** In place; or, where the server lets nobody update it, by a delete and a create that were tried before. */
  async function replace(record: ReleaseRecord, over: RecordMeta): Promise<void> {
    mustHold(record);
    const { exchange } = await import('./exchange.ts');
    await exchange({ api, at, get, create, remove }, record, over);
  }

  async function closedNamespace(namespace: string): Promise<string | undefined> {
    if (!isNamespaceName(namespace)) return undefined;
    const call = {
      apiVersion: 'v1',
      resource: 'namespaces',
      verb: 'get',
      name: namespace,
    } as const;
    try {
      const { status } = (await api.call(call)) as { status?: { phase?: unknown } };
      return status?.phase === 'Terminating' ? 'is being deleted' : undefined;
    } catch (error) {
      if (isReleasesError(error, 'NOT_FOUND')) return 'does not exist';
      // Who may write Secrets may not be allowed to look at namespaces.
      if (isReleasesError(error, 'FORBIDDEN')) return undefined;
      throw error;
    }
  }

  return {
    address,
    kinds: [kind],
    capabilities: {
      durable: true,
      preconditions: true,
      metadataOnly: true,
      selects: true,
      inCluster: true,
      maxRecordBytes: maxObjectBytes,
    },
    list: (selection) => pages(selection, false, (object) => recordOf(kind, object)),
    listMeta: (selection) => pages(selection, true, (object) => metaOf(kind, object)),
    listNames,
    watch,
    get,
    create,
    replace,
    delete: remove,
    closedNamespace,
    unholdable: (record) =>
      record.kind === kind ? unholdable(record) : `${address} holds no ${record.kind} records`,
  };
}

/** The labels each Helm puts on its records, in its own letters. */
const labelNames = {
  helm: { owner: 'owner=helm', name: 'name', status: 'status' },
  tiller: { owner: 'OWNER=TILLER', name: 'NAME', status: 'STATUS' },
} as const;

/**
 * A record with both owners' labels is found by both lists, and is of one of them: `owner=helm` is a
 * label that charts and people use for what is Helm 2's, too.
 */
function isOf(owner: Owner, { labels }: Selection): (record: RecordMeta) => boolean {
  if (labels) return (record) => !isHelm3s(record);
  return (record) => {
    const { owner: helms, OWNER: tillers } = record.labels;
    return helms !== 'helm' || tillers !== 'TILLER' || ownerOf(record) === owner;
  };
}

function selectors({ owner, labels, name, names, notStatus }: Selection): {
  readonly owner: Owner;
  readonly labelSelector: string;
}[] {
  // What can't be a label's value can't be on any object, and the server would answer 400.
  if (name !== undefined && !isLabelValue(name)) return [];
  const any = names?.filter(isLabelValue);
  if (any?.length === 0) return [];
  const both: Owner[] = ['helm', 'tiller'];
  const owners = labels ? both.slice(1) : owner ? [owner] : both;
  return owners.map((one) => {
    const own = labelNames[one];
    const parts: string[] = [labels?.text ?? own.owner];
    if (name !== undefined) parts.push(`${own.name}=${name}`);
    if (any) parts.push(`${own.name} in (${any.join(',')})`);
    if (notStatus !== undefined && isLabelValue(notStatus))
      parts.push(`${own.status}!=${notStatus}`);
    return { owner: one, labelSelector: parts.join(',') };
  });
}
