# Completion of harness and harness-plot in fish. The programs themselves say what may be typed next, in the lines that
# harness/cli/complete.h describes. Without an installation: source harness/completion/harness.fish

function __harness_candidates
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    type -q "$program"; or return
    for line in ($program --complete $words[2..] "$word" 2>/dev/null </dev/null)
        set -l fields (string split \t -- $line)
        switch $line
            case :nospace
            case ':files*' ':folders*'
                set -l typed (string sub -s (math (string length -- "$fields[2]") + 1) -- "$word")
                set -l lister (test $fields[1] = :files; and echo __fish_complete_path; or echo __fish_complete_directories)
                for path in ($lister "$typed")
                    printf "%s\n" $fields[2]$path
                end
            case '*'
                printf "%s\n" $line
        end
    end
end

complete -c harness -f -a '(__harness_candidates)'
complete -c harness-plot -f -a '(__harness_candidates)'
