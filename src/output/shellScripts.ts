/** The scripts that ask this program what may come next, by shell. */

/**
 * Every one of them asks `completion candidates`, whose lines are cobra's: `WORD<tab>what it is`, and in the
 * end `:4`, `:6` where no space follows, or `:0` where files may follow. What comes from a cluster or a
 * kubeconfig is hostile: bash puts it on the line as it is given, so it is quoted here; zsh and fish
 * quote it themselves. kubectl and helm, which quote nothing in some of their versions, ask `completion
 * words`, which leaves out whatever would have to be quoted.
 */
export const scripts: { readonly [shell: string]: string } = {
  bash: `# A word as it is meant: quotes and backslashes taken away, nothing expanded. Sets meant, and quote where one is open.
_kubectl_releases_unquote() {
  local i char
  meant= quote=
  for ((i = 0; i < \${#1}; i++)); do
    char=\${1:i:1}
    if [[ $quote == "'" ]]; then
      if [[ $char == "'" ]]; then quote=; else meant+=$char; fi
    elif [[ $char == \\\\ ]]; then
      i=$((i + 1)) meant+=\${1:i:1}
    elif [[ -n $quote && $char == "$quote" ]]; then
      quote=
    elif [[ -z $quote && ($char == "'" || $char == '"') ]]; then
      quote=$char
    else
      meant+=$char
    fi
  done
}
_kubectl_releases() {
  local line rest start raw typed ended quoted meant quote i
  local -a said
  COMPREPLY=()
  # Bash takes words apart at = and :, too. What no space sets apart is one.
  rest=\${COMP_LINE:0:COMP_POINT}
  for ((i = 0; i <= COMP_CWORD; i++)); do
    start=\${rest%%[![:space:]]*}
    raw=\${COMP_WORDS[i]}
    if ((i > 0 && i == COMP_CWORD)) && [[ -n $COMP_LINE ]]; then raw=\${rest#"$start"}; fi
    if ((i > 0)) && [[ -n $COMP_LINE && -z $start ]]; then
      said[\${#said[@]} - 1]+=$raw
    else
      said+=("$raw")
    fi
    rest=\${rest#"$start"} rest=\${rest#"$raw"}
  done
  # What bash replaces is only what follows the last of them.
  [[ $raw != [=:] ]] || raw=
  _kubectl_releases_unquote "$raw"
  typed=$meant
  for i in "\${!said[@]}"; do
    _kubectl_releases_unquote "\${said[i]}"
    said[i]=$meant
  done
  start=\${meant%"$typed"}
  # It breaks at an @, too, but replaces it with what follows.
  [[ $start != *@ ]] || start=\${start%@}
  while IFS= read -r line; do
    case $line in
      :0) compopt -o default 2>/dev/null ;;
      :6) compopt -o nospace 2>/dev/null ;;
      :[0-9]) ;;
      "$start"*)
        ended=\${line%%$'\\t'*}
        ended=\${ended#"$start"}
        printf -v quoted %q "$ended"
        # Within quotes only what needs none.
        if [[ -z $quote || $quoted == "$ended" ]]; then COMPREPLY+=("$quoted"); fi
        ;;
    esac
  done < <(kubectl-releases completion candidates -- "\${said[@]:1}" 2>/dev/null)
}
complete -F _kubectl_releases kubectl-releases
`,
  zsh: `#compdef kubectl-releases
_kubectl_releases() {
  local line word
  local -a found end
  # (Q) takes quotes away and expands nothing.
  for line in "\${(@f)$(kubectl-releases completion candidates -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :<-> ]]; then
      [[ $line != :6 ]] || end=(-S '')
    elif [[ -n $line ]]; then
      word=\${\${line%%$'\\t'*}//\\\\/\\\\\\\\}
      found+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  _describe release found "\${(@)end}"
  [[ $line != :0 ]] || { compset -P '-*='; _files; }
}
compdef _kubectl_releases kubectl-releases
# In a file of the fpath, this is what the first Tab runs.
[[ $funcstack[1] != _kubectl[-_]releases ]] || _kubectl_releases
`,
  fish: `function __kubectl_releases
  set -l word (commandline -ct)
  set -l meant (string unescape -- $word; or echo -- $word)
  set -l found (kubectl-releases completion candidates -- (commandline -opc)[2..] "$meant" 2>/dev/null)
  # fish quotes what it puts on the line, but for a ~ in front.
  string match -rv '^(:[0-9]+$|~)' -- $found
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
