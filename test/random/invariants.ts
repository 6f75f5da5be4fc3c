/**
 * What must hold whatever happens, as issue, docs and Helm say it, and never as the code has it.
 */
import { type ReleaseRecord, refId } from '../../src/record.ts';
import type { Actor } from './director.ts';
import type { Helms } from './helm.ts';
import type { Line } from './lines.ts';
import type { Act, Place } from './places.ts';
import {
  bigInteger,
  content,
  familyOf,
  isRecord,
  jsonOf,
  markOf,
  releasesNamed,
} from './records.ts';

/** Each is a rule with a name, so that a campaign can look for one alone. */
export const rules = {
  lost: 'every payload of the start is in the source, the target or the backup',
  copied: 'a source goes only when its copy is in the target as it is to be',
  backedUp: 'a source goes only when a sealed copy of it is in the backup',
  split:
    'a release goes whole: every record that names it is in the target before the first one goes',
  done: 'exit 0 means that all that was asked for is there',
  cleared: 'exit 0 means that sources that were to go are gone',
  unlocked:
    'an unlock changes how a revision stands and nothing else, of what a sealed copy has as it was',
  pruned:
    'never goes what helm goes on from, nor anything but the release that is named, nor without a sealed copy',
  strays:
    'a record of no release is copied with all others, and counts as one for a person to look at',
  gone: 'when every run ends with exit 0, what was moved is in one of the two places',
  once: 'a release that two runs move at once lives in one place when both end with exit 0: whoever did not get its source says so',
  planned: 'what is written and deleted is what the plan says',
  dry: 'a dry run writes nothing',
  foretold: 'a dry run shows the plan that is carried out',
  counted: 'counts are true',
  converges: 'after success the same command writes nothing',
  settles: 'without anybody in between, the same command comes to an end',
  mixed:
    'no run that comes to its end leaves a release with the histories of two, whatever its exit code',
  kept: 'digits of integers stay as they are',
  asHelm: 'what is written for Helm 3 is labelled as Helm 3 does it',
  disk: 'a folder holds what was written to it, and nothing else',
  undone: 'the line that undoes a move brings back what was there',
  ended: 'a command ends with an exit code of its own, and never with an internal error',
} as const;
export type Rule = keyof typeof rules;

export interface Broken {
  readonly rule: Rule;
  readonly what: string;
}

/** A run of ours, and what is known of it. */
export interface Played {
  readonly name: string;
  readonly actor: Actor;
  readonly line: Line;
  /** What the source and the target held when it began. */
  readonly source: ReadonlyMap<string, ReleaseRecord>;
  readonly target: ReadonlyMap<string, ReleaseRecord>;
  /** `place refId` that Helm had changed before it began. */
  readonly touchedBefore: ReadonlySet<string>;
  readonly acts: Act[];
}

export interface Checks {
  readonly broken: Broken[];
  readonly places: ReadonlyMap<string, Place>;
  readonly helms: Helms;
  /** Marks of the start. */
  readonly start: ReadonlySet<string>;
  /** `place refId` of what an unlock has changed, which stands as if a Helm had. */
  readonly unlocked: Set<string>;
  /** Marks of what a prune has deleted: a backup has it. */
  readonly pruned: Set<string>;
  /** `place refId`, by who has deleted it last. */
  readonly deleted: Map<string, string>;
  place(name: string): Place | undefined;
}

export const live = ['A', 'B'];

const shown = (record: ReleaseRecord) =>
  `${record.kind} ${record.namespace}/${record.key} (${markOf(record)})`;

export function isEqual(a: ReleaseRecord, b: ReleaseRecord): boolean {
  const labels = (record: ReleaseRecord) => JSON.stringify(Object.entries(record.labels).sort());
  return (
    a.payload === b.payload &&
    (a.type ?? 'Opaque') === (b.type ?? 'Opaque') &&
    labels(a) === labels(b)
  );
}

