/** JSON values, with all the digits of their numbers. */

/**
 * A number as its JSON has it, where JavaScript would print other digits: `1234567890123456790`, `1.0`,
 * `1e3`. Every other number is a plain one.
 */
export class JsonNumber {
  /** By the grammar of JSON. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  /** What Go reads it as: the nearest float64, infinite where there is none. */
  get float(): number {
    return Number(this.text);
  }
}

/** Any JSON value. Objects may hold hostile keys (`__proto__`): never copy them key by key with `=`. */
export type Json = null | boolean | number | JsonNumber | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}
