/** What a migration reads, chosen on a real API server: several Tillers, label selectors, forks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { matchesSelector, parseSelector } from '../../src/storage/labels.ts';
import { isWrite } from '../cluster/audit.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { type Ran, runCli } from '../unit/cli-io.ts';
import { type Place, type Sketch, sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cluster = useCluster();
const { helm3, kubectl, run } = useClients();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sources-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const inTiller = (namespace: string, sketch: Sketch, place: Place = {}): ReleaseRecord =>
  sketchRecord({ helm: 2, ...sketch }, { namespace, ...place });

function releases(args: readonly string[], kubeconfig = cluster.adminKubeconfig): Promise<Ran> {
  return runCli([...args, '--kubeconfig', kubeconfig]);
}

async function ok(...args: readonly string[]): Promise<string> {
  const ran = await releases(args);
  expect(ran, `${args.join(' ')}: ${ran.err}`).toMatchObject({ code: 0 });
  return ran.out;
}

/** Names of the releases a migration plans to move, and where each is from. */
async function planned(...args: readonly string[]): Promise<string[]> {
  const { code, out, err } = await releases(['migrate2to3', ...args, '--dry-run', '-o', 'json']);
  expect({ code, err }, err).toEqual({ code: 0, err: '' });
  const plan: { readonly releases: readonly { readonly name: string; readonly from: string }[] } =
    JSON.parse(out);
  return plan.releases.map(({ name, from }) => `${name} ${from}`).sort();
}

describe('several Tillers at once', () => {
  let pay: string;
  let tillers: [string, string, string];
  beforeAll(async () => {
    pay = await cluster.namespace('pay');
    tillers = [
      await cluster.namespace('tiller-a'),
      await cluster.namespace('tiller-b'),
      await cluster.namespace('tiller-c'),
    ];
    const [a, b, c] = tillers;
    await put(
      cluster,
      inTiller(a, { name: 'one', namespace: pay, status: 'superseded' }),
      inTiller(a, { name: 'one', namespace: pay, revision: 2 }),
      inTiller(b, { name: 'two', namespace: pay }, { kind: 'Secret' }),
      inTiller(c, { name: 'three', namespace: pay }),
      inTiller(c, { name: 'one', namespace: pay, revision: 7 }),
    );
  });

  it('are listed together, and each namespace can be read alone', async () => {
    const [a, b, c] = tillers;
    const names = async (...flags: string[]) =>
      (await ok('list', '-q', '-n', pay, '--helm', '2', ...flags)).trim().split('\n').sort();
    expect(await names('-t', a, '--tiller-ns', b, `--tiller-namespace=${c}`)).toEqual([
      ...['one', 'one', 'three', 'two'],
    ]);
    expect(await names('-t', b)).toEqual(['two']);
    expect(await ok('history', 'two', '-n', pay, '-t', a, '-t', b)).toContain('Revision 1 of two');
    const args = ['--helm2-release-storage-namespace', a, '--helm2-release-storage-namespace', c];
    expect(await names(...args)).toEqual(['one', 'one', 'three']);
    const first = await releases(['history', 'one', '-n', pay, '-t', a, '-t', c]);
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining('Revision 2 of one') });
    expect(first.err).toBe(
      `note: this is Helm 2 in configmap:${a}; one is also Helm 2 in configmap:${c} (-t ${c})\n`,
    );
  });

  it('refuse what would become one release, and name both places', async () => {
    const [a, b, c] = tillers;
    const flags = ['-t', a, '-t', b, '-t', c];
    const ran = await releases(['migrate2to3', '--all', '--check', ...flags]);
    expect(ran.code).toBe(3);
    expect(ran.out).toContain(`same Helm 3 release as one in configmap:${c}`);
    expect(ran.out).toContain(`same Helm 3 release as one in configmap:${a}`);
    expect(ran.out).toMatch(new RegExp(`^two +${pay} +secret:${b} +1 +ready`, 'm'));
    const renamed = await releases(['migrate2to3', 'one', '--target-release', 'x', ...flags]);
    expect(renamed).toMatchObject({ code: 2, out: '' });
    expect(renamed.err).toContain(`one is in namespace ${pay} (Helm 2, configmap:${a})`);
  });

  it('migrate together what is clear, and helm reads it', async () => {
    const [a, b, c] = tillers;
    const flags = ['-t', a, '-t', b, '-t', c, '--yes'];
    const ran = await releases(['migrate2to3', '--all', ...flags]);
    expect(ran.code, ran.err).toBe(3);
    expect(await ok('migrate2to3', 'one', '-t', a, '--yes')).toContain('Done: 1 release');
    const { stdout } = await run(helm3, ['list', '-q', '-n', pay], {
      kubeconfig: cluster.adminKubeconfig,
    });
    expect(stdout.trim().split('\n')).toEqual(['one', 'three', 'two']);
  });

  it('all get a Role', async () => {
    const [a, b] = tillers;
    const out = (await runCli(['rbac', 'migrate2to3', '-n', pay, '-t', a, '-t', b])).out;
    for (const tiller of [a, b]) expect(out).toContain(`namespace: ${tiller}`);
    const user = 'sources-two-tillers';
    const kubeconfig = cluster.kubeconfigFor(user);
    const roles = await runCli([
      ...['rbac', 'migrate2to3', '-n', pay, '-t', a, '-t', b, '--optional'],
      ...['--for', `user:${user}`],
    ]);
    const applied = await run(kubectl, ['apply', '-f', '-'], {
      ...{ kubeconfig: cluster.adminKubeconfig, input: roles.out },
    });
    expect(applied, applied.stderr).toMatchObject({ code: 0 });
    const command = ['migrate2to3', 'one', 'two', '-t', a, '-t', b, '--dry-run'];
    await expect
      .poll(() => releases(command, kubeconfig), { timeout: 10_000 })
      .toMatchObject({
        ...{ code: 0, err: '', out: expect.stringContaining('already migrated and equal') },
      });
  });
});

