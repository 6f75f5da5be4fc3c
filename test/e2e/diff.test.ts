/** `diff` against what real helm does to real objects. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { builtProgram } from './kubectl-program.ts';

const cluster = useCluster();
const { helm3, helm4, kubectl, run } = useClients();
const kubeconfig = cluster.adminKubeconfig;
const releases = builtProgram(run, kubeconfig);

let chart: string;
beforeAll(() => {
  chart = mkdtempSync(join(tmpdir(), 'diff-chart-'));
  mkdirSync(join(chart, 'templates'));
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\n',
    'values.yaml': 'image: web:1\nreplicas: 2\ndata: {a: "1"}\n',
    'templates/all.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: {{ .Values.image }}
        resources: {limits: {cpu: 1000m, memory: 1024Mi}}
        {{- with .Values.args }}
        args: {{ toJson . }}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {{ toJson .Values.data }}
---
apiVersion: v1
kind: Secret
metadata: {name: creds}
stringData: {password: {{ .Values.image | quote }}}
{{- range .Values.more }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .name }}
  {{- if .keep }}
  annotations: {helm.sh/resource-policy: keep}
  {{- end }}
{{- end }}
`,
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(chart, path), text);
});
afterAll(() => rmSync(chart, { recursive: true }));

async function ok(program: string, args: readonly string[]): Promise<string> {
  const result = await run(program, args, { kubeconfig });
  expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
  return result.stdout;
}

interface Live {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: { [name: string]: string } };
  readonly spec?: { readonly replicas?: number; readonly template?: unknown };
  readonly data?: { readonly [key: string]: string };
}

/** `KIND/NAME` and what charts can say of it, without what every write changes. */
async function snapshot(namespace: string): Promise<Map<string, string>> {
  const kinds = 'deployments,services,configmaps,secrets';
  const text = await ok(kubectl, ['get', kinds, '-n', namespace, '-o', 'json']);
  const { items } = JSON.parse(text) as { items: Live[] };
  const own = items.filter(({ metadata: { name } }) => !/^sh\.helm|^kube-root-ca/.test(name));
  return new Map(
    own.map(({ kind, metadata, spec, data }) => [
      `${kind}/${metadata.name}`,
      JSON.stringify([spec, data]),
    ]),
  );
}

async function outcome(namespace: string, act: () => Promise<unknown>): Promise<string[]> {
  const before = await snapshot(namespace);
  await act();
  const after = await snapshot(namespace);
  return [...new Set([...before.keys(), ...after.keys()])]
    .flatMap((id) => {
      if (!before.has(id)) return [`added ${id}`];
      if (!after.has(id)) return [`removed ${id}`];
      return before.get(id) === after.get(id) ? [] : [`changed ${id}`];
    })
    .sort();
}

interface Answer {
  readonly objects: readonly {
    readonly change: string;
    readonly kind: string;
    readonly name: string;
  }[];
}

function named({ objects }: Answer): string[] {
  return objects
    .filter(({ change }) => change !== 'kept')
    .map(({ change, kind, name }) => `${change} ${kind}/${name}`)
    .sort();
}

const secondFile = `image: web:2
replicas: 3
data: {b: "2"}
args: [x, z]
more: [{name: new}, {name: kept, keep: true}]
`;

describe.each([
  { name: 'helm 3', helm: helm3 },
  { name: 'helm 4', helm: helm4 },
])('beside $name', ({ helm }) => {
  async function twice(): Promise<string> {
    const namespace = await cluster.namespace('diff');
    writeFileSync(join(chart, 'second.txt'), secondFile);
    await ok(helm, ['install', 'web', chart, '-n', namespace]);
    await ok(helm, ['upgrade', 'web', chart, '-n', namespace, '-f', join(chart, 'second.txt')]);
    return namespace;
  }

  it('--rollback says what the rollback then does, object by object', async () => {
    const namespace = await twice();
    const at = ['-n', namespace];
    const plain = await releases(['diff', 'web', '--rollback', '1', ...at, '-o', 'json']);
    const live = await releases(['diff', 'web', '--rollback', '1', '--live', ...at, '-o', 'json']);
    expect([plain.code, live.code]).toEqual([1, 1]);
    const done = await outcome(namespace, () => ok(helm, ['rollback', 'web', '1', ...at]));
    expect(done).toEqual([
      'changed ConfigMap/conf',
      'changed Deployment/web',
      'changed Secret/creds',
      'removed ConfigMap/new',
    ]);
    expect(named(JSON.parse(plain.stdout))).toEqual(done);
    expect(named(JSON.parse(live.stdout))).toEqual(done);
    const kept = JSON.parse(plain.stdout).objects.filter(
      ({ change }: { change: string }) => change === 'kept',
    );
    expect(kept).toMatchObject([{ kind: 'ConfigMap', name: 'kept' }]);
    // Rolled back, revision 3 is equal to 1, and the cluster to both.
    const equal = await releases(['diff', 'web', '1', '3', ...at]);
    expect(equal).toMatchObject({
      code: 0,
      stdout: `web (${namespace}): revisions 1 and 3 are equal\n`,
    });
    expect(await releases(['diff', 'web', '--live', ...at])).toMatchObject({
      ...{ code: 0, stderr: '' },
      stdout: `web (${namespace}): the cluster has what revision 3 says, in all 4 objects\n`,
    });
  });

  it('--live names what somebody changed by hand, and shows no secret', async () => {
    const namespace = await twice();
    const at = ['-n', namespace];
    await ok(kubectl, ['scale', 'deployment', 'web', '--replicas', '7', ...at]);
    await ok(kubectl, ['label', 'deployment', 'web', 'added=by-hand', ...at]);
    await ok(kubectl, ['delete', 'configmap', 'new', ...at]);
    const patch = JSON.stringify({ stringData: { password: 'changed-by-hand' } });
    await ok(kubectl, ['patch', 'secret', 'creds', '-p', patch, ...at]);
    const { code, stdout, stderr } = await releases(['diff', 'web', '--live', ...at]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'note: hid 1 value: Secret/creds data.password; --show-secrets shows it\n',
    });
    expect(stdout).toBe(`web (${namespace}): the cluster differs from revision 2 in 3 of 6 objects

objects:
~ Deployment/web
      spec.replicas  3 → 7
~ Secret/creds
      data.password  (hidden, before) → (hidden, after)
- ConfigMap/new  (not in the cluster)
`);
  });
});

