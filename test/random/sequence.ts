/** One sequence: a world, what people type, and all that comes in between. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { run as runProgram } from '../../src/cli.ts';
import { type ReleaseRecord, refId } from '../../src/record.ts';
import { captureIO } from '../unit/cli-io.ts';
import { type Actor, type Fault, newActor, newDirector, type Turn } from './director.ts';
import { carryOutEvent, type HelmEvent, type Helms, helmEvent } from './helm.ts';
import {
  actsOf,
  type Broken,
  type Checks,
  checkAct,
  checkCleared,
  checkDone,
  checkGone,
  checkOnce,
  checkPrinted,
  checkStrays,
  checkUndone,
  checkWords,
  heldLive,
  live,
  mixedIn,
  type Played,
  parsePlan,
  stepsOf,
} from './invariants.ts';
import { type Line, type LineSketch, line, lineOf } from './lines.ts';
import { act, acting, enter, linkTo, type Place, placeAt, type Scene } from './places.ts';
import { markOf, recordsOf } from './records.ts';
import { simplest, type WorldSketch, world } from './world.ts';

/** What goes on at the same time. */
export interface PhaseSketch {
  readonly line: LineSketch;
  readonly faults: readonly Fault[];
  readonly second:
    | {
        /** `next release`: the same is done to another release, which may end under the same name; `elsewhere`:
         * to the same release, which is to go into another namespace. */
        readonly how: 'the same' | 'opposite' | 'another' | 'next release' | 'elsewhere';
        readonly line: LineSketch;
        readonly faults: readonly Fault[];
      }
    | undefined;
  readonly turns: readonly Turn[];
  readonly events: readonly HelmEvent[];
}

export interface SequenceSketch {
  readonly world: WorldSketch;
  readonly phases: readonly PhaseSketch[];
}

const fault: fc.Arbitrary<Fault> = fc.record({
  at: fc.nat({ max: 45 }),
  what: fc.constantFrom(
    'fails',
    'reply lost',
    'interrupt',
    'dies before',
    'dies after',
    'denied from here',
  ),
});

const phase: fc.Arbitrary<PhaseSketch> = fc.record({
  line,
  faults: fc.oneof(
    simplest,
    { weight: 2, arbitrary: fc.constant([]) },
    fc.array(fault, { maxLength: 2 }),
  ),
  second: fc.oneof(
    simplest,
    fc.constant(undefined),
    fc.record({
      how: fc.constantFrom(
        ...(['the same', 'opposite', 'opposite', 'another', 'next release', 'elsewhere'] as const),
      ),
      line,
      faults: fc.oneof(
        simplest,
        { weight: 3, arbitrary: fc.constant([]) },
        fc.array(fault, { maxLength: 1 }),
      ),
    }),
  ),
  turns: fc.array(
    fc.record({ run: fc.nat({ max: 1 }), requests: fc.integer({ min: 1, max: 30 }) }),
    { maxLength: 8 },
  ),
  events: fc.oneof(
    simplest,
    { weight: 2, arbitrary: fc.constant([]) },
    fc.array(helmEvent, { minLength: 1, maxLength: 3 }),
  ),
});

export const sequence: fc.Arbitrary<SequenceSketch> = fc.record({
  world,
  phases: fc.array(phase, { minLength: 1, maxLength: 3 }),
});

/** The same of releases that somebody has left half-way, and of what changes records where they stand. */
export const inPlace: fc.Arbitrary<SequenceSketch> = sequence.map(({ world, phases }) => {
  const releases = world.releases.map((release) => ({
    ...{ ...release, helm: release.helm === 2 ? (3 as const) : release.helm },
    newest: release.newest === 'failed' ? ('deployed' as const) : ('pending-upgrade' as const),
  }));
  const named = releases.slice(0, 1).map(({ name }) => name);
  const stands = (line: LineSketch): LineSketch => {
    const isUndo = line.verb === 'undo' || line.verb === 'restore';
    const prunes = line.toNamespace !== false || line.rename || line.zip;
    const verb = isUndo ? 'undo' : prunes ? 'prune' : 'unlock';
    return { ...line, named, verb, back: false };
  };
  return {
    world: { ...world, releases },
    phases: phases.map((phase, i) => ({
      ...phase,
      // What undoes it, and what moves it at the same time or after.
      line: i > 0 && phase.line.verb === 'relocate' ? phase.line : stands(phase.line),
      second: phase.second && { ...phase.second, line: stands(phase.second.line) },
    })),
  };
});

