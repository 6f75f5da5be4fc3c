/**
 * One migration that is killed (SIGKILL) at every write it makes: each run finds what the killed ones
 * left, gets as far as its own first write, and dies before the server sees it or after. So every state
 * that the server can be left in between two writes is one that a real run starts from.
 * A few writes in the suite; `node test/campaigns/faults.mjs chain` goes through all of them.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useCluster } from '../cluster/shared.ts';
import { type Client, clientsOf, type Ended } from './client.ts';
import {
  expectMigrated,
  expectNothingLost,
  expectNothingWrong,
  isWriteRequest,
  migration,
  undisturbed,
  writesOfRerun,
} from './migration.ts';
import { type Fate, startProxy } from './proxy.ts';
import { makeScenario } from './scenario.ts';
import { say, settings, timeoutMs } from './settings.ts';

const cluster = useCluster();
const start = clientsOf(cluster);
const way = { title: '--delete-v2-releases', deletes: true };

interface Killed extends Ended {
  /** Writes that the server has carried out. */
  readonly passed: number;
}

/** Lets `passing` writes through and kills the run at the next one. */
async function killedAtWrite(
  args: readonly string[],
  passing: number,
  when: 'before' | 'after',
): Promise<Killed> {
  let client: Client | undefined;
  let [writes, over] = [0, false];
  const proxy = await startProxy(cluster, (request): Fate => {
    if (over) return 'drop';
    if (!isWriteRequest(request)) return 'pass';
    writes += 1;
    if (writes <= passing) return 'pass';
    over = true;
    if (when === 'after') return { afterwards: () => client?.kill() };
    client?.kill();
    return 'drop';
  });
  client = start(proxy.kubeconfig, args);
  const ended = await client.ended;
  await proxy.idle();
  await proxy.close();
  return { ...ended, passed: over && when === 'before' ? writes - 1 : writes };
}

test('a migration killed at every write comes to its end', { timeout: timeoutMs }, async () => {
  const scenario = await makeScenario(cluster, settings.releases, settings.revisions);
  const reference = await undisturbed(cluster, start, scenario, way);
  await scenario.reset();
  const backup = join(mkdtempSync(join(cluster.folder, 'chain-')), 'backup');
  const args = [...migration(scenario, way), '--backup', backup];
  const check = async () => {
    await expectNothingLost(scenario, reference);
    await expectNothingWrong(scenario, reference);
  };
  let [written, kills] = [0, 0];
  const started = Date.now();
  for (let passing = settings.from; kills < settings.points; passing = 0) {
    const before = await killedAtWrite(args, passing, 'before');
    written += before.passed;
    if (before.code !== null) {
      expect(before, before.stderr).toMatchObject({ code: 0 });
      break;
    }
    await check();
    const after = await killedAtWrite(args, 0, 'after');
    expect(after.code, `after write ${written + 1}: ${after.stderr}`).toBeNull();
    expect(after.passed).toBe(1);
    written += after.passed;
    kills += 2;
    await check();
    if (kills % 50 === 0) {
      const seconds = Math.round((Date.now() - started) / 1000);
      say(`${kills} kills, ${written} writes, ${seconds} s; --from ${written} goes on from here`);
    }
  }
  say(`killed ${kills} times, before and after ${kills / 2} of at least ${written} writes`);
  const last = await start(cluster.adminKubeconfig, args).ended;
  expect(last, last.stdout + last.stderr).toMatchObject({ code: 0 });
  await check();
  await expectMigrated(scenario, reference, way);
  const { ended, writes } = await writesOfRerun(cluster, start, scenario, way);
  expect(writes).toEqual([]);
  expect(ended.code, ended.stderr).toBe(0);
});
