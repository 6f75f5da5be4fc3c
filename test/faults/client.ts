/** The built program as a process that can be killed in the middle. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { withArguments } from '../e2e/program.ts';

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Client {
  readonly ended: Promise<Ended>;
  /** SIGKILL: nothing of its own runs any more. */
  kill(): void;
  /** As Ctrl-C does, and whoever ends a pod. */
  signal(name: 'SIGINT' | 'SIGTERM'): void;
}

export type Start = (kubeconfig: string, args: readonly string[]) => Client;

/** Each client has a HOME of its own, removed with the cluster. */
export function clientsOf(cluster: Cluster): Start {
  const home = mkdtempSync(join(cluster.folder, 'faults-'));
  return (kubeconfig, args) => {
    const child = spawn(...withArguments(args), {
      cwd: home,
      env: { PATH: process.env.PATH ?? '', HOME: home, TZ: 'UTC', KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    return {
      ended: new Promise((done, fail) => {
        child.on('error', fail).on('close', (code) => {
          const text = (parts: readonly Buffer[]) => Buffer.concat(parts).toString();
          done({ code, stdout: text(out), stderr: text(err) });
        });
      }),
      kill: () => void child.kill('SIGKILL'),
      signal: (name) => void child.kill(name),
    };
  };
}