/** Labels that somebody has put beside a record's own, as policies do, don't make it another one: docs/architecture.md. */
function holdsAll(there: ReleaseRecord, record: ReleaseRecord): boolean {
  const own = Object.entries(there.labels).filter(([name]) => name in record.labels);
  return isEqual({ ...there, labels: Object.fromEntries(own) }, record);
}

/** Whether the command carries keys, labels and bytes over unchanged. */
function carries({ verb, renames }: Line): boolean {
  return verb !== 'migrate2to3' && verb !== 'cleanup' && renames === undefined;
}

/** The records that a command line means, of those that were there: at the least these. */
export function meant(line: Line, held: ReadonlyMap<string, ReleaseRecord>): ReleaseRecord[] {
  const onlyHelm2 = line.verb === 'migrate2to3' || line.verb === 'cleanup';
  return [...held.values()].filter((record) => {
    if (onlyHelm2 && familyOf(record) !== 2) return false;
    const named = releasesNamed(record);
    return line.names.length === 0 ? named.size > 0 : line.names.some((name) => named.has(name));
  });
}

/** Whether the target has it as the command is to leave it there. */
function arrived(record: ReleaseRecord, line: Line, target: Place | undefined): boolean {
  if (!target) return false;
  if (carries(line)) {
    const there = target.held.get(refId(record));
    return there !== undefined && holdsAll(there, record);
  }
  const copies = [...target.held.values()].filter(
    (one) =>
      markOf(one) === markOf(record) &&
      (line.from !== line.to || isRenamed(one, line) || staysApart(one, record, line)),
  );
  return copies.some((one) => (line.renames ? isEqualButForName(one, record) : isHelm3s(one)));
}

function isEqualButForName(one: ReleaseRecord, record: ReleaseRecord): boolean {
  const labels = ({ labels: { name: _, NAME: __, ...rest } }: ReleaseRecord) => rest;
  const payload = '';
  return isEqual(
    { ...one, payload, labels: labels(one) },
    { ...record, payload, labels: labels(record) },
  );
}

/** A record as Helm 3 writes it: pkg/storage/driver/secrets.go and cfgmaps.go, `newSecretsObject`. */
function isHelm3s({ kind, type, labels, payload }: ReleaseRecord): boolean {
  const { name, version, info } = jsonOf(payload) ?? {};
  const status = typeof info === 'object' && info !== null && 'status' in info && info.status;
  return (
    (kind !== 'Secret' || type === 'helm.sh/release.v1') &&
    labels['owner'] === 'helm' &&
    labels['name'] === name &&
    labels['version'] === String(version) &&
    labels['status'] === status
  );
}

/** In one place, what was moved has another name, or lies in another namespace; Helm 2's lie where they lay. */
/** docs/relocation.md: what lies apart from its release stays where it lies, when that gets another namespace. */
function staysApart(one: ReleaseRecord, record: ReleaseRecord, { renames }: Line): boolean {
  const { name, namespace } = renames ?? {};
  const isCalled = name === undefined || one.key.includes(`${name}.v`);
  const own = jsonOf(record.payload)?.['namespace'];
  const isApart = namespace !== undefined && own !== record.namespace;
  return isApart && isCalled && one !== record && one.namespace === record.namespace;
}

function isRenamed(record: ReleaseRecord, { renames }: Line): boolean {
  const { name, namespace } = renames ?? {};
  const isThere = namespace === undefined || record.namespace === namespace;
  return (
    (name === undefined || record.key.includes(`${name}.v`)) && (isThere || familyOf(record) === 2)
  );
}

/** Whether Helm has had its hands on the copies of a record, so that nobody can say how they should be. */
function isTouched(record: ReleaseRecord, line: Line, { helms, unlocked }: Checks): boolean {
  const names = releasesNamed(record);
  return [...helms.touched, ...unlocked].some((one) => {
    const [place = '', id = ''] = one.split(' ');
    if (place !== line.from && place !== line.to) return false;
    if (id === refId(record)) return true;
    const all = [...names, ...(line.renames?.name ? [line.renames.name] : [])];
    return all.some((name) => id.includes(`${name}.v`));
  });
}

