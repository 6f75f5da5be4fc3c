/**
 * The API server refuses, holds, cuts and answers into nowhere, three requests in ten; and it says
 * things nobody knows. `node test/campaigns/faults.mjs replies` tries 100 seeds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { mapLimit } from '../../src/parallel.ts';
import { useCluster } from '../cluster/shared.ts';
import { clientsOf } from './client.ts';
import {
  expectMigrated,
  expectNothingLost,
  isReview,
  migration,
  type Reference,
  undisturbed,
  type Way,
  ways,
  writesOfRerun,
} from './migration.ts';
import { type Fate, startProxy } from './proxy.ts';
import { makeScenario, type Scenario } from './scenario.ts';
import { pick, random } from './seeded.ts';
import { say, settings, timeoutMs } from './settings.ts';

const cluster = useCluster();
const start = clientsOf(cluster);
const share = 0.3;
/** Seeds at once: most of their time they wait to try again. */
const atOnce = 4;
/** Runs in which a migration under faults has to come to its end. */
const mostRuns = 60;
/** One call tries five times; a create may send its POST twice, and looks four times at the most. */
const mostOfOne: { readonly [method: string]: number } = {
  GET: 20,
  POST: 10,
  DELETE: 10,
  PATCH: 10,
};

const faults: readonly (() => Fate | Promise<Fate>)[] = [
  () => ({ status: 429, body: status(429, 'TooManyRequests'), retryAfter: 1 }),
  () => ({ status: 500, body: status(500, 'InternalError') }),
  () => ({ status: 503, body: status(503, 'ServiceUnavailable') }),
  () => sleep(100, 'pass'),
  () => 'drop',
  () => 'lose-answer',
];

/** No server has conflicts to report to who only reads. */
const writeFaults = [...faults, () => ({ status: 409, body: status(409, 'Conflict') })];

function status(code: number, reason: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: canary };
}

/** In every made-up answer; must be in no output. */
const canary = 'canary-e5b1';

describe('under faults', () => {
  test('runs converge, and ask for nothing without end', { timeout: timeoutMs }, async () => {
    const runs: number[] = [];
    const seeds = Array.from({ length: settings.seeds }, (_, i) => settings.firstSeed + i);
    await mapLimit(seeds, atOnce, async (seed) => {
      const way = ways[(seed - settings.firstSeed) % ways.length];
      if (!way) throw new Error('no such way');
      const scenario = await makeScenario(cluster, settings.releases, settings.revisions);
      const reference = await undisturbed(cluster, start, scenario, way);
      runs.push(await converge(scenario, reference, way, seed));
      const { writes } = await writesOfRerun(cluster, start, scenario, way);
      expect(writes, `seed ${seed}`).toEqual([]);
      if (runs.length % 10 === 0) say(`${runs.length} of ${settings.seeds} seeds`);
    });
    say(`runs until the end: ${Math.min(...runs)} to ${Math.max(...runs)} (${runs.join(' ')})`);
  });
});

/** @returns how many runs it took */
async function converge(
  scenario: Scenario,
  reference: Reference,
  way: Way,
  seed: number,
): Promise<number> {
  await scenario.reset();
  const next = random(seed);
  for (let runs = 1; runs <= mostRuns; runs++) {
    const asked = new Map<string, number>();
    const proxy = await startProxy(cluster, ({ method, path }) => {
      const what = `${method} ${path}`;
      asked.set(what, (asked.get(what) ?? 0) + 1);
      if (next() >= share) return 'pass';
      return pick(method === 'GET' ? faults : writeFaults, next)();
    });
    const ended = await start(proxy.kubeconfig, migration(scenario, way)).ended;
    await proxy.idle();
    await proxy.close();
    const output = ended.stdout + ended.stderr;
    expect([0, 1], `seed ${seed}: ${output}`).toContain(ended.code);
    expect(output).not.toContain(canary);
    for (const [what, times] of asked) {
      const questions = isReview(what) ? reference.reviews : 1;
      const most = mostOfOne[what.split(' ')[0] ?? ''] ?? 0;
      expect(times, what).toBeLessThanOrEqual(most * questions);
    }
    await expectNothingLost(scenario, reference);
    if (ended.code === 0) {
      await expectMigrated(scenario, reference, way);
      return runs;
    }
  }
  throw new Error(`seed ${seed}: not at the end after ${mostRuns} runs`);
}

