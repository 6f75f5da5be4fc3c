/** Floating-point numbers as Go's strconv.FormatFloat writes them. */

/** The digits of a number, `0.DIGITS × 10^point`. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/**
 * @param verb of `e`, `f` and `g`
 * @param precision undefined: as many digits as tell the number from every other
 */
export function goFloat(value: number, verb: 'e' | 'f' | 'g', precision?: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Inf' : '+Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  if (verb === 'e') return sign + exponential(digitsFor(magnitude, precision, 1), precision);
  if (verb === 'f') {
    const decimal =
      precision === undefined ? shortest(magnitude) : rounded(exact(magnitude), precision, true);
    return sign + fixed(decimal, precision ?? Math.max(0, decimal.digits.length - decimal.point));
  }
  const wanted = precision === 0 ? 1 : precision;
  const decimal = digitsFor(magnitude, wanted, 0);
  const { length } = decimal.digits;
  const exponent = magnitude === 0 ? 0 : decimal.point - 1;
  const limit =
    wanted === undefined ? 6 : wanted > length && length >= decimal.point ? length : wanted;
  if (exponent < -4 || exponent >= limit)
    return sign + exponential(decimal, Math.max(0, Math.min(wanted ?? length, length) - 1));
  return sign + fixed(decimal, Math.max(0, length - decimal.point));
}

function digitsFor(value: number, precision: number | undefined, more: number): Decimal {
  const decimal =
    precision === undefined ? shortest(value) : rounded(exact(value), precision + more, false);
  return more === 1 ? decimal : { ...decimal, digits: decimal.digits.replace(/0+$/, '') };
}

function shortest(value: number): Decimal {
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return value === 0
    ? { digits: '', point: 0 }
    : { digits: digits.replace('.', ''), point: Number(exponent) + 1 };
}

/** All digits: a double is a whole number times a power of two. */
function exact(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 };
  let whole = value;
  let shift = 0;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    shift += 1;
  }
  // 1/2^n is 5^n/10^n.
  const digits = (BigInt(whole) * 5n ** BigInt(shift)).toString();
  return { digits, point: digits.length - shift };
}

/** To a number of digits, or of those after the point; what lies in the middle goes to the even one. */
function rounded({ digits, point }: Decimal, count: number, afterPoint: boolean): Decimal {
  const kept = afterPoint ? point + count : count;
  if (kept >= digits.length) return { digits, point };
  if (kept < 0) return { digits: '', point };
  const head = digits.slice(0, kept);
  const tail = digits.slice(kept);
  const isMiddle = /^50*$/.test(tail);
  const odd = Number(head.at(-1) ?? 0) % 2 === 1;
  if (tail < '5' || (isMiddle && !odd)) return { digits: head, point };
  const up = (BigInt(head === '' ? 0 : head) + 1n).toString();
  return up.length > head.length
    ? { digits: up, point: point + 1 }
    : { digits: up.padStart(head.length, '0'), point };
}

function exponential({ digits, point }: Decimal, precision: number | undefined): string {
  const after = digits.slice(1).padEnd(precision ?? 0, '0');
  const exponent = digits === '' ? 0 : point - 1;
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits[0] ?? '0'}${after && `.${after}`}e${exponent < 0 ? '-' : '+'}${power}`;
}

function fixed({ digits, point }: Decimal, places: number): string {
  const all = digits.padEnd(Math.max(0, point), '0');
  const whole = point > 0 ? all.slice(0, point) : '0';
  const after = (point > 0 ? all.slice(point) : '0'.repeat(-point) + all).padEnd(places, '0');
  return places > 0 ? `${whole}.${after.slice(0, places)}` : whole;
}
