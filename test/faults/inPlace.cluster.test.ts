/**
 * What changes records where they stand, under all that can go wrong: killed before and after every request, three
 * requests in ten refused, held, cut or lost, and somebody else at work at any of them. FAULTS_POINTS and
 * FAULTS_SEEDS say how often.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decodePayload, encodePayload } from '../../src/codecs/index.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { isWrite } from '../cluster/audit.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { clientsOf, type Ended } from './client.ts';
import { killedAt } from './migration.ts';
import { type Fate, startProxy } from './proxy.ts';
import { pick, random, sample } from './seeded.ts';
import { say, settings, timeoutMs } from './settings.ts';

const cluster = useCluster();
const { helms, run } = useClients();
const start = clientsOf(cluster);
const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const kubeconfig = cluster.adminKubeconfig;

interface Secret {
  readonly metadata: {
    readonly name: string;
    readonly labels: { readonly [name: string]: string };
  };
  readonly type: string;
  readonly data: { readonly release: string };
}

/** A record as far as it is anybody's business, without when it was last written to. */
interface Standing {
  readonly status: string;
  readonly label: string;
  /** All else that it says. */
  readonly rest: string;
}

/** Revisions of a real helm, the newest of which is made to be pending. */
async function scene(helm: string, revisions = 3) {
  const namespace = await cluster.namespace('stands');
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  for (let revision = 1; revision <= revisions; revision++) {
    const args = ['upgrade', '--install', 'shop', chart, '-n', namespace];
    const made = await run(helm, [...args, '--set', `greeting=${revision}`], { kubeconfig });
    expect(made, made.stderr).toMatchObject({ code: 0 });
  }
  const list = async () =>
    ((await cluster.must('GET', `${secrets}?labelSelector=owner%3Dhelm`)) as { items: Secret[] })
      .items;
  const payloadOf = ({ data }: Secret) => Buffer.from(data.release, 'base64').toString();
  const made = (await list()).map((one): ReleaseRecord => {
    const release = decodePayload(payloadOf(one));
    const status = ['pending-upgrade', 'deployed'][revisions - release.revision] ?? 'superseded';
    const info = { description: '', notes: '', ...release.info, status };
    const { labels } = one.metadata;
    return {
      ...{ kind: 'Secret', namespace, key: one.metadata.name, type: one.type },
      ...{ labels: { ...labels, status }, payload: encodePayload('helm3', { ...release, info }) },
    };
  });
  return {
    namespace,
    async reset() {
      await cluster.must('DELETE', `${secrets}?labelSelector=owner%3Dhelm`);
      for (const record of made) await cluster.must('POST', secrets, objectOf(record));
    },
    /** What each Secret holds, by its name. */
    async payloads(): Promise<{ readonly [key: string]: string }> {
      const all = (await list()).map((one) => [one.metadata.name, payloadOf(one)] as const);
      return Object.fromEntries(all);
    },
    async now(): Promise<{ readonly [key: string]: Standing }> {
      const all = (await list()).map((one) => {
        const { info, ...release } = decodePayload(payloadOf(one));
        const { status: label = '', modifiedAt: _, ...labels } = one.metadata.labels;
        const { status = '', description: __, ...more } = info ?? {};
        const rest = JSON.stringify([release, more, Object.entries(labels).sort(), one.type]);
        return [one.metadata.name.split('.').at(-1), { status, label, rest }] as const;
      });
      return Object.fromEntries(all);
    },
    unlock: (as: string) => [
      ...['unlock', 'shop', '-n', namespace, '--as', as, '--older-than', '0s', '--yes'],
    ],
  };
}
type Scene = Awaited<ReturnType<typeof scene>>;

const told = (standings: { readonly [key: string]: Standing }) =>
  Object.entries(standings).map(([key, { status, label }]) => `${key} ${status} ${label}`);
const unlocked = ['v1 superseded superseded', 'v2 superseded superseded', 'v3 deployed deployed'];

