/** Runs the built program for as long as a test wants, and waits for what it prints. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { withArguments } from './program.ts';

export interface Watcher {
  readonly out: () => string;
  readonly err: () => string;
  /** Lines of stdout that came since the last call; returns when there are so many. */
  next(count: number): Promise<readonly string[]>;
  /** @throws Error when neither stream says it within the time */
  says(pattern: RegExp): Promise<void>;
  /** Reads no more of its output until `resume`. */
  pause(): void;
  resume(): void;
  /** Ctrl-C, and what the program ends with. */
  interrupt(): Promise<number | string>;
  /** Waits for it to end by itself. */
  ended(): Promise<number | string>;
  readonly pid: number;
}

const patienceMs = 30_000;

export function watcher(args: readonly string[], kubeconfig: string): Watcher {
  const [file, argv] = withArguments(args);
  const child = spawn(file, argv, {
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', TZ: 'UTC', KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const end = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  let [out, err, read] = ['', '', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });

  async function until<T>(what: string, look: () => T | undefined): Promise<T> {
    for (const late = Date.now() + patienceMs; Date.now() < late; await sleep(10)) {
      const found = look();
      if (found !== undefined) return found;
    }
    throw new Error(`no ${what} came; stdout: ${out}; stderr: ${err}`);
  }

  return {
    out: () => out,
    err: () => err,
    next: (count) =>
      until(`${count} more lines`, () => {
        const lines = out.slice(read).split('\n').slice(0, -1);
        if (lines.length < count) return undefined;
        const taken = lines.slice(0, count);
        read += taken.join('\n').length + 1;
        return taken;
      }),
    async says(pattern) {
      await until(String(pattern), () => pattern.test(out + err) || undefined);
    },
    pause: () => void child.stdout.pause(),
    resume: () => void child.stdout.resume(),
    async interrupt() {
      child.kill('SIGINT');
      return end;
    },
    ended: () => end,
    pid: child.pid ?? 0,
  };
}
