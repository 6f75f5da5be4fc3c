/** The objects in JSON text. */
import { isReleasesError } from '../../errors.ts';
import { fileJsonLimits } from '../../go/json/bounds.ts';
import { parseKeeping } from '../../go/json/read.ts';
import { isFields } from '../objects.ts';
import { listParts, type Part } from './parts.ts';
import { salvageJson } from './salvageJson.ts';

/** @param lineOf a line number for an offset that only grows, or starts anew */
export function* jsonParts(text: string, lineOf: (offset: number) => number): Iterable<Part> {
  let value: unknown;
  try {
    value = parseManifests(text);
  } catch (error) {
    if (isReleasesError(error, 'UNREADABLE')) {
      yield { at: { fixed: true }, source: '', unreadable: error.message };
      return;
    }
    if (text.trim() === '') return;
    const salvaged = damagedJson(text, lineOf);
    if (salvaged) yield* salvaged;
    else {
      const wrong = positionIn(error);
      const where = wrong === undefined ? endIn(error) : ` at line ${lineOf(wrong)}`;
      yield { at: { fixed: true }, source: text, unreadable: `it is not valid JSON${where}` };
    }
    return;
  }
  const document = { start: 0, end: text.length };
  yield* listParts(value, { at: { document } }, (item) => JSON.stringify(item));
}

/**
 * What has a member twice is known for it: see `readings.ts`.
 * @throws SyntaxError as JSON.parse does
 * @throws UnreadableError for more than is read here, before anything is built of it
 */
export function parseManifests(text: string): unknown {
  return parseKeeping(text, fileJsonLimits(text.length));
}

/** @returns the parts of a list that isn't sound, or undefined for what isn't a list */
export function damagedJson(text: string, lineOf: (offset: number) => number): Part[] | undefined {
  const salvaged = salvageJson(text);
  if (!salvaged) return undefined;
  const { pieces, frame } = salvaged;
  const head = pieces[0]?.start ?? 0;
  const at = { fixed: true };
  const parts: Part[] = [];
  let listKind: unknown;
  try {
    const list = parseManifests(frame);
    listKind = isFields(list) ? list.kind : undefined;
  } catch (error) {
    const wrong = positionIn(error) ?? frame.length;
    const line = lineOf(wrong < head ? wrong : Math.max(0, wrong - frame.length + text.length));
    parts.push({ at, source: frame, unreadable: `it is not valid JSON at line ${line}` });
  }
  for (const { start, end, object, wrong } of pieces) {
    const source = text.slice(start, end);
    if (object !== undefined) {
      parts.push(...listParts(object, { at, listKind }, (item) => JSON.stringify(item)));
    } else {
      const cut = wrong === text.length ? ': it is cut off' : '';
      const unreadable = `it is not valid JSON at line ${lineOf(wrong ?? start)}${cut}`;
      parts.push({ at, source, unreadable });
    }
  }
  return parts;
}

/** Only the position is taken from the message: it quotes the text. */
function positionIn(error: unknown): number | undefined {
  const found = /at position ([0-9]+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return found === undefined ? undefined : Number(found);
}

function endIn(error: unknown): string {
  return /end of JSON/.test(String(error)) ? ': it is cut off' : '';
}
