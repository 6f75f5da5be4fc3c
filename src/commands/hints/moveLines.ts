/** The command lines that move releases back, as they are printed. */
import type { Owner3 } from '../../objects/ownership.ts';
import type { Owner, RecordKind, RecordRef } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import { addressTypes } from '../../storage/address.ts';
import { isLive, type Storage } from '../../storage/storage.ts';

/** What every line has. */
export interface LineParts {
  readonly program: string;
  /** The kind of record that is meant where no address is given. */
  readonly driver: RecordKind;
  /** After everything else: ` --context prod`. */
  readonly flags: string;
}

/** A release where it is, and where it is to be. */
export interface ReverseMove {
  readonly owner: Owner;
  readonly now: Owner3;
  readonly was: Owner3;
  /** Addresses. */
  readonly from: string;
  readonly to: string;
  readonly more: readonly string[];
  /** What is there stays there, too: it was there before. */
  readonly copies: boolean;
  /** What its newest record has to be for it to go: `REVISION:STATUS`. Absent: whatever it is. */
  readonly newest?: string;
}

/** One line for all releases that go the same way. */
export function moveLines(legs: readonly ReverseMove[], parts: LineParts): string[] {
  const lines = new Map<string, { leg: ReverseMove; names: string[]; newest: string[] }>();
  for (const leg of legs) {
    const { now, was, newest, ...way } = leg;
    const alone = now.name === was.name ? '' : now.name;
    const id = JSON.stringify([now.namespace, was.namespace, alone, way]);
    const line = lines.get(id) ?? { leg, names: [], newest: [] };
    line.names.push(now.name);
    if (newest !== undefined)
      line.newest.push(`--if-newest ${shellQuote(`${now.name}=${newest}`)}`);
    lines.set(id, line);
  }
  return [...lines.values()].map(({ leg, names, newest }) =>
    lineOf({ ...leg, more: [...leg.more, ...newest] }, [...new Set(names)].sort(), parts),
  );
}

function lineOf(
  leg: ReverseMove,
  names: readonly string[],
  { program, driver, flags }: LineParts,
): string {
  const { now, was, from, to, more, owner, copies } = leg;
  const plain = owner === 'helm' && from === to && from === addressTypes[driver];
  const words = [
    ...names.map(shellQuote),
    ...(now.namespace ? [`-n ${shellQuote(now.namespace)}`] : []),
    ...(plain ? [] : [`--from ${shellQuote(from)} --to ${shellQuote(to)}`]),
    ...(owner === 'tiller' ? ['--helm 2'] : from.includes(':') ? ['--helm 3'] : []),
    ...(now.name === was.name ? [] : [`--to-name ${shellQuote(was.name)}`]),
    ...(now.namespace === was.namespace ? [] : [namespaceFlag(now, was, names)]),
    ...more,
    ...(copies ? [] : ['--delete-source']),
  ];
  return `${program} ${copies ? 'copy' : 'relocate'} ${words.join(' ')}${flags}`;
}

function namespaceFlag(now: Owner3, was: Owner3, { length }: readonly string[]): string {
  if (length === 1) return `--to-namespace ${shellQuote(was.namespace)}`;
  return `--map-namespace ${shellQuote(`${now.namespace}=${was.namespace}`)}`;
}

/**
 * The address that finds a record, with `-n` for its release.
 * @param own the release's namespace; empty where nobody knows it
 */
export function addressOfRecord(
  { kind, namespace }: RecordRef,
  own: string,
  owner: Owner,
  store: Storage,
): string {
  if (!isLive(store)) return store.address;
  const beside = owner === 'helm' && namespace === own;
  return beside || namespace === '' ? addressTypes[kind] : `${addressTypes[kind]}:${namespace}`;
}
