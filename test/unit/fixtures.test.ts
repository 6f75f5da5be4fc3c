/**
 * The committed fixtures: what Helm's own libraries wrote, and what it must read as. Helm 2's become
 * Helm 3's, to the byte; Helm 3's and 4's decode and encode to the very text they held.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { openEnvelope } from '../../src/codecs/envelope.ts';
import { decodeHelm3 } from '../../src/codecs/helm3/helm3.ts';
import { codecs, encodePayload, openRecord } from '../../src/codecs/index.ts';
import { UnreadableError } from '../../src/errors.ts';
import { asFloats } from '../../src/go/json/write.ts';
import { convertToHelm3 } from '../../src/migrate/helm2to3/convert.ts';
import type { RecordKind, ReleaseRecord } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';

interface Manifest {
  readonly kind: RecordKind;
  readonly type?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: { readonly [name: string]: string };
  };
  readonly data?: { readonly release?: string };
}

/** One line of an expected.json: see test/fixtures/README.md. */
interface Expectation {
  readonly key: string;
  readonly json?: string;
  /** What the same Helm stores once it has read `json`, where that is another text. */
  readonly rewritten?: string;
  readonly error?: string;
}

const root = fileURLToPath(new URL('../fixtures/', import.meta.url));

function read(helm: string) {
  const folder = join(root, helm);
  const expected: { [file: string]: Expectation[] } = JSON.parse(
    readFileSync(join(folder, 'expected.json'), 'utf8'),
  );
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  expect(Object.keys(expected).sort()).toEqual(files.sort());
  return files.flatMap((file) => {
    const documents = parseAllDocuments(readFileSync(join(folder, file), 'utf8'));
    const manifests = documents.map((document): Manifest => document.toJS());
    const wanted = expected[file] ?? [];
    expect(manifests.map(({ metadata }) => metadata.name)).toEqual(wanted.map(({ key }) => key));
    return manifests.map((manifest, i) => ({
      label: `${file} ${manifest.metadata.name}`,
      record: recordOf(manifest),
      want: wanted[i] ?? { key: '' },
    }));
  });
}

function recordOf({ kind, type, metadata, data }: Manifest): ReleaseRecord {
  const text = data?.release ?? '';
  return {
    kind,
    namespace: metadata.namespace,
    key: metadata.name,
    labels: metadata.labels,
    ...(type === undefined ? {} : { type }),
    payload: kind === 'Secret' ? Buffer.from(text, 'base64').toString('utf8') : text,
  };
}

/** What `make` writes of a record, or undefined where it's refused in our own words. */
function attempt(
  record: ReleaseRecord,
  make: (release: Release) => Uint8Array,
): string | undefined {
  const opened = openRecord(record);
  if ('unreadable' in opened) return undefined;
  try {
    return textOf(make(opened.release));
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableError);
    return undefined;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

/** The JSON; a payload holds the very same, though it is packed in pieces. */
function helm3Json(release: Release): Uint8Array {
  const json = codecs.helm3.encode(release);
  expect(textOf(openEnvelope(encodePayload('helm3', release)))).toBe(textOf(json));
  return json;
}

describe('Helm 2 records convert to what Helm 3 would write', () => {
  const cases = read('helm2');

  test('there are cases of every sort', () => {
    expect(cases.length).toBeGreaterThan(250);
    expect(cases.filter(({ want }) => want.error !== undefined).length).toBeGreaterThan(30);
  });

  test.each(cases)('$label', ({ record, want }) => {
    const json = attempt(record, (release) => helm3Json(convertToHelm3(release).release));
    expect(json).toBe(want.json);
  });
});

/** Helm drops what it doesn't know; here it is carried, behind what Helm knows. */
const carried = /^messages\.yaml .*\.unknown-/;

const odd = / sh\.helm\.release\.v1\.(big-numbers|config-integers)\./;

function numbersIn(json: string | undefined): readonly string[] {
  return [...(json ?? '').matchAll(/[-0-9][-+.0-9e]*/gi)].map(([one]) => one).sort();
}

function floats(json: string | undefined): string {
  const release = decodeHelm3(Buffer.from(json ?? ''));
  const { config } = release;
  return textOf(
    codecs.helm3.encode({
      ...release,
      config: config && 'json' in config ? { json: asFloats(config.json) } : config,
    }),
  );
}

describe.each(['helm3', 'helm4'])('%s records', (helm) => {
  const cases = read(helm);

  test.each(cases)('$label decodes, and encodes as Helm would', ({ label, record, want }) => {
    const json = attempt(record, (release) => {
      expect(textOf(openEnvelope(record.payload))).toBe(want.json);
      return helm3Json(release);
    });
    if (carried.test(label)) expect(JSON.parse(json ?? '')).toEqual(JSON.parse(want.json ?? ''));
    else if (odd.test(label)) {
      // Helm has no integers beyond 2^53 once it has read them, and forgets how a number was written.
      expect(numbersIn(json)).toEqual(numbersIn(want.json));
      expect(floats(json)).toBe(want.rewritten ?? want.json);
    } else expect(json).toBe(want.rewritten ?? want.json);
  });
});

describe('a Helm 2 record that Helm 2 itself wrote encodes to the message it was', () => {
  const byHand = /^(messages|envelopes)\.yaml /;
  const cases = read('helm2').filter(({ label, want }) => want.json && !byHand.test(label));

  test.each(cases)('$label', ({ record }) => {
    const opened = openRecord(record);
    if ('unreadable' in opened) throw new Error(opened.unreadable);
    const message = Buffer.from(codecs.helm2.encode(opened.release));
    expect(message.toString('hex')).toBe(Buffer.from(openEnvelope(record.payload)).toString('hex'));
  });
});
