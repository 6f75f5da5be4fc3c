/**
 * What went wrong, in words that are safe to print: never a body, a header or a token. Of the API
 * server's own text only what `said.ts` knows is shown.
 */
import { type Hint, printable, ReleasesError } from '../errors.ts';
import { shellQuote } from '../shellQuote.ts';
import { byCluster, checkServer, kubectlLine } from './hints.ts';
import { decodeProtobuf, isProtobuf } from './protobuf.ts';
import { knownField, knownReason, safeRefusal, safeStoreMessage } from './safeMessage.ts';
import type { RawResponse, TransportError } from './transport.ts';
import type { Call } from './types.ts';

/** The request may or may not have been carried out: ask the server what is there now. */
export class LostReplyError extends ReleasesError {}

/** The answer exceeds the bytes the caller takes: a list asks again for smaller pages. */
export class TooLargeError extends ReleasesError {}

/** 406 and 415: the server, or what is before it, doesn't speak the form that was asked for or sent. */
export class OtherFormError extends ReleasesError {}

/** 5xx, or 429 again and again: later it may be answered. */
export class UnavailableError extends ReleasesError {}

/** 410: the snapshot that a list was reading is gone. */
export class ExpiredError extends ReleasesError {
  /** Where the list can go on in a newer snapshot, if the server says so. */
  readonly resume: string | undefined;

  constructor(resume: string | undefined) {
    super('API', 'the list expired on the API server again and again');
    this.resume = resume;
  }
}

const causes: { readonly [code: string]: string } = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host (the name server gave no answer)',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'timed out',
  TIMED_OUT: 'timed out',
  ECONNRESET: 'the connection broke before the answer was complete',
  EPIPE: 'the connection broke before the answer was complete',
  ABORTED: 'interrupted',
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate signed by unknown authority',
  CERT_SIGNATURE_FAILURE: 'certificate signed by unknown authority',
  EPROTO: 'the server does not speak TLS as this program does',
};

/** What is said before a server behind a proxy is spoken to: then it is the proxy that failed. */
const beforeTls = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'],
  ...['TIMED_OUT', 'ECONNRESET', 'EPIPE', 'ERROR'],
]);
/** The agent for SOCKS says why in words alone. */
const refusedBySocks = 'it made no connection to the server';

export function unreachable(server: string, error: TransportError): ReleasesError {
  const { code, message } = error;
  if (code === 'TOO_LARGE')
    return new TooLargeError(
      'API',
      'the answer of the API server is larger than this program takes',
    );
  if (/^ERR_OSSL_|^ERR_SSL_(CA|EE)_KEY|^ERR_CRYPTO/.test(code) && !error.sent)
    return new ReleasesError(
      'KUBECONFIG',
      'the certificate or key given for the cluster is unusable',
      {
        why: [printable(code, 80)],
      },
    );
  // The proxy agent says its refusal only in words; the pattern lets nothing but a number through.
  const proxied = /^Bad response: ([0-9]{3})$/.exec(message)?.[1];
  const tls = code.startsWith('ERR_SSL_') ? causes.EPROTO : undefined;
  // The codes of Node's parser.
  const noHttp = code.startsWith('HPE_');
  const spoken = noHttp ? 'what answers there does not speak HTTP' : tls;
  const cause = proxied
    ? `the proxy answered ${proxied}`
    : (causes[code] ?? spoken ?? `the connection failed: ${printable(code, 80)}`);
  const isProxys = error.byProxy || proxied || noHttp || beforeTls.has(code);
  if (error.proxy !== undefined && !error.sent && isProxys)
    return new ReleasesError('UNREACHABLE', 'the proxy does not lead to the API server', {
      why: [`${printable(error.proxy)}: ${code === 'ERROR' && !proxied ? refusedBySocks : cause}`],
      hints: [
        ...(proxied === '407' ? ['user:password@ before its host, which it asks for'] : []),
        'proxy-url in the kubeconfig, or HTTPS_PROXY, HTTP_PROXY and NO_PROXY, say which one is used',
      ],
    });
  const more = { why: [`${printable(server)}: ${cause}`], hints: hintsFor(code) };
  const text = "can't reach the API server";
  return error.sent
    ? new LostReplyError('UNREACHABLE', text, more)
    : new ReleasesError('UNREACHABLE', text, more);
}

