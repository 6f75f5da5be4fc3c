/** The ground that the other end-to-end tests stand on: the server, its users and the clients are real. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { helmWords } from '../cluster/clients.ts';
import { startCluster } from '../cluster/cluster.ts';
import { wantedKubernetes } from '../cluster/recipes.mjs';
import { useClients, useCluster } from '../cluster/shared.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const cluster = useCluster();
const { helms, kubectl, run } = useClients();

/** Runs and expects success. */
async function ok(program: string, args: readonly string[], kubeconfig = cluster.adminKubeconfig) {
  const result = await run(program, args, { kubeconfig });
  expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
  return result.stdout;
}

describe('the server', () => {
  it('says its version to the real kubectl', async () => {
    const { clientVersion, serverVersion } = JSON.parse(
      await ok(kubectl, ['version', '-o', 'json']),
    );
    expect(clientVersion).toMatchObject({ major: '1', minor: '35' });
    const [major, minor] = wantedKubernetes().split('.');
    expect(serverVersion).toMatchObject({ major, minor });
    expect(serverVersion.gitVersion).toMatch(new RegExp(`^v${major}\\.${minor}\\.`));
  });

  it('keeps what is written, in namespaces of their own', async () => {
    const [one, two] = [await cluster.namespace('one'), await cluster.namespace('two')];
    const secret = { metadata: { name: 'kept' }, stringData: { greeting: 'hello' } };
    await cluster.must('POST', `/api/v1/namespaces/${one}/secrets`, secret);
    const kept = await cluster.must('GET', `/api/v1/namespaces/${one}/secrets/kept`);
    expect(kept).toMatchObject({ data: { greeting: 'aGVsbG8=' } });
    const other = await cluster.request('GET', `/api/v1/namespaces/${two}/secrets/kept`);
    expect(other.status).toBe(404);
  });

  it('forbids what a user has no right to, and allows what a role grants', async () => {
    const namespace = await cluster.namespace();
    const reader = `reader-of-${namespace}`;
    const kubeconfig = cluster.kubeconfigFor(reader, ['people'], namespace);
    const who = JSON.parse(await ok(kubectl, ['auth', 'whoami', '-o', 'json'], kubeconfig));
    expect(who.status.userInfo).toMatchObject({
      username: reader,
      groups: ['people', 'system:authenticated'],
    });
    const refused = await run(kubectl, ['get', 'secrets'], { kubeconfig });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`User "${reader}" cannot list resource "secrets"`);
    await cluster.allow(reader, [{ resources: ['secrets'], verbs: ['list'] }], namespace);
    await ok(kubectl, ['get', 'secrets'], kubeconfig);
    const elsewhere = await run(kubectl, ['get', 'secrets', '-A'], { kubeconfig });
    expect(elsewhere.stderr).toContain('at the cluster scope');
  });
});

describe('the audit log', () => {
  it('counts the requests of one user by verb, and nothing else', async () => {
    const namespace = await cluster.namespace();
    const user = `writer-of-${namespace}`;
    const kubeconfig = cluster.kubeconfigFor(user, ['system:masters'], namespace);
    const before = await cluster.auditMark();
    for (const name of ['a', 'b', 'c'])
      await ok(kubectl, ['create', 'configmap', name, '--from-literal=k=v'], kubeconfig);
    await ok(kubectl, ['get', 'configmap', 'b'], kubeconfig);
    await ok(kubectl, ['delete', 'configmap', 'c', '--wait=false'], kubeconfig);
    const mine = { user, resource: 'configmaps' };
    expect(await cluster.auditCounts(before, mine)).toEqual({ create: 3, get: 1, delete: 1 });
    const [first] = await cluster.auditSince(before, { ...mine, verb: 'create' });
    expect(first).toMatchObject({ user, namespace, name: 'a', code: 201 });
    const after = await cluster.auditMark();
    expect(await cluster.auditCounts(after, { user })).toEqual({});
  });
});

describe.each(helmWords)('the real %s', (word) => {
  const helm = helms[word];
  it('installs, upgrades, rolls back, lists and uninstalls', async () => {
    expect(await ok(helm, ['version', '--template', '{{.Version}}'])).toMatch(
      new RegExp(`^v${word.slice('helm'.length)}\\.`),
    );
    const namespace = await cluster.namespace('helm');
    const here = ['-n', namespace];
    const greeting = () =>
      ok(kubectl, [...here, 'get', 'cm', 'demo-greeting', '-o', 'jsonpath={.data.greeting}']);
    await ok(helm, ['install', 'demo', chart, ...here]);
    expect(await greeting()).toBe('hello');
    await ok(helm, ['upgrade', 'demo', chart, '--set', 'greeting=good day', ...here]);
    expect(await greeting()).toBe('good day');
    await ok(helm, ['rollback', 'demo', '1', ...here]);
    expect(await greeting()).toBe('hello');
    const [row, ...more] = JSON.parse(await ok(helm, ['list', '-o', 'json', ...here]));
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      name: 'demo',
      namespace,
      revision: '3',
      status: 'deployed',
      chart: 'greeting-1.2.3',
    });
    const records = () =>
      ok(kubectl, [...here, 'get', 'secrets', '-l', 'owner=helm', '-o', 'name']);
    expect((await records()).trim().split('\n')).toEqual(
      [1, 2, 3].map((revision) => `secret/sh.helm.release.v1.demo.v${revision}`),
    );
    await ok(helm, ['uninstall', 'demo', ...here]);
    expect(await records()).toBe('');
  });
});

describe('a second cluster', () => {
  it('has another authority and other data, and leaves nothing behind', async () => {
    const second = await startCluster();
    try {
      const namespace = await second.namespace('only-there');
      const path = `/api/v1/namespaces/${namespace}`;
      expect((await second.request('GET', path)).status).toBe(200);
      expect((await cluster.request('GET', path)).status).toBe(404);
      // The first cluster's authority does not vouch for the second server.
      const args = ['get', 'ns', '--server', second.server];
      const stranger = await run(kubectl, args, { kubeconfig: cluster.adminKubeconfig });
      expect(stranger.code).toBe(1);
      expect(stranger.stderr).toContain('certificate signed by unknown authority');
    } finally {
      await second.stop();
    }
    expect(existsSync(second.folder)).toBe(false);
    await expect(second.request('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
    expect((await cluster.request('GET', '/readyz')).status).toBe(200);
  });
});
