/** Times as text, because Go keeps nanoseconds and a JavaScript Date keeps milliseconds. */
import { UnreadableError } from '../../errors.ts';

/** Seconds since 1970 of 0001-01-01T00:00:00Z and of 10000-01-01T00:00:00Z: protobuf's range. */
const [firstSecond, endSecond] = [-62135596800n, 253402300800n];
const nanosPerSecond = 1_000_000_000;

/**
 * A protobuf Timestamp as Go's RFC3339Nano prints it in UTC: no trailing zeros in the fraction.
 * @throws UnreadableError outside years 1 to 9999, or with nanoseconds outside a second
 */
export function timeFromUnix(seconds: bigint, nanos: number): string {
  if (seconds < firstSecond || seconds >= endSecond)
    throw new UnreadableError('it holds a time outside the years 1 to 9999');
  if (nanos < 0 || nanos >= nanosPerSecond)
    throw new UnreadableError('it holds a time with nanoseconds out of range');
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '');
  return `${whole}${fraction && `.${fraction}`}Z`;
}

const rfc3339 = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/** The inverse, for any offset; undefined for text that is not RFC 3339. */
export function timeToUnix(time: string): { seconds: bigint; nanos: number } | undefined {
  const parts = rfc3339.exec(time);
  const millis = parts ? Date.parse(`${parts[1]}${parts[3]}`) : Number.NaN;
  if (Number.isNaN(millis)) return undefined;
  return {
    seconds: BigInt(Math.floor(millis / 1000)),
    nanos: Number((parts?.[2] ?? '').padEnd(9, '0')),
  };
}
