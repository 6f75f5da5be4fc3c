/** `-o jsonpath=` and `-o custom-columns=`, and sorting by a path, over a command's rows. */
import { printable, ReleasesError, typed } from '../../errors.ts';
import type { Json } from '../../release.ts';
import { type IO, tableWidth } from '../terminal/io.ts';
import { table } from '../terminal/table.ts';
import { writeText } from '../terminal/text.ts';
import { type Format, parsePath } from './format.ts';
import { compareFound, findJsonPath, renderJsonPath, showFound } from './jsonpath.ts';

export type TemplateFormat = Exclude<
  Format,
  { readonly is: 'table' | 'wide' | 'json' | 'yaml' | 'name' }
>;

export interface Templated {
  readonly items: readonly Json[];
  readonly headers: boolean;
  /** What a JSONPath starts from; absent: an object with the `items`, as in kubectl. */
  readonly root?: Json;
  /** Of columns: see `TableOptions`. */
  readonly taken?: Map<string, number> | undefined;
}

/** As in kubectl no line end follows what a JSONPath prints. */
export function printTemplate(format: TemplateFormat, rows: Templated, io: IO): void {
  writeText(templateText(format, rows, io), io);
}

export function templateText(
  format: TemplateFormat,
  { items, headers, root, taken }: Templated,
  io: Pick<IO, 'stdout'>,
): string {
  if (format.is === 'jsonpath') return renderJsonPath(format.template, root ?? { items });
  const columns = format.columns.map(({ header, template }) => ({
    header: printable(header),
    cell: (item: Json) => {
      const found = findJsonPath(template, item).filter((one) => one !== null);
      return found.map(columnText).join(',') || (found.length === 0 ? '<none>' : '');
    },
  }));
  return table(columns, items, { headers, width: tableWidth(io.stdout), taken });
}

/** Never cut, as in kubectl. */
function columnText(found: Json): string {
  return printable(showFound(found), Number.POSITIVE_INFINITY);
}

/**
 * Sorts by what a path finds in each item; those without it come first, as in kubectl.
 * @throws ReleasesError USAGE for what is no path, and for one that finds nothing in any item
 */
export async function sortedBy<T>(
  items: readonly T[],
  path: string,
  data: (item: T) => Json,
): Promise<T[]> {
  const template = await parsePath(path);
  const keyed = items.map((item) => ({ item, key: findJsonPath(template, data(item))[0] }));
  if (keyed.length > 0 && keyed.every(({ key }) => key === undefined))
    throw new ReleasesError('USAGE', `--sort-by ${typed(path, 60)} finds nothing in any row`, {
      hints: [
        '-o custom-columns=NAME:PATH  shows what a path finds; rows have .name, .updated, .size',
      ],
    });
  keyed.sort(({ key: a }, { key: b }) => {
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
    return compareFound(a, b);
  });
  return keyed.map(({ item }) => item);
}
