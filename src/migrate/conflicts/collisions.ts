/**
 * Releases of several stores, or of several namespaces, that would become one release in the target:
 * their histories would mix, or one would take the other's place. None of them moves.
 */
import { printable } from '../../errors.ts';
import { storageAddress } from '../../inspect/rows.ts';
import { refId } from '../../record.ts';
import { lineageId, type Placement, placed } from '../helm2to3/target.ts';
import { amend, type Finding, type ReleasePlan } from '../plan.ts';

/** What is said of releases that meet. */
export interface MeetingWords {
  /** Before the others' names: `it would become the same Helm 3 release as`. */
  readonly message: string;
  /** What helps, of one release that meets others. */
  readonly fix: string | ((release: ReleasePlan, met: readonly ReleasePlan[]) => string);
}

const becomeHelm3: MeetingWords = {
  message: 'it would become the same Helm 3 release as',
  fix: 'migrate one of them: -t, --helm2-release-storage-type or --from names its place',
};

/** For migrations from Helm 2. */
export function refuseMeetings(
  releases: readonly ReleasePlan[],
  placement: Placement,
): ReleasePlan[] {
  return refuseMeetingsAt(releases, (release) => placesOf(release, placement), becomeHelm3);
}

/** Its records, and the release as a whole: of one that is refused nobody knows the records. */
function placesOf(release: ReleasePlan, placement: Placement): Set<string> {
  const places = new Set<string>();
  for (const step of release.steps)
    if (step.do === 'create' || step.do === 'keep') places.add(refId(step.record));
  if (release.namespace !== '') {
    const { name, storageNamespace } = placed(release, placement);
    places.add(`release ${lineageId(storageNamespace, name)}`);
  }
  return places;
}

/** @param placesOf where a release's records come to lie, and the release as a whole, as texts */
export function refuseMeetingsAt(
  releases: readonly ReleasePlan[],
  placesOf: (release: ReleasePlan) => Iterable<string>,
  words: MeetingWords,
): ReleasePlan[] {
  const meetings = new Map<string, ReleasePlan[]>();
  for (const release of releases)
    for (const place of placesOf(release))
      meetings.set(place, [...(meetings.get(place) ?? []), release]);
  const others = new Map<ReleasePlan, Set<ReleasePlan>>();
  for (const meeting of meetings.values())
    for (const one of meeting)
      for (const other of meeting)
        if (one !== other) others.set(one, (others.get(one) ?? new Set()).add(other));
  return releases.map((release) => {
    const met = others.get(release);
    return met ? refused(release, [...met], words) : release;
  });
}

/** Two of one store, and even of one name, are told apart by where their records lie. */
function whereText({ name, from, sources: [first] }: ReleasePlan): string {
  const place = first ? storageAddress(first, { address: from }, undefined) : from;
  return `${printable(name)} in ${printable(place)}`;
}

function refused(
  release: ReleasePlan,
  met: readonly ReleasePlan[],
  { message, fix }: MeetingWords,
): ReleasePlan {
  const shown = met.slice(0, 3).map(whereText);
  const more = met.length > shown.length ? ` and ${met.length - shown.length} more` : '';
  const finding: Finding = {
    severity: 'refusal',
    message: `${message} ${shown.join(', ')}${more}`,
    fix: typeof fix === 'string' ? fix : fix(release, met),
  };
  return amend(release, { findings: [finding, ...release.findings] });
}
