// Loaded before the program: ends it as kill -9 does, before the Nth change of a file.
const promises = require('node:fs/promises');

const at = Number(process.env.KILL_AT);
let count = 0;
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
    count += 1;
    if (count === at) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
