/**
 * Label selectors in kubectl's grammar, for records that no API server selects:
 * `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1,m<2`. It takes what the API server takes, with the same
 * meaning, and refuses what that refuses.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
import { printable, ReleasesError } from '../errors.ts';
import { isLabelName, isLabelValue } from '../names.ts';

type Labels = Readonly<{ [name: string]: string }>;

interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | '>' | '<';
  /** None for `exists` and `absent`, one for `>` and `<`. */
  readonly values: ReadonlySet<string>;
}

export interface LabelSelector {
  /** As it was given, for a server. */
  readonly text: string;
  /** All of them must hold; with none, everything is selected. */
  readonly requirements: readonly Requirement[];
}

/** @throws ReleasesError USAGE */
export function parseSelector(text: string): LabelSelector {
  const tokens = tokenize(text);
  const requirements: Requirement[] = [];
  const wrong = (why: string) =>
    new ReleasesError('USAGE', `"${printable(text, 120)}" is no label selector: ${why}`, {
      hints: ['for example: OWNER=TILLER,STATUS!=DELETED,NAME in (billing,search)'],
    });
  const take = () => tokens.shift();
  const takeWord = (what: string): string => {
    const token = take();
    if (token?.word === undefined) throw wrong(`${what} is missing ${beforeOf(token)}`);
    return token.word;
  };

  while (tokens.length > 0) {
    requirements.push(requirement());
    if (tokens.length === 0) break;
    const comma = take();
    if (comma?.sign !== ',') throw wrong(`a comma is missing ${beforeOf(comma)}`);
    if (tokens.length === 0) throw wrong('it ends with a comma');
  }
  return { text, requirements };

  function requirement(): Requirement {
    const absent = tokens[0]?.sign === '!';
    if (absent) take();
    const key = takeWord('a label');
    if (!isLabelName(key)) throw wrong(`${printable(key, 80)} is no label's name`);
    if (atEnd()) return { key, operator: absent ? 'absent' : 'exists', values: new Set() };
    const sign = take();
    const by = sign?.sign ?? sign?.word ?? '';
    if (absent) throw wrong('after ! stands a label alone');
    if (by === 'in' || by === 'notin') return { key, operator: by, values: list() };
    if (by === '>' || by === '<') {
      const value = checked(atEnd() ? '' : takeWord('a number'));
      if (integer(value) === undefined) throw wrong(`what follows ${by} must be a whole number`);
      return { key, operator: by, values: new Set([value]) };
    }
    if (by !== '=' && by !== '==' && by !== '!=')
      throw wrong(`an operator is missing ${beforeOf(sign)}`);
    const value = checked(atEnd() ? '' : takeWord('a value'));
    return { key, operator: by === '!=' ? 'notin' : 'in', values: new Set([value]) };
  }

  /** `(a,b)`; between two commas, beside one or in `()`, stands the empty text. */
  function list(): Set<string> {
    const open = take();
    if (open?.sign !== '(') throw wrong(`( is missing ${beforeOf(open)}`);
    const values = new Set<string>();
    for (;;) {
      const next = tokens[0];
      const empty = next?.sign === ',' || next?.sign === ')';
      values.add(checked(empty ? '' : takeWord('a value')));
      const after = take();
      if (after?.sign === ')') return values;
      if (after?.sign !== ',') throw wrong(`) is missing ${beforeOf(after)}`);
    }
  }

  function checked(value: string): string {
    if (!isLabelValue(value)) throw wrong(`${printable(value, 80)} can be no label's value`);
    return value;
  }

  function atEnd(): boolean {
    return tokens.length === 0 || tokens[0]?.sign === ',';
  }
}

/** True when every requirement holds; a label that isn't there is not in, and so `!=` and `notin` hold. */
export function matchesSelector({ requirements }: LabelSelector, labels: Labels): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (operator === 'exists') return value !== undefined;
    if (operator === 'absent') return value === undefined;
    if (operator === 'notin') return value === undefined || !values.has(value);
    if (value === undefined) return false;
    if (operator === 'in') return values.has(value);
    const [has, bound] = [integer(value), integer([...values].join(''))];
    if (has === undefined || bound === undefined) return false;
    return operator === '>' ? has > bound : has < bound;
  });
}

/** Whether it says of some label that it is there: what says only what isn't fits nearly everything. */
export function isPositive({ requirements }: LabelSelector): boolean {
  return requirements.some(({ operator }) => operator !== 'notin' && operator !== 'absent');
}

/** A signed whole number of 64 bits, as Go reads one. */
function integer(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,30}$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ''));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

interface Token {
  /** An operator, a comma or a bracket. */
  readonly sign?: string;
  /** Anything else: `in` and `notin` too, which may be names and values. */
  readonly word?: string;
}

function tokenize(text: string): Token[] {
  const pattern = /(==|!=|[=!(),<>])|([^=!(),<> \t\r\n]+)/g;
  return [...text.matchAll(pattern)].map(([, sign, word]) =>
    sign === undefined ? { word: word ?? '' } : { sign },
  );
}

function beforeOf(token: Token | undefined): string {
  const text = token?.sign ?? token?.word;
  return text === undefined ? 'at the end' : `before ${printable(text, 40)}`;
}
