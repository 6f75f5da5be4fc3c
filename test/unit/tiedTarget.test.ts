/**
 * A record that names another release, too, is not put beside what the target has of that one: Helm would take both for
 * one release (by the label), or could not write its next revision (by the key).
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'releases-tied-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const odd = {
  key: (record: ReleaseRecord) => ({ ...record, key: 'sh.helm.release.v1.web.v2' }),
  label: (record: ReleaseRecord) => ({ ...record, labels: { ...record.labels, name: 'web' } }),
};

async function fill(part: keyof typeof odd, theirs: readonly ReleaseRecord[]): Promise<void> {
  const from = await openDirectory(join(dir, 'from'), { create: true });
  await from.create(sketchRecord({ name: 'db', status: 'superseded' }));
  await from.create(odd[part](sketchRecord({ name: 'db', revision: 2 })));
  const to = await openDirectory(join(dir, 'to'), { create: true });
  for (const record of theirs) await to.create(record);
}

const move = (which: string) =>
  runCli(`copy ${which} --from dir:${dir}/from --to dir:${dir}/to --yes`.split(' '));
const files = () => readdirSync(join(dir, 'to'), { recursive: true }).length;
const web = () => sketchRecord({ name: 'web', updated: '2024-01-01T00:00:00Z' });

describe.each(['key', 'label'] as const)('a record whose %s names web', (part) => {
  it.each(['--all', 'db', 'web'])('%s is refused where the target has a web', async (which) => {
    await fill(part, [web()]);
    const before = files();
    const { code, out } = await move(which);
    expect(code, out).toBe(4);
    expect(out).toMatch(/refused .*(another release has this name there|the target has a web)/);
    expect(files()).toBe(before);
  });

  it.each(['--all', 'db'])(
    '%s goes where it has none, and again has nothing to do',
    async (which) => {
      await fill(part, [sketchRecord({ name: 'other' })]);
      expect((await move(which)).code).toBe(0);
      const again = await move(which);
      expect(again.code, again.out).toBe(0);
      expect(again.out).toContain('Nothing to do');
    },
  );
});
