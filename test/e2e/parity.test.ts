/**
 * The same read commands, with helm's own arguments, through each real helm and this program with --compat: on
 * records that they wrote, every byte of JSON, YAML and text is the
 * same, tables are the same cell by cell, exit codes are equal and errors name the same thing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helms as helmShapes, newestHelm3, newestHelm4 } from '../../src/helms.ts';
import { helmWords, type RunResult } from '../cluster/clients.ts';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { drawn } from '../cluster/drawn.ts';
import { useClients } from '../cluster/shared.ts';
import { broken, sketchRecord } from '../unit/cli-records.ts';
import { put, spokenProgram } from './kubectl-program.ts';
import { helmLabels, helmWrites, writeParityChart } from './parityWorld.ts';

const { helms: programs, run } = useClients();
// Of its own: what other tests leave behind stops helm's lists of all namespaces.
let cluster: RunningCluster;
let kubeconfig: string;
let releases: ReturnType<typeof spokenProgram>;
const helms = helmWords.map((compat) => ({
  ...{
    helm: programs[compat],
    compat,
    major: compat.startsWith('helm3') ? (3 as const) : (4 as const),
  },
}));
/** The writers: an old one and the newest, of which each other reads what it may never have seen. */
const [helm3, helm4, newest] = [programs['helm3.8'], programs['helm4.1'], programs['helm4.3']];

let folder: string;
let namespace: string;
let empty: string;

