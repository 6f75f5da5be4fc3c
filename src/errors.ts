/**
 * Every error this program reports on purpose, as one closed list.
 *
 * A message is safe to print: it never holds a value, a manifest, a token or a response body. Text
 * that came from a record (a name, a label) passes `printable` first, because a hostile record must
 * not be able to write escape sequences to somebody's terminal.
 */

import { looksRandom, withoutSecrets } from './secretShapes.ts';

/** What the process returns. The table in the README is checked against this one. */
export const exitCodes = {
  /** done, or nothing to do */
  done: 0,
  /** failed */
  failed: 1,
  /** the command line is wrong */
  usage: 2,
  /** finished, but some records or releases need a person */
  needsPerson: 3,
  /** refused before the first write, or the question was answered with no */
  refused: 4,
  /** stopped by Ctrl-C or SIGTERM */
  interrupted: 130,
  /** ended at once by SIGTERM, as shells count */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const exitByCode = {
  /** a flag, an argument or an address can't be understood */
  USAGE: exitCodes.usage,
  /** neither a kubeconfig nor a storage address was found */
  NO_CLUSTER: exitCodes.failed,
  /** a kubeconfig exists but can't be used: bad file, unknown context, credential plugin failed */
  KUBECONFIG: exitCodes.failed,
  /** the API server can't be reached: refused, no such host, TLS, timeout */
  UNREACHABLE: exitCodes.failed,
  /** 401 */
  UNAUTHORIZED: exitCodes.failed,
  /** 403 */
  FORBIDDEN: exitCodes.failed,
  /** the API server answered something else that stops the work */
  API: exitCodes.failed,
  /** a release, a revision, a record, a folder or a file isn't there */
  NOT_FOUND: exitCodes.failed,
  /** create: the record exists */
  EXISTS: exitCodes.failed,
  /** a precondition (uid, resourceVersion) no longer holds */
  CONFLICT: exitCodes.failed,
  /** a payload or a manifest can't be decoded; the message is the reason shown in its row */
  UNREADABLE: exitCodes.failed,
  /** reading or writing files failed */
  FILE: exitCodes.failed,
  /** the plan doesn't allow the first write */
  REFUSED: exitCodes.refused,
  /** what was read back isn't what was written */
  VERIFY: exitCodes.failed,
  /** the Node that runs the program is too old for it */
  RUNTIME: exitCodes.failed,
  INTERRUPTED: exitCodes.interrupted,
} as const satisfies { [code: string]: ExitCode };

export type ErrorCode = keyof typeof exitByCode;

/** The cluster that an error is about, as command lines name it. */
export interface NamedCluster {
  /** What asks it: `kubectl --context new`. */
  readonly kubectl: string;
  /** It is another one than records come from: --to-context chooses it, and its kubeconfig says the rest. */
  readonly isOther?: boolean;
}

/** A line of what to try, or one that is made once the cluster it is about is known. */
export type Hint = string | ClusterHint;

export interface ClusterHint {
  /** The one that records go to, where there are two; absent: the one that was asked. */
  readonly on?: 'target';
  say(cluster: NamedCluster): string;
}

/** One line what is wrong, lines of why, lines of what to do: see `output/terminal/errors.ts` for the screen. */
export class ReleasesError extends Error {
  readonly code: ErrorCode;
  /** What the other side said, or where it happened; each entry is one line. */
  readonly why: readonly string[];
  /** What to try; each entry is one line. */
  readonly tries: readonly Hint[];

  constructor(
    code: ErrorCode,
    message: string,
    more: { why?: readonly string[]; hints?: readonly Hint[] } = {},
  ) {
    super(message);
    this.name = 'ReleasesError';
    this.code = code;
    this.why = more.why ?? [];
    this.tries = more.hints ?? [];
  }

  /** The same lines, where nobody has said which cluster it is. */
  get hints(): readonly string[] {
    return this.tries.map((hint) => told(hint, { kubectl: 'kubectl' }));
  }

  /** The same error, with lines for the cluster that was asked, and for the one that records go to. */
  about(asked: NamedCluster, target = asked): ReleasesError {
    const { code, message, why, tries } = this;
    const hints = tries.map((hint) =>
      told(hint, typeof hint !== 'string' && hint.on === 'target' ? target : asked),
    );
    return new ReleasesError(code, message, { why, hints });
  }

  get exitCode(): ExitCode {
    return exitByCode[this.code];
  }
}

function told(hint: Hint, cluster: NamedCluster): string {
  return typeof hint === 'string' ? hint : hint.say(cluster);
}

/** Why a record can't be read. Codecs and stores throw it for one record; callers turn it into a row. */
export class UnreadableError extends ReleasesError {
  constructor(reason: string) {
    super('UNREADABLE', reason);
  }
}

/** True for our own errors, narrowed to a code when one is given. */
export function isReleasesError(error: unknown, code?: ErrorCode): error is ReleasesError {
  return error instanceof ReleasesError && (code === undefined || error.code === code);
}

/** Control characters, marks of direction and others without a width, ends of lines, halves of a character. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Text from a record or a server, made harmless for a terminal and a log: control characters, line
 * breaks and direction overrides become `\u....`, and at most `max` characters remain.
 */
export function printable(text: string, max = 256): string {
  const short = text.length > max ? `${text.slice(0, max)}…` : text;
  return short.replace(unseen, (c) => {
    const units = Array.from({ length: c.length }, (_, at) => c.charCodeAt(at));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/**
 * What somebody typed, for a message: as `printable`, without what may be secret in it. A password may stand
 * in a connection string, and a key where a name should; `frontend@3` and `s3://bucket` are shown.
 */
export function typed(text: string, max = 256): string {
  // That is a file's content, a kubeconfig's for instance, and no name.
  if (text.length > 40 && /[\r\n]/.test(text.trim()))
    return `${/^[\w+.-]{0,40}/.exec(text)?.[0] ?? ''}…`;
  const shown = withoutSecrets(text, '…');
  if (/^[./~]/.test(shown)) return printable(shown, max);
  if (looksRandom(shown)) return '…';
  return printable(
    shown
      // Up to the last @, for a password may hold one. `dir:./a@b` is a path.
      .replace(/(?<!\S)([\w+.-]+:\/\/)\S*@/g, '$1…@')
      .replace(/(?<!\S)([\w+.-]*:)(?![./~…])\S*@/g, '$1…@')
      // Nobody knows how it is quoted: nothing after it is shown.
      .replace(/((?:pass\w*|pwd|secret|token)\s*(?:=|:\s)).*/is, '$1…'),
    max,
  );
}
