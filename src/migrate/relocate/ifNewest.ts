/** A release that moves only while nobody has gone on with it: a way back must not take along what came later. */
import { printable } from '../../errors.ts';
import {
  namesOf,
  type RecordMeta,
  revisionSaid,
  statusLabel,
  unknownRevision,
} from '../../record.ts';
import type { Finding } from '../plan.ts';
import type { MovingRelease } from './survey.ts';

/** What a release's newest record has to be. */
export interface Newest {
  readonly revision: number;
  /** As its label says it. */
  readonly status: string;
}

/** @param wanted by release name; releases that aren't named may be as they are */
export function notTheNewest(
  { name, copies, lost }: MovingRelease,
  wanted: ReadonlyMap<string, Newest> | undefined,
): Finding[] {
  return notAsWanted([...copies.map(({ source }) => source), ...lost], wanted?.get(name));
}

/** The same of what the target has of a release by now: what was written there was written over since, perhaps. */
export function notTheNewestThere(
  { copies }: Pick<MovingRelease, 'copies'>,
  wanted: ReadonlyMap<string, Newest> | undefined,
  present: readonly RecordMeta[],
): Finding[] {
  const [first] = copies;
  const was = first && wanted?.get(first.as);
  const { kind, namespace } = first?.record ?? {};
  const there = present.filter(
    (record) =>
      first !== undefined &&
      namesOf(record).includes(first.as) &&
      record.kind === kind &&
      record.namespace === namespace,
  );
  return notAsWanted(there, was);
}

function notAsWanted(records: readonly RecordMeta[], was: Newest | undefined): Finding[] {
  if (!was) return [];
  const newest = records.reduce<RecordMeta | undefined>(
    (high, one) => (high && revisionSaid(high) >= revisionSaid(one) ? high : one),
    undefined,
  );
  if (!newest) return [];
  const now = { revision: revisionSaid(newest), status: statusLabel(newest) };
  const isUnknown = records.some((record) => revisionSaid(record) === unknownRevision);
  if (!isUnknown && now.revision === was.revision && now.status === was.status) return [];
  const said = ({ revision, status }: Newest) => `${revision}, ${printable(status, 40)}`;
  const message = `its newest revision is ${said(now)}, and was ${said(was)}: something has gone on with it`;
  return [
    { severity: 'refusal', message, fix: 'leave --if-newest away if it is to go all the same' },
  ];
}
