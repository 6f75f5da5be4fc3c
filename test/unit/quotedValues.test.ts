/** Values that still have quotes once the shell has taken its own away, from the command line to the command. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/commands/line/arguments.ts';
import { parseOptions } from '../../src/commands/line/parse.ts';

const table = {
  one: { type: 'string', alias: 'o' },
  many: { type: 'string', array: true },
} as const;
const read = (...argv: string[]) => parseOptions(readCommandLine(argv, table).options, table);

const values = [
  ...['"a"', "'a'", '"', "'", '""', "''", '"a', 'a"', `"a'`, '"a" "b"', '""a""', `'"a"'`, '"a\nb"'],
  ...['"{{.Release.Name}}"', '"2006"', 'a="b"', '', ' ', '="a"', '"\u2028"', '"$1$&"'],
];

describe('values with quotes', () => {
  it.each(values)('%j reaches the command as typed', (value) => {
    expect(read(`--one=${value}`).one).toBe(value);
    expect(read('--one', value).one).toBe(value);
    expect(read('-o', value).one).toBe(value);
  });

  it('stay apart where a flag is given several times', () => {
    expect(read(...values.map((value) => `--many=${value}`)).many).toEqual(values);
  });
});
