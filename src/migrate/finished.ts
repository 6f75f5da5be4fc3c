/** Releases of which the source has nothing left, and the target has all: an earlier run has done with them. */

/** Of a migration: where Helm 3's records of that name are: `secret:web`; none where it was removed unmigrated. */
export interface InHelm3 {
  readonly name: string;
  readonly helm3: readonly string[];
}

/** Of a relocation: the target's address. */
export interface Arrived {
  readonly name: string;
  readonly target: string;
}

export type Finished = InHelm3 | Arrived;

/** Beside a plan in `-o json`, `-o yaml` and reports. */
export function finishedData(finished: readonly Finished[]): {
  readonly finished?: readonly Finished[];
} {
  return finished.length === 0 ? {} : { finished };
}
