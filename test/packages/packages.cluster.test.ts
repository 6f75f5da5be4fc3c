/**
 * The archive for this machine, made as a release makes it, installed as helm installs it, and used where
 * there is no Node. test/e2e runs against the program in the `packaged` project.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { put } from '../e2e/kubectl-program.ts';
import { demoDump } from '../e2e/tiller.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { nodeOf } from './nodes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const folder = mkdtempSync(join(tmpdir(), 'packages-'));
const [packages, unpacked] = [join(folder, 'packages'), join(folder, 'unpacked')];
const program = join(unpacked, 'kubectl-releases');
/** A PATH with a shell and nothing of Node. */
const PATH = '/usr/bin/no-node:/bin';
let archive: string;
let namespace: string;

beforeAll(async () => {
  const made = spawnSync(
    process.execPath,
    [join(root, 'scripts', 'package.mjs'), '--only', 'host', '--out', packages],
    { encoding: 'utf8' },
  );
  expect(made.stderr).toBe('');
  archive = join(packages, readdirSync(packages).find((name) => name.endsWith('.tar.gz')) ?? '');
  mkdirSync(unpacked);
  expect(spawnSync('tar', ['-xzf', archive, '-C', unpacked]).status).toBe(0);
  namespace = await cluster.namespace('packaged');
  await put(
    cluster,
    sketchRecord({ namespace, status: 'superseded', config: { replicas: 1 } }),
    sketchRecord({ namespace, revision: 2, config: { replicas: 2 } }),
  );
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

const releases = (args: readonly string[], options = {}) =>
  run(program, args, { kubeconfig: cluster.adminKubeconfig, env: { PATH }, ...options });

describe('the archive', () => {
  it('is what checksums.txt says, in the form that sha256sum checks', async () => {
    const checked = await run('sha256sum', ['--check', '--strict', 'checksums.txt'], {
      cwd: packages,
    });
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(checked.stdout).toMatch(/^kubectl-releases_\d\S+_amd64\.tar\.gz: OK\n$/);
  });

  it('has the same bytes when it is made again, with another Node', async () => {
    const again = join(folder, 'again');
    const node = await nodeOf('26.10.0');
    const script = join(root, 'scripts', 'package.mjs');
    const made = await run(node, [script, '--only', 'host', '--out', again], {
      cwd: folder,
      env: {
        TZ: 'Asia/Tokyo',
        HOME: process.env.HOME ?? '',
        XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? '',
      },
      timeoutMs: 120_000,
    });
    expect(made.stderr).toBe('');
    const digests = [packages, again].map((place) =>
      readdirSync(place).map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(place, name)))
          .digest('hex'),
      ]),
    );
    expect(digests[1]).toEqual(digests[0]);
  }, 150_000);
});

