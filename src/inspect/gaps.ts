/** Which revisions are missing between the oldest and the newest of a release. */

export interface Gaps {
  /** `3`, `5-7` */
  readonly ranges: readonly string[];
  readonly missing: number;
  readonly newest: number | undefined;
  /** The one before the newest that is there: a bare `helm rollback` looks for the newest minus one. */
  readonly before: number | undefined;
}

/** @param numbers in any order; what is older than the oldest was pruned, and is no gap */
export function missingRevisions(numbers: readonly number[]): Gaps {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const ranges: string[] = [];
  let missing = 0;
  for (const [at, number] of sorted.entries()) {
    const previous = sorted[at - 1] ?? number - 1;
    const [first, last] = [previous + 1, number - 1];
    if (first > last) continue;
    missing += last - first + 1;
    ranges.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return { ranges, missing, newest: sorted.at(-1), before: sorted.at(-2) };
}
