/**
 * A diff without secrets: what Kubernetes' Secrets hold, what goes by a name like `password`, the same texts
 * wherever else they stand, and what looks like a key (`secretTexts.ts`). That something changed is still to
 * be seen, and neither what it is nor how long.
 */
import { isList, isObject } from '../../go/json/write.ts';
import type { Json, JsonNumber, JsonObject } from '../../json.ts';
import { readManifest } from '../../objects/manifest.ts';
import type { Release } from '../../release.ts';
import { parsedValues, userValues } from '../values.ts';
import { markChanged } from './changedParts.ts';
import { type FieldChange, sameJson } from './fields.ts';
import type { FileChange } from './files.ts';
import { type HiddenPlace, hiddenPlaces, type Screen } from './hiddenPlaces.ts';
import type { ObjectChange, ObjectsDiff } from './objects.ts';
import {
  appliedAnnotation,
  into,
  isTitle,
  objectPlace,
  type Place,
  placeAt,
  valuesPlace,
} from './places.ts';
import { isDigits, isSwitch } from './plainTexts.ts';
import type { DocumentDiff, ReleaseDiff, TextChange } from './release.ts';
import { isPublicName, namedSecrets } from './secretNames.ts';
import { basicPasswords, type Conceal, concealing, fromBase64, hidden } from './secretTexts.ts';

const [hiddenBefore, hiddenAfter] = ['(hidden, before)', '(hidden, after)'];

/**
 * @param releases both sides: what they hold is hidden, whichever parts of them the diff has
 * @returns the same diff, and where something was hidden
 */
export function hideSecrets(
  diff: ReleaseDiff,
  releases: readonly Release[],
  screen: Screen = 'data',
): {
  readonly diff: ReleaseDiff;
  readonly hidden: readonly HiddenPlace[];
} {
  const { chart, values, manifest, hooks, notes, files } = diff;
  const { found, alone } = secretTexts(diff, releases);
  const conceal = concealing(found, alone);
  const shown: ReleaseDiff = {
    ...diff,
    ...(chart && { chart: hideInDocument(chart, conceal) }),
    ...(values && { values: hideInDocument(values, conceal) }),
    ...(manifest && { manifest: hideInObjects(manifest, conceal) }),
    ...(hooks && { hooks: hideInObjects(hooks, conceal) }),
    ...(notes && { notes: hideInText(notes, conceal) }),
    ...(files && { files: files.map((file) => hideInFile(file, conceal)) }),
  };
  return { diff: shown, hidden: hiddenPlaces(diff, shown, screen) };
}

interface SecretTexts {
  readonly found: ReadonlySet<string>;
  /** A user's name, a host. */
  readonly alone: ReadonlySet<string>;
}

/** Every text that stands in a place that is hidden, in either release or in the cluster. */
function secretTexts({ manifest, hooks }: ReleaseDiff, releases: readonly Release[]): SecretTexts {
  const found = new Set<string>();
  const alone = new Set<string>();
  const addText = (text: string, inner: string | undefined): void => {
    const all = [...namedSecrets(inner ?? text), ...basicPasswords(inner ?? text)];
    for (const one of all) if (one.length >= 4) found.add(one);
  };
  const add = (value: Json, place: Place, name = ''): void => {
    if (isList(value) || isObject(value)) {
      for (const [key, item] of entriesOf(value)) {
        const at = into(place, value, key);
        if (key === appliedAnnotation && typeof item === 'string') addApplied(item);
        else add(item, at, String(key));
      }
    } else if (isHideable(value) && isSecretHere(String(value), place)) {
      const text = String(value);
      const into = place.isHeld && isPublicName(name) ? alone : found;
      if (typeof value === 'string' ? !isSwitch(text) : text.length >= 4) into.add(text);
      const inner = place.inData ? fromBase64(text) : undefined;
      if (inner !== undefined) into.add(inner);
      addText(text, inner);
    } else if (typeof value === 'string') {
      // A file in a ConfigMap, say, or a script.
      for (const one of namedSecrets(value)) if (one.length >= 4) found.add(one);
    }
  };
  const addObject = (fields: JsonObject | undefined) =>
    fields && add(fields, objectPlace(fields.kind));
  /** Not as a text of its own: most words in it are names. */
  const addApplied = (text: string): void => {
    const fields = jsonObject(text);
    if (fields) addObject(fields);
    else addText(text, undefined);
  };
  for (const release of releases) {
    const texts = [release.manifest, ...release.hooks.map(({ manifest }) => manifest)];
    for (const { fields } of texts.flatMap((text) => readManifest(text).objects)) addObject(fields);
    for (const values of [userValues(release), chartValues(release)])
      if (values) add(values, valuesPlace);
  }
  for (const { before, after } of [...(manifest?.changes ?? []), ...(hooks?.changes ?? [])])
    for (const fields of [before, after]) addObject(fields);
  // A server's lists leave the kind out.
  for (const { kind, fields } of manifest?.live ?? []) add(fields, objectPlace(kind));
  return { found, alone };
}

