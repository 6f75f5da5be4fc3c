/**
 * Every ordered pair of stores: releases of a real helm travel through all of them, each pair once and
 * each store there and back. Wherever helm can read them after a pair, it upgrades, rolls back and
 * uninstalls some; they are then put back as they had arrived, and travel on. In the whole suite each helm's
 * releases go one half of the way, which its seed draws. Larger by hand: `node test/campaigns/relocate.mjs`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapLimit } from '../../src/parallel.ts';
import { drawnOfEach, sampleSeed } from '../cluster/drawn.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import {
  cluster,
  contents,
  type Driver,
  type Helm,
  helm,
  putBack,
  recordsIn,
  releases,
  type World,
} from './relocateWorld.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const count = Number(process.env.RELOCATE_RELEASES ?? 3);
const revisions = Number(process.env.RELOCATE_REVISIONS ?? 3);
/** How many of them helm goes on with after each pair. */
const goingOn = Number(process.env.RELOCATE_GOING_ON ?? 1);
const patience = 120_000 + count * revisions * 3000 + goingOn * 20_000;
const helms = (['helm3', 'helm4'] as const).filter(
  (one) => (process.env.RELOCATE_HELM ?? one) === one,
);
const names = Array.from({ length: count }, (_, i) => `app${i}`);

const stores = ['secret', 'configmap', 'sql', 'dir', 'file'] as const;
type Store = (typeof stores)[number];

let postgres: Postgres;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'relocate-pairs-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await postgres.stop();
});

/** A walk that takes each ordered pair once, from the first store back to it (Hierholzer's way). */
function walk(): [Store, Store][] {
  const left = new Map(stores.map((one) => [one, stores.filter((other) => other !== one)]));
  const [stack, path]: [Store[], Store[]] = [['secret'], []];
  for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
    const next = left.get(at)?.pop();
    if (next) stack.push(next);
    else path.unshift(stack.pop() ?? at);
  }
  return path.slice(1).map((to, i) => [path[i] ?? 'secret', to]);
}

const halves = ['1-10', '11-20'];
/** Which half of the way is helm 3's; the other one is helm 4's. */
const [drawnHalf] = drawnOfEach('halves', halves, () => 'half');

/** Some of the walk: `RELOCATE_PAIRS=8-14`, counted from 1. */
function pairs(which: Helm): [Store, Store][] {
  const half = halves.find((one) => (one === drawnHalf) === (which === 'helm3'));
  const some = process.env.RELOCATE_PAIRS ?? (sampleSeed() ? half : undefined) ?? '1-20';
  const [first = 1, last = 20] = some.split('-').map(Number);
  return walk().slice(first - 1, last);
}

it('the walk takes each of the twenty pairs once', () => {
  expect(new Set(walk().map(String)).size).toBe(20);
  expect(walk()).toHaveLength(20);
});

describe.each(helms)('releases of %s', (which) => {
  let world: World;
  let before: ReturnType<typeof contents>;
  let place = 'secret';

  beforeAll(async () => {
    const namespace = await cluster.namespace('pairs');
    world = { helm: which, namespace, sqlUrl: await postgres.database() };
    // helm 3.8 knows no labels, and from a database that has some it reads nothing.
    const labels = which === 'helm4' ? ['--labels', 'team=pay,tier=gold'] : [];
    await mapLimit(names, 4, async (name) => {
      await helm(world, 'secret', 'install', name, chart, ...labels);
      for (let n = 2; n <= revisions; n++)
        await helm(world, 'secret', 'upgrade', name, chart, '--set', `greeting=${n}`, ...labels);
    });
    before = contents(await recordsIn('secret', world));
    const from = pairs(which)[0]?.[0] ?? 'secret';
    if (from !== 'secret') await move(addressIn(from));
  }, patience);

  function addressIn(store: Store): string {
    const path = mkdtempSync(join(folder, 'to-'));
    if (store === 'dir') return `dir:${path}/records`;
    return store === 'file' ? `file:${path}/records.zip` : store;
  }

  /** The release as it was afterwards: only its live object is gone, which the next upgrade makes anew. */
  async function goOn(name: string, driver: Driver): Promise<void> {
    const own = new RegExp(`\\.${name}\\.v[0-9]+$`);
    const ofName = async () =>
      [...(await recordsIn(place, world)).values()].filter(({ key }) => own.test(key));
    const arrived = await ofName();
    expect(arrived).toHaveLength(revisions);
    // From ten revisions on helm would prune the first one.
    const all = ['--history-max', '0'];
    await helm(world, driver, 'upgrade', name, chart, '--set', 'greeting=new', ...all);
    await helm(world, driver, 'rollback', name, '1', ...all);
    const history = JSON.parse(await helm(world, driver, 'history', name, '-o', 'json'));
    expect(history.at(-1)).toMatchObject({ revision: revisions + 2, status: 'deployed' });
    await helm(world, driver, 'uninstall', name);
    expect(await ofName()).toEqual([]);
    await putBack(place, world, arrived);
  }

  async function move(to: string): Promise<string> {
    const keep = place.startsWith('file:')
      ? ' --keep-source'
      : ` --delete-source --backup ${folder}/backup`;
    const line = `relocate --all -n ${world.namespace} --from ${place} --to ${to} --yes${keep}`;
    const { code, out, err } = await releases(world, line);
    // On a machine that is busy there is progress to show.
    expect(err.replace(/^Relocating: .*\n/gm, '')).toBe('');
    expect(code).toBe(0);
    const left = keep.includes('delete') ? await recordsIn(place, world) : new Map();
    expect(left.size).toBe(0);
    place = to;
    return out;
  }

  it.each(pairs(which))(
    'arrive as they were, and helm goes on: %s → %s',
    async (from, to) => {
      expect(place.split(':')[0]).toBe(from);
      const out = await move(addressIn(to));
      expect(out).toContain(`${count} releases, ${count * revisions} records created`);
      expect(contents(await recordsIn(place, world))).toEqual(before);
      if (to === 'dir' || to === 'file') return;
      const listed = JSON.parse(await helm(world, to, 'list', '-o', 'json', '--max', '0'));
      expect(listed.map(({ name }: { name: string }) => name)).toEqual([...names].sort());
      for (const name of names) {
        const history = JSON.parse(await helm(world, to, 'history', name, '-o', 'json'));
        expect(history).toHaveLength(revisions);
      }
      await mapLimit(names.slice(0, goingOn), 4, (name) => goOn(name, to));
      expect(contents(await recordsIn(place, world))).toEqual(before);
    },
    patience,
  );
});
