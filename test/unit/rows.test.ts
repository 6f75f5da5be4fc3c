/** What `list` and `history` choose and show alike: statuses, time, chart, labels. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { candidates } from '../../src/commands/line/candidates.ts';
import { commandTable } from '../../src/commands/table.ts';
import { historyTime, tableTime } from '../../src/go/time/format.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { captureIO, runCli } from './cli-io.ts';
import { broken, type Sketch, sketchRecord } from './cli-records.ts';

const now = Date.parse('2026-11-30T18:00:00Z');
const ago = (hours: number) => new Date(now - hours * 3_600_000).toISOString();

const releases: readonly Sketch[] = [
  { name: 'fresh', updated: ago(1), status: 'failed' },
  { name: 'older', updated: ago(49), status: 'deployed' },
  { name: 'zoned', updated: '2026-11-20T20:04:11.25+02:00', status: 'pending-upgrade' },
  { name: 'legacy', helm: 2, updated: ago(30 * 24), status: 'uninstalled' },
];

let dir: string;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now });
  dir = mkdtempSync(join(tmpdir(), 'rows-'));
  const storage = await openDirectory(dir, { create: true });
  for (const sketch of releases) {
    const record = sketchRecord(sketch);
    const labels = { ...record.labels, team: 'pay', 'example.com/tier': 'web' };
    await storage.create(sketch.name === 'older' ? { ...record, labels } : record);
  }
  for (const [revision, hours] of [
    [1, 100],
    [2, 50],
    [3, 3],
  ] as const)
    await storage.create(
      sketchRecord({
        ...{ name: 'many', namespace: 'shop', revision, updated: ago(hours) },
        status: revision === 3 ? 'failed' : revision === 2 ? 'deployed' : 'superseded',
      }),
    );
  await storage.create(broken(sketchRecord({ name: 'torn', revision: 4 })));
});
afterAll(() => {
  vi.useRealTimers();
  rmSync(dir, { recursive: true });
});

const cli = (line: string) => runCli([...line.split(' '), '--storage', `dir:${dir}`]);

/** Names of releases, or numbers of revisions. */
const chosen = async (line: string): Promise<string> => {
  const { out } = await cli(`${line} -o name`);
  return out.trim().split('\n').join(' ');
};

describe('what is chosen', () => {
  it.each([
    ['list --since 2h', 'fresh torn'],
    ['list --since 3d', 'fresh many older torn'],
    ['list --since 1w3d', 'fresh many older torn zoned'],
    ['list --status failed', 'fresh many'],
    ['list --status failed,deployed', 'fresh many older torn'],
    ['list --status failed --status pending-upgrade', 'fresh many zoned'],
    ['list --status failed --deployed', 'fresh many older torn'],
    ['list --status DELETED', 'legacy'],
    ['list --status PENDING_UPGRADE', 'zoned'],
    ['list --status unreadable', 'torn'],
    ['list --chart fresh', 'fresh torn'],
    ['list --chart fresh-1.2.3', 'fresh torn'],
    ['list --chart fres', 'torn'],
    ['list --chart *-1.2.*', 'fresh legacy many older torn zoned'],
    ['list --chart ?an*', 'many torn'],
    ['list --status failed --since 2h', 'fresh'],
    ['list --status failed --filter ^f', 'fresh'],
    ['list --status superseded', 'many'],
    ['history many --since 3d', '2 3'],
    ['history many --status failed,superseded', '1 3'],
    ['history many --chart many --max 1', '3'],
    ['history many --status superseded --max 1', '1'],
    ['history many --chart other', ''],
  ])('%s: %s', async (line, names) => {
    expect(await chosen(line)).toBe(names);
  });

  it.each([
    ['list --since yesterday', 'error: --since yesterday is no length of time\n  30m, 2h,'],
    ['history many --since 2', 'error: --since 2 is no length of time\n'],
    [
      'list --status broken',
      'error: --status: broken is no status\n  there are: unknown, deployed, failed, pending-install, ' +
        'pending-upgrade, pending-rollback, superseded, uninstalled, uninstalling, unreadable\n',
    ],
    ['history many --status failed,', 'error: --status: an empty text is no status\n'],
    ['list --all --status failed', "error: --all and --status can't both hold\n"],
  ])('%s is refused', async (line, says) => {
    const { code, err } = await cli(line);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });
});

