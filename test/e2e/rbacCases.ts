/** For each command of the table in src/commands/rbac/asks.ts: a world, a Role, and what it lets one do. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { encodePayload } from '../../src/codecs/index.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { type Sketch, sketchRecord, sketchRelease } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';
import { installTiller } from './tillerObjects.ts';

const cluster = useCluster();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rbac-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Namespaces with a release in Helm 3 and one in Helm 2: newest revisions that only a get reads. */
export interface World {
  readonly pay: string;
  readonly web: string;
  readonly tiller: string;
  readonly tillerRecords: readonly ReleaseRecord[];
}

export async function world(): Promise<World> {
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

export const app = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app' } };

/** A Helm 2 release that holds one live object. */
function withApp(namespace: string, tiller: string): ReleaseRecord {
  const sketch = { helm: 2, name: `old-${namespace}`, namespace, status: 'superseded' } as const;
  const manifest = `---\n${JSON.stringify(app)}\n`;
  const release = { ...sketchRelease(sketch), manifest, hooks: [] };
  const payload = encodePayload('helm2', release);
  return { ...sketchRecord(sketch, { namespace: tiller }), payload };
}

export interface Case {
  readonly title: string;
  /** For rbac, after the command's name. */
  readonly role: (world: World) => string[];
  readonly command: (world: World) => string[];
  readonly shows: (world: World) => string;
  /** What happens while it runs, which goes on until it shows it. */
  readonly meanwhile?: (world: World) => Promise<void>;
  /** What must be there besides. */
  readonly prepare?: (world: World) => Promise<void>;
  /** What is granted for the case that a reply is lost, and not asked for otherwise. */
  readonly spare?: readonly string[];
  /** What the command ends with when it lacks a permission; absent: 4, refused before the first write. */
  readonly lacking?: 1 | 2;
  /** What it goes on without, and says so in what it shows. */
  readonly shownWithout?: string;
  /** And then it writes, too. */
  readonly writesWithout?: true;
}

const namespaced = ({ pay }: World) => ['-n', pay];
const migrating = ({ pay, web, tiller }: World) => [
  ...['migrate2to3', '-n', pay, '-n', web, '-t', tiller, '--adopt-resource', 'configmaps'],
];
const toConfigMaps = ['--from', 'secret', '--to', 'configmap'];
const cleaning = ({ pay, web, tiller }: World) => ['-n', pay, '-n', web, '-t', tiller];
const cleaningUp = ({ tiller }: World) => [...['-t', tiller, '--yes', '--backup', newPath()]];

/** A release of Helm 3 whose object is there. */
async function withLive({ pay }: World): Promise<void> {
  const sketch = { name: 'live', namespace: pay };
  const manifest = `---\n${JSON.stringify(app)}\n`;
  const release = { ...sketchRelease(sketch), manifest, hooks: [] };
  await put(cluster, { ...sketchRecord(sketch), payload: encodePayload('helm3', release) });
}

/** Somebody else's doing: the same again where it is tried once more. */
async function later(sketch: Sketch): Promise<void> {
  const record = sketchRecord(sketch);
  const secrets = `/api/v1/namespaces/${record.namespace}/secrets`;
  await cluster.request('DELETE', `${secrets}/${record.key}`);
  await cluster.must('POST', secrets, objectOf(record));
}

async function migrated({ tiller }: World): Promise<void> {
  const line = ['migrate2to3', '--all', '--yes', '-t', tiller, '--no-adopt'];
  const ran = await runCli([...line, '--kubeconfig', cluster.adminKubeconfig]);
  expect(ran, ran.err).toMatchObject({ code: 0 });
}

export const cases: readonly Case[] = [
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
    title: 'list --watch',
    role: (w) => ['list', ...namespaced(w), '--watch'],
    command: (w) => ['list', ...namespaced(w), '--watch'],
    meanwhile: ({ pay }) => later({ name: 'later', namespace: pay }),
    shows: () => 'later',
    lacking: 1,
  },
  {
    title: 'history --watch',
    role: (w) => ['history', ...namespaced(w), '--watch'],
    command: (w) => ['history', 'billing', ...namespaced(w), '--watch'],
    meanwhile: ({ pay }) => later({ namespace: pay, revision: 2 }),
    shows: () => 'Revision 2 of billing',
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
    title: 'status',
    role: (w) => ['status', ...namespaced(w)],
    command: (w) => ['status', 'billing', ...namespaced(w)],
    shows: () => 'NAME: billing',
    lacking: 1,
  },
  {
    title: 'status --live',
    prepare: withLive,
    role: (w) => ['status', ...namespaced(w), '--live', '--adopt-resource', 'configmaps'],
    command: (w) => ['status', 'live', '--show-resources', ...namespaced(w)],
    shows: () => 'app',
    lacking: 1,
    shownWithout: 'get configmaps',
  },
  {
    title: 'tree',
    prepare: withLive,
    role: (w) => ['tree', ...namespaced(w), '--adopt-resource', 'configmaps'],
    command: (w) => ['tree', 'live', ...namespaced(w)],
    shows: () => '1 object: 1 live',
    lacking: 1,
    shownWithout: 'get configmaps',
  },
  {
    title: 'du',
    role: (w) => ['du', ...namespaced(w)],
    command: (w) => ['du', 'billing', ...namespaced(w)],
    shows: () => 'billing',
    lacking: 1,
  },
  {
    title: 'chart',
    role: (w) => ['chart', ...namespaced(w)],
    command: (w) => ['chart', 'billing', '-d', newPath(), ...namespaced(w)],
    shows: () => 'billing',
    lacking: 1,
  },
  {
    title: 'diff',
    role: (w) => ['diff', ...namespaced(w)],
    command: (w) => ['diff', 'billing', '1', '1', ...namespaced(w)],
    shows: () => '',
    lacking: 2,
  },
  {
    title: 'diff --live',
    prepare: withLive,
    role: (w) => ['diff', ...namespaced(w), '--live', '--adopt-resource', 'configmaps'],
    command: (w) => ['diff', 'live', '--live', ...namespaced(w)],
    shows: () => '',
    lacking: 2,
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
      ...['--backup', newPath()],
    ],
    shows: () => 'Done: 2 releases',
  },
  {
    title: 'relocate --delete-source',
    role: (w) => ['relocate', ...namespaced(w), ...toConfigMaps, '--delete-source'],
    command: (w) => [
      ...['relocate', 'billing', ...namespaced(w), ...toConfigMaps, '--delete-source', '--yes'],
      ...['--backup', newPath()],
    ],
    shows: () => 'Done: 1 release',
  },
  {
    title: 'relocate --to-name',
    prepare: withLive,
    role: (w) => [
      ...['relocate', ...namespaced(w), '--to-name', 'alive', '--delete-source'],
      ...['--adopt-resource', 'configmaps'],
    ],
    command: (w) => [
      ...['relocate', 'live', ...namespaced(w), '--to-name', 'alive', '--delete-source', '--yes'],
      ...['--backup', newPath()],
    ],
    shows: () => 'Done: 1 release, 1 record created, read back and equal, 1 live object adopted',
    shownWithout: 'list configmaps',
    writesWithout: true,
  },
  {
    title: 'copy',
    role: (w) => ['copy', ...namespaced(w), ...toConfigMaps],
    command: (w) => ['copy', 'billing', ...namespaced(w), ...toConfigMaps, '--yes'],
    shows: () => 'Done: 1 release',
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
    title: 'doctor',
    role: (w) => ['doctor', ...namespaced(w)],
    command: (w) => ['doctor', ...namespaced(w), '--fail-on', 'error'],
    shows: () => 'billing',
    lacking: 1,
  },
  {
    title: 'doctor --live',
    prepare: withLive,
    role: (w) => ['doctor', ...namespaced(w), '--live', '--adopt-resource', 'configmaps'],
    command: (w) => ['doctor', ...namespaced(w), '--live', '--fail-on', 'error'],
    shows: () => 'billing',
    lacking: 1,
    shownWithout: 'get configmaps',
  },
  {
    title: 'unlock',
    prepare: (w) =>
      put(cluster, sketchRecord({ namespace: w.pay, revision: 2, status: 'pending-upgrade' })),
    role: (w) => ['unlock', 'billing', ...namespaced(w), '--as', 'failed'],
    command: (w) => [
      ...['unlock', 'billing', ...namespaced(w), '--as', 'failed', '--yes', '--older-than', '0s'],
      ...['--backup', newPath()],
    ],
    shows: () => '1 record updated',
  },
  {
    title: 'prune',
    prepare: (w) =>
      put(cluster, ...[2, 3].map((revision) => sketchRecord({ namespace: w.pay, revision }))),
    role: (w) => ['prune', 'billing', ...namespaced(w), '--keep', '1'],
    command: (w) => [
      ...['prune', 'billing', ...namespaced(w), '--keep', '1', '--yes', '--backup', newPath()],
    ],
    shows: () => '1 record deleted',
  },
  {
    title: 'backup',
    role: (w) => ['backup', 'billing', ...namespaced(w)],
    command: (w) => ['backup', 'billing', `${newPath()}.zip`, ...namespaced(w)],
    shows: () => 'billing',
  },
  {
    title: 'restore',
    role: ({ pay }) => ['restore', '-n', pay],
    command: (w) => ['restore', backupOf(w), '--yes'],
    shows: () => 'restored',
    // It reads back by lists; what those hide, and a lost reply, are asked for by name.
    spare: ['get configmaps', 'get secrets'],
  },
  {
    title: 'restore --overwrite',
    async prepare(w) {
      await put(cluster, ...restored(w).map((record) => ({ ...record, payload: otherPayload(w) })));
    },
    role: ({ pay }) => ['restore', '-n', pay, '--overwrite'],
    command: (w) => [
      // Its release is in Secrets and in ConfigMaps: two of one name, and -A means both.
      ...['restore', backupOf(w), '--overwrite', 'restored', '-A', '--backup', newPath(), '--yes'],
    ],
    shows: () => 'restored',
    // Nothing is missing here, and only what no update changes is deleted and made anew.
    spare: ['create configmaps', 'create secrets', 'delete configmaps', 'delete secrets'],
  },
];

/** A folder or file that isn't there yet. */
export function newPath(): string {
  return join(folder, randomBytes(6).toString('hex'));
}

function otherPayload({ pay }: World): string {
  return encodePayload('helm3', {
    ...sketchRelease({ name: 'restored', namespace: pay }),
    manifest: '',
  });
}

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
