/** A passphrase from the terminal, which doesn't show it. */
import { StringDecoder } from 'node:string_decoder';
import { printable, ReleasesError } from '../../errors.ts';
import type { IO } from './io.ts';

const [enter, endOfText, interrupt, erase, backspace] = ['\r', '\u0004', '\u0003', '\u007f', '\b'];

/**
 * @param question without its colon: `Passphrase for all.zip`
 * @returns undefined where there is nobody to ask
 * @throws ReleasesError INTERRUPTED on Ctrl-C
 */
export async function askSecret(question: string, io: IO): Promise<string | undefined> {
  const { stdin, stderr } = io;
  if (!stdin.isTTY || !stderr.isTTY || !stdin.setRawMode) return undefined;
  stderr.write(`${printable(question, 1000)}: `);
  stdin.setRawMode(true);
  stdin.resume();
  try {
    return await typedLine(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/** A terminal in raw mode sends what is typed as it comes, and its editing keys too. */
function typedLine(stdin: IO['stdin']): Promise<string> {
  return new Promise((resolve, reject) => {
    let line: string[] = [];
    // A letter of several bytes may come in pieces.
    const letters = new StringDecoder('utf8');
    const end = (done: () => void) => {
      stdin.off('data', read);
      done();
    };
    const read = (data: Buffer | string) => {
      for (const char of typeof data === 'string' ? data : letters.write(data)) {
        if (char === enter || char === '\n' || char === endOfText)
          return end(() => resolve(line.join('')));
        if (char === interrupt)
          return end(() => reject(new ReleasesError('INTERRUPTED', 'interrupted')));
        line = char === erase || char === backspace ? line.slice(0, -1) : [...line, char];
      }
    };
    stdin.on('data', read);
  });
}
