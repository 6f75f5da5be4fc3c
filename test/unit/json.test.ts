/** JSON of records as Go reads it, with all its digits: test/fixtures/json/read.json is Helm 3's own answer. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { decodeHelm3, helm3Text } from '../../src/codecs/helm3/helm3.ts';
import { fromPlain, toPlain } from '../../src/codecs/plain.ts';
import { isReleasesError } from '../../src/errors.ts';
import { jsonNumber, parseJson, repeatedMembers } from '../../src/go/json/read.ts';
import { asFloats, goJson, normalNumbers, sameNumber } from '../../src/go/json/write.ts';
import type { Json } from '../../src/json.ts';
import type { Release, Values } from '../../src/release.ts';

interface Reading {
  readonly text: string;
  readonly rewritten?: string;
  readonly error?: string;
}
const readings: Reading[] = JSON.parse(
  readFileSync(new URL('../fixtures/json/read.json', import.meta.url), 'utf8'),
);

function floats(values: Values | null): Values | null {
  return values && 'json' in values ? { json: asFloats(values.json) } : values;
}

/**
 * What Helm writes once it has read the record: numbers are float64, an empty config and what it doesn't
 * know are gone, every hook has a run. Here all of that stays as it was.
 */
function asHelmWrites({ unknown: _, ...release }: Release): string {
  const { chart, config, hooks } = release;
  const some = config && 'json' in config && Object.keys(config.json).length > 0;
  const run = { startedAt: '', completedAt: '', phase: '' };
  const dependencies = chart?.metadata?.dependencies.map(
    (one) => one && { ...one, importValues: asFloats(one.importValues as Json[]) },
  );
  return helm3Text({
    ...release,
    config: some ? floats(config) : null,
    hooks: hooks.map((hook) => ({ ...hook, lastRun: { ...run, ...hook.lastRun } })),
    ...(chart && {
      chart: {
        ...chart,
        values: floats(chart.values),
        metadata: chart.metadata && { ...chart.metadata, dependencies: dependencies ?? [] },
      },
    }),
  });
}

/** Where Helm reads something that it breaks off at later, it is refused here. */
const useless = /"(hooks|files)":\[null\]|^null$/;

function read(text: string): Release | string {
  try {
    return decodeHelm3(Buffer.from(text));
  } catch (error) {
    if (isReleasesError(error, 'UNREADABLE')) return error.message;
    throw error;
  }
}

describe('a record of any spelling is what Helm reads', () => {
  test('there are enough of them', () => {
    expect(readings.filter(({ error }) => error).length).toBeGreaterThan(30);
    expect(readings.filter(({ error }) => !error).length).toBeGreaterThan(50);
  });

  test.each(readings)('$text', ({ text, rewritten, error }) => {
    const release = read(text);
    if (error !== undefined || useless.test(text)) expect(release).toBeTypeOf('string');
    else {
      if (typeof release === 'string') throw new Error(release);
      expect(asHelmWrites(release)).toBe(rewritten);
    }
  });
});

const digits = fc.stringMatching(/^[0-9]{1,25}$/);
/** Numbers by JSON's grammar, in every spelling. */
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,22}$/)),
    fc.oneof(
      fc.constant(''),
      digits.map((text) => `.${text}`),
    ),
    fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][-+]?[0-9]{1,2}$/)),
  )
  .map((parts) => parts.join(''));
const name = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('__proto__', 'a', '1', 'json'));
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    number,
    fc.constantFrom('null', 'true', 'false', '{}', '[]'),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[ ${items.join(' , ')}]`),
    fc
      .array(fc.tuple(name, tie('value')), { maxLength: 4 })
      .map((all) => `{${all.map(([key, one]) => `${JSON.stringify(key)} : ${one}`).join(',\n')} }`),
  ),
}));

/** Numbers outside of texts, as they are written. */
function numbersIn(json: string): readonly string[] {
  const bare = json.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return [...bare.matchAll(/-?[0-9][-+.0-9eE]*/g)].map(([text]) => text).sort();
}

describe('any JSON', () => {
  it('is what JSON.parse makes of it, but for digits', () => {
    fc.assert(
      fc.property(value, (text) => {
        expect(asFloats(parseJson(Buffer.from(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is refused where JSON.parse refuses it', () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.string({ maxLength: 2 }), (text, at, put) => {
        const cut = at % (text.length + 1);
        const damaged = text.slice(0, cut) + put + text.slice(cut + put.length);
        let sound = true;
        try {
          JSON.parse(damaged.toWellFormed());
        } catch {
          sound = false;
        }
        const refused = () => parseJson(Buffer.from(damaged));
        if (sound) expect(refused).not.toThrow();
        else expect(refused).toThrow(/damaged/);
      }),
    );
  });

  it('keeps the digits of a release there and back, and then stays as it is', () => {
    fc.assert(
      fc.property(value, value, fc.boolean(), (config, values, lastly) => {
        const text =
          `{"name":"a","version":3,"config":{"c":${config}},` +
          `"chart":{"values":{"v":${values}}}${lastly ? ',"odd":1.50' : ''}}`;
        const release = read(text);
        if (typeof release === 'string') return; // an exponent too large, in no other case
        const once = helm3Text(
          fromPlain(parseJson(Buffer.from(goJson(toPlain(release)))) as never),
        );
        expect(once).toBe(helm3Text(release));
        expect(helm3Text(decodeHelm3(Buffer.from(once)))).toBe(once);
        // Of members that come twice, the last one is read, as in Go.
        if (!hasRepeated(parseJson(Buffer.from(text))))
          expect(numbersIn(once)).toEqual(numbersIn(text));
      }),
    );
  });

  it('has numbers that are one although they are written in two ways, and others that are not', () => {
    const one = [jsonNumber('1'), jsonNumber('1.0'), jsonNumber('10e-1'), jsonNumber('0.001E3')];
    for (const a of one) for (const b of one) expect(sameNumber(a, b)).toBe(true);
    const all = ['9007199254740993', '9007199254740992', '-1', '0', '1e400', '1e401', '1.5'];
    for (const a of all)
      for (const b of all) expect(sameNumber(jsonNumber(a), jsonNumber(b))).toBe(a === b);
    expect(sameNumber(jsonNumber('-0'), jsonNumber('0.0e5'))).toBe(true);
    const spelt = parseJson(Buffer.from('{"a":[1.0,1e3,-0,9007199254740993,0.10,12e30]}'));
    expect(goJson(normalNumbers(spelt))).toBe('{"a":[1,1000,0,9007199254740993e0,0.1,1.2e+31]}');
  });
});

function hasRepeated(json: Json): boolean {
  if (typeof json !== 'object' || json === null) return false;
  const own = !Array.isArray(json) && repeatedMembers(json as never) !== undefined;
  return own || Object.values(json).some((one) => hasRepeated(one as Json));
}
