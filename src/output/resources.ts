/** The live objects of a release, below RESOURCES in `status`: kubectl's tables, one a kind. */
import stringWidth from 'string-width';
import { printable } from '../errors.ts';
import { isList, isObject } from '../go/json/write.ts';
import type { Json, JsonObject } from '../json.ts';
import { forbiddenNote, type LiveObject } from '../objects/live.ts';
import { objectTitle } from '../objects/manifest.ts';
import { groupName, type Resources } from '../objects/resources.ts';
import { table } from './terminal/table.ts';

/** helm's key for the pods of workloads. */
const relatedPods = 'v1/Pod(related)';

/** Live objects as helm's data has them: lists by version and kind. */
export function resourcesObject({ objects, pods }: Resources): JsonObject {
  const found = objects.flatMap((one) =>
    one.is === 'there' ? [[groupName(one), one.live] as const] : [],
  );
  return grouped([...found, ...pods.map((pod) => [relatedPods, pod] as const)]);
}

/**
 * The same as text, from tables; '' for none. What isn't there comes last, which helm leaves out.
 * @param exact helm's lines and no others
 * @param width cells to fit into; undefined for a pipe, and where helm's lines are wanted
 */
export function resourcesText(live: Resources, exact: boolean, width?: number): string {
  const groups = grouped([
    ...live.objects.flatMap((one) =>
      one.is === 'there' ? [[groupName(one), one.live] as const] : [],
    ),
    ...live.pods.map((pod) => [relatedPods, pod] as const),
  ]);
  let columns = '';
  const parts = Object.entries(groups).map(([group, tables]) => {
    const lines = list(tables).map((one) => {
      const header = JSON.stringify(child(one, 'columnDefinitions') ?? null);
      const text = tableText(one, header !== columns, width);
      if (text !== '') columns = header;
      return text;
    });
    return `==> ${printable(group)}\n${lines.join('')}\n`;
  });
  return [...parts, ...(exact ? [] : notThere(live))].join('');
}

function whyNot(one: LiveObject): string | undefined {
  switch (one.is) {
    case 'there':
      return undefined;
    case 'missing':
      return 'missing';
    case 'unserved':
      return 'of a kind that the server does not know';
    case 'forbidden':
      return forbiddenNote(one.place);
  }
}

function notThere({ objects }: Resources): string[] {
  const titles = new Map<string, string[]>();
  for (const one of objects) {
    const reason = whyNot(one);
    if (reason === undefined) continue;
    titles.set(reason, [...(titles.get(reason) ?? []), objectTitle(one.object)]);
  }
  return [...titles].sort().map(([reason, lines]) => `==> ${reason}\n${lines.join('\n')}\n\n`);
}

function grouped(entries: readonly (readonly [string, JsonObject])[]): {
  readonly [group: string]: readonly JsonObject[];
} {
  const groups = new Map<string, JsonObject[]>();
  for (const [group, object] of entries) {
    const known = groups.get(group);
    if (known) known.push(object);
    else groups.set(group, [object]);
  }
  return Object.fromEntries(groups);
}

/** meta.k8s.io/v1 Table as kubectl prints it: three spaces between columns, wide ones left out. */
function tableText(kubeTable: Json, headers: boolean, room?: number): string {
  const columns = list(child(kubeTable, 'columnDefinitions'));
  const shown = columns.flatMap((column, i) => (child(column, 'priority') ? [] : [i]));
  const rows = list(child(kubeTable, 'rows')).map((row) => {
    const cells = list(child(row, 'cells'));
    return shown.map((i) => cellText(cells[i]));
  });
  if (rows.length === 0) return '';
  const head = shown.map((i) => cellText(child(columns[i], 'name')).toUpperCase());
  const lines = headers ? [head, ...rows] : rows;
  const widths = head.map((_, i) => Math.max(...lines.map((line) => stringWidth(line[i] ?? ''))));
  const texts = lines.map((line) => {
    const cells = line.map((cell, i) => {
      const width = Math.max((widths[i] ?? 0) + 3, 6);
      return i === line.length - 1 ? cell : cell + ' '.repeat(width - stringWidth(cell));
    });
    return `${cells.join('')}\n`;
  });
  if (room === undefined || texts.every((text) => stringWidth(text.trimEnd()) <= room))
    return texts.join('');
  const narrow = head.map((header, i) => ({
    header,
    cell: (row: readonly string[]) => row[i] ?? '',
  }));
  return table(narrow, rows, { headers, width: room });
}

function cellText(cell: Json | undefined): string {
  if (cell === null || cell === undefined) return '<none>';
  return printable(
    typeof cell === 'string' ? cell : JSON.stringify(cell),
    Number.POSITIVE_INFINITY,
  );
}

function list(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function child(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) ? value[key] : undefined;
}
