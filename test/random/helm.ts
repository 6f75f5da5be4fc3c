/**
 * A Helm, or a Tiller, that works on its releases while ours go on: as pkg/action and pkg/storage of Helm 3
 * do it, and hapi's storage of Helm 2. It finds records by its labels and believes their content.
 */
import fc from 'fast-check';
import { decodePayload } from '../../src/codecs/index.ts';
import { type ReleaseRecord, refId } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import { act, type Place } from './places.ts';
import { markOf, recordOf, releaseOf, timeAt } from './records.ts';
import { names, namespaces } from './world.ts';

export const helmActs = [
  'upgrade',
  'install',
  'prune',
  'uninstall',
  'rollback',
  'fail',
  'rewrite',
] as const;
export type HelmAct = (typeof helmActs)[number];

/** What a Helm does before the request that is so many-th of all. */
export interface HelmEvent {
  readonly at: number;
  readonly does: HelmAct;
  readonly place: 'A' | 'B';
  /** Chooses among the releases that are there, or a name for one that isn't. */
  readonly which: number;
}

export const helmEvent: fc.Arbitrary<HelmEvent> = fc.record({
  at: fc.nat({ max: 60 }),
  does: fc.constantFrom(...helmActs),
  place: fc.constantFrom('A', 'B'),
  which: fc.nat({ max: 5 }),
});

/** In minutes: after all that the world begins with. */
const later = 10_000;

interface Revision {
  readonly record: ReleaseRecord;
  readonly release: Release;
}

/** What later checks must know of what a Helm did. */
export interface Helms {
  /** Marks of records that it took away or wrote anew where they were the last copy. */
  readonly excused: Set<string>;
  /** `place refId` of what it has changed. */
  readonly touched: Set<string>;
  /** The marks of all revisions that one goes back to. */
  readonly ancestors: Map<string, ReadonlySet<string>>;
  /** How many copies of a mark there are anywhere. */
  copies(mark: string): number;
  count: number;
}

function read(record: ReleaseRecord): Release | undefined {
  try {
    return decodePayload(record.payload);
  } catch {
    return undefined;
  }
}

/** Releases as Helm finds them: by its labels, one driver and namespace at a time. Oldest first. */
function releasesIn(place: Place): Revision[][] {
  const groups = new Map<string, Revision[]>();
  for (const record of place.held.values()) {
    const { labels } = record;
    const name =
      labels['owner'] === 'helm'
        ? labels['name']
        : labels['OWNER'] === 'TILLER'
          ? labels['NAME']
          : undefined;
    const release = read(record);
    if (name === undefined || !release) continue;
    const id = JSON.stringify([record.kind, record.namespace, labels['owner'] === 'helm', name]);
    groups.set(id, [...(groups.get(id) ?? []), { record, release }]);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, all]) => all.sort((a, b) => a.release.revision - b.release.revision));
}

/** @returns what it did, for the story; undefined where there was nothing to do it to */
export async function carryOutEvent(
  event: HelmEvent,
  place: Place,
  helms: Helms,
): Promise<string | undefined> {
  const releases = releasesIn(place);
  const said = (what: string, { record }: Revision) =>
    `Helm: ${what} ${record.labels['name'] ?? record.labels['NAME']} in ${place.name}, ${record.namespace}`;
  if (event.does === 'install') return install(event, place, helms);
  const release = releases[event.which % Math.max(1, releases.length)];
  const newest = release?.at(-1);
  const oldest = release?.[0];
  if (!release || !newest || !oldest) return undefined;
  switch (event.does) {
    case 'uninstall':
      for (const one of release) await takeAway(one.record, place, helms);
      return said('uninstalls', newest);
    case 'prune':
      if (oldest === newest) return undefined;
      await takeAway(oldest.record, place, helms);
      return said(`prunes revision ${oldest.release.revision} of`, oldest);
    case 'rewrite':
      await rewrite(newest, 'failed', place, helms);
      return said('calls failed the newest revision of', newest);
    case 'upgrade':
    case 'rollback':
    case 'fail': {
      const from = event.does === 'rollback' ? oldest : newest;
      for (const one of event.does === 'fail' ? [] : release)
        if (one.release.info?.status === 'deployed') await rewrite(one, 'superseded', place, helms);
      await next(from, release, event.does === 'fail' ? 'failed' : 'deployed', place, helms);
      return said(`${event.does}s to revision ${newest.release.revision + 1} of`, newest);
    }
  }
}

