/**
 * A plan: everything that will happen, per release, before anything does. It's data: the table on a
 * terminal, `-o json` and the engine all read the same object.
 *
 * Whatever moves records makes such a plan (2→3 here; relocation, restore and repair later), and
 * only `apply.ts` carries one out.
 */

import type { Part } from '../codecs/envelope.ts';
import type { Ownership } from '../objects/ownership.ts';
import {
  type Owner,
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  refId,
  type WantedRecord,
} from '../record.ts';

/**
 * - `refusal`, `decision`: the release doesn't move, or not before somebody decides;
 * - `loss`: it moves, and something is not as before; `change`: as somebody decided;
 * - `note`: good to know.
 */
export type Severity = 'note' | 'change' | 'loss' | 'decision' | 'refusal';

/** One thing a person should know of a release before it moves. */
export interface Finding {
  readonly severity: Severity;
  /** One line; holds no values and no text from a record that isn't `printable`. */
  readonly message: string;
  /** The revisions concerned; absent when it is the release as a whole. */
  readonly revisions?: readonly number[];
  /** What to do about it: a flag, a command. */
  readonly fix?: string;
  /** The flag that was given and does not do here, or not wholly, what it was given for. */
  readonly unmet?: string;
  /** It follows from another flag: somebody chose it. */
  readonly chosen?: true;
}

export type Verdict = 'ready' | 'with losses' | 'needs a decision' | 'refused' | 'done';

export interface CreateStep {
  readonly do: 'create';
  readonly revision: number;
  readonly record: WantedRecord | UnpackedRecord;
  /** Where a payload comes from that isn't in the plan itself. */
  readonly copy?: PayloadCopy;
  /** What is there under its key with other content, and is replaced, after a copy of it. */
  readonly replaces?: RecordMeta;
}

/**
 * A record whose payload is made when it is written: packing is most of the work, and no plan holds thousands
 * of contents.
 */
export type UnpackedRecord = Omit<ReleaseRecord, 'payload'> & {
  /** SHA-256 of the content before it is packed, in hexadecimal: what is written has it. */
  readonly content: string;
  /** What its payload takes at the most; where that is more than the target holds, what it takes. */
  readonly mostBytes: number;
  /** Makes the content, the same each time. */
  readonly unpacked: () => readonly Part[];
};

/** A payload that is copied, byte for byte or under another name. */
export interface PayloadCopy {
  readonly source: RecordMeta;
  /** What the release is called from now on; absent: not a byte changes. */
  readonly rename?: Rename;
}

export interface Rename {
  readonly name: string;
  readonly namespace: string;
}

/** The target holds this revision already, with the same content. */
export interface KeepStep {
  readonly do: 'keep';
  readonly revision: number;
  readonly record: WantedRecord;
  /** It is the same revision, which Helm has written again there since: its status, a test. */
  readonly movedOn?: true;
}

/** A record gets other content, other labels or both, where it stands: see `engine/updateRecords.ts`. */
export interface UpdateStep {
  readonly do: 'update';
  readonly revision: number;
  /** As it was when the plan was made. */
  readonly over: RecordMeta;
  /** As it is to be. */
  readonly record: WantedRecord;
  /** Makes it of what is there, the same each time, so that no plan holds payloads. */
  readonly make: (there: ReleaseRecord) => ReleaseRecord;
}

/** Only ever carried out after every other step of its release has been verified. */
export interface DeleteStep {
  readonly do: 'delete';
  readonly revision: number;
  readonly record: RecordMeta;
}

