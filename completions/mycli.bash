# Completions of mycli for bash 4 or newer.

_mycli() {
    local kind='' candidate i
    COMPREPLY=()
    {
        read -r kind
        while IFS= read -r candidate; do
            COMPREPLY+=("$candidate")
        done
    } < <(command mycli completions bash --complete -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    case $kind in
    files) compopt -o default ;;
    command)
        for ((i = 1; i < COMP_CWORD; i++)); do
            [[ ${COMP_WORDS[i]} == -- ]] && break
        done
        # Both are functions of the package bash-completion.
        if declare -F _comp_command_offset >/dev/null; then
            _comp_command_offset $((i + 1))
        elif declare -F _command_offset >/dev/null; then
            _command_offset $((i + 1))
        elif ((COMP_CWORD == i + 1)); then
            while IFS= read -r candidate; do
                printf -v candidate %q "$candidate"
                COMPREPLY+=("$candidate")
            done < <(compgen -c -- "$2")
        else
            compopt -o default
        fi
        ;;
    esac
}

complete -F _mycli mycli
