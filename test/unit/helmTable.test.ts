/** What helm's tables and YAML do with odd texts. The answers were printed by helm 3.22.0 and 4.3.2. */
import { describe, expect, it } from 'vitest';
import { exactYaml, helmYaml } from '../../src/go/yaml/write.ts';
import { helmTable } from '../../src/output/helm/helmTable.ts';
import { textWidth } from '../../src/output/helm/runeWidth.ts';

const column = (texts: readonly string[], terminal = false) =>
  helmTable(
    ['DESCRIPTION', ...texts].map((text) => [text]),
    { terminal },
  );

describe('a table', () => {
  it('holds what it is given, and counts no column for what a terminal acts on', () => {
    expect(column(['tab\there', '\u001b[1mbold\u001b[0m'])).toBe(
      'DESCRIPTION\ntab\there    \n\u001b[1mbold\u001b[0m       \n',
    );
  });

  it('counts the letters of a picture one by one, as helm does', () => {
    const family = 'emoji 👩\u200d👩\u200d👧 zwj e\u0301';
    expect(column([family, `${family}2`])).toBe(`DESCRIPTION        \n${family} \n${family}2\n`);
  });

  it('shows a terminal nothing that it acts on', () => {
    expect(column(['\u001b[1mbold', 'a\tb'], true)).toBe(
      'DESCRIPTION  \n\\u001b[1mbold\na\\u0009b     \n',
    );
  });

  // As mattn/go-runewidth 0.0.9 says; the last two are of Unicode 14 and nobody's.
  it.each<[string, number]>([
    ['a', 1],
    ['é', 1],
    ['e\u0301', 1],
    ['日', 2],
    ['ﾊ', 1],
    ['Ａ', 2],
    ['😀', 2],
    ['♥\ufe0f', 2],
    ['ั', 1],
    ['한', 2],
    ['\u009b1mx', 1],
    ['\u001b;;a;b\u0007x', 1],
    ['\u001b[12345mx', 2],
    ['\u00ad\u200b\u200f\u2028\ufeff', 0],
    ['\u0085\u007f\t', 0],
    ['\u001b]0;title\u0007x', 1],
    ['\u001b[38;5;1mred', 3],
    ['\u001b', 0],
    ['🫠', 1],
    ['\u{e0fff}', 1],
  ])('gives %j %i columns', (text, columns) => {
    expect(textWidth(text)).toBe(columns);
  });

  it('measures a long command that never ends in a moment', () => {
    const started = Date.now();
    expect(textWidth(`\u001b${';'.repeat(200_000)}`)).toBe(200_000);
    expect(textWidth(`\u001b[${'1;'.repeat(100_000)}`.repeat(2))).toBeGreaterThan(0);
    expect(Date.now() - started).toBeLessThan(2000);
  });
});

describe('YAML by way of JSON', () => {
  it('is folded at what YAML takes for the end of a line', () => {
    expect(exactYaml({ notes: 'sep\u0085nel', k: 'a \u0085\u0085 b', 'x\u0085y': 1 })).toBe(
      'k: |-\n  a\n  b\nnotes: sep nel\nx y: 1\n',
    );
    expect(exactYaml(['\u2028', '\ufeff', '\u00a0', 'é'])).toBe(
      helmYaml(['\u2028', '\ufeff', '\u00a0', 'é']),
    );
  });

  it.each(['\u007f', '\u0080', '\u009f', '\uffff'])('is refused with %j, as by helm', (char) => {
    expect(() => exactYaml({ a: [`x${char}`] })).toThrow(/control characters are not allowed/);
    expect(() => exactYaml({ [char]: 1 })).toThrow(/control characters are not allowed/);
    expect(helmYaml({ a: char })).toContain('a: "\\');
  });
});
