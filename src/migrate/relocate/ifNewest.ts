/** A release that moves only while nobody has gone on with it: a way back must not take along what came later. */
import { printable } from '../../errors.ts';
import { revisionSaid, statusLabel, unknownRevision } from '../../record.ts';
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
  const was = wanted?.get(name);
  if (!was) return [];
  const records = [...copies.map(({ source }) => source), ...lost];
  const newest = records.reduce<(typeof records)[number] | undefined>(
    (high, one) => (high && revisionSaid(high) >= revisionSaid(one) ? high : one),
    undefined,
  );
  if (!newest) return [];
  const now = { revision: revisionSaid(newest), status: statusLabel(newest) };
  const isUnknown = records.some((record) => revisionSaid(record) === unknownRevision);
  if (!isUnknown && now.revision === was.revision && now.status === was.status) return [];
  const said = ({ revision, status }: Newest) => `${revision}, ${printable(status, 40)}`;
  const message = `its newest revision is ${said(now)}, and was ${said(was)}: something has gone on with it`;
  return [{ severity: 'refusal', message, fix: 'leave --if-newest away to move it as it is' }];
}
