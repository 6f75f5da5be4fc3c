/** Sizes for people. */

/** `512 bytes`, `22.1 KiB`, `1.3 MiB` */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const [value, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'KiB'] : [bytes / 1024 ** 2, 'MiB'];
  return `${value.toFixed(1)} ${unit}`;
}

/**
 * How long ago, as kubectl's AGE says it: the fewer units the longer it is (`HumanDuration` in
 * k8s.io/apimachinery, pkg/util/duration). `-` for what is no time.
 * @param time RFC 3339
 * @param now milliseconds
 */
export function age(time: string, now = Date.now()): string {
  const seconds = Math.floor((now - Date.parse(time)) / 1000);
  if (Number.isNaN(seconds)) return '-';
  if (seconds < 0) return '0s';
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  const [days, years] = [Math.floor(hours / 24), Math.floor(hours / 24 / 365)];
  const and = (large: number, word: string, small: number, rest: string): string =>
    `${large}${word}${small === 0 ? '' : `${small}${rest}`}`;
  if (minutes < 2) return `${seconds}s`;
  if (minutes < 10) return and(minutes, 'm', seconds % 60, 's');
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return and(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 24 * 8) return and(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return `${days}d`;
  return years < 8 ? and(years, 'y', days % 365, 'd') : `${years}y`;
}
