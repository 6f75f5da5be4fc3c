/** Whatever the program waits for, a signal ends it; and what has no end it doesn't wait for. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sketchRecord } from '../unit/cli-records.ts';
import { withArguments } from './program.ts';

let folder: string;
let socket: Server;
const at = (name: string) => join(folder, name);
const record = sketchRecord({ name: 'billing', helm: 2 });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signals-'));
  execFileSync('mkfifo', [at('pipe'), at('pipe.zip')]);
  mkdirSync(at('folder.zip'));
  mkdirSync(at('records'));
  execFileSync('mkfifo', [at('records/pipe.yaml')]);
  const { key, namespace, labels, payload } = record;
  const manifest = {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { release: payload } },
    metadata: { name: key, namespace, labels },
  };
  writeFileSync(at('records/record.json'), JSON.stringify(manifest));
  cpSync(at('records/record.json'), at('record.json'));
  writeFileSync(
    at('kubeconfig'),
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'piped' },
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      contexts: [{ name: 'piped', context: { cluster: 'c' } }],
    }),
  );
  writeFileSync(at('passphrase'), 'a passphrase\n');
  socket = createServer();
  await new Promise<void>((done) => socket.listen(at('socket'), done));
});
afterAll(() => {
  socket.close();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(command: readonly [string, readonly string[]], env: object = {}) {
  const child = spawn(command[0], command[1], {
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    stderr += piece;
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const ended = new Promise<Ended>((done) =>
    child.on('close', (code, signal) => {
      clearTimeout(killer);
      done({ code, signal, stdout, stderr });
    }),
  );
  const says = async (text: string) => {
    while (!stderr.includes(text) && child.exitCode === null) await sleep(20);
  };
  return { child, ended, says };
}

const run = (...args: string[]) => start(withArguments(args)).ended;
/** `<(…)` is bash's. */
const inBash = (line: string, env: object = {}) => {
  const [file, first] = withArguments([]);
  const program = [file, ...first].map((word) => `'${word}'`).join(' ');
  return start(['bash', ['-c', line.replaceAll('PROGRAM', program)]], env).ended;
};

describe('a signal ends the program while it waits for a pipe', () => {
  const waits: readonly [string[], object?][] = [
    [['list', '--kubeconfig', 'pipe']],
    [['list'], { KUBECONFIG: 'pipe' }],
    [['list', '--contexts', '*'], { KUBECONFIG: 'pipe' }],
    [['list', '--server', 'https://127.0.0.1:1', '--certificate-authority', 'pipe']],
    [['decode', 'pipe']],
    [['encode', 'pipe']],
    [['verify', 'none.zip', '--identity', 'pipe']],
    [['verify', 'none.zip', '--passphrase-file', 'pipe']],
    [['backup', '--all', 'new.zip', '--storage', 'dir:records', '--passphrase-file', 'pipe']],
    [
      [
        'relocate',
        '--all',
        '--from',
        'dir:records',
        '--to',
        'file:new.zip',
        '--keep-source',
        '--passphrase-file',
        'pipe',
      ],
    ],
    [['migrate2to3', '--all', '--kubeconfig', 'pipe']],
    [['cleanup', '--kubeconfig', 'pipe']],
    [['completion', 'words', '--', 'list', '--kubeconfig', 'pipe', '--context', '']],
  ];
  const stopping = ['backup', 'relocate', 'migrate2to3', 'cleanup'];

  it.concurrent.for(waits)('%j', async ([args, env = {}], { expect }) => {
    const ends = (['SIGTERM', 'SIGINT'] as const).map(async (signal) => {
      const { child, ended, says } = start(withArguments(args), env);
      await says('waiting: for what comes through pipe\n');
      const sent = performance.now();
      child.kill(signal);
      const { code, signal: by, stdout } = await ended;
      const stops = stopping.includes(args[0] ?? '');
      expect([code, by, stdout]).toEqual([signal === 'SIGTERM' && !stops ? 143 : 130, null, '']);
      expect(performance.now() - sent).toBeLessThan(2000);
    });
    await Promise.all(ends);
  });
});

