/** The process: arguments in, exit code out. */

import { once } from 'node:events';
import { run } from './cli.ts';
import { type ExitCode, exitCodes, ReleasesError } from './errors.ts';
import { reportError } from './output/terminal/errors.ts';
import { type IO, type Out, programName, wantsColour } from './output/terminal/io.ts';
import { refusedRuntime } from './runtime.ts';
import { reasonOf } from './systemErrors.ts';

const interrupt = new AbortController();
let stopsItself = false;
/** Nothing can have been written: until the command has planned, and while it plans again. */
let plans = true;
let hasPlanned = false;
let outputLost = false;

function out(stream: NodeJS.WriteStream): Out {
  // A reader that has seen enough (`| head`) closes the pipe; that is no error. What is writing to
  // a store goes on and ends with the code that it deserves.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      if (!stopsItself) process.exit(exitCodes.done);
      return;
    }
    if (!outputLost && stream !== process.stderr) reportError(lostOutput(error), io);
    outputLost = true;
    if (!stopsItself) process.exit(exitCodes.failed);
  });
  const write = stream.write.bind(stream);
  // With NODE_DEBUG, Node writes requests with their headers here, and so tokens.
  if (process.env.NODE_DEBUG) stream.write = () => true;
  return {
    write: (text) => {
      write(text);
    },
    async drained() {
      if (stream.writableNeedDrain) await once(stream, 'drain');
    },
    isTTY: stream.isTTY === true,
    colour: wantsColour(process.env, { isTTY: stream.isTTY === true }),
    get columns() {
      return stream.columns;
    },
  };
}

/** A terminal shows `^C` where its cursor stands: what is said next begins a line of its own. */
function endTypedLine(signal: 'SIGINT' | 'SIGTERM'): void {
  if (signal === 'SIGINT' && process.stderr.isTTY && process.stdin.isTTY)
    process.stderr.write('\n');
}

/** A full disk, say. */
function lostOutput({ code }: NodeJS.ErrnoException): ReleasesError {
  return new ReleasesError('FILE', `the output can't be written: ${reasonOf(code)}`);
}

// Ctrl-C, and what a pod or a CI job gets before it is killed: both stop at a safe point.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  const onSignal = () => {
    endTypedLine(signal);
    const ended = signal === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
    // The second one doesn't wait for it.
    if (interrupt.signal.aborted || !stopsItself) endBy(ended);
    else if (plans) {
      const text = hasPlanned ? 'interrupted' : 'interrupted: nothing was written';
      endBy(reportError(new ReleasesError('INTERRUPTED', text), io));
    } else interrupt.abort();
  };
  /**
   * Node ends when its threads have ended, and one may wait for a name server or a disk for longer than
   * anybody else does. Then the signal itself ends the program, which a shell can't tell from the code.
   */
  const endBy = (code: ExitCode) => {
    if (
      process.getActiveResourcesInfo?.().some((what) => /^(FSReq|Get(Addr|Name)Info)/.test(what))
    ) {
      process.off(signal, onSignal);
      process.kill(process.pid, signal);
    }
    // The first process of a container isn't ended by signals that it doesn't take.
    process.exit(code);
  };
  process.on(signal, onSignal);
}

const stdout = out(process.stdout);
// Open at once where Node would write to it.
let stderr: Out | undefined = process.env.NODE_DEBUG ? out(process.stderr) : undefined;
const io: IO = {
  stdout,
  // A stream takes longer to open than a short command to run, and most use only one.
  get stderr() {
    stderr ??= out(process.stderr);
    return stderr;
  },
  get stdin() {
    return process.stdin;
  },
  env: process.env,
  program: programName(process.env),
  colour: wantsColour(process.env, stdout),
  interrupt: interrupt.signal,
  async whilePlanning(work) {
    plans = true;
    try {
      return await work();
    } finally {
      [plans, hasPlanned] = [false, true];
    }
  },
};

// What escapes every promise ends here, with one line and without what it may quote.
process.on('uncaughtException', (error) => {
  process.exit(reportError(error, io));
});

const refused = refusedRuntime(process.versions);
if (refused) process.exitCode = reportError(refused, io);
else
  run(process.argv.slice(2), io, {
    onCommand: (command) => {
      stopsItself = command.interruptible === true;
    },
  }).then((code) => {
    process.exitCode = outputLost && code === exitCodes.done ? exitCodes.failed : code;
  });
