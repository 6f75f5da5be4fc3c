/**
 * The table of docs/whose-record.md on a real API server and in a real PostgreSQL: every row beside the real
 * helm 3 and helm 4, and a sample of rows under commands that move them. The whole suite takes some of each kind.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapLimit } from '../../src/parallel.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { objectOf } from '../../src/storage/objects.ts';
import { openDatabase } from '../../src/storage/sql/connection.ts';
import { openSql } from '../../src/storage/sql/sql.ts';
import { drawnOfEach, sampleSeed } from '../cluster/drawn.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';
import {
  called,
  neighbours,
  type Parts,
  recordFor,
  rightOf,
  table,
  titleOf,
} from '../unit/whoseTable.ts';

const cluster = useCluster();
const { helms, run } = useClients();
const kubeconfig = cluster.adminKubeconfig;
const ours = (line: string, env: object = {}) =>
  runCli(line.split(' '), { env: { KUBECONFIG: kubeconfig, ...env } });

let folder: string;
let postgres: Postgres;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'whose-'));
  postgres = await startPostgres();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await postgres.stop();
});

async function put(record: ReleaseRecord): Promise<void> {
  const path = `/api/v1/namespaces/${record.namespace}/${record.kind.toLowerCase()}s`;
  await cluster.must('POST', path, objectOf(record));
}

/** What is right for a row. */
const kindOf = (parts: Parts) => JSON.stringify(rightOf(parts));

/** A row's record and its neighbours, in one namespace with the others. */
function rowIn(
  namespace: string,
  parts: Parts,
  at: number,
  helm: 3 | 4,
  kind: 'Secret' | 'ConfigMap',
) {
  const lying = (record: ReleaseRecord): ReleaseRecord => {
    const { type, ...rest } = record;
    return { ...rest, kind, namespace, ...(kind === 'Secret' && type !== undefined && { type }) };
  };
  const mark = String(at);
  const odd = lying(recordFor(parts, helm, mark));
  return { parts, mark, odd, records: [...neighbours(helm, mark).map(lying), odd] };
}

describe.each([
  { helm: 'helm3.22', program: helms['helm3.22'], version: 3, kind: 'Secret', driver: 'secret' },
  {
    helm: 'helm4.3',
    program: helms['helm4.3'],
    version: 4,
    kind: 'ConfigMap',
    driver: 'configmap',
  },
] as const)('beside the real $helm, in $kind', ({ helm, program, version, kind, driver }) => {
  it('every row is listed, and in the history of each name, as there', async () => {
    const namespace = await cluster.namespace('whose');
    const asked = drawnOfEach(`whose ${helm}`, table, kindOf, 6);
    const rows = asked.map((parts, at) => rowIn(namespace, parts, at, version, kind));
    await mapLimit(
      rows.flatMap(({ records }) => records),
      8,
      put,
    );
    const env = { HELM_DRIVER: driver };
    const both = async (...args: string[]) => {
      const line = [...args, '-n', namespace, '-o', 'json'];
      const [theirs, own] = await Promise.all([
        run(program, line, { kubeconfig, env }),
        ours(`${line.join(' ')} --compat ${helm}`, env),
      ]);
      return { theirs, own };
    };
    const listed = await both('list', ...(version === 3 ? ['--all'] : []), '--max', '0');
    const known = (text: string) =>
      (JSON.parse(text) as { name: string; revision: string }[]).map(
        ({ name, revision }) => `${name} ${revision}`,
      );
    expect(known(listed.own.out)).toEqual(known(listed.theirs.stdout));
    expect(JSON.parse(listed.own.out)).toEqual(JSON.parse(listed.theirs.stdout));
    await mapLimit(rows, 4, async ({ parts, mark }) => {
      const wanted = new Set([
        'alpha',
        parts.key === 'beta' || parts.name === 'beta' ? 'beta' : '',
      ]);
      wanted.delete('');
      for (const name of wanted) {
        const { theirs, own } = await both('history', called(name, mark));
        expect([titleOf(parts), name, own.code === 0]).toEqual([
          titleOf(parts),
          name,
          theirs.code === 0,
        ]);
        if (theirs.code === 0) expect(JSON.parse(own.out)).toEqual(JSON.parse(theirs.stdout));
      }
    });
  });
});

