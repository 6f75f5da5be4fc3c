/**
 * What is secret by what it is called: the name of a value, of a variable, of a line in a configuration file,
 * of a flag. A guess, which errs on the side of hiding.
 */
import { isFilledIn } from '../../secretShapes.ts';
import { isSwitch } from './plainTexts.ts';
import { type Block, inBrackets, setIn } from './secretBlocks.ts';

const telling = new RegExp(
  [
    '(?<!by|com|tres|sur|over|under)pass(word|wd|phrase)?(es|s)?$|passw(or)?[dt]|secret|token(?!iz)|credential|creds?$',
    '(private|api|access|encryption|signing|master|shared|account|ssh|deploy|hmac|jwt|tls|ssl|cookie|auth|unseal|recovery|fernet' +
      '|app|application|admin|write|ingest(ion)?|integration|subscription|registration|session|aes|cipher|client|license|webhook)' +
      '[-_]?keys?',
    'htpasswd|pwd$|(^|[-_]|bind|root|admin|user|db|my|pg|mail|smtp)pw$|passphrase|kennwort|jaas[-_.]?config$',
    '^licen[sc]e([-_]?(key|data|text))?$|webhook[-_]?urls?$|dsn$|connection[-_]?string|^(proxy-?)?authorization$',
    'mnemonic|seed[-_]?phrase|pass[-_]?code|(^|[-_]|wifi|wlan)psk$|service[-_]?key|(^|[-_])(salt|pepper|jwt|bearer|pin([-_]?code)?|otp|totp)$',
  ].join('|'),
  'i',
);
/** The last word of `secretName`, `tokenUrl`, `passwordMinLength`: what is said about a secret, or where it is. */
const about = [
  'name|ref|enabled|create|path|file|mount|type|ttl|seconds?|minutes?|hours?|days|expiry|length|policy|policies|kind',
  'ur[il]|endpoint|namespace|limit|size|count|max|min|version|class|classes|store|provider|manager|region|duration',
  'interval|timeout|expiration|expires|age|rotation|lifetime|audience|issuer|algorithm|format|encoding|encoder|header',
  'prefix|suffix|field|scheme|schema|service|engine|backend|role|mode|strategy|source|method|review|request|login|reset',
  'authentication|pattern|regex|rule|chars|charset|hint|label|placeholder|prompt|description|message|title|attempts',
  'budget|quota|lifespan|reuse|retries|threshold|helper|signer|window|period|frequency|schedule|complexity|strength',
  'requirement|mapping|template|selector|annotation|group|directory|dir|location|server|host|port|claim|scope|status',
  'state|operator|controller|driver|injector|generator',
].join('|');
const lastWord = new RegExp(`^(?:${about})s?$`, 'i');
/** The same in a name of one word: `secretname`. */
const inOneWord = new RegExp(
  `(?:word|wd|phrase|secret|token|credential|key)s?(?:${about})s?$`,
  'i',
);
/** `existingSecret`, `passwordKey`, `imagePullSecrets` and `tlsSecret` name a place where the secret is. */
const storing =
  /^existing|password[-_]?key$|token[-_]?secret[-_]?key$|expires[-_]?(?:in|at)$|(?:pull|tls|ssl|cert|certificate|registry|ingress|credentials?|passwords?)[-_]?secrets?$/i;

function isPointing(name: string): boolean {
  const words = name.split(/[-_]|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/);
  return lastWord.test(words.at(-1) ?? '') || inOneWord.test(name) || storing.test(name);
}

/** Words of three letters, where a large one begins them. */
const abbreviated = /[a-z](?:Pin|Salt|Jwt|Otp|Totp)$/;
/** `maxTokens`, `useSecret`, `requirePassword`: a number, or yes and no. */
const asking =
  /^(?:max|min|num|enable|disable|use|has|is|require|allow|generate|automount|force|MAX|MIN|NUM|ENABLE|DISABLE|USE|HAS|IS|REQUIRE|ALLOW)(?:[-_]|(?<=[a-z])(?=[A-Z]))/;
/** `external-secrets.io/` of an annotation says whose it is. */
const domain = /^[^/]*\.[^/]*\//;

function isTelling(part: string): boolean {
  return telling.test(part) || abbreviated.test(part);
}

/** @param name `clientSecret`, `AWS_SECRET_ACCESS_KEY`, `spring.datasource.password`, `X-Api-Key` */
export function isSecretName(name: string): boolean {
  const parts = name
    .replace(domain, '')
    .split(/[./]/)
    .filter((part) => part !== '');
  const last = parts.at(-1) ?? '';
  if (/webhook[-_]?urls?$/i.test(last)) return true;
  return parts.some(isTelling) && !isPointing(last) && !asking.test(last);
}

