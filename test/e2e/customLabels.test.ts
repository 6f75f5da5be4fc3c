/** Labels of Helm 2 records, as the real helms and PostgreSQL have them after the migration. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/storage/sql/connection.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { builtProgram, put } from './kubectl-program.ts';

const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const releases = builtProgram(run, cluster.adminKubeconfig);
let postgres: Postgres;
let [tiller, apps] = ['', ''];
const name = `labelled-${randomBytes(3).toString('hex')}`;

beforeAll(async () => {
  [tiller, apps] = [await cluster.namespace('tiller'), await cluster.namespace('apps')];
  const record = sketchRecord(
    { name, namespace: apps, helm: 2, status: 'deployed' },
    { namespace: tiller },
  );
  await put(cluster, { ...record, labels: { ...record.labels, TEAM: 'pay', status: 'mine' } });
  postgres = await startPostgres();
}, 120_000);
afterAll(() => postgres.stop());

const line = (...more: string[]) => [
  'migrate2to3',
  name,
  '--from',
  `configmap:${tiller}`,
  '--yes',
  ...more,
];
const dropped = 'labels are dropped, for Helm 3 uses their names itself: status';

test('are what the real helms select by', async () => {
  const plan = await releases(line('--dry-run', '--check'));
  expect(plan.stdout).toContain(dropped);
  const { code, stderr, stdout } = await releases(
    line('--no-adopt', '--delete-v2-releases', '--backup', `${cluster.folder}/${name}`),
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).not.toContain('mine');
  for (const helm of [helm3, helm4]) {
    const list = (selector: string) =>
      run(helm, ['list', '-n', apps, '-l', selector, '-q'], {
        kubeconfig: cluster.adminKubeconfig,
      });
    expect((await list('TEAM=pay')).stdout).toBe(`${name}\n`);
    expect((await list('TEAM=other')).stdout).toBe('');
  }
  const got = await run(helm4, ['get', 'metadata', name, '-n', apps, '-o', 'json'], {
    kubeconfig: cluster.adminKubeconfig,
  });
  expect(JSON.parse(got.stdout)).toMatchObject({ status: 'deployed', labels: { TEAM: 'pay' } });
});

test('are rows of the table of custom labels', async () => {
  const url = await postgres.database();
  const back = await releases(['restore', `dir:${cluster.folder}/${name}`, '--yes']);
  expect(back.code, back.stderr).toBe(0);
  const env = { HELM_DRIVER_SQL_CONNECTION_STRING: url };
  const { code, stderr } = await releases(line('--to', 'sql', '--no-adopt'), { env });
  expect([code, stderr]).toEqual([0, '']);
  const database = openDatabase(url, {});
  const rows = await database.query('SELECT key, value FROM custom_labels_v1');
  await database.close();
  expect(rows).toMatchObject([{ key: 'TEAM', value: 'pay' }]);
});
