/**
 * A run that fails half-way says what stands where, and the way back that it prints is one from there: run as
 * it is printed, it brings back what was.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useClients } from '../cluster/shared.ts';
import { cluster, helm, releases, type World } from '../e2e/relocateWorld.ts';
import { runCli } from '../unit/cli-io.ts';
import { clientsOf } from './client.ts';
import { type Bench, install, makeBench, state, undoLines } from './half.ts';
import { type Fate, type ProxiedRequest, startProxy } from './proxy.ts';
import { makeScenario } from './scenario.ts';

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

/** A line of this program through a proxy. */
async function through(line: string, decide: (request: ProxiedRequest) => Fate) {
  const proxy = await startProxy(cluster, decide);
  const ran = await runCli(line.split(' '), { env: { KUBECONFIG: proxy.kubeconfig } });
  await proxy.close();
  return ran;
}

/** The way back goes through the real server: the proxy is gone. */
async function undo(at: World, out: string): Promise<string> {
  const lines = undoLines(out);
  expect(lines, out).not.toEqual([]);
  for (const line of lines) {
    const own = line.replace(/ --context proxy/, '');
    const undone = await releases(
      at,
      `${own} --yes --backup ${join(bench.folder, `undo-${Math.random()}`)}`,
    );
    expect(undone.code, line + undone.out + undone.err).toBe(0);
  }
  return lines.join('\n');
}

const isPatchOf = (name: string) => (request: ProxiedRequest) =>
  request.method === 'PATCH' && request.path.includes(`/configmaps/${name}`) ? denied : 'pass';

test.each([
  ['and nobody has touched it since', false],
  ['and somebody has upgraded the old one since', true],
])('a rename of which one object may not be marked, %s', async (_, upgrades) => {
  const at = await bench.world('helm3');
  await install(at, bench, 'web');
  const before = await state(at);
  const line = `relocate web -n ${at.namespace} --to-name shop --delete-source --yes --backup ${join(bench.folder, `b-${upgrades}`)}`;
  const failed = await through(line, isPatchOf('web-two'));
  expect(failed.code).toBe(1);
  const secrets = `secret:${at.namespace}`;
  expect(failed.out).toContain(
    `\nweb: revisions 1 to 2 in ${secrets}, revisions 1 to 2 in ${secrets} as shop; 1 live object marked as shop\n`,
  );
  if (upgrades) await helm(at, 'secret', 'upgrade', 'web', bench.chart, '--set', 'greeting=three');
  const wanted = upgrades ? await state(at) : before;
  const said = await undo(at, failed.out);
  const after = await state(at);
  expect(after.objects, said).toEqual(before.objects);
  const mine = Object.entries(wanted.records).filter(([key]) => !key.includes('.shop.'));
  expect(after.records, said).toEqual(Object.fromEntries(mine));
  await helm(at, 'secret', 'upgrade', 'web', bench.chart);
  await helm(at, 'secret', 'uninstall', 'web');
});

test('a copy of which one record may not be created', async () => {
  const at = await bench.world('helm4');
  await install(at, bench, 'web');
  const before = await state(at);
  let posts = 0;
  const line = `copy web -n ${at.namespace} --from secret --to configmap --yes`;
  const failed = await through(line, ({ method, path }) =>
    method === 'POST' && path.includes('/configmaps') && ++posts === 2 ? denied : 'pass',
  );
  expect(failed.code).toBe(1);
  expect(failed.out).toContain(
    `\nweb: revisions 1 to 2 in secret:${at.namespace}, revision 2 in configmap:${at.namespace}\n`,
  );
  const said = await undo(at, failed.out);
  expect(await state(at), said).toEqual(before);
});

test('a migration of which one record may not be created', async () => {
  const scenario = await makeScenario(cluster, 1, 3);
  await scenario.reset();
  const sources = await scenario.sources();
  const from = `--from configmap:${scenario.tiller}`;
  let posts = 0;
  const failed = await through(`migrate2to3 --all --yes ${from}`, ({ method, path }) =>
    method === 'POST' && /\/secrets(\?|$)/.test(path) && ++posts === 3 ? denied : 'pass',
  );
  expect(failed.code).toBe(1);
  expect(failed.out).toMatch(
    /\n\S+: revisions 1 to 3 in configmap:\S+, revisions 2 to 3 in secret:\S+\n/,
  );
  const [line = ''] = undoLines(failed.out);
  expect(line).toContain('relocate ');
  const start = clientsOf(cluster);
  const ended = await start(cluster.adminKubeconfig, [
    ...line.replace(/ --context proxy/, '').split(' '),
    '--yes',
  ]).ended;
  expect(ended.code, line + ended.stdout + ended.stderr).toBe(0);
  expect(await scenario.targets()).toEqual(new Map());
  expect(await scenario.sources()).toEqual(sources);
});