/** Whatever has happened: each is there, whole, and says what it said, but for how it stands. */
async function expectWhole(here: Scene, before: { readonly [key: string]: Standing }, at: string) {
  const now = await here.now();
  for (const [key, { rest, status }] of Object.entries(before)) {
    expect(now[key]?.rest, `${key} ${at}`).toBe(rest);
    expect(now[key]?.status, `${key} ${at}`).toBe(now[key]?.label);
    const may =
      { v1: ['superseded'], v2: ['superseded'], v3: ['deployed', 'failed', 'superseded'] }[key] ??
      [];
    expect([status, ...may], `${key} ${at}`).toContain(now[key]?.status);
  }
}

async function expectNoWrites(args: readonly string[]): Promise<void> {
  const mark = await cluster.auditMark();
  const proxy = await startProxy(cluster, () => 'pass');
  const ended = await start(proxy.kubeconfig, args).ended;
  await proxy.close();
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const asked = await cluster.auditSince(mark, { user: proxy.user });
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter(isWrite)).toEqual([]);
}

async function requestsOf(args: readonly string[]): Promise<number> {
  let requests = 0;
  const proxy = await startProxy(cluster, () => {
    requests += 1;
    return 'pass';
  });
  const ended = await start(proxy.kubeconfig, args).ended;
  await proxy.close();
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return requests;
}

test('killed at a request, unlock loses and changes nothing else, and goes on', {
  timeout: timeoutMs,
}, async () => {
  const here = await scene(helms['helm4.3']);
  await here.reset();
  const before = await here.now();
  const args = here.unlock('deployed');
  const requests = await requestsOf(args);
  const all = Array.from({ length: requests }, (_, i) => i + 1).flatMap((point) =>
    (['before', 'after'] as const).map((when) => ({ point, when })),
  );
  const chosen = sample(all, settings.points, random(settings.firstSeed));
  for (const { point, when } of chosen) {
    await here.reset();
    const at = `killed ${when} request ${point} of ${requests}`;
    expect((await killedAt(cluster, start, args, point, when)).code, at).toBeNull();
    await expectWhole(here, before, at);
    const rerun = await start(kubeconfig, args).ended;
    expect(rerun, `${at}: ${rerun.stdout}${rerun.stderr}`).toMatchObject({ code: 0 });
    await expectWhole(here, before, at);
    expect(told(await here.now()), at).toEqual(unlocked);
    await expectNoWrites(args);
  }
  say(`unlock: ${chosen.length} of ${all.length} kill points`);
});

/** Everything that the files below a folder hold of these payloads. */
function heldIn(path: string, payloads: readonly string[]): readonly string[] {
  const texts = existsSync(path)
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    : [];
  const packed = (payload: string) => Buffer.from(payload).toString('base64');
  return payloads.filter((payload) => texts.some((text) => text.includes(packed(payload))));
}

test('killed at a request, prune loses nothing, and goes on', { timeout: timeoutMs }, async () => {
  const here = await scene(helms['helm4.3'], 5);
  const folder = mkdtempSync(join(tmpdir(), 'pruned-'));
  let runs = 0;
  const prune = () => {
    runs += 1;
    const backup = join(folder, String(runs));
    const line = ['prune', 'shop', '-n', here.namespace, '--older-than', '0s', '--keep', '1'];
    return { backup, args: [...line, '--yes', '--backup', backup] };
  };
  await here.reset();
  const before = await here.payloads();
  const requests = await requestsOf(prune().args);
  const left = await here.payloads();
  expect(Object.keys(left)).toEqual(Object.keys(before).slice(3));
  const all = Array.from({ length: requests }, (_, i) => i + 1).flatMap((point) =>
    (['before', 'after'] as const).map((when) => ({ point, when })),
  );
  for (const { point, when } of sample(all, settings.points, random(settings.firstSeed))) {
    await here.reset();
    const at = `killed ${when} request ${point} of ${requests}`;
    const { args, backup } = prune();
    expect((await killedAt(cluster, start, args, point, when)).code, at).toBeNull();
    const now = Object.values(await here.payloads());
    const gone = Object.values(before).filter((payload) => !now.includes(payload));
    expect(heldIn(backup, gone), at).toEqual(gone);
    const rerun = await start(kubeconfig, prune().args).ended;
    expect(rerun, `${at}: ${rerun.stdout}${rerun.stderr}`).toMatchObject({ code: 0 });
    expect(await here.payloads(), at).toEqual(left);
    await expectNoWrites(prune().args);
  }
  say(`prune: ${Math.min(all.length, settings.points)} of ${all.length} kill points`);
  rmSync(folder, { recursive: true });
});

