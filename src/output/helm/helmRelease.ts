/** A release as helm's own structs print it: `status -o json`, without the chart as there. */

import { encodeHelm3 } from '../../codecs/helm3/helm3.ts';
import { asFloats } from '../../go/json/write.ts';
import { isZeroTime } from '../../go/time/format.ts';
import type { HelmShape } from '../../helms.ts';
import { statusWord } from '../../inspect/rows.ts';
import { userValues } from '../../inspect/values.ts';
import type { Json, JsonObject } from '../../json.ts';
import type { Hook, HookExecution, Info, Release, Time } from '../../release.ts';

/**
 * The JSON text, its members in the order of the Go structs, and the same as data.
 * @param resources live objects by version and kind; none leave the member out
 * @throws UnreadableError for Helm 2 values that aren't YAML
 */
export function helmReleaseJson(
  release: Release,
  shape: HelmShape,
  resources: JsonObject = {},
): { readonly text: string; readonly data: Json } {
  const { name, namespace, revision, manifest, info } = release;
  const config = userValues(release) ?? {};
  const text = Buffer.from(
    encodeHelm3({
      ...{ helm: shape.major, name, namespace, revision, manifest },
      ...(info ? { info: infoIn(info, statusWord(release), shape, resources) } : {}),
      config: Object.keys(config).length > 0 ? { json: asFloats(config) } : null,
      hooks: release.hooks.map((hook) => hookIn(hook, shape)),
      ...(shape.major === 4 && release.applyMethod ? { applyMethod: release.applyMethod } : {}),
    }),
  ).toString('utf8');
  return { text, data: JSON.parse(text) as Json };
}

function infoIn(info: Info, status: string, shape: HelmShape, resources: JsonObject): Info {
  const { description, notes, rollbackRevision: rollback } = info;
  return {
    ...timeIn('firstDeployed', info.firstDeployed, shape),
    ...timeIn('lastDeployed', info.lastDeployed, shape),
    ...timeIn('deleted', info.deleted, shape),
    ...{ description, status, notes },
    ...(shape.rollbackRevision && rollback ? { rollbackRevision: rollback } : {}),
    ...(Object.keys(resources).length > 0 ? { resources } : {}),
  };
}

function hookIn(hook: Hook, shape: HelmShape): Hook {
  const { name, kind, path, manifest, events, weight, deletePolicies, outputLogPolicies } = hook;
  const run = hook.lastRun ?? { phase: '' };
  const lastRun: HookExecution = {
    ...timeIn('startedAt', run.startedAt, shape),
    ...timeIn('completedAt', run.completedAt, shape),
    phase: run.phase,
  };
  const log =
    shape.outputLogPolicies && outputLogPolicies && outputLogPolicies.length > 0
      ? { outputLogPolicies }
      : {};
  return { name, kind, path, manifest, events, weight, deletePolicies, lastRun, ...log };
}

/** Helm 3 writes no time as `""`, Helm 4 leaves it out. */
function timeIn<K extends string>(
  key: K,
  time: Time | undefined,
  shape: HelmShape,
): { readonly [key in K]?: Time } {
  if (time !== undefined && !isZeroTime(time)) return { [key]: time } as { [key in K]: Time };
  return (shape.major === 3 ? { [key]: '' } : {}) as { [key in K]?: Time };
}
