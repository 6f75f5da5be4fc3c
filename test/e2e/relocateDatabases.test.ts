/** Two PostgreSQL databases in one move: real helm 3 and 4 wrote the one and go on in the other. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../cluster/postgres.ts';
import { runCli } from '../unit/cli-io.ts';
import { cluster, contents, type Helm, helm, recordsIn, type World } from './relocateWorld.ts';

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));
let postgres: Postgres;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'relocate-databases-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await postgres.stop();
});

/** Two releases of two revisions in the first of two databases. */
async function world(which: Helm): Promise<{ old: World; next: World }> {
  const namespace = await cluster.namespace('databases');
  const [old, next] = [await postgres.database(), await postgres.database()].map((sqlUrl) => ({
    ...{ helm: which, namespace, sqlUrl },
  })) as [World, World];
  for (const name of ['app', 'cart']) {
    await helm(old, 'sql', 'install', name, chart);
    await helm(old, 'sql', 'upgrade', name, chart, '--set', 'greeting=two');
  }
  return { old, next };
}

async function run(line: string, { sqlUrl }: World, next = '', more = {}) {
  const env = {
    ...more,
    KUBECONFIG: cluster.adminKubeconfig,
    HELM_DRIVER_SQL_CONNECTION_STRING: sqlUrl,
    NEW_DATABASE: next,
  };
  const ran = await runCli(line.split(' '), { env });
  for (const text of [ran.out, ran.err]) expect(text).not.toContain(postgres.password);
  return ran;
}

const toNew = '--from sql --to sql --to-sql-connection-env NEW_DATABASE';

describe.each<Helm>(['helm3', 'helm4'])('from one database into another, with %s', (which) => {
  it('rows arrive as they were, helm goes on there, and the old ones go', async () => {
    const { old, next } = await world(which);
    const before = contents(await recordsIn('sql', old));
    const report = join(folder, `${which}.json`);
    const line = `relocate --all -n ${old.namespace} ${toNew} --delete-source --yes --report ${report} --backup ${folder}/${which}`;
    const { code, out, err } = await run(line, old, next.sqlUrl);
    expect(err).toBe(`Report: ${report}\n`);
    expect(readFileSync(report, 'utf8')).not.toContain(postgres.password);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^Plan: 2 releases, 4 revisions of namespace \S+, sql:\S+ → sql \(.*another database\)$/m,
    );
    expect(out).toContain('4 records created, read back and equal, 4 sources deleted.');
    expect(out).toContain(
      'Next: HELM_DRIVER_SQL_CONNECTION_STRING="$NEW_DATABASE" HELM_DRIVER=sql helm list -A',
    );
    expect(contents(await recordsIn('sql', next))).toEqual(before);
    expect((await recordsIn('sql', old)).size).toBe(0);
    const undo = /^Undo: kubectl releases (.*)$/m.exec(out)?.[1] ?? '';
    expect(undo).toContain(
      '--release-storage-sql-connection-env NEW_DATABASE --to-sql-connection-env',
    );
    const undone = await run(`${undo} --yes --backup ${folder}/${which}-back`, old, next.sqlUrl);
    expect(undone.code, undone.out + undone.err).toBe(0);
    expect(contents(await recordsIn('sql', old))).toEqual(before);
    expect((await recordsIn('sql', next)).size).toBe(0);
    const again = line.replace(`/${which} `, `/${which}-again `).replace(/\.json/, '-2.json');
    expect((await run(`${again}-again`, old, next.sqlUrl)).code).toBe(0);
    await helm(next, 'sql', 'rollback', 'app', '1');
    await helm(next, 'sql', 'uninstall', 'cart');
    expect(await helm(next, 'sql', 'list', '-q')).toBe('app\n');
  });

  it('a copy without --to is equal when it is made again, and both have it', async () => {
    const { old, next } = await world(which);
    const line = `copy --all -n ${old.namespace} --from sql --to-sql-connection ${next.sqlUrl} --yes`;
    const { code, out } = await run(line, old);
    expect(code).toBe(0);
    expect(out).toContain('HELM_DRIVER_SQL_CONNECTION_STRING=… HELM_DRIVER=sql helm list');
    expect((await run(line, old)).out).toContain('2 releases are already copied and equal');
    expect(contents(await recordsIn('sql', next))).toEqual(contents(await recordsIn('sql', old)));
  });
});

