/**
 * Helm 2's list of repositories into Helm 3's, by name. Pure but for the certificates, which it asks
 * for. Names of members and addresses without credentials are all that is ever said of an entry.
 */
import type { Document, YAMLSeq } from 'yaml';
import { isMap, parseDocument } from 'yaml';
import { isReleasesError } from '../../errors.ts';
import {
  copyOthers,
  type Entry,
  listOf,
  parseRepositories,
  readEntry,
  repositoriesText,
  setMember,
} from './entries.ts';
import type { ConfigItem, CopyStep, OnConflict } from './plan.ts';
import { addressesIn, deadAddress, isLocal, sameAddress, shownAddress } from './urls.ts';

/** A file that an entry names, in Helm 2's home. */
export interface Certificate {
  readonly to: string;
  /** Absent when it is there already, or when another one is and stays. */
  readonly step?: CopyStep;
  /** Another file is in its place, and nobody has decided. */
  readonly conflict?: true;
}

export interface MergeInput {
  readonly source: string;
  /** undefined: Helm 3 has no such file. */
  readonly target: string | undefined;
  readonly onConflict?: OnConflict | undefined;
  readonly updateUrls: boolean;
  /** RFC 3339, for a new file. */
  readonly moment: string;
  /** undefined for a path outside of Helm 2's home; a text for one that can't be copied: why. */
  certificate(path: string): Promise<Certificate | string | undefined>;
}

export interface Merged {
  readonly items: readonly ConfigItem[];
  readonly certificates: readonly CopyStep[];
  /** The new text of Helm 3's file; undefined when it stays as it is. */
  readonly after?: string;
  /** Whether an entry that was there changes. */
  readonly changes: boolean;
}

const fileName = 'repositories.yaml';

export async function mergeRepositories(input: MergeInput): Promise<Merged> {
  const source = tryParse(input.source, 'of Helm 2');
  const target = tryParse(input.target ?? '', 'of Helm 3');
  for (const read of [source, target])
    if ('kind' in read) return { items: [read], certificates: [], changes: false };
  try {
    return await merge(source as Document, target as Document, input);
  } catch (error) {
    return { items: [fileRow(error, 'of Helm 3')], certificates: [], changes: false };
  }
}

function tryParse(text: string, whose: string): Document | ConfigItem {
  try {
    return parseRepositories(text);
  } catch (error) {
    return fileRow(error, whose);
  }
}

function fileRow(error: unknown, whose: string): ConfigItem {
  if (!isReleasesError(error, 'UNREADABLE')) throw error;
  const why = `the file ${whose} can't be read: ${error.message}`;
  return { kind: 'file', name: fileName, verdict: 'unreadable', why, notes: [] };
}

async function merge(source: Document, old: Document, input: MergeInput): Promise<Merged> {
  const target = old.contents === null ? newFile(source, input.moment) : old;
  const list = listOf(target);
  const there = entriesByName(list, target);
  const items: ConfigItem[] = [];
  const certificates: CopyStep[] = [];
  const seen = new Set<string>();
  let [added, changes] = [false, false];
  for (const [i, item] of listOf(source).items.entries()) {
    const entry = tryEntry(item, source, i);
    if ('kind' in entry) {
      items.push(entry);
      continue;
    }
    const done = await mergeEntry(entry, seen, list, there, input);
    items.push(done.item);
    certificates.push(...done.certificates);
    if (done.item.step?.do === 'add') added = true;
    if (done.edited) changes = true;
  }
  const unique = [...new Map(certificates.map((step) => [step.to, step])).values()];
  return {
    items,
    certificates: unique,
    changes,
    ...((added || changes) && { after: repositoriesText(target) }),
  };
}

/** Members of the source's top that this program doesn't know go along. */
function newFile(source: Document, moment: string): Document {
  const target = parseDocument(`apiVersion: v1\ngenerated: "${moment}"\nrepositories: []\n`, {
    schema: 'failsafe',
  }) as Document;
  copyOthers(source, target);
  return target;
}

interface Found extends Entry {
  readonly index: number;
}

/** The first entry of a name is the one that Helm uses. Items that can't be read stay where they are. */
function entriesByName(list: YAMLSeq, document: Document): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const [index, item] of list.items.entries()) {
    try {
      const entry = readEntry(item, document);
      const name = entry.members.get('name') ?? '';
      if (!found.has(name)) found.set(name, { ...entry, index });
    } catch (error) {
      if (!isReleasesError(error, 'UNREADABLE')) throw error;
    }
  }
  return found;
}

function tryEntry(item: unknown, source: Document, index: number): Entry | ConfigItem {
  try {
    return readEntry(item, source);
  } catch (error) {
    if (!isReleasesError(error, 'UNREADABLE')) throw error;
    const named: unknown = isMap(item) ? item.get('name') : undefined;
    const name = typeof named === 'string' ? named : '';
    return row(name || `entry ${index + 1}`, 'unreadable', error.message);
  }
}

