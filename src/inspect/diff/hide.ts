/**
 * A diff without secrets: what Kubernetes' Secrets hold, what goes by a name like `password`, the same texts
 * wherever else they stand, and what looks like a key (`secretTexts.ts`). That something changed is still to
 * be seen, and neither what it is nor how long.
 */
import { isList, isObject } from '../../go/json/write.ts';
import type { Json, JsonNumber, JsonObject } from '../../json.ts';
import { readManifest } from '../../objects/manifest.ts';
import type { Release } from '../../release.ts';
import { isSecretFlag, isSecretName, namedSecrets } from '../../secretNames.ts';
import { parsedValues, userValues } from '../values.ts';
import { type FieldChange, type Path, type Step, sameJson } from './fields.ts';
import type { FileChange } from './files.ts';
import type { ObjectChange, ObjectsDiff } from './objects.ts';
import type { DocumentDiff, ReleaseDiff, TextChange } from './release.ts';
import { type Conceal, concealing, fromBase64, hidden } from './secretTexts.ts';

const [hiddenBefore, hiddenAfter] = ['(hidden, before)', '(hidden, after)'];

/** What is hidden where: by its place, and by what it is. */
interface Hiding {
  readonly isSecret: (path: Path) => boolean;
  /** What is shown in any case. */
  readonly isTitle: (path: Path) => boolean;
  readonly conceal: Conceal;
}

/** What `hideSecrets` promises, in words for a note. */
export const hiddenWords =
  'hidden are what Secrets hold, what has a name like password, the same texts elsewhere, PEM blocks and what else looks like a key or a token; everything else is shown';

/**
 * @param releases both sides: what they hold is hidden, whichever parts of them the diff has
 * @returns the same diff, and whether anything was hidden
 */
export function hideSecrets(
  diff: ReleaseDiff,
  releases: readonly Release[],
): {
  readonly diff: ReleaseDiff;
  readonly hidden: boolean;
} {
  const { chart, values, manifest, hooks, notes, files } = diff;
  const conceal = concealing(secretTexts(diff, releases));
  const shown: ReleaseDiff = {
    ...diff,
    ...(chart && { chart: hideInDocument(chart, conceal) }),
    ...(values && { values: hideInDocument(values, conceal) }),
    ...(manifest && { manifest: hideInObjects(manifest, conceal) }),
    ...(hooks && { hooks: hideInObjects(hooks, conceal) }),
    ...(notes && { notes: hideInText(notes, conceal) }),
    ...(files && { files: files.map((file) => hideInFile(file, conceal)) }),
  };
  const texts = JSON.stringify([
    ...[shown.chart?.fields, shown.values?.fields, changesOf(shown), shown.notes],
    shown.files?.map(({ before, after }) => [before, after].map(textOf)),
  ]);
  return { diff: shown, hidden: texts.includes(hidden.slice(0, -1)) };
}

/** In a Secret like anything else; elsewhere the word is no secret, nor is a count of replicas. */
const saysLittle = /^(true|false|yes|no|on|off|null|none|default)$/i;

/** Every text that stands in a place that is hidden, in either release or in the cluster. */
function secretTexts({ manifest, hooks }: ReleaseDiff, releases: readonly Release[]): Set<string> {
  const found = new Set<string>();
  const add = (value: Json, path: Path, isSecret: Hiding['isSecret']): void => {
    if (isList(value) || isObject(value)) {
      const flags = isList(value) ? value : [];
      for (const [at, [step, item]] of stepsOf(value).entries()) {
        const isValue = isSecretFlag(flags[at - 1]) && !String(item).startsWith('-');
        add(item, [...path, step], isValue ? () => true : isSecret);
      }
    } else if (isHideable(value) && isSecret(path)) {
      const text = String(value);
      if (typeof value === 'string' ? !saysLittle.test(text) : text.length >= 4) found.add(text);
      const inner = path.includes('data') ? fromBase64(text) : undefined;
      if (inner !== undefined) found.add(inner);
      for (const one of namedSecrets(inner ?? text)) if (one.length >= 4) found.add(one);
    } else if (typeof value === 'string') {
      // A file in a ConfigMap, say, or a script.
      for (const one of namedSecrets(value)) if (one.length >= 4) found.add(one);
    }
  };
  const addObject = (fields: JsonObject | undefined) =>
    fields && add(fields, [], secretPlaces(fields.kind));
  for (const release of releases) {
    const texts = [release.manifest, ...release.hooks.map(({ manifest }) => manifest)];
    for (const { fields } of texts.flatMap((text) => readManifest(text).objects)) addObject(fields);
    for (const values of [userValues(release), chartValues(release)])
      if (values) add(values, [], isSecretValue);
  }
  for (const { before, after } of [...(manifest?.changes ?? []), ...(hooks?.changes ?? [])])
    for (const fields of [before, after]) addObject(fields);
  return found;
}

function chartValues({ chart }: Release): JsonObject | undefined {
  return chart?.values ? parsedValues(chart.values) : undefined;
}

