/**
 * What a record's key, labels and type say, as each Helm writes and reads them: `makeKey`,
 * pkg/storage/storage.go; `newSecretsObject` and `newConfigMapsObject`, pkg/storage/driver.
 */
import { describe, expect, it, test } from 'vitest';
import {
  bytesOf,
  helm2Labels,
  helm3Labels,
  identify,
  isBad,
  metaOnly,
  namesOf,
  newerFormat,
  ownerOf,
  type RecordMeta,
  recordKey,
  recordPlace,
  refId,
  saidByKey,
  saidByLabels,
  secretTypeOf,
  shownPlace,
  statusLabel,
  unknownRevision,
} from '../../src/record.ts';

const helm3Key = 'sh.helm.release.v1.web.v3';
const meta = (more: Partial<RecordMeta> = {}): RecordMeta => ({
  ...{ kind: 'Secret', namespace: 'apps', key: helm3Key, labels: {} },
  ...more,
});

test('a revision has the key that its Helm gives it', () => {
  expect(recordKey('helm', 'web', 12)).toBe('sh.helm.release.v1.web.v12');
  expect(recordKey('tiller', 'web', 12)).toBe('web.v12');
});

describe('whose record it is before its content is read', () => {
  it.each<[string, 'helm' | 'tiller', Partial<RecordMeta>]>([
    ['Helm 3’s key, whatever its labels', 'helm', { labels: { OWNER: 'TILLER' } }],
    ['a later key of Helm’s', 'helm', { key: 'sh.helm.release.v12.web.v1' }],
    ['a key with no format', 'tiller', { key: 'sh.helm.release.v.web.v1' }],
    ['a key in which Helm’s is not first', 'tiller', { key: 'x.sh.helm.release.v1.web.v1' }],
    ['Helm 2’s key', 'tiller', { key: 'web.v3' }],
    ['Tiller’s label', 'tiller', { key: 'odd', labels: { OWNER: 'TILLER', owner: 'helm' } }],
    ['Helm 3’s label', 'helm', { key: 'web.v3', labels: { owner: 'helm' } }],
    ['another’s labels', 'tiller', { key: 'web.v3', labels: { owner: 'me', OWNER: 'me' } }],
    ['Helm 3’s type', 'helm', { key: 'odd', type: 'helm.sh/release.v1' }],
    ['another type', 'tiller', { key: 'odd', type: 'example.com/helm.sh/' }],
    [
      'labels that somebody named',
      'tiller',
      { key: 'odd', labels: { owner: 'helm' }, anyOwner: true },
    ],
  ])('%s: %s', (_, owner, more) => {
    expect(ownerOf(meta(more))).toBe(owner);
  });
});

describe('what a key says', () => {
  it.each([
    ['helm', helm3Key, 'web', 3],
    ['helm', 'sh.helm.release.v1.a.v2.v10', 'a.v2', 10],
    ['helm', 'sh.helm.release.v123456789.web.v1', 'web', 1],
    ['tiller', 'web.v0', 'web', 0],
    ['tiller', 'web.v-4', 'web', -4],
    ['tiller', 'web.v1234567890', 'web', 1234567890],
    ['tiller', 'we\nb.v1', 'we\nb', 1],
    ['helm', 'sh.helm.release.v1.we\nb.v1', 'we\nb', 1],
  ] as const)('%s %s', (owner, key, name, revision) => {
    expect(saidByKey(owner, key)).toEqual({ name, revision });
  });

  it.each([
    ['helm', 'web.v3'],
    ['helm', 'a.sh.helm.release.v1.web.v3'],
    ['helm', 'sh.helm.release.v1234567890.web.v1'],
    ['helm', 'sh.helm.release.v1.web'],
    ['helm', 'sh.helm.release.v1.v3'],
    ['tiller', helm3Key],
    ['tiller', '.v3'],
    ['tiller', 'web.v03'],
    ['tiller', 'web.v'],
    ['tiller', 'web.v12345678901'],
    ['tiller', 'web.v3x'],
    ['tiller', 'web.v--3'],
  ] as const)('nothing to %s: %s', (owner, key) => {
    expect(saidByKey(owner, key)).toBeUndefined();
  });
});

