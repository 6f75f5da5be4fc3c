/** `migrate2to3` as a person sees it: over folders, in this process. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CaptureOptions, runCli } from './cli-io.ts';

const demo = fileURLToPath(new URL('../../demo/tiller', import.meta.url));
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'migrate-'));
  cpSync(demo, join(dir, 'from'), { recursive: true });
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** From `from` to `to` in a folder of the test's own, which prints as DIR. */
async function migrate(args: readonly string[], options?: CaptureOptions) {
  const ends = ['--from', `dir:${dir}/from`, '--to', `dir:${dir}/to`];
  const { code, out, err } = await runCli(['migrate2to3', ...args, ...ends], options);
  return { code, out: out.replaceAll(dir, 'DIR'), err: err.replaceAll(dir, 'DIR') };
}

function written(): number {
  const all = () => readdirSync(join(dir, 'to'), { recursive: true, encoding: 'utf8' });
  return readdirSync(dir).includes('to') ? all().filter((name) => /yaml$/.test(name)).length : 0;
}

describe('the plan', () => {
  it('has a row a release, a summary, and what would happen', async () => {
    const { code, out, err } = await migrate(['--all', '--dry-run']);
    expect(err).toBe('');
    expect(code).toBe(3);
    expect(out).toMatch(
      /^Plan: 9 releases, 47 revisions, dir:DIR\/from → dir:DIR\/to\n\nRELEASE +/,
    );
    expect(out).toMatch(/^billing +pay +12 +ready$/m);
    expect(out).toMatch(/^shop +shop +7 +ready +several revisions are deployed/m);
    expect(out).toMatch(
      /^legacy +pay +4 +with losses +Tiller is in spec\.selector of StatefulSet/m,
    );
    expect(out).toMatch(
      /^search +web +6 +needs a decision +the newest revision is pending-upgrade/m,
    );
    expect(out).toMatch(
      /^old-cms +web +2 +refused +a revision can't be read: .*checksum is wrong/m,
    );
    expect(out).toContain('5 ready · 2 with losses · 1 needs a decision · 1 refused');
    expect(out).toContain('Would create 39 records of 7 releases; sources are kept');
    expect(out).toMatch(/Dry run: nothing was written\. 2 need you \(see above\)\.\n$/);
    expect(written()).toBe(0);
  });

  it('fits a small terminal without losing a word of what it asks', async () => {
    const { out } = await migrate(['search', 'shop', '--dry-run'], { terminal: 80 });
    const rows = out.split('\n').slice(2, -6);
    for (const line of rows) expect(line.length).toBeLessThanOrEqual(84);
    const words = rows.map((line) => line.trim()).join(' ');
    expect(words).toContain('--resolve-pending=failed|deployed');
    expect(words).not.toContain('…');
  });

  it('shows what somebody decided, and what could be', async () => {
    const shop = await migrate(['shop', '--dry-run', '-o', 'json', '--mark-superseded']);
    const [{ findings }] = JSON.parse(shop.out).releases;
    expect(findings.map(({ severity }: { severity: string }) => severity)).toContain('change');
    const search = await migrate(['search', '--dry-run', '--resolve-pending', 'failed']);
    expect(search.out).toContain('(and 1 more)');
  });

  it.each([
    ['json', (text: string) => JSON.parse(text)],
    ['yaml', parse],
  ] as const)('is data as %s, without what the records hold', async (format, read) => {
    const { out } = await migrate(['billing', '--dry-run', '-o', format]);
    const plan = read(out);
    expect(plan.releases[0]).toMatchObject({ name: 'billing', verdict: 'ready', revisions: 12 });
    expect(plan.releases[0].steps[0]).toEqual({
      ...{ do: 'create', revision: 12, kind: 'Secret' },
      ...{ namespace: 'pay', key: 'sh.helm.release.v1.billing.v12' },
    });
    expect(out).not.toMatch(/H4sI|currency|db-1/);
  });

  it('keeps to a namespace under -n, and to ConfigMaps when told to', async () => {
    const args = ['--all', '-n', 'jobs', '--dry-run', '-o', 'json'];
    const { out } = await migrate([...args, '--helm-release-storage-type', 'configmap']);
    const { releases } = JSON.parse(out);
    expect(releases.map(({ name }: { name: string }) => name)).toEqual(['queue', 'reports']);
    expect(releases[0].steps[0].kind).toBe('ConfigMap');
  });
});

