/**
 * A Tiller upgrades after its release was copied: the source says that the older revision is
 * superseded, the copy that it is deployed. The copy is updated, and the real Helms go on with one
 * deployed revision.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { clientsOf } from './client.ts';
import { migration } from './migration.ts';
import { makeScenario } from './scenario.ts';
import { contested, tillerUpgrade } from './writers.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const start = clientsOf(cluster);
const way = { title: '', deletes: false };

interface Row {
  readonly revision: number | string;
  readonly status: string;
}

test.each([
  ['Helm 3', helm3],
  ['Helm 4', helm4],
])(
  '%s goes on with the newest revision, whose predecessor is superseded as in the source',
  async (_, helm) => {
    const scenario = await makeScenario(cluster, 1, 2);
    await scenario.reset();
    const kubeconfig = cluster.adminKubeconfig;
    const migrate = async () => {
      const ended = await start(kubeconfig, migration(scenario, way)).ended;
      expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
      return ended.stdout.replace(/\s+/g, ' ');
    };
    await migrate();
    for (const act of tillerUpgrade.acts) await act({ cluster, scenario, run, helm });
    expect(await migrate()).toContain('its copy is updated');

    const ask = async (...args: readonly string[]): Promise<string> => {
      const all = [...args, '-n', scenario.namespaces[0] ?? ''];
      const { code, stdout, stderr } = await run(helm, all, { kubeconfig });
      expect(code, stderr).toBe(0);
      return stdout;
    };
    const history = async () => {
      const rows = JSON.parse(await ask('history', contested, '-o', 'json')) as readonly Row[];
      return rows.map(({ revision, status }) => `${revision} ${status}`);
    };
    expect(await history()).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    expect(JSON.parse(await ask('list', '-o', 'json'))).toMatchObject([
      { name: contested, revision: '3', status: 'deployed' },
    ]);
    await ask('upgrade', contested, chart, '--no-hooks');
    expect(await history()).toEqual(['1 superseded', '2 superseded', '3 superseded', '4 deployed']);
    await ask('rollback', contested, '3', '--no-hooks');
    expect(await history()).toEqual([
      ...['1 superseded', '2 superseded', '3 superseded', '4 superseded', '5 deployed'],
    ]);
    expect(await migrate()).toContain('already migrated, and changed there since');
    await ask('uninstall', contested, '--no-hooks');
    expect(await scenario.targets()).toEqual(new Map());
  },
);
