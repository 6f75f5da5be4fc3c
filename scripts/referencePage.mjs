// A command's page in docs/reference.md: what it says with --help, but for the flags that `options` describes.

/**
 * Flags of a help screen: a line that begins one, and what is set in below it.
 * @param {string} block
 * @returns {{ head: string, entries: string[] } | undefined} undefined for a text
 */
function flagsOf(block) {
  const [head = '', ...lines] = block.split('\n');
  if (!/:$/.test(head) || !/^ {2}(-|\s{4}--)/.test(lines[0] ?? '')) return undefined;
  /** @type {string[]} */
  const entries = [];
  for (const line of lines) {
    if (/^ {2}(-|\s{4}--)/.test(line)) entries.push(line);
    else entries[entries.length - 1] += `\n${line}`;
  }
  return { head, entries };
}

/** @param {string} entry */
const words = (entry) => entry.trim().replace(/\s+/g, ' ');

/** @param {string} entry */
const nameOf = (entry) => /--[\w-]+/.exec(entry)?.[0] ?? '';

/** @param {string} screen */
export function describedFlags(screen) {
  return screen.split('\n\n').flatMap((block) => flagsOf(block)?.entries.map(words) ?? []);
}

/**
 * @param {string} name
 * @param {string} help what `NAME --help` prints, without the exit codes that all commands have
 * @param {string} shared what `options` prints
 */
export function referencePage(name, help, shared) {
  const described = new Set(describedFlags(shared));
  /** @type {string[]} */
  const left = [];
  const blocks = help
    .trimEnd()
    .split('\n\n')
    .flatMap((block) => {
      const flags = flagsOf(block);
      if (!flags) return [block];
      const own = flags.entries.filter((entry) => !described.has(words(entry)));
      left.push(...flags.entries.filter((entry) => described.has(words(entry))).map(nameOf));
      return own.length > 0 ? [[flags.head, ...own].join('\n')] : [];
    });
  const links = left.map((flag) => `\`${flag}\``).join(', ');
  return [
    `## ${name}\n`,
    `\`\`\`text\n${blocks.join('\n\n').trimEnd()}\n\`\`\`\n`,
    ...(name === 'options' ? [`\`\`\`text\n${shared.trimEnd()}\n\`\`\`\n`] : []),
    ...(left.length > 0 ? [`Also, as [options](#options) describes them: ${links}.\n`] : []),
  ].join('\n');
}
