/** Command lines to try next: `rbac` for the Role a plan needs, and the flags that others share. */
import { isMovable, type ObjectRef, type Plan } from '../../migrate/plan.ts';
import { shellQuote } from '../../shellQuote.ts';
import { type ClusterArgs, type ReadArgs, storageFlags } from '../line/options.ts';

/** More namespaces than this make no line that anybody reads. */
const mostNamed = 20;

/** Flags that `rbac` shares with the command, with what was given for them. */
export type SharedFlags = Readonly<{
  [flag: string]: string | readonly string[] | boolean | undefined;
}>;

/**
 * For `rbac`. Exact for what the plan holds: the namespaces of its releases, and the kinds
 * of the objects it adopts.
 * @param marks whether `rbac` would count live objects in, where nothing is said of them
 * @returns ` -n pay -t tiller --delete-v2-releases`, after the command's name
 */
export function roleFlags(plan: Plan, shared: SharedFlags, marks = true): string {
  const releases = plan.releases.filter(isMovable);
  const namespaces = [...new Set(releases.map(({ namespace }) => namespace))].sort();
  const objects = releases.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.do === 'adopt' ? [resourceWord(step.object, namespaces)] : [])),
  );
  const words = [
    ...flaggedWords('-n', namespaces),
    ...Object.entries(shared).flatMap(([flag, value]) => {
      if (typeof value === 'boolean') return value ? [`--${flag}`] : [];
      return [value ?? []].flat().flatMap((one) => (one ? [`--${flag} ${shellQuote(one)}`] : []));
    }),
    ...(objects.length > 0
      ? [`--adopt-resource ${shellQuote([...new Set(objects)].sort().join())}`]
      : marks
        ? ['--no-adopt']
        : []),
  ];
  return words.map((one) => ` ${one}`).join('');
}

/** In a namespace of its own, or in none, it is said which: `/clusterroles.rbac.authorization.k8s.io`. */
function resourceWord(object: ObjectRef, namespaces: readonly string[]): string {
  const { apiVersion, resource, namespace = '' } = object;
  const slash = apiVersion.indexOf('/');
  const kind = slash > 0 ? `${resource}.${apiVersion.slice(0, slash)}` : resource;
  return namespaces.includes(namespace) ? kind : `${namespace}/${kind}`;
}

/**
 * The flags that choose the cluster, for a command line to try next: in another one it would be wrong.
 * @returns ` --context prod`
 */
export function clusterFlags(args: ClusterArgs): string {
  const given = { ...args, server: args.server && withoutPassword(args.server) };
  const flags = ['kubeconfig', 'context', 'cluster', 'user', 'server'] as const;
  return flags.map((flag) => (given[flag] ? ` --${flag} ${shellQuote(given[flag])}` : '')).join('');
}

/** A URL may hold a name and a password. @returns undefined for what is no URL: nobody knows what it holds */
function withoutPassword(server: string): string | undefined {
  if (!URL.canParse(server)) return undefined;
  const url = new URL(server);
  if (url.username === '' && url.password === '') return server;
  [url.username, url.password] = ['', ''];
  return url.href;
}

/** For a command line of this program, and for one of helm's. */
export function nextFlags(args: ClusterArgs): { readonly ours: string; readonly helm: string } {
  return { ours: clusterFlags(args), helm: helmClusterFlags(args) };
}

/** The same for helm, which calls a context its own way: ` --kube-context prod`. */
export function helmClusterFlags({ kubeconfig, context }: ClusterArgs): string {
  const kubeContext = context ? ` --kube-context ${shellQuote(context)}` : '';
  return `${clusterFlags({ kubeconfig })}${kubeContext}`;
}

/** ` -n pay -n web`, each once. */
export function namespaceFlags(namespaces: readonly string[]): string {
  return flagged('-n', [...new Set(namespaces)].sort());
}

/** ` --overwrite a --overwrite b` */
export function flagged(flag: string, values: readonly string[]): string {
  return flaggedWords(flag, values)
    .map((one) => ` ${one}`)
    .join('');
}

function flaggedWords(flag: string, values: readonly string[]): string[] {
  const shown = values.slice(0, mostNamed).map((value) => `${flag} ${shellQuote(value)}`);
  return values.length > mostNamed ? [...shown, `${flag} …`] : shown;
}

/** The flags that chose what is read, apart from addresses, for a command line to try next: ` -n pay --helm 2`. */
export function storeFlags(args: ReadArgs): string {
  const pairs = [
    ['-n', args.namespace],
    ['--helm', args.helm],
    ...[...storageFlags, 'tiller-label' as const].flatMap((flag) =>
      [args[flag] ?? []].flat().map((value) => [`--${flag}`, value] as const),
    ),
  ] as const;
  return pairs.map(([flag, value]) => (value ? ` ${flag} ${shellQuote(value)}` : '')).join('');
}
