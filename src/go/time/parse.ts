/**
 * Go's time.Parse for the few layouts that YAML and JSON use. It's laxer than RFC 3339: some fields
 * may have one digit, a comma may stand before the fraction, and offsets reach 24:60.
 */

/** Days of the month, as Go's `daysIn`. */
function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** 0001-1-1, with or without a time of day; T or t needs a zone, a space forbids one. */
const yamlTime =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2}))|(?: +([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?))?$/;

/** Whether Go's yaml.v2 takes a text for a time. */
export function parseYamlTime(text: string): boolean {
  const parts = yamlTime.exec(text);
  if (parts === null) return false;
  const [, year, month, day, h1, m1, s1, zone = 'Z', h2, m2, s2] = parts;
  return (
    isDate(Number(year), Number(month), Number(day)) &&
    isClock(Number(h1 ?? h2 ?? 0), Number(m1 ?? m2 ?? 0), Number(s1 ?? s2 ?? 0)) &&
    isZone(zone)
  );
}

function isDate(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function isClock(hour: number, minute: number, second: number): boolean {
  return hour < 24 && minute < 60 && second < 60;
}

function isZone(zone: string): boolean {
  return zone === 'Z' || (Number(zone.slice(1, 3)) <= 24 && Number(zone.slice(4)) <= 60);
}

const jsonTime =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(Z|[-+][0-9]{2}:[0-9]{2})$/;

/** Whether Go's `Time.UnmarshalJSON` reads a text. */
export function isJsonTime(text: string): boolean {
  const [, year, month, day, hour, minute, second, , zone = 'Z'] = jsonTime.exec(text) ?? [];
  return (
    year !== undefined &&
    isDate(Number(year), Number(month), Number(day)) &&
    isClock(Number(hour), Number(minute), Number(second)) &&
    isZone(zone)
  );
}

/**
 * Reads a time as Go's `Time.UnmarshalJSON` does and writes it as `Time.MarshalJSON` does: its own
 * offset kept (`Z` for zero), at most nine fractional digits, none of them trailing zeros.
 * @returns undefined for what Go can't read, or reads and then can't write
 */
export function normalizeTime(text: string): string | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] =
    jsonTime.exec(text) ?? [];
  const offset = offsetOf(zone);
  if (!isJsonTime(text) || offset === undefined) return undefined;
  const digits = fraction.slice(0, 9).replace(/0+$/, '');
  const clock = `${(hour ?? '').padStart(2, '0')}:${minute}:${second}`;
  return `${year}-${month}-${day}T${clock}${digits === '' ? '' : `.${digits}`}${offset}`;
}

/** `+05:60` is `+06:00`; a day and more can't be written. */
function offsetOf(zone: string): string | undefined {
  if (zone === 'Z') return 'Z';
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  if (minutes === 0) return 'Z';
  if (minutes >= 24 * 60) return undefined;
  const two = (n: number) => String(n).padStart(2, '0');
  return `${zone.charAt(0)}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
