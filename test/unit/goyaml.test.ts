import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UnreadableError } from '../../src/errors.ts';
import { goJson } from '../../src/go/json/write.ts';
import { readValues } from '../../src/go/yaml/index.ts';

/** What the program in test/oracle/yaml/values printed for a document. */
interface Case {
  readonly theme: string;
  readonly doc: string;
  readonly json?: string;
  readonly error?: string;
}
const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../fixtures/yaml/values.json', import.meta.url), 'utf8'),
);

/** The values as Go prints them, or why there are none. */
function read(doc: string): { json: string } | { refused: string } {
  try {
    return { json: goJson(readValues(doc)) };
  } catch (error) {
    if (error instanceof UnreadableError) return { refused: error.message };
    throw error;
  }
}

function refusal(doc: string): string {
  const result = read(doc);
  return 'refused' in result ? result.refused : 'not refused';
}

describe('readValues reads what Helm 2 read', () => {
  it('has enough documents', () => {
    expect(cases.length).toBeGreaterThan(1500);
    expect(cases.filter((item) => item.error !== undefined).length).toBeGreaterThan(400);
  });

  it.each([...new Set(cases.map((item) => item.theme))])('%s', (theme) => {
    const different = cases
      .filter((item) => item.theme === theme)
      .map(({ doc, json, error }) => ({ doc, want: json ?? `an error: ${error}`, got: read(doc) }))
      .filter(({ want, got }) =>
        'json' in got ? got.json !== want : !want.startsWith('an error'),
      );
    expect(different).toEqual([]);
  });
});

describe('readValues', () => {
  it('gives objects without a prototype, where hostile names are names', () => {
    const values = readValues('__proto__: {polluted: true}\na: {constructor: 1, toString: 2}\n');
    expect(Object.getPrototypeOf(values)).toBeNull();
    expect(Object.keys(values)).toEqual(['__proto__', 'a']);
    expect(Object.getPrototypeOf(values['a'])).toBeNull();
    expect(Object.keys(values['a'] ?? {})).toEqual(['constructor', 'toString']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(readValues(''))).toBeNull();
  });

  it('keeps the sign of a zero', () => {
    const { a, b } = readValues('a: -0.0\nb: -0\n');
    expect(Object.is(a, -0)).toBe(true);
    expect(Object.is(b, 0)).toBe(true);
  });

  it('names the line and never quotes the text', () => {
    const secrets = [
      'a: 1\nb: "s3cr3t',
      'a: 1\ns3cr3t\n',
      'a: 1\nb: *s3cr3t\n',
      'a: 1\nb: !s3cr3t!x s3cr3t\n',
      'a: 1\nb: !!int s3cr3t\n',
      'a: 1\nb: !!binary s3cr3t\n',
      'a: 1\n{s3cr3t: 1}: s3cr3t\n',
      'a: 1\nb: [s3cr3t\n',
      'a: 1\n%s3cr3t\n',
      'a: 1\ns3cr3t: \x07\n',
      '\nb: &s3cr3t [*s3cr3t]\n',
    ];
    for (const doc of secrets) {
      expect(refusal(doc)).toMatch(/^the values are not YAML that Helm 2 reads: line [23]: /);
      expect(refusal(doc)).not.toContain('s3cr3t');
    }
    expect(refusal('s3cr3t')).toBe(
      'the values are not YAML that Helm 2 reads: they are not a mapping',
    );
    expect(refusal('a: {s3cr3t: .nan}')).not.toContain('s3cr3t');
    expect(refusal('a: {~: s3cr3t}')).not.toContain('s3cr3t');
  });

  it.each([
    ['brackets', (n: number) => `a: ${'['.repeat(n - 1)}${']'.repeat(n - 1)}`],
    ['braces', (n: number) => `${'{a: '.repeat(n)}${'}'.repeat(n)}`],
    ['dashes', (n: number) => `a:\n${'- '.repeat(n - 1)}x`],
    [
      'indentation',
      (n: number) => Array.from({ length: n }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
    ],
  ])('reads 1000 levels of %s and refuses more', (_, nest) => {
    expect(read(nest(1000))).toHaveProperty('json');
    expect(refusal(nest(1001))).toMatch(/more than 1000 levels$/);
    expect(refusal(nest(5000))).toMatch(/more than 1000 levels$/);
  });

  it('refuses a merge that goes round or too deep without running out of stack', () => {
    expect(refusal('a: &a {<<: *a}\n')).toMatch(/contains itself$/);
    expect(refusal(`${'{<<: '.repeat(1001)}{}${'}'.repeat(1001)}`)).toMatch(
      /more than 1000 levels$/,
    );
  });

  it('refuses aliases that would fill the memory', () => {
    const list = `[${Array(9).fill(1)}]`;
    const lists = Array.from('abcdefgh', (name, i) =>
      i === 0 ? `a: &a ${list}` : `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i - 1]}`)}]`,
    );
    expect(refusal(lists.join('\n'))).toMatch(/too many aliases$/);
    // Few enough nodes for Go, which would then write out two gigabytes of text.
    const text = `a: &a ${'x'.repeat(100_000)}\nb: [${'*a,'.repeat(20_000)}]`;
    expect(refusal(text)).toMatch(/repeat too much text$|too many aliases$/);
  });

  it('reads a megabyte', () => {
    const block = 'image:\n  tag: "1.0"\n  args: [a, b]\n  text: |\n    some words\n';
    const doc = Array.from(
      { length: 15_000 },
      (_, i) => `k${i}:\n  ${block.replaceAll('\n', '\n  ')}\n`,
    );
    expect(Object.keys(readValues(doc.join('')))).toHaveLength(15_000);
  });
});
