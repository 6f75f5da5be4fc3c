/** Helm 2's protobuf where Go's reader and writer are particular. */
import { describe, expect, test } from 'vitest';
import { decodeHelm2 } from '../../src/codecs/helm2/decode.ts';
import { encodeHelm2 } from '../../src/codecs/helm2/encode.ts';
import { identify, newerFormat } from '../../src/record.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test.each([
  ['a number of more than 64 bits', '0a0177 38 ffffffffffffffffff02'],
  ['a number without an end', '0a0177 38 ffff'],
  ['a number of eleven bytes', '0a0177 38 ffffffffffffffffffff01'],
  ['a length past the end', '0a05 77'],
  ['field number 0', '0000'],
  ['a group without an end', '0a0177 7b'],
  ['an end without a group', '0a0177 7c'],
  ['text that is not UTF-8', '0a02 c328'],
])('%s is refused', (_, hex) => {
  expect(() => decodeHelm2(bytes(hex))).toThrow('it is not a Helm 2 release');
});

test('charts nested without end stop at a depth', () => {
  let chart: Buffer = Buffer.alloc(0);
  const field = (tag: number, content: Buffer) => {
    const length: number[] = [];
    for (let rest = content.length; ; rest >>>= 7) {
      length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
      if (rest <= 0x7f) break;
    }
    return Buffer.concat([Buffer.from([tag, ...length]), content]);
  };
  for (let depth = 0; depth < 5000; depth++) chart = field(0x1a, chart);
  expect(() => decodeHelm2(field(0x1a, chart))).toThrow('nest deeper than 100 levels');
});

describe('what Tiller wrote is written back to the byte', () => {
  test.each([
    ['an annotation without key and value', '1a09 0a07 8201 04 0a00 1200'],
    ['unknown fields, of every wire type', '0a0177 7805 7a0161 7d01020304 7901020304050607087b7c'],
    ['a known number with another type', '0a0177 0805'],
    ['a negative revision', '0a0177 38ffffffffffffffffff01'],
  ])('%s', (_, hex) => {
    const data = bytes(hex);
    expect(Buffer.from(encodeHelm2(decodeHelm2(data))).toString('hex')).toBe(data.toString('hex'));
  });
});

test('a later format is known by its key', () => {
  const key = 'sh.helm.release.v2.web.v1';
  const reason = 'its format, helm.sh/release.v2, is newer than this program';
  expect(newerFormat({ kind: 'Secret', namespace: 'apps', key, labels: {} })).toBe(reason);
});

test.each([
  ['sh.helm.release.v1.web', 'its name is not one that Helm gives a record'],
  ['web', 'its name is not one that Helm gives a record'],
])('%s has no identity', (key, reason) => {
  const labels = { owner: 'helm' };
  expect(identify({ kind: 'Secret', namespace: 'apps', key, labels })).toEqual({ reason });
});
