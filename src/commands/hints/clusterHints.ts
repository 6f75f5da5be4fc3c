/** What kubectl is asked in a hint, it must be asked about the same cluster. */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import type { ClusterArgs } from '../line/options.ts';
import { clusterFlags } from './flags.ts';

/**
 * @param args what chose the cluster that the error is about
 * @param objects whether the objects that its lines look at are in that cluster, too
 * @returns the error, with the flags of that cluster in its kubectl lines
 */
export function namingCluster<E>(error: E, args: ClusterArgs, objects = true): E | ReleasesError {
  const flags = clusterFlags(args);
  const given: unknown = error;
  // What has a class of its own means more to those who catch it.
  if (flags === '' || !isReleasesError(given) || given.constructor !== ReleasesError) return error;
  const { code, message, why } = given;
  const hints = given.hints.map((hint) => namedIn(hint, flags, objects));
  return new ReleasesError(code, message, { why, hints });
}

/**
 * @param flags from `clusterFlags`
 * @param objects whether lines that look at an object, or make one, are about that cluster
 */
export function namedIn(hint: string, flags: string, objects = true): string {
  // A line that names its cluster already has its flags at the end.
  const named = /kubectl .* --(kubeconfig|context|cluster|server)\b/.test(hint);
  const verbs =
    objects && !named ? 'cluster-info|auth can-i|get|create' : 'cluster-info|auth can-i';
  return hint.replace(
    new RegExp(`kubectl (${verbs})\\b`, 'g'),
    `kubectl${flags.replaceAll('$', '$$$$')} $1`,
  );
}
