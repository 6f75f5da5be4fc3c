/**
 * `rbac` on a real API server: with the Role it prints, applied by the real kubectl, each command works;
 * with any verb of it taken away, the command is refused before it writes, and names the verb.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePayload } from '../../src/codecs/index.ts';
import { asks } from '../../src/commands/asks.ts';
import { needsOf } from '../../src/commands/permissions.ts';
import { missingPermissions, type Need, resourceWord } from '../../src/kube/access.ts';
import { openKube } from '../../src/kube/kube.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { type AuditEntry, isWrite } from '../cluster/audit.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { type Ran, runCli } from '../unit/cli-io.ts';
import { sketchRecord, sketchRelease } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';
import { installTiller } from './tillerObjects.ts';

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
  const tillerRecords = [pay, web].map((namespace) => withApp(namespace, tiller));
  for (const namespace of [pay, web])
    await cluster.must('POST', `/api/v1/namespaces/${namespace}/configmaps`, app);
  await put(
    cluster,
    ...[pay, web].map((namespace) => sketchRecord({ namespace, status: 'superseded' })),
    ...tillerRecords,
  );
  return { pay, web, tiller, tillerRecords };
}

const app = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app' } };

/** A Helm 2 release that holds one live object. */
function withApp(namespace: string, tiller: string): ReleaseRecord {
  const sketch = { helm: 2, name: `old-${namespace}`, namespace, status: 'superseded' } as const;
  const release = { ...sketchRelease(sketch), manifest: `---\n${JSON.stringify(app)}\n` };
  const payload = encodePayload('helm2', release);
  return { ...sketchRecord(sketch, { namespace: tiller }), payload };
}

interface Case {
  readonly title: string;
  /** For rbac, after the command's name. */
  readonly role: (world: World) => string[];
  readonly command: (world: World) => string[];
  readonly shows: (world: World) => string;
  /** What must be there besides. */
  readonly prepare?: (world: World) => Promise<void>;
  /** What is granted for the case that a reply is lost, and not asked for otherwise. */
  readonly spare?: readonly string[];
  /** What the command ends with when it lacks a permission; absent: 4, refused before the first write. */
  readonly lacking?: 1;
}

const namespaced = ({ pay }: World) => ['-n', pay];
const migrating = ({ pay, web, tiller }: World) => [
  ...['migrate2to3', '-n', pay, '-n', web, '-t', tiller, '--adopt-resource', 'configmaps'],
];
const cleaning = ({ pay, web, tiller }: World) => ['-n', pay, '-n', web, '-t', tiller];
const cleaningUp = ({ tiller }: World) => [
  ...['-t', tiller, '--yes', '--backup', join(folder, randomBytes(6).toString('hex'))],
];

async function migrated({ tiller }: World): Promise<void> {
  const line = ['migrate2to3', '--all', '--yes', '-t', tiller, '--no-adopt'];
  const ran = await runCli([...line, '--kubeconfig', cluster.adminKubeconfig]);
  expect(ran, ran.err).toMatchObject({ code: 0 });
}

