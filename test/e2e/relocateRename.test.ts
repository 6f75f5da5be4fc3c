/** After another name or namespace, helm upgrades and uninstalls the very objects, and nothing else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWrite } from '../cluster/audit.ts';
import { cluster, helm, releases, type World } from './relocateWorld.ts';

let folder: string;
let chart: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'relocate-rename-'));
  chart = join(folder, 'chart');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: conf\nversion: 1.0.0\n');
  writeFileSync(
    join(chart, 'templates', 'cm.yaml'),
    [
      'apiVersion: v1',
      'kind: ConfigMap',
      'metadata:',
      '  name: {{ .Values.fullnameOverride | default .Release.Name }}-conf',
      '{{- with .Values.at }}',
      '  namespace: {{ . }}',
      '{{- end }}',
      'data: {greeting: {{ .Values.greeting | quote }}}',
    ].join('\n'),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Stored {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: { readonly [name: string]: string };
  };
  readonly data?: { readonly greeting?: string };
}

async function configMap(namespace: string, name: string): Promise<Stored | undefined> {
  const { status, body } = await cluster.request(
    'GET',
    `/api/v1/namespaces/${namespace}/configmaps/${name}`,
  );
  return status === 404 ? undefined : (body as Stored);
}

async function names(namespace: string): Promise<string[]> {
  const { items } = (await cluster.must('GET', `/api/v1/namespaces/${namespace}/configmaps`)) as {
    items: { metadata: { name: string } }[];
  };
  return items.map(({ metadata }) => metadata.name).sort();
}

const owner = (stored: Stored | undefined) => [
  stored?.metadata.annotations?.['meta.helm.sh/release-name'],
  stored?.metadata.annotations?.['meta.helm.sh/release-namespace'],
];

describe.each(['helm3', 'helm4'] as const)('with %s', (which) => {
  async function place(): Promise<World> {
    return { helm: which, namespace: await cluster.namespace('rename'), sqlUrl: '' };
  }

  it('a renamed release is upgraded, rolled back and uninstalled under its new name', async () => {
    const world = await place();
    const { namespace } = world;
    for (const name of ['billing', 'cart']) {
      await helm(world, 'secret', 'install', name, chart, '--set', 'greeting=one');
      await helm(world, 'secret', 'upgrade', name, chart, '--set', 'greeting=two');
    }
    const [before, cart] = [
      await configMap(namespace, 'billing-conf'),
      await configMap(namespace, 'cart-conf'),
    ];
    const line = `relocate billing -n ${namespace} --to-name invoices --delete-source --yes --backup ${folder}/${namespace}`;
    const { code, out, err } = await releases(world, line);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toMatch(/with losses +ConfigMap billing-conf has the release's name in its own/);
    expect(out).toContain('2 records created, read back and equal, 1 live object adopted');
    const moved = await configMap(namespace, 'billing-conf');
    expect(moved?.metadata.uid).toBe(before?.metadata.uid);
    expect(owner(moved)).toEqual(['invoices', namespace]);

    expect(await helm(world, 'secret', 'list', '-q')).toBe('cart\ninvoices\n');
    const set = ['--set', 'greeting=three,fullnameOverride=billing'];
    await helm(world, 'secret', 'upgrade', 'invoices', chart, ...set);
    const upgraded = await configMap(namespace, 'billing-conf');
    expect(upgraded?.metadata.uid).toBe(before?.metadata.uid);
    expect(upgraded?.data?.greeting).toBe('three');
    await helm(world, 'secret', 'rollback', 'invoices', '1');
    const back = await configMap(namespace, 'billing-conf');
    expect(back).toMatchObject({
      metadata: { uid: before?.metadata.uid },
      data: { greeting: 'one' },
    });
    await helm(world, 'secret', 'uninstall', 'invoices');
    expect(await names(namespace)).not.toContain('billing-conf');
    expect(await configMap(namespace, 'cart-conf')).toEqual(cart);
    expect(await helm(world, 'secret', 'list', '-q')).toBe('cart\n');
  });

  it('the last line of a rename brings back the records and the objects', async () => {
    const world = await place();
    const { namespace } = world;
    await helm(world, 'secret', 'install', 'billing', chart, '--set', 'greeting=one');
    const before = await configMap(namespace, 'billing-conf');
    const backup = () => `--yes --backup ${mkdtempSync(join(folder, 'undo-'))}`;
    const line = `relocate billing -n ${namespace} --to-name invoices --delete-source`;
    const { out } = await releases(world, `${line} ${backup()}`);
    expect(owner(await configMap(namespace, 'billing-conf'))).toEqual(['invoices', namespace]);
    const undo = /^Undo: kubectl releases (.*)$/m.exec(out)?.[1] ?? '';
    expect(undo).toMatch(/^relocate invoices -n \S+ --to-name billing --delete-source --context /);
    expect((await releases(world, `${undo} ${backup()}`)).code).toBe(0);
    expect(owner(await configMap(namespace, 'billing-conf'))).toEqual(owner(before));
    expect(await helm(world, 'secret', 'list', '-q')).toBe('billing\n');
  });

  it('a restore of what was renamed makes no second release of its objects, unless it is told to', async () => {
    const world = await place();
    const { namespace } = world;
    await helm(world, 'secret', 'install', 'billing', chart, '--set', 'greeting=one');
    const backup = mkdtempSync(join(folder, 'twice-'));
    const line = `relocate billing -n ${namespace} --to-name invoices --delete-source --yes`;
    expect((await releases(world, `${line} --backup ${backup}`)).code).toBe(0);
    const refused = await releases(world, `restore ${backup} --yes`);
    expect(refused.code).toBe(4);
    const said = refused.out.replace(/\s+/g, ' ');
    expect(said).toContain(
      `ConfigMap billing-conf is invoices (${namespace})'s by now: helm uninstall of that would delete what billing (${namespace}) has`,
    );
    const told = `relocate invoices -n ${namespace} --to-name billing --delete-source --context test brings it back with its objects`;
    expect(said).toContain(told);
    expect(await helm(world, 'secret', 'list', '-q')).toBe('invoices\n');
    const all = await releases(world, `restore ${backup} --yes --overwrite billing`);
    expect(all.code).toBe(0);
    expect(await helm(world, 'secret', 'list', '-q')).toBe('billing\ninvoices\n');
    expect(owner(await configMap(namespace, 'billing-conf'))).toEqual(['invoices', namespace]);
  });

  it('a restore whose objects say another name is no other release, where there is none', async () => {
    const world = await place();
    const { namespace } = world;
    await helm(world, 'secret', 'install', 'billing', chart, '--set', 'greeting=one');
    const backup = mkdtempSync(join(folder, 'alone-'));
    const line = `relocate billing -n ${namespace} --to-name invoices --delete-source --yes`;
    expect((await releases(world, `${line} --backup ${backup}`)).code).toBe(0);
    const path = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.invoices.v1`;
    await cluster.must('DELETE', path);
    expect((await releases(world, `restore ${backup} --yes`)).code).toBe(0);
    expect(await helm(world, 'secret', 'list', '-q')).toBe('billing\n');
  });

  it('the last lines of a map bring back every release and its objects', async () => {
    const world = await place();
    const shared = await cluster.namespace('shared');
    const money = await cluster.namespace('money');
    for (const name of ['billing', 'cart'])
      await helm(world, 'secret', 'install', name, chart, '--set', `greeting=one,at=${shared}`);
    const backup = () => `--yes --backup ${mkdtempSync(join(folder, 'map-'))}`;
    const { namespace } = world;
    const line = `relocate --all -n ${namespace} --map-namespace ${namespace}=${money} --delete-source`;
    const { out } = await releases(world, `${line} ${backup()}`);
    expect(owner(await configMap(shared, 'cart-conf'))).toEqual(['cart', money]);
    const undo = /^Undo: kubectl releases (.*)$/m.exec(out)?.[1] ?? '';
    expect(undo).toBe(
      `relocate billing cart -n ${money} --map-namespace ${money}=${namespace} --delete-source --context test`,
    );
    expect((await releases(world, `${undo} ${backup()}`)).code).toBe(0);
    for (const name of ['billing', 'cart'])
      expect(owner(await configMap(shared, `${name}-conf`))).toEqual([name, namespace]);
    expect(await helm(world, 'secret', 'list', '-q')).toBe('billing\ncart\n');
  });

  it('a release in another namespace keeps the objects that name theirs', async () => {
    const world = await place();
    const shared = await cluster.namespace('shared');
    const money = await cluster.namespace('money');
    const at = `at=${shared}`;
    await helm(world, 'secret', 'install', 'billing', chart, '--set', `greeting=one,${at}`);
    await helm(world, 'secret', 'install', 'cart', chart, '--set', `greeting=one,${at}`);
    const before = await configMap(shared, 'billing-conf');
    const cart = await configMap(shared, 'cart-conf');
    const line = `relocate billing -n ${world.namespace} --to-namespace ${money} --delete-source --yes --backup ${folder}/${money}`;
    const { code, out } = await releases(world, line);
    expect(out).toContain('1 record created, read back and equal, 1 live object adopted, 1 source');
    expect(code).toBe(0);
    expect(owner(await configMap(shared, 'billing-conf'))).toEqual(['billing', money]);
    const there = { ...world, namespace: money };
    expect(await helm(world, 'secret', 'list', '-q')).toBe('cart\n');
    await helm(there, 'secret', 'upgrade', 'billing', chart, '--set', `greeting=two,${at}`);
    expect(await configMap(shared, 'billing-conf')).toMatchObject({
      metadata: { uid: before?.metadata.uid },
      data: { greeting: 'two' },
    });
    expect(await names(money)).not.toContain('billing-conf');
    await helm(there, 'secret', 'uninstall', 'billing');
    expect(await names(shared)).not.toContain('billing-conf');
    expect(await configMap(shared, 'cart-conf')).toEqual(cart);
  });

  it('a release whose objects would stay behind is refused, and nothing is written', async () => {
    const world = await place();
    const money = await cluster.namespace('money');
    await helm(world, 'secret', 'install', 'billing', chart, '--set', 'greeting=one');
    const mark = await cluster.auditMark();
    const line = `relocate billing -n ${world.namespace} --to-namespace ${money} --delete-source --yes`;
    const { code, out } = await releases(world, line);
    expect(code).toBe(4);
    expect(out).toMatch(
      /refused +ConfigMap billing-conf has its release's namespace and stays behind/,
    );
    expect(out).toContain('--leave-objects moves the release all the same');
    const written = (await cluster.auditSince(mark)).filter(isWrite);
    expect(written.filter(({ namespace }) => namespace === money)).toEqual([]);
  });

  it('objects of another driver’s release of that name are not taken over', async () => {
    const world = await place();
    const money = { ...world, namespace: await cluster.namespace('money') };
    await helm(world, 'secret', 'install', 'billing', chart, '--set', 'greeting=one');
    await helm(money, 'configmap', 'install', 'billing', chart, '--set', 'greeting=theirs');
    const [own, theirs] = [
      await configMap(world.namespace, 'billing-conf'),
      await configMap(money.namespace, 'billing-conf'),
    ];
    const line = `relocate billing -n ${world.namespace} --from secret --to-namespace ${money.namespace} --delete-source --yes`;
    for (const flags of ['', ' --leave-objects']) {
      const { code, out } = await releases(world, `${line}${flags} --check`);
      expect(code).toBe(4);
      expect(out).toContain(`is in configmap:${money.namespace}: helm can't tell whose objects`);
      expect(out).toContain('ConfigMap billing-conf is marked as billing');
      expect(out).toMatch(/ConfigMap billing-conf has its release's namespace and stays behind/);
      expect((await releases(world, `${line}${flags}`)).code).toBe(4);
    }
    expect(await configMap(world.namespace, 'billing-conf')).toEqual(own);
    expect(await configMap(money.namespace, 'billing-conf')).toEqual(theirs);
    expect(await helm(world, 'secret', 'list', '-q')).toBe('billing\n');
    expect(await helm(money, 'secret', 'list', '-q')).toBe('');
  });

  it('--adopt without another name or namespace has nothing to do, and says so', async () => {
    const world: World = { helm: 'helm4', namespace: await cluster.namespace('adopt'), sqlUrl: '' };
    await helm(world, 'secret', 'install', 'app', chart);
    const line = `relocate app -n ${world.namespace} --to configmap --adopt --keep-source --yes`;
    const { code, out, err } = await releases({ sqlUrl: '' }, line);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('error: --adopt has nothing to do: no release gets another name\n');
  });

  it('a copy under another name is refused, until its records alone are asked for', async () => {
    const world = await place();
    await helm(world, 'secret', 'install', 'billing', chart, '--set', 'greeting=one');
    const before = await configMap(world.namespace, 'billing-conf');
    const line = `copy billing -n ${world.namespace} --to-name invoices --yes`;
    const refused = await releases(world, line);
    expect(refused.code).toBe(4);
    expect(refused.out).toMatch(/billing-conf would be billing \(.*\) and invoices \(.*\)'s, both/);
    const alone = await releases(world, `${line} --no-adopt`);
    expect(alone.code).toBe(0);
    expect(await configMap(world.namespace, 'billing-conf')).toEqual(before);
    expect(await helm(world, 'secret', 'list', '-q')).toBe('billing\ninvoices\n');
  });

  it('records go into a storage namespace and come back, and helm reads them there', async () => {
    const world = await place();
    const vault = await cluster.namespace('vault');
    await helm(world, 'secret', 'install', 'billing', chart, '--set', 'greeting=one');
    const line = `relocate --all -n ${world.namespace} --delete-source --yes --backup ${folder}/${vault}`;
    const there = await releases(world, `${line} --to-storage-namespace ${vault}`);
    expect(there.code).toBe(0);
    expect(there.out).toContain(
      `helm finds it with -n ${vault} from now on, and no more with -n ${world.namespace}`,
    );
    expect(await helm(world, 'secret', 'list', '-q')).toBe('');
    expect(await helm({ ...world, namespace: vault }, 'secret', 'list', '-q')).toBe('billing\n');
    // As list and helm show it: with -n it is of the namespace that it lies in.
    for (const which of ['--all', 'billing']) {
      const line = `copy ${which} -n ${vault} --to configmap --dry-run`;
      const { code, out } = await releases(world, line);
      expect(code, out).toBe(0);
      expect(out).toContain('Would create 1 record of 1 release');
    }
    const here = await releases(world, `backup --all -n ${vault} ${folder}/${vault}-here.zip`);
    expect(here, here.err).toMatchObject({ code: 0 });
    const made = await releases(
      world,
      `backup --all -n ${world.namespace} --storage secret:${vault} ${folder}/${vault}.zip`,
    );
    expect(made, made.err).toMatchObject({ code: 0 });
    const back = await releases(world, `${line} --from secret:${vault} --to secret`);
    expect(back.err).toBe('');
    expect(back.code).toBe(0);
    await helm(world, 'secret', 'upgrade', 'billing', chart, '--set', 'greeting=two');
    expect(await configMap(world.namespace, 'billing-conf')).toMatchObject({
      data: { greeting: 'two' },
    });
  });
});