function anywhere(mark: string, { places }: Checks, among?: readonly string[]): boolean {
  return [...places.values()].some(
    ({ name, held }) =>
      (!among || among.includes(name)) && [...held.values()].some((one) => markOf(one) === mark),
  );
}

/** After every act of ours. */
export function checkAct(run: Played, act: Act, checks: Checks): void {
  const { broken } = checks;
  const say = (rule: Rule, what: string) => broken.push({ rule, what: `${run.name}: ${what}` });
  checkLost(checks, run.name);
  const { line } = run;
  if (act.did === 'delete') {
    checks.deleted.set(`${act.place.name} ${refId(act.record)}`, run.name);
    checks.deleted.set(`${act.place.name} ${markOf(act.record)}`, run.name);
    if (run.line.verb === 'prune') checks.pruned.add(markOf(act.record));
  } else {
    if (line.verb === 'migrate2to3' && act.place.name === line.to) checkLabels(act.record, say);
    if (line.verb === 'unlock' && act.place.name === line.from)
      checkUnlocked(run, act, checks, say);
    return;
  }
  if (act.place.name !== line.from || line.verb === 'restore' || line.verb === 'undo') return;
  const { record } = act;
  if (line.verb === 'prune') {
    checkPruned(run, record, checks, say);
    return;
  }
  // What takes the place of another record in the target isn't a source.
  const isSource = run.source.has(refId(record)) && line.deletes;
  if (!isSource) return;
  const target = checks.place(line.to);
  const mark = markOf(record);
  // Another run of ours may take a copy away between the last look at it and this: it is told in the end.
  const isTaken = (one: ReleaseRecord) => {
    const places = line.from === line.to ? [line.from] : [line.from, line.to];
    // A copy under another name is the same record.
    const ids = line.renames ? [refId(one), markOf(one)] : [refId(one)];
    return places.some((name) => ids.some((id) => takenBy(id, name, checks, run) !== undefined));
  };
  if (!isTouched(record, line, checks) && !isTaken(record) && !arrived(record, line, target))
    say(
      'copied',
      `${shown(record)} is deleted from ${line.from} and is not in ${line.to} as it is to be`,
    );
  const backups = [...checks.places.values()].filter(({ name }) => !live.includes(name));
  if (
    line.from !== line.to &&
    line.verb !== 'cleanup' &&
    !backups.some(({ held }) => [...held.values()].some((one) => markOf(one) === mark))
  )
    say('backedUp', `${shown(record)} is deleted and in no backup`);
  if (line.revisions !== 'all' || line.verb === 'cleanup') return;
  const names = releasesNamed(record);
  for (const other of run.source.values()) {
    const isOf = [...releasesNamed(other)].some((name) => names.has(name));
    const isBeside =
      other.namespace === record.namespace &&
      other.kind === record.kind &&
      familyOf(other) === familyOf(record);
    if (!isOf || !isBeside || isTouched(other, line, checks) || isTaken(other)) continue;
    if (!arrived(other, line, target))
      say(
        'split',
        `${shown(record)} is deleted, and ${shown(other)} of the same release is not in ${line.to}`,
      );
  }
}

/** @param record that a prune has deleted */
function checkPruned(
  run: Played,
  record: ReleaseRecord,
  { places, helms }: Checks,
  say: (rule: Rule, what: string) => void,
): void {
  const copies = [...places.values()].filter(({ name }) => !live.includes(name));
  if (!copies.some(({ held }) => held.get(refId(record))?.payload === record.payload))
    say('pruned', `${shown(record)} is gone, and in no backup`);
  if (!run.line.names.some((name) => releasesNamed(record).has(name)))
    say('pruned', `${shown(record)} is of another release`);
  const numberOf = ({ key }: ReleaseRecord) => Number(/\.v(\d+)$/.exec(key)?.[1] ?? 0);
  const isTouched = [...helms.touched].some((one) => one.startsWith(`${run.line.from} `));
  const others = [...run.source.values()].filter(
    (one) => one.kind === record.kind && one.namespace === record.namespace,
  );
  const newest = Math.max(
    ...others.filter((one) => releasesNamed(one).has(run.line.names[0] ?? '')).map(numberOf),
  );
  if (!isTouched && numberOf(record) === newest) say('pruned', `${shown(record)} is the newest`);
  const info = jsonOf(record.payload)?.['info'] as { readonly status?: string } | undefined;
  const isLiving = /^(deployed|pending-.*|uninstalling|unknown)$/;
  if (isLiving.test(info?.status ?? '') || record.labels['status'] === 'deployed')
    say('pruned', `${shown(record)} is ${info?.status}`);
}

