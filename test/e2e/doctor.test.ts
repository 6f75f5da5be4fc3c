/**
 * `doctor` on releases of real helms: it names each thing that is wrong, and nothing of what is healthy; helm says
 * what it says that helm says; and the command that it prints mends it, as it is printed.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePayload } from '../../src/codecs/index.ts';
import { type Code, rowOf } from '../../src/inspect/doctor/codes.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import { helmWords } from '../cluster/clients.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { broken, sketchRecord, sketchRelease } from '../unit/cli-records.ts';
import { history, namingChart, putAll } from './doctorWorld.ts';
import { builtProgram, put, spokenProgram } from './kubectl-program.ts';
import { withArguments } from './program.ts';
import { killedWhileWaiting, waitingChart } from './unlockWorld.ts';

const cluster = useCluster();
const { helms, kubectl, run } = useClients();
const kubeconfig = cluster.adminKubeconfig;
const program = builtProgram(run, kubeconfig);
const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));
const chart = namingChart(join(folder, 'naming'));
const bin = join(folder, 'bin');

/** The words of a command line, as a shell finds them. */
function commandsIn(helm: string): string {
  const own = join(bin, randomBytes(4).toString('hex'));
  mkdirSync(own, { recursive: true });
  symlinkSync(helm, join(own, 'helm'));
  symlinkSync(kubectl, join(own, 'kubectl'));
  const [file, args] = withArguments([]);
  const line = [file, ...args].map((word) => `'${word}'`).join(' ');
  writeFileSync(join(own, 'kubectl-releases'), `#!/bin/sh\nexec ${line} "$@"\n`);
  chmodSync(join(own, 'kubectl-releases'), 0o755);
  return `${own}:${process.env.PATH ?? ''}`;
}

type Helm = (
  args: readonly string[],
  env?: { readonly [name: string]: string },
) => ReturnType<typeof run>;

interface Found {
  readonly code: Code;
  readonly release: string;
  readonly mend: readonly string[];
}

const asked = spokenProgram(run, kubeconfig);
async function doctor(namespace: string, ...more: readonly string[]) {
  const ran = await asked(['doctor', '-n', namespace, '-o', 'json', ...more]);
  expect(ran.stderr).toBe('');
  return { code: ran.code, findings: JSON.parse(ran.stdout).findings as readonly Found[] };
}

/** What is wrong with each release, and how it came: by hand, of a record that helm has written. */
const byHand: readonly [release: string, letters: string, code: Code, hands: Hands][] = [
  ['pending', 'dp', 'pending', {}],
  ['uninstalling', 'sg', 'uninstalling', {}],
  ['unknown', 'sn', 'unknown', {}],
  ['unreadable', 'sds', 'unreadable-newest', { last: { record: broken } }],
  ['unlabelled', 'sd', 'owner-label-missing', { last: { record: without('owner') } }],
  ['old', 'sd', 'unreadable', { first: { record: broken } }],
  ['older', 'sd', 'unreadable', { first: { record: broken } }],
  ['gap', 's-d', 'gap', {}],
  ['removed', 'sd', 'api-removed-in', { last: { release: withIngress } }],
  [
    'immutable',
    'sd',
    'immutable-record',
    { last: { record: (one) => ({ ...one, immutable: true }) } },
  ],
  [
    'misplaced',
    'ssd',
    'key-mismatch',
    { last: { record: (one) => ({ ...one, key: 'sh.helm.release.v1.misplaced.v7' }) } },
  ],
  ['several', 'dsd', 'several-deployed', {}],
  ['mislabelled', 'sd', 'label-mismatch', { last: { record: labelled({ status: 'superseded' }) } }],
  ['versioned', 'sd', 'label-version', { last: { record: labelled({ version: '9' }) } }],
  ['held', 'sd', 'finalizer', { first: { record: held } }],
  ['leaving', 'sd', 'being-deleted', { first: { record: held } }],
  ['long', 'ssssssssssd', 'history-unbounded', {}],
];
interface Hands {
  readonly last?: Parameters<typeof history>[2];
  readonly first?: Parameters<typeof history>[3];
}

function held(record: ReleaseRecord): ReleaseRecord {
  return { ...record, finalizers: ['example.com/x'] };
}
function without(label: string) {
  return (record: ReleaseRecord): ReleaseRecord => {
    const { [label]: _, ...labels } = record.labels;
    return { ...record, labels };
  };
}
function labelled(labels: Readonly<{ [name: string]: string }>) {
  return (record: ReleaseRecord): ReleaseRecord => {
    return { ...record, labels: { ...record.labels, ...labels } };
  };
}
function withIngress(release: Release): Release {
  const old = 'apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata:\n  name: web\n';
  return { ...release, manifest: `${release.manifest}\n---\n${old}` };
}
/** Of which the command that is printed makes nothing whole by itself. */
const byPerson: readonly Code[] = ['api-removed-in', 'key-mismatch'];

