import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isBad } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { hintFor } from '../../src/storage/files/failure.ts';
import { brief, list, put, read, readAll, record, root, secret, web } from './directoryFixtures.ts';

describe('writing a folder', () => {
  it('writes one private file a record whatever the umask, and leaves nothing else', async () => {
    const before = process.umask(0o377);
    try {
      const storage = await openDirectory(join(root, 'new'), { create: true });
      await storage.create(record('a'));
    } finally {
      process.umask(before);
    }
    const mode = (path: string) => (statSync(join(root, path)).mode & 0o777).toString(8);
    expect([mode('new'), mode('new/web')]).toEqual(['700', '700']);
    expect(readdirSync(join(root, 'new/web'))).toEqual(['secret-sh.helm.release.v1.a.v1.yaml']);
    expect(mode('new/web/secret-sh.helm.release.v1.a.v1.yaml')).toBe('600');
  });

  it('keeps hostile names inside the folder and apart, and refuses hostile namespaces', async () => {
    const storage = await openDirectory(root);
    const hostile = ['../../../etc/x', '..', '.hidden', 'a/b', 'x'.repeat(400), 'é', 'a\nb'];
    const names = ['A', 'a', 'con', 'NUL', 'under_score', 'Upper-Case.v1', ...hostile];
    const records = names.map((key) => ({ ...record('n'), key }));
    records.push({ ...record('n'), namespace: 'con' }, { ...record('n'), namespace: '' });
    for (const one of records) await storage.create(one);
    for (const namespace of [...hostile, 'A', 'under_score'])
      await expect(storage.create({ ...record('n'), namespace })).rejects.toMatchObject({
        code: 'API',
        message: expect.not.stringContaining('\n'),
      });
    const line = ({ namespace, key }: { namespace: string; key: string }) => `${namespace}/${key}`;
    const found = await read();
    expect(found.filter(isBad)).toEqual([]);
    expect(found.map(line).sort()).toEqual(records.map(line).sort());
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((f) =>
      f.toLowerCase(),
    );
    expect(new Set(files).size).toBe(files.length);
    for (const file of files)
      expect(file).toMatch(/^[a-z0-9_][a-z0-9._~-]*(\/[a-z0-9._~-]+\.yaml)?$/);
  });

  it('does not write through a link that leads out', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'releases-out-'));
    symlinkSync(outside, join(root, 'web'));
    const storage = await openDirectory(root);
    await expect(storage.create(record('a'))).rejects.toMatchObject({ code: 'FILE' });
    expect(readdirSync(outside)).toEqual([]);
    rmSync(outside, { recursive: true });
  });

  it('sees a file that another process wrote first', async () => {
    const [one, two] = [await openDirectory(root), await openDirectory(root)];
    for await (const page of one.list({})) expect(page).toEqual([]);
    await two.create(record('a'));
    await expect(one.create(record('a'))).rejects.toMatchObject({ code: 'EXISTS' });
  });

  it('replaces one record in a dump of several, and of several copies all', async () => {
    const wanted = {
      ...record('b'),
      labels: { ...record('b').labels, team: 'red' },
      payload: 'bmV3',
    };
    const all = () => [secret('a', 'aaaa'), secret('b', 'bbbb'), secret('c', 'cccc')];
    const asJson = { apiVersion: 'v1', kind: 'List', items: all().map((text) => parse(text)) };
    const layouts: (readonly [string, string])[][] = [
      [['dump.yaml', `# mine\n${list(...all())}`]],
      [['dump.yaml', all().join('---\n')]],
      [['dump.json', JSON.stringify(asJson, null, 2)]],
      [
        ['one.yaml', secret('b', 'bbbb')],
        ['dump.yaml', list(...all())],
      ],
      [
        ['one.json', JSON.stringify(parse(secret('b', 'bbbb')))],
        ['a.yaml', secret('a', 'aaaa')],
        ['c.yaml', secret('c', 'cccc')],
      ],
    ];
    for (const files of layouts) {
      for (const [name, text] of files) put(name, text);
      const before = await read();
      const there = before.find(({ key }) => key === wanted.key);
      if (!there) throw new Error('it was put there');
      const storage = await openDirectory(root);
      await storage.replace(wanted, there);
      expect(await storage.get(wanted)).toMatchObject(wanted);
      await expect(storage.replace(wanted, there)).rejects.toMatchObject({ code: 'CONFLICT' });
      const after = await read();
      expect(after.find(({ key }) => key === wanted.key)).toMatchObject(wanted);
      expect(brief(after.filter(({ key }) => key !== wanted.key))).toEqual(
        brief(before.filter(({ key }) => key !== wanted.key)),
      );
      for (const [name] of files) rmSync(join(root, name), { force: true });
      expect(await read()).toEqual([]);
    }
  });

  it('takes one record out of a dump and keeps every other byte', async () => {
    const parts = [secret('a', 'aaaa'), secret('b', 'bbbb'), secret('c', 'cccc')];
    for (const gone of [0, 1, 2]) {
      put('dump.yaml', `# mine\n${list(...parts)}`);
      put('docs.yaml', parts.map((text) => text.replaceAll('web', 'docs')).join('---\n'));
      const storage = await openDirectory(root);
      const name = ['a', 'b', 'c'][gone];
      for await (const page of storage.list({}))
        for (const found of page) if (found.key.includes(`.${name}.`)) await storage.delete(found);
      const kept = parts.filter((_, i) => i !== gone);
      expect(readFileSync(join(root, 'dump.yaml'), 'utf8')).toBe(`# mine\n${list(...kept)}`);
      const docs = readFileSync(join(root, 'docs.yaml'), 'utf8').replace(/^---\n/, '');
      expect(docs).toBe(kept.map((text) => text.replaceAll('web', 'docs')).join('---\n'));
    }
  });

  it('takes records out of JSON and flow-style lists, and removes files that are empty then', async () => {
    const object = (name: string) => ({
      kind: 'ConfigMap',
      metadata: { name },
      data: { release: 'aaaa' },
    });
    put(
      'a.json',
      JSON.stringify({ kind: 'List', items: [object('a.v1'), object('a.v2')] }, null, 4),
    );
    put('b.yaml', JSON.stringify({ kind: 'List', items: [object('b.v1'), object('b.v2')] }));
    put('c.yaml', list(secret('c', 'cccc')));
    const storage = await openDirectory(root);
    const drop = async (suffix: string) => {
      for await (const page of storage.list({}))
        for (const found of page) if (found.key.endsWith(suffix)) await storage.delete(found);
    };
    await drop('.v1');
    expect(brief(await read())).toEqual(['ConfigMap /a.v2 aaaa', 'ConfigMap /b.v2 aaaa']);
    expect(readFileSync(join(root, 'a.json'), 'utf8')).toBe(
      JSON.stringify({ kind: 'List', items: [object('a.v2')] }, null, 4),
    );
    expect(readdirSync(root).sort()).toEqual(['a.json', 'b.yaml']);
    await drop('.v2');
    expect(readdirSync(root)).toEqual([]);
  });

  it('refuses to delete what changed since it was read', async () => {
    put('a.yaml', secret('a', 'aaaa'));
    const storage = await openDirectory(root);
    const [read] = (await storage.list({})[Symbol.asyncIterator]().next()).value ?? [];
    put('a.yaml', secret('a', 'bbbb'));
    await expect(storage.delete(read)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(brief(await readAll(storage))).toEqual([web('a', 'bbbb')]);
  });

  it('takes nothing out of a list that is damaged', async () => {
    const texts = {
      'a.yaml': list(secret('a', 'aaaa'), secret('b', 'bbbb')).replace(
        '- apiVersion',
        '-apiVersion',
      ),
      'b.yaml': list(secret('c', 'cccc'), `kind: "x\n${secret('d', 'dddd')}`),
      'c.json': JSON.stringify({
        kind: 'List',
        items: ['e.v1', 'f.v1'].map((name) => ({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name },
          data: { release: 'eeee' },
        })),
      }).replace('"name":"e.v1"', '"name":e.v1"'),
    };
    for (const [path, text] of Object.entries(texts)) put(path, text);
    const storage = await openDirectory(root);
    const found = await readAll(storage);
    const sound = found.filter((one) => !isBad(one));
    expect(sound.map(({ key }) => key).sort()).toEqual([
      'f.v1',
      'sh.helm.release.v1.b.v1',
      'sh.helm.release.v1.c.v1',
    ]);
    for (const one of found.filter(({ resourceVersion }) => resourceVersion !== undefined))
      await expect(storage.delete(one)).rejects.toMatchObject({
        code: 'FILE',
        message: expect.stringMatching(/^nothing can safely be taken out of [abc]\./),
      });
    for (const [path, text] of Object.entries(texts))
      expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  it('says what stopped it from writing', async () => {
    put('web', 'a file where a folder should be');
    const storage = await openDirectory(root);
    await expect(storage.create(record('a'))).rejects.toMatchObject({
      code: 'FILE',
      message: expect.stringMatching(
        /^writing below .* failed: a file stands where a folder is needed$/,
      ),
    });
  });
});

