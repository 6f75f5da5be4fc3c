/** What a run asked of the API server and when, from the audit log. */
import { readFileSync } from 'node:fs';

export interface Timed {
  /** `create secrets` */
  readonly what: string;
  /** Milliseconds as Date.now() counts, with parts: when it came, and when its answer was complete. */
  readonly from: number;
  readonly to: number;
}

interface Event {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** @param from the byte of the log where reading starts */
export function requestsOf(log: string, from: number, user: string): Timed[] {
  const lines = readFileSync(log).subarray(from).toString('utf8').trimEnd().split('\n');
  const events = lines.map((line): Event => JSON.parse(line));
  return events
    .filter((event) => event.user.username === user)
    .map((event) => ({
      what: `${event.verb} ${event.objectRef?.resource ?? 'other'}`,
      from: milliseconds(event.requestReceivedTimestamp),
      to: milliseconds(event.stageTimestamp),
    }));
}

/** The log's times have microseconds, which Date drops. */
function milliseconds(time: string): number {
  const micros = /\.(\d{6})Z$/.exec(time)?.[1] ?? '000000';
  return Date.parse(`${time.slice(0, 19)}Z`) + Number(micros) / 1000;
}

/** The run from its start to its end in phases, and its requests by kind. */
export function phaseTable(requests: readonly Timed[], started: number, ended: number): string {
  const of = (what: string) => requests.filter((request) => request.what === what);
  const first = (list: readonly Timed[]) => Math.min(...list.map(({ from }) => from));
  const last = (list: readonly Timed[]) => Math.max(...list.map(({ to }) => to));
  const begin = first(requests);
  const written = first(of('create secrets'));
  // The target's namespaces are looked at when the sources have been read, and once more at the end.
  const surveyed = first(of('list secrets'));
  const guarded = first(of('list configmaps').filter(({ from }) => from > surveyed));
  const moments = [
    ['the program starts', started, begin],
    ['sources are read and decoded', begin, surveyed],
    ['target is read, plan is made', surveyed, guarded],
    ['sources are looked at again', guarded, written],
    ['records are written, read back', written, last(requests)],
    ['the end', last(requests), ended],
  ] as const;
  const phases = moments.map(
    ([name, from, to]) => `  ${name.padEnd(34)}${((to - from) / 1000).toFixed(2).padStart(6)} s`,
  );
  const kinds = [...new Set(requests.map(({ what }) => what))].map((what) => {
    const all = of(what);
    const total = all.reduce((sum, { from, to }) => sum + to - from, 0);
    const mean = `${(total / all.length).toFixed(1)} ms each`;
    return `  ${what.padEnd(34)}${String(all.length).padStart(6)}   ${mean} in the server`;
  });
  return `${phases.join('\n')}\n\n${kinds.join('\n')}\n`;
}
