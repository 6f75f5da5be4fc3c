/** `tree` of real helm's releases on a real API server. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClients, useCluster } from '../cluster/shared.ts';
import { builtProgram } from './kubectl-program.ts';

const cluster = useCluster();
const { helms, helm3, helm4, kubectl, run } = useClients();
const kubeconfig = cluster.adminKubeconfig;
const releases = builtProgram(run, kubeconfig);

let chart: string;
beforeAll(() => {
  chart = mkdtempSync(join(tmpdir(), 'tree-chart-'));
  mkdirSync(join(chart, 'templates'));
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 1.0.0\n');
  const named = (kind: string, name: string, more = '') =>
    `---\napiVersion: v1\nkind: ${kind}\nmetadata: {name: "${name}"${more}}\n`;
  const role = `---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "{{ .Release.Namespace }}"}\nrules: []\n`;
  const hook = (event: string) =>
    `, annotations: {helm.sh/hook: ${event}, helm.sh/hook-delete-policy: "hook-succeeded,before-hook-creation"}`;
  writeFileSync(
    join(chart, 'templates', 'all.yaml'),
    ['a', 'b', 'c', 'd'].map((name) => named('ConfigMap', name)).join('') +
      named('Secret', 's') +
      role +
      named('ConfigMap', 'hook', hook('pre-install')) +
      named('ConfigMap', 'test', hook('test')),
  );
});
afterAll(() => rmSync(chart, { recursive: true }));

async function ok(program: string, args: readonly string[]): Promise<string> {
  const result = await run(program, args, { kubeconfig });
  expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
  return result.stdout;
}

describe.each([
  { name: 'helm 3', helm: helm3 },
  { name: 'helm 4', helm: helm4 },
])('of $name', ({ helm }) => {
  it('tells live from missing, and owned from not', async () => {
    const namespace = await cluster.namespace('tree');
    const at = ['-n', namespace];
    await ok(helm, ['install', 'web', chart, ...at]);
    await ok(kubectl, ['delete', 'configmap', 'a', ...at]);
    const name = 'meta.helm.sh/release-name';
    const place = 'meta.helm.sh/release-namespace';
    await ok(kubectl, ['annotate', 'configmap', 'b', `${name}-`, `${place}-`, ...at]);
    await ok(kubectl, ['annotate', 'configmap', 'c', '--overwrite', `${name}=other`, ...at]);
    const { code, stdout, stderr } = await releases(['tree', 'web', ...at]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n').map((line) =>
      line
        .replace(/[ │├└─]+/g, ' ')
        .replace(/ (\d+[smh])+$/, ' AGE')
        .trim(),
    );
    expect(lines).toEqual([
      `web (${namespace}): revision 1, deployed, web-1.0.0`,
      '',
      'OBJECT LIVE READY OWNED AGE NOTE',
      'objects: 6',
      `namespace ${namespace}`,
      'ConfigMap',
      'a missing - -',
      'b live no AGE',
      `c live by other (${namespace}) AGE`,
      'd live yes AGE',
      'Secret',
      's live yes AGE',
      'no namespace',
      'ClusterRole',
      `${namespace} live yes AGE`,
      ...['hooks: 1', `namespace ${namespace}`, 'ConfigMap', 'hook missing - - pre-install'],
      ...['tests: 1', `namespace ${namespace}`, 'ConfigMap', 'test missing - - test'],
      '',
      "6 objects: 5 live, 1 missing, 1 not owned, 1 another release's",
      '',
    ]);
    const data = JSON.parse((await releases(['tree', 'web', ...at, '-o', 'json'])).stdout);
    expect(
      data.objects.map((one: { name: string; owned?: boolean }) => [one.name, one.owned]),
    ).toEqual(
      expect.arrayContaining([
        ['a', undefined],
        ['b', false],
        ['c', false],
        ['d', true],
      ]),
    );
    await ok(helm, ['uninstall', 'web', ...at]);
  });
});

it('names what Go can not read of a manifest, in status too, where helm shows nothing', async () => {
  const namespace = await cluster.namespace('unreadable');
  const at = ['-n', namespace];
  await ok(helm4, ['install', 'web', chart, ...at]);
  const secret = ['secret', 'sh.helm.release.v1.web.v1', ...at];
  const stored = await ok(kubectl, ['get', ...secret, '-o', 'jsonpath={.data.release}']);
  const bytes = Buffer.from(Buffer.from(stored, 'base64').toString(), 'base64');
  const release = JSON.parse(gunzipSync(bytes).toString());
  release.manifest += '---\n# Source: web/templates/bad.yaml\nsecret: "CANARY\n';
  const payload = gzipSync(JSON.stringify(release)).toString('base64');
  const data = { release: Buffer.from(payload).toString('base64') };
  await ok(kubectl, ['patch', ...secret, '-p', JSON.stringify({ data })]);

  const said = "document 7 of the manifest can't be read: it is not valid YAML at its line";
  const tree = await releases(['tree', 'web', ...at]);
  expect({ code: tree.code, found: tree.stderr.includes(said) }).toEqual({ code: 3, found: true });
  const status = await releases(['status', 'web', ...at]);
  expect({ code: status.code, found: status.stderr.includes(said) }).toEqual({
    ...{ code: 0, found: true },
  });
  expect(status.stdout).toContain('==> v1/ConfigMap');
  const theirs = await run(helms['helm4.3'], ['status', 'web', ...at], { kubeconfig });
  const ours = await releases(['status', 'web', '--compat', 'helm4', ...at]);
  expect([theirs.code, ours.code, ours.stdout]).toEqual([1, 1, theirs.stdout]);
  expect(ours.stderr).toContain(said);
  for (const { stdout, stderr } of [tree, status, ours])
    expect(stdout + stderr).not.toContain('CANARY');
});

it('asks for metadata alone, and shows what may be seen', async () => {
  const namespace = await cluster.namespace('tree');
  await ok(helm4, ['install', 'web', chart, '-n', namespace]);
  await cluster.allow('tina', [{ resources: ['secrets'], verbs: ['get', 'list'] }], namespace);
  const { code, stdout } = await releases(['tree', 'web', '-n', namespace], {
    kubeconfig: cluster.kubeconfigFor('tina'),
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/─ s +live +yes +\d+s\n/);
  expect(stdout).toMatch(/─ a +unknown +- +- +no permission to get configmaps\n/);
  expect(stdout).toContain('6 objects: 1 live, 5 unknown');
  await ok(helm4, ['uninstall', 'web', '-n', namespace]);
});

it('says READY as kubectl does, of every release of all namespaces, and fails where one lacks something', async () => {
  const workloads = mkdtempSync(join(tmpdir(), 'tree-ready-'));
  mkdirSync(join(workloads, 'templates'));
  writeFileSync(join(workloads, 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 1.0.0\n');
  const pods = 'metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}';
  const apps = (kind: string, more: string) =>
    `---\napiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: ${kind.toLowerCase()}}\nspec: {selector: {matchLabels: {a: b}}, template: {${pods}}${more}}\n`;
  const job =
    '---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: job}\nspec: {completions: 3, template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}\n';
  const claim =
    '---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: claim}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n';
  const templates = [
    ...[apps('Deployment', ', replicas: 3'), apps('StatefulSet', ', replicas: 2, serviceName: a')],
    ...[apps('DaemonSet', ''), job, claim],
  ];
  writeFileSync(join(workloads, 'templates', 'all.yaml'), templates.join(''));
  const namespaces = [await cluster.namespace('ready'), await cluster.namespace('ready')];
  for (const namespace of namespaces)
    await ok(helm4, ['install', 'web', workloads, '-n', namespace]);
  const [namespace = '', other = ''] = namespaces;
  const at = ['-n', namespace];
  const status = async (kind: string, name: string, fields: object) =>
    ok(kubectl, [
      ...['patch', kind, name, '--subresource=status', '--type=merge', ...at],
      ...['-p', JSON.stringify({ status: fields })],
    ]);
  await status('deployment', 'deployment', { replicas: 3, readyReplicas: 2 });
  await status('statefulset', 'statefulset', { replicas: 2, readyReplicas: 1 });
  await status('daemonset', 'daemonset', {
    ...{ desiredNumberScheduled: 5, numberReady: 4 },
    ...{ currentNumberScheduled: 5, numberMisscheduled: 0 },
  });
  await status('job', 'job', { succeeded: 1 });
  await status('pvc', 'claim', { phase: 'Bound' });

  const { objects } = JSON.parse((await releases(['tree', 'web', ...at, '-o', 'json'])).stdout);
  const ready = Object.fromEntries(
    objects.map((one: { kind: string; ready?: string }) => [one.kind, one.ready]),
  );
  const column = async (kind: string, header: string): Promise<string | undefined> => {
    const [head = '', row = ''] = (await ok(kubectl, ['get', kind, ...at])).split('\n');
    const words = head.split(/ {2,}/);
    return row.split(/ {2,}/)[words.indexOf(header)];
  };
  expect(ready).toEqual({
    Deployment: await column('deployment', 'READY'),
    StatefulSet: await column('statefulset', 'READY'),
    DaemonSet: `${await column('daemonset', 'READY')}/${await column('daemonset', 'DESIRED')}`,
    Job: await column('job', 'COMPLETIONS'),
    PersistentVolumeClaim: await column('pvc', 'STATUS'),
  });
  expect(ready).toMatchObject({ Deployment: '2/3', Job: '1/3' });

  const whole = await releases(['tree', '-A', '--fail-on-missing', '-o', 'json']);
  const trees = JSON.parse(whole.stdout) as { readonly namespace: string }[];
  expect(trees.map((one) => one.namespace)).toEqual(expect.arrayContaining(namespaces));
  expect((await releases(['tree', ...at, '--fail-on-missing'])).code).toBe(0);
  await ok(kubectl, ['delete', 'job', 'job', '-n', other, '--cascade=background']);
  expect((await releases(['tree', '-n', other])).code).toBe(0);
  expect((await releases(['tree', `${other}/web`, '--fail-on-missing'])).code).toBe(3);
  expect((await releases(['tree', '-A', '--fail-on-missing'])).code).toBe(3);
  for (const one of namespaces) await ok(helm4, ['uninstall', 'web', '-n', one]);
  rmSync(workloads, { recursive: true });
});
