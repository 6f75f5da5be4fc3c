/** The examples of kubectl's documentation, and what goes wrong. */
import { describe, expect, it } from 'vitest';
import {
  findJsonPath,
  parseJsonPath,
  renderJsonPath,
} from '../../src/output/templates/jsonpath.ts';
import type { Json } from '../../src/release.ts';

/** https://kubernetes.io/docs/reference/kubectl/jsonpath/ */
const cluster: Json = {
  kind: 'List',
  items: [
    {
      kind: 'None',
      metadata: { name: '127.0.0.1', labels: { 'kubernetes.io/hostname': '127.0.0.1' } },
      status: {
        capacity: { cpu: '4' },
        addresses: [{ type: 'LegacyHostIP', address: '127.0.0.1' }],
      },
    },
    {
      kind: 'None',
      metadata: { name: '127.0.0.2' },
      status: {
        capacity: { cpu: '8' },
        addresses: [
          { type: 'LegacyHostIP', address: '127.0.0.2' },
          { type: 'another', address: '127.0.0.3' },
        ],
      },
    },
  ],
  users: [
    { name: 'myself', user: {} },
    { name: 'e2e', user: { username: 'admin', password: 'secret' } },
  ],
  count: 2,
  none: null,
};

const rendered = (template: string) => renderJsonPath(parseJsonPath(template), cluster);

describe('JSONPath', () => {
  it.each([
    ['the {.kind}', 'the List'],
    ["{['kind']}", 'List'],
    ['{$.kind}{"\\n"}', 'List\n'],
    ['{.items[*].metadata.name}', '127.0.0.1 127.0.0.2'],
    ["{.users[*]['name','user']}", 'myself {} e2e {"password":"secret","username":"admin"}'],
    ['{..name}', '127.0.0.1 127.0.0.2 myself e2e'],
    ["{.items[*]['metadata.name', 'kind']}", 'None None'],
    ['{.users[?(@.name=="e2e")].user.password}', 'secret'],
    ['{.items[?(@.metadata.labels)].metadata.name}', '127.0.0.1'],
    ['{.items[?(@.status.capacity.cpu>4)].metadata.name}', '127.0.0.2'],
    ['{.items[0].metadata.labels.kubernetes\\.io/hostname}', '127.0.0.1'],
    [
      '{range .items[*]}[{.metadata.name}, {.status.capacity.cpu}] {end}',
      '[127.0.0.1, 4] [127.0.0.2, 8] ',
    ],
    [
      '{range .items[*]}{range .status.addresses[*]}{.address} {end}{end}',
      '127.0.0.1 127.0.0.2 127.0.0.3 ',
    ],
    ['{.items[-1].metadata.name}', '127.0.0.2'],
    ['{.items[0:1].metadata.name}', '127.0.0.1'],
    ['{.items[0,1].kind}', 'None None'],
    ['{.count}{"\\t"}{.none}', '2\tnull'],
    ['{.nothing.here}', ''],
    ['{.users[0].user}', '{}'],
  ])('%s', (template, text) => {
    expect(rendered(template)).toBe(text);
  });

  it('compares nothing with no number', () => {
    const items = [
      { name: 'bad', size: null },
      { name: 'small', size: 8 },
      { name: 'large', size: 2000 },
    ];
    const names = (test: string) =>
      findJsonPath(parseJsonPath(`{.items[?(@.size${test})].name}`), { items });
    expect(names('>1000')).toEqual(['large']);
    expect(names('<1000')).toEqual(['small']);
    expect(names('!=8')).toEqual(['bad', 'large']);
  });

  it.each(['{.items[99].kind}', '{.items[-3]}', '{.items[0:9].kind}', '{.items[0,5].kind}'])(
    'says of %s that it is outside, as kubectl does',
    (template) => {
      expect(() => rendered(template)).toThrow(
        /^array index out of bounds: index -?\d+, length 2$/,
      );
    },
  );

  it('takes an index that is outside for nothing in a filter, and an empty slice for no mistake', () => {
    expect(rendered('{.items[?(@.status.addresses[1])].metadata.name}')).toBe('127.0.0.2');
    expect(rendered('{.items[2:2]}')).toBe('');
  });

  it('takes no inherited member for one of the data', () => {
    expect(findJsonPath(parseJsonPath('{.constructor.name}'), {})).toEqual([]);
    expect(findJsonPath(parseJsonPath('{.__proto__}'), {})).toEqual([]);
  });

  it.each([
    '{.a',
    '{range .a}',
    '{end}',
    '{.a[}',
    '{.a[?(@.b==c)]}',
    '{a b}',
    '{"open}',
    '{.a[x]}',
  ])('refuses %s with one line of why', (template) => {
    expect(() => parseJsonPath(template)).toThrow(/is no JSONPath: \S/);
  });
});
