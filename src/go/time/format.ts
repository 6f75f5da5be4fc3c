/** Times as Helm's tables print them. They stay text all the way: a Date would lose nanoseconds. */
import { localZone, type ZoneNames } from './zone.ts';

const shape = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;
const days = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
] as const;

/** Go's `Time.String` and `time.ANSIC`. */
const stringLayout = '2006-01-02 15:04:05.999999999 -0700 MST';
const ansic = 'Mon Jan _2 15:04:05 2006';

/** Nothing was ever deployed at Go's zero time. */
export function isZeroTime(time: string | undefined): boolean {
  return !time || /^0001-01-01T00:00:00(\.0+)?([Zz]|[+-]00:00)$/.test(time);
}

/**
 * `2026-11-20 18:04:11.123456789 +0000 UTC`: Go's `Time.String`, which `helm list` prints, or another
 * layout of Go's. Text that isn't a time is returned as it is; no time is `-`.
 */
export function listTime(time: string | undefined, layout = stringLayout): string {
  return time === undefined || isZeroTime(time) ? '-' : goFormat(time, layout);
}

/** `2026-11-20 18:04:11 UTC`, or `+0200` where it is written in another zone; no time is `-`. */
export function tableTime(time: string | undefined): string {
  const isUTC = /([Zz]|[+-]00:00)$/.test(time ?? '');
  return listTime(time, `2006-01-02 15:04:05 ${isUTC ? 'UTC' : '-0700'}`);
}

/** `Fri Nov 20 18:04:11 2026`: Go's ANSIC layout, which `helm history` prints; no time is `-`. */
export function historyTime(time: string | undefined): string {
  return listTime(time, ansic);
}

/** RFC 3339 without a fraction, as `helm get metadata` prints DEPLOYED_AT. */
export function metadataTime(time: string | undefined): string {
  if (!time) return '0001-01-01T00:00:00Z';
  return time.replace(/\.\d+/, '').replace(/[+-]00:00$/, 'Z');
}

/** Milliseconds since 1970, whole seconds alone, by which Helm sorts; undefined for no time. */
export function seconds(time: string | undefined): number | undefined {
  if (time === undefined || isZeroTime(time)) return undefined;
  const moment = Date.parse(time);
  return Number.isNaN(moment) ? undefined : Math.floor(moment / 1000) * 1000;
}

/** What Go takes for a part of a date in a layout: `nextStdChunk` in its time package. */
const chunks =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|__2|_2(?!006)|2|3|4|5|PM|pm|[-Z]07(?:00(?:00)?|:00(?::00)?)?|[.,](?:0+|9+)(?![0-9])/g;

let zoneNames: ZoneNames | undefined;

/**
 * A time in a layout of Go's: `2006-01-02 15:04`.
 * @param names of the machine's zone, for `MST`
 */
export function goFormat(time: string, layout: string, names?: ZoneNames): string {
  const parts = shape.exec(time);
  if (!parts) return time;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] =
    parts;
  const zone = parts[8]?.toUpperCase() ?? 'Z';
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  const weekday = days[date.getUTCDay()] ?? '';
  const monthName = months[Number(month) - 1] ?? '';
  const dayOfYear = (date.getTime() - Date.parse(`${year}-01-01T00:00:00Z`)) / 86_400_000 + 1;
  const hour12 = String(Number(hour) % 12 || 12);
  const values: { readonly [chunk: string]: string } = {
    January: monthName,
    Jan: monthName.slice(0, 3),
    Monday: weekday,
    Mon: weekday.slice(0, 3),
    '2006': year,
    '06': year.slice(2),
    '01': month,
    '1': String(Number(month)),
    '02': day,
    _2: String(Number(day)).padStart(2),
    '2': String(Number(day)),
    '002': String(dayOfYear).padStart(3, '0'),
    __2: String(dayOfYear).padStart(3),
    '15': hour,
    '03': hour12.padStart(2, '0'),
    '3': hour12,
    '04': minute,
    '4': String(Number(minute)),
    '05': second,
    '5': String(Number(second)),
    PM: Number(hour) >= 12 ? 'PM' : 'AM',
    pm: Number(hour) >= 12 ? 'pm' : 'am',
  };
  return layout.replace(chunks, (chunk) => {
    if (chunk === 'MST') return zoneName(time, zone, names);
    if (/^[.,]/.test(chunk)) return fractionIn(chunk, fraction);
    if (/^[-Z]07/.test(chunk)) return offsetIn(chunk, zone);
    return values[chunk] ?? chunk;
  });
}

function zoneName(time: string, zone: string, names: ZoneNames | undefined): string {
  if (zone === 'Z') return 'UTC';
  const [hours, minutes] = zone.split(':').map(Number);
  const offset = (Math.abs(hours ?? 0) * 60 + (minutes ?? 0)) * (zone.startsWith('-') ? -1 : 1);
  zoneNames ??= localZone(process.env.TZ);
  // Go prints the offset again where it knows no name.
  return (names ?? zoneNames)(Date.parse(time), offset) ?? zone.replace(':', '');
}

function offsetIn(chunk: string, zone: string): string {
  if (zone === 'Z' && chunk.startsWith('Z')) return 'Z';
  const [sign, hours, minutes] =
    zone === 'Z' ? ['+', '00', '00'] : [zone[0], zone.slice(1, 3), zone.slice(4)];
  const colon = chunk.includes(':') ? ':' : '';
  const count = chunk.replace(/[^0-9]/g, '').length / 2;
  return `${sign}${[hours, minutes, '00'].slice(0, count).join(colon)}`;
}

/** Zeros keep their number of digits, nines lose the zeros at the end, and all of it for none. */
function fractionIn(chunk: string, fraction: string): string {
  const digits = fraction.slice(0, chunk.length - 1).padEnd(chunk.length - 1, '0');
  if (chunk[1] === '0') return chunk[0] + digits;
  const shortened = digits.replace(/0+$/, '');
  return shortened === '' ? '' : chunk[0] + shortened;
}
