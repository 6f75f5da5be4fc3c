/**
 * A test cluster: a real kube-apiserver on a real etcd, with namespaces, users and the audit log.
 * Tests take the shared one from `shared.ts`; those that need a second one start it here.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { type AuditEntry, type AuditFilter, countVerbs, matches, readAudit } from './audit.ts';
import { findBinaries, type Say } from './binaries.ts';
import { clientCertificate } from './certificates.ts';
import { type Processes, startProcesses } from './processes.ts';

const startTimeoutMs = 60_000;
const auditTimeoutMs = 20_000;
const attempts = 3;

/** What another process needs to speak to a running cluster. Plain data. */
export interface ClusterInfo {
  /** https://127.0.0.1:PORT */
  readonly server: string;
  /** Certificates, keys, kubeconfigs and logs; removed when the cluster stops. */
  readonly folder: string;
}

/** An RBAC rule, as a Role has it. */
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A place in the audit log: everything that was asked before it is written before it. */
export type AuditMark = number;

export interface Cluster extends ClusterInfo {
  readonly caFile: string;
  /** A kubeconfig whose user may do everything (group system:masters). */
  readonly adminKubeconfig: string;

  /** Makes a client certificate for a user and returns the path of a kubeconfig that holds it. */
  kubeconfigFor(user: string, groups?: readonly string[], namespace?: string): string;
  /** Creates a namespace with a name nobody else has and returns the name. */
  namespace(prefix?: string): Promise<string>;
  /** Lets a user do what the rules say, in one namespace or, without one, everywhere. */
  allow(user: string, rules: readonly Rule[], namespace?: string): Promise<void>;
  /** Asks the API server as admin. The body goes and comes as JSON; the status is not judged. */
  request(method: string, path: string, body?: unknown): Promise<Answer>;
  /** As `request`; throws when the status is not 2xx. */
  must(method: string, path: string, body?: unknown): Promise<unknown>;

  auditMark(): Promise<AuditMark>;
  /** Requests made since the mark and finished by now, except those of the marks themselves. */
  auditSince(mark: AuditMark, filter?: AuditFilter): Promise<AuditEntry[]>;
  /** How often each verb was asked for since the mark. */
  auditCounts(mark: AuditMark, filter?: AuditFilter): Promise<{ [verb: string]: number }>;
}

