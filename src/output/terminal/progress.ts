/**
 * Progress of long work, on stderr: a bar on a terminal, a plain line every few seconds in a log,
 * and nothing for what is over before anyone could wonder.
 */
import type { IO } from './io.ts';

export interface Progress {
  /** One more piece is done. `label` says what stands beside the count. */
  step(label: string): void;
  /** Takes the bar away; call it before printing anything else. */
  end(): void;
}

const barWidth = 22;
const [redrawEvery, lineEvery] = [100, 5000];

/** @param now milliseconds, for tests */
export function startProgress(
  verb: string,
  unit: string,
  total: number,
  io: Pick<IO, 'stderr'>,
  now: () => number = performance.now.bind(performance),
): Progress {
  const started = now();
  const terminal = io.stderr.isTTY;
  let done = 0;
  let last = started;
  let shown = 0;
  return {
    step(label) {
      done++;
      const time = now();
      if (time - last < (terminal ? redrawEvery : lineEvery) && !(terminal && done === total))
        return;
      last = time;
      const elapsed = time - started;
      // The first pieces and the first seconds say nothing of the pace.
      const hasPace = elapsed >= 3000 && done >= 5;
      const left = hasPace ? `  ${timeLeft(elapsed, done, total)}` : '';
      const text = `${done}/${total} ${unit}  ${label}${left}`;
      if (!terminal) return io.stderr.write(`${verb}: ${text}\n`);
      const full = Math.floor((done / total) * barWidth);
      const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
      const line = `${verb}  ${bar}  ${text}`.slice(0, (io.stderr.columns || 80) - 1);
      io.stderr.write(`\r${line.padEnd(shown)}`);
      shown = line.length;
    },
    end() {
      if (shown > 0) io.stderr.write(`\r${' '.repeat(shown)}\r`);
      shown = 0;
    },
  };
}

/** `00:02 left`, from the pace so far. */
function timeLeft(elapsed: number, done: number, total: number): string {
  const seconds = Math.round(((elapsed / done) * (total - done)) / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${String(minutes).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')} left`;
}
