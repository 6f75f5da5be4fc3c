/**
 * What a record still holds of subcharts that aren't in it: the objects that were rendered from them.
 * Helm names the template each came from, so they can be put where the template was.
 */
import type { Release } from '../../release.ts';

/** By the path below the chart: `charts/db/templates/db.yaml`. */
export type FrozenFiles = ReadonlyMap<string, string>;

/** Helm writes this line before every document: pkg/action/action.go, `renderResources`. */
const source = /^# Source: ([^\n]*)\n/;

/** Templates that render to the objects of the release's subcharts as they were, and to nothing else. */
export function frozenSubcharts({ manifest, hooks, revision }: Release): FrozenFiles {
  const documents = new Map<string, string[]>();
  const add = (path: string, text: string) => {
    const below = path.slice(path.indexOf('/') + 1);
    if (!below.startsWith('charts/')) return;
    const there = documents.get(below);
    if (there) there.push(text);
    else documents.set(below, [text]);
  };
  for (const part of manifest.split(/^---[ \t]*\n/m)) {
    const path = source.exec(part)?.[1];
    if (path !== undefined) add(path, part.replace(source, ''));
  }
  for (const hook of hooks) add(hook.path, `${hook.manifest}\n`);
  const comment = `{{- /* As rendered in revision ${revision}: the template is not in the record. */ -}}\n`;
  return new Map(
    [...documents].map(([path, texts]) => [path, comment + texts.map(literal).join('---\n')]),
  );
}

/** Text that a template engine gives back as it is. */
function literal(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}
