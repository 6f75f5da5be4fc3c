/** A parsed Go template. */
import type { GoValue } from './values.ts';

export type Node =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'print'; readonly pipe: Pipe }
  | {
      readonly is: 'range' | 'if' | 'with';
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | { readonly is: 'template'; readonly name: string; readonly pipe: Pipe | undefined }
  | { readonly is: 'break' | 'continue' };

/** Each command's result is the last argument of the next. */
export interface Pipe {
  /** `$x`, or two of a range, with their dollar. */
  readonly variables: readonly string[];
  /** `=` and not `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** What it is of, and its arguments. */
export type Command = readonly [Operand, ...Operand[]];

export type Operand = {
  /** As it was written, for messages. */
  readonly text: string;
} & (
  | { readonly is: 'dot' | 'nil' }
  | { readonly is: 'constant'; readonly value: GoValue }
  | { readonly is: 'function'; readonly name: string }
  /** `.a.b` */
  | { readonly is: 'field'; readonly path: readonly string[] }
  /** `$x.a.b` */
  | { readonly is: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly is: 'pipe'; readonly pipe: Pipe }
  /** `(…).a.b` */
  | { readonly is: 'chain'; readonly from: Operand; readonly path: readonly string[] }
);

/** The main template, and those that it defines, by name. */
export interface Trees {
  readonly main: readonly Node[];
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}
