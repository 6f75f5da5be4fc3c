/** Rows of a real PostgreSQL that somebody else works on, hides, or whose connection breaks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isReleasesError } from '../../src/errors.ts';
import type { RecordMeta, ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { type Database, openDatabase } from '../../src/storage/sql/connection.ts';
import { openSql } from '../../src/storage/sql/sql.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord } from '../unit/cli-records.ts';

let postgres: Postgres;
let [url, folder] = ['', ''];
let database: Database;
let storage: Storage;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  url = await postgres.database();
  folder = mkdtempSync(join(tmpdir(), 'sql-rows-'));
  database = openDatabase(url, {});
  storage = openSql(database);
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await database.close();
});

function row(name: string, revision = 1, labels: object = {}, namespace = 'pay'): ReleaseRecord {
  const status = revision === 3 ? 'deployed' : 'superseded';
  const { type: _, ...record } = sketchRecord(
    { name, namespace, revision, status },
    { kind: 'SQL', namespace },
  );
  return { ...record, labels: { ...record.labels, ...labels } };
}

async function metas(from: Storage): Promise<RecordMeta[]> {
  const found: RecordMeta[] = [];
  for await (const page of from.listMeta({})) found.push(...page);
  return found;
}

async function run(line: string, at = url) {
  const env = { HELM_DRIVER_SQL_CONNECTION_STRING: at };
  const ran = await runCli(
    line.split(' ').map((word) => word.replaceAll('DIR', folder)),
    { env },
  );
  for (const text of [ran.out, ran.err]) expect(text).not.toContain(postgres.password);
  return ran;
}

const customLabels = 'SELECT releaseKey, key, value FROM custom_labels_v1 ORDER BY 1, 2';

describe('custom labels that nothing keeps tidy', () => {
  it('of a row that was deleted by hand are no new row’s', async () => {
    await storage.create(row('lab', 1, { team: 'x' }));
    await storage.create(row('other', 1, { team: 'y' }));
    await database.query("DELETE FROM releases_v1 WHERE name = 'lab'");
    await storage.create(row('lab', 1, { owner2: 'me' }));
    const [read] = (await metas(storage)).filter(({ key }) => key.includes('lab'));
    expect(read?.labels).toMatchObject({ owner2: 'me' });
    expect(read?.labels.team).toBeUndefined();
    expect(await database.query(customLabels)).toMatchObject([
      { releasekey: 'sh.helm.release.v1.lab.v1', key: 'owner2', value: 'me' },
      { releasekey: 'sh.helm.release.v1.other.v1', key: 'team', value: 'y' },
    ]);
  });

  it('that are left are not touched where the row is there', async () => {
    await storage.create(row('lab', 1, { team: 'x' }));
    await expect(storage.create(row('lab', 1))).rejects.toMatchObject({ code: 'EXISTS' });
    expect(await database.query(customLabels)).toHaveLength(1);
  });

  it('and that a row has twice are named by every plan, as a loss where they differ', async () => {
    await storage.create(row('lab', 3, { team: 'x', tier: 'a' }));
    await database.query(
      `INSERT INTO custom_labels_v1 VALUES ('sh.helm.release.v1.lab.v3', 'pay', 'team', 'z'),
         ('sh.helm.release.v1.lab.v3', 'pay', 'tier', 'a')`,
    );
    const says = 'its row has labels twice, with different values, and copies have one: team';
    for (const line of [
      'relocate -A --from sql --to dir:DIR/to --delete-source --dry-run --check',
      'copy -A --from sql --to dir:DIR/to --dry-run --check',
    ])
      expect((await run(line)).out.replace(/\s+/g, ' '), line).toContain(says);
    const backup = await run('backup -A --storage sql DIR/all.zip --dry-run -o json');
    expect(backup.out).toContain(says);
    expect(backup.out).not.toContain('tier');
  });
});

describe('custom labels are part of a row', () => {
  const change = {
    changed: "UPDATE custom_labels_v1 SET value = 'search' WHERE key = 'team'",
    added: `INSERT INTO custom_labels_v1 VALUES ('sh.helm.release.v1.app.v1', 'pay', 'new', 'x')`,
    removed: "DELETE FROM custom_labels_v1 WHERE key = 'team'",
    doubled: `INSERT INTO custom_labels_v1 VALUES ('sh.helm.release.v1.app.v1', 'pay', 'team', 'b')`,
  };

  it.each(Object.entries(change))(
    'one that was %s since it was read is no other’s to delete',
    async (_, sql) => {
      await storage.create(row('app', 1, { team: 'pay' }));
      const [read] = await metas(storage);
      await database.query(sql);
      const now = await database.query(customLabels);
      const error = await storage.delete(read as RecordMeta).catch((reason: unknown) => reason);
      expect(isReleasesError(error, 'CONFLICT')).toBe(true);
      expect(await database.query(customLabels)).toEqual(now);
      const [again] = await metas(storage);
      expect(again?.resourceVersion).not.toBe(read?.resourceVersion);
      await storage.delete(again as RecordMeta);
      expect(await metas(storage)).toEqual([]);
      expect(await database.query(customLabels)).toEqual([]);
    },
  );

  it('the same ones in another order are the same row', async () => {
    await storage.create(row('app', 1, { team: 'pay', tier: 'gold' }));
    const [read] = await metas(storage);
    await database.query('CREATE TABLE kept AS SELECT * FROM custom_labels_v1 ORDER BY key DESC');
    await database.query('DELETE FROM custom_labels_v1');
    await database.query('INSERT INTO custom_labels_v1 SELECT * FROM kept ORDER BY key DESC');
    expect((await metas(storage))[0]?.resourceVersion).toBe(read?.resourceVersion);
    await storage.delete(read as RecordMeta);
    expect(await database.query(customLabels)).toEqual([]);
  });

  it('those of a table that was made since the plan count, too', async () => {
    await storage.create(row('app'));
    const [read] = await metas(storage);
    const other = openDatabase(url, {});
    await openSql(other).create(row('other', 1, { team: 'pay' }));
    await other.close();
    await database.query(change.added);
    const error = await storage.delete(read as RecordMeta).catch((reason: unknown) => reason);
    expect(isReleasesError(error, 'CONFLICT')).toBe(true);
    expect(await database.query(customLabels)).toHaveLength(2);
  });
});

/**
 * A proxy before the database that ends every connection as soon as it has seen a text so often: from
 * then on, or once, when the database has got it and answered.
 */
