/** A server behind a SOCKS proxy, as kubeconfigs with `proxy-url: socks5://…` have it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { openKube } from '../../src/kube/kube.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { withArguments } from './program.ts';

const { run } = useClients();
const next = (socket: Socket) =>
  new Promise<Buffer>((done) => socket.once('data', (data: Buffer) => done(data)));

it('reaches a server through socks5, over one kept connection', async () => {
  const cluster = useCluster();
  let asked = 0;
  // RFC 1928, as much of it as one CONNECT to an IPv4 address needs.
  const proxy = createServer(async (client) => {
    client.on('error', () => client.destroy());
    await next(client);
    client.write(Buffer.from([5, 0]));
    const request = await next(client);
    asked += 1;
    const onward = connect(request.readUInt16BE(8), request.subarray(4, 8).join('.'), () => {
      client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      client.pipe(onward).pipe(client);
    });
    onward.on('error', () => client.destroy());
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  const { port } = proxy.address() as AddressInfo;
  const home = mkdtempSync(join(tmpdir(), 'releases-socks-'));
  const config = parse(readFileSync(cluster.adminKubeconfig, 'utf8'));
  config.clusters[0].cluster['proxy-url'] = `socks5://127.0.0.1:${port}`;
  const kubeconfig = join(home, 'config');
  writeFileSync(kubeconfig, stringify(config));
  const kube = openKube({ kubeconfig }, {});
  try {
    const at = { apiVersion: 'v1', resource: 'namespaces', name: 'default' };
    for (let n = 0; n < 3; n++)
      expect(await kube.api.call({ ...at, verb: 'get' })).toMatchObject({ kind: 'Namespace' });
    expect(asked).toBe(1);
    // Others' records in this cluster may be damaged, on purpose.
    const storage = `secret:${await cluster.namespace('socks')}`;
    const line = ['list', '--storage', storage, '--kubeconfig', kubeconfig];
    const [file, args] = withArguments(line);
    expect(await run(file, args)).toMatchObject({ code: 0 });
    expect(asked).toBeGreaterThan(1);
  } finally {
    kube.close();
    proxy.close();
    rmSync(home, { recursive: true });
  }
});