function hintsFor(code: string): Hint[] {
  const cause = causes[code] ?? '';
  if (cause.startsWith('certificate signed'))
    return [
      byCluster(
        '--certificate-authority FILE, or check --context',
        "check --to-context, and its cluster's certificate-authority",
      ),
    ];
  if (code === 'ENOTFOUND' || code === 'ECONNREFUSED')
    return [
      {
        say: ({ kubectl, isOther }) =>
          `check ${isOther ? '--to-context and --to-kubeconfig' : '--context, --server and the kubeconfig'}; \`${kubectl} cluster-info\` shows what kubectl sees`,
      },
    ];
  if (cause === 'timed out')
    return [
      {
        say: ({ kubectl }) =>
          `a longer --request-timeout, or \`${kubectl} cluster-info\` to see whether it answers at all`,
      },
    ];
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return [
      byCluster(
        '--server with a name that the certificate has, or --tls-server-name NAME',
        'in its kubeconfig, a server that the certificate names, or tls-server-name',
      ),
    ];
  return [];
}

/** The parts of a metav1.Status that are looked at. */
export interface Status {
  readonly kind?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly metadata?: { readonly continue?: string };
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly causes?: readonly { readonly reason?: string; readonly field?: string }[];
  };
}

/** The Status an error answer holds; empty when the answer isn't one. */
export function readStatus(response: RawResponse): Status {
  try {
    const { body } = response;
    const read = isProtobuf(response) ? decodeProtobuf(body) : JSON.parse(body.toString('utf8'));
    const status = read as Status | null;
    return status?.kind === 'Status' ? status : {};
  } catch {
    return {};
  }
}

/**
 * An answer that isn't 2xx, as an error.
 * @param more lines of why, of a 429 or 5xx
 */
export function refused(
  server: string,
  call: Call,
  response: RawResponse,
  more: readonly string[] = [],
): ReleasesError {
  const status = readStatus(response);
  const where = described(call);
  const code = response.status;
  if (code === 401)
    return new ReleasesError('UNAUTHORIZED', 'the API server does not accept the credentials', {
      why: [`${printable(server)} answered 401 Unauthorized`],
      hints: [
        byCluster(
          '--context or --user',
          '--to-context',
          'sign in again, or choose another user with ',
        ),
      ],
    });
  if (code === 403) return otherRefusal(call, status) ?? forbidden(call, status);
  if (code === 404 && status.reason === 'NotFound') {
    // A create in a namespace that isn't there answers 404 for the namespace.
    if (status.details?.kind === 'namespaces' && call.namespace)
      return new ReleasesError('NOT_FOUND', `there is no namespace ${printable(call.namespace)}`, {
        hints: [kubectlLine(`create namespace ${shellQuote(call.namespace)}`)],
      });
    return new ReleasesError('NOT_FOUND', `there is no ${where}`);
  }
  if (code === 409 && status.reason === 'AlreadyExists')
    return new ReleasesError('EXISTS', `${where} exists already`);
  if (code === 409)
    return new ReleasesError('CONFLICT', `${where} was changed by somebody else in the meantime`);
  if (code === 410) return new ExpiredError(status.metadata?.continue);
  const causesText = (status.details?.causes ?? [])
    .map((cause) => `${knownReason(cause.reason)} ${knownField(cause.field)}`.trim())
    .filter((text) => text !== '');
  const reason = knownReason(status.reason);
  const said = safeRefusal(status.message);
  const stored = safeStoreMessage(status.message);
  const Refusal =
    code === 406 || code === 415
      ? OtherFormError
      : code >= 500 || code === 429
        ? UnavailableError
        : ReleasesError;
  return new Refusal('API', `the API server refused to ${call.verb} ${where}`, {
    why: [
      `it answered ${code}${reason && ` ${reason}`}`,
      ...(said ? [`it said: ${said}`] : []),
      ...(stored ? [stored] : []),
      ...causesText.slice(0, 5),
      ...more,
    ],
    hints: status.kind
      ? []
      : [checkServer('the answer is not that of a Kubernetes API server: ', '')],
  });
}

/**
 * A 401 or 403 of a server that wasn't sent the credentials there are. kubectl sends none either, and
 * doesn't say so.
 */
export function withheldFrom(error: ReleasesError): ReleasesError {
  const why = 'the credentials were not sent: the address does not begin with https://';
  const hint = '--server https://…, or https:// before the address in the kubeconfig';
  return new ReleasesError(error.code, error.message, {
    why: [...error.why, why],
    hints: [hint, ...error.tries],
  });
}

