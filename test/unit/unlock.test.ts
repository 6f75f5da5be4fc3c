/** `unlock`, in this process, over folders of manifests. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePayload, encodePayload } from '../../src/codecs/index.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { broken, type Sketch, sketchRecord } from './cli-records.ts';

let dir: string;
let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'unlock-'));
  dir = join(work, 'records');
});
afterEach(() => {
  rmSync(work, { recursive: true });
});

async function fill(...records: readonly ReleaseRecord[]): Promise<void> {
  const storage = await openDirectory(dir, { create: true });
  for (const record of records) await storage.create(record);
}

async function all(): Promise<ReleaseRecord[]> {
  const storage = await openDirectory(dir);
  const found: ReleaseRecord[] = [];
  for await (const page of storage.list({}))
    for (const record of page) if (!isBad(record)) found.push(record);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** What a record says of itself, in content and label. */
async function statuses(): Promise<string[]> {
  return (await all()).map((record) => {
    const { revision, info } = decodePayload(record.payload);
    return `${revision} ${info?.status} ${record.labels.status}`;
  });
}

const backup = () => join(work, 'backup');
const unlock = (...argv: readonly string[]) =>
  runCli(['unlock', 'billing', ...argv, '--storage', `dir:${dir}`, '--backup', backup()]);
/** Everything but what another moment changes. */
const plain = (records: readonly ReleaseRecord[]) =>
  records.map(({ payload, labels, annotations, key, type }) => ({
    ...{ payload, labels, annotations, key, type },
  }));

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const billing = (revision: number, status: string, more: Sketch = {}) =>
  sketchRecord({ revision, status, updated: minutesAgo(60), ...more });

