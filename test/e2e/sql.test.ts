/** Helm's own SQL driver and ours on one PostgreSQL: each reads what the other wrote. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePayload } from '../../src/codecs/index.ts';
import { isReleasesError } from '../../src/errors.ts';
import { isBad, type ReadRecord, type ReleaseRecord } from '../../src/record.ts';
import { type Database, openDatabase } from '../../src/storage/sql/connection.ts';
import { openSql } from '../../src/storage/sql/sql.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { useClients, useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

async function all(storage: Storage): Promise<ReleaseRecord[]> {
  const records: ReadRecord[] = [];
  for await (const page of storage.list({ owner: 'helm' })) records.push(...page);
  return records.flatMap((record) => (isBad(record) ? [] : record));
}

describe.each(['helm3', 'helm4'] as const)('%s on the same database', (which) => {
  const cluster = useCluster();
  const clients = useClients();
  let [url, namespace] = ['', ''];
  let database: Database;

  const helm = async (...args: string[]) => {
    const result = await clients.run(clients[which], [...args, '-n', namespace], {
      kubeconfig: cluster.adminKubeconfig,
      env: { HELM_DRIVER: 'sql', HELM_DRIVER_SQL_CONNECTION_STRING: url },
    });
    if (result.code !== 0) throw new Error(`${which} ${args[0]}: ${result.stderr}`);
    return result.stdout;
  };

  beforeAll(async () => {
    url = await postgres.database();
    namespace = await cluster.namespace('sql');
    database = openDatabase(url, {});
  });
  afterAll(() => database.close());

  it('reads what helm wrote, and writes rows that helm goes on with', async () => {
    const storage = openSql(database);
    await helm('install', 'app', chart);
    await helm('upgrade', 'app', chart, '--set', 'message=two');
    const records = await all(storage);
    expect(records.map(({ key, namespace: at }) => [key, at]).sort()).toEqual(
      [1, 2].map((n) => [`sh.helm.release.v1.app.v${n}`, namespace]),
    );
    for (const { payload } of records)
      expect(decodePayload(payload)).toMatchObject({ name: 'app', namespace });

    for (const record of records) await storage.delete(record);
    expect(await helm('list', '-q')).toBe('');
    for (const record of records) await storage.create(record);
    expect((await all(storage)).map(({ payload }) => payload).sort()).toEqual(
      records.map(({ payload }) => payload).sort(),
    );
    expect(await helm('list', '-q')).toBe('app\n');
    // Labels: only those that somebody gave. Helm 4 prints them, without a revision too.
    const env = { KUBECONFIG: cluster.adminKubeconfig, HELM_DRIVER: 'sql' };
    const sql = { ...env, HELM_DRIVER_SQL_CONNECTION_STRING: url };
    for (const output of which === 'helm4' ? ['table', 'json'] : []) {
      const line = ['get', 'metadata', 'app', '-o', output];
      const own = [...line, '-n', namespace, '--compat', which];
      expect((await runCli(own, { env: sql })).out).toBe(await helm(...line));
    }
    await helm('rollback', 'app', '1');
    await helm('upgrade', 'app', chart, '--set', 'message=four');
    const history = JSON.parse(await helm('history', 'app', '-o', 'json'));
    expect(history).toHaveLength(4);
    await helm('uninstall', 'app');
    expect(await all(storage)).toEqual([]);
  });
});

describe('tables', () => {
  it('made here are the ones that helm makes, and helm takes them for its own', async () => {
    const cluster = useCluster();
    const clients = useClients();
    const namespace = await cluster.namespace('sql');
    const shapes: unknown[] = [];
    for (const first of ['ours', 'helm']) {
      const url = await postgres.database();
      const database = openDatabase(url, {});
      const record: ReleaseRecord = {
        kind: 'SQL',
        namespace,
        key: 'sh.helm.release.v1.made.v1',
        labels: { owner: 'helm', name: 'made', status: 'deployed', version: '1', team: 'pay' },
        payload: 'eA==',
      };
      const helm = () =>
        clients.run(clients.helm4, ['list', '-n', namespace], {
          kubeconfig: cluster.adminKubeconfig,
          env: { HELM_DRIVER: 'sql', HELM_DRIVER_SQL_CONNECTION_STRING: url },
        });
      if (first === 'helm') expect((await helm()).code).toBe(0);
      await openSql(database).create(record);
      expect((await helm()).code).toBe(0);
      expect(await openSql(database).get(record)).toMatchObject({ labels: { team: 'pay' } });
      shapes.push([
        await database.query(
          `SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
             column_default
           FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2`,
        ),
        await database.query(
          `SELECT tablename, regexp_replace(indexdef, 'INDEX \\S+', 'INDEX') AS index
           FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2`,
        ),
        await database.query(
          `SELECT relname, relrowsecurity, relacl::text FROM pg_class
           WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
        ),
        await database.query('SELECT id FROM gorp_migrations ORDER BY 1'),
      ]);
      await database.close();
    }
    expect(shapes[0]).toEqual(shapes[1]);
  });

  it('that another owner hides are an error, not an empty list', async () => {
    const url = await postgres.database();
    const owner = openDatabase(url, {});
    const storage = openSql(owner);
    await storage.create({
      kind: 'SQL',
      namespace: 'pay',
      key: 'sh.helm.release.v1.app.v1',
      labels: { owner: 'helm', name: 'app', status: 'deployed', version: '1' },
      payload: 'eA==',
    });
    await owner.query("CREATE ROLE reader LOGIN PASSWORD 'reader'");
    await owner.close();
    const other = new URL(url);
    other.username = 'reader';
    other.password = 'reader';
    const database = openDatabase(other.href, {});
    const error = await all(openSql(database)).catch((reason: unknown) => reason);
    expect(isReleasesError(error, 'FORBIDDEN')).toBe(true);
    await database.close();
  });
});

describe('a connection that fails', () => {
  it.each([
    ['nobody listens', 'postgresql://u:canary-pw@127.0.0.1:1/db?sslmode=disable', 'UNREACHABLE'],
    [
      'the password is wrong',
      'postgresql://postgres:canary-pw@HOST/postgres?sslmode=disable',
      'UNAUTHORIZED',
    ],
    ['there is no such database', 'RIGHT/canary-db?sslmode=disable', 'NOT_FOUND'],
    ['the server has no TLS', 'postgresql://postgres:canary-pw@HOST/postgres', 'UNREACHABLE'],
    ['the text is nothing', 'canary-pw', 'USAGE'],
    ['the mode is unknown', 'host=x password=canary-pw sslmode=canary', 'USAGE'],
  ])('says so and quotes nothing: %s', async (_, template, code) => {
    const right = postgres.connectionString.replace(/\/postgres\?.*/, '');
    const url = template.replace('RIGHT', right).replace('HOST', `127.0.0.1:${postgres.port}`);
    const error = await (async () => {
      const database = openDatabase(url, {});
      await database.query('SELECT 1').finally(() => database.close());
    })().catch((reason: unknown) => reason);
    expect(isReleasesError(error) && error.code).toBe(code);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/canary-(pw|db)/);
  });
});
