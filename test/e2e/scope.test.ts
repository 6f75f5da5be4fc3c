/**
 * The rule of scope (docs/scope.md) as a table: what each command means under the context's namespace, -n, -A, as a
 * plugin of real helms, of a folder, and of two contexts. Of its own cluster, for it looks at everything.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { useClients } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';

const clients = useClients();
const root = fileURLToPath(new URL('../..', import.meta.url));
let cluster: RunningCluster;
let [folder, kubeconfig] = ['', ''];

beforeAll(async () => {
  cluster = await startCluster();
  folder = mkdtempSync(join(tmpdir(), 'releases-scope-'));
  for (const name of ['here', 'there'])
    await cluster.must('POST', '/api/v1/namespaces', { metadata: { name } });
  await put(
    cluster,
    sketchRecord({ name: 'same', namespace: 'here', notes: 'notes of here' }),
    sketchRecord({ name: 'same', namespace: 'there', notes: 'notes of there' }),
    sketchRecord({ name: 'only', namespace: 'there', notes: 'notes of there' }),
  );
  // One cluster under two contexts, each with a namespace of its own; the first is the current one.
  const config = parse(readFileSync(cluster.adminKubeconfig, 'utf8'));
  const { context } = config.contexts[0];
  config.contexts = ['here', 'there'].map((namespace) => ({
    name: `at-${namespace}`,
    context: { ...context, namespace },
  }));
  config['current-context'] = 'at-here';
  kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, stringify(config), { mode: 0o600 });
  const dump = await ours(`backup -A dir:${folder}/dump`);
  expect(dump, dump.err).toMatchObject({ code: 0 });
}, 240_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cluster?.stop();
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const ours = (line: string): Promise<Ran> =>
  runCli(line.split(' '), { env: { KUBECONFIG: kubeconfig } });

/** The releases that a plan or a list is about, `NAMESPACE/NAME`; the exit code where it has none. */
function meant({ code, out }: Ran): readonly string[] | number {
  if (out === '') return code;
  const data = JSON.parse(out);
  const rows: { namespace: string; name: string }[] = data.releases ?? data;
  return rows.map(({ namespace, name }) => `${namespace}/${name}`).sort();
}

const all = ['here/same', 'there/only', 'there/same'];
const here = ['here/same'];
const there = ['there/only', 'there/same'];

/** Commands that take more than one release, without what says which. */
const plans = {
  backup: (words: string) => `backup ${words} FILE --dry-run -o json`,
  copy: (words: string) => `copy ${words} --to configmap --dry-run -o json`,
  relocate: (words: string) => `relocate ${words} --keep-source --to configmap --dry-run -o json`,
};
const fileName = () => join(folder, 'never.zip');
const lineOf = (verb: keyof typeof plans, words: string) =>
  plans[verb](words).replace('FILE', fileName());

const verbs = Object.keys(plans) as (keyof typeof plans)[];

describe.each(verbs)('%s', (verb) => {
  it.each<[string, readonly string[] | number]>([
    // Others have releases, so that nobody knows which was meant.
    ['--all', 2],
    ['-l owner=helm', 2],
    ['--all -n here', here],
    ['--all -n there', there],
    ['--all -A', all],
    ['-A', all],
    ['-l owner=helm -A', all],
    ['same', here],
    ['same -n there', ['there/same']],
    ['same -A', ['here/same', 'there/same']],
    ['only', 1],
    ['only -A', ['there/only']],
    ['-A -n here', 2],
    ['--all --context at-there -n there', there],
    ['same --context at-there', ['there/same']],
  ])('%s', async (words, releases) => {
    const ran = await ours(lineOf(verb, words));
    expect(meant(ran), ran.err).toEqual(releases);
  });

  it('says where a release is that the scope has not', async () => {
    const { err } = await ours(lineOf(verb, 'only'));
    expect(err).toContain('only is in namespace there (Helm 3/4, secret');
    expect(err).toContain('try: -n there\n');
  });

  it('says how many more -A would take, and both ways to say it', async () => {
    const { code, err } = await ours(lineOf(verb, '--all'));
    expect(code).toBe(2);
    expect(err).toContain(
      [
        'error: which namespaces: here alone, or all of them?',
        "  neither -n nor -A was given, and here is the context's own namespace",
        '  -A takes 2 releases more, of namespace there',
        '  try: -n here  takes the releases of this namespace',
        '  try: -A  takes those of all namespaces\n',
      ].join('\n'),
    );
  });

  it('of a folder means all of it, and what -n says', async () => {
    const flag = verb === 'backup' ? '--storage' : '--from';
    const of = `${flag} dir:${folder}/dump`;
    expect(meant(await ours(lineOf(verb, `--all ${of}`)))).toEqual(all);
    expect(meant(await ours(lineOf(verb, `--all -n there ${of}`)))).toEqual(there);
  });

  it('may not look at the others: which was meant is asked, and -n answers', async () => {
    const user = `reader-${verb}`;
    const rules = [
      { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['get', 'list', 'create'] },
    ];
    await cluster.allow(user, rules, 'here');
    const own = cluster.kubeconfigFor(user, [], 'here');
    const as = (words: string) =>
      runCli(lineOf(verb, words).split(' '), { env: { KUBECONFIG: own } });
    const refused = await as('--all --helm 3');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain("whether other namespaces have releases can't be seen");
    expect(meant(await as('--all --helm 3 -n here'))).toEqual(here);
  });
});