describe('a release that an interrupted upgrade has left', () => {
  it('becomes failed, content and label together, and nothing else changes', async () => {
    await fill(billing(1, 'superseded'), billing(2, 'deployed'), billing(3, 'pending-upgrade'));
    const before = await all();
    const { code, out, err } = await unlock('--as', 'failed', '--yes');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('revision 3, pending-upgrade for 60m, becomes failed');
    expect(out).toContain('Done: 1 release, 1 record updated, read back and equal.');
    expect(await statuses()).toEqual([
      '1 superseded superseded',
      '2 deployed deployed',
      '3 failed failed',
    ]);
    const after = await all();
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    const [was, is] = [before[2], after[2]].map((record) => decodePayload(record?.payload ?? ''));
    expect({ ...is, info: undefined }).toEqual({ ...was, info: undefined });
    expect(is?.info).toEqual({
      ...was?.info,
      status: 'failed',
      description: 'Unlocked from pending-upgrade by kubectl-releases (was: Revision 3 of billing)',
    });
    expect(Number(after[2]?.labels.modifiedAt)).toBeGreaterThan(Date.now() / 1000 - 60);
  });

  it('comes back to the byte by the line that is printed', async () => {
    await fill(billing(1, 'superseded'), billing(2, 'deployed'), billing(3, 'pending-upgrade'));
    const before = plain(await all());
    const { out } = await unlock('--as', 'deployed', '--yes');
    expect(await statuses()).toEqual([
      '1 superseded superseded',
      '2 superseded superseded',
      '3 deployed deployed',
    ]);
    const line = /^Undo: \S+ releases (.*)$/m.exec(out)?.[1] ?? '';
    expect(line).toContain('--overwrite billing');
    const argv = line.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
    const undone = await runCli([...argv, '--yes', '--backup', join(work, 'second')]);
    expect(undone, undone.err).toMatchObject({ code: 0 });
    expect(plain(await all())).toEqual(before);
  });

  it('is not called free where another record may hold helm up', async () => {
    const odd = billing(2, 'pending-upgrade');
    const other = decodePayload(billing(2, 'pending-upgrade', { name: 'other' }).payload);
    await fill(billing(1, 'deployed'), { ...odd, payload: encodePayload('helm3', other) });
    const tied = await unlock('--yes', '--as', 'failed');
    expect(tied).toMatchObject({ code: 4, out: '' });
    expect(tied.err).toContain('a record names billing and another release, too');
    rmSync(dir, { recursive: true });
    await fill(billing(1, 'deployed'), { ...odd, payload: 'no base64!' });
    const unread = await unlock('--yes', '--as', 'failed');
    expect(unread).toMatchObject({ code: 4, out: '' });
    expect(unread.err).toContain("the newest revision of billing can't be read");
  });

  it('does not come back once helm has gone on with it', async () => {
    await fill(billing(1, 'deployed'), billing(2, 'pending-upgrade'));
    const { out } = await unlock('--as', 'failed', '--yes');
    const line = /^Undo: \S+ releases (.*)$/m.exec(out)?.[1] ?? '';
    expect(line).toContain('--if-newest billing=2:failed');
    await fill(billing(3, 'deployed'));
    const before = await all();
    const undone = await runCli([...line.split(' '), '--yes']);
    expect(undone.code, undone.out + undone.err).toBe(4);
    expect(undone.out.replace(/\s+/g, ' ')).toContain(
      'its newest revision is 3, deployed, and was 2, failed: something has gone on with it',
    );
    expect(await all()).toEqual(before);
  });

  it('is proposed with its reason, and with --yes alone refused, with a line for each', async () => {
    await fill(billing(1, 'deployed'), billing(2, 'pending-upgrade'));
    const before = await all();
    const dry = await unlock('--dry-run');
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(dry.out).toContain(
      'becomes failed: it claims the least: the next upgrade starts from revision 1, which stays deployed',
    );
    expect(dry.out).toContain('Dry run: nothing was written.');
    const { code, out } = await unlock('--yes');
    expect(code).toBe(4);
    const words = out.replace(/\s+/g, ' ');
    expect(words).toContain('--as failed --yes');
    // Pasted, the line must not fail at what this one has said already.
    const young = await unlock('--yes', '--older-than', '30s');
    expect(young.out.replaceAll(/\s+/g, ' ')).toContain('--as failed --older-than 30s --yes');
    expect(words).toContain('--as deployed --yes');
    expect(await all()).toEqual(before);
    expect(readdirSync(work)).toEqual(['records']);
  });

  it('is proposed as deployed where its base is superseded already', async () => {
    await fill(billing(1, 'superseded'), billing(2, 'pending-upgrade'));
    expect((await unlock('--dry-run')).out).toContain(
      'becomes deployed: revision 1 is superseded already',
    );
  });

  it.each([
    ['15m', 4, 'has been pending-upgrade for 60s, and not yet for 15m', '--older-than 0s'],
    ['2h', 4, 'has been pending-upgrade for 60s, and not yet for 120m', '--older-than 0s'],
  ])('is left to who may be at work, younger than %s', async (older, exit, why, fix) => {
    await fill(billing(1, 'deployed'), billing(2, 'pending-upgrade', { updated: minutesAgo(1) }));
    const before = await all();
    const { code, out } = await unlock('--as', 'failed', '--yes', '--older-than', older);
    expect(code).toBe(exit);
    expect(out.replace(/\s+/g, ' ')).toContain(why);
    expect(out).toContain(fix);
    expect(await all()).toEqual(before);
    expect(await unlock('--as', 'failed', '--yes', '--older-than', '30s')).toMatchObject({
      code: 0,
    });
  });

  it('is as young as the label of the last write says', async () => {
    const old = billing(2, 'pending-upgrade');
    const modifiedAt = String(Math.floor(Date.now() / 1000) - 40);
    await fill(billing(1, 'deployed'), { ...old, labels: { ...old.labels, modifiedAt } });
    expect(await unlock('--as', 'failed', '--yes')).toMatchObject({ code: 4 });
  });

  it.each(['uninstalling', 'unknown'])('may be %s', async (status) => {
    const stuck = billing(1, status);
    await fill(stuck);
    const { code, out } = await unlock('--as', 'uninstalled', '--yes');
    expect(code, out).toBe(0);
    expect(await statuses()).toEqual(['1 uninstalled uninstalled']);
    const [after] = await all();
    expect(decodePayload(after?.payload ?? '').info?.deleted).toMatch(/^20.*Z$/);
  });

  it('loses the time of its deletion where it lives on', async () => {
    const { payload, ...rest } = billing(1, 'uninstalling');
    const { encodePayload } = await import('../../src/codecs/index.ts');
    const release = decodePayload(payload);
    const info = { ...release.info, deleted: minutesAgo(50) } as NonNullable<typeof release.info>;
    await fill({ ...rest, payload: encodePayload('helm3', { ...release, info }) });
    expect(await unlock('--as', 'deployed', '--yes')).toMatchObject({ code: 0 });
    const [after] = await all();
    expect(decodePayload(after?.payload ?? '').info).toMatchObject({
      status: 'deployed',
      deleted: '',
    });
  });

  it('is never uninstalled where nobody has begun to', async () => {
    await fill(billing(1, 'pending-install'));
    const { code, out } = await unlock('--as', 'uninstalled', '--yes');
    expect(code).toBe(4);
    expect(out.replace(/\s+/g, ' ')).toContain('--as failed, then helm uninstall');
    expect(await statuses()).toEqual(['1 pending-install pending-install']);
  });

  it('is left alone while a newer revision can not be read', async () => {
    await fill(billing(1, 'pending-install'), broken(billing(2, 'deployed')));
    const { code, out } = await unlock('--as', 'failed', '--yes');
    expect(code).toBe(4);
    expect(out).toContain("revision 2, which is newer, can't be read");
  });

  it('says in JSON what it is, and counts what it updates', async () => {
    await fill(billing(1, 'deployed'), billing(2, 'pending-rollback'));
    const { code, out } = await unlock('--as', 'deployed', '--yes', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      schema: 'kubectl-releases/unlock/v1',
      releases: [
        { name: 'billing', verdict: 'ready', steps: [{ do: 'update' }, { do: 'update' }] },
      ],
      outcomes: [{ name: 'billing', result: 'unlocked' }],
      counts: { created: 0, updated: 2, deleted: 0 },
      undo: [expect.stringContaining('restore')],
    });
  });
});

