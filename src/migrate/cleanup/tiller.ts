/**
 * What a Tiller is in a cluster, and what of it is removed: the plan is pure. Names and labels are
 * those that `helm init` gives (Helm 2's cmd/helm/installer/install.go).
 */
import { printable } from '../../errors.ts';
import type { Need } from '../../kube/access.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Finding, Verdict } from '../plan.ts';
import { verdictOf } from '../plan.ts';
import { fields, list } from './fields.ts';
import { podSpec, tillerRecords } from './tillerRecords.ts';

export const tillerName = 'tiller-deploy';
export const tillerSecretName = 'tiller-secret';
export const tillerSelector = 'app=helm,name=tiller';
/** The account that Helm's documents create for it, for where its Deployment is gone already. */
export const usualAccount = 'tiller';

export type TillerKind = keyof typeof resources;

/** How the API server calls each kind that belongs to a Tiller. */
export const resources = {
  Service: { apiVersion: 'v1', resource: 'services' },
  Secret: { apiVersion: 'v1', resource: 'secrets' },
  ServiceAccount: { apiVersion: 'v1', resource: 'serviceaccounts' },
  RoleBinding: { apiVersion: 'rbac.authorization.k8s.io/v1', resource: 'rolebindings' },
  ClusterRoleBinding: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    resource: 'clusterrolebindings',
  },
  Deployment: { apiVersion: 'apps/v1', resource: 'deployments' },
} as const;

/** One object, whole, as it was when the plan was made. Its content never leaves for a screen. */
export interface TillerObject {
  readonly kind: TillerKind;
  readonly object: KubeObject;
}

/** What was found in one Tiller namespace. */
export interface FoundTiller {
  readonly namespace: string;
  /** With Tiller's labels or Tiller's name. */
  readonly deployments: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  /** Absent: not asked for. */
  readonly access?: FoundAccess;
}

/** What it signs in with, and what binds it to its rights. */
export interface FoundAccess {
  readonly secrets: readonly KubeObject[];
  readonly accounts: readonly FoundAccount[];
}

export interface FoundAccount {
  readonly name: string;
  readonly namespace: string;
  /** Absent where only bindings still name it. */
  readonly object?: KubeObject;
  /** Other pods that run as this account. */
  readonly users: readonly string[];
  /** Those that name the account among their subjects. */
  readonly bindings: readonly TillerObject[];
}

export interface LeftObject {
  readonly kind: TillerKind;
  readonly namespace?: string;
  readonly name: string;
  readonly why: string;
}

export interface TillerPlan {
  readonly namespace: string;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** In the order in which they go: the Deployment last, for it is what a rerun finds the rest by. */
  readonly remove: readonly TillerObject[];
  readonly leave: readonly LeftObject[];
}

export interface TillerOptions {
  /** Releases in its storage, records of no release among them, that aren't in Helm 3 and stay. */
  readonly remaining: readonly string[];
  /** The same of other namespaces; undefined for those that nobody has looked into. Absent: all others. */
  readonly lookedAt?: (namespace: string) => readonly string[] | undefined;
  /** Remove it all the same. */
  readonly leaveUnmigrated: boolean;
}

export function planTiller(found: FoundTiller, options: TillerOptions): TillerPlan {
  const remove: TillerObject[] = [];
  const leave: LeftObject[] = [];
  const take = (kind: TillerKind, object: KubeObject) => remove.push({ kind, object });
  const keep = (kind: TillerKind, { metadata }: KubeObject, why: string) =>
    leave.push({ kind, ...place(metadata), why });
  for (const service of found.services)
    if (isTillers(service)) take('Service', service);
    else keep('Service', service, "it has Tiller's name and not its labels");
  for (const secret of found.access?.secrets ?? []) take('Secret', secret);
  for (const account of found.access?.accounts ?? []) planAccount(account, take, keep);
  for (const deployment of found.deployments)
    if (isTillers(deployment)) take('Deployment', deployment);
    else keep('Deployment', deployment, "it has Tiller's name and not its labels");
  const findings = remove.length > 0 ? checkTiller(found, options) : [];
  const verdict = verdictOf(findings, remove.length > 0);
  return { namespace: found.namespace, verdict, findings, remove, leave };
}

function planAccount(
  account: FoundAccount,
  take: (kind: TillerKind, object: KubeObject) => void,
  keep: (kind: TillerKind, object: KubeObject, why: string) => void,
): void {
  const { object, bindings } = account;
  const why = accountStays(account);
  for (const { kind, object: binding } of bindings) {
    const others = subjects(binding).filter((subject) => !isAccount(subject, account)).length;
    if (why) keep(kind, binding, 'its account stays');
    else if (others > 0)
      keep(kind, binding, `it binds ${others} other${others > 1 ? 's' : ''} too`);
    else take(kind, binding);
  }
  if (object && why) keep('ServiceAccount', object, why);
  else if (object) take('ServiceAccount', object);
}

