/**
 * JSON of records, bounded before anything is built, and with all its digits. JSON.parse does the work
 * wherever its numbers are those of the text; where it would change some, or where an object has a
 * member twice, the text is read once more here.
 */
import { UnreadableError } from '../../errors.ts';
import { type Json, JsonNumber, type JsonObject } from '../../json.ts';
import { isPlainNumber, type JsonLimits, jsonLimits, scanJson } from './bounds.ts';

type Member = readonly [name: string, value: Json];

/** The members of an object that has some of them twice. */
const repeated = new WeakMap<JsonObject, readonly Member[]>();

/**
 * @param data UTF-8; other bytes become U+FFFD, as in Go
 * @throws UnreadableError for what is no JSON, or too much of it. It quotes nothing
 */
export function parseJson(data: Uint8Array, limits: JsonLimits = jsonLimits): Json {
  const { plain, members } = scanJson(data, limits);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(data);
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    // JSON.parse quotes its input in the message, and the input may be a secret.
    throw new UnreadableError('its JSON is damaged');
  }
  return plain && members === membersIn(json) ? json : readAgain(text);
}

/**
 * The same with JavaScript's numbers, for what is made of the text and not of them; where an object has a
 * member twice, with all digits.
 * @throws SyntaxError as JSON.parse does, which quotes the text
 * @throws UnreadableError beyond the limits
 */
export function parseKeeping(text: string, limits: JsonLimits = jsonLimits): Json {
  const { members } = scanJson(Buffer.from(text), limits);
  const json = JSON.parse(text) as Json;
  return members === membersIn(json) ? json : readAgain(text);
}

/**
 * What an object's text says, in its order: a name that comes twice is there twice. Of these, the object
 * itself has the last one.
 * @returns undefined where none does
 */
export function repeatedMembers(object: JsonObject): readonly Member[] | undefined {
  return repeated.get(object);
}

/** What JSON.parse has kept, without a copy of it: most of a record's reading is this and JSON.parse. */
function membersIn(json: Json): number {
  if (typeof json !== 'object' || json === null) return 0;
  let count = 0;
  if (Array.isArray(json)) {
    for (const item of json as readonly Json[])
      if (typeof item === 'object') count += membersIn(item);
    return count;
  }
  const object = json as JsonObject;
  for (const name in object) {
    count += 1;
    const value = object[name];
    if (typeof value === 'object') count += membersIn(value);
  }
  return count;
}

/** @param text sound JSON, and not too deep */
function readAgain(text: string): Json {
  let at = 0;
  const space = (): void => {
    while (text.charCodeAt(at) <= 0x20) at += 1;
  };
  /** Behind the next sign; the caller knows which one it is. */
  const sign = (): string => {
    space();
    at += 1;
    return text[at - 1] ?? '';
  };
  const isNext = (wanted: string): boolean => {
    space();
    return text[at] === wanted;
  };

  function value(): Json {
    space();
    const char = text[at];
    if (char === '{') return object();
    if (char === '[') return list();
    if (char === '"') return string();
    const start = at;
    word.lastIndex = at;
    word.test(text);
    at = word.lastIndex;
    const found = text.slice(start, at);
    if (char !== '-' && !(char !== undefined && char >= '0' && char <= '9'))
      return JSON.parse(found) as Json;
    return jsonNumber(found);
  }

  function string(): string {
    const start = at;
    at += 1;
    for (let code = text.charCodeAt(at); code !== 0x22; code = text.charCodeAt(at))
      at += code === 0x5c ? 2 : 1;
    at += 1;
    return JSON.parse(text.slice(start, at)) as string;
  }

  function list(): Json {
    const items: Json[] = [];
    sign();
    if (isNext(']')) sign();
    else {
      do items.push(value());
      while (sign() === ',');
    }
    return items;
  }

  function object(): JsonObject {
    const members: Member[] = [];
    sign();
    if (isNext('}')) sign();
    else {
      do {
        space();
        const name = string();
        sign();
        members.push([name, value()]);
      } while (sign() === ',');
    }
    const json = Object.fromEntries(members);
    if (Object.keys(json).length < members.length) repeated.set(json, members);
    return json;
  }

  return value();
}

const word = /[-+.\w]*/y;

/** @param text a number by JSON's grammar */
export function jsonNumber(text: string): number | JsonNumber {
  return isPlainNumber(text) ? Number(text) : new JsonNumber(text);
}
