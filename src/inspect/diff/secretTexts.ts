/**
 * Texts that are secret because of where else they stand, or of what they look like: what a Secret holds is
 * in the values that it was made from, too, and in the notes, a ConfigMap or a hook.
 */

import { withoutSecrets } from '../../secretShapes.ts';
import { isCommon, withoutRandom } from './plainTexts.ts';
import { withoutNamed } from './secretNames.ts';
import { escapedRun, spelled, spellingOf, unescaped } from './spellings.ts';

export const hidden = '(hidden)';

/** A text this long is also found inside of longer ones, whatever stands around it. */
const anywhere = 8;
/** A shorter one, down to this, where it stands by itself: `password: hunt3`. */
const asWord = 4;

/** Turns what is secret in a text into `(hidden)`. */
export type Conceal = (text: string) => string;

/**
 * @param secrets every text that is hidden somewhere, as it stands there
 * @param alone those of which only the very same text is hidden: within others they are words like any
 */
export function concealing(secrets: Iterable<string>, alone: Iterable<string> = []): Conceal {
  const texts = [...secrets];
  const others = [...alone].filter((text) => text.trim().length >= anywhere);
  const plain = [...new Set(texts.flatMap((text) => [text, text.trim()]))].filter(Boolean);
  const encoded = new Set(texts.flatMap(inBase64));
  const byLength = (a: string, b: string) => b.length - a.length;
  const telling = plain.filter((text) => !isCommon(text));
  const codes = new Set(telling.flatMap(inBase64));
  const inside = [...telling, ...codes].filter((text) => text.length >= anywhere).sort(byLength);
  const whole = new Set(
    [...plain, ...encoded, ...others.flatMap((text) => [text, text.trim(), ...inBase64(text)])]
      .filter((text) => text.length >= anywhere || !isCommon(text))
      .map((text) => text.toLowerCase()),
  );
  const found = [...new Set(telling.map((text) => text.trim()))]
    .filter((text) => text.length >= anywhere)
    .sort(byLength)
    .flatMap((text) => spellingOf(text) ?? []);
  const short = telling
    .filter((text) => text.length >= asWord && text.length < anywhere)
    .sort(byLength);
  const words = short.length > 0 ? standingAlone(short) : undefined;
  const patterns = new Map<string, RegExp>();
  const all = texts.join('\0');
  const known = new Map<string, string>();

  function conceal(text: string): string {
    let shown = known.get(text);
    if (shown === undefined) {
      shown = isSecret(text) ? hidden : within(text, 2);
      known.set(text, shown);
    }
    return shown;
  }

  function isSecret(text: string): boolean {
    if (whole.has(text.toLowerCase()) || whole.has(text.trim().toLowerCase())) return true;
    if (isPartOf(text, all)) return true;
    const inner = fromBase64(text);
    return inner !== undefined && within(inner, 1) !== inner;
  }

  /** @param layers how often base64 in base64 is looked into */
  function within(text: string, layers: number): string {
    let shown = text;
    for (const form of inside) if (shown.includes(form)) shown = shown.replaceAll(form, hidden);
    const letters = shown.toLowerCase();
    for (const { anchors, pattern } of found) {
      if (!anchors.every((anchor) => letters.includes(anchor))) continue;
      const one = patterns.get(pattern) ?? new RegExp(pattern, 'gi');
      patterns.set(pattern, one);
      shown = shown.replace(one, hidden);
    }
    if (words) shown = shown.replace(words, hidden);
    shown = shown.replace(letIn, (both, code) =>
      basicPasswords(both).length > 0 ? both.replace(code, () => hidden) : both,
    );
    shown = withoutNamed(withoutSecrets(shown, hidden), hidden);
    shown = withoutRandom(shown, hidden, (run) => fromBase64(run) !== undefined);
    if (layers === 0) return shown;
    shown = shown.replace(escapedRun, (run) => {
      const inner = unescaped(run);
      if (inner === run || inner.length < asWord) return run;
      const known = whole.has(inner.toLowerCase()) || within(inner, layers - 1) !== inner;
      return known ? hidden : run;
    });
    return shown.replace(/[A-Za-z0-9+/_-]{8,}={0,2}/g, (run) => {
      const inner = fromBase64(run);
      return inner !== undefined && within(inner, layers - 1) !== inner ? hidden : run;
    });
  }
  return conceal;
}

/** As it is written in base64, alone, and that in a URL. */
function inBase64(text: string): readonly string[] {
  if (text.trim() === '') return [];
  return [Buffer.from(text), Buffer.from(text.trim())].flatMap((one) => {
    const base64 = one.toString('base64');
    const bare = base64.replace(/=+$/, '');
    return [base64, bare, one.toString('base64url'), encodeURIComponent(bare)];
  });
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

const letIn =
  /(?:\bauth\\{0,15}["']?\s{0,20}[:=]\s{0,20}\\{0,15}["']?|\bbasic\s{1,20})([A-Za-z0-9+/_-]{4,4096}={0,2})/gi;

/**
 * The passwords that stand in base64 behind a user's name: `auth` of a registry (`.dockerconfigjson`), and
 * `Basic` of a header.
 */
export function basicPasswords(text: string): string[] {
  return [...text.matchAll(letIn)].flatMap(([, code = '']) => {
    const [, both = '', password = ''] = /^([^:]*:(.*))$/s.exec(fromBase64(code) ?? '') ?? [];
    return [both, password].filter((one) => one.length >= asWord);
  });
}

const edge = String.raw`[\s"'\`=:,;@()<>\[\]{}&?|]`;

function standingAlone(texts: readonly string[]): RegExp {
  const any = texts.map(spelled).join('|');
  return new RegExp(`(?<=^|${edge})(?:${any})(?=$|${edge}|[.!](?:\\s|$))`, 'gi');
}

/** Whether a Secret's file, say, holds it as a word. */
function isPartOf(text: string, all: string): boolean {
  if (text.length < anywhere || text.includes('\n')) return false;
  // Of words alone are images, hosts and labels, too.
  if (isCommon(text) || /^[a-z]+(?:[ ./_:-]+[a-z]+)*$/.test(text)) return false;
  const inWord = /\w/;
  for (let at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1))
    if (!inWord.test(all[at - 1] ?? '') && !inWord.test(all[at + text.length] ?? '')) return true;
  return false;
}
