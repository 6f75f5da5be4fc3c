/**
 * What each command asks of the API server: the one table behind `rbac`, docs/rbac.md, the tests, and
 * the check before the first write.
 *
 * A command joins with its rows here, a function in `permissions.ts` that says where, and its lines in
 * docs/rbac.md.
 */
import type { Need } from '../../kube/access.ts';

/** A flag that a row depends on. Such a flag is one of `rbac` too. */
export type AskFlag =
  | 'delete-v2-releases'
  | 'delete-source'
  | 'no-adopt'
  | 'tiller-rbac'
  | 'live'
  | 'watch'
  | 'to-name'
  | 'to-namespace'
  | 'map-namespace'
  | 'to-context'
  | 'to-kubeconfig'
  | 'overwrite';

export interface Ask {
  readonly verb: Need['verb'];
  readonly on:
    | 'the records read'
    | 'Helm 2 records'
    | 'Helm 3 records'
    | 'the records moved'
    | 'the records written'
    | 'the records beside those'
    | 'the records restored'
    | 'the live objects'
    | "the target's namespaces"
    | 'both clusters'
    | "Tiller's namespace"
    | 'Tiller'
    | "Tiller's secret and account"
    | 'the pods beside Tiller'
    | "the bindings of Tiller's account";
  readonly why: string;
  /** Only with this flag, or with one of these. */
  readonly flag?: AskFlag | readonly AskFlag[];
  /** Not with this flag. */
  readonly unless?: AskFlag;
  /** Refused, it is done without. */
  readonly optional?: true;
}

const reads: readonly Ask[] = [
  { verb: 'list', on: 'the records read', why: 'which releases and revisions there are' },
  { verb: 'get', on: 'the records read', why: 'what single records hold' },
  {
    verb: 'get',
    on: "Tiller's namespace",
    why: 'one that a flag names and that does not exist is an error',
    optional: true,
  },
];

/** For the commands that have --watch. */
const watches: readonly Ask[] = [
  ...reads,
  { verb: 'watch', on: 'the records read', why: 'each change as it comes', flag: 'watch' },
];

const targetNamespaces: Ask = {
  verb: 'get',
  on: "the target's namespaces",
  why: 'a namespace that is missing or being deleted is named in the plan',
  optional: true,
};

const tillersNamespace: Ask = {
  verb: 'get',
  on: "Tiller's namespace",
  why: 'a Tiller namespace that was named and is missing is an error',
  optional: true,
};

function tillerAccess(verb: Ask['verb'], on: Ask['on'], why: string): Ask {
  return { verb, on, why, flag: 'tiller-rbac' };
}

/**
 * What charts usually hold in their own namespace, as Roles call it: what a migration adopts, where
 * nobody says more precisely what there is. Roles and bindings aren't among them: who may patch those
 * should be asked for by name.
 */
export const usualObjects: readonly string[] = [
  'configmaps',
  'persistentvolumeclaims',
  'secrets',
  'serviceaccounts',
  'services',
  'daemonsets.apps',
  'deployments.apps',
  'statefulsets.apps',
  'horizontalpodautoscalers.autoscaling',
  'cronjobs.batch',
  'jobs.batch',
  'ingresses.networking.k8s.io',
  'networkpolicies.networking.k8s.io',
  'poddisruptionbudgets.policy',
];

/** Kubernetes' own kinds that charts hold and that belong to no namespace. */
export const clusterWideObjects: readonly string[] = [
  'namespaces',
  'persistentvolumes',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'apiservices.apiregistration.k8s.io',
  'flowschemas.flowcontrol.apiserver.k8s.io',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
  'ingressclasses.networking.k8s.io',
  'runtimeclasses.node.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'priorityclasses.scheduling.k8s.io',
  'csidrivers.storage.k8s.io',
  'storageclasses.storage.k8s.io',
];

/** Whatever gives a release another name or namespace. */
const renaming = ['to-name', 'to-namespace', 'map-namespace'] as const;

const copies: readonly Ask[] = [
  { verb: 'list', on: 'the records moved', why: 'what there is to move, and whether it changed' },
  { verb: 'get', on: 'the records moved', why: 'what single records hold' },
  { verb: 'list', on: 'the records written', why: 'what the target holds already' },
  { verb: 'create', on: 'the records written', why: 'the copies' },
  { verb: 'get', on: 'the records written', why: 'reading back what was written' },
  {
    ...{ verb: 'update', on: 'the records written', flag: 'overwrite' },
    why: 'copies that follow what Helm has done in the source',
  },
  {
    ...{ verb: 'delete', on: 'the records written', flag: 'overwrite' },
    why: 'copies that no update can change: immutable ones, and those of another type',
  },
  {
    ...{ verb: 'list', on: 'the records beside those', flag: renaming },
    why: 'whether the other kind of record has another release of the new name',
  },
  {
    ...{ verb: 'list', on: 'the live objects', why: 'many of them at once' },
    ...{ flag: renaming, unless: 'no-adopt', optional: true },
  },
  {
    ...{ verb: 'get', on: 'the live objects', why: 'whose they are, and where they stay' },
    ...{ flag: renaming, unless: 'no-adopt' },
  },
  {
    ...{ verb: 'patch', on: 'the live objects', why: "the mark of their release's new name" },
    ...{ flag: renaming, unless: 'no-adopt' },
  },
  targetNamespaces,
  {
    ...{
      verb: 'get',
      on: 'both clusters',
      why: 'whether two contexts lead to one: by kube-system',
    },
    ...{ flag: ['to-context', 'to-kubeconfig'], optional: true },
  },
];

