/** A TCP proxy before an API server: it cuts what is open, and holds what comes, without looking inside. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { parse, stringify } from 'yaml';

export interface TcpProxy {
  /** The same user, through the proxy. */
  readonly kubeconfig: string;
  /** Ends every connection there is. */
  cut(): void;
  /** Connections that come are taken, and led nowhere until `release`. */
  hold(): void;
  release(): void;
  close(): void;
}

/** @param change what else is to be different in the kubeconfig's user */
export async function startTcpProxy(kubeconfig: string, user?: object): Promise<TcpProxy> {
  const config = parse(readFileSync(kubeconfig, 'utf8'));
  const { port } = new URL(config.clusters[0].cluster.server);
  const open = new Set<Socket>();
  let held: (() => void)[] | undefined;
  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => {}).on('close', () => open.delete(client));
    const lead = () => {
      const onward = connect(Number(port), '127.0.0.1');
      onward.on('error', () => client.destroy()).on('close', () => client.destroy());
      client.on('close', () => onward.destroy());
      client.pipe(onward).pipe(client);
    };
    if (held) held.push(lead);
    else lead();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const path = `${kubeconfig}.${(server.address() as AddressInfo).port}`;
  config.clusters[0].cluster.server = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (user) config.users[0].user = user;
  writeFileSync(path, stringify(config), { mode: 0o600 });
  const cut = () => {
    for (const one of open) one.destroy();
  };
  return {
    kubeconfig: path,
    cut,
    hold() {
      held ??= [];
    },
    release() {
      for (const lead of held ?? []) lead();
      held = undefined;
    },
    close() {
      cut();
      server.close();
    },
  };
}
