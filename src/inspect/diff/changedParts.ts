/** Whether what is hidden in a text is the same on the other side, or another: told without a digest of it. */
import { hidden } from './secretTexts.ts';

const runs = /(?:\(hidden\))+/g;

/**
 * @param word what stands for a part that the other side doesn't have hidden, too
 * @returns what is shown of `text` beside `other`
 */
export function markChanged(
  text: string,
  other: string,
  conceal: (text: string) => string,
  word: string,
): string {
  const [shown, otherShown] = [conceal(text), conceal(other)];
  // Beside a text of which nothing is hidden nobody takes it for the same.
  if (text === other || shown === text || otherShown === other) return shown;
  const [mine, theirs] = [hiddenParts(text, shown), hiddenParts(other, otherShown)];
  const marked = mark(shown, mine, theirs, word);
  // The same parts in another order, say: that the texts differ is to be seen.
  if (!marked.includes(word) && marked === mark(otherShown, theirs, mine, word))
    return shown.replace(runs, word);
  return marked;
}

function mark(shown: string, mine: readonly string[], theirs: readonly string[], word: string) {
  const known = new Set(theirs);
  let at = 0;
  return shown.replace(runs, () => {
    const part = mine[at++];
    return part === undefined || known.has(part) ? hidden : word;
  });
}

/** What stood where something is hidden, in order. The first fit is taken, as in a file's pattern with stars. */
function hiddenParts(text: string, shown: string): string[] {
  const stays = shown.split(runs);
  const parts: string[] = [];
  let from = stays[0]?.length ?? 0;
  for (const [at, stay] of stays.entries()) {
    if (at === 0) continue;
    const last = at === stays.length - 1;
    const to = last ? text.length - stay.length : text.indexOf(stay, from);
    parts.push(text.slice(from, Math.max(from, to)));
    from = Math.max(from, to) + stay.length;
  }
  return parts;
}