describe('what is shown', () => {
  const row = async (line: string, name: string) => {
    const { out } = await cli(line);
    return out
      .split('\n')
      .find((one) => one.startsWith(name))
      ?.split(/ {2,}/);
  };

  // The ages are those of k8s.io/apimachinery/pkg/util/duration.HumanDuration.
  it.each([
    ['fresh', '2026-11-30 17:00:00 UTC', '60m'],
    ['older', '2026-11-28 17:00:00 UTC', '2d1h'],
    ['zoned', '2026-11-20 20:04:11 +0200', '9d'],
    ['legacy', '2026-10-31 18:00:00 UTC', '30d'],
    ['torn', '-', '-'],
  ])('%s was updated %s, %s ago', async (name, updated, age) => {
    expect((await row('list', name))?.slice(3, 5)).toEqual([updated, age]);
    expect((await row('list -o wide', name))?.slice(3, 5)).toEqual([updated, age]);
  });

  it('of a history likewise', async () => {
    expect((await row('history many', '3'))?.slice(0, 4)).toEqual([
      ...['3', '2026-11-30 15:00:00 UTC', '3h', 'failed'],
    ]);
    expect((await row('history many --time-format 02.01.06', '3'))?.slice(1, 3)).toEqual([
      ...['30.11.06'.replace('06', '26'), '3h'],
    ]);
  });

  it('has labels that helm did not write, where they are asked for', async () => {
    expect((await row('list --show-labels', 'NAME'))?.at(-1)).toBe('LABELS');
    expect((await row('list --show-labels', 'older'))?.at(-1)).toBe(
      'example.com/tier=web,team=pay',
    );
    expect((await row('list -o wide --show-labels', 'older'))?.at(-1)).toBe(
      'example.com/tier=web,team=pay',
    );
    expect((await row('list --show-labels', 'fresh'))?.at(-1)).toBe('<none>');
    expect((await row('list --show-labels', 'legacy'))?.at(-1)).toBe('<none>');
    expect((await row('history older --show-labels', '1'))?.at(-1)).toContain('team=pay');
    const { out } = await cli('list --show-labels -o json --filter older');
    expect(JSON.parse(out)[0].labels).toEqual({ team: 'pay', 'example.com/tier': 'web' });
  });

  it('leaves data, and what a helm prints, as they were', async () => {
    const { out } = await cli('list -o json --filter zoned');
    expect(JSON.parse(out)).toEqual([
      {
        ...{ name: 'zoned', namespace: 'pay', revision: '1', status: 'pending-upgrade' },
        ...{ updated: '2026-11-20 20:04:11.25 +0200 +0200', chart: 'zoned-1.2.3' },
        app_version: '7.2',
      },
    ]);
    const helm = await cli('list --compat helm4 --filter older');
    expect(helm.out).toMatch(/^NAME +\tNAMESPACE\tREVISION\tUPDATED +\tSTATUS/);
    expect(helm.out).toContain('2026-11-28 17:00:00 +0000 UTC');
    const revisions = await cli('history many --compat helm4 --max 1');
    expect(revisions.out).toMatch(/^REVISION\tUPDATED +\tSTATUS/);
    expect(revisions.out).toContain('Mon Nov 30 15:00:00 2026');
  });

  it.each([
    'list --compat helm4 --show-labels',
    'history many --compat helm4 --show-labels',
    'history many --compat helm3 --time-format 2006',
  ])('%s is refused: that helm has none', async (line) => {
    const { code, err } = await cli(line);
    expect(err).toContain("can't both hold");
    expect(code).toBe(1);
  });
});

it.each([
  ['2026-11-20T18:04:11.999999999Z', '2026-11-20 18:04:11 UTC'],
  ['2026-11-20T18:04:11+00:00', '2026-11-20 18:04:11 UTC'],
  ['2026-11-20T18:04:11.5-05:30', '2026-11-20 18:04:11 -0530'],
  ['0001-01-01T00:00:00Z', '-'],
  [undefined, '-'],
  ['a word', 'a word'],
])('%s in a table is %s', (time, text) => {
  expect(tableTime(time)).toBe(text);
  expect(historyTime(time)).not.toBe('');
});

describe('completion', () => {
  const offered = async (...words: readonly string[]) => {
    const line = [words[0] ?? '', '--storage', `dir:${dir}`, ...words.slice(1)];
    const { found } = await candidates(commandTable, line, captureIO());
    return found.map(([word]) => word);
  };
  it('knows statuses, one after the other, spans and charts', async () => {
    expect(await offered('list', '--status', 'fa')).toEqual(['failed']);
    expect(await offered('list', '--status', 'failed,de')).toEqual(['failed,deployed']);
    expect(await offered('history', 'many', '--status', 'failed,f')).toEqual([]);
    expect(await offered('list', '--since', '')).toContain('24h');
    expect(await offered('list', '--chart', 'm')).toEqual(['many']);
    expect(await offered('history', '--time-format', '')).toContain('2006-01-02');
  });
});
