/** The envelope against damage: every single bit, bombs, forged trailers. */
import { createHash, randomBytes } from 'node:crypto';
import { crc32, deflateRawSync, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  closeEnvelope,
  decodeBase64,
  mostPayload,
  openEnvelope,
} from '../../src/codecs/envelope.ts';
import { decodePayload, encodePayload, openRecord } from '../../src/codecs/index.ts';
import { UnreadableError } from '../../src/errors.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';

const content = Buffer.from(JSON.stringify({ text: 'a release '.repeat(40), number: 42 }));

const release: Release = {
  helm: 3,
  name: 'web',
  namespace: 'apps',
  revision: 7,
  info: {
    firstDeployed: '2020-01-02T03:04:05.123456789Z',
    lastDeployed: '2020-01-02T03:04:05Z',
    deleted: '',
    description: 'Install complete',
    status: 'deployed',
    notes: 'ready',
  },
  config: null,
  manifest: 'kind: ConfigMap\n',
  hooks: [],
};

const record: ReleaseRecord = {
  kind: 'Secret',
  namespace: 'apps',
  key: 'sh.helm.release.v1.web.v7',
  labels: { owner: 'helm', name: 'web', version: '7', status: 'deployed' },
  payload: encodePayload('helm3', release),
};

function base64(data: Uint8Array): string {
  return Buffer.from(data).toString('base64');
}

test('what is closed opens to the same bytes, and closing is repeatable', () => {
  const payload = closeEnvelope(content);
  expect(Buffer.from(openEnvelope(payload)).equals(content)).toBe(true);
  expect(closeEnvelope(content)).toBe(payload);
});

test('the gzip header holds no time, no name and no operating system', () => {
  const header = Buffer.from(closeEnvelope(content), 'base64').subarray(0, 10);
  expect([...header]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
});

test('what comes near the size limit is packed as well as Helm packs it', () => {
  // 300 KB of digits without a pattern, then long repeats that only a long search finds best.
  const digits = Array.from({ length: 40_000 }, (_, i) =>
    createHash('md5').update(`${i}`).digest('hex'),
  );
  const large = Buffer.from(digits.join(digits[0]));
  const best = gzipSync(large, { level: 9 }).toString('base64');
  expect(best.length).toBeGreaterThan(512 * 1024);
  expect(closeEnvelope(large).length).toBe(best.length);
});

/** Whatever the pieces and their order, the payload opens to one text, within the size foretold. */
test('pieces are packed into one payload, shared ones once', () => {
  const shared = { shared: randomBytes(3000) };
  const pieces = [content, shared, Buffer.alloc(0), shared, randomBytes(70_000)] as const;
  const payload = closeEnvelope(...pieces);
  const whole = Buffer.concat(pieces.map((piece) => ('shared' in piece ? piece.shared : piece)));
  expect(Buffer.from(openEnvelope(payload)).equals(whole)).toBe(true);
  expect(payload.length).toBeLessThanOrEqual(mostPayload(pieces));
  expect(gunzipSync(Buffer.from(payload, 'base64')).equals(whole)).toBe(true);
  expect(closeEnvelope(...pieces)).toBe(payload);
});

test('nothing takes more than what was foretold', () => {
  for (const size of [0, 1, 5, 100, 65_535, 65_536, 400_000, 1_000_000])
    for (const bytes of [randomBytes(size), Buffer.alloc(size, 'a')])
      expect(closeEnvelope(bytes).length).toBeLessThanOrEqual(mostPayload([bytes]));
});

test('a payload from before Helm compressed them is taken as it is', () => {
  expect(Buffer.from(openEnvelope(base64(content))).equals(content)).toBe(true);
});

test('line breaks in base64 are passed over, as Go passes over them', () => {
  const wrapped = base64(gzipSync(content)).replace(/(.{60})/g, '$1\r\n');
  expect(Buffer.from(openEnvelope(wrapped)).equals(content)).toBe(true);
});

describe('every single bit', () => {
  test('of the gzip data: refused, or the same content', () => {
    const packed = gzipSync(content, { level: 9 });
    const outcomes = { refused: 0, same: 0, wrong: 0 };
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const damaged = Buffer.from(packed);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        // Without its magic bytes it passes for plain content, which no codec takes for a release.
        const opened = openEnvelope(base64(damaged));
        if (Buffer.from(opened).equals(content)) outcomes.same++;
        else decodePayload(base64(damaged));
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableError);
        outcomes.refused++;
        continue;
      }
      if (!Buffer.from(openEnvelope(base64(damaged))).equals(content)) outcomes.wrong++;
    }
    expect(outcomes.wrong).toBe(0);
    // Only the header holds bits without a meaning: time, extra flags, operating system.
    expect(outcomes.same).toBeLessThanOrEqual(8 * 8);
    expect(outcomes.refused).toBe(packed.length * 8 - outcomes.same);
  });

  test('of the stored text: refused, or the same release', () => {
    const text = Buffer.from(record.payload);
    let refused = 0;
    for (let bit = 0; bit < text.length * 8; bit++) {
      const damaged = Buffer.from(text);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const opened = openRecord({ ...record, payload: damaged.toString('latin1') });
      if ('unreadable' in opened) refused++;
      else expect(opened.release).toEqual(release);
    }
    expect(refused).toBeGreaterThan(text.length * 7);
  });

  test('of the key and the labels: refused, or the same release', () => {
    const flips = (text: string) =>
      Array.from({ length: text.length * 8 }, (_, bit) => {
        const damaged = Buffer.from(text);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return damaged.toString('latin1');
      });
    const damagedRecords = [
      ...flips(record.key).map((key) => ({ ...record, key })),
      ...Object.entries(record.labels).flatMap(([name, value]) =>
        flips(value).map((flipped) => ({
          ...record,
          labels: { ...record.labels, [name]: flipped },
        })),
      ),
    ];
    for (const damaged of damagedRecords) {
      const opened = openRecord(damaged);
      if (!('unreadable' in opened)) expect(opened.release).toEqual(release);
    }
  });
});

