/** `completion`: shells ask the program itself what may come next, the cluster's names included. */

import { exitCodes, printable, typed } from '../errors.ts';
import { scripts, shells } from '../output/shellScripts.ts';
import { shellQuote } from '../shellQuote.ts';
import { type CommandTable, defineCommand } from './command.ts';
import { usage } from './line/arguments.ts';
import type { Candidate } from './line/candidates.ts';

/** @param table where it finds the commands that it speaks of */
export const completion = (table: CommandTable) =>
  defineCommand({
    name: 'completion',
    describe: 'print the script that completes names and flags in bash, zsh, fish or kubectl',
    details: [
      'SHELL is bash, zsh, fish or kubectl. Names of releases, their revisions and namespaces come from',
      'the cluster that the line names. "candidates" is what the scripts call: it prints what may stand',
      'in the place of the last word. "words" leaves out what a shell would have to quote.',
    ],
    examples: [
      ['completion bash > ~/.kubectl-releases.sh', 'to be read from ~/.bashrc'],
      ['completion zsh > ~/.zfunc/_kubectl-releases', 'a folder of your fpath'],
      ['completion fish > ~/.config/fish/completions/kubectl-releases.fish', 'at once'],
      ['completion kubectl > kubectl_complete-releases', 'on the PATH, chmod +x'],
      ['completion words -- get values ""', 'every release of the namespace'],
    ],
    arguments: { shell: 'required', words: 'many' },
    options: {},
    local: true,
    async handler(args, io) {
      if (args.shell === 'words' || args.shell === 'candidates') {
        const { candidates } = await import('./line/candidates.ts');
        const { found, files } = await candidates(table, args.words, io);
        const offered = found.filter(([word]) => isOffered(word, args.shell === 'words'));
        const lines = offered.map(([word, what]) => `${word}\t${printable(what)}\n`);
        io.stdout.write(`${lines.join('')}:${directive(offered, files)}\n`);
        return exitCodes.done;
      }
      const script = Object.hasOwn(scripts, args.shell) ? scripts[args.shell] : undefined;
      if (script === undefined)
        throw usage(`there is no completion for "${typed(args.shell, 40)}"`, [
          `there is one for ${shells.join(', ')}`,
        ]);
      io.stdout.write(script);
      return exitCodes.done;
    },
  });

/** What a terminal acts on can't be typed; what isn't plain would have to be quoted. */
function isOffered(word: string, plainOnly: boolean): boolean {
  if (printable(word, Number.POSITIVE_INFINITY) !== word) return false;
  return !plainOnly || shellQuote(word) === word;
}

/** cobra's ShellCompDirectiveDefault, NoFileComp, and NoSpace where more of the same word follows. */
function directive(found: readonly Candidate[], files: boolean): 0 | 4 | 6 {
  if (files) return 0;
  return found.length > 0 && found.every(([word]) => /[:=/]$/.test(word)) ? 6 : 4;
}
