/** Which Helm 2 releases a migration is about, and what is said when they aren't there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Helm2Ends } from '../../src/commands/move/helm2Ends.ts';
import {
  checkHelm2Selection,
  type Helm2SelectionArgs,
  selectHelm2,
} from '../../src/commands/move/helm2Selection.ts';
import { ReleasesError } from '../../src/errors.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { captureIO, runCli } from './cli-io.ts';
import { broken, type Sketch, sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sources2to3-'));
  const storage = await openDirectory(join(dir, 'from'), { create: true });
  await storage.create(sketchRecord({ helm: 2, name: 'alpha', namespace: 'web' }));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function migrate(...args: readonly string[]) {
  const ends = ['--from', `dir:${dir}/from`, '--to', `dir:${dir}/to`];
  const { code, out, err } = await runCli(['migrate2to3', ...args, ...ends, '--dry-run']);
  return { code, out, err: err.replaceAll(dir, 'DIR') };
}

it('names the namespace that a release is in', async () => {
  expect(await migrate('alpha', '-n', 'pay')).toEqual({
    ...{ code: 1, out: '' },
    err: [
      'error: no Helm 2 release "alpha" in dir:DIR/from',
      '  alpha is in namespace web (Helm 2, dir:DIR/from, ConfigMaps)',
      '  try: -n web',
      '',
    ].join('\n'),
  });
  expect(await migrate('alpha', '-n', 'web')).toMatchObject({ code: 0, err: '' });
});

/** A server's store of ConfigMaps that has the namespaces kube-system, tiller-a and tiller-b. */
async function server(records: readonly ReleaseRecord[], forbidden = false): Promise<Storage> {
  const storage = openMemory({ records });
  const there = ['kube-system', 'tiller-a', 'tiller-b'];
  return {
    ...storage,
    address: 'configmap',
    capabilities: { ...storage.capabilities, inCluster: true },
    closedNamespace: async (name) =>
      forbidden || there.includes(name) ? undefined : 'does not exist',
    listMeta(selection) {
      if (forbidden && selection.namespace === undefined)
        throw new ReleasesError('FORBIDDEN', 'no permission to list configmaps');
      return storage.listMeta(selection);
    },
  };
}

const inTiller = (namespace: string, sketch: Sketch) =>
  sketchRecord({ helm: 2, ...sketch }, { namespace });

interface Ends {
  readonly tillers: readonly string[];
  readonly named?: boolean;
  readonly helmNamespace?: Helm2Ends['helmNamespace'];
}

function ends(storage: Storage, { tillers, named = true, helmNamespace }: Ends): Helm2Ends {
  return {
    from: tillers.map((namespace) => ({
      ...{ storage, selection: { owner: 'tiller', namespace }, optional: false },
    })),
    namedNamespaces: named ? tillers : [],
    helmNamespace,
    to: { storage, kind: 'Secret', namespace: undefined, own: true },
    kube: () => Promise.reject(new Error('no cluster')),
    close: () => {},
  };
}

async function find(move: Helm2Ends, wanted: Partial<Helm2SelectionArgs> = { all: true }) {
  const io = captureIO();
  const found = await selectHelm2({ release: [], exclude: undefined, ...wanted }, move, io);
  const names = found.sources.releases.map(({ name, from }) => `${name} ${from}`);
  return { ...found, names, err: io.err() };
}

const team = inTiller('tiller-a', { name: 'team', namespace: 'web' });

describe('in a Tiller namespace', () => {
  const list = '-t NAMESPACE, where Tiller was; kubectl releases list -A --helm 2  shows it';

  it('points to those in other namespaces', async () => {
    const here = ends(await server([team]), { tillers: ['kube-system'], named: false });
    await expect(find(here, { release: ['team'] })).rejects.toMatchObject({
      ...{ code: 'NOT_FOUND', hints: ['-t tiller-a  where it is'] },
      message: 'no Helm 2 release "team" in configmap:kube-system',
    });
    await expect(find(here, { release: ['other'] })).rejects.toMatchObject({ hints: [list] });
    expect((await find(here)).nothing).toBe(
      'No Helm 2 releases found in configmap:kube-system.\n  try: -t tiller-a  where Helm 2 releases are\n',
    );
    const there = ends(await server([team]), { tillers: ['tiller-a'] });
    expect(await find(there, { release: ['team'] })).toMatchObject({
      names: ['team configmap:tiller-a'],
      nothing: '',
    });
  });

  it('says how to look for them where it may not', async () => {
    const here = ends(await server([team], true), { tillers: ['kube-system'] });
    expect((await find(here)).nothing).toBe(
      `No Helm 2 releases found in configmap:kube-system.\n  try: ${list}\n`,
    );
  });

  it.each([
    { tillers: ['nowhere'], wanted: { all: true } },
    { tillers: ['nowhere'], wanted: { release: ['team'] } },
    { tillers: ['tiller-a', 'nowhere'], wanted: { release: ['team'] } },
  ])('refuses one that was named and does not exist: %j', async ({ tillers, wanted }) => {
    await expect(find(ends(await server([]), { tillers }), wanted)).rejects.toMatchObject({
      ...{ code: 'NOT_FOUND', message: 'there is no namespace nowhere', hints: [list] },
    });
  });

  it.each([
    ['is there and empty', 'kube-system', true, false],
    ['nobody named', 'nowhere', false, false],
    ['may not be looked at', 'nowhere', true, true],
  ])('finds nothing in one that %s', async (_, namespace, named, forbidden) => {
    const here = ends(await server([team], forbidden), { tillers: [namespace], named });
    expect((await find(here)).sources).toEqual({ releases: [], strays: [] });
  });
});

