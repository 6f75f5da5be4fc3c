/** `rbac`: which Roles it prints, and that nothing else says what a command asks of an API server. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { optionsOf } from '../../src/commands/line/optionsOf.ts';
import { type Ask, type AskingCommand, asks } from '../../src/commands/rbac/asks.ts';
import { withOwnOptions } from '../../src/commands/rbac/options.ts';
import { findCommand } from '../../src/commands/table.ts';
import { runCli } from './cli-io.ts';

interface Made {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups: string[];
    readonly resources: string[];
    readonly verbs: string[];
  }[];
  readonly roleRef?: unknown;
  readonly subjects?: readonly unknown[];
}

async function rbac(...args: string[]): Promise<Made[]> {
  const { code, out, err } = await runCli(['rbac', ...args]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return parseAllDocuments(out).map((document) => {
    if (!('toJS' in document)) throw new Error('no document');
    return document.toJS();
  });
}

/** `Role pay: configmaps get; secrets get,list` */
const brief = (made: readonly Made[]) =>
  made.map(({ kind, metadata, rules = [] }) => {
    const each = rules.map(({ resources, verbs }) => `${resources} ${verbs}`);
    return `${kind} ${metadata.namespace ?? '*'}: ${each.join('; ')}`;
  });

describe('Roles', () => {
  it.each<[string, string[]]>([
    ['list -n pay', ['Role pay: secrets get,list']],
    ['list', ['Role default: secrets get,list']],
    ['list -n pay -n web', ['Role pay: secrets get,list', 'Role web: secrets get,list']],
    ['list -A', ['ClusterRole *: secrets get,list']],
    ['list -A --optional', ['ClusterRole *: configmaps,secrets get,list']],
    [
      'list -n pay --optional',
      ['Role kube-system: configmaps,secrets get,list', 'Role pay: configmaps,secrets get,list'],
    ],
    ['list -n pay --helm 2', ['Role kube-system: configmaps get,list']],
    ['list -n pay --helm 2 -t tiller', ['Role tiller: configmaps get,list']],
    ['history -n pay --helm-release-storage-type configmap', ['Role pay: configmaps get,list']],
    ['get -A --optional', ['ClusterRole *: configmaps,secrets get,list']],
    [
      'status -n pay --live --adopt-resource configmaps',
      ['Role pay: configmaps get; secrets get,list'],
    ],
    ['diff -n pay', ['Role pay: secrets get,list']],
    [
      'diff -n pay --live --adopt-resource deployments.apps',
      ['Role pay: secrets get,list; deployments get'],
    ],
    ['get -A --helm 2', ['Role kube-system: configmaps get,list']],
    [
      'list --storage secret:a --storage cm:b',
      ['Role a: secrets get,list', 'Role b: configmaps get,list'],
    ],
    [
      'relocate -n pay --from secret --to configmap',
      ['Role pay: configmaps get,list,create; secrets get,list'],
    ],
    [
      'relocate -n pay --from secret --to secret:vault --delete-source',
      ['Role pay: secrets get,list,delete', 'Role vault: secrets get,list,create'],
    ],
    [
      'relocate -n pay --to-namespace money --adopt-resource services --delete-source',
      [
        'Role money: configmaps list; secrets get,list,create; services get,patch',
        'Role pay: secrets get,list,delete; services get,patch',
      ],
    ],
    [
      'relocate -n pay -n web --map-namespace pay=money --no-adopt --from dir:test --to secret',
      ['Role money: configmaps list; secrets get,list,create', 'Role web: secrets get,list,create'],
    ],
    [
      'copy -n pay --from secret --to secret:vault --overwrite',
      ['Role pay: secrets get,list', 'Role vault: secrets get,list,create,update,delete'],
    ],
    ['copy -A --from secret --to sql', ['ClusterRole *: secrets get,list']],
    ['copy -n pay --to-context new --end from', ['Role pay: secrets get,list']],
    ['copy -n pay --to-context new --end to', ['Role pay: secrets get,list,create']],
    [
      'copy -n pay --to-context new --to configmap',
      ['Role pay: secrets get,list', 'Role pay: configmaps get,list,create'],
    ],
    [
      'migrate2to3 -n pay --no-adopt',
      ['Role kube-system: configmaps list', 'Role pay: secrets get,list,create'],
    ],
    [
      'migrate2to3 -n pay -n web -t tiller --delete-v2-releases --no-adopt',
      [
        'Role pay: secrets get,list,create',
        'Role tiller: configmaps get,list,delete',
        'Role web: secrets get,list,create',
      ],
    ],
    [
      'migrate2to3 -n pay --helm2-release-storage-type secret --delete-v2-releases --no-adopt',
      ['Role kube-system: secrets get,list,delete', 'Role pay: secrets get,list,create'],
    ],
    [
      'migrate2to3 -A --helm2-release-storage-type secret --delete-v2-releases --no-adopt',
      ['ClusterRole *: secrets get,list,create', 'Role kube-system: secrets delete'],
    ],
    [
      'migrate2to3 --helm-release-storage-namespace records --helm-release-storage-type configmap --no-adopt',
      ['Role kube-system: configmaps list', 'Role records: configmaps get,list,create'],
    ],
    [
      'migrate2to3 -n pay --from cm:old --optional --no-adopt',
      [
        'Role old: configmaps list; namespaces get',
        'Role pay: namespaces get; secrets get,list,create',
      ],
    ],
    [
      'migrate2to3 -n pay --adopt-resource deployments.apps,services,shop/services,/clusterroles.rbac.authorization.k8s.io',
      [
        'ClusterRole *: clusterroles get,patch',
        'Role kube-system: configmaps list',
        'Role pay: secrets get,list,create; services get,patch; deployments get,patch',
        'Role shop: services get,patch',
      ],
    ],
    [
      'migrate2to3 -n pay --adopt-resource clusterroles.rbac.authorization.k8s.io',
      [
        'ClusterRole *: clusterroles get,patch',
        'Role kube-system: configmaps list',
        'Role pay: secrets get,list,create',
      ],
    ],
    [
      'migrate2to3 -n pay --helm-release-storage-namespace records --adopt-resource secrets',
      [
        'Role kube-system: configmaps list',
        'Role pay: secrets get,patch',
        'Role records: secrets get,list,create',
      ],
    ],
    [
      'restore -n tiller -n pay --optional',
      [
        'Role pay: configmaps,secrets get,list,create; namespaces get',
        'Role tiller: configmaps,secrets get,list,create; namespaces get',
      ],
    ],
    ['restore -A', ['ClusterRole *: configmaps,secrets get,list,create']],
    ['restore -n pay --overwrite', ['Role pay: configmaps,secrets get,list,create,update,delete']],
    [
      'restore -n pay --overwrite=billing --kind configmap',
      ['Role pay: configmaps get,list,create,update,delete'],
    ],
    [
      'restore all.zip billing --overwrite=false',
      ['ClusterRole *: configmaps,secrets get,list,create'],
    ],
    ['restore all.zip --to secret:vault', ['Role vault: secrets get,list,create']],
    ['restore all.zip -n pay --to configmap', ['Role pay: configmaps get,list,create']],
    ['backup -A', ['ClusterRole *: configmaps,secrets get,list']],
    ['backup -n pay', ['Role pay: configmaps,secrets get,list']],
    [
      'backup -n pay -t tiller',
      ['Role pay: configmaps,secrets get,list', 'Role tiller: configmaps,secrets get,list'],
    ],
    ['backup -n pay --helm 3 --storage secret', ['Role pay: secrets get,list']],
    ['migrate2to3 --to dir:/nonexistent/helm3', ['Role kube-system: configmaps list']],
    [
      'migrate2to3 -t a -t b --tiller-out-cluster --to dir:/nonexistent/helm3',
      ['Role a: secrets list', 'Role b: secrets list'],
    ],
    [
      'list -A --helm 2 --tiller-ns a -t b --tiller-label OWNER=FORK --optional',
      [
        'Role a: configmaps,secrets get,list; namespaces get',
        'Role b: configmaps,secrets get,list; namespaces get',
      ],
    ],
  ])('%s', async (line, roles) => {
    expect(brief(await rbac(...line.split(' ')))).toEqual(roles);
  });

  it.each<[string, string[]]>([
    [
      'relocate --all --from secret --to configmap -n shop --dry-run=server --report plan.html',
      ['Role shop: configmaps get,list,create; secrets get,list'],
    ],
    [
      '-n shop relocate t1 --to configmap -y',
      ['Role shop: configmaps get,list,create; secrets get,list'],
    ],
    ['cp -A --to configmap', ['ClusterRole *: configmaps get,list,create; secrets get,list']],
    [
      'copy -l team=pay --to configmap',
      ['Role default: configmaps get,list,create; secrets get,list'],
    ],
    [
      'copy t1 t2 --to sql --to-sql-connection-env NEW_DATABASE',
      ['Role default: secrets get,list'],
    ],
    ['backup --all --overwrite -n pay all.zip', ['Role pay: configmaps,secrets get,list']],
    ['backup -l team=pay all.zip', ['Role default: configmaps,secrets get,list']],
    [
      'mv t1 --to configmap -n shop',
      ['Role shop: configmaps get,list,create; secrets get,list,delete'],
    ],
    ['backup billing billing.zip -n pay', ['Role pay: secrets get,list']],
    [
      'restore all.zip --overwrite billing',
      ['ClusterRole *: configmaps,secrets get,list,create,update,delete'],
    ],
    ['ls -n pay -o wide --filter ^b', ['Role pay: secrets get,list']],
    ['chart billing -n pay -o billing.tgz', ['Role pay: secrets get,list']],
    ['get values billing -n pay', ['Role pay: secrets get,list']],
    [
      'migrate2to3 old --no-adopt --release-versions-max 3',
      ['ClusterRole *: secrets get,list,create', 'Role kube-system: configmaps list'],
    ],
  ])('takes the whole command line: %s', async (line, roles) => {
    expect(brief(await rbac(...line.split(' ')))).toEqual(roles);
  });

  it.each(Object.keys(asks))('takes every flag of %s', async (name) => {
    const command = await findCommand(name)?.load();
    if (!command) throw new Error(`there is no command ${name}`);
    const table = withOwnOptions({ name: name as AskingCommand, command });
    for (const [flag, option] of Object.entries(optionsOf(command))) {
      const { type, array, choices = [] } = { ...table[flag], choices: option.choices };
      const overwrites = name === 'restore' && flag === 'overwrite';
      expect({ flag, type }).toEqual({ flag, type: option.type });
      if (option.array) expect({ flag, array }).toEqual({ flag, array: true });
      expect(overwrites || choices.every((one) => table[flag]?.choices?.includes(one))).toBe(true);
    }
  });

  it('without a command, each has its Role', async () => {
    const names = (await rbac('-A')).map(({ metadata }) => metadata.name);
    expect([...new Set(names)]).toEqual(
      Object.keys(asks).map((name) => `kubectl-releases-${name}`),
    );
  });

  it('says what is left out, and nothing where nothing is', async () => {
    const { out } = await runCli(['rbac', 'list', '-n', 'pay']);
    expect(out).toBe(
      [
        '# What kubectl releases list needs.',
        '# Not needed, and used where it is allowed (--optional adds it):',
        ...['list', 'get'].map((verb) => `#   ${verb} configmaps in namespace pay`),
        ...['list', 'get'].map(
          (verb) => `#   ${verb} configmaps, secrets in namespace kube-system`,
        ),
        '---',
        'apiVersion: rbac.authorization.k8s.io/v1',
        'kind: Role',
        'metadata:',
        '  name: kubectl-releases-list',
        '  namespace: pay',
        'rules:',
        '- apiGroups:',
        '  - ""',
        '  resources:',
        '  - secrets',
        '  verbs:',
        '  - get',
        '  - list',
        '',
      ].join('\n'),
    );
    const all = await runCli(['rbac', 'list', '-n', 'pay', '--optional']);
    expect(all.out).not.toContain('Not needed');
  });

  it('a folder takes no permission', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rbac-'));
    const { code, out, err } = await runCli(['rbac', 'list', '--storage', `dir:${folder}`]);
    rmSync(folder, { recursive: true });
    expect({ code, out, err }).toEqual({
      ...{ code: 0, out: '', err: 'note: list needs no permission there\n' },
    });
  });

  it('as JSON, a List', async () => {
    const { out } = await runCli(['rbac', 'list', '-n', 'pay', '-o', 'json']);
    const list = JSON.parse(out);
    expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List' });
    expect(brief(list.items)).toEqual(['Role pay: secrets get,list']);
  });
});

