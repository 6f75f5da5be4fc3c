/** Lists in pages, from an API that is a plain function. */
import { expect, it } from 'vitest';
import type { KubeApi } from '../../src/kube/api.ts';
import { listPages } from '../../src/kube/pages.ts';

function answering(...answers: readonly unknown[]): KubeApi {
  const left = [...answers];
  return {
    server: 'https://api',
    call: async () => left.shift(),
    stream: () => Promise.reject(new Error('nothing is watched here')),
    close: async () => {},
  };
}

async function names(...answers: readonly unknown[]): Promise<string[]> {
  const found: string[] = [];
  const pages = listPages(answering(...answers), { apiVersion: 'v1', resource: 'secrets' });
  for await (const page of pages) found.push(...page.map(({ metadata }) => metadata.name));
  return found;
}

const items = (...of: string[]) => of.map((name) => ({ metadata: { name } }));

it('reads lists of every kind, page by page, and empty ones', async () => {
  const first = { kind: 'SecretList', items: items('a', 'b'), metadata: { continue: 'more' } };
  const last = { kind: 'PartialObjectMetadataList', items: items('c') };
  expect(await names(first, last)).toEqual(['a', 'b', 'c']);
  for (const none of [{ items: [] }, { items: null }, {}])
    expect(await names({ kind: 'ConfigMapList', ...none })).toEqual([]);
});

it.each([
  ['null', null],
  ['nothing', undefined],
  ['a text', 'sign in'],
  ['an array', []],
  ['another object', { foo: 1 }],
  ['items without a kind', { items: [] }],
  ['a single object', { kind: 'Secret', metadata: { name: 'a' } }],
  ['a status', { kind: 'Status', status: 'Success' }],
  ['items that are no array', { kind: 'SecretList', items: {} }],
  ['items that are no objects', { kind: 'SecretList', items: [null] }],
])('refuses %s where a list was asked for', async (_, answer) => {
  await expect(names(answer)).rejects.toMatchObject({
    code: 'API',
    message: 'the answer of the API server is not a list of objects',
    hints: [expect.stringContaining('--server')],
  });
});