test('every cut is refused', () => {
  const packed = gzipSync(content);
  for (let length = 4; length < packed.length; length++)
    expect(() => openEnvelope(base64(packed.subarray(0, length)))).toThrow(UnreadableError);
});

describe('size', () => {
  const limits = { maxBytes: 1024 * 1024 };

  test('a bomb stops at the ceiling', () => {
    const bomb = base64(gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    const before = process.memoryUsage().rss;
    expect(() => openEnvelope(bomb, limits)).toThrow('it unpacks to more than 1 MiB');
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1024 * 1024);
  });

  test('a trailer that claims 4 GiB, or nothing, is refused', () => {
    for (const size of [0xffffffff, 0]) {
      const trailer = Buffer.alloc(8);
      trailer.writeUInt32LE(crc32(content), 0);
      trailer.writeUInt32LE(size, 4);
      const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
      const forged = Buffer.concat([header, deflateRawSync(content), trailer]);
      expect(() => openEnvelope(base64(forged), limits)).toThrow('the gzip length is wrong');
    }
  });

  test('base64 that is too long is refused before it is decoded', () => {
    expect(() => decodeBase64('A'.repeat(4 * 1024 * 1024), limits)).toThrow('more than 1 MiB');
  });
});

test.each([
  ['', 'it is empty'],
  ['H4sI', 'it is neither'],
  ['not base64!', 'it is not base64'],
  ['YWJj-_', 'it is not base64'],
  ['YWJ', 'it is not base64'],
])('%j is refused', (payload, reason) => {
  expect(() => decodePayload(payload)).toThrow(reason);
});

test.each([
  [Buffer.from('more'), 'its gzip data is damaged'],
  // node:zlib alone would pass over zeros.
  [Buffer.alloc(3), 'there is more after its gzip data'],
])('what follows the gzip data is refused, as Go refuses it', (more, reason) => {
  const trailing = Buffer.concat([gzipSync(content), more]);
  expect(() => openEnvelope(base64(trailing))).toThrow(reason);
});

test('a wrong checksum is called that', () => {
  const packed = gzipSync(content);
  packed[packed.length - 8] = (packed[packed.length - 8] ?? 0) ^ 1;
  expect(() => openEnvelope(base64(packed))).toThrow('the gzip checksum is wrong');
});