/** The Undo that a run printed, without the program's name. */
const undoIn = (out: string) => /^Undo: kubectl releases (.*)$/m.exec(out)?.[1] ?? '';

describe('the way back goes to the database that it came from', () => {
  it('after a rename, there and back and there again', async () => {
    const { old, next } = await world('helm4');
    const keys = async () =>
      [await recordsIn('sql', old), await recordsIn('sql', next)].map((found) => [...found.keys()]);
    const before = await keys();
    const line = `relocate app -n ${old.namespace} ${toNew} --to-name fresh --delete-source --yes`;
    const away = await run(`${line} --backup ${folder}/away`, old, next.sqlUrl);
    expect(away, away.err).toMatchObject({ code: 0 });
    const moved = await keys();
    expect(moved).not.toEqual(before);
    const back = await run(`${undoIn(away.out)} --yes --backup ${folder}/b`, old, next.sqlUrl);
    expect(back, back.err).toMatchObject({ code: 0 });
    expect(await keys()).toEqual(before);
    const again = await run(`${undoIn(back.out)} --yes --backup ${folder}/c`, old, next.sqlUrl);
    expect(again, undoIn(back.out) + again.err).toMatchObject({ code: 0 });
    expect(await keys()).toEqual(moved);
  });

  it('which a variable has that the line was made of', async () => {
    const { old, next } = await world('helm4');
    const before = contents(await recordsIn('sql', old));
    // The shell has put in what "$MINE" is.
    const line = `relocate app cart -n ${old.namespace} --from sql --release-storage-sql-connection ${old.sqlUrl} --to secret --delete-source --yes --backup ${folder}/mine`;
    const away = await run(line, next, '', { MINE: old.sqlUrl });
    expect(away, away.err).toMatchObject({ code: 0, err: '' });
    const undo = undoIn(away.out);
    expect(undo).toContain('--to sql --delete-source --release-storage-sql-connection-env MINE');
    const back = await run(`${undo} --yes --backup ${folder}/mine-b`, next, '', {
      MINE: old.sqlUrl,
    });
    expect(back, back.err).toMatchObject({ code: 0 });
    expect(back.out).toContain(
      'Next: HELM_DRIVER_SQL_CONNECTION_STRING="$MINE" HELM_DRIVER=sql helm list -A',
    );
    expect(contents(await recordsIn('sql', old))).toEqual(before);
    expect(await recordsIn('sql', next)).toEqual(new Map());
  });

  it('and to no other one where only the command line had it', async () => {
    const { old, next } = await world('helm4');
    const before = contents(await recordsIn('sql', old));
    for (const [to, backup] of [
      ['--to secret', `${folder}/only`],
      ['--to sql --to-sql-connection-env NEW_DATABASE', `${folder}/only-2`],
    ] as const) {
      const third: World = { ...next, sqlUrl: await postgres.database() };
      const line = `relocate --all -n ${old.namespace} --from sql --release-storage-sql-connection ${old.sqlUrl} ${to} --delete-source --yes --backup ${backup}`;
      const away = await run(line, third, next.sqlUrl);
      expect(away, away.err).toMatchObject({ code: 0 });
      expect(away.err).toContain('before the Undo, set SQL_CONNECTION_OF_THAT_RUN to it\n');
      const undo = `${undoIn(away.out)} --yes --backup ${backup}-back`.replace(
        /^(copy.*) --backup .*/,
        '$1',
      );
      const asPrinted = await run(undo, third, next.sqlUrl);
      expect(asPrinted.code, asPrinted.out).toBe(2);
      expect(asPrinted.err).toContain(
        'no connection string in the environment variable SQL_CONNECTION_OF_THAT_RUN',
      );
      const back = await run(undo, third, next.sqlUrl, { SQL_CONNECTION_OF_THAT_RUN: old.sqlUrl });
      expect(back, undo + back.err).toMatchObject({ code: 0 });
      expect(contents(await recordsIn('sql', old))).toEqual(before);
      expect(await recordsIn('sql', third)).toEqual(new Map());
    }
  });
});

