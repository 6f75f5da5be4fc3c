/**
 * `kubectl-releases/codecs`: bytes that Helm 2, 3 and 4 keep, into one model and back. Its examples are
 * in docs/library.md; what stands here changes with the version's first number only.
 */

export type { EnvelopeLimits } from '../codecs/envelope.ts';
export {
  type Codec,
  codecs,
  decodePayload,
  encodePayload,
  type Format,
  type OpenedRecord,
  openRecord,
} from '../codecs/index.ts';
export { type ErrorCode, isReleasesError, ReleasesError } from '../errors.ts';
export type { Json, JsonObject } from '../json.ts';
export {
  type BadRecord,
  isBad,
  type Owner,
  type ReadRecord,
  type RecordKind,
  type RecordMeta,
  type RecordRef,
  type ReleaseRecord,
  recordKey,
} from '../record.ts';
export type {
  Chart,
  ChartMetadata,
  File,
  HelmVersion,
  Hook,
  Info,
  Release,
  Status,
  Time,
  Values,
} from '../release.ts';
