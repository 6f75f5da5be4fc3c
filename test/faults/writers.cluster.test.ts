/**
 * Somebody else writes while a migration runs: the real Helm on releases that have moved already, a
 * Tiller, a second migration. At a few seeded moments, and the whole suite has each writer come into one of the
 * two ways to migrate; `node test/campaigns/faults.mjs writers` takes every moment of both.
 */
import { describe, expect, test } from 'vitest';
import { drawn, drawnOfEach } from '../cluster/drawn.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { clientsOf, type Ended } from './client.ts';
import {
  expectMigrated,
  expectNothingLost,
  migration,
  type Reference,
  undisturbed,
  type Way,
  ways,
  writesOfRerun,
} from './migration.ts';
import { type Fate, type ProxiedRequest, startProxy } from './proxy.ts';
import { makeScenario, type Scenario } from './scenario.ts';
import { random, sample } from './seeded.ts';
import { say, settings, timeoutMs } from './settings.ts';
import { contested, helms, type Place, tillers, type Writer } from './writers.ts';

const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const start = clientsOf(cluster);
const own = new RegExp(`(^|\\.v1\\.)${contested}\\.v([0-9]+)$`);

/** The moments to try, of all that a migration of this many requests has. */
function moments({ requests }: Reference): number[] {
  const all = Array.from({ length: requests }, (_, i) => i + 1);
  return sample(all, settings.moments, random(settings.firstSeed));
}

interface Disturbed {
  readonly ended: Ended;
  /** What the migration had asked for when the last act was over. */
  readonly seen: readonly ProxiedRequest[];
  /** Whether every act found something to work on. */
  readonly acted: boolean;
}

/** A migration with a writer's acts while its `moment`-th request and those after it are held. */
async function disturbed(
  place: Place,
  way: Way,
  moment: number,
  { acts }: Writer,
): Promise<Disturbed> {
  const asked: ProxiedRequest[] = [];
  let seen: readonly ProxiedRequest[] = [];
  let [done, acted] = [0, true];
  let turn: Promise<void> = Promise.resolve();
  // Requests come side by side; one writer does one thing after the other.
  const act = () => {
    const next = acts[done++];
    if (!next) return turn;
    turn = turn.then(async () => {
      if (!(await next(place))) acted = false;
      seen = [...asked];
    });
    return turn;
  };
  const proxy = await startProxy(cluster, async (request): Promise<Fate> => {
    asked.push(request);
    if (request.number >= moment) await act();
    return 'pass';
  });
  const ended = await start(proxy.kubeconfig, migration(place.scenario, way)).ended;
  await proxy.close();
  while (done < acts.length) await act();
  await turn;
  return { ended, seen, acted };
}

function again(scenario: Scenario, way: Way): Promise<Ended> {
  return start(cluster.adminKubeconfig, migration(scenario, way)).ended;
}

/** Runs the migration until it has nothing left to do, as it says itself. */
async function settle({ scenario }: Place, way: Way, first: Ended): Promise<Ended[]> {
  const runs = [first];
  for (let i = 0; i < 3; i++) {
    const next = await again(scenario, way);
    runs.push(next);
    if (next.code === 0) break;
    const old = /secret (\S+)\/(\S+) is an old copy/.exec(next.stdout.replace(/\s+/g, ' '));
    // What the plan says is to be done.
    if (old) await cluster.must('DELETE', `/api/v1/namespaces/${old[1]}/secrets/${old[2]}`);
  }
  return runs;
}

/** The contested release's revisions, with the status that their labels say. */
function statuses(contents: ReadonlyMap<string, string>): Map<number, string> {
  const found = [...contents].flatMap(([key, text]): [number, string][] => {
    const revision = own.exec(key)?.[2];
    const status = /\["(?:status|STATUS)","([^"]*)"\]/.exec(text)?.[1] ?? '';
    return revision === undefined ? [] : [[Number(revision), status]];
  });
  return new Map(found.sort(([a], [b]) => a - b));
}

function others(contents: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...contents].filter(([key]) => !own.test(key)));
}

async function expectRest(scenario: Scenario, way: Way, reference: Reference): Promise<void> {
  expect(others(await scenario.targets())).toEqual(others(reference.targets));
  const sources = others(await scenario.sources());
  expect(sources).toEqual(way.deletes ? new Map() : others(reference.sources));
}

/** What must be true of the contested release when all is quiet again. */
async function expectOwn(
  { scenario }: Place,
  way: Way,
  writer: Writer,
  { ended, seen, acted }: Disturbed,
): Promise<void> {
  const target = statuses(await scenario.targets());
  const source = statuses(await scenario.sources());
  const adds = acted || tillers.includes(writer) ? writer.adds : 0;
  const wanted = Array.from({ length: settings.revisions + adds }, (_, i) => i + 1);
  const missing = wanted.filter((revision) => !target.has(revision));
  expect([...target.keys()].filter((revision) => !wanted.includes(revision))).toEqual([]);
  if (writer.removes === 'source') {
    expect(source.size).toBe(0);
    // Half a release is never called migrated.
    if (missing.length > 0 && target.size > 0) expect(ended.code).toBe(1);
    return;
  }
  // Its copies were looked at twice, the second time before anything is deleted, and removed then.
  const looks = seen.filter(({ path }) => path.includes(`name%3D${contested}`));
  const looked = looks.length >= 2;
  const mayMiss = writer.removes === 'target' && acted && way.deletes && looked;
  if (!mayMiss) expect(missing).toEqual([]);
  if (way.deletes) expect([...source.keys()]).toEqual([]);
  else expect(source.size).toBe(settings.revisions + (tillers.includes(writer) ? adds : 0));
}

