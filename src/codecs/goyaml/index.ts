/**
 * YAML as Helm reads it. Helm 2 went through ghodss/yaml and gopkg.in/yaml.v2, Helm 3 goes through
 * sigs.k8s.io/yaml with the same yaml.v2 inside; no JavaScript parser's schema does quite that.
 *
 * The way of a text: `cursor` → `scanner` (tokens) → `parser` (nodes) → `decode` (Go values, with
 * `resolve` for scalars) → `jsonable` (JSON).
 */
import { UnreadableError } from '../../errors.ts';
import type { Json, JsonObject } from '../../release.ts';
import { kubeNumbers } from '../gojson.ts';
import { BeyondBudget, type Budget, TooDeep } from './budget.ts';
import { type Source, YamlError } from './cursor.ts';
import { decodeNode } from './decode.ts';
import { type Piece, textOf } from './documents.ts';
import { type Target, toExactJson, toJson } from './jsonable.ts';
import { type Node, parseFirst } from './parser.ts';

/**
 * Values as Helm 2's `chartutil.ReadValues` reads them: the first document, a mapping or nothing.
 * @returns an object without a prototype, and so are those inside; numbers are float64, with -0
 * @throws UnreadableError whose reason names a line where it can, and never quotes the text
 */
export function readValues(text: string): JsonObject {
  const values = refusing('the values are not YAML that Helm 2 reads', () =>
    readYaml(sourceOf(text)),
  );
  if (values === null) return Object.create(null);
  if (typeof values !== 'object' || Array.isArray(values))
    throw new UnreadableError('the values are not YAML that Helm 2 reads: they are not a mapping');
  return values as JsonObject;
}

/**
 * The first document of a text; null if there is none.
 * @param target what Go would decode into, where that changes how scalars are read
 * @throws YamlError, UnreadableError
 */
export function readYaml(source: Source, target: Target = 'any'): Json {
  return toJson(decodeNode(parseFirst(source)), target);
}

export interface ReadDocument {
  readonly json: Json;
  /** Where its parts stand, in `textOf` of its piece: of JSON that Go's YAML can't read, nowhere. */
  readonly node?: Node;
}
export interface RefusedDocument {
  /** Safe to print, no trailing full stop. */
  readonly reason: string;
  /** There is more of it than the budget allows. */
  readonly tooMuch: boolean;
}

/**
 * One of the documents that `cutDocuments` cuts, as sigs.k8s.io/yaml reads it: JSON, whose numbers keep the
 * digits that Kubernetes would read (whole numbers of 64 bits; others are float64).
 * @param nodes whether to keep where its parts stand
 */
export function readDocument(
  text: string,
  piece: Piece,
  budget: Budget,
  nodes = false,
): ReadDocument | RefusedDocument {
  if (piece.is === 'bad') return { reason: piece.reason, tooMuch: false };
  const lines = textOf(text, piece);
  if (piece.is === 'json') {
    const json = read(() => kubeNumbers(piece.json), lines);
    const node = nodes ? read(() => parseFirst(sourceOf(lines), budget), lines) : undefined;
    if (isRefusal(json)) return json;
    return { json, ...(node && !isRefusal(node) && { node }) };
  }
  if (isEmpty(lines)) return { json: null };
  const node = read(() => parseFirst(sourceOf(lines), budget), lines);
  if (isRefusal(node)) return node;
  const json = read(() => toExactJson(decodeNode(node, budget)), lines);
  if (isRefusal(json)) return json;
  return { json, ...(nodes && node && { node }) };
}

/** Nothing but comments, in plain characters, behind the line that begins it: most of what is empty. */
function isEmpty(lines: string): boolean {
  return !/[^\n -~]/.test(lines) && !/^ *[^ #\n]/m.test(lines.replace(/^---(?: .*)?\n/, ''));
}

function sourceOf(text: string): Source {
  // A mark at the start is still there: what was stored is the text as UTF-8.
  const marked = text.startsWith('\ufeff');
  return marked
    ? { text: text.slice(1), encoding: 'UTF-8 with mark' }
    : { text, encoding: 'UTF-8' };
}

class Refusal implements RefusedDocument {
  readonly reason: string;
  readonly tooMuch: boolean;

  constructor(reason: string, tooMuch = false) {
    this.reason = reason;
    this.tooMuch = tooMuch;
  }
}

function isRefusal(value: unknown): value is Refusal {
  return value instanceof Refusal;
}

function read<T>(stage: () => T, lines: string): T | Refusal {
  try {
    return stage();
  } catch (error) {
    if (error instanceof TooDeep) return new Refusal('it nests too deep');
    if (error instanceof BeyondBudget) return new Refusal(error.reason, true);
    if (error instanceof YamlError) {
      // Lines are counted from the `# Source:` comment that Helm puts first.
      const line = Math.max(1, error.line - (lines.startsWith('---') ? 1 : 0));
      return new Refusal(`it is not valid YAML at its line ${line}: ${error.reason}`);
    }
    if (error instanceof UnreadableError)
      return new Refusal(`it can not be JSON: ${error.message}`);
    throw error;
  }
}

/** Turns what the stages throw into one error with a safe reason. */
function refusing<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof YamlError || error instanceof UnreadableError)
      throw new UnreadableError(`${what}: ${error.message}`);
    throw error;
  }
}