/** `secretName`, which is a telling name but for what it points to. */
function isPointer(name: string): boolean {
  return isTelling(name) && isPointing(name);
}

/** What `{name: password, value: x}` calls its two parts, in whatever letters. */
const naming = ['name', 'key', 'variable', 'id'];
const valued = /^(?:val|values?|plain|plaintext|text|data|content|default|string)$/i;

/**
 * @param beside what an object has under a name
 * @returns whether `key` holds what a telling name beside it means: `value` in `{name: password, value: x}`
 */
export function isNamedBeside(
  key: string,
  beside: (name: string) => unknown,
  isNamed: (name: string) => boolean = isSecretName,
): boolean {
  if (!valued.test(key)) return false;
  return naming.some((name) =>
    [name, `${name[0]?.toUpperCase()}${name.slice(1)}`, name.toUpperCase()].some((one) => {
      const text = beside(one);
      return typeof text === 'string' && isNamed(text);
    }),
  );
}

/** What is said about a secret, and is none: `privateKey: {algorithm: RSA}` of a cert-manager's Certificate. */
const describing =
  /^(?:apiVersion|kind|type|algorithm|encoding|size|rotationPolicy|optional|mode|defaultMode|audience|expirationSeconds)$/;
/** Names of objects and of their keys, as Kubernetes allows them, and paths. */
const references: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:name|secretName|objectName|namespace)$/, /^[a-z0-9][a-z0-9.-]{0,252}$/],
  [/^path$/, /^[\w./-]{1,400}$/],
  [/^(?:key|property|version|group|apiGroup|fieldPath)$/, /^[\w./-]{1,253}$/],
];
const places = /^(?:name|secretName|objectName|path)$/;

/**
 * Whether an object says where a secret is, and holds none: Kubernetes' `secretKeyRef`, `SecretVolumeSource`,
 * `ServiceAccountTokenProjection` and what custom resources have of the kind.
 * @param fields a key and its text; undefined where it holds more
 */
export function isReference(fields: readonly (readonly [string, string | undefined])[]): boolean {
  return (
    fields.some(([key]) => places.test(key)) &&
    fields.every(([key, text]) => {
      if (text === undefined) return /^(?:items|valueFrom|\w*Ref)$/.test(key);
      if (describing.test(key) || text.startsWith('{{')) return true;
      return references.some(([keys, texts]) => keys.test(key) && texts.test(text));
    })
  );
}

/** Whether what goes by this name below a telling one is shown all the same. */
export function isDescription(name: string): boolean {
  return describing.test(name) || isPointer(name);
}

const saysNothing = /^(?:nil|~|\||>|""|''|[{[\]},]+)$/i;
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
  /(?<![\w./-])([\w./-]{2,120})(\\*["'])?[ \t]{0,40}(?::=?|=>?)[ \t]{0,40}(?:(\\*["'])((?:(?!\3)[^\r\n]){0,4096})\3|([^\s"',\\]+))/g;
