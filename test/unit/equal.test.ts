/** What is equal: "is this what I wrote?" and "is this the same revision?", each a table of its own. */
import { describe, expect, it, test } from 'vitest';
import { decodePayload, encodePayload } from '../../src/codecs/index.ts';
import { likenessOf } from '../../src/migrate/compare/likeness.ts';
import { revisionDifference } from '../../src/migrate/compare/sameRevision.ts';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import { differingMeta, digestOf, isSameRecord } from '../../src/sameRecord.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Sketch, sketchRecord, sketchRelease } from './cli-records.ts';
import { helm2, migrate, move, planFor as planFor2to3, withStatus } from './migrations.ts';
import { copying, planFor, relocate } from './relocations.ts';

const written: ReleaseRecord = {
  ...sketchRecord({}),
  labels: { ...sketchRecord({}).labels, createdAt: '100', team: 'pay' },
  annotations: { note: 'ours' },
};

const labelled = (labels: object): ReleaseRecord => ({
  ...written,
  labels: { ...written.labels, ...labels },
});

describe('is this what I wrote?', () => {
  const { team: _, ...teamless } = written.labels as { team: string; owner: string };
  it.each<[string, boolean, ReleaseRecord]>([
    ['the record itself', true, written],
    ['of another uid and version', true, { ...written, uid: 'u', resourceVersion: '7' }],
    ['a label beside ours', true, labelled({ policy: 'audited' })],
    ['an annotation beside ours', true, { ...written, annotations: { note: 'ours', by: 'x' } }],
    ['another payload', false, { ...written, payload: sketchRecord({ notes: 'x' }).payload }],
    ['another status label', false, labelled({ status: 'superseded' })],
    ['another version label', false, labelled({ version: '7' })],
    ['another custom label', false, labelled({ team: 'x' })],
    ['another modifiedAt', false, labelled({ createdAt: '101' })],
    ['a label less', false, { ...written, labels: teamless }],
    ['another type', false, { ...written, type: 'Opaque' }],
    ['immutable', false, { ...written, immutable: true }],
    ['another annotation', false, { ...written, annotations: { note: 'theirs' } }],
    ['an annotation less', false, { ...written, annotations: {} }],
  ])('%s: %s', (_, same, there) => {
    expect(isSameRecord(there, written)).toBe(same);
    const { payload, ...meta } = written;
    expect(isSameRecord(there, { ...meta, sha256: digestOf(payload) })).toBe(same);
  });

  it('takes a Secret without a type for what a store makes of it', () => {
    const { type: _, ...typeless } = written;
    expect(isSameRecord(written, typeless)).toBe(true);
    expect(isSameRecord({ ...written, type: 'Opaque' }, typeless)).toBe(false);
    const { type: __, ...old } = sketchRecord({ helm: 2 }, { kind: 'Secret' });
    expect(isSameRecord({ ...old, type: 'Opaque' }, old)).toBe(true);
  });

  it('asks no type of a ConfigMap, which has none', () => {
    const config = sketchRecord({ helm: 2 }, { kind: 'ConfigMap' });
    expect(isSameRecord({ ...config, type: 'Opaque' }, config)).toBe(true);
    const named = { ...config, key: 'sh.helm.release.v1.billing.v1' };
    expect(isSameRecord({ ...named, type: 'Opaque' }, named)).toBe(true);
  });

  it.each<[string, Partial<ReleaseRecord>]>([
    ['type', { type: 'Opaque' }],
    ['immutable', { immutable: true }],
    ['labels', { labels: {} }],
    ['annotations', { annotations: {} }],
  ])('says what differs beside the payload: its %s', (part, change) => {
    expect(differingMeta({ ...written, ...change, payload: 'another' }, written)).toBe(part);
    expect(differingMeta({ ...written, payload: 'another' }, written)).toBeUndefined();
  });

  it('knows an immutable record as it is', () => {
    const frozen: ReleaseRecord = { ...written, immutable: true };
    expect(isSameRecord(frozen, frozen)).toBe(true);
    expect(isSameRecord(written, frozen)).toBe(false);
  });
});

function opened(record: ReleaseRecord) {
  return { record, release: decodePayload(record.payload) };
}

