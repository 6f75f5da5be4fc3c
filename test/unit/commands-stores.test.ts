/** Which stores a command line means. Nothing is asked of any server here. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadArgs } from '../../src/commands/line/options.ts';
import { type Helm2Args, openHelm2Ends } from '../../src/commands/move/helm2Ends.ts';
import { chooseReads } from '../../src/commands/stores/stores.ts';
import type { Environment } from '../../src/environment.ts';
import { runCli } from './cli-io.ts';

let folder: string;
let kubeconfig: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stores-'));
  kubeconfig = join(folder, 'config');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'here' } }],
      'current-context': 'x',
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** `secret helm here` for a required source, `(…)` around an optional one, `=NS` for a filter. */
async function reads(args: ReadArgs, env: Environment = {}): Promise<string[]> {
  const chosen = await chooseReads({ kubeconfig, ...args }, env);
  chosen.close();
  return chosen.sources.map(({ storage, selection, optional, releaseNamespace }) => {
    const words = [
      ...[storage.address, selection.owner ?? 'any', selection.namespace ?? 'all'],
      ...(releaseNamespace ? [`=${releaseNamespace}`] : []),
    ].join(' ');
    return optional ? `(${words})` : words;
  });
}

it('refuses an environment that names no helm', async () => {
  await expect(reads({}, { HELM_RELEASES_HELM: 'three' })).rejects.toMatchObject({
    ...{ code: 'USAGE', message: 'HELM_RELEASES_HELM is 2 or 3; not "three"' },
  });
  // What an address names is read as it is, and so is what a helm reads.
  const dir = [`dir:${folder}`];
  expect(await reads({ storage: dir }, { HELM_RELEASES_HELM: '3' })).toEqual([
    expect.stringMatching(/ any all$/),
  ]);
  expect(await reads({ compat: 'helm4' }, { HELM_RELEASES_HELM: '2' })).toEqual([
    'secret helm here',
  ]);
});

it('rbac leaves the Roles for Helm 2 out where nobody has it, but for backups', async () => {
  const roles = async (command: string, env: Environment) => {
    const { code, out } = await runCli(['rbac', command, '-n', 'pay', '--kubeconfig', kubeconfig], {
      env,
    });
    expect(code).toBe(0);
    return out.includes('kube-system') || out.includes('kind: ClusterRole');
  };
  const env = { HELM_RELEASES_HELM: '3' };
  expect([await roles('list', {}), await roles('list', env)]).toEqual([true, false]);
  expect(await roles('backup', env)).toBe(await roles('backup', {}));
});

