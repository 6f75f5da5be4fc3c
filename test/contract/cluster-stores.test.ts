/** What only stores on an API server have to stand: missing namespaces, expired lists, permissions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isReleasesError, type ReleasesError } from '../../src/errors.ts';
import { dryRunApi } from '../../src/kube/dryRun.ts';
import { type Kube, openKube } from '../../src/kube/kube.ts';
import type { RecordKind, ReleaseRecord } from '../../src/record.ts';
import { openConfigMaps } from '../../src/storage/configmaps.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { openSecrets } from '../../src/storage/secrets.ts';
import { useCluster } from '../cluster/shared.ts';
import { startProxy } from '../faults/proxy.ts';
import { helm3Record, tillerRecord } from './stores.ts';

const kinds: readonly { kind: RecordKind; open: typeof openSecrets; resource: string }[] = [
  { kind: 'Secret', open: openSecrets, resource: 'secrets' },
  { kind: 'ConfigMap', open: openConfigMaps, resource: 'configmaps' },
];

async function errorOf(work: Promise<unknown>): Promise<ReleasesError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isReleasesError(error)) throw error ?? new Error('it did not fail');
  return error;
}

describe.each(kinds)('stores on a cluster: $kind', ({ kind, open, resource }) => {
  const cluster = useCluster();
  let kube: Kube;
  beforeAll(() => {
    kube = openKube({ kubeconfig: cluster.adminKubeconfig }, {});
  });
  afterAll(() => kube.close());

  it('names the missing namespace when a record is created in it', async () => {
    const storage = open(kube.api);
    const error = await errorOf(storage.create(helm3Record(kind, 'not-there', 'app')));
    expect(error).toMatchObject({ code: 'NOT_FOUND', message: 'there is no namespace not-there' });
  });

  it('knows namespaces that take no records', async () => {
    const storage = open(kube.api);
    const [here, ending] = [await cluster.namespace(), await cluster.namespace()];
    // No controller runs here, so the namespace stays in this state.
    await cluster.must('DELETE', `/api/v1/namespaces/${ending}`);
    expect(await storage.closedNamespace?.(here)).toBeUndefined();
    expect(await storage.closedNamespace?.('not-there')).toBe('does not exist');
    expect(await storage.closedNamespace?.(ending)).toBe('is being deleted');
  });

  it('says beforehand what the API server takes, and says no more', async () => {
    const here = await cluster.namespace();
    const storage = open(kube.api);
    const plain = helm3Record(kind, here, 'app');
    const labelled = (labels: { [name: string]: string }) => ({
      ...plain,
      labels: { ...plain.labels, ...labels },
    });
    const noted = (annotations: { [name: string]: string }) => ({ ...plain, annotations });
    const long = (length: number) => 'a'.repeat(length);
    const records: [string, ReleaseRecord][] = [
      ['a namespace with a path', { ...plain, namespace: '../../pay' }],
      ['a namespace in capitals', { ...plain, namespace: 'Pay' }],
      ['a key in capitals', { ...plain, key: 'sh.helm.release.v1.App.v1' }],
      ['a key with a path', { ...plain, key: 'sh.helm.release.v1.../../x.v1' }],
      ['a key of 254', { ...plain, key: long(254) }],
      ['a key of 253', { ...plain, key: long(253) }],
      ['a label value with spaces', labelled({ bad: 'spaces and \u001b[31m' })],
      ['a label value of 64', labelled({ bad: long(64) })],
      ['a label value of 63', labelled({ good: long(63) })],
      ['an empty label value', labelled({ good: '' })],
      ['a label name with spaces', labelled({ 'a b': 'x' })],
      ['a label name of 64', labelled({ [long(64)]: 'x' })],
      ['a label name with a prefix', labelled({ 'example.com/team': 'x' })],
      ['a label name with a prefix in capitals', labelled({ 'Example.com/team': 'x' })],
      ['a label name with two slashes', labelled({ 'a/b/c': 'x' })],
      ['an annotation with any value', noted({ note: 'spaces and \u001b[31m' })],
      ['an annotation whose prefix is in capitals', noted({ 'Example.com/note': 'x' })],
      ['an annotation name with spaces', noted({ 'a b': 'x' })],
      ['annotations that are too large', noted({ note: long(256 * 1024) })],
      ['annotations that just fit', noted({ note: long(256 * 1024 - 4) })],
    ];
    for (const [what, record] of records) {
      const why = storage.unholdable?.(record);
      const taken = await storage.create(record).then(
        () => true,
        () => false,
      );
      expect([what, why === undefined]).toEqual([what, taken]);
      expect(why ?? '').not.toContain('\u001b');
      if (taken) await storage.delete(record);
    }
    expect(storage.unholdable?.({ ...plain, kind: 'SQL' })).toContain('holds no SQL records');
    for await (const page of storage.list({ namespace: '../../pay' })) expect(page).toEqual([]);
    expect(await storage.closedNamespace?.('../../pay')).toBeUndefined();
  });

  it('stays within the namespace it was opened on', async () => {
    const [here, there] = [await cluster.namespace(), await cluster.namespace()];
    const storage = open(kube.api, { namespace: here });
    await open(kube.api).create(helm3Record(kind, there, 'app'));
    await storage.create(helm3Record(kind, here, 'app'));
    expect(storage.address).toBe(`${kind.toLowerCase()}:${here}`);
    const pages = [];
    for await (const page of storage.list({})) pages.push(...page);
    expect(pages.map(({ namespace }) => namespace)).toEqual([here]);
    for await (const page of storage.list({ namespace: there })) expect(page).toEqual([]);
    expect(await storage.get(helm3Record(kind, there, 'app'))).toBeUndefined();
    expect((await errorOf(storage.create(helm3Record(kind, there, 'b')))).code).toBe('NOT_FOUND');
    expect((await errorOf(storage.delete(helm3Record(kind, there, 'app')))).code).toBe('NOT_FOUND');
  });

  it('asks for each owner once, and for metadata without payloads', async () => {
    const here = await cluster.namespace();
    const storage = open(kube.api, { namespace: here });
    await storage.create({
      ...helm3Record(kind, here, 'both'),
      labels: { owner: 'helm', name: 'both', OWNER: 'TILLER', NAME: 'both' },
    });
    const mark = await cluster.auditMark();
    const found = [];
    for await (const page of storage.listMeta({})) found.push(...page);
    expect(found).toHaveLength(1);
    expect(await cluster.auditCounts(mark, { namespace: here })).toEqual({ list: 2 });
  });

  it('lists what its labels hide, whole, by its names alone', async () => {
    const here = await cluster.namespace();
    const storage = open(kube.api, { namespace: here, pageSize: 2 });
    for (const name of ['one', 'two', 'three'])
      await storage.create({ ...helm3Record(kind, here, name), labels: { of: name } });
    const mark = await cluster.auditMark();
    const found = [];
    for await (const page of storage.listNames?.(here) ?? []) found.push(...page);
    const ours = found.filter(({ key }) => key.startsWith('sh.helm.release'));
    expect(ours.map(({ labels }) => labels['of']).sort()).toEqual(['one', 'three', 'two']);
    for (const record of ours) expect(record).not.toHaveProperty('payload');
    for await (const page of storage.listMeta({})) expect(page).toEqual([]);
    for await (const page of storage.listNames?.('elsewhere') ?? []) expect(page).toEqual([]);
    const { list = 0 } = await cluster.auditCounts(mark, { namespace: here });
    expect(list).toBeGreaterThan(3);
  });

  it('says who lacks which permission', async () => {
    const here = await cluster.namespace();
    const nobody = openKube({ kubeconfig: cluster.kubeconfigFor('nobody-at-all') }, {});
    const storage = open(nobody.api);
    const list = async (namespace?: string) => {
      for await (const page of storage.list(namespace ? { namespace } : {}))
        expect(page).toEqual([]);
    };
    const everywhere = await errorOf(list());
    expect(everywhere.code).toBe('FORBIDDEN');
    expect(everywhere.message).toBe(
      `no permission to list ${resource} in all namespaces (as nobody-at-all)`,
    );
    expect(everywhere.hints.join()).toContain('-n NAMESPACE');
    expect((await errorOf(list(here))).message).toContain(`in namespace ${here}`);
    const create = await errorOf(storage.create(helm3Record(kind, here, 'app')));
    expect(create.message).toMatch(/^no permission to create (secret|configmap) /);
    expect(await storage.closedNamespace?.(here)).toBeUndefined();
    nobody.close();
  });

  describe('a record in the place of another', () => {
    const path = (here: string, name = '') =>
      `/api/v1/namespaces/${here}/${resource}${name && `/${name}`}`;
    interface Whole {
      metadata: { [field: string]: unknown };
      [field: string]: unknown;
    }
    /** A record with these fields beside its own, past the store's own code. */
    async function planted(here: string, fields: object, metadata: object) {
      const record = helm3Record(kind, here, 'app');
      const object = objectOf(record) as unknown as Whole;
      const body = { ...object, ...fields, metadata: { ...object.metadata, ...metadata } };
      await cluster.must('POST', path(here), body);
      const read = await open(kube.api).get(record);
      if (!read) throw new Error('the record was created');
      return { record, read };
    }
    const whole = async ({ namespace, key }: ReleaseRecord) =>
      (await cluster.must('GET', path(namespace, key))) as Whole;

    it('keeps owner references, finalizers, uid and other data, and takes annotations away', async () => {
      const here = await cluster.namespace();
      const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'its-owner', uid: 'a-b-c' };
      const kept = { ownerReferences: [owner], finalizers: ['example.com/held'] };
      const more = {
        data: { ...(objectOf(helm3Record(kind, here, 'app')).data as object), more: 'WA==' },
      };
      const { record, read } = await planted(here, more, { ...kept, annotations: { note: 'old' } });
      const wanted = { ...record, payload: 'b3RoZXI=', annotations: { other: 'new' } };
      await open(kube.api).replace(wanted, read);
      const { metadata, data } = await whole(record);
      expect(metadata).toMatchObject({ ...kept, uid: read.uid, annotations: { other: 'new' } });
      expect(metadata['annotations']).toEqual({ other: 'new' });
      expect(Object.keys(data as object).sort()).toEqual(['more', 'release']);
      await cluster.must('PUT', path(here, record.key), {
        ...objectOf(wanted),
        metadata: { ...metadata, finalizers: [] },
      });
    });

    it('that is immutable is made anew, once that has been tried', async () => {
      const here = await cluster.namespace();
      const { record, read } = await planted(here, { immutable: true }, {});
      const wanted = { ...record, payload: 'b3RoZXI=' };
      const storage = open(kube.api);
      const rehearsed = open(dryRunApi(kube.api));
      await rehearsed.replace(wanted, read);
      expect(await storage.get(record)).toEqual(read);
      await storage.replace(wanted, read);
      expect(await storage.get(record)).toMatchObject(wanted);
      expect((await whole(record))['immutable']).toBeUndefined();
    });

    it('is not deleted where creates are refused, or a finalizer would keep it', async () => {
      const here = await cluster.namespace();
      const { record, read } = await planted(here, { immutable: true }, {});
      const wanted = { ...record, payload: 'b3RoZXI=' };
      let creates = 0;
      const refuse = { status: 403, body: { kind: 'Status', reason: 'Forbidden' } } as const;
      const proxy = await startProxy(cluster, ({ method }) => {
        if (method === 'POST') creates++;
        return method === 'POST' ? refuse : 'pass';
      });
      const through = openKube({ kubeconfig: proxy.kubeconfig }, {});
      expect((await errorOf(open(through.api).replace(wanted, read))).code).toBe('FORBIDDEN');
      expect(creates).toBe(1);
      expect(await open(kube.api).get(record)).toEqual(read);
      through.close();
      await proxy.close();
      const held = await cluster.namespace();
      const finalizers = ['example.com/held'];
      const other = await planted(held, { immutable: true }, { finalizers });
      const error = await errorOf(
        open(kube.api).replace({ ...wanted, namespace: held }, other.read),
      );
      expect(error.code).toBe('REFUSED');
      expect(await open(kube.api).get(other.record)).toEqual(other.read);
    });

    it('comes back as it was where its successor is refused after the trial', async () => {
      const here = await cluster.namespace();
      const { record, read } = await planted(
        here,
        { immutable: true },
        { annotations: { a: 'b' } },
      );
      const refuse = { status: 403, body: { kind: 'Status', reason: 'Forbidden' } } as const;
      let creates = 0;
      const proxy = await startProxy(cluster, ({ method }) =>
        method === 'POST' && ++creates === 2 ? refuse : 'pass',
      );
      const through = openKube({ kubeconfig: proxy.kubeconfig }, {});
      const error = await errorOf(open(through.api).replace({ ...record, payload: 'WA==' }, read));
      expect(error.why.at(-1)).toContain('was put back as it was');
      const { uid: _, resourceVersion: __, ...content } = read;
      expect(await open(kube.api).get(record)).toMatchObject(content);
      through.close();
      await proxy.close();
    });
  });

  describe('through a proxy that breaks things', () => {
    it('goes on after 410 Gone, with and without a token, and yields nothing twice', async () => {
      const here = await cluster.namespace();
      const direct = open(kube.api);
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      for (const name of names) await direct.create(tillerRecord(kind, here, name));
      for (const resume of [true, false]) {
        let lists = 0;
        const proxy = await startProxy(cluster, (request) => {
          if (!request.path.includes('continue=')) return 'pass';
          lists += 1;
          if (lists !== 2) return 'pass';
          const token = new URL(request.path, 'http://x').searchParams.get('continue');
          const metadata = resume && token ? { continue: token } : {};
          return { status: 410, body: { kind: 'Status', reason: 'Expired', metadata } };
        });
        const through = openKube({ kubeconfig: proxy.kubeconfig }, {});
        const found: string[] = [];
        const storage = open(through.api, { pageSize: 2 });
        for await (const page of storage.list({ namespace: here, owner: 'tiller' }))
          found.push(...page.map(({ key }) => key));
        expect(found.sort()).toEqual(names.map((name) => `${name}.v1`));
        expect(lists).toBeGreaterThan(2);
        through.close();
        await proxy.close();
      }
    });

    it('retries reads after 429, 503 and a broken connection', async () => {
      const here = await cluster.namespace();
      await open(kube.api).create(helm3Record(kind, here, 'app'));
      const faults = ['drop', { status: 429, retryAfter: 0 }, { status: 503 }] as const;
      let seen = 0;
      const proxy = await startProxy(cluster, () => faults[seen++] ?? 'pass');
      const through = openKube({ kubeconfig: proxy.kubeconfig }, {});
      const read = await open(through.api).get(helm3Record(kind, here, 'app'));
      expect(read?.key).toBe('sh.helm.release.v1.app.v1');
      expect(seen).toBe(4);
      through.close();
      await proxy.close();
    });

    it('settles a replacement whose answer was lost by looking', async () => {
      const here = await cluster.namespace();
      let lose = 0;
      const proxy = await startProxy(cluster, ({ method }) =>
        method === 'PUT' && lose-- > 0 ? 'lose-answer' : 'pass',
      );
      const through = openKube({ kubeconfig: proxy.kubeconfig }, {});
      const storage = open(through.api);
      const record = helm3Record(kind, here, 'app');
      await storage.create(record);
      const read = await storage.get(record);
      if (!read) throw new Error('the record was created');
      const wanted = { ...record, payload: 'b3RoZXI=' };
      lose = 1;
      await storage.replace(wanted, read);
      expect(await storage.get(record)).toMatchObject(wanted);
      lose = 1;
      expect((await errorOf(storage.replace(record, read))).code).toBe('CONFLICT');
      through.close();
      await proxy.close();
    });

    it('settles a create or delete whose answer was lost by looking', async () => {
      const here = await cluster.namespace();
      let lose = 0;
      const proxy = await startProxy(cluster, ({ method }) =>
        (method === 'POST' || method === 'DELETE') && lose-- > 0 ? 'lose-answer' : 'pass',
      );
      const through = openKube({ kubeconfig: proxy.kubeconfig }, {});
      const storage = open(through.api);
      const record = helm3Record(kind, here, 'app');
      lose = 1;
      await storage.create(record);
      const read = await storage.get(record);
      if (!read) throw new Error('the record was created');
      expect(read).toMatchObject({ payload: record.payload });
      lose = 1;
      expect((await errorOf(storage.create({ ...record, payload: 'b3RoZXI=' }))).code).toBe(
        'EXISTS',
      );
      lose = 1;
      await storage.delete(read);
      expect(await storage.get(record)).toBeUndefined();
      through.close();
      await proxy.close();
    });
  });
});
