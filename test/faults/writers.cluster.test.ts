/**
 * Somebody else writes while a migration runs: the real Helm on releases that have moved already, a
 * Tiller that adds a revision, a second migration of the same releases. At a few seeded moments;
 * `node test/campaigns/faults.mjs writers` takes every one.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
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
import { makeScenario, nextRevision, type Scenario } from './scenario.ts';
import { random, sample } from './seeded.ts';
import { say, settings, timeoutMs } from './settings.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const start = clientsOf(cluster);
const name = 'app-01';

/** Runs a migration, and `work` while its `moment`-th request is held. */
async function meanwhile(
  scenario: Scenario,
  way: Way,
  moment: number,
  work: () => Promise<void>,
  seen: ProxiedRequest[] = [],
): Promise<Ended> {
  const proxy = await startProxy(cluster, async (request): Promise<Fate> => {
    seen.push(request);
    if (request.number === moment) await work();
    return 'pass';
  });
  const ended = await start(proxy.kubeconfig, migration(scenario, way)).ended;
  await proxy.close();
  return ended;
}

/** The moments to try, of all that a migration of this many requests has. */
function moments({ requests }: Reference): number[] {
  const all = Array.from({ length: requests }, (_, i) => i + 1);
  return sample(all, settings.moments, random(settings.firstSeed));
}

/** Runs the migration until it has nothing left to do, as its hints say. */
async function again(scenario: Scenario, way: Way): Promise<Ended> {
  return start(cluster.adminKubeconfig, migration(scenario, way)).ended;
}

describe.each(ways)('a Tiller adds a revision, $title', (way) => {
  test('it moves too, or stays; its release is deleted only with it', {
    timeout: timeoutMs,
  }, async () => {
    const scenario = await makeScenario(cluster, settings.releases, settings.revisions);
    const reference = await undisturbed(cluster, start, scenario, way);
    const added = nextRevision(scenario, name);
    const place = `${scenario.namespaces[0]}/sh.helm.release.v1.${added.key}`;
    let stuck = 0;
    for (const moment of moments(reference)) {
      await scenario.reset();
      const seen: ProxiedRequest[] = [];
      const add = () => scenario.addSource(added);
      const ended = await meanwhile(scenario, way, moment, add, seen);
      const at = `added at request ${moment} of ${reference.requests}: ${ended.stdout}${ended.stderr}`;
      expect([0, 1, 3, 4], at).toContain(ended.code);
      await expectNothingLost(scenario, reference);
      const moved = (await scenario.targets()).has(place);
      const kept = (await scenario.sources()).has(added.key);
      expect(moved || kept, at).toBe(true);
      // Deleted without it only when the release had been looked at for the last time before.
      const looked = seen.some(
        ({ number, path }) => number < moment && path.includes(`NAME%3D${name}`),
      );
      const deleted = seen.some(
        ({ method, path }) => method === 'DELETE' && path.includes(`/${name}.v`),
      );
      expect(deleted && !moved && !looked, at).toBe(false);
      const rerun = await again(scenario, way);
      await expectNothingLost(scenario, reference);
      const targets = await scenario.targets();
      if (rerun.code === 0) {
        expect(targets.has(place), at).toBe(true);
        expect(targets.size).toBe(reference.targets.size + 1);
        expect((await scenario.sources()).size).toBe(way.deletes ? 0 : reference.sources.size + 1);
      } else {
        // Added after the older ones were deleted: what it belongs to is a person's to say.
        stuck += 1;
        expect(rerun.stdout, at).toContain('refused');
        expect([...(await scenario.sources()).keys()], at).toEqual([added.key]);
        expect(targets, at).toEqual(reference.targets);
      }
      await forget(scenario, added.key);
    }
    say(`${way.title}: a Tiller's revision was left to a person ${stuck} times`);
  });
});

async function forget({ tiller }: Scenario, key: string): Promise<void> {
  await cluster.request('DELETE', `/api/v1/namespaces/${tiller}/configmaps/${key}`);
}

describe.each(ways)('Helm works on what has moved, $title', (way) => {
  test('its revisions stay, and no older one is lost', { timeout: timeoutMs }, async () => {
    const scenario = await makeScenario(cluster, settings.releases, settings.revisions);
    const reference = await undisturbed(cluster, start, scenario, way);
    let worked = 0;
    for (const [i, moment] of moments(reference).entries()) {
      await scenario.reset();
      const helm = i % 2 === 0 ? helm3 : helm4;
      const namespace = scenario.namespaces[0] ?? '';
      const own = [`${namespace}/sh.helm.release.v1.${name}.v${settings.revisions + 1}`];
      let upgraded = false;
      const ended = await meanwhile(scenario, way, moment, async () => {
        const args = ['upgrade', name, chart, '-n', namespace, '--no-hooks'];
        const { code } = await run(helm, args, { kubeconfig: cluster.adminKubeconfig });
        upgraded = code === 0;
        if (!upgraded) return;
        const back = ['rollback', name, '-n', namespace, '--no-hooks'];
        const rolled = await run(helm, back, { kubeconfig: cluster.adminKubeconfig });
        if (rolled.code === 0)
          own.push(`${namespace}/sh.helm.release.v1.${name}.v${settings.revisions + 2}`);
      });
      if (!upgraded) own.length = 0;
      worked += own.length;
      const at = `at request ${moment} of ${reference.requests}: ${ended.stdout}${ended.stderr}`;
      expect([0, 1], at).toContain(ended.code);
      const rerun = await again(scenario, way);
      expect(rerun, `${at}\n${rerun.stdout}${rerun.stderr}`).toMatchObject({ code: 0 });
      const targets = await scenario.targets();
      const wanted = [...reference.targets.keys(), ...own];
      expect([...targets.keys()].sort(), at).toEqual(wanted.sort());
      // Helm gives the revision it replaces another status, as it should.
      for (const [place, text] of reference.targets)
        if (!place.includes(`.${name}.v`)) expect(targets.get(place), place).toBe(text);
      const listed = await run(helm3, ['history', name, '-n', namespace, '-o', 'json'], {
        kubeconfig: cluster.adminKubeconfig,
      });
      expect(JSON.parse(listed.stdout).at(-1), at).toMatchObject({ status: 'deployed' });
      const { writes } = await writesOfRerun(cluster, start, scenario, way);
      expect(writes, at).toEqual([]);
    }
    say(`${way.title}: Helm added ${worked} revisions`);
  });
});

describe.each(ways)('two migrations of the same releases, $title', (way) => {
  test('lose and double nothing', { timeout: timeoutMs }, async () => {
    const scenario = await makeScenario(cluster, settings.releases, settings.revisions);
    const reference = await undisturbed(cluster, start, scenario, way);
    for (const moment of moments(reference)) {
      await scenario.reset();
      // The second one begins while the first is held, and they run side by side from there.
      let second: Promise<Ended> | undefined;
      const first = await meanwhile(scenario, way, moment, async () => {
        second = again(scenario, way);
        await new Promise((done) => setTimeout(done, 150));
      });
      const both = [first, await second];
      const at = both.map((ended) => `${ended?.stdout}${ended?.stderr}`).join('\n');
      for (const ended of both) expect([0, 1, 3, 4], at).toContain(ended?.code);
      await expectNothingLost(scenario, reference);
      const rerun = await again(scenario, way);
      expect(rerun, rerun.stdout + rerun.stderr).toMatchObject({ code: 0 });
      await expectMigrated(scenario, reference, way);
      const { writes } = await writesOfRerun(cluster, start, scenario, way);
      expect(writes, at).toEqual([]);
    }
  });
});
