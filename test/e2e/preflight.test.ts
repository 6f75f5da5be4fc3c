/** The checks before a migration, against what a real API server says of itself. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { encodePayload } from '../../src/codecs/index.ts';
import { clusterWideObjects, usualObjects } from '../../src/commands/rbac/asks.ts';
import { openKube } from '../../src/kube/kube.ts';
import { convertToHelm3 } from '../../src/migrate/helm2to3/convert.ts';
import { findImmutable } from '../../src/migrate/preflight/heritage.ts';
import { openDiscovery } from '../../src/objects/discovery.ts';
import { removedApis } from '../../src/objects/removedApis.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { makeAuthority, serverCertificate } from '../cluster/certificates.ts';
import type { Answer } from '../cluster/cluster.ts';
import { useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord, sketchRelease } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';

const cluster = useCluster();

async function minorOfServer(): Promise<number> {
  const { minor } = (await cluster.must('GET', '/version')) as { readonly minor: string };
  return Number.parseInt(minor, 10);
}

async function servedKinds(apiVersion: string): Promise<string[]> {
  const { status, body } = await cluster.request('GET', `/apis/${apiVersion}`);
  if (status === 404) return [];
  const { resources } = body as { readonly resources: readonly { readonly kind: string }[] };
  return resources.map(({ kind }) => kind);
}

it('what the table calls removed, this server does not serve, and it serves what replaces it', async () => {
  const minor = await minorOfServer();
  const gone = removedApis.filter((api) => api.minor <= minor);
  expect(minor).toBeGreaterThanOrEqual(34);
  expect(gone.length).toBeGreaterThan(20);
  const wrong: string[] = [];
  for (const { apiVersion, kinds, replacement } of gone) {
    const old = await servedKinds(apiVersion);
    const now = replacement === undefined ? kinds : await servedKinds(replacement);
    for (const kind of kinds) {
      if (old.includes(kind)) wrong.push(`${apiVersion} ${kind} is served`);
      if (!now.includes(kind)) wrong.push(`${replacement} ${kind} is not served`);
    }
  }
  expect(wrong).toEqual([]);
});

it('the kinds that rbac knows are served, in namespaces or not as it has them', async () => {
  const { groups } = (await cluster.must('GET', '/apis')) as {
    readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
  };
  const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const namespaced = new Map<string, boolean>();
  for (const version of versions) {
    const root = version === 'v1' ? '/api/v1' : `/apis/${version}`;
    const { resources } = (await cluster.must('GET', root)) as {
      readonly resources: readonly { readonly name: string; readonly namespaced: boolean }[];
    };
    const group = version === 'v1' ? '' : `.${version.split('/')[0]}`;
    for (const one of resources) namespaced.set(`${one.name}${group}`, one.namespaced);
  }
  const as = (names: readonly string[]) => new Set(names.map((name) => namespaced.get(name)));
  expect(as(usualObjects)).toEqual(new Set([true]));
  expect(as(clusterWideObjects)).toEqual(new Set([false]));
});

it('everybody who may sign in is told what is served', async () => {
  const kubeconfig = cluster.kubeconfigFor('nobody-in-particular', ['system:authenticated']);
  const kube = openKube({ kubeconfig }, {});
  const serves = await openDiscovery(kube.api).all();
  kube.close();
  // As the API's own pages have them: objects, lists of them, reviews that can only be created.
  const kinds = ['v1 Pod', 'apps/v1 Deployment', 'apps/v1 DeploymentList', 'v1 Namespace'];
  const more = ['authentication.k8s.io/v1 TokenReview', 'apiregistration.k8s.io/v1 APIService'];
  const gone = ['apps/v1beta1 Deployment', 'v1 Deployment', 'apps/v1 Pod', 'none.example.com/v1 A'];
  const parts = ['autoscaling/v1 Scale', 'policy/v1 Eviction'];
  const answer = (one: string) => serves(...(one.split(' ') as [string, string]));
  expect([...kinds, ...more].map(answer)).not.toContain(false);
  expect([...gone, ...parts].map(answer)).toEqual([false, false, false, false, false, false]);
});

/** One object of each kind that the check knows, with Tiller where it says that nothing can change. */
const labels = { app: 'a', heritage: 'Tiller' };
const template = {
  metadata: { labels },
  spec: { restartPolicy: 'Always', containers: [{ name: 'a', image: 'a' }] },
};
const selecting = { selector: { matchLabels: labels }, template };
const claim = (where: object) => ({
  ...where,
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});
const jobTemplate = { metadata: { labels }, spec: { ...template.spec, restartPolicy: 'Never' } };
const immutableObjects: readonly (readonly [string, string, string, object])[] = [
  ['apps/v1', 'Deployment', 'spec.selector', selecting],
  ['apps/v1', 'ReplicaSet', 'spec.selector', selecting],
  ['apps/v1', 'DaemonSet', 'spec.selector', selecting],
  ['apps/v1', 'StatefulSet', 'spec.selector', { ...selecting, serviceName: 'a' }],
  [
    ...(['apps/v1', 'StatefulSet', 'spec.volumeClaimTemplates'] as const),
    {
      selector: { matchLabels: { app: 'a' } },
      template: { ...template, metadata: { labels: { app: 'a' } } },
      serviceName: 'a',
      volumeClaimTemplates: [claim({ metadata: { name: 'data', labels } })],
    },
  ],
  ['batch/v1', 'Job', 'spec.template', { template: jobTemplate }],
  [
    ...(['v1', 'PersistentVolumeClaim', 'spec.selector'] as const),
    { ...claim({}).spec, selector: { matchLabels: labels } },
  ],
];

