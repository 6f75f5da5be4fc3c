/** What a server asks this program to wait for, or never ends, before the real API server. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { type Fate, type ProxiedRequest, startProxy } from '../faults/proxy.ts';
import { builtProgram } from './kubectl-program.ts';

const cluster = useCluster();
const { run } = useClients();
const releases = builtProgram(run, cluster.adminKubeconfig);
let namespace: string;

beforeAll(async () => {
  namespace = await cluster.namespace('waits');
});

/**
 * Runs `list -o json` before a server that decides as `fate` says of the requests for records, each of
 * which is counted by itself: metadata and bodies are asked for side by side.
 */
async function listed(fate: (request: ProxiedRequest, nth: number) => Fate, ...args: string[]) {
  const counts = new Map<string, number>();
  const proxy = await startProxy(cluster, (request) => {
    if (!request.path.includes('/secrets')) return 'pass';
    const what = request.path.replace(/&continue=[^&]*/, '');
    const nth = (counts.get(what) ?? 0) + 1;
    counts.set(what, nth);
    return fate(request, nth);
  });
  const started = performance.now();
  const line = ['list', '-n', namespace, '--helm', '3', '-o', 'json', ...args];
  const result = await releases(line, { kubeconfig: proxy.kubeconfig });
  await proxy.close();
  return { ...result, asked: Math.max(...counts.values()), ms: performance.now() - started };
}

const busy = (retryAfter: string): Fate => ({
  ...{ status: 429, headers: { 'retry-after': retryAfter } },
  body: { kind: 'Status', status: 'Failure', reason: 'TooManyRequests', code: 429 },
});
const soon = (ms: number) => new Date(Date.now() + ms).toUTCString();

describe('a wait that the server asks for', () => {
  test('is said on stderr once it lasts, and stdout stays what it is', async () => {
    const { code, stdout, stderr, ms } = await listed((_, n) => (n === 1 ? busy('3') : 'pass'));
    expect([code, stdout]).toEqual([0, '[]\n']);
    expect(stderr).toBe('waiting: the API server answered 429, and asks to wait 3 s\n');
    expect(ms).toBeGreaterThan(3000);
  });

  test('is not spoken of where it is short', async () => {
    const { code, stderr } = await listed((_, n) => (n === 1 ? busy('0') : 'pass'));
    expect([code, stderr]).toEqual([0, '']);
  });

  test.each([
    ['30', '30 s'],
    ['1000000000', '30 s'],
    ['9'.repeat(400), '30 s'],
    ['Fri, 31 Dec 9999 23:59:59 GMT', '30 s'],
  ])('counts into --request-timeout: %s', async (header, asked) => {
    const result = await listed(() => busy(header), '--request-timeout', '4');
    expect(result.stderr).toContain('429 TooManyRequests');
    expect(result.stderr).toContain(`asks to wait ${asked}, longer than --request-timeout leaves`);
    expect([result.code, result.asked]).toEqual([1, 1]);
    expect(result.ms).toBeLessThan(4000);
  });

  test('counts with all tries together', async () => {
    const result = await listed(() => busy('1'), '--request-timeout', '2500ms');
    expect(result.code).toBe(1);
    expect(result.asked).toBeLessThan(4);
    expect(result.ms).toBeLessThan(4000);
    const date = await listed(
      (_, n) => (n < 3 ? busy(soon(2000)) : 'pass'),
      '--request-timeout',
      '9',
    );
    expect([date.code, date.asked]).toEqual([0, 3]);
  });

  test.each(['-1', '-99999', '1e9', 'soon', soon(-60_000)])(
    'is this program’s own where %s is none',
    async (header) => {
      const { code, asked, ms } = await listed((_, n) => (n === 1 ? busy(header) : 'pass'));
      expect([code, asked]).toEqual([0, 2]);
      expect(ms).toBeLessThan(10_000);
    },
  );
});

describe('completion', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waits-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function completed(kubeconfig: string) {
    const started = performance.now();
    const line = ['completion', 'words', '--', '-n', namespace, 'history', ''];
    const result = await releases(line, { kubeconfig });
    return { ...result, ms: performance.now() - started };
  }

  test('gives up on a server that does not answer, or asks to wait', async () => {
    for (const fate of [() => new Promise<Fate>(() => {}), () => busy('30')]) {
      const proxy = await startProxy(cluster, fate);
      const { code, stdout, ms } = await completed(proxy.kubeconfig);
      await proxy.close();
      expect([code, stdout]).toEqual([0, ':4\n']);
      expect(ms).toBeLessThan(6000);
    }
  });

  test('gives up on a credential plugin, and ends it', async () => {
    const plugin = join(folder, 'plugin.sh');
    writeFileSync(
      plugin,
      '#!/bin/sh\ntrap "echo ended > \\"$0.ended\\"; exit" TERM\nsleep 50 2>/dev/null & wait\n',
    );
    chmodSync(plugin, 0o700);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin };
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
        clusters: [
          {
            name: 'c',
            cluster: { server: cluster.server, 'certificate-authority': cluster.caFile },
          },
        ],
        users: [{ name: 'u', user: { exec: { ...exec, interactiveMode: 'Never' } } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      }),
    );
    const { code, stdout, ms } = await completed(kubeconfig);
    expect([code, stdout]).toEqual([0, ':4\n']);
    expect(ms).toBeLessThan(8000);
    await expect.poll(() => existsSync(`${plugin}.ended`)).toBe(true);
  });
});

describe('a list without end', () => {
  const list = (next: string, names: readonly string[] = []): Fate => ({
    status: 200,
    body: {
      ...{ kind: 'SecretList', apiVersion: 'v1' },
      metadata: { continue: next, resourceVersion: '1' },
      items: names.map((name) => ({ metadata: { name, namespace } })),
    },
  });

  test.each<[string, (request: ProxiedRequest, nth: number) => Fate]>([
    ['the same token', () => list('same')],
    ['the same token, and objects', (_, n) => list('same', [`a${n}`])],
    ['two tokens in turn', (_, n) => list(`t${n % 2}`)],
    ['ever new tokens and no objects', (_, n) => list(`t${n}`)],
    ['ever new tokens and the same object', (_, n) => list(`t${n}`, ['a'])],
  ])('is an error: %s', async (_, fate) => {
    const { code, stdout, stderr, asked } = await listed(fate);
    expect(stderr).toContain("error: the API server's list does not come to an end");
    expect([code, stdout]).toEqual([1, '']);
    expect(asked).toBeLessThan(40);
  });
});
