/** Shards: every release in exactly one, and always in the same. */

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isInShard, parseShard } from '../../src/shard.ts';
import { runCli } from './cli-io.ts';

const releases = Array.from({ length: 3000 }, (_, i) => ({
  name: `app-${i % 1000}`,
  namespace: `team-${Math.floor(i / 1000)}`,
}));

describe('a shard', () => {
  it.each([1, 2, 3, 7, 64])(
    'of %i: each release is in exactly one, and none is crowded',
    (count) => {
      const sizes = Array.from({ length: count }, (_, index) => {
        const shard = parseShard(`${index}/${count}`);
        return releases.filter((release) => isInShard(shard, release));
      });
      expect(new Set(sizes.flat()).size).toBe(releases.length);
      expect(sizes.flat()).toHaveLength(releases.length);
      for (const { length } of sizes) expect(length).toBeLessThan((releases.length / count) * 1.6);
    },
  );

  it('is what it was in every version: these never change', () => {
    const shardOf = (name: string, namespace?: string) =>
      [0, 1, 2, 3, 4, 5, 6].find((index) => isInShard({ index, count: 7 }, { name, namespace }));
    expect([shardOf('billing', 'pay'), shardOf('search', 'web'), shardOf('old')]).toEqual([
      5, 0, 3,
    ]);
    expect(shardOf('pay', 'billing')).not.toBe(shardOf('billing', 'pay'));
  });

  it.each(['2/2', '-1/2', '1', '0/0', 'a/b', '1/2/3', '0/100000', '', '0.5/2'])(
    '%j is none',
    (text) => {
      expect(() => parseShard(text)).toThrow(/is not I\/N/);
    },
  );
});

describe.each([
  ['migrate2to3', '--from'],
  ['copy', '--from'],
  ['backup', '--storage'],
])('%s in shards', (command, flag) => {
  const tiller = `dir:${fileURLToPath(new URL('../../demo/tiller', import.meta.url))}`;
  const to = command === 'backup' ? ['dir:/nonexistent/to'] : ['--to', 'dir:/nonexistent/to'];

  async function planned(...shard: readonly string[]): Promise<readonly string[]> {
    const line = [command, '--all', flag, tiller, ...to, '--dry-run', '-o', 'json', ...shard];
    const { out } = await runCli(line);
    const plan: { readonly releases: readonly { name: string; namespace: string }[] } =
      JSON.parse(out);
    return plan.releases.map(({ name, namespace }) => `${namespace}/${name}`);
  }

  it('plans each release once, and all of them', async () => {
    const all = await planned();
    const parts = [await planned('--shard', '0/3'), await planned('--shard', '1/3')];
    parts.push(await planned('--shard', '2/3'));
    expect(all.length).toBeGreaterThan(5);
    expect(parts.flat().sort()).toEqual([...all].sort());
    expect(parts.filter(({ length }) => length > 0).length).toBeGreaterThan(1);
  });

  it('takes no shard that is none', async () => {
    const { code, err } = await runCli([command, '--all', flag, tiller, ...to, '--shard', '3/3']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('is not I/N') });
  });
});