export interface Result {
  readonly broken: readonly Broken[];
  /** What happened, line by line. */
  readonly story: readonly string[];
}

interface Ended {
  /** Undefined: it died. */
  readonly exit: number | undefined;
  readonly out: string;
  readonly err: string;
  readonly played: Played;
}

export async function play(sketch: SequenceSketch): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'releases-random-'));
  const before = process.cwd();
  process.chdir(folder);
  const closing: Scene['closing'] = [];
  try {
    return await playIn(sketch, folder, closing);
  } finally {
    await Promise.all(closing.map((close) => close()));
    enter(undefined);
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function playIn(
  { world, phases }: SequenceSketch,
  folder: string,
  closing: Scene['closing'],
): Promise<Result> {
  const stores = world.stores === 'memory' ? 'memory' : 'folder';
  const story: string[] = [];
  const broken: Broken[] = [];
  const tell = (line: string) => story.push(line.replaceAll(folder, '.'));
  const places = new Map<string, Place>();
  const helms: Helms = {
    ...{ excused: new Set(), touched: new Set(), ancestors: new Map(), count: 0 },
    copies: (mark) =>
      [...places.values()]
        .flatMap(({ held }) => [...held.values()])
        .filter((one) => markOf(one) === mark).length,
  };
  const director = newDirector(tell);
  const runs = new Map<Actor, Played>();
  let created = 0;
  let mixedBefore = new Map<string, string>();
  const start = new Set<string>();
  const place = (name: string) => places.get(join(realFolder, name));
  const checks: Checks = {
    broken,
    places,
    helms,
    start,
    place,
    unlocked: new Set(),
    pruned: new Set(),
    deleted: new Map(),
  };
  const scene: Scene = {
    closing,
    ...{ director, stores, places },
    admit(at, record) {
      if (!live.includes(at.name) || world.policy === 'none') return record;
      created += 1;
      return created > world.policyFrom ? admitted(record, world.policy) : record;
    },
    // Who has an archive overwritten by one of what there is now asked for that.
    overwritten(records) {
      for (const mark of records.map(markOf)) if (helms.copies(mark) === 0) helms.excused.add(mark);
    },
    after(one) {
      const run = runs.get(one.actor);
      if (!run) return;
      run.acts.push(one);
      checkAct(run, one, checks);
    },
  };
  enter(scene);
  const realFolder = process.cwd();
  const first = placeAt('A', stores);
  if (world.stores === 'one folder') linkTo('B', first);
  else placeAt('B', stores);

  const line = (record: ReleaseRecord) =>
    `  ${record.kind} ${record.namespace}/${record.key} ${JSON.stringify(record.labels)} ${markOf(record)}`;
  if (stores === 'folder') tell('A and B are folders');
  if (world.stores === 'one folder') tell('B is a link to A');
  const names = new Set<string>();
  for (const [i, release] of world.releases.entries()) {
    const records = recordsOf(release, `L${i}`, 100 * i);
    const marks = records.map(markOf);
    const id = JSON.stringify([
      release.helm === 2,
      release.name,
      release.namespace,
      release.otherKind,
    ]);
    if (names.has(id)) continue;
    names.add(id);
    tell(`release ${i}: ${JSON.stringify(release)}`);
    for (const record of records) tell(line(record));
    for (const name of release.where === 'both' ? live : [release.where]) {
      const at = placeAt(name, stores);
      for (const [r, record] of records.entries()) {
        if (at.held.has(refId(record))) continue;
        await act(at, { add: record });
        const mark = markOf(record);
        start.add(mark);
        const known = helms.ancestors.get(mark) ?? new Set();
        helms.ancestors.set(mark, new Set([...known, ...marks.slice(0, r)]));
      }
    }
  }
  if (world.policy !== 'none') tell(`policy after ${world.policyFrom} creates: ${world.policy}`);
  mixedBefore = mixedIn(checks);

  let number = 0;
  let lastUndo: readonly string[] = [];

  async function type(line: Line, actor: Actor, extra: readonly string[] = []): Promise<Ended> {
    const from = place(line.from);
    const to = place(line.to);
    const played: Played = {
      ...{ name: actor.name, actor, line, acts: [] },
      source: new Map(from?.held),
      target: new Map(to?.held),
      touchedBefore: new Set(helms.touched),
    };
    runs.set(actor, played);
    const base = captureIO({
      interrupt: actor.interrupt.signal,
      env: { KUBECTL_RELEASES_DEBUG: '1' },
    });
    const io = {
      ...base,
      whilePlanning: async <T>(work: () => Promise<T>) => {
        actor.planning = true;
        try {
          return await work();
        } finally {
          actor.planning = false;
        }
      },
    };
    let exit: number | undefined;
    await acting.run(actor, async () => {
      exit = await runProgram([...line.argv, ...extra], io);
    });
    actor.ended = true;
    return { exit, out: base.out(), err: base.err(), played };
  }

  async function go(
    lines: readonly {
      readonly line: Line;
      readonly faults: readonly Fault[];
      readonly extra?: readonly string[];
    }[],
    turns: readonly Turn[],
    events: readonly HelmEvent[],
    label: string,
  ): Promise<Ended[]> {
    const actors = lines.map(({ faults }, i) =>
      newActor(`${label}${lines.length > 1 ? 'ab'[i] : ''}`, faults),
    );
    const ended: Ended[] = [];
    const beside = lines.length > 1;
    let requests = 0;
    const left = [...events];
    const begin = async ({ line, extra }: (typeof lines)[number], i: number) => {
      const actor = actors[i];
      if (!actor) return;
      tell(`${actor.name}: ${[...line.argv, ...(extra ?? [])].join(' ')}`);
      const one = await type(line, actor, extra);
      const error = one.err.split('\n').slice(0, 12).join(' | ');
      tell(`${actor.name}: exit ${one.exit}${error ? `: ${error}` : ''}`);
      ended[i] = one;
      if (one.exit === 0 && !extra) checkDone(one.played, one.out, checks, beside);
      if (one.exit === 0 && !extra && !beside) checkCleared(one.played, checks);
    };
    const works: Promise<void>[] = [];
    for (const [i, one] of lines.entries()) {
      works.push(begin(one, i));
      // One after the other: vitest doesn't always replace a module that two ask for at once.
      await director.settle(actors.slice(0, i + 1));
    }
    await director.direct(actors, turns, async () => {
      for (const event of left.filter(({ at }) => at <= requests)) {
        left.splice(left.indexOf(event), 1);
        const at = place(event.place);
        const before = mixedIn(checks);
        const said = at && (await carryOutEvent(event, at, helms));
        if (said) tell(said);
        // Helm goes on beside records that it doesn't see, and installs where no run writes: that is no run's doing.
        if (event.does !== 'install' || !lines.some(({ line }) => line.to === event.place))
          for (const [pair, where] of mixedIn(checks))
            if (!before.has(pair)) mixedBefore.set(pair, where);
      }
      requests += 1;
    });
    await Promise.all(works.filter((_, i) => actors[i]?.ended));
    return actors.map(
      (actor, i) => ended[i] ?? { exit: undefined, out: '', err: '', played: playedOf(actor) },
    );
  }

  function playedOf(actor: Actor): Played {
    const played = runs.get(actor);
    if (!played) throw new Error('it never began');
    return played;
  }

  function resolveLine(sketch: LineSketch): Line | undefined {
    number += 1;
    const typed = lineOf(sketch, number);
    const real = (name: string) => (name === 'B' && world.stores === 'one folder' ? 'A' : name);
    const made = { ...typed, from: real(typed.from), to: real(typed.to) };
    if (made.verb !== 'undo') return made;
    const undo = lastUndo[0];
    if (undo === undefined) return undefined;
    const argv = wordsOf(undo.replace(/^kubectl releases /, ''));
    return { ...made, argv: [...argv, '--yes', '-o', 'json'] };
  }

  let last: Line | undefined;
  /** The run before, where nobody came in between. */
  let undoable: Played | undefined;
  for (const [p, phase] of phases.entries()) {
    const first = resolveLine(phase.line);
    if (!first) continue;
    const second = phase.second && secondLine(phase.line, phase.second);
    const other = second && resolveLine(second);
    const label = `run ${p + 1}`;
    const isQuiet =
      phase.faults.length === 0 && !other && phase.events.length === 0 && world.policy === 'none';
    let foretold: ReadonlySet<string> | undefined;
    if (isQuiet && !first.table && first.verb !== 'undo') {
      const extra = ['--dry-run'];
      const [dry] = await go([{ line: first, faults: [], extra }], [], [], `dry ${p + 1}`);
      if (dry && dry.played.acts.length > 0)
        broken.push({ rule: 'dry', what: `${[...actsOf(dry.played)].join(', ')}` });
      const plan = dry && parsePlan(dry.out);
      if (plan) foretold = stepsOf(plan, first);
    }
    const before = heldLive(checks).map((held) => new Map(held));
    const ended = await go(
      [
        { line: first, faults: phase.faults },
        ...(other ? [{ line: other, faults: phase.second?.faults ?? [] }] : []),
      ],
      phase.turns,
      phase.events,
      label,
    );
    for (const one of ended) {
      checkEnd(one, broken);
      const plan = parsePlan(one.out);
      if (plan && one.exit !== undefined && !['backup', 'undo'].includes(one.played.line.verb))
        checkPrinted(one.played, plan, one.exit, isQuiet, checks);
      if (isQuiet && one.exit !== undefined) checkStrays(one.played, one.exit, checks);
      if (
        ['copy', 'relocate', 'migrate2to3'].includes(one.played.line.verb) &&
        one.played.line.table
      )
        checkWords(one.played, one.out, isQuiet && one.exit === 0, checks);
    }
    if (foretold && ended[0] && (ended[0].exit === 0 || ended[0].exit === 3)) {
      const plan = parsePlan(ended[0].out);
      const told = plan ? stepsOf(plan, first) : new Set<string>();
      const differ = [...foretold]
        .filter((one) => !told.has(one))
        .concat([...told].filter((one) => !foretold.has(one)));
      if (differ.length > 0)
        broken.push({ rule: 'foretold', what: `${label}: ${differ.join(', ')}` });
    }
    if (ended.every(({ exit }) => exit === 0)) {
      const played = ended.map((one) => one.played);
      checkGone(played, checks);
      checkOnce(played, before, checks);
    }
    // Of several lines, one for each namespace, only the first is typed.
    const whole = lastUndo.length === 1;
    if (first.verb === 'undo' && whole && isQuiet && undoable && ended[0]?.exit === 0)
      checkUndone(undoable, checks);
    lastUndo = ended[0] ? undoOf(ended[0]) : [];
    undoable = isQuiet && ended[0]?.exit === 0 ? ended[0].played : undefined;
    last = first;
    // One that dies half-way can't take back what it has created; whichever other comes to its end does.
    checkMixed(
      label,
      ended.every(({ exit }) => exit !== undefined),
      ended.some(({ played }) => played.acts.length > 0),
    );
    if (broken.length > 0) return { broken, story };
  }
  // A backup that is there already is never written again.
  if (last && last.verb !== 'undo' && last.verb !== 'backup') await settle(last);
  if (stores === 'folder') checkDisk();
  return { broken, story };

  /** Nobody comes in between any more: the last command ends, and then has nothing left to do. */
  async function settle(line: Line): Promise<void> {
    let exit: number | undefined;
    let wrote = false;
    const fresh = (n: number) => ({
      ...line,
      argv: line.argv.map((word) =>
        /^bk\d+\.zip$/.test(word) ? word.replace('.', `-${n}.`) : word,
      ),
    });
    for (let n = 1; n <= 3; n++) {
      const [one] = await go([{ line: fresh(n), faults: [] }], [], [], `again ${n}`);
      if (!one) return;
      checkEnd(one, broken);
      const acts = actsOf(one.played);
      wrote ||= acts.size > 0;
      if (n > 1 && (exit === 0 || exit === 3 || exit === 4)) {
        if (acts.size > 0)
          broken.push({ rule: 'converges', what: `after exit ${exit}: ${[...acts].join(', ')}` });
        if (one.exit !== exit && !(exit === 3 && one.exit === 4))
          broken.push({ rule: 'settles', what: `exit ${exit}, and then ${one.exit}` });
        break;
      }
      exit = one.exit;
    }
    checkMixed('again', exit !== undefined, wrote);
  }

  /**
   * @param ended whether every run came to its end, with whatever exit code
   * @param wrote whether one of them has changed anything
   */
  function checkMixed(label: string, ended: boolean, wrote: boolean): void {
    for (const [pair, where] of mixedIn(checks)) {
      // What no run of ours wrote, Helm has mixed: by a key that names another release.
      if (ended && wrote && !mixedBefore.has(pair))
        broken.push({ rule: 'mixed', what: `${label}: ${pair} in ${where}` });
      mixedBefore.set(pair, where);
    }
  }

  function checkDisk(): void {
    for (const name of live) {
      const at = place(name);
      if (!at) continue;
      const onDisk = recordsOnDisk(at.path);
      const held = new Map([...at.held].map(([id, { payload }]) => [id, payload]));
      for (const [id, payload] of held)
        if (onDisk.get(id) !== payload) broken.push({ rule: 'disk', what: `${name} lacks ${id}` });
      for (const id of onDisk.keys())
        if (!held.has(id)) broken.push({ rule: 'disk', what: `${name} has ${id}` });
    }
  }
}

function checkEnd({ exit, err, played }: Ended, broken: Broken[]): void {
  if (exit === undefined) return;
  if (![0, 1, 2, 3, 4, 130].includes(exit) || /internal error/i.test(err))
    broken.push({ rule: 'ended', what: `${played.name}: exit ${exit}: ${err.slice(0, 300)}` });
}

function secondLine(first: LineSketch, second: NonNullable<PhaseSketch['second']>): LineSketch {
  if (second.how === 'the same') return first;
  if (second.how === 'next release')
    return { ...first, named: first.named.map((index) => (index + 1) % 3) };
  if (second.how === 'elsewhere')
    return { ...first, toNamespace: first.toNamespace === 'bank' ? 'money' : 'bank' };
  return second.how === 'opposite' ? { ...first, back: !first.back } : second.line;
}

function undoOf({ out }: Ended): readonly string[] {
  const plan = parsePlan(out);
  if (plan) return plan.undo ?? [];
  // Of several lines, one for each namespace, those after the first stand below it.
  return [.../^(?:Undo: | {6}(?=kubectl ))(.+)$/gm[Symbol.matchAll](out)].map(
    ([, line = '']) => line,
  );
}

/** As a shell reads them, which knows only bare words and single quotes here. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

/** What a policy makes of a record. */
function admitted(record: ReleaseRecord, policy: WorldSketch['policy']): ReleaseRecord {
  const { labels } = record;
  switch (policy) {
    case 'status label':
      return {
        ...record,
        labels: {
          ...labels,
          ...('STATUS' in labels ? { STATUS: 'FAILED' } : { status: 'failed' }),
        },
      };
    case 'type':
      return record.kind === 'Secret' ? { ...record, type: 'example.com/checked' } : record;
    case 'immutable':
      return { ...record, immutable: true };
    case 'no custom labels': {
      const known = /^(name|owner|status|version|NAME|OWNER|STATUS|VERSION|createdAt|modifiedAt)$/;
      return {
        ...record,
        labels: Object.fromEntries(Object.entries(labels).filter(([name]) => known.test(name))),
      };
    }
    default:
      return record;
  }
}

/** Read without the program's reader. */
function recordsOnDisk(path: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(path, { recursive: true }).map(String)) {
    const full = join(path, name);
    if (!statSync(full).isFile()) continue;
    for (const document of parseAllDocuments(readFileSync(full, 'utf8'))) {
      const object = document.toJS();
      if (object === null) continue;
      for (const one of object.kind === 'List' ? object.items : [object]) {
        const { kind, metadata, data } = one;
        const text = String(data?.release ?? '');
        const payload = kind === 'Secret' ? Buffer.from(text, 'base64').toString('latin1') : text;
        found.set(`${kind}/${metadata.namespace}/${metadata.name}`, payload);
      }
    }
  }
  return found;
}