describe('what has no end', () => {
  it.each([
    [['decode', '/dev/zero'], '/dev/zero holds more than'],
    [['encode', '/dev/zero'], '/dev/zero holds more than'],
    [['list', '--kubeconfig', '/dev/zero'], "can't read the kubeconfig /dev/zero"],
    [
      ['list', '--server', 'https://127.0.0.1:1', '--certificate-authority', '/dev/zero'],
      '/dev/zero: ',
    ],
    [
      ['verify', 'none.zip', '--passphrase-file', '/dev/zero'],
      'too long for a key or a passphrase',
    ],
    [['verify', 'none.zip', '--identity', '/dev/zero'], 'too long for a key or a passphrase'],
  ])('is an error: %j', async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(stderr).toContain(message);
    expect([1, 2]).toContain(code);
  });
});

describe('a path that is no file', () => {
  it.each([
    ['verify', 'pipe.zip', 'is a pipe, and an archive is a file'],
    ['verify', 'file:socket', 'is a socket, and an archive is a file'],
    ['verify', 'folder.zip', 'is a folder, and an archive is a file'],
    ['verify', 'file:/dev/zero', 'is a device, and an archive is a file'],
    ['restore', 'pipe.zip', 'is a pipe, and an archive is a file'],
    ['restore', 'socket', 'neither a folder nor a file'],
    ['decode', 'socket', 'it is a socket'],
    ['decode', 'records', 'it is a folder'],
  ])('%s %s is refused at once', async (command, path, message) => {
    const { code, stderr } = await run(command, path);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it.each(['pipe.zip', 'file:socket', 'folder.zip'])(
    '%s does not become an archive',
    async (path) => {
      const args = ['backup', '--all', path, '--storage', 'dir:records', '--overwrite'];
      const { code, stderr } = await run(...args);
      expect(stderr).toMatch(/can't be made: it is a (pipe|socket|folder)/);
      expect(code).toBe(2);
    },
  );

  it('is passed over in a folder of manifests', async () => {
    const { code, stdout } = await run('list', '-A', '--storage', 'dir:records', '-o', 'json');
    expect([code, JSON.parse(stdout).length]).toEqual([0, 1]);
  });
});

describe('what comes through a pipe', () => {
  it('is read from <(…), when it comes', async () => {
    const decoded = await inBash('PROGRAM decode <(sleep 0.3; cat record.json)');
    expect(decoded).toMatchObject({ code: 0, stdout: expect.stringContaining('billing') });
    for (const line of [
      'PROGRAM list --kubeconfig <(cat kubeconfig)',
      'KUBECONFIG=<(cat kubeconfig) PROGRAM list',
    ])
      expect((await inBash(line)).stderr).toContain('https://127.0.0.1:1: connection refused');
    const contexts = await inBash(
      'PROGRAM completion words -- list --kubeconfig <(cat kubeconfig) --context ""',
    );
    expect(contexts.stdout).toContain('piped\tcontext');
    const locked = await inBash(
      'PROGRAM backup --all locked.zip --storage dir:records --passphrase-file <(cat passphrase)',
    );
    expect(locked.code, locked.stderr).toBe(0);
    const opened = await inBash('PROGRAM verify locked.zip --passphrase-file <(cat passphrase)');
    expect([opened.code, opened.stderr]).toEqual([0, '']);
  });

  it('may be nothing', async () => {
    const { code, stderr } = await inBash('PROGRAM decode <(true)');
    expect(stderr).toContain("there is no record of Helm's in /dev/fd/");
    expect(code).toBe(1);
  });

  it('is read from a pipe with a name, when somebody writes to it', async () => {
    const { ended, says } = start(withArguments(['decode', 'pipe']));
    await says('waiting: for what comes through pipe\n');
    execFileSync('sh', ['-c', 'cat record.json > pipe'], { cwd: folder });
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('billing') });
  });
});
