/**
 * Helm 2 charts name their dependencies in requirements.yaml and lock them in requirements.lock.
 * Helm 3's loader (pkg/chart/loader/load.go) still reads both: the first into the chart's metadata,
 * the second into its lock. Here is what it would find, without the rest of the metadata.
 */
import { UnreadableError } from '../../errors.ts';
import { foldName, isList, isObject, sortedKeys } from '../../go/json/write.ts';
import { normalizeTime } from '../../go/time/parse.ts';
import { YamlError } from '../../go/yaml/cursor.ts';
import { readYaml } from '../../go/yaml/index.ts';
import { type Target, targetOf } from '../../go/yaml/jsonable.ts';
import { decodeFile } from '../../go/yaml/utf8.ts';
import type { Json, JsonObject } from '../../json.ts';
import { type Dependency, type Lock, zeroTime } from '../../release.ts';

const texts: Target = { list: 'string' };

/** `chart.Dependency` of Helm 3. */
const dependency: Target = {
  fields: {
    name: 'string',
    version: 'string',
    repository: 'string',
    condition: 'string',
    tags: texts,
    enabled: 'bool',
    'import-values': { list: 'any' },
    alias: 'string',
  },
};

/** `chart.Metadata` of Helm 3: a field of the wrong type fails the file, whatever field it is. */
const metadata: Target = {
  fields: {
    name: 'string',
    home: 'string',
    sources: texts,
    version: 'string',
    description: 'string',
    keywords: texts,
    maintainers: { list: { fields: { name: 'string', email: 'string', url: 'string' } } },
    icon: 'string',
    apiversion: 'string',
    condition: 'string',
    tags: 'string',
    appversion: 'string',
    deprecated: 'bool',
    annotations: { map: 'string' },
    kubeversion: 'string',
    dependencies: { list: dependency },
    type: 'string',
  },
};

/** `chart.Lock` of Helm 3. */
const lock: Target = {
  fields: { generated: 'time', digest: 'string', dependencies: { list: dependency } },
};

/** An entry may be null: Helm reads it, and only its validation objects. */
type Entries = readonly (Dependency | null)[] | null;

/**
 * @param bytes requirements.yaml
 * @returns its dependencies, null where it has none; undefined when Helm 3 can't read the file
 */
export function readRequirements(bytes: Uint8Array): Entries | undefined {
  const json = readAs(bytes, metadata);
  if (json === undefined) return undefined;
  return isObject(json) ? member(json, 'dependencies', null, entries) : null;
}

/**
 * @param bytes requirements.lock
 * @returns undefined when Helm 3 can't read the file, or finds nothing in it and keeps no lock
 */
export function readLock(bytes: Uint8Array): Lock | undefined {
  const json = readAs(bytes, lock);
  if (!isObject(json)) return undefined;
  return {
    generated: member(json, 'generated', zeroTime, time),
    digest: member(json, 'digest', '', text),
    dependencies: member<Entries>(json, 'dependencies', null, entries),
  };
}

/** The file as JSON that fits the target, or undefined. */
function readAs(bytes: Uint8Array, target: Target): Json | undefined {
  try {
    const json = readYaml(decodeFile(bytes), target);
    return fits(json, target) ? json : undefined;
  } catch (error) {
    if (error instanceof YamlError || error instanceof UnreadableError) return undefined;
    throw error;
  }
}

/** Whether Go's encoding/json would decode it without complaint. Null fits everywhere. */
function fits(json: Json, target: Target): boolean {
  if (json === null || target === 'any') return true;
  if (target === 'string') return typeof json === 'string';
  if (target === 'bool') return typeof json === 'boolean';
  if (target === 'time') return typeof json === 'string' && normalizeTime(json) !== undefined;
  if ('list' in target) return isList(json) && json.every((item) => fits(item, target.list));
  if (!isObject(json)) return false;
  return Object.keys(json).every((key) => fits(json[key] ?? null, targetOf(target, key)));
}

/**
 * A struct's field. Of several spellings (`Name`, `name`) Go decodes each on top of the one before,
 * in the order of their bytes; `read` is given what the last one left.
 */
function member<T>(
  object: JsonObject,
  name: string,
  zero: T,
  read: (json: Json, prior: T) => T,
): T {
  let value = zero;
  for (const key of sortedKeys(object))
    if (foldName(key) === name) value = read(object[key] ?? null, value);
  return value;
}

function text(json: Json, prior: string): string {
  return typeof json === 'string' ? json : prior;
}

function time(json: Json, prior: string): string {
  return typeof json === 'string' ? (normalizeTime(json) ?? prior) : prior;
}

function flag(json: Json, prior: boolean): boolean {
  return typeof json === 'boolean' ? json : prior;
}

function tags(json: Json, prior: readonly string[]): readonly string[] {
  return isList(json) ? json.map((item, i) => text(item, prior[i] ?? '')) : [];
}

function anything(json: Json): readonly Json[] {
  return isList(json) ? json : [];
}

function entries(json: Json, prior: Entries): Entries {
  return isList(json) ? json.map((item, i) => entry(item, prior?.[i])) : null;
}

function entry(json: Json, prior: Dependency | null | undefined): Dependency | null {
  if (!isObject(json)) return null;
  return {
    name: member(json, 'name', prior?.name ?? '', text),
    version: member(json, 'version', prior?.version ?? '', text),
    repository: member(json, 'repository', prior?.repository ?? '', text),
    condition: member(json, 'condition', prior?.condition ?? '', text),
    tags: member(json, 'tags', prior?.tags ?? [], tags),
    enabled: member(json, 'enabled', prior?.enabled ?? false, flag),
    importValues: member(json, 'import-values', prior?.importValues ?? [], anything),
    alias: member(json, 'alias', prior?.alias ?? '', text),
  };
}
