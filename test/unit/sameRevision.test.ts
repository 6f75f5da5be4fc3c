/** When two records are the same revision, and when one is only the other one written again. */
import { describe, expect, test } from 'vitest';
import { openRecord } from '../../src/codecs/index.ts';
import { JsonNumber } from '../../src/json.ts';
import {
  isRewritten,
  type Opened,
  revisionDifference,
} from '../../src/migrate/compare/sameRevision.ts';
import { isBad } from '../../src/record.ts';
import type { Hook, Release } from '../../src/release.ts';
import { type Sketch, sketchRecord, sketchRelease } from './cli-records.ts';
import { helm2 } from './migrations.ts';

type Labels = { readonly [name: string]: string };

function three(change: Partial<Release> = {}, labels: Labels = {}, sketch: Sketch = {}): Opened {
  const record = sketchRecord(sketch);
  return {
    record: { ...record, labels: { ...record.labels, ...labels } },
    release: { ...sketchRelease(sketch), ...change },
  };
}

function two(status: string, labels: Labels, change: Partial<Release> = {}): Opened {
  const record = helm2('web', 2, change);
  const opened = openRecord(record);
  if (isBad(opened)) throw new Error(opened.unreadable);
  const { release } = opened;
  return {
    record: { ...record, labels: { ...record.labels, ...labels } },
    release: { ...release, ...(release.info && { info: { ...release.info, status } }) },
  };
}

const differs = revisionDifference;
const info = sketchRelease({}).info;
const withInfo = (change: object): Partial<Release> =>
  info ? { info: { ...info, ...change } } : {};

describe('a status label', () => {
  test.each<[string, Labels, string, string | undefined]>([
    ['that follows the content', { STATUS: 'PENDING_INSTALL' }, 'pending-install', undefined],
    ['of Helm 2, in its words', { STATUS: 'DELETED' }, 'uninstalled', undefined],
    ['likewise on the way', { STATUS: 'DELETING' }, 'uninstalling', undefined],
    ['that says otherwise', { STATUS: 'FAILED' }, 'deployed', 'status label'],
  ])('%s', (_, labels, status, difference) => {
    const wanted = two('deployed', { STATUS: 'DEPLOYED' });
    expect(differs(two(status, labels), wanted)).toBe(difference);
  });

  test('of Helm 3 is in no word of Helm 2', () => {
    const there = three(withInfo({ status: 'uninstalled' }), { status: 'deleted' });
    expect(differs(there, three())).toBe('status label');
  });

  test('that neither has is the same, and one that both have is while the contents agree', () => {
    const superseded = withInfo({ status: 'superseded' });
    const none = ({ record, release }: Opened): Opened => {
      const { status: _, ...labels } = record.labels as Labels;
      return { record: { ...record, labels }, release };
    };
    expect(differs(none(three(superseded)), none(three()))).toBeUndefined();
    const failed = { status: 'failed' };
    expect(differs(three({}, failed), three({}, failed))).toBeUndefined();
    expect(differs(three(superseded, failed), three({}, failed))).toBe('status label');
  });

  test('of a release that says nothing of its state', () => {
    const { info: _, ...bare } = three().release;
    const silent = (labels: Labels): Opened => ({
      record: three({}, labels).record,
      release: bare,
    });
    expect(differs(silent({ status: 'failed' }), silent({ status: 'failed' }))).toBeUndefined();
    expect(differs(silent({ status: 'failed' }), silent({ status: 'x' }))).toBe('status label');
  });
});

describe('labels that pass', () => {
  test.each(['CREATED_AT', 'MODIFIED_AT', 'VERSION'])('%s of Helm 2', (label) => {
    expect(differs(two('deployed', { [label]: '7' }), two('deployed', { [label]: '9' }))).toBe(
      undefined,
    );
  });

  test('only its times differ where it was written again', () => {
    for (const label of ['CREATED_AT', 'MODIFIED_AT']) {
      const [a, b] = [two('superseded', { [label]: '7' }), two('superseded', { [label]: '9' })];
      expect(isRewritten(a, b)).toBe(true);
    }
    expect(isRewritten(two('superseded', { TEAM: 'a' }), two('superseded', { TEAM: 'b' }))).toBe(
      false,
    );
  });

  test('one of another type is none that was written again', () => {
    const there = three();
    const other = { ...there, record: { ...there.record, type: 'example.com/other' } };
    expect(isRewritten(there, there)).toBe(true);
    expect(isRewritten(other, there)).toBe(false);
  });
});

describe('what Helm 3 and Helm 4 write differently, and mean the same by', () => {
  const chart = sketchRelease({}).chart;
  const modTime = '2026-11-21T00:00:00Z';
  const files = [{ name: 'README.md', data: Buffer.from('x') }];
  const of = (change: object): Partial<Release> =>
    chart ? { chart: { ...chart, ...change } } : {};
  const hook: Hook = {
    ...{ name: 'h', kind: 'Job', path: 'h.yaml', manifest: '', events: [], weight: 0 },
    deletePolicies: [],
  };
  const zero = '0001-01-01T00:00:00Z';

  test.each<[string, Partial<Release>, Partial<Release>]>([
    [
      'when files were changed',
      of({
        files: files.map((file) => ({ ...file, modTime })),
        templates: files,
        modTime,
        schemaModTime: modTime,
      }),
      of({ files, templates: files }),
    ],
    ['no files', of({ files: null }), of({ files: null, modTime })],
    ['an empty config', { config: { json: {} } }, { config: null }],
    [
      '1 for 1.0',
      { config: { json: { a: new JsonNumber('1.0') } } },
      { config: { json: { a: 1 } } },
    ],
    ['the time zero', withInfo({ firstDeployed: zero }), withInfo({ firstDeployed: '' })],
    [
      'a hook that never ran',
      { hooks: [hook] },
      { hooks: [{ ...hook, lastRun: { startedAt: zero, phase: '' } }] },
    ],
  ])('%s', (_, one, other) => {
    expect(differs(three(one), three(other))).toBeUndefined();
    expect(isRewritten(three(one), three(other))).toBe(true);
  });

  test.each<[string, Partial<Release>, Partial<Release>]>([
    ['a file', of({ files }), of({ files: [{ name: 'README.md', data: Buffer.from('y') }] })],
    ['the values of a config', { config: { json: { a: 1 } } }, { config: { json: { a: 2 } } }],
    ['a config that isn’t empty', { config: { json: { a: 1 } } }, { config: null }],
    ['a time', withInfo({ firstDeployed: modTime }), withInfo({ firstDeployed: '' })],
    ['the chart’s values', of({ values: { json: { a: 1 } } }), of({ values: { json: { a: 2 } } })],
  ])('and not: %s', (_, one, other) => {
    expect(differs(three(one), three(other))).toBe('content');
  });

  test('how a hook ran is no other revision, and another writing', () => {
    const ran = { ...hook, lastRun: { startedAt: modTime, completedAt: modTime, phase: 'Failed' } };
    const passed = { ...ran, lastRun: { ...ran.lastRun, phase: 'Succeeded' } };
    expect(differs(three({ hooks: [ran] }), three({ hooks: [passed] }))).toBeUndefined();
    expect(isRewritten(three({ hooks: [ran] }), three({ hooks: [passed] }))).toBe(false);
    expect(isRewritten(three({ hooks: [ran] }), three({ hooks: [hook] }))).toBe(false);
  });
});
