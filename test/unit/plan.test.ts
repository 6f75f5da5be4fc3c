/** What follows from a plan: verdicts, counts, and what `-o json` shows of it. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { startRun } from '../../src/migrate/engine/run.ts';
import {
  type AdoptStep,
  amend,
  countPlan,
  type Finding,
  isMovable,
  isStopped,
  keepsSources,
  type Plan,
  planData,
  type ReleaseDraft,
  type ReleasePlan,
  releasePlan,
  type Severity,
  type Step,
  type Verdict,
  verdictOf,
} from '../../src/migrate/plan.ts';
import { openMemory } from '../../src/storage/memory.ts';
import { sketchRecord } from './cli-records.ts';

const found = (...severities: Severity[]): Finding[] =>
  severities.map((severity) => ({ severity, message: severity }));
const web = (revision: number) => sketchRecord({ name: 'web', namespace: 'apps', revision });
const create = (revision: number): Step => ({ do: 'create', revision, record: web(revision) });
const keep = (revision: number): Step => ({ do: 'keep', revision, record: web(revision) });
const remove = (revision: number): Step => ({ do: 'delete', revision, record: web(revision) });
const ownership = {
  ...{ 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'apps' },
  'app.kubernetes.io/managed-by': 'Helm',
};
const adopt: AdoptStep = {
  ...{ do: 'adopt', revision: 2, before: {}, after: ownership },
  manager: { name: 'helm', operation: 'Update' },
  object: {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespace: 'apps' },
    ...{ name: 'settings', uid: 'u', resourceVersion: '7' },
  },
};

function releaseOf(more: Partial<ReleasePlan> = {}): ReleasePlan {
  return {
    ...{ name: 'web', owner: 'helm', namespace: 'apps', from: 'secret' },
    ...{ sources: [web(2), web(1)], verdict: 'ready', findings: [], steps: [], ...more },
  };
}

test.each<[Verdict, Finding[], boolean]>([
  ['ready', [], true],
  ['ready', found('note', 'change'), true],
  ['with losses', found('note', 'loss'), true],
  ['needs a decision', found('loss', 'decision'), true],
  ['refused', found('decision', 'loss', 'refusal'), true],
  ['done', found('loss', 'decision', 'note'), false],
  ['refused', found('refusal'), false],
])('%s follows from what was found', (verdict, findings, anythingToDo) => {
  expect(verdictOf(findings, anythingToDo)).toBe(verdict);
});

test.each<[boolean, Finding[]]>([
  [true, found('note', 'refusal')],
  [true, found('decision')],
  [false, found('note', 'change', 'loss')],
  [false, []],
])('a release is stopped: %s', (stopped, findings) => {
  expect(isStopped(findings)).toBe(stopped);
});

const draft: ReleaseDraft = {
  ...{ name: 'a', owner: 'helm', namespace: 'n', from: 'secret' },
  ...{ sources: [], findings: [], steps: [] },
};

test('what stops a release is said first, and others stay in their order', () => {
  const findings = found('note', 'loss', 'change', 'decision', 'refusal', 'loss');
  const { findings: sorted } = releasePlan({ ...draft, findings });
  expect(sorted.map(({ severity }) => severity)).toEqual([
    ...['refusal', 'decision', 'loss', 'loss', 'change', 'note'],
  ]);
  expect(sorted.filter(({ severity }) => severity === 'loss')).toEqual([findings[1], findings[5]]);
  expect(findings[0]?.severity).toBe('note');
});

const severities = ['note', 'change', 'loss', 'decision', 'refusal'] as const;
const someFindings = fc
  .array(fc.constantFrom(...severities), { maxLength: 5 })
  .map((list) => found(...list));
const someSteps = fc
  .subarray(['create', 'keep', 'delete', 'adopt'] as const)
  .map((acts) => acts.map((act) => ({ do: act, revision: 1 }) as Step));

test('no plan contradicts itself, however it came to be', () => {
  fc.assert(
    fc.property(
      someFindings,
      someSteps,
      fc.boolean(),
      someFindings,
      (first, steps, waits, more) => {
        const made = releasePlan({ ...draft, findings: first, steps, waits });
        const amended = amend(made, { findings: [...more, ...made.findings] });
        for (const { verdict, findings, steps: left } of [made, amended]) {
          const ranks = findings.map(({ severity }) => severities.indexOf(severity));
          expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
          const stopped = verdict === 'refused' || verdict === 'needs a decision';
          expect(left).toEqual(stopped ? [] : steps);
          expect(verdict === 'refused').toBe(ranks[0] === 4);
          if (verdict === 'ready')
            expect(findings.every(({ severity }) => severity !== 'loss')).toBe(true);
        }
        // What is found later stops it like what was found at first.
        const atOnce = releasePlan({ ...draft, findings: [...more, ...first], steps, waits });
        expect(amended.verdict).toBe(atOnce.verdict);
      },
    ),
    { numRuns: 500 },
  );
});

test.each<[Verdict, boolean]>([
  ['ready', true],
  ['with losses', true],
  ['needs a decision', false],
  ['refused', false],
  ['done', false],
])('a release that is %s moves: %s', (verdict, moves) => {
  expect(isMovable(releaseOf({ verdict }))).toBe(moves);
});

describe('sources that stay although they were to go', () => {
  const unmet = (flag?: string): Finding[] => [
    { severity: 'note', message: 'another' },
    { severity: 'change', message: 'kept', ...(flag && { unmet: flag }) },
  ];
  it.each<[boolean, Verdict, string | undefined]>([
    [true, 'ready', '--delete-source'],
    [true, 'with losses', '--delete-v2-releases'],
    [true, 'done', '--delete-source'],
    [false, 'refused', '--delete-source'],
    [false, 'needs a decision', '--delete-source'],
    [false, 'ready', '--to'],
    [false, 'ready', 'not --delete-source'],
    [false, 'ready', undefined],
  ])('%s: %s, %s', (keeps, verdict, flag) => {
    expect(keepsSources(releaseOf({ verdict, findings: unmet(flag) }))).toBe(keeps);
  });
});

test('a plan is counted by what moves, and a record that several releases share once', () => {
  const replacing: Step = { do: 'create', revision: 1, record: web(1), replaces: web(1) };
  const kept: Finding = { severity: 'change', message: 'kept', unmet: '--delete-source' };
  const plan: Plan = {
    ...{ from: ['secret', 'dir:a'], to: 'dir:b' },
    releases: [
      releaseOf({ steps: [create(2), replacing, adopt, remove(2), remove(1)] }),
      releaseOf({ name: 'tied', sources: [web(2)], verdict: 'with losses', steps: [keep(2)] }),
      releaseOf({
        name: 'elsewhere',
        from: 'dir:a',
        findings: [kept],
        verdict: 'done',
        sources: [web(2)],
      }),
      releaseOf({
        name: 'no',
        verdict: 'refused',
        sources: [],
        steps: [create(1), adopt, remove(1)],
      }),
      releaseOf({ name: 'asks', verdict: 'needs a decision', sources: [] }),
      releaseOf({ name: 'odd', unattributed: true, sources: [sketchRecord({ name: 'odd' })] }),
      releaseOf({
        name: 'rest',
        unattributed: true,
        verdict: 'done',
        sources: [sketchRecord({ name: 'rest' })],
      }),
    ],
  };
  expect(countPlan(plan)).toEqual({
    ...{ releases: 5, revisions: 3, unattributed: 2, unattributedMovable: 1 },
    ...{
      movable: 3,
      done: 2,
      creates: 2,
      updates: 0,
      adopts: 1,
      deletes: 2,
      replaces: 1,
      keepSources: 1,
    },
    verdicts: { ready: 2, 'with losses': 1, 'needs a decision': 1, refused: 1, done: 2 },
  });
});

describe('a plan as data', () => {
  const record = { kind: 'Secret', namespace: 'apps' };
  const key = (revision: number) => `sh.helm.release.v1.web.v${revision}`;

  it('has all but payloads', () => {
    const replacing: Step = { do: 'create', revision: 1, record: web(1), replaces: web(1) };
    const becomes = { name: 'new', namespace: 'apps' };
    const steps = [create(2), replacing, keep(3), adopt, remove(2)];
    const findings = found('note');
    const plan: Plan = {
      ...{ from: ['secret'], to: 'dir:b', clusters: { to: { server: 'https://a' } } },
      releases: [releaseOf({ becomes, twin: 'dir:c', unattributed: true, findings, steps })],
    };
    expect(planData(plan)).toStrictEqual({
      ...{ from: ['secret'], to: 'dir:b', clusters: { to: { server: 'https://a' } } },
      releases: [
        {
          ...{ name: 'web', namespace: 'apps', becomes, from: 'secret', twin: 'dir:c' },
          ...{ unattributed: true, revisions: 2, verdict: 'ready', findings },
          steps: [
            { do: 'create', revision: 2, ...record, key: key(2) },
            { do: 'replace', revision: 1, ...record, key: key(1) },
            { do: 'keep', revision: 3, ...record, key: key(3) },
            { do: 'adopt', revision: 2, ...adopt.object, before: {}, after: ownership },
            { do: 'delete', revision: 2, ...record, key: key(2) },
          ],
        },
      ],
    });
  });

  it('has nothing of what isn’t there', () => {
    const plan = { from: [], to: 'dir:b', releases: [releaseOf()] };
    const data = {
      ...{ name: 'web', namespace: 'apps', from: 'secret', revisions: 2, verdict: 'ready' },
      ...{ findings: [], steps: [] },
    };
    expect(planData(plan)).toStrictEqual({ from: [], to: 'dir:b', releases: [data] });
    expect(planData({ ...plan, clusters: {} })).toStrictEqual(planData(plan));
  });
});

test('a run knows what each release has done, and what all of them want', () => {
  const [one, other] = [
    releaseOf({ steps: [create(2), remove(2)] }),
    releaseOf({ steps: [keep(1)] }),
  ];
  const to = openMemory();
  const run = startRun([one, other], { from: new Map(), to, concurrency: 3 });
  expect([...run.wanted.keys()]).toEqual(
    [2, 1].map((revision) => `Secret/apps/sh.helm.release.v1.web.v${revision}`),
  );
  expect([...run.wanted.values()]).toEqual([one.steps[0], other.steps[0]]);
  expect(run).toMatchObject({ to, concurrency: 3 });
  const fresh = {
    ...{ done: new Set(), created: [], replaced: [], replacing: false },
    unread: new Map(),
    ...{ updated: new Map(), deleted: [], marked: 0 },
  };
  expect(run.did(one)).toEqual(fresh);
  run.did(one).marked++;
  expect(run.did(one).marked).toBe(1);
  expect(run.did(other)).toEqual(fresh);
});