it('prune of all asks which namespaces, too', async () => {
  const unsaid = await ours('prune --all --keep 5 --yes');
  expect(unsaid).toMatchObject({ code: 2, out: '' });
  expect(unsaid.err).toContain('error: which namespaces: here alone, or all of them?');
  for (const words of ['--all -n here', '--all -A', '-A', 'same'])
    expect(await ours(`prune ${words} --keep 5 --yes`), words).toMatchObject({ code: 0 });
});

it.each([
  'copy --all -n nope --to configmap --yes',
  'mv --all -n nope --to configmap --yes',
  'prune --all -n nope --keep 5 --yes',
  'backup --all -n nope FILE',
])('a namespace that is not there is an error: %s', async (line) => {
  const ran = await ours(line.replace('FILE', fileName()));
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.err).toContain('error: there is no namespace nope');
  expect(ran.err).toContain('kubectl get namespaces');
});

it('an address with a namespace is that place, whatever -A says', async () => {
  const { out } = await ours('copy -A --from secret:here --to configmap --dry-run');
  expect(out).toContain('Plan: 1 release, 1 revision, secret:here (context at-here');
});

describe('what reads', () => {
  it.each<[string, readonly string[] | number]>([
    ['list -o json', here],
    ['list -n there -o json', there],
    ['list -A -o json', all],
    ['list -o json --context at-there', there],
  ])('%s', async (line, releases) => {
    expect(meant(await ours(line))).toEqual(releases);
  });

  it.each([
    ['get notes same', 'notes of here'],
    ['get notes same -n there', 'notes of there'],
    ['get notes only -n there', 'notes of there'],
    ['get notes same --context at-there', 'notes of there'],
  ])('%s', async (line, notes) => {
    expect((await ours(line)).out).toContain(notes);
  });

  it('each context counts with its own namespace', async () => {
    const listed = await ours('list -o json --contexts at-*');
    const rows = JSON.parse(listed.out) as { context: string; namespace: string; name: string }[];
    expect(rows.map((row) => `${row.context} ${row.namespace}/${row.name}`).sort()).toEqual([
      'at-here here/same',
      'at-there there/only',
      'at-there there/same',
    ]);
    const file = join(folder, '{context}.zip');
    const unsaid = await ours(`backup --all --contexts at-* ${file}`);
    expect(unsaid.code).toBe(2);
    expect(readdirSync(folder).filter((name) => name.endsWith('.zip'))).toEqual([]);
    const named = await ours(`backup same --contexts at-* ${file}`);
    expect(named, named.err).toMatchObject({ code: 0 });
    for (const context of ['here', 'there']) {
      const { out } = await ours(`list -o json --storage file:${folder}/at-${context}.zip`);
      expect(JSON.parse(out)).toMatchObject([{ namespace: context, name: 'same' }]);
    }
  });
});

describe.each(['helm3.22', 'helm4.3'] as const)('as a plugin of %s', (word) => {
  const helm = clients.helms[word];
  let env: { [name: string]: string } = {};
  beforeAll(async () => {
    const data = mkdtempSync(join(folder, 'helm-'));
    env = { HELM_DATA_HOME: data, PATH: [dirname(process.execPath), '/bin'].join(':') };
    const installed = await clients.run(helm, ['plugin', 'install', root], { env });
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
  });
  const plugin = async (line: string): Promise<Ran> => {
    const ran = await clients.run(helm, line.split(' '), { kubeconfig, env, cwd: folder });
    return { code: ran.code, out: ran.stdout, err: ran.stderr };
  };

  it.each(verbs)('%s: helm’s namespace, or -A', async (verb) => {
    const line = (words: string) => lineOf(verb, words);
    const unsaid = await plugin(`releases ${line('--all')}`);
    expect(unsaid).toMatchObject({ code: 2, out: '' });
    expect(unsaid.err).toContain("helm called this with the context's own namespace, here");
    const flag = verb === 'backup' ? '--storage' : '--from';
    expect(unsaid.err).toContain(`try: ${flag} secret:here  takes`);
    expect(meant(await plugin(`releases ${line('--all -n there')}`))).toEqual(there);
    expect(meant(await plugin(`-n there releases ${line('--all')}`))).toEqual(there);
    expect(meant(await plugin(`releases ${line('-A')}`))).toEqual(all);
    expect(meant(await plugin(`releases ${line('same')}`))).toEqual(here);
    expect(meant(await plugin(`releases ${line(`--all ${flag} secret:here`)}`))).toEqual(here);
    expect(meant(await plugin(`releases ${line(`--all ${flag} dir:${folder}/dump`)}`))).toEqual(
      all,
    );
  });

  it('list, and get', async () => {
    expect(meant(await plugin('releases list -o json'))).toEqual(here);
    expect(meant(await plugin('-n there releases list -o json'))).toEqual(there);
    expect(meant(await plugin('releases list -A -o json'))).toEqual(all);
    expect((await plugin('-n there releases get notes same')).out).toContain('notes of there');
  });
});

it('nothing is asked where no other namespace has a release', async () => {
  await cluster.must('DELETE', '/api/v1/namespaces/there/secrets');
  for (const verb of verbs) {
    const ran = await ours(lineOf(verb, '--all'));
    expect(meant(ran), ran.err).toEqual(here);
  }
  const shown = await ours('copy --all --to configmap --dry-run');
  expect(shown.out).toContain(
    'Plan: 1 release, 1 revision of namespace here, secret:here (context at-here',
  );
});
