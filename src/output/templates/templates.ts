/** `-o jsonpath=` and `-o custom-columns=`, and sorting by a path, over a command's rows. */
import { printable, ReleasesError, typed } from '../../errors.ts';
import {
  findJsonPath,
  parsePath,
  renderJsonPath,
  type Template,
} from '../../go/jsonpath/jsonpath.ts';
import { compareFound } from '../../go/jsonpath/order.ts';
import { sprint } from '../../go/template/fmt.ts';
import type { Json } from '../../json.ts';
import { type IO, tableWidth } from '../terminal/io.ts';
import { table } from '../terminal/table.ts';
import { writeText } from '../terminal/text.ts';
import type { Format } from './format.ts';

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
    stays: true as const,
    cell: (item: Json) => columnText(template, item),
  }));
  return table(columns, items, { headers, width: tableWidth(io.stdout), taken });
}

/** All that a path finds, as Go's fmt prints it. Never cut, as in kubectl. */
export function columnText(template: Template, item: Json): string {
  const found = findJsonPath(template, item);
  const none = found[0] === undefined || found[0].length === 0 ? ['<none>'] : [];
  const texts = [...none, ...found.flat().map((one) => sprint([one]))];
  return printable(texts.join(','), Number.POSITIVE_INFINITY);
}

/**
 * Sorts by what a path finds first in each item; those without it come first (kubectl's pkg/cmd/get/sorter.go).
 * @throws ReleasesError USAGE for what is no path, for one that finds nothing in any item, and for values
 *   that have no order
 */
export function sortedBy<T>(items: readonly T[], path: string, data: (item: T) => Json): T[] {
  const template = parsePath(path);
  const keyed = items.map((item) => ({ item, key: findJsonPath(template, data(item))[0]?.[0] }));
  if (keyed.length > 0 && keyed.every(({ key }) => key === undefined))
    throw new ReleasesError('USAGE', `--sort-by ${typed(path, 60)} finds nothing in any row`, {
      hints: [
        '-o custom-columns=NAME:PATH  shows what a path finds; rows have .name, .updated, .size',
      ],
    });
  keyed.sort(({ key: a }, { key: b }) => {
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
    return compareFound(a, b, path);
  });
  return keyed.map(({ item }) => item);
}
