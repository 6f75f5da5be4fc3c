/**
 * Helm 3's and 4's release structs: pkg/release/*.go and pkg/chart/*.go of Helm 3.22, and
 * pkg/release/v1 and pkg/chart/v2 of Helm 4.3, whose own members are marked. Order and rules are
 * those of the Go structs, because they decide the bytes.
 */

import { UnreadableError } from '../../errors.ts';
import { isJsonTime } from '../../go/time/parse.ts';
import type { JsonObject } from '../../json.ts';
import {
  type Chart,
  type ChartMetadata,
  type Dependency,
  type File,
  type Hook,
  type HookExecution,
  type Info,
  type Lock,
  type Maintainer,
  type Release,
  type Values,
  zeroTime,
} from '../../release.ts';
import {
  always,
  anyObject,
  anything,
  boolean,
  bytes,
  integer,
  type Kind,
  list,
  nullableList,
  omitempty,
  pointer,
  present,
  struct,
  text,
  textMap,
} from './gostruct.ts';

/**
 * Times stay the text they are, as far as Go reads it as one: Helm itself can't read the record
 * otherwise. Helm 3's wrapper writes the zero time as `""` and reads that, Helm 4 leaves it out;
 * `present` keeps the difference, so both read back to the same bytes.
 */
const time: Kind<string> = {
  ...text,
  decode: (json, path) => (json === '' ? json : goTime.decode(json, path)),
  encode: (value) => text.encode(value) ?? '""',
};

/** Go's own time.Time, which is never empty. */
const goTime: Kind<string> = {
  zero: zeroTime,
  keepsNull: true,
  decode(json, path) {
    const value = text.decode(json, path);
    if (!isJsonTime(value)) throw new UnreadableError(`${path} is not a time`);
    return value;
  },
  encode: (value) => text.encode(value || zeroTime),
  empty: `"${zeroTime}"`,
};

/** Helm 4 alone has them and writes them; Helm 3 doesn't look, so whatever text they are is kept. */
const fileTime: Kind<string> = { ...text, encode: (value) => text.encode(value) ?? '""' };

/** A Go map of values: null when nil. */
const values: Kind<Values | null> = {
  zero: null,
  decode: (json, path, before) => ({
    json: anyObject.decode(json, path, before ? jsonOf(before) : null) ?? {},
  }),
  encode: (value) => (value === null ? undefined : anyObject.encode(jsonOf(value))),
  empty: 'null',
};

function jsonOf(value: Values): JsonObject {
  // The conversion in migrate/ has read the YAML before a record gets here.
  if (!('json' in value)) throw new TypeError('Helm 3 keeps values as JSON');
  return value.json;
}

const file = struct<File>({
  name: always('name', text),
  data: always('data', bytes),
  modTime: present('modtime', fileTime), // Helm 4
});

const maintainer = struct<Maintainer>({
  name: omitempty('name', text),
  email: omitempty('email', text),
  url: omitempty('url', text),
});

const dependency = struct<Dependency>({
  name: always('name', text),
  version: omitempty('version', text),
  repository: always('repository', text),
  condition: omitempty('condition', text),
  tags: omitempty('tags', list(text)),
  enabled: omitempty('enabled', boolean),
  importValues: omitempty('import-values', list(anything)),
  alias: omitempty('alias', text),
});

export const lock = struct<Lock>({
  generated: always('generated', goTime),
  digest: always('digest', text),
  dependencies: always('dependencies', nullableList(pointer(dependency))),
});

export const metadata = struct<ChartMetadata, 'engine' | 'tillerVersion'>({
  name: omitempty('name', text),
  home: omitempty('home', text),
  sources: omitempty('sources', list(text)),
  version: omitempty('version', text),
  description: omitempty('description', text),
  keywords: omitempty('keywords', list(text)),
  maintainers: omitempty('maintainers', list(pointer(maintainer))),
  icon: omitempty('icon', text),
  apiVersion: omitempty('apiVersion', text),
  condition: omitempty('condition', text),
  tags: omitempty('tags', text),
  appVersion: omitempty('appVersion', text),
  deprecated: omitempty('deprecated', boolean),
  annotations: omitempty('annotations', textMap),
  kubeVersion: omitempty('kubeVersion', text),
  dependencies: omitempty('dependencies', list(pointer(dependency))),
  type: omitempty('type', text),
});

export const chart = struct<Chart, 'dependencies'>({
  metadata: always('metadata', pointer(metadata)),
  lock: always('lock', pointer(lock)),
  templates: always('templates', nullableList(file)),
  values: always('values', values),
  schema: always('schema', bytes),
  schemaModTime: present('schemamodtime', fileTime), // Helm 4
  files: always('files', nullableList(file)),
  modTime: present('modtime', fileTime), // Helm 4
});

const hookExecution = struct<HookExecution>({
  startedAt: present('started_at', time),
  completedAt: present('completed_at', time),
  phase: always('phase', text),
});

const hook = struct<Hook, 'lastRunAt' | 'deleteTimeout'>({
  name: omitempty('name', text),
  kind: omitempty('kind', text),
  path: omitempty('path', text),
  manifest: omitempty('manifest', text),
  events: omitempty('events', list(text)),
  lastRun: present('last_run', { ...hookExecution, keepsNull: true }), // no pointer
  weight: omitempty('weight', integer),
  deletePolicies: omitempty('delete_policies', list(text)),
  outputLogPolicies: present('output_log_policies', list(text)),
});

const info = struct<Info, 'resourcesText' | 'lastTestSuite' | 'hasStatus' | 'unknownStatus'>({
  firstDeployed: present('first_deployed', time),
  lastDeployed: present('last_deployed', time),
  deleted: present('deleted', time),
  description: omitempty('description', text),
  status: omitempty('status', text),
  rollbackRevision: present('rollback_revision', integer), // Helm 4
  notes: omitempty('notes', text),
  resources: present('resources', anyObject as Kind<JsonObject>),
});

const head = {
  name: omitempty('name', text),
  info: present('info', info),
};
const tail = {
  // Helm leaves out an empty map, too; others have written `{}`, and it stays what it was.
  config: omitempty('config', values),
  manifest: omitempty('manifest', text),
  hooks: omitempty('hooks', list(hook)),
  revision: omitempty('version', integer),
  namespace: omitempty('namespace', text),
  applyMethod: present('apply_method', text), // Helm 4
};
export const release = struct<Release, 'helm'>({
  ...head,
  chart: present('chart', chart),
  ...tail,
});
/** The release's JSON on both sides of its chart; what isn't known is behind it. */
export const beforeChart = struct<Pick<Release, 'name' | 'info' | 'unknown'>>(head);
export const afterChart = struct<Release, 'helm' | 'name' | 'info' | 'chart'>(tail);
