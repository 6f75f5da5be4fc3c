/** `move-config`, and then the real helm 3 and helm 4 at work with what it moved. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { helm2Home, helm3Places } from '../../src/migrate/config/paths.ts';
import { planConfig } from '../../src/migrate/config/planConfig.ts';
import { readTree } from '../../src/migrate/config/tree.ts';
import { drawnPoints } from '../cluster/drawn.ts';
import { useClients } from '../cluster/shared.ts';
import { bundle, command, withArguments } from './program.ts';

const { helm3, helm4, run } = useClients();
const both = [
  ['helm 3', helm3],
  ['helm 4', helm4],
] as const;

const [user, password] = ['eve', '0123'];
let server: Server;
let folder: string;
let root: string;

/** A repository of charts that wants a name and a password. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'move-config-e2e-'));
  writeFileSync(join(folder, 'kubeconfig'), 'apiVersion: v1\nkind: Config\n', { mode: 0o600 });
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  server = createServer((request, response) => {
    const allowed = request.headers.authorization === expected;
    response.writeHead(allowed ? 200 : 401).end(allowed ? 'apiVersion: v1\nentries: {}\n' : '');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  root = mkdtempSync(join(folder, 'root-'));
});

const home = (...path: string[]) => join(root, '.helm', ...path);
const environment = () => ({
  HOME: root,
  // An empty one: Helm warns when there is none.
  KUBECONFIG: join(folder, 'kubeconfig'),
  HELM_CONFIG_HOME: join(root, 'config'),
  HELM_DATA_HOME: join(root, 'data'),
  HELM_CACHE_HOME: join(root, 'cache'),
});
const helm = (binary: string, ...args: readonly string[]) =>
  run(binary, args, { env: environment(), cwd: root });
const move = (...args: readonly string[]) =>
  run(...withArguments(['move-config', ...args]), { env: environment() });

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}

/** As `helm init` and `helm repo add` of Helm 2 leave it. */
function writeRepositories(): void {
  const { port } = server.address() as AddressInfo;
  const entries = [
    ['stable', 'https://kubernetes-charts.storage.googleapis.com', '""', '""'],
    ['local', 'http://127.0.0.1:8879/charts', '""', '""'],
    ['own', `http://127.0.0.1:${port}`, user, `"${password}"`],
  ].map(
    ([name, url, username, secret]) =>
      `- caFile: ""\n  cache: ${name}-index.yaml\n  certFile: ""\n  keyFile: ""\n  name: ${name}\n  password: ${secret}\n  url: ${url}\n  username: ${username}\n`,
  );
  write(
    home('repository', 'repositories.yaml'),
    `apiVersion: v1\ngenerated: "2019-08-02T11:33:20.123456+02:00"\nrepositories:\n${entries.join('')}`,
  );
}

/** As Helm 2's installer leaves it: in the cache, and a link to it. */
function writePlugin(name: string, more = '', version = '2.11.0'): string {
  const cached = home('cache', 'plugins', `https-example.com-${name}`);
  write(
    join(cached, 'plugin.yaml'),
    `name: "${name}"\nversion: "${version}"\nusage: "Say hello"\ndescription: "d"\ncommand: "$HELM_PLUGIN_DIR/run.sh"\n${more}`,
  );
  write(join(cached, 'run.sh'), '#!/bin/sh\necho "hello from $HELM_PLUGIN_DIR: $*"\n', 0o755);
  mkdirSync(home('plugins'), { recursive: true });
  symlinkSync(cached, home('plugins', name));
  return cached;
}