async function startBreaking(text: string, times: number, once = false) {
  const open = new Set<Socket>();
  let seen = 0;
  const end = () => {
    for (const one of open) one.destroy();
  };
  const server = createServer((client) => {
    const onward = connect(postgres.port, '127.0.0.1');
    for (const one of [client, onward]) {
      open.add(one);
      one.on('error', () => {});
    }
    client.on('close', () => onward.destroy());
    onward.on('close', () => client.destroy());
    onward.pipe(client);
    client.on('data', (bytes) => {
      seen += bytes.toString('latin1').split(text).length - 1;
      if (seen < times) return onward.write(bytes);
      if (!once) return end();
      seen = Number.NEGATIVE_INFINITY;
      onward.unpipe(client);
      onward.write(bytes);
      return onward.once('data', end).resume();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const broken = new URL(url);
  broken.port = String((server.address() as AddressInfo).port);
  return { url: broken.href, close: () => server.close() };
}

describe('a connection that breaks', () => {
  it('after the reply to a delete was lost: what is gone counts as deleted', async () => {
    for (const revision of [1, 2, 3]) await storage.create(row('app', revision));
    const proxy = await startBreaking('COMMIT', 2, true);
    const line = 'relocate app -A --from sql --to dir:DIR/to --delete-source --yes --backup DIR/b';
    const { code, out, err } = await run(line, proxy.url);
    proxy.close();
    expect(code, out + err).toBe(0);
    expect(out).toContain('3 sources deleted');
    expect(await metas(storage)).toEqual([]);
  });

  it.each([
    ['DELETE FROM releases_v1', 2],
    ['DELETE FROM releases_v1', 1],
    ['COMMIT', 1],
  ])('at %s number %i ends with the summary, and the next run goes on', async (text, times) => {
    for (const name of ['app', 'cart'])
      for (const revision of [1, 2, 3]) await storage.create(row(name, revision));
    const proxy = await startBreaking(text, times);
    const line = 'relocate -A --from sql --to dir:DIR/to --delete-source --yes --concurrency 1';
    const { code, out, err } = await run(`${line} --backup DIR/b1`, proxy.url);
    expect(code, out + err).toBe(1);
    expect(out + err).not.toContain('internal error');
    expect(out + err).toContain("the SQL database can't be reached");
    const left = await metas(storage);
    const copies = await metas(await openDirectory(join(folder, 'to')));
    expect(copies).toHaveLength(6);
    if (left.length < 6) expect(out).toMatch(/^Undo: /m);
    proxy.close();
    const again = await run(`${line} --backup DIR/b2`);
    expect(again.code, again.out + again.err).toBe(0);
    expect(await metas(storage)).toEqual([]);
    expect(await metas(await openDirectory(join(folder, 'to')))).toHaveLength(6);
  });
});

describe('under row-level security', () => {
  const policy = (name: string, what: string, table = 'releases_v1') =>
    `CREATE POLICY ${name} ON ${table} ${what}`;
  let role = '';
  /** The same database, as a user that owns nothing and to whom these policies apply. */
  async function asUser(...policies: readonly string[]): Promise<string> {
    role = `reader_${Math.random().toString(36).slice(2)}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'reader'`);
    for (const sql of policies) await database.query(sql.replaceAll('$me', role));
    const user = new URL(url);
    user.username = role;
    user.password = 'reader';
    return user.href;
  }
  beforeEach(async () => {
    await storage.create(row('app', 3));
    await storage.create(row('shop', 3, { team: 'shop' }, 'shop'));
  });
  const everyLabel = policy('labels', 'USING (true)', 'custom_labels_v1');
  const onePart =
    /^note: sql(:pay)? shows this user only a part \(row-level security of releases_v1\)/m;

  it.each([
    ['there is none', []],
    ['it is another role’s', [policy('others', 'TO postgres USING (true)')]],
    ['it is for writing alone', [policy('writes', 'FOR INSERT WITH CHECK (true)')]],
    ['it only restricts', [policy('restricts', 'AS RESTRICTIVE USING (true)')]],
  ])(
    'without a policy that shows rows (%s) it is an error, and no empty list',
    async (_, policies) => {
      const user = await asUser(...policies, everyLabel);
      const { code, err } = await run('list -A --storage sql', user);
      expect(code, err).toBe(1);
      expect(err).toContain('error: the rows of releases_v1 are hidden from this user\n');
    },
  );

  it.each([
    ['every row', [policy('every', 'USING (true)')]],
    [
      'every row, to a role that this one belongs to',
      [
        'CREATE ROLE $me_group',
        'GRANT $me_group TO $me',
        policy('every', 'TO $me_group USING (true)'),
      ],
    ],
    ['every row to those who bypass it', ['ALTER ROLE $me BYPASSRLS']],
  ])('whoever may see %s sees and moves all, and is told nothing', async (_, policies) => {
    const user = await asUser(...policies, everyLabel);
    const list = await run('list -A -q --storage sql', user);
    expect(list).toEqual({ code: 0, out: 'app\nshop\n', err: '' });
    const line = 'relocate -A --from sql --to dir:DIR/to --delete-source --yes --backup DIR/b';
    const { code, out, err } = await run(line, user);
    expect(code, out + err).toBe(0);
    expect(await metas(storage)).toEqual([]);
  });

  it.each([
    ['some rows', [policy('own', "USING (namespace = 'pay')"), everyLabel]],
    [
      'some again',
      [
        policy('every', 'USING (true)'),
        policy('own', "AS RESTRICTIVE USING (namespace = 'pay')"),
        everyLabel,
      ],
    ],
  ])('whoever may see %s is told that it is a part, and deletes nothing', async (_, policies) => {
    const user = await asUser(...policies);
    const list = await run('list -A -q --storage sql', user);
    expect(list.out).toBe('app\n');
    expect(list.err).toMatch(onePart);
    expect((await run('history app -n pay --storage sql', user)).err).toMatch(onePart);
    const line = 'relocate -A --from sql --to dir:DIR/to --delete-source --yes --backup DIR/b';
    const moved = await run(line, user);
    expect(moved.code).toBe(4);
    expect(moved.err).toMatch(onePart);
    expect(moved.out.replace(/\s+/g, ' ')).toContain('only a part (row-level security');
    expect(await metas(storage)).toHaveLength(2);
    const backup = await run('backup -A --storage sql DIR/all.zip', user);
    expect(backup.code).toBe(3);
    expect(backup.err).toMatch(onePart);
    const verified = await run('verify DIR/all.zip', user);
    expect(verified.code).toBe(3);
    expect(verified.out).toContain('It may lack what sql has, which was asked for: it shows this');
  });

  it('labels that are hidden keep their row from being moved as if it had none', async () => {
    const user = await asUser(
      policy('every', 'USING (true)'),
      policy('labels', "USING (key <> 'team')", 'custom_labels_v1'),
    );
    const line = 'relocate -A --from sql --to dir:DIR/to --delete-source --yes --backup DIR/b';
    const { code, err } = await run(line, user);
    expect(code).toBe(4);
    expect(err).toContain('row-level security of custom_labels_v1');
    expect(await metas(storage)).toHaveLength(2);
  });

  it('whoever may read all and delete nothing is told so in the plan', async () => {
    const user = await asUser(policy('reads', 'FOR SELECT USING (true)'), everyLabel);
    expect((await run('list -A -q --storage sql', user)).err).toBe('');
    const line = 'relocate -A --from sql --to dir:DIR/to --delete-source --yes --backup DIR/b';
    const { code, out } = await run(line, user);
    expect(code).toBe(4);
    expect(out.replace(/\s+/g, ' ')).toContain('lets this user delete nothing, or not all');
    expect(await metas(storage)).toHaveLength(2);
  });

  it('binds the owner, too, where it is forced', async () => {
    const user = await asUser(
      'ALTER TABLE releases_v1 FORCE ROW LEVEL SECURITY',
      'ALTER TABLE releases_v1 OWNER TO $me',
      everyLabel,
    );
    expect((await run('list -A --storage sql', user)).code).toBe(1);
  });

  it('of a target is said', async () => {
    const user = await asUser(policy('own', "USING (namespace = 'pay')"), everyLabel);
    const from = await openDirectory(join(folder, 'from'), { create: true });
    await from.create(sketchRecord({ name: 'cart', revision: 1 }));
    const { code, out, err } = await run('copy --all --from dir:DIR/from --to sql --yes', user);
    expect(code, out + err).toBe(0);
    expect(err).toContain('note: the target, sql, shows this user only a part');
  });
});

it('a database that is only read is said in words, before anything is deleted', async () => {
  const readOnly = `${url}&default_transaction_read_only=on`;
  await storage.create(row('app', 3));
  const from = await openDirectory(join(folder, 'from'), { create: true });
  await from.create(sketchRecord({ name: 'cart' }));
  const to = await run('copy --all --from dir:DIR/from --to sql --yes', readOnly);
  expect(to.code).toBe(1);
  expect(to.err).toContain('error: the SQL database is read-only\n');
  const line = 'relocate -A --from sql --to dir:DIR/to --delete-source --yes --backup DIR/b';
  const { code, out, err } = await run(line, readOnly);
  expect(code).toBe(4);
  expect(out.replace(/\s+/g, ' ')).toContain("its sources can't be deleted: sql is read-only");
  expect(err).toBe('');
  expect(await metas(storage)).toHaveLength(1);
});
