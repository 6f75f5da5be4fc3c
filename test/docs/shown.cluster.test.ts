/**
 * What README and docs show is what happens: every block that begins with `$ ` is run as it is written, in
 * a copy of this repository's demo, with the real kubectl and helm, on a cluster that holds the same
 * records. `…` stands for what is left out.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from '../cluster/cluster.ts';
import { useClients } from '../cluster/shared.ts';
import { put } from '../e2e/kubectl-program.ts';
import { program } from '../e2e/program.ts';
import { demoDump, install, manifestsIn } from '../e2e/tiller.ts';
import { broken, sketchRecord } from '../unit/cli-records.ts';
import { blocksOf, isShown, pages, patternOf, root, shownCommands } from './pages.ts';

const { helm4, kubectl } = useClients();
const folder = mkdtempSync(join(tmpdir(), 'docs-'));
const bin = join(folder, 'bin');
const namespaces = ['pay', 'web', 'jobs', 'monitoring', 'shop', 'money'];
let cluster: Awaited<ReturnType<typeof startCluster>>;

beforeAll(async () => {
  mkdirSync(bin);
  for (const [name, target] of [
    ['kubectl-releases', program],
    ['kubectl', kubectl],
    ['helm', helm4],
  ] as const)
    symlinkSync(target, join(bin, name));
  cluster = await startCluster();
  await install(cluster, manifestsIn(demoDump), 'kube-system', namespaces);
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await cluster.stop();
});

const shown = pages
  .map((page) => ({ page, blocks: blocksOf(page).filter(isShown) }))
  .filter(({ blocks }) => blocks.length > 0);

it('there are pages that show something', () => {
  expect(shown.map(({ page }) => page)).toContain('README.md');
});

/** What a page speaks of and the demo doesn't hold. */
const worlds: { readonly [page: string]: () => Promise<void> } = {
  'docs/doctor.md': async () => {
    const updated = new Date(Date.now() - 3_600_000).toISOString();
    const namespace = 'shop';
    await put(
      cluster,
      sketchRecord({ name: 'shop', namespace, updated }),
      sketchRecord({ name: 'shop', namespace, updated, revision: 2, status: 'pending-upgrade' }),
      sketchRecord({ name: 'cart', namespace }),
      sketchRecord({ name: 'cart', namespace, revision: 2 }),
      sketchRecord({ name: 'mail', namespace }),
    );
  },
  // An upgrade was interrupted an hour ago.
  'docs/guides/recover.md': async () => {
    const updated = new Date(Date.now() - 3_600_000).toISOString();
    const namespace = 'shop';
    const of = (name: string, ...statuses: readonly string[]) =>
      statuses.map((status, at) =>
        sketchRecord({ ...{ name, namespace, updated, status }, revision: at + 1 }),
      );
    const [first, ...others] = of('mail', 'superseded', 'deployed');
    // What another page has migrated.
    await cluster.must('DELETE', '/api/v1/namespaces/shop/secrets');
    await put(
      cluster,
      ...of('shop', 'deployed', 'pending-upgrade'),
      ...of('cart', 'superseded', 'uninstalling'),
      ...(first ? [broken(first)] : []),
      ...others,
      ...of('blog', ...Array(11).fill('superseded'), 'deployed'),
      ...of('old', 'superseded', 'uninstalled'),
    );
  },
  // eve may do what a migration of `queue` takes, but for marking its Deployment.
  'docs/rbac.md': async () => {
    await cluster.must('DELETE', '/api/v1/namespaces/jobs/secrets');
    const labels = { app: 'queue', release: 'queue' };
    const spec = { containers: [{ name: 'queue', image: 'queue' }] };
    await cluster.must('POST', '/apis/apps/v1/namespaces/jobs/deployments', {
      metadata: { name: 'queue' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
    await cluster.allow('eve', [
      { resources: ['secrets', 'configmaps'], verbs: ['get', 'list', 'create'] },
      { resources: ['namespaces'], verbs: ['get'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
    ]);
  },
};

// A page is read from the top: what a command leaves is there for the next one.
describe.each(shown)('$page', ({ page, blocks }) => {
  const cwd = join(folder, page.replaceAll('/', '-'));
  beforeAll(async () => {
    cpSync(join(root, 'demo', 'tiller'), join(cwd, 'demo', 'tiller'), { recursive: true });
    await worlds[page]?.();
  });
  // Its releases are called as some of the demo's are, which other pages migrate.
  afterAll(async () => {
    if (page === 'docs/doctor.md') await cluster.must('DELETE', '/api/v1/namespaces/shop/secrets');
  });

  const commands = blocks.flatMap((block) =>
    shownCommands(block).map((one) => ({ at: `${page}:${block.line}`, ...one })),
  );
  it.each(commands)('$at $command', ({ command, output }) => {
    const PATH = [bin, dirname(process.execPath), process.env.PATH].join(':');
    const { stdout } = spawnSync('sh', ['-c', `{ ${command}\n} 2>&1`], {
      ...{ cwd, encoding: 'utf8', input: '' },
      env: { PATH, HOME: folder, TZ: 'UTC', KUBECONFIG: cluster.adminKubeconfig },
    });
    const text = stdout.replace(/ +$/gm, '').trimEnd();
    expect(text === '' ? '' : `${text}\n`).toMatch(patternOf(output));
  });
});
