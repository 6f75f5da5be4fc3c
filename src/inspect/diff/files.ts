/** A chart's files beside those of another: templates and all others, by their paths. */
import type { Chart, File } from '../../release.ts';

export interface FileChange {
  readonly change: 'added' | 'removed' | 'changed';
  /** As the record has it: hostile until `printable`. */
  readonly name: string;
  readonly before?: Uint8Array;
  readonly after?: Uint8Array;
}

/** Subcharts that the record holds (Helm 2) are below `charts/NAME/`. */
export function compareFiles(a: Chart | undefined, b: Chart | undefined): FileChange[] {
  const [before, after] = [filesOf(a), filesOf(b)];
  const changes: FileChange[] = [];
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [x, y] = [before.get(name), after.get(name)];
    if (x && y) {
      if (!Buffer.from(x).equals(y)) changes.push({ change: 'changed', name, before: x, after: y });
    } else if (x) changes.push({ change: 'removed', name, before: x });
    else if (y) changes.push({ change: 'added', name, after: y });
  }
  return changes;
}

function filesOf(chart: Chart | undefined, folder = ''): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const add = ({ name, data }: Pick<File, 'name' | 'data'>) =>
    files.set(`${folder}${name}`, data ?? new Uint8Array());
  for (const file of [...(chart?.templates ?? []), ...(chart?.files ?? [])]) add(file);
  if (chart?.schema) add({ name: 'values.schema.json', data: chart.schema });
  for (const [at, one] of (chart?.dependencies ?? []).entries()) {
    const below = `${folder}charts/${one.metadata?.name ?? at}/`;
    for (const [name, data] of filesOf(one, below)) files.set(name, data);
  }
  return files;
}