/** Items of a list by their names, where they have some. */
function stepsOf(value: readonly Json[] | JsonObject): [Step, Json][] {
  if (isObject(value)) return Object.entries(value);
  return value.map((item, at) => {
    const name = isObject(item) && Object.hasOwn(item, 'name') ? item.name : undefined;
    return [typeof name === 'string' ? { named: name } : at, item];
  });
}

function isHideable(value: Json): value is string | number | JsonNumber {
  return value !== null && typeof value !== 'boolean' && value !== '';
}

/** A text of several lines, or of one. Where both sides look the same now, the words say that they differ. */
function hideInText({ before, after }: TextChange, conceal: Conceal): TextChange {
  const [a, b] = [conceal(before), conceal(after)];
  if (a !== b || before === after) return { before: a, after: b };
  return { before: a.replaceAll(hidden, hiddenBefore), after: b.replaceAll(hidden, hiddenAfter) };
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

/** What is looked at in an added or removed object is whether it would show something. */
function changesOf({ manifest, hooks }: ReleaseDiff): unknown {
  return [manifest, hooks].map((diff) =>
    diff?.changes.map(({ change, before, after, fields }) =>
      change === 'changed' ? fields : [before, after],
    ),
  );
}

function hideInDocument({ before, after, fields }: DocumentDiff, conceal: Conceal): DocumentDiff {
  const hiding = { isSecret: isSecretValue, isTitle: () => false, conceal };
  return {
    ...{ before: hideIn(before, after, hiding, hiddenBefore) },
    ...{ after: hideIn(after, before, hiding, hiddenAfter) },
    fields: fields.map((one) => hideInField(one, hiding)),
  };
}

function hideInObjects(diff: ObjectsDiff, conceal: Conceal): ObjectsDiff {
  return { ...diff, changes: diff.changes.map((one) => hideInObject(one, conceal)) };
}

function hideInObject(one: ObjectChange, conceal: Conceal): ObjectChange {
  const { before, after, object, fields } = one;
  const hiding = { isSecret: secretPlaces(object.kind), isTitle, conceal };
  return {
    ...one,
    ...(before && { before: hideIn(before, after ?? {}, hiding, hiddenBefore) }),
    ...(after && { after: hideIn(after, before ?? {}, hiding, hiddenAfter) }),
    fields: fields.map((field) => hideInField(field, hiding)),
  };
}

function hideInField(change: FieldChange, hiding: Hiding): FieldChange {
  const { path, before, after } = change;
  return {
    ...change,
    ...(before === undefined ? {} : { before: hide(before, after, path, hiding, hiddenBefore) }),
    ...(after === undefined ? {} : { after: hide(after, before, path, hiding, hiddenAfter) }),
  };
}

function hideIn(value: JsonObject, other: JsonObject, hiding: Hiding, word: string): JsonObject {
  const result = hide(value, other, [], hiding, word);
  return isObject(result) ? result : {};
}

/** @param other what stands there on the other side */
function hide(
  value: Json,
  other: Json | undefined,
  path: Path,
  hiding: Hiding,
  word: string,
): Json {
  if (isList(value)) {
    const others = isList(other) ? other : [];
    return stepsOf(value).map(([step, item], at) =>
      hide(item, others[at], [...path, step], hiding, word),
    );
  }
  if (isObject(value))
    return Object.fromEntries(
      stepsOf(value).map(([step, item]) => {
        const key = String(step);
        const beside = isObject(other) && Object.hasOwn(other, key) ? other[key] : undefined;
        return [key, hide(item, beside, [...path, step], hiding, word)];
      }),
    );
  if (!isHideable(value)) return value;
  if (hiding.isSecret(path)) return other === undefined || sameJson(value, other) ? hidden : word;
  if (hiding.isTitle(path)) return value;
  const text = String(value);
  const shown = hiding.conceal(text);
  if (shown === text) return value;
  const same = typeof other === 'string' && value !== other && hiding.conceal(other) === shown;
  return same ? shown.replaceAll(hidden, word) : shown;
}

/** What an object is called: its heading says it anyway. */
function isTitle(path: Path): boolean {
  const [first, second] = path;
  if (path.length === 1) return first === 'apiVersion' || first === 'kind' || first === 'type';
  return path.length === 2 && first === 'metadata' && (second === 'name' || second === 'namespace');
}

function secretPlaces(kind: Json | undefined): Hiding['isSecret'] {
  return kind === 'Secret' ? isSecretData : isSecretField;
}

function isSecretData([field, key]: Path): boolean {
  return (field === 'data' || field === 'stringData') && key !== undefined;
}

/** What goes by a telling name itself, and a container's `env` by the variable's. */
function isSecretField(path: Path): boolean {
  const last = path.at(-1);
  return (typeof last === 'string' && isSecretName(last)) || isSecretVariable(path);
}

function isSecretVariable(path: Path): boolean {
  const variable = path.at(-2);
  return path.at(-1) === 'value' && typeof variable === 'object' && isSecretName(variable.named);
}

function isSecretValue(path: Path): boolean {
  return (
    path.some((step) => typeof step === 'string' && isSecretName(step)) || isSecretVariable(path)
  );
}
