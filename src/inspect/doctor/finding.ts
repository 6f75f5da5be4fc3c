/** What `doctor` has found: plain data, before any layout. */
import type { RecordKind } from '../../record.ts';
import { type Code, codes, rowOf, type Severity, severities } from './codes.ts';
import type { SurveyedRelease } from './survey.ts';

export interface Finding {
  readonly code: Code;
  /** Absent for what is of no release. */
  readonly release?: FoundIn;
  /** Safe to print, no trailing full stop. */
  readonly message: string;
  /** The record that it is about. */
  readonly record?: { readonly kind: RecordKind; readonly key: string; readonly place: string };
  readonly revision?: number;
  /** For its row's command lines, beside those: the revision to go to, the status that its content says. */
  readonly to?: number;
  readonly status?: string;
  /** What mends this one otherwise than its row says, as `CodeRow.mend`. */
  readonly mend?: readonly string[];
}

export interface FoundIn {
  readonly name: string;
  /** Its own namespace. */
  readonly own: string;
  /** As `SurveyedRelease.home`. */
  readonly home: string;
  /** The storage namespace. */
  readonly namespace: string;
  readonly kind: RecordKind;
  readonly storage: string;
  readonly address: string;
  readonly inCluster: boolean;
}

export function foundIn(release: SurveyedRelease): FoundIn {
  const { name, own, home, namespace, kind, storage, address, inCluster } = release;
  return { name, own, home, namespace, kind, storage, address, inCluster };
}

export function severityOf({ code }: Finding): Severity {
  return rowOf(code).severity;
}

const order = Object.keys(codes);

/** The worst first, then by release, then as the table of codes has them. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const keys = new Map(
    findings.map((one) => [
      one,
      [
        severities.indexOf(severityOf(one)),
        `${one.release?.own ?? ''}/${one.release?.name ?? ''}/${one.release?.storage ?? ''}`,
        order.indexOf(one.code),
        one.revision ?? 0,
      ] as const,
    ]),
  );
  return [...findings].sort((a, b) => {
    const [left, right] = [keys.get(a) ?? [], keys.get(b) ?? []];
    for (const [i, one] of left.entries()) {
      const other = right[i];
      if (other !== undefined && one !== other) return one < other ? -1 : 1;
    }
    return 0;
  });
}

/** Whether one is so bad, or worse. */
export function isAsBad(findings: readonly Finding[], severity: Severity): boolean {
  const least = severities.indexOf(severity);
  return findings.some((one) => severities.indexOf(severityOf(one)) <= least);
}
