/** Takes one object out of a manifest file's text and leaves the rest as it is. */
import { parseDocument } from 'yaml';
import { printable, ReleasesError } from '../../errors.ts';
import { jsonListText, readJsonList } from './jsonList.ts';
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
  const list = readJsonList(text);
  if (list.items.length === 1) return undefined;
  list.items.splice(item, 1);
  return jsonListText(list, text);
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
