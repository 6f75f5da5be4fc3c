/**
 * Every Helm 2 record of the fixtures, written by Helm 2's own code or damaged by hand, on a real API
 * server: what migrates is accepted by the real helm 3 and helm 4, which list it, read it and go on with
 * it, and what doesn't migrate is named.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRecord } from '../../src/codecs/index.ts';
import { mapLimit } from '../../src/parallel.ts';
import { isBad } from '../../src/record.ts';
import { type RunningCluster, startCluster } from '../cluster/cluster.ts';
import { drawn } from '../cluster/drawn.ts';
import { useClients } from '../cluster/shared.ts';
import { withArguments } from './program.ts';
import { fixtures, install, type Manifest, manifestsIn } from './tiller.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
const { helm3, helm4, run } = useClients();
const helms = { 'helm 3': helm3, 'helm 4': helm4 };
let cluster: RunningCluster;

interface Planned {
  readonly name: string;
  readonly namespace: string;
  readonly revisions: number;
  readonly verdict: string;
  readonly findings: readonly { readonly severity: string; readonly message: string }[];
  readonly steps: readonly { readonly do: string; readonly revision: number }[];
}
let planned: readonly Planned[] = [];
const moved = () => planned.filter(({ verdict }) => verdict !== 'refused');

/** Names, label values and namespaces that Kubernetes takes. */
const object = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function namespaceOf({ metadata, data }: Manifest): string | undefined {
  const record = { kind: 'ConfigMap', namespace: 'x', key: metadata.name } as const;
  const payload = data?.['release'] ?? '';
  const opened = openRecord({ ...record, labels: metadata.labels, payload });
  return isBad(opened) ? undefined : opened.release.namespace;
}

const command = (...args: readonly string[]) =>
  run(...withArguments(args), {
    kubeconfig: cluster.adminKubeconfig,
    timeoutMs: 120_000,
  });
const asAdmin = (helm: string, ...args: readonly string[]) =>
  run(helm, args, { kubeconfig: cluster.adminKubeconfig });

beforeAll(async () => {
  cluster = await startCluster();
  const files = readdirSync(join(fixtures, 'helm2')).filter((name) => name.endsWith('.yaml'));
  const records = files
    .flatMap((file) => manifestsIn(join(fixtures, 'helm2', file)))
    .filter(({ metadata }) => object.test(metadata.name))
    .filter(({ metadata }) => Object.values(metadata.labels).every((one) => labelValue.test(one)));
  const namespaces = new Set(records.flatMap((record) => namespaceOf(record) ?? []));
  const legal = [...namespaces].filter((name) => namespaceName.test(name));
  await install(cluster, records, 'kube-system', legal);
  const decisions = ['--resolve-pending', 'failed', '--mark-superseded'];
  const ran = await command('migrate2to3', '--all', '--yes', ...decisions, '-o', 'json');
  expect(ran.code, ran.stderr).toBe(3);
  planned = JSON.parse(ran.stdout).releases;
}, 180_000);
afterAll(() => cluster.stop());

test('most of them move, and of the others each says why', () => {
  expect(planned.length).toBeGreaterThan(230);
  expect(moved().length).toBeGreaterThan(180);
  const silent = planned.filter(
    ({ verdict, findings }) =>
      verdict === 'refused' && !findings.some(({ severity }) => severity === 'refusal'),
  );
  expect(silent).toEqual([]);
  const decisions = planned.filter(({ verdict }) => verdict === 'needs a decision');
  expect(decisions).toEqual([]);
});

/** What Helm makes of these is the same when it wrote them itself. */
const unlisted = ['status-unknown'];
const crashesHelm = ['empty-chart', 'metadata-absent', 'metadata-absent-with-requirements'];
const controlCharacters = ['config-html', 'manifest-escapes'];
/** Nothing of theirs is deployed, and Helm upgrades only what is. */
const undeployed = ['deleted', 'deleting', 'status-deleted', 'status-deleting', 'status-unknown'];
/** Its values are none that the chart of these tests takes. */
const otherValues = ['web-full'];

test('what Helm will not read or list is said in the plan', () => {
  const said = planned.filter(({ findings }) =>
    findings.some(({ message }) => /crashes on it|`helm list` never shows/.test(message)),
  );
  const known = [...crashesHelm, ...unlisted].sort();
  expect(said.map(({ name }) => name).sort()).toEqual(known);
});

