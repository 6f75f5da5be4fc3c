/** Keys that somebody has put beside `release` into a record's object. */
import { expect, test } from 'vitest';
import { planReleaseCleanup } from '../../src/migrate/cleanup/planReleases.ts';
import { surveySources, surveyTarget } from '../../src/migrate/helm2to3/survey.ts';
import { metaOnly, type ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import { metaOf, objectOf, recordOf } from '../../src/storage/objects.ts';
import { sketchRecord } from './cli-records.ts';
import { helm2, keep, migrate, move, planFor as plan2to3For, withStatus } from './migrations.ts';
import { asItIs, copying, planFor } from './relocations.ts';

const extra = <R extends object>(record: R): R => ({ ...record, otherData: ['extra'] });

test.each([
  ['data', 'Secret', 'eA=='],
  ['stringData', 'Secret', 'x'],
  ['data', 'Secret', Buffer.from('x')],
  ['data', 'ConfigMap', 'x'],
  ['binaryData', 'ConfigMap', 'eA=='],
] as const)('%s of a %s: the names of other keys, and no value', (field, kind, value) => {
  const record: ReleaseRecord = { ...sketchRecord({}), kind };
  const object = objectOf(record);
  expect(recordOf(kind, object)).not.toHaveProperty('otherData');
  const there = { ...(object[field] as object), extra: value };
  expect(recordOf(kind, { ...object, [field]: there })).toMatchObject({ otherData: ['extra'] });
});

test('a copy names what it loses, and a move keeps its source', async () => {
  const from = openMemory({ records: [extra(sketchRecord({}))] });
  const [copied] = (await planFor(from, openMemory())).releases;
  expect(copied).toMatchObject({
    verdict: 'with losses',
    findings: [{ message: expect.stringContaining('holds other data that no copy has: extra') }],
  });
  const moving = { ...copying, deleteSources: true };
  expect((await planFor(from, openMemory(), asItIs, moving)).releases).toMatchObject([
    {
      verdict: 'refused',
      steps: [],
      findings: [{ fix: expect.stringContaining('--delete-source') }],
    },
  ]);
});

test('a migration and a cleanup keep a source that holds more', async () => {
  const [from, to] = [
    openMemory({ records: [extra(helm2('web', 1, withStatus('deployed')))] }),
    openMemory(),
  ];
  expect((await plan2to3For(from, to, keep)).releases).toMatchObject([{ verdict: 'with losses' }]);
  const [moved] = (await plan2to3For(from, to, move)).releases;
  expect(moved).toMatchObject({ verdict: 'refused', steps: [] });
  expect(moved?.findings[0]?.fix).toContain('leave --delete-v2-releases');
  await migrate(from, to, keep);
  const { releases } = await surveySources([from], []);
  const target = await surveyTarget(to, releases, { kind: 'Secret' }, 1);
  for (const unmigrated of [new Set<string>(), new Set(['web'])]) {
    const plan = await planReleaseCleanup(releases, target, { unmigrated, uncopyable: new Map() });
    expect(plan.releases).toMatchObject([{ verdict: 'refused', steps: [] }]);
    expect(plan.releases[0]?.findings[0]?.message).toContain('other data that no copy has');
  }
});

const owned = <R extends object>(record: R): R => ({
  ...record,
  ...{ owners: ['HelmRelease web'], finalizers: ['example.org/held'] },
});

test('owners and finalizers are read from a whole object, and from its metadata', () => {
  const object = objectOf(sketchRecord({}));
  const ownerReferences = [{ apiVersion: 'v1', kind: 'HelmRelease', name: 'web', uid: 'x' }];
  const metadata = {
    ...(object.metadata as object),
    ...{ ownerReferences, finalizers: ['example.org/held'] },
  };
  const said = { owners: ['HelmRelease web'], finalizers: ['example.org/held'] };
  expect(metaOnly(metaOf('Secret', { metadata }))).toMatchObject(said);
  expect(recordOf('Secret', { ...object, metadata })).toMatchObject(said);
  for (const none of [{ ownerReferences: [], finalizers: [] }, { ownerReferences: 'x' }]) {
    const bare = recordOf('Secret', {
      ...object,
      metadata: { ...metadata, finalizers: 7, ...none },
    });
    expect(bare).not.toHaveProperty('owners');
    expect(bare).not.toHaveProperty('finalizers');
  }
});

test('a copy, a move and a migration name them as losses before anything is written', async () => {
  const records = [1, 2].map((revision) => owned(sketchRecord({ revision })));
  const moving = { ...copying, deleteSources: true };
  for (const options of [copying, moving]) {
    const [release] = (await planFor(openMemory({ records }), openMemory(), asItIs, options))
      .releases;
    const waits = options === moving ? '; its deletion waits for them' : '';
    expect(release).toMatchObject({ verdict: 'with losses' });
    expect(release?.findings).toEqual([
      {
        severity: 'loss',
        message: 'its record goes with its owner, and no copy does: HelmRelease web',
        revisions: [1, 2],
      },
      {
        severity: 'loss',
        message: `its record has finalizers, and no copy has: example.org/held${waits}`,
        revisions: [1, 2],
      },
    ]);
  }
  const from = openMemory({ records: [owned(helm2('web', 1, withStatus('deployed')))] });
  const [migrated] = (await plan2to3For(from, openMemory(), move)).releases;
  const losses = migrated?.findings.filter(({ severity }) => severity === 'loss');
  expect(losses?.map(({ message }) => message)).toEqual([
    expect.stringContaining('HelmRelease web'),
    expect.stringContaining('its deletion waits for them'),
  ]);
});

test('what no update replaces, and would lack other data or wait for a finalizer, is refused in the plan', async () => {
  const overwrite = { ...copying, overwrite: new Set(['billing']) };
  const other = (more: object) =>
    openMemory({ records: [{ ...sketchRecord({ description: 'other' }), ...more }] });
  const verdict = async (more: object) => {
    const from = openMemory({ records: [sketchRecord({})] });
    const [release] = (await planFor(from, other(more), asItIs, overwrite)).releases;
    return `${release?.verdict}: ${release?.findings[0]?.message ?? ''}`;
  };
  expect(await verdict({ otherData: ['extra'] })).toMatch(
    /^ready: what is there has other content/,
  );
  expect(await verdict({ finalizers: ['x'] })).toMatch(/^ready/);
  for (const made of [{ immutable: true }, { type: 'Opaque' }]) {
    expect(await verdict(made)).toMatch(/^ready/);
    expect(await verdict({ ...made, otherData: ['extra'] })).toMatch(
      /^refused: .*can be replaced by no update.*holds other data/,
    );
    expect(await verdict({ ...made, finalizers: ['x'] })).toMatch(/^refused: .*finalizers keep it/);
  }
  expect(await verdict({ place: 'f.yaml', otherData: ['extra'] })).toMatch(
    /^refused: .*holds other data that no copy has: extra/,
  );
});

test('a migration refuses to update a copy that its file keeps, and one that would lose other data', async () => {
  const from = openMemory({ records: [helm2('web', 1, withStatus('superseded'))] });
  const made = openMemory({ records: [helm2('web', 1, withStatus('deployed'))] });
  const copies = openMemory();
  await migrate(made, copies, keep);
  const found: ReleaseRecord[] = [];
  for await (const page of copies.list({})) found.push(...(page as ReleaseRecord[]));
  const verdict = async (more: object) => {
    const to = openMemory({ records: found.map((record) => ({ ...record, ...more })) });
    const [release] = (await plan2to3For(from, to, keep)).releases;
    return `${release?.verdict}: ${release?.findings[0]?.message ?? ''}`;
  };
  expect(await verdict({})).toMatch(/^ready: .*its copy is updated/);
  expect(await verdict({ undeletable: 'has it in an array' })).toMatch(
    /^refused: what is there can't be replaced: the target has it in an array/,
  );
  expect(await verdict({ place: 'f.yaml', otherData: ['extra'] })).toMatch(/^refused: .*extra/);
});
