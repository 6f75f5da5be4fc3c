/** Lists in pages, from an API that is a plain function. */
import { expect, it } from 'vitest';
import type { KubeApi } from '../../src/kube/api.ts';
import { ExpiredError } from '../../src/kube/failures.ts';
import { listPages } from '../../src/kube/pages.ts';

function answering(...answers: readonly unknown[]): KubeApi {
  const left = [...answers];
  return {
    server: 'https://api',
    call: async () => {
      const answer = left.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
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

const page = (next: string, ...of: string[]) => ({
  ...{ kind: 'SecretList', items: items(...of), metadata: { continue: next } },
});

it.each([
  ['names the same next page twice', [page('a', '1'), page('a', '2'), page('a', '3')]],
  ['goes in a circle', [page('a', '1'), page('b', '2'), page('a', '3'), page('b', '4')]],
  [
    'brings the same objects on ever new pages',
    Array.from({ length: 50 }, (_, i) => page(`${i}`, '1', '2')),
  ],
  ['brings empty pages', Array.from({ length: 50 }, (_, i) => page(`${i}`))],
])('ends a list that %s', async (_, answers) => {
  await expect(names(...answers)).rejects.toMatchObject({
    code: 'API',
    message: "the API server's list does not come to an end",
    why: [expect.stringMatching(/already|nothing new/)],
  });
});

it('bears some empty pages, and what comes again after the list has expired', async () => {
  const gaps = Array.from({ length: 40 }, (_, i) =>
    page(`${i}`, ...(i % 5 === 0 ? [`o${i}`] : [])),
  );
  expect(await names(...gaps, page('', 'last'))).toHaveLength(9);
  const many = Array.from({ length: 20 }, (_, i) => page(`t${i}`, `o${i}`));
  const expired = new ExpiredError(undefined);
  expect(await names(...many, expired, ...many, page('', 'last'))).toHaveLength(21);
});
