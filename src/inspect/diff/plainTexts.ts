/**
 * What Secrets hold that everybody knows: the database's host, its user and port, a region, a level. Hiding each
 * word of it wherever it stands would hide images and addresses, and tell nobody less.
 */

const words = new Set(
  [
    'postgres postgresql mysql mariadb mongodb mongo redis rabbitmq kafka elasticsearch root user username guest test',
    'default public private production staging development prod stage dev debug info warn warning error trace notice',
    'localhost service application database server client master replica primary internal external kubernetes docker',
    'cluster namespace config configuration password secret token enabled disabled required optional always never true',
    'false yes no on off null none standard basic bearer opaque verify-full verify-ca prefer require disable allow',
    'rs256 rs512 es256 es384 hs256 hs512 bcrypt argon2id argon2 scrypt pbkdf2 sha256 sha512 md5 aes-256-gcm aes256',
    'scram-sha-256 scram-sha-512 sasl_ssl sasl_plaintext plaintext plain kubernetes.io/tls vault aws azure gcp google',
    'json yaml text http https tcp udp grpc tls ssl utf-8 utf8 utf8mb4 rotating changeme',
  ].flatMap((line) => line.split(' ')),
);

const shapes: readonly RegExp[] = [
  // A port, a count, an amount, a duration, a version. Longer digits may be a PIN.
  /^[0-9]{1,5}$/,
  /^v?\d{1,4}(?:\.\d{1,5}){1,3}(?:-(?:rc|alpha|beta)\.?\d{0,3})?$/,
  /^\d{1,6}(?:\.\d{1,3})?(?:[kmgtpe]i?b?|ms|s|h|d|min)$/i,
  // A region or zone of a cloud
  /^(?:us|eu|ap|sa|ca|me|af|il|mx|cn|europe|asia|northamerica|southamerica|australia)-(?:gov-)?[a-z]+-?\d{1,2}(?:-?[a-f])?$/i,
  // Hosts, and addresses that hold neither a user nor a query; an IP address
  /^(?:https?:\/\/)?(?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,8}(?:com|org|net|io|dev|local|internal|svc|lan|cloud|app|example|localdomain|eu|de|uk|fr)(?::\d{1,5})?\/?$/i,
  /^(?:[a-z]{2,12}:\/\/)[a-z][a-z-]{0,40}(?::\d{1,5})?\/?$/,
  /^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|\/\d{1,2})?$/,
  // Paths of words
  /^(?:\/[a-z][a-z._-]{0,30}){1,8}\/?$/,
];

/** @returns whether the text, inside of a longer one, is just one of its words */
export function isCommon(text: string): boolean {
  const plain = text.trim();
  return words.has(plain.toLowerCase()) || shapes.some((shape) => shape.test(plain));
}

/** A yes, a no, a mode or an algorithm. What goes by a name like `tokenAuth` or `passwordHash` and says this is shown. */
const switches =
  /^(?:true|false|yes|no|on|off|null|none|default|enabled?|disabled?|required?|optional|always|never|auto|opaque|jwt|basic|bearer|plain|bcrypt|scrypt|argon2(?:id?)?|pbkdf2|md5|sha-?(?:1|256|512)|(?:hmac|scram)-?sha-?(?:1|256|512)|[rehp]s(?:256|384|512)|aes-?\d{3}(?:-\w{3})?|rsa(?:-?\d{4})?|ecdsa|ed25519)$/i;

export function isSwitch(text: string): boolean {
  return switches.test(text.trim());
}

/** In hex, so many that a key may be meant. */
export function isDigits(text: string): boolean {
  return /^[0-9a-f]{24,}$/i.test(text);
}

const run =
  /(?<![\w+/.@-])(?<!\bsha(?:1|256|384|512)[:-])(?<!\bh1:)(?<!base64,)(?<!ssh-\w{1,20} )(?:[A-Za-z0-9+/]{24,512}|[A-Za-z0-9_-]{24,512})={0,2}(?![\w+/=.@-])/gi;
/** Keys that are for everybody, and digests, by how they begin. */
const forEverybody =
  /^(?:AAAA[A-Z][23][A-Z]|RW[QRST]|MII[BC]Ij|MCowBQ|MFkwEw|sha\d{1,3}-|pk_|pub-|age1)/;

/**
 * A key of which nothing but its looks tell: so many small and large letters and digits, in an order that no
 * words have. Digests in hex and UUIDs have no large letters beside small ones, and are none.
 * @param isText what base64 may stand for
 * @returns the text with a word in place of each
 */
export function withoutRandom(
  text: string,
  word: string,
  isText: (run: string) => boolean,
): string {
  if (text.length < 24) return text;
  return text.replace(run, (one) => (looksDrawn(one) && !isText(one) ? word : one));
}

function looksDrawn(text: string): boolean {
  if (forEverybody.test(text)) return false;
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || (text.match(/[0-9]/g) ?? []).length < 2)
    return false;
  const kinds = [...text].map(kindOf);
  const turns = kinds.filter((kind, at) => at > 0 && kind !== kinds[at - 1]).length;
  return turns / (kinds.length - 1) >= 0.42;
}

function kindOf(character: string): string {
  if (/[a-z]/.test(character)) return 'a';
  if (/[A-Z]/.test(character)) return 'A';
  return /[0-9]/.test(character) ? '0' : '-';
}
