/** Dry runs of a migration on a real API server: as a plan, and with the server's opinion. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cluster, eventually, migrate, must, type Place, place, writesSince } from './adopt-run.ts';
import { configMap, helm2Record, install, type Live, webObjects } from './adopt-world.ts';
import { put } from './kubectl-program.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'adopt-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface PlanSteps {
  readonly releases: readonly {
    readonly steps: readonly {
      readonly do: string;
      readonly kind: string;
      readonly namespace: string;
      readonly key?: string;
      readonly name?: string;
    }[];
  }[];
}

const acts: { readonly [step: string]: string } = {
  ...{ create: 'create', adopt: 'patch', delete: 'delete' },
};

async function full(): Promise<Place> {
  const at = await place();
  const objects = webObjects('web');
  await install(cluster, at.own, [...objects, configMap('new')]);
  const of = (revision: number, status: string, more: Live[] = []) =>
    helm2Record(at.tiller, [...objects, ...more], {
      ...{ name: 'web', namespace: at.own, revision, status },
    });
  const newest = of(3, 'failed', [configMap('new')]);
  await put(cluster, of(1, 'superseded'), of(2, 'deployed'), newest);
  return at;
}

test('lists the steps that are executed, all of them and no other', async () => {
  const at = await full();
  const mark = await cluster.auditMark();
  const args = ['--delete-v2-releases', '--backup', join(folder, at.own), '-o', 'json'];
  const dry = await migrate(at, [...args, '--dry-run']);
  expect(await writesSince(mark)).toEqual([]);
  const plan = JSON.parse(dry.out) as PlanSteps;
  const planned = plan.releases.flatMap(({ steps }) =>
    steps.map((step) => `${acts[step.do]} ${step.kind} ${step.namespace}/${step.key ?? step.name}`),
  );
  const { code, out } = await migrate(at, [...args, '--yes']);
  expect(code).toBe(0);
  const writes = await writesSince(mark);
  const kinds: { readonly [resource: string]: string } = {
    ...{ configmaps: 'ConfigMap', secrets: 'Secret' },
    ...{ services: 'Service', deployments: 'Deployment' },
  };
  const done = writes.map(
    ({ verb, resource, namespace, name }) => `${verb} ${kinds[resource]} ${namespace}/${name}`,
  );
  expect(done.sort()).toEqual(planned.sort());
  expect(done).toHaveLength(3 + 5 + 3);
  expect((JSON.parse(out) as PlanSteps).releases).toEqual(plan.releases);
});

test('=server sends every step as a trial, and nothing is kept', async () => {
  const at = await full();
  const mark = await cluster.auditMark();
  const backup = join(folder, `never-${at.own}`);
  const args = ['--delete-v2-releases', '--backup', backup, '--dry-run=server'];
  const { code, out, err } = await migrate(at, args);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(
    /\nDry run: the API server accepts 1 release: 3 records created, 5 live objects adopted, 3 sources deleted\. Nothing was written\.\n$/,
  );
  const writes = await writesSince(mark);
  expect(writes).toHaveLength(11);
  for (const { uri } of writes) expect(uri).toMatch(/[?&]dryRun=All\b/);
  const left = await cluster.must('GET', `/api/v1/namespaces/${at.tiller}/configmaps`);
  expect((left as { items: unknown[] }).items).toHaveLength(3);
  const secrets = `/api/v1/namespaces/${at.own}/secrets?labelSelector=owner=helm`;
  expect(((await cluster.must('GET', secrets)) as { items: unknown[] }).items).toEqual([]);
  expect((await must(at, configMap('new'))).metadata).not.toHaveProperty('annotations');
  const data = JSON.parse((await migrate(at, [...args, '-o', 'json'])).out);
  expect(data).toMatchObject({ dryRun: 'server', outcomes: [{ result: 'accepted' }] });
});

test('=server says what the server would refuse', async () => {
  const at = await full();
  const quotas = `/api/v1/namespaces/${at.own}/resourcequotas`;
  const hard = { 'count/secrets': '1' };
  const quota = { metadata: { name: 'few' }, spec: { hard } };
  const made = (await cluster.must('POST', quotas, quota)) as object;
  // No controller runs here that would count.
  await cluster.must('PUT', `${quotas}/few/status`, {
    ...made,
    status: { hard, used: { 'count/secrets': '1' } },
  });
  const { code, out, err } = await eventually(() => migrate(at, ['--dry-run=server']), 1);
  expect(code).toBe(1);
  expect(err).toMatch(/^error: .*create.* secret/);
  expect(err).toContain(`a ResourceQuota of namespace ${at.own} leaves no room`);
  expect(err).toContain('exceeded quota');
  expect(err).not.toContain('permission');
  expect(err).toContain('while trying web');
  expect(out).toContain('1 release would fail (see above). Nothing was written.');
});