describe('the migration', () => {
  it('says what was done and what is next; again, that nothing is left to do', async () => {
    const first = await migrate(['--all', '--yes']);
    expect(first.code).toBe(3);
    expect(first.out).toMatch(
      /Done: 7 releases, 39 records created, read back and equal\. 2 left alone \(see above\)\.\nNext: kubectl releases list --storage dir:DIR\/to\n$/,
    );
    expect(written()).toBe(39);
    const again = await migrate(['--all', '--yes']);
    expect(again.code).toBe(3);
    expect(again.out).toMatch(
      /Nothing to do: 7 releases are already migrated and equal\. 2 need you \(see above\)\.\n$/,
    );
  });

  it('ends with 0 when nobody is needed, and deletes what it was told to', async () => {
    const backup = ['--backup', `${dir}/backup`];
    const args = ['billing', 'legacy', '--yes', '--delete-v2-releases', '-o', 'json', ...backup];
    const { code, out } = await migrate(args);
    expect(code).toBe(0);
    expect(JSON.parse(out).outcomes).toMatchObject([
      { name: 'billing', result: 'migrated', deleted: 12 },
      { name: 'legacy', result: 'migrated', deleted: 4 },
    ]);
  });

  it('knows what it has finished when it runs again by name', async () => {
    const args = ['--yes', '--delete-v2-releases', '--backup', `${dir}/backup`];
    expect((await migrate(['billing', ...args])).code).toBe(0);
    const again = await migrate(['billing', ...args]);
    expect(again).toEqual({
      code: 0,
      out: 'Nothing to do: Helm 2 has nothing left of billing.\n',
      err: 'note: no Helm 2 release "billing" is left in dir:DIR/from, and Helm 3 or 4 has it in dir:DIR/to: nothing to do for it\n',
    });
    for (const ending of ['json', 'md', 'html']) {
      const path = join(dir, `again.${ending}`);
      const both = await migrate(['billing', 'cms', '--dry-run', '--report', path]);
      expect(both.code).toBe(0);
      const text = readFileSync(path, 'utf8');
      if (ending === 'json')
        expect(JSON.parse(text)).toMatchObject({
          releases: [{ name: 'cms' }],
          finished: [{ name: 'billing', helm3: [`dir:${dir}/to`] }],
        });
      else
        expect(text).toContain(
          'billing: Helm 2 has nothing left of it; Helm 3 or 4 has it in dir:',
        );
    }
  });

  it('says how to undo what it deleted, and that brings every byte back', async () => {
    const options = ['--yes', '--delete-v2-releases', '--backup', `${dir}/backup`];
    const { out } = await migrate(['metrics', ...options]);
    expect(out).toContain('3 sources deleted.');
    // What the second line does: undo2to3.test.ts.
    expect(out).toMatch(
      /\nUndo: kubectl releases restore DIR\/backup --to dir:DIR\/from\n {6}kubectl releases relocate metrics .*\n$/,
    );
    const restoring = ['restore', `${dir}/backup`, '--to', `dir:${dir}/from`];
    const other = await runCli([
      ...restoring.slice(0, 3),
      `dir:${dir}/other`,
      '--yes',
      '-o',
      'json',
    ]);
    expect(JSON.parse(other.out).outcomes).toMatchObject([{ name: 'metrics', result: 'restored' }]);
    const back = await runCli([...restoring, '--yes']);
    expect(back.code).toBe(0);
    expect(back.out).toMatch(/\nNext: kubectl releases list --storage dir:.*from\n/);
    expect(back.out).toContain('Done: 1 release, 3 records created, read back and equal.');
    const again = await migrate(['metrics', '--yes']);
    expect(again.out).toContain('Nothing to do: 1 release is already migrated and equal.');
  });

  it('restores nothing from a folder without records, and says so', async () => {
    mkdirSync(join(dir, 'bakcup'));
    const { code, out, err } = await runCli([
      ...['restore', join(dir, 'bakcup'), '--to', `dir:${dir}/from`, '--yes'],
    ]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /^error: there are no records in dir:.*bakcup\n {2}try: the folder or archive that/,
    );
  });

  it('ends with 4 when nothing may be moved', async () => {
    const { code, out } = await migrate(['old-cms', '--yes']);
    expect(code).toBe(4);
    expect(out).toMatch(/Nothing was written\. 1 needs you \(see above\)\.\n$/);
  });

  it('refuses a target that is a file, before it plans', async () => {
    writeFileSync(`${dir}/to`, '');
    const { code, out, err } = await migrate(['--all', '--yes']);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/^error: DIR\/to is a file, which is only read\n {2}try: name a folder/);
  });

  it('prints one screen for what stops several releases, and goes on with the others', async () => {
    mkdirSync(`${dir}/to`);
    writeFileSync(`${dir}/to/pay`, 'a file where the namespace would be');
    const { code, out, err } = await migrate(['--all', '--yes']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^error: writing below DIR\/to failed: .*\n {2}while migrating billing, legacy\n/,
    );
    expect(out).toContain('Done: 5 releases, 23 records created');
    expect(out).toContain('2 releases failed (see above), and nothing was deleted.');
  });
});

