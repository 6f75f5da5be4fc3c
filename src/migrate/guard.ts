/**
 * Sees the other writer. Between the plan and the first write somebody may have read the plan for
 * minutes; between the writes and the first delete a Tiller may have added a revision. A release
 * whose source isn't what was planned is left alone.
 */
import { ReleasesError } from '../errors.ts';
import { identify, type RecordMeta, recordPlace, refId } from '../record.ts';
import type { Storage } from '../storage/storage.ts';
import type { ReleasePlan } from './plan.ts';

/**
 * Lists the sources' metadata again, once per store, and compares.
 * @returns the releases whose source has changed, each with a CONFLICT that says how
 */
export async function findChanges(
  releases: readonly ReleasePlan[],
  stores: ReadonlyMap<string, Storage>,
): Promise<Map<ReleasePlan, ReleasesError>> {
  const changes = new Map<ReleasePlan, ReleasesError>();
  for (const address of new Set(releases.map(({ from }) => from))) {
    const store = stores.get(address);
    if (!store) throw new ReleasesError('USAGE', `${address} is not open`);
    const here = releases.filter(({ from }) => from === address);
    const found = await listAgain(store, here);
    for (const release of here) {
      const change = compare(release, found);
      if (change) changes.set(release, change);
    }
  }
  return changes;
}

/** What the store holds now, by `refId`; narrowed where all that matters is one release. */
async function listAgain(
  store: Storage,
  releases: readonly ReleasePlan[],
): Promise<Map<string, RecordMeta>> {
  const [only, ...others] = releases;
  const name = only && others.length === 0 ? { name: only.name } : {};
  const found = new Map<string, RecordMeta>();
  for (const owner of new Set(releases.map((release) => release.owner)))
    for await (const page of store.listMeta({ owner, ...name }))
      for (const record of page) found.set(refId(record), record);
  return found;
}

function compare(
  release: ReleasePlan,
  found: ReadonlyMap<string, RecordMeta>,
): ReleasesError | undefined {
  const planned = new Map(release.sources.map((record) => [refId(record), record]));
  for (const [id, before] of planned) {
    const now = found.get(id);
    if (!now) return changed(before, 'is gone');
    if (now.resourceVersion !== before.resourceVersion || now.uid !== before.uid)
      return changed(before, 'has changed');
  }
  const places = new Set(release.sources.map(({ kind, namespace }) => `${kind}/${namespace}`));
  for (const [id, record] of found) {
    if (planned.has(id) || !places.has(`${record.kind}/${record.namespace}`)) continue;
    const identity = identify(record);
    if ('name' in identity && identity.name === release.name && identity.owner === release.owner)
      return changed(record, 'is new');
  }
  return undefined;
}

function changed(record: RecordMeta, what: string): ReleasesError {
  return new ReleasesError(
    'CONFLICT',
    `${recordPlace(record)} ${what} since the plan was made: something else works on this release`,
    { hints: ['run the same command again: it plans anew from what is there now'] },
  );
}