describe('a Tiller namespace that does not exist', () => {
  it.each([
    ['list', '--helm', '2'],
    ['history', 'billing'],
    ['get', 'values', 'billing'],
    ['migrate2to3', '--all'],
    ['migrate2to3', 'billing'],
  ])('is an error of %s %s', async (...command) => {
    const there = await cluster.namespace('tiller');
    // Other files write to this cluster at the same time: this user is nobody else's.
    const user = `nowhere-${command.join('-')}`;
    const kubeconfig = cluster.kubeconfigFor(user, ['system:masters']);
    const mark = await cluster.auditMark();
    for (const flags of [
      ['-t', 'nowhere'],
      ['-t', there, '-t', 'nowhere'],
    ]) {
      const { code, out, err } = await releases([...command, ...flags], kubeconfig);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toContain('error: there is no namespace nowhere\n');
    }
    const entries = await cluster.auditSince(mark, { user });
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.filter(isWrite)).toEqual([]);
  });

  it('is none where only the environment names it, and Helm 3 is read too', async () => {
    const namespace = await cluster.namespace('pay');
    await put(cluster, sketchRecord({ namespace }));
    const env = { TILLER_NAMESPACE: 'nowhere', HOME: '/nonexistent' };
    const list = ['list', '-q', '-n', namespace, '--kubeconfig', cluster.adminKubeconfig];
    expect(await runCli(list, { env })).toMatchObject({ code: 0, out: 'billing\n' });
    const old = await runCli([...list, '--helm', '2'], { env });
    expect(old.err).toContain('error: there is no namespace nowhere\n');
  });
});