describe('which releases, and as what', () => {
  it('leaves out what --exclude names, and says all that it found under --check', async () => {
    const { code, out } = await migrate(['--all', '--exclude', 'old-cms', '--check', '-n', 'web']);
    expect(code).toBe(3);
    expect(out).not.toContain('old-cms');
    expect(out).toMatch(/^cms \(web\)\n {2}loss {6}test hooks that were expected to fail/m);
    expect(out).toMatch(/^ {2}decision {2}the newest revision is pending-upgrade/m);
    expect(out).not.toContain('details:');
    expect(out).toMatch(/Checked only: nothing was written\. 1 needs you \(see above\)\.\n$/);
    expect(written()).toBe(0);
  });

  it('gives one release another name and namespace, everywhere', async () => {
    const names = ['--target-release', 'boutique', '--target-namespace', 'luxe'];
    expect((await migrate(['shop', ...names, '--yes'])).code).toBe(0);
    const at = ['--storage', `dir:${dir}/to`, '-o', 'json'];
    const { out } = await runCli(['list', ...at]);
    expect(JSON.parse(out)).toMatchObject([{ name: 'boutique', namespace: 'luxe', revision: '7' }]);
    const again = await migrate(['shop', ...names, '--yes']);
    expect(again.out).toContain('Nothing to do: 1 release is already migrated and equal.');
  });

  it('moves only the newest revisions when told to, and then keeps every source', async () => {
    const few = ['billing', '--release-versions-max', '2', '--delete-v2-releases', '--yes'];
    const { code, out } = await migrate([...few, '-o', 'json']);
    expect(code).toBe(0);
    const { releases, outcomes } = JSON.parse(out);
    expect(releases[0].steps).toHaveLength(2);
    const found = releases[0].findings.map(({ message }: { message: string }) => message);
    expect(found).toContain('10 older revisions stay in the source: --release-versions-max');
    expect(found).toContain('its sources are kept: not every revision moves');
    expect(outcomes[0].deleted).toBe(0);
  });
});

describe('a wrong command line', () => {
  it.each([
    [[], /^error: which releases\?\n {2}try: name them, or give --all/],
    [['--all', 'billing'], /^error: either --all or release names, not both/],
    [['--all', '--target-release', 'x'], /^error: --target-release is for one release: name it/],
    [['--all', '--concurrency', '0'], /^error: --concurrency takes a whole number/],
    [['--all', '--resolve-pending', 'x'], /^error: --resolve-pending is one of failed, deployed/],
    [['--all'], /^error: there is no terminal to ask on, and --yes was not given\n/],
  ])('%j', async (args, message) => {
    const { code, err } = await migrate(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(written()).toBe(0);
  });

  it('suggests the name that was meant', async () => {
    const { code, err } = await migrate(['biling']);
    expect(code).toBe(1);
    expect(err).toMatch(/did you mean billing\?\n$/);
  });
});