it('says that the kinds of live objects are a guess, where they are one', async () => {
  const usual = await runCli(['rbac', 'migrate2to3', '-n', 'pay']);
  expect(usual.out).toContain('--adopt-resource KIND narrows it');
  expect(usual.out).toContain('  - deployments\n');
  expect(usual.out).not.toMatch(/^ +- (roles|rolebindings|clusterroles|"\*")$/m);
  for (const flags of [['--no-adopt'], ['--adopt-resource', 'services']]) {
    const { out } = await runCli(['rbac', 'migrate2to3', '-n', 'pay', ...flags]);
    expect(out).not.toContain('narrows');
  }
});

describe('the context', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rbac-'));
    const context = { name: 'prod', context: { cluster: 'prod', namespace: 'shop' } };
    const config = { 'current-context': 'prod', contexts: [context], clusters: [] };
    const cluster = { name: 'prod', cluster: { server: 'https://127.0.0.1:1' } };
    writeFileSync(join(folder, 'config'), JSON.stringify({ ...config, clusters: [cluster] }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives its namespace, and its server is not asked', async () => {
    const made = await rbac('list', '--kubeconfig', join(folder, 'config'));
    expect(brief(made)).toEqual(['Role shop: secrets get,list']);
  });
});

describe('--for', () => {
  it('binds every role, to every subject', async () => {
    const subjects = ['user:eve', 'group:team: a', 'sa:ops/migrator'];
    const flags = subjects.flatMap((subject) => ['--for', subject]);
    const made = await rbac('migrate2to3', '-A', '-t', 'old', '--no-adopt', ...flags);
    expect(made.map(({ kind }) => kind)).toEqual([
      ...['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
    ]);
    const group = 'rbac.authorization.k8s.io';
    const name = 'kubectl-releases-migrate2to3';
    expect(made.at(-1)).toEqual({
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace: 'old' },
      roleRef: { apiGroup: group, kind: 'Role', name },
      subjects: [
        { apiGroup: group, kind: 'User', name: 'eve' },
        { apiGroup: group, kind: 'Group', name: 'team: a' },
        { kind: 'ServiceAccount', name: 'migrator', namespace: 'ops' },
      ],
    });
  });

  it('keeps a name that YAML would read as something else', async () => {
    const { out } = await runCli(['rbac', 'list', '-n', 'pay', '--for', 'user:1e3']);
    expect(parse(out.split('---\n')[2] ?? '').subjects[0].name).toBe('1e3');
  });
});

