/**
 * Who goes on next. Every request of every run waits here before it is carried out, and one alone goes on
 * at a time, so that a seed says all that happens: which run goes on, what fails, who dies, what a Helm does
 * in between.
 */
import { setImmediate } from 'node:timers/promises';
import { ReleasesError } from '../../src/errors.ts';

/** What befalls one request of one run, counted from its first. */
export interface Fault {
  readonly at: number;
  /** `reply lost`: it was carried out, and the answer is an error. The others are told by their names. */
  readonly what:
    | 'fails'
    | 'reply lost'
    | 'interrupt'
    | 'dies before'
    | 'dies after'
    | 'denied from here';
}

/** So many requests of one run, and then the next one's turn. */
export interface Turn {
  readonly run: number;
  readonly requests: number;
}

export interface Request {
  readonly what: 'list' | 'get' | 'create' | 'replace' | 'delete' | 'seal' | 'wait';
  /** As the story tells it: `delete A web.v1`. */
  readonly about: string;
}

/** A run of ours, as the director sees it. */
export interface Actor {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly interrupt: AbortController;
  /** Ctrl-C ends the program at once. */
  planning: boolean;
  requests: number;
  /** Writes that failed without a word of whether they were carried out. */
  unanswered: number;
  denied: boolean;
  dead: boolean;
  ended: boolean;
}

export function newActor(name: string, faults: readonly Fault[]): Actor {
  return {
    ...{ name, faults, interrupt: new AbortController() },
    ...{ planning: false, requests: 0, unanswered: 0, denied: false, dead: false, ended: false },
  };
}

interface Waiting {
  readonly actor: Actor;
  readonly what: Request['what'];
  /** Carries the request out, and is over when its answer is there. */
  readonly go: () => Promise<void>;
}

export interface Director {
  /** Lets the request wait for its turn. A dead run's never ends. */
  request<T>(actor: Actor, request: Request, work: () => Promise<T>): Promise<T>;
  /** Until each of these has asked for something, ended or died: what runs between requests is nobody's business. */
  settle(actors: readonly Actor[]): Promise<void>;
  /** Goes on until every one of these has ended or died. */
  direct(
    actors: readonly Actor[],
    turns: readonly Turn[],
    between: () => Promise<void>,
  ): Promise<void>;
}

const never = new Promise<never>(() => {});
/** A run that asks for more than this goes round in circles. */
const mostRequests = 4000;

function isWrite(what: Request['what']): boolean {
  return what !== 'list' && what !== 'get' && what !== 'wait';
}

/** @param tell called with what happens, for the story */
export function newDirector(tell: (line: string) => void): Director {
  let waiting: Waiting[] = [];

  async function request<T>(
    actor: Actor,
    { what, about }: Request,
    work: () => Promise<T>,
  ): Promise<T> {
    if (actor.dead) return never;
    let answer: (value: Promise<T>) => void = () => {};
    const answered = new Promise<T>((resolve) => {
      answer = resolve;
    });
    waiting.push({
      ...{ actor, what },
      go: async () => {
        const fault = actor.faults.find(({ at }) => at === actor.requests)?.what;
        actor.requests += 1;
        const said = `${actor.name} ${about}`;
        if (fault) tell(`${said}  [${fault}]`);
        if (fault === 'dies before') {
          actor.dead = true;
          return;
        }
        if (fault === 'interrupt') {
          if (actor.planning) {
            actor.dead = true;
            return;
          }
          actor.interrupt.abort();
        }
        if (fault === 'denied from here') actor.denied = true;
        const denied = actor.denied && isWrite(what);
        if (denied || (fault === 'fails' && what !== 'wait')) {
          if (!denied && isWrite(what)) actor.unanswered += 1;
          const code = denied ? 'FORBIDDEN' : 'UNREACHABLE';
          answer(Promise.reject(new ReleasesError(code, `the test lets this fail: ${what}`)));
          return;
        }
        const done = work();
        const result = await done.then(
          () => 'done',
          (error: unknown) => (error instanceof Error ? error.message : 'failed'),
        );
        if (!fault && isWrite(what))
          tell(`${said}${result === 'done' ? '' : `  (${result.slice(0, 80)})`}`);
        if (fault === 'dies after') {
          actor.dead = true;
          return;
        }
        // Whether it has written what is there, or another one had, is what the lost reply would have said.
        if (fault === 'reply lost' && isWrite(what) && result !== 'done') actor.unanswered += 1;
        if (fault === 'reply lost' && what !== 'wait')
          answer(Promise.reject(new ReleasesError('UNREACHABLE', 'the test loses this reply')));
        else answer(done);
      },
    });
    return answered;
  }

  const isOver = (actor: Actor) => actor.dead || actor.ended;
  const isWaiting = (actor: Actor) => waiting.some((one) => one.actor === actor);

  async function settle(actors: readonly Actor[]): Promise<void> {
    do await setImmediate();
    while (actors.some((actor) => !isOver(actor) && !isWaiting(actor)));
  }

  async function direct(
    actors: readonly Actor[],
    turns: readonly Turn[],
    between: () => Promise<void>,
  ): Promise<void> {
    const left = turns.map(({ run, requests }) => ({ run, requests }));
    for (;;) {
      await settle(actors);
      waiting = waiting.filter(({ actor }) => !actor.dead);
      if (actors.every(isOver)) return;
      await between();
      const asking = actors.filter(isWaiting);
      while (left[0] && left[0].requests <= 0) left.shift();
      const [turn] = left;
      // Nobody's turn is the turn of one that has something to do: who waits, waits for that.
      const busy = asking.filter((one) =>
        waiting.some(({ actor, what }) => actor === one && what !== 'wait'),
      );
      const actor = turn ? asking[turn.run % asking.length] : (busy[0] ?? asking[0]);
      if (turn) turn.requests -= 1;
      const next = waiting.find((one) => one.actor === actor);
      if (!actor || !next) continue;
      if (actor.requests > mostRequests) throw new Error(`${actor.name} never comes to an end`);
      waiting.splice(waiting.indexOf(next), 1);
      await next.go();
    }
  }

  return { request, settle, direct };
}
