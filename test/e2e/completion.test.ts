/** Completion: kubectl asks the real protocol of the script, and bash asks the function. */
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { builtProgram, put } from './kubectl-program.ts';
import { program } from './program.ts';

const cluster = useCluster();
const { kubectl, run } = useClients();
const releases = builtProgram(run, cluster.adminKubeconfig);

let folder: string;
let namespace: string;
let path: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'));
  namespace = await cluster.namespace('complete');
  await put(
    cluster,
    sketchRecord({ namespace, revision: 1, status: 'superseded' }),
    sketchRecord({ namespace, revision: 2 }),
    sketchRecord({ namespace, name: 'search' }),
  );
  symlinkSync(program, join(folder, 'kubectl-releases'));
  const { stdout } = await releases(['completion', 'kubectl']);
  writeFileSync(join(folder, 'kubectl_complete-releases'), stdout);
  chmodSync(join(folder, 'kubectl_complete-releases'), 0o755);
  path = [folder, process.env.PATH ?? ''].join(delimiter);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function words(...line: string[]): Promise<string[]> {
  const { code, stdout } = await releases(['completion', 'words', '--', ...line]);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.pop()).toBe(':4');
  return lines.map((one) => one.split('\t')[0] ?? '');
}

describe('words', () => {
  it('are commands, flags, parts, and what the cluster holds', async () => {
    expect(await words('hi')).toEqual(['history']);
    expect(await words('list', '--name')).toEqual(['--namespace']);
    expect(await words('get', 'ma')).toEqual(['manifest']);
    expect(await words('-n', namespace, 'status', '')).toEqual(['billing', 'search']);
    expect(await words('get', 'values', '-n', namespace, 'b')).toEqual(['billing']);
    expect(await words('status', 'billing', '-n', namespace, '--revision', '')).toEqual([
      ...['HEAD', '@deployed', '2', '1'],
    ]);
    expect(await words('diff', 'billing', '-n', namespace, '')).toContain('2');
    expect(await words('list', '-n', namespace.slice(0, -1))).toContain(namespace);
    expect(await words('list', '--compat', 'helm')).toEqual(['helm3', 'helm4']);
    expect(await words('list', '-o', 'js')).toEqual(['json', 'jsonpath=']);
    expect(await words('nothing', 'x')).toEqual([]);
    expect(await words('status', '--kubeconfig', '/nowhere', '')).toEqual([]);
  });
});

describe('in a shell', () => {
  it('kubectl asks the plugin', async () => {
    const args = ['__complete', 'releases', 'history', '-n', namespace, ''];
    const { stdout } = await run(kubectl, args, {
      kubeconfig: cluster.adminKubeconfig,
      env: { PATH: path },
    });
    expect(stdout).toMatch(/^billing\t.*\nsearch\t.*\n:4\n$/);
  });

  it('bash asks the function', async () => {
    const { stdout: script } = await releases(['completion', 'bash']);
    const file = join(folder, 'complete.sh');
    const line = `COMP_WORDS=(kubectl-releases status -n ${namespace} b); COMP_CWORD=4`;
    writeFileSync(file, `${script}${line}\n_kubectl_releases\necho "\${COMPREPLY[@]}"\n`);
    const { stdout } = await run('bash', [file], {
      kubeconfig: cluster.adminKubeconfig,
      env: { PATH: path },
    });
    expect(stdout).toBe('billing\n');
  });
});
