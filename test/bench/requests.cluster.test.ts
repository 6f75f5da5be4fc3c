/** The phases of a real migration, from a real API server's audit log. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodePayload } from '../../src/codecs/index.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { withArguments } from '../e2e/program.ts';
import { makeReleases } from './releases.ts';
import { phasesOf, requestsOf } from './requests.ts';

const cluster = useCluster();
const { run } = useClients();

test('every phase is there, none is negative, and together they are the whole run', async () => {
  const [tiller, apps] = [await cluster.namespace('tiller'), await cluster.namespace('apps')];
  const user = `bench-${tiller}`;
  const kubeconfig = cluster.kubeconfigFor(user, ['system:masters']);
  const size = { releases: 3, revisions: 4, seed: 7, namespaces: [apps] };
  for (const release of makeReleases(size))
    await cluster.must('POST', `/api/v1/namespaces/${tiller}/configmaps`, {
      metadata: {
        name: `${release.name}.v${release.revision}`,
        labels: { OWNER: 'TILLER', NAME: release.name, VERSION: String(release.revision) },
      },
      data: { release: encodePayload('helm2', release) },
    });
  const mark = await cluster.auditMark();
  const started = Date.now();
  const args = ['migrate2to3', '--all', '-t', tiller, '--yes'];
  const done = await run(...withArguments(args), { kubeconfig });
  const ended = Date.now();
  expect(done, done.stderr).toMatchObject({ code: 0 });
  await cluster.auditMark();
  const requests = requestsOf(join(cluster.folder, 'audit.log'), mark, user);
  expect(requests.filter(({ what }) => what === 'create secrets')).toHaveLength(12);
  const phases = phasesOf(requests, started, ended);
  for (const { name, milliseconds } of phases) expect(milliseconds, name).toBeGreaterThan(0);
  const whole = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  expect(whole).toBeCloseTo(ended - started, 3);
  expect(phases).toHaveLength(6);
});
