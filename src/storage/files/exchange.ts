/** Puts one object in the place of another in a manifest file's text, and leaves the rest as it is. */
import { stringify } from 'yaml';
import type { JsonObject } from '../../json.ts';
import type { Fields } from '../objects.ts';
import { jsonListText, readJsonList } from './jsonList.ts';
import { isJson } from './manifests.ts';
import type { Position } from './parts.ts';
import { withoutObject } from './remove.ts';

/**
 * A file has the one or the other when its text is exchanged at once. In YAML that has more than this
 * object the new one is a document of its own, at the end.
 * @throws ReleasesError FILE where the object can't be taken out safely
 */
export function withObject(text: string, path: string, at: Position, object: Fields): string {
  const rest = withoutObject(text, path, at);
  if (!isJson(path)) return rest === undefined ? manifestText(object) : after(rest, object);
  if (rest === undefined) return `${JSON.stringify(object, null, 2)}\n`;
  const list = readJsonList(rest);
  list.items.splice(at.item ?? list.items.length, 0, object as JsonObject);
  return jsonListText(list, rest);
}

/** An object as a manifest of its own. What YAML 1.1 would read otherwise is quoted. */
export function manifestText(object: Fields): string {
  return stringify(object, { lineWidth: 0, compat: 'yaml-1.1' });
}

function after(rest: string, object: Fields): string {
  return `${rest}${rest.endsWith('\n') ? '' : '\n'}---\n${manifestText(object)}`;
}
