/**
 * A hundred secrets of known kinds and a thousand harmless values, in every place that a chart has for them: no
 * secret is shown, and of the harmless ones at most two in a hundred are hidden. The held-out corpus has other
 * kinds of both, and the same bounds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDirectory } from '../../src/storage/directory.ts';
import { harmlessValues } from '../secrets/harmless.ts';
import { heldOutHarmless, heldOutSecrets } from '../secrets/heldOut.ts';
import { knownSecrets } from '../secrets/known.ts';
import type { Secret } from '../secrets/made.ts';
import { type PlaceName, placeNames, releaseOf, shownOf, standsIn } from '../secrets/places.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

const empty = releaseOf([], new Set());
const base64 = (text: string) => Buffer.from(text).toString('base64');
const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

/** What a Secret of a chart holds beside its password: none of it hides a word of anything else. */
const ordinary = {
  ...{ host: 'db.prod.example.com', username: 'postgres', port: '5432', database: 'inventory' },
  ...{ DB_USERNAME: 'scheduler', bucket: 'shop-backups', level: 'info', mode: 'production' },
  ...{
    endpoint: 'https://s3.eu-west-1.amazonaws.com',
    email: 'billing@example.com',
    realm: 'reports',
  },
  ...{ path: '/etc/billing/config.yaml', POSTGRES_DB: 'checkout', client: 'frontend' },
  'app.ini':
    '[db]\nhost = db.prod.example.com\nname = catalog-inventory\nlevel = production\nport = 8080\n',
};

/** A name tells, or the text does. In notes there are no names. */
const placed = ({ name = 'setting', value }: Secret) => ({ name, value });
const isTold = ({ name }: Secret, place: PlaceName) => name === undefined || place !== 'notes';

it('has what it says', () => {
  expect(knownSecrets).toHaveLength(100);
  expect(new Set(knownSecrets.map(({ kind }) => kind)).size).toBe(100);
  expect(harmlessValues).toHaveLength(1000);
  expect(heldOutSecrets.length).toBeGreaterThanOrEqual(100);
  expect(heldOutHarmless).toHaveLength(1000);
});

describe.each([
  { corpus: 'known', secrets: knownSecrets, harmless: harmlessValues },
  { corpus: 'held out', secrets: heldOutSecrets, harmless: heldOutHarmless },
])('of the corpus $corpus', ({ secrets, harmless }) => {
  it.each(placeNames)('no secret is shown in %s', (place) => {
    const told = secrets.filter((one) => isTold(one, place));
    const shown = told.filter((one) => {
      const { text } = shownOf(empty, releaseOf([placed(one)], new Set([place])));
      return text.includes(inJson(one.secret)) || text.includes(base64(one.secret));
    });
    expect(shown.map(({ kind }) => kind)).toEqual([]);
  });

  it('what a Secret holds is shown nowhere, however it is written', () => {
    const shown = secrets.filter(({ secret }) => {
      const written = {
        itself: secret,
        within: `see ${secret} there`,
        large: secret.toUpperCase(),
        json: JSON.stringify({ a: secret }),
        code: base64(secret),
        url: `https://x.example.com/?q=${encodeURIComponent(secret)}`,
        html: `<b>${secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</b>`,
      };
      const values = Object.entries(written).map(([name, value]) => ({ name, value }));
      const { text } = shownOf(empty, releaseOf(values, new Set(['config']), { a: secret }));
      return (
        Object.values({ ...written, url: encodeURIComponent(secret) }).some((one) =>
          text.includes(inJson(one)),
        ) || text.toLowerCase().includes(inJson(secret).toLowerCase())
      );
    });
    expect(shown.map(({ kind }) => kind)).toEqual([]);
  });

  it.each(placeNames.filter((place) => place !== 'notes'))(
    'at most 2 %% of what is harmless is hidden in %s',
    (place) => {
      const after = releaseOf(harmless, new Set([place]), ordinary);
      const hidden = standsIn(after, harmless, place).flatMap((text, at) =>
        text === undefined || text.includes('(hidden')
          ? [`${harmless[at]?.name}: ${harmless[at]?.value}`]
          : [],
      );
      expect(hidden.slice(20)).toEqual([]);
    },
  );
});

it('no format shows one, nor does the note, which counts them', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'corpus-'));
  try {
    const storage = await openDirectory(dir, { create: true });
    const values = knownSecrets.map(placed);
    const told = new Set(placeNames.filter((place) => place !== 'notes'));
    const { config, manifest } = releaseOf(values, told, { held: 'of-a-Secret-7' });
    const sketch = {
      hooks: [],
      manifest,
      notes: knownSecrets
        .filter(({ name }) => !name)
        .map(({ value }) => value)
        .join('\n'),
    };
    await storage.create(sketchRecord({ hooks: [], manifest: '', revision: 1 }));
    await storage.create(sketchRecord({ ...sketch, config: config as never, revision: 2 }));
    for (const format of ['fields', 'unified', 'json', 'yaml']) {
      const { out, err } = await runCli([
        'diff',
        'billing',
        '--storage',
        `dir:${dir}`,
        '-o',
        format,
      ]);
      for (const { kind, secret } of knownSecrets) {
        const line = secret.split('\n')[0] ?? '';
        expect([kind, out.includes(line), err.includes(line)]).toEqual([kind, false, false]);
      }
      expect(out.includes('of-a-Secret-7')).toBe(false);
      // In each of five places, the Secret's own, and the notes; the screen of fields shows values and notes alone.
      const count = format === 'fields' ? 101 : 502;
      expect(err).toMatch(
        new RegExp(
          `^note: hid ${count} values: [^\\n]* and ${count - 6} more; --show-secrets shows them\\n$`,
        ),
      );
      if (format === 'json') expect(JSON.parse(out).hidden).toHaveLength(count);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