describe('where nothing is found', () => {
  it('names the Tillers that have it', async () => {
    const [empty, tiller] = [await cluster.namespace('empty'), await cluster.namespace('tiller')];
    const name = `lost-${tiller}`;
    await put(cluster, inTiller(tiller, { name, namespace: 'default' }));
    const { code, err } = await releases(['migrate2to3', name, '-t', empty]);
    expect(code).toBe(1);
    expect(err).toBe(
      `error: no Helm 2 release "${name}" in configmap:${empty}, secret:${empty}\n  try: -t ${tiller}  where it is\n`,
    );
    const all = await releases(['migrate2to3', '--all', '-t', empty]);
    expect(all).toMatchObject({ code: 0, err: '' });
    expect(all.out).toMatch(
      /^No Helm 2 releases found in configmap:.*\n {2}try: -t \S+.* {2}where Helm 2 releases are/,
    );
  });

  it('is not what an address asks for that names no namespace', async () => {
    const { code, err } = await releases(['list', '--storage', 'secret:nobody-has-this']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^error: there is no namespace nobody-has-this\n {2}try: kubectl --kubeconfig \S+ get namespaces {2}shows those that are there\n$/,
    );
  });

  it('does without the permission to look', async () => {
    const empty = await cluster.namespace('empty');
    const user = `looker-${empty}`;
    const kubeconfig = cluster.kubeconfigFor(user);
    await cluster.allow(user, [{ resources: ['secrets', 'configmaps'], verbs: ['list'] }], empty);
    await expect
      .poll(() => releases(['migrate2to3', '--all', '-t', empty], kubeconfig))
      .toMatchObject({
        ...{ code: 0, err: '' },
        out: expect.stringContaining('try: -t NAMESPACE, where Tiller was;'),
      });
  });
});

/** Odd labels, and selectors of every form: those that are right, and those that aren't. */
const bag: readonly { readonly [name: string]: string }[] = [
  { OWNER: 'TILLER', NAME: 'billing', VERSION: '12', STATUS: 'DEPLOYED' },
  { OWNER: 'TILLER', NAME: 'search', VERSION: '9', STATUS: 'SUPERSEDED', 'a.b/c': 'x' },
  { NAME: 'in', empty: '', in: 'notin' },
  { VERSION: 'x', 'a.b/c': '' },
  { VERSION: '007' },
  { VERSION: '99999999999999999999' },
  {},
];
const selectors = [
  ...['OWNER=TILLER', 'OWNER==TILLER,STATUS!=DEPLOYED', 'NAME', '!NAME', '! NAME , !OWNER'],
  ...['NAME in (billing,search)', 'NAME notin (billing)', 'NAME in(billing)', 'NAME in (,in)'],
  ...[
    'NAME in (a,,b)',
    'empty in ()',
    'NAME notin ()',
    'empty in (,)',
    'empty=',
    'empty==',
    'empty!=',
    'none=',
    'none!=',
    'in',
  ],
  ...['in=notin', 'in in (notin)', 'notin notin (in)', 'NAME=in', 'a.b/c', 'a.b/c=x', 'a.b/c!=x'],
  ...['VERSION>9', 'VERSION>8,VERSION<13', 'VERSION<7', 'VERSION>6', 'VERSION>0x1', 'VERSION> 9'],
  ...[' OWNER = TILLER ', 'OWNER\t=\nTILLER', 'OWNER=TILLER,', ',OWNER', 'OWNER,,NAME', 'a b'],
  ...['a=b c', 'a in b', 'a in ()', 'a in (b', 'a in b)', 'a in (b c)', 'a===b', 'a=!b', '!a=b'],
  ...['!!a', '!', '=', '=a', 'a=b=c', 'a!b', 'a>', 'a>x', 'a>-1', 'a>+1', 'a<9223372036854775807'],
  ...['a<9223372036854775808', 'a>=1', '-a', 'a-', 'a/b/c', '/a', 'a/', 'A/b', 'a..b/c', 'a_b'],
  ...['a=-b', 'a=b-', 'a=b/c', 'a="b"', 'a\\=b', 'é', 'a=é', 'a\u00a0=b', `${'a'.repeat(64)}=b`],
  ...[`a=${'b'.repeat(63)}`, `a=${'b'.repeat(64)}`, `${'a'.repeat(253)}/b`, `${'a'.repeat(254)}/b`],
];

it('a selector selects here what it selects on the server, and is wrong where it is wrong there', async () => {
  const namespace = await cluster.namespace('labels');
  for (const [i, labels] of bag.entries())
    await cluster.must('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
      metadata: { name: `bag-${i}`, labels },
    });
  for (const selector of selectors) {
    const query = `labelSelector=${encodeURIComponent(selector)}`;
    const { status, body } = await cluster.request(
      'GET',
      `/api/v1/namespaces/${namespace}/configmaps?${query}`,
    );
    const theirs =
      status === 200
        ? (body as { items: { metadata: { name: string } }[] }).items
            .map(({ metadata }) => metadata.name)
            .filter((name) => name.startsWith('bag-'))
        : status;
    let ours: string[] | number = 400;
    try {
      const parsed = parseSelector(selector);
      ours = bag.flatMap((labels, i) => (matchesSelector(parsed, labels) ? [`bag-${i}`] : []));
    } catch (error) {
      expect(error).toMatchObject({ code: 'USAGE' });
    }
    expect(ours, JSON.stringify(selector)).toEqual(theirs);
  }
});

