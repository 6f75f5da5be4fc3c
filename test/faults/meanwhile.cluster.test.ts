/**
 * Others at the same time, on the real server: the move the other way round over slow deletes, a store that is
 * set back, and a real helm that installs a release of the name while the question is on the screen.
 */
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli.ts';
import { useClients } from '../cluster/shared.ts';
import { cluster, contents, helm, recordsIn, releases, type World } from '../e2e/relocateWorld.ts';
import { captureIO, runCli } from '../unit/cli-io.ts';
import { type Bench, install, makeBench, state, undoLines } from './half.ts';
import { type Fate, startProxy } from './proxy.ts';
import { makeScenario } from './scenario.ts';

let bench: Bench;
beforeAll(() => {
  bench = makeBench();
});
afterAll(() => bench.done());
useClients();

let backups = 0;
const newBackup = () => join(bench.folder, `backup-${++backups}`);

test('two moves the other way round over slow deletes lose nothing in silence', async () => {
  for (const revisions of [2, 1]) {
    const at = await bench.world('helm3');
    await helm(at, 'secret', 'install', 'web', bench.chart);
    if (revisions > 1) await helm(at, 'secret', 'upgrade', 'web', bench.chart);
    const before = await recordsIn('secret', at);
    const copied = await releases(
      at,
      `copy web -n ${at.namespace} --from secret --to configmap --yes`,
    );
    expect(copied.code).toBe(0);
    const proxy = await startProxy(cluster, async ({ method }): Promise<Fate> => {
      if (method === 'DELETE') await new Promise((done) => setTimeout(done, 1000));
      return 'pass';
    });
    const move = (from: string, to: string) => {
      const line = `relocate web -n ${at.namespace} --from ${from} --to ${to} --delete-source --yes --backup ${newBackup()}`;
      return runCli(line.split(' '), { env: { KUBECONFIG: proxy.kubeconfig } });
    };
    const ends = await Promise.all([move('secret', 'configmap'), move('configmap', 'secret')]);
    await proxy.close();
    const said = ends.map(({ out, err }) => out + err).join('\n');
    const there = new Map([
      ...(await recordsIn('secret', at)),
      ...(await recordsIn('configmap', at)),
    ]);
    // The newest stays somewhere, or a run says that it is gone and how it comes back.
    if (there.size < before.size)
      expect(
        ends.some(({ code }) => code === 1),
        said,
      ).toBe(true);
    if (revisions > 1) expect([...there.keys()], said).toContain('sh.helm.release.v1.web.v2');
    if (there.size > 0) continue;
    const lost = ends.find(({ err }) => err.includes('only the backup has it'));
    const [line = ''] = undoLines(lost?.out ?? '');
    expect(line, said).toMatch(/^restore /);
    expect(lost?.err.replace(/\s+/g, ' ')).toContain(`kubectl releases ${line.split(' ')[0]}`);
    const restored = await releases(at, `${line.replace(' --context proxy', '')} --yes`);
    expect(restored.code, restored.out + restored.err).toBe(0);
    const back = new Map([
      ...(await recordsIn('secret', at)),
      ...(await recordsIn('configmap', at)),
    ]);
    expect(Object.keys(contents(back))).toEqual(Object.keys(contents(before)));
  }
});

/** Runs a line that asks, and does something before it is answered with yes. */
async function answered(line: string, meanwhile: () => Promise<unknown>) {
  const io = captureIO({ env: { KUBECONFIG: cluster.adminKubeconfig } });
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  let asked = false;
  const stderr = {
    ...io.stderr,
    isTTY: true,
    write(text: string) {
      io.stderr.write(text);
      if (asked || !text.includes('[y/N]')) return;
      asked = true;
      void meanwhile().then(() => stdin.write('y\n'));
    },
  };
  const code = await run(line.split(' '), { ...io, stdin, stderr });
  expect(asked, io.err()).toBe(true);
  return { code, out: io.out(), err: io.err() };
}

