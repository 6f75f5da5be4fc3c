/** `completion`: shells ask the program itself what may come next, the cluster's names included. */
import { exitCodes, printable, typed } from '../errors.ts';
import { defineCommand } from './command.ts';
import { usage } from './line/arguments.ts';

/**
 * Every one of them asks `completion words`, whose lines are cobra's: `WORD<tab>what it is`, and in the end
 * `:4`, or `:0` where files may follow.
 */
const scripts: { readonly [shell: string]: string } = {
  bash: `_kubectl_releases() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in :0) compopt -o default 2>/dev/null ;; :[0-9]*) ;; *) COMPREPLY+=("\${line%%$'\\t'*}") ;; esac
  done < <(kubectl-releases completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _kubectl_releases kubectl-releases
`,
  zsh: `#compdef kubectl-releases
_kubectl_releases() {
  local line
  local -a found
  for line in "\${(@f)$(kubectl-releases completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ $line == :<-> || -z $line ]] || found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe release found
  [[ $line != :0 ]] || _files
}
compdef _kubectl_releases kubectl-releases
# In a file of the fpath, this is what the first Tab runs.
[[ $funcstack[1] != _kubectl[-_]releases ]] || _kubectl_releases
`,
  fish: `function __kubectl_releases
  set -l word (commandline -ct)
  set -l found (kubectl-releases completion words -- (commandline -opc)[2..] $word 2>/dev/null)
  string match -rv '^:[0-9]+$' -- $found
  if contains -- :0 $found
    __fish_complete_path $word
  end
end
complete -c kubectl-releases -k -f -a '(__kubectl_releases)'
`,
  kubectl: `#!/bin/sh
# Put it on the PATH as kubectl_complete-releases: kubectl asks it what follows "kubectl releases".
exec kubectl-releases completion words -- "$@"
`,
};

/** What `completion SHELL` takes. */
export const shells: readonly string[] = Object.keys(scripts);

export const completion = defineCommand({
  name: 'completion',
  describe: 'print the script that completes names and flags in bash, zsh, fish or kubectl',
  details: [
    'SHELL is bash, zsh, fish or kubectl. Names of releases, their revisions and namespaces come from',
    'the cluster that the line names. "words" is what the scripts call: it prints what may stand in',
    'the place of the last word.',
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
    if (args.shell === 'words') {
      const { candidates } = await import('./line/candidates.ts');
      const { found, files } = await candidates(args.words, io);
      const lines = found.map(([word, what]) => `${printable(word)}\t${printable(what)}\n`);
      // cobra's ShellCompDirectiveDefault and ShellCompDirectiveNoFileComp.
      io.stdout.write(`${lines.join('')}:${files ? 0 : 4}\n`);
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
