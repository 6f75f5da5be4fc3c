/**
 * The plan of `move-config`: one item for every repository, plugin and starter that Helm 2 has, and
 * for what stays behind. A damaged item is a row like any other.
 */

export type ItemKind = 'repository' | 'plugin' | 'starter' | 'file';

export type ItemVerdict =
  /** will be carried out */
  | 'ready'
  /** Helm 3 has it, and it is the same */
  | 'done'
  /** has no place in Helm 3, or Helm 3's own was chosen */
  | 'left out'
  /** Helm 3 has another one of this name: `--on-conflict` */
  | 'needs a decision'
  /** can't be read, or Helm 3 could not */
  | 'unreadable';

/** What to do when Helm 3 has another thing of the same name. */
export type OnConflict = 'keep' | 'replace';

/** A folder or a file, copied as it is. */
export interface CopyStep {
  readonly do: 'copy';
  /** Absolute; never a link itself. */
  readonly from: string;
  readonly to: string;
  /** Of what was read for the plan: see `tree.ts`. */
  readonly digest: string;
  /** Absolute paths of what is put aside first. */
  readonly replaces?: readonly string[];
}

/** A link to something outside of Helm 2's home, which stays where it is. */
export interface LinkStep {
  readonly do: 'link';
  readonly to: string;
  /** Absolute. */
  readonly target: string;
  readonly replaces?: readonly string[];
}

/** An entry of repositories.yaml; all of them are written at once. */
export interface EntryStep {
  readonly do: 'add' | 'change';
}

export interface ConfigItem {
  readonly kind: ItemKind;
  /** As Helm calls it; hostile until printed with `printable`. */
  readonly name: string;
  readonly verdict: ItemVerdict;
  /** For `ready` only. */
  readonly step?: CopyStep | LinkStep | EntryStep;
  /** What it is, or why it isn't ready: one line without anything secret. */
  readonly why: string;
  /** What else somebody should know. */
  readonly notes: readonly string[];
}

/** Text of a file, and what it was when the plan was made. */
export interface FileChange {
  /** Where it really is, when the name is a link. */
  readonly path: string;
  /** undefined: there was no file. */
  readonly before: string | undefined;
  readonly after: string;
  /** An entry that was there changes: the file is copied aside first. */
  readonly keepsOld: boolean;
}

export interface ConfigPlan {
  /** Helm 2's home. */
  readonly from: string;
  /** The same, with its links resolved, and what else is part of it: nothing moved may lead there. */
  readonly leaving: readonly string[];
  readonly to: {
    readonly repositories: string;
    readonly plugins: string;
    readonly starters: string;
  };
  readonly items: readonly ConfigItem[];
  /** Certificates and keys in Helm 2's home that entries name: they go first. */
  readonly certificates: readonly CopyStep[];
  /** Absent when the file stays as it is. */
  readonly repositories?: FileChange;
  /** A folder for what is replaced; it is made when something is. */
  readonly aside: string;
}

export const itemVerdicts: readonly ItemVerdict[] = [
  'ready',
  'done',
  'left out',
  'needs a decision',
  'unreadable',
];

/** How many items wait for somebody. */
export function waiting(plan: ConfigPlan): number {
  return plan.items.filter(
    ({ verdict }) => verdict === 'needs a decision' || verdict === 'unreadable',
  ).length;
}

/** What Helm 3 doesn't have yet, as `plugin diff`: it would be lost with Helm 2's home. */
export function unmoved(plan: ConfigPlan): readonly string[] {
  const open: readonly ItemVerdict[] = ['ready', 'needs a decision', 'unreadable'];
  return plan.items
    .filter(({ verdict }) => open.includes(verdict))
    .map(({ kind, name }) => `${kind} ${name}`);
}

/** For `-o json` and `-o yaml`: nothing secret is in it. */
export function configPlanData(plan: ConfigPlan): object {
  return { from: plan.from, to: plan.to, items: plan.items.map(itemData) };
}

export function itemData({ kind, name, verdict, step, why, notes }: ConfigItem): object {
  return {
    kind,
    name,
    verdict,
    ...(step && { action: step.do }),
    ...(step && 'from' in step && { from: step.from }),
    ...(step && 'to' in step && { to: step.to }),
    ...(step && 'target' in step && { target: step.target }),
    ...(step && 'replaces' in step && { replaces: step.replaces }),
    ...(why !== '' && { why }),
    ...(notes.length > 0 && { notes }),
  };
}
