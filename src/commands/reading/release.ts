/** Which release a name means, and which revision. */
import { disagreementText } from '../../attribution.ts';
import type { GoodRecord, OpenedRecord } from '../../codecs/index.ts';
import { type Hint, isReleasesError, printable, ReleasesError, typed } from '../../errors.ts';
import { type FoundRelease, findReleases, openRevision, releaseNames } from '../../inspect/find.ts';
import { missingNamespace, otherNamespaces, requireNamespaces } from '../../inspect/namespaces.ts';
import { type RevisionWord, resolveRevision } from '../../inspect/revision.ts';
import { storageAddress } from '../../inspect/rows.ts';
import type { Skipped } from '../../inspect/sources.ts';
import type { KubeApi } from '../../kube/api.ts';
import { kubectlLine } from '../../kube/hints.ts';
import { objectNamespace } from '../../objectNamespace.ts';
import { note } from '../../output/terminal/errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { closest } from '../../output/terminal/suggest.ts';
import { type BadRecord, isBad, recordKey, recordPlace, shownPlace } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import {
  describeSources,
  notePartly,
  noteSkipped,
  type Reads,
  readAdvice,
} from '../stores/stores.ts';

/**
 * The one release of that name. When the same release is in several places (before and after a
 * migration, say) it is the one that Helm itself would answer with, and a note names the others;
 * releases of the same name in different namespaces are different releases, and the user must say
 * which one is meant.
 * @throws ReleasesError NOT_FOUND, or USAGE when the name isn't enough
 */
export async function chooseRelease(reads: Reads, name: string, io: IO): Promise<FoundRelease> {
  const { releases, tied, skipped, partly } = await findReleases(reads.sources, name);
  const left = new Set(skipped.map(({ source }) => source));
  await requireNamespaces(
    reads.namedNamespaces,
    reads.sources.filter((source) => !left.has(source)),
    (one) => !releases.some(({ source }) => source === one),
    () => reads.namespaceHints(io.program),
  );
  const [first, ...others] = releases;
  notePartly(first ? partly.filter(({ source }) => source === first.source) : partly, io);
  if (!first) {
    noteSkipped(skipped, readAdvice, io);
    const bad = tied.flatMap((one) => ('unreadable' in one ? one : []));
    if (bad.length > 0) throw onlyUnreadable(name, bad);
    throw await notFound(reads, skipped, name, io);
  }
  // Where nothing can be read, the namespace isn't known, and nothing speaks against the first.
  const namespaces = new Set(releases.flatMap(({ releaseNamespace }) => releaseNamespace ?? []));
  if (namespaces.size > 1) throw ambiguous(releases, name, io);
  if (others.length > 0) {
    const also = others.map((one) => `${placeWord(one)} (${flagFor(one, first)})`).join(', ');
    note(io, `this is ${placeWord(first)}; ${printable(name, 60)} is also ${also}`);
  }
  return first;
}

/**
 * Opens one revision of a release.
 * @throws ReleasesError NOT_FOUND with the revisions there are; UNREADABLE
 */
export async function readRevision(
  release: FoundRelease,
  wanted: RevisionWord,
  reads: Reads,
  io: IO,
): Promise<GoodRecord> {
  const revision = await numberOf(release, wanted, io);
  const opened = revision === undefined ? undefined : await openRevision(release, revision);
  const name = printable(release.name);
  if (revision === undefined || !opened) throw noRevision(release, wanted, reads, io);
  if ('release' in opened) {
    noteDisagreements(opened, io);
    return opened;
  }
  const others = release.revisions.filter((one) => one !== revision);
  const key = recordKey(release.owner, release.name, revision);
  throw new ReleasesError('UNREADABLE', `revision ${revision} of ${name} can't be read`, {
    why: [`${shownPlace({ ...opened, key })}: ${opened.unreadable}`],
    hints: [
      ...(others.length > 0 ? [`another revision: ${ranges(others)} (--revision)`] : []),
      ...decodeLines({ ...opened, key }, release, io),
    ],
  });
}

/**
 * The number of a revision that is there.
 * @throws ReleasesError NOT_FOUND with the revisions there are
 */
export async function existingRevision(
  release: FoundRelease,
  wanted: RevisionWord,
  reads: Reads,
  io: IO,
): Promise<number> {
  const revision = await numberOf(release, wanted, io);
  if (revision !== undefined && release.revisions.includes(revision)) return revision;
  throw noRevision(release, wanted, reads, io);
}

