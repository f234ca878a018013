# Completions of mycli for fish.

function __mycli_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l lines (command mycli completions fish --complete -- $words "$token" 2>/dev/null)
    switch "$lines[1]"
        case words
            printf '%s\n' $lines[2..-1]
        case files
            # `--config=FILE` is one word.
            set -l flag (string match -r -- '^--[^=]+=' "$token")
            __fish_complete_path (string replace -- "$flag" '' "$token") | string replace -r -- '^' "$flag"
        case command
            set -l dashes (contains -i -- -- $words)
            set -e words[1..$dashes]
            complete -C (string join ' ' -- (string escape -- $words) "$token")
    end
end

complete -c mycli -f -k -a '(__mycli_complete)'