/** An object in the cluster, as it was when the plan was made. */
export interface ObjectRef {
  /** As the server serves it now, which may be newer than what the manifest says. */
  readonly apiVersion: string;
  readonly kind: string;
  /** What its kind is called in paths and in Roles: `deployments`. */
  readonly resource: string;
  /** Absent for what belongs to no namespace. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Whose fields of an object are, as `metadata.managedFields` has it. */
export interface FieldManager {
  readonly name: string;
  /** `Apply` of a release that is applied by the server, `Update` of every other. */
  readonly operation: 'Apply' | 'Update';
}

/** A live object of the newest revision gets the metadata that Helm 3 knows its owner by. */
export interface AdoptStep {
  readonly do: 'adopt';
  readonly revision: number;
  readonly object: ObjectRef;
  /** What it had: what a person needs to undo the step by hand. */
  readonly before: Ownership;
  readonly after: Required<Ownership>;
  /** Whose the three fields are, once they are written. */
  readonly manager: FieldManager;
}

export type RecordStep = CreateStep | KeepStep | UpdateStep | DeleteStep;

export type Step = RecordStep | AdoptStep;

/** A release's name where it goes, and the records that have it there, its own copies too. */
export interface Present {
  readonly name: string;
  readonly records: readonly RecordMeta[];
}

export interface ReleasePlan {
  readonly name: string;
  /** Whose records the sources are. */
  readonly owner: Owner;
  /** The release's own namespace. */
  readonly namespace: string;
  /** Its name and namespace from now on, where either is another one. */
  readonly becomes?: { readonly name: string; readonly namespace: string };
  /** It is one record that names no release; its name is the record's. */
  readonly unattributed?: true;
  /** Where the equal one is that goes in its place; then nothing is done for this one. */
  readonly twin?: string;
  /** The store it comes from: an address. */
  readonly from: string;
  /** Every record of the release in its source, readable or not, as it was when the plan was made. */
  readonly sources: readonly RecordMeta[];
  /** What it is called in the target, and what had that name there when the plan was made. */
  readonly there?: Present;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Empty when the verdict doesn't allow any. Newest revision first: see `apply.ts`. */
  readonly steps: readonly Step[];
  /** Records of it move, or would, that its steps don't show: it is stopped, or another release brings them. */
  readonly waits?: true;
}

/** All of a release's plan but its verdict, which follows from the rest. */
export type ReleaseDraft = Omit<ReleasePlan, 'verdict' | 'waits'> & { readonly waits?: boolean };

/**
 * The one place where a release's plan is made: its findings are sorted, worst first, its verdict follows from
 * them and from its steps, and what is stopped has no steps.
 */
export function releasePlan(draft: ReleaseDraft & { readonly verdict?: Verdict }): ReleasePlan {
  const { waits: said, verdict: _, ...facts } = draft;
  const findings = bySeverity(draft.findings);
  const moves = draft.steps.some(isMove);
  const anything = said || draft.steps.some(({ do: act }) => act !== 'keep');
  // What is there already has been decided about: marks on its live objects ask for nothing more.
  const open =
    said || moves ? findings : findings.filter(({ severity }) => severity !== 'decision');
  const verdict = verdictOf(open, anything === true);
  const steps = verdict === 'refused' || verdict === 'needs a decision' ? [] : draft.steps;
  const waits = (said || moves) && !steps.some(isMove);
  return { ...facts, verdict, findings, steps, ...(waits && { waits }) };
}

/** The same plan with other findings or other steps, all of them. */
export function amend(
  release: ReleasePlan,
  change: Partial<Pick<ReleasePlan, 'findings' | 'steps'>>,
): ReleasePlan {
  return releasePlan({ ...release, ...change });
}

function isMove({ do: act }: Step): boolean {
  return act === 'create' || act === 'update' || act === 'delete';
}

/** A cluster, as a kubeconfig has it. */
export interface ClusterName {
  readonly context?: string;
  /** The API server's URL. */
  readonly server: string;
}

export interface Plan {
  readonly from: readonly string[];
  readonly to: string;
  /** Those of its ends that are in a cluster. */
  readonly clusters?: { readonly from?: ClusterName; readonly to?: ClusterName };
  readonly releases: readonly ReleasePlan[];
}

/** Something was found that the release can't move with. */
export function isStopped(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'refusal' || severity === 'decision');
}

const order = { refusal: 0, decision: 1, loss: 2, change: 3, note: 4 } as const;

/** What stops a release first: a table shows the first of them alone. */
function bySeverity(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => order[a.severity] - order[b.severity]);
}

/** The verdict that follows from what was found and whether anything is left to do. */
export function verdictOf(findings: readonly Finding[], anythingToDo: boolean): Verdict {
  const has = (severity: Severity) => findings.some((finding) => finding.severity === severity);
  if (has('refusal')) return 'refused';
  if (!anythingToDo) return 'done';
  if (has('decision')) return 'needs a decision';
  return has('loss') ? 'with losses' : 'ready';
}