/** Which one a word means; what speaks against it is said. */
async function numberOf(
  release: FoundRelease,
  wanted: RevisionWord,
  io: IO,
): Promise<number | undefined> {
  const { revision, unread, disputed } = await resolveRevision(release, wanted);
  const name = printable(release.name);
  if (unread.length > 0)
    note(
      io,
      `revision ${ranges(unread.toReversed())} of ${name} can't be read, and may be deployed`,
    );
  for (const one of disputed) noteDisagreements(one, io);
  return revision;
}

function noRevision(
  { name, revisions }: FoundRelease,
  wanted: RevisionWord,
  reads: Reads,
  io: IO,
): ReleasesError {
  const message = `release ${printable(name)} has no revision ${wanted.text}`;
  return new ReleasesError('NOT_FOUND', message, {
    why: [`there are: ${ranges(revisions)}`],
    hints: [`${io.program} history ${shellQuote(name)}${reads.flags}`],
  });
}

/**
 * The API server that has a release's live objects; its records may lie in a folder or a database.
 * @param hints what helps where there is none
 * @throws ReleasesError NO_CLUSTER; as `Reads.kube`
 */
export async function liveApi(
  { source }: FoundRelease,
  reads: Reads,
  ...hints: readonly string[]
): Promise<KubeApi> {
  try {
    return (await reads.kube()).api;
  } catch (error) {
    const inCluster = source.storage.capabilities.inCluster;
    if (inCluster || !isReleasesError(error, 'NO_CLUSTER')) throw error;
    const kubeconfig = '--kubeconfig FILE, or KUBECONFIG with a file that is there';
    throw new ReleasesError('NO_CLUSTER', 'there is no cluster to look for live objects in', {
      why: error.why,
      hints: [...hints, kubeconfig],
    });
  }
}

/**
 * Where its objects are looked for that name no namespace; a note says so where its content says another.
 */
export function namespaceOfObjects(
  { record, release }: Pick<GoodRecord, 'record' | 'release'>,
  { source }: Pick<FoundRelease, 'source'>,
  io: IO,
): string {
  const namespace = objectNamespace(record, release, source.apart);
  if (namespace !== release.namespace)
    note(
      io,
      `objects that name no namespace are looked for in ${printable(namespace, 63)}, where the record lies, as helm does; its content says ${printable(release.namespace, 63)}`,
    );
  return namespace;
}

/** What is left of a record that can't be read, or all of it where only its frame is damaged. */
function decodeLines(
  { kind, namespace, key }: BadRecord,
  { source: { storage } }: FoundRelease,
  { program }: IO,
): Hint[] {
  const words = 'shows what is left of it';
  const get = `get ${kind.toLowerCase()} -n ${shellQuote(namespace)} ${shellQuote(key)}`;
  if (storage.capabilities.inCluster)
    return [kubectlLine(`${get} -o json | ${program} decode  ${words}`)];
  return storage.address.startsWith('dir:') ? [`${program} decode FILE  ${words}`] : [];
}

/** What is shown is what Helm shows; where the record's parts disagree, that is said. */
function noteDisagreements({ record, disagreements }: GoodRecord, io: IO): void {
  if (disagreements.length > 0)
    note(io, `${shownPlace(record)}: ${disagreementText(disagreements)}`);
}

/**
 * Says which records name the release too, or might be a revision of it: one of them perhaps the newest.
 * @param shown rows that say it already
 */
export function noteTied(
  { name, tied: all }: FoundRelease,
  io: IO,
  shown: readonly { readonly place: string }[] = [],
): void {
  const places = new Set(shown.map(({ place }) => place));
  const tied = all.filter((one) => !places.has(recordPlace(isBad(one) ? one : one.record)));
  if (tied.length === 0) return;
  const lines = tied.slice(0, 5).map(tiedLine);
  const more = tied.length > lines.length ? `; and ${tied.length - lines.length} more` : '';
  const what = tied.length === 1 ? 'a record names' : `${tied.length} records name`;
  note(io, `${what} ${printable(name, 60)} and may be of it: ${lines.join('; ')}${more}`);
}

function tiedLine(opened: OpenedRecord): string {
  if (isBad(opened)) return `${shownPlace(opened)}: ${opened.unreadable}`;
  return `${shownPlace(opened.record)}: ${disagreementText(opened.disagreements)}`;
}

