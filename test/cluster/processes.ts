/**
 * One etcd and one kube-apiserver, started with what a test needs: client certificates for users, RBAC,
 * an audit log. No controllers run: namespaces stay Terminating, owned objects stay, Jobs never start.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Binaries } from './binaries.ts';
import { makeAuthority, serverCertificate } from './certificates.ts';

const supervisor = fileURLToPath(new URL('supervisor.mjs', import.meta.url));

/** A running pair. `folder` holds its certificates, keys, data, logs and audit log. */
export interface Processes {
  readonly server: string;
  readonly folder: string;
  /** etcd's own address; no credentials are asked for there. */
  readonly etcd: string;
  /** Kills the server, as a crash would, or starts it again on its port. */
  turn(word: 'down' | 'up'): Promise<void>;
  /** What ended by itself, once something did. */
  readonly ended: () => string | undefined;
  /** Ends the server, then etcd, and removes the folder. */
  stop(): Promise<void>;
}

// Metadata of every request that a client makes; the server's own traffic would only be noise.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ['system:apiserver']
- level: Metadata
`;

/** Starts both processes and returns at once; whoever calls waits for /readyz. */
export async function startProcesses(binaries: Binaries): Promise<Processes> {
  const folder = mkdtempSync(join(memoryFolder(), 'kubectl-releases-cluster-'));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  // Every cluster has an authority of its own name: two in one process must not be mistaken.
  const authority = makeAuthority(`test cluster ${randomBytes(4).toString('hex')}`);
  const serving = serverCertificate(authority, ['localhost', '127.0.0.1', '10.0.0.1']);
  const accounts = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = write('ca.crt', authority.cert);
  write('ca.key', authority.key);
  write('ca.name', authority.name);
  const accountKey = write(
    'accounts.key',
    accounts.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
  );
  const accountPublicKey = write(
    'accounts.pub',
    accounts.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  );
  const [etcdPort, serverPort] = await freePorts();
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const etcd = {
    '--data-dir': join(folder, 'etcd'),
    '--listen-client-urls': etcdUrl,
    '--advertise-client-urls': etcdUrl,
    '--listen-peer-urls': 'http://127.0.0.1:0',
    '--unsafe-no-fsync': 'true',
    '--quota-backend-bytes': String(8 * 2 ** 30),
    '--log-level': 'warn',
  };
  const server = {
    '--etcd-servers': etcdUrl,
    '--bind-address': '127.0.0.1',
    '--secure-port': String(serverPort),
    '--tls-cert-file': write('server.crt', serving.cert),
    '--tls-private-key-file': write('server.key', serving.key),
    '--client-ca-file': ca,
    '--service-account-issuer': 'https://kubernetes.default.svc',
    '--service-account-key-file': accountPublicKey,
    '--service-account-signing-key-file': accountKey,
    '--authorization-mode': 'RBAC',
    '--disable-admission-plugins': 'ServiceAccount',
    '--service-cluster-ip-range': '10.0.0.0/24',
    '--endpoint-reconciler-type': 'none',
    '--audit-policy-file': write('audit-policy.yaml', auditPolicy),
    '--audit-log-path': write('audit.log', ''),
    '--audit-log-maxsize': '10000',
  };
  const plan = {
    folder,
    etcd: { command: binaries.etcd, args: flags(etcd) },
    server: { command: binaries.apiserver, args: flags(server) },
  };
  const child = spawn(process.execPath, [supervisor, JSON.stringify(plan)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const { ended, did } = watch(child, folder);
  return {
    server: `https://127.0.0.1:${serverPort}`,
    folder,
    ended,
    etcd: etcdUrl,
    async turn(word) {
      const done = did(word);
      child.stdin?.write(`${word}\n`);
      await done;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.stdin?.end();
      await gone;
    },
  };
}

interface Watched {
  /** What ended by itself, with the last lines of its log. */
  readonly ended: () => string | undefined;
  /** Resolves when the supervisor says that it has done it. */
  readonly did: (word: string) => Promise<void>;
}

function watch(child: ChildProcess, folder: string): Watched {
  let message: string | undefined;
  const waiting = new Map<string, () => void>();
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { ended?: string; code?: number | string; did?: string };
      if (said.did !== undefined) waiting.get(said.did)?.();
      else
        message ??= `${said.ended} ended (${said.code})\n${tail(join(folder, `${said.ended}.log`))}`;
    });
  child.on('error', (error) => {
    message ??= error.message;
  });
  return {
    ended: () => message,
    did: (word) => new Promise((done) => waiting.set(word, done)),
  };
}

function tail(path: string): string {
  if (!existsSync(path)) return '';
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}

function flags(options: { readonly [flag: string]: string }): string[] {
  return Object.entries(options).map(([flag, value]) => `${flag}=${value}`);
}

/** Memory, where the system has enough of it (a container may get 64 MB): etcd writes a lot and keeps nothing. */
function memoryFolder(): string {
  const memory = '/dev/shm';
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 2 * 2 ** 30 ? memory : tmpdir();
}

/** Two ports that were free a moment ago; both are held until both are known. */
async function freePorts(): Promise<readonly [number, number]> {
  const holders = [createServer(), createServer()] as const;
  const ports: number[] = [];
  for (const holder of holders) {
    await once(holder.listen(0, '127.0.0.1'), 'listening');
    const address = holder.address();
    if (address === null || typeof address === 'string') throw new Error('no free port');
    ports.push(address.port);
  }
  for (const holder of holders) await once(holder.close(), 'close');
  const [first, second] = ports;
  if (first === undefined || second === undefined) throw new Error('no free port');
  return [first, second];
}