type Change = (release: Release) => Partial<Release>;

/** A revision as Helm would write it, in the format of any. */
function revision(sketch: Sketch, change: Change, labels: object = {}): ReleaseRecord {
  const release = sketchRelease(sketch);
  const record = sketchRecord(sketch);
  const changed = { ...release, ...change(release) };
  const status = changed.info?.status ?? '';
  const own = release.helm === 2 ? { STATUS: status.toUpperCase() } : { status };
  return {
    ...record,
    labels: { ...record.labels, createdAt: '100', ...own, ...labels },
    payload: encodePayload(release.helm === 2 ? 'helm2' : 'helm3', changed),
  };
}

const fated: Change = ({ info, hooks }) => ({
  ...(info && {
    info: { ...info, status: 'superseded', description: 'x', deleted: '2026-11-21T00:00:00Z' },
  }),
  hooks: hooks.map((hook) => ({
    ...hook,
    lastRun: { startedAt: '2026-11-21T00:00:00Z', completedAt: '', phase: 'Failed' },
  })),
});
const noted: Change = ({ info }) => (info ? { info: { ...info, notes: 'other' } } : {});
const same: Change = () => ({});
/** As Helm 4 writes files, and Helm 3 doesn't. */
const touched: Change = ({ chart }) => {
  const modTime = '2026-11-21T00:00:00Z';
  const files = [{ name: 'README.md', data: Buffer.from('x'), modTime }];
  return chart
    ? { chart: { ...chart, files, templates: files, modTime, schemaModTime: modTime } }
    : {};
};
const untouched: Change = ({ chart }) => {
  const files = [{ name: 'README.md', data: Buffer.from('x') }];
  return chart ? { chart: { ...chart, files, templates: files } } : {};
};

describe('is this the same revision?', () => {
  const plain = revision({}, same);
  it.each<[string, string | undefined, ReleaseRecord, ReleaseRecord]>([
    ['itself', undefined, plain, plain],
    ['its status, description, deletion and hook runs', undefined, revision({}, fated), plain],
    [
      'written by Helm 4, and again by Helm 3',
      undefined,
      revision({}, same),
      revision({ helm: 4 }, same),
    ],
    [
      'with the times of its files, and without',
      undefined,
      revision({}, untouched),
      revision({ helm: 4 }, touched),
    ],
    ['its times', undefined, revision({}, same, { createdAt: '1', modifiedAt: '2' }), plain],
    ['its version label', undefined, revision({}, same, { version: '9' }), plain],
    ['a label beside ours', undefined, revision({}, same, { policy: 'x' }), plain],
    ['its annotations', undefined, plain, { ...plain, annotations: { note: 'x' } }],
    ['its notes', 'content', revision({}, noted), plain],
    ['its values', 'content', revision({ config: { a: 1 } }, same), plain],
    ['its manifest', 'content', revision({ manifest: '' }, same), plain],
    ['its first deployment', 'content', revision({ updated: '2026-11-22T00:00:00Z' }, same), plain],
    ['how it was applied', 'apply method', plain, revision({}, () => ({ applyMethod: 'ssa' }))],
    [
      'how it was applied, once more',
      'apply method',
      revision({}, () => ({ applyMethod: 'csa' })),
      revision({}, () => ({ applyMethod: 'ssa' })),
    ],
    [
      'a label of ours',
      'labels',
      revision({}, same, { team: 'x' }),
      revision({}, same, { team: 'y' }),
    ],
    ['a label less', 'labels', plain, revision({}, same, { team: 'y' })],
    ['its type', 'type', { ...plain, type: 'Opaque' }, plain],
    ['that it is immutable', 'immutable', { ...plain, immutable: true }, plain],
    ['that it no more is', 'immutable', plain, { ...plain, immutable: true }],
    [
      'a status label of somebody else',
      'status label',
      revision({}, same, { status: 'failed' }),
      plain,
    ],
    [
      'the same odd status label',
      undefined,
      revision({}, same, { status: 'failed' }),
      revision({}, same, { status: 'failed' }),
    ],
    [
      'a status label that Helm has put right',
      undefined,
      revision({}, same),
      revision({}, same, { status: 'failed' }),
    ],
    [
      'Helm 2: its fate',
      undefined,
      revision({ helm: 2 }, ({ info }) =>
        info ? { info: { ...info, status: 'superseded', description: 'x' } } : {},
      ),
      revision({ helm: 2 }, same),
    ],
    ['Helm 2: its notes', 'content', revision({ helm: 2 }, noted), revision({ helm: 2 }, same)],
    [
      'Helm 2: a status label of somebody else',
      'status label',
      revision({ helm: 2 }, same, { STATUS: 'FAILED' }),
      revision({ helm: 2 }, same),
    ],
  ])('%s: %s', (_, difference, there, wanted) => {
    expect(revisionDifference(opened(there), opened(wanted))).toBe(difference);
  });

  it('knows Tiller’s words for what was deleted', () => {
    const gone: Change = ({ info }) => (info ? { info: { ...info, status: 'uninstalled' } } : {});
    const there = revision({ helm: 2 }, gone, { STATUS: 'DELETED' });
    expect(revisionDifference(opened(there), opened(revision({ helm: 2 }, same)))).toBeUndefined();
  });
});

