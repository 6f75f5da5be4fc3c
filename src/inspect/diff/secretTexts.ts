/**
 * Texts that are secret because of where else they stand, or of what they look like: what a Secret holds is
 * in the values that it was made from, too, and in the notes, a ConfigMap or a hook.
 */

import { withoutSecrets } from '../../secretShapes.ts';

export const hidden = '(hidden)';

/** A text this long is also found inside of longer ones, whatever stands around it. */
const anywhere = 8;
/** A shorter one, down to this, where it stands by itself: `password: hunt3`. */
const asWord = 4;

/** Turns what is secret in a text into `(hidden)`. */
export type Conceal = (text: string) => string;

/** @param secrets every text that is hidden somewhere, as it stands there */
export function concealing(secrets: Iterable<string>): Conceal {
  const texts = [...secrets];
  const whole = new Set(texts.flatMap(formsOf));
  const longest = [...whole].sort((a, b) => b.length - a.length);
  const inside = longest.filter((form) => form.length >= anywhere);
  const short = longest.filter((form) => form.length >= asWord && form.length < anywhere);
  const words = short.length > 0 ? standingAlone(short) : undefined;
  const all = texts.join('\0');
  const known = new Map<string, string>();

  function conceal(text: string): string {
    let shown = known.get(text);
    if (shown === undefined) {
      shown = isSecret(text) ? hidden : within(text);
      known.set(text, shown);
    }
    return shown;
  }

  function isSecret(text: string): boolean {
    if (whole.has(text) || whole.has(text.trim())) return true;
    if (isPartOf(text, all)) return true;
    const inner = fromBase64(text);
    return inner !== undefined && within(inner) !== inner;
  }

  function within(text: string): string {
    let shown = text;
    for (const form of inside) if (shown.includes(form)) shown = shown.replaceAll(form, hidden);
    if (words) shown = shown.replace(words, hidden);
    return withoutSecrets(shown, hidden);
  }
  return conceal;
}

/** As it is, and as it is written in base64, in a URL and in JSON. */
function formsOf(text: string): readonly string[] {
  const plain = text.trim();
  if (plain === '') return [];
  const bytes = Buffer.from(text);
  const base64 = [bytes, Buffer.from(plain)].flatMap((one) => [
    one.toString('base64'),
    one.toString('base64').replace(/=+$/, ''),
    one.toString('base64url'),
  ]);
  const inUrl = plain.isWellFormed() ? [encodeURIComponent(plain)] : [];
  return [text, plain, ...base64, ...inUrl, JSON.stringify(plain).slice(1, -1)];
}

/** @returns the text that base64 stands for, or undefined for what is none */
export function fromBase64(text: string): string | undefined {
  const plain = text.replace(/\s/g, '');
  if (plain.length < 4 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(plain)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(plain, 'base64'));
  } catch {
    return undefined;
  }
}

const edge = String.raw`[\s"'\`=:,;@()<>\[\]{}&?|]`;

function standingAlone(texts: readonly string[]): RegExp {
  const any = texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|');
  return new RegExp(`(?<=^|${edge})(?:${any})(?=$|${edge}|[.!](?:\\s|$))`, 'g');
}

/** Whether a Secret's file, say, holds it as a word. */
function isPartOf(text: string, all: string): boolean {
  if (text.length < anywhere || text.includes('\n')) return false;
  const inWord = /\w/;
  for (let at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1))
    if (!inWord.test(all[at - 1] ?? '') && !inWord.test(all[at + text.length] ?? '')) return true;
  return false;
}
