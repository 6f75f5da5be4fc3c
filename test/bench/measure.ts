/** One program run to its end: how long, and what it and the API server used meanwhile. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface Measured {
  /** As Date.now() counts. */
  readonly started: number;
  /** From the process's start to its end, milliseconds. */
  readonly wall: number;
  /** CPU time of the program, and of kube-apiserver and etcd, milliseconds. */
  readonly cpu: number;
  readonly server: number;
  readonly peakMB: number;
  readonly stdout: string;
}

const usage = fileURLToPath(new URL('usage.cjs', import.meta.url));

/**
 * @param args of node: the program's file and what follows
 * @param place the bench's folder and the cluster's
 */
export async function measure(
  args: readonly string[],
  place: { readonly folder: string; readonly cluster: string },
  env: { readonly [name: string]: string } = {},
): Promise<Measured> {
  const file = join(place.folder, 'usage.json');
  const before = serverTime(place.cluster);
  const [started, begun] = [Date.now(), performance.now()];
  const stdout = await output(['--require', usage, ...args], {
    ...{ HOME: place.folder, PATH: process.env.PATH ?? '', USAGE_FILE: file, ...env },
  });
  const wall = performance.now() - begun;
  const server = serverTime(place.cluster) - before;
  return { started, wall, server, stdout, ...JSON.parse(readFileSync(file, 'utf8')) };
}

/**
 * The same for a program that is no file of Node's: its CPU time and memory are looked at while it runs,
 * every few milliseconds.
 */
export async function measureAlone(
  program: string,
  args: readonly string[],
  place: { readonly folder: string; readonly cluster: string },
  env: { readonly [name: string]: string } = {},
): Promise<Measured> {
  const before = serverTime(place.cluster);
  const [started, begun] = [Date.now(), performance.now()];
  const home = { HOME: place.folder, PATH: process.env.PATH ?? '', ...env };
  const child = spawn(program, args, { env: home, stdio: ['ignore', 'pipe', 'pipe'] });
  let [cpu, peakMB] = [0, 0];
  const looking = setInterval(() => {
    cpu = Math.max(cpu, timeOf(`/proc/${child.pid}/stat`));
    peakMB = Math.max(peakMB, peakOf(`/proc/${child.pid}/status`));
  }, 5);
  try {
    const stdout = await outputOf(child, [program, ...args]);
    const wall = performance.now() - begun;
    return { started, wall, server: serverTime(place.cluster) - before, stdout, cpu, peakMB };
  } finally {
    clearInterval(looking);
  }
}

function output(args: readonly string[], env: { [name: string]: string }): Promise<string> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  return outputOf(child, args);
}

function outputOf(
  child: ChildProcessByStdio<null, Readable, Readable>,
  args: readonly string[],
): Promise<string> {
  return new Promise((done, fail) => {
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    child.on('error', fail).on('close', (code) => {
      const text = Buffer.concat(out).toString();
      if (code === 0) done(text);
      else fail(new Error(`${args.join(' ')}: ${code}\n${Buffer.concat(err)}${text}`));
    });
  });
}

/** A clock tick of /proc, in milliseconds: USER_HZ is 100 on every Linux that Node runs on. */
const tick = 10;

/** CPU time that the processes with this folder in their command line have used; 0 where /proc isn't. */
function serverTime(folder: string): number {
  let ticks = 0;
  try {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      try {
        const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        if (!/(etcd|kube-apiserver)$/.test(program)) continue;
        if (!args.some((arg) => arg.includes(folder))) continue;
        ticks += timeOf(`/proc/${pid}/stat`) / tick;
      } catch {
        // It ended meanwhile.
      }
  } catch {
    return 0;
  }
  return ticks * tick;
}

/** Milliseconds; 0 where the process has ended. */
function timeOf(stat: string): number {
  // After the name in brackets: utime and stime are fields 14 and 15 of all.
  const fields = read(stat).split(') ').pop()?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * tick;
}

function peakOf(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(read(status))?.[1] ?? 0) / 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
