/** `prune`, in this process, over folders of manifests; and which revisions may go at all. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { broken, type Sketch, sketchRecord } from './cli-records.ts';

let dir: string;
let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'prune-'));
  dir = join(work, 'records');
});
afterEach(() => {
  rmSync(work, { recursive: true });
});

async function fill(...records: readonly ReleaseRecord[]): Promise<void> {
  const storage = await openDirectory(dir, { create: true });
  for (const record of records) await storage.create(record);
}

async function all(): Promise<string[]> {
  const storage = await openDirectory(dir);
  const found: string[] = [];
  for await (const page of storage.list({}))
    for (const record of page)
      found.push(
        JSON.stringify([record.key, record.labels, 'payload' in record && record.payload]),
      );
  return found.sort();
}

async function left(): Promise<string[]> {
  return (await all()).map((text) => /\.v1\.([^"]+)"/.exec(text)?.[1] ?? text).sort();
}

let runs = 0;
const prune = (...argv: readonly string[]) => {
  runs += 1;
  return runCli(['prune', ...argv, '--storage', `dir:${dir}`, '--backup', join(work, `bk${runs}`)]);
};

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
/** `d` deployed, `s` superseded, `f` failed, `p` pending-upgrade, `u` uninstalled, `x` can't be read; from revision 1. */
function history(statuses: string, more: Sketch = {}): ReleaseRecord[] {
  const words = {
    d: 'deployed',
    s: 'superseded',
    f: 'failed',
    p: 'pending-upgrade',
    u: 'uninstalled',
  };
  return [...statuses].map((letter, i) => {
    const status = words[letter as keyof typeof words] ?? 'superseded';
    const record = sketchRecord({
      ...{ revision: i + 1, status, updated: daysAgo(10 * (statuses.length - i)), ...more },
    });
    return letter === 'x' ? broken(record) : record;
  });
}

describe('what goes', () => {
  /** A history, criteria, and the revisions that stay. */
  const rows: readonly [history: string, criteria: string, stay: readonly number[]][] = [
    ['ssssd', '--keep 2', [4, 5]],
    ['ssssd', '--history-max 2', [4, 5]],
    ['ssssd', '--keep 1', [5]],
    ['ssssd', '--keep 10', [1, 2, 3, 4, 5]],
    // The deployed one counts among the kept, wherever it is: removeLeastRecent.
    ['sdfff', '--keep 2', [1, 2, 5]],
    ['sdfff', '--keep 1', [2, 5]],
    // Several deployed: none goes.
    ['dsdsd', '--keep 1', [1, 3, 5]],
    ['sssps', '--keep 1', [4, 5]],
    // The newest superseded one is what a rollback goes back to.
    ['sffff', '--keep 2', [1, 4, 5]],
    ['sffff', '--failed', [1, 5]],
    ['sffsd', '--failed --keep 3', [1, 3, 4, 5]],
    ['ssssd', '--older-than 25d', [4, 5]],
    ['ssssd', '--older-than 25d --keep 4', [2, 3, 4, 5]],
    ['sxssd', '--keep 2', [2, 4, 5]],
    ['sxssd', '--unreadable', [1, 3, 4, 5]],
    ['sxfsd', '--unreadable --failed', [1, 4, 5]],
    ['xssxd', '--unreadable --keep 2', [2, 3, 4, 5]],
    // Its number is taken: it is the newest one, whatever it says.
    ['ssssx', '--unreadable', [1, 2, 3, 4, 5]],
    ['sssfu', '--uninstalled', []],
    ['sxsfu', '--uninstalled', []],
    ['ssssd', '--uninstalled', [1, 2, 3, 4, 5]],
    ['ssssu', '--uninstalled --older-than 5d', []],
    ['ssssu', '--uninstalled --older-than 20d', [1, 2, 3, 4, 5]],
    ['sssux', '--uninstalled', [1, 2, 3, 4, 5]],
  ];

  it.each(rows)('of %s, with %s', async (statuses, criteria, stay) => {
    await fill(...history(statuses), ...history('ssd', { name: 'other' }));
    const { code, out, err } = await prune('billing', ...criteria.split(' '), '--yes');
    expect(code, out + err).toBe(0);
    const wanted = [...stay].sort().map((revision) => `billing.v${revision}`);
    expect(await left()).toEqual([...wanted, 'other.v1', 'other.v2', 'other.v3']);
  });

  it('leaves what names another release, too', async () => {
    const [first, ...rest] = history('ssssd') as [ReleaseRecord, ...ReleaseRecord[]];
    await fill({ ...first, labels: { ...first.labels, name: 'other' } }, ...rest);
    expect(await prune('billing', '--keep', '2', '--yes')).toMatchObject({ code: 0 });
    expect(await left()).toEqual(['billing.v1', 'billing.v4', 'billing.v5']);
  });
});

