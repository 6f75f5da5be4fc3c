/**
 * An API whose changes are only tried: the server checks each one as if it were meant, quotas and
 * admission included, and keeps nothing.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
import type { Call, KubeApi } from './api.ts';

export function dryRunApi(api: KubeApi): KubeApi {
  return { ...api, call: (call) => api.call(isChange(call) ? tried(call) : call) };
}

function isChange({ verb, keepsNothing }: Call): boolean {
  return verb !== 'get' && verb !== 'list' && !keepsNothing;
}

function tried(call: Call): Call {
  return { ...call, query: { ...call.query, dryRun: 'All' } };
}
