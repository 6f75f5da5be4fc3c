/**
 * The README's section on installing, each way in its own words, on a machine as good as new: an empty
 * HOME, a PATH with what the way asks for, a checkout without a build (and, but in a sample, without packages); then
 * one read and one migration. krew can't be had as a package: krewCommand.ts does what it does. The archive is made by the
 * Dockerfile's own command.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleSeed } from '../cluster/drawn.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { put } from '../e2e/kubectl-program.ts';
import { demoDump } from '../e2e/tiller.ts';
import { sketchRecord } from '../unit/cli-records.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cluster = useCluster();
const { helm3, helm4, kubectl } = useClients();
const folder = mkdtempSync(join(tmpdir(), 'install-'));
const [checkout, packages, image] = ['checkout', 'packages', 'image'].map((name) =>
  join(folder, name),
) as [string, string, string];
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const [, section = ''] =
  /\n## Install\n([\s\S]*?)\n## /.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
/** The block that follows a text of the section. */
const blockAfter = (text: string) => {
  const [, after = ''] = section.split(text);
  const [, block = ''] = /\n```\n([\s\S]*?)```/.exec(after) ?? [];
  expect(block, text).not.toBe('');
  return block;
};
/** A command that stands in the text. */
const textOf = (command: string) => {
  expect(section).toContain(`\`${command}\``);
  return command;
};
const nodeFolder = dirname(process.execPath);
let namespace: string;

/** A home for each way, with the programs that one has: links in a folder that is first on its PATH. */
function machine(name: string, programs: { readonly [name: string]: string }, more: string[] = []) {
  const home = join(folder, name);
  const bin = join(home, 'has');
  mkdirSync(bin, { recursive: true });
  for (const [link, target] of Object.entries(programs)) symlinkSync(target, join(bin, link));
  const own = ['.local/bin', '.krew/bin', '.npm-global/bin'].map((path) => join(home, path));
  const env = {
    HOME: home,
    PATH: [bin, ...own, ...more, '/bin'].join(':'),
    KUBECONFIG: cluster.adminKubeconfig,
    npm_config_prefix: join(home, '.npm-global'),
  };
  return (cwd: string, script: string) => {
    const done = spawnSync('/bin/sh', ['-e', '-c', script], { cwd, encoding: 'utf8', env });
    expect(done.status, `${script}\n${done.stdout}${done.stderr}`).toBe(0);
    return done.stdout;
  };
}

async function readsAndMigrates(run: (cwd: string, script: string) => string, client: string) {
  expect(run(folder, `${client} releases list -q -n ${namespace}`)).toBe('billing\n');
  const target = await cluster.namespace('installed');
  const migrate = `${client} releases migrate2to3 billing --from dir:${demoDump} --to secret:${target}`;
  expect(run(folder, `${migrate} --no-adopt --yes`)).toContain('Done: 1 release, 12 records');
  const history = run(folder, `${client} releases history billing -n ${target}`);
  expect(history).toMatch(/^REVISION .*\n(\d+ .*\n){12}$/);
}

const instructions = readFileSync(join(root, 'Dockerfile'), 'utf8')
  .replaceAll('\\\n', ' ')
  .split('\n');

