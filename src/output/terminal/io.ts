/**
 * Everything a command may touch of the world outside: where it prints, what it is called, its
 * environment. Commands get it as an argument, so that tests run them in the same process.
 */

import type { Environment } from '../../environment.ts';

/** A stream to print on. */
export interface Out {
  write(text: string): void;
  /** When what was written has gone, as far as a reader that lags behind has taken it. */
  drained(): Promise<void>;
  readonly isTTY: boolean;
  /** Whether colours may be printed on it; `colour` of `IO` says it of stdout, as --color has it. */
  readonly colour?: boolean;
  /** The terminal's width in cells; undefined when there is no terminal. */
  readonly columns: number | undefined;
}

export interface IO {
  readonly stdout: Out;
  readonly stderr: Out;
  readonly stdin: NodeJS.ReadableStream & {
    readonly isTTY?: boolean;
    /** A terminal's own: what is typed isn't shown, and comes letter by letter. */
    setRawMode?(raw: boolean): unknown;
  };
  readonly env: Environment;
  /** How the user calls this program: `kubectl releases` or `helm releases`. */
  readonly program: string;
  /** Whether colours may be printed on stdout. */
  readonly colour: boolean;
  /** Fires once on Ctrl-C, for commands that say `interruptible`. */
  readonly interrupt: AbortSignal;
  /**
   * Runs what reads and plans: until the first one has ended, and during each that follows, Ctrl-C ends the
   * program at once, for nothing is being written. Every command that says `interruptible` has one before
   * its first write; the others always end at once.
   */
  readonly whilePlanning: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Helm puts HELM_PLUGIN_NAME into a plugin's environment; kubectl only runs `kubectl-releases`.
 */
export function programName(env: Environment): string {
  return env.HELM_PLUGIN_NAME ? `helm ${env.HELM_PLUGIN_NAME}` : 'kubectl releases';
}

/** https://no-color.org: set and not empty means no colour, whatever its value. */
export function wantsColour(env: Environment, stdout: { readonly isTTY: boolean }): boolean {
  return stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** The width to fit tables into: a terminal's that says how wide it is, and never for a pipe. */
export function tableWidth(out: Pick<Out, 'isTTY' | 'columns'>): number | undefined {
  // `docker exec -t` and the like say 0.
  return (out.isTTY && out.columns) || undefined;
}
