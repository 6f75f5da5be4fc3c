// Runs one etcd and one kube-apiserver for as long as the process that started it lives. Its standard
// input is a pipe held by that process: when the pipe closes, for whatever reason, kill -9 included,
// it stops the server, then etcd (a server without etcd lingers for a minute), and removes the folder.
//
// argv[2]: JSON { folder, etcd: { command, args }, server: { command, args } }
// stdin:   `down` kills the server, `up` starts it again; each is answered by a line of JSON { did }
// stdout:  one line of JSON when either of the two ends by itself: { ended, code }
import { spawn } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const graceMs = 300;
const { folder, etcd, server } = JSON.parse(process.argv[2]);
let stopping = false;
const wantsDown = new WeakSet();

// Ctrl-C reaches the whole foreground group; the end is the pipe's to tell.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Telling a dead parent that a process ended must not end the clean-up.
process.stdout.on('error', () => {});

const children = [start('etcd', etcd), start('kube-apiserver', server)];
process.stdin.on('error', stop).on('close', stop).on('end', stop);
createInterface({ input: process.stdin }).on('line', async (word) => {
  if (word === 'up') children[1] = start('kube-apiserver', server);
  else if (word === 'down') {
    wantsDown.add(children[1].child);
    children[1].child.kill('SIGKILL');
    await children[1].ended;
  }
  console.log(JSON.stringify({ did: word }));
});

function start(name, { command, args }) {
  const log = openSync(join(folder, `${name}.log`), 'a', 0o600);
  // A group of its own, so that Ctrl-C does not end etcd before the server.
  const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true, cwd: folder });
  const ended = new Promise((done) => {
    child.on('exit', (code, signal) => done(code ?? signal)).on('error', (e) => done(e.code));
  });
  ended.then((code) => {
    if (!stopping && !wantsDown.has(child)) console.log(JSON.stringify({ ended: name, code }));
  });
  return { child, ended };
}

async function stop() {
  if (stopping) return;
  stopping = true;
  for (const { child, ended } of [...children].reverse()) {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(late);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.exit(0);
}
