/** Go's `eq`, `lt` and their kind: of one kind only, and errors for everything else. */
import { byCodePoint } from '../json/write.ts';
import { type GoValue, TemplateError } from './values.ts';

type Basic =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

export function equal(first: GoValue, second: GoValue): boolean {
  const [a, b] = [basic(first), basic(second)];
  if (a?.kind !== b?.kind) {
    if (first.is === 'none' || second.is === 'none') return false;
    throw new TemplateError('incompatible types for comparison');
  }
  if (a && b) return a.value === b.value;
  const isNil = (value: GoValue): boolean => value.is === 'none' || value.is === 'nil';
  if (isNil(first) || isNil(second)) return isNil(first) === isNil(second);
  if (first.is === 'struct' && second.is === 'struct' && first.pointer && second.pointer)
    return first === second;
  if (first.is === 'time' && second.is === 'time') return first.time === second.time;
  throw new TemplateError('non-comparable types for comparison');
}

export function less(first: GoValue, second: GoValue): boolean {
  const [a, b] = [basic(first), basic(second)];
  if (!a || !b) throw new TemplateError('invalid type for comparison');
  if (a.kind !== b.kind) throw new TemplateError('incompatible types for comparison');
  if (a.kind === 'bool') throw new TemplateError('invalid type for comparison');
  if (a.kind === 'string' && b.kind === 'string') return byCodePoint(a.value, b.value) < 0;
  return a.value < b.value;
}

function basic(value: GoValue): Basic | undefined {
  switch (value.is) {
    case 'bool':
      return { kind: 'bool', value: value.value };
    case 'int':
      return { kind: 'int', value: value.value };
    case 'float':
      return { kind: 'float', value: value.value };
    case 'string':
      return { kind: 'string', value: value.value };
    default:
      return undefined;
  }
}