const cases: readonly Case[] = [
  {
    title: 'list -n',
    role: (w) => ['list', ...namespaced(w)],
    command: (w) => ['list', ...namespaced(w)],
    shows: () => 'billing',
    lacking: 1,
  },
  {
    title: 'list -A',
    role: () => ['list', '-A'],
    command: () => ['list', '-A', '--filter', '^billing$'],
    shows: ({ web }) => web,
    lacking: 1,
  },
  {
    title: 'list of Helm 2',
    role: ({ pay, tiller }) => ['list', '-n', pay, '-t', tiller, '--helm', '2'],
    command: ({ pay, tiller }) => ['list', '-n', pay, '-t', tiller, '--helm', '2'],
    shows: ({ pay }) => `old-${pay}`,
    lacking: 1,
  },
  {
    title: 'history',
    role: (w) => ['history', ...namespaced(w)],
    command: (w) => ['history', 'billing', ...namespaced(w)],
    shows: () => 'Revision 1 of billing',
    lacking: 1,
  },
  {
    title: 'get',
    role: (w) => ['get', ...namespaced(w)],
    command: (w) => ['get', 'manifest', 'billing', ...namespaced(w)],
    shows: () => 'billing/templates/cm.yaml',
    lacking: 1,
  },
  {
    title: 'migrate2to3',
    role: migrating,
    command: ({ tiller }) => ['migrate2to3', '--all', '--yes', '-t', tiller],
    shows: () => 'Done: 2 releases',
  },
  {
    title: 'migrate2to3 --delete-v2-releases',
    role: (w) => [...migrating(w), '--delete-v2-releases'],
    command: ({ tiller }) => [
      ...['migrate2to3', '--all', '--yes', '-t', tiller, '--delete-v2-releases'],
      ...['--backup', join(folder, randomBytes(6).toString('hex'))],
    ],
    shows: () => 'Done: 2 releases',
  },
  {
    title: 'cleanup --release-cleanup',
    prepare: migrated,
    role: (w) => ['cleanup', ...cleaning(w), '--release-cleanup'],
    command: (w) => ['cleanup', '--release-cleanup', ...cleaningUp(w)],
    shows: () => 'deleted 2 records of 2 releases',
  },
  {
    title: 'cleanup --tiller-rbac',
    async prepare(w) {
      // In a Secret too: where Tiller goes, both kinds of record are looked at.
      const sketch = { helm: 2, name: 'old-secret', namespace: w.pay } as const;
      await put(cluster, sketchRecord(sketch, { kind: 'Secret', namespace: w.tiller }));
      await migrated(w);
      await installTiller(cluster, w.tiller);
    },
    role: (w) => ['cleanup', ...cleaning(w), '--tiller-rbac'],
    command: (w) => ['cleanup', '--tiller-rbac', ...cleaningUp(w)],
    shows: () => 'deleted 3 records of 3 releases; 6 objects of Tiller',
    spare: [
      ...['get clusterrolebindings.rbac.authorization.k8s.io', 'get deployments.apps'],
      ...['get rolebindings.rbac.authorization.k8s.io', 'get services'],
    ],
  },
  {
    title: 'restore',
    role: ({ pay }) => ['restore', '-n', pay],
    command: (w) => ['restore', backupOf(w), '--yes'],
    shows: () => 'restored',
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
  readonly apiGroups: readonly string[];
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
    rules.flatMap(({ apiGroups: [group = ''], resources, verbs }) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => {
          const { namespace } = metadata;
          const place = { ...(group && { group }), ...(namespace !== undefined && { namespace }) };
          return { verb, resource, ...place } as Need;
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

function uses({ verb, resource, namespace, code }: AuditEntry, need: Need): boolean {
  const there = need.namespace === undefined || need.namespace === namespace;
  return there && verb === need.verb && resource === need.resource && code < 300;
}

async function as(
  kubeconfig: string,
  args: readonly string[],
): Promise<Ran & { writes: string[]; asked: readonly AuditEntry[] }> {
  const mark = await cluster.auditMark();
  const ran = await runCli([...args, '--kubeconfig', kubeconfig]);
  const entries = await cluster.auditSince(mark);
  const writes = entries
    .filter((entry) => isWrite(entry) && entry.user.startsWith('user-') && entry.code < 300)
    .map(({ verb, namespace, name }) => `${verb} ${namespace}/${name}`);
  return { ...ran, writes, asked: entries.filter(({ user }) => user.startsWith('user-')) };
}

/** What Tiller didn't use isn't in the Role: a note says so, with flags for it. */
const skippedNote = /^note: no permission to look into .*; (.*)\n/;

describe.each(cases)('$title', ({ role, command, shows, prepare, spare = [], lacking = 4 }) => {
  it('works with the printed Role, and makes use of all of it', async () => {
    const here = await world();
    await prepare?.(here);
    const user = newUser();
    await grant(role(here), user.name);
    const all = await grants(role(here));
    await settled(user.kubeconfig, all, []);
    const { code, out, err, asked } = await as(user.kubeconfig, command(here));
    const unused = all.filter((need) => !asked.some((entry) => uses(entry, need)));
    expect(unused.map((need) => `${need.verb} ${resourceWord(need)}`).sort()).toEqual(spare);
    expect({ code, err: err.replace(skippedNote, '') }, err).toEqual({ code: 0, err: '' });
    const advised = skippedNote.exec(err)?.[1]?.match(/--[\w-]+/g) ?? [];
    const [name = ''] = command(here);
    const help = await runCli([name, '--help']);
    for (const flag of advised) expect(help.out, name).toContain(` ${flag} `);
    expect(out).toContain(shows(here));
  });

  it('is refused without any one verb of it, which it names', async () => {
    const here = await world();
    await prepare?.(here);
    const all = await grants(role(here));
    expect(all.length).toBeGreaterThan(1);
    for (const without of all) {
      const user = newUser();
      await grant(role(here), user.name, without);
      await settled(user.kubeconfig, all, [without]);
      const { code, out, err, writes } = await as(user.kubeconfig, command(here));
      const what = `${without.verb} ${resourceWord(without)}`;
      expect({ code, writes }, `${what}: ${out} ${err}`).toEqual({ code: lacking, writes: [] });
      // A request that was refused is named without its group.
      const named = `${without.verb} ${without.resource.replace(/s$/, 's?')}`;
      expect(err).toMatch(new RegExp(`no permission to ${named}`));
    }
  }, 300_000);
});

describe('a migration that lacks a permission', () => {
  it('says so in every kind of run, before it makes anything, with the line for the Role', async () => {
    const { pay, tiller } = await world();
    const role = ['migrate2to3', '-n', pay, '-t', tiller, '--adopt-resource', 'configmaps'];
    const user = newUser();
    const patch: Need = { verb: 'patch', resource: 'configmaps', namespace: pay };
    await grant(role, user.name, patch);
    await settled(user.kubeconfig, await grants(role), [patch]);
    const backup = join(folder, randomBytes(6).toString('hex'));
    const command = ['migrate2to3', `old-${pay}`, '-t', tiller];
    const flags = [['--dry-run'], ['--check'], [], ['--yes'], ['--dry-run', '-o', 'json']];
    for (const more of flags) {
      const { code, out, err, writes } = await as(user.kubeconfig, [...command, ...more]);
      expect({ code, writes }, `${more}: ${err}`).toEqual({ code: 4, writes: [] });
      expect(err).toContain(`no permission to patch configmaps in namespace ${pay}`);
      if (more.includes('json'))
        expect(JSON.parse(out)).toMatchObject({
          missingPermissions: [`patch configmaps in namespace ${pay}`],
          releases: [{ verdict: 'ready' }],
        });
    }
    const all = [...command, '--yes', '--delete-v2-releases', '--backup', backup];
    const { code, err } = await as(user.kubeconfig, all);
    expect(code).toBe(4);
    expect(existsSync(backup)).toBe(false);
    const [, line = ''] = /rbac (migrate2to3.*) {2}prints a Role for it/.exec(err) ?? [];
    await grant(line.split(' '), user.name);
    await settled(user.kubeconfig, await grants(line.split(' ')), []);
    const done = await as(user.kubeconfig, all);
    expect(done, done.err).toMatchObject({ code: 0 });
    expect(existsSync(backup)).toBe(true);
  });
});

it('a migration that may see no live object names every kind it asks for', async () => {
  const { pay, tiller } = await world();
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'app' } };
  const manifest = `---\n${JSON.stringify(app)}\n---\n${JSON.stringify(service)}\n`;
  const sketch = { helm: 2, name: 'two', namespace: pay } as const;
  const payload = encodePayload('helm2', { ...sketchRelease(sketch), manifest });
  await put(cluster, { ...sketchRecord(sketch, { namespace: tiller }), payload });
  const role = ['migrate2to3', '-n', pay, '-t', tiller, '--no-adopt'];
  const user = newUser();
  await grant(role, user.name);
  await settled(user.kubeconfig, await grants(role), []);
  const command = ['migrate2to3', 'two', '-t', tiller, '--dry-run'];
  const { code, err } = await as(user.kubeconfig, command);
  expect(code, err).toBe(4);
  for (const kind of ['configmaps', 'services'])
    for (const verb of ['get', 'patch'])
      expect(err).toContain(`  no permission to ${verb} ${kind} in namespace ${pay}\n`);
  expect(err).toContain('rbac migrate2to3 --adopt-resource configmaps,services');
  expect(await as(user.kubeconfig, [...command, '--no-adopt'])).toMatchObject({ code: 0 });
});

describe('what is optional', () => {
  it('is used where it is allowed, and a namespace that is missing is then said in the plan', async () => {
    const { pay, tiller } = await world();
    const flags = ['-n', pay, '-t', tiller, '--adopt-resource', 'configmaps'];
    const needs = await needsOf(
      'migrate2to3',
      { namespaces: [pay], 'tiller-namespace': [tiller], 'adopt-resource': ['configmaps'] },
      {},
    );
    const optional = needs.filter((need) => need.optional);
    expect(optional.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual([
      ...['list secrets', 'get namespaces', 'get namespaces', 'list configmaps'],
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