/** Of a record, what a backup has of it. */
function copyIn(places: Checks['places'], record: ReleaseRecord): ReleaseRecord | undefined {
  const copies = [...places.values()].filter(({ name }) => !live.includes(name));
  return copies.flatMap(({ held }) => held.get(refId(record)) ?? [])[0];
}

/** @param act what an unlock has written where it found it */
function checkUnlocked(
  run: Played,
  { did, record }: Act,
  { places, helms, unlocked }: Checks,
  say: (rule: Rule, what: string) => void,
): void {
  unlocked.add(`${run.line.from} ${refId(record)}`);
  // What another run has brought there meanwhile is known by its copy alone.
  const was = run.source.get(refId(record)) ?? copyIn(places, record);
  if (helms.touched.has(`${run.line.from} ${refId(record)}`)) return;
  if (did !== 'replace' || !was) {
    say('unlocked', `${did} of ${shown(record)}`);
    return;
  }
  const rest = ({ payload }: ReleaseRecord) => {
    const { info, ...more } = jsonOf(payload) ?? {};
    const {
      status: _,
      description: __,
      deleted: ___,
      ...kept
    } = { ...(info as object) } as {
      readonly [name: string]: unknown;
    };
    return JSON.stringify({ ...more, info: kept });
  };
  if (rest(was) !== rest(record)) say('unlocked', `${shown(record)} has other content`);
  const copies = [...places.values()].filter(({ name }) => !live.includes(name));
  const isCopied = copies.some(({ held }) =>
    [...held.values()].some((one) => refId(one) === refId(was) && one.payload === was.payload),
  );
  if (!isCopied) say('unlocked', `${shown(was)} is changed, and in no backup`);
}

/** pkg/storage/driver/secrets.go, `newSecretsObject`. */
function checkLabels(record: ReleaseRecord, say: (rule: Rule, what: string) => void): void {
  const [, name, version] = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(record.key) ?? [];
  const { labels } = record;
  const right =
    labels['owner'] === 'helm' && labels['name'] === name && labels['version'] === version;
  if (!right && labels['broken by'] === undefined)
    say('asHelm', `${shown(record)} has labels ${JSON.stringify(labels)}`);
}

function checkLost(checks: Checks, by: string): void {
  for (const mark of checks.start)
    if (!checks.helms.excused.has(mark) && !anywhere(mark, checks)) {
      if (!checks.broken.some(({ rule, what }) => rule === 'lost' && what.includes(`${mark} `)))
        checks.broken.push({ rule: 'lost', what: `${mark} is nowhere any more (${by})` });
    }
}

/** Another run of ours that has deleted it there, as it may before this one has made its plan. */
/** @param id a `refId`, or the mark of a record that may have got another name */
function takenBy(id: string, place: string, { deleted }: Checks, run: Played): string | undefined {
  const by = deleted.get(`${place} ${id}`);
  return by === run.name ? undefined : by;
}

function losses(out: string): string[] {
  const findings = parsePlan(out)?.releases.flatMap((release) => release.findings ?? []) ?? [];
  return findings.flatMap(({ severity, message }) => (severity === 'loss' ? message : []));
}

