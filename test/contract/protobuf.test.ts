/**
 * The two forms in which an API server sends and takes objects: whatever was written in one is read in
 * the other, by the real server and against its JSON.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubeApi, openApi } from '../../src/kube/api.ts';
import { resolveTarget } from '../../src/kube/config.ts';
import { credentialSource } from '../../src/kube/credentials.ts';
import { OtherFormError } from '../../src/kube/failures.ts';
import { acceptProtobuf, protobufType } from '../../src/kube/protobuf.ts';
import { openTransport, type Transport } from '../../src/kube/transport.ts';
import type { Call } from '../../src/kube/types.ts';
import { openConfigMaps } from '../../src/storage/configmaps.ts';
import { recordOf } from '../../src/storage/objects.ts';
import { openSecrets } from '../../src/storage/secrets.ts';
import { useCluster } from '../cluster/shared.ts';
import { helm3Record } from './stores.ts';

type Json = { readonly [field: string]: unknown };

const cluster = useCluster();
let transport: Transport;
let api: KubeApi;
beforeAll(() => {
  const target = resolveTarget({ kubeconfig: cluster.adminKubeconfig }, {});
  transport = openTransport(target, 0, {}, credentialSource(target, {}));
  api = openApi(transport);
});
afterAll(() => transport.close());

const owner = { apiVersion: 'v1', kind: 'Secret', name: 'of', uid: 'c0ffee', controller: true };
const odd = {
  finalizers: ['example.org/held'],
  ownerReferences: [owner],
  annotations: { 'example.org/note': 'ü\u{1f600}\u0000\ud7ff"\\', empty: '' },
};

describe.each([
  { kind: 'Secret', resource: 'secrets', open: openSecrets },
  { kind: 'ConfigMap', resource: 'configmaps', open: openConfigMaps },
] as const)('$kind', ({ kind, resource, open }) => {
  const path = (namespace: string) => `/api/v1/namespaces/${namespace}/${resource}`;
  const ask = (verb: 'get' | 'list', namespace: string, more: Partial<Call> = {}) =>
    api.call({ verb, apiVersion: 'v1', resource, namespace, ...more }) as Promise<Json>;

  /** Objects as other programs write them, one of them on its way out. */
  async function plant(namespace: string): Promise<string[]> {
    const text = (value: string) =>
      kind === 'Secret' ? Buffer.from(value).toString('base64') : value;
    const made: Json[] = [
      { metadata: { name: 'bare' } },
      { metadata: { name: 'no-release', labels: { owner: 'helm' } }, data: { other: text('x') } },
      { metadata: { name: 'plain', ...odd }, data: { release: text('abc='), more: text('y') } },
      { metadata: { name: 'fixed' }, immutable: true, data: { release: text('') } },
      { metadata: { name: 'words' }, data: { release: text('nü\u0000\u{1f600}') } },
      { metadata: { name: 'long' }, data: { release: text('Q'.repeat(600_000)) } },
      ...(kind === 'Secret'
        ? [{ metadata: { name: 'bytes' }, type: 'a/b', data: { release: '/w==' } }]
        : [{ metadata: { name: 'bytes' }, binaryData: { release: 'YWJj', x: '/w==' } }]),
    ];
    for (const object of made)
      await cluster.must('POST', path(namespace), { apiVersion: 'v1', kind, ...object });
    // It waits for its finalizer.
    await cluster.must('DELETE', `${path(namespace)}/plain`);
    return made.map(({ metadata }) => (metadata as { name: string }).name);
  }

  it('gives the same records in protobuf as in JSON', async () => {
    const namespace = await cluster.namespace();
    const names = await plant(namespace);
    for (const name of names) {
      const json = recordOf(kind, await ask('get', namespace, { name }));
      const binary = await ask('get', namespace, { name, accept: acceptProtobuf });
      expect(recordOf(kind, binary), name).toEqual(json);
    }
    const [json, binary] = await Promise.all([
      ask('list', namespace, { query: { limit: '3' } }),
      ask('list', namespace, { query: { limit: '3' }, accept: acceptProtobuf }),
    ]);
    const records = (list: Json) => (list.items as Json[]).map((item) => recordOf(kind, item));
    expect(records(binary)).toEqual(records(json));
    expect(binary).toMatchObject({ kind: json.kind, metadata: { continue: expect.any(String) } });
    const leaving = recordOf(kind, await ask('get', namespace, { name: 'plain' }));
    expect(leaving).toMatchObject({ leaving: true, annotations: odd.annotations });
    const patch = { metadata: { finalizers: null } };
    await api.call({
      ...{ verb: 'patch', apiVersion: 'v1', resource, namespace, name: 'plain' },
      ...{ body: patch, contentType: 'application/merge-patch+json' },
    });
  });

  it('writes in protobuf what it would in JSON', async () => {
    const [there, here] = [await cluster.namespace(), await cluster.namespace()];
    const record = {
      ...helm3Record(kind, here, 'app'),
      payload: Buffer.from('long'.repeat(100_000)).toString('base64'),
      annotations: { 'example.org/note': 'ü\u{1f600}\n', half: 'a\ud800b', empty: '' },
    };
    await open(api).create(record);
    const { sent, through } = watched(
      (request) => request.headers['content-type'] === protobufType,
    );
    await open(through).create({ ...record, namespace: there });
    expect(sent).toEqual([protobufType, 'application/json']);
    const own = (object: Json) => {
      const { name, labels, annotations, managedFields } = object.metadata as Json;
      const [{ time: _, ...entry } = {}] = managedFields as Json[];
      return { ...object, metadata: { name, labels, annotations, entry } };
    };
    const name = record.key;
    const [json, binary] = [await ask('get', there, { name }), await ask('get', here, { name })];
    expect(own(binary)).toEqual(own(json));
  });

  it('understands refusals in protobuf', async () => {
    const namespace = await cluster.namespace();
    const storage = open(api);
    const record = helm3Record(kind, namespace, 'app');
    await storage.create(record);
    await expect(storage.create(record)).rejects.toMatchObject({ code: 'EXISTS' });
    await expect(storage.create({ ...record, namespace: 'none' })).rejects.toMatchObject({
      message: 'there is no namespace none',
    });
    const invalid = { ...record, key: 'Capitals', labels: { a: 'b c' } };
    await expect(storage.create(invalid)).rejects.toMatchObject({
      why: ['it answered 422 Invalid', expect.stringMatching(/metadata/), expect.anything()],
    });
  });

  it('goes on in JSON where protobuf is refused, and asks for it once', async () => {
    const namespace = await cluster.namespace();
    const { sent, through } = watched(
      (request) => request.headers['content-type'] === protobufType,
    );
    const storage = open(through);
    for (const revision of [1, 2, 3])
      await storage.create(helm3Record(kind, namespace, 'app', revision));
    const json = 'application/json';
    expect(sent).toEqual([protobufType, json, json, json]);
  });

  it('reads the JSON of whoever does not know protobuf', async () => {
    const namespace = await cluster.namespace();
    const record = helm3Record(kind, namespace, 'app');
    await open(api).create(record);
    const json: Transport = {
      ...transport,
      send: (request) =>
        transport.send({ ...request, headers: { ...request.headers, accept: 'application/json' } }),
    };
    const storage = open(openApi(json));
    const found = await storage.get(record);
    expect(found).toEqual(await open(api).get(record));
    const pages = [];
    for await (const page of storage.list({ namespace })) pages.push(...page);
    expect(pages).toEqual([found]);
  });
});

/** An API behind something that answers 415 to the requests that are named; what was sent, by its type. */
function watched(refuses: (request: Parameters<Transport['send']>[0]) => boolean) {
  const sent: unknown[] = [];
  const behind: Transport = {
    ...transport,
    async send(request) {
      if (request.body) sent.push(request.headers['content-type']);
      if (!refuses(request)) return transport.send(request);
      return { status: 415, headers: {}, body: Buffer.from('{}') };
    },
  };
  return { sent, through: openApi(behind) };
}

it('calls 406 and 415 by what they are, and no other refusal', async () => {
  const answering = (status: number) =>
    openApi({ ...transport, send: async () => ({ status, headers: {}, body: Buffer.from('{}') }) });
  const call = { verb: 'get', apiVersion: 'v1', resource: 'secrets', name: 'a' } as const;
  for (const [status, is] of [
    [406, true],
    [415, true],
    [400, false],
  ] as const)
    expect(
      await answering(status)
        .call(call)
        .catch((error) => error instanceof OtherFormError),
    ).toBe(is);
});