describe('in several Tiller namespaces', () => {
  const tillers = ['tiller-a', 'tiller-b'];
  const both = [
    inTiller('tiller-a', { name: 'app', namespace: 'web' }),
    inTiller('tiller-b', { name: 'app', namespace: 'pay' }),
    inTiller('tiller-b', { name: 'team', namespace: 'pay' }),
  ];

  it('finds the releases of each', async () => {
    const { names, err } = await find(ends(await server(both), { tillers }));
    expect(names).toEqual([
      ...['app configmap:tiller-a', 'app configmap:tiller-b', 'team configmap:tiller-b'],
    ]);
    expect(err).toBe('');
  });

  it('says which ones a name stands for, and takes one of them', async () => {
    const move = ends(await server(both), { tillers });
    const { names, err } = await find(move, { release: ['app'] });
    expect(names).toEqual(['app configmap:tiller-a', 'app configmap:tiller-b']);
    expect(err).toBe(
      [
        'note: app is there 2 times, and each is meant:',
        '  app is in namespace web (Helm 2, configmap:tiller-a)',
        '  app is in namespace pay (Helm 2, configmap:tiller-b)',
        '',
      ].join('\n'),
    );
    expect(await find(move, { release: ['app'], namespace: 'pay' })).toMatchObject({
      ...{ names: ['app configmap:tiller-b'], err: '' },
    });
  });

  it('renames no two releases at once', async () => {
    const move = ends(await server(both), { tillers });
    await expect(find(move, { release: ['app'], 'target-release': 'x' })).rejects.toMatchObject({
      code: 'USAGE',
      message: '--target-release is for one release, and there are several',
    });
  });
});

describe('--selector', () => {
  const old = inTiller('tiller-a', { name: 'team', revision: 1, status: 'superseded' });
  const records = [
    old,
    inTiller('tiller-a', { name: 'team', revision: 10 }),
    inTiller('tiller-a', { name: 'gone', revision: 2, status: 'uninstalled' }),
    inTiller('tiller-a', { name: 'gone', revision: 1 }),
  ];
  const select = async (selector: string, more: readonly ReleaseRecord[] = []) =>
    find(ends(await server([...records, ...more]), { tillers: ['tiller-a'] }), { selector });

  it('asks the newest record, and takes all the others with it', async () => {
    const { names, sources } = await select('STATUS=DEPLOYED');
    expect(names).toEqual(['team configmap:tiller-a']);
    expect(sources.releases[0]?.records).toHaveLength(2);
    expect((await select('STATUS in (SUPERSEDED)')).names).toEqual([]);
  });

  it('asks a newest record that can not be read, too', async () => {
    const newest = { ...broken(inTiller('tiller-a', { name: 'team', revision: 11 })) };
    const labels = { ...newest.labels, STATUS: 'FAILED' };
    expect((await select('STATUS=FAILED', [{ ...newest, labels }])).names).toEqual([
      'team configmap:tiller-a',
    ]);
  });

  it('says that it left all out', async () => {
    expect((await select('NAME=none')).nothing).toBe(
      '2 Helm 2 releases found in configmap:tiller-a, all left out by -l NAME=none.\n',
    );
  });

  it.each<[Partial<Helm2SelectionArgs>, string]>([
    [{ selector: 'a b' }, '"a b" is no label selector: an operator is missing before b'],
    [{ selector: 'a', release: ['x'] }, 'either --selector or release names, not both'],
    [{ all: true, release: ['x'] }, 'either --all or release names, not both'],
    [{}, 'which releases?'],
    [{ all: true, server: 'secrets' }, '-s is --server here, as for kubectl'],
  ])('refuses %j', (wanted, message) => {
    const args = { release: [], exclude: undefined, ...wanted };
    expect(() => checkHelm2Selection(args, captureIO())).toThrow(
      expect.objectContaining({ code: 'USAGE', message }),
    );
  });
});

describe('under helm, which keeps -n to itself', () => {
  const records = [team, inTiller('tiller-a', { name: 'app', namespace: 'pay' })];
  const under = async (name: string, isContexts: boolean, wanted: Partial<Helm2SelectionArgs>) => {
    const helmNamespace = { name, isContexts };
    return find(ends(await server(records), { tillers: ['tiller-a'], helmNamespace }), wanted);
  };

  it('takes the namespace it was called with', async () => {
    expect((await under('pay', false, { all: true })).names).toEqual(['app configmap:tiller-a']);
    expect((await under('pay', false, { all: true, namespace: 'web' })).names).toEqual([
      'team configmap:tiller-a',
    ]);
  });

  it('says where -n and no -n look the same', async () => {
    const { names, err } = await under('pay', true, { all: true });
    expect(names).toHaveLength(2);
    expect(err).toBe(
      "note: these are the releases of all namespaces: helm doesn't hand on a -n pay, the context's own\n",
    );
    expect((await under('pay', true, { release: ['team'] })).err).toBe('');
    expect((await under('pay', true, { all: true, exclude: ['team'] })).err).toBe('');
  });
});

it('says that --release-storage alone changes nothing', async () => {
  const move = ends(await server([team]), { tillers: ['tiller-a'] });
  const { err } = await find(move, { 'release-storage': 'secrets' });
  expect(err).toContain('note: --release-storage counts with --tiller-out-cluster only');
  const both = { 'release-storage': 'secrets', 'tiller-out-cluster': true };
  expect((await find(move, both)).err).toBe('');
});

it('takes 0 revisions at most for all, and --ignore-already-migrated, as helm-2to3 does', async () => {
  const flags = ['--release-versions-max', '0', '--ignore-already-migrated'];
  expect(await migrate('alpha', ...flags)).toMatchObject({ code: 0, err: '' });
});
