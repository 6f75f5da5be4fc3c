/** Documents of a manifest that can't be read: what they hold isn't checked, and Helm may fail there. */
import type { Release } from '../../release.ts';
import type { Finding } from '../plan.ts';
import { type Check, type CheckInput, liveRevisions, manifestOf, merged } from './check.ts';

export const unreadableManifests: Check = {
  name: 'unreadable-manifests',
  severity: 'note',
  describe: 'parts of the newest manifest that are no Kubernetes objects',
  check: findUnreadable,
};

/** Several documents with the same fault are one finding, which names the first. */
export function findUnreadable(input: CheckInput): Finding[] {
  return unreadableIn(liveRevisions(input), 'checked');
}

/** @param done what isn't done to the objects that nobody knows: they are `not checked` */
export function unreadableIn(
  revisions: readonly Pick<Release, 'manifest' | 'revision'>[],
  done: string,
): Finding[] {
  const findings = revisions.flatMap((release) => {
    const { unreadable } = manifestOf(release);
    const [first] = unreadable;
    if (!first) return [];
    const more = unreadable.length > 1 ? ` (and ${unreadable.length - 1} more)` : '';
    const message = `document ${first.document}${more} of the manifest can't be read: ${first.unreadable}; its objects are not ${done}`;
    const finding: Finding = { severity: 'note', message, revisions: [release.revision] };
    return [finding];
  });
  return merged(findings);
}
