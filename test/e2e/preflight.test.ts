/** The checks before a migration, against what a real API server says of itself. */
import { expect, it } from 'vitest';
import { encodePayload } from '../../src/codecs/index.ts';
import { clusterWideObjects, usualObjects } from '../../src/commands/permissions/asks.ts';
import { openKube } from '../../src/kube/kube.ts';
import { fetchVersion } from '../../src/kube/version.ts';
import { convertToHelm3 } from '../../src/migrate/helm2to3/convert.ts';
import { findImmutable } from '../../src/migrate/preflight/heritage.ts';
import { removedApis } from '../../src/objects/removedApis.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { Answer } from '../cluster/cluster.ts';
import { useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord, sketchRelease } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';

const cluster = useCluster();

async function serverVersion(kubeconfig = cluster.adminKubeconfig) {
  const kube = openKube({ kubeconfig }, {});
  try {
    return await fetchVersion(kube.api);
  } finally {
    kube.close();
  }
}

async function servedKinds(apiVersion: string): Promise<string[]> {
  const { status, body } = await cluster.request('GET', `/apis/${apiVersion}`);
  if (status === 404) return [];
  const { resources } = body as { readonly resources: readonly { readonly kind: string }[] };
  return resources.map(({ kind }) => kind);
}

it('what the table calls removed, this server does not serve, and it serves what replaces it', async () => {
  const minor = (await serverVersion())?.minor ?? 0;
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

it('everybody who may sign in is told the version', async () => {
  const nobody = cluster.kubeconfigFor('nobody-in-particular', ['system:authenticated']);
  expect(await serverVersion(nobody)).toMatchObject({ major: 1 });
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
  const found = findImmutable({ numbers: [1], revisions, serverVersion: undefined });
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

it('a release with an API version that is gone is found, and still migrates', async () => {
  const [pay, tiller] = [await cluster.namespace('pay'), await cluster.namespace('tiller')];
  const sketch = { helm: 2, name: 'aged', namespace: pay } as const;
  const object = {
    apiVersion: 'extensions/v1beta1',
    kind: 'Deployment',
    metadata: { name: 'web' },
  };
  const release = { ...sketchRelease(sketch), manifest: `---\n${JSON.stringify(object)}\n` };
  const record: ReleaseRecord = {
    ...sketchRecord(sketch, { namespace: tiller }),
    payload: encodePayload('helm2', release),
  };
  await put(cluster, record);
  const at = ['aged', '-t', tiller, '--kubeconfig', cluster.adminKubeconfig];
  const { code, out, err } = await runCli(['migrate2to3', '--check', '-o', 'json', ...at]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const minor = (await serverVersion())?.minor;
  const [planned] = JSON.parse(out).releases;
  expect(planned.verdict).toBe('with losses');
  expect(planned.findings).toContainEqual({
    severity: 'loss',
    message: `Kubernetes 1.${minor} does not serve extensions/v1beta1, removed in 1.16: the next Helm 3 upgrade fails at Deployment web`,
    revisions: [1],
    fix: expect.stringContaining('apps/v1'),
  });
  const done = await runCli(['migrate2to3', '--yes', ...at]);
  expect(done, done.err).toMatchObject({ code: 0 });
});
