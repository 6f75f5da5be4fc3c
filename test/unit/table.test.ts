/** A plan's table on terminals of every width: nothing goes past the edge, no word is lost. */
import { describe, expect, it } from 'vitest';
import type { ReleasePlan } from '../../src/migrate/plan.ts';
import { printPlan } from '../../src/output/plans/plan.ts';
import { table } from '../../src/output/terminal/table.ts';
import { captureIO } from './cli-io.ts';

const decision = 'the newest revision is pending-upgrade: Helm 3 would refuse to upgrade it';

function release(name: string, from: string, verdict: ReleasePlan['verdict']): ReleasePlan {
  const refuses = verdict === 'needs a decision';
  const record = {
    kind: 'ConfigMap',
    namespace: 'tiller-a',
    key: `${name}.v1`,
    labels: {},
  } as const;
  return {
    ...{ name, namespace: 'payments', owner: 'tiller', from, verdict, sources: [record, record] },
    findings: refuses
      ? [{ severity: 'decision', message: decision, fix: '--resolve-pending=failed|deployed' }]
      : [],
    steps: [{ do: 'create', revision: 1, record: { ...record, payload: '' } }],
  };
}

function lines(terminal: number | undefined, from: readonly string[]): string[] {
  const io = captureIO(terminal === undefined ? {} : { terminal });
  const releases = [
    release('billing-production', from[0] ?? '', 'ready'),
    release('search', from.at(-1) ?? '', 'needs a decision'),
  ];
  printPlan({ from, to: 'secret', releases }, 'secret', io);
  return io.out().split('\n').slice(2, -3);
}

const two = ['configmap:tiller-a', 'configmap:tiller-b'];

describe('a plan of several Tillers', () => {
  it.each([40, 60, 80, 100, 120, 200])('fits %i columns, with every word', (width) => {
    const shown = lines(width, two);
    for (const line of shown) expect(line.length, line).toBeLessThanOrEqual(width);
    const text = shown.join(' ').replace(/\s+/g, ' ');
    for (const word of decision.split(' ')) expect(text).toContain(word);
    expect(text).toContain('--resolve-pending=failed|deployed');
    expect(text).toContain('configmap:tiller-b');
    expect(text).toContain('needs a decision');
    expect(text).not.toContain('…');
  });

  it('gives the reason a line of its own where a column would be too narrow', () => {
    const shown = lines(80, two);
    expect(shown[0]).toMatch(/^RELEASE +NAMESPACE +FROM +REVISIONS +VERDICT$/);
    expect(shown[1]).toMatch(/^billing-production +payments +configmap:tiller-a +2 +ready$/);
    expect(shown[2]).toMatch(/^search +payments +configmap:tiller-b +2 +needs a decision$/);
    expect(shown[3]).toMatch(/^ {4}the newest revision is pending-upgrade: Helm 3 would refuse/);
  });

  it('moves what tells least into that line first', () => {
    expect(lines(60, two).slice(0, 3)).toEqual([
      expect.stringMatching(/^RELEASE +NAMESPACE +REVISIONS +VERDICT$/),
      expect.stringMatching(/^billing-production +payments +2 +ready$/),
      '    from configmap:tiller-a',
    ]);
    expect(lines(40, two).slice(0, 4)).toEqual([
      expect.stringMatching(/^RELEASE +NAMESPACE$/),
      expect.stringMatching(/^billing-production +payments$/),
      '    from configmap:tiller-a',
      '    2 revisions · ready',
    ]);
  });
});

it('is a table with all its columns where there is room, and in a pipe', () => {
  for (const width of [200, undefined])
    expect(lines(width, two)[0]).toMatch(/^RELEASE +NAMESPACE +FROM +REVISIONS +VERDICT +WHY$/);
  expect(lines(100, ['configmap:tiller-a'])[0]).toMatch(/^RELEASE .* VERDICT +WHY$/);
});

it('rows that follow later keep to the widest that a column may need', () => {
  const taken = new Map<string, number>();
  const columns = [
    { header: 'UPDATED', widest: 9, cell: (row: { at: string }) => row.at },
    { header: 'STATUS', cell: () => 'deployed' },
  ];
  const lines = [
    table(columns, [{ at: '1.5' }], { taken }),
    table(columns, [{ at: '1.25' }], { taken, headers: false }),
  ].join('');
  expect(lines).toBe('UPDATED    STATUS\n1.5        deployed\n1.25       deployed\n');
  // All at once, nothing follows.
  expect(table(columns, [{ at: '1.5' }])).toBe('UPDATED  STATUS\n1.5      deployed\n');
});
