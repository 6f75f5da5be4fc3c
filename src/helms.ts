/**
 * The Helms that `--compat` can be, and in what their versions differ: one table for all that is printed.
 * docs/compat.md has it in words, and `test/e2e/parity.test.ts` holds it to the real ones.
 */

export interface HelmShape {
  readonly word: HelmWord;
  readonly major: 3 | 4;
  /** Commands and flags that it doesn't know, of those that would print what it never does. */
  readonly lacks: readonly Lacking[];
  /** `get all` names the chart and its versions. */
  readonly chartInAll: boolean;
  /** Templates see the labels of the record. */
  readonly releaseLabels: boolean;
  /** A release can hold live objects, a hook output log policies. */
  readonly resources: boolean;
  readonly outputLogPolicies: boolean;
  /** A rollback says which revision it went back to. */
  readonly rollbackRevision: boolean;
  /**
   * What becomes of a null among the values of a chart (coalesceValues in pkg/chartutil/coalesce.go and, of
   * Helm 4, pkg/chart/common/util/coalesce.go): it goes when a null of the user's meets it, it stays, or it goes
   * whatever the user says.
   */
  readonly chartNulls: 'meet' | 'stay' | 'go';
}

export type Lacking =
  | 'get metadata'
  | 'history --show-rollback-revision'
  | 'list --no-headers'
  | 'status --show-resources';

const versions = {
  'helm3.8': {
    major: 3,
    lacks: [
      ...(['get metadata', 'list --no-headers', 'status --show-resources'] as const),
      'history --show-rollback-revision',
    ],
    ...{ chartInAll: false, releaseLabels: false, resources: false, outputLogPolicies: false },
    ...{ rollbackRevision: false, chartNulls: 'meet' },
  },
  'helm3.22': {
    major: 3,
    lacks: ['history --show-rollback-revision'],
    ...{ chartInAll: true, releaseLabels: true, resources: true, outputLogPolicies: true },
    ...{ rollbackRevision: false, chartNulls: 'stay' },
  },
  'helm4.1': {
    major: 4,
    lacks: ['history --show-rollback-revision'],
    ...{ chartInAll: true, releaseLabels: true, resources: true, outputLogPolicies: true },
    ...{ rollbackRevision: false, chartNulls: 'stay' },
  },
  'helm4.3': {
    major: 4,
    lacks: [],
    ...{ chartInAll: true, releaseLabels: true, resources: true, outputLogPolicies: true },
    ...{ rollbackRevision: true, chartNulls: 'go' },
  },
} as const satisfies { readonly [word: string]: Omit<HelmShape, 'word'> };

type HelmWord = keyof typeof versions;

const shaped = <W extends HelmWord>(word: W): HelmShape => ({ word, ...versions[word] });

export const newestHelm3 = shaped('helm3.22');
export const newestHelm4 = shaped('helm4.3');

/** What `--compat` takes: the word of a major is its newest. */
export const helms: { readonly [word: string]: HelmShape } = {
  ...{ helm3: newestHelm3, helm4: newestHelm4 },
  ...{ 'helm3.8': shaped('helm3.8'), 'helm3.22': newestHelm3 },
  ...{ 'helm4.1': shaped('helm4.1'), 'helm4.3': newestHelm4 },
};