/** When a run has ended with exit 0. @param beside whether another run of ours was at work meanwhile */
export function checkDone(run: Played, out: string, checks: Checks, beside: boolean): void {
  const { line } = run;
  const moves = !['cleanup', 'undo', 'unlock', 'prune'].includes(line.verb);
  if (!moves || line.revisions !== 'all') return;
  const held = run.source;
  const target = checks.place(line.to);
  for (const record of meant(line, held)) {
    const taken = beside ? takenBy(refId(record), line.from, checks, run) : undefined;
    if (taken && anywhere(markOf(record), checks, live)) continue;
    if (checks.pruned.has(markOf(record))) continue;
    if (line.verb === 'migrate2to3' && !/mark:/.test(content(record.payload))) {
      // An older revision that can't be read stays in Helm 2: a loss, which the plan names before the first write.
      if (line.table || losses(out).some((message) => message.includes(record.key))) continue;
      checks.broken.push({
        rule: 'done',
        what: `${run.name}: exit 0, and ${shown(record)}, which can't be converted, was not spoken of`,
      });
      continue;
    }
    if (isTouched(record, line, checks) || arrived(record, line, target)) continue;
    if (beside && anywhere(markOf(record), checks, live)) continue;
    checks.broken.push({
      rule: 'done',
      what: `${run.name}: exit 0, and ${shown(record)} is not in ${line.to} as it is to be`,
    });
  }
  if (!line.renames && line.verb !== 'migrate2to3') return;
  for (const record of meant(line, held)) {
    if (!content(record.payload).includes(bigInteger)) continue;
    for (const there of target?.held.values() ?? [])
      if (markOf(there) === markOf(record) && !content(there.payload).includes(bigInteger))
        checks.broken.push({ rule: 'kept', what: `${run.name}: ${shown(there)} has other digits` });
  }
}

/** Of a run that has deleted its sources, and ended with exit 0. */
export function checkCleared(run: Played, checks: Checks): void {
  const { line } = run;
  const isMove = line.verb !== 'cleanup' && line.verb !== 'prune';
  if (!line.deletes || line.revisions !== 'all' || !isMove) return;
  const source = checks.place(line.from);
  for (const record of meant(line, run.source)) {
    if (isTouched(record, line, checks)) continue;
    if (line.from === line.to && (!line.renames || isRenamed(record, line))) continue;
    if (source?.held.get(refId(record))?.payload === record.payload)
      checks.broken.push({
        rule: 'cleared',
        what: `${run.name}: exit 0, and ${shown(record)} is still in ${line.from}`,
      });
  }
}

/** Of a run over all releases that nobody disturbed. */
export function checkStrays(run: Played, exit: number, checks: Checks): void {
  const { line } = run;
  if (!['copy', 'relocate', 'backup'].includes(line.verb) || line.names.length > 0) return;
  if (line.from === line.to || line.revisions !== 'all' || (exit !== 0 && exit !== 3)) return;
  for (const record of run.source.values()) {
    if (releasesNamed(record).size > 0 || !isRecord(record)) continue;
    if (exit === 0)
      checks.broken.push({ rule: 'strays', what: `${run.name}: exit 0, with ${shown(record)}` });
    if (!arrived(record, line, checks.place(line.to)))
      checks.broken.push({ rule: 'strays', what: `${run.name}: ${shown(record)} is not copied` });
  }
}

/** What a table's last words say, as far as it counts. @param quiet nobody came in between */
export function checkWords(run: Played, out: string, quiet: boolean, checks: Checks): void {
  const last = out.split('\n').filter((one) => /^(Done:|Stopped\.|\d+ releases? failed)/.test(one));
  const sum = (pattern: RegExp) =>
    last.reduce((all, one) => all + Number(pattern.exec(one)?.[1] ?? 0), 0);
  const [deleted, created] = [sum(/(\d+) sources? deleted/), sum(/(\d+) records? created/)];
  const acts = [...actsOf(run)];
  const gone = acts.filter((one) => one.startsWith(`delete ${run.line.from} `)).length;
  const made = acts.filter((one) => one.startsWith('create ')).length;
  const is = (told: number, real: number, open = 0) =>
    quiet ? told === real : told <= real + open;
  if (!is(deleted, gone) || !is(created, made, run.actor.unanswered))
    checks.broken.push({
      rule: 'counted',
      what: `${run.name}: ${created} created and ${deleted} deleted are told, ${made} and ${gone} were`,
    });
}