/** By command. One that isn't here asks nothing of an API server. */
export const asks = {
  list: watches,
  history: watches,
  status: [
    ...reads,
    { verb: 'get', on: 'the live objects', why: 'the state they are in', flag: 'live' },
  ],
  get: reads,
  chart: reads,
  du: reads,
  diff: [
    ...reads,
    {
      verb: 'get',
      on: 'the live objects',
      why: 'what the cluster has of a revision',
      flag: 'live',
    },
  ],
  tree: [
    ...reads,
    { verb: 'list', on: 'the live objects', why: 'many of them at once', optional: true },
    { verb: 'get', on: 'the live objects', why: 'which are there, and whose they are' },
  ],
  migrate2to3: [
    { verb: 'list', on: 'Helm 2 records', why: 'what there is to migrate, and whether it changed' },
    { verb: 'get', on: 'Helm 2 records', why: 'the backup', flag: 'delete-v2-releases' },
    { verb: 'delete', on: 'Helm 2 records', why: 'after verification', flag: 'delete-v2-releases' },
    { verb: 'list', on: 'Helm 3 records', why: 'what the target holds already' },
    { verb: 'create', on: 'Helm 3 records', why: 'the migrated records' },
    { verb: 'get', on: 'Helm 3 records', why: 'reading back what was written' },
    {
      ...{ verb: 'update', on: 'Helm 3 records', flag: 'overwrite' },
      why: 'copies that follow what a Tiller has done in the source',
    },
    {
      ...{ verb: 'delete', on: 'Helm 3 records', flag: 'overwrite' },
      why: 'copies that no update can change: immutable ones, and those of another type',
    },
    {
      verb: 'list',
      on: 'the live objects',
      why: 'many of them at once',
      unless: 'no-adopt',
      optional: true,
    },
    { verb: 'get', on: 'the live objects', why: 'whose they are', unless: 'no-adopt' },
    {
      verb: 'patch',
      on: 'the live objects',
      why: "Helm 3's mark of ownership",
      unless: 'no-adopt',
    },
    targetNamespaces,
    tillersNamespace,
  ],
  relocate: [
    ...copies,
    {
      ...{ verb: 'delete', on: 'the records moved', why: 'after verification' },
      flag: 'delete-source',
    },
  ],
  copy: copies,
  cleanup: [
    { verb: 'list', on: 'Helm 2 records', why: 'what is left, and whether it changed' },
    { verb: 'get', on: 'Helm 2 records', why: 'the backup' },
    { verb: 'delete', on: 'Helm 2 records', why: 'those that Helm 3 has' },
    { verb: 'list', on: 'Helm 3 records', why: 'whether Helm 3 has them all' },
    { verb: 'get', on: 'Helm 3 records', why: 'whether they are equal' },
    { verb: 'list', on: 'Tiller', why: 'its Deployment and Service' },
    { verb: 'get', on: 'Tiller', why: 'whether they are gone' },
    { verb: 'delete', on: 'Tiller', why: 'once nothing needs it' },
    tillerAccess('get', "Tiller's secret and account", 'what Tiller signed in with'),
    tillerAccess('delete', "Tiller's secret and account", 'with Tiller'),
    tillerAccess('list', 'the pods beside Tiller', 'who else runs as its account'),
    tillerAccess('list', "the bindings of Tiller's account", 'what bound it to its rights'),
    tillerAccess('get', "the bindings of Tiller's account", 'whether they are gone'),
    tillerAccess('delete', "the bindings of Tiller's account", 'those of nobody else'),
    targetNamespaces,
    tillersNamespace,
  ],
  doctor: [
    ...reads.filter(({ on }) => on === 'the records read'),
    {
      ...{ verb: 'list', on: 'the live objects', why: 'many of them at once', flag: 'live' },
      optional: true,
    },
    {
      ...{ verb: 'get', on: 'the live objects', flag: 'live' },
      why: 'which are there, and whose they are',
    },
  ],
  unlock: [
    ...reads.filter(({ on }) => on === 'the records read'),
    { verb: 'update', on: 'the records read', why: 'the one that is stuck gets an end' },
  ],
  prune: [
    {
      verb: 'list',
      on: 'the records read',
      why: 'which revisions there are, and whether they changed',
    },
    { verb: 'get', on: 'the records read', why: 'the backup' },
    { verb: 'delete', on: 'the records read', why: 'those that may go' },
  ],
  backup: reads,
  restore: [
    { verb: 'list', on: 'the records restored', why: 'what is there' },
    { verb: 'get', on: 'the records restored', why: 'whether it is equal, and reading back' },
    { verb: 'create', on: 'the records restored', why: 'the missing records' },
    {
      verb: 'update',
      on: 'the records restored',
      why: 'those with other content',
      flag: 'overwrite',
    },
    {
      ...{ verb: 'delete', on: 'the records restored', flag: 'overwrite' },
      why: 'those that no update can change: immutable ones, and those of another type',
    },
    targetNamespaces,
  ],
} as const satisfies { readonly [command: string]: readonly Ask[] };

export type AskingCommand = keyof typeof asks;

/** A command's rows under these flags. */
export function asksOf(
  command: AskingCommand,
  flags: { readonly [F in AskFlag]?: boolean | string | readonly string[] | undefined },
): readonly Ask[] {
  const rows: readonly Ask[] = asks[command];
  return rows.filter(
    ({ flag, unless }) =>
      (flag === undefined || [flag].flat().some((one) => flags[one])) &&
      (unless === undefined || !flags[unless]),
  );
}

export function isAsking(command: string): command is AskingCommand {
  return Object.hasOwn(asks, command);
}