/** `--token value`, `-password 'value'` */
const flag = /(?<![\w-])--?([a-z][\w-]{1,60})[ \t]{1,40}(["']?)([^\s"'-][^\s"']*)\2/gi;
/** `"--token", "value"`, and `- --token` on the line before `- value` */
const flagOfList =
  /(?<![\w-])--?([a-z][\w-]{1,60})(?:\\*["'])?[ \t]{0,40}(?:,\s{0,40}|\r?\n[ \t]{0,400}-[ \t]{1,40})(\\*["'])?([^\s"',\\\]-][^"',\\\]\r\n]*)/gi;
/** `define('password', 'value')` */
const call =
  /[\w)][ \t]{0,4}\(\s{0,40}(\\*["'])([\w./-]{2,120})\1\s{0,40},\s{0,40}(\\*["'])((?:(?!\3)[^\r\n]){1,4096})\3/g;
/** `"name": "password", "value": "x"`, `name="password" value="x"`, and on two lines */
const pair =
  /(?<![\w-])(?:name|key|variable|id)(?:\\*["'])?[ \t]{0,40}[:=][ \t]{0,40}(?:\\*["'])?([\w./-]{2,120})(?:\\*["'])?[ \t]{0,40}[,\s]\s{0,400}(?:\\*["'])?(?:val|value|plain|text|content)(?:\\*["'])?[ \t]{0,40}[:=][ \t]{0,40}(?:(\\*["'])((?:(?!\2)[^\r\n]){1,4096})\2|([^\s"',\\}\]]+))/gi;
/** `password: {`, `"password": [` */
const opening =
  /(?<![\w./-])([\w./-]{2,120})(?:\\*["'])?[ \t]{0,40}(?::|=>?)[ \t]{0,40}(?=\[|\{(?!\{))/g;
/** `password:`, and no more on its line */
const heading =
  /^([ \t]{0,400}(?:[-#;*][ \t]{1,40})*)(["']?)([\w./-]{2,120})\2[ \t]{0,40}:[ \t]{0,40}(?:#[^\r\n]*)?(?=\r?$)/gm;
/** What a schema says of a property, whatever that is called. */
const schemaType = /^(?:string|object|array|integer|number|boolean|null)$/;
/** `<password>value</password>` */
const element = /<([\w:.-]{2,120})(?:\s[^<>]*)?>([^<]+)<\/\1>/g;

/** The places of values that stand beside a telling name in a text of many. */
function namedIn(text: string): Named[] {
  const found: Named[] = [];
  const add = (name: string | undefined, value: string | undefined, from: number) => {
    if (name && !header.test(name) && isSecretName(name.replace(/^-+/, ''))) take(value, from);
  };
  const take = (value: string | undefined, from: number) => {
    const plain = value?.trim() ?? '';
    if (plain === '' || isFilledIn(plain) || saysNothing.test(plain) || isSwitch(plain)) return;
    const start = from + (value ?? '').indexOf(plain);
    found.push({ from: start, to: start + plain.length });
  };
  const takeBlock = ({ groups }: Block) => {
    for (const group of groups) {
      const fields = group.map(({ key, from, to }) => {
        const value = text.slice(from, to).trim();
        return [key ?? '', key !== undefined && value === '' ? undefined : value] as const;
      });
      if (isReference(fields)) continue;
      for (const [at, { key, from, to }] of group.entries()) {
        const value = fields[at]?.[1] ?? '';
        if (key === 'type' && schemaType.test(value)) continue;
        if (key === undefined || !isDescription(key)) take(text.slice(from, to), from);
      }
    }
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
  inline.lastIndex = 0;
  for (let one = inline.exec(text); one; one = inline.exec(text)) {
    const [whole, name, , quote = '', quoted, bare] = one;
    // `--header=X-Token: value`: a short value may be the name of another.
    const head = whole.slice(0, whole.length - (bare?.length ?? 0));
    if (bare !== undefined && bare.length < 200 && head.endsWith('=') && !isSecretName(name ?? ''))
      inline.lastIndex -= bare.length;
    // `--a='password' => 'x'`: what stands in quotes is itself a name.
    if (quoted !== undefined && quoted.length < 120 && !isSecretName(name ?? ''))
      if (/^[ \t]{0,4}(?:=>?|:)/.test(text.slice(inline.lastIndex, inline.lastIndex + 8)))
        inline.lastIndex -= quoted.length + 2 * quote.length;
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
  for (const one of text.matchAll(flagOfList)) {
    const [whole, name, , value = ''] = one;
    add(name, value, one.index + whole.length - value.length);
  }
  for (const one of text.matchAll(call)) {
    const [whole, , name, quote = '', value = ''] = one;
    add(name, value, one.index + whole.length - quote.length - value.length);
  }
  for (const one of text.matchAll(pair)) {
    const [whole, name, quote = '', quoted, bare = ''] = one;
    const value = quoted ?? bare;
    add(name, value, one.index + whole.length - quote.length - value.length);
  }
  let end = 0;
  for (const one of text.matchAll(opening)) {
    // What is within another was read with it.
    if (one.index < end || !isSecretName(one[1] ?? '')) continue;
    const block = inBrackets(text, one.index + one[0].length);
    takeBlock(block);
    end = block.end;
  }
  end = 0;
  for (const one of text.matchAll(heading)) {
    const [whole, indent = '', , name = ''] = one;
    if (one.index < end || !isSecretName(name)) continue;
    const block = setIn(text, one.index + whole.length, indent.length);
    takeBlock(block);
    end = block.end;
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

const whereabouts =
  /(?:^|[-_.]|(?<=[a-z])(?=[A-Z]))(?:user(?:name)?|login|host(?:name)?|server|port|database|db(?:name)?|name|namespace|region|zone|endpoint|bucket|environment|env|level|mode|schema|e?mail|from|sender|domain|realm|client|type|version|driver|dialect|scheme|protocol|path|tz|timezone)$/i;

/** Whether what goes by this name is secret where it looks like one: `routingKey`, which may also be a word. */
export function isKeyName(name: string): boolean {
  return /(?<!public|sort|cache|primary)[-_]?keys?$/i.test(name);
}

/** Whether what a Secret holds by this name says whom or where the secret is for: `username`, `DB_HOST`. */
export function isPublicName(name: string): boolean {
  return whereabouts.test(name) && !isSecretName(name);
}

/** Whether a word of a command line is a flag whose value, the next word, is secret: `--token`. */
export function isSecretFlag(word: unknown): boolean {
  return (
    typeof word === 'string' &&
    /^--?[a-z][\w-]*$/i.test(word) &&
    isSecretName(word.replace(/^-+/, ''))
  );
}
