/** `cleanup` of releases as a person sees it: over folders, in this process. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../src/cli.ts';
import { captureIO, runCli } from './cli-io.ts';

const demo = fileURLToPath(new URL('../../demo/tiller', import.meta.url));
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cleanup-'));
  cpSync(demo, join(dir, 'from'), { recursive: true });
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

async function cli(command: string, ...args: readonly string[]) {
  const ends = ['--from', `dir:${dir}/from`, '--to', `dir:${dir}/to`];
  const { code, out, err } = await runCli([command, ...args, ...ends]);
  return { code, out: out.replaceAll(dir, 'DIR'), err: err.replaceAll(dir, 'DIR') };
}

const migrate = (...args: readonly string[]) => cli('migrate2to3', ...args, '--yes');
const cleanup = (...args: readonly string[]) =>
  cli('cleanup', '--release-cleanup', '--backup', join(dir, 'backup'), ...args);

/** Files of records below a folder, by release. */
function left(folder = 'from'): { [release: string]: number } {
  const counts: { [release: string]: number } = {};
  if (!existsSync(join(dir, folder))) return counts;
  for (const file of readdirSync(join(dir, folder), { recursive: true, encoding: 'utf8' })) {
    if (!/\.(yaml|json)$/.test(file)) continue;
    const text = readFileSync(join(dir, folder, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/[\s{,"']NAME["']?:\s*["']?([\w-]+)/gm))
      counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('what goes', () => {
  it('is every release whose every revision is in Helm 3, and no other', async () => {
    const before = left();
    await migrate('billing', 'reports');
    const { code, out, err } = await cleanup('--yes');
    expect({ code, err }).toEqual({ code: 3, err: '' });
    expect(out).toMatch(/^Helm 2 releases: 2 of 9 can go, from dir:DIR\/from; compared with/);
    expect(out).toMatch(/^billing +pay +12 +delete +every revision is in Helm 3, equal$/m);
    expect(out).toMatch(
      /^shop +shop +7 +stays +it isn't in Helm 3 \(7 revisions\): migrate2to3 shop/m,
    );
    expect(out).toContain('15 records of 2 releases would be deleted, after a backup of each');
    expect(out).toContain('Done: deleted 15 records of 2 releases. 7 left alone (see above).');
    const { billing, reports, ...others } = before;
    expect(left()).toEqual(others);
    expect(left('backup')).toEqual({ billing, reports });
  });

  it('is shown by a dry run, which deletes nothing', async () => {
    await migrate('billing');
    const before = left();
    const { code, out } = await cleanup('--dry-run');
    expect(code).toBe(3);
    expect(out).toMatch(/Dry run: nothing was deleted\. 8 left alone \(see above\)\.\n$/);
    expect(left()).toEqual(before);
  });

  it('comes back with the command of the last line', async () => {
    const before = left();
    await migrate('billing');
    const { out } = await cleanup('--name', 'billing', '--skip-confirmation');
    expect(left()).not.toHaveProperty('billing');
    const undo = /^Undo: kubectl releases (restore .*)$/m.exec(out)?.[1] ?? '';
    expect(undo).toBe('restore DIR/backup --to dir:DIR/from');
    const back = await runCli([...undo.replaceAll('DIR', dir).split(' '), '--yes']);
    expect(back).toMatchObject({ code: 0, err: '' });
    expect(left()).toEqual(before);
  });

  it('is gone when it runs again, and nothing is left to do', async () => {
    await migrate('billing', 'cms');
    await cleanup('--name', 'billing', '--yes');
    const again = await cleanup('--name', 'billing', '--name', 'cms', '--yes');
    expect(again.code).toBe(0);
    expect(again.err).toBe(
      'note: no Helm 2 release "billing" is left in dir:DIR/from, and Helm 3 or 4 has it in dir:DIR/to: nothing to do for it\n',
    );
    expect(again.out).toContain('Done: deleted 6 records of 1 release.');
    const third = await cleanup('--name', 'billing', '--yes');
    expect(third).toMatchObject({ code: 0 });
    const data = JSON.parse((await cleanup('--name', 'billing', '--yes', '-o', 'json')).out);
    expect(data.finished).toEqual([{ name: 'billing', helm3: ['dir:DIR/to'] }]);
    const nowhere = await cleanup('--name', 'biling', '--yes');
    expect(nowhere).toMatchObject({ code: 1 });
    expect(nowhere.err).toContain('no Helm 2 release "biling" in dir:DIR/from');
  });

  it('is gone too, and in no Helm, where it was named as unmigrated', async () => {
    const args = ['--name', 'old-cms', '--unmigrated', 'old-cms', '--yes'];
    expect(await cleanup(...args)).toMatchObject({ code: 0, err: '' });
    const again = await cleanup(...args);
    expect(again).toMatchObject({ code: 0 });
    expect(again.err).toBe(
      'note: no Helm 2 release "old-cms" is left in dir:DIR/from: nothing to do for it\n',
    );
  });

  it('asks before it deletes: without a terminal that is an error', async () => {
    await migrate('billing');
    const before = left();
    expect(await cleanup('--name', 'billing')).toMatchObject({ code: 2 });
    expect(left()).toEqual(before);
  });

  it('stays after Ctrl-C, and goes in the next run', async () => {
    await migrate('billing');
    const before = left();
    const io = { ...captureIO(), interrupt: AbortSignal.abort() };
    const args = ['cleanup', '--name', 'billing', '--yes', '--backup', join(dir, 'backup')];
    const ends = ['--from', `dir:${dir}/from`, '--to', `dir:${dir}/to`];
    expect(await run([...args, ...ends], io)).toBe(130);
    expect(io.out()).toContain('Stopped: nothing was deleted. Run the same command to go on.');
    expect(left()).toEqual(before);
    expect(await cleanup('--name', 'billing', '--yes')).toMatchObject({ code: 0 });
  });

  it('is data too, without what records hold', async () => {
    await migrate('billing');
    const { code, out } = await cleanup('--name', 'billing', '--yes', '-o', 'json');
    expect(code).toBe(0);
    const data = JSON.parse(out);
    expect(data.releases.releases[0]).toMatchObject({ name: 'billing', verdict: 'ready' });
    const kinds = data.releases.releases[0].steps.map(({ do: what }: { do: string }) => what);
    expect([...new Set(kinds)]).toEqual(['keep', 'delete']);
    expect(data.outcomes.releases).toEqual(
      [
        {
          ...{ name: 'billing', namespace: 'pay', from: `dir:${dir}/from` },
          ...{ result: 'removed', deleted: 12 },
        },
      ].map((one) => ({ ...one, from: 'dir:DIR/from' })),
    );
    expect(data.outcomes.undo).toEqual(['kubectl releases restore DIR/backup --to dir:DIR/from']);
    const yaml = await cleanup('--dry-run', '-o', 'yaml');
    expect(parse(yaml.out).releases.releases).toHaveLength(8);
  });
});

describe('what stays', () => {
  it('is a release of which one revision is missing in Helm 3, by its number', async () => {
    await migrate('billing');
    rmSync(recordFile('to', 'billing', 5));
    const before = left();
    const { code, out } = await cleanup('--name', 'billing', '--yes');
    expect(code).toBe(4);
    expect(out).toMatch(
      /stays +revision 5 isn't in Helm 3: migrate2to3 billing, or --unmigrated billing$/m,
    );
    expect(left()).toEqual(before);
  });

  it('is the history beyond a cap, which helm-2to3 left behind as if it were the release', async () => {
    await migrate('billing', '--release-versions-max', '3', '--delete-v2-releases');
    const { code, out } = await cleanup('--name', 'billing', '--yes');
    expect(code).toBe(4);
    expect(out).toMatch(/^billing .* stays +9 revisions aren't in Helm 3, 1 to 9/m);
    const all = await cleanup('--name', 'billing', '--unmigrated', 'billing', '--yes');
    expect(all.code).toBe(0);
    expect(left()).not.toHaveProperty('billing');
    expect(left('backup')).toEqual({ billing: 12 });
  });

  it('is a release whose Helm 3 record is another one', async () => {
    await migrate('billing');
    const file = recordFile('to', 'billing', 12);
    const other = readFileSync(recordFile('to', 'billing', 11), 'utf8');
    writeFileSync(file, other.replaceAll('billing.v11', 'billing.v12'));
    const before = left();
    const { code, out } = await cleanup('--name', 'billing', '--yes');
    expect(code).toBe(4);
    expect(out).toContain('stays');
    expect(left()).toEqual(before);
  });

  it('is a release with a revision that nobody can read, unless it is named', async () => {
    const before = left();
    const kept = await cleanup('--name', 'old-cms', '--yes');
    expect(kept.code).toBe(4);
    expect(kept.out).toMatch(/stays +a revision can't be read, .*the gzip checksum is wrong/);
    expect(left()).toEqual(before);
    const gone = await cleanup('--name', 'old-cms', '--unmigrated', 'old-cms', '--yes');
    expect(gone.code).toBe(0);
    expect(gone.out).toContain('NOT ALL OF IT IS IN HELM 3: 2 revisions of it');
    expect(left()).not.toHaveProperty('old-cms');
    expect(left('backup')).toEqual({ 'old-cms': 2 });
  });

  it('is what was excluded, and what is in other namespaces', async () => {
    await migrate('billing', 'reports', 'shop');
    const { out } = await cleanup('--yes', '--exclude', 'shop', '-n', 'pay');
    expect(out).toContain('Done: deleted 12 records of 1 release.');
    expect(left()).toMatchObject({ reports: 3, shop: 7 });
  });
});

describe('a pending newest revision that was decided about in the migration', () => {
  it.each(['failed', 'deployed'])('is no question any more: %s', async (decision) => {
    await migrate('search', '--resolve-pending', decision);
    const { code, out } = await cleanup('--name', 'search', '--yes');
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(left()).not.toHaveProperty('search');
  });
});

describe('the command line', () => {
  it.each([
    [['--name', 'a', '--tiller-cleanup'], '--name is about releases alone'],
    [['--name', 'a', '--config-cleanup'], '--name is about releases alone'],
    [['--name', 'a', '--unmigrated', 'b'], '--unmigrated b is not among the --name'],
    [['--tiller-cleanup', '--from', 'dir:x'], '--from and removing Tiller'],
    [['--tiller-cleanup', '--helm2-release-storage-type', 'secret'], 'and removing Tiller'],
    [['--tiller-cleanup', '--tiller-label', 'a=b'], '--tiller-label and removing Tiller'],
    [['--tiller-cleanup', '--tiller-out-cluster'], "can't both hold"],
    [['--target-release', 'b'], '--target-release is for one release'],
    [['--concurrency', '0'], '--concurrency takes a whole number'],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await runCli(['cleanup', ...args]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

/** The file of one record. */
function recordFile(folder: string, name: string, revision: number): string {
  const file = readdirSync(join(dir, folder), { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith(`${name}.v${revision}.yaml`),
  );
  return join(dir, folder, file ?? 'missing');
}
