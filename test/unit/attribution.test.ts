/** Whose record it is, and what its parts say of one another: the rule of docs/whose-record.md, part by part. */
import { describe, expect, it, test } from 'vitest';
import {
  attribute,
  type Content,
  disagreementText,
  mayHold,
  type Part,
  serious,
  stateOfLabel,
  writerOf,
} from '../../src/attribution.ts';
import type { RecordMeta } from '../../src/record.ts';

const labels = { name: 'web', owner: 'helm', status: 'deployed', version: '3' };
const record: RecordMeta = {
  ...{ kind: 'Secret', namespace: 'apps', key: 'sh.helm.release.v1.web.v3', labels },
  type: 'helm.sh/release.v1',
};
const oldLabels = { NAME: 'web', OWNER: 'TILLER', STATUS: 'DEPLOYED', VERSION: '3' };
const old: RecordMeta = {
  kind: 'ConfigMap',
  namespace: 'tiller',
  key: 'web.v3',
  labels: oldLabels,
};

function content(more: object = {}, status = 'deployed'): Content {
  const info = { status } as NonNullable<Content['info']>;
  return { helm: 3, name: 'web', revision: 3, info, ...more };
}
const labelled = (more: { [name: string]: string | undefined }, of = record): RecordMeta => ({
  ...of,
  labels: Object.fromEntries(
    Object.entries({ ...of.labels, ...more }).filter(([, value]) => value !== undefined),
  ) as RecordMeta['labels'],
});

test('a record as its Helm writes it agrees with itself', () => {
  for (const helm of [3, 4] as const)
    expect(attribute(record, content({ helm }))).toEqual({
      ...{ owner: 'helm', names: ['web'], revision: 3, disagreements: [] },
    });
  expect(attribute(old, content({ helm: 2 }))).toEqual({
    ...{ owner: 'tiller', names: ['web'], revision: 3, disagreements: [] },
  });
  expect(attribute(record)).toMatchObject({ names: ['web'], revision: 3, disagreements: [] });
});

describe('it is of each release that a part names: the label’s, the content’s, the key’s', () => {
  it.each<[string, RecordMeta, Content | undefined, string[]]>([
    ['all three', labelled({ name: 'api' }), content({ name: 'db' }), ['api', 'db', 'web']],
    ['without a name label', labelled({ name: undefined }), content({ name: 'db' }), ['db', 'web']],
    ['with an empty one', labelled({ name: '' }), content(), ['web']],
    ['without a content', labelled({ name: 'api' }), undefined, ['api', 'web']],
    ['with an odd key', { ...record, key: 'odd' }, content(), ['web']],
    ['with none', { ...labelled({ name: undefined }), key: 'odd' }, undefined, []],
  ])('%s', (_, one, inside, names) => {
    expect(attribute(one, inside).names).toEqual(names);
  });
});

describe('its revision is the content’s, else the key’s, else the version label’s', () => {
  it.each<[string, RecordMeta, Content | undefined, number | undefined]>([
    ['the content’s', record, content({ revision: 6 }), 6],
    ['the key’s', labelled({ version: '7' }), undefined, 3],
    ['the label’s', { ...labelled({ version: '7' }), key: 'odd' }, undefined, 7],
    ['nobody’s', { ...labelled({ version: 'x' }), key: 'odd' }, undefined, undefined],
    [
      'nobody’s, without a name',
      { ...labelled({ name: undefined }), key: 'odd' },
      undefined,
      undefined,
    ],
  ])('%s', (_, one, inside, revision) => {
    expect(attribute(one, inside).revision).toBe(revision);
  });
});