describe('a release that is not stuck', () => {
  it('is left as it is, with exit code 0', async () => {
    await fill(billing(1, 'pending-upgrade'), billing(2, 'deployed'));
    const before = await all();
    const { code, out } = await unlock('--as', 'failed', '--yes');
    expect({ code, out }).toMatchObject({
      code: 0,
      out: 'billing is not stuck: its newest revision, 2, is deployed. Nothing was written.\n',
    });
    expect(await all()).toEqual(before);
  });

  it('and after it was unlocked, again', async () => {
    await fill(billing(1, 'deployed'), billing(2, 'pending-upgrade'));
    await unlock('--as', 'failed', '--yes');
    const before = await all();
    expect(await unlock('--as', 'failed', '--yes')).toMatchObject({ code: 0 });
    expect(await all()).toEqual(before);
  });
});

it('is about the newest revision of the release that is named, as reading commands name it', async () => {
  const web = { namespace: 'web' };
  await fill(billing(1, 'pending-install'), billing(1, 'pending-install', web));
  const of = (word: string) =>
    runCli(['unlock', word, '--dry-run', '-o', 'json', '--storage', `dir:${dir}`]);
  expect(await of('billing')).toMatchObject({ code: 2, err: expect.stringContaining('several') });
  const { code, out } = await of('web/billing');
  expect(code).toBe(0);
  expect(JSON.parse(out).releases).toMatchObject([{ name: 'billing', namespace: 'web' }]);
  expect(await of('web/billing@1')).toMatchObject({ code: 2 });
});

it('takes a time with units alone', async () => {
  const { code, err } = await unlock('--older-than', 'soon');
  expect(code).toBe(2);
  expect(err).toContain('--older-than soon is no time');
});
