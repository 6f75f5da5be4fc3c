/** A flag in a help screen: what is typed, and what it means. */
import type { IO } from '../../output/terminal/io.ts';
import { definitions } from '../../output/terminal/wrap.ts';
import { aliasesOf, type Option, type OptionTable } from '../command.ts';

const ownGroup = 'Options:';

/** The command's own options first, then each group in the order of its first option. */
export function flagGroups(options: OptionTable, width: number): string[] {
  const found = new Map<string, [string, string][]>([[ownGroup, []]]);
  for (const [name, option] of Object.entries(options)) {
    const title = option.group ?? ownGroup;
    const rows = found.get(title) ?? [];
    rows.push([flagTerm(name, option), flagMeaning(option)]);
    found.set(title, rows);
  }
  return [...found].flatMap(([title, rows]) =>
    rows.length > 0 ? [`${title}\n${definitions(rows, width)}`] : [],
  );
}

/** `-o, --output VALUE`, with its other names. */
export function flagTerm(name: string, option: Option, shownValue = value(option)): string {
  const aliases = aliasesOf(option);
  const letter = aliases.find((alias) => alias.length === 1);
  const names = [name, ...aliases.filter((alias) => alias.length > 1)];
  const long = names.map((one) => `--${one}`).join(', ');
  return `${letter ? `-${letter}, ` : '    '}${long}${shownValue}`;
}

function value(option: Option): string {
  if (option.type === 'boolean') return '';
  if (option.choices && option.bare) return `[=${option.choices.join('|')}]`;
  if (option.choices) return ` ${option.choices.join('|')}`;
  return option.type === 'number' ? ' N' : ' VALUE';
}

export function flagMeaning(option: Option): string {
  const fallback = option.default === undefined ? '' : ` (default: ${option.default})`;
  return `${option.describe ?? ''}${fallback}`;
}

export function helpWidth(io: IO): number {
  return Math.min(io.stdout.columns ?? 100, 110);
}
