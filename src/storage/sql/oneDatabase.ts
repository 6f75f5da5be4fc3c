/** Whether two stores are one place of one database. */
import { randomBytes } from 'node:crypto';
import { ReleasesError } from '../../errors.ts';
import type { Storage } from '../storage.ts';
import type { DatabaseLook, DatabasePlace } from './place.ts';

/**
 * Whether two connection strings lead to one place: the same tables of one database. Two schemas of it are
 * two places, and so are a server and its clone, though both have the same identifier.
 * @throws ReleasesError REFUSED where each holds a part of the other: nobody could delete in one alone
 */
export async function isOneDatabase(a: Storage, b: Storage): Promise<boolean> {
  if (!a.database || !b.database) return false;
  const [one, other] = [await a.database.look(), await b.database.look()];
  if (one.isForeign || other.isForeign)
    throw sharing("Helm's tables in one of them are another server's");
  if (!(await isOneServer(a.database, b.database, one, other))) {
    const maySystem = !one.system || !other.system || one.system === other.system;
    if (maySystem && one.database === other.database && (one.isReplica || other.isReplica))
      throw sharing('one of them is a replica, which repeats what is done in the other');
    return false;
  }
  if (one.database !== other.database) return false;
  const shared = one.tables.filter((table) => other.tables.includes(table));
  const all = new Set([...one.tables, ...other.tables]);
  if (shared.length === all.size && all.size > 0) return true;
  if (shared.length === 0 && one.schema !== other.schema) return false;
  if (all.size === 0) return true;
  throw sharing('the search_path of both leads to some of the same tables');
}

/**
 * A lock that one of them holds is known in the other, if they are one: nothing that a server says of itself
 * is as sure. Where locks are kept otherwise, the moment of its start is.
 */
async function isOneServer(
  a: DatabasePlace,
  b: DatabasePlace,
  one: DatabaseLook,
  other: DatabaseLook,
): Promise<boolean> {
  if (one.started === other.started && one.system === other.system) return true;
  const key = randomBytes(8).readBigInt64BE().toString();
  return a.holding(key, () => b.isHeld(key));
}

function sharing(why: string): ReleasesError {
  return new ReleasesError('REFUSED', 'the two databases are not apart', {
    why: [why, 'what is deleted in the one would be gone from the other, too'],
    hints: ['move them by an archive: backup, and then restore or copy --from file:PATH.zip'],
  });
}