describe('parts that disagree', () => {
  it.each<[Part, string, RecordMeta, Content | undefined]>([
    ['name', 'its key names web, its name label names api', labelled({ name: 'api' }), undefined],
    [
      ...(['name', 'its key names web, its name label names web, its content names api'] as const),
      ...([record, content({ name: 'api' })] as const),
    ],
    [
      ...([
        'name',
        'its key names web, its name label names nothing, its content names web',
      ] as const),
      ...([labelled({ name: '' }), content()] as const),
    ],
    ['revision', 'its key says revision 3, its content 6', record, content({ revision: 6 })],
    ['key', 'its name is not one that Helm gives a record', { ...record, key: 'odd' }, content()],
    [
      ...(['owner', 'its owner label names neither Helm nor Tiller'] as const),
      ...([labelled({ owner: 'me' }), content()] as const),
    ],
    [
      ...(['owner', 'its owner label names neither Helm nor Tiller'] as const),
      ...([labelled({ OWNER: 'me' }, old), content({ helm: 2 })] as const),
    ],
    [
      ...(['version label', 'its version label says 7, and it is revision 3'] as const),
      ...([labelled({ version: '7' }), content()] as const),
    ],
    [
      ...(['version label', 'its version label says 7, and it is revision 3'] as const),
      ...([labelled({ version: '7' }), undefined] as const),
    ],
    [
      ...(['status', 'its status label says failed, its content deployed'] as const),
      ...([labelled({ status: 'failed' }), content()] as const),
    ],
  ])('in %s: %s', (part, message, one, inside) => {
    expect(attribute(one, inside).disagreements).toEqual([{ part, message }]);
  });

  it.each<[string, RecordMeta, Content | undefined]>([
    ['no owner label', labelled({ owner: undefined }), content()],
    ['the other Helm’s label beside its own', labelled({ OWNER: 'TILLER' }), content()],
    ['no version label', labelled({ version: undefined }), content()],
    ['no status label', labelled({ status: undefined }), content()],
    ['no content to hold the status against', labelled({ status: 'failed' }), undefined],
    ['a content without a state', record, content({ info: undefined })],
    [
      'Helm 2’s without a status',
      old,
      content({ helm: 2, info: { status: '', hasStatus: false } }),
    ],
    [
      'Helm 2’s word for uninstalled',
      labelled({ STATUS: 'DELETED' }, old),
      content({ helm: 2 }, 'uninstalled'),
    ],
    [
      'an owner that somebody named',
      { ...labelled({ OWNER: 'us' }, old), anyOwner: true },
      content({ helm: 2 }),
    ],
  ])('none: %s', (_, one, inside) => {
    expect(attribute(one, inside).disagreements).toEqual([]);
  });

  it('count for a version that nothing else says', () => {
    expect(attribute({ ...labelled({ version: '7' }), key: 'odd' }).disagreements).toMatchObject([
      { part: 'key' },
    ]);
  });

  it('an owner that somebody named is Helm 2’s alone', () => {
    const named = { ...labelled({ owner: 'us' }), anyOwner: true as const };
    expect(attribute(named, content()).disagreements).toMatchObject([{ part: 'owner' }]);
  });

  it('are safe to print, and bounded', () => {
    const hostile = labelled({
      name: `\u001b${'n'.repeat(200)}`,
      version: `\u001b${'9'.repeat(200)}`,
      status: 's'.repeat(200),
    });
    const text = disagreementText(attribute(hostile, content()).disagreements);
    expect(text).not.toContain('\u001b');
    expect(text.length).toBeLessThan(300);
    expect(text).toMatch(
      /^its key names web, its name label names .*; its version label says .*; its status label/,
    );
    expect(text).toMatch(/n{40}/);
    expect(text).toMatch(/9{10}/);
    expect(text).toMatch(/s{30}/);
  });

  it('are serious but for what Helm reads nowhere', () => {
    const parts: Part[] = ['name', 'revision', 'key', 'owner', 'version label', 'status'];
    const all = parts.map((part) => ({ part, message: part }));
    expect(serious(all).map(({ part }) => part)).toEqual(['name', 'revision', 'key', 'owner']);
    expect(disagreementText([])).toBe('');
  });
});

describe('which Helm would look at a record with such a content', () => {
  it.each<[string, RecordMeta, 'helm' | 'tiller', boolean]>([
    ['Helm 3’s by its key', record, 'helm', true],
    ['Helm 3’s by its key', { ...record, labels: {} }, 'tiller', false],
    ['Helm 3’s by its key alone', { ...old, key: record.key, labels: {} }, 'helm', true],
    [
      'Helm 3’s by its label alone',
      { ...old, key: 'odd', labels: { owner: 'helm' } },
      'tiller',
      false,
    ],
    [
      'nobody’s, and of no type of Helm’s',
      { ...record, key: 'odd', labels: {}, type: 'Opaque' },
      'helm',
      true,
    ],
    ['Helm 3’s key and Tiller’s label', labelled({ OWNER: 'TILLER' }), 'tiller', true],
    ['Helm 2’s', old, 'tiller', true],
    ['Helm 2’s', old, 'helm', false],
    ['Helm 2’s with Helm 3’s label, too', labelled({ owner: 'helm' }, old), 'helm', true],
    ['nobody’s key and labels', { ...old, key: 'odd', labels: {} }, 'helm', true],
    ['Helm 2’s key without labels', { ...old, labels: {} }, 'helm', false],
    ['nobody’s key and Tiller’s label', { ...old, key: 'odd' }, 'helm', false],
    ['nobody’s key and Helm 3’s label', { ...record, key: 'odd' }, 'tiller', false],
    ['nobody’s key and Helm 3’s type', { ...record, key: 'odd', labels: {} }, 'tiller', false],
  ])('%s, for %3$s: %4$s', (_, one, writer, may) => {
    expect(mayHold(one, writer)).toBe(may);
  });
});

test('Helm 4 writes Helm 3’s records', () => {
  expect([2, 3, 4].map((helm) => writerOf({ helm: helm as 2 | 3 | 4 }))).toEqual([
    ...['tiller', 'helm', 'helm'],
  ]);
});

// hapi/release/status.pb.go: UNKNOWN, DEPLOYED, DELETED, SUPERSEDED, FAILED, DELETING, PENDING_INSTALL, …
test.each([
  ['tiller', 'DEPLOYED', 'deployed'],
  ['tiller', 'DELETED', 'uninstalled'],
  ['tiller', 'DELETING', 'uninstalling'],
  ['tiller', 'PENDING_INSTALL', 'pending-install'],
  ['tiller', 'A_B_C', 'a-b-c'],
  ['helm', 'DELETED', 'DELETED'],
  ['helm', 'pending-upgrade', 'pending-upgrade'],
] as const)('%s’s status label %s is %s', (owner, label, state) => {
  expect(stateOfLabel(owner, label)).toBe(state);
});