async function expectHelmReads({ scenario, helm }: Place): Promise<void> {
  const namespace = scenario.namespaces[0] ?? '';
  const target = statuses(await scenario.targets());
  const [newest] = [...target.keys()].reverse();
  if (newest === undefined) return;
  // Helm 4 lists every status unasked.
  const every = helm === helm3 ? ['--all'] : [];
  const list = ['list', '-n', namespace, ...every, '-o', 'json', '--filter', `^${contested}$`];
  const { stdout } = await run(helm, list, { kubeconfig: cluster.adminKubeconfig });
  expect(JSON.parse(stdout)).toMatchObject([
    { name: contested, revision: String(newest), status: target.get(newest) },
  ]);
}

/** What nothing disturbs is the same for every writer: a scenario for each way, put back between them. */
const prepared = new Map<Way, Promise<{ scenario: Scenario; reference: Reference }>>();
function prepare(way: Way) {
  const made = async () => {
    const scenario = await makeScenario(cluster, settings.releases, settings.revisions);
    return { scenario, reference: await undisturbed(cluster, start, scenario, way) };
  };
  const found = prepared.get(way) ?? made();
  prepared.set(way, found);
  return found;
}

const cases = drawnOfEach(
  'writers',
  ways.flatMap((way) => [...tillers, ...helms].map((writer) => ({ way, writer }))),
  ({ writer }) => writer.title,
);

describe.each(cases)('$writer.title, $way.title', ({ way, writer }) => {
  test('nothing is lost or doubled, and a rerun settles it', { timeout: timeoutMs }, async () => {
    const { scenario, reference } = await prepare(way);
    const chosen = moments(reference);
    const codes: (number | null)[] = [];
    let doubly = 0;
    for (const [i, moment] of chosen.entries()) {
      await scenario.reset();
      const place = { cluster, scenario, run, helm: i % 2 === 0 ? helm3 : helm4 };
      const disturbance = await disturbed(place, way, moment, writer);
      const runs = await settle(place, way, disturbance.ended);
      const output = runs.map(({ stdout, stderr }) => stdout + stderr).join('\n');
      const at = `at request ${moment} of ${reference.requests}: ${output}`;
      codes.push(disturbance.ended.code);
      expect([0, 1, 3, 4], at).toContain(disturbance.ended.code);
      expect(output, at).not.toMatch(/^ +at .*\.js:/m);
      expect(runs.at(-1)?.code, at).toBe(0);
      await expectRest(scenario, way, reference);
      await expectOwn(place, way, writer, disturbance).catch((error: unknown) => {
        throw new Error(at, { cause: error });
      });
      await expectHelmReads(place);
      const deployed = [...statuses(await scenario.targets()).values()].filter(
        (status) => status === 'deployed',
      );
      if (deployed.length > 1) {
        doubly += 1;
        expect(output.replace(/\s+/g, ' '), at).toContain('Tiller has superseded');
      }
      const { writes } = await writesOfRerun(cluster, start, scenario, way);
      expect(writes, at).toEqual([]);
    }
    const count = (code: number) => codes.filter((one) => one === code).length;
    const ends = [0, 1, 3, 4].map((code) => `${count(code)} with ${code}`).join(', ');
    say(`${writer.title}, ${way.title}: ${chosen.length} moments; ended ${ends}; ${doubly} doubly`);
  });
});

const [keeping, deleting] = ways as readonly [Way, Way];
const pairs = [
  { title: 'both keep', one: keeping, other: keeping },
  { title: 'both delete', one: deleting, other: deleting },
  { title: 'the second deletes', one: keeping, other: deleting },
  { title: 'the first deletes', one: deleting, other: keeping },
];

describe.each(drawn('pairs', pairs, 2))(
  'two migrations of the same releases: $title',
  ({ title, one, other }) => {
    test('lose and double nothing', { timeout: timeoutMs }, async () => {
      const { scenario, reference } = await prepare(one);
      const last = one.deletes ? one : other;
      const chosen = moments(reference);
      const ends: string[] = [];
      for (const moment of chosen) {
        await scenario.reset();
        // The second one begins while the first is held, and they run side by side from there.
        let second: Promise<Ended> | undefined;
        const proxy = await startProxy(cluster, async ({ number }): Promise<Fate> => {
          if (number === moment) {
            second = again(scenario, other);
            await new Promise((done) => setTimeout(done, 150));
          }
          return 'pass';
        });
        const first = await start(proxy.kubeconfig, migration(scenario, one)).ended;
        await proxy.close();
        const both = [first, await second];
        const at = both.map((ended) => `${ended?.stdout}${ended?.stderr}`).join('\n');
        for (const ended of both) expect([0, 1], at).toContain(ended?.code);
        for (const ended of both)
          if (ended?.code === 1) expect(ended.stdout + ended.stderr, at).toContain('same command');
        ends.push(both.map((ended) => ended?.code).join('+'));
        await expectNothingLost(scenario, reference);
        const rerun = await again(scenario, last);
        expect(rerun, rerun.stdout + rerun.stderr).toMatchObject({ code: 0 });
        await expectMigrated(scenario, reference, last);
        const { writes } = await writesOfRerun(cluster, start, scenario, last);
        expect(writes, at).toEqual([]);
      }
      const counts = [...new Set(ends)].map(
        (end) => `${ends.filter((e) => e === end).length} × ${end}`,
      );
      say(`two migrations, ${title}: ${chosen.length} moments; ended ${counts.join(', ')}`);
    });
  },
);
