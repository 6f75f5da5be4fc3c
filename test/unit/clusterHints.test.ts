/** A kubectl line in a hint asks the cluster that the command was about, in this process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { namingCluster } from '../../src/commands/hints/clusterHints.ts';
import { ReleasesError } from '../../src/errors.ts';
import { kubectlLine } from '../../src/kube/hints.ts';
import { holderHint } from '../../src/migrate/conflicts/beingDeleted.ts';
import { runCli } from './cli-io.ts';

let dir: string;
let kubeconfig: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'hints-'));
  kubeconfig = join(dir, 'config');
  // Nothing listens on the first port.
  const clusters = [{ name: 'far', cluster: { server: 'http://127.0.0.1:1' } }];
  const contexts = ['dead', 'alive'].map((name) => ({
    name,
    context: { cluster: 'far', user: '' },
  }));
  const config = { apiVersion: 'v1', kind: 'Config', clusters, contexts };
  writeFileSync(kubeconfig, JSON.stringify({ ...config, 'current-context': 'alive' }));
});
afterAll(() => rmSync(dir, { recursive: true }));

it.each([
  ['list --context dead', 'kubectl --kubeconfig FILE --context dead cluster-info'],
  ['list --contexts dead', 'kubectl --context dead cluster-info'],
  [
    'backup --all DIR/x.zip --context dead',
    'kubectl --kubeconfig FILE --context dead cluster-info',
  ],
])('%s', async (line, hint) => {
  const words = [...line.replace('DIR', dir).split(' '), '--kubeconfig', kubeconfig];
  const { code, err } = await runCli(words);
  expect(code).toBe(1);
  expect(err.replaceAll(kubeconfig, 'FILE')).toContain(hint);
});

it('names nothing where nothing was chosen', async () => {
  const { err } = await runCli(['list'], { env: { KUBECONFIG: kubeconfig } });
  expect(err).toContain('`kubectl cluster-info`');
});

it('a folder is in no context', async () => {
  const line = ['list', '-A', '--contexts', '*', '--storage', 'dir:x', '--kubeconfig', kubeconfig];
  const { code, out, err } = await runCli(line);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain("error: --contexts and --storage dir:x can't both hold\n");
});

it('an empty --contexts is no context', async () => {
  const { code, err } = await runCli(['list', '--contexts', '', '--kubeconfig', kubeconfig]);
  expect(code).toBe(2);
  expect(err).toContain('--contexts needs a value');
});

it('shows no password of a server', async () => {
  const words = ['list', '--server', 'https://me:canary-pass@127.0.0.1:1'];
  const { code, err } = await runCli(words, { env: { KUBECONFIG: kubeconfig } });
  expect(code).toBe(1);
  expect(err).toContain('kubectl --server https://127.0.0.1:1/ cluster-info');
  expect(err).not.toContain('canary');
});

it('tells each line once, for the cluster that it is about', () => {
  const record = { kind: 'Secret', namespace: 'a', key: 'b' } as const;
  const hints = ['plain', kubectlLine('cluster-info'), holderHint(record, 'target')];
  const error = new ReleasesError('API', 'odd', { hints });
  expect(error.hints[1]).toBe('kubectl cluster-info');
  const named = namingCluster(error, { context: 'x' }, { context: 'new' });
  expect(named.hints).toEqual([
    'plain',
    'kubectl --context x cluster-info',
    'kubectl --context new get secret -n a b -o yaml  shows what holds it',
  ]);
  expect(namingCluster(named, { context: 'other' }).hints).toEqual(named.hints);
});
