/**
 * What somebody has put into a record's object beside Helm's one key, `release`: no copy has it, and no
 * backup, for a record is what Helm keeps.
 */
import { printable } from '../../errors.ts';
import { type RecordMeta, shownPlace } from '../../record.ts';
import type { Finding } from '../plan.ts';
import { listed } from '../preflight/check.ts';

/**
 * What of it a copy loses; where sources would go, it would be gone, and nothing goes.
 * @param flag what deletes the sources; absent: they stay
 */
export function otherData(sources: readonly RecordMeta[], flag?: string): Finding[] {
  return sources.flatMap((source): Finding[] => {
    if (!source.otherData) return [];
    const keys = source.otherData.slice(0, 5).map((key) => printable(key, 80));
    const more = source.otherData.length > 5 ? ` and ${source.otherData.length - 5} more` : '';
    const message = `${shownPlace(source)} holds other data that no copy has: ${keys.join(', ')}${more}`;
    if (flag === undefined) return [{ severity: 'loss', message }];
    return [{ severity: 'refusal', message, fix: `take those keys away, or leave ${flag}` }];
  });
}

/**
 * What of a record's metadata no copy has. Kubernetes acts on some of it: an owner is of one namespace of one cluster,
 * and a finalizer is whoever's who put it there.
 * @param sources what is copied of a release, with the revisions
 * @param deletes whether the sources go afterwards
 */
export function tiesLost(
  sources: readonly { readonly source: RecordMeta; readonly revision: number }[],
  deletes: boolean,
): Finding[] {
  const byMessage = new Map<string, number[]>();
  for (const { source, revision } of sources)
    for (const message of tiesOf(source, deletes))
      byMessage.set(message, [...(byMessage.get(message) ?? []), revision]);
  return [...byMessage].map(([message, revisions]) => ({ severity: 'loss', message, revisions }));
}

function tiesOf({ owners, finalizers, doubledLabels }: RecordMeta, deletes: boolean): string[] {
  const shown = (texts: readonly string[]) => listed(texts.map((one) => printable(one, 80)));
  return [
    ...(owners ? [`its record goes with its owner, and no copy does: ${shown(owners)}`] : []),
    ...(doubledLabels
      ? [
          `its row has labels twice, with different values, and copies have one: ${shown(doubledLabels)}`,
        ]
      : []),
    ...(finalizers
      ? [
          `its record has finalizers, and no copy has: ${shown(finalizers)}${deletes ? '; its deletion waits for them' : ''}`,
        ]
      : []),
  ];
}
