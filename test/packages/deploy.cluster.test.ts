/** deploy/ and the Dockerfile: as generated, as the API server takes them, and enough for what they are for. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { builtProgram, put } from '../e2e/kubectl-program.ts';
import { withArguments } from '../e2e/program.ts';
import { sketchRecord } from '../unit/cli-records.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const deploy = join(root, 'deploy');
const cluster = useCluster();
const { kubectl, run } = useClients();
const program = builtProgram(run, cluster.adminKubeconfig);
const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
const account = ['--as', 'system:serviceaccount:kubectl-releases:kubectl-releases'];
let namespace: string;

beforeAll(async () => {
  namespace = await cluster.namespace('deployed');
  await put(cluster, sketchRecord({ namespace }));
});
afterAll(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

const apply = (...files: readonly string[]) =>
  run(kubectl, ['apply', ...files.flatMap((file) => ['-f', join(deploy, file)])], {
    kubeconfig: cluster.adminKubeconfig,
  });

describe('deploy/rbac', () => {
  it('is what the program prints', () => {
    const fresh = join(folder, 'rbac');
    const script = join(root, 'scripts', 'deployRbac.mjs');
    const made = spawnSync(process.execPath, [script, fresh], { encoding: 'utf8' });
    expect(made.stderr).toBe('');
    const files = (place: string) =>
      readdirSync(place).map((name) => [name, readFileSync(join(place, name), 'utf8')]);
    expect(files(join(deploy, 'rbac'))).toEqual(files(fresh));
  });

  it('lets the account do what it names, and no more', async () => {
    expect(await apply('namespace.yaml', 'rbac/list.yaml')).toMatchObject({ code: 0 });
    const listed = await program(['list', '-A', '--helm', '3', '-q', ...account]);
    expect(listed.stdout).toContain('billing\n');
    const backup = ['copy', 'billing', '-n', namespace, '--to', 'configmap', '--yes', ...account];
    expect((await program(backup)).stderr).toMatch(/permission|may not|forbidden/);
  });

  it('is accepted by the API server, every file', async () => {
    const files = readdirSync(join(deploy, 'rbac')).map((name) => `rbac/${name}`);
    expect(await apply('namespace.yaml', ...files)).toMatchObject({ code: 0 });
    expect(files.length).toBeGreaterThan(4);
    // Others share the cluster: nothing of this stays allowed.
    const gone = await run(
      kubectl,
      ['delete', '--ignore-not-found', ...files.flatMap((file) => ['-f', join(deploy, file)])],
      { kubeconfig: cluster.adminKubeconfig },
    );
    expect(gone.code).toBe(0);
  });
});

describe('the Dockerfile', () => {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const instructions = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => line.replace(/\s+/g, ' '));

  it('leaves no root, and starts the program', () => {
    const last = instructions.lastIndexOf('FROM debian:bookworm-slim');
    expect(instructions.slice(last)).toEqual([
      'FROM debian:bookworm-slim',
      'COPY --from=build /program/kubectl-releases /usr/local/bin/',
      expect.stringMatching(/^COPY --from=build \/program\/LICENSE .*NOTICES/),
      'ENV HOME=/data',
      'WORKDIR /data',
      'USER 65532:65532',
      'ENTRYPOINT ["kubectl-releases"]',
    ]);
  });

  it('builds with a command that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const built = instructions.find((line) => line.startsWith('RUN '));
    expect(built).toMatch(/^RUN npm run package -- --only host --out \/packages/);
    expect(scripts.package).toBe('node scripts/package.mjs');
  });
});

it('the program works as a user without a name, in a folder that it can not write', () => {
  const home = join(folder, 'work');
  mkdirSync(home);
  const [file, args] = withArguments(['list', '-q', '-n', namespace]);
  const kubeconfig = join(folder, 'kubeconfig');
  copyFileSync(cluster.adminKubeconfig, kubeconfig);
  for (const [path, mode] of [
    [kubeconfig, 0o444],
    [home, 0o555],
    [folder, 0o755],
  ] as const)
    chmodSync(path, mode);
  // As the image does; where the tests don't run as root, as whoever runs them.
  const nobody = process.getuid?.() === 0 ? { uid: 65532, gid: 65532 } : {};
  const done = spawnSync(file, [...args, '--kubeconfig', kubeconfig], {
    ...{ cwd: '/', encoding: 'utf8', ...nobody },
    env: { HOME: home, PATH: '/bin' },
  });
  expect(done).toMatchObject({ status: 0, stdout: 'billing\n', stderr: '' });
});