describe('which of them is the newer one', () => {
  const at = (status: string, modifiedAt?: number, description = 'x') =>
    opened(
      revision({ status, description }, same, {
        ...(modifiedAt !== undefined && { modifiedAt: String(modifiedAt) }),
      }),
    );
  it.each([
    ['the very record', at('deployed', 200), at('deployed', 200), 'equal'],
    ['written again there', at('deployed', 300), at('deployed', 200), 'moved on'],
    ['written again in the source', at('deployed', 200), at('deployed', 300), 'outdated'],
    ['written again there by the same Helm', at('deployed', 200), at('deployed'), 'equal'],
    [
      'written first, and later changed, in the source',
      at('deployed'),
      at('deployed', 200),
      'outdated',
    ],
    ['superseded there', at('superseded', 300), at('deployed', 200), 'moved on'],
    ['superseded in the source', at('deployed', 200), at('superseded', 300), 'outdated'],
    ['superseded there within a second', at('superseded', 200), at('deployed', 200), 'moved on'],
    [
      'superseded in the source within a second',
      at('deployed', 200),
      at('superseded', 200),
      'outdated',
    ],
    ['settled in the source', at('pending-upgrade', 200), at('failed', 200), 'outdated'],
    ['uninstalled in the source', at('deployed', 200), at('uninstalled', 300), 'apart'],
    [
      'deployed anew in the source, superseded there',
      at('superseded', 200),
      at('deployed', 300),
      'apart',
    ],
    [
      'superseded in the source, and written later there',
      at('deployed', 300),
      at('superseded', 200),
      'different',
    ],
    [
      'described otherwise within a second',
      at('deployed', 200, 'y'),
      at('deployed', 200),
      'different',
    ],
    ['failed within a second', at('failed', 200), at('deployed', 200), 'different'],
  ])('%s', (_, there, wanted, is) => {
    expect(likenessOf({ there, wanted })).toMatchObject({ is });
  });

  it('is the one that was tested or uninstalled last, where Helm 4 has left its label', () => {
    const [early, late] = ['2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z'];
    const tested =
      (completedAt: string): Change =>
      ({ hooks }) => ({
        hooks: hooks.map((hook) => ({
          ...hook,
          lastRun: { startedAt: early, completedAt, phase: 'Succeeded' },
        })),
      });
    const gone: Change = ({ info }) =>
      info ? { info: { ...info, status: 'uninstalled', deleted: late } } : {};
    const [one, other] = [tested(early), tested(late)].map((change) =>
      opened(revision({}, change)),
    );
    const uninstalled = opened(revision({}, gone));
    if (!one || !other) throw new Error('two of them');
    expect(likenessOf({ there: one, wanted: other })).toMatchObject({ is: 'outdated' });
    expect(likenessOf({ there: other, wanted: one })).toMatchObject({ is: 'moved on' });
    expect(likenessOf({ there: one, wanted: uninstalled })).toMatchObject({ is: 'apart' });
    expect(likenessOf({ there: uninstalled, wanted: one })).toMatchObject({ is: 'moved on' });
  });

  it('is nobody where only the packing differs, and Helm drops createdAt', () => {
    const wanted = opened(revision({}, same, { modifiedAt: '100' }));
    const { createdAt: _, ...labels } = wanted.record.labels;
    const repacked = revision({ helm: 4 }, same);
    const there = opened({ ...repacked, labels });
    expect(there.record.payload).not.toBe(wanted.record.payload);
    expect(likenessOf({ there, wanted })).toEqual({ is: 'equal' });
  });
});

