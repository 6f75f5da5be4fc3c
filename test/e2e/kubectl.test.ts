/** The program as users call it: through the real kubectl, and as a plugin of the real helms. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';
import { program } from './program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cluster = useCluster();
const { helm3, helm4, kubectl, run } = useClients();

let folder: string;
let namespace: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
  namespace = await cluster.namespace('plugin');
  await put(
    cluster,
    sketchRecord({ namespace, status: 'superseded', config: { replicas: 1 } }),
    sketchRecord({ namespace, revision: 2, config: { replicas: 2 } }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('through the real kubectl', () => {
  /** As krew and npm put it on the PATH: a link without an ending. */
  function plugin(...args: string[]) {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    const link = join(bin, 'kubectl-releases');
    rmSync(link, { force: true });
    symlinkSync(program, link);
    const path = [bin, dirname(process.execPath), process.env.PATH].join(':');
    return run(kubectl, args, { kubeconfig: cluster.adminKubeconfig, env: { PATH: path } });
  }

  it('is found', async () => {
    expect((await plugin('plugin', 'list')).stdout).toContain('/kubectl-releases');
  });

  it('lists', async () => {
    const { code, stdout, stderr } = await plugin('releases', 'list', '-n', namespace);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')[1]?.split(/ {2,}/).slice(0, 3)).toEqual(['billing', namespace, '2']);
  });

  it('gets the values of an old revision, and nothing else', async () => {
    const args = ['get', 'values', 'billing', '--revision', '1', '-n', namespace];
    expect(await plugin('releases', ...args)).toEqual({
      ...{ code: 0, stdout: 'replicas: 1\n', stderr: '' },
    });
  });

  it('hands back the exit code, and calls itself kubectl releases', async () => {
    const wrong = await plugin('releases', 'list', '--frobnicate');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('try: kubectl releases list -h');
  });

  it('takes kubectl’s flags', async () => {
    const kubeconfig = cluster.kubeconfigFor('flagged', ['system:masters'], namespace);
    const text = readFileSync(kubeconfig, 'utf8');
    expect(text).toContain('current-context: test');
    const flags = ['--kubeconfig', kubeconfig, '--context=test', '--request-timeout', '30s'];
    expect((await plugin('releases', 'list', '-q', ...flags)).stdout).toBe('billing\n');
    const as = await plugin(
      'releases',
      'list',
      '--as',
      'nobody',
      '--as-group=people',
      `-n${namespace}`,
    );
    expect(as).toMatchObject({ code: 1, stdout: '' });
    expect(as.stderr).toContain('(as nobody)');
    const server = ['--server', cluster.server, '--certificate-authority', cluster.caFile];
    const other = await plugin('releases', 'list', '-q', '-n', namespace, ...server);
    expect(other).toMatchObject({ code: 0, stdout: 'billing\n' });
  });
});

describe.each([
  { name: 'helm 3', helm: helm3 },
  { name: 'helm 4', helm: helm4 },
])('as a plugin of $name', ({ helm }) => {
  const releases = (args: readonly string[], kubeconfig = cluster.adminKubeconfig) =>
    run(helm, ['releases', ...args], { kubeconfig, env: { PATH: pathWithNode(), ...homes(helm) } });

  function pathWithNode(): string {
    return `${dirname(process.execPath)}:${process.env.PATH}`;
  }

  /** Each helm has plugins of its own. */
  function homes(which: string) {
    return { HELM_DATA_HOME: join(folder, which === helm3 ? 'helm3' : 'helm4') };
  }

  beforeAll(async () => {
    const options = { env: { PATH: pathWithNode(), ...homes(helm) } };
    const installed = await run(helm, ['plugin', 'install', root], options);
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
    const listed = await run(helm, ['plugin', 'list'], options);
    expect(listed.stdout).toMatch(/^releases\s+0\.1\.0\s/m);
  });

  it('lists in the namespace that helm’s own flag names', async () => {
    const { code, stdout } = await releases(['list', '-q', '-n', namespace]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'billing\n' });
    expect((await releases(['list', '-q', `--namespace=${namespace}`])).stdout).toBe('billing\n');
  });

  it('follows helm’s flags for the cluster', async () => {
    const nobody = await releases(['list', '-n', namespace, '--kube-as-user', 'nobody']);
    expect(nobody).toMatchObject({ code: 1, stdout: '' });
    expect(nobody.stderr).toContain('(as nobody)');
    const context = await releases(['list', '-n', namespace, '--kube-context', 'elsewhere']);
    expect(context).toMatchObject({ code: 1, stdout: '' });
    expect(context.stderr).toMatch(/^error: .*elsewhere/);
  });

  it('hands back the exit code, and calls itself helm releases', async () => {
    const wrong = await releases(['list', '--frobnicate']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('try: helm releases list -h');
  });

  it('reads folders whole: helm’s current namespace is no filter there', async () => {
    const { code, stdout } = await releases(['list', '-q', '--storage', `dir:${root}/demo/tiller`]);
    expect(code).toBe(3);
    expect(stdout).toContain('billing\n');
  });
});
