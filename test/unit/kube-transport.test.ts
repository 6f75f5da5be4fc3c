/** Many requests over a few kept connections, to a server of the test's own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { resolveTarget } from '../../src/kube/config.ts';
import { openTransport, type TransportError } from '../../src/kube/transport.ts';

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
  const transport = openTransport(target, 0, {});
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
