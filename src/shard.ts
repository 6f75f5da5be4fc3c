/**
 * One of several parts of all releases, so that as many processes can each do one. Which part a release
 * is in follows from its namespace and its name alone, the same on every machine and in every version:
 * the first six bytes of the SHA-256 of `NAMESPACE/NAME`, as a big-endian number, modulo the number of
 * shards. A release whose namespace can't be read counts as one without.
 */
import { createHash } from 'node:crypto';
import { ReleasesError, typed } from './errors.ts';

export interface Shard {
  /** From 0, as a Kubernetes Indexed Job counts. */
  readonly index: number;
  readonly count: number;
}

/** More pods than this no Job should be given. */
const mostShards = 10_000;

/**
 * @param text `I/N`, with I from 0 to N-1
 * @throws ReleasesError USAGE
 */
export function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? []).map(Number);
  const sound = index !== undefined && count !== undefined && index < count && count <= mostShards;
  if (sound) return { index, count };
  throw new ReleasesError('USAGE', `--shard ${typed(text, 40)} is not I/N`, {
    why: ['I is from 0 to N-1, so that --shard 0/2 and --shard 1/2 are all there is'],
  });
}

/** @param namespace the release's own; undefined where it can't be read */
export function isInShard(
  { index, count }: Shard,
  { name, namespace = '' }: { readonly name: string; readonly namespace?: string | undefined },
): boolean {
  const digest = createHash('sha256').update(`${namespace}/${name}`).digest();
  return digest.readUIntBE(0, 6) % count === index;
}