describe.each(Object.entries(helms))('%s', (title, helm) => {
  test('lists each of them', async () => {
    const all = title === 'helm 3' ? ['-A', '-a'] : ['-A'];
    const { code, stdout, stderr } = await asAdmin(
      helm,
      'list',
      ...all,
      '--max',
      '0',
      '-o',
      'json',
    );
    expect(code, stderr).toBe(0);
    const rows: { name: string; namespace: string; revision: string }[] = JSON.parse(stdout);
    const listed = rows.map(({ name, namespace, revision }) => `${namespace}/${name} ${revision}`);
    const wanted = moved()
      .filter(({ name }) => !unlisted.includes(name))
      .map(({ name, namespace, steps }) => {
        const newest = Math.max(...steps.map(({ revision }) => revision));
        return `${namespace}/${name} ${newest}`;
      });
    expect(listed.sort()).toEqual(wanted.sort());
  });

  test('reads each of them, of which the whole suite asks for a fifth', async () => {
    const failed: string[] = [];
    const unread = [...crashesHelm, 'config-html'];
    const [known, others] = [true, false].map((isKnown) =>
      moved().filter(({ name }) => unread.includes(name) === isKnown),
    );
    const named = new Map(others?.map((one) => [`${one.namespace}/${one.name}`, one]));
    const read = drawn(title, [...named.keys()], 5).flatMap((name) => named.get(name) ?? []);
    await mapLimit([...(known ?? []), ...read], 3, async ({ name, namespace, steps }) => {
      const shown = await asAdmin(helm, 'get', 'all', name, '-n', namespace);
      if (shown.code !== 0 || !shown.stdout.includes(`NAME: ${name}\n`)) failed.push(name);
      if (steps.length < 2) return;
      const history = ['history', name, '-n', namespace, '--max', '99', '-o', 'json'];
      const { stdout } = await asAdmin(helm, ...history);
      const records = steps.filter((step) => step.do !== 'adopt').length;
      if (JSON.parse(stdout).length !== records) failed.push(`${name}: its history`);
    });
    expect(failed.sort()).toEqual(unread.sort());
  });
});

describe.each(Object.entries(helms))('work goes on with %s', (title, helm) => {
  /**
   * All that have a history, and of the others enough of each file; every Helm takes half of them, and in the whole
   * suite half of its half.
   */
  function chosen(): readonly Planned[] {
    const some = moved().filter(({ steps }, i) => steps.length > 1 || i % 5 < 2);
    const half = some.filter((_, i) => (i % 2 === 0) === (title === 'helm 3'));
    const drawnNames = drawn(
      `work of ${title}`,
      half.map(({ name, namespace }) => `${namespace}/${name}`),
      2,
    );
    return half.filter(({ name, namespace }) => drawnNames.includes(`${namespace}/${name}`));
  }

  test('rollback where there is something to go back to, upgrade, uninstall', async () => {
    const failed: string[] = [];
    const known = [...undeployed, ...controlCharacters, ...otherValues];
    let done = 0;
    const all = chosen();
    await mapLimit(all, 3, async ({ name, namespace, steps }) => {
      const at = ['-n', namespace, '--no-hooks'];
      const status = await asAdmin(helm, 'status', name, '-n', namespace, '-o', 'json');
      const gone = /^uninstall/.test(JSON.parse(status.stdout).info.status);
      const older = steps.map(({ revision }) => revision).sort((a, b) => b - a)[1];
      const ways = [
        ...(older === undefined || gone ? [] : [['rollback', name, String(older), ...at]]),
        ['upgrade', name, chart, ...at],
        ['uninstall', name, ...at],
      ];
      for (const way of ways) {
        const { code, stderr } = await asAdmin(helm, ...way);
        if (code === 0) done++;
        else if (!known.includes(name)) failed.push(`${way[0]} ${name}: ${stderr.slice(0, 300)}`);
      }
    });
    expect(failed).toEqual([]);
    // Two or three of each, but for the known ones.
    expect(all.length).toBeGreaterThan(15);
    expect(done).toBeGreaterThan(all.length * 1.5);
  });
});
