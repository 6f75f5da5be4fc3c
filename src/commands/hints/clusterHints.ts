/** What is tried after an error must be tried on the cluster that it is about. */
import { isReleasesError, type NamedCluster, ReleasesError } from '../../errors.ts';
import type { ClusterArgs } from '../line/options.ts';
import { clusterFlags } from './flags.ts';

export function namedCluster(args: ClusterArgs): NamedCluster {
  return { kubectl: `kubectl${clusterFlags(args)}` };
}

/**
 * @param asked what chose the cluster that was asked
 * @param target the one that records go to; absent: the same
 * @returns the error, with lines for these
 */
export function namingCluster<E>(error: E, asked: ClusterArgs, target = asked): E | ReleasesError {
  const given: unknown = error;
  // What has a class of its own means more to those who catch it.
  if (!isReleasesError(given) || given.constructor !== ReleasesError) return error;
  return given.about(namedCluster(asked), namedCluster(target));
}
