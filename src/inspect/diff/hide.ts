/**
 * A diff without secrets: what Kubernetes' Secrets hold, and what goes by a name like `password`. That
 * something changed is still to be seen, and neither what it is nor how long.
 */
import { isList, isObject } from '../../codecs/gojson.ts';
import type { Json, JsonObject } from '../../release.ts';
import type { FieldChange, Path, Step } from './fields.ts';
import type { ObjectChange, ObjectsDiff } from './objects.ts';
import type { DocumentDiff, ReleaseDiff } from './release.ts';

export const hidden = '(hidden)';
const [hiddenBefore, hiddenAfter] = ['(hidden, before)', '(hidden, after)'];

type IsSecret = (path: Path) => boolean;

/** @returns the same diff, and whether anything was hidden */
export function hideSecrets(diff: ReleaseDiff): {
  readonly diff: ReleaseDiff;
  readonly hidden: boolean;
} {
  const { chart, values, manifest, hooks } = diff;
  const shown: ReleaseDiff = {
    ...diff,
    ...(chart && { chart: hideInDocument(chart) }),
    ...(values && { values: hideInDocument(values) }),
    ...(manifest && { manifest: hideInObjects(manifest) }),
    ...(hooks && { hooks: hideInObjects(hooks) }),
  };
  const texts = JSON.stringify([shown.chart?.fields, shown.values?.fields, changesOf(shown)]);
  return { diff: shown, hidden: texts.includes(hidden.slice(0, -1)) };
}

/** What is looked at in an added or removed object is whether it would show something. */
function changesOf({ manifest, hooks }: ReleaseDiff): unknown {
  return [manifest, hooks].map((diff) =>
    diff?.changes.map(({ change, before, after, fields }) =>
      change === 'changed' ? fields : [before, after],
    ),
  );
}

function hideInDocument({ before, after, fields }: DocumentDiff): DocumentDiff {
  return {
    ...{ before: hideIn(before, after, isSecretValue, hiddenBefore) },
    ...{ after: hideIn(after, before, isSecretValue, hiddenAfter) },
    fields: fields.map((one) => hideInField(one, isSecretValue)),
  };
}

function hideInObjects(diff: ObjectsDiff): ObjectsDiff {
  return { ...diff, changes: diff.changes.map(hideInObject) };
}

function hideInObject(one: ObjectChange): ObjectChange {
  const { before, after, object, fields } = one;
  const isSecret = object.kind === 'Secret' ? isSecretData : isSecretVariable;
  return {
    ...one,
    ...(before && { before: hideIn(before, after ?? {}, isSecret, hiddenBefore) }),
    ...(after && { after: hideIn(after, before ?? {}, isSecret, hiddenAfter) }),
    fields: fields.map((field) => hideInField(field, isSecret)),
  };
}

function hideInField(change: FieldChange, isSecret: IsSecret): FieldChange {
  const { path, before, after } = change;
  return {
    ...change,
    ...(before === undefined ? {} : { before: hide(before, after, path, isSecret, hiddenBefore) }),
    ...(after === undefined ? {} : { after: hide(after, before, path, isSecret, hiddenAfter) }),
  };
}

function hideIn(value: JsonObject, other: JsonObject, is: IsSecret, word: string): JsonObject {
  const result = hide(value, other, [], is, word);
  return isObject(result) ? result : {};
}

/** @param other what stands there on the other side */
function hide(
  value: Json,
  other: Json | undefined,
  path: Path,
  isSecret: IsSecret,
  word: string,
): Json {
  if (isList(value)) {
    const others = isList(other) ? other : [];
    return value.map((item, at) => {
      const name = isObject(item) && Object.hasOwn(item, 'name') ? item.name : undefined;
      const step: Step = typeof name === 'string' ? { named: name } : at;
      return hide(item, others[at], [...path, step], isSecret, word);
    });
  }
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const beside = isObject(other) && Object.hasOwn(other, key) ? other[key] : undefined;
        return [key, hide(item, beside, [...path, key], isSecret, word)];
      }),
    );
  if (value === null || typeof value === 'boolean' || value === '' || !isSecret(path)) return value;
  if (other === undefined || value === other) return hidden;
  return word;
}

function isSecretData([field, key]: Path): boolean {
  return (field === 'data' || field === 'stringData') && key !== undefined;
}

/** A container's `env`, by the variable's name; everything else in an object is what it says. */
function isSecretVariable(path: Path): boolean {
  const variable = path.at(-2);
  return path.at(-1) === 'value' && typeof variable === 'object' && isTelling(variable.named);
}

function isSecretValue(path: Path): boolean {
  return path.some((step) => typeof step === 'string' && isTelling(step)) || isSecretVariable(path);
}

const telling =
  /pass(word|wd|phrase)?(es|s)?$|passwd|secret|token|credential|(private|api|access|encryption|signing)[-_.]?keys?|htpasswd|dsn$|connection[-_.]?string/i;
/** `secretName`, `existingSecret`, `passwordKey` name a place where the secret is. */
const pointing =
  /(name|ref|enabled|create|path|file|mount)s?$|^existing|secretkey$|passwordkey$|pullsecrets?$/i;

function isTelling(key: string): boolean {
  return telling.test(key) && !pointing.test(key);
}
