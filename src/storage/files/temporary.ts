/**
 * Names of temporary files, and what becomes of those that a killed run left: they hold release records,
 * so the next run that writes into the same folder takes them away.
 */
import { createHash, randomBytes } from 'node:crypto';
import { lstat, readdir, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Process ids mean something on one machine only, and a folder may be shared by several. */
const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const pattern = /^\.tmp-([0-9]{1,10})-([0-9a-f]{8})-[0-9a-f]{12}$/;
/** Milliseconds after which nobody still writes to one, wherever that was. */
const longAgo = 24 * 60 * 60 * 1000;

/** Whether a file of this name is one that a run of this program hasn't finished. */
export function isTemporary(name: string): boolean {
  return pattern.test(name);
}

const swept = new Map<string, Promise<void>>();

/**
 * A name that nobody has in this folder, hidden from readers; the first time, leftovers of runs that
 * were killed go.
 */
export async function temporaryIn(folder: string): Promise<string> {
  const sweeping = swept.get(folder) ?? sweep(folder);
  swept.set(folder, sweeping);
  await sweeping;
  return join(folder, `.tmp-${process.pid}-${host}-${randomBytes(6).toString('hex')}`);
}

/** Nothing depends on it: what can't be taken away stays. */
async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, pid, writer] = pattern.exec(name) ?? [];
    if (pid === undefined) continue;
    const path = join(folder, name);
    try {
      const file = await lstat(path);
      const ours = process.getuid === undefined || file.uid === process.getuid();
      const here = writer === host && isOver(Number(pid), file.mtimeMs);
      if (file.isFile() && ours && (here || Date.now() - file.mtimeMs > longAgo))
        await unlink(path);
    } catch {
      // Somebody else has taken it away, or doesn't let us.
    }
  }
}

/** Whether the process that wrote a file, last at this time, is gone. */
function isOver(pid: number, written: number): boolean {
  // In a container every run may have the same number.
  if (pid === process.pid) return written < Date.now() - process.uptime() * 1000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
