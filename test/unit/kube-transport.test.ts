/** Many requests over a few kept connections, to a server of the test's own. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { resolveTarget } from '../../src/kube/config.ts';
import { credentialSource } from '../../src/kube/credentials.ts';
import { openTransport, type TransportError } from '../../src/kube/transport.ts';
import type { Taker } from '../../src/kube/types.ts';

it('knows of a request that waited for a connection that it was sent when its answer is lost', async () => {
  let asked = 0;
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => warnings.push(message);
  process.on('warning', onWarning);
  const server = createServer(async (request, response) => {
    const mine = ++asked;
    await sleep(5);
    // The first ones open the connections, on which the others wait.
    if (mine <= 100) response.end('{}');
    else request.socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const target = resolveTarget({ server: `http://127.0.0.1:${port}`, kubeconfig: '/dev/null' }, {});
  const transport = openTransport(target, 0, {}, credentialSource(target, {}));
  const request = { method: 'POST', path: '/x', headers: {}, maxBytes: 100 };
  const sent = await Promise.all(
    Array.from({ length: 112 }, () =>
      transport.send(request).then(
        () => 'answered',
        (error: TransportError) => (error.sent ? 'lost' : 'not sent'),
      ),
    ),
  );
  transport.close();
  server.close();
  await sleep(10);
  process.off('warning', onWarning);
  const count = (fate: string) => sent.filter((one) => one === fate).length;
  expect([count('answered'), count('lost'), count('not sent')]).toEqual([100, 12, 0]);
  expect(warnings).toEqual([]);
});

it('hands an answer on in pieces, holds the server back meanwhile, and asks no taker of a refusal', async () => {
  const piece = Buffer.alloc(100_000, 'x');
  const pieces = 300;
  let written = 0;
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/refused' ? 403 : 200;
    if (request.url !== '/long') return response.end('no');
    const more = () => {
      for (; written < pieces; ) {
        written += 1;
        if (!response.write(piece)) return response.once('drain', more);
      }
      return response.end();
    };
    return more();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const target = resolveTarget({ server: `http://127.0.0.1:${port}`, kubeconfig: '/dev/null' }, {});
  const transport = openTransport(target, 0, {}, credentialSource(target, {}));
  const send = (path: string, take: Taker) =>
    transport.send({
      ...{ method: 'GET', path, headers: {}, maxBytes: 10 },
      taker: ({ status }) => (status === 200 ? take : undefined),
    });
  let [taken, held] = [0, false];
  const long = await send('/long', (part) => {
    taken += part.length;
    if (held) return undefined;
    held = true;
    // What fits into the buffers of two sockets may be written, and no more.
    return sleep(200).then(() => {
      held = written < pieces;
    });
  });
  expect([long.taken, long.body.length, taken]).toEqual([true, 0, pieces * piece.length]);
  expect(held).toBe(true);
  const failure = new Error('damaged');
  const failing = send('/short', () => {
    throw failure;
  });
  await expect(failing).rejects.toBe(failure);
  const refused = await send('/refused', () => undefined);
  expect([refused.status, refused.taken, refused.body.toString()]).toEqual([403, undefined, 'no']);
  transport.close();
  server.close();
});
