/** The checks before a migration, against what a real API server says of itself. */
import { expect, it } from 'vitest';
import { encodePayload } from '../../src/codecs/index.ts';
import { openKube } from '../../src/kube/kube.ts';
import { fetchVersion } from '../../src/kube/version.ts';
import { removedApis } from '../../src/migrate/preflight/apiTable.ts';
import type { ReleaseRecord } from '../../src/record.ts';
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

it('everybody who may sign in is told the version', async () => {
  const nobody = cluster.kubeconfigFor('nobody-in-particular', ['system:authenticated']);
  expect(await serverVersion(nobody)).toMatchObject({ major: 1 });
});

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
