/** Where a run's own backups are, and what they are called, unless --backup names a place. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Environment } from '../../environment.ts';

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

/** The backup of a run a moment ago may hold a record as it was then. */
export function newName(prefix: string): string {
  const moment = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const name = (count: number) => `${prefix}-${moment}${count > 1 ? `-${count}` : ''}`;
  let count = 1;
  while (existsSync(name(count))) count++;
  return name(count);
}
