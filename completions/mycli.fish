# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mycli_global_optspecs
    string join \n json q/quiet v/verbose color= no-input config= store= h/help V/version
end

function __fish_mycli_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mycli_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mycli_using_subcommand
    set -l cmd (__fish_mycli_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mycli -n "__fish_mycli_needs_command" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_needs_command" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_needs_command" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_needs_command" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_needs_command" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_needs_command" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_needs_command" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_needs_command" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "signin" -d 'Sign in to a provider, through the browser, with a device code or by pasting'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "login" -d 'Sign in to a provider, through the browser, with a device code or by pasting'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "signout" -d 'Clear the local credentials of a session'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "logout" -d 'Clear the local credentials of a session'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "token" -d 'Print the access token of a session, refreshed when less than a minute of it is left'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "status" -d 'Show who is signed in where, and for how long'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "whoami" -d 'Show who is signed in where, and for how long'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "switch" -d 'Make an account the default of its provider'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "exec" -d 'Run a command with a fresh token in an environment variable'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "providers" -d 'List, show, add and remove providers'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "store" -d 'Move what is kept from one credential store to the other'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "doctor" -d 'Check whether everything is in place for a sign-in'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "demo" -d 'Serve a small OpenID provider on loopback, until Ctrl-C'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l redirect-to -d 'Where the browser goes after the sign-in is stored: an address, or a path joined to `home`' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l port -d 'The port of the redirect URI' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l callback -d 'The registered redirect URI, sent byte for byte' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l scope -d 'Scopes, comma or space separated; `+S` adds to those granted, others replace them' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l account -d 'The account expected; if another one signs in, nothing is stored' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l prompt -d '`prompt` of the authorization request' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l max-age -d 'The longest time since the person last proved who they are' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l acr -d 'The authentication context asked for' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l resource -d 'The resource the token is for (RFC 8707)' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l param -d 'A further parameter of the authorization request' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l client-id -d 'The client id, kept with the session' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l timeout -d 'How long to wait for the person [default: 5m; with a device code, as long as it is good]' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l browser -d 'Come back through the browser of this machine, whatever else would be chosen'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l device -d 'Show a code to be entered on any device (RFC 8628)'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l paste -d 'Print the address, and read the one at which the browser ends, from the terminal unseen or from stdin'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l qr -d 'Draw the address of the device flow as a QR code'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l no-qr -d 'Draw no QR code'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l copy -d 'Put the code of the device flow on the clipboard of the terminal (OSC 52)'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l no-open -d 'Print the address, open no browser, keep listening'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l client-secret-stdin -d 'Read the client secret from stdin; kept with the session in the credential store'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l force -d 'Sign in although a valid session exists'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l redirect-to -d 'Where the browser goes after the sign-in is stored: an address, or a path joined to `home`' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l port -d 'The port of the redirect URI' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l callback -d 'The registered redirect URI, sent byte for byte' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l scope -d 'Scopes, comma or space separated; `+S` adds to those granted, others replace them' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l account -d 'The account expected; if another one signs in, nothing is stored' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l prompt -d '`prompt` of the authorization request' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l max-age -d 'The longest time since the person last proved who they are' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l acr -d 'The authentication context asked for' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l resource -d 'The resource the token is for (RFC 8707)' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l param -d 'A further parameter of the authorization request' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l client-id -d 'The client id, kept with the session' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l timeout -d 'How long to wait for the person [default: 5m; with a device code, as long as it is good]' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand login" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand login" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l browser -d 'Come back through the browser of this machine, whatever else would be chosen'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l device -d 'Show a code to be entered on any device (RFC 8628)'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l paste -d 'Print the address, and read the one at which the browser ends, from the terminal unseen or from stdin'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l qr -d 'Draw the address of the device flow as a QR code'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l no-qr -d 'Draw no QR code'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l copy -d 'Put the code of the device flow on the clipboard of the terminal (OSC 52)'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l no-open -d 'Print the address, open no browser, keep listening'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l client-secret-stdin -d 'Read the client secret from stdin; kept with the session in the credential store'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l force -d 'Sign in although a valid session exists'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand login" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand login" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand login" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l account -d 'The account: its name, e-mail address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l all -d 'Every session, or every session of PROVIDER'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l revoke -d 'Ask the provider first to revoke the tokens (RFC 7009)'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l end-session -d 'Open the provider\'s logout page afterwards'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l forget-client -d 'Delete the client that the provider registered by itself (RFC 7592)'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l account -d 'The account: its name, e-mail address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l all -d 'Every session, or every session of PROVIDER'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l revoke -d 'Ask the provider first to revoke the tokens (RFC 7009)'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l end-session -d 'Open the provider\'s logout page afterwards'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l forget-client -d 'Delete the client that the provider registered by itself (RFC 7592)'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l account -d 'The account: its name, e-mail address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand token" -l min-ttl -d 'Refresh when less than this is left' -r
complete -c mycli -n "__fish_mycli_using_subcommand token" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand token" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand token" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand token" -l header -d 'Print `Authorization: TYPE TOKEN`'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l id-token -d 'Print the ID token'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l no-refresh -d 'Print what is there, expired or not'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l force-refresh -d 'Refresh although the token is still valid'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand token" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand token" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand token" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand status" -l account -d 'Only this account: its name, e-mail address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand status" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand status" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand status" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand status" -l check -d 'Ask the provider whether it accepts the access token'
complete -c mycli -n "__fish_mycli_using_subcommand status" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand status" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand status" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand status" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand status" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l account -d 'Only this account: its name, e-mail address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l check -d 'Ask the provider whether it accepts the access token'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand switch" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand switch" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand switch" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l account -d 'The account: its name, e-mail address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l env -d 'The variable that carries the token' -r
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -f -a "list" -d 'List the configured providers'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -f -a "show" -d 'Show each value of a provider and where it came from'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -f -a "add" -d 'Add a provider to the configuration, or change it'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -f -a "remove" -d 'Remove a provider from the configuration'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show add remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l all -d 'The catalogue too'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l use -d 'The catalogue entry it is another name for' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l issuer -d 'The issuer, for discovery' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l client-id -d 'The client id of your own registration' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l set -d 'A further setting, such as tenant=contoso.example' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l client-secret-stdin -d 'Read the client secret from stdin'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the configured providers'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show each value of a provider and where it came from'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a provider to the configuration, or change it'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove a provider from the configuration'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -f -a "move" -d 'Move every session, and every client secret, to the other store'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "move" -d 'Move every session, and every client secret, to the other store'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l port -d 'The port on 127.0.0.1; any free one without' -r
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l approve -d 'Approve every request without a page'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -l color -d 'Colour the words on stderr' -r -f -a "auto\t'Where stderr is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand completions" -l config -d 'Read this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand completions" -l store -d 'Keep new sessions there: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand completions" -l json -d 'Print one JSON document on stdout and JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -s q -l quiet -d 'Say only what must be said'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -s v -l verbose -d 'Tell what is done, twice every exchange with the network too; never a secret'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -l no-input -d 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "signin" -d 'Sign in to a provider, through the browser, with a device code or by pasting'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "signout" -d 'Clear the local credentials of a session'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "token" -d 'Print the access token of a session, refreshed when less than a minute of it is left'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "status" -d 'Show who is signed in where, and for how long'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "switch" -d 'Make an account the default of its provider'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "exec" -d 'Run a command with a fresh token in an environment variable'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "providers" -d 'List, show, add and remove providers'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "store" -d 'Move what is kept from one credential store to the other'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "doctor" -d 'Check whether everything is in place for a sign-in'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "demo" -d 'Serve a small OpenID provider on loopback, until Ctrl-C'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "completions" -d 'Print the completions of a shell'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status switch exec providers store doctor demo completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "list" -d 'List the configured providers'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "show" -d 'Show each value of a provider and where it came from'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "add" -d 'Add a provider to the configuration, or change it'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "remove" -d 'Remove a provider from the configuration'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "move" -d 'Move every session, and every client secret, to the other store'
