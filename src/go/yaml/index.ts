/**
 * YAML as Helm reads it. Helm 2 went through ghodss/yaml and gopkg.in/yaml.v2, Helm 3 goes through
 * sigs.k8s.io/yaml with the same yaml.v2 inside; no JavaScript parser's schema does quite that.
 *
 * The way of a text: `cursor` → `scanner` (tokens) → `parser` (nodes) → `decode` (Go values, with
 * `resolve` for scalars) → `jsonable` (JSON).
 */
import { UnreadableError } from '../../errors.ts';
import type { Json, JsonObject } from '../../json.ts';
import { type Source, YamlError } from './cursor.ts';
import { decodeNode } from './decode.ts';
import { type Target, toJson } from './jsonable.ts';
import { parseFirst } from './parser.ts';

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

/** Of a text that was stored as UTF-8: a mark at its start is still there. */
export function sourceOf(text: string): Source {
  const marked = text.startsWith('\ufeff');
  return marked
    ? { text: text.slice(1), encoding: 'UTF-8 with mark' }
    : { text, encoding: 'UTF-8' };
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