beforeAll(async () => {
  cluster = await startCluster();
  kubeconfig = cluster.adminKubeconfig;
  releases = spokenProgram(run, kubeconfig);
  folder = mkdtempSync(join(tmpdir(), 'parity-'));
  const chart = writeParityChart(join(folder, 'chart'));
  namespace = await cluster.namespace('parity');
  empty = await cluster.namespace('empty');
  await helmWrites(helm3, run, kubeconfig, { namespace, chart }, 'three');
  await helmWrites(helm4, run, kubeconfig, { namespace, chart }, 'four');
  await helmWrites(newest, run, kubeconfig, { namespace, chart }, 'late', ['rolled', 'values']);
  await helmLabels(helm4, run, kubeconfig, { namespace, chart }, 'labelled');
  // What Tiller left in its namespace is nothing that helm 3 or 4 reads.
  const tiller = { namespace: 'kube-system' };
  const old = (name: string) => sketchRecord({ helm: 2, name, namespace }, tiller);
  await put(cluster, old('two-plain'), old('four-plain'), broken(old('two-broken')));
  // One object of a release is gone, and a pod answers to its Deployment.
  await cluster.must('DELETE', `/api/v1/namespaces/${namespace}/configmaps/four-plain-more-of-it`);
  await cluster.must('POST', `/api/v1/namespaces/${namespace}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'four-plain-pod', labels: { app: 'four-plain' } },
    spec: { containers: [{ name: 'web', image: 'example.com/web' }] },
  });
}, 240_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cluster.stop();
});

interface Pair {
  readonly theirs: RunResult;
  readonly ours: RunResult;
}

async function both(
  { helm, compat }: (typeof helms)[number],
  args: readonly string[],
  env: { readonly [name: string]: string } = {},
  as = kubeconfig,
): Promise<Pair> {
  const [theirs, ours] = await Promise.all([
    run(helm, args, { kubeconfig: as, env }),
    releases([...args, '--compat', compat], { kubeconfig: as, env }),
  ]);
  return { theirs, ours };
}

/**
 * The cells of a status, without padding: helm gives kinds in no order of their own, and the seconds
 * of an age may have gone on in between.
 */
const statusCells = (text: string) => {
  const [before, ...kinds] = text.split('==> ');
  const groups = kinds.map((kind) => /^(.*?\n)\n(.*)$/s.exec(kind) ?? []);
  const cells = (lines = '') =>
    lines
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/))
      .map((line) => line.map((cell) => cell.replace(/^([0-9]+[smh])+$/, 'AGE')));
  const resources = groups.map(([, group = '']) => group).sort();
  return {
    before,
    resources: resources.map(cells),
    after: groups.map(([, , rest]) => rest).join(''),
  };
};

/** Another write on the server between two reads shows here and nowhere else. */
const still = (text: string) => text.replace(/(resourceVersion"?: ?)"[0-9]+"/g, '$1"…"');

const names = [
  ...['three-plain', 'three-values', 'three-gone'],
  ...['four-plain', 'four-values', 'four-rolled', 'four-never'],
  ...['late-values', 'late-rolled'],
];

const isNewest = (compat: string) => compat === newestHelm3.word || compat === newestHelm4.word;

/** The newest read all of them, the old ones two: parityCharts.test.ts has what differs between versions. */
const namesFor = (compat: string) => (isNewest(compat) ? names : ['three-values', 'late-rolled']);

/** The whole suite asks the newest a half, an old helm and the standalone program less; this file alone asks all. */
const askedOf = <T>(compat: string, what: string, questions: readonly T[]): T[] => {
  const isWhole = isNewest(compat) && process.env['TEST_PROGRAM'] === undefined;
  return [...drawn(`${compat} ${what}`, questions, isWhole ? 2 : 5)];
};

describe.each(helms)('beside $compat', (pair) => {
  const mine = namesFor(pair.compat);
  const asked = <T>(what: string, questions: readonly T[]) => askedOf(pair.compat, what, questions);
  const same = async (...args: string[]) => {
    const { theirs, ours } = await both(pair, [...args, '-n', namespace]);
    expect(theirs, theirs.stderr).toMatchObject({ code: 0 });
    expect(ours).toMatchObject({ code: 0, stderr: '' });
    expect(still(ours.stdout)).toBe(still(theirs.stdout));
  };

  it.each(
    asked<[string[]]>('list', [
      [[]],
      [['-a']],
      [['--deployed']],
      [['--failed', '--uninstalled']],
      [['--pending']],
      [['--uninstalling']],
      [['-q']],
      [['-d']],
      [['-d', '-r']],
      [['-r']],
      [['-m', '3']],
      [['-m', '2', '--offset', '1']],
      [['-m', '-1']],
      [['--max=-3', '--offset', '1']],
      [['--offset', '100']],
      [['-f', '^(?i)THREE-[[:alpha:]]+$']],
      [['-f', 'ed|ne']],
      [['-l', 'status=failed']],
      [['-l', 'name in (four-plain,three-plain),owner=helm']],
      [['--time-format', 'Mon, 02 Jan 2006 15:04:05 -0700']],
      [['--time-format', '2006-01-02T15:04:05.000Z07:00 __2 PM']],
      [['--all', '-q', '--max', '4']],
    ]),
  )('list %j', async (more) => {
    // helm 4 shows every status and has no flag for it.
    const args = pair.major === 4 ? more.filter((one) => !['-a', '--all'].includes(one)) : more;
    for (const output of ['table', more.length > 1 ? 'json' : 'yaml'])
      await same('list', ...args, '-o', output);
  });

  it.each(
    asked('list -l', [
      'team=pay',
      'team=pay,tier in (front,back)',
      'team',
      'tier!=front',
      '!team',
      'team=web',
    ]),
  )('list -l %s, of labels that somebody gave', async (selector) => {
    for (const more of [[], ['-o', 'json']]) await same('list', '-l', selector, ...more);
    const { stdout } = await releases(['list', '-l', selector, '-q', '-n', namespace]);
    const found = selector.startsWith('team') && selector !== 'team=web';
    expect(stdout.includes('labelled')).toBe(found);
  });

  it('list --superseded shows every superseded revision', async () => {
    const { theirs, ours } = await both(pair, [
      'list',
      '--superseded',
      '-o',
      'json',
      '-n',
      namespace,
    ]);
    // helm gives revisions of one name in no order of their own.
    const order = (text: string) =>
      JSON.parse(text)
        .map((row: object) => JSON.stringify(row))
        .sort();
    expect(order(ours.stdout)).toEqual(order(theirs.stdout));
    expect(order(ours.stdout).length).toBeGreaterThan(4);
  });

  it('colours as helm 4 does, and as helm 3 does not', async () => {
    if (pair.major === 4) {
      await same('list', '--color', 'always');
      await same('get', 'all', 'four-values', '--color', 'always');
      await same('list', '--color', 'never');
    }
    const args = ['-n', namespace, '--compat', pair.compat, '--color', 'always'];
    const { stdout } = await releases(['list', ...args]);
    expect(stdout.includes('\u001b[')).toBe(pair.major === 4);
  });

  it('list of an empty namespace, and without headers', async () => {
    for (const more of [[], ['-o', 'json'], ['-o', 'yaml'], ['-q']]) {
      const { theirs, ours } = await both(pair, ['list', '-n', empty, ...more]);
      expect(ours).toEqual(theirs);
    }
    if (pair.compat !== 'helm3.8') await same('list', '--no-headers');
  });

  it('list -A has the same rows, and none of Helm 2', async () => {
    // Other tests write beside this one, and helm gives rows of one name in no order of their own.
    const own = (text: string) =>
      text.split(/\n|(?<=\}),/).filter((row) => row.includes(namespace));
    for (const more of [
      ['-o', 'json'],
      ['--failed', '--uninstalled'],
    ]) {
      const { theirs, ours } = await both(pair, ['list', '-A', ...more]);
      expect(own(ours.stdout)).toEqual(own(theirs.stdout));
      expect(ours.stdout).toContain('three-never');
      expect({ ...ours, stdout: '' }).toEqual({ ...theirs, stdout: '' });
    }
    const { theirs, ours } = await both(pair, ['list', '-A', '-q']);
    const mineOf = (text: string) => text.split('\n').filter((name) => /^(three|four)-/.test(name));
    expect(mineOf(ours.stdout)).toEqual(mineOf(theirs.stdout));
    expect(mineOf(ours.stdout)).toContain('three-never');
  });

  it.each(asked('history', mine))('history %s', async (name) => {
    for (const more of [[], ['-o', 'yaml'], ['--max', '2', '-o', 'json'], ['--max', '-1']])
      await same('history', name, ...more);
    if (pair.compat !== 'helm4.3') return;
    for (const output of ['table', 'json'])
      await same('history', name, '--show-rollback-revision', '-o', output);
  });

  /** What is asked of each release. */
  const gets = [
    ...['values', 'manifest', 'hooks', 'notes'].map((what) => [what]),
    ...['json', 'yaml'].flatMap((output) => [
      ['values', '-o', output],
      ['values', '-o', output, '--all', '--revision', '1'],
    ]),
    ['values', '-a'],
    ['manifest', '--revision', '1'],
    [
      ...['all', '--template'],
      'A {{.Release.Name}} {{.Release.Info.Status}}{{range .Release.Hooks}} {{.Name}}{{end}}',
    ],
    [
      ...['all', '--template'],
      '{{.Release.Chart.Name}} {{.Release.Chart.AppVersion}} {{.Release.Info.FirstDeployed.Format "2006-01-02 15:04:05.000"}}',
    ],
    ['all'],
    ...(pair.compat === 'helm3.8' ? [] : ['table', 'json', 'yaml']).flatMap((output) => [
      ['metadata', '-o', output],
      ['metadata', '-o', output, '--revision', '1'],
    ]),
  ];

  it.each(asked('get', mine))('get … %s', async (name) => {
    for (const [what = '', ...more] of asked(`get of ${name}`, gets))
      await same('get', what, name, ...more);
  });

  it.each(asked('status', mine))('status %s', async (name) => {
    for (const more of [[], ['--revision', '1']]) {
      for (const output of ['json', 'yaml']) await same('status', name, '-o', output, ...more);
      const { theirs, ours } = await both(pair, ['status', name, '-n', namespace, ...more]);
      expect(ours).toMatchObject({ code: 0, stderr: '' });
      expect(statusCells(ours.stdout)).toEqual(statusCells(theirs.stdout));
    }
    if (pair.major === 4) return;
    await same('status', name, '--show-desc');
    if (pair.compat === 'helm3.8') return;
    for (const output of ['json', 'yaml'])
      await same('status', name, '--show-resources', '-o', output);
  });

  it.each(
    asked('revisions', ['-1', '-7', '-0', '+1', '0x1', '0b1', '0o1', '01', '0_1', '9'].sort()),
  )('--revision %s, as Go reads a number', async (text) => {
    for (const [what, ...more] of [['get', 'values'], ['get', 'manifest'], ['status']]) {
      const args = [what ?? '', ...more, 'four-values', `--revision=${text}`, '-n', namespace];
      const { theirs, ours } = await both(pair, [
        ...args,
        ...(what === 'status' ? ['-o', 'json'] : []),
      ]);
      expect(ours.code, ours.stderr).toBe(theirs.code);
      expect(theirs.code).toBe(text === '9' ? 1 : 0);
      expect(still(ours.stdout)).toBe(still(theirs.stdout));
    }
  });

  it('reads where HELM_DRIVER says, and HELM_NAMESPACE', async () => {
    const chart = join(folder, 'chart');
    const at = await cluster.namespace('driver');
    const env = { HELM_DRIVER: 'configmap', HELM_NAMESPACE: at };
    await run(pair.helm, ['install', 'mapped', chart], { kubeconfig, env });
    for (const args of [
      ['list', '-o', 'json'],
      ['get', 'values', 'mapped', '-a', '-o', 'yaml'],
    ]) {
      const { theirs, ours } = await both(pair, args, env);
      expect(theirs.stdout).toContain(args[0] === 'list' ? 'mapped' : 'greeting');
      expect(ours).toEqual(theirs);
    }
  });

  describe('errors', () => {
    it.each(
      asked('errors', [
        { args: ['history', 'two-plain'], thing: /release.*not found|no release two-plain/ },
        { args: ['history', 'nobody'], thing: /release.*not found|no release nobody/ },
        { args: ['status', 'nobody'], thing: /release.*not found|no release nobody/ },
        { args: ['get', 'values', 'nobody'], thing: /release.*not found|no release nobody/ },
        {
          args: ['get', 'manifest', 'three-plain', '--revision', '77'],
          thing: /release: not found|release three-plain has no revision 77/,
        },
        { args: ['get', 'values', 'three-plain', '--revision', 'x'], thing: /"x"/ },
        {
          args: ['get', 'all', 'three-plain', '--template', '{{.Release.Nope}}'],
          thing: /can't evaluate field Nope/,
        },
        { args: ['list', '-f', '('], thing: /regexp|regular expression/ },
        { args: ['list', '-l', 'a=='.repeat(3)], thing: /unable to parse|found '=='|selector/ },
        { args: ['list', '-o', 'toml'], thing: /output/ },
        { args: ['list', '--nope'], thing: /unknown flag.*--nope/ },
        { args: ['list', '-Z'], thing: /unknown .*Z/ },
        { args: ['list', 'more'], thing: /arguments|argument "?more/ },
        { args: ['history'], thing: /requires 1 argument|NAME is missing/ },
        { args: ['status'], thing: /requires 1 argument|NAME is missing/ },
        { args: ['list', '--max', 'many'], thing: /max.*many|"many".*max/ },
        { args: ['list', '--kube-context', 'nowhere'], thing: /nowhere/ },
        { args: ['list', '--kubeconfig', '/nowhere/at/all'], thing: /kube|cluster/i },
        ...(
          [
            { lacking: 'list --no-headers', args: ['list', '--no-headers'] },
            {
              lacking: 'status --show-resources',
              args: ['status', 'three-plain', '--show-resources'],
            },
            {
              lacking: 'history --show-rollback-revision',
              args: ['history', 'three-plain', '--show-rollback-revision'],
            },
          ] as const
        )
          .filter(({ lacking }) => helmShapes[pair.compat]?.lacks.includes(lacking))
          .map(({ args }) => ({ args, thing: new RegExp(`unknown flag.*${args.at(-1)}`) })),
      ]),
    )('$args', async ({ args, thing }) => {
      const { theirs, ours } = await both(pair, [...args, '-n', namespace]);
      expect(ours.code).toBe(theirs.code);
      expect(ours.code).not.toBe(0);
      expect(ours.stdout).toBe('');
      expect(theirs.stderr).toMatch(thing);
      expect(ours.stderr.split('\n')[0]).toMatch(thing);
    });

    it('status of kinds that the server does not know', async () => {
      const at = await cluster.namespace('kinds');
      const manifest = [
        'kind: ConfigMap\napiVersion: v1',
        'kind: Widget\napiVersion: example.com/v1',
      ]
        .map((head) => `---\n${head}\nmetadata:\n  name: one\n`)
        .join('');
      await put(cluster, sketchRecord({ namespace: at, manifest, helm: pair.major }));
      for (const more of [[], ['-o', 'json'], ['-o', 'yaml']]) {
        const { theirs, ours } = await both(pair, ['status', 'billing', '-n', at, ...more]);
        expect(ours.code).toBe(theirs.code);
        expect(ours.code).toBe(pair.major === 4 ? 1 : 0);
        if (ours.code === 0) expect(ours).toEqual(theirs);
        else
          for (const { stderr } of [theirs, ours])
            expect(stderr.split('\n')[0]).toContain('kind "Widget" in version "example.com/v1"');
      }
    });

    it('without permission, and without a server', async () => {
      const user = `stranger-${pair.compat}-${namespace}`;
      const theirs = cluster.kubeconfigFor(user, [], namespace);
      for (const args of [
        ['list'],
        ['list', '-A'],
        ['history', 'three-plain'],
        ['get', 'notes', 'three-plain'],
      ]) {
        const found = await both(pair, args, {}, theirs);
        expect(found.ours.code).toBe(found.theirs.code);
        for (const { stderr } of Object.values(found)) {
          expect(stderr).toMatch(/secrets/);
          expect(stderr).toContain(user);
        }
      }
      const away = await both(pair, ['list', '--kube-apiserver', 'https://127.0.0.1:1']);
      expect(away.ours.code).toBe(away.theirs.code);
      for (const { stderr } of Object.values(away)) expect(stderr).toContain('127.0.0.1:1');
    });
  });
});
