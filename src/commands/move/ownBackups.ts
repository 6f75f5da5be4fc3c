/** Where a run's own backups are, and what they are called, unless --backup names a place. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { Environment } from '../../environment.ts';
import { printable } from '../../errors.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';

export const backupsVariable = 'HELM_RELEASES_BACKUPS';

/**
 * Not in the project that somebody stands in, but in HELM_RELEASES_BACKUPS, or where a person's programs keep such
 * things (XDG_STATE_HOME, of the XDG Base Directory Specification; LOCALAPPDATA on Windows). Who has no home has
 * them here.
 * @returns the path before the moment: `/home/eve/.local/state/kubectl-releases/helm-backup`
 */
export function ownBackups(prefix: string, env: Environment): string {
  const { HOME, XDG_STATE_HOME, LOCALAPPDATA } = env;
  const states = [
    XDG_STATE_HOME,
    LOCALAPPDATA,
    HOME && existsSync(HOME) && join(HOME, '.local', 'state'),
  ];
  const state = states.find((path) => path && isAbsolute(path));
  // Whole, so that a line which names it later doesn't read it as a flag or an address.
  const set = env[backupsVariable] && resolve(env[backupsVariable]);
  return join(set || (state ? join(state, 'kubectl-releases') : ''), prefix);
}

/**
 * Who runs a move again finds nothing to do where it was killed after its last delete, and before it could say how
 * that is undone.
 * @param prefix as `ownBackups` has it
 */
export function noteEarlierBackup(prefix: string, io: Pick<IO, 'stderr'>): void {
  const name = new RegExp(`^${basename(prefix)}-[0-9TZ]+(-[0-9]+)?$`);
  const newest = namesIn(dirname(prefix))
    .filter((one) => name.test(one))
    .sort()
    .at(-1);
  if (newest === undefined) return;
  const path = join(dirname(prefix), newest);
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (age < recentMs)
    note(io, `the last backup that a run made by itself is ${printable(path, 1000)}`);
}

const recentMs = 24 * 3600 * 1000;

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // There is none, or nobody may look: then there is nothing to say of it.
    return [];
  }
}

/** The backup of a run a moment ago may hold a record as it was then. */
export function newName(prefix: string): string {
  const moment = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const name = (count: number) => `${prefix}-${moment}${count > 1 ? `-${count}` : ''}`;
  let count = 1;
  while (existsSync(name(count))) count++;
  return name(count);
}
