/** Takes one object out of a manifest file's text and leaves the rest as it is. */
import { randomUUID } from 'node:crypto';
import { parseDocument } from 'yaml';
import { printable, ReleasesError } from '../../errors.ts';
import { type Json, JsonNumber } from '../../release.ts';
import { parseJson } from '../../text/json.ts';
import { fileJsonLimits } from '../../text/jsonBounds.ts';
import { isJson } from './manifests.ts';
import type { Position } from './parts.ts';
import { splitItems } from './split.ts';

/**
 * Byte for byte, except in JSON and in YAML lists that aren't in kubectl's own layout: those are
 * written anew.
 * @returns the file's new text, or undefined when nothing would be left in it
 * @throws ReleasesError FILE where the object can't be taken out safely
 */
export function withoutObject(text: string, path: string, at: Position): string | undefined {
  if (at.fixed)
    throw new ReleasesError('FILE', `nothing can safely be taken out of ${printable(path)}`, {
      why: ['it is damaged, or not laid out as kubectl prints it'],
      hints: ['mend the file, or take the record out of it by hand'],
    });
  const rest = isJson(path) ? withoutJsonItem(text, at) : withoutYaml(text, at);
  return rest === undefined || isEmpty(rest) ? undefined : rest;
}

function withoutJsonItem(text: string, { item }: Position): string | undefined {
  if (item === undefined) return undefined;
  const plain = text.replace(/^\ufeff/, '');
  const list = parseJson(Buffer.from(plain), fileJsonLimits(text.length)) as { items: Json[] };
  if (list.items.length === 1) return undefined;
  list.items.splice(item, 1);
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '';
  return `${withDigits(list, indent)}${text.endsWith('\n') ? '\n' : ''}`;
}

/** JSON.stringify, which knows no number but its own: the digits of others are put in afterwards. */
function withDigits(value: Json, indent: string): string {
  const mark = randomUUID();
  const text = JSON.stringify(
    value,
    (_, one: Json) =>
      one instanceof JsonNumber ? `${mark}${one.text}` : Object.is(one, -0) ? `${mark}-0` : one,
    indent,
  );
  return text.replaceAll(new RegExp(`"${mark}([^"]*)"`, 'g'), '$1');
}

function withoutYaml(text: string, { document, span, item }: Position): string {
  const bom = text.startsWith('\ufeff') ? '\ufeff' : '';
  const plain = text.slice(bom.length);
  if (!document)
    throw new ReleasesError('FILE', 'the file has YAML directives or document ends', {
      hints: ['take the record out of it by hand'],
    });
  const cut = ({ start, end }: { start: number; end: number }, put = '') =>
    bom + plain.slice(0, start) + put + plain.slice(end);
  if (item === undefined) return cut(document);
  if (span) {
    const left = (splitItems(plain, document)?.items.length ?? 1) - 1;
    return left > 0 ? cut(span) : cut(document);
  }
  const options = { logLevel: 'silent', intAsBigInt: true } as const;
  const parsed = parseDocument(plain.slice(document.start, document.end), options);
  parsed.deleteIn(['items', item]);
  const left = (parsed.toJS() as { items: unknown[] }).items.length;
  return left > 0 ? cut(document, parsed.toString({ lineWidth: 0 })) : cut(document);
}

/** Nothing but comments and document marks. */
function isEmpty(text: string): boolean {
  return /^(?:\ufeff)?(?:[ \t]*(?:#.*)?\r?\n|---[ \t]*\r?\n)*(?:---[ \t]*|[ \t]*(?:#.*)?)$/.test(
    text,
  );
}