describe('releases that are named', () => {
  it('are read without the payloads of the others', async () => {
    const [tiller, pay] = [await cluster.namespace('tiller'), await cluster.namespace('pay')];
    const make = (name: string) => inTiller(tiller, { name, namespace: pay });
    const { NAME: _, ...bare } = make('bare').labels;
    await put(cluster, ...['one', 'two', 'three'].map(make), { ...make('bare'), labels: bare });
    const lists = async (...names: readonly string[]) => {
      const mark = await cluster.auditMark();
      const flags = ['-t', tiller, '--helm2-release-storage-type', 'configmap'];
      const found = await planned(...names, ...flags);
      expect(found).toEqual(names.map((name) => `${name} configmap:${tiller}`).sort());
      const entries = await cluster.auditSince(mark);
      return entries
        .filter(({ verb, namespace }) => verb === 'list' && namespace === tiller)
        .map(({ uri }) => new URL(uri, 'https://x').searchParams.get('labelSelector'));
    };
    const all = 'OWNER=TILLER';
    const [one, two] = [`${all},NAME=one`, `${all},NAME=two`];
    expect(await lists('one', 'two')).toEqual([all, one, two]);
    // What its labels don't show is found all the same: by its key.
    expect(await lists('bare')).toEqual([all, `${all},NAME=bare`]);
    expect(await ok('migrate2to3', 'bare', '-t', tiller, '--yes')).toContain('Done: 1 release');
  });
});

describe('chosen by labels', () => {
  /** The same records on the server and in a folder. */
  async function both(make: (tiller: string, pay: string) => readonly ReleaseRecord[]) {
    const [tiller, pay] = [await cluster.namespace('tiller'), await cluster.namespace('pay')];
    const records = make(tiller, pay);
    await put(cluster, ...records);
    const path = mkdtempSync(join(folder, 'dump-'));
    const directory = await openDirectory(path, { create: true });
    for (const record of records) await directory.create(record);
    const places = [
      ['-t', tiller],
      ['--from', `dir:${path}`, '--to', `dir:${path}-new`],
    ];
    const choose = async (...flags: readonly string[]) => {
      const names = await Promise.all(
        places.map(async (place) =>
          (await planned(...flags, ...place)).map((line) => line.split(' ')[0]),
        ),
      );
      expect(names[1], flags.join(' ')).toEqual(names[0]);
      return names[0];
    };
    return { tiller, pay, choose };
  }

  it('-l takes releases by their newest record, whole', async () => {
    const { choose, tiller } = await both((at, namespace) => [
      inTiller(at, { name: 'team', namespace, status: 'superseded' }),
      inTiller(at, { name: 'team', namespace, revision: 2 }),
      inTiller(at, { name: 'gone', namespace, status: 'deployed' }),
      inTiller(at, { name: 'gone', namespace, revision: 2, status: 'uninstalled' }),
    ]);
    expect(await choose('-l', 'STATUS=DEPLOYED')).toEqual(['team']);
    expect(await choose('--all', '--selector', 'STATUS!=DEPLOYED')).toEqual(['gone']);
    expect(await choose('-l', 'NAME in (gone,team),!x')).toEqual(['gone', 'team']);
    expect(await choose('-l', 'STATUS=SUPERSEDED')).toEqual([]);
    const out = await ok('migrate2to3', '-l', 'STATUS=DEPLOYED', '-t', tiller, '--yes');
    expect(out).toContain('Done: 1 release, 2 records created');
  });

  it('--tiller-label takes a fork’s records and leaves Tiller’s', async () => {
    const { choose, tiller, pay } = await both((at, namespace) => {
      const record = inTiller(at, { name: 'forked', namespace });
      const labels = { ...record.labels, OWNER: 'FORK', team: 'x' };
      return [{ ...record, labels }, inTiller(at, { name: 'team', namespace })];
    });
    expect(await choose('--all', '--tiller-label', 'OWNER=FORK')).toEqual(['forked']);
    expect(await choose('--all', '--label', 'OWNER in (FORK,TILLER)')).toEqual(['forked', 'team']);
    expect(await choose('--all', '--tiller-label', 'team')).toEqual(['forked']);
    const flags = ['--tiller-label', 'OWNER=FORK', '-t', tiller];
    expect(await ok('list', '-q', '--helm', '2', '-n', pay, ...flags)).toBe('forked\n');
    expect(await ok('history', 'forked', '-n', pay, ...flags)).toContain('Revision 1 of forked');
    const backup = join(folder, `backup-${tiller}`);
    const moving = ['--delete-v2-releases', '--backup', backup, '--yes', ...flags];
    expect(await ok('migrate2to3', '--all', ...moving)).toContain('Done: 1 release');
    expect(await planned('--all', ...flags)).toEqual([]);
    expect(await ok('restore', backup, '--yes')).toContain('Done');
    expect(await planned('--all', ...flags)).toEqual([`forked configmap:${tiller}`]);
  });
});

