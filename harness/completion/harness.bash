# shellcheck shell=bash
# Completion of harness and harness-plot in bash. The programs themselves say what may be typed next, in the lines
# that harness/cli/complete.h describes. Without an installation: source harness/completion/harness.bash

_harness() {
    local typed=${COMP_LINE:0:COMP_POINT} word kept line begin path
    local -a words
    # By blanks that are not escaped, and not as COMP_WORDS, which is split at ":" and "=" as well.
    # shellcheck disable=SC2162
    read -a words <<<"$typed"
    [[ $typed == *[^\\][[:blank:]] ]] && words+=('')
    word=${words[-1]}
    # Readline replaces what follows the last of these characters, or all of a word in quotes.
    kept=${word%"${word##*["${COMP_WORDBREAKS//[[:space:]]/}"]}"}
    if [[ $word == [\'\"]* ]]; then
        kept='' word=${word:1}
    fi
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        :nospace) compopt -o nospace ;;
        :files* | :folders*)
            compopt -o filenames
            begin=${line#*$'\t'}
            while IFS= read -r path; do
                path=$begin$path
                COMPREPLY+=("${path#"$kept"}")
            done < <(compgen -A "$([[ $line == :files* ]] && echo file || echo directory)" -- "${word#"$begin"}")
            ;;
        *)
            line=${line%%$'\t'*}
            COMPREPLY+=("${line#"$kept"}")
            ;;
        esac
    done < <("${words[0]/#\~/$HOME}" --complete "${words[@]:1:${#words[@]}-2}" "$word" 2>/dev/null </dev/null)
}

complete -F _harness harness harness-plot
