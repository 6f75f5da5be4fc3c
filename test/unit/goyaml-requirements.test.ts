import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readLock, readRequirements } from '../../src/codecs/helm2/requirements.ts';
import { goJson, sortedKeys } from '../../src/go/json/write.ts';
import { normalizeTime } from '../../src/go/time/parse.ts';
import type { Json } from '../../src/json.ts';
import type { Dependency } from '../../src/release.ts';

interface Answer {
  readonly json?: string;
  readonly error?: string;
}
/** What the program in test/oracle/yaml/requirements printed for a file. */
interface Case {
  readonly theme: string;
  readonly doc?: string;
  readonly base64?: string;
  readonly requirements: Answer;
  readonly lock: Answer;
}
const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../fixtures/yaml/requirements.json', import.meta.url), 'utf8'),
);

function bytesOf({ doc, base64 }: Case): Uint8Array {
  return doc === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(doc);
}

function isFilled(value: Json): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== '' && value !== false;
}

/** With Helm 3's names, and without what its encoder leaves out. */
function inGo(entries: readonly (Dependency | null)[] | null): Json {
  if (entries === null) return null;
  return entries.map((entry) => {
    if (entry === null) return null;
    const { name, repository, version, condition, tags, enabled, importValues, alias } = entry;
    const optional = { version, condition, tags, enabled, 'import-values': importValues, alias };
    const filled = Object.entries(optional).filter(([, value]) => isFilled(value));
    return { name, repository, ...Object.fromEntries(filled) };
  });
}

/** Go writes structs in their own order; the comparison is without it. */
function sorted(json: string | undefined): string {
  return json === undefined ? 'refused' : goJson(JSON.parse(json));
}

function requirementsOf(bytes: Uint8Array): string {
  const entries = readRequirements(bytes);
  return entries === undefined ? 'refused' : goJson(inGo(entries));
}

function lockOf(bytes: Uint8Array): string {
  const lock = readLock(bytes);
  if (lock === undefined) return 'refused';
  const { generated, digest, dependencies } = lock;
  return goJson({ generated, digest, dependencies: inGo(dependencies) });
}

describe.each([...new Set(cases.map((item) => item.theme))])('as Helm 3 reads: %s', (theme) => {
  const themed = cases.filter((item) => item.theme === theme);

  it('requirements.yaml', () => {
    const different = themed
      .map((item) => ({
        doc: item.doc ?? item.base64,
        want: sorted(item.requirements.json),
        got: requirementsOf(bytesOf(item)),
      }))
      .filter(({ want, got }) => want !== got);
    expect(different).toEqual([]);
  });

  it('requirements.lock', () => {
    // A file without content leaves Helm without a lock, which is `undefined` here.
    const different = themed
      .map((item) => ({
        doc: item.doc ?? item.base64,
        want: sorted(item.lock.json).replace(/^null$/, 'refused'),
        got: lockOf(bytesOf(item)),
      }))
      .filter(({ want, got }) => want !== got);
    expect(different).toEqual([]);
  });
});

describe('requirements', () => {
  it('has enough documents', () => {
    expect(cases.length).toBeGreaterThan(200);
  });

  it('keeps every entry, whole', () => {
    const text = 'dependencies:\n- name: a\n  version: 1.10\n  tags: [x, 1]\n  enabled: yes\n-\n';
    expect(readRequirements(Buffer.from(text))).toEqual([
      {
        name: 'a',
        version: '1.1',
        repository: '',
        condition: '',
        tags: ['x', '1'],
        enabled: true,
        importValues: [],
        alias: '',
      },
      null,
    ]);
  });

  it('keeps hostile names within import-values as names', () => {
    const text = 'dependencies: [{name: a, import-values: [{__proto__: {x: 1}, constructor: 2}]}]';
    const value = readRequirements(Buffer.from(text))?.[0]?.importValues[0] ?? null;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(sortedKeys(Object(value))).toEqual(['__proto__', 'constructor']);
  });

  it("keeps the offset of a lock, and Go's digits", () => {
    expect(normalizeTime('2019-05-02T09:11:40.120300000+02:00')).toBe(
      '2019-05-02T09:11:40.1203+02:00',
    );
    expect(normalizeTime('2019-05-02T09:11:40+00:00')).toBe('2019-05-02T09:11:40Z');
    expect(normalizeTime('2019-05-02')).toBeUndefined();
  });
});
