/** What a list says of rows that look alike. */
import type { ReleaseRow } from '../inspect/rows.ts';
import type { Format } from './templates/format.ts';
import { note } from './terminal/errors.ts';
import type { IO } from './terminal/io.ts';

/** A release of Helm 3 or 4 that lies in several places has a row for each, and no column says so. */
export function noteTwice(
  rows: readonly ReleaseRow[],
  format: Format,
  io: Pick<IO, 'stderr'>,
): void {
  if (!['table', 'name'].includes(format.is)) return;
  const places = new Map<string, Set<string>>();
  for (const { context, namespace, name, helm, storage } of rows) {
    if (helm === undefined || helm === 2) continue;
    const id = JSON.stringify([context, namespace, name]);
    places.set(id, (places.get(id) ?? new Set()).add(storage));
  }
  const several = [...places.values()].filter(({ size }) => size > 1).length;
  if (several === 0) return;
  const are = several === 1 ? '1 release is' : `${several} releases are`;
  note(io, `${are} in more than one place; -o wide shows where`);
}
