/** Which Helm 2 releases a migration is about, and what is said when they aren't there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSources } from '../../src/commands/sources2to3.ts';
import type { MoveEnds } from '../../src/commands/stores.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { openMemory } from '../../src/storage/memory.ts';
import { captureIO, runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

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
      '  alpha is in namespace web (Helm 2, dir:DIR/from)',
      '  try: -n web',
      '',
    ].join('\n'),
  });
  expect(await migrate('alpha', '-n', 'web')).toMatchObject({ code: 0, err: '' });
});

describe('in a Tiller namespace', () => {
  /** A server's store of ConfigMaps that has the namespaces kube-system and tiller-a. */
  async function tiller(namespace: string, named: boolean, forbidden = false): Promise<MoveEnds> {
    const storage = openMemory();
    const release = { helm: 2, name: 'team', namespace: 'web' } as const;
    await storage.create(sketchRecord(release, { namespace: 'tiller-a' }));
    const closedNamespace = async (name: string) =>
      forbidden || ['kube-system', 'tiller-a'].includes(name) ? undefined : 'does not exist';
    const server = { ...storage, address: 'configmap', closedNamespace };
    return {
      from: [{ storage: server, selection: { owner: 'tiller', namespace }, optional: false }],
      namedNamespaces: named ? [namespace] : [],
      to: { storage, kind: 'Secret', namespace: undefined },
      kube: () => Promise.reject(new Error('nothing is asked beside records')),
      close: () => {},
    };
  }
  const hints = ['-t NAMESPACE, where Tiller was; kubectl releases list -A --helm 2  shows it'];
  const find = async (ends: Promise<MoveEnds>, ...release: readonly string[]) =>
    findSources({ release, exclude: undefined }, await ends, captureIO());

  it('points to those in other namespaces', async () => {
    await expect(find(tiller('kube-system', false), 'team')).rejects.toMatchObject({
      ...{ code: 'NOT_FOUND', hints },
      message: expect.stringContaining('no Helm 2 release "team" in configmap:kube-system'),
    });
    const found = await find(tiller('tiller-a', true), 'team');
    expect(found.sources.releases[0]).toMatchObject({ name: 'team', from: 'configmap:tiller-a' });
  });

  it('refuses one that was named and does not exist', async () => {
    const missing = { code: 'NOT_FOUND', message: 'there is no namespace nowhere', hints };
    await expect(find(tiller('nowhere', true))).rejects.toMatchObject(missing);
    await expect(find(tiller('nowhere', true), 'team')).rejects.toMatchObject(missing);
  });

  it.each([
    ['is there and empty', 'kube-system', true, false],
    ['nobody named', 'nowhere', false, false],
    ['may not be looked at', 'nowhere', true, true],
  ])('finds nothing in one that %s', async (_, namespace, named, forbidden) => {
    expect((await find(tiller(namespace, named, forbidden))).sources).toEqual({
      releases: [],
      strays: [],
    });
  });
});
