/** Keys that somebody has put beside `release` into a record's object. */
import { expect, test } from 'vitest';
import { planReleaseCleanup } from '../../src/migrate/cleanup/planReleases.ts';
import { surveySources, surveyTarget } from '../../src/migrate/survey.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import { objectOf, recordOf } from '../../src/storage/objects.ts';
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