it('what restore replaces in a database comes back by the line that it prints', async () => {
  const { old } = await world('helm4');
  const before = contents(await recordsIn('sql', old));
  const zip = join(folder, 'sql.zip');
  await run(`backup --all -n ${old.namespace} --storage sql ${zip}`, old);
  await helm(old, 'sql', 'upgrade', 'app', chart, '--set', 'greeting=three');
  const later = contents(await recordsIn('sql', old));
  const line = `restore ${zip} --to sql --overwrite app --backup ${folder}/replaced --yes`;
  const done = await run(line, old);
  expect(done, done.err).toMatchObject({ code: 0 });
  expect(done.out).toContain(
    'Next: HELM_DRIVER=sql helm list -A · kubectl releases list -A --storage sql\n',
  );
  const undo = undoIn(done.out);
  expect(undo).toBe(`restore ${folder}/replaced --to sql --overwrite app`);
  expect(contents(await recordsIn('sql', old))).not.toEqual(later);
  const undone = await run(`${undo} --backup ${folder}/replaced-b --yes`, old);
  expect(undone, undone.err).toMatchObject({ code: 0 });
  expect(contents(await recordsIn('sql', old))).toEqual(later);
  expect(later).not.toEqual(before);
});

it('a release of another namespace of the database is named, with the flag that means it', async () => {
  const { old } = await world('helm4');
  const { code, err } = await run(`copy app --from sql --to dir:${folder}/elsewhere --yes`, old);
  expect(code).toBe(1);
  expect(err).toContain(`app is in namespace ${old.namespace} (Helm 3/4, sql`);
  expect(err).toContain(`try: -n ${old.namespace}\n`);
});

it('out of a database, the cluster of its context is known again under --to-context', async () => {
  const { old } = await world('helm4');
  const flags = `--to secret --to-context test --to-name fresh --dry-run`;
  const { code, out } = await run(`copy app -n ${old.namespace} --from sql ${flags}`, old);
  expect(code).toBe(4);
  expect(out).toContain('app-greeting would be app (');
  const gone = '--context gone';
  const away = await run(`copy app -n ${old.namespace} --from sql ${flags} ${gone}`, old);
  expect(away.code, away.err).toBe(0);
});

describe('what is no second database', () => {
  it('is the first one under another name: nothing is moved, and nothing deleted', async () => {
    const { old } = await world('helm4');
    const other = old.sqlUrl.replace('127.0.0.1', 'localhost');
    expect(other).not.toBe(old.sqlUrl);
    const line = `relocate --all -n ${old.namespace} ${toNew} --delete-source --yes`;
    const { code, out } = await run(line, old, other);
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain('source and target are the same place');
    expect((await recordsIn('sql', old)).size).toBe(4);
  });

  it.each([
    ['--to sql --to-sql-connection canary-pw', '', "--to-sql-connection-env can't both hold"],
    ['--to sql', '', 'no connection string in the environment variable NEW_DATABASE'],
    [
      '--to secret',
      'postgresql://u:canary-pw@127.0.0.1:1/d',
      'for records that go into a database',
    ],
    ['--to sql', 'postgresql://u:canary-pw@127.0.0.1:1/d?sslmode=disable', ''],
    ['--to sql', 'canary-pw', ''],
  ])('is said, and nothing of it is quoted: %s %s', async (more, next, said) => {
    const sqlUrl = await postgres.database();
    const here: World = { helm: 'helm4', namespace: 'default', sqlUrl };
    const line = `copy --all --from sql ${more} --to-sql-connection-env NEW_DATABASE --yes`;
    const { code, out, err } = await run(line, here, next);
    expect(code).not.toBe(0);
    expect(err).toContain(said);
    expect(out + err).not.toContain('canary-pw');
  });

  it('is a connection where a variable’s name belongs', async () => {
    const here: World = { helm: 'helm4', namespace: 'default', sqlUrl: '' };
    const line =
      'copy --all --from sql --to sql --to-sql-connection-env postgresql://u:canary-pw@h/d';
    const { code, out, err } = await run(`${line} --yes`, here);
    expect(code).toBe(2);
    expect(out + err).not.toContain('canary-pw');
  });
});
