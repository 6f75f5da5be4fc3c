/** What docs/guides/recover.md says of Helm itself: a release whose newest record is damaged, or pending. */
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { builtProgram } from '../e2e/kubectl-program.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const cluster = useCluster();
const { helm3, helm4, kubectl, run } = useClients();
const program = builtProgram(run, cluster.adminKubeconfig);

describe.each([
  { name: 'helm 3', helm: helm3 },
  { name: 'helm 4', helm: helm4 },
])('$name', ({ helm }) => {
  async function installed(revisions: number) {
    const namespace = await cluster.namespace('recover');
    const asAdmin = (file: string, ...args: readonly string[]) =>
      run(file, [...args, '-n', namespace], { kubeconfig: cluster.adminKubeconfig });
    for (let revision = 1; revision <= revisions; revision++) {
      const made = await asAdmin(helm, 'upgrade', '--install', 'shop', chart);
      expect(made, made.stderr).toMatchObject({ code: 0 });
    }
    const path = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.shop.v${revisions}`;
    const { body } = await cluster.request('GET', path);
    const secret = body as { data: { release: string } };
    /** Writes another payload than the newest record's. */
    const put = async (change: (packed: Buffer) => Buffer) => {
      const text = Buffer.from(secret.data.release, 'base64').toString();
      const changed = change(Buffer.from(text, 'base64')).toString('base64');
      const release = Buffer.from(changed).toString('base64');
      await cluster.must('PUT', path, { ...secret, data: { release } });
    };
    return { namespace, asAdmin, put };
  }

  it('is stopped by a damaged record, and goes on without it', async () => {
    const { namespace, asAdmin, put } = await installed(3);
    await put((packed) => packed.subarray(0, -8));
    for (const stopped of [
      await asAdmin(helm, 'upgrade', 'shop', chart),
      await asAdmin(helm, 'rollback', 'shop', '2'),
    ])
      expect(stopped).toMatchObject({ code: 1, stderr: expect.stringContaining('already exists') });
    const history = await program(['history', 'shop', '-n', namespace]);
    expect(history.stdout).toMatch(/^3 .*unreadable/m);

    await asAdmin(kubectl, 'delete', 'secret', 'sh.helm.release.v1.shop.v3');
    const live = await program(['diff', 'shop', '--live', '-n', namespace]);
    expect(live.stdout).toContain('revision 2');
    const upgraded = await asAdmin(helm, 'upgrade', 'shop', chart);
    expect(upgraded, upgraded.stderr).toMatchObject({ code: 0 });
  });

  it('goes on from a release that was never installed to the end', async () => {
    const { asAdmin, put } = await installed(1);
    await put((packed) => {
      const text = gunzipSync(packed).toString();
      expect(text).toContain('"status":"deployed"');
      return gzipSync(text.replace('"status":"deployed"', '"status":"pending-install"'));
    });
    expect((await asAdmin(helm, 'upgrade', 'shop', chart)).stderr).toContain('in progress');
    const back = await asAdmin(helm, 'rollback', 'shop', '1');
    expect(back, back.stderr).toMatchObject({ code: 0 });
    expect(await asAdmin(helm, 'upgrade', 'shop', chart)).toMatchObject({ code: 0 });
  });
});
