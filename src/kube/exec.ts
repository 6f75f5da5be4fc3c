/**
 * Exec credential plugins, as client-go runs them (the ExecCredential API): the plugin is told who
 * asks in KUBERNETES_EXEC_INFO, may talk to the person when there is a terminal, writes its own
 * messages to the terminal's stderr, and answers with a token or a client certificate.
 */

import { spawn } from 'node:child_process';
import type { Environment } from '../environment.ts';
import { printable, ReleasesError } from '../errors.ts';
import { reasonOf } from '../systemErrors.ts';
import { sayingWait } from '../waits.ts';

export interface ExecConfig {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly provideClusterInfo: boolean;
  /** Never, IfAvailable or Always; others are refused (`validate.ts`). */
  readonly interactiveMode: string;
  /** What the kubeconfig tells a person who hasn't got the plugin. */
  readonly installHint?: string;
}

/** What a plugin that asked for `provideClusterInfo` is told. */
export interface ExecCluster {
  readonly server: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  /** base64 of PEM */
  readonly 'certificate-authority-data'?: string;
  readonly 'proxy-url'?: string;
  readonly config?: unknown;
}

export interface ExecCredential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds since 1970; absent: good until the server says 401. */
  readonly expires?: number;
}

export const execVersions = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
];
/** A credential is a few kilobytes; more is a plugin gone wrong. */
const maxAnswer = 1024 * 1024;

/**
 * It is waited for as long as it takes, as kubectl does: somebody may have to sign in.
 * @param signal ends it
 * @throws ReleasesError KUBECONFIG when the plugin can't be run or its answer can't be used
 */
export async function runExecPlugin(
  exec: ExecConfig,
  cluster: ExecCluster,
  env: Environment,
  signal?: AbortSignal,
): Promise<ExecCredential> {
  const name = printable(exec.command);
  if (exec.command === '') throw failed('it has no command', []);
  if (!execVersions.includes(exec.apiVersion))
    throw failed(`${name}: its apiVersion is not one of ${execVersions.join(', ')}`, []);
  const terminal = process.stdin.isTTY === true;
  if (exec.interactiveMode === 'Always' && !terminal)
    throw failed(`${name} has to ask a person, and there is no terminal`, []);
  const interactive = exec.interactiveMode !== 'Never' && terminal;
  const info = {
    apiVersion: exec.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive, ...(exec.provideClusterInfo ? { cluster } : {}) },
  };
  const added = Object.fromEntries(exec.env.map((entry) => [entry.name, entry.value]));
  const all = { ...env, ...added, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const running = run(exec, interactive, all, signal);
  // What it asks a person stands on the same terminal.
  const answer = await (interactive
    ? running
    : sayingWait(`for the credential plugin ${name}`, running));
  return readAnswer(name, exec.apiVersion, answer);
}

function run(
  exec: ExecConfig,
  interactive: boolean,
  env: Environment,
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(exec.command, [...exec.args], {
      env,
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    const end = () => {
      child.kill();
      // What it has started itself may hold the other end open.
      child.stdout.destroy();
    };
    process.once('exit', end);
    signal?.addEventListener('abort', end);
    const name = printable(exec.command);
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxAnswer) end();
      else chunks.push(chunk);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const hints = (exec.installHint ?? '').split('\n').map((line) => printable(line.trim()));
      const missing = error.code === 'ENOENT';
      reject(
        failed(
          missing ? `${name} was not found` : `${name} can't be run: ${reasonOf(error.code)}`,
          missing ? hints.filter((line) => line !== '').slice(0, 10) : [],
        ),
      );
    });
    child.on('close', (code, by) => {
      process.off('exit', end);
      signal?.removeEventListener('abort', end);
      if (size > maxAnswer) reject(failed(`${name} wrote more than a credential`, []));
      else if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(failed(`${name} ended with ${by ?? `exit code ${code}`}`, []));
    });
  });
}

/** The answer holds the credential itself, so nothing of it goes into a message. */
function readAnswer(name: string, apiVersion: string, text: string): ExecCredential {
  let answer: { apiVersion?: unknown; kind?: unknown; status?: { [key: string]: unknown } };
  try {
    answer = JSON.parse(text);
  } catch {
    throw failed(`${name} did not answer with JSON`, []);
  }
  if (answer?.kind !== 'ExecCredential' || answer.apiVersion !== apiVersion)
    throw failed(`${name} did not answer with an ExecCredential of ${apiVersion}`, []);
  const status = answer.status ?? {};
  const field = (key: string) => {
    const value = status[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [token, cert, key] = [
    field('token'),
    field('clientCertificateData'),
    field('clientKeyData'),
  ];
  if (!token && !(cert && key)) throw failed(`${name} gave neither a token nor a certificate`, []);
  const expires = Date.parse(field('expirationTimestamp') ?? '');
  return {
    ...(token ? { token } : {}),
    ...(cert && key ? { cert, key } : {}),
    ...(Number.isNaN(expires) ? {} : { expires }),
  };
}

/** kubectl runs the same plugin, and shows whether it's the plugin or this program that is at fault. */
const usualHint =
  'sign in with it again, and see whether `kubectl auth whoami` works; or --user NAME or --token';

function failed(why: string, hints: readonly string[]): ReleasesError {
  return new ReleasesError('KUBECONFIG', 'the credential plugin of the kubeconfig failed', {
    why: [why],
    hints: hints.length > 0 ? hints : [usualHint],
  });
}
