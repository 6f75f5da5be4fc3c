/** `relocate` and `copy` on a real API server: dry runs, Helm 2's records, helm's -n, pipes, reruns. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectOf } from '../../src/storage/objects.ts';
import { isWrite } from '../cluster/audit.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';
import { withArguments } from './program.ts';
import { clients, cluster, helm, releases, type World } from './relocateWorld.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'relocate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function world(...names: string[]): Promise<World> {
  const made: World = { helm: 'helm4', namespace: await cluster.namespace('relocate'), sqlUrl: '' };
  for (const name of names) {
    await helm(made, 'secret', 'install', name, chart);
    await helm(made, 'secret', 'upgrade', name, chart, '--set', 'greeting=two');
  }
  return made;
}

/** Objects of a kind that are records, by name. */
async function recordsOf(kind: 'secrets' | 'configmaps', namespace: string): Promise<string[]> {
  const { items } = (await cluster.must('GET', `/api/v1/namespaces/${namespace}/${kind}`)) as {
    items: { metadata: { name: string; labels?: { [name: string]: string } } }[];
  };
  return items
    .filter(({ metadata: { labels = {} } }) => labels.owner === 'helm' || labels.OWNER === 'TILLER')
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** Writes of one user's requests in a namespace, reviews of permissions left out. */
async function writes(work: (kubeconfig: string) => Promise<unknown>, namespace: string) {
  const user = `mover-${namespace}`;
  const mark = await cluster.auditMark();
  await work(cluster.kubeconfigFor(user, ['system:masters']));
  const entries = await cluster.auditSince(mark, { user });
  expect(entries.length).toBeGreaterThan(0);
  return entries.filter(isWrite).map(({ verb, uri }) => `${verb} ${uri}`);
}

describe('in one cluster', () => {
  it('a dry run writes nothing, and one with the server lets it try every step', async () => {
    const { namespace } = await world('app');
    const line = `relocate --all -n ${namespace} --to configmap --delete-source`;
    const run = (more: string) => async (KUBECONFIG: string) => {
      const { code, out, err } = await runCli(`${line} ${more}`.split(' '), {
        env: { KUBECONFIG },
      });
      expect(err).toBe('');
      expect(code).toBe(0);
      return out;
    };
    expect(await writes(run('--dry-run'), namespace)).toEqual([]);
    const mark = await cluster.auditMark();
    const out = await run('--dry-run=server')(cluster.adminKubeconfig);
    expect(out).toContain(
      'Dry run: the API server accepts 1 release: 2 records created, 2 sources deleted.',
    );
    const tried = (await cluster.auditSince(mark, { namespace })).filter(({ uri }) =>
      uri.includes('dryRun=All'),
    );
    expect(tried.map(({ verb }) => verb).sort()).toEqual(['create', 'create', 'delete', 'delete']);
    expect(await recordsOf('configmaps', namespace)).toEqual([]);
    expect(await recordsOf('secrets', namespace)).toHaveLength(2);
  });

  it('a release whose content names another namespace is of the one that helm finds it in', async () => {
    // As Velero leaves it, restored into another namespace: its older history says the first one.
    const made = await world();
    const { namespace } = made;
    const other = await cluster.namespace('relocate-old');
    const says = { app: [other, other, namespace], moved: [other, other], good: [namespace] };
    for (const [name, namespaces] of Object.entries(says))
      for (const [index, said] of namespaces.entries()) {
        const status = index + 1 === namespaces.length ? 'deployed' : 'superseded';
        await put(
          cluster,
          sketchRecord({ name, namespace: said, revision: index + 1, status }, { namespace }),
        );
      }
    const records = await recordsOf('secrets', namespace);
    expect(records).toHaveLength(6);
    const histories = (driver: 'secret' | 'configmap') =>
      Promise.all(
        Object.keys(says).map(async (name) =>
          JSON.parse(await helm(made, driver, 'history', name, '-o', 'json')),
        ),
      );
    const before = await histories('secret');
    const run = async (line: string) => {
      const env = { KUBECONFIG: cluster.adminKubeconfig };
      const { code, out, err } = await runCli(line.split(' '), { env });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      return out;
    };
    const archive = join(folder, `${namespace}.zip`);
    expect(await run(`backup --all -n ${namespace} ${archive}`)).toContain('6 records created');
    const moving = `mv --all -n ${namespace} --to configmap --yes --backup ${join(folder, namespace)}`;
    const said = await run(moving);
    const undo = said.match(/(?<=^(?:Undo:| {5}) kubectl releases ).*$/gm) ?? [];
    expect(undo).toHaveLength(2);
    expect(await recordsOf('configmaps', namespace)).toEqual(records);
    expect(await recordsOf('configmaps', other)).toEqual([]);
    expect(await histories('configmap')).toEqual(before);
    for (const line of undo)
      await run(`${line} --yes --backup ${join(folder, `${namespace}.${line.length}`)}`);
    expect(await recordsOf('secrets', namespace)).toEqual(records);
    expect(await histories('secret')).toEqual(before);
  });

  it('the API server is asked about a restoration, which writes nothing', async () => {
    const { namespace } = await world('app');
    const archive = join(folder, `${namespace}.zip`);
    const run = (line: string) =>
      runCli(line.split(' '), { env: { KUBECONFIG: cluster.adminKubeconfig } });
    const moved = await run(
      `relocate --all -n ${namespace} --to file:${archive} --delete-source --yes --backup ${join(folder, namespace)}`,
    );
    expect(moved.code).toBe(0);
    const { code, out } = await run(`restore ${archive} --dry-run=server`);
    expect(code).toBe(0);
    expect(out).toContain('Dry run: the API server accepts 1 release: 2 records created');
    expect(await recordsOf('secrets', namespace)).toEqual([]);
    const wrong = await run(
      `restore ${archive} --to dir:${join(folder, 'there')} --dry-run=server`,
    );
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('--dry-run=server asks the API server, and the target is none');
  });

  it('a second run writes nothing, whether the sources are kept or not', async () => {
    const { namespace } = await world('app', 'cart');
    const line = `relocate --all -n ${namespace} --from secret --to configmap --yes`;
    const run = (more: string[]) => (KUBECONFIG: string) =>
      runCli([...line.split(' '), ...more], { env: { KUBECONFIG } });
    const keeping = run(['--keep-source']);
    expect((await keeping(cluster.adminKubeconfig)).out).toContain('2 releases, 4 records created');
    expect(await writes(keeping, namespace)).toEqual([]);
    const deleting = ['--delete-source', '--backup', join(folder, namespace)];
    const moved = await run(deleting)(cluster.adminKubeconfig);
    expect(moved.out).toContain('0 records created, read back and equal, 4 sources deleted');
    expect(await writes(run(deleting), namespace)).toEqual([]);
    const undo = /^Undo: kubectl releases (.*)$/m.exec(moved.out)?.[1] ?? '';
    const undone = await runCli([...undo.split(' '), '--yes'], {
      env: { KUBECONFIG: cluster.adminKubeconfig },
    });
    expect(undone, undone.out + undone.err).toMatchObject({ code: 0 });
    expect(await recordsOf('secrets', namespace)).toHaveLength(4);
  });

  it('two runs at once say of each record which of them made it', async () => {
    const { namespace } = await world('app', 'cart', 'shop');
    const line = `relocate --all -n ${namespace} --from secret --to configmap --keep-source --yes`;
    const runs = await Promise.all([1, 2].map(() => releases({ sqlUrl: '' }, line)));
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    const outs = runs.map(({ out }) => out);
    const made = outs.flatMap(
      (out) => /^Done: .*?, ([0-9]+) records? created/m.exec(out)?.[1] ?? '0',
    );
    expect(made.map(Number).reduce((sum, one) => sum + one, 0)).toBe(6);
    expect(await recordsOf('configmaps', namespace)).toHaveLength(6);
  });

  it('two releases whose records would meet in one namespace are refused, the others move', async () => {
    const [one, two] = [await world('app', 'solo'), await world('app')];
    const vault = await cluster.namespace('vault');
    const from = await runCli(
      `copy --all -n ${one.namespace} --to secret:${vault} --yes`.split(' '),
      { env: { KUBECONFIG: cluster.adminKubeconfig } },
    );
    expect(from.code).toBe(0);
    const both = await releases(
      one,
      `copy solo -A --from secret --to configmap:${vault} --dry-run`,
    );
    expect(both.err).toContain(`solo is in namespace ${one.namespace} (Helm 3/4, secret:${vault})`);
    expect(both.out).toMatch(/ done +equal to that in secret:\S+, which is copied$/m);
    const meet = await releases(one, `copy app -A --from secret --to configmap:${vault} --dry-run`);
    expect(meet.out.replace(/\s+/g, ' ')).toContain(`-n ${two.namespace} takes this one alone`);
    const first = `--from secret:${one.namespace} takes this one alone`;
    expect(meet.out.replace(/\s+/g, ' ')).toContain(first);
    const archive = join(folder, `${vault}.zip`);
    await releases(one, `copy solo -A --from secret --to file:${archive} --yes`);
    const back = await releases(one, `restore ${archive} solo --to configmap:${vault} --dry-run`);
    expect(back.out).toMatch(/ done +equal to that in secret:\S+, which is restored$/m);
    const meeting = await releases(
      two,
      `copy --all -n ${two.namespace} --to secret:${vault} --yes`,
    );
    expect(meeting.code).toBe(4);
    expect(meeting.out).toMatch(
      /^app .* refused +secret vault-\S+ exists with other content: --to-name NAME/m,
    );
    expect(await recordsOf('secrets', vault)).toHaveLength(4);
  });

  it('Helm 2 records move as they are, by the flags that name them', async () => {
    const tiller = await cluster.namespace('tiller');
    const vault = await cluster.namespace('vault');
    for (const revision of [1, 2]) {
      const record = sketchRecord({ helm: 2, name: 'old', revision }, { namespace: tiller });
      await cluster.must('POST', `/api/v1/namespaces/${tiller}/configmaps`, objectOf(record));
    }
    const line = `relocate old -t ${tiller} --to-storage-namespace ${vault} --delete-source --yes`;
    const { code, out, err } = await releases(
      { sqlUrl: '' },
      `${line} --backup ${folder}/${vault}`,
    );
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('1 release, 2 records created, read back and equal, 2 sources deleted');
    expect(out).toContain(`→ the cluster (namespace ${vault}, context `);
    // helm 3 and 4 don't see them.
    const next = `list -A --helm 2 -t ${vault}`;
    expect(out).toContain(`Next: kubectl releases ${next}\n`);
    expect((await releases({ sqlUrl: '' }, next)).out).toContain('old ');
    expect(await recordsOf('configmaps', vault)).toEqual(['old.v1', 'old.v2']);
    expect(await recordsOf('configmaps', tiller)).toEqual([]);
    const types = `relocate old --from configmap:${vault} --helm-release-storage-type secret --helm-release-storage-namespace ${tiller} --keep-source --yes`;
    expect((await releases({ sqlUrl: '' }, types)).code).toBe(0);
    expect(await recordsOf('secrets', tiller)).toEqual(['old.v1', 'old.v2']);
  });

  it("as a plugin of helm it keeps to helm's -n", async () => {
    const [here, there] = [await world('app'), await world('app')];
    const env = { KUBECONFIG: cluster.adminKubeconfig, HELM_NAMESPACE: here.namespace };
    const { out } = await runCli('copy --all --to configmap --yes'.split(' '), { env });
    expect(out).toContain('1 release, 2 records created');
    expect(await recordsOf('configmaps', here.namespace)).toHaveLength(2);
    expect(await recordsOf('configmaps', there.namespace)).toEqual([]);
  });

  it("as a plugin it keeps to helm's -n where that is the context's own, too", async () => {
    // Of no other test: what -A takes is then known.
    const name = `plugged-${randomBytes(4).toString('hex')}`;
    const { namespace } = await world(name);
    const current = await cluster.namespace('current');
    // helm hands `-n current` on like no -n at all: it is the context's namespace.
    const KUBECONFIG = cluster.kubeconfigFor(name, ['system:masters'], current);
    const env = { KUBECONFIG, HELM_NAMESPACE: current, HELM_PLUGIN_NAME: 'releases' };
    const run = (line: string) => runCli(line.split(' '), { env });
    for (const line of [
      `relocate ${name} --to configmap --delete-source --yes`,
      `copy ${name} --from secret --to configmap --yes`,
      `copy ${name} --from secret:${namespace} --to configmap --yes`,
    ]) {
      const { code, err } = await run(line);
      expect({ line, code }).toEqual({ line, code: 1 });
      expect(err).toContain(name);
    }
    const refused = await run('relocate --all --to configmap --delete-source --yes');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain(`error: which namespaces: ${current} alone, or all of them?`);
    expect(refused.err).toContain(`try: --from secret:${current}  takes`);
    const line = `relocate --all --from secret:${current} --to configmap --delete-source --yes`;
    const { out: none } = await run(line);
    expect(none).toContain(`No releases found in secret:${current}`);
    expect(await recordsOf('secrets', namespace)).toHaveLength(2);
    expect(await recordsOf('configmaps', namespace)).toEqual([]);
    const named = await run(`copy ${name} --from secret:${namespace} --to configmap`);
    expect(named.err).toContain(`${name} is in namespace ${namespace} `);
    const everywhere = await run(`copy ${name} -A --to configmap --dry-run`);
    expect(everywhere.code).toBe(0);
    expect(everywhere.out).toContain(name);
    const own = { ...env, HELM_NAMESPACE: namespace };
    const { out } = await runCli(`copy ${name} --to configmap --yes`.split(' '), { env: own });
    expect(out).toContain('1 release, 2 records created');
  });

  it('what kubectl prints goes into a folder through a pipe', async () => {
    const { namespace } = await world('app');
    const options = { kubeconfig: cluster.adminKubeconfig };
    const printed = await clients.run(
      clients.kubectl,
      ['get', 'secret', '-l', 'owner=helm', '-n', namespace, '-o', 'yaml'],
      options,
    );
    const args = ['copy', '--all', '--from', '-', '--to', `dir:${folder}/${namespace}`, '--yes'];
    const piped = await clients.run(...withArguments(args), { input: printed.stdout });
    expect(piped.stderr).toBe('');
    expect(piped.stdout).toContain('1 release, 2 records created, read back and equal.');
  });
});