describe.each(['helm3.22', 'helm4.3'] as const)('what %s makes of it', (word) => {
  let namespace: string;
  let found: readonly Found[];
  const helm = (...args: readonly string[]) =>
    run(helms[word], [...args, '-n', namespace], { kubeconfig });

  beforeAll(async () => {
    namespace = await cluster.namespace('doctor');
    expect(await helm('install', 'base', chart)).toMatchObject({ code: 0 });
    const path = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.base.v1`;
    const { body } = await cluster.request('GET', path);
    const { data } = body as { data: { release: string } };
    const payload = Buffer.from(data.release, 'base64').toString();
    for (const [name, letters, , { last, first }] of byHand)
      await putAll(cluster, history(payload, { name, namespace, letters }, last, first));
    const leaving = 'sh.helm.release.v1.leaving.v1';
    await cluster.must('DELETE', `/api/v1/namespaces/${namespace}/secrets/${leaving}`);
    ({ findings: found } = await doctor(namespace, '--deep'));
  });

  it('is each found, and nothing else', async () => {
    const said = found.map(({ release, code }) => `${release} ${code}`).sort();
    expect(said).toEqual(byHand.map(([release, , code]) => `${release} ${code}`).sort());
    const plain = await doctor(namespace);
    expect(plain.code).toBe(3);
    // Of what no list shows, only what helm goes on from instead is seen.
    const levels = found.map(({ release, code }) =>
      rowOf(code).level === 'deep' ? [] : `${release} ${code}`,
    );
    expect(plain.findings.map(({ release, code }) => `${release} ${code}`).sort()).toEqual(
      [...levels.flat(), 'unlabelled none-deployed'].sort(),
    );
  });

  /** What the newest helm goes on from, each; the other, what helm itself is held up by. */
  const mended = byHand.filter(
    ([release, , code]) =>
      release !== 'older' &&
      (word === 'helm4.3' || ('says' in rowOf(code) && !byPerson.includes(code))),
  );
  it.concurrent.each(mended)('%s, and mended as it is printed', async (release, _letters, code) => {
    const { says } = rowOf(code);
    const commands = commandsIn(helms[word]);
    const env = { PATH: commands, TMPDIR: folder };
    if (says) {
      const [verb = '', ...rest] = says.run.replace(/,.*/, '').split(' ');
      // Once it is uninstalled, there is no older one any more that could be mended.
      const late = says.run.includes('after an uninstall');
      const name = late ? 'older' : release;
      const words = rest.map((one) => (one === 'NAME' ? name : one === 'CHART' ? chart : one));
      if (late) await helm('uninstall', name);
      const ran = await helm(verb, ...words, ...(verb === 'upgrade' ? ['--set', 'at=two'] : []));
      const answer = (word === 'helm3.22' ? says.helm3 : says.helm4).replace('NAME', release);
      expect(ran.code).toBe(says.warns ? 0 : 1);
      expect(ran.stderr).toContain(answer);
      if (answer === '') expect(ran.stderr).toBe('');
    }
    if (byPerson.includes(code)) return;
    const lines = found.find((one) => one.code === code)?.mend ?? [];
    expect(lines.length).toBeGreaterThan(0);
    // The first of several ways; of a damaged record both lines, one after the other.
    for (const line of lines.slice(0, code === 'unreadable-newest' ? 2 : 1)) {
      const ours = line.startsWith('kubectl releases');
      const surely = line.includes(' unlock ') ? ' --as failed --older-than 0s' : '';
      const whole = ours ? `${line}${surely} --yes --backup ${folder}/${release}-${word}` : line;
      const ran = await run('sh', ['-c', whole], { kubeconfig, env, cwd: folder });
      expect(ran, `${whole}: ${ran.stderr}`).toMatchObject({ code: 0 });
    }
    const up = await helm('upgrade', '--install', release, chart, '--set', 'at=three');
    expect(up, up.stderr).toMatchObject({ code: 0 });
  });

  it('is gone then', async () => {
    const { findings } = await doctor(namespace, '--deep');
    const those = mended.filter(([, , code]) => !byPerson.includes(code));
    const still = findings.filter((one) =>
      those.some(([release, , code]) => release === one.release && code === one.code),
    );
    expect(still).toEqual([]);
  });
});

it('finds nothing where four helms are at home', async () => {
  const namespace = await cluster.namespace('doctor');
  await Promise.all(
    helmWords.map(async (word) => {
      const name = word.replace('.', '-');
      for (const at of ['one', 'two']) {
        const line = ['upgrade', '--install', name, chart, '--set', `at=${at}`, '-n', namespace];
        expect(await run(helms[word], line, { kubeconfig })).toMatchObject({ code: 0 });
      }
    }),
  );
  for (const more of [[], ['--deep']]) {
    const ran = await program(['doctor', '-n', namespace, '--fail-on', 'note', ...more]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain('Nothing found: 4 releases, 8 records');
  }
});

it('names what a helm has left that was killed, has failed, or was uninstalled', async () => {
  const namespace = await cluster.namespace('doctor');
  const helm = (...args: readonly string[]) =>
    run(helms['helm4.3'], [...args, '-n', namespace], { kubeconfig });
  const waiting = waitingChart(join(folder, 'waiting'));
  const begun = async () => {
    const at = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.stuck.v2`;
    return (await cluster.request('GET', at)).status === 200;
  };
  await helm('install', 'stuck', waiting);
  await killedWhileWaiting(
    cluster,
    helms['helm4.3'],
    namespace,
    ['upgrade', 'stuck', waiting],
    begun,
  );
  await helm('install', 'broke', chart);
  await helm('upgrade', 'broke', chart, '--set', 'name=NO_NAME');
  await helm('install', 'back', chart);
  await helm('upgrade', 'back', chart, '--set', 'name=NO_NAME');
  await helm('upgrade', 'back', chart, '--set', 'at=three');
  await helm('rollback', 'back', '2');
  await helm('install', 'gone', chart);
  await helm('uninstall', 'gone', '--keep-history');
  const { code, findings } = await doctor(namespace);
  expect(code).toBe(3);
  expect(findings.map(({ release, code: which }) => `${release} ${which}`)).toEqual([
    ...['stuck pending', 'back failed-rollback', 'broke failed', 'gone uninstalled'],
  ]);
  // What the killed upgrade has made, and what it takes to be rid of it.
  const live = await doctor(namespace, 'stuck', '--live');
  expect(live.findings.map(({ code: which }) => which)).toEqual(['pending', 'leftover']);
  const back = live.findings[1]?.mend[0] ?? '';
  // Of a release that has gone on since, only a deletion is left.
  const more = ['--set', 'more=yes', '--set', 'name=NO_NAME'];
  await helm('upgrade', 'broke', chart, ...more);
  await helm('upgrade', 'broke', chart);
  const gone = await doctor(namespace, 'broke', '--live');
  expect(gone.findings.map(({ code: which }) => which)).toEqual(['leftover']);
  const deletion = gone.findings[0]?.mend[0] ?? '';
  expect(deletion).toMatch(/^kubectl delete -n \S+ configmap broke-more$/);
  expect(
    await run('sh', ['-c', deletion], { kubeconfig, env: { PATH: commandsIn(helms['helm4.3']) } }),
  ).toMatchObject({ code: 0 });
  // The rollback that is printed is one to what can be deployed.
  const line = findings.find((one) => one.release === 'back')?.mend[0] ?? '';
  const env = { PATH: commandsIn(helms['helm4.3']) };
  const ran = await run('sh', ['-c', line], { kubeconfig, env });
  expect(ran, `${line}: ${ran.stderr}`).toMatchObject({ code: 0 });
  const rid = await run('sh', ['-c', back], { kubeconfig, env });
  expect(rid, `${back}: ${rid.stderr}`).toMatchObject({ code: 0 });
  const app = `/apis/apps/v1/namespaces/${namespace}/deployments/app`;
  expect((await cluster.request('GET', app)).status).toBe(404);
  const after = await doctor(namespace, 'back', 'broke', 'stuck', '--live');
  expect(after).toMatchObject({ code: 0 });
});

it('names what helms leave that take turns, keep records elsewhere, or fill them', async () => {
  const namespace = await cluster.namespace('doctor');
  const [old, fresh] = (['helm3.22', 'helm4.3'] as const).map(
    (word) =>
      (args: readonly string[], env: { readonly [name: string]: string } = {}) =>
        run(helms[word], [...args, '-n', namespace], { kubeconfig, env, cwd: folder }),
  ) as [Helm, Helm];
  const must = async (ran: ReturnType<Helm>) => expect(await ran).toMatchObject({ code: 0 });
  // Helm 3 writes nothing of the older revisions that helm 4 has superseded.
  await must(fresh(['install', 'turns', chart]));
  await must(fresh(['upgrade', 'turns', chart]));
  await must(old(['upgrade', 'turns', chart]));

  await must(old(['install', 'latched', chart]));
  const edit = ['patch', 'configmap', 'latched-settings', '-n', namespace, '--type', 'merge'];
  await must(run(kubectl, [...edit, '-p', '{"data":{"at":"mine"}}'], { kubeconfig }));
  const twice = ['upgrade', 'latched', chart, '--set', 'at=two'];
  expect(await fresh([...twice, '--server-side=true'])).toMatchObject({ code: 1 });

  const values = ['--set', 'db.password=geheim', '--set', 'at=two'];
  await must(fresh(['install', 'twice', chart]));
  await must(fresh(['install', 'twice', chart, ...values], { HELM_DRIVER: 'configmap' }));

  const blob = (bytes: number) => {
    writeFileSync(join(folder, `blob-${bytes}`), randomBytes(bytes).toString('base64'));
    return ['--set-file', `blob=${folder}/blob-${bytes}`];
  };
  await must(fresh(['install', 'large', chart, ...blob(660_000)]));

  const { code, findings } = await doctor(namespace, '--deep');
  expect(code).toBe(3);
  expect(findings.map(({ release, code: which }) => `${release} ${which}`)).toEqual([
    ...['large size', 'latched ssa-latched', 'twice open-credentials', 'twice two-stores'],
    ...['latched failed', 'turns two-helms'],
  ]);

  const larger = await fresh(['upgrade', 'large', chart, ...blob(900_000)]);
  expect(larger).toMatchObject({ code: 1 });
  expect(larger.stderr).toContain(rowOf('size').says?.helm4);
  const again = await fresh(twice);
  expect(again).toMatchObject({ code: 1 });
  expect(again.stderr).toContain(rowOf('ssa-latched').says?.helm4);
  const [line = ''] = findings.find((one) => one.code === 'ssa-latched')?.mend ?? [];
  const whole = line.replace('CHART', chart);
  const env = { PATH: commandsIn(helms['helm4.3']) };
  const ran = await run('sh', ['-c', whole], { kubeconfig, env });
  expect(ran, `${whole}: ${ran.stderr}`).toMatchObject({ code: 0 });
  await must(fresh(twice));
  expect((await doctor(namespace, 'latched', '--fail-on', 'note')).findings).toEqual([]);
});

it('takes two releases for two, where the content of one names the other’s namespace', async () => {
  // As Velero leaves it, restored under another namespace: helm finds each where it lies.
  const [old, copy] = [
    await cluster.namespace('doctor-old'),
    await cluster.namespace('doctor-new'),
  ];
  const name = `restored-${randomBytes(4).toString('hex')}`;
  await put(
    cluster,
    ...[old, copy].map((namespace) => sketchRecord({ name, namespace: old }, { namespace })),
  );
  const { stdout } = await asked(['doctor', name, '-A', '-o', 'json']);
  const { looked, findings } = JSON.parse(stdout);
  expect(looked).toMatchObject({ releases: 2, records: 2 });
  expect(findings.map(({ code }: Found) => code)).not.toContain('two-stores');
});

it('says with --live what the cluster has otherwise', async () => {
  const namespace = await cluster.namespace('doctor');
  const helm = (...args: readonly string[]) =>
    run(helms['helm4.3'], [...args, '-n', namespace], { kubeconfig });
  const maps = `/api/v1/namespaces/${namespace}/configmaps`;
  const kube = async (args: readonly string[], input = '') => {
    const ran = await run(kubectl, [...args, '-n', namespace], { kubeconfig, input });
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
  };
  const merge = (name: string, metadata: object) =>
    kube([
      'patch',
      'configmap',
      `${name}-settings`,
      '--type',
      'merge',
      '-p',
      JSON.stringify({ metadata }),
    ]);
  const names = ['lost', 'bare', 'taken', 'marked', 'leaving', 'fine'];
  await Promise.all(names.map((name) => helm('install', name, chart)));
  await cluster.must('DELETE', `${maps}/lost-settings`);
  await merge('bare', { labels: null, annotations: null });
  await merge('taken', { annotations: { 'meta.helm.sh/release-name': 'other' } });
  await merge('leaving', { finalizers: ['example.com/x'] });
  await cluster.must('DELETE', `${maps}/leaving-settings`);
  const marks = {
    ...{ 'meta.helm.sh/release-name': 'marked', 'meta.helm.sh/release-namespace': namespace },
  };
  const applied = {
    ...{ apiVersion: 'v1', kind: 'ConfigMap' },
    metadata: {
      ...{ name: 'marked-settings', annotations: marks },
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    },
  };
  const asUs = [
    'apply',
    '--server-side',
    '--force-conflicts',
    '--field-manager',
    'kubectl-releases',
  ];
  await kube([...asUs, '-f', '-'], JSON.stringify(applied));
  const { body } = await cluster.request(
    'GET',
    `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.fine.v1`,
  );
  const { data } = body as { data: { release: string } };
  const payload = Buffer.from(data.release, 'base64').toString();
  const of = (name: string, change: (release: Release) => Release) =>
    history(payload, { name, namespace, letters: 'd' }, { release: change });
  const custom = '---\napiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: one\n';
  const own = (release: Release) => ({ ...release, manifest: '' });
  await putAll(cluster, [
    ...of('removed', (release) => withIngress(own(release))),
    ...of('unserved', (release) => ({ ...release, manifest: custom })),
    ...of('sharing', (release) => ({
      ...release,
      manifest: release.manifest.replaceAll('sharing', 'fine'),
    })),
  ]);
  const { code, findings } = await doctor(namespace, '--live');
  expect(code).toBe(3);
  expect(findings.map(({ release, code: which }) => `${release} ${which}`)).toEqual([
    ...['removed api-removed', 'unserved kind-unserved', 'fine shared-object'],
    ...['leaving object-leaving', 'lost object-missing', 'marked our-marks'],
    ...['sharing foreign-marks', 'taken foreign-marks', 'bare marks-missing'],
  ]);
  for (const [name, which] of [
    ...[['removed', 'api-removed'] as const, ['unserved', 'kind-unserved'] as const],
    ['taken', 'foreign-marks'] as const,
  ]) {
    const ran = await helm('upgrade', name, chart);
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toContain(rowOf(which).says?.helm4);
  }
  // Each of these is what the next upgrade mends.
  for (const name of ['lost', 'bare'])
    expect([name, await helm('upgrade', name, chart)]).toMatchObject([
      name,
      { code: 0, stderr: '' },
    ]);
  const after = await doctor(namespace, 'lost', 'bare', '--live', '--fail-on', 'note');
  expect(after).toMatchObject({ code: 0 });
  await merge('leaving', { finalizers: null });
});

it('says what it may not read, and is not healthy then', async () => {
  const namespace = await cluster.namespace('doctor');
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['list', 'get'] }];
  const name = 'secrets-only';
  const role = { metadata: { name }, rules };
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await cluster.must('POST', `${rbac}/roles`, role);
  const user = `doctor-${randomBytes(4).toString('hex')}`;
  await cluster.must('POST', `${rbac}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
  const as = { kubeconfig: cluster.kubeconfigFor(user) };
  const ran = await program(['doctor', '-n', namespace], as);
  expect(ran).toMatchObject({ code: 3, stderr: '' });
  expect(ran.stdout).toMatch(/^warning .* unread +no permission to look into configmap/m);
  const narrow = ['-n', namespace, '--helm-release-storage-type', 'secret'];
  expect(await program(['doctor', ...narrow], as)).toMatchObject({ code: 0 });
  const kind = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n';
  await put(cluster, sketchRecord({ namespace, manifest: kind }));
  const live = await program(['doctor', ...narrow, '--live'], as);
  expect(live).toMatchObject({ code: 3, stderr: '' });
  expect(live.stdout).toMatch(
    /^warning .* unread +no permission to get configmaps: ConfigMap settings/m,
  );
});

it('asks as much as list does, whatever the histories hold', async () => {
  const namespace = await cluster.namespace('doctor');
  const payload = encodePayload('helm3', sketchRelease({ namespace }));
  const names = Array.from({ length: 30 }, (_, i) => `r${i}`);
  for (const name of names)
    await putAll(cluster, history(payload, { name, namespace, letters: 'ssssd' }));
  const user = `doctor-${randomBytes(4).toString('hex')}`;
  const as = { kubeconfig: cluster.kubeconfigFor(user, ['system:masters']) };
  const counted = async (...args: readonly string[]) => {
    const mark = await cluster.auditMark();
    const ran = await program([...args, '-n', namespace], as);
    expect(ran).toMatchObject({ code: 0 });
    return cluster.auditSince(mark, { user });
  };
  const doctors = await counted('doctor');
  const lists = await counted('list', '--helm', '3');
  expect(doctors.every(({ verb }) => verb === 'list' || verb === 'get')).toBe(true);
  expect(doctors.length).toBeLessThanOrEqual(lists.length);
});