/** Records carry the name, of a later Helm perhaps, and none of them is a revision we know. */
function onlyUnreadable(name: string, bad: readonly BadRecord[]): ReleasesError {
  const lines = bad.slice(0, 5).map((record) => `${shownPlace(record)}: ${record.unreadable}`);
  const more = bad.length > lines.length ? [`and ${bad.length - lines.length} more`] : [];
  return new ReleasesError('UNREADABLE', `no record of ${printable(name, 60)} can be read`, {
    why: [...lines, ...more],
  });
}

/** More namespaces than this make no lines that anybody reads. */
const mostPlaces = 5;

/** Says where the name is after all, in another namespace, or else which name is nearly the same. */
async function notFound(
  reads: Reads,
  skipped: readonly Skipped[],
  name: string,
  io: IO,
): Promise<ReleasesError> {
  const left = new Set(skipped.map(({ source }) => source));
  const sources = reads.sources.filter((source) => !left.has(source));
  const anywhere = sources.map((source) => ({ ...source, releaseNamespace: undefined }));
  const [found, others, missing] = await Promise.all([
    findReleases(anywhere, name),
    otherNamespaces(sources, name),
    missingNamespace(sources),
  ]);
  const places = [
    ...others.map(({ storage, namespace }) => ({
      namespace: printable(namespace, 63),
      words: ['Helm 3/4', storage.address],
    })),
    ...found.releases
      .filter(({ releaseNamespace }) => releaseNamespace)
      .map((one) => ({ namespace: namespaceWord(one), words: placeWords(one) })),
  ];
  const named = places.slice(0, mostPlaces);
  const more = places.length - named.length;
  const names = places.length > 0 ? [] : await releaseNames(sources);
  const near = closest(
    name,
    [...names].filter((one) => one !== name),
  );
  return new ReleasesError('NOT_FOUND', `there is no release ${typed(name, 60)}`, {
    why: [
      `looked in ${describeSources(sources)}`,
      ...(missing === undefined ? [] : [`there is no namespace ${missing}`]),
      ...named.map(({ namespace, words }) => isIn(name, namespace, words)),
      ...(more > 0 ? [`and in ${more} more`] : []),
      ...(near === undefined ? [] : [`did you mean ${printable(near, 60)}?`]),
    ],
    hints:
      named.length > 0
        ? [...new Set(named.map(({ namespace }) => `-n ${shellQuote(namespace)}`))]
        : [reads.listHint(io.program)],
  });
}

/** `alpha is in namespace web (Helm 2, configmap:kube-system)` */
export function isIn(name: string, namespace: string, [helm, address]: readonly string[]): string {
  return printable(`${printable(name, 60)} is in namespace ${namespace} (${helm}, ${address})`);
}

function ambiguous(releases: readonly FoundRelease[], name: string, io: IO): ReleasesError {
  const lines = releases.map((one) => `in namespace ${namespaceWord(one)}: ${placeWord(one)}`);
  const namespace = namespaceWord(releases.find((one) => one.releaseNamespace) ?? releases[0]);
  return new ReleasesError('USAGE', `several releases are called ${printable(name, 60)}`, {
    why: lines,
    // helm keeps -n to itself, and a folder has no other namespace: there the name alone can say it.
    hints: [
      `-n ${namespace}, or ${namespace}/${shellQuote(name)}; --helm 2|3, or one --storage; ${io.program} list shows them`,
    ],
  });
}

/** `Helm 2 in configmap:kube-system`; Helm 3 and 4 write the same records. */
function placeWord(one: FoundRelease): string {
  return placeWords(one).join(' in ');
}

function placeWords(one: FoundRelease): [helm: string, address: string] {
  const { kind, namespace, name, owner, source } = one;
  const record = { kind, namespace, key: name, labels: {} };
  const address = storageAddress(record, source.storage, one.releaseNamespace);
  return [owner === 'helm' ? 'Helm 3/4' : 'Helm 2', printable(address)];
}

function namespaceWord(one: FoundRelease | undefined): string {
  return printable(one?.releaseNamespace ?? '-', 63);
}

/** The flag that reads the other one. */
function flagFor(other: FoundRelease, first: FoundRelease): string {
  if (other.owner !== first.owner) return `--helm ${other.owner === 'helm' ? 3 : 2}`;
  if (other.kind === first.kind) {
    const tiller = other.owner === 'tiller' && other.source.storage.capabilities.inCluster;
    return tiller ? `-t ${shellQuote(other.namespace)}` : '--storage';
  }
  const option = other.owner === 'helm' ? 'helm-release' : 'helm2-release';
  return `--${option}-storage-type ${other.kind.toLowerCase()}`;
}

/** `1-3, 7, 9-12` */
export function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const n of numbers) {
    const last = parts.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else parts.push([n, n]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