describe('reads', () => {
  const helm2 = ['(configmap tiller kube-system =here)', '(secret tiller kube-system =here)'];
  const all = { 'all-namespaces': true };

  it.each<[string, ReadArgs, Environment, string[]]>([
    [
      'of who has no Helm 2',
      ...([{}, { HELM_RELEASES_HELM: '3' }] as [ReadArgs, Environment]),
      ['secret helm here', '(configmap helm here)'],
    ],
    [
      'of who has no Helm 2, and asks for it after all',
      ...([{ helm: '2' }, { HELM_RELEASES_HELM: '3' }] as [ReadArgs, Environment]),
      ['configmap tiller kube-system =here', '(secret tiller kube-system =here)'],
    ],
    [
      'of who has no Helm 2, and names a Tiller',
      ...([{ 'tiller-namespace': ['kube-system'] }, { HELM_RELEASES_HELM: '3' }] as [
        ReadArgs,
        Environment,
      ]),
      ['secret helm here', '(configmap helm here)', ...helm2],
    ],
    [
      'of who has Helm 2 alone',
      ...([{}, { HELM_RELEASES_HELM: '2' }] as [ReadArgs, Environment]),
      ['configmap tiller kube-system =here', '(secret tiller kube-system =here)'],
    ],
    ['by default', {}, {}, ['secret helm here', '(configmap helm here)', ...helm2]],
    [
      'of a database, where there is no cluster',
      ...([
        { storage: ['sql'], kubeconfig: '' },
        { KUBECONFIG: '/none', PGHOST: 'pg' },
      ] as [ReadArgs, Environment]),
      ['sql any default'],
    ],
    [
      'of a database, under -n',
      ...([
        { storage: ['sql'], namespace: 'pay', kubeconfig: '' },
        { KUBECONFIG: '/none', PGHOST: 'pg' },
      ] as [ReadArgs, Environment]),
      ['sql any pay'],
    ],
    [
      'with HELM_DRIVER',
      ...([{}, { HELM_DRIVER: 'configmap' }] as [ReadArgs, Environment]),
      ['configmap helm here', '(secret helm here)', ...helm2],
    ],
    [
      'with -n',
      ...([{ namespace: 'pay', helm: '3' }, { HELM_NAMESPACE: 'web' }] as [ReadArgs, Environment]),
      ['secret helm pay', '(configmap helm pay)'],
    ],
    [
      'with HELM_NAMESPACE',
      ...([{ helm: '3' }, { HELM_NAMESPACE: 'web' }] as [ReadArgs, Environment]),
      ['secret helm web', '(configmap helm web)'],
    ],
    [
      'everywhere',
      ...([all, {}] as [ReadArgs, Environment]),
      ['secret helm all', '(configmap helm all)', '(configmap tiller all)', '(secret tiller all)'],
    ],
    [
      'everywhere, with a Tiller namespace',
      ...([{ ...all, helm: '2' }, { TILLER_NAMESPACE: 'tiller' }] as [ReadArgs, Environment]),
      ['configmap tiller tiller', '(secret tiller tiller)'],
    ],
    [
      'with one type',
      {
        'helm-release-storage-type': 'configmap',
        'helm2-release-storage-type': 'secret',
        'tiller-namespace': ['tiller'],
      },
      {},
      ['configmap helm here', '(secret tiller tiller =here)'],
    ],
    [
      'with storage namespaces',
      {
        ...{
          'helm-release-storage-namespace': 'store',
          'helm2-release-storage-namespace': ['old'],
        },
        'tiller-namespace': ['other'],
      },
      {},
      [
        ...['secret helm store =here', '(configmap helm store =here)'],
        ...['(configmap tiller old =here)', '(secret tiller old =here)'],
      ],
    ],
    [
      'with several Tiller namespaces',
      { helm: '2', 'tiller-namespace': ['a', 'b', '', 'a'], 'tiller-label': 'OWNER=FORK' },
      { TILLER_NAMESPACE: 'other' },
      [
        ...['configmap tiller a =here', '(secret tiller a =here)'],
        ...['configmap tiller b =here', '(secret tiller b =here)'],
      ],
    ],
    [
      'as that helm',
      ...([{ compat: 'helm4' }, { TILLER_NAMESPACE: 'tiller' }] as [ReadArgs, Environment]),
      ['secret helm here'],
    ],
    [
      'as that helm, everywhere, with HELM_DRIVER',
      ...([{ ...all, compat: 'helm3' }, { HELM_DRIVER: 'configmap' }] as [ReadArgs, Environment]),
      ['configmap helm all'],
    ],
    [
      'as that helm, of an address',
      { compat: 'helm3', storage: ['configmap:kube-system'] },
      {},
      ['configmap:kube-system helm kube-system'],
    ],
    [
      'in that helm’s shapes, of Helm 2, which is asked for',
      { compat: 'helm3', helm: '2' },
      {},
      ['configmap tiller kube-system =here', '(secret tiller kube-system =here)'],
    ],
    [
      'in that helm’s shapes, of a Tiller, which is asked for',
      { compat: 'helm3', 'tiller-namespace': ['old'] },
      {},
      ['secret helm here', '(configmap tiller old =here)', '(secret tiller old =here)'],
    ],
    ['of an address', { storage: ['secret'] }, {}, ['secret any here']],
    ['of an address, everywhere', { storage: ['secret'], ...all }, {}, ['secret any all']],
    [
      'of an address in a namespace',
      { storage: ['configmap:tiller'], namespace: 'pay', helm: '2' },
      {},
      ['configmap:tiller tiller tiller =pay'],
    ],
  ])('%s', async (_, args, env, wanted) => {
    expect(await reads(args, env)).toEqual(wanted);
  });

  it.each<[ReadArgs, Environment, string[]]>([
    [{}, {}, []],
    [{ 'tiller-namespace': ['a', 'b'] }, { TILLER_NAMESPACE: 'c' }, ['a', 'b']],
    [{}, { TILLER_NAMESPACE: 'c' }, []],
    [{ helm: '2' }, { TILLER_NAMESPACE: 'c' }, ['c']],
    [{ storage: ['secret:a', 'configmap:b'] }, {}, ['a', 'b']],
  ])('know which namespaces somebody named: %j %j', async (args, env, wanted) => {
    const { namedNamespaces, close } = await chooseReads({ kubeconfig, ...args }, env);
    close();
    expect(namedNamespaces).toEqual(wanted);
  });

  it('of folders need no cluster, and HELM_NAMESPACE is no filter there', async () => {
    const args = { kubeconfig: '', storage: [`dir:${folder}`] };
    const env = { HELM_NAMESPACE: 'web', HELM_DRIVER: 'sql', HOME: folder };
    expect(await reads(args, env)).toEqual([`dir:${folder} any all`]);
    expect(await reads({ ...args, namespace: 'pay' }, env)).toEqual([`dir:${folder} any all =pay`]);
  });

  it('of an address everywhere are no contradiction to the Tiller namespace rbac adds', async () => {
    const args = ['rbac', 'history', '-A', '--storage', 'secret', '--kubeconfig', kubeconfig];
    expect(await runCli(args)).toMatchObject({ code: 0, err: '' });
  });

  it.each<[ReadArgs, Environment, string]>([
    [{ namespace: 'a/b' }, {}, '--namespace "a/b" is no namespace\'s name'],
    [{ 'tiller-namespace': ['A'] }, {}, '--tiller-namespace "A" is no namespace\'s name'],
    [{}, { TILLER_NAMESPACE: '-' }, 'TILLER_NAMESPACE "-" is no namespace\'s name'],
    [{ storage: ['tape:x'] }, {}, 'tape:x is not a storage address'],
    [
      { storage: ['secret:a'], 'tiller-namespace': ['b'] },
      {},
      "--storage secret:a and --tiller-namespace b can't both hold",
    ],
    [
      { storage: ['dir:x'], 'helm-release-storage-type': 'secret' },
      {},
      "--storage dir:x and --helm-release-storage-type secret can't both hold",
    ],
  ])('refuse %j %j', async (args, env, message) => {
    await expect(reads(args, env)).rejects.toMatchObject({ code: 'USAGE', message });
  });
});

