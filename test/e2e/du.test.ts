/** `du` of real helm's records, and what real helm's pruning then leaves. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { builtProgram } from './kubectl-program.ts';

const cluster = useCluster();
const { helm3, helm4, kubectl, run } = useClients();
const kubeconfig = cluster.adminKubeconfig;
const releases = builtProgram(run, kubeconfig);

let chart: string;
beforeAll(() => {
  chart = mkdtempSync(join(tmpdir(), 'du-chart-'));
  mkdirSync(join(chart, 'templates'));
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 1.0.0\n');
  writeFileSync(join(chart, 'values.yaml'), 'name: conf\nn: 0\n');
  writeFileSync(
    join(chart, 'templates', 'a.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Values.name }}}\ndata: {n: "{{ .Values.n }}"}\n',
  );
});
afterAll(() => rmSync(chart, { recursive: true }));

interface Secret {
  readonly metadata: { readonly name: string };
  readonly data: { readonly release: string };
}

/** Bytes of each record as the API server holds it, by revision. */
async function stored(namespace: string): Promise<Map<number, number>> {
  const args = ['get', 'secret', '-l', 'owner=helm', '-n', namespace, '-o', 'json'];
  const { stdout } = await run(kubectl, args, { kubeconfig });
  const { items } = JSON.parse(stdout) as { items: readonly Secret[] };
  return new Map(
    items.map(({ metadata, data }) => [
      Number(/v(\d+)$/.exec(metadata.name)?.[1]),
      Buffer.from(data.release, 'base64').length,
    ]),
  );
}

describe.each([
  { name: 'helm 3', helm: helm3 },
  { name: 'helm 4', helm: helm4 },
])('of $name', ({ helm }) => {
  it('counts what the server holds, and knows what helm prunes', async () => {
    const namespace = await cluster.namespace('du');
    const upgrade = async (...flags: string[]) =>
      (await run(helm, ['upgrade', '-i', 'web', chart, '-n', namespace, ...flags], { kubeconfig }))
        .code;
    expect(await upgrade('--set', 'n=1')).toBe(0);
    expect(await upgrade('--set', 'n=2')).toBe(0);
    // No object can have such a name, so these fail in the cluster, and leave a record.
    for (const n of [3, 4, 5]) expect(await upgrade('--set', `name=NOT_A_NAME,n=${n}`)).toBe(1);
    const before = await stored(namespace);
    expect([...before.keys()].sort()).toEqual([1, 2, 3, 4, 5]);
    const { code, stdout } = await releases(['du', '-n', namespace, '--keep', '2', '-o', 'json']);
    expect(code).toBe(0);
    const [web] = JSON.parse(stdout);
    expect(web).toMatchObject({
      ...{ name: 'web', namespace, storage: 'secret', limit: 2 ** 20 },
      bytes: [...before.values()].reduce((sum, bytes) => sum + bytes, 0),
      revisions: [...before].map(([revision, bytes]) => ({ revision, bytes })),
    });
    // Two old ones and the new one.
    expect(await upgrade('--set', 'n=6', '--history-max', '3')).toBe(0);
    const after = await stored(namespace);
    // helm prunes the superseded one, too, to which a rollback goes back.
    const pruned = [...before].filter(([revision]) => !after.has(revision));
    const gone = pruned.filter(([revision]) => revision !== 1);
    expect(pruned).toHaveLength(gone.length + 1);
    expect(web.wouldFree).toEqual({
      records: gone.length,
      bytes: gone.reduce((sum, [, bytes]) => sum + bytes, 0),
    });
    expect([...after.keys()].sort()).toEqual([2, 5, 6]);
    const table = await releases(['du', 'web', '-n', namespace]);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toContain('In the largest, revision ');
  });
});