/** 403 is also what admission says: of a quota, a namespace that goes, a policy. None of it is a Role's. */
function otherRefusal(call: Call, { message = '' }: Status): ReleasesError | undefined {
  const found = admissions.find(({ says }) => says.test(message));
  if (!found) return undefined;
  const said = safeRefusal(message) ?? unshown;
  const namespace = printable(call.namespace ?? '');
  return new ReleasesError(
    'API',
    `${found.what(namespace)}: can't ${call.verb} ${described(call)}`,
    {
      why: [`the API server said: ${said}`],
      hints: [found.hint(namespace)],
    },
  );
}

interface Admission {
  readonly says: RegExp;
  readonly what: (namespace: string) => string;
  readonly hint: (namespace: string) => Hint;
}

/** Nothing of a user's name stands before what follows. */
const ofObject = '^[a-z0-9./-]{1,120}(?: "[^"]{0,253}")? is forbidden: ';

/** The words of the API server's plugins: resourcequota, lifecycle, webhook, validating policy. */
const admissions: readonly Admission[] = [
  {
    says: new RegExp(`${ofObject}(?:exceeded quota|failed quota|status unknown for quota): `),
    what: (namespace) => `a ResourceQuota of namespace ${namespace} leaves no room`,
    hint: (namespace) =>
      kubectlLine(
        `describe resourcequota -n ${namespace}  shows it; a larger one, or fewer revisions`,
      ),
  },
  {
    says: new RegExp(`${ofObject}unable to create new content in namespace `),
    what: (namespace) => `namespace ${namespace} is being deleted`,
    hint: (namespace) => kubectlLine(`get namespace ${namespace} -o yaml  shows what it waits for`),
  },
  {
    says: /^admission webhook "[^"]*" denied the request/,
    what: () => 'an admission webhook denied it',
    hint: () =>
      kubectlLine(
        'get validatingwebhookconfigurations',
        'whoever runs the webhook knows its rule; ',
      ),
  },
  {
    says: new RegExp(`${ofObject}ValidatingAdmissionPolicy '`),
    what: () => 'an admission policy denied it',
    hint: () => kubectlLine('get validatingadmissionpolicies  shows the rules'),
  },
];

/** For messages that may quote what was sent: those of admission plugins, say. */
const unshown = '403 Forbidden, in words that may quote the object and are not shown';

function forbidden(call: Call, status: Status): ReleasesError {
  const said = safeRefusal(status.message);
  const user = /User "([^"]+)"/.exec(said ?? '')?.[1];
  const what = call.name ? described(call) : `${call.resource} ${scope(call)}`;
  if (said !== undefined && /" cannot impersonate/.test(said))
    return new ReleasesError(
      'FORBIDDEN',
      `no permission to act as somebody else${user ? ` (as ${printable(user)})` : ''}`,
      { why: [`the API server said: ${said}`], hints: ['without --as, as yourself'] },
    );
  return new ReleasesError(
    'FORBIDDEN',
    `no permission to ${call.verb} ${what}${user ? ` (as ${printable(user)})` : ''}`,
    {
      why: [`the API server said: ${said ?? (status.message ? unshown : '403 Forbidden')}`],
      hints: [forbiddenHint(call)],
    },
  );
}

function forbiddenHint({ verb, namespace, resource }: Call): Hint {
  if ((verb === 'list' || verb === 'watch') && !namespace)
    return '-n NAMESPACE, to read one namespace';
  const where = namespace ? ` -n ${shellQuote(namespace)}` : '';
  return {
    say: ({ kubectl, isOther }) =>
      `another ${isOther ? '--to-context' : '--context or --user'}, or a Role for it (\`rbac\` prints one); ${kubectl} auth can-i ${verb} ${resource}${where}  shows when it works`,
  };
}

function scope(call: Call): string {
  return call.namespace ? `in namespace ${printable(call.namespace)}` : 'in all namespaces';
}

/** `secret NS/NAME`, or `secrets in namespace NS`. */
function described(call: Call): string {
  if (!call.name) return `${call.resource} ${scope(call)}`;
  const kind = call.resource.replace(/s$/, '');
  return `${kind} ${call.namespace ? `${printable(call.namespace)}/` : ''}${printable(call.name)}`;
}
