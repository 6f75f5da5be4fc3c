/**
 * The last line of a move, run as it is printed, brings back what was: every record where it was and
 * nowhere else, live objects with the marks they had, and helm acts on the release as before.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord } from '../../src/codecs/index.ts';
import { isBad } from '../../src/record.ts';
import { drawn } from '../cluster/drawn.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { runCli } from '../unit/cli-io.ts';
import { cluster, type Driver, helm, recordsIn, releases, type World } from './relocateWorld.ts';

let postgres: Postgres;
let folder: string;
let chart: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'relocate-undo-'));
  chart = join(folder, 'chart');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: conf\nversion: 1.0.0\n');
  const object = (name: string, at: string[]) => [
    ...[
      '---',
      'apiVersion: v1',
      'kind: ConfigMap',
      'metadata:',
      `  name: {{ .Release.Name }}-${name}`,
    ],
    ...at,
    'data: {greeting: {{ .Values.greeting | quote }}}',
  ];
  const text = [
    ...['{{- if .Values.own }}', ...object('own', []), '{{- end }}'],
    ...object('conf', ['  namespace: {{ .Values.at }}']),
  ].join('\n');
  writeFileSync(join(chart, 'templates', 'cm.yaml'), text);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await postgres.stop();
});

interface Place extends World {
  /** Where the releases' objects live that name a namespace. */
  readonly shared: string;
  readonly other: string;
  readonly vault: string;
  readonly attic: string;
  readonly dir: string;
}

async function place(which: World['helm']): Promise<Place> {
  const named = (prefix: string) => cluster.namespace(prefix);
  const [namespace, shared, other] = [
    await named('undo'),
    await named('shared'),
    await named('other'),
  ];
  const [vault, attic] = [await named('vault'), await named('attic')];
  const dir = mkdtempSync(join(folder, 'dir-'));
  return {
    helm: which,
    namespace,
    sqlUrl: await postgres.database(),
    shared,
    other,
    vault,
    attic,
    dir,
  };
}

interface Found {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: object;
    readonly annotations?: object;
  };
  readonly data?: object;
}

/** All that an Undo has to bring back. */
async function state(at: Place): Promise<object> {
  const namespaces = [at.namespace, at.shared, at.other, at.vault, at.attic];
  const records: { [place: string]: object } = {};
  const objects: { [place: string]: object } = {};
  const lists: { [place: string]: unknown } = {};
  for (const namespace of namespaces) {
    for (const driver of ['secret', 'configmap', 'sql'] as const) {
      const here = { ...at, namespace };
      for (const [key, record] of await recordsIn(driver, here)) {
        const opened = openRecord(record);
        if (isBad(opened)) throw new Error(opened.unreadable);
        const { labels, type } = record;
        const { release } = opened;
        records[`${driver}:${namespace}/${key}`] = { release, labels: { ...labels }, type };
      }
    }
    const { items } = (await cluster.must('GET', `/api/v1/namespaces/${namespace}/configmaps`)) as {
      items: Found[];
    };
    for (const { metadata, data } of items)
      if (/-(conf|own)$/.test(metadata.name)) {
        const { uid, labels, annotations } = metadata;
        objects[`${namespace}/${metadata.name}`] = { uid, labels, annotations, data };
      }
  }
  // Not with -A: other tests' records, some of which no helm can list, are in the same cluster.
  for (const place of new Set(Object.keys(records).map((key) => key.split('/')[0] ?? ''))) {
    const [driver = '', namespace = ''] = place.split(':');
    if (driver !== 'secret' && driver !== 'configmap' && driver !== 'sql') continue;
    lists[place] = JSON.parse(await helm({ ...at, namespace }, driver, 'list', '-o', 'json'));
  }
  return { records, objects, lists, kept: existsSync(at.dir) };
}

async function install(
  at: Place,
  driver: Driver,
  names: readonly string[],
  more = '',
): Promise<void> {
  for (const name of names) {
    const set = `at=${at.shared}${more}`;
    await helm(at, driver, 'install', name, chart, '--set', `greeting=one,${set}`);
    await helm(at, driver, 'upgrade', name, chart, '--set', `greeting=two,${set}`);
  }
}

function undoLines(out: string): string[] {
  const [, ...lines] = out.split(/^Undo: /m);
  const text = lines.join('');
  return text.split('\n').flatMap((line) => /^ *kubectl releases (.*)$/.exec(line)?.[1] ?? []);
}

const backup = () => `--yes --backup ${mkdtempSync(join(folder, 'backup-'))}`;

interface Move {
  readonly name: string;
  readonly driver?: Driver;
  /** The chart has an object in its release's own namespace, too. */
  readonly own?: true;
  readonly flags: (at: Place) => string;
  /** Moved there first, from where helm made them. */
  readonly first?: (at: Place) => string;
  readonly lines?: number;
}

