/** The process: arguments in, exit code out. */
import { run } from './cli.ts';
import { exitCodes } from './errors.ts';
import { reportError } from './output/errors.ts';
import { type IO, type Out, programName, wantsColour } from './output/io.ts';

const interrupt = new AbortController();
let stopsItself = false;

function out(stream: NodeJS.WriteStream): Out {
  // A reader that has seen enough (`| head`) closes the pipe; that is no error. What is writing to
  // a store goes on and ends with the code that it deserves.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(exitCodes.failed);
    if (!stopsItself) process.exit(exitCodes.done);
  });
  return {
    write: (text) => {
      stream.write(text);
    },
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
  };
}

process.on('SIGINT', () => {
  // The second Ctrl-C doesn't wait for a safe point.
  if (interrupt.signal.aborted || !stopsItself) process.exit(exitCodes.interrupted);
  interrupt.abort();
});

const stdout = out(process.stdout);
const io: IO = {
  stdout,
  stderr: out(process.stderr),
  stdin: process.stdin,
  env: process.env,
  program: programName(process.env),
  colour: wantsColour(process.env, stdout),
  interrupt: interrupt.signal,
};

// What escapes every promise ends here, with one line and without what it may quote.
process.on('uncaughtException', (error) => {
  process.exit(reportError(error, io));
});

run(process.argv.slice(2), io, {
  onCommand: (command) => {
    stopsItself = command.interruptible === true;
  },
}).then((code) => {
  process.exitCode = code;
});
