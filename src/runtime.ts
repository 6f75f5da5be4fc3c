/** Which Node the program runs on. package.json's `engines` says the same, but npm only warns of it. */
import { ReleasesError } from './errors.ts';

/**
 * What to say of a Node that the program isn't for: older ones can't count zip's checksums, or load ES
 * modules with `require`, and fail in the middle of the work. An old Node runs this, so that it is written
 * in old words.
 * @param versions `process.versions`; Bun's hold the Node that it is like
 */
export function refusedRuntime({ node }: { readonly node: string }): ReleasesError | undefined {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19))
    return undefined;
  return new ReleasesError(
    'RUNTIME',
    `this is Node ${node}: Node 20.19 or 22.12, or later, is needed`,
    {
      hints: ['a standalone program, which needs no Node: see Install in the README'],
    },
  );
}
