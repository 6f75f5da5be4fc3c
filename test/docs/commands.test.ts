/** The reference agrees with the commands, and every command line in the docs is one that they take. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describedFlags, referencePage } from '../../scripts/referencePage.mjs';
import { nameArguments, readCommandLine } from '../../src/commands/line/arguments.ts';
import { flagGroups } from '../../src/commands/line/flagLines.ts';
import { commandHelp, exitCodeHelp, mainHelp } from '../../src/commands/line/help.ts';
import { optionsFor, optionsOf } from '../../src/commands/line/optionsOf.ts';
import { describedOnce } from '../../src/commands/line/sharedOptions.ts';
import { commandTable, findCommand } from '../../src/commands/table.ts';
import { exitCodes } from '../../src/errors.ts';
import type { IO } from '../../src/output/terminal/io.ts';
import { blocksOf, pages, root } from './pages.ts';

const write = () => {};
const io = { program: 'kubectl releases', stdout: { write, isTTY: false } } as unknown as IO;

describe('docs/reference.md', () => {
  const reference = readFileSync(join(root, 'docs', 'reference.md'), 'utf8');
  const again = 'npm run docs:reference writes it anew';
  const shared = flagGroups(describedOnce, 100).join('\n').trimEnd();

  it('describes each shared flag once', () => {
    const text = reference.replace(/\s+/g, ' ');
    const flags = describedFlags(shared);
    expect(flags.length).toBe(Object.keys(describedOnce).length);
    for (const flag of flags) expect([flag, text.split(flag).length - 1]).toEqual([flag, 1]);
    for (const name of ['kubeconfig', 'as-uid', 'tls-server-name', 'qps', 'recipient'])
      expect(reference.match(RegExp(`^ {2,6}(?:-\\w, )?--${name}\\b`, 'gm'))).toHaveLength(1);
  });

  it('shows the main help as it is', () => {
    expect(reference, again).toContain(`\`\`\`text\n${mainHelp(io).trimEnd()}\n\`\`\``);
  });

  it.each(commandTable.map(({ name }) => name))('shows %s as it is', async (name) => {
    const command = await findCommand(name)?.load();
    if (!command) throw new Error(`no command ${name}`);
    const help = commandHelp(command, optionsOf(command), io);
    const page = referencePage(name, help.replace(exitCodeHelp, ''), shared);
    expect(reference, again).toContain(page);
  });

  it('shows no command that is not there', () => {
    const shown = [...reference.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
    expect(shown).toEqual(commandTable.map(({ name }) => name));
  });

  it('has every exit code', () => {
    for (const code of Object.values(exitCodes))
      expect(reference).toMatch(RegExp(`^ {2}${code} `, 'm'));
  });
});

describe('README.md', () => {
  it('has the exit codes that --help has', () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8');
    const [, section = ''] = /\n## Exit codes\n([\s\S]*?)\n## /.exec(text) ?? [];
    const rows = [...section.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, ...row]) => row);
    const [, ...lines] = exitCodeHelp.trim().split('\n');
    expect(rows).toEqual(lines.map((line) => line.trim().split(/ {2,}/)));
  });
});

/** Lines of a block as a shell has them: continued ones joined, comments and pipes cut off. */
function commandLines(lines: readonly string[]): string[] {
  return lines
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => line.replace(/^\$ /, '').split(/ \| | && |; /))
    .map((line) =>
      line
        .replace(/(^|\s)#.*$/, '')
        .replace(/ [<>] ?\S+$/, '')
        .trim(),
    )
    .filter((line) => /^(kubectl|helm) releases /.test(line));
}

/** Those in the text; `COMMAND` and `…` stand for any. */
function inlineCommands(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/`((?:kubectl|helm) releases [^`]+)`/g)]
    .map(([, line = '']) => line.replace(/\s+/g, ' '))
    .filter((line) => !/ releases (COMMAND|…)/.test(line));
}

/** Reads a line as the program would; throws for what it doesn't take. */
async function takes(line: string): Promise<void> {
  const words = [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
  const [, , first = '', ...rest] = words;
  // `help COMMAND`, and completion scripts, are other words for what is tested elsewhere.
  const command = await findCommand(first)?.load();
  if (!command) throw new Error(`there is no command ${first}`);
  const shown = rest.filter((word) => word !== '…');
  // `rbac COMMAND` is about any.
  const typed = shown.map((word) => (word === 'COMMAND' ? 'list' : word));
  const read = readCommandLine(typed, await optionsFor(command, typed), command);
  const named = read.help ? {} : nameArguments(read.positionals, command.arguments);
  expect(Object.keys(named).length).toBeGreaterThanOrEqual(0);
}

const lines = pages.flatMap((page) => [
  ...blocksOf(page).flatMap((block) =>
    commandLines(block.lines).map((line) => ({ at: `${page}:${block.line}`, line })),
  ),
  ...inlineCommands(page).map((line) => ({ at: page, line })),
]);

describe('the command lines in the docs', () => {
  it('are found', () => {
    expect(lines.length).toBeGreaterThan(30);
  });

  it.each(lines)('$at $line', ({ line }) => takes(line));
});

describe('the examples of --help', async () => {
  const commands = await Promise.all(commandTable.map(({ load }) => load()));
  const examples = commands.flatMap(({ name, examples: own }) =>
    own.flatMap(([line]) => {
      const typed = line.startsWith(name) ? `kubectl releases ${line}` : line;
      return commandLines([typed]).map((one) => ({ name, line: one }));
    }),
  );
  it('are there for every command', () => {
    const names = new Set(examples.map(({ name }) => name));
    expect([...names]).toEqual(commandTable.map(({ name }) => name));
  });

  it.each(examples)('$name: $line', ({ line }) => takes(line));
});

describe('docs/security.md', () => {
  it('names each command that writes nothing', () => {
    const text = readFileSync(join(root, 'docs', 'security.md'), 'utf8');
    const [, sentence = ''] = /\nNothing, by ([\s\S]*?), nor by/.exec(text) ?? [];
    const named = [...sentence.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
    const writing = [
      'migrate2to3',
      'relocate',
      'copy',
      'cleanup',
      'move-config',
      'unlock',
      'prune',
      'backup',
      'restore',
    ];
    const names = commandTable.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(writing));
    expect(named.sort()).toEqual(names.filter((name) => !writing.includes(name)).sort());
  });
});