describe('a helm install at the question', () => {
  async function expectAlone(at: World, name: string, before: object): Promise<void> {
    const rows = JSON.parse(await helm(at, 'secret', 'history', name, '-o', 'json'));
    expect(rows).toMatchObject([{ revision: 1, status: 'deployed' }]);
    const after = await state(at);
    expect(after).toEqual(before);
    await helm(at, 'secret', 'upgrade', name, bench.chart);
    await helm(at, 'secret', 'uninstall', name);
  }

  test.each(['helm3', 'helm4'] as const)('of a rename, by %s: it stays alone', async (which) => {
    const at = await bench.world(which);
    await install(at, bench, 'web');
    for (const deletes of ['', ' --delete-source']) {
      const keeps = deletes ? '' : ' --no-adopt --keep-source';
      let there: object = {};
      const line = `relocate web -n ${at.namespace} --to-name shop${keeps}${deletes}${deletes && ` --backup ${newBackup()}`}`;
      const ended = await answered(line, async () => {
        await helm(at, 'secret', 'install', 'shop', bench.chart);
        there = await state(at);
      });
      expect(ended.code, ended.out + ended.err).toBe(1);
      expect(ended.err.replace(/\s+/g, ' ')).toContain('.shop.v1 is new since the plan was made');
      await expectAlone(at, 'shop', there);
    }
    expect((await recordsIn('secret', at)).size).toBe(2);
  });

  test('of a restore: it stays alone', async () => {
    const at = await bench.world('helm4');
    await install(at, bench, 'web');
    const file = join(bench.folder, 'web.zip');
    expect((await releases(at, `backup web -n ${at.namespace} ${file}`)).code).toBe(0);
    await helm(at, 'secret', 'uninstall', 'web');
    let there: object = {};
    const ended = await answered(`restore ${file}`, async () => {
      await helm(at, 'secret', 'install', 'web', bench.chart);
      there = await state(at);
    });
    expect(ended.code, ended.out + ended.err).toBe(1);
    await expectAlone(at, 'web', there);
  });

  test('of a migration: it stays alone', async () => {
    const scenario = await makeScenario(cluster, 1, 3);
    await scenario.reset();
    const [name = ''] = scenario.names;
    const [namespace = ''] = scenario.namespaces;
    const at: World = { helm: 'helm3', namespace, sqlUrl: '' };
    let there: object = {};
    const line = `migrate2to3 --all --from configmap:${scenario.tiller} --delete-v2-releases --backup ${newBackup()}`;
    const sources = await scenario.sources();
    const ended = await answered(line, async () => {
      await helm(at, 'secret', 'install', name, bench.chart);
      there = await state(at);
    });
    expect(ended.code, ended.out + ended.err).toBe(1);
    expect(await scenario.sources()).toEqual(sources);
    await expectAlone(at, name, there);
  });
});

test('a helm uninstall while a restore replaces: never done, and no line makes a ghost of it', async () => {
  const at = await bench.world('helm4');
  await install(at, bench, 'web');
  const file = join(bench.folder, 'replaced.zip');
  expect((await releases(at, `backup web -n ${at.namespace} ${file}`)).code).toBe(0);
  await helm(at, 'secret', 'uninstall', 'web');
  let seen = 0;
  // Before each look at Secrets that comes after the last write; what comes after the last look nobody can know.
  for (let later = 1; ; later++) {
    await helm(at, 'secret', 'install', 'web', bench.chart, '--set', 'greeting=other');
    await helm(at, 'secret', 'upgrade', 'web', bench.chart, '--set', 'greeting=others');
    let [puts, after] = [0, 0];
    const proxy = await startProxy(cluster, async ({ method, path }): Promise<Fate> => {
      if (method === 'PUT') puts += 1;
      else if (puts === 2 && path.includes('/secrets')) after += 1;
      else return 'pass';
      if (after === later && method !== 'PUT')
        await helm(at, 'secret', 'uninstall', 'web').catch(() => '');
      return 'pass';
    });
    const backup = newBackup();
    const line = `restore ${file} -n ${at.namespace} --overwrite web --yes --backup ${backup}`;
    const { code, out, err } = await runCli(line.split(' '), {
      env: { KUBECONFIG: proxy.kubeconfig },
    });
    await proxy.close();
    const left = (await recordsIn('secret', at)).size;
    const said = `${later}: exit ${code}, ${left} left\n${out}${err}`;
    if (after < later) {
      expect([code, left], said).toEqual([0, 2]);
      break;
    }
    expect([code, left], said).toEqual([1, 0]);
    expect(undoLines(out), said).toEqual([]);
    expect(out, said).not.toContain('Run the same command again');
    expect(out, said).toContain(`Backup: ${backup}`);
    seen += 1;
  }
  expect(seen).toBeGreaterThan(1);
});