it.each([
  { name: 'helm 3', helm: helm3 },
  { name: 'helm 4', helm: helm4 },
])('--live reads 0400 and yes as $name and the API server do', async ({ helm }) => {
  const namespace = await cluster.namespace('octal');
  const at = ['-n', namespace];
  const folder = join(chart, 'octal');
  mkdirSync(join(folder, 'templates'), { recursive: true });
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: octal\nversion: 0.1.0\n');
  writeFileSync(
    join(folder, 'templates/web.yaml'),
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      enableServiceLinks: no
      containers:
      - {name: web, image: "web:1", stdin: yes}
      volumes:
      - name: t
        secret: {secretName: t, defaultMode: 0400}
`,
  );
  await ok(helm, ['install', 'octal', folder, ...at]);
  expect(await releases(['diff', 'octal', '--live', ...at])).toMatchObject({
    ...{ code: 0, stderr: '' },
    stdout: `octal (${namespace}): the cluster has what revision 1 says, in its one object\n`,
  });
  // Applied as it is printed, it changes nothing.
  const printed = await releases(['get', 'manifest', 'octal', '-o', 'json', ...at]);
  const file = join(folder, 'printed.json');
  writeFileSync(file, printed.stdout);
  const apply = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', file];
  const applied: Live = JSON.parse(await ok(kubectl, [...apply, ...at, '-o', 'json']));
  const live: Live = JSON.parse(
    await ok(kubectl, ['get', 'deployment', 'web', ...at, '-o', 'json']),
  );
  expect(applied.spec).toEqual(live.spec);
  const patch = [
    { op: 'replace', path: '/spec/template/spec/volumes/0/secret/defaultMode', value: 400 },
  ];
  await ok(kubectl, [
    'patch',
    'deployment',
    'web',
    ...at,
    '--type=json',
    '-p',
    JSON.stringify(patch),
  ]);
  const changed = await releases(['diff', 'octal', '--live', ...at]);
  expect(changed).toMatchObject({ code: 1, stderr: '' });
  expect(changed.stdout).toMatch(/secret\.defaultMode +256 → 400$/m);
});

it('--rollback --live counts what was changed by hand, as helm 3 then does', async () => {
  const namespace = await cluster.namespace('diff');
  const at = ['-n', namespace];
  writeFileSync(join(chart, 'second.txt'), secondFile);
  await ok(helm3, ['install', 'web', chart, ...at]);
  await ok(helm3, ['upgrade', 'web', chart, ...at, '-f', join(chart, 'second.txt')]);
  await ok(kubectl, [
    'patch',
    'service',
    'web',
    '-p',
    '{"spec":{"selector":{"app":"other"}}}',
    ...at,
  ]);
  await ok(kubectl, ['delete', 'configmap', 'conf', ...at]);
  await ok(kubectl, ['annotate', 'configmap', 'kept', 'helm.sh/resource-policy-', ...at]);
  const args = ['diff', 'web', '--rollback', '1', ...at, '-o', 'json'];
  const live = named(JSON.parse((await releases([...args, '--live'])).stdout));
  const done = await outcome(namespace, () => ok(helm3, ['rollback', 'web', '1', ...at]));
  expect(done).toEqual([
    'added ConfigMap/conf',
    'changed Deployment/web',
    'changed Secret/creds',
    'changed Service/web',
    'removed ConfigMap/kept',
    'removed ConfigMap/new',
  ]);
  expect(live).toEqual(done);
});

it('a user who may not see an object is told so, and nothing is called equal', async () => {
  const namespace = await cluster.namespace('diff');
  await ok(helm3, ['install', 'web', chart, '-n', namespace]);
  await cluster.allow('dora', [{ resources: ['secrets'], verbs: ['get', 'list'] }], namespace);
  const { code, stdout } = await releases(['diff', 'web', '--live', '-n', namespace], {
    kubeconfig: cluster.kubeconfigFor('dora'),
  });
  expect(code).toBe(2);
  expect(stdout).toContain('? ConfigMap/conf  (no permission to get configmaps)\n');
  const first = `web (${namespace}): 3 of 4 objects can't be compared with revision 1`;
  expect(stdout.split('\n')[0]).toBe(`${first}; the other is as it says`);
  expect(stdout).not.toContain('Secret/creds');
});
