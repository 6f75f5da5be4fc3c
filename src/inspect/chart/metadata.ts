/** What a record holds of Chart.yaml and of the lock, in the words of those files. */

import { lock as lockKind, metadata as metadataKind } from '../../codecs/helm3/schema.ts';
import { parseJson } from '../../go/json/read.ts';
import type { JsonObject } from '../../json.ts';
import type { ChartMetadata, Lock } from '../../release.ts';

/**
 * Chart.yaml's fields, in Helm's order; what is empty is left out. The names are those of the JSON: the
 * structs have the same for both (pkg/chart/metadata.go, and Helm 2's metadata.proto).
 */
export function chartYaml(metadata: ChartMetadata): JsonObject {
  const { engine, tillerVersion } = metadata;
  return {
    ...parsed(metadataKind.encode(metadata)),
    ...(engine ? { engine } : {}),
    ...(tillerVersion ? { tillerVersion } : {}),
  };
}

/** Chart.lock's fields, or requirements.lock's. */
export function chartLock(lock: Lock): JsonObject {
  return parsed(lockKind.encode(lock));
}

function parsed(json: string | undefined): JsonObject {
  return parseJson(Buffer.from(json ?? '{}')) as JsonObject;
}
