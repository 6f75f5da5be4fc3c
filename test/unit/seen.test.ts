/** What is said once, and when it came: several contexts, and rows one after the other. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inEachContextOnce } from '../../src/commands/stores/fleet.ts';
import { ReleasesError } from '../../src/errors.ts';
import { newestHelm4 } from '../../src/helms.ts';
import type { ReleaseRow } from '../../src/inspect/rows.ts';
import { historyPrinter, listPrinter } from '../../src/output/releases.ts';
import { parseFormat } from '../../src/output/templates/format.ts';
import { openChanges } from '../../src/output/terminal/changes.ts';
import { note } from '../../src/output/terminal/errors.ts';
import { captureIO } from './cli-io.ts';

const row = (revision: number): ReleaseRow => ({
  ...{ name: 'billing', namespace: 'pay', revision, updated: '2026-11-30T18:00:00Z' },
  ...{ status: 'deployed', state: 'deployed', chart: 'web-1.0.0', appVersion: '1' },
  ...{
    description: 'Upgrade complete',
    helm: 4,
    rollbackRevision: undefined,
    labels: {},
    size: 10,
  },
  ...{ storage: 'secret', place: `secret pay/billing.v${revision}` },
});

describe('a watch', () => {
  const at = Date.parse('2026-11-30T18:04:11Z');
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: at }));
  afterEach(() => void vi.useRealTimers());

  async function shown(output: string, kind: 'list' | 'history' = 'list', terminal?: number) {
    vi.setSystemTime(at);
    const io = captureIO(terminal === undefined ? {} : { terminal });
    const format = await parseFormat(output, ['table', 'wide', 'json', 'yaml', 'name']);
    const layout = { format, shape: newestHelm4, exact: false, headers: true, short: false };
    const by = kind === 'list' ? listPrinter(layout, io) : historyPrinter(layout, io);
    const changes = openChanges({ ...layout, changesOnly: false }, by, io);
    changes([row(1)]);
    vi.setSystemTime(at + 65_000);
    changes([row(2)]);
    return io.out();
  }
  const clock = (time: number) => new Date(time).toTimeString().slice(0, 8);

  it.each(['list', 'history'] as const)('%s says in a column when each line came', async (kind) => {
    const [head = '', ...lines] = (await shown('table', kind)).trimEnd().split('\n');
    expect(head.startsWith('SEEN      ')).toBe(true);
    expect(lines.map((line) => line.slice(0, 8))).toEqual([clock(at), clock(at + 65_000)]);
    // On a terminal that has no room for more, the release stays.
    expect(await shown('table', kind, 30)).toContain(
      kind === 'list' ? `${clock(at)}  billing` : `${clock(at)}  1`,
    );
  });

  it('documents say it as a member', async () => {
    const documents = (await shown('json')).trimEnd().split('\n');
    expect(documents.map((one) => JSON.parse(one).seen)).toEqual([
      ...['2026-11-30T18:04:11.000Z', '2026-11-30T18:05:16.000Z'],
    ]);
    expect(await shown('yaml', 'history')).toMatch(/^seen: "?2026-11-30T18:05:16.000Z"?$/m);
    expect(await shown('jsonpath={.seen} ')).toBe(
      '2026-11-30T18:04:11.000Z 2026-11-30T18:05:16.000Z ',
    );
    expect(await shown('name')).toBe('billing\nbilling\n');
  });
});

describe('of several contexts', () => {
  it('what all say is said once, with their names', async () => {
    const io = captureIO();
    const contexts = ['prod-a', 'prod-b', 'prod-c'];
    const { done, failed } = await inEachContextOnce(
      contexts,
      async (context, quiet) => {
        note(quiet, 'no permission to look into configmap:kube-system (Helm 2)');
        if (context === 'prod-b') quiet.stderr.write('2 records can’t be read:\n  one\n  two\n');
        if (context === 'prod-c') throw new ReleasesError('UNREACHABLE', "can't be reached");
        return context;
      },
      io,
    );
    expect({ done: done.map(({ result }) => result), failed }).toEqual({
      ...{ done: ['prod-a', 'prod-b'], failed: 1 },
    });
    expect(io.err().split('\n').slice(-5)).toEqual([
      'prod-a, prod-b, prod-c: note: no permission to look into configmap:kube-system (Helm 2)',
      'prod-b: 2 records can’t be read:',
      ...['  one', '  two', ''],
    ]);
    expect(io.err()).toMatch(/^error: context prod-c: can't be reached\n/);
  });
});
