/** Where a run's own backups go: set, at home, or here where there is no home. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownBackups } from '../../src/commands/move/ownBackups.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir = '';
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'releases-own-'));
  const store = await openDirectory(join(dir, 'from'), { create: true });
  await store.create(sketchRecord({}));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it.each([
  [{ HELM_RELEASES_BACKUPS: '/mnt/kept', HOME: tmpdir() }, '/mnt/kept/helm-backup'],
  // A line that names it later would read the one as a flag, and the other as an address.
  [{ HELM_RELEASES_BACKUPS: '-kept' }, join(process.cwd(), '-kept', 'helm-backup')],
  [{ HELM_RELEASES_BACKUPS: 'file:kept' }, join(process.cwd(), 'file:kept', 'helm-backup')],
  [{ XDG_STATE_HOME: '/state', HOME: tmpdir() }, '/state/kubectl-releases/helm-backup'],
  // The XDG specification: a relative path is no path.
  [
    { XDG_STATE_HOME: 'state', HOME: tmpdir() },
    `${tmpdir()}/.local/state/kubectl-releases/helm-backup`,
  ],
  [{ HOME: tmpdir() }, `${tmpdir()}/.local/state/kubectl-releases/helm-backup`],
  // A pod's, perhaps.
  [{ HOME: '/nonexistent' }, 'helm-backup'],
  [{}, 'helm-backup'],
])('%j', (env, path) => {
  expect(ownBackups('helm-backup', env)).toBe(path);
});

const move = () =>
  `mv --all --from dir:${join(dir, 'from')} --to dir:${join(dir, 'to')} --yes`.split(' ');

it('is made with its parents, for its owner alone, and the printed Undo finds it', async () => {
  const env = { HOME: join(dir, 'home') };
  mkdirSync(env.HOME);
  const { code, out } = await runCli(move(), { env });
  expect(code, out).toBe(0);
  const place = join(dir, 'home', '.local', 'state', 'kubectl-releases');
  const [name = ''] = readdirSync(place);
  expect(statSync(place).mode & 0o777).toBe(0o700);
  expect(out).toContain(`is copied to ${join(place, name)} first`);
  const line = /^Undo: kubectl releases (.*)$/m.exec(out)?.[1] ?? '';
  expect((await runCli([...line.split(' '), '--yes'], { env })).code).toBe(0);
  expect(existsSync(join(dir, 'from'))).toBe(true);
});

it('is named where the same command finds nothing to do, as after a run that was killed at its end', async () => {
  const env = { HOME: join(dir, 'home') };
  mkdirSync(env.HOME);
  expect((await runCli(move(), { env })).err).toBe('');
  const again = await runCli(move(), { env });
  const place = join(dir, 'home', '.local', 'state', 'kubectl-releases');
  const [name = ''] = readdirSync(place);
  expect(again).toMatchObject({ code: 0 });
  expect(again.err).toBe(
    `note: the last backup that a run made by itself is ${join(place, name)}\n`,
  );
  // A day later it is another story.
  utimesSync(join(place, name), 0, Date.now() / 1000 - 25 * 3600);
  expect((await runCli(move(), { env })).err).toBe('');
});

it('that the system never makes ends, too', async () => {
  // /proc answers "no such file" to every mkdir, with which Node's recursive one tries for ever.
  const { code, err } = await runCli(move(), { env: { HOME: '/proc' } });
  expect(code).toBe(1);
  expect(err).toContain('try: --backup DIR, or HELM_RELEASES_BACKUPS=DIR');
  expect(readdirSync(dir)).toEqual(['from']);
});

it('that can’t be made ends before anything is written, and says how to name another', async () => {
  writeFileSync(join(dir, 'home'), '');
  const { code, err } = await runCli(move(), { env: { HOME: join(dir, 'home') } });
  expect(code).toBe(1);
  expect(err).toContain('try: --backup DIR, or HELM_RELEASES_BACKUPS=DIR');
  expect(readdirSync(dir).sort()).toEqual(['from', 'home']);
});
