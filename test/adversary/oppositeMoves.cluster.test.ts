/** Two moves of one release against each other, while the server takes its time over every DELETE. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useCluster } from '../cluster/shared.ts';
import { type Fate, type FaultyProxy, startProxy } from '../faults/proxy.ts';
import { makeScene, type Scene } from './scene.ts';

const cluster = useCluster();
/** How long a DELETE takes, in milliseconds. */
let slowness = 0;
let proxy: FaultyProxy;
beforeAll(async () => {
  proxy = await startProxy(cluster, async ({ method }): Promise<Fate> => {
    if (method === 'DELETE') await new Promise((done) => setTimeout(done, slowness));
    return 'pass';
  });
});
afterAll(() => proxy.close());

/** One release in Secrets and, equal, in ConfigMaps; both moves are started `apart` milliseconds from each other. */
async function bothWays(
  apart: number,
): Promise<{ scene: Scene; screens: string[]; codes: unknown[] }> {
  const scene = await makeScene(cluster, { kubeconfig: proxy.kubeconfig });
  const of = ['app', '-n', scene.namespace];
  const copied = await scene.run('copy', ...of, '--from', 'secret', '--to', 'configmap', '--yes');
  expect(copied.code, copied.stderr).toBe(0);
  const move = (from: string, to: string) =>
    scene.run(
      ...['relocate', ...of, '--from', from, '--to', to, '--delete-source', '--yes'],
      ...['--backup', `${scene.folder}/backup-${from}`],
    );
  slowness = 1000;
  const first = move('secret', 'configmap');
  await new Promise((done) => setTimeout(done, apart));
  const ended = await Promise.all([first, move('configmap', 'secret')]);
  slowness = 0;
  const screens = ended.map(({ stdout, stderr }) => stdout + stderr);
  return { scene, screens, codes: ended.map(({ code }) => code) };
}

describe('two opposite moves at once', () => {
  it.each([0, 400, 900])(
    '%i ms apart: who finds nothing left says so, and the backup has all',
    async (apart) => {
      const { scene, screens, codes } = await bothWays(apart);
      const there = async () =>
        (await Promise.all([scene.stored('secrets'), scene.stored('configmaps')])).map(
          ({ length }) => length,
        );
      expect(await scene.lost()).toEqual([]);
      const left = await there();
      // A move that ended well left all three where it took them.
      if (codes[0] === 0) expect(left[1], screens[0]).toBe(3);
      if (codes[1] === 0) expect(left[0], screens[1]).toBe(3);
      if (Math.max(...left) === 3) return;
      // Otherwise some screen says which line brings them back; it is run as it is printed.
      const lines = screens.flatMap((screen) =>
        [
          ...screen.matchAll(
            /kubectl releases ((?:restore|copy \S+ .*--from dir:)[^\n]*?)(?: {2}|$)/gm,
          ),
        ].map(([, line = '']) => line),
      );
      expect(lines, screens.join('\n')).not.toEqual([]);
      for (const line of lines) {
        const restored = await scene.run(...line.trim().split(' '), '--yes');
        expect([0, 3, 4], restored.stderr).toContain(restored.code);
      }
      expect(Math.max(...(await there()))).toBe(3);
    },
  );
});
