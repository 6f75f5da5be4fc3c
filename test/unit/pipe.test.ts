/** Records from a pipe into which nothing came. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openPipe } from '../../src/storage/pipe.ts';

const read = async (text: string) => {
  for await (const page of openPipe(Readable.from([Buffer.from(text)])).list({})) return page;
  return [];
};

describe('an empty pipe', () => {
  it.each(['', ' \n\t\n'])('is an error: %j', async (text) => {
    await expect(read(text)).rejects.toMatchObject({
      ...{ code: 'NOT_FOUND', message: 'nothing came through the standard input' },
      why: ['what writes into the pipe may have failed'],
    });
  });

  it.each(['kind: List\napiVersion: v1\nitems: []\n', '{"kind":"List","items":[]}'])(
    'is not a list of nothing: %j',
    async (text) => {
      expect(await read(text)).toEqual([]);
    },
  );
});
