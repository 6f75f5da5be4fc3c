/** What kubectl is asked in a hint, it must be asked about the same cluster. */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import type { ClusterArgs } from '../line/options.ts';
import { clusterFlags } from '../permissions/roleLine.ts';

/**
 * @param args what chose the cluster that the error is about
 * @returns the error, with the flags of that cluster in its kubectl lines
 */
export function namingCluster<E>(error: E, args: ClusterArgs): E | ReleasesError {
  const flags = clusterFlags(args);
  const given: unknown = error;
  // What has a class of its own means more to those who catch it.
  if (flags === '' || !isReleasesError(given) || given.constructor !== ReleasesError) return error;
  const { code, message, why } = given;
  const hints = given.hints.map((hint) => namedIn(hint, flags));
  return new ReleasesError(code, message, { why, hints });
}

/** @param flags from `clusterFlags` */
export function namedIn(hint: string, flags: string): string {
  return hint.replace(
    /kubectl (cluster-info|auth can-i)\b/g,
    `kubectl${flags.replaceAll('$', '$$$$')} $1`,
  );
}
