/** Times as Helm's tables print them. They stay text all the way: a Date would lose nanoseconds. */
import type { Time } from '../release.ts';

const shape = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-]\d\d):(\d\d))$/;
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'],
  ...['Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
] as const;

/** Nothing was ever deployed at Go's zero time. */
export function isZeroTime(time: Time | undefined): boolean {
  return !time || /^0001-01-01T00:00:00(\.0+)?([Zz]|[+-]00:00)$/.test(time);
}

/**
 * `2026-11-20 18:04:11.123456789 +0000 UTC`: Go's `Time.String`, which `helm list` prints. A time
 * with another offset carries it twice, as Go prints one without a zone name. Text that isn't a
 * time is returned as it is; no time is `-`.
 */
export function listTime(time: Time | undefined): string {
  if (time === undefined || isZeroTime(time)) return '-';
  const parts = shape.exec(time);
  if (!parts) return time;
  const [, year, month, day, clock, fraction = ''] = parts;
  const tail = fraction.slice(0, 9).replace(/0+$/, '');
  return `${year}-${month}-${day} ${clock}${tail && `.${tail}`} ${zone(parts[6], parts[7])}`;
}

function zone(hours = '+00', minutes = '00'): string {
  const offset = `${hours}${minutes}`;
  return /^[+-]0000$/.test(offset) ? '+0000 UTC' : `${offset} ${offset}`;
}

/** `Fri Nov 20 18:04:11 2026`: Go's ANSIC layout, which `helm history` prints; no time is `-`. */
export function historyTime(time: Time | undefined): string {
  if (time === undefined || isZeroTime(time)) return '-';
  const parts = shape.exec(time);
  if (!parts) return time;
  const [, year = '', month = '', day = '', clock] = parts;
  const weekday = days[new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDay()];
  return `${weekday} ${months[Number(month) - 1]} ${String(Number(day)).padStart(2)} ${clock} ${year}`;
}

/** RFC 3339 without a fraction, as `helm get metadata` prints DEPLOYED_AT. */
export function metadataTime(time: Time | undefined): string {
  if (!time) return '0001-01-01T00:00:00Z';
  return time.replace(/\.\d+/, '').replace(/[+-]00:00$/, 'Z');
}
