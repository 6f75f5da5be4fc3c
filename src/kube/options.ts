/**
 * How a command says which API server to talk to: kubectl's flags, in kubectl's words, as one plain
 * object. The command line is turned into it elsewhere; here Helm's environment is laid beneath it.
 */
import type { Environment } from '../environment.ts';
import { printable, ReleasesError } from '../errors.ts';

/** Every field is optional, and an empty text counts as absent, as it does for kubectl. */
export interface KubeOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly asUid?: string | undefined;
  /** `30`, `30s`, `1m30s`; `0` or absent: no limit. */
  readonly requestTimeout?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly certificateAuthority?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly tlsServerName?: string | undefined;
}

/**
 * The options with Helm's environment beneath them, so that `helm releases` follows helm's own
 * flags: helm hands them to a plugin as HELM_* (pkg/cli/environment.go, `EnvVars`).
 */
export function withHelmEnvironment(options: KubeOptions, env: Environment): KubeOptions {
  const groups = (env.HELM_KUBEASGROUPS ?? '').split(',').filter((group) => group !== '');
  return {
    kubeconfig: options.kubeconfig || undefined,
    context: options.context || env.HELM_KUBECONTEXT || undefined,
    cluster: options.cluster || undefined,
    user: options.user || undefined,
    namespace: options.namespace || env.HELM_NAMESPACE || undefined,
    as: options.as || env.HELM_KUBEASUSER || undefined,
    asGroup: options.asGroup?.length ? options.asGroup : groups,
    asUid: options.asUid || undefined,
    requestTimeout: options.requestTimeout || undefined,
    server: options.server || env.HELM_KUBEAPISERVER || undefined,
    token: options.token || env.HELM_KUBETOKEN || undefined,
    certificateAuthority: options.certificateAuthority || env.HELM_KUBECAFILE || undefined,
    insecureSkipTlsVerify:
      options.insecureSkipTlsVerify ?? goBool(env.HELM_KUBEINSECURE_SKIP_TLS_VERIFY),
    tlsServerName: options.tlsServerName || env.HELM_KUBETLS_SERVER_NAME || undefined,
  };
}

/** strconv.ParseBool's words for true; anything else is not said. */
function goBool(text: string | undefined): boolean | undefined {
  return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text ?? '') ? true : undefined;
}

const unitMs: { readonly [unit: string]: number } = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * A time as kubectl's --request-timeout takes it: a whole number of seconds or a Go duration.
 * @returns milliseconds; 0 means no limit
 * @throws ReleasesError USAGE
 */
export function parseTimeout(text: string | undefined): number {
  if (!text) return 0;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000;
  const part = /([0-9]*\.?[0-9]+|[0-9]+\.)(ns|us|µs|ms|s|m|h)/y;
  let total = 0;
  let at = 0;
  while (at < text.length) {
    part.lastIndex = at;
    const found = part.exec(text);
    if (!found?.[1] || !found[2]) break;
    total += Number(found[1]) * (unitMs[found[2]] ?? 0);
    at = part.lastIndex;
  }
  if (at === text.length && Number.isFinite(total)) return total === 0 ? 0 : Math.max(1, total);
  throw new ReleasesError('USAGE', `--request-timeout ${printable(text, 40)} is not a time`, {
    hints: ['a number of seconds, or a time with units such as 30s, 1m or 1h30m; 0 for no limit'],
  });
}
