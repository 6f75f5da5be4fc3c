/** How many values a diff hides, and where: in words for a note, and as data. */
import { printable } from '../../errors.ts';
import type { HiddenPlace } from '../../inspect/diff/hiddenPlaces.ts';
import { changeTitle } from '../../inspect/diff/objects.ts';
import type { JsonObject } from '../../json.ts';
import { pathText } from './fields.ts';

/** More places than this are counted. */
const mostNamed = 6;

/** `hid 3 values: Secret/db data.password, ConfigMap/app data.url, values db.password`. Safe to print. */
export function hiddenWords(places: readonly HiddenPlace[]): string {
  const named = places.slice(0, mostNamed).map(placeText);
  const more = places.length - named.length;
  const count = places.length === 1 ? '1 value' : `${places.length} values`;
  return `hid ${count}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export function hiddenData(places: readonly HiddenPlace[]): readonly JsonObject[] {
  return places.map((place) => ({
    in: titleOf(place),
    ...(place.path && { path: pathText(place.path) }),
  }));
}

function placeText(place: HiddenPlace): string {
  return place.path ? `${titleOf(place)} ${pathText(place.path)}` : titleOf(place);
}

function titleOf({ part, object, name }: HiddenPlace): string {
  if (object) return changeTitle(object);
  return part === 'file' ? `chart file ${printable(name ?? '', 120)}` : part;
}
