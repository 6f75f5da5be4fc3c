/**
 * A proxy before the test cluster's API server, TLS on both sides, that can refuse requests, hold them,
 * cut them, and lose answers after the server has done what was asked.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { clientCertificate, serverCertificate } from '../cluster/certificates.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** What becomes of a request; `lose-answer` lets the server carry it out first. */
export type Fate =
  | 'pass'
  | 'drop'
  | 'lose-answer'
  /** As `lose-answer`, and called when the server has answered. */
  | { readonly afterwards: () => void }
  | Refusal;

/** An answer of the proxy's own: a Status, or whatever `body` or `text` is. */
export interface Refusal {
  readonly status: number;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of a body. */
  readonly text?: string;
  readonly retryAfter?: number;
  readonly headers?: { readonly [name: string]: string };
}

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  /** Counts up from 1 over the proxy's life. */
  readonly number: number;
}

export interface FaultyProxy {
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** Without credentials: the proxy speaks to the API server as `user`, who may do everything. */
  readonly kubeconfig: string;
  /** Nobody else has it: the audit log knows by it what came through here. */
  readonly user: string;
  /** Resolves when the API server has answered all that was passed on to it. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** @param decide a promise holds the request until it is settled */
export async function startProxy(
  cluster: Cluster,
  decide: (request: ProxiedRequest) => Fate | Promise<Fate>,
): Promise<FaultyProxy> {
  const read = (name: string) => readFileSync(join(cluster.folder, name), 'utf8');
  const authority = { name: read('ca.name'), cert: read('ca.crt'), key: read('ca.key') };
  const user = `proxied-${randomBytes(4).toString('hex')}`;
  const credentials = clientCertificate(authority, user, ['system:masters']);
  const agent = new Agent({ keepAlive: true, ca: authority.cert, ...credentials });
  let number = 0;
  let underWay = 0;
  let waiting: (() => void)[] = [];

  function end(): void {
    underWay -= 1;
    if (underWay > 0) return;
    for (const done of waiting) done();
    waiting = [];
  }

  function passOn(fate: Fate, request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url: path = '/', headers } = request;
    const cut = () => void request.socket.destroy();
    underWay += 1;
    const onward = httpsRequest(new URL(path, cluster.server), { method, headers, agent });
    onward.on('close', end).on('error', cut);
    onward.on('response', (answer) => {
      answer.on('error', cut);
      if (fate !== 'pass') {
        answer.resume().on('end', () => {
          if (typeof fate === 'object' && 'afterwards' in fate) fate.afterwards();
          cut();
        });
        return;
      }
      // Where nobody reads it any more, it must run out: the request would never end.
      if (response.destroyed) return void answer.resume();
      response.on('close', () => answer.unpipe(response).resume());
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    // A client that ends in the middle of its body takes the request with it.
    if (request.destroyed && !request.complete) onward.destroy();
    else request.on('error', () => onward.destroy()).pipe(onward);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    number += 1;
    const fate = await decide({ method, path, number });
    if (fate === 'drop') request.socket.destroy();
    else if (typeof fate === 'object' && 'status' in fate) refuse(fate, request, response);
    else passOn(fate, request, response);
  }

  const keys = serverCertificate(authority, ['127.0.0.1']);
  const listener = createServer(keys, (request, response) => void serve(request, response));
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const server = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return {
    server,
    kubeconfig: writeKubeconfig(cluster, server, user),
    user,
    idle: () =>
      underWay === 0 ? Promise.resolve() : new Promise<void>((done) => waiting.push(done)),
    close: () =>
      new Promise((done) => {
        agent.destroy();
        listener.closeAllConnections();
        listener.close(() => done());
      }),
  };
}

function refuse(fate: Refusal, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const retry = fate.retryAfter === undefined ? {} : { 'retry-after': String(fate.retryAfter) };
  response.writeHead(fate.status, {
    'content-type': 'application/json',
    ...retry,
    ...fate.headers,
  });
  response.end(fate.text ?? JSON.stringify(fate.body ?? { kind: 'Status' }));
}

function writeKubeconfig(cluster: Cluster, server: string, name: string): string {
  const path = join(cluster.folder, `${name}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server, 'certificate-authority': cluster.caFile } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy' } }],
    'current-context': 'proxy',
  };
  writeFileSync(path, stringify(config));
  return path;
}