beforeAll(async () => {
  const left = ['.git', 'dist', 'node_modules'];
  cpSync(root, checkout, {
    recursive: true,
    filter: (path) => !left.includes(relative(root, path)),
  });
  // On a new machine `npm test` has just installed them by the same function (scripts/setup.mjs).
  if (sampleSeed()) {
    const [from, to] = [root, checkout].map((place) => join(place, 'node_modules')) as [
      string,
      string,
    ];
    mkdirSync(to);
    // What was built of them is no part of them.
    const names = readdirSync(from).filter((name) => name !== '.cache');
    const paths = names.map((name) => join(from, name));
    expect(spawnSync('cp', ['-a', ...paths, to]).status).toBe(0);
  }
  const command = instructions.find((line) => line.startsWith('RUN '))?.slice(4) ?? '';
  const here = command
    .replaceAll(' /packages', ` ${packages}`)
    .replaceAll(' /program', ` ${image}`);
  const { PATH = '', HOME = '', XDG_CACHE_HOME = '' } = process.env;
  const made = spawnSync('/bin/sh', ['-e', '-c', here], {
    ...{ cwd: checkout, encoding: 'utf8' },
    env: { PATH, HOME, XDG_CACHE_HOME },
  });
  expect(made.status, `${made.stdout}${made.stderr}`).toBe(0);
  namespace = await cluster.namespace('install');
  await put(cluster, sketchRecord({ namespace }));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

const says = `kubectl-releases ${version} (`;

describe('README, Install', () => {
  it('a standalone program, and what completes it', async () => {
    const run = machine('standalone', { kubectl });
    const block = blockAfter('**A standalone program**');
    expect(run(packages, block)).toContain(says);
    await readsAndMigrates(run, 'kubectl');
    run(folder, blockAfter('put a second file on the PATH:'));
    const asked = run(folder, `kubectl __complete releases get values -n ${namespace} ''`);
    expect(asked).toBe('billing\trelease\n:4\n');
  });

  it('krew', async () => {
    const krew = join(folder, 'kubectl-krew');
    await build({
      ...{ entryPoints: [join(root, 'test/packages/krewCommand.ts')], outfile: krew },
      ...{ bundle: true, platform: 'node', format: 'cjs', logLevel: 'warning' },
      banner: { js: `#!${process.execPath}` },
    });
    spawnSync('chmod', ['+x', krew]);
    const run = machine('krew', { kubectl, 'kubectl-krew': krew });
    expect(run(packages, blockAfter('**krew**'))).toContain(says);
    await readsAndMigrates(run, 'kubectl');
  });

  it.each([
    { name: 'helm 3', helm: helm3 },
    { name: 'helm 4', helm: helm4 },
  ])('a Helm plugin, $name', async ({ name, helm }) => {
    const run = machine(name.replace(' ', ''), { helm });
    const block = blockAfter('**A Helm plugin**');
    expect(run(packages, block)).toContain(says);
    await readsAndMigrates(run, 'helm');
    // What is said of a newer version, and of none.
    const again = block.split('\n').filter((line) => !line.startsWith('helm plugin install'));
    expect(run(packages, again.join('\n'))).toContain(says);
    run(folder, textOf('helm plugin uninstall releases'));
    expect(run(folder, 'helm plugin list')).not.toContain('releases');
  });

  it('npm', async () => {
    const run = machine('npm', { kubectl }, [nodeFolder]);
    expect(run(checkout, blockAfter('**npm**'))).toContain(says);
    await readsAndMigrates(run, 'kubectl');
    run(folder, textOf('npm uninstall -g kubectl-releases'));
    expect(run(folder, 'kubectl plugin list 2>&1 || true')).not.toContain('kubectl-releases');
  }, 180_000);
});

describe('the Dockerfile', () => {
  it('copies files that its first stage leaves', () => {
    const copied = instructions
      .filter((line) => line.startsWith('COPY --from=build '))
      .flatMap((line) => line.split(' ').slice(2, -1));
    expect(copied.length).toBeGreaterThan(3);
    for (const path of copied) expect(readdirSync(image)).toContain(basename(path));
  });

  it('needs nothing of the system but the C library', () => {
    const listed = spawnSync('ldd', [join(image, 'kubectl-releases')], { encoding: 'utf8' });
    const libraries = [...listed.stdout.matchAll(/(?:=> |^\s*)(\/\S+)/gm)].map(
      ([, path = '']) => path,
    );
    expect(libraries.map((path) => basename(path)).sort()).toEqual([
      ...[expect.stringMatching(/^ld-linux/), 'libc.so.6', 'libdl.so.2', 'libm.so.6'],
      'libpthread.so.0',
    ]);
    for (const path of libraries) expect(existsSync(path)).toBe(true);
  });
});
