# shellcheck shell=bash
# Completion of harness and harness-plot in bash. The programs themselves say what may be typed next, in the lines
# that harness/cli/complete.h describes. Without an installation: source harness/completion/harness.bash

# Of $1, what was typed: its words, in the array `words`, and in `kept` what the last one has before the part that
# Readline replaces, which is what follows the last of COMP_WORDBREAKS, or an open quote. COMP_WORDS would be split at
# ":" and "=" as well. Quotes and backslashes are taken as the shell takes them; nothing is expanded.
_harness_split() {
    local typed=$1 word='' quote='' begun='' before='' char
    local -i at
    words=() kept=''
    for ((at = 0; at < ${#typed}; at++)); do
        char=${typed:at:1}
        if [[ $char == \\ && $quote != \' ]]; then
            at+=1
            [[ -z $quote || ${typed:at:1} == [\\\"\$\`] ]] || word+=$char
            word+=${typed:at:1} begun=1
        elif [[ $quote ]]; then
            if [[ $char == "$quote" ]]; then
                quote=''
            else
                word+=$char
            fi
        elif [[ $char == [\'\"] ]]; then
            quote=$char before=$word begun=1
        elif [[ $char == [[:space:]] ]]; then
            [[ $begun ]] && words+=("$word")
            word='' kept='' begun=''
        else
            word+=$char begun=1
            [[ $COMP_WORDBREAKS == *"$char"* ]] && kept=$word
        fi
    done
    words+=("$word")
    [[ $quote ]] && kept=$before
    return 0
}

_harness() {
    local program word kept line begin path
    local -a words
    _harness_split "${COMP_LINE:0:COMP_POINT}"
    program=${words[0]/#\~/$HOME} word=${words[-1]}
    # A variable at the beginning of its path is known; what else would have to be expanded is not.
    [[ $program =~ ^\$\{?([[:alpha:]_][[:alnum:]_]*)\}?(/.*)?$ ]] && program=${!BASH_REMATCH[1]-}${BASH_REMATCH[2]}
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
    done < <("$program" --complete "${words[@]:1:${#words[@]}-2}" "$word" 2>/dev/null </dev/null)
}

complete -F _harness harness harness-plot
