/** One YAML object from text, bounded, with errors that quote nothing of the text. */
import { parseDocument } from 'yaml';
import { UnreadableError } from '../../errors.ts';
import { isBase64, isFields } from '../objects.ts';
import { checkYaml } from './yamlBounds.ts';

/** Shorter texts could be something else in YAML, a number for one. */
const minPayload = 200;
const standIn = 'payload-left-out-while-parsing';
/** Aliases that one document may expand to. Dumps hold none, GitOps files a few. */
const maxAliasCount = 100;
/** An alias without an anchor, or too many of them. */
export const badAliases = 'its YAML has aliases that lead nowhere, or too many';

/**
 * @param firstLine where the text begins in its file, for messages
 * @throws UnreadableError
 */
export function parseYaml(text: string, firstLine: number): unknown {
  // Parsing the payload as YAML would take most of the time. It's put back only where the parser
  // finds the stand-in as a whole value, so the shortcut can't change what is read.
  const payload = payloadLine(text);
  if (payload && !text.includes(standIn)) {
    const { start, end } = payload;
    const value = parseAll(text.slice(0, start) + standIn + text.slice(end), firstLine);
    if (putBack(value, text.slice(start, end))) return value;
  }
  return parseAll(text, firstLine);
}

/**
 * A record's payload that stands on one line: by far the most of a manifest, and nothing that YAML
 * has a say in, as base64 that decodes and encodes to itself is plain text.
 */
function payloadLine(text: string): { start: number; end: number } | undefined {
  const key = text.indexOf(' release: ');
  if (key < 0 || text.slice(text.lastIndexOf('\n', key) + 1, key).trim() !== '') return undefined;
  const start = key + ' release: '.length;
  const line = text.indexOf('\n', start);
  const stop = line < 0 ? text.length : line;
  const end = text[stop - 1] === '\r' ? stop - 1 : stop;
  if (end - start < minPayload || !isBase64(text.slice(start, end))) return undefined;
  return { start, end };
}

function putBack(value: unknown, payload: string): boolean {
  if (!isFields(value)) return false;
  for (const field of ['data', 'stringData', 'binaryData']) {
    const map = value[field] as { release?: unknown } | undefined;
    if (isFields(map) && map.release === standIn) {
      (map as { release: unknown }).release = payload;
      return true;
    }
  }
  return false;
}

function parseAll(text: string, firstLine: number): unknown {
  const beyond = checkYaml(text);
  if (beyond !== undefined) throw new UnreadableError(`its YAML ${beyond.replace(/^it /, '')}`);
  try {
    // 1.1's schema would read some plain texts as other types than kubectl's own YAML does.
    const document = parseDocument(text, { logLevel: 'silent', prettyErrors: true });
    const [error] = document.errors;
    if (error) {
      const line = firstLine - 1 + (error.linePos?.[0].line ?? 1);
      throw new UnreadableError(`it is not valid YAML at line ${line}`);
    }
    return document.toJS({ maxAliasCount });
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    // A ReferenceError for aliases without an anchor or without end, a RangeError for endless nesting.
    throw new UnreadableError(
      error instanceof ReferenceError ? badAliases : 'its YAML nests too deep',
    );
  }
}
