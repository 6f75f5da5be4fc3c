/** Start-up beside helm's: every program in turn, medians of wall time, and the highest memory. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findClients, runnerIn } from '../cluster/clients.ts';
import { startCluster } from '../cluster/cluster.ts';

export interface StartupBench {
  /** For files of the bench; it exists. */
  readonly folder: string;
  readonly rounds: number;
  readonly releases: number;
  /** The bundle, for Node, and the standalone program. */
  readonly program: string;
  readonly packaged: string;
}

interface Column {
  readonly name: string;
  readonly command: readonly [file: string, ...first: string[]];
}

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const memoryRounds = 5;

export async function benchStartup(bench: StartupBench): Promise<void> {
  const say = (line: string) => console.log(line);
  const { helms } = await findClients(say);
  const { 'helm3.22': helm3, 'helm4.3': helm4 } = helms;
  const cluster = await startCluster(say);
  try {
    const namespace = await cluster.namespace('startup');
    const kubeconfig = cluster.kubeconfigFor('starter', ['system:masters'], namespace);
    const run = runnerIn(bench.folder);
    for (let i = 1; i <= bench.releases; i++)
      await run(helm3, ['install', `app-${i}`, chart], { kubeconfig });
    const columns: Column[] = [
      { name: 'helm 3', command: [helm3] },
      { name: 'helm 4', command: [helm4] },
      { name: 'on Node', command: [process.execPath, bench.program] },
      { name: 'standalone', command: [bench.packaged] },
    ];
    const env = { PATH: process.env.PATH ?? '', HOME: bench.folder, KUBECONFIG: kubeconfig };
    say(`${bench.rounds} rounds, Node ${process.versions.node}; median ms (peak MB)\n`);
    say(row(['', ...columns.map(({ name }) => name), 'standalone / helm 3', '/ helm 4']));
    for (const line of ['version', '--help', 'get values app-1', 'list']) {
      const args = line.split(' ');
      const cells = await measureAll(columns, args, env, bench.rounds);
      const [three, four, , ours] = cells;
      const ratio = (theirs?: Cell) =>
        ours && theirs
          ? `${(ours.ms / theirs.ms).toFixed(2)} (${(ours.mb / theirs.mb).toFixed(2)})`
          : '';
      const shown = cells.map(({ ms, mb }) => `${ms.toFixed(0)} (${mb.toFixed(0)})`);
      say(row([line, ...shown, ratio(three), ratio(four)]));
    }
  } finally {
    await cluster.stop();
  }
}

export interface Cell {
  readonly ms: number;
  readonly mb: number;
}

async function measureAll(
  columns: readonly Column[],
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  rounds: number,
): Promise<Cell[]> {
  const times = columns.map((): number[] => []);
  const peaks = columns.map(() => 0);
  for (let round = 0; round < rounds + memoryRounds; round++)
    for (const [i, { command }] of columns.entries()) {
      // Looking at the memory takes time from a program that is timed.
      const watched = round >= rounds;
      const { ms, mb } = await once([...command, ...args], env, watched);
      if (watched) peaks[i] = Math.max(peaks[i] ?? 0, mb);
      else times[i]?.push(ms);
    }
  return times.map((all, i) => ({ ms: median(all), mb: peaks[i] ?? 0 }));
}

export function once(
  [file = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  watched: boolean,
): Promise<Cell> {
  return new Promise((done, fail) => {
    const begun = performance.now();
    const child = spawn(file, args, { env, stdio: 'ignore' });
    let [mb, ended] = [0, false];
    const look = () => {
      if (ended) return;
      mb = Math.max(mb, peakOf(child.pid));
      setImmediate(look);
    };
    if (watched) look();
    child.on('error', fail).on('exit', (code) => {
      ended = true;
      if (code === 0) done({ ms: performance.now() - begun, mb });
      else fail(new Error(`${file} ${args.join(' ')} ended with ${code}`));
    });
  });
}

/** The most memory that a process has used so far, in MB; 0 once it is gone. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kilobytes = '0'] =
      /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return 0;
  }
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(18) : cell.padStart(20))).join('');
}