test('each Helm has labels of its own letters', () => {
  const labels = { owner: 'helm', name: 'a', version: '1', status: 'failed' };
  const old = { OWNER: 'TILLER', NAME: 'b', VERSION: '2', STATUS: 'DEPLOYED' };
  const both = { labels: { ...labels, ...old } };
  expect(saidByLabels('helm', both)).toEqual(labels);
  expect(saidByLabels('tiller', both)).toEqual({
    ...{ owner: 'TILLER', name: 'b', version: '2', status: 'DEPLOYED' },
  });
  expect([...helm3Labels].sort()).toEqual(
    ['createdAt', 'modifiedAt', 'name', 'owner', 'status', 'version'].sort(),
  );
  expect([...helm2Labels].sort()).toEqual(
    ['CREATED_AT', 'MODIFIED_AT', 'NAME', 'OWNER', 'STATUS', 'VERSION'].sort(),
  );
});

describe('which release and revision key and labels say', () => {
  it.each<[string, Partial<RecordMeta>, string, number]>([
    ['the name label before the key', { labels: { name: 'api', version: '7' } }, 'api', 3],
    ['the key where there is no name label', {}, 'web', 3],
    ['the key where the name label is empty', { labels: { name: '' } }, 'web', 3],
    ['the version label where the key is odd', odd({ name: 'api', version: '7' }), 'api', 7],
    ['a version of two digits', odd({ name: 'api', version: '12' }), 'api', 12],
    ['a version below nothing', odd({ name: 'api', version: '-7' }), 'api', -7],
    [
      'any revision, where the version is no number',
      odd({ name: 'api', version: '7a' }),
      'api',
      unknownRevision,
    ],
    [
      'any revision, where its number begins late',
      odd({ name: 'api', version: 'a7' }),
      'api',
      unknownRevision,
    ],
    [
      'any revision, where the version is too long',
      odd({ name: 'api', version: '12345678901' }),
      'api',
      unknownRevision,
    ],
    ['any revision, where nothing says one', odd({ name: 'api' }), 'api', unknownRevision],
  ])('%s', (_, more, name, revision) => {
    expect(identify(meta(more))).toEqual({ owner: 'helm', name, revision });
  });

  it('none where neither names a release', () => {
    const reason = 'its name is not one that Helm gives a record';
    expect(identify(meta(odd({ version: '1' })))).toEqual({ reason });
    expect(identify(meta(odd({ name: '' })))).toEqual({ reason });
  });

  it('each that is named, the label’s first, and once', () => {
    expect(namesOf(meta({ labels: { name: 'api' } }))).toEqual(['api', 'web']);
    expect(namesOf(meta({ labels: { name: 'web' } }))).toEqual(['web']);
    expect(namesOf(meta({ labels: { name: '' } }))).toEqual(['web']);
    expect(namesOf(meta(odd({ name: 'api' })))).toEqual(['api']);
    expect(namesOf(meta({ key: 'web.v1', labels: { NAME: 'api', name: 'db' } }))).toEqual([
      'api',
      'web',
    ]);
  });
});

function odd(labels: { [name: string]: string }): Partial<RecordMeta> {
  return { key: 'odd', labels: { owner: 'helm', ...labels } };
}

describe('a later format', () => {
  const said = (format: string) =>
    `its format, helm.sh/release.${format}, is newer than this program`;
  it.each<[string, Partial<RecordMeta>, string]>([
    ['in the key', { key: 'sh.helm.release.v2.web.v1' }, 'v2'],
    ['of two digits in the key', { key: 'sh.helm.release.v12.web.v1' }, 'v12'],
    ['in the type', { type: 'helm.sh/release.v3' }, 'v3'],
    ['in a type that turns a line', { type: 'helm.sh/release.v\n3' }, 'v\\u000a3'],
    ['in a label', { labels: { 'helm.sh/release-version': 'v4' } }, 'v4'],
    ['in the type beside the key', { type: 'helm.sh/release.next' }, 'next'],
  ])('%s is named', (_, more, format) => {
    expect(newerFormat(meta(more))).toBe(said(format));
  });

  it.each<[string, Partial<RecordMeta>]>([
    ['of Helm 3', { type: 'helm.sh/release.v1', labels: { 'helm.sh/release-version': 'v1' } }],
    ['of Helm 2', { key: 'web.v3', type: 'Opaque' }],
    ['whose type only ends so', { type: 'example.com/helm.sh/release.v2' }],
    ['whose key only has it later', { key: 'x.sh.helm.release.v2.web.v1' }],
    ['of a longer number', { key: 'sh.helm.release.v1234567890.web.v1' }],
  ])('none for a record %s', (_, more) => {
    expect(newerFormat(meta(more))).toBeUndefined();
  });

  it('is cut where it is long', () => {
    const long = newerFormat(meta({ type: `helm.sh/release.${'x'.repeat(100)}` })) ?? '';
    expect(long).toContain('x'.repeat(30));
    expect(long).not.toContain('x'.repeat(41));
  });
});

