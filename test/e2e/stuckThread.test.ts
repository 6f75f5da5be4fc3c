/** A signal ends the program although one of Node's threads waits for something that never comes. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bundle } from './program.ts';

const stuck = fileURLToPath(new URL('stuckThread.cjs', import.meta.url));

it.each(['SIGTERM', 'SIGINT'] as const)('%s', async (signal) => {
  const folder = mkdtempSync(join(tmpdir(), 'stuck-'));
  const [pipe, other] = [join(folder, 'pipe'), join(folder, 'other')];
  execFileSync('mkfifo', [pipe, other]);
  const args = ['--require', stuck, bundle, 'decode', other];
  const env = { PATH: process.env.PATH, STUCK_ON: pipe };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const killer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  // It says what it waits for: by then it listens.
  await once(child.stderr, 'data');
  const closed = once(child, 'close');
  child.kill(signal);
  const [code, by] = await Promise.race([closed, sleep(5000, ['still there'])]);
  // A shell makes 143 or 130 of it.
  expect([code, by]).toEqual([null, signal]);
  clearTimeout(killer);
  rmSync(folder, { recursive: true });
});
