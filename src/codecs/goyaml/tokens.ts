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
  /** A scalar without quotes that isn't a block scalar. */
  readonly plain: boolean;
}

export function token(kind: TokenKind, line: number, text = '', more = '', plain = false): Token {
  return { kind, line, text, more, plain };
}