/** A store with an admission policy before it. */
function governed(store: Storage, policy: (record: ReleaseRecord) => ReleaseRecord): Storage {
  return { ...store, create: (record) => store.create(policy(record)) };
}

type Policy = (record: ReleaseRecord) => ReleaseRecord;

const policies: readonly (readonly [string, string, Policy])[] = [
  [
    'the status label',
    'status label',
    (r) => ({ ...r, labels: { ...r.labels, status: 'superseded' } }),
  ],
  ['the type', 'type', (r) => ({ ...r, type: 'Opaque' })],
  ['immutable', 'immutable', (r) => ({ ...r, immutable: true })],
  ['a label', 'labels', (r) => ({ ...r, labels: { ...r.labels, owner: 'helm', team: 'x' } })],
];

describe('a policy that changes what is written', () => {
  const moving = { ...copying, deleteSources: true };
  const source = revision({}, same);
  test.each(policies)(
    '%s: the first run and each that follows refuse, and delete nothing',
    async (_, part, policy) => {
      const from = openMemory({
        records: [{ ...source, labels: { ...source.labels, team: 'pay' } }],
      });
      const to = openMemory();
      const [first] = (await relocate(from, governed(to, policy), undefined, moving)).outcomes;
      expect(first).toMatchObject({ result: 'failed', error: { code: 'VERIFY' } });
      for (let run = 0; run < 2; run++) {
        const plan = await planFor(from, to, undefined, moving);
        expect(plan.releases[0]).toMatchObject({ verdict: 'refused', steps: [] });
        expect(plan.releases[0]?.findings[0]).toMatchObject({
          message: expect.stringContaining(`exists and differs in ${part}`),
          fix: 'delete that copy, and run the same command again',
        });
        const engine = { from: new Map([[from.address, from]]), to, concurrency: 1 };
        await applyPlan(plan, engine);
      }
      expect(await from.get(source)).toBeDefined();
    },
  );

  test.each(policies)('%s of a migrated record: the same', async (_, part, policy) => {
    const deployed = helm2('web', 1, withStatus('deployed'));
    const labels = { ...deployed.labels, team: 'pay' };
    const from = openMemory({ records: [{ ...deployed, labels }] });
    const to = openMemory();
    const [first] = await migrate(from, governed(to, policy), move);
    expect(first).toMatchObject({ result: 'failed', error: { code: 'VERIFY' } });
    for (let run = 0; run < 2; run++) {
      const [release] = (await planFor2to3(from, to, move)).releases;
      expect(release).toMatchObject({ verdict: 'refused', steps: [] });
      expect(release?.findings[0]?.message).toContain(`exists and differs in ${part}`);
      await migrate(from, to, move);
    }
    expect(await from.get(deployed)).toBeDefined();
  });

  test('a label beside ours is nothing to refuse', async () => {
    const from = openMemory({ records: [source] });
    const to = openMemory();
    const policy = (r: ReleaseRecord) => ({ ...r, labels: { ...r.labels, audited: 'yes' } });
    const { outcomes } = await relocate(from, governed(to, policy), undefined, moving);
    expect(outcomes).toMatchObject([{ result: 'migrated', deleted: 1 }]);
  });
});

