/** What is known of a Helm 2 release before it moves: each check is a pure function that finds things. */

import { printable } from '../../errors.ts';
import { isNamespaceName, isReleaseName } from '../../names.ts';
import { identify, namesOf } from '../../record.ts';
import type { Release } from '../../release.ts';
import { shellQuote } from '../../shellQuote.ts';
import { ancestorOf, goesOnFrom, isSameInstallation } from '../compare/lineage.ts';
import type { Finding } from '../plan.ts';
import type { Loss } from './losses.ts';
import type { Revision } from './revision.ts';
import { withStatus } from './severalDeployed.ts';
import { lineageId, type Options2to3, placed, type Target } from './target.ts';

/** A pending newest revision: what was decided is carried out, else it is asked. */
export function resolvePending(
  revisions: readonly Revision[],
  { resolvePending: status }: Options2to3,
  findings: Finding[],
): readonly Revision[] {
  const [newest, ...older] = revisions;
  const was = newest?.wanted.info?.status;
  if (!newest || !was?.startsWith('pending-')) return revisions;
  findings.push(
    status
      ? {
          severity: 'change',
          message: `the newest revision becomes ${status}`,
          revisions: [newest.revision],
        }
      : {
          severity: 'decision',
          message: `the newest revision is ${was}: Helm 3 would refuse to upgrade it`,
          revisions: [newest.revision],
          fix: '--resolve-pending=failed|deployed',
        },
  );
  return status ? [withStatus(newest, status), ...older] : revisions;
}

/** The same loss in many revisions is one finding. */
export function lossFindings(revisions: readonly Revision[]): Finding[] {
  const byMessage = new Map<string, { loss: Loss; revisions: number[] }>();
  for (const { losses, revision } of revisions)
    for (const loss of losses) {
      const entry = byMessage.get(loss.message) ?? { loss, revisions: [] };
      entry.revisions.push(revision);
      byMessage.set(loss.message, entry);
    }
  return [...byMessage.values()].map(({ loss, revisions: numbers }) => ({
    severity: loss.severity,
    message: loss.message,
    revisions: numbers.sort((a, b) => a - b),
  }));
}

export function checkRelease(
  latest: Release,
  revisions: readonly Revision[],
  target: Target,
): Finding[] {
  const findings: Finding[] = [];
  const refuse = (message: string, fix?: string) =>
    findings.push({ severity: 'refusal', message, ...(fix && { fix }) });
  if (!isReleaseName(latest.name))
    refuse(
      'Helm 3 does not allow its name: lower-case letters, digits, - and ., at most 53',
      'migrate it alone, with --target-release NAME',
    );
  if (latest.namespace === '') refuse('it names no namespace');
  else if (!isNamespaceName(latest.namespace))
    refuse('its namespace has a name that Kubernetes does not allow');
  if (revisions.some(({ wanted }) => wanted.namespace !== latest.namespace))
    refuse('its revisions name different namespaces');
  if (revisions.some(({ revision }) => revision < 1))
    refuse('it has a revision below 1, which Helm 3 does not know');
  if (latest.info?.status === 'unknown')
    findings.push({
      severity: 'note',
      message: 'its status is unknown: `helm list` never shows such a release, `helm status` does',
    });
  const namespace = placed(latest, target).storageNamespace;
  const closed = target.closedNamespaces.get(namespace);
  if (closed)
    refuse(
      `namespace ${printable(namespace)} ${closed}`,
      closed === 'does not exist'
        ? `kubectl create namespace ${shellQuote(namespace)}${target.clusterFlags ?? ''}`
        : undefined,
    );
  return findings;
}

/**
 * What the target holds under the release's name that is none of its records.
 *
 * - `nothing` of importance: the usual case;
 * - a note: its older revisions are migrated and deleted, and Tiller has gone on since;
 * - `pruned`: this very release, upgraded since until Helm had pruned all that was migrated. Helm
 *   carries the time of the first deployment through every revision;
 * - a refusal: another release has the name, or Helm 3 has gone on by itself, and Tiller, too.
 * @param known the revisions that are there already
 * @param numbers all revisions of the source, readable or not
 */
export function checkPresence(
  revisions: readonly Revision[],
  known: ReadonlySet<number>,
  numbers: readonly number[],
  target: Target,
): 'nothing' | 'pruned' | Finding {
  const [latest] = revisions;
  if (!latest) return 'nothing';
  const { name, storageNamespace } = placed(latest.wanted, target);
  const there = target.present.flatMap((record) => {
    const identity = identify(record);
    const same = 'name' in identity && namesOf(record).includes(name);
    return same && record.namespace === storageNamespace ? identity.revision : [];
  });
  if (there.length === 0) return 'nothing';
  if (known.size > 0) {
    const common = Math.max(...known);
    const theirs = there.filter((n) => n > common && !numbers.includes(n));
    const ours = revisions.filter(({ revision }) => revision > common);
    if (theirs.length === 0 || ours.length === 0) return 'nothing';
    return {
      severity: 'refusal',
      message: `Helm 3 has gone on with it after revision ${common}, with ${revisionRange(Math.min(...theirs), Math.max(...theirs))}, and Tiller, too`,
      fix: 'migrate it alone, with --target-release NAME',
    };
  }
  const last = target.lineages.get(lineageId(storageNamespace, name));
  const source = revisions.map((one) => ancestorOf(one.source, one.wanted));
  const [lowest, highest] = [Math.min(...there), Math.max(...there)];
  const same = last !== undefined && source.every((one) => isSameInstallation(last, one));
  if (same && lowest > latest.revision) return 'pruned';
  if (last && goesOnFrom(last, source))
    return {
      severity: 'note',
      message: `it goes on from what is migrated already, ${revisionRange(lowest, highest)}`,
    };
  if (same)
    return {
      severity: 'refusal',
      message: `it is in Helm 3 with ${revisionRange(lowest, highest)}, and may have gone on there by itself`,
      fix: 'put its older revisions back into Helm 2 first, from the backup that was made of them',
    };
  return {
    severity: 'refusal',
    message: `another Helm 3 release has this name, with ${revisionRange(lowest, highest)}`,
    fix: 'migrate it alone, with --target-release NAME',
  };
}

/** `revision 3`, `revisions 1 to 3`. */
export function revisionRange(lowest: number, highest: number): string {
  return lowest === highest ? `revision ${lowest}` : `revisions ${lowest} to ${highest}`;
}