interface MergedEntry {
  readonly item: ConfigItem;
  readonly certificates: readonly CopyStep[];
  /** An entry that Helm 3 had is another one now. */
  readonly edited: boolean;
}

async function mergeEntry(
  entry: Entry,
  seen: Set<string>,
  list: YAMLSeq,
  there: ReadonlyMap<string, Found>,
  input: MergeInput,
): Promise<MergedEntry> {
  const [name, url] = addressesIn(entry);
  const still = (item: ConfigItem): MergedEntry => ({ item, certificates: [], edited: false });
  if (seen.has(name))
    return still(row(name, 'left out', 'a second entry of this name, which Helm 2 never used'));
  seen.add(name);
  if (isLocal(name, url))
    return still(row(name, 'left out', "the repository of helm serve, which Helm 3 doesn't have"));
  if (name.includes('/'))
    return still(row(name, 'unreadable', "Helm 3 takes no / in a repository's name"));
  entry.node.delete('cache');
  const notes: string[] = [];
  const files = await moveCertificates(entry, input, notes);
  if (typeof files === 'string') return still(row(name, 'needs a decision', files));
  const alive = deadAddress(url);
  if (alive !== undefined && input.updateUrls) {
    setMember(entry, 'url', alive);
    notes.push(`its address no longer exists; it becomes ${alive}`);
  } else if (alive !== undefined)
    notes.push(`its address no longer exists: --update-urls makes it ${alive}`);
  const shown = shownAddress(alive !== undefined && input.updateUrls ? alive : url);
  const taken = there.get(name);
  if (!taken) {
    list.add(entry.node);
    const item = row(name, 'ready', shown, notes, { do: 'add' });
    return { item, certificates: files, edited: false };
  }
  const differing = differences(entry, taken);
  if (differing.length === 0) {
    const [, oldUrl] = addressesIn(taken);
    if (input.updateUrls && deadAddress(oldUrl) !== undefined) {
      list.items[taken.index] = entry.node;
      return {
        item: row(name, 'ready', shown, notes, { do: 'change' }),
        certificates: files,
        edited: true,
      };
    }
    if (files.length === 0)
      return still(row(name, 'done', 'Helm 3 has it', deadAddress(oldUrl) ? notes : []));
    const item = row(name, 'ready', 'Helm 3 has it, without its certificate', [], { do: 'change' });
    return { item, certificates: files, edited: false };
  }
  const which = differing.join(', ');
  if (input.onConflict === 'replace') {
    list.items[taken.index] = entry.node;
    const why = `${shown}; replaces Helm 3's, which differs in ${which}`;
    return {
      item: row(name, 'ready', why, notes, { do: 'change' }),
      certificates: files,
      edited: true,
    };
  }
  if (input.onConflict === 'keep')
    return still(row(name, 'left out', `Helm 3's own stays; it differs in ${which}`));
  const other = differing.includes('url') ? ` (${shownAddress(addressesIn(taken)[1])})` : '';
  const why = `Helm 3 has another one of this name${other}; it differs in ${which}`;
  return still(row(name, 'needs a decision', why, notes));
}

/** @returns the files to copy, or why somebody must decide */
async function moveCertificates(
  entry: Entry,
  input: MergeInput,
  notes: string[],
): Promise<readonly CopyStep[] | string> {
  const steps: CopyStep[] = [];
  for (const member of ['caFile', 'certFile', 'keyFile']) {
    const path = entry.members.get(member);
    if (path === undefined) continue;
    const found = await input.certificate(path);
    if (found === undefined) continue;
    if (typeof found === 'string') {
      notes.push(`its ${member} ${found}`);
      continue;
    }
    if (found.conflict) return `its ${member} would go where another file is`;
    setMember(entry, member, found.to);
    if (found.step) steps.push(found.step);
    notes.push(`its ${member} is copied out of Helm 2's home`);
  }
  return steps;
}

/** Names of members; `cache` is Helm 2's alone. */
function differences(entry: Entry, other: Entry): readonly string[] {
  const [now, before] = [currentMembers(entry), currentMembers(other)];
  const names = new Set([...now.keys(), ...before.keys()]);
  return [...names].filter((name) => {
    const [a, b] = [now.get(name), before.get(name)];
    if (a === b) return false;
    return !(name === 'url' && a !== undefined && b !== undefined && sameAddress(a, b));
  });
}

function currentMembers(entry: Entry): ReadonlyMap<string, string> {
  const members = new Map(entry.members);
  members.delete('cache');
  for (const changed of ['url', 'caFile', 'certFile', 'keyFile']) {
    const value: unknown = entry.node.get(changed);
    if (members.has(changed)) members.set(changed, String(value));
  }
  return members;
}

function row(
  name: string,
  verdict: ConfigItem['verdict'],
  why: string,
  notes: readonly string[] = [],
  step?: ConfigItem['step'],
): ConfigItem {
  return { kind: 'repository', name, verdict, why, notes, ...(step && { step }) };
}
