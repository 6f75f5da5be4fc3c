/** Users of a real API server, each bound to no more than a Role that `rbac` prints. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { run as runCommandLine } from '../../src/cli.ts';
import { missingPermissions, type Need } from '../../src/kube/access.ts';
import { openKube } from '../../src/kube/kube.ts';
import { type AuditEntry, isWrite } from '../cluster/audit.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { captureIO, type Ran, runCli } from '../unit/cli-io.ts';

const cluster = useCluster();
const { kubectl, run } = useClients();

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

/** A user, by a kubeconfig of their own, bound to what `rbac` prints. */
export function newUser(): { name: string; kubeconfig: string } {
  const name = `user-${randomBytes(6).toString('hex')}`;
  return { name, kubeconfig: cluster.kubeconfigFor(name) };
}

async function apply(text: string): Promise<void> {
  const applied = await run(kubectl, ['apply', '-f', '-'], {
    ...{ kubeconfig: cluster.adminKubeconfig, input: text },
  });
  expect(applied, applied.stderr).toMatchObject({ code: 0 });
}

/** As `apply`, by a request for each, which spares the start of kubectl: a PUT makes such an object, too. */
async function putAll(items: readonly RbacObject[]): Promise<void> {
  for (const item of items) {
    const { namespace, name } = item.metadata;
    const place = namespace === undefined ? '' : `/namespaces/${namespace}`;
    const path = `/apis/rbac.authorization.k8s.io/v1${place}/${item.kind.toLowerCase()}s/${name}`;
    await cluster.must('PUT', path, item);
  }
}

/** Applies what rbac prints with kubectl; without one verb, when it is given, by requests. */
export async function grant(line: readonly string[], user: string, without?: Need): Promise<void> {
  const yaml = await runCli(['rbac', ...line, '--for', `user:${user}`]);
  const json = await runCli(['rbac', ...line, '--for', `user:${user}`, '-o', 'json']);
  expect(yaml).toMatchObject({ code: 0, err: '' });
  if (without === undefined) return apply(yaml.out);
  const list: { readonly items: readonly RbacObject[] } = JSON.parse(json.out);
  const items = list.items.map((object) => ({
    ...object,
    ...(object.rules && { rules: object.rules.flatMap((rule) => reduced(object, rule, without)) }),
  }));
  await putAll(items);
}

function reduced(object: RbacObject, rule: Rule, { verb, resource, namespace }: Need): Rule[] {
  return rule.resources.flatMap((one) => {
    const hit = object.metadata.namespace === namespace && one === resource;
    const verbs = hit ? rule.verbs.filter((other) => other !== verb) : rule.verbs;
    return verbs.length === 0 ? [] : [{ ...rule, resources: [one], verbs }];
  });
}

/** What the role grants, read back from its JSON. */
export async function grants(line: readonly string[]): Promise<Need[]> {
  const { out } = await runCli(['rbac', ...line, '-o', 'json']);
  const list: { readonly items: readonly RbacObject[] } = JSON.parse(out);
  return list.items.flatMap(({ metadata, rules = [] }) =>
    rules.flatMap(({ apiGroups: [group = ''], resources, verbs }) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => {
          const { namespace } = metadata;
          const place = { ...(group && { group }), ...(namespace !== undefined && { namespace }) };
          return { verb, resource, ...place } as Need;
        }),
      ),
    ),
  );
}

/** The server's authorizer hears of a new Role a moment later. */
export async function settled(kubeconfig: string, all: readonly Need[], missing: readonly Need[]) {
  const kube = openKube({ kubeconfig }, {});
  try {
    let found: Need[] = [];
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
      found = await missingPermissions(kube.api, all);
      if (JSON.stringify(found) === JSON.stringify(missing)) break;
    }
    expect(found).toEqual(missing);
  } finally {
    kube.close();
  }
}

export function uses({ verb, resource, namespace, code }: AuditEntry, need: Need): boolean {
  const there = need.namespace === undefined || need.namespace === namespace;
  return there && verb === need.verb && resource === need.resource && code < 300;
}

/** For a command that goes on: what happens once it has begun, and what it then shows. */
export interface Meanwhile {
  readonly happens: () => Promise<void>;
  readonly shows: string;
}

/** Runs a command, which `meanwhile` interrupts. */
async function runBeside(argv: readonly string[], meanwhile: Meanwhile | undefined): Promise<Ran> {
  if (!meanwhile) return runCli(argv);
  const stop = new AbortController();
  const io = captureIO({ interrupt: stop.signal });
  let ended = false;
  const code = runCommandLine(argv, io).finally(() => {
    ended = true;
  });
  const until = async (shown: () => boolean) => {
    while (!ended && !shown()) await sleep(10);
  };
  await until(() => io.out() !== '');
  if (!ended) await meanwhile.happens();
  await until(() => io.out().includes(meanwhile.shows));
  stop.abort();
  return { code: await code, out: io.out(), err: io.err() };
}

export async function as(
  kubeconfig: string,
  args: readonly string[],
  meanwhile?: Meanwhile,
): Promise<Ran & { writes: string[]; asked: readonly AuditEntry[] }> {
  const mark = await cluster.auditMark();
  const ran = await runBeside([...args, '--kubeconfig', kubeconfig], meanwhile);
  const entries = await cluster.auditSince(mark);
  const writes = entries
    .filter((entry) => isWrite(entry) && entry.user.startsWith('user-') && entry.code < 300)
    .map(({ verb, namespace, name }) => `${verb} ${namespace}/${name}`);
  return { ...ran, writes, asked: entries.filter(({ user }) => user.startsWith('user-')) };
}
