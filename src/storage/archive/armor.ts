/**
 * age's ASCII armor: the same bytes as text, as `age -a` writes it. The lines are of one length, so that what is
 * wanted of a large file is found without reading all of it. https://age-encryption.org/v1, "ASCII armor"
 */
import { ReleasesError } from '../../errors.ts';
import type { Bytes } from './bytes.ts';
import { armorBeginning } from './magicBytes.ts';

const begin = `${armorBeginning} FILE-----`;
const end = '-----END AGE ENCRYPTED FILE-----';
/** Letters of a line, and the bytes that they stand for. */
const [width, held] = [64, 48];

export async function isArmored(bytes: Bytes): Promise<boolean> {
  const head = await bytes.read(0, Math.min(bytes.size, begin.length));
  return head.toString('latin1') === begin;
}

/**
 * @param bytes which begin as armor does
 * @throws ReleasesError UNREADABLE where the lines aren't as age writes them
 */
export async function withoutArmor(bytes: Bytes): Promise<Bytes> {
  const head = (await textAt(bytes, 0, Math.min(bytes.size, begin.length + 2))).slice(begin.length);
  const newline = head.startsWith('\r\n') ? '\r\n' : '\n';
  const start = begin.length + newline.length;
  const tailSize = Math.min(bytes.size - start, 256);
  if (!head.startsWith(newline) || tailSize <= 0) throw unarmored();
  const tail = await textAt(bytes, bytes.size - tailSize, tailSize);
  const footer = tail.lastIndexOf(`${newline}${end}`);
  if (footer < 0 || tail.slice(footer + newline.length + end.length).trim() !== '')
    throw unarmored();
  // Where the last line ends.
  const letters = bytes.size - tailSize + footer - start;
  const stride = width + newline.length;
  const lines = Math.floor((letters - 1) / stride);
  const last = await textAt(bytes, start + lines * stride, letters - lines * stride);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(last) || last.length % 4 !== 0 || last.length > width)
    throw unarmored();
  return {
    size: lines * held + Buffer.from(last, 'base64').length,
    async read(at, length) {
      if (length === 0) return Buffer.alloc(0);
      const [first, final] = [Math.floor(at / held), Math.floor((at + length - 1) / held)];
      const from = first * stride;
      const text = await textAt(
        bytes,
        start + from,
        Math.min((final + 1) * stride, letters) - from,
      );
      const rows = text.split(newline);
      if (final < lines) rows.pop();
      const whole = rows.every((row, i) => row.length === width || first + i === lines);
      if (!whole || !/^[A-Za-z0-9+/]*={0,2}$/.test(rows.join(''))) throw unarmored();
      return Buffer.from(rows.join(''), 'base64').subarray(at % held, (at % held) + length);
    },
    close: () => bytes.close(),
  };
}

async function textAt(bytes: Bytes, at: number, length: number): Promise<string> {
  return (await bytes.read(at, length)).toString('latin1');
}

function unarmored(): ReleasesError {
  return new ReleasesError(
    'UNREADABLE',
    'the armor of the encrypted archive is not as age writes it',
    {
      hints: ['age -d opens it where it is whole: the zip that it gives is read here'],
    },
  );
}
