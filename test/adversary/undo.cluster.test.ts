/** What a run prints as the way back, run as it is printed, after failures and beside a real helm at work. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useCluster } from '../cluster/shared.ts';
import { type Fate, type FaultyProxy, type ProxiedRequest, startProxy } from '../faults/proxy.ts';
import { chart, makeScene, type Scene } from './scene.ts';

const cluster = useCluster();
type Decide = (request: ProxiedRequest) => Fate | Promise<Fate>;
let decide: Decide = () => 'pass';
let proxy: FaultyProxy;
beforeAll(async () => {
  proxy = await startProxy(cluster, (request) => decide(request));
});
afterAll(() => proxy.close());

const scene = () => makeScene(cluster, { kubeconfig: proxy.kubeconfig });

const move = (at: Scene, ...more: string[]) =>
  at.run(
    ...['relocate', 'app', '-n', at.namespace, '--from', 'secret', '--to', 'configmap'],
    ...['--delete-source', '--yes', ...more],
  );

function undoLines(stdout: string): string[] {
  const [, ...parts] = stdout.split(/^Undo: /m);
  return parts
    .join('')
    .split('\n')
    .flatMap((line) => /^ *kubectl releases (.*)$/.exec(line)?.[1] ?? []);
}

/** Runs what is printed, and returns the last screen. */
async function undo(at: Scene, stdout: string): Promise<string> {
  const lines = undoLines(stdout);
  expect(lines, stdout).toHaveLength(1);
  let last = '';
  for (const line of lines) {
    const ended = await at.run(...line.split(' '), '--yes');
    expect(ended.code, `${line}\n${ended.stdout}${ended.stderr}`).toBe(0);
    last = ended.stdout;
  }
  return last;
}

/** The revisions in Secrets and in ConfigMaps. */
async function revisions(at: Scene): Promise<string> {
  const of = async (kind: 'secrets' | 'configmaps') =>
    (await at.stored(kind)).map(({ name }) => name.replace(/.*\.v/, '')).sort();
  return `${await of('secrets')} | ${await of('configmaps')}`;
}

/** Lets the n-th such request do what is to be done first. */
function at(method: string, path: RegExp, n: number, act: () => Promise<Fate>): Decide {
  let seen = 0;
  return async (request) =>
    request.method === method && path.test(request.path) && ++seen === n ? act() : 'pass';
}

it('a delete that fails once, and the same command again: its way back is the whole one', async () => {
  const s = await scene();
  decide = at('DELETE', /\/secrets\//, 3, async () => ({ status: 500 }));
  const failed = await move(s, '--backup', 'kept');
  expect(failed.code, failed.stdout + failed.stderr).toBe(1);
  expect(await revisions(s)).toBe('3 | 1,2,3');
  decide = () => 'pass';
  const again = await move(s, '--backup', 'kept-again');
  expect(again.code, again.stdout + again.stderr).toBe(0);
  expect(await revisions(s)).toBe(' | 1,2,3');
  await undo(s, again.stdout);
  expect(await revisions(s)).toBe('1,2,3 | ');
  expect((await s.stored('secrets')).map(({ payload }) => payload).sort()).toEqual(
    [...s.payloads].sort(),
  );
  await s.helm('upgrade', 'app', '--reuse-values', chart);
});

it('copies that were made in part: they go, and what undoes that brings back them alone', async () => {
  const s = await scene();
  decide = at('POST', /\/configmaps/, 3, async () => ({ status: 403, body: quota }));
  const failed = await move(s, '--backup', 'kept');
  expect(failed.code, failed.stdout + failed.stderr).toBe(1);
  expect(await revisions(s)).toBe('1,2,3 | 2,3');
  decide = () => 'pass';
  const undone = await undo(s, failed.stdout);
  expect(await revisions(s)).toBe('1,2,3 | ');
  await undo(s, undone);
  expect(await revisions(s)).toBe('1,2,3 | 2,3');
});

const quota = {
  ...{ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 403, reason: 'Forbidden' },
  message: 'configmaps "app" is forbidden: exceeded quota: small',
};

it.each([
  ['a move', []],
  ['a rename', ['--to-name', 'other']],
])(
  '%s while helm upgrades its copies: nothing printed takes the new revision along',
  async (_, more) => {
    const s = await scene();
    const name = more[1] ?? 'app';
    decide = at('POST', /\/configmaps/, 3, async () => {
      await s
        .helmInConfigMaps('upgrade', name, chart, '--set', 'greeting=theirs')
        .catch(() => s.helmInConfigMaps('install', name, chart));
      return 'pass';
    });
    const moved = await move(s, '--backup', 'kept', ...more);
    decide = () => 'pass';
    expect(moved.code, moved.stdout + moved.stderr).toBe(1);
    const there = await s.stored('configmaps');
    const theirs = there
      .map((one) => one.name)
      .sort()
      .at(-1);
    for (const line of undoLines(moved.stdout)) await s.run(...line.split(' '), '--yes');
    expect(
      (await s.stored('configmaps')).map((one) => one.name),
      moved.stdout,
    ).toContain(theirs);
    expect(await s.helmInConfigMaps('list', '-q')).toContain(name);
    if (there.length > 1) expect(moved.stdout).toMatch(/revision 4 there is not of this run/);
  },
);

it('helm uninstalls the copies between the deletes: the printed line brings back what is gone', async () => {
  const s = await scene();
  decide = at('DELETE', /\/secrets\//, 2, async () => {
    await s.helmInConfigMaps('uninstall', 'app');
    return 'pass';
  });
  const moved = await move(s, '--backup', 'kept');
  decide = () => 'pass';
  expect(moved.code, moved.stdout + moved.stderr).toBe(1);
  expect(moved.stdout).not.toContain('same command again');
  expect(await revisions(s)).toBe('3 | ');
  await undo(s, moved.stdout);
  expect(await revisions(s)).toBe('1,2,3 | ');
});

it('helm uninstalls the release while its newest source is deleted: an error, and no way back to it', async () => {
  const s = await scene();
  decide = at('DELETE', /\/secrets\//, 3, async () => {
    await s.helm('uninstall', 'app');
    return 'pass';
  });
  const moved = await move(s, '--backup', 'kept');
  decide = () => 'pass';
  expect(moved.code, moved.stdout + moved.stderr).toBe(1);
  expect(moved.stderr).toContain('was deleted by somebody else');
  expect(undoLines(moved.stdout)).toEqual([]);
  expect(moved.stdout).toContain('Backup: kept');
  expect(await revisions(s)).toBe(' | 1,2,3');
});

it('helm installs it anew in the source after the last delete: an error', async () => {
  const s = await scene();
  let deletes = 0;
  let installed = false;
  decide = async ({ method, path }): Promise<Fate> => {
    if (method === 'DELETE' && /\/secrets\//.test(path)) deletes++;
    else if (deletes === 3 && !installed && /\/secrets/.test(path)) {
      installed = true;
      await s.helm('upgrade', '-i', 'app', chart);
    }
    return 'pass';
  };
  const moved = await move(s, '--backup', 'kept');
  decide = () => 'pass';
  expect(installed).toBe(true);
  expect(moved.code, moved.stdout + moved.stderr).toBe(1);
  expect(moved.stderr).toMatch(/v1 is new since/);
  expect(await revisions(s)).toBe('1 | 1,2,3');
});
