/**
 * One request fails, or all from one on: what a run says is what stands, and the way back that it prints is one.
 * `node test/campaigns/faults.mjs words` does it at every request, in every way.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useClients } from '../cluster/shared.ts';
import { cluster, releases, type World } from '../e2e/relocateWorld.ts';
import { runCli } from '../unit/cli-io.ts';
import { clientsOf } from './client.ts';
import { type Bench, install, makeBench, state, undoLines } from './half.ts';
import { type Fate, type ProxiedRequest, startProxy } from './proxy.ts';
import { makeScenario } from './scenario.ts';
import { random, sample } from './seeded.ts';
import { say, settings, timeoutMs } from './settings.ts';

let bench: Bench;
beforeAll(() => {
  bench = makeBench();
});
afterAll(() => bench.done());
useClients();

const denied: Fate = {
  status: 403,
  body: { kind: 'Status', reason: 'Forbidden', message: 'not allowed' },
};
/** What is called unavailable at once, without the pauses that a server may ask for. */
const unavailable: Fate = { status: 503, retryAfter: 0 };

interface Fault {
  readonly title: string;
  readonly fate: Fate;
  /** From that request on; else that one alone. */
  readonly lasts: boolean;
}

const faults: readonly Fault[] = [
  { title: 'denied', fate: denied, lasts: false },
  { title: 'denied from there on', fate: denied, lasts: true },
  { title: 'unavailable from there on', fate: unavailable, lasts: true },
  { title: 'cut', fate: 'drop', lasts: false },
  { title: 'cut from there on', fate: 'drop', lasts: true },
  { title: 'carried out, and the answer lost, from there on', fate: 'lose-answer', lasts: true },
];

/** Revisions by where they are. */
interface Standing {
  readonly source: readonly number[];
  readonly target: readonly number[];
}

interface Scene {
  /** Puts everything back to how it is before the run. */
  reset(): Promise<void>;
  standing(): Promise<Standing>;
  /** Everything, for the way back. */
  whole(): Promise<unknown>;
  line(backup: string): string;
}

interface Move {
  readonly title: string;
  scene(): Promise<Scene>;
}

const secrets = (at: World) => `/api/v1/namespaces/${at.namespace}/secrets`;
const maps = (at: World) => `/api/v1/namespaces/${at.namespace}/configmaps`;
const helms = '?labelSelector=owner%3Dhelm';

