/**
 * What is secret by the looks of it, wherever it stands: in a diff, in what somebody typed, in an error. That
 * a text has none of these shapes says nothing; places that hold secrets are hidden as places.
 */

/**
 * Keys that say what they are by how they begin: of clouds, forges, registries, chats and shops, as their own
 * documentation and the public rules of secret scanners have them. What is too short to be one is a name.
 */
const beginnings: readonly string[] = [
  // Forges and registries
  ...[
    'gh[pousr]_[\\w-]{10,}',
    'github_pat_[\\w-]{10,}',
    'gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\\w.-]{16,}',
  ],
  ...[
    'GR1348941[\\w-]{16,}',
    'AT(?:BB|ATT3x|CTT3x|STT3x)[\\w=-]{20,}',
    'npm_[A-Za-z0-9]{20,}',
    'pypi-[\\w-]{30,}',
  ],
  ...[
    'rubygems_[0-9a-f]{32,}',
    'dckr_(?:pat|oat)_[\\w-]{10,}',
    'oy2[a-z0-9]{43}',
    'CLOJARS_[a-z0-9]{40,}',
    'AKCp[A-Za-z0-9]{50,}',
  ],
  ...[
    'cio[A-Za-z0-9]{32}\\b',
    'jsr[dp]_[\\w-]{20,}',
    'CCIP(?:AT|RJ)_[\\w-]{16,}',
    'bk[ua]a?_[0-9a-f]{32,}',
    'sq[upa]_[0-9a-f]{40}',
  ],
  // Clouds
  ...[
    '(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{12,}',
    'ABSK[A-Za-z0-9+/]{40,}={0,2}',
    'AIza[\\w-]{30,}',
    'GOCSPX-[\\w-]{20,}',
    'ya29\\.[\\w.-]{20,}',
    '1//0[\\w-]{30,}',
  ],
  ...[
    'LTAI[A-Za-z0-9]{12,}',
    'AKID[A-Za-z0-9]{20,}',
    '[A-Za-z0-9_~.-]{3}[78]Q~[\\w~.-]{30,}',
    'do[opr]_v1_[0-9a-f]{32,}',
    'AQVN[\\w-]{30,}',
    't1\\.[A-Z0-9a-z_-]+={0,2}\\.[\\w-]{60,}={0,2}',
  ],
  ...[
    'dapi[0-9a-f]{32}',
    'pscale_(?:tkn|pw|oauth)_[\\w.-]{20,}',
    'sb(?:p|_secret)_[\\w-]{20,}',
    'nf[pcoub]_[A-Za-z0-9]{30,}',
    'rnd_[A-Za-z0-9]{20,}',
    'HRKU-[\\w-]{30,}',
    'fm[12][ar]?_[\\w+/=-]{30,}',
    'v1\\.0-[0-9a-f]{20,}-[0-9a-f]{64,}',
    'vercel_[\\w-]{20,}',
    'neon_[\\w-]{30,}',
  ],
  // What holds secrets, builds and watches
  ...[
    'hv[sbr]\\.[\\w-]{20,}',
    '(?:s|b|r)\\.[A-Za-z0-9]{24}\\b',
    '[A-Za-z0-9]{14}\\.atlasv1\\.[\\w-]{40,}',
    'dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.-]{20,}',
    'ops_eyJ[\\w+/=-]{20,}',
    'pul-[0-9a-f]{32,}',
    'tskey-[\\w-]{16,}',
    'pnu_[A-Za-z0-9]{30,}',
    'ico-[A-Za-z0-9]{30,}',
  ],
  ...[
    'gl(?:c|sa)_[\\w+/=-]{20,}',
    'NR(?:AK|JS|II|AA|RA)-[\\w-]{18,}',
    'snt(?:rys|ryu)_[\\w+/=-]{20,}',
    'dt0[a-z][0-9]{2}\\.[A-Z0-9]{20,}\\.[A-Z0-9]{50,}',
    'phc_[A-Za-z0-9]{30,}',
    'phx_[A-Za-z0-9]{30,}',
    'hcaik_[\\w-]{20,}',
    'honeycomb_[\\w-]{20,}',
  ],
  // What people and programs talk through
  ...[
    'xox[abceprso](?:\\.xox[bp])?-[\\w-]{10,}',
    'xapp-[\\w-]{16,}',
    '[0-9]{8,10}:AA[\\w-]{30,}',
    'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
    'key-[0-9a-f]{32}',
    '[0-9a-f]{32}-us[0-9]{1,2}\\b',
    '(?:SK|re)_?[0-9a-f]{32}\\b',
    're_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}',
    'xkeysib-[0-9a-f]{32,}[\\w-]*',
    '[MNO][A-Za-z0-9_-]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,}',
    'EAA[A-Za-z0-9]{60,}',
    'secret_[A-Za-z0-9]{40,}',
    'ntn_[A-Za-z0-9]{40,}',
    'lin_(?:api|oauth)_[A-Za-z0-9]{30,}',
    'PMAK-[0-9a-f-]{50,}',
    'figd_[\\w-]{20,}',
    'pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}',
    'tfp_[\\w-]{30,}',
    'CFPAT-[\\w-]{30,}',
    'rdme_[a-z0-9]{60,}',
    'PRVT[\\w-]{20,}',
    'sl\\.[\\w-]{60,}',
  ],
  // What is paid through, and what thinks
  ...[
    '[rs]k_(?:live|test|prod)_[\\w-]{10,}',
    'whsec_[A-Za-z0-9+/=]{20,}',
    'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}',
    'sq0[a-z]{3}-[\\w-]{20,}',
    'access-(?:sandbox|development|production)-[0-9a-f-]{36}',
    'access_token\\$(?:production|sandbox)\\$[\\w$]{20,}',
    'FLWSECK(?:_TEST)?-[\\w-]{12,}',
    'EZ[AT]K[a-zA-Z0-9]{50,}',
    'duffel_(?:live|test)_[\\w-]{40,}',
    'live_[0-9a-f]{32,}',
  ],
  ...[
    'sk-(?=[\\w-]{0,60}[0-9])(?=[\\w-]{0,60}[A-Z])[\\w-]{20,}',
    'hf_[A-Za-z0-9]{30,}',
    'api_org_[A-Za-z0-9]{30,}',
    'gsk_[A-Za-z0-9]{40,}',
    'r8_[A-Za-z0-9]{30,}',
    'xai-[A-Za-z0-9]{40,}',
    'pplx-[A-Za-z0-9]{40,}',
    'nvapi-[\\w-]{40,}',
  ],
  // Of no one's
  ...[
    '[0-9]/[0-9]{10,}:[0-9a-f]{32}',
    'ATTA[0-9a-f]{60,}',
    'oauth:[a-z0-9]{28,}',
    'sk\\.eyJ[\\w-]{20,}\\.[\\w-]{20,}',
    'AGE-PLUGIN-[A-Z0-9-]+-1[A-Z0-9]{20,}',
    'django-insecure-\\S{30,}',
    'secret-token:[\\w.~%-]{12,}',
  ],
];