const moves: readonly Move[] = [
  { name: 'to another driver', flags: () => '--all --from secret --to configmap' },
  { name: 'into a database', flags: () => 'one two --from secret --to sql' },
  { name: 'out of a database', driver: 'sql', flags: () => '--all --from sql --to configmap' },
  {
    name: 'to a storage namespace',
    flags: ({ vault }) => `--all --to-storage-namespace ${vault}`,
  },
  {
    name: 'from one storage namespace to another, with another driver',
    first: ({ vault }) => `--all --to-storage-namespace ${vault}`,
    flags: ({ vault, attic }) => `--all --from secret:${vault} --to configmap:${attic}`,
  },
  {
    name: 'from a storage namespace into a database',
    first: ({ vault }) => `--all --to-storage-namespace ${vault}`,
    flags: ({ vault }) => `--all --from secret:${vault} --to sql`,
  },
  { name: 'to another name', own: true, flags: () => 'one --to-name uno' },
  {
    name: 'to another name and driver',
    own: true,
    flags: () => 'one --from secret --to configmap --to-name uno',
  },
  {
    name: 'to another name, objects left as they are',
    own: true,
    flags: () => 'one --to-name uno --no-adopt',
  },
  {
    name: 'to another name in a database',
    driver: 'sql',
    own: true,
    flags: () => 'one --from sql --to sql --to-name uno',
  },
  {
    name: 'to another namespace by a map',
    flags: ({ namespace, other }) => `--all --map-namespace ${namespace}=${other}`,
  },
  {
    name: 'to another namespace and driver by a map',
    flags: ({ namespace, other }) =>
      `--all --from secret --to configmap --map-namespace ${namespace}=${other}`,
  },
  {
    name: 'to another namespace, objects left behind',
    own: true,
    flags: ({ other }) => `one --to-namespace ${other} --leave-objects`,
  },
  {
    name: 'to another namespace by a map, objects left behind',
    own: true,
    flags: ({ namespace, other }) => `--all --map-namespace ${namespace}=${other} --leave-objects`,
  },
  {
    name: 'to another namespace, objects left behind as they are',
    own: true,
    flags: ({ other }) => `one --to-namespace ${other} --leave-objects --no-adopt`,
  },
  { name: 'into a folder', flags: ({ dir }) => `--all --to dir:${dir}/d` },
  {
    name: 'into a folder under another name',
    own: true,
    flags: ({ dir }) => `one --to dir:${dir}/d --to-name uno`,
  },
];

describe('undone as it is printed', () => {
  it.each(drawn('undo', moves, 2))('$name', async (move) => {
    const { driver = 'secret', own, flags, first, lines = 1 } = move;
    const at = await place(moves.indexOf(move) % 2 === 0 ? 'helm3' : 'helm4');
    await install(at, driver, ['one', 'two'], own ? ',own=true' : '');
    const line = `relocate -n ${at.namespace} --delete-source`;
    if (first) expect((await releases(at, `${line} ${first(at)} ${backup()}`)).code).toBe(0);
    const before = await state(at);
    const moved = await releases(at, `${line} ${flags(at)} ${backup()}`);
    expect(moved.code, moved.out + moved.err).toBe(0);
    expect(await state(at)).not.toEqual(before);
    const undo = undoLines(moved.out);
    expect(undo).toHaveLength(lines);
    for (const one of undo) {
      const undone = await releases(at, `${one} ${backup()}`);
      expect(undone.code, one + undone.out + undone.err).toBe(0);
    }
    expect(await state(at), undo.join('\n')).toEqual(before);
    if (first) return;
    for (const name of ['one', 'two']) {
      const set = `greeting=three,at=${at.shared}${own ? ',own=true' : ''}`;
      await helm(at, driver, 'upgrade', name, chart, '--set', set);
      await helm(at, driver, 'uninstall', name);
    }
    expect(await state(at)).toMatchObject({ records: {}, objects: {} });
  });
});