describe('helm-2to3’s words for a Tiller that runs elsewhere', () => {
  it('read Secrets, or what --release-storage names; without them, both', async () => {
    const [tiller, pay] = [await cluster.namespace('tiller'), await cluster.namespace('pay')];
    await put(
      cluster,
      inTiller(tiller, { name: 'map', namespace: pay }),
      inTiller(tiller, { name: 'secret', namespace: pay }, { kind: 'Secret' }),
    );
    const all = ['--all', '-t', tiller, '--ignore-already-migrated'];
    const [map, secret] = [`map configmap:${tiller}`, `secret secret:${tiller}`];
    expect(await planned(...all)).toEqual([map, secret]);
    expect(await planned(...all, '--tiller-out-cluster')).toEqual([secret]);
    const named = ['--tiller-out-cluster', '--release-storage', 'configmaps'];
    expect(await planned(...all, ...named)).toEqual([map]);
    const clash = [...named, '--helm2-release-storage-type', 'secret'];
    const ran = await releases(['migrate2to3', ...all, ...clash]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain("can't both hold");
  });
});

describe('as a plugin of helm', () => {
  it('follows -n, --kube-context and --kubeconfig', async () => {
    const [tiller, pay, web] = [
      await cluster.namespace('tiller'),
      await cluster.namespace('pay'),
      await cluster.namespace('web'),
    ];
    await put(
      cluster,
      inTiller(tiller, { name: 'app', namespace: pay }),
      inTiller(tiller, { name: 'team', namespace: web }),
    );
    const env = {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HELM_DATA_HOME: join(folder, 'helm3'),
    };
    const installed = await run(helm3, ['plugin', 'install', root], { env });
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
    const kubeconfig = cluster.kubeconfigFor(`helm-${tiller}`, ['system:masters'], web);
    const migrate = (...flags: readonly string[]) =>
      run(helm3, ['releases', 'migrate2to3', '--all', '-t', tiller, '--dry-run', ...flags], {
        env,
      });
    const at = ['--kubeconfig', kubeconfig];
    const one = await migrate(...at, '-n', pay);
    expect(one, one.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(one.stdout).toMatch(/^app /m);
    expect(one.stdout).not.toMatch(/^team /m);
    const both = await migrate(...at, '--kube-context', 'test');
    expect(both.code).toBe(0);
    expect(both.stdout).toMatch(/^app /m);
    expect(both.stdout).toMatch(/^team /m);
    expect(both.stderr).toBe(
      `note: these are the releases of all namespaces: helm doesn't hand on a -n ${web}, the context's own\n`,
    );
    const wrong = await migrate(...at, '--kube-context', 'elsewhere');
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toMatch(/^error: .*elsewhere/);
  });

  it('takes helm’s word for a context from kubectl’s users too', async () => {
    const flags = ['--kube-context', 'elsewhere'];
    expect((await releases(['list', ...flags])).err).toMatch(/^error: .*elsewhere/);
  });
});