/**
 * A lookbehind is what stays, and so is what a shape has in parentheses. Public certificates are blocks of PEM like private keys, and are hidden with
 * them.
 */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g,
  // The same in base64, once more.
  /LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]*/g,
  /PuTTY-User-Key-File-\d[\s\S]*/g,
  /AGE-SECRET-KEY-[A-Z0-9-]{8,}/gi,
  // A name and a password before a host; the host stays. USER:PASSWORD is what our own hints say, and what a
  // container or a template fills in is nobody's.
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/)(?!USER:PASSWORD@)[^\s/?#"'@:]*:[^\s/?#"']*(?=@)/gi,
  // A password with signs that a URL would have by their numbers: `u:a/b#c@host`.
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/)(?!USER:PASSWORD@)[^\s/?#"'@:{$<]{1,200}:(?!\d+(?:[/?#]|$))[^\s"'@]{1,500}(?=@[\w.[-]+(?::\d+)?(?:[/?,\s"']|$))/gi,
  // A key where a name would be: `https://KEY@host`.
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/)(?=[^\s/?#"'@:]*\d)(?=[^\s/?#"'@:]*[a-z])[^\s/?#"'@:${<]{16,}(?=@)/gi,
  // `user:password@tcp(host)`, as Go's driver for MySQL has it; `thin:user/password@`, as Oracle's has.
  /((?<![^\s"'=])[^\s:@/"'=]{1,200}:)[^\s"'@]{1,500}(?=@(?:tcp6?|unix|udp)\()/gi,
  /(?<=\bjdbc:oracle:\w{1,20}:)[^\s/@"']{1,200}\/[^\s"'@]{1,300}(?=@)/gi,
  /(?<![^\s"'=(])[\w.-]{2,}:(?!\/\/)[^\s:@/"']{6,}(?=@[\w-]+(?:\.[\w-]+)*:\d{2,5}(?![\w.]))/g,
  // https://www.rfc-editor.org/rfc/rfc7519: three parts of base64url, the first two of JSON; or five (rfc7516).
  /\beyJ[\w-]{8,}\.(?:eyJ[\w-]{8,}(?:\.[\w-]*)?|[\w-]*\.[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})/g,
  // Addresses that let in whoever has them.
  /(?<=https:\/\/hooks\.slack(?:-gov)?\.com\/)[\w/-]+/g,
  /(?<=https:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\/)[\w/-]+/g,
  /(?<=https:\/\/[\w.-]+\.webhook\.office\.com\/)[\w/@-]+/g,
  /(?<=https:\/\/hooks\.zapier\.com\/hooks\/)[\w/-]+/g,
  /(?<=https:\/\/maker\.ifttt\.com\/)[\w/-]*\/[\w-]{16,}/g,
  /(https?:\/\/[^\s"'<>?#]{1,300}?hooks?\/(?:[\w.-]{1,64}\/){0,6}?)(?=[\w-]{0,64}\d)(?=[\w-]{0,64}[A-Za-z])[\w-]{16,}(?:\/[\w/-]*)?/gi,
  /(?<=[?&](?:access_token|api_?key|apikey|app_?key|auth|auth_?token|client_secret|code|credential|key|pass|passwd|password|pwd|secret|sig|signature|token|x-amz-(?:signature|credential|security-token)|x-goog-signature)=)[^\s&"'#]+/gi,
  /(?<=\botpauth:\/\/\S{1,400}[?&]secret=)[^\s&"'#]+/gi,
  // What a request lets itself in with. `Basic auth` in a sentence has no digit and no sign.
  /(\bauthorization\\{0,15}["']?\s{0,20}[:=]\s{0,20}\\{0,15}["']?(?:(?:basic|bearer|token|digest|negotiate|apikey)\s{1,20})?)(?!(?:basic|bearer|token|digest|negotiate|apikey)\s)[^\s"',;$<{(…\\]+/gi,
  /(\b(?:bearer|basic)\s{1,20})(?=[^\s"',;]*[0-9=+/_])[A-Za-z0-9._~+/=-]{8,}/gi,
  /(\bx-[\w-]{0,60}(?:key|token|secret|signature|auth)\\{0,15}["']?\s{0,20}:\s{0,20}\\{0,15}["']?)[^\s"',;\\]{6,}/gi,
  /((?<![\w-])(?:set-)?cookie\s{0,20}:\s{0,20}[\w.-]{1,60}=)[^\s"';]+/gi,
  new RegExp(`(?<![A-Za-z0-9_])(?:${beginnings.join('|')})`, 'g'),
  // Passwords as they are kept: crypt(3) and its kind, htpasswd, LDAP, PostgreSQL, Django.
  /(?<!\w)\$(?:2[abxy]|argon2(?:id|i|d)|scrypt|apr1|pbkdf2[\w-]*|y|1|5|6|7|sha1)\$[\w./+,=$-]{16,}/g,
  /\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT)\}[A-Za-z0-9+/=$.]{16,}/g,
  /\b(?:SCRAM-SHA-(?:1|256)\$|pbkdf2_sha(?:1|256|512)\$|bcrypt_sha256\$)[\w$:+/=.-]{16,}/g,
  // A bootstrap token of kubeadm
  /(?<![\w.-])(?=[a-z.]*[0-9])[a-z0-9]{6}\.(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{16}(?![\w.-])/g,
  // `password=x` of a connection string, of a shell or a log; not what a shell fills in.
  /(?<=(?<![\w-])(?!-{0,2}[\w-]{0,60}(?:existing|tls|ssl|pull|cert|certificate|registry|ingress|credentials?|passwords?)[-_]?secret\s?=)[\w-]*(?:password|passwd|passphrase|pwd|token|secret|(?:api|account|secret|shared_?access|access|private|instrumentation)_?key)\s?=(?!>)\s?)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s&;,'"$<{(…]+)/gi,
  // So many digits in hex are a digest, unless they go by the name of a key.
  /(?<=(?<![\w-])[\w-]*(?<!public|sort|cache|primary)[-_]?key["']?\s{0,4}[=:]\s{0,4}["']?)[0-9a-f]{24,}(?![\w-])/gi,
  // `password hunter2` in a sentence and in configurations without a sign
  /(\bpassword\s{1,4}(?:is\s{1,4}|:\s{1,4})?["'`]?)(?=[^\s"'`]*[0-9])(?=[^\s"'`]*[A-Za-z])[^\s"'`]{6,}/gi,
  /(\binsecure-password\s{1,8})\S+/g,
  // A line of .pgpass: host, port, database, user, password; a rule of redis' ACL
  /((?<![^\s"'=])(?=[\w.-]*[.*g-z])[\w.*-]+:(?:\d{2,5}|\*):[\w*-]+:[\w*-]+:)[^\s"':]{4,}(?![^\s"'])/g,
  /(\buser\s{1,8}\S{1,60}\s[^\n>]{0,200}(?<=\s)>)\S+/g,
  /(\bldap(?:search|add|modify|delete|whoami|passwd)\b[^\n|;]{0,200}?\s-w\s{1,4}["']?)[^\s"']+/g,
  /(\bhtpasswd\s{1,4}-\w{0,8}b\w{0,8}\s{1,4}(?:\S{1,200}\s{1,4}){1,2})[^\s"']+$/gm,
  /(\brabbitmqctl\s[^\n|;]{0,100}?(?:add_user|change_password)\s{1,4}\S{1,100}\s{1,4}["']?)[^\s"']+/g,
  /((?<![\w-])[\w.-]{1,60}:)[^\s'"|]{1,100}(?=["']?\s{0,4}\|\s{0,4}chpasswd\b)/g,
  /(\s-(?:store|key)pass\s{1,4}["']?)[^\s"']+/g,
  /(\bresponse=\\?")[0-9a-f]{32,}/g,
  /(\s-pass(?:in|out|word)?\s{1,4}pass:)[^\s"']+/g,
  // `curl -u user:password`, `sshpass -p x`, `redis-cli -a x`, `mysql -px`; SQL's IDENTIFIED BY and PASSWORD; .netrc.
  /((?:\s|^)(?:-u|--user)[\s=]{1,4}["']?[\w.@-]{1,60}:)[^\s"'/]+/g,
  /(\bsshpass\s{1,4}-p\s{0,4}["']?)[^\s"']+/g,
  /(\bredis-cli\b[^\n|;]{0,200}?\s-a\s{1,4}["']?)[^\s"']+/g,
  /(\bmysql(?:dump|admin)?\b[^\n|;]{0,200}?\s-p)(?!assword)[^\s"'-][^\s"']*/g,
  /(\b(?:identified\s{1,4}(?:with\s{1,4}\w{1,40}\s{1,4})?by|(?:encrypted\s{1,4})?password)\s{1,4})'[^'\n]+'/gi,
  /(\b(?:machine|default)\s[\s\S]{0,200}?\blogin\s{1,20}\S{1,200}\s{1,20}password\s{1,20})\S+/g,
  /(^\s{0,40}(?:requirepass|masterauth|userPassword|olcRootPW:?|rootpw|bindpw)\s{1,20})\S+/gm,
];

/**
 * What a template, a container or a shell fills in, and what a manual leaves to be filled in: `$PASSWORD`, `$(X)`,
 * `${X}`, `{{ .Values.x }}`, `<none>`, `%X%`, `****`. `${X:-y}` has a text of its own.
 */
const filledIn =
  /^["']?(?:\$[A-Z_][A-Z0-9_]*(?:["']?$|\s)|\$\d|\$\{[^{}:]*\}|\$\(|\$$|\{\{|\{%|\$?\w*\.(?:Values|Release|Chart|Files)\b|<[^<>]*>["']?$|<[\w-]*$|\([^()]*\)["']?$|%\w+%["']?$|%\w$|\*+["']?$|x{3,}["']?$)/;

export function isFilledIn(text: string): boolean {
  return filledIn.test(text);
}

/** @param word stands for each of them */
export function withoutSecrets(text: string, word: string): string {
  return shapes.reduce(
    (shown, shape) =>
      shown.replace(shape, (found, stays) => {
        const head = typeof stays === 'string' ? stays : '';
        const secret = found.slice(head.length);
        const isPlace =
          !found.includes(word) && [secret, secret.replace(/^[^\s:/]*:/, '')].some(isFilledIn);
        return isPlace ? found : head + word;
      }),
    text,
  );
}

/**
 * For a word that may be a key or a password in the wrong place of a command line.
 * @returns whether nobody would call a release, a context or a file so
 */
export function looksRandom(text: string): boolean {
  if (/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/.test(text) || /\b[0-9a-f]{32,}\b/i.test(text)) return true;
  const runs = text.match(/[A-Za-z0-9]{20,}/g) ?? [];
  return runs.some((run) => /[a-z]/.test(run) && /[A-Z]/.test(run) && /[0-9]/.test(run));
}
