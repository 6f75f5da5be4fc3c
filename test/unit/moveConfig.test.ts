/** `move-config` on folders of its own: what it copies, what it leaves, and what a hostile home does. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyConfig } from '../../src/migrate/config/apply.ts';
import { helm2Home, helm3Places } from '../../src/migrate/config/paths.ts';
import { type ConfigPlan, unmoved } from '../../src/migrate/config/plan.ts';
import { planConfig } from '../../src/migrate/config/planConfig.ts';
import { readTree } from '../../src/migrate/config/tree.ts';
import { runCli } from './cli-io.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'move-config-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const home = (...path: string[]) => join(root, '.helm', ...path);
const config = (...path: string[]) => join(root, '.config', 'helm', ...path);
const data = (...path: string[]) => join(root, '.local', 'share', 'helm', ...path);

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

const pluginFile = (name: string, version = '1.0.0') =>
  `name: "${name}"\nversion: "${version}"\nusage: "u"\ndescription: "d"\ncommand: "$HELM_PLUGIN_DIR/run.sh"\n`;

/** A plugin where Helm 2's installer puts it: in the cache, with a link. */
function install(name: string): string {
  const cached = home('cache', 'plugins', `https-example.com-${name}`);
  write(join(cached, 'plugin.yaml'), pluginFile(name));
  write(join(cached, 'run.sh'), '#!/bin/sh\necho runs\n', 0o755);
  link(cached, home('plugins', name));
  return cached;
}

