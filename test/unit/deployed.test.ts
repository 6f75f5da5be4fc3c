/** Several deployed revisions, and flags that come too late: what the plan says, and what is so. */
import { describe, expect, test } from 'vitest';
import { openRecord } from '../../src/codecs/index.ts';
import { countPlan, type Finding, type Plan } from '../../src/migrate/plan.ts';
import { stillText } from '../../src/output/plans/outcomes.ts';
import { intention, printPlan } from '../../src/output/plans/plan.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { captureIO } from './cli-io.ts';
import { all, helm2, keep, migrate, move, planFor, withStatus } from './migrations.ts';

const first = '2020-01-02T03:04:05Z';
const revision = (n: number, status: string) =>
  helm2('web', n, { info: { description: '', status, notes: '', firstDeployed: first } });
const marking = { ...keep, markSuperseded: true };

function source(...statuses: readonly string[]): Storage {
  return openMemory({ records: statuses.map((status, i) => revision(i + 1, status)) });
}

function found(plan: Plan, severity: Finding['severity']): string[] {
  const findings = plan.releases.flatMap((release) => release.findings);
  return findings.flatMap((one) => (one.severity === severity ? one.message : []));
}

function screen(plan: Plan): string {
  const io = captureIO();
  printPlan(plan, 'secret', io);
  return io.out();
}

async function statuses(store: Storage): Promise<string[]> {
  const opened = (await all(store)).map((record) => openRecord(record));
  return opened
    .map((one) => (isBad(one) ? '' : `${one.release.revision} ${one.release.info?.status}`))
    .sort();
}

describe('--mark-superseded', () => {
  test('is not advised for the revisions of another release of the name', async () => {
    const from = source('superseded', 'deployed');
    const other = openMemory();
    await migrate(
      openMemory({
        records: [helm2('web', 3, { info: { description: '', status: 'deployed', notes: '' } })],
      }),
      other,
    );
    const plan = await planFor(from, other, keep);
    expect(plan.releases[0]?.verdict).toBe('refused');
    expect(found(plan, 'refusal').join()).toContain('another Helm 3 release has this name');
    expect(found(plan, 'note').join()).not.toContain('several revisions are deployed');
  });

  test('marks what is not copied yet, and says so', async () => {
    const from = source('deployed', 'deployed', 'deployed');
    const plan = await planFor(from, openMemory(), marking);
    expect(found(plan, 'change')).toEqual([
      'several revisions are deployed: all but the newest of them become superseded',
    ]);
    expect(plan.releases[0]?.findings[0]?.revisions).toEqual([1, 2]);
  });

  test('comes too late for copies, which it announces no change of', async () => {
    const [from, to] = [source('deployed', 'deployed'), openMemory()];
    await migrate(from, to);
    const plan = await planFor(from, to, marking);
    expect(plan.releases[0]?.verdict).toBe('done');
    expect(found(plan, 'change')).toEqual([]);
    expect(found(plan, 'note')).toContain(
      '--mark-superseded comes too late for revision 1, copied as deployed',
    );
    expect(found(plan, 'note').join()).not.toContain('Tiller');
    expect(screen(plan)).toMatch(/already migrated and equal; --mark-superseded comes too late/);
    await migrate(from, to, marking);
    expect(await statuses(to)).toEqual(['1 deployed', '2 deployed']);
  });

  test('is not advised any more once the copies are there', async () => {
    const [from, to] = [source('deployed', 'deployed'), openMemory()];
    const before = await planFor(from, to);
    expect(before.releases[0]?.findings.map(({ fix }) => fix)).toContain('--mark-superseded');
    await migrate(from, to);
    const after = await planFor(from, to);
    expect(after.releases[0]?.findings.map(({ fix }) => fix)).not.toContain('--mark-superseded');
  });

  test('has its effect on what a first run left unwritten', async () => {
    const [from, to] = [source('deployed', 'deployed', 'deployed'), openMemory()];
    await migrate(from, to);
    const [oldest] = (await all(to)).filter(({ key }) => key.endsWith('.v1'));
    if (oldest) await to.delete(oldest);
    const plan = await planFor(from, to, marking);
    expect(
      plan.releases[0]?.findings.map(({ revisions, unmet }) => ({ revisions, unmet })),
    ).toEqual(
      expect.arrayContaining([
        { revisions: [1], unmet: undefined },
        { revisions: [2], unmet: '--mark-superseded' },
      ]),
    );
    await migrate(from, to, marking);
    expect(await statuses(to)).toEqual(['1 superseded', '2 deployed', '3 deployed']);
  });

  test('follows --resolve-pending=deployed', async () => {
    const [from, to] = [source('deployed', 'pending-upgrade'), openMemory()];
    await migrate(from, to, { ...marking, resolvePending: 'deployed' });
    expect(await statuses(to)).toEqual(['1 superseded', '2 deployed']);
  });
});

describe('Helm 3 has upgraded what was migrated', () => {
  /** As `helm upgrade --history-max` leaves it: Helm's own revisions alone. */
  async function pruned(): Promise<Storage> {
    const to = openMemory();
    const own: ReleaseRecord[] = [revision(6, 'superseded'), revision(7, 'deployed')];
    await migrate(openMemory({ records: own }), to);
    return to;
  }

  test('and pruned it: Tiller is not said to have done anything', async () => {
    const [from, to] = [source('superseded', 'deployed'), await pruned()];
    const plan = await planFor(from, to, move);
    expect(plan.releases[0]?.verdict).toBe('done');
    expect(JSON.stringify(plan.releases[0]?.findings)).not.toContain('Tiller');
  });

  test('and pruned it: with --delete-v2-releases the sources stay, with the reason and the way out', async () => {
    const [from, to] = [source('superseded', 'deployed'), await pruned()];
    const plan = await planFor(from, to, move);
    expect(screen(plan)).toContain(
      'already migrated; its sources are kept: Helm has pruned the copies that they would be compared with: cleanup --name web --unmigrated web removes them',
    );
    expect(stillText(plan, undefined, 0)).toBe(
      '\nNothing to do: 1 release is already migrated. Sources of 1 release are kept (see above).\n',
    );
    expect(stillText(await planFor(from, to), undefined, 0)).not.toContain('Sources');
  });
});

test('the sentence before the question says whose sources stay although they were to go', async () => {
  const records = [
    revision(1, 'superseded'),
    revision(2, 'deployed'),
    helm2('api', 1, withStatus('deployed')),
  ];
  const plan = await planFor(openMemory({ records }), openMemory(), { ...move, maxRevisions: 1 });
  expect(intention(countPlan(plan))).toBe(
    'Would create 2 records of 2 releases; then delete 1 source, after each copy has been read back and compared; sources of 1 release are kept (see above).\n',
  );
  expect(screen(plan)).toContain('its sources are kept: not every revision moves');
});
