/**
 * `rbac` on a real API server: with the Role it prints, applied by the real kubectl, each command works;
 * with any verb of it taken away, the command is refused before it writes, and names the verb.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asks } from '../../src/commands/asks.ts';
import { needsOf, requirePermissions } from '../../src/commands/permissions.ts';
import { missingPermissions, type Need } from '../../src/kube/access.ts';
import { openKube } from '../../src/kube/kube.ts';
import type { Plan, Step } from '../../src/migrate/plan.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { isWrite } from '../cluster/audit.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { type Ran, runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';

const cluster = useCluster();
const { kubectl, run } = useClients();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rbac-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Namespaces with a release in Helm 3 and one in Helm 2: newest revisions that only a get reads. */
interface World {
  readonly pay: string;
  readonly web: string;
  readonly tiller: string;
  readonly tillerRecords: readonly ReleaseRecord[];
}

async function world(): Promise<World> {
  const [pay, web, tiller] = [
    await cluster.namespace('pay'),
    await cluster.namespace('web'),
    await cluster.namespace('tiller'),
  ];
  const tillerRecords = [pay, web].map((namespace) =>
    sketchRecord(
      { helm: 2, name: `old-${namespace}`, namespace, status: 'superseded' },
      { namespace: tiller },
    ),
  );
  await put(
    cluster,
    ...[pay, web].map((namespace) => sketchRecord({ namespace, status: 'superseded' })),
    ...tillerRecords,
  );
  return { pay, web, tiller, tillerRecords };
}

interface Case {
  readonly title: string;
  /** For rbac, after the command's name. */
  readonly role: (world: World) => string[];
  readonly command: (world: World) => string[];
  readonly shows: (world: World) => string;
  /** Verbs that only the check before the first write tells apart from those that are granted. */
  readonly ahead?: readonly string[];
  /** What is held to the permissions then; absent: the migration of both namespaces. */
  readonly plan?: (world: World) => Plan;
}

const namespaced = ({ pay }: World) => ['-n', pay];
const migrating = ({ pay, web, tiller }: World) => ['-n', pay, '-n', web, '-t', tiller];
const cases: readonly Case[] = [
  {
    title: 'list -n',
    role: (w) => ['list', ...namespaced(w)],
    command: (w) => ['list', ...namespaced(w)],
    shows: () => 'billing',
  },
  {
    title: 'list -A',
    role: () => ['list', '-A'],
    command: () => ['list', '-A', '--filter', '^billing$'],
    shows: ({ web }) => web,
  },
  {
    title: 'list of Helm 2',
    role: ({ pay, tiller }) => ['list', '-n', pay, '-t', tiller, '--helm', '2'],
    command: ({ pay, tiller }) => ['list', '-n', pay, '-t', tiller, '--helm', '2'],
    shows: ({ pay }) => `old-${pay}`,
  },
  {
    title: 'history',
    role: (w) => ['history', ...namespaced(w)],
    command: (w) => ['history', 'billing', ...namespaced(w)],
    shows: () => 'Revision 1 of billing',
  },
  {
    title: 'get',
    role: (w) => ['get', ...namespaced(w)],
    command: (w) => ['get', 'manifest', 'billing', ...namespaced(w)],
    shows: () => 'billing/templates/cm.yaml',
  },
  {
    title: 'migrate2to3',
    role: (w) => ['migrate2to3', ...migrating(w)],
    command: ({ tiller }) => ['migrate2to3', '--all', '--yes', '-t', tiller],
    shows: () => 'Done: 2 releases',
    ahead: ['get', 'create'],
  },
  {
    title: 'migrate2to3 --delete-v2-releases',
    role: (w) => ['migrate2to3', ...migrating(w), '--delete-v2-releases'],
    command: ({ tiller }) => [
      ...['migrate2to3', '--all', '--yes', '-t', tiller, '--delete-v2-releases'],
      ...['--backup', join(folder, randomBytes(6).toString('hex'))],
    ],
    shows: () => 'Done: 2 releases',
    ahead: ['get', 'create', 'delete'],
  },
  {
    title: 'restore',
    role: ({ pay }) => ['restore', '-n', pay],
    command: (w) => ['restore', backupOf(w), '--yes'],
    shows: () => 'restored',
    ahead: ['create'],
    plan: (w) => ({
      ...{ from: ['dir:backup'], to: 'the cluster' },
      releases: restored(w).map((record) => ({
        ...{ name: 'restored', owner: 'helm', namespace: w.pay, from: 'dir:backup', sources: [] },
        ...{ verdict: 'ready', findings: [], steps: [{ do: 'create', revision: 1, record }] },
      })),
    }),
  },
];