it.each(immutableObjects)('%s %s: the server lets nobody change %s', async (...row) => {
  const [apiVersion, kind, place, spec] = row;
  const object = { apiVersion, kind, metadata: { name: 'web' }, spec };
  const manifest = `---\n${JSON.stringify(object)}\n`;
  const release = { ...sketchRelease({ helm: 2 }), manifest };
  const revisions = [{ before: release, after: convertToHelm3(release).release }];
  const found = findImmutable({ numbers: [1], revisions, serves: undefined });
  expect(found.map(({ message }) => message.split(' of ')[0])).toEqual([`Tiller is in ${place}`]);
  const answer = await rewritten(apiVersion, kind, object);
  expect(answer).toMatchObject({ status: 422 });
  expect(JSON.stringify(answer.body)).toMatch(/immutable|forbidden/i);
});

it('the selector of a Service can change', async () => {
  const spec = { selector: labels, ports: [{ port: 80 }] };
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec };
  expect(await rewritten('v1', 'Service', object)).toMatchObject({ status: 200 });
});

/** Creates an object and puts it back with Helm wherever Tiller was, as a chart would render it. */
async function rewritten(apiVersion: string, kind: string, object: object): Promise<Answer> {
  const namespace = await cluster.namespace('immutable');
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const path = `${root}/namespaces/${namespace}/${kind.toLowerCase()}s`;
  const made = await cluster.must('POST', path, object);
  return cluster.request(
    'PUT',
    `${path}/web`,
    JSON.parse(JSON.stringify(made).replaceAll('Tiller', 'Helm')),
  );
}

/** A release of Tiller's whose newest revision has this object. */
async function recorded(name: string, object: object): Promise<readonly string[]> {
  const [pay, tiller] = [await cluster.namespace('pay'), await cluster.namespace('tiller')];
  const sketch = { helm: 2, name, namespace: pay } as const;
  const release = { ...sketchRelease(sketch), manifest: `---\n${JSON.stringify(object)}\n` };
  const record: ReleaseRecord = {
    ...sketchRecord(sketch, { namespace: tiller }),
    payload: encodePayload('helm2', release),
  };
  await put(cluster, record);
  return [name, '-t', tiller, '--kubeconfig', cluster.adminKubeconfig];
}

