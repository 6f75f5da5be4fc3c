/**
 * Rows that come one after the other, as `kubectl get --watch` prints them: lines below a table whose
 * columns keep their widths, or one document for each change.
 */

import { helmStructYaml } from '../../go/yaml/write.ts';
import type { ReleaseRow } from '../../inspect/rows.ts';
import { structLine } from '../helm/json.ts';
import {
  columnsOf,
  type Layout,
  nameLine,
  type Printer,
  seenIn,
  templateItem,
} from '../releases.ts';
import { templateText } from '../templates/templates.ts';
import { type IO, tableWidth } from './io.ts';
import { table } from './table.ts';
import { writeText } from './text.ts';

export interface ChangesLayout extends Layout {
  /** Names only. */
  readonly short?: boolean;
  /** The first rows only measure the columns. */
  readonly changesOnly: boolean;
}

/**
 * What is seen of a row, as one text. Helm writes records anew without changing anything but a label with
 * the time: that is no change to show.
 */
export function lookOf({ format }: Layout, by: Printer): (row: ReleaseRow) => string {
  const seen = (row: ReleaseRow) => {
    if (format.is === 'jsonpath' || format.is === 'custom-columns') return templateItem(row, by);
    const { helm, storage, size } = row;
    return format.is === 'wide' ? { ...by.object(row), helm, storage, size } : by.object(row);
  };
  return (row) => JSON.stringify(seen(row));
}

/** Takes what is there at first, then what has changed, each time it did. */
export type Changes = (rows: readonly ReleaseRow[]) => void;

export function openChanges(given: ChangesLayout, by: Printer, io: IO): Changes {
  const layout = { ...given, watched: true };
  const { format, changesOnly } = layout;
  const taken = new Map<string, number>();
  let isFirst = true;
  let documents = 0;

  function data(row: ReleaseRow): void {
    const value = layout.short ? row.name : { ...by.object(row), ...seenIn(row) };
    if (format.is === 'json') writeText(structLine(value), io);
    else if (format.is === 'yaml')
      writeText(`${documents > 0 ? '---\n' : ''}${helmStructYaml(value)}`, io);
    else if (layout.short || format.is === 'name') writeText(nameLine(row, by), io);
    else if (format.is === 'jsonpath') {
      const item = templateItem(row, by);
      // kubectl begins with the object, and our own list with `items`: both find it.
      const root = { ...item, items: [item] };
      writeText(templateText(format, { items: [], headers: false, root }, io), io);
    }
    documents += 1;
  }

  function lines(rows: readonly ReleaseRow[], headers: boolean): string {
    if (format.is !== 'custom-columns')
      return table(columnsOf(layout, by), rows, { headers, width: tableWidth(io.stdout), taken });
    const items = rows.map((row) => templateItem(row, by));
    return templateText(format, { items, headers, taken }, io);
  }

  const isTable = ['table', 'wide', 'custom-columns'].includes(format.is) && !layout.short;
  return (come) => {
    const first = isFirst;
    isFirst = false;
    const seen = new Date().toISOString();
    const rows = come.map((row) => ({ ...row, seen }));
    if (!isTable) {
      if (!first || !changesOnly) for (const row of rows) data(row);
      return;
    }
    const text = lines(rows, first && layout.headers);
    const header = layout.headers ? text.slice(0, text.indexOf('\n') + 1) : '';
    io.stdout.write(first && changesOnly ? header : text);
  };
}