describe('an API server that', () => {
  const always: readonly [string, Fate, number, RegExp][] = [
    ['is overloaded for good', { status: 429, retryAfter: 0 }, 5, /answered 429/],
    ['is not available', { status: 503, retryAfter: 0 }, 5, /answered 503/],
    ['cuts every connection', 'drop', 5, /connection broke before the answer was complete/],
    ['fails', { status: 500, body: status(500, 'InternalError') }, 5, /answered 500 InternalError/],
  ];

  test.each(always)('%s is asked a few times and then named', async (_, fate, times, message) => {
    const scenario = await makeScenario(cluster, 1, 1);
    await scenario.reset();
    const asked = new Map<string, number>();
    const proxy = await startProxy(cluster, ({ method, path }) => {
      asked.set(`${method} ${path}`, (asked.get(`${method} ${path}`) ?? 0) + 1);
      return fate;
    });
    const args = migration(scenario, { title: '', deletes: true });
    const { code, stdout, stderr } = await start(proxy.kubeconfig, args).ended;
    await proxy.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stdout + stderr).not.toContain(canary);
    expect(Math.max(...asked.values())).toBe(times);
    expect((await scenario.sources()).size).toBe(1);
  });

  const unknown: readonly [string, Fate][] = [
    ['a status nobody knows', { status: 418, body: { kind: 'Teapot', message: canary } }],
    ['a redirection', { status: 302, body: { message: canary } }],
    ['success that is no object', { status: 200, body: [canary] }],
    ['a refusal by a policy', { status: 422, body: status(422, 'Invalid') }],
    ['no permission', { status: 403, body: { ...status(403, 'Forbidden'), message: 'no' } }],
  ];

  /** What the migration asks for, and how often when it is refused each time. */
  const changes = [
    { what: 'creates', method: 'POST', kind: '/secrets', said: /\bcreate\b/, asked: 1, created: 0 },
    {
      what: 'adoptions',
      method: 'PATCH',
      kind: '/configmaps/',
      said: /app-01-/,
      asked: 2,
      created: 2,
    },
    {
      what: 'deletes',
      method: 'DELETE',
      kind: '/configmaps/',
      said: /\bdelete\b/,
      asked: 1,
      created: 2,
    },
  ] as const;
  const cases = changes.flatMap((change) =>
    unknown.map(([answer, fate]) => ({ ...change, answer, fate })),
  );

  test.each(cases)('answers $what with $answer: said, and nothing deleted', async (one) => {
    const { method, kind, said, asked, created, fate } = one;
    const scenario = await makeScenario(cluster, 1, 2);
    await scenario.reset();
    let times = 0;
    const proxy = await startProxy(cluster, (request) => {
      if (request.method !== method || !request.path.includes(kind)) return 'pass';
      times += 1;
      return fate;
    });
    const args = migration(scenario, { title: '', deletes: true });
    const { code, stdout, stderr } = await start(proxy.kubeconfig, args).ended;
    await proxy.close();
    const output = stdout + stderr;
    expect(output).not.toContain(canary);
    expect(output).not.toMatch(/^ +at .*\.js:/m);
    expect((await scenario.sources()).size).toBe(2);
    expect((await scenario.targets()).size).toBe(created);
    // What looks like success is found out where it is looked at again.
    const believed = typeof fate === 'object' && 'status' in fate && fate.status === 200;
    if (believed) return;
    expect(code, output).toBe(1);
    expect(output).toMatch(/while migrating app-01/);
    expect(output).toMatch(said);
    expect(times).toBeLessThanOrEqual(asked);
  });

  test('answers creates with success that is no object: found out, and nothing deleted', async () => {
    const scenario = await makeScenario(cluster, 1, 2);
    await scenario.reset();
    const proxy = await startProxy(cluster, ({ method, path }) =>
      method === 'POST' && path.includes('/secrets') ? { status: 200, body: [canary] } : 'pass',
    );
    const args = migration(scenario, { title: '', deletes: true });
    const { code, stdout, stderr } = await start(proxy.kubeconfig, args).ended;
    await proxy.close();
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/app-01.* is not there when it is read back/s);
    expect((await scenario.sources()).size).toBe(2);
  });
});
