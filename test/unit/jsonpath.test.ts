/** The examples of kubectl's documentation, and what is said of what goes wrong; all else is in kubectl-answers.test.ts. */
import { describe, expect, it } from 'vitest';
import { parseJsonPath, renderJsonPath } from '../../src/go/jsonpath/jsonpath.ts';
import type { Json } from '../../src/json.ts';

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
    ["{.users[*]['name','user']}", 'myself e2e {} {"password":"secret","username":"admin"}'],
    ['{..name}', '127.0.0.1 127.0.0.2 myself e2e'],
    ["{.items[*]['metadata.name', 'kind']}", '127.0.0.1 127.0.0.2 None None'],
    ['{.users[?(@.name=="e2e")].user.password}', 'secret'],
    ['{.items[?(@.metadata.labels)].metadata.name}', '127.0.0.1'],
    ['{.items[?(@.status.capacity.cpu>"4")].metadata.name}', '127.0.0.2'],
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

  it('compares no null with a number, as kubectl does not', () => {
    const items = [
      { name: 'bad', size: null },
      { name: 'large', size: 2000 },
    ];
    const names = (test: string) =>
      renderJsonPath(parseJsonPath(`{.items[?(@.size${test})].name}`), { items });
    expect(() => names('>1000')).toThrow(/invalid type for comparison$/);
    expect(names('')).toBe('bad large');
  });

  it.each(['{.items[99].kind}', '{.items[-3]}', '{.items[0:9].kind}', '{.items[0,5].kind}'])(
    'says of %s that it is outside, as kubectl does',
    (template) => {
      expect(() => rendered(template)).toThrow(
        /: array index out of bounds: index -?\d+, length 2$/,
      );
    },
  );

  it('takes no inherited member for one of the data', () => {
    expect(renderJsonPath(parseJsonPath('{.constructor.name}'), {})).toBe('');
    expect(renderJsonPath(parseJsonPath('{.__proto__}'), {})).toBe('');
  });

  it.each([
    '{.a',
    '{.a[}',
    '{.a[?(@.b==1]}',
    '{.a[?(@.b==1)}',
    '{"open}',
    '{.a[x]}',
    '{.a,.b}',
    '{.a[?(@.b==1||@.c==2)]}',
    '{"\\z"}',
    '{+1.2.3}',
    '{....}',
  ])('refuses %s with one line of why', (template) => {
    expect(() => parseJsonPath(template)).toThrow(/is no JSONPath: \S/);
  });

  it.each([
    '{end}',
    '{a b}',
    '{.count[0]}',
    '{.kind[?(@.a)]}',
    '{.users[?(@.name=1)]}',
    '{.users[1:0]}',
  ])("says why %s can't be carried out, and shows no value", (template) => {
    expect(() => rendered(template)).toThrow(/can't be carried out: (?!.*(e2e|List|\b2\b))\S/);
  });
});