describe('prune', () => {
  it('says what goes, copies it first, and has a line that brings it back', async () => {
    await fill(...history('ssssd'), ...history('fffd', { name: 'other' }));
    const before = await all();
    const dry = await prune('--all', '--keep', '2', '--dry-run');
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(dry.out).toContain('revisions 1-3 go, ');
    expect(dry.out).toContain(
      'Would delete 5 records of 2 releases, after a copy of each.\nDry run: nothing was written.',
    );
    expect(await all()).toEqual(before);
    const { code, out, err } = await prune('--all', '--keep', '2', '--yes');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Done: 2 releases, 5 records deleted.');
    expect(await left()).toEqual(['billing.v4', 'billing.v5', 'other.v3', 'other.v4']);
    const line = /^Undo: \S+ releases (.*)$/m.exec(out)?.[1] ?? '';
    const undone = await runCli([...line.split(' '), '--yes']);
    expect(undone, undone.out + undone.err).toMatchObject({ code: 0 });
    expect(await all()).toEqual(before);
  });

  it.each([
    [['billing', '-n', 'pay'], ['pay/billing']],
    [
      ['billing', '-A'],
      ['pay/billing', 'web/billing'],
    ],
    [
      ['--all', '-n', 'web'],
      ['web/billing', 'web/shop'],
    ],
    [['-A'], ['pay/billing', 'web/billing', 'web/shop']],
  ])('is about the scope that %j says', async (argv, meant) => {
    const web = { namespace: 'web' };
    await fill(
      ...history('sssd'),
      ...history('sssd', web),
      ...history('sssd', { ...web, name: 'shop' }),
    );
    const { code, out, err } = await prune(...argv, '--keep', '2', '--dry-run', '-o', 'json');
    expect(code, err).toBe(0);
    const releases = JSON.parse(out).releases as { namespace: string; name: string }[];
    expect(releases.map(({ namespace, name }) => `${namespace}/${name}`).sort()).toEqual(meant);
  });

  it('writes nothing the second time', async () => {
    await fill(...history('ssssd'));
    await prune('billing', '--keep', '2', '--yes');
    const { code, out } = await prune('billing', '--keep', '2', '--yes');
    expect({ code, out }).toEqual({ code: 0, out: 'Nothing to prune of 1 release.\n' });
    expect(readdirSync(work)).not.toContain(`bk${runs}`);
  });

  it('says in JSON what it is, and counts what it deletes', async () => {
    await fill(...history('ssssd'));
    const { code, out } = await prune('billing', '--keep', '2', '--yes', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      schema: 'kubectl-releases/prune/v1',
      releases: [
        { name: 'billing', steps: [3, 2, 1].map((revision) => ({ do: 'delete', revision })) },
      ],
      outcomes: [{ name: 'billing', result: 'pruned', deleted: 3 }],
      counts: { created: 0, updated: 0, deleted: 3 },
    });
  });

  it('frees what du says', async () => {
    await fill(...history('ssxsssd'), ...history('sdf', { name: 'other' }));
    const asked = ['du', '--keep', '3', '-o', 'json', '--storage', `dir:${dir}`];
    const items = JSON.parse((await runCli(asked)).out) as { wouldFree: { records: number } }[];
    const freed = items.reduce((sum, { wouldFree }) => sum + wouldFree.records, 0);
    expect(freed).toBe(3);
    const { out } = await prune('--all', '--keep', '3', '--yes', '-o', 'json');
    expect(JSON.parse(out).counts.deleted).toBe(freed);
  });

  it.each([
    [['billing'], 'No criterion is given'],
    [['--keep', '3'], 'which releases?'],
    [['-A', '-n', 'pay', '--keep', '3'], 'either -n or -A'],
    [['billing', '--all', '--keep', '3'], 'either names or --all'],
    [['billing', '--keep', '0'], '--keep takes a whole number from 1 up'],
    [['billing', '--older-than', 'long'], '--older-than long is no time'],
    [['billing', '--uninstalled', '--keep', '3'], 'takes whole releases'],
  ])('refuses %j', async (argv, why) => {
    await fill(...history('ssssd'));
    const { code, err } = await prune(...argv);
    expect(code).toBe(2);
    expect(err).toContain(why);
  });
});