test('a Secret has its own type, or the one that its Helm gives it', () => {
  expect(secretTypeOf({ key: helm3Key })).toBe('helm.sh/release.v1');
  expect(secretTypeOf({ key: 'web.v3' })).toBe('Opaque');
  expect(secretTypeOf({ key: `a.${helm3Key}` })).toBe('Opaque');
  expect(secretTypeOf({ key: helm3Key, type: 'example.com/x' })).toBe('example.com/x');
});

test('a record is told from one that can’t be read, and each takes its room', () => {
  const good = { ...meta(), payload: 'H4sI' };
  const bad = { ...meta(), unreadable: 'why' };
  expect([isBad(good), isBad(bad)]).toEqual([false, true]);
  expect(bytesOf(good)).toBe(4);
  expect(bytesOf(bad)).toBe(0);
  expect(bytesOf({ ...bad, storedBytes: 9 })).toBe(9);
});

test('what a list of metadata says is all but the payload and the annotations', () => {
  const all: Required<RecordMeta> = {
    ...{ kind: 'Secret', namespace: 'apps', key: helm3Key, labels: { team: 'web' } },
    ...{ type: 't', immutable: true, uid: 'u', resourceVersion: '7', leaving: true },
    ...{ owners: ['HelmRelease web'], finalizers: ['example.com/keep'] },
    ...{
      doubledLabels: ['team'],
      otherData: ['k'],
      anyOwner: true,
      undeletable: 'has it',
      place: 'a.yaml',
    },
  };
  const read = { ...all, payload: 'p', annotations: { note: 'x' } };
  expect(metaOnly(read)).toEqual(all);
  expect(metaOnly({ ...meta(), payload: 'p' } as RecordMeta)).toStrictEqual(meta());
});

test('a record is known by kind, namespace and key', () => {
  expect(refId(meta())).toBe(`Secret/apps/${helm3Key}`);
});

describe('how a record is named', () => {
  it.each<[string, Partial<RecordMeta>]>([
    [`secret apps/${helm3Key}`, {}],
    [`sql -/${helm3Key}`, { kind: 'SQL', namespace: '' }],
    [`secret apps/${helm3Key} (d/a.yaml)`, { place: 'd/a.yaml' }],
    ['file d/a.yaml', { key: 'a.yaml', namespace: '', place: 'd/a.yaml' }],
    ['secret apps/a.yaml (d/a.yaml)', { key: 'a.yaml', place: 'd/a.yaml' }],
    ['secret -/b (d/a.yaml)', { key: 'b', namespace: '', place: 'd/a.yaml' }],
  ])('%s', (said, more) => {
    expect(recordPlace(meta(more))).toBe(said);
  });

  it('is safe to print, and bounded', () => {
    expect(shownPlace(meta({ key: 'a\u001b[2J' }))).not.toContain('\u001b');
    const long = shownPlace(meta({ key: 'k'.repeat(5000) }));
    expect(long.length).toBeLessThan(1100);
    expect(long.length).toBeGreaterThan(900);
  });
});

test('a status label is read in Helm 3’s small letters', () => {
  expect(statusLabel({ labels: { status: 'failed', STATUS: 'DEPLOYED' } })).toBe('failed');
  expect(statusLabel({ labels: { STATUS: 'PENDING_UPGRADE' } })).toBe('pending_upgrade');
  expect(statusLabel({ labels: {} })).toBe('');
});
