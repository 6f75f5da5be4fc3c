/**
 * What an API server serves: from the kind that a manifest names to the path of its objects.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 *
 * Two requests where the server aggregates its discovery (1.26 and later); before that, one for the
 * groups and one for each version of a group that somebody asks about. Nothing is asked for before
 * the first question.
 */
import { isReleasesError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';

export interface ServedKind {
  /** `v1`, `apps/v1` */
  readonly apiVersion: string;
  readonly kind: string;
  /** The plural in paths: `deployments`. */
  readonly resource: string;
  readonly namespaced: boolean;
}

export interface Discovery {
  /**
   * The kind in this version or, where the server doesn't serve that, in the version of the same
   * group that the server likes best.
   * @returns undefined for a kind that it doesn't serve, or not now
   * @throws ReleasesError, as `KubeApi.call` does
   */
  find(apiVersion: string, kind: string): Promise<ServedKind | undefined>;
}

/** The kinds of one version of a group. */
type Kinds = ReadonlyMap<string, ServedKind>;

/** One version of a group; its kinds may still have to be asked for. */
interface Version {
  readonly apiVersion: string;
  readonly kinds: () => Promise<Kinds>;
}

/** Versions by the group's name, the server's favourite first. The core group's name is empty. */
type Groups = ReadonlyMap<string, readonly Version[]>;

export function openDiscovery(api: KubeApi): Discovery {
  let loading: Promise<Groups> | undefined;
  return {
    async find(apiVersion, kind) {
      loading ??= loadGroups(api);
      const versions = (await loading).get(groupOf(apiVersion)) ?? [];
      const exact = versions.filter((version) => version.apiVersion === apiVersion);
      const others = versions.filter((version) => version.apiVersion !== apiVersion);
      for (const version of [...exact, ...others]) {
        const served = (await version.kinds()).get(kind);
        if (served) return served;
      }
      return undefined;
    },
  };
}

/** `apps` of `apps/v1`, and nothing of `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

const aggregated = ['v2', 'v2beta1']
  .map((v) => `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList`)
  .join(',');

async function loadGroups(api: KubeApi): Promise<Groups> {
  const answers = await Promise.all(['api', 'apis'].map((root) => getDocument(api, [root], true)));
  return new Map(
    answers.flatMap((answer) =>
      answer?.kind === 'APIGroupDiscoveryList' ? readAggregated(answer) : readClassic(api, answer),
    ),
  );
}

/** The parts of the discovery documents that are looked at: `apidiscovery.k8s.io` and `meta/v1`. */
interface Document {
  readonly kind?: string;
  /** APIGroupDiscoveryList */
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version?: string;
      readonly resources?: readonly {
        readonly resource?: string;
        readonly responseKind?: { readonly kind?: string };
        readonly scope?: string;
        readonly verbs?: readonly string[];
      }[];
    }[];
  }[];
  /** APIVersions */
  readonly versions?: readonly string[];
  /** APIGroupList */
  readonly groups?: readonly {
    readonly name?: string;
    readonly versions?: readonly { readonly groupVersion?: string }[];
    readonly preferredVersion?: { readonly groupVersion?: string };
  }[];
  /** APIResourceList */
  readonly resources?: readonly Resource[];
}

/** @returns undefined where there is no such document, or its server is away */
async function getDocument(
  api: KubeApi,
  path: readonly string[],
  root = false,
): Promise<Document | undefined> {
  const accept = root ? `${aggregated},application/json` : 'application/json';
  const named = { apiVersion: 'v1', resource: 'API resources' };
  try {
    return (await api.call({ verb: 'get', ...named, path, accept })) as Document;
  } catch (error) {
    if (isReleasesError(error, 'NOT_FOUND')) return undefined;
    // An extension's own server may be down; the kinds of the others are known all the same.
    if (!root && isReleasesError(error, 'API')) return undefined;
    throw error;
  }
}

function readAggregated({ items = [] }: Document): [string, Version[]][] {
  return items.map(({ metadata, versions = [] }) => {
    const group = metadata?.name ?? '';
    const list = versions.map(({ version = '', resources = [] }): Version => {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      const kinds = kindsOf(
        apiVersion,
        resources.map(({ resource, responseKind, scope, verbs }) => ({
          ...{ name: resource, kind: responseKind?.kind, verbs },
          namespaced: scope === 'Namespaced',
        })),
      );
      return { apiVersion, kinds: async () => kinds };
    });
    return [group, list];
  });
}

function readClassic(api: KubeApi, document: Document | undefined): [string, Version[]][] {
  const lazy = (apiVersion: string): Version => {
    let loading: Promise<Kinds> | undefined;
    const root = apiVersion.includes('/') ? 'apis' : 'api';
    const load = async (): Promise<Kinds> => {
      const answer = await getDocument(api, [root, ...apiVersion.split('/')]);
      return kindsOf(apiVersion, answer?.resources ?? []);
    };
    return {
      apiVersion,
      kinds: () => {
        loading ??= load();
        return loading;
      },
    };
  };
  const core = document?.versions?.map(lazy);
  const groups = (document?.groups ?? []).map(
    ({ name = '', versions = [], preferredVersion }): [string, Version[]] => {
      const all = [preferredVersion, ...versions].flatMap((version) => version?.groupVersion ?? []);
      return [name, [...new Set(all)].map(lazy)];
    },
  );
  return core ? [['', core], ...groups] : groups;
}

interface Resource {
  readonly name?: string | undefined;
  readonly kind?: string | undefined;
  readonly namespaced?: boolean | undefined;
  readonly verbs?: readonly string[] | undefined;
}

/** What can be read and patched, by kind. A slash in a name makes it a part of a resource. */
function kindsOf(apiVersion: string, resources: readonly Resource[]): Kinds {
  const kinds = new Map<string, ServedKind>();
  for (const { name, kind, namespaced = false, verbs = [] } of resources)
    if (name && kind && !name.includes('/') && verbs.includes('get') && verbs.includes('patch'))
      if (!kinds.has(kind)) kinds.set(kind, { apiVersion, kind, resource: name, namespaced });
  return kinds;
}
