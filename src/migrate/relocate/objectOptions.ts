/** What a move of releases means for their live objects. */
import type { Storage } from '../../storage/storage.ts';

export interface ObjectOptions {
  /** Whether live objects get their release's new name; absent: nobody said, and they do. */
  readonly adopt?: boolean;
  /** Objects may stay behind in the namespace that their release leaves. */
  readonly leave: boolean;
  /** Whether releases stay in the cluster where their objects live. */
  readonly sameCluster: boolean;
  /** What the cluster that releases go to is called, safe to print; absent: `the cluster`. */
  readonly cluster?: string;
  /** The stores in which that cluster may have another release of a new name. */
  readonly neighbours?: readonly Storage[];
}