describe('a folder that will be written to', () => {
  it('is refused before anything else when it is a file', async () => {
    put('file', '');
    const file = join(root, 'file');
    await expect(openDirectory(file, { create: true })).rejects.toMatchObject({
      code: 'FILE',
      message: expect.stringContaining('is a file, which is only read'),
    });
    await expect(openDirectory(join(file, 'below'), { create: true })).rejects.toMatchObject({
      message: expect.stringMatching(/failed: a part of the path is not a folder$/),
    });
  });

  it('ends with a reason where the system makes no folders', async () => {
    if (process.platform !== 'linux') return expect(process.platform).not.toBe('linux');
    const store = openDirectory('/proc/no-such-process/releases', { create: true });
    const write = store.then((opened) => opened.create(record('a')));
    await expect(write).rejects.toMatchObject({ code: 'FILE' });
  });

  it('says beforehand what it can not delete from', async () => {
    put('deep/a.yaml', secret('a', 'aaaa'));
    const file = await openDirectory(join(root, 'deep/a.yaml'));
    expect(await file.undeletable?.()).toBe('is a file, which is only read');
    const folder = await openDirectory(root);
    await readAll(folder);
    expect(await folder.undeletable?.()).toBeUndefined();
    // Permissions don't bind root, but for what nobody may enter: a file where the folder was.
    rmSync(join(root, 'deep'), { recursive: true });
    put('deep', '');
    expect(await folder.undeletable?.()).toBe('cannot be written: permission denied');
  });

  it('says what to do when the disk refuses', async () => {
    await expect(openDirectory('/dev/null')).rejects.toMatchObject({
      message: '/dev/null is neither a folder nor a file',
      hints: [expect.stringContaining('dir:PATH')],
    });
    put('file', '');
    await expect(openDirectory(join(root, 'file/below'))).rejects.toMatchObject({
      message: expect.stringMatching(/^reading .* failed: a part of the path is not a folder$/),
      hints: ['another folder: dir:PATH'],
    });
    expect(hintFor('EACCES', '/x')).toMatch(/^ls -ld \/x {2}/);
    expect(hintFor('ENOSPC', '/x')).toMatch(/^make room/);
  });
});