function chartValues({ chart }: Release): JsonObject | undefined {
  return chart?.values ? parsedValues(chart.values) : undefined;
}

function entriesOf(value: readonly Json[] | JsonObject): [string | number, Json][] {
  return isObject(value) ? Object.entries(value) : [...value.entries()];
}

/** What was applied last is one level deep: it has no such annotation itself. */
function jsonObject(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHideable(value: Json): value is string | number | JsonNumber {
  return value !== null && typeof value !== 'boolean' && value !== '';
}

/** A text of several lines, or of one. */
function hideInText({ before, after }: TextChange, conceal: Conceal): TextChange {
  return {
    before: markChanged(before, after, conceal, hiddenBefore),
    after: markChanged(after, before, conceal, hiddenAfter),
  };
}

/** What is no text stays: nothing of it is shown. */
function hideInFile(file: FileChange, conceal: Conceal): FileChange {
  const [before, after] = [textOf(file.before), textOf(file.after)];
  if (before === undefined || after === undefined) return file;
  const shown = hideInText({ before, after }, conceal);
  return {
    ...file,
    ...(file.before && { before: Buffer.from(shown.before) }),
    ...(file.after && { after: Buffer.from(shown.after) }),
  };
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  const text = Buffer.from(bytes ?? []).toString('utf8');
  return Buffer.from(text).equals(Buffer.from(bytes ?? [])) ? text : undefined;
}

function hideInDocument(one: DocumentDiff, conceal: Conceal): DocumentDiff {
  const { before, after, fields } = one;
  return {
    ...{ before: hideIn(before, after, valuesPlace, conceal, hiddenBefore) },
    ...{ after: hideIn(after, before, valuesPlace, conceal, hiddenAfter) },
    fields: fields.map((field) => hideInField(field, one, valuesPlace, conceal)),
  };
}

function hideInObjects(diff: ObjectsDiff, conceal: Conceal): ObjectsDiff {
  return { ...diff, changes: diff.changes.map((one) => hideInObject(one, conceal)) };
}

function hideInObject(one: ObjectChange, conceal: Conceal): ObjectChange {
  const { before, after, object, fields } = one;
  const top = objectPlace(object.kind);
  return {
    ...one,
    ...(before && { before: hideIn(before, after ?? {}, top, conceal, hiddenBefore) }),
    ...(after && { after: hideIn(after, before ?? {}, top, conceal, hiddenAfter) }),
    fields: fields.map((field) => hideInField(field, one, top, conceal)),
  };
}

/** Both sides of a document, as far as they are there. */
interface Sides {
  readonly before?: JsonObject;
  readonly after?: JsonObject;
}

function hideInField(change: FieldChange, sides: Sides, top: Place, conceal: Conceal): FieldChange {
  const { path, before, after } = change;
  const [a, b] = [placeAt(top, sides.before, path), placeAt(top, sides.after, path)];
  return {
    ...change,
    ...(before === undefined ? {} : { before: hide(before, after, a, conceal, hiddenBefore) }),
    ...(after === undefined ? {} : { after: hide(after, before, b, conceal, hiddenAfter) }),
  };
}

function hideIn(
  value: JsonObject,
  other: JsonObject,
  top: Place,
  conceal: Conceal,
  word: string,
): JsonObject {
  const result = hide(value, other, top, conceal, word);
  return isObject(result) ? result : {};
}

/** Whether a value is hidden for where it stands; `Conceal` says what of a text is hidden wherever it stands. */
function isSecretHere(text: string, place: Place): boolean {
  if (place.isHeld) return true;
  return place.isSecret ? !isSwitch(text) : place.isKey && isDigits(text);
}

/** @param other what stands there on the other side */
function hide(
  value: Json,
  other: Json | undefined,
  place: Place,
  conceal: Conceal,
  word: string,
): Json {
  if (isList(value)) {
    const others = isList(other) ? other : [];
    return value.map((item, at) => hide(item, others[at], into(place, value, at), conceal, word));
  }
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const beside = isObject(other) && Object.hasOwn(other, key) ? other[key] : undefined;
        return [key, hide(item, beside, into(place, value, key), conceal, word)];
      }),
    );
  if (!isHideable(value)) return value;
  const text = String(value);
  if (isSecretHere(text, place))
    return other === undefined || sameJson(value, other) ? hidden : word;
  if (isTitle(place)) return value;
  const shown = conceal(text);
  if (shown === text) return value;
  return typeof other === 'string' ? markChanged(text, other, conceal, word) : shown;
}
