// What each shell needs to ask for proposals: the only lines here that are not C++.
#include "serve/app/completion.h"

namespace aizuchi::serve {

namespace {

constexpr std::string_view bash_script = R"(# bash: source <(aizuchi completion bash)
_aizuchi() {
  local current=${COMP_WORDS[COMP_CWORD]} word note
  [ "$current" = "=" ] && current=
  COMPREPLY=()
  while IFS=$'\t' read -r word note; do
    case $word in
      :files) compopt -o filenames; COMPREPLY+=($(compgen -f -- "$current")) ;;
      :folders) compopt -o filenames; COMPREPLY+=($(compgen -d -- "$current")) ;;
      *) COMPREPLY+=("$word") ;;
    esac
  done < <("${COMP_WORDS[0]}" completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _aizuchi aizuchi
)";

constexpr std::string_view zsh_script = R"(#compdef aizuchi
# zsh: source <(aizuchi completion zsh), or save it as _aizuchi in a folder of $fpath
_aizuchi() {
  local word note
  local -a found
  while IFS=$'\t' read -r word note; do
    case $word in
      :files) _files ;;
      :folders) _files -/ ;;
      *) found+=("${word//:/\\:}:$note") ;;
    esac
  done < <("${words[1]}" completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe aizuchi found
}
if [ "$funcstack[1]" = _aizuchi ]; then _aizuchi "$@"; else compdef _aizuchi aizuchi; fi
)";

constexpr std::string_view fish_script = R"(# fish: aizuchi completion fish | source
function __aizuchi_proposals
  set -l typed (commandline -opc) (commandline -ct)
  for line in ($typed[1] completion words -- $typed[2..-1] 2>/dev/null)
    switch $line
      case ':files*'
        __fish_complete_path (commandline -ct)
      case ':folders*'
        __fish_complete_directories (commandline -ct)
      case '*'
        printf '%s\n' $line
    end
  end
end
complete -c aizuchi -f -a '(__aizuchi_proposals)'
)";

}  // namespace

std::optional<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return std::string(bash_script);
  if (shell == "zsh") return std::string(zsh_script);
  if (shell == "fish") return std::string(fish_script);
  return std::nullopt;
}

}  // namespace aizuchi::serve