/** When all runs of a phase have ended with exit 0: what they moved is where releases live. */
export function checkGone(runs: readonly Played[], checks: Checks): void {
  for (const run of runs) {
    if (!['relocate', 'copy', 'migrate2to3'].includes(run.line.verb)) continue;
    for (const record of run.source.values())
      if (
        !isTouched(record, run.line, checks) &&
        !anywhere(markOf(record), checks, live) &&
        !checks.pruned.has(markOf(record))
      )
        checks.broken.push({
          rule: 'gone',
          what: `${run.name} and all others ended with exit 0, and ${shown(record)} is in neither place`,
        });
  }
}

/** What each live place holds. */
export function heldLive({ places }: Checks): Map<string, ReleaseRecord>[] {
  const now = [...places.values()].filter(({ name }) => live.includes(name));
  return [...new Set(now)].map(({ held }) => held);
}

/**
 * Of two runs that move releases at the same time, each to a place of its own, and have both ended with exit 0. A
 * delete that finds nothing is somebody else's, who may have made copies elsewhere: two histories of one release
 * would go on over the same live objects. So the run that doesn't get its newest source must fail.
 * @param before what each live place held
 */
export function checkOnce(
  runs: readonly Played[],
  before: readonly ReadonlyMap<string, ReleaseRecord>[],
  checks: Checks,
): void {
  const [first, second] = runs;
  const moves = ({ line }: Played) =>
    line.verb === 'relocate' && line.deletes && line.revisions === 'all';
  if (!first || !second || !runs.every(moves)) return;
  const copies = (held: readonly ReadonlyMap<string, ReleaseRecord>[], mark: string) =>
    held.flatMap((one) => [...one.values()]).filter((one) => markOf(one) === mark).length;
  for (const record of meant(first.line, first.source)) {
    const mark = markOf(record);
    if (isTouched(record, first.line, checks) || isTouched(record, second.line, checks)) continue;
    if (copies(before, mark) === 1 && copies(heldLive(checks), mark) > 1)
      checks.broken.push({
        rule: 'once',
        what: `${first.name} and ${second.name} ended with exit 0, and ${shown(record)} is in two places`,
      });
  }
}

/** When the line that a run had printed was typed, and ended with exit 0. */
export function checkUndone(undone: Played, checks: Checks): void {
  const source = checks.place(undone.line.from);
  for (const { did, place, record } of undone.acts) {
    const was = undone.source.get(refId(record));
    const there = source?.held.get(refId(record));
    if (undone.line.verb === 'unlock' && place.name === undone.line.from && was)
      if (!there || !isEqual(there, was))
        checks.broken.push({
          rule: 'undone',
          what: `${undone.name} changed ${shown(was)}, and its Undo doesn't bring it back`,
        });
    if (did !== 'delete' || place.name !== undone.line.from) continue;
    const isBack = carries(undone.line)
      ? there && holdsAll(there, record)
      : there && markOf(there) === markOf(record);
    if (!isBack)
      checks.broken.push({
        rule: 'undone',
        what: `${undone.name} deleted ${shown(record)} from ${place.name}, and its Undo doesn't bring it back`,
      });
  }
}

/** Of each release in each live place, each revision goes back to the one below. */
/** @returns where, by what doesn't belong together */
export function mixedIn(checks: Checks): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of live) {
    const place = checks.place(name);
    const groups = new Map<string, { revision: number; mark: string }[]>();
    for (const record of place?.held.values() ?? []) {
      const [, release, revision] = /^(.+)\.v(\d+)$/.exec(record.key) ?? [];
      const mark = markOf(record);
      if (release === undefined || mark.startsWith('raw:')) continue;
      const id = `${name} ${record.kind} ${record.namespace}/${release}`;
      groups.set(id, [...(groups.get(id) ?? []), { revision: Number(revision), mark }]);
    }
    for (const [id, revisions] of groups) {
      revisions.sort((a, b) => a.revision - b.revision);
      for (const [i, { mark }] of revisions.entries()) {
        const below = revisions[i - 1];
        if (below && !checks.helms.ancestors.get(mark)?.has(below.mark))
          found.set(`${mark} follows ${below.mark}`, id);
      }
    }
  }
  return found;
}

