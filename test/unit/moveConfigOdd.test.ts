/** `move-config` on hostile homes, stopped, and surprised by others. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyConfig } from '../../src/migrate/config/apply.ts';
import { helm2Home, helm3Places } from '../../src/migrate/config/paths.ts';
import { type ConfigPlan, unmoved } from '../../src/migrate/config/plan.ts';
import { planConfig } from '../../src/migrate/config/planConfig.ts';
import { readTree } from '../../src/migrate/config/tree.ts';
import {
  asNobody,
  config,
  data,
  home,
  install,
  link,
  pluginFile,
  repositories,
  root,
  rows,
  run,
  wholeHome,
  write,
} from './moveConfigHome.ts';

describe('a hostile home', () => {
  it('gives one row for each thing, and hides no neighbour', async () => {
    wholeHome();
    write(home('plugins', '.DS_Store'), '');
    link('/nowhere', home('plugins', 'gone'));
    link('loop', home('plugins', 'loop'));
    write(home('starters', 'pipes', 'Chart.yaml'), 'name: p\n');
    execFileSync('mkfifo', [home('starters', 'pipes', 'pipe')]);
    write(home('starters', '\u001b[31m', 'Chart.yaml'), 'name: p\n');
    write(home('key.pem'), 'KEY');
    const found = await rows();
    expect(found).toMatchObject({
      'repository stable': 'ready: https://stable.example.com',
      'plugin diff': 'ready',
      'plugin gone': 'unreadable: its link leads to nothing',
      'plugin loop': 'unreadable: its link leads to itself',
      'starter pipes': 'unreadable: pipe: neither a file, a folder nor a link',
      'starter web': 'ready',
      'file key.pem': "left out: for Tiller's TLS: Helm 3 has no Tiller",
    });
    const screen = await run('--yes');
    expect(screen.code).toBe(3);
    expect(screen.out).not.toContain('\u001b');
    expect(readdirSync(data('starters')).sort()).toEqual(['\u001b[31m', 'web']);
  });

  it('may hold what its owner has closed', async () => {
    wholeHome();
    install('closed');
    write(home('starters', 'shut', 'Chart.yaml'), 'name: shut\n');
    chmodSync(home('cache', 'plugins', 'https-example.com-closed', 'run.sh'), 0);
    chmodSync(home('starters', 'shut'), 0);
    const found = await asNobody(rows);
    chmodSync(home('starters', 'shut'), 0o755);
    expect(found).toMatchObject({
      'plugin closed': "unreadable: run.sh: can't be read: permission denied",
      'plugin diff': 'ready',
      'starter shut': "unreadable: can't be read: permission denied",
      'starter web': 'ready',
    });
  });

  it('may have files where folders belong', async () => {
    write(home('plugins'), '');
    write(home('starters'), '');
    mkdirSync(home('repository', 'repositories.yaml'), { recursive: true });
    expect(await rows()).toEqual({
      'file repositories.yaml': 'unreadable: the file of Helm 2 is no file',
      [`plugin ${home('plugins')}`]: 'unreadable: it is no folder',
      [`starter ${home('starters')}`]: 'unreadable: it is no folder',
    });
  });

  it("is no reason to fail where Helm 3's places are odd", async () => {
    wholeHome();
    write(data('plugins'), 'a file');
    expect(await rows()).toMatchObject({
      'plugin diff':
        "unreadable: its place in Helm 3 can't be read: a part of the path is not a folder",
      'starter web': 'ready',
    });
  });

  it('never nests deeper or holds more than a person would', async () => {
    let deep = 'plugins/deep';
    write(home(deep, 'plugin.yaml'), pluginFile('deep'));
    for (let i = 0; i < 70; i++) deep += '/d';
    mkdirSync(home(deep), { recursive: true });
    expect((await rows())['plugin deep']).toMatch(/^unreadable: d\/.*: folders nest too deeply$/);
  });
});

describe('stopped or surprised', () => {
  const options = { updateUrls: false, moment: new Date('2026-11-20T18:04:11Z') };
  const makePlan = (): Promise<ConfigPlan> =>
    planConfig(helm2Home({ HOME: root }, 'linux'), helm3Places({ HOME: root }, 'linux'), options);
  const never = new AbortController().signal;
  const results = (outcomes: Awaited<ReturnType<typeof applyConfig>>) =>
    outcomes.map(({ item, result }) => `${item.name} ${result}`);

  it('goes on with the next run', async () => {
    wholeHome();
    const stop = new AbortController();
    const plan = await makePlan();
    expect(unmoved(plan)).toEqual([
      'repository stable',
      'repository own',
      'plugin diff',
      'starter web',
    ]);
    const stopped = await applyConfig(plan, stop.signal, () => stop.abort());
    expect(results(stopped)).toEqual([
      'stable moved',
      'own interrupted',
      'diff interrupted',
      'web interrupted',
    ]);
    const rest = await applyConfig(await makePlan(), never);
    expect(results(rest)).toEqual(['diff moved', 'web moved']);
    expect(unmoved(await makePlan())).toEqual([]);
  });

  it('removes what a killed run left beside, and nothing of a run that is alive', async () => {
    wholeHome();
    const dead = data('plugins', '.move-config-999999999-abcd');
    const alive = data('plugins', `.move-config-${process.ppid}-abcd`);
    write(join(dead, 'diff', 'plugin.yaml'), 'half');
    write(join(alive, 'diff', 'plugin.yaml'), 'half');
    await applyConfig(await makePlan(), never);
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(alive)).toBe(true);
  });

  it('leaves what changed since the plan, and says so', async () => {
    wholeHome();
    const plan = await makePlan();
    write(config('repositories.yaml'), repositories('mine'));
    write(home('cache', 'plugins', 'https-example.com-diff', 'run.sh'), 'changed');
    write(data('starters', 'web', 'Chart.yaml'), 'mine');
    const outcomes = await applyConfig(plan, never);
    expect(outcomes.map((outcome) => outcome.result === 'failed' && outcome.error.code)).toEqual([
      'CONFLICT',
      'CONFLICT',
      'VERIFY',
      'EXISTS',
    ]);
    expect(readFileSync(config('repositories.yaml'), 'utf8')).toBe(repositories('mine'));
    expect(readFileSync(data('starters', 'web', 'Chart.yaml'), 'utf8')).toBe('mine');
    expect(readdirSync(data('plugins'))).toEqual([]);
  });
});

describe("a tree's digest", () => {
  const make = (name: string) => {
    const top = join(root, name);
    write(join(top, 'a'), 'one');
    write(join(top, 'b', 'c'), 'two', 0o755);
    link('../a', join(top, 'b', 'l'));
    return top;
  };
  const changes: readonly (readonly [string, (top: string) => void])[] = [
    ['content', (top) => writeFileSync(join(top, 'a'), 'One')],
    ['a new file', (top) => writeFileSync(join(top, 'n'), '')],
    ['an empty folder', (top) => mkdirSync(join(top, 'e'))],
    ['what can be run', (top) => chmodSync(join(top, 'b', 'c'), 0o644)],
    [
      'another link',
      (top) => {
        rmSync(join(top, 'b', 'l'));
        symlinkSync('c', join(top, 'b', 'l'));
      },
    ],
    ['a name', (top) => renameSync(join(top, 'a'), join(top, 'z'))],
  ];
  it.each(changes)('tells apart: %s', async (_, change) => {
    const [one, two] = [make('one'), make('two')];
    utimesSync(join(two, 'a'), 1, 1);
    const { digest } = await readTree(one);
    expect((await readTree(two)).digest).toBe(digest);
    change(two);
    expect((await readTree(two)).digest).not.toBe(digest);
  });
});
