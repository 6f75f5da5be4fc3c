/** What a real Tiller left, migrated on a real API server, for real helms to go on with. Run by tiller.mjs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { helmWords } from '../cluster/clients.ts';
import { build } from '../cluster/gobuild.ts';
import { helm2 as recipe } from '../cluster/recipes.mjs';
import { useClients, useCluster } from '../cluster/shared.ts';
import { builtProgram } from '../e2e/kubectl-program.ts';

const cluster = useCluster();
const kubeconfig = cluster.adminKubeconfig;
const { helms, run } = useClients();
const program = builtProgram(run, kubeconfig);

const object = (name: string, more: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "{{ .Release.Name }}-${name}"\n${more}`;
const hook =
  '  annotations: {helm.sh/hook: "post-install,post-upgrade", helm.sh/hook-weight: "3", helm.sh/hook-delete-policy: before-hook-creation}\n';
const files = {
  'Chart.yaml': 'apiVersion: v1\nname: aged\nversion: 1.2.3\nappVersion: "1"\n',
  'values.yaml': 'v: 0\nkept: {a: 1}\n',
  'templates/NOTES.txt': 'v is {{ .Values.v }} ✓\n',
  'templates/all.yaml':
    '{{ if .Values.bad }}apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Not_Valid}\n---\n{{ end }}' +
    `${object('plain', 'data: {v: {{ .Values.v | quote }}}\n')}---\n${object('hook', `${hook}data: {}\n`)}`,
};

let [folder, tillerProgram, helm2] = ['', '', ''];
let tiller: ChildProcess | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tiller-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'aged', path)), { recursive: true });
    writeFileSync(join(folder, 'aged', path), text);
  }
  tillerProgram = await build(recipe('tiller'), console.log);
  helm2 = await build(recipe('helm'), console.log);
}, 1_800_000);
afterEach(() => tiller?.kill());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Helm 2 has them in large letters. */
function statusesIn(history: string): string[] {
  const rows = JSON.parse(history) as readonly { readonly status: string }[];
  return rows.map(({ status }) => status.toLowerCase());
}

it.each(['configmap', 'secret'])('what a Tiller keeps as %s', async (kind) => {
  const [apps, home] = [await cluster.namespace('apps'), await cluster.namespace('tiller')];
  const [port, probe] = [await freePort(), await freePort()];
  const at = (one: number) => `127.0.0.1:${one}`;
  tiller = spawn(
    tillerProgram,
    [`--storage=${kind}`, '--listen', at(port), '--probe-listen', at(probe)],
    { env: { KUBECONFIG: kubeconfig, TILLER_NAMESPACE: home, HOME: folder }, stdio: 'ignore' },
  );
  const old = async (wanted: 0 | 1, ...args: string[]) => {
    const all = ['--host', at(port), '--home', join(folder, 'home'), ...args];
    const { code, stdout, stderr } = await run(helm2, all, { kubeconfig });
    expect([args, code], stderr).toEqual([args, wanted]);
    return stdout;
  };
  await expect.poll(async () => (await fetch(`http://${at(probe)}/readiness`)).status).toBe(200);
  const chart = join(folder, 'aged');
  const names = helmWords.map((word) => `aged-${kind}-${word.replace('.', '-')}`);
  for (const name of names) {
    await old(0, 'install', chart, '--name', name, '--namespace', apps, '--set', 'v=1');
    await old(0, 'upgrade', name, chart, '--set', 'v=2,big=12345678901');
    await old(1, 'upgrade', name, chart, '--set', 'bad=true');
    await old(0, 'rollback', name, '1');
  }
  const gone = `gone-${kind}`;
  await old(0, 'install', chart, '--name', gone, '--namespace', apps);
  await old(0, 'delete', gone);
  const manifests = new Map<string, string>();
  const histories = new Map<string, unknown>();
  for (const name of names) {
    manifests.set(name, await old(0, 'get', 'manifest', name));
    histories.set(name, statusesIn(await old(0, 'history', name, '-o', 'json')));
  }
  tiller.kill();

  const migrated = await program([
    'migrate2to3',
    '--all',
    '-t',
    home,
    '--delete-v2-releases',
    '--yes',
  ]);
  expect(migrated.code, migrated.stderr).toBe(0);
  expect(migrated.stdout).toContain('Done: 5 releases, 17 records created');
  for (const [i, word] of helmWords.entries()) {
    const name = names[i] ?? '';
    const helm = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(helms[word], [...args, '-n', apps], {
        kubeconfig,
      });
      expect([word, args, code], stderr).toEqual([word, args, 0]);
      return stdout;
    };
    const history = statusesIn(await helm('history', name, '-o', 'json'));
    expect(history).toHaveLength(4);
    expect(history).toEqual(histories.get(name));
    expect((await helm('get', 'manifest', name)).trim()).toBe(manifests.get(name)?.trim());
    expect(await helm('get', 'notes', name)).toContain('v is 1 ✓');
    await helm('upgrade', name, chart, '--set', 'v=5');
    await helm('rollback', name, '2');
    expect(await helm('get', 'values', name, '-o', 'json')).toContain('"v":2');
    await helm('uninstall', name);
  }
  const left = await cluster.must(
    'GET',
    `/api/v1/namespaces/${home}/${kind}s?labelSelector=OWNER=TILLER`,
  );
  expect((left as { readonly items: readonly unknown[] }).items).toEqual([]);
});