const repositories = (...names: readonly string[]) =>
  `apiVersion: v1\ngenerated: "2019-08-02T11:33:20Z"\nrepositories:\n${names
    .map(
      (name) =>
        `- name: ${name}\n  url: https://${name}.example.com\n  cache: ${name}-index.yaml\n`,
    )
    .join('')}`;

function wholeHome(): void {
  write(home('repository', 'repositories.yaml'), repositories('stable', 'own'));
  install('diff');
  write(home('starters', 'web', 'Chart.yaml'), 'name: web\nversion: 0.1.0\n');
  write(home('starters', 'web', 'templates', 'cm.yaml'), 'name: <CHARTNAME>\n');
}

const run = (...args: readonly string[]) =>
  runCli(['move-config', ...args], { env: { HOME: root } });

interface Data {
  readonly items: readonly {
    kind: string;
    name: string;
    verdict: string;
    why?: string;
    notes?: string[];
  }[];
  readonly outcomes?: readonly { name: string; result: string }[];
}

async function rows(...args: readonly string[]): Promise<Record<string, string>> {
  const { out } = await run('--dry-run', '-o', 'json', ...args);
  const { items } = JSON.parse(out) as Data;
  return Object.fromEntries(
    items.map(({ kind, name, verdict, why }) => [
      `${kind} ${name}`,
      why ? `${verdict}: ${why}` : verdict,
    ]),
  );
}

/** Every path with its content or target, so that two moments can be compared. */
function snapshot(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      if (entry.isSymbolicLink()) return `${path} -> ${readlinkSync(path)}`;
      const mode = (statSync(path).mode & 0o777).toString(8);
      return entry.isFile() ? `${path} ${mode} ${readFileSync(path, 'utf8')}` : `${path} ${mode}/`;
    })
    .sort();
}

describe('move-config', () => {
  it('plans, copies, keeps the sources, and has nothing to do the second time', async () => {
    wholeHome();
    const before = snapshot(home());
    const dry = await run('--dry-run');
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(dry.out).toContain('4 items to copy. Dry run: nothing was written.');
    expect(readdirSync(root)).toEqual(['.helm']);

    const done = await run('--yes');
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out).toContain('Done: 4 items moved, read back and equal.\n');
    expect(done.out).toContain('Next: helm repo update · helm plugin list · helm create');
    expect(snapshot(home())).toEqual(before);
    expect(lstatSync(data('plugins', 'diff')).isDirectory()).toBe(true);
    expect(statSync(data('plugins', 'diff', 'run.sh')).mode & 0o777).toBe(0o755);
    expect(readFileSync(data('starters', 'web', 'templates', 'cm.yaml'), 'utf8')).toContain(
      '<CHARTNAME>',
    );
    expect(statSync(config('repositories.yaml')).mode & 0o777).toBe(0o600);

    const after = [...snapshot(config()), ...snapshot(data())];
    const again = await run('--yes');
    expect(again.code).toBe(0);
    expect(again.out).toContain('Nothing to do: Helm 3 has it all.');
    expect([...snapshot(config()), ...snapshot(data())]).toEqual(after);
  });

  it("asks, and takes helm-2to3's flag for an answer", async () => {
    wholeHome();
    const asked = await run();
    expect(asked.code).toBe(2);
    expect(asked.err).toContain('there is no terminal to ask on, and --yes was not given');
    expect(existsSync(config())).toBe(false);
    expect((await run('--skip-confirmation')).code).toBe(0);
    expect(existsSync(config('repositories.yaml'))).toBe(true);
  });

  it('gives what became of the plan as data', async () => {
    wholeHome();
    const { out, code } = await run('--yes', '-o', 'json');
    const { items, outcomes } = JSON.parse(out) as Data;
    expect(code).toBe(0);
    expect(items).toHaveLength(4);
    expect(outcomes?.map(({ name, result }) => `${name} ${result}`)).toEqual([
      'stable moved',
      'own moved',
      'diff moved',
      'web moved',
    ]);
    expect((await run('--dry-run', '-o', 'yaml')).out).toContain('verdict: done');
  });

  it('says so where there is no home', async () => {
    expect(await run()).toMatchObject({
      code: 1,
      err: expect.stringContaining(`there is no home of Helm 2 at ${home()}`),
    });
    write(join(root, 'file'), '');
    expect((await run('--helm2-home', join(root, 'file'))).code).toBe(1);
  });

  it('copies certificates out of the home, as secrets, and names them where they went', async () => {
    const ca = home('certs', 'ca.pem');
    write(ca, 'CERTIFICATE', 0o755);
    write(
      home('repository', 'repositories.yaml'),
      `${repositories('own')}  caFile: ${ca}\n  keyFile: /elsewhere/key.pem\n  certFile: ${home('gone.pem')}\n`,
    );
    expect((await run('--yes')).code).toBe(0);
    const copy = config('certificates', 'certs', 'ca.pem');
    expect(readFileSync(copy, 'utf8')).toBe('CERTIFICATE');
    expect(statSync(copy).mode & 0o077).toBe(0);
    const text = readFileSync(config('repositories.yaml'), 'utf8');
    expect(text).toContain(`caFile: ${copy}\n`);
    expect(text).toContain('keyFile: /elsewhere/key.pem\n');
    expect((await rows())['repository own']).toBe('done: Helm 3 has it');
    rmSync(copy);
    expect((await rows())['repository own']).toBe('ready: Helm 3 has it, without its certificate');
    expect((await run('--yes')).code).toBe(0);
    expect(readFileSync(copy, 'utf8')).toBe('CERTIFICATE');
    write(ca, 'RENEWED');
    expect((await rows())['repository own']).toContain('needs a decision');
    expect((await rows('--on-conflict', 'keep'))['repository own']).toContain('done');
    expect((await run('--yes', '--on-conflict', 'replace')).code).toBe(0);
    expect(readFileSync(copy, 'utf8')).toBe('RENEWED');
  });

  it('writes through a repositories.yaml that is a link', async () => {
    wholeHome();
    write(join(root, 'dotfiles', 'repos.yaml'), repositories('mine'));
    link(join(root, 'dotfiles', 'repos.yaml'), config('repositories.yaml'));
    expect((await run('--yes')).code).toBe(0);
    expect(lstatSync(config('repositories.yaml')).isSymbolicLink()).toBe(true);
    const text = readFileSync(join(root, 'dotfiles', 'repos.yaml'), 'utf8');
    expect(text.match(/name: \w+/g)).toEqual(['name: mine', 'name: stable', 'name: own']);
  });
});

describe('plugins', () => {
  it('that are in use in Helm 3 with other content need a decision', async () => {
    wholeHome();
    write(data('plugins', 'helm-diff', 'plugin.yaml'), pluginFile('diff', '3.9.4'));
    expect((await rows())['plugin diff']).toBe(
      'needs a decision: Helm 3 has another plugin of this name: version 3.9.4, and this is 1.0.0',
    );
    const waits = await run('--yes');
    expect(waits.code).toBe(3);
    expect(waits.out).toContain('--on-conflict keep');
    expect(readdirSync(data('plugins'))).toEqual(['helm-diff']);
    expect((await run('--yes', '--on-conflict', 'keep')).code).toBe(0);
    expect(readdirSync(data('plugins'))).toEqual(['helm-diff']);
    const replaced = await run('--yes', '--on-conflict', 'replace');
    expect(replaced.code).toBe(0);
    expect(readdirSync(data('plugins'))).toEqual(['diff']);
    const aside = /What was replaced is in (.*)\n/.exec(replaced.out)?.[1] ?? '';
    expect(readFileSync(join(aside, 'plugins', 'helm-diff', 'plugin.yaml'), 'utf8')).toContain(
      '3.9.4',
    );
  });

  it('that link out of the home stay links', async () => {
    const work = join(root, 'work', 'mine');
    write(join(work, 'plugin.yaml'), pluginFile('mine'));
    link(work, home('plugins', 'mine'));
    write(join(root, 'work', 'rel', 'plugin.yaml'), pluginFile('rel'));
    link('../../work/rel', home('plugins', 'rel'));
    expect((await run('--yes')).code).toBe(0);
    expect(readlinkSync(data('plugins', 'mine'))).toBe(work);
    expect(readlinkSync(data('plugins', 'rel'))).toBe(join(root, 'work', 'rel'));
    expect(Object.values(await rows())).toEqual(['done: Helm 3 has it', 'done: Helm 3 has it']);
  });

  it('keep the links in them, and none that leads into the home', async () => {
    const cached = install('diff');
    link('run.sh', join(cached, 'bin', 'here'));
    link(join(cached, 'plugin.yaml'), join(cached, 'bin', 'absolute'));
    link('/dev/null', join(cached, 'bin', 'outside'));
    link('nowhere', join(cached, 'bin', 'nothing'));
    link('../run.sh', join(cached, 'bin', 'up'));
    const bad = install('bad');
    link('../../archive/x', join(bad, 'x'));
    expect(await rows()).toEqual({
      'plugin bad': "unreadable: x: a link to another place in Helm 2's home",
      'plugin diff': 'ready',
    });
    expect((await run('--yes')).code).toBe(3);
    const bin = data('plugins', 'diff', 'bin');
    expect(
      Object.fromEntries(readdirSync(bin).map((name) => [name, readlinkSync(join(bin, name))])),
    ).toEqual({
      absolute: '../plugin.yaml',
      here: 'run.sh',
      nothing: 'nowhere',
      outside: '/dev/null',
      up: '../run.sh',
    });
    expect((await rows())['plugin diff']).toBe('done: Helm 3 has it');
  });

  it('whose plugin.yaml Helm 3 refuses stay: one such file hides every plugin', async () => {
    for (const [name, text] of Object.entries({
      field: `${pluginFile('field')}extra: 1\n`,
      name: pluginFile('a b'),
      type: `${pluginFile('type')}hooks: [x]\n`,
      yaml: 'name: [',
      list: '- a\n',
    }))
      write(home('plugins', name, 'plugin.yaml'), text);
    write(home('plugins', 'huge', 'plugin.yaml'), `${pluginFile('huge')}#${'x'.repeat(1 << 20)}`);
    mkdirSync(home('plugins', 'folder', 'plugin.yaml'), { recursive: true });
    mkdirSync(home('plugins', 'none'));
    write(home('plugins', 'good', 'plugin.yaml'), pluginFile('good'));
    write(home('plugins', 'twin', 'plugin.yaml'), pluginFile('good'));
    expect(await rows()).toEqual({
      'plugin field': 'unreadable: its plugin.yaml has a field that Helm 3 refuses: extra',
      'plugin folder': 'unreadable: its plugin.yaml is no file',
      'plugin good': `left out: ${home('plugins', 'good')} is the one that Helm 2 uses`,
      'plugin huge': 'unreadable: its plugin.yaml is larger than 1 MiB',
      'plugin list': "unreadable: its plugin.yaml can't be read: not YAML",
      'plugin name':
        'unreadable: its plugin.yaml has a name that Helm 3 refuses: letters, digits, - and _ only',
      'plugin none': 'left out: no plugin: it has no plugin.yaml',
      'plugin type': 'unreadable: its plugin.yaml: hooks holds something else than a map',
      'plugin yaml': "unreadable: its plugin.yaml can't be read: not YAML",
    });
    await run('--yes');
    expect(readdirSync(data('plugins'))).toEqual(['good']);
  });

  it('come with what Helm 3 and 4 make of them', async () => {
    const more =
      'useTunnel: true\nhooks:\n  install: "$HELM_HOME/x $TILLER_NAMESPACE"\ndownloaders:\n- command: c\n  protocols: [s3]\n';
    write(home('plugins', 'old', 'plugin.yaml'), pluginFile('old', 'v1') + more);
    const { items } = JSON.parse((await run('--dry-run', '-o', 'json')).out) as Data;
    expect(items[0]?.notes).toEqual([
      "it asks for a tunnel to Tiller, which Helm 3 and 4 don't make",
      "its plugin.yaml uses HELM_HOME, TILLER_, which Helm 3 doesn't set",
      "Helm 4 doesn't load it: its version is no semantic version",
      'Helm 4 takes it for a downloader only, and not for a command',
    ]);
  });
});

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
      'plugin diff': "unreadable: its place in Helm 3 can't be read (ENOTDIR)",
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
