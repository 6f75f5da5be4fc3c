/** What is copied before a record is deleted: the folder or archive, and that it comes back. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openBackupStore } from '../../src/commands/move/backupStore.ts';
import { cli, contents, dir, expected, fill } from './backups.ts';
import { sketchRecord } from './cli-records.ts';

describe('what is about to be deleted', () => {
  const tiller = [1, 2].map((revision) => sketchRecord({ helm: 2, name: 'old', revision }));
  const other = [1, 2].map((revision) => sketchRecord({ helm: 2, name: 'other', revision }));

  it.each([
    [
      'migrate2to3 --all --from dir:DIR/from --to dir:DIR/helm3 --delete-v2-releases',
      'restore DIR/was.zip --to dir:DIR/from',
    ],
    [
      'relocate --all --from dir:DIR/from --to dir:DIR/there --delete-source',
      'relocate old -n pay --from dir:DIR/there --to dir:DIR/from --helm 2 --delete-source',
    ],
  ])('goes into an archive too, by %s, and comes back from it', async (line, told) => {
    await fill('from', tiller);
    const moved = await cli(`${line} --backup DIR/was.zip --yes`);
    expect(moved, moved.err).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual([]);
    expect((await cli('verify DIR/was.zip')).out).toContain('1 release, 2 records');
    const undo = /^Undo: kubectl releases (.*)$/m.exec(moved.out)?.[1] ?? '';
    expect(undo).toBe(told);
    expect(await cli('restore DIR/was.zip --to dir:DIR/again --yes')).toMatchObject({ code: 0 });
    expect(await contents('again')).toEqual(expected(tiller));
    const backup = undo.startsWith('restore') ? '' : '--backup DIR/back';
    expect(await cli(`${undo} ${backup} --yes`.replace('  ', ' '))).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual(expected(tiller));
  });

  it('encrypted, comes back without a plain copy on the way', async () => {
    await fill('from', tiller);
    writeFileSync(join(dir, 'pass'), 'one two three four\n');
    const line = 'relocate --all --from dir:DIR/from --to dir:DIR/there --delete-source --yes';
    const moved = await cli(`${line} --backup DIR/was.zip --passphrase-file DIR/pass`);
    expect(moved, moved.err).toMatchObject({ code: 0 });
    const undo = /^Undo: kubectl releases (.*)$/m.exec(moved.out)?.[1] ?? '';
    expect(undo).toMatch(/ --backup DIR\/was-undone.zip --passphrase-file DIR\/pass$/);
    expect(await cli(`${undo} --yes`)).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual(expected(tiller));
    expect(await contents('there')).toEqual([]);
    const verified = await cli('verify DIR/was-undone.zip --passphrase-file DIR/pass');
    expect(verified.out).toContain('1 release, 2 records');
  });

  it('goes into an archive by cleanup', async () => {
    await fill('from', tiller);
    await cli('migrate2to3 --all --from dir:DIR/from --to dir:DIR/helm3 --yes');
    const line = 'cleanup --release-cleanup --from dir:DIR/from --to dir:DIR/helm3 --yes';
    const cleaned = await cli(`${line} --backup file:DIR/was`);
    expect(cleaned, cleaned.err).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual([]);
    const undo = /^Undo: kubectl releases (.*)$/m.exec(cleaned.out)?.[1] ?? '';
    expect(await cli(`${undo} --yes`)).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual(expected(tiller));
  });

  it('stays where the backup holds something else of its name, which is said', async () => {
    await fill('from', tiller);
    await fill('was', [sketchRecord({ helm: 2, name: 'old', revision: 2, notes: 'before' })]);
    const line = 'relocate --all --from dir:DIR/from --to dir:DIR/there --delete-source --yes';
    const { code, err } = await cli(`${line} --backup DIR/was`);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^error: the backup holds another configmap .*old\.v2.*, as it was in an earlier run$/m,
    );
    expect(err).toContain('try: --backup DIR/was-2  to copy this state beside it');
    expect(await contents('from')).toEqual(expected(tiller));
    expect(readdirSync(dir).sort()).toEqual(['from', 'was']);
    expect((await cli(`${line} --backup DIR/new`)).code).toBe(0);
  });

  it('of an interrupted run, whose source has gone on since, needs another folder, and then goes on', async () => {
    const was = [1, 2].map((revision) => sketchRecord({ revision, status: 'superseded' }));
    const newest = sketchRecord({ revision: 3 });
    const upgraded = sketchRecord({ revision: 3, status: 'superseded' });
    const labels = { ...upgraded.labels, modifiedAt: '1900000000' };
    const later = [...was, { ...upgraded, labels }, sketchRecord({ revision: 4 })];
    // Copied and backed up, and killed before anything was deleted.
    for (const place of ['there', 'was']) await fill(place, [...was, newest]);
    await fill('from', later);
    const line =
      'relocate billing --from dir:DIR/from --to dir:DIR/there --delete-source --yes --backup DIR/was';
    for (let run = 0; run < 2; run++) {
      const refused = await cli(line);
      expect(refused.code).toBe(1);
      expect(refused.err).toMatch(/^error: the backup holds another secret .*billing\.v3/m);
      expect(refused.err).toContain('nothing was written');
      expect(await contents('there')).toEqual(expected([...was, newest]));
    }
    const next = (await cli(line)).err.match(/--backup \S+/)?.[0] ?? '';
    const done = await cli(line.replace('--backup DIR/was', next));
    expect(done, done.err).toMatchObject({ code: 0 });
    expect(await contents('there')).toEqual(expected(later));
    expect(await contents('from')).toEqual([]);
    expect(await contents('was')).toEqual(expected([...was, newest]));
    expect(await contents('was-2')).toEqual(expected(later));
  });

  it('of a run before, which holds the same, is gone on with', async () => {
    await fill('from', tiller);
    await fill('was', tiller);
    const line = 'relocate --all --from dir:DIR/from --to dir:DIR/there --delete-source --yes';
    const done = await cli(`${line} --backup DIR/was`);
    expect(done, done.err).toMatchObject({ code: 0 });
    expect(await contents('from')).toEqual([]);
  });

  it('has a folder of its own in every run, however fast they follow each other', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T12:00:00Z') });
    const cwd = process.cwd();
    process.chdir(dir);
    try {
      const paths: string[] = [];
      for (const _ of [1, 2, 3]) {
        const { storage, path } = await openBackupStore(
          ...([undefined, 'kept', undefined] as const),
          async () => [],
          [],
        );
        await storage.create(sketchRecord({}));
        paths.push(path);
      }
      const first = 'kept-20261121T120000Z';
      expect(paths).toEqual([first, `${first}-2`, `${first}-3`]);
    } finally {
      process.chdir(cwd);
      vi.useRealTimers();
    }
  });

  it('has a folder that no run beside it has, and leaves none that is empty', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T12:00:00Z') });
    const cwd = process.cwd();
    process.chdir(dir);
    try {
      const opened = await Promise.all(
        [1, 2, 3].map(() => openBackupStore(undefined, 'kept', undefined, async () => [], [])),
      );
      const [first] = opened.map(({ path }) => path).sort();
      expect(first).toBe('kept-20261121T120000Z');
      expect(new Set(opened.map(({ path }) => path)).size).toBe(3);
      expect(readdirSync('.').sort()).toEqual(opened.map(({ path }) => path).sort());
      const [one] = opened;
      await one?.storage.create(sketchRecord({}));
      for (const { close } of opened) await close();
      expect(readdirSync('.')).toEqual([one?.path]);
    } finally {
      process.chdir(cwd);
      vi.useRealTimers();
    }
  });

  it('and two runs beside each other bring back what is theirs', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T12:00:00Z') });
    await fill('from', [...tiller, ...other]);
    const cwd = process.cwd();
    process.chdir(dir);
    try {
      const line =
        'relocate old,other --from dir:DIR/from --to dir:DIR/there --delete-source --yes';
      const ran = await Promise.all(
        ['old', 'other'].map((name) => cli(line.replace('old,other', name))),
      );
      for (const one of ran) expect(one, one.err).toMatchObject({ code: 0 });
      const folders = ran.map(({ out }) => /is copied to (\S+) first/.exec(out)?.[1] ?? '');
      expect(await contents(folders[0] ?? '')).toEqual(expected(tiller));
      expect(await contents(folders[1] ?? '')).toEqual(expected(other));
    } finally {
      process.chdir(cwd);
      vi.useRealTimers();
    }
  });

  it('stays where the archive for it is there already', async () => {
    await fill('from', tiller);
    writeFileSync(join(dir, 'was.zip'), 'mine');
    const line = 'migrate2to3 --all --from dir:DIR/from --to dir:DIR/helm3 --delete-v2-releases';
    const refused = await cli(`${line} --backup DIR/was.zip --yes`);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('DIR/was.zip is there already');
    expect(await contents('from')).toEqual(expected(tiller));
    expect(readdirSync(dir).sort()).toEqual(['from', 'was.zip']);
  });
});