const status = (code: number, reason: string) => ({
  ...{ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason },
});
const faults: readonly (() => Fate | Promise<Fate>)[] = [
  () => ({ status: 429, body: status(429, 'TooManyRequests'), retryAfter: 1 }),
  () => ({ status: 500, body: status(500, 'InternalError') }),
  () => sleep(100, 'pass'),
  () => 'drop',
  () => 'lose-answer',
];

test('under faults, unlock comes to its end', { timeout: timeoutMs }, async () => {
  const here = await scene(helms['helm3.22']);
  await here.reset();
  const before = await here.now();
  const args = here.unlock('deployed');
  for (let i = 0; i < settings.seeds; i++) {
    const next = random(settings.firstSeed + i);
    await here.reset();
    let code: number | null = 1;
    for (let runs = 1; code !== 0; runs++) {
      if (runs > 40) throw new Error(`seed ${settings.firstSeed + i}: not at the end`);
      const proxy = await startProxy(cluster, () => (next() < 0.3 ? pick(faults, next)() : 'pass'));
      const ended = await start(proxy.kubeconfig, args).ended;
      await proxy.idle();
      await proxy.close();
      expect([0, 1], ended.stdout + ended.stderr).toContain(ended.code);
      await expectWhole(here, before, ended.stdout + ended.stderr);
      code = ended.code;
    }
    expect(told(await here.now())).toEqual(unlocked);
    await expectNoWrites(args);
  }
});

/** What comes in while a request of the first one is held. */
const writers = [
  {
    title: 'another unlock that says failed',
    act: (here: Scene) => start(kubeconfig, here.unlock('failed')).ended,
  },
  {
    title: 'the same unlock',
    act: (here: Scene) => start(kubeconfig, here.unlock('deployed')).ended,
  },
  {
    title: 'helm rollback',
    act: async ({ namespace }: Scene): Promise<Ended> =>
      run(helms['helm4.3'], ['rollback', 'shop', '1', '-n', namespace], { kubeconfig }),
  },
];

describe.each(writers)('beside $title', ({ title, act }) => {
  test('nothing is lost, and helm goes on', { timeout: timeoutMs }, async () => {
    const here = await scene(helms['helm4.3']);
    await here.reset();
    const before = await here.now();
    const args = here.unlock('deployed');
    const requests = await requestsOf(args);
    const all = Array.from({ length: requests }, (_, i) => i + 1);
    const ends: string[] = [];
    for (const moment of sample(all, settings.points, random(settings.firstSeed))) {
      await here.reset();
      let other: Ended | undefined;
      const proxy = await startProxy(cluster, async ({ number }): Promise<Fate> => {
        if (number === moment) other = await act(here);
        return 'pass';
      });
      const ended = await start(proxy.kubeconfig, args).ended;
      await proxy.close();
      const at = `${title} at request ${moment} of ${requests}: ${ended.stdout}${ended.stderr}${other?.stdout}${other?.stderr}`;
      expect([0, 1], at).toContain(ended.code);
      expect([0, 1], at).toContain(other?.code);
      ends.push(`${ended.code}+${other?.code}`);
      await expectWhole(here, before, at);
      // Whatever stands now, nobody is kept out by it.
      const upgrade = ['upgrade', 'shop', chart, '-n', here.namespace];
      const upgraded = await run(helms['helm4.3'], upgrade, { kubeconfig });
      expect(upgraded, `${at}${upgraded.stderr}`).toMatchObject({ code: 0 });
      const deployed = Object.values(await here.now()).filter((one) => one.label === 'deployed');
      expect(deployed.length, at).toBeGreaterThan(0);
    }
    say(`${title}: ${ends.join(' ')}`);
  });
});
