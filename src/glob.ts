/** Names with wildcards, as file names are matched: `*` is any text, `?` any character. */
export function globExpression(pattern: string): RegExp {
  const quoted = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${quoted.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 's');
}