/** A record of each kind. */
function restored({ pay }: World): ReleaseRecord[] {
  const sketch = { name: 'restored', namespace: pay };
  return [sketchRecord(sketch), sketchRecord(sketch, { kind: 'ConfigMap' })];
}

function backupOf(here: World): string {
  const path = mkdtempSync(join(folder, 'backup-'));
  for (const record of restored(here))
    writeFileSync(join(path, `${record.kind}.json`), JSON.stringify(objectOf(record)));
  return path;
}

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

/** A user, by a kubeconfig of their own, bound to what `rbac` prints. */
function newUser(): { name: string; kubeconfig: string } {
  const name = `user-${randomBytes(6).toString('hex')}`;
  return { name, kubeconfig: cluster.kubeconfigFor(name) };
}

async function apply(text: string): Promise<void> {
  const applied = await run(kubectl, ['apply', '-f', '-'], {
    ...{ kubeconfig: cluster.adminKubeconfig, input: text },
  });
  expect(applied, applied.stderr).toMatchObject({ code: 0 });
}

/** Applies what rbac prints, without one verb when it is given, and waits until the server knows. */
async function grant(line: readonly string[], user: string, without?: Need): Promise<void> {
  const yaml = await runCli(['rbac', ...line, '--for', `user:${user}`]);
  const json = await runCli(['rbac', ...line, '--for', `user:${user}`, '-o', 'json']);
  expect(yaml).toMatchObject({ code: 0, err: '' });
  if (without === undefined) return apply(yaml.out);
  const list: { readonly items: readonly RbacObject[] } = JSON.parse(json.out);
  const items = list.items.map((object) => ({
    ...object,
    ...(object.rules && { rules: object.rules.flatMap((rule) => reduced(object, rule, without)) }),
  }));
  await apply(JSON.stringify({ ...list, items }));
}

function reduced(object: RbacObject, rule: Rule, { verb, resource, namespace }: Need): Rule[] {
  return rule.resources.flatMap((one) => {
    const hit = object.metadata.namespace === namespace && one === resource;
    const verbs = hit ? rule.verbs.filter((other) => other !== verb) : rule.verbs;
    return verbs.length === 0 ? [] : [{ ...rule, resources: [one], verbs }];
  });
}

/** What the role grants, read back from its JSON. */
async function grants(line: readonly string[]): Promise<Need[]> {
  const { out } = await runCli(['rbac', ...line, '-o', 'json']);
  const list: { readonly items: readonly RbacObject[] } = JSON.parse(out);
  return list.items.flatMap(({ metadata, rules = [] }) =>
    rules.flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => {
          const { namespace } = metadata;
          return { verb, resource, ...(namespace !== undefined && { namespace }) } as Need;
        }),
      ),
    ),
  );
}

/** The server's authorizer hears of a new Role a moment later. */
async function settled(kubeconfig: string, all: readonly Need[], missing: readonly Need[]) {
  const kube = openKube({ kubeconfig }, {});
  try {
    let found: Need[] = [];
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
      found = await missingPermissions(kube.api, all);
      if (JSON.stringify(found) === JSON.stringify(missing)) break;
    }
    expect(found).toEqual(missing);
  } finally {
    kube.close();
  }
}

