/** Which revision is deployed: what the revisions of a release say of themselves, and what Helm makes of it. */
import type { ReleaseRecord } from '../../src/record.ts';
import type { HelmVersion } from '../../src/release.ts';
import { broken, sketchRecord } from './cli-records.ts';

/** What a revision's content says, or `unreadable`, and its label where that says something else. */
export type Revision = readonly [content: string, label?: string];

/** Revisions 1, 2, … and the one that is deployed; none where there is none. */
export type DeployedRow = readonly [
  title: string,
  helm: HelmVersion,
  revisions: readonly Revision[],
  deployed: number | undefined,
];

export const deployedRows: readonly DeployedRow[] = [
  ['the newest, where nothing disagrees', 3, [['superseded'], ['deployed']], 2],
  ['the deployed one before one that failed', 3, [['deployed'], ['failed']], 1],
  [
    'the newest by its content, whatever its label says',
    3,
    [
      ['superseded', 'deployed'],
      ['deployed', 'failed'],
    ],
    2,
  ],
  ['one whose label alone says so', 3, [['superseded'], ['failed', 'deployed']], 2],
  ['an older one by its label', 3, [['superseded', 'deployed'], ['failed']], 1],
  [
    'none by its content alone, where it is not the newest',
    3,
    [['deployed', 'superseded'], ['failed']],
    undefined,
  ],
  ['the highest of several', 3, [['deployed'], ['deployed'], ['failed']], 2],
  ['none that can not be read', 3, [['deployed'], ['unreadable', 'deployed']], 1],
  [
    'for Tiller the label, also of the newest',
    2,
    [
      ['superseded', 'deployed'],
      ['deployed', 'failed'],
    ],
    1,
  ],
];

/** Each revision's values say which one it is: `at: 2`. */
export function deployedRecords(
  [, helm, revisions]: DeployedRow,
  more: { readonly name?: string; readonly namespace?: string } = {},
): ReleaseRecord[] {
  return revisions.map(([status, label], at) => {
    const revision = at + 1;
    const config = helm === 2 ? `at: ${revision}\n` : { at: revision };
    const record = sketchRecord({
      helm,
      revision,
      status,
      config,
      manifest: '',
      hooks: [],
      ...more,
    });
    const labels = {
      ...record.labels,
      ...(label !== undefined &&
        (helm === 2 ? { STATUS: label.toUpperCase() } : { status: label })),
    };
    return status === 'unreadable' ? broken({ ...record, labels }) : { ...record, labels };
  });
}