describe('mistakes', () => {
  it.each<[string[], string]>([
    [['lisst'], 'did you mean list?'],
    [['version'], '"version" is no command that needs permissions'],
    [['list', '-A', '-n', 'pay'], 'either -n or -A'],
    [['list', '-n', 'Pay'], "is no namespace's name"],
    [['list', '--delete-v2-releases'], 'is for migrate2to3'],
    [['list', '--no-adopt'], 'is for migrate2to3, relocate, copy'],
    [['list', '--live'], 'is for status, diff'],
    [['list', 'billing'], 'unexpected argument "billing"'],
    [['get', 'valuse', 'billing', '-n', 'pay'], 'WHAT is one of'],
    [['list', '-n', 'pay', '-o', 'tabel', '--shard', '0/2'], 'unknown flag "--shard"'],
    [['relocate', 't1', '-n', 'pay', '-o', 'tabel'], '--output is one of yaml, json, table'],
    [
      ['list', '--adopt-resource', 'services'],
      'is for status, diff, tree, migrate2to3, relocate, copy',
    ],
    [['list', '--to-context', 'new'], 'is for relocate, copy'],
    [['diff', '--live'], 'which namespaces are the releases in?'],
    [['migrate2to3', '-A', '--no-adopt', '--adopt-resource', 'services'], 'not both'],
    [['migrate2to3', '-A', '--adopt-resource', 'Deployment'], 'no kind of object as Roles name it'],
    [['migrate2to3', '-A', '--adopt-resource', 'a/b/c'], 'no kind of object as Roles name it'],
    [['migrate2to3', '-A', '--adopt-resource', '*'], 'no kind of object as Roles name it'],
    [['migrate2to3', '--helm-release-storage-namespace', 'a'], 'which namespaces'],
    [['migrate2to3'], 'which namespaces are the releases in?'],
    [['migrate2to3', '-n', '../x'], "is no namespace's name"],
    [['restore'], 'which namespaces do the records go back to?'],
    [['restore', '-n', 'Pay'], "is no namespace's name"],
    [['list', '--for', 'eve'], '--for "eve" names nobody'],
    [['list', '--for', 'user:'], 'names nobody'],
    [['list', '--for', 'user:a\nb'], '--for "user:a\\u000ab" names nobody'],
    [['list', '--for', 'serviceaccount:migrator'], 'serviceaccount:NS/NAME'],
    [['list', '--for', 'serviceaccount:ops/a/b'], 'names nobody'],
  ])('%j', async (args, says) => {
    const { code, out, err } = await runCli(['rbac', ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(says);
  });
});

describe('docs/rbac.md', () => {
  it('says what the table says', () => {
    const rows = Object.entries<readonly Ask[]>(asks).flatMap(([command, all]) =>
      all.map(({ verb, on, why, flag, unless, optional }) => {
        const flagged = flag
          ? `with ${[flag]
              .flat()
              .map((one) => `--${one}`)
              .join(' or ')}`
          : unless
            ? `without --${unless}`
            : 'always';
        const when = optional ? 'optional' : flagged;
        return `| ${command} | ${verb} | ${on} | ${when} | ${why} |`;
      }),
    );
    const doc = readFileSync(new URL('../../docs/rbac.md', import.meta.url), 'utf8');
    const table = doc.split('\n').filter((line) => line.startsWith('| '));
    expect(table).toEqual([
      '| command | verb | on | when | why |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ]);
  });
});
