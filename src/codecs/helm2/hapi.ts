/**
 * Helm 2's messages, field by field: `_proto/hapi/release/*.proto` and `_proto/hapi/chart/*.proto`
 * of Helm 2.17, and the two of Google's well-known types that they use. The names are theirs.
 */
import {
  bool,
  bytes,
  entryString,
  enums,
  int32,
  int64,
  type Message,
  type MessageType,
  message,
  messages,
  recurring,
  string,
  strings,
} from './wire.ts';

/** google.protobuf.Timestamp */
export interface HapiTimestamp {
  seconds: bigint;
  nanos: number;
}
const timestamp: MessageType<HapiTimestamp> = { seconds: int64(1), nanos: int32(2) };

/** google.protobuf.Any, which Helm 2 uses as a file: a path and bytes. */
export interface HapiAny {
  type_url: string;
  value: Uint8Array;
}
const any: MessageType<HapiAny> = { type_url: string(1), value: bytes(2) };

/** An entry of a map field. */
export interface HapiEntry<V> {
  key: string;
  value: V;
}
const stringEntry: MessageType<HapiEntry<string>> = {
  key: entryString(1),
  value: entryString(2),
};

export interface HapiValue {
  value: string;
}
const value: MessageType<HapiValue> = { value: string(1) };
const valueEntry: MessageType<HapiEntry<Message<HapiValue>>> = {
  key: entryString(1),
  value: message(2, () => value),
};

export interface HapiConfig {
  raw: string;
  values: Message<HapiEntry<Message<HapiValue>>>[];
}
const config: MessageType<HapiConfig> = { raw: string(1), values: messages(2, () => valueEntry) };

export interface HapiTemplate {
  name: string;
  data: Uint8Array;
}
const template: MessageType<HapiTemplate> = { name: string(1), data: bytes(2) };

export interface HapiMaintainer {
  name: string;
  email: string;
  url: string;
}
const maintainer: MessageType<HapiMaintainer> = {
  name: string(1),
  email: string(2),
  url: string(3),
};

export interface HapiMetadata {
  name: string;
  home: string;
  sources: string[];
  version: string;
  description: string;
  keywords: string[];
  maintainers: Message<HapiMaintainer>[];
  engine: string;
  icon: string;
  apiVersion: string;
  condition: string;
  tags: string;
  appVersion: string;
  deprecated: boolean;
  tillerVersion: string;
  annotations: Message<HapiEntry<string>>[];
  kubeVersion: string;
}
const metadata: MessageType<HapiMetadata> = {
  name: string(1),
  home: string(2),
  sources: strings(3),
  version: string(4),
  description: string(5),
  keywords: strings(6),
  maintainers: messages(7, () => maintainer),
  engine: string(8),
  icon: string(9),
  apiVersion: string(10),
  condition: string(11),
  tags: string(12),
  appVersion: string(13),
  deprecated: bool(14),
  tillerVersion: string(15),
  annotations: messages(16, () => stringEntry),
  kubeVersion: string(17),
};

export interface HapiChart {
  metadata: Message<HapiMetadata>;
  templates: Message<HapiTemplate>[];
  dependencies: Message<HapiChart>[];
  values: Message<HapiConfig>;
  files: Message<HapiAny>[];
}
const chart: MessageType<HapiChart> = {
  metadata: message(1, () => metadata),
  templates: messages(2, () => template),
  dependencies: messages(3, () => chart),
  values: message(4, () => config),
  files: messages(5, () => any),
};

export interface HapiTestRun {
  name: string;
  status: number;
  info: string;
  started_at: Message<HapiTimestamp>;
  completed_at: Message<HapiTimestamp>;
}
const testRun: MessageType<HapiTestRun> = {
  name: string(1),
  status: int32(2),
  info: string(3),
  started_at: message(4, () => timestamp),
  completed_at: message(5, () => timestamp),
};

export interface HapiTestSuite {
  started_at: Message<HapiTimestamp>;
  completed_at: Message<HapiTimestamp>;
  results: Message<HapiTestRun>[];
}
const testSuite: MessageType<HapiTestSuite> = {
  started_at: message(1, () => timestamp),
  completed_at: message(2, () => timestamp),
  results: messages(3, () => testRun),
};

/** Field 2 was `details` until Helm 2.0 and is unknown here, as it is to Helm 2.17. */
export interface HapiStatus {
  code: number;
  resources: string;
  notes: string;
  last_test_suite_run: Message<HapiTestSuite>;
}
const status: MessageType<HapiStatus> = {
  code: int32(1),
  resources: string(3),
  notes: string(4),
  last_test_suite_run: message(5, () => testSuite),
};

export interface HapiInfo {
  status: Message<HapiStatus>;
  first_deployed: Message<HapiTimestamp>;
  last_deployed: Message<HapiTimestamp>;
  deleted: Message<HapiTimestamp>;
  Description: string;
}
const info: MessageType<HapiInfo> = {
  status: message(1, () => status),
  first_deployed: message(2, () => timestamp),
  last_deployed: message(3, () => timestamp),
  deleted: message(4, () => timestamp),
  Description: string(5),
};

export interface HapiHook {
  name: string;
  kind: string;
  path: string;
  manifest: string;
  events: number[];
  last_run: Message<HapiTimestamp>;
  weight: number;
  delete_policies: number[];
  delete_timeout: bigint;
}
const hook: MessageType<HapiHook> = {
  name: string(1),
  kind: string(2),
  path: string(3),
  manifest: string(4),
  events: enums(5),
  last_run: message(6, () => timestamp),
  weight: int32(7),
  delete_policies: enums(8),
  delete_timeout: int64(9),
};

export interface HapiRelease {
  name: string;
  info: Message<HapiInfo>;
  chart: Message<HapiChart>;
  config: Message<HapiConfig>;
  manifest: string;
  hooks: Message<HapiHook>[];
  version: number;
  namespace: string;
}
export const release: MessageType<HapiRelease> = {
  name: string(1),
  info: message(2, () => info),
  chart: recurring(3, () => chart),
  config: message(4, () => config),
  manifest: string(5),
  hooks: messages(6, () => hook),
  version: int32(7),
  namespace: string(8),
};

/** release.Status.Code, by number, in Helm 3's words: see `Status` in release.ts. */
export const statusCodes = [
  'unknown',
  'deployed',
  'uninstalled',
  'superseded',
  'failed',
  'uninstalling',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
] as const;

/** release.Hook.Event, by number, in the words of the hook annotation. */
export const hookEvents = [
  'unknown',
  'pre-install',
  'post-install',
  'pre-delete',
  'post-delete',
  'pre-upgrade',
  'post-upgrade',
  'pre-rollback',
  'post-rollback',
  'test-success',
  'test-failure',
  'crd-install',
] as const;

/** release.Hook.DeletePolicy, by number. */
export const hookDeletePolicies = [
  'hook-succeeded',
  'hook-failed',
  'before-hook-creation',
] as const;

/** release.TestRun.Status, by number. */
export const testRunStatuses = ['UNKNOWN', 'SUCCESS', 'FAILURE', 'RUNNING'] as const;
