/**
 * Go's `FormatFloat(f, 'g', -1, 32)`: the fewest digits that a float32 needs. YAML's converters use
 * it, of all formats, for floats that become keys or strings.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

export function formatFloat32(number: number): string {
  const single = Math.fround(number);
  if (Number.isNaN(single)) return 'NaN';
  if (!Number.isFinite(single)) return single > 0 ? '+Inf' : '-Inf';
  if (single === 0) return Object.is(single, -0) ? '-0' : '0';
  const [mantissa = '', power = ''] = shortest(single).split('e');
  const exponent = Number(power);
  // The shortest form has an exponent below -4 and from 6 on, of at least two digits.
  if (exponent >= -4 && exponent < 6) return String(Number(`${mantissa}e${power}`));
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** In the form of toExponential. Nine digits are always enough. */
function shortest(single: number): string {
  const power = isPowerOfTwo(single);
  for (let precision = 1; precision < 9; precision++) {
    const near = single.toExponential(precision - 1);
    // Half way between two, the even one; but upwards for powers of two, apart from a single one.
    if (reads(near, single))
      return power && Math.abs(single) !== 2 ** -54 ? near : even(near, single);
    // Below a power of two the floats lie closer together: the next above may do where it fails.
    const above = bump(near);
    if (power && reads(above, single)) return above;
  }
  return single.toExponential(8);
}

function reads(text: string, single: number): boolean {
  return Math.fround(Number(text)) === single;
}

function isPowerOfTwo(single: number): boolean {
  float[0] = single;
  const [raw = 0] = bits;
  return (raw & 0x7fffff) === 0 && (raw & 0x7f800000) !== 0;
}

/** toExponential rounds upwards half way between two. */
function even(text: string, single: number): string {
  const [mantissa = '', power = ''] = text.split('e');
  const last = Number(mantissa.slice(-1));
  const digits = mantissa.replace(/[-.]/g, '').length;
  const finer = single.toExponential(digits);
  const halfWay = finer.includes('5e') && Number(finer) === single;
  return halfWay && last % 2 === 1 ? `${mantissa.slice(0, -1)}${last - 1}e${power}` : text;
}

/** One more (away from zero) in the last place. */
function bump(text: string): string {
  const [mantissa = '', power = ''] = text.split('e');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  const scaled = `${sign}${Number(digits) + 1}e${Number(power) - digits.length + 1}`;
  return Number(scaled).toExponential(digits.length - 1);
}
