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
import { mapLimit } from '../parallel.ts';

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
  /**
   * All that is served, for who asks of many kinds. Before 1.26 it takes a request for each version of a group.
   * @throws ReleasesError, as `KubeApi.call` does
   */
  all(): Promise<Serves>;
}

/**
 * Whether a kind is served in just this version, whatever may be done with it: as the mapper finds it that
 * Helm builds objects with (client-go's restmapper/discovery.go), which knows a kind in small letters, too,
 * and a list of each.
 * @returns undefined where that isn't known: an extension's own server is away
 */
export type Serves = (apiVersion: string, kind: string) => boolean | undefined;

/** The kinds of one version of a group. */
interface Kinds {
  /** Those that can be read and patched. */
  readonly objects: ReadonlyMap<string, ServedKind>;
  readonly names: ReadonlySet<string>;
  /** Whether those are all: its server has answered. */
  readonly whole: boolean;
}

/** One version of a group; its kinds may still have to be asked for. */
interface Version {
  readonly apiVersion: string;
  readonly kinds: () => Promise<Kinds>;
}

/** Requests at once. */
const parallel = 8;

/** Versions by the group's name, the server's favourite first. The core group's name is empty. */
type Groups = ReadonlyMap<string, readonly Version[]>;

export function openDiscovery(api: KubeApi): Discovery {
  let loading: Promise<Groups> | undefined;
  const groups = () => {
    loading ??= loadGroups(api);
    return loading;
  };
  return {
    async find(apiVersion, kind) {
      const versions = (await groups()).get(groupOf(apiVersion)) ?? [];
      const exact = versions.filter((version) => version.apiVersion === apiVersion);
      const others = versions.filter((version) => version.apiVersion !== apiVersion);
      for (const version of [...exact, ...others]) {
        const served = (await version.kinds()).objects.get(kind);
        if (served) return served;
      }
      return undefined;
    },
    async all() {
      const versions = [...(await groups()).values()].flat();
      const kinds = await mapLimit(versions, parallel, (version) => version.kinds());
      const known = new Map(versions.map(({ apiVersion }, at) => [apiVersion, kinds[at]]));
      return (apiVersion, kind) => {
        const version = known.get(apiVersion);
        if (!version) return false;
        if (version.names.has(kind) || version.names.has(kind.replace(/List$/, ''))) return true;
        return version.whole ? false : undefined;
      };
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
    answers.flatMap((answer) => {
      if (answer === undefined || answer === 'away') return [];
      const isAggregated = answer.kind === 'APIGroupDiscoveryList';
      return isAggregated ? readAggregated(answer) : readClassic(api, answer);
    }),
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
      /** `Stale` while an extension's server is away. */
      readonly freshness?: string;
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

/** @returns undefined where there is no such document; `away` where its server doesn't answer */
async function getDocument(
  api: KubeApi,
  path: readonly string[],
  root = false,
): Promise<Document | 'away' | undefined> {
  const accept = root ? `${aggregated},application/json` : 'application/json';
  const named = { apiVersion: 'v1', resource: 'API resources' };
  try {
    return (await api.call({ verb: 'get', ...named, path, accept })) as Document;
  } catch (error) {
    if (isReleasesError(error, 'NOT_FOUND')) return undefined;
    // An extension's own server may be down; the kinds of the others are known all the same.
    if (!root && isReleasesError(error, 'API')) return 'away';
    throw error;
  }
}

function readAggregated({ items = [] }: Document): [string, Version[]][] {
  return items.map(({ metadata, versions = [] }) => {
    const group = metadata?.name ?? '';
    const list = versions.map(({ version = '', freshness, resources = [] }): Version => {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      const kinds = kindsOf(
        apiVersion,
        resources.map(({ resource, responseKind, scope, verbs }) => ({
          ...{ name: resource, kind: responseKind?.kind, verbs },
          namespaced: scope === 'Namespaced',
        })),
        freshness !== 'Stale',
      );
      return { apiVersion, kinds: async () => kinds };
    });
    return [group, list];
  });
}

function readClassic(api: KubeApi, document: Document): [string, Version[]][] {
  const lazy = (apiVersion: string): Version => {
    let loading: Promise<Kinds> | undefined;
    const root = apiVersion.includes('/') ? 'apis' : 'api';
    const load = async (): Promise<Kinds> => {
      const answer = await getDocument(api, [root, ...apiVersion.split('/')]);
      if (answer === 'away') return kindsOf(apiVersion, [], false);
      return kindsOf(apiVersion, answer?.resources ?? [], true);
    };
    return {
      apiVersion,
      kinds: () => {
        loading ??= load();
        return loading;
      },
    };
  };
  const core = document.versions?.map(lazy);
  const groups = (document.groups ?? []).map(
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

/** A slash in a name makes it a part of a resource. */
function kindsOf(apiVersion: string, resources: readonly Resource[], whole: boolean): Kinds {
  const objects = new Map<string, ServedKind>();
  const names = new Set<string>();
  for (const { name, kind, namespaced = false, verbs = [] } of resources) {
    if (!name || !kind || name.includes('/')) continue;
    for (const one of [kind, kind.toLowerCase()]) names.add(one);
    if (!verbs.includes('get') || !verbs.includes('patch') || objects.has(kind)) continue;
    objects.set(kind, { apiVersion, kind, resource: name, namespaced });
  }
  return { objects, names, whole };
}
