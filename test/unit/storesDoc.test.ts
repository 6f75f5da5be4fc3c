/** docs/stores.md says of every store what the store says of itself. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { storesTable } from './storesDoc.ts';

it('docs/stores.md has the table of all stores', async () => {
  const doc = readFileSync(new URL('../../docs/stores.md', import.meta.url), 'utf8');
  expect(doc.split('\n').filter((line) => line.startsWith('| '))).toEqual(await storesTable());
});
