/** What there is to say when releases that were asked for aren't where a relocation looks. */
import { printable, ReleasesError, typed } from '../../errors.ts';
import { storageAddress } from '../../inspect/rows.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import type { MovingRelease } from '../../migrate/relocate/survey.ts';
import { number } from '../../output/plans/plan.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { closest } from '../../output/terminal/suggest.ts';
import { namesOf } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Arrived } from './finished.ts';
import { elsewhereLines } from './leftBehind.ts';

export function whereLine(release: MovingRelease): string {
  const { name, namespace = '-', from, owner, copies, lost } = release;
  const helm = owner === 'helm' ? 'Helm 3/4' : 'Helm 2';
  const first = copies[0]?.source ?? lost[0];
  const place = first ? storageAddress(first, { address: from }, undefined) : from;
  // A folder holds records of both kinds.
  const kind = first && place === from && /^(dir|file):|^-$/.test(from) ? `, ${first.kind}s` : '';
  return printable(
    `${printable(name, 60)} is in namespace ${namespace} (${helm}, ${place}${kind})`,
  );
}

/**
 * @param found releases of any name
 * @param asked what -n names, and the flag that says where to look
 */
export async function notFound(
  name: string,
  found: readonly MovingRelease[],
  stores: readonly Storage[],
  beside: readonly ReadSource[],
  asked: { readonly namespace?: string | undefined; readonly flag: string },
  io: IO,
): Promise<ReleasesError> {
  const elsewhere = found.filter((release) => release.name === name);
  const message = `no release "${typed(name, 60)}" in ${placesOf(stores)}`;
  const others = elsewhere.length > 0 ? undefined : await elsewhereLines(name, beside);
  if (others && others.hints.length > 0) return new ReleasesError('NOT_FOUND', message, others);
  return new ReleasesError('NOT_FOUND', message, {
    why: elsewhere.map(whereLine),
    hints:
      elsewhere.length > 0
        ? otherNamespaceLines(elsewhere, asked.namespace ?? '', asked.flag).hints
        : [meantLine(name, await namesIn(stores), stores, io)],
  });
}

/** Which of the names that there are was meant, or where they are shown. */
export function meantLine(
  name: string,
  names: ReadonlySet<string>,
  stores: readonly Storage[],
  io: IO,
): string {
  const near = closest(
    name,
    [...names].filter((one) => one !== name),
  );
  return near === undefined ? listLine(stores, io) : `did you mean ${printable(near, 60)}?`;
}

function listLine(stores: readonly Storage[], io: IO): string {
  const outside = stores.find(({ capabilities }) => !capabilities.inCluster)?.address;
  const where = outside === undefined ? '-A' : `--storage ${shellQuote(outside)}`;
  return `${io.program} list ${where}  shows what there is`;
}

/**
 * Whoever mistypes the release that is to be left alone must not find it moved.
 * @throws ReleasesError USAGE
 */
export function checkExcluded(
  exclude: readonly string[],
  names: ReadonlySet<string>,
  stores: readonly Storage[],
  io: IO,
): void {
  const wrong = exclude.find((name) => !names.has(name));
  if (wrong === undefined || names.size === 0) return;
  const message = `--exclude "${typed(wrong, 60)}" is no release in ${placesOf(stores)}`;
  throw new ReleasesError('USAGE', message, { hints: [meantLine(wrong, names, stores, io)] });
}

/** Of every release, whatever was asked for. */
async function namesIn(stores: readonly Storage[]): Promise<Set<string>> {
  const names = new Set<string>();
  for (const store of stores)
    for await (const page of store.listMeta({}))
      for (const record of page) for (const name of namesOf(record)) names.add(name);
  return names;
}

/** Beside others that are left to move. */
export function noteArrived(
  finished: readonly Arrived[],
  stores: readonly Storage[],
  io: IO,
): void {
  for (const { name, target } of finished)
    note(
      io,
      `nothing is left in ${placesOf(stores)} of ${typed(name, 60)}, and ${printable(target)} has it: nothing to do for it`,
    );
}

function placesOf(stores: readonly Storage[]): string {
  return [...new Set(stores.map(({ address }) => printable(address)))].join(', ');
}

/** More namespaces than this make no lines that anybody reads. */
const mostNamespaces = 5;

/**
 * Where -n leaves everything out: of which namespaces the releases are. `list -n` is about where records
 * lie, as for helm, so that it shows releases which -n of a move doesn't mean.
 * @param wanted what -n names
 * @param flag the one that says where to look: `--from`
 */
export function otherNamespaceLines(
  found: readonly MovingRelease[],
  wanted: string,
  flag: string,
): { readonly why: string[]; readonly hints: string[] } {
  const ways = new Map<string, string>();
  const here = new Set<string>();
  for (const { namespace, from, copies, lost } of found) {
    const record = copies[0]?.source ?? lost[0];
    if (!namespace || !record) continue;
    const lies = record.namespace === wanted && !/^(dir|file):|^-$/.test(from);
    const address = storageAddress(record, { address: from }, undefined);
    if (lies) here.add(printable(address, 100));
    ways.set(
      printable(namespace, 63),
      `-n ${shellQuote(namespace)}${lies ? ` ${flag} ${shellQuote(address)}` : ''}`,
    );
  }
  const names = [...ways.keys()].sort();
  if (names.length === 0) return { why: [], hints: [] };
  const more = names.length > mostNamespaces ? `, and ${names.length - mostNamespaces} more` : '';
  const lie = here.size > 0 ? `, and their records lie in ${[...here].sort().join(', ')}` : '';
  const which = names.slice(0, mostNamespaces);
  return {
    why: [`the releases are of ${which.join(', ')}${more}${lie}`],
    hints: which.flatMap((name) => ways.get(name) ?? []),
  };
}

/**
 * @param found how many releases there are, apart from what was asked for
 * @param by the flags that leave releases out
 * @param finished releases that have moved already
 * @param strays records that name no release, and are shown
 */
export function nothingText(
  found: number,
  by: readonly string[],
  finished: readonly Arrived[],
  stores: readonly Storage[],
  strays = 0,
): string {
  const places = placesOf(stores);
  if (finished.length > 0) {
    const names = finished.map(({ name }) => typed(name, 60)).join(', ');
    return `Nothing to do: nothing is left in ${places} of ${names}, and the target has it.\n`;
  }
  if (found === 0 && strays > 0) return `No record in ${places} names a release.\n`;
  if (found === 0) return `No releases found in ${places}.\n`;
  return `${number(found, 'release')} found in ${places}, all left out by ${by.join(', ')}.\n`;
}
