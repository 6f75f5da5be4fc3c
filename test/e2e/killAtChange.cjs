// Loaded before the program: ends it as kill -9 does, before the Nth change of a file; with KILL_WRITES
// every single write, flush and close of a file counts too.
const promises = require('node:fs/promises');

const at = Number(process.env.KILL_AT);
let count = 0;

function step() {
  count += 1;
  if (count === at) process.kill(process.pid, 'SIGKILL');
}

function watched(handle) {
  for (const name of ['write', 'writeFile', 'sync', 'close']) {
    const original = handle[name].bind(handle);
    handle[name] = async (...args) => {
      step();
      return original(...args);
    };
  }
  return handle;
}

for (const name of [
  'chmod',
  'copyFile',
  'link',
  'mkdir',
  'open',
  'rename',
  'rm',
  'symlink',
  'unlink',
]) {
  const original = promises[name];
  promises[name] = async (...args) => {
    step();
    const result = await original(...args);
    return name === 'open' && process.env.KILL_WRITES ? watched(result) : result;
  };
}
