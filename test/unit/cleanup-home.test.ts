/** `cleanup --config-cleanup`: Helm 2's home on a disk of the test's own, and everything that isn't one. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyHome } from '../../src/migrate/cleanup/applyHome.ts';
import { type HomeOptions, planHome } from '../../src/migrate/cleanup/home.ts';
import { helm2Home, helm3Places } from '../../src/migrate/config/paths.ts';
import { runCli } from './cli-io.ts';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'cleanup-home-')));
  put('.helm/repository/repositories.yaml', 'apiVersion: v1\nrepositories: []\n');
  put('.helm/repository/cache/stable-index.yaml', 'x'.repeat(2000));
  put('.helm/cache/archive/a.tgz', 'archive');
  put('.helm/key.pem', 'a key');
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
}

function options(change: Partial<HomeOptions> = {}, home = join(dir, '.helm')): HomeOptions {
  const env = { HOME: dir };
  return {
    home: helm2Home(env, 'linux', home),
    helm3: helm3Places(env, 'linux'),
    userHome: dir,
    unmoved: async () => [],
    removeUnmoved: false,
    ...change,
  };
}

const cli = (...args: readonly string[]) =>
  runCli(['cleanup', '--config-cleanup', ...args], { env: { HOME: dir } });

describe('the home', () => {
  it('is shown with what is in it, and goes', async () => {
    const dry = await cli('--dry-run');
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(dry.out).toContain(`Helm 2's home ${dir}/.helm:`);
    expect(dry.out).toMatch(/^cache +delete +1 file, 7 bytes$/m);
    expect(dry.out).toMatch(/^repository +delete +2 files, 2\.0 KiB$/m);
    expect(existsSync(join(dir, '.helm/key.pem'))).toBe(true);
    const done = await cli('--yes');
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out).toContain("which can't be undone");
    expect(done.out).toContain("Done: deleted cache, key.pem, repository of Helm 2's home.");
    expect(existsSync(join(dir, '.helm'))).toBe(false);
    const again = await cli('--yes');
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(again.out).toMatch(/\n\nNothing of Helm 2's home is left to delete\.\n$/);
  });

  it('asks no cluster, and needs no kubeconfig', async () => {
    expect(await cli('--dry-run')).toMatchObject({ code: 0 });
  });

  it('keeps the folder for what is not of Helm 2', async () => {
    put('.helm/notes.txt', 'mine');
    const { code, out } = await cli('--yes');
    expect(code).toBe(0);
    expect(out).toContain("these aren't Helm 2's and stay: notes.txt");
    expect(readdirSync(join(dir, '.helm'))).toEqual(['notes.txt']);
    expect((await cli('--yes')).code).toBe(0);
  });

  it('loses links, and never what they lead to', async () => {
    put('mine/chart/Chart.yaml', 'name: mine');
    put('elsewhere.yaml', 'keep');
    mkdirSync(join(dir, '.helm/plugins'));
    symlinkSync(join(dir, 'mine'), join(dir, '.helm/plugins/mine'));
    symlinkSync(join(dir, 'elsewhere.yaml'), join(dir, '.helm/repository/cache/x.yaml'));
    symlinkSync(join(dir, 'mine'), join(dir, '.helm/starters'));
    const plan = await planHome(options());
    expect(plan.remove.map(({ name, links }) => [name, links])).toEqual([
      ['cache', 0],
      ['plugins', 1],
      ['starters', 1],
      ['key.pem', 0],
      ['repository', 1],
    ]);
    expect(await applyHome(plan)).toMatchObject({ result: 'removed' });
    expect(existsSync(join(dir, '.helm'))).toBe(false);
    expect(readFileSync(join(dir, 'mine/chart/Chart.yaml'), 'utf8')).toBe('name: mine');
    expect(readFileSync(join(dir, 'elsewhere.yaml'), 'utf8')).toBe('keep');
  });

  it('stays when it changed after it was shown', async () => {
    const plan = await planHome(options());
    put('.helm/repository/local/new.tgz', 'new');
    const outcome = await applyHome(plan);
    expect(outcome).toMatchObject({ result: 'failed', removed: [], error: { code: 'CONFLICT' } });
    expect(existsSync(join(dir, '.helm/key.pem'))).toBe(true);
  });

  it('can be stopped anywhere and goes on, because what it is known by goes last', async () => {
    const plan = await planHome(options());
    const stop = new AbortController();
    stop.abort();
    expect(await applyHome(plan, stop.signal)).toMatchObject({ result: 'interrupted' });
    for (const entry of ['cache', 'key.pem'])
      rmSync(join(dir, '.helm', entry), { recursive: true });
    rmSync(join(dir, '.helm/repository/cache'), { recursive: true });
    const rest = await planHome(options());
    expect(rest).toMatchObject({ verdict: 'ready', remove: [{ name: 'repository', files: 1 }] });
    expect(await applyHome(rest)).toMatchObject({ result: 'removed' });
  });
});

describe('what is refused', () => {
  const refused = async (change: Partial<HomeOptions>, home?: string) => {
    const plan = await planHome(options(change, home));
    expect(plan).toMatchObject({ verdict: 'refused', remove: [] });
    expect(await applyHome(plan)).toMatchObject({ result: 'left alone' });
    return plan.findings[0]?.message;
  };

  it('the root of the file system', async () => {
    expect(await refused({}, '/')).toBe("it is the file system's root");
  });

  it("the user's own folder, and one above it", async () => {
    expect(await refused({}, dir)).toBe("it is the user's own folder, or one that holds it");
    expect(await refused({ userHome: join(dir, '.helm/user') })).toContain("user's own folder");
  });

  it('the folder that this program runs in', async () => {
    expect(await refused({ userHome: undefined }, process.cwd())).toContain('was started in it');
  });

  it('a link', async () => {
    symlinkSync(join(dir, '.helm'), join(dir, 'link'));
    expect(await refused({}, join(dir, 'link'))).toContain('it is a link');
  });

  it('a file', async () => {
    expect(await refused({}, join(dir, '.helm/key.pem'))).toBe("it isn't a folder");
  });

  it('a folder that only looks like a home', async () => {
    rmSync(join(dir, '.helm/repository/repositories.yaml'));
    expect(await refused({})).toContain('it has no repository/repositories.yaml');
  });

  it('one that Helm 3 keeps its files in, or that holds them', async () => {
    put('.helm/registry.json', '{}');
    expect(await refused({})).toBe("it holds registry.json, which is Helm 3's");
    rmSync(join(dir, '.helm/registry.json'));
    const helm3 = helm3Places({ HOME: dir, HELM_DATA_HOME: join(dir, '.helm/data') }, 'linux');
    expect(await refused({ helm3 })).toContain('Helm 3 keeps its own files there');
  });

  it('one that Helm 3 still reads from', async () => {
    put('.helm/cache/plugins/diff/plugin.yaml', 'name: diff');
    mkdirSync(join(dir, '.local/share/helm/plugins'), { recursive: true });
    const link = join(dir, '.local/share/helm/plugins/diff');
    symlinkSync(join(dir, '.helm/cache/plugins/diff'), link);
    expect(await refused({})).toBe("Helm 3's plugin diff is a link into it");
    rmSync(link);
    put('.config/helm/repositories.yaml', `caFile: ${dir}/.helm/ca.pem\n`);
    expect(await refused({})).toBe("Helm 3's repositories.yaml names files in it");
  });

  it('one of which move-config has not moved everything, until somebody says so', async () => {
    put(
      '.helm/repository/repositories.yaml',
      'apiVersion: v1\nrepositories:\n- name: acme\n  url: https://charts.acme.example\n',
    );
    const kept = await cli('--yes');
    expect(kept.code).toBe(4);
    expect(kept.out).toContain("Helm 3 doesn't have all of it: repository acme: move-config first");
    expect(existsSync(join(dir, '.helm/key.pem'))).toBe(true);
    const gone = await cli('--yes', '--unmoved-config');
    expect(gone.code).toBe(0);
    expect(existsSync(join(dir, '.helm'))).toBe(false);
  });
});
