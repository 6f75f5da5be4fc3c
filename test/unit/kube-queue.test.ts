/** The queue between an answer that arrives and whoever reads it. */
import { expect, it } from 'vitest';
import { openQueue } from '../../src/kube/queue.ts';

it('hands on what comes, in its order, before and after somebody waits for it', async () => {
  const queue = openQueue<number>(100);
  queue.put(1, 10);
  const found: number[] = [];
  const taking = (async () => {
    for await (const item of queue.taken()) found.push(item);
  })();
  await new Promise(setImmediate);
  expect(found).toEqual([1]);
  queue.put(2, 10);
  queue.put(3, 10);
  queue.end();
  await taking;
  expect(found).toEqual([1, 2, 3]);
});

it('holds back whoever puts in more than may wait, until somebody has taken it', async () => {
  const queue = openQueue<string>(100);
  expect(queue.put('a', 100)).toBeUndefined();
  const full = queue.put('b', 1);
  let room = false;
  full?.then(() => {
    room = true;
  });
  await new Promise(setImmediate);
  expect([full, room]).toEqual([expect.any(Promise), false]);
  const taken = queue.taken();
  expect(await taken.next()).toEqual({ value: 'a', done: false });
  await full;
  await queue.room();
});

it('throws what went wrong after all that came before', async () => {
  const queue = openQueue<string>(100);
  const error = new Error('gone');
  queue.put('a', 1);
  queue.fail(error);
  queue.end();
  const taken = queue.taken();
  expect(await taken.next()).toMatchObject({ value: 'a' });
  await expect(taken.next()).rejects.toBe(error);
});