export interface RunningCluster extends Cluster {
  /** etcd's own address; no credentials are asked for there. */
  readonly etcd: string;
  /** Kills the API server, as a crash would. */
  serverDown(): Promise<void>;
  /** Starts it again, on the same port and the same data, and waits until it's ready. */
  serverUp(): Promise<void>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Starts an etcd and a kube-apiserver of their own; their data ends with `stop` or with this process. */
export async function startCluster(say: Say = () => {}): Promise<RunningCluster> {
  const binaries = await findBinaries(say);
  for (let attempt = 1; ; attempt++) {
    const processes = await startProcesses(binaries);
    const cluster = connect(processes);
    try {
      await ready(cluster, processes);
      return {
        ...cluster,
        etcd: processes.etcd,
        serverDown: () => processes.turn('down'),
        async serverUp() {
          await processes.turn('up');
          await ready(cluster, processes);
        },
        stop: () => processes.stop(),
      };
    } catch (error) {
      await processes.stop();
      // Somebody else may have taken a port between its choice and its use.
      if (attempt === attempts) throw error;
    }
  }
}

/** Speaks to a running cluster, from any process. */
export function connect({ server, folder }: ClusterInfo): Cluster {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const authority = { name: read('ca.name'), cert: read('ca.crt'), key: read('ca.key') };
  const auditLog = join(folder, 'audit.log');
  const admin = clientCertificate(authority, 'admin', ['system:masters']);
  const agent = new Agent({ keepAlive: true, ca: authority.cert, ...admin });

  function kubeconfigFor(user: string, groups: readonly string[] = [], namespace?: string): string {
    const path = join(folder, `${randomBytes(6).toString('hex')}.kubeconfig`);
    const { cert, key } = clientCertificate(authority, user, groups);
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const context = { cluster: 'test', user, ...(namespace && { namespace }) };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [
        { name: 'test', cluster: { server, 'certificate-authority-data': base64(authority.cert) } },
      ],
      contexts: [{ name: 'test', context }],
      users: [
        {
          name: user,
          user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) },
        },
      ],
    };
    writeFileSync(path, stringify(config), { mode: 0o600 });
    return path;
  }

  const request = (method: string, path: string, body?: unknown) =>
    ask(new URL(path, server), { method, agent }, body);

  async function must(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await request(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  async function allow(user: string, rules: readonly Rule[], namespace?: string): Promise<void> {
    const name = `test-${randomBytes(6).toString('hex')}`;
    const kind = namespace === undefined ? 'ClusterRole' : 'Role';
    const group = 'rbac.authorization.k8s.io';
    const base = `/apis/${group}/v1${namespace === undefined ? '' : `/namespaces/${namespace}`}`;
    const path = `${base}/${kind.toLowerCase()}`;
    await must('POST', `${path}s`, {
      metadata: { name },
      rules: rules.map((rule) => ({ apiGroups: [''], ...rule })),
    });
    await must('POST', `${path}bindings`, {
      metadata: { name },
      roleRef: { apiGroup: group, kind, name },
      subjects: [{ apiGroup: group, kind: 'User', name: user }],
    });
  }

  async function namespace(prefix = 'test'): Promise<string> {
    const name = `${prefix}-${randomBytes(4).toString('hex')}`;
    await must('POST', '/api/v1/namespaces', { metadata: { name } });
    return name;
  }

  /** Returns when all that was asked before is in the log, and where the log ends then. */
  async function auditMark(): Promise<AuditMark> {
    const before = statSync(auditLog).size;
    const mark = `${markPath}${randomUUID()}`;
    await must('GET', mark);
    const written = () => readAudit(auditLog, before).some(({ uri }) => uri === mark);
    const end = Date.now() + auditTimeoutMs;
    for (let size = -1; !written() || size !== statSync(auditLog).size; ) {
      if (Date.now() > end) throw new Error('the audit log does not come to rest');
      size = statSync(auditLog).size;
      await sleep(20);
    }
    return statSync(auditLog).size;
  }

  async function auditSince(mark: AuditMark, filter: AuditFilter = {}): Promise<AuditEntry[]> {
    await auditMark();
    return readAudit(auditLog, mark).filter(
      (entry) => !entry.uri.startsWith(markPath) && matches(entry, filter),
    );
  }

  return {
    server,
    folder,
    caFile: join(folder, 'ca.crt'),
    adminKubeconfig: kubeconfigFor('admin', ['system:masters']),
    kubeconfigFor,
    namespace,
    allow,
    request,
    must,
    auditMark,
    auditSince,
    auditCounts: async (mark, filter) => countVerbs(await auditSince(mark, filter)),
  };
}

const markPath = '/version?mark=';

/** Waits until the server calls itself ready and has made the namespaces every cluster has. */
async function ready(cluster: Cluster, processes: Processes): Promise<void> {
  const end = Date.now() + startTimeoutMs;
  const wanted = ['/readyz', '/api/v1/namespaces/default', '/api/v1/namespaces/kube-system'];
  while (Date.now() < end) {
    const ended = processes.ended();
    if (ended !== undefined) throw new Error(`the test cluster did not start: ${ended}`);
    const answers = await Promise.allSettled(wanted.map((path) => cluster.request('GET', path)));
    if (answers.every((a) => a.status === 'fulfilled' && a.value.status === 200)) return;
    await sleep(50);
  }
  throw new Error(`the test cluster was not ready after ${startTimeoutMs / 1000} s`);
}

function ask(url: URL, options: { method: string; agent: Agent }, body: unknown): Promise<Answer> {
  return new Promise((done, fail) => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const sent = httpsRequest(url, { ...options, headers }, async (response) => {
      try {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part);
        const text = Buffer.concat(parts).toString('utf8');
        const json = response.headers['content-type']?.startsWith('application/json');
        done({ status: response.statusCode ?? 0, body: json ? JSON.parse(text) : text });
      } catch (error) {
        fail(error);
      }
    });
    sent.on('error', fail).end(body === undefined ? undefined : JSON.stringify(body));
  });
}
