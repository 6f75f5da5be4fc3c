/**
 * The conversion against 134 records with what helm-2to3 makes of each, byte for byte. Where we
 * convert better on purpose, the case is named here with the difference.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeHelm2 } from '../../src/codecs/helm2/decode.ts';
import { encodeHelm2 } from '../../src/codecs/helm2/encode.ts';
import { decodeHelm3, encodeHelm3 } from '../../src/codecs/helm3/helm3.ts';
import { convertToHelm3 } from '../../src/migrate/helm2to3/convert.ts';
import type { Release } from '../../src/release.ts';

interface Golden {
  readonly name: string;
  readonly protobuf: string;
  readonly want?: string;
  readonly error?: string;
}

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/helm-2to3.json', import.meta.url), 'utf8'),
) as readonly Golden[];

/** What a user reads where helm-2to3 fails, crashes or prints a Go error. */
const refusals: { readonly [name: string]: RegExp } = {
  'status code out of range': /^Helm 2 has no status 42$/,
  'no status': /^it has no status$/,
  'no info': /^it has no info/,
  'no chart': /^it has no chart$/,
  'hook event out of range': /^Helm 2 has no hook event /,
  'last deployed year 10000': /outside the years 1 to 9999$/,
  'last deployed negative nanos': /nanoseconds out of range$/,
  'last deployed nanos too big': /nanoseconds out of range$/,
  "chart values that don't parse": /^the chart's values can't be read: /,
  truncated: /protobuf is damaged$/,
  empty: /^it has no info/,
  'invalid UTF-8 in a string': /protobuf is damaged$/,
};

/** helm-2to3 fails on a part that a Helm 3 record doesn't hold; the rest converts. */
const convertsBetter = new Set(["subchart values that don't parse"]);

/** requirements.yaml and requirements.lock fill `dependencies` and `lock`, as Helm 3's loader does. */
const filledFromRequirements = new Set(['requirements and lock']);

function convert(item: Golden): Release {
  return convertToHelm3(decodeHelm2(Buffer.from(item.protobuf, 'base64'))).release;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

/** helm-2to3 leaves an empty apiVersion empty; Helm 3's loader, and we, make it v1. */
function withApiVersion(json: string): string {
  const release = decodeHelm3(Buffer.from(json));
  const { chart } = release;
  if (!chart?.metadata) return json;
  const metadata = { ...chart.metadata, apiVersion: chart.metadata.apiVersion || 'v1' };
  return text(encodeHelm3({ ...release, chart: { ...chart, metadata } }));
}

describe('what helm-2to3 converts, we convert to the same bytes', () => {
  const cases = golden.filter(
    ({ want, name }) => want !== undefined && !filledFromRequirements.has(name),
  );
  test('the file has its cases', () => expect(golden).toHaveLength(134));
  test.each(cases)('$name', (item) => {
    expect(text(encodeHelm3(convert(item)))).toBe(withApiVersion(item.want ?? ''));
  });
});

describe('what helm-2to3 refuses or crashes on, we refuse with a reason', () => {
  const cases = golden.filter(({ want, name }) => want === undefined && !convertsBetter.has(name));
  test.each(cases)('$name', (item) => {
    const reason = refusals[item.name] ?? /^the user-supplied values can't be read: /;
    expect(() => convert(item)).toThrow(reason);
  });
});

test("a subchart's values that don't parse don't stop the release: Helm 3 doesn't keep them", () => {
  for (const name of convertsBetter) {
    const item = golden.find((candidate) => candidate.name === name);
    expect(item?.error).toBeDefined();
    expect(item && convert(item).chart?.metadata?.name).toBe('web');
  }
});

test('requirements fill dependencies and lock', () => {
  const item = golden.find(({ name }) => name === 'requirements and lock');
  const { chart } = item ? convert(item) : {};
  expect(chart?.metadata?.dependencies.length).toBeGreaterThan(0);
  expect(chart?.lock?.digest).toMatch(/^sha256:/);
  expect(chart?.files?.map(({ name }) => name)).toContain('requirements.yaml');
});

describe('encode is the inverse of decode', () => {
  test.each(golden.filter(({ want }) => want !== undefined))('Helm 3: $name', ({ want }) => {
    expect(text(encodeHelm3(decodeHelm3(Buffer.from(want ?? ''))))).toBe(want);
  });

  // Go writes fields in number order, each once; these two cases were written by hand otherwise.
  const reordered = new Set(['the same field twice, last wins', 'the same message twice, merged']);
  const readable = golden.filter(({ name, error }) => !error && !reordered.has(name));
  test.each(readable)('Helm 2: $name', ({ protobuf }) => {
    const data = Buffer.from(protobuf, 'base64');
    expect(Buffer.from(encodeHelm2(decodeHelm2(data))).toString('base64')).toBe(protobuf);
  });
});
