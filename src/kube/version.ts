/** Which Kubernetes the API server is. */
import type { KubeApi } from './api.ts';

/** What `/version` says, in numbers: 1.27+ is `{ major: 1, minor: 27 }`. */
export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
}

/**
 * Asks for `/version`, which every signed-in user may read (system:discovery).
 * @returns undefined where the answer isn't a version
 * @throws ReleasesError, as `KubeApi.call` does
 */
export async function fetchVersion(api: KubeApi): Promise<ServerVersion | undefined> {
  const answer = await api.call({
    verb: 'get',
    apiVersion: 'v1',
    resource: 'version',
    path: ['version'],
  });
  return readVersion(answer);
}

/**
 * `{ major: '1', minor: '27+' }`, as `/version` has it.
 * @returns undefined for what isn't a version
 */
export function readVersion(answer: unknown): ServerVersion | undefined {
  const info: { readonly major?: unknown; readonly minor?: unknown } =
    typeof answer === 'object' && answer !== null ? answer : {};
  const [major, minor] = [info.major, info.minor].map((part) =>
    typeof part === 'string' ? /^[0-9]{1,5}/.exec(part)?.[0] : undefined,
  );
  if (major === undefined || minor === undefined) return undefined;
  return { major: Number(major), minor: Number(minor) };
}