async function plannedFindings(at: readonly string[]) {
  const { code, out, err } = await runCli([
    'migrate2to3',
    '--check',
    '--no-adopt',
    '-o',
    'json',
    ...at,
  ]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [{ verdict, findings }] = JSON.parse(out).releases;
  return { verdict, findings };
}

it('a release with an API version that is gone is found, and still migrates', async () => {
  const metadata = { name: 'web' };
  const at = await recorded('aged', {
    ...{ apiVersion: 'extensions/v1beta1', kind: 'Deployment', metadata },
  });
  const { verdict, findings } = await plannedFindings(at);
  expect(verdict).toBe('with losses');
  expect(findings).toContainEqual({
    severity: 'loss',
    message:
      'the API server does not serve extensions/v1beta1 Deployment, removed in Kubernetes 1.16: the next Helm 3 upgrade fails at Deployment web',
    revisions: [1],
    fix: expect.stringContaining('apps/v1'),
  });
  const done = await runCli(['migrate2to3', '--yes', ...at]);
  expect(done, done.err).toMatchObject({ code: 0 });
});

/** A definition by which a server serves a kind; @returns what takes it away again */
async function define(
  group: string,
  version: string,
  kind: string,
): Promise<() => Promise<unknown>> {
  const plural = `${kind.toLowerCase()}es`;
  const name = `${plural}.${group}`;
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  await cluster.must('POST', path, {
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    metadata: { name, annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } },
    spec: {
      ...{ group, scope: 'Cluster', names: { plural, kind } },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  });
  await expect.poll(() => servedKinds(`${group}/${version}`), { timeout: 30_000 }).toContain(kind);
  return () => cluster.request('DELETE', `${path}/${name}`);
}

/**
 * An extension's server, as metrics-server is one, for a version of a group that Kubernetes has taken away.
 * It is away until it is told to listen.
 */
async function extension(group: string, version: string, kinds: readonly string[]) {
  const apiVersion = `${group}/${version}`;
  const verbs = ['get', 'list', 'patch'];
  const resources = kinds.map((kind) => ({
    ...{ name: `${kind.toLowerCase()}es`, singularName: '', namespaced: false, kind, verbs },
  }));
  const list = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersion, resources };
  const server = createServer(serverCertificate(makeAuthority('extension'), ['localhost']));
  server.on('request', ({ url }, answer) => {
    const found = url?.split('?')[0] === `/apis/${apiVersion}`;
    answer.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    answer.end(JSON.stringify(found ? list : {}));
  });
  const listen = (port: number) =>
    new Promise<number>((done) => {
      server.listen(port, 'localhost', () => done((server.address() as AddressInfo).port));
    });
  const port = await listen(0);
  await new Promise((done) => server.close(done));
  const namespace = await cluster.namespace('extension');
  const metadata = { name: 'extension' };
  await cluster.must('POST', `/api/v1/namespaces/${namespace}/services`, {
    ...{ metadata, spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] } },
  });
  const path = '/apis/apiregistration.k8s.io/v1/apiservices';
  await cluster.must('POST', path, {
    metadata: { name: `${version}.${group}` },
    spec: {
      ...{ group, version, groupPriorityMinimum: 100, versionPriority: 1 },
      ...{ insecureSkipTLSVerify: true, service: { namespace, name: 'extension', port } },
    },
  });
  return {
    listen: () => listen(port),
    async away() {
      server.closeAllConnections();
      server.close();
      await cluster.request('DELETE', `${path}/${version}.${group}`);
    },
  };
}

it('a server that serves what others have taken away is believed, and not while it is away', async () => {
  const [group, version] = ['scheduling.k8s.io', 'v1beta1'];
  const object = (kind: string, name: string) => ({
    ...{ apiVersion: `${group}/${version}`, kind, metadata: { name } },
  });
  const items = [object('PriorityClass', 'high'), object('Fax', 'red')];
  const at = await recorded('classy', { apiVersion: 'v1', kind: 'List', items });
  const messages = async (): Promise<string[]> =>
    (await plannedFindings(at)).findings.map(({ message }: { message: string }) => message);
  const lacks = 'the API server does not serve scheduling.k8s.io/v1beta1';
  const fails = 'the next Helm 3 upgrade fails at';
  const gone = `${lacks} PriorityClass, removed in Kubernetes 1.22: ${fails} PriorityClass high`;
  const unknown = `${lacks} Fax: ${fails} Fax red`;
  expect((await messages()).sort()).toEqual([unknown, gone].sort());
  const { listen, away } = await extension(group, version, ['PriorityClass']);
  try {
    await expect.poll(messages, { timeout: 30_000 }).toEqual([]);
    await listen();
    await expect.poll(messages, { timeout: 90_000 }).toEqual([unknown]);
  } finally {
    await away();
  }
}, 150_000);

it('a kind whose definition is missing is found, whatever the version of the server', async () => {
  const [group, version] = ['machines.example.com', 'v1alpha1'];
  const at = await recorded('boxed', {
    ...{ apiVersion: `${group}/${version}`, kind: 'Box', metadata: { name: 'red' } },
  });
  const { verdict, findings } = await plannedFindings(at);
  expect(verdict).toBe('with losses');
  expect(findings).toMatchObject([
    {
      severity: 'loss',
      message:
        'the API server does not serve machines.example.com/v1alpha1 Box: the next Helm 3 upgrade fails at Box red',
      fix: expect.stringContaining('CustomResourceDefinition'),
    },
  ]);
  const away = await define(group, version, 'Box');
  try {
    expect((await plannedFindings(at)).findings).toEqual([]);
  } finally {
    await away();
  }
});
