/** Typed reading of a kubeconfig's mappings. */
import { dirname, resolve } from 'node:path';
import { printable, ReleasesError } from '../errors.ts';

/** Reads typed fields from one mapping of a kubeconfig file, and says which field is wrong. */
export class Fields {
  readonly value: { readonly [key: string]: unknown };

  readonly #file: string;
  readonly #where: string;

  constructor(file: string, value: unknown, where = '') {
    this.#file = file;
    this.#where = where;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#wrong(where || 'the file', 'a mapping');
    this.value = value as { readonly [key: string]: unknown };
  }

  text(key: string): string | undefined {
    const value = this.value[key];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'object') throw this.#wrong(this.#name(key), 'a text');
    if (typeof value !== 'string') throw this.#wrong(this.#name(key), 'a text, in quotes');
    return value;
  }

  path(key: string): string | undefined {
    const value = this.text(key);
    return value === undefined ? undefined : this.resolve(value);
  }

  /** Whole, so that a plugin in the folder that the program was started in isn't one of the PATH. */
  resolve(path: string): string {
    return resolve(dirname(this.#file), path);
  }

  /** Base64 of at least a byte, as Go reads it: with its padding, and with line breaks anywhere. */
  base64(key: string): string | undefined {
    const text = this.text(key)?.replace(/[\r\n]/g, '');
    if (!text) return undefined;
    if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text))
      throw this.#wrong(this.#name(key), 'base64');
    return text;
  }

  /** Where it is given, it is this word. */
  oneOf(key: string, word: string): void {
    if ((this.text(key) ?? word) !== word) throw this.#wrong(this.#name(key), word);
  }

  flag(key: string): boolean {
    const value = this.value[key];
    if (value === undefined || value === null) return false;
    if (typeof value !== 'boolean') throw this.#wrong(this.#name(key), 'true or false');
    return value;
  }

  child(key: string): Fields | undefined {
    const value = this.value[key];
    if (value === undefined || value === null) return undefined;
    return new Fields(this.#file, value, this.#name(key));
  }

  list(key: string): Fields[] {
    const value = this.value[key];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw this.#wrong(this.#name(key), 'a list');
    return value.map((entry, i) => new Fields(this.#file, entry, `${this.#name(key)}[${i}]`));
  }

  texts(key: string): string[] | undefined {
    const value = this.value[key];
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string'))
      throw this.#wrong(this.#name(key), 'a list of texts');
    return value as string[];
  }

  textMap(): { [key: string]: string } {
    return Object.fromEntries(Object.keys(this.value).map((key) => [key, this.text(key) ?? '']));
  }

  textLists(): { [key: string]: readonly string[] } {
    return Object.fromEntries(Object.keys(this.value).map((key) => [key, this.texts(key) ?? []]));
  }

  /**
   * Kubeconfig's lists of `{name, KIND: {…}}`. An entry without its mapping is an empty one, and one without a
   * name has an empty one; a name that comes twice is refused, since nobody can tell which is meant.
   */
  *named(key: string, kind: string): Iterable<readonly [string, Fields]> {
    const seen = new Set<string>();
    for (const entry of this.list(key)) {
      const name = entry.text('name') ?? '';
      if (seen.has(name))
        throw this.#wrong(`${entry.#where}.name`, 'there once, and is there twice');
      seen.add(name);
      yield [name, entry.child(kind) ?? new Fields(this.#file, {}, entry.#where)];
    }
  }

  optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
    return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
  }

  #name(key: string): string {
    return this.#where ? `${this.#where}.${key}` : key;
  }

  #wrong(what: string, want: string): ReleasesError {
    return new ReleasesError('KUBECONFIG', `can't use the kubeconfig ${printable(this.#file)}`, {
      why: [`${printable(what)} must be ${want}`],
    });
  }
}
