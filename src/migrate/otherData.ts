/**
 * What somebody has put into a record's object beside Helm's one key, `release`: no copy has it, and no
 * backup, for a record is what Helm keeps.
 */
import { printable } from '../errors.ts';
import { type RecordMeta, shownPlace } from '../record.ts';
import type { Finding } from './plan.ts';

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
