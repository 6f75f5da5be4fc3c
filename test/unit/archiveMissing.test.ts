/** An archive says what was asked of it and is missing, and never takes the place of a better one. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { openArchive } from '../../src/storage/archive/archive.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Missing } from '../../src/storage/storage.ts';
import { cli, dir, fill } from './backups.ts';
import { sketchRecord } from './cli-records.ts';
import { planFor } from './relocations.ts';

const billing = sketchRecord({});
const search = sketchRecord({ name: 'search' });
const about = { tool: 'kubectl-releases 0', created: '2026-01-02T03:04:05Z', from: ['memory'] };

/** `backup --all all.zip --overwrite`, while an upgrade writes a revision of search. */
async function backUpDuringUpgrade(replace: boolean) {
  const from = openMemory({ records: [billing, search] });
  const to = await openArchive(join(dir, 'all.zip'), {
    ...{ create: true, replace, beside: true, about: { ...about, asked: ['--all'] } },
  });
  const plan = await planFor(from, to);
  await from.create(sketchRecord({ name: 'search', revision: 2 }));
  const engine = { from: new Map([[from.address, from]]), to, concurrency: 1 };
  const outcomes = await applyPlan(plan, engine);
  const left = to.sealedAs?.();
  await to.close();
  return { left, results: outcomes.map(({ result }) => result) };
}

const zips = () =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.zip'))
    .sort();

describe('a backup during an upgrade', () => {
  it('leaves the archive that is there, and says in itself what it lacks', async () => {
    await fill('from', [billing, search]);
    await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    const { left, results } = await backUpDuringUpgrade(true);
    expect(results).toEqual(['migrated', 'failed']);
    expect(left).toBe(join(dir, 'all-incomplete.zip'));
    expect(await cli('verify DIR/all.zip')).toMatchObject({ code: 0 });
    expect((await cli('list --storage file:DIR/all.zip -A -q')).out).toBe('billing\nsearch\n');
    const { code, out } = await cli('verify DIR/all-incomplete.zip');
    expect(code).toBe(3);
    expect(out).toMatch(/^It lacks search in pay, which was asked for: .* is new since the plan/m);
    const data = JSON.parse((await cli('verify DIR/all-incomplete.zip -o json')).out);
    expect(data).toMatchObject({
      asked: ['--all'],
      missing: [{ name: 'search', namespace: 'pay', why: expect.any(String) }],
    });
  });

  it('does not take the name, so that the same command again can', async () => {
    await fill('from', [billing, search]);
    await backUpDuringUpgrade(false);
    expect(zips()).toEqual(['all-incomplete.zip']);
    await backUpDuringUpgrade(false);
    expect(zips()).toEqual(['all-incomplete-2.zip', 'all-incomplete.zip']);
    const again = await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    expect(again.code).toBe(0);
    expect((await cli('verify DIR/all.zip')).code).toBe(0);
  });
});

describe('a place that may not be looked into', () => {
  const unseen = [{ name: '', namespace: '', store: 'configmap', why: 'no permission' }] as const;
  const backUp = async (lacks: readonly Missing[]) => {
    const from = openMemory({ records: [billing] });
    const to = await openArchive(join(dir, 'all.zip'), {
      ...{ create: true, replace: true, beside: true, about },
    });
    const plan = await planFor(from, to);
    const engine = { from: new Map([[from.address, from]]), to, concurrency: 1, unseen: lacks };
    await applyPlan(plan, engine);
    await to.close();
  };

  it('keeps the archive that does not lack it, and replaces one that does', async () => {
    await backUp(unseen);
    await backUp(unseen);
    expect(zips()).toEqual(['all.zip']);
    expect(await cli('verify DIR/all.zip')).toMatchObject({
      code: 3,
      out: expect.stringContaining('It may lack what configmap has, which was asked for: no perm'),
    });
    await backUp([]);
    expect((await cli('verify DIR/all.zip')).code).toBe(0);
    await backUp(unseen);
    expect(zips()).toEqual(['all-incomplete.zip', 'all.zip']);
    expect((await cli('verify DIR/all.zip')).code).toBe(0);
  });
});

describe('a release that can not be copied', () => {
  /** Its newest record has lost its payload. */
  const lostIn = async (name: string, record: ReleaseRecord) => {
    const store = await openDirectory(join(dir, name));
    const there = await store.get(record);
    if (there) await store.delete(there);
    const { writeFileSync } = await import('node:fs');
    const { kind, namespace, key, labels, type } = record;
    const metadata = { name: key, namespace, labels };
    const manifest = { apiVersion: 'v1', kind, type, metadata, data: {} };
    writeFileSync(join(dir, name, 'lost.json'), JSON.stringify(manifest));
  };

  it('is named in the archive, which does not replace one that has it', async () => {
    await fill('from', [billing, search]);
    const line = 'backup --all --storage dir:DIR/from DIR/all.zip --overwrite';
    await cli(line);
    await lostIn('from', search);
    const { code, out, err } = await cli(line);
    expect(code).toBe(3);
    expect(err).toContain('it lacks some of what was asked for, and is DIR/all-incomplete.zip');
    expect(out).toContain('Next: kubectl releases verify DIR/all-incomplete.zip');
    expect((await cli('list --storage file:DIR/all.zip -A -q')).out).toBe('billing\nsearch\n');
    const verified = await cli('verify DIR/all-incomplete.zip');
    expect(verified.code).toBe(3);
    expect(verified.out).toContain('It lacks search in pay');
    // One that never had it is replaced.
    rmSync(join(dir, 'all.zip'));
    rmSync(join(dir, 'all-incomplete.zip'));
    for (let run = 0; run < 2; run++) expect((await cli(line)).code).toBe(3);
    expect(zips()).toEqual(['all.zip']);
  });

  it('is not looked for in an archive that nobody can open', async () => {
    await fill('from', [billing, search]);
    await cli('backup --all --storage dir:DIR/from DIR/all.zip');
    await lostIn('from', search);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(dir, 'all.zip'), 'damaged');
    await cli('backup --all --storage dir:DIR/from DIR/all.zip --overwrite');
    expect(zips()).toEqual(['all-incomplete.zip', 'all.zip']);
    expect(existsSync(join(dir, 'all.zip'))).toBe(true);
  });
});