describe('a copy that went on by itself', () => {
  const day = (n: number) => `2026-11-${String(n).padStart(2, '0')}T09:00:00Z`;
  const first = day(1);
  /** Deployed on a day, written then; all of one installation. */
  const on = (n: number, revisionNumber: number, status = 'superseded') =>
    revision(
      { revision: revisionNumber, status },
      ({ info }) => (info ? { info: { ...info, firstDeployed: first, lastDeployed: day(n) } } : {}),
      { createdAt: String(Date.parse(day(n)) / 1000) },
    );
  const moving = { ...copying, deleteSources: true };
  const perhaps = /^it is there with revisions 1 to 3, and may have gone on there by itself$/;
  const apart = /^after revision 2 it went on there by itself, with revision 3, and here with/;
  it.each<[string, RegExp | 'goes on', ReleaseRecord[], ReleaseRecord[]]>([
    [
      'an upgrade came while its older revisions moved there',
      'goes on',
      [on(4, 4, 'deployed')],
      [on(1, 1), on(2, 2), on(3, 3, 'deployed')],
    ],
    [
      'and failed once before',
      'goes on',
      [on(4, 4, 'failed'), on(5, 5, 'deployed')],
      [on(1, 1), on(2, 2), on(3, 3, 'deployed')],
    ],
    [
      'its source was pruned',
      perhaps,
      [on(6, 4), on(7, 5, 'deployed')],
      [on(1, 1), on(2, 2), on(3, 3, 'deployed')],
    ],
    [
      'it was upgraded after its source was',
      perhaps,
      [on(6, 4, 'deployed')],
      [on(1, 1), on(2, 2), on(8, 3, 'deployed')],
    ],
    [
      'revisions between are missing',
      perhaps,
      [on(6, 5, 'deployed')],
      [on(1, 1), on(2, 2), on(3, 3, 'deployed')],
    ],
    [
      'its source kept what was deployed, and pruned what failed',
      apart,
      [on(2, 2, 'deployed'), on(5, 5, 'failed'), on(6, 6, 'failed')],
      [on(1, 1), on(2, 2), on(4, 3, 'deployed')],
    ],
  ])('%s', async (_, told, sources, there) => {
    const from = openMemory({ records: sources });
    const to = openMemory({ records: there });
    const [release] = (await planFor(from, to, undefined, moving)).releases;
    const messages = release?.findings.map(({ message }) => message) ?? [];
    if (told === 'goes on') {
      expect(messages).toContain('goes on from revisions 1 to 3, which moved there before');
      expect(release?.verdict).toBe('ready');
    } else {
      expect(messages).toContainEqual(expect.stringMatching(told));
      expect(release).toMatchObject({ verdict: 'refused', steps: [] });
    }
  });
});

it('a folder takes what a later backup brings, though Helm has pruned all that the earlier one brought', async () => {
  const dated = (number: number, status: string, lastDeployed: string) =>
    revision({ revision: number, status }, ({ info }) =>
      info ? { info: { ...info, firstDeployed: '2026-11-01T09:00:00Z', lastDeployed } } : {},
    );
  const earlier = [dated(3, 'deployed', '2026-11-03T09:00:00Z')];
  const later = [
    dated(14, 'superseded', '2026-11-14T09:00:00Z'),
    dated(15, 'deployed', '2026-11-15T09:00:00Z'),
  ];
  const folder = { path: '/backups', is: 'folder' } as const;
  const to = { ...openMemory({ records: earlier }), files: folder };
  const plan = await planFor(openMemory({ records: later }), to);
  expect(plan.releases[0]).toMatchObject({ verdict: 'ready' });
  expect(plan.releases[0]?.steps.map(({ do: act }) => act)).toEqual(['create', 'create']);
  // Where Helm may have worked on them, nobody can tell.
  const live = await planFor(openMemory({ records: later }), openMemory({ records: earlier }));
  expect(live.releases[0]).toMatchObject({ verdict: 'refused' });
});

describe('an immutable record', () => {
  it('is copied as it is, and its plan says so', async () => {
    const frozen: ReleaseRecord = { ...revision({}, same), immutable: true };
    const [from, to] = [openMemory({ records: [frozen] }), openMemory()];
    const { plan, outcomes } = await relocate(from, to);
    expect(plan.releases[0]?.findings).toEqual([
      {
        severity: 'change',
        message: 'its record is immutable, and so is the copy: Helm can update neither',
        revisions: [1],
      },
    ]);
    expect(outcomes).toMatchObject([{ result: 'migrated' }]);
    expect(await to.get(frozen)).toMatchObject({ immutable: true });
    expect((await planFor(from, to)).releases[0]).toMatchObject({ verdict: 'done' });
  });
});
