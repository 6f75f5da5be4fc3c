/** The program is asked to stop (SIGTERM, SIGINT) in the middle of a migration: what it says and leaves. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { useCluster } from '../cluster/shared.ts';
import { type Client, clientsOf, type Ended } from './client.ts';
import {
  expectMigrated,
  expectNothingLost,
  expectNothingWrong,
  isWriteRequest,
  migration,
  type Reference,
  undisturbed,
  writesOfRerun,
} from './migration.ts';
import { type Fate, type ProxiedRequest, startProxy } from './proxy.ts';
import { makeScenario, type Scenario } from './scenario.ts';

const cluster = useCluster();
const start = clientsOf(cluster);
const way = { title: '--delete-v2-releases', deletes: true };
type Signal = 'SIGTERM' | 'SIGINT';

/** Long enough for a signal to arrive, and for a second one to be another. */
const pauseMs = 100;
/** What may end after the signal: of eight releases one request each, or four objects. */
const underWay = 8 * 4;

interface Stopped extends Ended {
  /** Writes that began after the first signal. */
  readonly later: number;
}

/** Sends the signals at the first request like this; holds that request where there are two. */
async function stoppedAt(
  scenario: Scenario,
  isMoment: (request: ProxiedRequest) => boolean,
  sent: readonly Signal[],
): Promise<Stopped> {
  let client: Client | undefined;
  let [signalled, later] = [false, 0];
  const proxy = await startProxy(cluster, async (request): Promise<Fate> => {
    if (signalled && isWriteRequest(request)) later += 1;
    if (signalled || !isMoment(request)) return 'pass';
    signalled = true;
    for (const name of sent) {
      client?.signal(name);
      await sleep(pauseMs);
    }
    if (sent.length > 1) await client?.ended;
    return 'pass';
  });
  client = start(proxy.kubeconfig, migration(scenario, way));
  const ended = await client.ended;
  await proxy.idle();
  await proxy.close();
  expect(signalled).toBe(true);
  return { ...ended, later };
}

async function expectRerun(scenario: Scenario, reference: Reference): Promise<void> {
  await expectNothingLost(scenario, reference);
  await expectNothingWrong(scenario, reference);
  const rerun = await start(cluster.adminKubeconfig, migration(scenario, way)).ended;
  expect(rerun, rerun.stdout + rerun.stderr).toMatchObject({ code: 0 });
  await expectMigrated(scenario, reference, way);
  const { writes } = await writesOfRerun(cluster, start, scenario, way);
  expect(writes).toEqual([]);
}

/** What nothing disturbs is the same for every signal: a scenario of each size, put back between them. */
const prepared = new Map<number, Promise<{ scenario: Scenario; reference: Reference }>>();
async function prepare(releases: number) {
  const made = async () => {
    const scenario = await makeScenario(cluster, releases, 2);
    return { scenario, reference: await undisturbed(cluster, start, scenario, way) };
  };
  const found = prepared.get(releases) ?? made();
  prepared.set(releases, found);
  const { scenario } = await found;
  await scenario.reset();
  return found;
}

const isList = ({ method, path }: ProxiedRequest) => method === 'GET' && path.includes('limit=');
const moments: readonly [string, (request: ProxiedRequest) => boolean][] = [
  ['it creates', ({ method, path }) => method === 'POST' && path.includes('/secrets')],
  ['it adopts', (request) => request.method === 'PATCH' && isWriteRequest(request)],
  ['it deletes', ({ method }) => method === 'DELETE'],
];

describe('asked once to stop', () => {
  test.each([
    ...moments.map(([what, isMoment]) => ['SIGTERM', what, isMoment] as const),
    ...moments.slice(-1).map(([what, isMoment]) => ['SIGINT', what, isMoment] as const),
  ])('by %s while %s: it stops at a safe point, says so, and can go on', async (...one) => {
    const [name, , isMoment] = one;
    const { scenario, reference } = await prepare(10);
    const { code, stdout, stderr, later } = await stoppedAt(scenario, isMoment, [name]);
    expect(code, stdout + stderr).toBe(130);
    expect(stdout).toContain('Stopped.');
    expect(stdout).toContain('Run the same command to go on.');
    expect(later).toBeLessThanOrEqual(underWay);
    const gone = reference.sources.size - (await scenario.sources()).size;
    if (gone === 0) expect(stdout).toContain('nothing was deleted');
    else expect(stdout).toMatch(/^Undo: .* restore /m);
    await expectRerun(scenario, reference);
  });
});

describe('asked to stop while it plans', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s: it ends before the answer that it waits for',
    async (name) => {
      const { scenario, reference } = await prepare(4);
      let client: Client | undefined;
      let writes = 0;
      const proxy = await startProxy(cluster, async (request): Promise<Fate> => {
        if (isWriteRequest(request)) writes += 1;
        if (!isList(request)) return 'pass';
        client?.signal(name);
        // The answer comes only when nobody waits for it any more.
        await client?.ended;
        return 'drop';
      });
      client = start(proxy.kubeconfig, migration(scenario, way));
      const { code, stdout, stderr } = await client.ended;
      await proxy.idle();
      await proxy.close();
      expect({ code, stdout, writes }, stderr).toEqual({ code: 130, stdout: '', writes: 0 });
      expect(stderr).toContain('interrupted: nothing was written');
      await expectRerun(scenario, reference);
    },
  );
});

describe('asked twice', () => {
  test.each([
    ['SIGINT', 130, moments[0]],
    ['SIGTERM', 143, moments[1]],
    ['SIGINT', 130, moments[2]],
  ] as const)('by %s it ends at once with %d, and can go on', async (name, wanted, moment) => {
    if (!moment) throw new Error('no such moment');
    const { scenario, reference } = await prepare(4);
    const { code } = await stoppedAt(scenario, moment[1], [name, name]);
    expect(code).toBe(wanted);
    await expectRerun(scenario, reference);
  });
});