function accountStays({ name, users }: FoundAccount): string | undefined {
  if (name === 'default') return 'every namespace has it, for all its pods';
  if (users.length === 0) return undefined;
  const [first = ''] = users;
  const more = users.length > 1 ? ` and ${users.length - 1} more` : '';
  return `pod ${printable(first, 63)}${more} runs as it too`;
}

function checkTiller(
  { namespace, deployments }: FoundTiller,
  { remaining, lookedAt, leaveUnmigrated }: TillerOptions,
): Finding[] {
  const findings: Finding[] = [];
  const severity = leaveUnmigrated ? 'loss' : 'refusal';
  const fix = leaveUnmigrated ? {} : { fix: '--leave-unmigrated removes Tiller all the same' };
  if (remaining.length > 0) {
    const shown = remaining.slice(0, 5).map((name) => printable(name, 60));
    const more = remaining.length > 5 ? ` and ${remaining.length - 5} more` : '';
    findings.push({
      severity,
      message: `its storage holds what isn't in Helm 3: ${shown.join(', ')}${more}`,
      ...fix,
    });
  }
  for (const deployment of deployments.filter(isTillers)) {
    const message = whyElsewhere(deployment, namespace, lookedAt);
    if (message === undefined) continue;
    const { name } = deployment.metadata;
    const look = `kubectl get deployment ${printable(name)} -n ${printable(namespace)} -o yaml  shows it`;
    findings.push({ severity, message, ...(fix.fix && { fix: `${look}; ${fix.fix}` }) });
  }
  return findings;
}

/** Whether it keeps its records anywhere but where everything has been looked at. */
function whyElsewhere(
  deployment: KubeObject,
  namespace: string,
  lookedAt: TillerOptions['lookedAt'],
): string | undefined {
  const records = tillerRecords(deployment);
  if ('unclear' in records)
    return `nobody can tell where it keeps its releases: ${records.unclear}`;
  const { driver } = records;
  if (driver !== 'configmap' && driver !== 'secret')
    return `it keeps its releases in ${driver}, where nobody has looked for unmigrated ones`;
  if (records.namespace === namespace) return undefined;
  const served = printable(records.namespace, 63);
  const remaining = lookedAt?.(records.namespace);
  if (remaining === undefined)
    return `it serves namespace ${served}, where nobody has looked for unmigrated releases: -t ${printable(namespace)} -t ${served} looks into both`;
  return remaining.length > 0
    ? `it serves namespace ${served}, which holds what isn't in Helm 3`
    : undefined;
}

/** By its labels; also where somebody has added others. */
export function isTillers({ metadata }: KubeObject): boolean {
  return metadata.labels?.['app'] === 'helm' && metadata.labels['name'] === 'tiller';
}

/** The account that its pods run as; `default` where it says none. */
export function accountOf(deployment: KubeObject): string {
  const { serviceAccountName, serviceAccount } = podSpec(deployment);
  return textOr(serviceAccountName, textOr(serviceAccount, 'default'));
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** The container's image, for people to recognise it by. */
export function imageOf(deployment: KubeObject): string | undefined {
  const [first] = list(podSpec(deployment)['containers']);
  const image = fields(first)['image'];
  return typeof image === 'string' ? printable(image, 120) : undefined;
}

/** `ClusterRole/cluster-admin` */
export function roleOf(binding: KubeObject): string {
  const { kind, name } = fields(binding['roleRef']);
  return printable(`${textOr(kind, '?')}/${textOr(name, '?')}`, 120);
}

export function subjects(binding: KubeObject): readonly unknown[] {
  return list(binding['subjects']);
}

export function isAccount(
  subject: unknown,
  account: { readonly name: string; readonly namespace: string },
): boolean {
  const { kind, name, namespace } = fields(subject);
  return kind === 'ServiceAccount' && name === account.name && namespace === account.namespace;
}

function place({ name, namespace }: KubeObject['metadata']): { namespace?: string; name: string } {
  return { ...(namespace !== undefined && { namespace }), name };
}

/** The need of each right that carrying a plan out takes, in the words of `Need`. */
export function tillerNeeds(plans: readonly TillerPlan[]): Need[] {
  const needs = new Map<string, Need>();
  for (const { kind, object } of plans.flatMap(({ remove }) => remove))
    for (const verb of ['get', 'delete'] as const) {
      const { apiVersion, resource } = resources[kind];
      const { namespace } = object.metadata;
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : undefined;
      const need: Need = {
        ...{ verb, resource },
        ...(group !== undefined && { group }),
        ...(namespace !== undefined && { namespace }),
      };
      needs.set(JSON.stringify(need), need);
    }
  return [...needs.values()];
}

/** A plan for `-o json`: names, never what the objects hold. */
export function tillerData({ namespace, verdict, findings, remove, leave }: TillerPlan): object {
  const named = remove.map(({ kind, object: { metadata } }) => ({
    ...{ do: 'delete', apiVersion: resources[kind].apiVersion, kind, ...place(metadata) },
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
  }));
  return { namespace, verdict, findings, steps: named, left: leave };
}
