/** kubectl's label selectors. test/e2e/sources.test.ts asks a real API server the same questions. */
import { expect, it } from 'vitest';
import { isPositive, matchesSelector, parseSelector } from '../../src/storage/labels.ts';

const labels = { OWNER: 'TILLER', NAME: 'billing', VERSION: '12', empty: '', in: 'notin' };

it.each<[string, boolean]>([
  ['', true],
  ['OWNER=TILLER', true],
  ['OWNER==TILLER,NAME=search', false],
  ['NAME!=billing', false],
  ['none!=billing', true],
  ['NAME in (search,billing)', true],
  ['NAME notin (search, billing)', false],
  ['none notin (a)', true],
  ['none in (a)', false],
  ['NAME', true],
  ['none', false],
  ['!none', true],
  ['! NAME', false],
  ['empty=', true],
  ['none=', false],
  ['empty in (,a)', true],
  ['empty in ()', true],
  ['NAME in ()', false],
  ['NAME in (a,)', false],
  ['VERSION>11,VERSION<13', true],
  ['VERSION>12', false],
  ['NAME>1', false],
  ['in=notin', true],
  ['in in (in,notin)', true],
  ['toString', false],
  [' OWNER = TILLER ,\n NAME\tin( billing ) ', true],
])('%j selects: %s', (text, wanted) => {
  expect(matchesSelector(parseSelector(text), labels)).toBe(wanted);
});

it.each([
  [',a', 'a label is missing before ,'],
  ['a,', 'it ends with a comma'],
  ['a b', 'an operator is missing before b'],
  ['a=b c', 'a comma is missing before c'],
  ['a=b,,c', 'a label is missing before ,'],
  ['a in b', '( is missing before b'],
  ['a in (b', ') is missing at the end'],
  ['!a=b', 'after ! stands a label alone'],
  ['a===b', 'a value is missing before ='],
  ['a>x', 'what follows > must be a whole number'],
  ['a>99999999999999999999', 'what follows > must be a whole number'],
  ['a<-1', "-1 can be no label's value"],
  ['-a', "-a is no label's name"],
  ['a/b/c', "a/b/c is no label's name"],
  ['A/b', "A/b is no label's name"],
  ['a=b/c', "b/c can be no label's value"],
  [`a=${'x'.repeat(64)}`, `${'x'.repeat(64)} can be no label's value`],
  ['a=\u001b', "\\u001b can be no label's value"],
])('%j is refused: %s', (text, why) => {
  expect(() => parseSelector(text)).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(why) }),
  );
});

it.each([
  ['a', true],
  ['a!=b,c=d', true],
  ['!a,b notin (c)', false],
  ['', false],
])('%j says what is there: %s', (text, wanted) => {
  expect(isPositive(parseSelector(text))).toBe(wanted);
});
