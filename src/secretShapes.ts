/**
 * What is secret by the looks of it, wherever it stands: in a diff, in what somebody typed, in an error. That
 * a text has none of these shapes says nothing; places that hold secrets are hidden as places.
 */

/**
 * A lookbehind is what stays, and so is what a shape has in parentheses. Public certificates are blocks of PEM like private keys, and are hidden with
 * them.
 */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g,
  // The same in base64, once more.
  /LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]*/g,
  /AGE-SECRET-KEY-[A-Z0-9-]{8,}/gi,
  // A name and a password before a host; the host stays. USER:PASSWORD is what our own hints say.
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/)(?!USER:PASSWORD@)[^\s/?#"'@]*:[^\s/?#"']*(?=@)/gi,
  // https://www.rfc-editor.org/rfc/rfc7519: three parts of base64url, the first two of JSON.
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?/g,
  // Addresses that let in whoever has them.
  /(?<=https:\/\/hooks\.slack(?:-gov)?\.com\/)[\w/-]+/g,
  /(?<=https:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\/)[\w/-]+/g,
  /(?<=https:\/\/[\w.-]+\.webhook\.office\.com\/)[\w/@-]+/g,
  /(?<=[?&](?:access_token|api_?key|auth|key|password|secret|sig|signature|token)=)[^\s&"'#]+/gi,
  // What a request lets itself in with. `Basic auth` in a sentence has no digit and no sign.
  /(\bauthorization\\{0,15}["']?\s{0,20}[:=]\s{0,20}\\{0,15}["']?(?:(?:basic|bearer|token|digest|negotiate|apikey)\s{1,20})?)[^\s"',;$<{(…\\]+/gi,
  /(\b(?:bearer|basic)\s{1,20})(?=[^\s"',;]*[0-9=+/_])[A-Za-z0-9._~+/=-]{8,}/gi,
  // The keys of clouds and forges that say what they are.
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|AKIA|ASIA|sk_live_|rk_live_|npm_|dckr_pat_)[\w-]{10,}/g,
  // `password=x` of a connection string, of a shell or a log; not what a shell fills in.
  /(?<=\b(?:\w*_)?(?:password|passwd|passphrase|pwd|token|secret|api_?key)\s?=\s?)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s&;,'"$<{(…]+)/gi,
];

/** @param word stands for each of them */
export function withoutSecrets(text: string, word: string): string {
  return shapes.reduce(
    (shown, shape) =>
      shown.replace(shape, (_, stays) => (typeof stays === 'string' ? `${stays}${word}` : word)),
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