it('owner=helm on what Tiller wrote hides it from no command', async () => {
  const [tiller, pay] = [await cluster.namespace('tiller'), await cluster.namespace('pay')];
  const old = sketchRecord({ helm: 2, name: 'legacy', namespace: pay }, { namespace: tiller });
  await put({ ...old, labels: { ...old.labels, owner: 'helm' } });
  const listed = await ours(`list -n ${pay} -t ${tiller} --helm 2 -q`);
  expect([listed.code, listed.out]).toEqual([0, 'legacy\n']);
  // Once, and not as an unreadable one of Helm 3's.
  const there = await ours(`list --storage configmap:${tiller} -o json`);
  expect([there.code, JSON.parse(there.out).length]).toEqual([0, 1]);
  const planned = await ours(`migrate2to3 --all -t ${tiller} --no-adopt --dry-run -o json`);
  expect(JSON.parse(planned.out).releases).toMatchObject([{ name: 'legacy', verdict: 'ready' }]);
  const named = await ours(
    `migrate2to3 legacy -t ${tiller} --no-adopt --yes --delete-v2-releases --backup ${folder}/old`,
  );
  expect([named.code, named.err]).toEqual([0, expect.any(String)]);
  expect((await ours(`list -n ${pay} --helm 3 -q`)).out).toBe('legacy\n');
});

/** Park and Miller's generator: the same sample in every run. */
function sampled<T>(items: readonly T[], count: number): T[] {
  let state = 20261130;
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 0x7fffffff;
    return items[state % items.length] as T;
  });
}

/** What a list by owner shows at all. */
const isListed = ({ owner }: Parts) => owner === 'own' || owner === 'both';
/** What its columns can hold. */
const isRow = ({ owner, name, version, type }: Parts) =>
  owner === 'own' && name !== '-' && version !== '-' && type === 'own';

describe.each([
  { store: 'secret', fits: isListed },
  { store: 'sql', fits: isRow },
] as const)('many of the rows, each under a command, in $store', ({ store, fits }) => {
  it('moves whole or not at all', async () => {
    const namespace = await cluster.namespace('whose');
    const rows = sampled(table.filter(fits), sampleSeed() ? 40 : 100).map((parts, at) =>
      rowIn(namespace, parts, at, 3, 'Secret'),
    );
    const url = store === 'sql' ? await postgres.database() : '';
    if (store === 'sql') {
      const database = openDatabase(url, {});
      const sql = openSql(database);
      const asRow = ({ type: _, ...record }: ReleaseRecord): ReleaseRecord => ({
        ...record,
        kind: 'SQL',
      });
      for (const { records } of rows) for (const record of records) await sql.create(asRow(record));
      await database.close();
    } else
      await mapLimit(
        rows.flatMap(({ records }) => records),
        8,
        put,
      );
    const env = url === '' ? {} : { HELM_DRIVER_SQL_CONNECTION_STRING: url };
    const from = `${store}:${namespace}`;
    await mapLimit([...rows.entries()], 4, async ([at, { parts, mark, odd }]) => {
      const right = rightOf(parts);
      // A content that names a release beside key and label isn't looked for: docs/whose-record.md.
      const isFound = parts.key === 'alpha' || parts.name === 'alpha' || right.names.length === 0;
      const isHers =
        right.names.includes('alpha') && (isFound || (parts.key === 'odd' && parts.name === '-'));
      const name = called('alpha', mark);
      const to = join(folder, `${store}-${mark}`);
      const deletes = at % 2 === 1;
      const line = deletes
        ? `relocate ${name} --from ${from} --to dir:${to} --delete-source --yes --backup ${to}-saved`
        : `copy ${name} --from ${from} --to dir:${to} --yes`;
      const done = await ours(line, env);
      const stops = deletes && isHers && !right.whole;
      expect([titleOf(parts), done.code, done.err]).toEqual([
        titleOf(parts),
        stops ? 4 : 0,
        expect.any(String),
      ]);
      const there: string[] = [];
      if (existsSync(to))
        for await (const page of (await openDirectory(to)).list({}))
          there.push(...page.flatMap((one) => ('payload' in one ? one.payload : [])));
      expect([titleOf(parts), there.includes(odd.payload)]).toEqual([
        titleOf(parts),
        isHers && !stops,
      ]);
      if (stops) expect(there).toEqual([]);
    });
    // What was refused, or was never of it, is where it was.
    const left = await ours(`list --storage ${from} -o json`, env);
    const shown = JSON.parse(left.out) as { name: string }[];
    for (const [at, { parts, mark }] of rows.entries()) {
      const stays =
        at % 2 === 0 || (rightOf(parts).names.includes('alpha') && !rightOf(parts).whole);
      if (stays && parts.key === 'alpha')
        expect([titleOf(parts), shown.some(({ name }) => name.endsWith(`-${mark}`))]).toEqual([
          titleOf(parts),
          true,
        ]);
    }
  });
});