describe('the program', () => {
  it('says what it is', async () => {
    const { code, stdout } = await releases(['version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kubectl-releases \d+\.\d+\.\d+ \(Bun 1\.\d+\.\d+, linux\/x64\)\n$/);
  });

  it('reads a cluster', async () => {
    const { code, stdout, stderr } = await releases(['list', '-q', '-n', namespace]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'billing\n', stderr: '' });
    const values = await releases(['get', 'values', 'billing', '--revision', '1', '-n', namespace]);
    expect(values).toEqual({ code: 0, stdout: 'replicas: 1\n', stderr: '' });
  });

  it('migrates a dump of Tiller, and the real helm lists what came of it', async () => {
    const target = await cluster.namespace('packaged');
    const args = [
      'migrate2to3',
      'billing',
      '--from',
      `dir:${demoDump}`,
      '--to',
      `secret:${target}`,
    ];
    const done = await releases([...args, '--no-adopt', '--yes']);
    expect(done.code, done.stderr).toBe(0);
    const history = ['history', 'billing', '-n', target, '-o', 'json', '--max', '20'];
    for (const helm of [helm3, helm4]) {
      const { stdout } = await run(helm, history, { kubeconfig: cluster.adminKubeconfig });
      expect(JSON.parse(stdout)).toHaveLength(12);
    }
  });

  it('obeys no file of the folder where it is called', async () => {
    const cwd = join(folder, 'hostile');
    mkdirSync(cwd);
    writeFileSync(join(cwd, '.env'), 'HELM_NAMESPACE=elsewhere\nHELM_DRIVER=sql\n');
    writeFileSync(join(cwd, 'bunfig.toml'), 'preload = ["./hook.js"]\n');
    writeFileSync(join(cwd, 'hook.js'), 'console.log("hooked");\n');
    writeFileSync(join(cwd, 'tsconfig.json'), '{ "extends": "./absent.json" }');
    writeFileSync(join(cwd, 'package.json'), 'not JSON');
    const kubeconfig = cluster.kubeconfigFor('packaged', ['system:masters'], namespace);
    const listed = await releases(['list', '-q'], { cwd, kubeconfig });
    expect(listed).toEqual({ code: 0, stdout: 'billing\n', stderr: '' });
  });
});

describe.each([
  { name: 'helm3', helm: helm3 },
  { name: 'helm4', helm: helm4 },
])('$name', ({ name, helm }) => {
  // Helm 3 cuts a plugin's command at spaces, and so would stumble over one in this path.
  const home = (what: string) => ({
    HELM_DATA_HOME: join(folder, `${name}-${what.replace(' ', '-')}`),
  });
  let server: Server;
  beforeAll(async () => {
    server = createServer((_, response) => {
      // Helm 3 knows an archive by what the server says of it.
      response.setHeader('content-type', 'application/gzip').end(readFileSync(archive));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => server.close());

  it.each(['the folder', 'the archive'])(
    'installs the plugin from %s, and runs it',
    async (from) => {
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}/${archive.split('/').pop()}`;
      const source = from === 'the folder' ? unpacked : url;
      // Helm 4 wants a signature of what it downloads, unless it is told otherwise.
      const unsigned = helm === helm4 && source === url ? ['--verify=false'] : [];
      const env = { PATH, ...home(from) };
      const options = { kubeconfig: cluster.adminKubeconfig, env };
      const installed = await run(helm, ['plugin', 'install', source, ...unsigned], options);
      expect(installed, installed.stderr).toMatchObject({ code: 0 });
      expect((await run(helm, ['plugin', 'list'], options)).stdout).toMatch(/^releases\s+\d/m);
      const listed = await run(helm, ['releases', 'list', '-q', '-n', namespace], options);
      expect(listed, listed.stderr).toMatchObject({ code: 0, stdout: 'billing\n' });
      const typed = ['__complete', 'releases', 'get', 'values', '-n', namespace, ''];
      expect((await run(helm, typed, options)).stdout).toBe('billing\trelease\n:4\n');
    },
  );

  it('hands its environment on', async () => {
    const kubeconfig = cluster.adminKubeconfig;
    const env = { PATH, ...home('environment') };
    expect((await run(helm, ['plugin', 'install', unpacked], { env })).code).toBe(0);
    const ask = (args: readonly string[], more: { readonly [name: string]: string }) =>
      run(helm, ['releases', ...args], { kubeconfig, env: { ...env, ...more } });
    const own = await ask(['list', '-q'], { HELM_NAMESPACE: namespace });
    expect(own).toMatchObject({ code: 0, stdout: 'billing\n' });
    const context = await ask(['list', '-q'], { HELM_KUBECONTEXT: 'elsewhere' });
    expect(context.stderr).toMatch(/^error: .*elsewhere/);
    const copy = ['copy', 'billing', '-n', namespace, '--to', `dir:${folder}/copied`, '--dry-run'];
    expect((await ask(copy, {})).stdout).toContain('1 release, 2 revisions of namespace');
    const driver = await ask(copy, { HELM_DRIVER: 'configmap' });
    expect(`${driver.stdout}${driver.stderr}`).toContain('configmap');
    expect(driver.code).toBe(1);
    expect((await ask(['list', '--frobnicate'], {})).stderr).toContain('try: helm releases list');
  });
});
