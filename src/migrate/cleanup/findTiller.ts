/** Looks for a Tiller and what belongs to it; changes nothing. */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import { listPages } from '../../kube/pages.ts';
import type { KubeObject } from '../../kube/types.ts';
import {
  accountOf,
  type FoundAccess,
  type FoundAccount,
  type FoundTiller,
  isAccount,
  isTillers,
  resources,
  subjects,
  type TillerKind,
  type TillerObject,
  tillerName,
  tillerSecretName,
  tillerSelector,
  usualAccount,
} from './tiller.ts';

/**
 * @param access whether to look for its secret, its account and its bindings too
 * @throws ReleasesError, as `KubeApi.call` does: what can't be looked at can't be cleaned up
 */
export async function findTiller(
  api: KubeApi,
  namespace: string,
  access: boolean,
): Promise<FoundTiller> {
  const deployments = await labelledOrNamed(api, 'Deployment', namespace);
  const services = await labelledOrNamed(api, 'Service', namespace);
  const found = { namespace, deployments, services };
  if (!access) return found;
  try {
    return { ...found, access: await findAccess(api, namespace, deployments) };
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    const hints = ['without --tiller-rbac only its Deployment and Service are looked for'];
    throw new ReleasesError('FORBIDDEN', error.message, { why: error.why, hints });
  }
}

async function labelledOrNamed(
  api: KubeApi,
  kind: TillerKind,
  namespace: string,
): Promise<KubeObject[]> {
  const labelled = await listAll(api, kind, namespace, { labelSelector: tillerSelector });
  const named = await listAll(api, kind, namespace, {
    fieldSelector: `metadata.name=${tillerName}`,
  });
  const known = new Set(labelled.map(({ metadata }) => metadata.name));
  return [...labelled, ...named.filter(({ metadata }) => !known.has(metadata.name))];
}

async function findAccess(
  api: KubeApi,
  namespace: string,
  deployments: readonly KubeObject[],
): Promise<FoundAccess> {
  const secret = await getOne(api, 'Secret', namespace, tillerSecretName);
  const tillers = deployments.filter(isTillers);
  const names = new Set(tillers.length > 0 ? tillers.map(accountOf) : [usualAccount]);
  const bindings: TillerObject[] = [];
  for (const kind of ['RoleBinding', 'ClusterRoleBinding'] as const)
    for (const object of await listAll(api, kind, undefined, {})) bindings.push({ kind, object });
  const accounts: FoundAccount[] = [];
  for (const name of names) {
    const object = await getOne(api, 'ServiceAccount', namespace, name);
    const account = { name, namespace };
    const own = bindings.filter(({ object: binding }) =>
      subjects(binding).some((subject) => isAccount(subject, account)),
    );
    if (!object && own.length === 0) continue;
    const users = await otherUsers(api, namespace, name);
    accounts.push({ ...account, ...(object && { object }), users, bindings: own });
  }
  return { secrets: secret ? [secret] : [], accounts };
}

/** Pods that run as the account and aren't Tiller's own. */
async function otherUsers(api: KubeApi, namespace: string, account: string): Promise<string[]> {
  const at = { apiVersion: 'v1', resource: 'pods', namespace };
  const users: string[] = [];
  const fieldSelector = `spec.serviceAccountName=${account}`;
  for await (const page of listPages(api, at, { fieldSelector, metadataOnly: true }))
    users.push(...page.filter((pod) => !isTillers(pod)).map(({ metadata }) => metadata.name));
  return users;
}

async function listAll(
  api: KubeApi,
  kind: TillerKind,
  namespace: string | undefined,
  selectors: { readonly labelSelector?: string; readonly fieldSelector?: string },
): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  for await (const page of listPages(api, { ...resources[kind], namespace }, selectors))
    found.push(...page);
  return found;
}

async function getOne(
  api: KubeApi,
  kind: TillerKind,
  namespace: string,
  name: string,
): Promise<KubeObject | undefined> {
  try {
    return (await api.call({ ...resources[kind], verb: 'get', namespace, name })) as KubeObject;
  } catch (error) {
    if (isReleasesError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}
