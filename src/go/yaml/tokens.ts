/** What the scanner makes of the text. The words are those of the YAML 1.1 specification. */
export type TokenKind =
  | 'stream start'
  | 'stream end'
  | 'version directive'
  | 'tag directive'
  | 'document start'
  | 'document end'
  | 'block sequence start'
  | 'block mapping start'
  | 'block end'
  | 'flow sequence start'
  | 'flow sequence end'
  | 'flow mapping start'
  | 'flow mapping end'
  | 'block entry'
  | 'flow entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  readonly kind: TokenKind;
  /** Starts at 0. */
  readonly line: number;
  /** A scalar's value, an anchor's or alias's name, a tag's handle, a %YAML directive's `1.1`. */
  readonly text: string;
  /** A tag's suffix or a %TAG directive's prefix. */
  readonly more: string;
  /** Undefined for all but scalars. */
  readonly style: ScalarStyle | undefined;
  /** Where it begins and ends in the text under the scanner, in UTF-16 units; set by the scanner. */
  start: number;
  end: number;
}

/** How a scalar is written down. */
export type ScalarStyle = 'plain' | 'single-quoted' | 'double-quoted' | 'literal' | 'folded';

/** @param at where it stands, for what has a length of its own set `end` too */
export function token(
  kind: TokenKind,
  line: number,
  at: number,
  text = '',
  more = '',
  style?: ScalarStyle,
): Token {
  return { kind, line, text, more, style, start: at, end: at };
}