function writeStarter(): void {
  const starter = home('starters', 'web');
  write(join(starter, 'Chart.yaml'), 'apiVersion: v1\nname: web\nversion: 0.1.0\n');
  write(join(starter, 'values.yaml'), 'replicas: 1\n');
  write(
    join(starter, 'templates', 'cm.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: <CHARTNAME>-settings\n',
  );
}

describe.each(both)('%s, after move-config', (_, binary) => {
  beforeEach(async () => {
    writeRepositories();
    writePlugin('hello', 'useTunnel: true\nignoreFlags: false\n');
    writeStarter();
    expect(await move('--yes', '--update-urls')).toMatchObject({ code: 0, stderr: '' });
    // Nothing that was moved may need what is left of Helm 2.
    rmSync(home(), { recursive: true });
  });

  it('has the repositories, and signs in to them', async () => {
    const { port } = server.address() as AddressInfo;
    const { stdout } = await helm(binary, 'repo', 'list', '-o', 'json');
    expect(JSON.parse(stdout)).toEqual([
      { name: 'stable', url: 'https://charts.helm.sh/stable' },
      { name: 'own', url: `http://127.0.0.1:${port}` },
    ]);
    const update = await helm(binary, 'repo', 'update', 'own');
    expect(update.stdout).toContain('Successfully got an update from the "own" chart repository');
    expect(existsSync(join(root, 'cache', 'repository', 'own-index.yaml'))).toBe(true);
    expect((await helm(binary, 'repo', 'remove', 'stable')).code).toBe(0);
  });

  it('has the plugin, and runs and removes it', async () => {
    const list = await helm(binary, 'plugin', 'list');
    expect(list.stdout).toMatch(/^hello\s+2\.11\.0/m);
    const hello = await helm(binary, 'hello', 'a', 'b');
    expect(hello).toMatchObject({ code: 0, stdout: expect.stringContaining('plugins/hello: a b') });
    expect(hello.stdout).not.toContain('.helm');
    expect((await helm(binary, 'plugin', 'uninstall', 'hello')).code).toBe(0);
    expect(readdirSync(join(root, 'data', 'plugins'))).toEqual([]);
  });

  it('makes charts of the starter', async () => {
    expect((await helm(binary, 'create', 'shop', '--starter', 'web')).code).toBe(0);
    const { stdout } = await helm(binary, 'template', 'shop');
    expect(stdout).toContain('name: shop-settings');
  });
});

it.each(both)('%s updates a plugin that came from git', async (_, binary) => {
  const origin = join(root, 'origin', 'hello');
  cpSync(writePlugin('hello'), origin, { recursive: true });
  const git = (where: string, ...args: readonly string[]) =>
    execFileSync('git', ['-C', where, '-c', 'user.name=e', '-c', 'user.email=e@e', ...args], {
      env: { PATH: process.env.PATH, HOME: root },
      stdio: 'pipe',
    });
  git(origin, 'init', '-q', '-b', 'main');
  git(origin, 'add', '.');
  git(origin, 'commit', '-qm', 'one');
  const cached = home('cache', 'plugins', 'https-example.com-hello');
  rmSync(cached, { recursive: true });
  git(root, 'clone', '-q', origin, cached);
  expect((await move('--yes')).code).toBe(0);
  rmSync(home(), { recursive: true });
  const file = join(origin, 'plugin.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('2.11.0', '2.12.0'));
  git(origin, 'commit', '-qam', 'two');
  const update = await helm(binary, 'plugin', 'update', 'hello');
  expect(`${update.code} ${update.stderr}`).toMatch(/^0 /);
  expect((await helm(binary, 'plugin', 'list')).stdout).toMatch(/^hello\s+2\.12\.0/m);
});

/** Why a plugin that Helm 2 takes may not be moved, or gets a note: shown with the real ones. */
describe('what the plan says about plugins is so', () => {
  const place = (name: string) => {
    const to = join(root, 'data', 'plugins', name);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(home('cache', 'plugins', `https-example.com-${name}`), to, { recursive: true });
  };

  it('a field that helm 3 does not know hides every plugin from it', async () => {
    writePlugin('good');
    writePlugin('odd', 'extra: 1\n');
    expect((await move('--dry-run')).stdout).toContain('has a field that Helm 3 refuses: extra');
    place('good');
    expect((await helm(helm3, 'plugin', 'list')).stdout).toContain('good');
    place('odd');
    expect((await helm(helm3, 'plugin', 'list')).stdout).not.toContain('good');
    expect((await helm(helm4, 'plugin', 'list')).stdout).toContain('good');
  });

  it('helm 4 takes a downloader for nothing else', async () => {
    writePlugin('s3', 'downloaders:\n- command: run.sh\n  protocols: ["s3"]\n');
    const { stdout } = await move('--yes');
    expect(stdout).toContain('plugin s3: Helm 4 takes it for a downloader only');
    expect((await helm(helm3, 's3', 'x')).stdout).toContain('hello from');
    const inFour = await helm(helm4, 's3', 'x');
    expect(inFour.code).toBe(1);
    expect(inFour.stderr).toContain('unknown command "s3"');
  });

  it.each([
    ['v2.11.0', false],
    ['2.11', false],
    ['2.11.0-rc.1+build', true],
  ])('helm 4 and version %s', async (version, loads) => {
    writePlugin('hello', '', version);
    const { stdout } = await move('--yes');
    expect(stdout.includes("Helm 4 doesn't load it")).toBe(!loads);
    expect((await helm(helm3, 'hello')).stdout).toContain('hello from');
    expect((await helm(helm4, 'hello')).code).toBe(loads ? 0 : 1);
  });

  it('two plugins of one name hide each other, so only one is there', async () => {
    writePlugin('hello');
    place('hello');
    const there = join(root, 'data', 'plugins');
    writeFileSync(
      join(there, 'hello', 'plugin.yaml'),
      'name: hello\nversion: 3.0.0\nusage: u\ndescription: d\ncommand: "true"\n',
    );
    cpSync(join(there, 'hello'), join(there, 'other-folder'), { recursive: true });
    rmSync(join(there, 'hello'), { recursive: true });
    expect((await move('--yes')).code).toBe(3);
    expect((await helm(helm3, 'plugin', 'list')).stdout).toMatch(/^hello\s+3\.0\.0/m);
    expect((await move('--yes', '--on-conflict', 'replace')).code).toBe(0);
    for (const [, binary] of both)
      expect((await helm(binary, 'plugin', 'list')).stdout).toMatch(/^hello\s+2\.11\.0/m);
  });
});

it('finds the folders as a plugin of helm itself, which sets every variable', async () => {
  writeRepositories();
  writePlugin('hello');
  const plugins = join(root, 'elsewhere');
  write(
    join(plugins, 'mover', 'plugin.yaml'),
    `name: mover\nversion: 1.0.0\nusage: u\ndescription: d\ncommand: "${command.join(' ')}"\n`,
  );
  for (const [, binary] of both) {
    const env = { ...environment(), HELM_PLUGINS: plugins };
    const done = await run(binary, ['mover', 'move-config', '--yes'], { env, cwd: root });
    expect(`${done.code} ${done.stderr}`).toBe('0 ');
    expect(readdirSync(plugins)).toEqual(['hello', 'mover']);
    expect(existsSync(join(root, 'config', 'repositories.yaml'))).toBe(true);
    rmSync(join(plugins, 'hello'), { recursive: true });
    rmSync(join(root, 'config'), { recursive: true });
  }
});

describe('killed before any change of a file', () => {
  const killer = fileURLToPath(new URL('./killAtChange.cjs', import.meta.url));
  const [plugins, starters] = [join('data', 'plugins'), join('data', 'starters')];

  /** Repositories, one with a certificate; a new plugin, one that replaces another; a starter. */
  function prepare(): void {
    root = mkdtempSync(join(folder, 'root-'));
    writeRepositories();
    write(home('ca.pem'), 'CERTIFICATE');
    const file = home('repository', 'repositories.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('caFile: ""', `caFile: ${home('ca.pem')}`));
    writePlugin('hello');
    writePlugin('newer');
    write(
      join(root, plugins, 'newer', 'plugin.yaml'),
      'name: newer\nversion: 3.0.0\ncommand: "true"\n',
    );
    write(
      join(root, 'config', 'repositories.yaml'),
      'apiVersion: v1\nrepositories:\n- name: mine\n  url: https://mine\n',
    );
    writeStarter();
  }

  /** Whether all that stands under a name is whole. */
  async function expectWhole(): Promise<void> {
    const names = (path: string) =>
      (existsSync(join(root, path)) ? readdirSync(join(root, path)) : []).filter(
        (name) => !name.startsWith('.'),
      );
    for (const name of names(plugins)) {
      const isOld = readFileSync(join(root, plugins, name, 'plugin.yaml'), 'utf8').includes(
        '3.0.0',
      );
      expect(readdirSync(join(root, plugins, name))).toEqual(
        isOld ? ['plugin.yaml'] : ['plugin.yaml', 'run.sh'],
      );
    }
    for (const name of names(starters))
      expect(await digest(join(root, starters, name))).toBe(await digest(home('starters', name)));
    const list = parse(readFileSync(join(root, 'config', 'repositories.yaml'), 'utf8'));
    const entries: { readonly name: string }[] = list.repositories;
    expect([['mine'], ['mine', 'stable', 'own']]).toContainEqual(entries.map(({ name }) => name));
    // What was replaced is in its place or put aside, and there once.
    const places = [
      plugins,
      ...names('data')
        .filter((name) => name.startsWith('replaced-'))
        .map((name) => join('data', name, 'plugins')),
    ];
    const old = places.map((place) => join(root, place, 'newer', 'plugin.yaml'));
    expect(
      old.filter((path) => existsSync(path) && readFileSync(path, 'utf8').includes('3.0.0')),
    ).toHaveLength(1);
  }

  const digest = async (path: string) => (await readTree(path)).digest;

  it('leaves nothing half done, and the next run ends it', async () => {
    const args = ['move-config', '--yes', '--on-conflict', 'replace'];
    let killed = 0;
    for (const at of drawnPoints('move-config', 3)) {
      prepare();
      const env = { ...environment(), KILL_AT: String(at) };
      const finished = await run(process.execPath, ['-r', killer, bundle, ...args], { env }).then(
        () => true,
        () => false,
      );
      await expectWhole();
      if (finished) break;
      killed = at;
      const next = await move(...args.slice(1));
      expect(`${at}: ${next.code} ${next.stderr}`).toBe(`${at}: 0 `);
      await expectWhole();
      const { items } = await planConfig(
        helm2Home(environment(), 'linux'),
        helm3Places(environment(), 'linux'),
        { updateUrls: false, moment: new Date() },
      );
      const others = items.filter(({ verdict }) => verdict !== 'done');
      expect(others.map(({ name }) => name)).toEqual(['local', 'ca.pem']);
      const left = readdirSync(root, { recursive: true, encoding: 'utf8' });
      expect(left.filter((path) => path.includes('.move-config-'))).toEqual([]);
      rmSync(root, { recursive: true });
    }
    // Folders, copies, modes and names of five items and a certificate.
    expect(killed).toBeGreaterThan(30);
  }, 300_000);
});