interface PlanStep {
  readonly do: string;
  readonly kind: string;
  readonly namespace: string;
  readonly key: string;
}

/** The plan that `-o json` prints, as far as it is looked at here. */
export interface PrintedPlan {
  readonly releases: readonly {
    readonly verdict: string;
    readonly findings?: readonly { readonly severity: string; readonly message: string }[];
    readonly steps: readonly PlanStep[];
  }[];
  readonly counts?: {
    readonly created: number;
    readonly updated: number;
    readonly deleted: number;
  };
  readonly undo?: readonly string[];
}

export function parsePlan(out: string): PrintedPlan | undefined {
  try {
    const json: unknown = JSON.parse(out);
    return typeof json === 'object' &&
      json !== null &&
      'releases' in json &&
      Array.isArray(json.releases)
      ? (json as PrintedPlan)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The steps of what moves: `create B Secret/apps/…`. */
export function stepsOf(plan: PrintedPlan, { from, to }: Line): Set<string> {
  const steps = new Set<string>();
  for (const { verdict, steps: own } of plan.releases)
    for (const step of verdict === 'ready' || verdict === 'with losses' ? own : []) {
      const id = `${step.kind}/${step.namespace}/${step.key}`;
      if (step.do === 'create' || step.do === 'replace') steps.add(`${step.do} ${to} ${id}`);
      if (step.do === 'update') steps.add(`replace ${from} ${id}`);
      if (step.do === 'delete') steps.add(`delete ${from} ${id}`);
    }
  return steps;
}

export function actsOf(run: Played): Set<string> {
  return new Set(
    run.acts
      .filter(({ place }) => live.includes(place.name))
      .map(({ did, place, record }) => `${did} ${place.name} ${refId(record)}`),
  );
}

/** When a run has printed what it did. @param quiet nothing failed, and nobody came in between */
export function checkPrinted(
  run: Played,
  plan: PrintedPlan,
  exit: number,
  quiet: boolean,
  checks: Checks,
): void {
  const say = (rule: Rule, what: string) =>
    checks.broken.push({ rule, what: `${run.name}: ${what}` });
  const steps = stepsOf(plan, run.line);
  const acts = actsOf(run);
  for (const one of acts) {
    // A run that gives way to another release of the name takes back what it has created.
    const created = one.replace(/^delete /, 'create ');
    const isTakenBack = one.startsWith(`delete ${run.line.to} `) && acts.has(created);
    if (!steps.has(one) && !(isTakenBack && exit !== 0)) say('planned', `${one} is in no plan`);
  }
  if (quiet && (exit === 0 || exit === 3))
    for (const one of steps)
      if (!acts.has(one)) say('planned', `${one} was planned, and exit is ${exit}`);
  if (!plan.counts) return;
  const deletes = [...acts].filter(
    (one) => one.startsWith(`delete ${run.line.from} `) && steps.has(one),
  );
  const creates = [...acts].filter((one) => !one.startsWith('delete '));
  const { created, updated, deleted } = plan.counts;
  const sources = deletes.length;
  // Whose DELETE failed, and who finds the record gone, takes it for its own: nobody can tell.
  const taken = [...steps].filter((one) => {
    const [, id] = one.split(`delete ${run.line.from} `);
    return id !== undefined && !acts.has(one) && checks.deleted.has(`${run.line.from} ${id}`);
  });
  if (deleted > sources + taken.length)
    say('counted', `${deleted} sources deleted are told, ${sources} were`);
  // Who gets no answer, and finds what it would have written, takes it for its own: nobody can tell.
  const written = created + updated;
  if (written > creates.length + run.actor.unanswered)
    say('counted', `${written} written are told, ${creates.length} were`);
  if (quiet && deleted !== sources)
    say('counted', `${deleted} sources deleted are told, ${sources} were`);
}