async function as(
  kubeconfig: string,
  args: readonly string[],
): Promise<Ran & { writes: string[] }> {
  const mark = await cluster.auditMark();
  const ran = await runCli([...args, '--kubeconfig', kubeconfig]);
  const entries = await cluster.auditSince(mark);
  const writes = entries
    .filter((entry) => isWrite(entry) && entry.user.startsWith('user-') && entry.code < 300)
    .map(({ verb, namespace, name }) => `${verb} ${namespace}/${name}`);
  return { ...ran, writes };
}

describe.each(cases)('$title', ({ role, command, shows, ahead = [], plan }) => {
  it('works with the printed Role', async () => {
    const here = await world();
    const user = newUser();
    await grant(role(here), user.name);
    await settled(user.kubeconfig, await grants(role(here)), []);
    const { code, out, err } = await as(user.kubeconfig, command(here));
    expect({ code, err: err.replace(/^note: no permission to look into .*\n/, '') }, err).toEqual({
      ...{ code: 0, err: '' },
    });
    expect(out).toContain(shows(here));
  });

  it('is refused without any one verb of it, which it names', async () => {
    const here = await world();
    const all = await grants(role(here));
    expect(all.length).toBeGreaterThan(1);
    for (const without of all) {
      const user = newUser();
      await grant(role(here), user.name, without);
      await settled(user.kubeconfig, all, [without]);
      if (ahead.includes(without.verb)) {
        const ours = plan?.(here) ?? planOf(here, without.namespace === here.tiller);
        await refusedAhead(user.kubeconfig, ours, without);
        continue;
      }
      const { code, err, writes } = await as(user.kubeconfig, command(here));
      expect({ code, writes }, `${without.verb} ${without.resource}: ${err}`).toEqual({
        ...{ code: 1, writes: [] },
      });
      expect(err).toMatch(
        new RegExp(
          `^error: no permission to ${without.verb} ${without.resource.slice(0, -1)}`,
          'm',
        ),
      );
    }
  }, 300_000);
});

/** A plan, held to what the user may do, as it is before the first write. */
async function refusedAhead(kubeconfig: string, plan: Plan, without: Need): Promise<void> {
  const kube = openKube({ kubeconfig }, {});
  try {
    const error = await requirePermissions(plan, kube.api, 'rbac').catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'REFUSED',
      exitCode: 4,
      why: [
        `no permission to ${without.verb} ${without.resource} in namespace ${without.namespace}`,
      ],
    });
  } finally {
    kube.close();
  }
}

function planOf({ pay, web, tiller, tillerRecords }: World, deletes: boolean): Plan {
  const releases = [pay, web].map((namespace, i) => {
    const record = sketchRecord({ name: `old-${namespace}`, namespace });
    const source = tillerRecords.slice(i, i + 1);
    const steps: Step[] = [
      { do: 'create', revision: 1, record },
      ...(deletes
        ? source.map((one) => ({ do: 'delete', revision: 1, record: one }) as const)
        : []),
    ];
    const from = `configmap:${tiller}`;
    return {
      ...{ name: `old-${namespace}`, namespace, from, sources: source, findings: [], steps },
      owner: 'helm' as const,
      verdict: 'ready' as const,
    };
  });
  return { from: [`configmap:${tiller}`], to: 'secret', releases };
}

describe('what is optional', () => {
  it('is used where it is allowed, and a namespace that is missing is then said in the plan', async () => {
    const { pay, tiller } = await world();
    const flags = ['-n', pay, '-t', tiller];
    const needs = await needsOf(
      'migrate2to3',
      { namespaces: [pay], 'tiller-namespace': [tiller] },
      {},
    );
    const optional = needs.filter((need) => need.optional);
    expect(optional.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual([
      ...['list secrets', 'get namespaces'],
    ]);
    const user = newUser();
    await grant(['migrate2to3', ...flags, '--optional'], user.name);
    await settled(user.kubeconfig, needs, []);
    const ran = await as(user.kubeconfig, ['migrate2to3', `old-${pay}`, '-t', tiller, '--yes']);
    expect(ran).toMatchObject({ code: 0, err: '' });
  });
});

it('every command of the table is tried here', () => {
  const tried = new Set(cases.map(({ title }) => title.split(' ')[0]));
  expect([...tried]).toEqual(Object.keys(asks));
});
