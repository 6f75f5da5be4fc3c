// The bare loop: eight writers POST ready-made Secrets over kept connections and look at the status.
// Nothing else: no store, no plan, no look back.
//
//   node bareLoop.mjs PLAN.json    { server, ca, cert, key, writers, secrets: FILE of one JSON a line }
//
// Prints the milliseconds from the first request to the last answer.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const { hostname, port } = new URL(plan.server);
const { ca, cert, key } = plan;
const agent = new Agent({ keepAlive: true, maxSockets: plan.writers, ca, cert, key });
const secrets = readFileSync(plan.secrets, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => ({ namespace: JSON.parse(line).metadata.namespace, body: Buffer.from(line) }));

function post({ namespace, body }) {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((done, fail) => {
    const sent = request({ agent, hostname, port, path, method: 'POST', headers }, (response) => {
      if (response.statusCode !== 201) fail(new Error(`${path}: ${response.statusCode}`));
      response.on('end', done).on('error', fail).resume();
    });
    sent.on('error', fail).end(body);
  });
}

const queue = secrets.values();
const started = performance.now();
await Promise.all(
  Array.from({ length: plan.writers }, async () => {
    for (const secret of queue) await post(secret);
  }),
);
console.log(performance.now() - started);
agent.destroy();
