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

export interface Phase {
  readonly name: string;
  readonly milliseconds: number;
}

/**
 * A migration from its start to its end, cut where its requests show that another part begins.
 * @param started when the program started, as Date.now() counts; @param ended likewise
 */
export function phasesOf(requests: readonly Timed[], started: number, ended: number): Phase[] {
  const first = (what: string, after = started) =>
    Math.min(...from(requests.filter((one) => one.what === what && one.from > after)));
  // Every namespace of the target is looked at once, when all sources have been read.
  const surveyed = first('get namespaces');
  const guarded = first('list configmaps', surveyed);
  const written = first('create secrets');
  const last = Math.max(...requests.map(({ to }) => to));
  const ends = [
    ['the program starts', Math.min(...from(requests))],
    ['sources are read and decoded', surveyed],
    ['target is read, plan is made', guarded],
    ['sources are looked at again', written],
    ['records are written, read back', last],
    ['the end', ended],
  ] as const;
  return ends.map(([name, to], i) => ({ name, milliseconds: to - (ends[i - 1]?.[1] ?? started) }));
}

function from(requests: readonly Timed[]): number[] {
  return requests.map((request) => request.from);
}

/** The phases, and the requests by kind. */
export function phaseTable(requests: readonly Timed[], started: number, ended: number): string {
  const phases = phasesOf(requests, started, ended).map(
    ({ name, milliseconds: ms }) => `  ${name.padEnd(34)}${(ms / 1000).toFixed(2).padStart(6)} s`,
  );
  const kinds = [...new Set(requests.map(({ what }) => what))].map((what) => {
    const all = requests.filter((request) => request.what === what);
    const total = all.reduce((sum, one) => sum + one.to - one.from, 0);
    const mean = `${(total / all.length).toFixed(1)} ms each`;
    return `  ${what.padEnd(34)}${String(all.length).padStart(6)}   ${mean} in the server`;
  });
  return `${phases.join('\n')}\n\n${kinds.join('\n')}\n`;
}
