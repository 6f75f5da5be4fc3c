/** What the API server would let this user do, asked before anything is done. */
import { isReleasesError, printable } from '../errors.ts';
import { mapLimit } from '../parallel.ts';
import type { RecordKind } from '../record.ts';
import type { KubeApi } from './api.ts';

/** One thing that is asked of the API server: a verb on a resource, in one namespace or in all. */
export interface Need {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  /** The API group; absent: the core group, where records are. `*` stands for every group. */
  readonly group?: string;
  /** Its plural name: `secrets`. `*` stands for every resource of the group. */
  readonly resource: string;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** The work is done without it too, with less to go by. */
  readonly optional?: true;
  /** The kubeconfig's context of the cluster that is asked, where there are two. */
  readonly context?: string;
}

const parallelReviews = 8;

/**
 * Asks with SelfSubjectAccessReviews, which every signed-in user may send (system:basic-user) and
 * which change nothing, though they are `create` requests.
 * @returns the needs that aren't granted, in their order; none where the server doesn't tell: it
 *   will refuse what it refuses
 * @throws ReleasesError, as `KubeApi.call` does
 */
export async function missingPermissions(api: KubeApi, needs: readonly Need[]): Promise<Need[]> {
  const everywhere = new Map<string, Promise<boolean>>();
  // Who may do it in every namespace needn't be asked for each of hundreds.
  const grantedEverywhere = (need: Need): Promise<boolean> => {
    const { namespace: _, ...wide } = need;
    const id = JSON.stringify([need.verb, need.group ?? '', need.resource]);
    const answer = everywhere.get(id) ?? isGranted(api, wide);
    everywhere.set(id, answer);
    return answer;
  };
  const granted = await mapLimit(
    needs,
    parallelReviews,
    async (need) =>
      (await grantedEverywhere(need)) ||
      (need.namespace !== undefined && (await isGranted(api, need))),
  );
  return needs.filter((_, i) => granted[i] === false);
}

async function isGranted(api: KubeApi, need: Need): Promise<boolean> {
  const { verb, group = '', resource, namespace } = need;
  const resourceAttributes = { verb, group, resource, ...(namespace && { namespace }) };
  try {
    const review = (await api.call({
      verb: 'create',
      apiVersion: 'authorization.k8s.io/v1',
      resource: 'selfsubjectaccessreviews',
      keepsNothing: true,
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      },
    })) as { readonly status?: { readonly allowed?: unknown } };
    return review.status?.allowed === true;
  } catch (error) {
    if (isReleasesError(error, 'FORBIDDEN') || isReleasesError(error, 'NOT_FOUND')) return true;
    throw error;
  }
}

/** A verb on a live object's kind, where the object is. */
export function needFor(
  verb: Need['verb'],
  object: { apiVersion: string; resource: string; namespace?: string | undefined },
): Need {
  const { apiVersion, resource, namespace } = object;
  const slash = apiVersion.indexOf('/');
  return {
    verb,
    ...(slash > 0 && { group: apiVersion.slice(0, slash) }),
    resource,
    ...(namespace && { namespace }),
  };
}

/** Lines of what is missing; the rest is a number. */
const mostNamed = 20;

/** `no permission to create secrets in namespace pay`, line by line. */
export function missingWords(missing: readonly Need[]): string[] {
  const words = missing.slice(0, mostNamed).map((one) => `no permission to ${needWord(one)}`);
  const more = missing.length - words.length;
  return more > 0 ? [...words, `and ${more} more`] : words;
}

/** `create secrets in namespace pay`, `patch deployments.apps in all namespaces` */
export function needWord(need: Need): string {
  const { context } = need;
  const where = context === undefined ? '' : ` of context ${printable(context, 100)}`;
  return `${need.verb} ${resourceWord(need)} ${scopeWord(need)}${where}`;
}

/** `secrets`, `deployments.apps` */
export function resourceWord({ group, resource }: Need): string {
  return printable(group ? `${resource}.${group}` : resource, 200);
}

/** `in namespace pay`, `in all namespaces` */
export function scopeWord({ namespace }: Need): string {
  return namespace === undefined ? 'in all namespaces' : `in namespace ${printable(namespace, 63)}`;
}

/** Each once, without those that another one covers: the same for all namespaces, or not optional. */
export function mergedNeeds(needs: readonly Need[]): Need[] {
  const id = ({ verb, group = '', resource, namespace = '' }: Need) =>
    `${namespace} ${resource}.${group} ${verb}`;
  const best = new Map<string, Need>();
  for (const one of [...needs.filter((n) => !n.optional), ...needs.filter((n) => n.optional)])
    if (!best.has(id(one))) best.set(id(one), one);
  return [...best.values()].filter((one) => {
    if (one.namespace === undefined) return true;
    const { namespace: _, ...everywhere } = one;
    const wide = best.get(id(everywhere));
    return wide === undefined || (wide.optional === true && !one.optional);
  });
}

/** A kind of record, as Roles call it. */
export function resourceOf(kind: RecordKind): 'secrets' | 'configmaps' {
  return kind === 'Secret' ? 'secrets' : 'configmaps';
}