describe('the ends of a move', () => {
  async function ends(args: Helm2Args, env: Environment = {}) {
    const { from, to, close } = await openHelm2Ends({ kubeconfig, ...args }, env);
    close();
    return {
      from: from.map(({ storage, selection, optional }) =>
        [storage.address, selection.owner, selection.namespace ?? 'all', optional].join(' '),
      ),
      to: [to.storage.address, to.kind, to.namespace ?? 'own'].join(' '),
    };
  }
  const tiller = (namespace: string) => [
    `configmap tiller ${namespace} false`,
    `secret tiller ${namespace} true`,
  ];

  it.each<[string, Helm2Args, Environment, Awaited<ReturnType<typeof ends>>]>([
    ['by default', {}, {}, { from: tiller('kube-system'), to: 'secret Secret own' }],
    [
      'by the environment',
      ...([{}, { HELM_DRIVER: 'configmaps', TILLER_NAMESPACE: 'old' }] as [Helm2Args, Environment]),
      { from: tiller('old'), to: 'configmap ConfigMap own' },
    ],
    [
      'by werf’s options',
      {
        ...{ 'helm2-release-storage-type': 'secret', 'helm2-release-storage-namespace': ['old'] },
        ...{ 'helm-release-storage-type': 'configmap', 'helm-release-storage-namespace': 'store' },
      },
      {},
      { from: ['secret tiller old false'], to: 'configmap ConfigMap store' },
    ],
    [
      'from several Tiller namespaces',
      { 'tiller-namespace': ['a', 'b'], 'tiller-out-cluster': true },
      {},
      { from: ['secret tiller a false', 'secret tiller b false'], to: 'secret Secret own' },
    ],
    [
      'from what helm-2to3 would read outside',
      { 'tiller-out-cluster': true, 'release-storage': 'configmaps' },
      {},
      { from: ['configmap tiller kube-system false'], to: 'secret Secret own' },
    ],
    [
      'from where no Tiller is said to be outside',
      { 'release-storage': 'secrets' },
      {},
      { from: tiller('kube-system'), to: 'secret Secret own' },
    ],
    [
      'from a bare address, which is all Tiller namespaces',
      { from: 'secret', 'tiller-namespace': ['a', 'b'] },
      {},
      { from: ['secret tiller a false', 'secret tiller b false'], to: 'secret Secret own' },
    ],
    [
      'by addresses',
      { from: 'secret:old', to: 'configmap:store' },
      {},
      { from: ['secret:old tiller old false'], to: 'configmap:store ConfigMap store' },
    ],
    [
      'from a bare address, which is Tiller’s namespace',
      { from: 'configmap', to: 'secret' },
      {},
      { from: ['configmap tiller kube-system false'], to: 'secret Secret own' },
    ],
  ])('%s', async (_, args, env, wanted) => {
    expect(await ends(args, env)).toEqual(wanted);
  });

  it('may both be folders, without a cluster; the new one need not be there', async () => {
    const args = { kubeconfig: '', from: `dir:${folder}`, to: `dir:${folder}/new` };
    expect(await ends(args, { HOME: '/nonexistent' })).toEqual({
      from: [`dir:${folder} tiller all false`],
      to: `dir:${folder}/new Secret own`,
    });
    const maps = { ...args, 'helm-release-storage-type': 'configmap' };
    expect((await ends(maps)).to).toBe(`dir:${folder}/new ConfigMap own`);
  });

  it.each<[Helm2Args, Environment, string[]]>([
    [{}, {}, []],
    [{}, { TILLER_NAMESPACE: 'old' }, ['old']],
    [{ 'tiller-namespace': ['old'] }, {}, ['old']],
    [{ 'helm2-release-storage-namespace': ['old'] }, {}, ['old']],
    [{ from: 'secret:old' }, {}, ['old']],
  ])('know which namespaces somebody named: %j %j', async (args, env, wanted) => {
    const { namedNamespaces, close } = await openHelm2Ends({ kubeconfig, ...args }, env);
    close();
    expect(namedNamespaces).toEqual(wanted);
  });

  it.each<[Helm2Args, Environment, unknown]>([
    [{}, {}, undefined],
    [{}, { HELM_NAMESPACE: 'pay' }, { name: 'pay', isContexts: false }],
    [{}, { HELM_NAMESPACE: 'here' }, { name: 'here', isContexts: true }],
    [{ namespace: 'web' }, { HELM_NAMESPACE: 'here' }, { name: 'here', isContexts: true }],
  ])('know the namespace that helm hands on: %j %j', async (args, env, wanted) => {
    const { helmNamespace, close } = await openHelm2Ends({ kubeconfig, ...args }, env);
    close();
    expect(helmNamespace).toEqual(wanted);
  });

  it('take no namespace from helm for folders', async () => {
    const args = { from: `dir:${folder}`, to: `dir:${folder}/new` };
    const { helmNamespace } = await openHelm2Ends(args, { HELM_NAMESPACE: 'pay' });
    expect(helmNamespace).toBeUndefined();
  });

  it('must agree with the type that is asked for', async () => {
    const args = { to: 'secret:store', 'helm-release-storage-type': 'configmap' };
    await expect(ends(args)).rejects.toMatchObject({
      code: 'USAGE',
      message: "--to secret:store and --helm-release-storage-type configmap can't both hold",
    });
  });

  it.each<[Helm2Args, string]>([
    [
      { from: 'configmap:kube-system', 'tiller-namespace': ['old'] },
      "--from configmap:kube-system and --tiller-namespace old can't both hold",
    ],
    [
      { from: 'configmap', 'helm2-release-storage-type': 'secret' },
      "--from configmap and --helm2-release-storage-type secret can't both hold",
    ],
    [
      { from: 'dir:x', 'helm2-release-storage-namespace': ['old'] },
      "--from dir:x and --helm2-release-storage-namespace old can't both hold",
    ],
    [
      { from: 'configmap:a', 'tiller-namespace': ['a', 'b'] },
      "--from configmap:a and --tiller-namespace a,b can't both hold",
    ],
    [
      { from: 'configmap', 'tiller-out-cluster': true, 'release-storage': 'secrets' },
      "--from configmap and --release-storage secrets can't both hold",
    ],
    [
      {
        ...{ 'tiller-out-cluster': true, 'release-storage': 'secrets' },
        'helm2-release-storage-type': 'configmap',
      },
      "--release-storage secrets and --helm2-release-storage-type configmap can't both hold",
    ],
    [
      { to: 'secret:store', 'helm-release-storage-namespace': 'other' },
      "--to secret:store and --helm-release-storage-namespace other can't both hold",
    ],
  ])('are not dropped in silence: %j', async (args, message) => {
    await expect(ends(args)).rejects.toMatchObject({ code: 'USAGE', message });
  });

  it.each<[Helm2Args, string, string]>([
    [{ from: 'configmap', 'tiller-namespace': ['old'] }, 'configmap tiller old false', 'own'],
    [{ from: 'secret:old', 'tiller-namespace': ['old'] }, 'secret:old tiller old false', 'own'],
    [
      { to: 'secret:store', 'helm-release-storage-namespace': 'store' },
      'configmap tiller kube-system false',
      'store',
    ],
  ])('may say the same twice: %j', async (args, from, to) => {
    const found = await ends(args);
    expect(found.from[0]).toBe(from);
    expect(found.to).toMatch(new RegExp(` ${to}$`));
  });
});
