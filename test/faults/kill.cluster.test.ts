/**
 * The program is killed (SIGKILL) before and after the requests of a migration, and run again. A seeded
 * sample of the kill points; `node test/campaigns/faults.mjs kill` tries every one.
 */
import { describe, expect, test } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { clientsOf } from './client.ts';
import {
  expectMigrated,
  expectNothingLost,
  killedAt,
  migration,
  undisturbed,
  ways,
  writesOfRerun,
} from './migration.ts';
import { makeScenario } from './scenario.ts';
import { random, sample } from './seeded.ts';
import { say, settings, timeoutMs } from './settings.ts';

const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const start = clientsOf(cluster);

describe.each(ways)('killed and run again, $title', (way) => {
  test('no kill point loses, doubles or changes a revision', { timeout: timeoutMs }, async () => {
    const scenario = await makeScenario(cluster, settings.releases, settings.revisions);
    const args = migration(scenario, way);
    const reference = await undisturbed(cluster, start, scenario, way);
    const all = Array.from({ length: reference.requests }, (_, i) => i + 1).flatMap((point) =>
      (['before', 'after'] as const).map((when) => ({ point, when })),
    );
    const chosen = sample(all, settings.points, random(settings.firstSeed));
    say(`${way.title}: ${chosen.length} of ${all.length} kill points`);
    for (const [i, { point, when }] of chosen.entries()) {
      if (i < settings.from) continue;
      await scenario.reset();
      const killed = await killedAt(cluster, start, args, point, when);
      const at = `killed ${when} request ${point} of ${reference.requests}`;
      expect(killed.code, at).toBeNull();
      await expectNothingLost(scenario, reference);
      const rerun = await start(cluster.adminKubeconfig, args).ended;
      expect(rerun, `${at}: ${rerun.stderr}${rerun.stdout}`).toMatchObject({ code: 0 });
      await expectMigrated(scenario, reference, way);
      const { ended, writes } = await writesOfRerun(cluster, start, scenario, way);
      expect(writes, at).toEqual([]);
      expect(ended.code, ended.stderr).toBe(0);
      if ((i + 1) % 20 === 0) say(`${way.title}: ${i + 1} of ${chosen.length}`);
    }
    say(`${way.title}: ${Math.max(0, chosen.length - settings.from)} kill points tried`);
    for (const helm of [helm3, helm4]) {
      const { stdout } = await run(
        helm,
        ['list', '-n', scenario.namespaces[0] ?? '', '-q', '--max', '0'],
        { kubeconfig: cluster.adminKubeconfig },
      );
      const wanted = scenario.names.filter((_, i) => i % scenario.namespaces.length === 0);
      expect(stdout.trim().split('\n')).toEqual(wanted);
    }
  });
});
