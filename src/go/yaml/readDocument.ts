/** One document of a manifest, as sigs.k8s.io/yaml reads it for kubectl and Helm. */
import { UnreadableError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { kubeNumbers } from '../json/write.ts';
import { BeyondBudget, type Budget, TooDeep } from './budget.ts';
import { YamlError } from './cursor.ts';
import { decodeNode } from './decode.ts';
import { type Piece, textOf } from './documents.ts';
import { sourceOf } from './index.ts';
import { toExactJson } from './jsonable.ts';
import { type Node, parseFirst } from './parser.ts';

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
