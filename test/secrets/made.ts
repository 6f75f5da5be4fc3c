/**
 * Made-up texts, the same at every run. Keys are put together from parts when the tests run: no scanner of a
 * forge takes this folder for one that has leaked.
 */
const alphabets = {
  hex: '0123456789abcdef',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  base32: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  lower: 'abcdefghijklmnopqrstuvwxyz',
  digits: '0123456789',
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  lowerDigits: 'abcdefghijklmnopqrstuvwxyz0123456789',
  upperDigits: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
} as const;

export type Alphabet = keyof typeof alphabets;

/** Of one seed comes one sequence: the generator is mulberry32. */
export interface Maker {
  /** From 0 to below `end`. */
  int(end: number): number;
  pick<T>(items: readonly T[]): T;
  /** Begins with a letter where the alphabet has one, and has each kind of character where it is long enough. */
  text(alphabet: Alphabet, length: number): string;
}

export function maker(seed: number): Maker {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (end: number) => Math.floor(next() * end);
  const pick = <T>(items: readonly T[]): T => items[int(items.length)] as T;
  const text = (alphabet: Alphabet, length: number): string => {
    const all = [...alphabets[alphabet]];
    const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(alphabets[alphabet]));
    for (;;) {
      const made = Array.from({ length }, () => pick(all)).join('');
      if (length < 12 || kinds.every((kind) => kind.test(made))) return made;
    }
  };
  return { int, pick, text };
}

export interface Secret {
  readonly kind: string;
  /** What goes by the name is the whole of it. */
  readonly value: string;
  /** What of it nobody may see. */
  readonly secret: string;
  /** What tells it, where its looks don't: the name of a value, in one of the usual spellings. */
  readonly name?: string;
}

export interface Harmless {
  readonly kind: string;
  readonly name: string;
  readonly value: string;
}