describe('restore of a release that lives elsewhere by now', () => {
  const elsewhere = [
    {
      name: 'with another driver',
      flags: () => '--all --from secret --to configmap',
      said: ({ namespace }: Place) => `one (${namespace}) lives in configmap:${namespace} by now`,
      told: ({ namespace }: Place) => `relocate one -n ${namespace} --from configmap --to secret`,
    },
    {
      name: 'in a storage namespace',
      flags: ({ vault }: Place) => `--all --to-storage-namespace ${vault}`,
      said: ({ namespace, vault }: Place) => `one (${namespace}) lives in secret:${vault} by now`,
      told: ({ namespace, vault }: Place) =>
        `relocate one -n ${namespace} --from secret:${vault} --to secret --helm 3`,
    },
    {
      name: 'in the database that the environment names',
      flags: () => '--all --from secret --to sql',
      said: ({ namespace }: Place) => `one (${namespace}) lives in sql by now`,
      told: ({ namespace }: Place) => `relocate one -n ${namespace} --from sql --to secret`,
    },
    {
      name: 'in another namespace',
      flags: ({ namespace, other }: Place) =>
        `--all --from secret --to configmap --map-namespace ${namespace}=${other}`,
      said: ({ other, shared }: Place) => `ConfigMap ${shared}/one-conf is one (${other})'s by now`,
      told: ({ namespace, other }: Place) =>
        `relocate one -n ${other} --from configmap --to secret --to-namespace ${namespace}`,
    },
  ];

  it.each(drawn('elsewhere', elsewhere, 2))(
    '$name is refused, and names the way back',
    async ({ flags, said, told }) => {
      const at = await place('helm4');
      await install(at, 'secret', ['one', 'two']);
      const before = await state(at);
      const kept = mkdtempSync(join(folder, 'kept-'));
      const line = `relocate -n ${at.namespace} --delete-source --yes --backup ${kept}`;
      expect((await releases(at, `${line} ${flags(at)}`)).code).toBe(0);
      const moved = await state(at);
      const refused = await releases(at, `restore ${kept} --yes`);
      expect(refused.code, refused.out).toBe(4);
      const text = refused.out.replace(/\s+/g, ' ');
      expect(text).toContain(said(at));
      expect(text).toContain(
        `kubectl releases ${told(at)} --delete-source --context test brings it`,
      );
      expect(await state(at)).toEqual(moved);
      for (const name of ['one', 'two']) {
        const back = `${told(at).replace('one', name)} --delete-source`;
        expect((await releases(at, `${back} ${backup()}`)).code).toBe(0);
      }
      expect(await state(at)).toEqual(before);
    },
  );

  it('is done with a note where that database is away', async () => {
    const at = await place('helm4');
    await install(at, 'secret', ['one']);
    const kept = mkdtempSync(join(folder, 'kept-'));
    const line = `relocate --all -n ${at.namespace} --delete-source --yes --backup ${kept}`;
    expect((await releases(at, `${line} --from secret --to sql`)).code).toBe(0);
    const away = { ...at, sqlUrl: 'postgresql://postgres:secret@127.0.0.1:9/nowhere' };
    const restored = await releases(away, `restore ${kept} --yes -o json`);
    expect(restored.code, restored.err).toBe(0);
    expect(restored.out).toContain(
      "whether sql has this release, too, isn't known: the SQL database can't be reached",
    );
    expect(await helm(at, 'secret', 'list', '-q')).toBe('one\n');
  });

  it('is done where it is told to, and said', async () => {
    const at = await place('helm3');
    await install(at, 'secret', ['one']);
    const kept = mkdtempSync(join(folder, 'kept-'));
    const line = `relocate -n ${at.namespace} --delete-source --yes --backup ${kept}`;
    expect((await releases(at, `${line} --all --from secret --to configmap`)).code).toBe(0);
    const forced = await releases(at, `restore ${kept} --overwrite one --yes`);
    expect(forced.code).toBe(0);
    expect(forced.out.replace(/\s+/g, ' ')).toMatch(/with losses one \(.*\) lives in configmap:/);
    for (const driver of ['secret', 'configmap'] as const)
      expect(await helm(at, driver, 'list', '-q')).toBe('one\n');
  });

  it('is none where an archive holds both, as they were', async () => {
    const at = await place('helm3');
    await install(at, 'secret', ['one']);
    expect((await releases(at, `copy one -n ${at.namespace} --to configmap --yes`)).code).toBe(0);
    const before = await state(at);
    const file = join(at.dir, 'both.zip');
    expect((await releases(at, `backup one -n ${at.namespace} ${file}`)).code).toBe(0);
    for (const kind of ['secrets', 'configmaps'])
      await cluster.must(
        'DELETE',
        `/api/v1/namespaces/${at.namespace}/${kind}?labelSelector=owner%3Dhelm`,
      );
    const restored = await releases(at, `restore ${file} --yes`);
    expect(restored.code, restored.out + restored.err).toBe(0);
    expect(await state(at)).toEqual(before);
  });

  it('is said to be unknown where nobody may look', async () => {
    const at = await place('helm4');
    await install(at, 'secret', ['one']);
    const kept = mkdtempSync(join(folder, 'kept-'));
    const line = `relocate --all -n ${at.namespace} --delete-source --yes`;
    const vault = `${line} --to-storage-namespace ${at.vault}`;
    expect((await releases(at, `${vault} ${backup()}`)).code).toBe(0);
    const away = `${line} --from secret:${at.vault} --to dir:${at.dir}/d --backup ${kept}`;
    expect((await releases(at, away)).code).toBe(0);
    const user = `restorer-${at.vault}`;
    const resources = ['secrets', 'configmaps'];
    const verbs = ['get', 'list', 'create'];
    await cluster.allow(user, [{ apiGroups: [''], resources, verbs }], at.vault);
    const dry = await runCli(['restore', kept, '--dry-run', '-o', 'json'], {
      env: { KUBECONFIG: cluster.kubeconfigFor(user) },
    });
    expect(dry.code, dry.err).toBe(0);
    expect(dry.out).toContain(
      `whether secret:${at.namespace} and configmap:${at.namespace} have this release, too, isn't known`,
    );
    expect(dry.out).toContain("another release has its live objects by now isn't known");
  });
});