interface Item {
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

async function items(path: string): Promise<Item[]> {
  return ((await cluster.must('GET', path)) as { readonly items: Item[] }).items;
}

/** An object without what its server adds. */
function plain({ metadata, ...rest }: Item): Item {
  const {
    uid: _,
    resourceVersion: __,
    creationTimestamp: ___,
    managedFields: ____,
    ...own
  } = metadata;
  return { ...rest, metadata: own };
}

/** The world as it is now: `back` makes it so again. */
async function remember(at: World) {
  const before = {
    secrets: (await items(secrets(at) + helms)).map(plain),
    maps: (await items(maps(at))).map(plain),
  };
  return async () => {
    await cluster.must('DELETE', secrets(at) + helms);
    for (const { metadata } of await items(maps(at)))
      if (metadata.name !== 'kube-root-ca.crt')
        await cluster.must('DELETE', `${maps(at)}/${metadata.name}`);
    for (const item of before.secrets) await cluster.must('POST', secrets(at), item);
    for (const item of before.maps)
      if (item.metadata.name !== 'kube-root-ca.crt') await cluster.must('POST', maps(at), item);
  };
}

async function revisionsOf(path: string, name: string): Promise<number[]> {
  const found = await items(path + helms);
  const own = found.flatMap(({ metadata }) => {
    const [, revision] = new RegExp(`\\.${name}\\.v(\\d+)$`).exec(metadata.name) ?? [];
    return revision === undefined ? [] : Number(revision);
  });
  return own.sort((a, b) => a - b);
}

/** Records, without the labels that say when they were written, and the marks of live objects. */
async function wholeOf(at: World): Promise<unknown> {
  const { records, objects } = await state(at);
  return JSON.parse(JSON.stringify({ records, objects }));
}

function deletes(words: string, backup: string): string[] {
  return words.includes('--delete-source') ? ['--backup', backup] : [];
}

function helm3Move(title: string, from: string, to: string, as: string, words: string): Move {
  const path = (kind: string, at: World) => (kind === 'secret' ? secrets(at) : maps(at));
  return {
    title,
    async scene() {
      const at = await bench.world('helm3');
      await install(at, bench, 'web');
      const reset = await remember(at);
      return {
        reset,
        standing: async () => ({
          source: await revisionsOf(path(from, at), 'web'),
          target: await revisionsOf(path(to, at), as),
        }),
        whole: () => wholeOf(at),
        line: (backup) =>
          [words.replace('NS', at.namespace), '--yes', ...deletes(words, backup)].join(' '),
      };
    },
  };
}

const moves: readonly Move[] = [
  {
    title: 'migrate2to3 --delete-v2-releases',
    async scene() {
      const scenario = await makeScenario(cluster, 1, 3);
      const revisions = (keys: Iterable<string>) =>
        [...keys].map((key) => Number(/\d+$/.exec(key)?.[0])).sort();
      return {
        reset: () => scenario.reset(),
        standing: async () => ({
          source: revisions((await scenario.sources()).keys()),
          target: revisions((await scenario.targets()).keys()),
        }),
        whole: async () => [[...(await scenario.sources())], [...(await scenario.targets())]],
        line: (backup) =>
          `migrate2to3 --all --delete-v2-releases --from configmap:${scenario.tiller} --yes --backup ${backup}`,
      };
    },
  },
  helm3Move(
    'relocate --to-name --delete-source',
    ...(['secret', 'secret', 'shop'] as const),
    'relocate web -n NS --to-name shop --delete-source',
  ),
  helm3Move(
    'relocate --delete-source',
    ...(['secret', 'configmap', 'web'] as const),
    'relocate web -n NS --from secret --to configmap --delete-source',
  ),
  helm3Move(
    'copy',
    ...(['secret', 'configmap', 'web'] as const),
    'copy web -n NS --from secret --to configmap',
  ),
];

const restoring: Move = {
  title: 'restore',
  async scene() {
    const at = await bench.world('helm3');
    await install(at, bench, 'web');
    const archive = join(bench.folder, `${at.namespace}.zip`);
    const made = await releases(at, `backup web -n ${at.namespace} ${archive}`);
    expect(made.code, made.err).toBe(0);
    await cluster.must('DELETE', secrets(at) + helms);
    return {
      reset: await remember(at),
      // The archive has them whatever happens.
      standing: async () => ({ source: [1, 2], target: await revisionsOf(secrets(at), 'web') }),
      whole: () => wholeOf(at),
      line: () => `restore ${archive} web -n ${at.namespace} --yes`,
    };
  },
};

/** Counts and places, as the last words have them. */
function said(out: string) {
  const number = (pattern: RegExp) => Number(pattern.exec(out)?.[1]?.replaceAll(',', '') ?? 0);
  const [end = ''] = /^(Done:|Stopped\.|.*failed \(see above\)).*$/m.exec(out) ?? [];
  const count = (pattern: RegExp) => Number(pattern.exec(end)?.[1] ?? 0);
  const place =
    /^(?:web|app-01): (?:as far as this run knows, )?(.*?) in \S+, (.*?) in (?:the cluster|[^\s;]+)( as shop)?(?=[;\n])/m.exec(
      out,
    );
  return {
    written: count(/(\d+) records? created/) + count(/(\d+) written that/),
    unsure: number(/(\d+) more may have been written/),
    deleted: count(/(\d+) sources? deleted/),
    undecided: number(/(\d+) more may have been deleted/),
    place: place && { source: listed(place[1] ?? ''), target: listed(place[2] ?? '') },
  };
}

/** `revisions 1 to 3 and 5` */
function listed(text: string): number[] {
  return [...text.matchAll(/(\d+)(?: to (\d+))?/g)].flatMap(([, low, high = low]) =>
    Array.from({ length: Number(high) - Number(low) + 1 }, (_, i) => Number(low) + i),
  );
}

let backups = 0;
const start = clientsOf(cluster);

/** The way back goes through the real server. */
async function undo(out: string, at: string): Promise<void> {
  for (const line of undoLines(out)) {
    const own = line.replace(/ --(to-)?context proxy/g, '').split(' ');
    const backup =
      own[0] === 'restore' || own[0] === 'copy' ? [] : ['--backup', `undone-${++backups}`];
    const ended = await start(cluster.adminKubeconfig, [...own, '--yes', ...backup]).ended;
    expect(ended.code, `${at}\n${line}\n${ended.stdout}${ended.stderr}`).toBe(0);
  }
}

/** @returns how many requests the run made */
async function tried(scene: Scene, at: string, from: number, fault?: Fault): Promise<number> {
  await scene.reset();
  const [before, whole] = [await scene.standing(), await scene.whole()];
  let requests = 0;
  const decide = ({ number }: ProxiedRequest): Fate => {
    requests = number;
    const strikes = fault && (fault.lasts ? number >= from : number === from);
    return strikes ? fault.fate : 'pass';
  };
  const proxy = await startProxy(cluster, decide);
  const backup = join(bench.folder, `b-${++backups}`);
  const env = { KUBECONFIG: proxy.kubeconfig };
  const { code, out, err } = await runCli(scene.line(backup).split(' '), { env });
  await proxy.idle();
  await proxy.close();
  const told = `${at}: exit ${code}\n${out}${err}`;
  expect(code, told).toBeOneOf(fault ? [0, 1, 4] : [0]);
  const after = await scene.standing();
  const words = said(out);
  const written = after.target.length - before.target.length;
  const deleted = before.source.length - after.source.length;
  const ours = new Set(after.target);
  const everywhere = new Set([...after.source, ...ours]);
  expect([...everywhere].sort(), told).toEqual(before.source);
  if (code === 0) expect(after.target, told).toEqual(before.source);
  expect(written, told).toBeGreaterThanOrEqual(words.written);
  expect(written, told).toBeLessThanOrEqual(words.written + words.unsure);
  expect(deleted, told).toBeGreaterThanOrEqual(words.deleted);
  expect(deleted, told).toBeLessThanOrEqual(words.deleted + words.undecided);
  const touched = written + deleted > 0;
  if (code !== 0 && words.written + words.deleted > 0) {
    expect(words.place, told).not.toBeNull();
    expect(undoLines(out), told).not.toEqual([]);
  }
  if (words.place) {
    const unsure = words.unsure + words.undecided > 0;
    const sure = [words.place.source, words.place.target];
    if (!unsure) expect(sure, told).toEqual([after.source, after.target]);
  }
  if (!touched || words.unsure + words.undecided > 0) return requests;
  if (code === 0 && deleted === 0) return requests;
  await undo(out, told);
  expect(await scene.whole(), told).toEqual(whole);
  return requests;
}

test.each([...moves, restoring])(
  '$title',
  { timeout: timeoutMs },
  async ({ title, scene: open }) => {
    const scene = await open();
    const requests = await tried(scene, 'undisturbed', 0);
    const points = faults.flatMap((fault) =>
      Array.from({ length: requests }, (_, i) => ({ fault, from: i + 1 })),
    );
    // A server that is gone is asked a few times at each place: seconds for each point.
    const chosen = sample(points, Math.ceil(settings.points / 2), random(settings.firstSeed));
    const wrong: string[] = [];
    for (const [i, { fault, from }] of chosen.entries()) {
      const at = `${title}, request ${from} of ${requests} ${fault.title}`;
      await tried(scene, at, from, fault).catch((error: unknown) => {
        wrong.push(error instanceof Error ? error.message : String(error));
        say(wrong.at(-1) ?? '');
      });
      if ((i + 1) % 20 === 0) say(`${title}: ${i + 1} of ${chosen.length}, ${wrong.length} wrong`);
    }
    expect(wrong.length, wrong.slice(0, 3).join('\n\n')).toBe(0);
  },
);