async function install(event: HelmEvent, place: Place, helms: Helms): Promise<string | undefined> {
  const name = names[event.which % names.length] ?? '';
  const namespace = namespaces[event.which % 2] ?? '';
  const [kind, at] = ['Secret' as const, namespace];
  const key = `sh.helm.release.v1.${name}.v1`;
  const isHere = (record: ReleaseRecord) =>
    record.kind === kind &&
    record.namespace === at &&
    (record.key === key || (record.labels['owner'] === 'helm' && record.labels['name'] === name));
  if ([...place.held.values()].some(isHere)) return undefined;
  const mark = newMark(helms);
  helms.ancestors.set(mark, new Set());
  const time = timeAt(later + helms.count);
  const whose = { helm: 4 as const, name, namespace };
  const release = releaseOf(whose, 1, 'deployed', mark, { first: time, last: time });
  const record = recordOf(release, kind, at);
  await act(place, { add: record });
  touch(record, place, helms);
  return `Helm: installs ${name} in ${place.name}, ${at}`;
}

function newMark(helms: Helms): string {
  helms.count += 1;
  return `helm${helms.count}`;
}

/** The next revision, with the content of an older one where Helm rolls back. */
async function next(
  from: Revision,
  all: readonly Revision[],
  status: string,
  place: Place,
  helms: Helms,
): Promise<void> {
  const newest = all.at(-1);
  if (!newest) return;
  const mark = newMark(helms);
  const { info } = from.release;
  const release = {
    ...from.release,
    revision: newest.release.revision + 1,
    ...(info && { info: { ...info, status, lastDeployed: timeAt(later + helms.count) } }),
    manifest: `---\n# mark:${mark};\nkind: ConfigMap\n`,
  };
  const named = recordOf(
    release,
    newest.record.kind === 'Secret' ? 'Secret' : 'ConfigMap',
    newest.record.namespace,
  );
  // The name that Helm was asked for.
  const name = newest.record.labels['name'] ?? newest.record.labels['NAME'] ?? '';
  if (name !== release.name) return;
  if (place.held.has(refId(named))) return;
  // It goes on from all that it sees, also where that is two releases already.
  const before = all.map(({ record }) => markOf(record));
  const older = before.flatMap((one) => [one, ...(helms.ancestors.get(one) ?? [])]);
  helms.ancestors.set(mark, new Set(older));
  await act(place, { add: named });
  touch(named, place, helms);
}

async function rewrite(
  { record, release }: Revision,
  status: string,
  place: Place,
  helms: Helms,
): Promise<void> {
  // An API server lets nobody change its data (core/validation, `ValidateSecretUpdate`).
  if (!release.info || record.immutable) return;
  const changed = { ...release, info: { ...release.info, status } };
  const kind = record.kind === 'Secret' ? 'Secret' : 'ConfigMap';
  const { payload, labels } = recordOf(changed, kind, record.namespace);
  const label =
    release.helm === 2 ? { STATUS: labels['STATUS'] ?? '' } : { status: labels['status'] ?? '' };
  await act(place, {
    remove: record,
    add: { ...record, payload, labels: { ...record.labels, ...label } },
  });
  touch(record, place, helms);
}

async function takeAway(record: ReleaseRecord, place: Place, helms: Helms): Promise<void> {
  const mark = markOf(record);
  await act(place, { remove: record });
  if (helms.copies(mark) === 0) helms.excused.add(mark);
  touch(record, place, helms);
}

function touch({ kind, namespace, key }: ReleaseRecord, place: Place, helms: Helms): void {
  helms.touched.add(`${place.name} ${kind}/${namespace}/${key}`);
}
