/** One database by two connection strings, two schemas of one, a clone, a replica: which are one place? */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/sql/connection.ts';
import { openSql } from '../../src/storage/sql/sql.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';

let postgres: Postgres;
let [url, folder] = ['', ''];
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  url = await postgres.database();
  folder = mkdtempSync(join(tmpdir(), 'sql-places-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function query(at: string, ...sql: readonly string[]) {
  const database = openDatabase(at, {});
  try {
    for (const one of sql) await database.query(one);
  } finally {
    await database.close();
  }
}

const schema = (name: string, at = url) => `${at}&search_path=${name}`;

/** Three revisions each of two releases, one with a custom label. */
async function fill(at: string) {
  const database = openDatabase(at, {});
  const storage = openSql(database);
  for (const name of ['app', 'cart'])
    for (const revision of [1, 2, 3]) {
      const status = revision === 3 ? 'deployed' : 'superseded';
      const { type: _, ...record } = sketchRecord(
        { name, revision, status },
        { kind: 'SQL', namespace: 'pay' },
      );
      const labels = { ...record.labels, ...(name === 'app' && { team: 'pay' }) };
      await storage.create({ ...record, labels });
    }
  await database.close();
}

/** What is there, with labels and without what differs from table to table. */
async function rowsIn(at: string): Promise<string[]> {
  const database = openDatabase(at, {});
  const found: string[] = [];
  for await (const page of openSql(database).list({}))
    for (const record of page) {
      const { resourceVersion: _, ...rest } = record;
      found.push(JSON.stringify(rest));
    }
  await database.close();
  return found.sort();
}

async function run(line: string, from: string, to: string, interrupt?: AbortSignal) {
  const env = { HELM_DRIVER_SQL_CONNECTION_STRING: from, NEW_DATABASE: to };
  const words = line.split(' ').map((word) => word.replaceAll('DIR', folder));
  const ran = await runCli(words, { env, ...(interrupt && { interrupt }) });
  return { ...ran, said: (ran.out + ran.err).replace(/\s+/g, ' ') };
}

const ends = '--from sql --to sql --to-sql-connection-env NEW_DATABASE';
const move = `relocate -A ${ends} --delete-source --yes --concurrency 1`;

/** From here on, a row of app's oldest revision can't be deleted. */
async function hold(at: string) {
  await query(
    at,
    `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'held' USING ERRCODE = '57014'; END $$`,
    `CREATE TRIGGER hold BEFORE DELETE ON releases_v1 FOR EACH ROW
       WHEN (OLD.key = 'sh.helm.release.v1.app.v2') EXECUTE FUNCTION hold()`,
  );
}

describe('two schemas of one database', () => {
  it.each([
    ['public', 'team_b'],
    ['team_a', 'team_b'],
    ['team_b', 'public'],
  ])('are two places: %s to %s moves whole, and back', async (a, b) => {
    await query(url, 'CREATE SCHEMA team_a', 'CREATE SCHEMA team_b');
    const [from, to] = [schema(a), schema(b)];
    await fill(from);
    const before = await rowsIn(from);
    const { code, said } = await run(`${move} --backup DIR/b1`, from, to);
    expect(code, said).toBe(0);
    expect(said).toContain('6 sources deleted');
    expect(await rowsIn(to)).toEqual(before);
    expect(await rowsIn(from)).toEqual([]);
    const back = await run(`${move} --backup DIR/b2`, to, from);
    expect(back.code, back.said).toBe(0);
    expect(await rowsIn(from)).toEqual(before);
    expect(await rowsIn(to)).toEqual([]);
  });

  it('a move that broke half-way goes on, and ends with each release in one of them', async () => {
    await query(url, 'CREATE SCHEMA team_b');
    const [from, to] = [url, schema('team_b')];
    await fill(from);
    const before = await rowsIn(from);
    await hold(from);
    const broken = await run(`${move} --backup DIR/b1`, from, to);
    expect(broken.code, broken.said).toBe(1);
    expect(await rowsIn(to)).toEqual(before);
    expect((await rowsIn(from)).length).toBeLessThan(6);
    await query(from, 'DROP TRIGGER hold ON releases_v1');
    const again = await run(`${move} --backup DIR/b2`, from, to);
    expect(again.code, again.said).toBe(0);
    expect(await rowsIn(from)).toEqual([]);
    expect(await rowsIn(to)).toEqual(before);
    expect((await run(`${move} --backup DIR/b3`, from, to)).said).not.toContain('created, read');
  });
});

describe('one place under two connection strings', () => {
  it.each([
    ['another name of the server', (at: string) => at.replace('127.0.0.1', 'localhost')],
    ['a search_path that ends at the same tables', () => schema('team_b,public')],
    ['a role that may ask nothing', (at: string) => at.replace(/postgres:\w+@/, 'plain:plain@')],
  ])('%s: nothing is moved, and nothing deleted', async (_, other) => {
    await query(
      url,
      'CREATE SCHEMA team_b',
      'DROP ROLE IF EXISTS plain',
      "CREATE ROLE plain LOGIN PASSWORD 'plain'",
      'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC',
    );
    await fill(url);
    await query(
      url,
      'CREATE POLICY every ON releases_v1 USING (true)',
      'CREATE POLICY every ON custom_labels_v1 USING (true)',
    );
    const before = await rowsIn(url);
    for (const [from, to] of [
      [url, other(url)],
      [other(url), url],
    ] as const) {
      const { code, said } = await run(`${move} --backup DIR/b`, from, to);
      expect(code, said).toBe(0);
      expect(said).toContain('source and target are the same place');
      expect(await rowsIn(url)).toEqual(before);
    }
  });

  it('and a part of another is refused: a table of labels that both use', async () => {
    await fill(url);
    await query(url, 'CREATE SCHEMA team_b', 'CREATE TABLE team_b.releases_v1 (LIKE releases_v1)');
    const before = await rowsIn(url);
    const { code, said } = await run(`${move} --backup DIR/b`, url, schema('team_b,public'));
    expect(code, said).toBe(4);
    expect(said).toContain('error: the two databases are not apart');
    expect(await rowsIn(url)).toEqual(before);
  });
});

describe('a copy of a server', () => {
  it('as a clone is another place, though it has the same identifier', async () => {
    await fill(url);
    const before = await rowsIn(url);
    const clone = await postgres.copy('clone');
    try {
      const other = url.replace(`:${postgres.port}/`, `:${clone.port}/`);
      expect(await rowsIn(other)).toEqual(before);
      const { code, said } = await run(`${move} --backup DIR/b`, url, other);
      expect(code, said).toBe(0);
      expect(said).toContain('6 sources deleted');
      expect(await rowsIn(url)).toEqual([]);
      expect(await rowsIn(other)).toEqual(before);
    } finally {
      await clone.stop();
    }
  });

  it('as a replica is the same place: what is deleted in the one goes from both', async () => {
    await fill(url);
    const before = await rowsIn(url);
    const replica = await postgres.copy('replica');
    try {
      const other = url.replace(`:${postgres.port}/`, `:${replica.port}/`);
      for (const [from, to] of [
        [url, other],
        [other, url],
      ] as const) {
        const { code, said } = await run(`${move} --backup DIR/b`, from, to);
        expect(code, said).toBe(4);
        expect(said).toContain('one of them is a replica');
      }
      expect(await rowsIn(url)).toEqual(before);
      expect(await rowsIn(other)).toEqual(before);
    } finally {
      await replica.stop();
    }
  });
});
