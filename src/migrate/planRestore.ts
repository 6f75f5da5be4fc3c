/**
 * Plans putting records back where they were: pure. Payloads, labels and names stay byte for byte;
 * what is there with other content is never overwritten.
 */
import { type OpenedRecord, openRecord } from '../codecs/index.ts';
import {
  identify,
  isBad,
  type Owner,
  type ReadRecord,
  type ReleaseRecord,
  recordPlace,
  refId,
} from '../record.ts';
import {
  type Finding,
  isStopped,
  type Plan,
  type ReleasePlan,
  type Step,
  verdictOf,
} from './plan.ts';
import { isSameRecord } from './same.ts';

export interface RestoreTarget {
  readonly address: string;
  /** What is there under the keys to be restored, by `refId`. */
  readonly taken: ReadonlyMap<string, ReadRecord>;
  /** Namespaces that can't be written to, and why. */
  readonly closedNamespaces: ReadonlyMap<string, string>;
}

/** @param from the address the records were read from */
export function planRestore(
  from: string,
  records: readonly ReadRecord[],
  target: RestoreTarget,
): Plan {
  const groups = new Map<string, { name: string; owner: Owner; records: ReadRecord[] }>();
  for (const record of records) {
    const identity = identify(record);
    const { name, owner } =
      'name' in identity ? identity : { name: record.key, owner: 'tiller' as const };
    const id = JSON.stringify([record.kind, record.namespace, owner, name]);
    const group = groups.get(id) ?? { name, owner, records: [] };
    group.records.push(record);
    groups.set(id, group);
  }
  const releases = [...groups.values()].map((group) => planRelease(from, group, target));
  return { from: [from], to: target.address, releases };
}

function planRelease(
  from: string,
  { name, owner, records }: { name: string; owner: Owner; records: readonly ReadRecord[] },
  target: RestoreTarget,
): ReleasePlan {
  const opened = records.map((record) => openRecord(record));
  const findings: Finding[] = opened.flatMap((record) => findingOf(record) ?? []);
  for (const namespace of new Set(records.map((record) => record.namespace))) {
    const closed = target.closedNamespaces.get(namespace);
    if (closed) findings.push({ severity: 'refusal', message: `its namespace ${closed}` });
  }
  const whole = opened.flatMap((record) => (isBad(record) ? [] : [record.record]));
  const steps = whole
    .map((record) => ({
      record,
      revision: revisionOf(record),
      there: target.taken.get(refId(record)),
    }))
    .sort((a, b) => b.revision - a.revision)
    .flatMap(({ record, revision, there }): Step[] => {
      if (!there) return [{ do: 'create', revision, record }];
      if (!isBad(there) && isSameRecord(there, record))
        return [{ do: 'keep', revision, record: there }];
      const message = `${recordPlace(record)} exists with other content`;
      findings.push({ severity: 'refusal', message, revisions: [revision] });
      return [];
    });
  const creates = steps.some((step) => step.do === 'create');
  const newest = opened.find((record) => !isBad(record));
  return {
    ...{ name, owner, from, findings },
    namespace: newest && !isBad(newest) ? newest.release.namespace : '',
    sources: records,
    verdict: verdictOf(findings, creates),
    steps: isStopped(findings) ? [] : steps,
  };
}

function findingOf(record: OpenedRecord): Finding | undefined {
  if (!isBad(record)) return undefined;
  const message = `a record can't be read and stays behind: ${recordPlace(record)}: ${record.unreadable}`;
  return { severity: 'loss', message };
}

function revisionOf(record: ReleaseRecord): number {
  const identity = identify(record);
  return 'revision' in identity ? identity.revision : 0;
}
