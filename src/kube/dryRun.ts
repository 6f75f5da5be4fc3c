/**
 * An API whose changes are only tried: the server checks each one as if it were meant, quotas and
 * admission included, and keeps nothing.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
import type { KubeApi } from './api.ts';
import type { Call } from './types.ts';

export function dryRunApi(api: KubeApi): KubeApi {
  return { ...api, call: (call) => api.call(isChange(call) ? tried(call) : call) };
}

function isChange({ verb, keepsNothing }: Call): boolean {
  return !['get', 'list', 'watch'].includes(verb) && !keepsNothing;
}

/** A delete's options are taken from its body alone where it has one: apiserver's handlers/delete.go. */
function tried(call: Call): Call {
  const query = { ...call.query, dryRun: 'All' };
  if (call.verb !== 'delete') return { ...call, query };
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', ...(call.body ?? {}) };
  return { ...call, query, body: { ...options, dryRun: ['All'] } };
}
