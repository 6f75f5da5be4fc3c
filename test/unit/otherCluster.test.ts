/** Errors of the cluster that records go to: which one it is, and the flags that choose it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { otherApi } from '../../src/commands/stores/otherCluster.ts';
import { type ReleasesError, UnreadableError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { LostReplyError, refused } from '../../src/kube/failures.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir = '';
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'other-cluster-'));
  await (await openDirectory(join(dir, 'from'), { create: true })).create(sketchRecord({}));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function copyTo(...flags: readonly string[]) {
  const line = ['copy', '--all', '--from', `dir:${dir}/from`, '--to', 'secret', ...flags];
  const { code, err } = await runCli(line, { env: { KUBECONFIG: join(dir, 'config') } });
  return { code, err: err.replaceAll(dir, 'DIR') };
}

test('a kubeconfig that is not there is that of --to-kubeconfig', async () => {
  const { code, err } = await copyTo('--to-kubeconfig', join(dir, 'none'));
  expect(code).toBe(1);
  expect(err).toContain("can't read the kubeconfig DIR/none");
  expect(err).toContain('this is the cluster that records go to: DIR/none');
  expect(err).toContain('--to-kubeconfig with a file that can be read');
  expect(err).not.toMatch(/ --kubeconfig /);
});

test('one that can not be reached is named, with its own flags', async () => {
  // Nothing listens on the first port.
  const cluster = { name: 'far', cluster: { server: 'http://127.0.0.1:1' } };
  const context = { name: 'new', context: { cluster: 'far', user: '' } };
  const config = { apiVersion: 'v1', kind: 'Config', clusters: [cluster], contexts: [context] };
  writeFileSync(join(dir, 'config'), JSON.stringify(config));
  const { code, err } = await copyTo('--to-context', 'new');
  expect(code).toBe(1);
  expect(err).toContain("can't reach the API server");
  expect(err).toContain('this is the cluster that records go to: context new');
  expect(err).toContain(
    'check --to-context and --to-kubeconfig; `kubectl --context new cluster-info` shows',
  );
  expect(err).not.toContain('--server');
});

test('a permission that is missing there is missing there', async () => {
  const call = {
    ...{ apiVersion: 'v1', resource: 'secrets' },
    verb: 'list',
    namespace: 'pay',
  } as const;
  const status = { kind: 'Status', reason: 'Forbidden' };
  const failing = (error: Error): KubeApi => ({
    server: 'https://new',
    stream: () => Promise.reject(new Error('nothing is watched here')),
    call: async () => {
      throw error;
    },
    close() {},
  });
  const errorOf = async (error: Error) => {
    const api = otherApi(failing(error), { context: 'new', kubeconfig: '/there' });
    return api.call(call).then(
      () => undefined,
      (reason: ReleasesError) => reason,
    );
  };
  const body = Buffer.from(JSON.stringify(status));
  const forbidden = refused('https://new', call, { status: 403, headers: {}, body });
  const told = await errorOf(forbidden);
  expect(told).toMatchObject({ code: 'FORBIDDEN', message: forbidden.message });
  expect(told?.why.at(-1)).toBe('this is the cluster that records go to: context new');
  expect(told?.hints).toEqual([
    'another --to-context, or a Role for it (`rbac` prints one); kubectl --kubeconfig /there --context new auth can-i list secrets -n pay  shows when it works',
  ]);
  // What the engine tells by its class, or is of the record, stays what it is.
  for (const error of [new LostReplyError('UNREACHABLE', 'lost'), new UnreadableError('odd')])
    expect(await errorOf(error)).toBe(error);
});
