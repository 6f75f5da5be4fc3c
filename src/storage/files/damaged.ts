/** What can still be said of a piece of text that can't be parsed: whose record it was. */
import { isNamespaceName } from '../../names.ts';
import type { RecordRef } from '../../record.ts';

export function isNamespace(value: unknown): boolean {
  return typeof value === 'string' && isNamespaceName(value);
}

/** A DNS subdomain, at most 253 characters, and what Helm 2 allowed in release names beyond it. */
function isKey(value: unknown): boolean {
  return (
    typeof value === 'string' && /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(value)
  );
}

/**
 * The record a damaged piece held, as its text says it, in YAML or JSON. Only where kind, namespace
 * and key each stand there once, whole, and could be real: a guess would put the blame on a record
 * that is sound.
 */
export function refIn(text: string): RecordRef | undefined {
  const kind = only(valuesOf(text, 'kind').filter((v) => v === 'Secret' || v === 'ConfigMap'));
  const namespace = only(valuesOf(text, 'namespace'));
  const key = only(valuesOf(text, 'name').filter((name) => /\.v[0-9]{1,10}$/.test(name)));
  if ((kind !== 'Secret' && kind !== 'ConfigMap') || !isNamespace(namespace) || !isKey(key))
    return undefined;
  return namespace === undefined || key === undefined ? undefined : { kind, namespace, key };
}

/** A member in JSON; in YAML, a line of its own that ends, as the last one may be cut off. */
function valuesOf(text: string, field: string): string[] {
  const json = `"${field}"[ \\t\\r\\n]*:[ \\t\\r\\n]*"([A-Za-z0-9._-]{1,253})"`;
  const yaml = `(?<![^\\n])[ -]*${field}:[ ]+([A-Za-z0-9._-]{1,253})\\r?\\n`;
  return [...text.matchAll(new RegExp(`${json}|${yaml}`, 'g'))].map((m) => m[1] ?? m[2] ?? '');
}

function only(values: readonly string[]): string | undefined {
  return new Set(values).size === 1 ? values[0] : undefined;
}
