/**
 * The one model of a release revision, whichever Helm wrote it.
 *
 * It keeps everything a record holds, so that a codec's `encode` can be the exact inverse of its
 * `decode`: bytes as bytes, times as text, and the difference between absent, null and empty
 * wherever the stored form has one. Fields say so where only one Helm has them.
 */

import type { Json, JsonObject } from './json.ts';

/**
 * A point in time as RFC 3339 text with up to nine fractional digits and its own offset: Go keeps
 * nanoseconds, which JavaScript's Date can't. Helm 3 writes Go's zero time as `''`; Helm 4 and
 * Helm 2 leave it out, which is `undefined` here.
 */
export type Time = string;

/** Go's zero `time.Time`, as its own encoder writes it where Helm's wrapper isn't in between. */
export const zeroTime: Time = '0001-01-01T00:00:00Z';

/**
 * A status in Helm 3's words (pkg/release/status.go). Helm 2's codes map one to one: DELETED is
 * `uninstalled`, DELETING is `uninstalling`. Text that isn't in the list is kept as it was found.
 */
export type Status = string;

/** Which Helm wrote a record. Helm 4 writes Helm 3's format with fields of its own. */
export type HelmVersion = 2 | 3 | 4;

/** Parts of a stored message that this program doesn't know, carried so that nothing is dropped. */
export type Unknown =
  /** whole protobuf fields, tag included, in the order found */
  | { readonly protobuf: Uint8Array; readonly fields: readonly number[] }
  /** JSON members */
  | { readonly json: JsonObject };

export interface Release {
  readonly helm: HelmVersion;
  readonly name: string;
  /** The release's own namespace, not the one its record lies in. */
  readonly namespace: string;
  /** Helm's `version` of a release: 1, 2, 3, … */
  readonly revision: number;
  readonly info?: Info;
  readonly chart?: Chart;
  /** User-supplied values; null when there were none. */
  readonly config: Values | null;
  readonly manifest: string;
  readonly hooks: readonly Hook[];
  /** Helm 4: `ssa` or `csa`. */
  readonly applyMethod?: string;
  readonly unknown?: Unknown;
}

export interface Info {
  readonly firstDeployed?: Time;
  readonly lastDeployed?: Time;
  readonly deleted?: Time;
  readonly description: string;
  readonly status: Status;
  readonly notes: string;
  /** Helm 4: the revision that a rollback went back to. */
  readonly rollbackRevision?: number;
  /** Helm 3 and 4: live objects by kind; only in output, never seen stored. */
  readonly resources?: JsonObject;
  /** Helm 2: live objects as kubectl printed them. */
  readonly resourcesText?: string;
  /** Helm 2: the last `helm test`. Helm 3 keeps results with each hook. */
  readonly lastTestSuite?: TestSuite;
  /** Helm 2: false when the record has no status message at all; its code is then UNKNOWN. */
  readonly hasStatus?: false;
  readonly unknown?: Unknown;
  /** Helm 2: unknown fields of the status message. */
  readonly unknownStatus?: Unknown;
}

export interface TestSuite {
  readonly startedAt?: Time;
  readonly completedAt?: Time;
  readonly results: readonly TestRun[];
  readonly unknown?: Unknown;
}

export interface TestRun {
  readonly name: string;
  readonly status: 'UNKNOWN' | 'SUCCESS' | 'FAILURE' | 'RUNNING';
  readonly info: string;
  readonly startedAt?: Time;
  readonly completedAt?: Time;
  readonly unknown?: Unknown;
}

/** A hook's event, in the words of the `helm.sh/hook` annotation (Helm 2: `test-success`, …). */
export type HookEvent = string;
/** `hook-succeeded`, `hook-failed`, `before-hook-creation` */
export type HookDeletePolicy = string;

export interface Hook {
  readonly name: string;
  readonly kind: string;
  readonly path: string;
  readonly manifest: string;
  readonly events: readonly HookEvent[];
  readonly weight: number;
  readonly deletePolicies: readonly HookDeletePolicy[];
  /** Helm 3.18 and later: `hook-succeeded`, `hook-failed` */
  readonly outputLogPolicies?: readonly string[];
  /** Helm 3 and 4 */
  readonly lastRun?: HookExecution;
  /** Helm 2: when the hook last ran. */
  readonly lastRunAt?: Time;
  /** Helm 2: seconds to wait for the hook's deletion. */
  readonly deleteTimeout?: bigint;
  readonly unknown?: Unknown;
}

export interface HookExecution {
  readonly startedAt?: Time;
  readonly completedAt?: Time;
  /** `Unknown`, `Running`, `Succeeded`, `Failed` or empty when it never ran */
  readonly phase: string;
  readonly unknown?: Unknown;
}

export interface Chart {
  readonly metadata: ChartMetadata | null;
  readonly lock: Lock | null;
  readonly templates: readonly File[] | null;
  readonly values: Values | null;
  readonly schema: Uint8Array | null;
  readonly files: readonly File[] | null;
  /** Helm 2 keeps subcharts in the record; Helm 3 and 4 don't. */
  readonly dependencies?: readonly Chart[];
  /** Helm 4 */
  readonly schemaModTime?: Time;
  readonly modTime?: Time;
  readonly unknown?: Unknown;
}

export interface ChartMetadata {
  readonly name: string;
  readonly home: string;
  readonly sources: readonly string[];
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly maintainers: readonly (Maintainer | null)[];
  readonly icon: string;
  readonly apiVersion: string;
  readonly condition: string;
  readonly tags: string;
  readonly appVersion: string;
  readonly deprecated: boolean;
  readonly annotations: Readonly<{ [name: string]: string }>;
  readonly kubeVersion: string;
  readonly dependencies: readonly (Dependency | null)[];
  /** `application` or `library`; Helm 2 has none */
  readonly type: string;
  /** Helm 2 */
  readonly engine?: string;
  /** Helm 2 */
  readonly tillerVersion?: string;
  readonly unknown?: Unknown;
}

export interface Maintainer {
  readonly name: string;
  readonly email: string;
  readonly url: string;
  readonly unknown?: Unknown;
}

/** An entry of requirements.yaml or of Chart.yaml's `dependencies`. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  readonly condition: string;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  readonly importValues: readonly Json[];
  readonly alias: string;
  readonly unknown?: Unknown;
}

export interface Lock {
  readonly generated: Time;
  readonly digest: string;
  readonly dependencies: readonly (Dependency | null)[] | null;
  readonly unknown?: Unknown;
}

/** A template or another file of the chart: a path and bytes. */
export interface File {
  readonly name: string;
  /** null where Go had a nil slice */
  readonly data: Uint8Array | null;
  /** Helm 4 */
  readonly modTime?: Time;
  readonly unknown?: Unknown;
}

/** Values as each Helm keeps them: Helm 2 as the YAML text it was given, Helm 3 and 4 as JSON. */
export type Values =
  | {
      readonly yaml: string;
      /** Helm 2's `values` map beside the text; Tiller never reads it. */
      readonly parsed?: Readonly<{ [name: string]: string }>;
      readonly unknown?: Unknown;
    }
  | { readonly json: JsonObject };
