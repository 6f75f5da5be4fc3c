/**
 * What is secret by what it is called: the name of a value, of a variable, of a line in a configuration file,
 * of a flag. A guess, which errs on the side of hiding.
 */

const telling =
  /pass(word|wd|phrase)?(es|s)?$|passwd|secret|token|credential|creds?$|(private|api|access|encryption|signing|master|shared|account)[-_]?keys?|htpasswd|pwd$|(^|[-_])pw$|^licen[sc]e([-_]?(key|data|text))?$|webhook[-_]?urls?$|dsn$|connection[-_]?string|^(proxy-?)?authorization$/i;
/** `secretName`, `existingSecret`, `passwordKey` name a place where the secret is. */
const pointing =
  /(name|ref|enabled|create|path|file|mount|type|ttl|seconds|expiry|length|policy|kind)s?$|^existing|passwordkey$|pullsecrets?$/i;

/** @param name `clientSecret`, `AWS_SECRET_ACCESS_KEY`, `spring.datasource.password`, `X-Api-Key` */
export function isSecretName(name: string): boolean {
  const parts = name.split(/[./]/).filter((part) => part !== '');
  return parts.some((part) => telling.test(part)) && !pointing.test(parts.at(-1) ?? '');
}

/** What a template or a shell fills in: `$PASSWORD`, `$(cat x)`, `{{ .Values.x }}`, `<none>`, `%X%`, `****`. */
const filledIn =
  /^["']?(?:\$[A-Z_][A-Z0-9_]*["']?$|\$\{|\$\(|\$$|\{\{|\{%|<[^<>]*>["']?$|<[\w-]*$|\([^()]*\)["']?$|%\w+%["']?$|\*+["']?$)/;
const saysNothing = /^(?:true|false|null|none|nil|~|yes|no|on|off|\||>|""|''|[{[\]},]+)$/i;
/** `Bearer x` is two words, of which one says nothing: `secretShapes.ts` knows them. */
const header = /authorization$/i;

interface Named {
  /** Where the secret's text begins and ends. */
  readonly from: number;
  readonly to: number;
}

/** `  - export NAME: value`, to the end of the line: no name of more than these characters. */
const line =
  /^([ \t]{0,400}(?:[-#;*][ \t]{1,40}|export[ \t]{1,40}|set[ \t]{1,40})*(["']?)([\w./-]{2,120})\2[ \t]{0,40}(?::[ \t]{1,40}|=>?[ \t]{0,40}|[ \t]{1,40}:[ \t]{0,40}))([^\r\n]*)$/gm;
/** `name: "value"`, `"name":"value"`, `\"name\":\"value\"`, `name=value`, wherever it stands. */
const inline =
  /(?<![\w./-])([\w./-]{2,120})(\\*["'])?[ \t]{0,40}(?::|=>?)[ \t]{0,40}(?:(\\*["'])((?:(?!\3)[^\r\n]){0,4096})\3|([^\s"',\\]+))/g;
/** `--token value`, `-password 'value'` */
const flag = /(?<![\w-])--?([a-z][\w-]{1,60})[ \t]{1,40}(["']?)([^\s"'-][^\s"']*)\2/gi;
/** `<password>value</password>` */
const element = /<([\w:.-]{2,120})(?:\s[^<>]*)?>([^<]+)<\/\1>/g;

/** The places of values that stand beside a telling name in a text of many. */
function namedIn(text: string): Named[] {
  const found: Named[] = [];
  const add = (name: string | undefined, value: string | undefined, from: number) => {
    const plain = value?.trim() ?? '';
    if (!name || plain === '' || header.test(name)) return;
    if (!isSecretName(name.replace(/^-+/, ''))) return;
    if (filledIn.test(plain) || saysNothing.test(plain)) return;
    const start = from + (value ?? '').indexOf(plain);
    found.push({ from: start, to: start + plain.length });
  };
  for (const one of text.matchAll(line)) {
    const [whole, head = '', , name, value = ''] = one;
    const at = one.index + head.length;
    // A block: what follows is set in further than its name.
    if (/^[|>][+-]?[0-9]?[+-]?\s*$/.test(value)) {
      const indent = /^[ \t]*/.exec(whole)?.[0].length ?? 0;
      const end = one.index + whole.length;
      const block = new RegExp(
        `^(?:\\r?\\n(?:[ \\t]{${indent + 1},}[^\\r\\n]*|[ \\t]*(?=\\r?\\n)))+`,
      );
      add(name, block.exec(text.slice(end))?.[0], end);
    } else if (!/^\s*[{[]/.test(value))
      add(name, value.replace(/\s+#.*$/, '').replace(/,\s*$/, ''), at);
  }
  for (const one of text.matchAll(inline)) {
    const [whole, name, , quote = '', quoted, bare] = one;
    const value = quoted ?? bare;
    if (value === undefined) continue;
    const tail = quoted === undefined ? 0 : quote.length;
    // `secret:NAMESPACE` and `token:` in a sentence are no values: a colon takes a quote or a blank.
    add(name, value, one.index + whole.length - tail - value.length);
  }
  for (const one of text.matchAll(flag)) {
    const [whole, name, quote = '', value = ''] = one;
    add(name, value, one.index + whole.length - quote.length - value.length);
  }
  for (const one of text.matchAll(element)) {
    const [whole, name = '', value = ''] = one;
    add(name, value, one.index + whole.length - name.length - 3 - value.length);
  }
  return found.sort((a, b) => a.from - b.from || b.to - a.to);
}

/** The values that stand beside telling names in a text: lines of configuration, JSON, flags, XML. */
export function namedSecrets(text: string): string[] {
  return namedIn(text).map(({ from, to }) => text.slice(from, to).replace(/^(["'])(.*)\1$/s, '$2'));
}

/** The same text, with a word in place of each of them. */
export function withoutNamed(text: string, word: string): string {
  let shown = '';
  let end = 0;
  for (const { from, to } of namedIn(text)) {
    if (to <= end) continue;
    shown += from < end ? '' : text.slice(end, from) + word;
    end = to;
  }
  return shown + text.slice(end);
}

/** Whether a word of a command line is a flag whose value, the next word, is secret: `--token`. */
export function isSecretFlag(word: unknown): boolean {
  return (
    typeof word === 'string' &&
    /^--?[a-z][\w-]*$/i.test(word) &&
    isSecretName(word.replace(/^-+/, ''))
  );
}
