/** An IO that keeps what is printed, for running commands in the test's own process. */
import { PassThrough } from 'node:stream';
import { run } from '../../src/cli.ts';
import type { Environment } from '../../src/environment.ts';
import type { ExitCode } from '../../src/errors.ts';
import type { IO } from '../../src/output/terminal/io.ts';

export interface Captured extends IO {
  readonly out: () => string;
  readonly err: () => string;
}

export interface CaptureOptions {
  readonly env?: Environment;
  /** A terminal of this width on stdout. */
  readonly terminal?: number;
  readonly colour?: boolean;
  readonly program?: string;
  /** Ctrl-C. */
  readonly interrupt?: AbortSignal;
}

export function captureIO(options: CaptureOptions = {}): Captured {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
    },
    drained: async () => {},
    isTTY: name === 'stdout' && options.terminal !== undefined,
    columns: name === 'stdout' ? options.terminal : undefined,
  });
  return {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    stdin: new PassThrough(),
    // No kubeconfig anywhere, so that no test ever finds a cluster by chance.
    env: { HOME: '/nonexistent', ...options.env },
    program: options.program ?? 'kubectl releases',
    colour: options.colour === true,
    interrupt: options.interrupt ?? new AbortController().signal,
    whilePlanning: (work) => work(),
    out: () => written.stdout,
    err: () => written.stderr,
  };
}

export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line as `main.ts` does. */
export async function runCli(argv: readonly string[], options?: CaptureOptions): Promise<Ran> {
  const io = captureIO(options);
  const code = await run(argv, io);
  return { code, out: io.out(), err: io.err() };
}
