// Loaded before the program: a thread of Node's that waits for a pipe as it may wait for a disk.
require('node:fs').open(process.env.STUCK_ON, 'r', () => {});
