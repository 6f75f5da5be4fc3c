/** What a preflight check is, what it looks at, and how checks name several things in one line. */
import { livingRevisions, standingAfter } from '../../deployed.ts';
import type { Serves } from '../../objects/discovery.ts';
import {
  type Manifest,
  type ManifestObject,
  objectTitle,
  readManifest,
} from '../../objects/manifest.ts';
import type { Release } from '../../release.ts';
import type { Finding, Severity } from '../plan.ts';

/** One revision, as Helm 2 recorded it and as it will be. */
export interface CheckedRevision {
  readonly before: Release;
  readonly after: Release;
}

export interface CheckInput {
  /** Every revision number in the source, readable or not, in any order. */
  readonly numbers: readonly number[];
  /** The revisions that convert, newest first. */
  readonly revisions: readonly CheckedRevision[];
  /** `undefined` where no API server is asked: what depends on it isn't checked. */
  readonly serves: Serves | undefined;
}

/** A pure function with a name. `severity` is the gravest that its findings have. */
export interface Check {
  /** As it is named in documents and in `-o json`. */
  readonly name: string;
  readonly severity: Severity;
  /** What it looks for, in one line. */
  readonly describe: string;
  readonly check: (input: CheckInput) => Finding[];
}

/** The objects that one revision says are in the cluster. */
export interface LiveObjects {
  readonly revision: number;
  readonly objects: readonly ManifestObject[];
  /** Whether an upgrade starts from it; otherwise only a rollback and an uninstall do. */
  readonly upgraded: boolean;
}

/**
 * The revisions that Helm 3 works from, newest first: `upgrade` from the newest deployed one, or from
 * the newest where none is (`prepareUpgrade` in pkg/action/upgrade.go), `rollback` and `uninstall` from
 * the newest whatever became of it. None when the release is uninstalled, for then nothing of it lives.
 */
export function liveRevisions(input: CheckInput): readonly Release[] {
  const after = input.revisions.map((revision) => revision.after);
  return livingRevisions(after, (release) => standingAfter('helm', release));
}

export function liveObjects(input: CheckInput): readonly LiveObjects[] {
  const revisions = liveRevisions(input);
  return revisions.map((release) => ({
    revision: release.revision,
    objects: manifestOf(release).objects,
    upgraded: release === revisions.at(-1),
  }));
}

const manifests = new Map<string, Manifest>();
/** UTF-16 units of manifests whose objects are kept; more are parsed each time. */
const mostKept = 16 * 1024 * 1024;
let kept = 0;

/** The release's manifest, parsed once for all checks and for adoption: parsing is slow. */
export function manifestOf({ manifest }: Pick<Release, 'manifest'>): Manifest {
  const known = manifests.get(manifest);
  if (known) return known;
  const parsed = readManifest(manifest);
  kept += manifest.length;
  if (kept <= mostKept) manifests.set(manifest, parsed);
  return parsed;
}

/** Items by a key, in the order in which each key first appears. */
export function grouped<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** The same thing found in two revisions is one finding. */
export function merged(findings: readonly Finding[]): Finding[] {
  const byMessage = new Map<string, Finding>();
  for (const finding of findings) {
    const known = byMessage.get(finding.message);
    const numbers = new Set([...(known?.revisions ?? []), ...(finding.revisions ?? [])]);
    const revisions = [...numbers].sort((a, b) => a - b);
    byMessage.set(finding.message, { ...finding, ...(revisions.length > 0 && { revisions }) });
  }
  return [...byMessage.values()];
}

/** `a`, `a and b`, `a, b and 7 more`: for texts that are safe to print already. */
export function listed(texts: readonly string[], most = 4): string {
  const unique = [...new Set(texts)];
  if (unique.length > most)
    return `${unique.slice(0, most - 1).join(', ')} and ${unique.length - most + 1} more`;
  const last = unique.pop() ?? '';
  return unique.length === 0 ? last : `${unique.join(', ')} and ${last}`;
}

export function titles(objects: readonly ManifestObject[]): string {
  return listed(objects.map(objectTitle));
}
