/** The order of what --sort-by finds: kubectl's pkg/cmd/get/sorter.go. */

import { ReleasesError, typed } from '../../errors.ts';
import { byCodePoint } from '../json/write.ts';
import { quantity } from '../quantity.ts';
import { less } from '../template/compare.ts';
import type { GoValue } from '../template/values.ts';

/**
 * Nothing comes first; two amounts, such as `2Mi` and `10`, go by what they amount to, other texts by their
 * bytes.
 * @param path for the message
 * @throws ReleasesError USAGE for values of different types, and of types that have no order
 */
export function compareFound(a: GoValue, b: GoValue, path: string): number {
  if (a.is === 'nil' || b.is === 'nil') return Number(b.is === 'nil') - Number(a.is === 'nil');
  if (a.is === 'string' && b.is === 'string') {
    const [x, y] = [quantity(a.value), quantity(b.value)];
    if (x === undefined || y === undefined) return byCodePoint(a.value, b.value);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.is !== b.is || (a.is !== 'int' && a.is !== 'float'))
    throw new ReleasesError('USAGE', `--sort-by ${typed(path, 60)} finds values without an order`, {
      why: [
        'there is one of numbers, and one of texts; not of both together, nor of anything else',
      ],
    });
  return less(a, b) ? -1 : less(b, a) ? 1 : 0;
}
