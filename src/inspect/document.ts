/** A record as a document that people read, change and give back. */

import { statusCodes } from '../codecs/helm2/hapi.ts';
import {
  decodePayload,
  encodePayload,
  type Format,
  type OpenedRecord,
  openRecord,
} from '../codecs/index.ts';
import { fromPlain, toPlain } from '../codecs/plain.ts';
import { isReleasesError, printable, ReleasesError } from '../errors.ts';
import { isObject } from '../go/json/write.ts';
import type { Json, JsonObject } from '../json.ts';
import { isBad, type RecordKind, type ReleaseRecord } from '../record.ts';
import type { Release } from '../release.ts';
import { compareFields, type Path } from './diff/fields.ts';
import { statusWord } from './rows.ts';

/** `record` is absent where only a payload was given. */
export function documentOf(opened: Exclude<OpenedRecord, { unreadable: string }>): JsonObject {
  return { record: recordPart(opened.record), release: toPlain(opened.release) };
}

export function recordPart(record: Omit<ReleaseRecord, 'payload'>): JsonObject {
  const { kind, namespace, key, type, immutable, labels, annotations } = record;
  return {
    kind,
    ...(namespace ? { namespace } : {}),
    name: key,
    ...(type === undefined ? {} : { type }),
    ...(immutable ? { immutable } : {}),
    labels: { ...labels },
    ...(annotations ? { annotations: { ...annotations } } : {}),
  };
}

export interface FromDocument {
  /** Absent where the document has none: its payload alone is wanted. */
  readonly record: ReleaseRecord | undefined;
  readonly payload: string;
  /** What a person may have forgotten. Safe to print. */
  readonly notes: readonly string[];
}

/**
 * @param pathText how a path is called in a message
 * @throws ReleasesError USAGE for what no record can hold
 */
export function readDocument(json: Json, pathText: (path: Path) => string): FromDocument {
  if (isObject(json) && json.unreadable !== undefined && !isObject(json.release))
    throw wrong('`decode` could not read it; leave it out');
  if (!isObject(json) || !isObject(json.release))
    throw wrong('it has no release: what `decode` prints is what `encode` reads');
  const release = fromPlain(json.release);
  const format: Format = release.helm === 2 ? 'helm2' : 'helm3';
  const payload = encoded(format, release, json.release, pathText);
  if (json.record === undefined)
    return { record: undefined, payload, notes: statusNotes(release, undefined) };
  if (!isObject(json.record)) throw wrong('its record is no mapping');
  return withRecord(json.record, release, payload);
}

/** Encodes, and looks whether all of it comes back. */
function encoded(
  format: Format,
  release: Release,
  given: JsonObject,
  pathText: (path: Path) => string,
): string {
  let payload: string;
  let back: JsonObject;
  try {
    payload = encodePayload(format, release);
    back = toPlain(decodePayload(payload));
  } catch (error) {
    const known = isReleasesError(error, 'UNREADABLE') ? error.message : 'a field has a wrong type';
    throw wrong(`no record can hold its release: ${known}`);
  }
  const [lost] = compareFields(given, back);
  if (lost) throw wrong(`no record can hold its release as it is, at ${pathText(lost.path)}`);
  return payload;
}

const kinds: readonly RecordKind[] = ['Secret', 'ConfigMap', 'SQL'];

function withRecord(given: JsonObject, release: Release, payload: string): FromDocument {
  const kind = kinds.find((one) => one === given.kind);
  if (!kind) throw wrong(`its record's kind is none of ${kinds.join(', ')}`);
  const { name: key, namespace, type } = given;
  if (typeof key !== 'string' || key === '') throw wrong('its record has no name');
  const labels = texts(given.labels, 'labels');
  const record: ReleaseRecord = {
    ...{ kind, key, payload, labels },
    namespace: typeof namespace === 'string' ? namespace : '',
    ...(typeof type === 'string' ? { type } : {}),
    ...(given.immutable === true ? { immutable: true } : {}),
    ...(given.annotations === undefined
      ? {}
      : { annotations: texts(given.annotations, 'annotations') }),
  };
  const opened = openRecord(record);
  if (isBad(opened))
    throw wrong(`the record that it describes can't be read: ${opened.unreadable}`);
  const label = labels.status ?? labels.STATUS;
  // Of the status statusNotes speaks.
  const others = opened.disagreements.filter(({ part }) => part !== 'status');
  const notes = [...statusNotes(release, label), ...others.map(({ message }) => message)];
  return { record, payload, notes };
}

/**
 * A status that Helm doesn't know (pkg/release/status.go) is somebody's slip where the label has another
 * one; where that says the same, it is how the record was.
 * @throws ReleasesError USAGE
 */
function statusNotes(release: Release, label: string | undefined): string[] {
  const status = statusWord(release);
  const known: readonly string[] = statusCodes;
  const isKnown = known.includes(release.info?.status ?? 'unknown');
  const differs = label !== undefined && label !== status;
  const shown = printable(status, 80);
  if (!isKnown && differs)
    throw wrong(`its status is ${shown}, which Helm does not know: ${known.join(', ')}`);
  return [
    ...(differs ? [`the status label says ${printable(label, 80)}, the release ${shown}`] : []),
    ...(isKnown
      ? []
      : [`the status is ${shown}, which Helm does not know: helm list leaves it out`]),
  ];
}

function texts(value: Json | undefined, what: string): { [name: string]: string } {
  const entries = Object.entries(isObject(value) ? value : {});
  for (const [name, text] of entries)
    if (typeof text !== 'string')
      throw wrong(`its ${what} must be texts, and ${printable(name, 80)} is none`);
  return Object.fromEntries(entries) as { [name: string]: string };
}

function wrong(why: string): ReleasesError {
  return new ReleasesError('USAGE', `the document can't be encoded: ${why}`);
}
