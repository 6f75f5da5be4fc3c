/**
 * The ways to read JSON that has a member twice. Parsers keep one of the two, and not all the same one:
 * what the other says must not be lost, and whose record it is may stand in either.
 */

import { repeatedMembers } from '../../go/json/read.ts';
import type { Json, JsonObject } from '../../json.ts';
import { isFields } from '../objects.ts';

/** Of a member that is there more often, the rest is told by no reading; all of them are refused. */
const maxReadings = 8;

/** @returns the value alone where no object in it has a member twice */
export function readingsOf(value: unknown): readonly unknown[] {
  const most = Math.min(mostRepeats(value), maxReadings);
  return most === 1 ? [value] : Array.from({ length: most }, (_, nth) => readingOf(value, nth));
}

/** The same of the object's own members, whatever is in them. */
export function framesOf(value: unknown): readonly unknown[] {
  const members = membersOf(value);
  if (!members) return [value];
  const most = Math.min(repeats(members), maxReadings);
  return Array.from({ length: most }, (_, nth) => pick(members, nth, (member) => member));
}

type Members = NonNullable<ReturnType<typeof repeatedMembers>>;

function membersOf(value: unknown): Members | undefined {
  return isFields(value) ? repeatedMembers(value as JsonObject) : undefined;
}

function repeats(members: Members): number {
  const counts = new Map<string, number>();
  for (const [name] of members) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts.values()].reduce((most, count) => Math.max(most, count), 1);
}

function mostRepeats(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const members = membersOf(value);
  let most = members ? repeats(members) : 1;
  const inner: readonly unknown[] = members
    ? members.map(([, member]) => member)
    : Object.values(value);
  for (const one of inner) most = Math.max(most, mostRepeats(one));
  return most;
}

/** With the nth of each member, or its last where there are fewer. */
function readingOf(value: unknown, nth: number): unknown {
  if (Array.isArray(value)) return value.map((one) => readingOf(one, nth));
  if (!isFields(value)) return value;
  const members = membersOf(value) ?? (Object.entries(value) as Members);
  return pick(members, nth, (member) => readingOf(member, nth) as Json);
}

function pick(members: Members, nth: number, read: (member: Json) => Json): JsonObject {
  const found = new Map<string, { value: Json; count: number }>();
  for (const [name, value] of members) {
    const count = (found.get(name)?.count ?? 0) + 1;
    if (count <= nth + 1) found.set(name, { value, count });
    else found.set(name, { value: found.get(name)?.value ?? value, count });
  }
  return Object.fromEntries([...found].map(([name, { value }]) => [name, read(value)]));
}
