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

complete -c mycli -n "__fish_mycli_needs_command" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_needs_command" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_needs_command" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_needs_command" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_needs_command" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_needs_command" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_needs_command" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_needs_command" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "signin" -d 'Sign in to a provider'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "login" -d 'Sign in to a provider'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "signout" -d 'Delete the local credentials of a session'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "logout" -d 'Delete the local credentials of a session'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "token" -d 'Print the access token, refreshed if less than a minute is left'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "status" -d 'List the sessions and how long their access tokens are valid'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "whoami" -d 'List the sessions and how long their access tokens are valid'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "userinfo" -d 'Print what the provider says about the user, as JSON'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "switch" -d 'Set the default provider and its default account'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "log" -d 'List which programs asked for which tokens, the last one at the end'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "exec" -d 'Run a command with a fresh token in an environment variable, a file or a pipe'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "credential" -d 'Give tokens to other programs that ask for them, such as git'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "providers" -d 'List, show, add and remove providers'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "config" -d 'Read and change the configuration file'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "store" -d 'Manage the credential stores'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "doctor" -d 'Check everything that a sign-in needs'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "demo" -d 'Serve the built-in OpenID provider on loopback until Ctrl-C'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c mycli -n "__fish_mycli_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l account -d 'Require this account; store nothing if another one signs in' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l label -d 'Name the session; tells accounts apart that the server does not name' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l trust -d 'Accept this new authorization server, or this host, without a question' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l timeout -d 'Set the time limit [default: 5m; for a device code its lifetime]' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l redirect-to -d 'Send the browser to this URL, or path below `home`, when the session is stored' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l port -d 'Use this port in the redirect URI' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l callback -d 'Use this registered redirect URI, byte for byte' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l scope -d 'Request these scopes, separated by commas or spaces: +SCOPE adds to the granted ones, @SET stands for a set such as @git, \'\' requests none' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l prompt -d 'Set the `prompt` parameter, such as login or select_account' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l max-age -d 'Require a login at the provider that is not older than this' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l acr -d 'Request this authentication context class' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l resource -d 'Request a token for this resource (RFC 8707)' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l challenge -d 'Do what the resource asked for: take scopes, metadata and strength from its WWW-Authenticate header' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l param -d 'Add a parameter to the authorization request' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l client-id -d 'Use this client ID and keep it with the session' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l resume -d 'Wait for the end of the sign-in that --no-wait started' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l force -d 'Sign in even if a valid session exists'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l browser -d 'Sign in through the browser of this machine'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l device -d 'Show a code to enter on any device (RFC 8628)'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l paste -d 'Print the URL and read the one that the browser ends up at'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l no-open -d 'Print the URL instead of opening a browser'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l qr -d 'Show the URL of the device flow as a QR code'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l no-qr -d 'Show no QR code'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l copy -d 'Copy the code of the device flow to the clipboard (OSC 52)'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l no-resource -d 'Send no `resource` parameter, if the server rejects it'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l client-secret-stdin -d 'Read the client secret from stdin and keep it with the session'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l no-wait -d 'Print where to go as JSON and sign in in the background; for programs without a terminal'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l with-token -d 'Store an access token that you have, such as a personal access token; read from stdin, or typed unseen'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l no-check -d 'Do not ask the provider whose token this is'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand signin" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l account -d 'Require this account; store nothing if another one signs in' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l label -d 'Name the session; tells accounts apart that the server does not name' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l trust -d 'Accept this new authorization server, or this host, without a question' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l timeout -d 'Set the time limit [default: 5m; for a device code its lifetime]' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l redirect-to -d 'Send the browser to this URL, or path below `home`, when the session is stored' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l port -d 'Use this port in the redirect URI' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l callback -d 'Use this registered redirect URI, byte for byte' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l scope -d 'Request these scopes, separated by commas or spaces: +SCOPE adds to the granted ones, @SET stands for a set such as @git, \'\' requests none' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l prompt -d 'Set the `prompt` parameter, such as login or select_account' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l max-age -d 'Require a login at the provider that is not older than this' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l acr -d 'Request this authentication context class' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l resource -d 'Request a token for this resource (RFC 8707)' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l challenge -d 'Do what the resource asked for: take scopes, metadata and strength from its WWW-Authenticate header' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l param -d 'Add a parameter to the authorization request' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l client-id -d 'Use this client ID and keep it with the session' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l resume -d 'Wait for the end of the sign-in that --no-wait started' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand login" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand login" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand login" -l force -d 'Sign in even if a valid session exists'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l browser -d 'Sign in through the browser of this machine'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l device -d 'Show a code to enter on any device (RFC 8628)'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l paste -d 'Print the URL and read the one that the browser ends up at'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l no-open -d 'Print the URL instead of opening a browser'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l qr -d 'Show the URL of the device flow as a QR code'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l no-qr -d 'Show no QR code'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l copy -d 'Copy the code of the device flow to the clipboard (OSC 52)'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l no-resource -d 'Send no `resource` parameter, if the server rejects it'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l client-secret-stdin -d 'Read the client secret from stdin and keep it with the session'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l no-wait -d 'Print where to go as JSON and sign in in the background; for programs without a terminal'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l with-token -d 'Store an access token that you have, such as a personal access token; read from stdin, or typed unseen'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l no-check -d 'Do not ask the provider whose token this is'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand login" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand login" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand login" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand login" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l all -d 'Delete every session, or every session of PROVIDER'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l revoke -d 'Revoke the tokens at the provider first (RFC 7009)'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l end-session -d 'Open the provider\'s logout page afterwards'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l forget-client -d 'Delete the client that was registered automatically (RFC 7592)'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand signout" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l all -d 'Delete every session, or every session of PROVIDER'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l revoke -d 'Revoke the tokens at the provider first (RFC 7009)'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l end-session -d 'Open the provider\'s logout page afterwards'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l forget-client -d 'Delete the client that was registered automatically (RFC 7592)'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand logout" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand token" -l scope -d 'Get a token for these scopes, or a set such as @git, from the same sign-in; never broader than asked' -r
complete -c mycli -n "__fish_mycli_using_subcommand token" -l resource -d 'Get a token for this resource from the same sign-in (RFC 8707)' -r
complete -c mycli -n "__fish_mycli_using_subcommand token" -l min-ttl -d 'Refresh if the token is valid for less than this [default: 60s]' -r
complete -c mycli -n "__fish_mycli_using_subcommand token" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand token" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand token" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand token" -l header -d 'Print `Authorization: Bearer TOKEN`, or the provider\'s own header for a token that you brought'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l headers -d 'Print a JSON object of header names and values'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l curl-config -d 'Print a configuration for `curl -K -`, which keeps the token out of the argument list'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l id-token -d 'Print the ID token'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l claims -d 'Print the claims of the ID token as JSON; without one those of the access token, unverified'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l copy -d 'Copy to the clipboard of the terminal (OSC 52) instead of printing'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l no-refresh -d 'Print the stored token, even if it has expired'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l force-refresh -d 'Refresh even if the token is still valid'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand token" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand token" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand token" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand token" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand status" -l account -d 'List only this account: its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand status" -l format -d 'Print the session that commands use here: {provider} {account} {left} {usable}' -r
complete -c mycli -n "__fish_mycli_using_subcommand status" -l format-shell -d 'Escape the fields of --format for the prompt of this shell' -r -f -a "bash\t''
zsh\t''
fish\t''"
complete -c mycli -n "__fish_mycli_using_subcommand status" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand status" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand status" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand status" -l check -d 'Check whether the providers accept the access tokens'
complete -c mycli -n "__fish_mycli_using_subcommand status" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand status" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand status" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand status" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand status" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l account -d 'List only this account: its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l format -d 'Print the session that commands use here: {provider} {account} {left} {usable}' -r
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l format-shell -d 'Escape the fields of --format for the prompt of this shell' -r -f -a "bash\t''
zsh\t''
fish\t''"
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l check -d 'Check whether the providers accept the access tokens'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand whoami" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand userinfo" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand userinfo" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand userinfo" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand userinfo" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand userinfo" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand userinfo" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand userinfo" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand userinfo" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand userinfo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand userinfo" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand switch" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand switch" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand switch" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand switch" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand log" -l last -d 'List only the last N entries' -r
complete -c mycli -n "__fish_mycli_using_subcommand log" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand log" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand log" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand log" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand log" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand log" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand log" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand log" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l env -d 'Set this environment variable to the token; repeatable' -r
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l file -d 'Set this environment variable to the path of a file with the token, fresh while the command runs; repeatable' -r
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l fd -d 'Let the command read the token, once, from this file descriptor; repeatable' -r
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand exec" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "git" -d 'Answer git, which asks for the credential of a host'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "docker" -d 'Answer docker, podman, skopeo or buildah, which ask for the credential of a registry'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "kubectl" -d 'Answer kubectl, which asks for the token of a cluster'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "cargo" -d 'Answer cargo, which asks for the token of a registry'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "terraform" -d 'Answer terraform or tofu, which ask for the token of a host'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "bazel" -d 'Answer bazel, which asks for the headers of a URL'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "keyring" -d 'Answer pip or uv, which ask for the password of a package index'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "headers" -d 'Print a JSON object of header names and values, for the header helpers of agents'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "netrc" -d 'Print a line of a netrc file for each host of a session'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "google" -d 'Answer a library of Google, which exchanges an ID token for one of a service account'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and not __fish_seen_subcommand_from git docker kubectl cargo terraform bazel keyring headers netrc google help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from git" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from git" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from git" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from git" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from git" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from git" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from git" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from git" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from git" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from git" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from docker" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from docker" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from docker" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from docker" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from docker" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from docker" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from docker" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from docker" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from docker" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from docker" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -l api-version -d 'Version of the answer if the program does not ask for one: v1 or v1beta1' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -l access-token -d 'Give the access token instead of the ID token'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from kubectl" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -l bearer -d 'Put `Bearer` before the token, for a registry that wants the scheme'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -l cargo-plugin -d 'Word that cargo starts each provider with'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from cargo" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from terraform" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from terraform" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from terraform" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from terraform" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from terraform" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from terraform" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from terraform" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from terraform" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from terraform" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from terraform" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from bazel" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from bazel" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from bazel" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from bazel" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from bazel" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from bazel" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from bazel" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from bazel" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from bazel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from bazel" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -l mode -d 'Parts to print: password, or creds for the user name too [default: password]' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -l output -d 'Form of the answer: plain or json [default: plain]' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from keyring" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from headers" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from headers" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from headers" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from headers" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from headers" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from headers" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from headers" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from headers" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from headers" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from headers" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from netrc" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from netrc" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from netrc" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from netrc" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from netrc" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from netrc" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from netrc" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from netrc" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from netrc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from netrc" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from google" -l account -d 'Select an account by its name, email address or subject' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from google" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from google" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from google" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from google" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from google" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from google" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from google" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from google" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from google" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "git" -d 'Answer git, which asks for the credential of a host'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "docker" -d 'Answer docker, podman, skopeo or buildah, which ask for the credential of a registry'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "kubectl" -d 'Answer kubectl, which asks for the token of a cluster'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "cargo" -d 'Answer cargo, which asks for the token of a registry'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "terraform" -d 'Answer terraform or tofu, which ask for the token of a host'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "bazel" -d 'Answer bazel, which asks for the headers of a URL'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "keyring" -d 'Answer pip or uv, which ask for the password of a package index'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "headers" -d 'Print a JSON object of header names and values, for the header helpers of agents'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "netrc" -d 'Print a line of a netrc file for each host of a session'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "google" -d 'Answer a library of Google, which exchanges an ID token for one of a service account'
complete -c mycli -n "__fish_mycli_using_subcommand credential; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -f -a "list" -d 'List the configured providers'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -f -a "show" -d 'Show every setting of a provider and its source'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -f -a "register" -d 'Register an application at a provider'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -f -a "add" -d 'Add a provider to the configuration, or change it'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -f -a "remove" -d 'Remove a provider from the configuration'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -f -a "test" -d 'Check the settings of a provider without signing in'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -f -a "client-metadata" -d 'Print a metadata document for this program to host at a URL'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and not __fish_seen_subcommand_from list show register add remove test client-metadata help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l all -d 'List the whole catalog'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -l permission -d 'Give the new GitHub App a permission, such as contents=write' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -l organization -d 'Let this organization own the new GitHub App' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -l form -d 'Use the provider\'s form, such as the one for an OAuth app of GitHub with its scopes'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -l token-stdin -d 'Read an initial access token of an administrator from stdin (RFC 7591)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from register" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l use -d 'Use the settings of this catalog entry' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l issuer -d 'Discover the endpoints from this issuer' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l client-id -d 'Set the client ID of your application' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l set -d 'Set another key, such as tenant=contoso.example (see mycli-config(5))' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l client-secret-stdin -d 'Read the client secret from stdin'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from test" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from test" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from test" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from test" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from test" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from test" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from client-metadata" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from client-metadata" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from client-metadata" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from client-metadata" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from client-metadata" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from client-metadata" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from client-metadata" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from client-metadata" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from client-metadata" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the configured providers'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show every setting of a provider and its source'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "register" -d 'Register an application at a provider'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a provider to the configuration, or change it'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove a provider from the configuration'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "test" -d 'Check the settings of a provider without signing in'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "client-metadata" -d 'Print a metadata document for this program to host at a URL'
complete -c mycli -n "__fish_mycli_using_subcommand providers; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -f -a "get" -d 'Print the value of a key, or every key that is set'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -f -a "set" -d 'Set a key'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -f -a "unset" -d 'Remove a key'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -f -a "path" -d 'Print the path of the configuration file'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -f -a "edit" -d 'Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards'
complete -c mycli -n "__fish_mycli_using_subcommand config; and not __fish_seen_subcommand_from get set unset path edit help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from get" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from get" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from get" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from get" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from get" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from set" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from set" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from set" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from set" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from unset" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from unset" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from unset" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from unset" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from unset" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from unset" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from path" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from path" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from path" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from edit" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from edit" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from edit" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from edit" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from edit" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from edit" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from edit" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "get" -d 'Print the value of a key, or every key that is set'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "set" -d 'Set a key'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "unset" -d 'Remove a key'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print the path of the configuration file'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "edit" -d 'Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards'
complete -c mycli -n "__fish_mycli_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -f -a "move" -d 'Move every session and client secret to the other store'
complete -c mycli -n "__fish_mycli_using_subcommand store; and not __fish_seen_subcommand_from move help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from move" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "move" -d 'Move every session and client secret to the other store'
complete -c mycli -n "__fish_mycli_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l port -d 'Listen on this port of 127.0.0.1 instead of any free one' -r
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l approve -d 'Approve every request without showing a page'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand demo" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -l color -d 'Choose when to color the output' -r -f -a "auto\t'If the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c mycli -n "__fish_mycli_using_subcommand completions" -l config -d 'Use this configuration file' -r -F
complete -c mycli -n "__fish_mycli_using_subcommand completions" -l store -d 'Store new sessions in: auto, keyring or file' -r
complete -c mycli -n "__fish_mycli_using_subcommand completions" -l json -d 'Print results as JSON on stdout and messages as JSON lines on stderr'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -s q -l quiet -d 'Print only warnings and errors'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -s v -l verbose -d 'Verbose; repeat to log HTTP requests (secrets are redacted)'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -l no-input -d 'Never prompt or open a browser (implied by CI)'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mycli -n "__fish_mycli_using_subcommand completions" -s V -l version -d 'Print version'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "signin" -d 'Sign in to a provider'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "signout" -d 'Delete the local credentials of a session'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "token" -d 'Print the access token, refreshed if less than a minute is left'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "status" -d 'List the sessions and how long their access tokens are valid'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "userinfo" -d 'Print what the provider says about the user, as JSON'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "switch" -d 'Set the default provider and its default account'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "log" -d 'List which programs asked for which tokens, the last one at the end'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "exec" -d 'Run a command with a fresh token in an environment variable, a file or a pipe'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "credential" -d 'Give tokens to other programs that ask for them, such as git'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "providers" -d 'List, show, add and remove providers'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "config" -d 'Read and change the configuration file'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "store" -d 'Manage the credential stores'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "doctor" -d 'Check everything that a sign-in needs'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "demo" -d 'Serve the built-in OpenID provider on loopback until Ctrl-C'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c mycli -n "__fish_mycli_using_subcommand help; and not __fish_seen_subcommand_from signin signout token status userinfo switch log exec credential providers config store doctor demo completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from credential" -f -a "git" -d 'Answer git, which asks for the credential of a host'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from credential" -f -a "docker" -d 'Answer docker, podman, skopeo or buildah, which ask for the credential of a registry'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from credential" -f -a "kubectl" -d 'Answer kubectl, which asks for the token of a cluster'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from credential" -f -a "cargo" -d 'Answer cargo, which asks for the token of a registry'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from credential" -f -a "terraform" -d 'Answer terraform or tofu, which ask for the token of a host'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from credential" -f -a "bazel" -d 'Answer bazel, which asks for the headers of a URL'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from credential" -f -a "keyring" -d 'Answer pip or uv, which ask for the password of a package index'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from credential" -f -a "headers" -d 'Print a JSON object of header names and values, for the header helpers of agents'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from credential" -f -a "netrc" -d 'Print a line of a netrc file for each host of a session'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from credential" -f -a "google" -d 'Answer a library of Google, which exchanges an ID token for one of a service account'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "list" -d 'List the configured providers'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "show" -d 'Show every setting of a provider and its source'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "register" -d 'Register an application at a provider'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "add" -d 'Add a provider to the configuration, or change it'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "remove" -d 'Remove a provider from the configuration'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "test" -d 'Check the settings of a provider without signing in'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from providers" -f -a "client-metadata" -d 'Print a metadata document for this program to host at a URL'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "get" -d 'Print the value of a key, or every key that is set'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "set" -d 'Set a key'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "unset" -d 'Remove a key'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print the path of the configuration file'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "edit" -d 'Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards'
complete -c mycli -n "__fish_mycli_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "move" -d 'Move every session and client secret to the other store'