/** What is there that the step puts something else in the place of: it is copied first. */
export function replacedBy(step: Step): RecordMeta | undefined {
  if (step.do === 'update') return step.over;
  return step.do === 'create' ? step.replaces : undefined;
}

/** Whether a release with this verdict moves. */
export function isMovable(release: ReleasePlan): boolean {
  return release.verdict === 'ready' || release.verdict === 'with losses';
}

/** Whether its sources stay although they were to be deleted, and nothing else stops it. */
export function keepsSources(release: ReleasePlan): boolean {
  const asked = release.findings.some(({ unmet }) => unmet?.startsWith('--delete-'));
  return asked && (isMovable(release) || release.verdict === 'done');
}

/** The same where nobody chose that: the sources wait for a person, although the release has moved. */
export function waitsWithSources(release: ReleasePlan): boolean {
  if (release.unattributed) return false;
  return keepsSources(release) && !release.findings.some(({ unmet, chosen }) => unmet && chosen);
}

export interface PlanCounts {
  /** Without records that name none. */
  readonly releases: number;
  readonly revisions: number;
  readonly unattributed: number;
  readonly unattributedMovable: number;
  readonly movable: number;
  readonly done: number;
  readonly creates: number;
  readonly updates: number;
  readonly adopts: number;
  readonly deletes: number;
  /** Among the creates: those that replace what is there. */
  readonly replaces: number;
  /** Releases whose sources stay, although they were to be deleted. */
  readonly keepSources: number;
  readonly verdicts: { readonly [V in Verdict]: number };
}

export function countPlan(plan: Plan): PlanCounts {
  const movable = plan.releases.filter(isMovable);
  const steps = movable.flatMap((release) => release.steps);
  // One that several releases share is one.
  const sources = plan.releases.flatMap(({ from, sources: records }) =>
    records.map((record) => `${from} ${refId(record)}`),
  );
  const nobodys = plan.releases.filter(({ unattributed }) => unattributed);
  const verdicts = { ready: 0, 'with losses': 0, 'needs a decision': 0, refused: 0, done: 0 };
  for (const release of plan.releases) verdicts[release.verdict]++;
  return {
    releases: plan.releases.length - nobodys.length,
    revisions: new Set(sources).size - nobodys.length,
    unattributed: nobodys.length,
    unattributedMovable: movable.filter(({ unattributed }) => unattributed).length,
    movable: verdicts.ready + verdicts['with losses'],
    done: verdicts.done,
    creates: steps.filter((step) => step.do === 'create').length,
    updates: steps.filter((step) => step.do === 'update').length,
    adopts: steps.filter((step) => step.do === 'adopt').length,
    deletes: steps.filter((step) => step.do === 'delete').length,
    replaces: steps.filter((step) => step.do === 'create' && step.replaces).length,
    keepSources: plan.releases.filter(keepsSources).length,
    verdicts,
  };
}

/** The plan for `-o json` and `-o yaml`: everything but the payloads. */
export function planData(plan: Plan): object {
  return {
    from: plan.from,
    to: plan.to,
    ...(Object.keys(plan.clusters ?? {}).length > 0 && { clusters: plan.clusters }),
    releases: plan.releases.map(releaseData),
  };
}

function releaseData(release: ReleasePlan): object {
  const { name, namespace, becomes, twin, from, sources, verdict, findings, steps } = release;
  const { unattributed } = release;
  return {
    ...{ name, namespace, ...(becomes && { becomes }), from, ...(twin && { twin }) },
    ...(unattributed && { unattributed }),
    ...{ revisions: sources.length, verdict, findings, steps: steps.map(stepData) },
  };
}

function stepData(step: Step): object {
  const { do: act, revision } = step;
  const replaces = step.do === 'create' && step.replaces !== undefined;
  if (step.do !== 'adopt') return { do: replaces ? 'replace' : act, revision, ...ref(step.record) };
  return { do: act, revision, ...step.object, before: step.before, after: step.after };
}

function ref({ kind, namespace, key }: RecordRef): RecordRef {
  return { kind, namespace, key };
}
