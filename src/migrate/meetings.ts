/**
 * Releases of several Tillers, or of one Tiller's Secrets and ConfigMaps, that would become one release
 * in Helm 3: their histories would mix, or one would take the other's place. None of them moves.
 */
import { printable } from '../errors.ts';
import { refId } from '../record.ts';
import type { Finding, ReleasePlan } from './plan.ts';
import { lineageId, type Placement, placed } from './target.ts';

export function refuseMeetings(
  releases: readonly ReleasePlan[],
  placement: Placement,
): ReleasePlan[] {
  const meetings = new Map<string, ReleasePlan[]>();
  for (const release of releases)
    for (const place of placesOf(release, placement))
      meetings.set(place, [...(meetings.get(place) ?? []), release]);
  const others = new Map<ReleasePlan, Set<ReleasePlan>>();
  for (const meeting of meetings.values())
    for (const one of meeting)
      for (const other of meeting)
        if (one !== other) others.set(one, (others.get(one) ?? new Set()).add(other));
  return releases.map((release) => {
    const met = others.get(release);
    return met ? refused(release, [...met]) : release;
  });
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

function refused(release: ReleasePlan, met: readonly ReleasePlan[]): ReleasePlan {
  const shown = met.slice(0, 3).map(({ name, from }) => `${printable(name)} in ${printable(from)}`);
  const more = met.length > shown.length ? ` and ${met.length - shown.length} more` : '';
  const finding: Finding = {
    severity: 'refusal',
    message: `it would become the same Helm 3 release as ${shown.join(', ')}${more}`,
    fix: 'migrate one of them: -t, --helm2-release-storage-type or --from names its place',
  };
  return { ...release, verdict: 'refused', steps: [], findings: [finding, ...release.findings] };
}
