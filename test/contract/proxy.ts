/** A small HTTP proxy before the test cluster that can refuse requests or lose their answers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parse, stringify } from 'yaml';
import type { Cluster } from '../cluster/cluster.ts';

/** What becomes of a request; `lose-answer` lets the server carry it out first. */
export type Fate =
  | 'pass'
  | 'drop'
  | 'lose-answer'
  | { readonly status: number; readonly body?: unknown; readonly retryAfter?: number };

export interface FaultyProxy {
  /** `http://127.0.0.1:PORT` */
  readonly server: string;
  readonly kubeconfig: string;
  close(): Promise<void>;
}

export async function startProxy(
  cluster: Cluster,
  decide: (request: { readonly method: string; readonly path: string }) => Fate,
): Promise<FaultyProxy> {
  const { users } = parse(readFileSync(cluster.adminKubeconfig, 'utf8'));
  const pem = (field: string) => Buffer.from(users[0].user[field], 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: readFileSync(cluster.caFile),
    cert: pem('client-certificate-data'),
    key: pem('client-key-data'),
  });

  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url: path = '/', headers } = request;
    const fate = decide({ method, path });
    if (fate === 'drop') return void request.socket.destroy();
    if (typeof fate === 'object') {
      request.resume();
      const retry = fate.retryAfter === undefined ? {} : { 'retry-after': String(fate.retryAfter) };
      response.writeHead(fate.status, { 'content-type': 'application/json', ...retry });
      return void response.end(JSON.stringify(fate.body ?? { kind: 'Status' }));
    }
    const onward = httpsRequest(
      new URL(path, cluster.server),
      { method, headers, agent },
      (answer) => {
        if (fate === 'lose-answer') {
          answer.resume().on('end', () => request.socket.destroy());
          return;
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => request.socket.destroy());
    return void request.pipe(onward);
  };

  const listener = createServer(serve);
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const server = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const kubeconfig = `${cluster.kubeconfigFor('proxied')}.proxy`;
  const config = {
    clusters: [{ name: 'proxy', cluster: { server } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy' } }],
    'current-context': 'proxy',
  };
  writeFileSync(kubeconfig, stringify(config));
  return {
    server,
    kubeconfig,
    close: () =>
      new Promise((done) => {
        agent.destroy();
        listener.closeAllConnections();
        listener.close(() => done());
      }),
  };
}
