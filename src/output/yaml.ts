/**
 * YAML as Helm prints it (sigs.k8s.io/yaml): keys sorted, lists not indented. What is printed must
 * read back to the same values in Go's readers, in YAML 1.1 and in YAML 1.2, so a text is quoted
 * wherever any of them would take it for something else.
 */
import { Document, Pair, Scalar, type ScalarTag, type Tags, YAMLMap, YAMLSeq } from 'yaml';
import { isList } from '../codecs/gojson.ts';
import type { Json } from '../release.ts';

/**
 * A YAML document with its line end. Numbers must be finite.
 * @param order of keys: as Helm prints them, or as they come
 */
export function toYaml(value: Json, order: 'sorted' | 'given' = 'sorted'): string {
  // The core schema and YAML 1.1 beside it: a text that either reads as another type is quoted.
  const customTags = (tags: Tags) => [numberTag, ...tags];
  const document = new Document(null, { schema: 'core', compat: 'yaml-1.1', customTags });
  document.contents = node(value, order);
  // Such characters are only ever inside double quotes, where an escape means the same.
  return document.toString({ lineWidth: 0, indentSeq: false }).replace(rawInQuotes, escaped);
}

/** Numbers take the way they take in Helm: written as JSON, read as YAML, written as YAML by Go. */
const numberTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => typeof value === 'number',
  // A tag without a test loses against those of the schema.
  test: /^-?[0-9.]+(e[-+][0-9]+)?$/,
  resolve: Number,
  stringify: ({ value }) => yamlNumber(Number(value)),
};

/** What fits a 64-bit integer has all its digits; the rest is Go's `%g`: exponents from 1e+06 on. */
export function yamlNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 64) return String(value);
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Nodes are built by hand, so that equal values get no anchors and `__proto__` is a key like any. */
function node(value: Json, order: 'sorted' | 'given'): Scalar | YAMLMap | YAMLSeq {
  if (typeof value === 'string') return scalar(value);
  if (value === null || typeof value !== 'object') return new Scalar(value);
  if (isList(value)) {
    const list = new YAMLSeq();
    list.items = value.map((item) => node(item, order));
    return list;
  }
  const map = new YAMLMap<Scalar, Scalar | YAMLMap | YAMLSeq>();
  const entries = Object.entries(value);
  if (order === 'sorted') entries.sort(([a], [b]) => naturalOrder(a, b));
  map.items = entries.map(([key, item]) => new Pair(scalar(key, true), node(item, order)));
  return map;
}

function scalar(text: string, key = false): Scalar {
  const made = new Scalar(text);
  const lines = text.includes('\n');
  if (lines && !key && literal.test(text) && !unprintable.test(text))
    made.type = Scalar.BLOCK_LITERAL;
  else if (lines || unprintable.test(text) || looksTyped(text)) made.type = Scalar.QUOTE_DOUBLE;
  return made;
}

/** Several lines that a literal block holds without an indentation indicator. */
const literal = /^[^\s]/;
/**
 * What YAML calls not printable, the line breaks that only YAML 1.1 knows, tabs, and what would turn
 * the direction of a terminal's text.
 */
const unprintable =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]/u;

/** What JSON's quotes leave as it is, of the same kinds. */
const rawInQuotes = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * Text that some reader takes for a number, a time, a merge or a null: Go's strconv knows more
 * spellings of numbers than any schema (`0X1F`, `-0o7`, `1_0`), so what begins like one is quoted,
 * except a version such as 1.2.3, which nobody reads as a number.
 */
function looksTyped(text: string): boolean {
  if (text === '<<' || text === '=' || text === '~') return true;
  if (/^\d+\.\d+\.[\w.-]*$/.test(text)) return false;
  return /^[-+]?\.?[0-9][0-9a-fA-FxXoObBpP_.:,eE+-]*$/.test(text) || /^\d{4}-\d/.test(text);
}

/** Digits or a letter, as Go's unicode package has them. */
const [digit, letter] = [/^\p{Nd}$/u, /^\p{L}$/u];

/**
 * The order of go-yaml's map keys (its sorter.go): by character, but runs of digits by their number
 * (`a2` before `a10`), and a letter after anything that is none.
 */
export function naturalOrder(a: string, b: string): number {
  const [as, bs] = [[...a], [...b]];
  const length = Math.min(as.length, bs.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [as[i] ?? '', bs[i] ?? ''];
    if (x === y) continue;
    const [xl, yl] = [letter.test(x), letter.test(y)];
    if (xl && yl) return compare(x, y);
    if (xl !== yl) return xl ? 1 : -1;
    // A zero after another digit isn't a leading one: it counts as if a 1 stood before it.
    const one = (x === '0' || y === '0') && insideNumber(as, i) ? '1' : '';
    const [xn, yn] = [digits(as, i), digits(bs, i)];
    const difference = Number(one + xn) - Number(one + yn);
    if (difference !== 0) return difference;
    if (xn.length !== yn.length) return xn.length - yn.length;
    return compare(x, y);
  }
  return as.length - bs.length;
}

function digits(chars: readonly string[], from: number): string {
  let end = from;
  while (end < chars.length && digit.test(chars[end] ?? '')) end += 1;
  return chars.slice(from, end).join('');
}

function insideNumber(chars: readonly string[], at: number): boolean {
  for (let j = at - 1; j >= 0 && digit.test(chars[j] ?? ''); j--) if (chars[j] !== '0') return true;
  return false;
}

function compare(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}
