
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'mycli' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'mycli'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'mycli' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('signin', 'signin', [CompletionResultType]::ParameterValue, 'Sign in to a provider')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in to a provider')
            [CompletionResult]::new('signout', 'signout', [CompletionResultType]::ParameterValue, 'Delete the local credentials of a session')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Delete the local credentials of a session')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Print the access token, refreshed if less than a minute is left')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'List the sessions and how long their access tokens are valid')
            [CompletionResult]::new('whoami', 'whoami', [CompletionResultType]::ParameterValue, 'List the sessions and how long their access tokens are valid')
            [CompletionResult]::new('userinfo', 'userinfo', [CompletionResultType]::ParameterValue, 'Print what the provider says about the user, as JSON')
            [CompletionResult]::new('switch', 'switch', [CompletionResultType]::ParameterValue, 'Set the default provider and its default account')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'List which programs asked for which tokens, the last one at the end')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command with a fresh token in an environment variable, a file or a pipe')
            [CompletionResult]::new('credential', 'credential', [CompletionResultType]::ParameterValue, 'Give tokens to other programs that ask for them, such as git')
            [CompletionResult]::new('providers', 'providers', [CompletionResultType]::ParameterValue, 'List, show, add and remove providers')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Read and change the configuration file')
            [CompletionResult]::new('store', 'store', [CompletionResultType]::ParameterValue, 'Manage the credential stores')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check everything that a sign-in needs')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Serve the built-in OpenID provider on loopback until Ctrl-C')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;signin' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Require this account; store nothing if another one signs in')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Name the session; tells accounts apart that the server does not name')
            [CompletionResult]::new('--trust', '--trust', [CompletionResultType]::ParameterName, 'Accept this new authorization server, or this host, without a question')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Set the time limit [default: 5m; for a device code its lifetime]')
            [CompletionResult]::new('--redirect-to', '--redirect-to', [CompletionResultType]::ParameterName, 'Send the browser to this URL, or path below `home`, when the session is stored')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Use this port in the redirect URI')
            [CompletionResult]::new('--callback', '--callback', [CompletionResultType]::ParameterName, 'Use this registered redirect URI, byte for byte')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Request these scopes, separated by commas or spaces: +SCOPE adds to the granted ones, @SET stands for a set such as @git, '''' requests none')
            [CompletionResult]::new('--prompt', '--prompt', [CompletionResultType]::ParameterName, 'Set the `prompt` parameter, such as login or select_account')
            [CompletionResult]::new('--max-age', '--max-age', [CompletionResultType]::ParameterName, 'Require a login at the provider that is not older than this')
            [CompletionResult]::new('--acr', '--acr', [CompletionResultType]::ParameterName, 'Request this authentication context class')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Request a token for this resource (RFC 8707)')
            [CompletionResult]::new('--challenge', '--challenge', [CompletionResultType]::ParameterName, 'Do what the resource asked for: take scopes, metadata and strength from its WWW-Authenticate header')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'Add a parameter to the authorization request')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'Use this client ID and keep it with the session')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Wait for the end of the sign-in that --no-wait started')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Sign in even if a valid session exists')
            [CompletionResult]::new('--browser', '--browser', [CompletionResultType]::ParameterName, 'Sign in through the browser of this machine')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Show a code to enter on any device (RFC 8628)')
            [CompletionResult]::new('--paste', '--paste', [CompletionResultType]::ParameterName, 'Print the URL and read the one that the browser ends up at')
            [CompletionResult]::new('--no-open', '--no-open', [CompletionResultType]::ParameterName, 'Print the URL instead of opening a browser')
            [CompletionResult]::new('--qr', '--qr', [CompletionResultType]::ParameterName, 'Show the URL of the device flow as a QR code')
            [CompletionResult]::new('--no-qr', '--no-qr', [CompletionResultType]::ParameterName, 'Show no QR code')
            [CompletionResult]::new('--copy', '--copy', [CompletionResultType]::ParameterName, 'Copy the code of the device flow to the clipboard (OSC 52)')
            [CompletionResult]::new('--no-resource', '--no-resource', [CompletionResultType]::ParameterName, 'Send no `resource` parameter, if the server rejects it')
            [CompletionResult]::new('--client-secret-stdin', '--client-secret-stdin', [CompletionResultType]::ParameterName, 'Read the client secret from stdin and keep it with the session')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Print where to go as JSON and sign in in the background; for programs without a terminal')
            [CompletionResult]::new('--with-token', '--with-token', [CompletionResultType]::ParameterName, 'Store an access token that you have, such as a personal access token; read from stdin, or typed unseen')
            [CompletionResult]::new('--no-check', '--no-check', [CompletionResultType]::ParameterName, 'Do not ask the provider whose token this is')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;login' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Require this account; store nothing if another one signs in')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Name the session; tells accounts apart that the server does not name')
            [CompletionResult]::new('--trust', '--trust', [CompletionResultType]::ParameterName, 'Accept this new authorization server, or this host, without a question')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Set the time limit [default: 5m; for a device code its lifetime]')
            [CompletionResult]::new('--redirect-to', '--redirect-to', [CompletionResultType]::ParameterName, 'Send the browser to this URL, or path below `home`, when the session is stored')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Use this port in the redirect URI')
            [CompletionResult]::new('--callback', '--callback', [CompletionResultType]::ParameterName, 'Use this registered redirect URI, byte for byte')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Request these scopes, separated by commas or spaces: +SCOPE adds to the granted ones, @SET stands for a set such as @git, '''' requests none')
            [CompletionResult]::new('--prompt', '--prompt', [CompletionResultType]::ParameterName, 'Set the `prompt` parameter, such as login or select_account')
            [CompletionResult]::new('--max-age', '--max-age', [CompletionResultType]::ParameterName, 'Require a login at the provider that is not older than this')
            [CompletionResult]::new('--acr', '--acr', [CompletionResultType]::ParameterName, 'Request this authentication context class')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Request a token for this resource (RFC 8707)')
            [CompletionResult]::new('--challenge', '--challenge', [CompletionResultType]::ParameterName, 'Do what the resource asked for: take scopes, metadata and strength from its WWW-Authenticate header')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'Add a parameter to the authorization request')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'Use this client ID and keep it with the session')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Wait for the end of the sign-in that --no-wait started')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Sign in even if a valid session exists')
            [CompletionResult]::new('--browser', '--browser', [CompletionResultType]::ParameterName, 'Sign in through the browser of this machine')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Show a code to enter on any device (RFC 8628)')
            [CompletionResult]::new('--paste', '--paste', [CompletionResultType]::ParameterName, 'Print the URL and read the one that the browser ends up at')
            [CompletionResult]::new('--no-open', '--no-open', [CompletionResultType]::ParameterName, 'Print the URL instead of opening a browser')
            [CompletionResult]::new('--qr', '--qr', [CompletionResultType]::ParameterName, 'Show the URL of the device flow as a QR code')
            [CompletionResult]::new('--no-qr', '--no-qr', [CompletionResultType]::ParameterName, 'Show no QR code')
            [CompletionResult]::new('--copy', '--copy', [CompletionResultType]::ParameterName, 'Copy the code of the device flow to the clipboard (OSC 52)')
            [CompletionResult]::new('--no-resource', '--no-resource', [CompletionResultType]::ParameterName, 'Send no `resource` parameter, if the server rejects it')
            [CompletionResult]::new('--client-secret-stdin', '--client-secret-stdin', [CompletionResultType]::ParameterName, 'Read the client secret from stdin and keep it with the session')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Print where to go as JSON and sign in in the background; for programs without a terminal')
            [CompletionResult]::new('--with-token', '--with-token', [CompletionResultType]::ParameterName, 'Store an access token that you have, such as a personal access token; read from stdin, or typed unseen')
            [CompletionResult]::new('--no-check', '--no-check', [CompletionResultType]::ParameterName, 'Do not ask the provider whose token this is')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;signout' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Delete every session, or every session of PROVIDER')
            [CompletionResult]::new('--revoke', '--revoke', [CompletionResultType]::ParameterName, 'Revoke the tokens at the provider first (RFC 7009)')
            [CompletionResult]::new('--end-session', '--end-session', [CompletionResultType]::ParameterName, 'Open the provider''s logout page afterwards')
            [CompletionResult]::new('--forget-client', '--forget-client', [CompletionResultType]::ParameterName, 'Delete the client that was registered automatically (RFC 7592)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;logout' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Delete every session, or every session of PROVIDER')
            [CompletionResult]::new('--revoke', '--revoke', [CompletionResultType]::ParameterName, 'Revoke the tokens at the provider first (RFC 7009)')
            [CompletionResult]::new('--end-session', '--end-session', [CompletionResultType]::ParameterName, 'Open the provider''s logout page afterwards')
            [CompletionResult]::new('--forget-client', '--forget-client', [CompletionResultType]::ParameterName, 'Delete the client that was registered automatically (RFC 7592)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;token' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Get a token for these scopes, or a set such as @git, from the same sign-in; never broader than asked')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Get a token for this resource from the same sign-in (RFC 8707)')
            [CompletionResult]::new('--min-ttl', '--min-ttl', [CompletionResultType]::ParameterName, 'Refresh if the token is valid for less than this [default: 60s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Print `Authorization: Bearer TOKEN`, or the provider''s own header for a token that you brought')
            [CompletionResult]::new('--headers', '--headers', [CompletionResultType]::ParameterName, 'Print a JSON object of header names and values')
            [CompletionResult]::new('--curl-config', '--curl-config', [CompletionResultType]::ParameterName, 'Print a configuration for `curl -K -`, which keeps the token out of the argument list')
            [CompletionResult]::new('--id-token', '--id-token', [CompletionResultType]::ParameterName, 'Print the ID token')
            [CompletionResult]::new('--claims', '--claims', [CompletionResultType]::ParameterName, 'Print the claims of the ID token as JSON; without one those of the access token, unverified')
            [CompletionResult]::new('--copy', '--copy', [CompletionResultType]::ParameterName, 'Copy to the clipboard of the terminal (OSC 52) instead of printing')
            [CompletionResult]::new('--no-refresh', '--no-refresh', [CompletionResultType]::ParameterName, 'Print the stored token, even if it has expired')
            [CompletionResult]::new('--force-refresh', '--force-refresh', [CompletionResultType]::ParameterName, 'Refresh even if the token is still valid')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;status' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'List only this account: its name, email address or subject')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print the session that commands use here: {provider} {account} {left} {usable}')
            [CompletionResult]::new('--format-shell', '--format-shell', [CompletionResultType]::ParameterName, 'Escape the fields of --format for the prompt of this shell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Check whether the providers accept the access tokens')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;whoami' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'List only this account: its name, email address or subject')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print the session that commands use here: {provider} {account} {left} {usable}')
            [CompletionResult]::new('--format-shell', '--format-shell', [CompletionResultType]::ParameterName, 'Escape the fields of --format for the prompt of this shell')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Check whether the providers accept the access tokens')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;userinfo' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;switch' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;log' {
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'List only the last N entries')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;exec' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Set this environment variable to the token; repeatable')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Set this environment variable to the path of a file with the token, fresh while the command runs; repeatable')
            [CompletionResult]::new('--fd', '--fd', [CompletionResultType]::ParameterName, 'Let the command read the token, once, from this file descriptor; repeatable')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('git', 'git', [CompletionResultType]::ParameterValue, 'Answer git, which asks for the credential of a host')
            [CompletionResult]::new('docker', 'docker', [CompletionResultType]::ParameterValue, 'Answer docker, podman, skopeo or buildah, which ask for the credential of a registry')
            [CompletionResult]::new('kubectl', 'kubectl', [CompletionResultType]::ParameterValue, 'Answer kubectl, which asks for the token of a cluster')
            [CompletionResult]::new('cargo', 'cargo', [CompletionResultType]::ParameterValue, 'Answer cargo, which asks for the token of a registry')
            [CompletionResult]::new('terraform', 'terraform', [CompletionResultType]::ParameterValue, 'Answer terraform or tofu, which ask for the token of a host')
            [CompletionResult]::new('bazel', 'bazel', [CompletionResultType]::ParameterValue, 'Answer bazel, which asks for the headers of a URL')
            [CompletionResult]::new('keyring', 'keyring', [CompletionResultType]::ParameterValue, 'Answer pip or uv, which ask for the password of a package index')
            [CompletionResult]::new('headers', 'headers', [CompletionResultType]::ParameterValue, 'Print a JSON object of header names and values, for the header helpers of agents')
            [CompletionResult]::new('netrc', 'netrc', [CompletionResultType]::ParameterValue, 'Print a line of a netrc file for each host of a session')
            [CompletionResult]::new('google', 'google', [CompletionResultType]::ParameterValue, 'Answer a library of Google, which exchanges an ID token for one of a service account')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;credential;git' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential;docker' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential;kubectl' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--api-version', '--api-version', [CompletionResultType]::ParameterName, 'Version of the answer if the program does not ask for one: v1 or v1beta1')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--access-token', '--access-token', [CompletionResultType]::ParameterName, 'Give the access token instead of the ID token')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential;cargo' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--bearer', '--bearer', [CompletionResultType]::ParameterName, 'Put `Bearer` before the token, for a registry that wants the scheme')
            [CompletionResult]::new('--cargo-plugin', '--cargo-plugin', [CompletionResultType]::ParameterName, 'Word that cargo starts each provider with')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential;terraform' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential;bazel' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential;keyring' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'Parts to print: password, or creds for the user name too [default: password]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the answer: plain or json [default: plain]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential;headers' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential;netrc' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential;google' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Select an account by its name, email address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;credential;help' {
            [CompletionResult]::new('git', 'git', [CompletionResultType]::ParameterValue, 'Answer git, which asks for the credential of a host')
            [CompletionResult]::new('docker', 'docker', [CompletionResultType]::ParameterValue, 'Answer docker, podman, skopeo or buildah, which ask for the credential of a registry')
            [CompletionResult]::new('kubectl', 'kubectl', [CompletionResultType]::ParameterValue, 'Answer kubectl, which asks for the token of a cluster')
            [CompletionResult]::new('cargo', 'cargo', [CompletionResultType]::ParameterValue, 'Answer cargo, which asks for the token of a registry')
            [CompletionResult]::new('terraform', 'terraform', [CompletionResultType]::ParameterValue, 'Answer terraform or tofu, which ask for the token of a host')
            [CompletionResult]::new('bazel', 'bazel', [CompletionResultType]::ParameterValue, 'Answer bazel, which asks for the headers of a URL')
            [CompletionResult]::new('keyring', 'keyring', [CompletionResultType]::ParameterValue, 'Answer pip or uv, which ask for the password of a package index')
            [CompletionResult]::new('headers', 'headers', [CompletionResultType]::ParameterValue, 'Print a JSON object of header names and values, for the header helpers of agents')
            [CompletionResult]::new('netrc', 'netrc', [CompletionResultType]::ParameterValue, 'Print a line of a netrc file for each host of a session')
            [CompletionResult]::new('google', 'google', [CompletionResultType]::ParameterValue, 'Answer a library of Google, which exchanges an ID token for one of a service account')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;credential;help;git' {
            break
        }
        'mycli;credential;help;docker' {
            break
        }
        'mycli;credential;help;kubectl' {
            break
        }
        'mycli;credential;help;cargo' {
            break
        }
        'mycli;credential;help;terraform' {
            break
        }
        'mycli;credential;help;bazel' {
            break
        }
        'mycli;credential;help;keyring' {
            break
        }
        'mycli;credential;help;headers' {
            break
        }
        'mycli;credential;help;netrc' {
            break
        }
        'mycli;credential;help;google' {
            break
        }
        'mycli;credential;help;help' {
            break
        }
        'mycli;providers' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the configured providers')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting of a provider and its source')
            [CompletionResult]::new('register', 'register', [CompletionResultType]::ParameterValue, 'Register an application at a provider')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a provider to the configuration, or change it')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a provider from the configuration')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Check the settings of a provider without signing in')
            [CompletionResult]::new('client-metadata', 'client-metadata', [CompletionResultType]::ParameterValue, 'Print a metadata document for this program to host at a URL')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;providers;list' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'List the whole catalog')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;show' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;register' {
            [CompletionResult]::new('--permission', '--permission', [CompletionResultType]::ParameterName, 'Give the new GitHub App a permission, such as contents=write')
            [CompletionResult]::new('--organization', '--organization', [CompletionResultType]::ParameterName, 'Let this organization own the new GitHub App')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--form', '--form', [CompletionResultType]::ParameterName, 'Use the provider''s form, such as the one for an OAuth app of GitHub with its scopes')
            [CompletionResult]::new('--token-stdin', '--token-stdin', [CompletionResultType]::ParameterName, 'Read an initial access token of an administrator from stdin (RFC 7591)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;add' {
            [CompletionResult]::new('--use', '--use', [CompletionResultType]::ParameterName, 'Use the settings of this catalog entry')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'Discover the endpoints from this issuer')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'Set the client ID of your application')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set another key, such as tenant=contoso.example (see mycli-config(5))')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--client-secret-stdin', '--client-secret-stdin', [CompletionResultType]::ParameterName, 'Read the client secret from stdin')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;remove' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;test' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;client-metadata' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the configured providers')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting of a provider and its source')
            [CompletionResult]::new('register', 'register', [CompletionResultType]::ParameterValue, 'Register an application at a provider')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a provider to the configuration, or change it')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a provider from the configuration')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Check the settings of a provider without signing in')
            [CompletionResult]::new('client-metadata', 'client-metadata', [CompletionResultType]::ParameterValue, 'Print a metadata document for this program to host at a URL')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;providers;help;list' {
            break
        }
        'mycli;providers;help;show' {
            break
        }
        'mycli;providers;help;register' {
            break
        }
        'mycli;providers;help;add' {
            break
        }
        'mycli;providers;help;remove' {
            break
        }
        'mycli;providers;help;test' {
            break
        }
        'mycli;providers;help;client-metadata' {
            break
        }
        'mycli;providers;help;help' {
            break
        }
        'mycli;config' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print the value of a key, or every key that is set')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set a key')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove a key')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print the path of the configuration file')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;config;get' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;config;set' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;config;unset' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;config;path' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;config;edit' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;config;help' {
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print the value of a key, or every key that is set')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set a key')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove a key')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print the path of the configuration file')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;config;help;get' {
            break
        }
        'mycli;config;help;set' {
            break
        }
        'mycli;config;help;unset' {
            break
        }
        'mycli;config;help;path' {
            break
        }
        'mycli;config;help;edit' {
            break
        }
        'mycli;config;help;help' {
            break
        }
        'mycli;store' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Move every session and client secret to the other store')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;store;move' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;store;help' {
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Move every session and client secret to the other store')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;store;help;move' {
            break
        }
        'mycli;store;help;help' {
            break
        }
        'mycli;doctor' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;demo' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Listen on this port of 127.0.0.1 instead of any free one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--approve', '--approve', [CompletionResultType]::ParameterName, 'Approve every request without showing a page')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Choose when to color the output')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Use this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Store new sessions in: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON on stdout and messages as JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Verbose; repeat to log HTTP requests (secrets are redacted)')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never prompt or open a browser (implied by CI)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;help' {
            [CompletionResult]::new('signin', 'signin', [CompletionResultType]::ParameterValue, 'Sign in to a provider')
            [CompletionResult]::new('signout', 'signout', [CompletionResultType]::ParameterValue, 'Delete the local credentials of a session')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Print the access token, refreshed if less than a minute is left')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'List the sessions and how long their access tokens are valid')
            [CompletionResult]::new('userinfo', 'userinfo', [CompletionResultType]::ParameterValue, 'Print what the provider says about the user, as JSON')
            [CompletionResult]::new('switch', 'switch', [CompletionResultType]::ParameterValue, 'Set the default provider and its default account')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'List which programs asked for which tokens, the last one at the end')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command with a fresh token in an environment variable, a file or a pipe')
            [CompletionResult]::new('credential', 'credential', [CompletionResultType]::ParameterValue, 'Give tokens to other programs that ask for them, such as git')
            [CompletionResult]::new('providers', 'providers', [CompletionResultType]::ParameterValue, 'List, show, add and remove providers')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Read and change the configuration file')
            [CompletionResult]::new('store', 'store', [CompletionResultType]::ParameterValue, 'Manage the credential stores')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check everything that a sign-in needs')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Serve the built-in OpenID provider on loopback until Ctrl-C')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;help;signin' {
            break
        }
        'mycli;help;signout' {
            break
        }
        'mycli;help;token' {
            break
        }
        'mycli;help;status' {
            break
        }
        'mycli;help;userinfo' {
            break
        }
        'mycli;help;switch' {
            break
        }
        'mycli;help;log' {
            break
        }
        'mycli;help;exec' {
            break
        }
        'mycli;help;credential' {
            [CompletionResult]::new('git', 'git', [CompletionResultType]::ParameterValue, 'Answer git, which asks for the credential of a host')
            [CompletionResult]::new('docker', 'docker', [CompletionResultType]::ParameterValue, 'Answer docker, podman, skopeo or buildah, which ask for the credential of a registry')
            [CompletionResult]::new('kubectl', 'kubectl', [CompletionResultType]::ParameterValue, 'Answer kubectl, which asks for the token of a cluster')
            [CompletionResult]::new('cargo', 'cargo', [CompletionResultType]::ParameterValue, 'Answer cargo, which asks for the token of a registry')
            [CompletionResult]::new('terraform', 'terraform', [CompletionResultType]::ParameterValue, 'Answer terraform or tofu, which ask for the token of a host')
            [CompletionResult]::new('bazel', 'bazel', [CompletionResultType]::ParameterValue, 'Answer bazel, which asks for the headers of a URL')
            [CompletionResult]::new('keyring', 'keyring', [CompletionResultType]::ParameterValue, 'Answer pip or uv, which ask for the password of a package index')
            [CompletionResult]::new('headers', 'headers', [CompletionResultType]::ParameterValue, 'Print a JSON object of header names and values, for the header helpers of agents')
            [CompletionResult]::new('netrc', 'netrc', [CompletionResultType]::ParameterValue, 'Print a line of a netrc file for each host of a session')
            [CompletionResult]::new('google', 'google', [CompletionResultType]::ParameterValue, 'Answer a library of Google, which exchanges an ID token for one of a service account')
            break
        }
        'mycli;help;credential;git' {
            break
        }
        'mycli;help;credential;docker' {
            break
        }
        'mycli;help;credential;kubectl' {
            break
        }
        'mycli;help;credential;cargo' {
            break
        }
        'mycli;help;credential;terraform' {
            break
        }
        'mycli;help;credential;bazel' {
            break
        }
        'mycli;help;credential;keyring' {
            break
        }
        'mycli;help;credential;headers' {
            break
        }
        'mycli;help;credential;netrc' {
            break
        }
        'mycli;help;credential;google' {
            break
        }
        'mycli;help;providers' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the configured providers')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting of a provider and its source')
            [CompletionResult]::new('register', 'register', [CompletionResultType]::ParameterValue, 'Register an application at a provider')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a provider to the configuration, or change it')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a provider from the configuration')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Check the settings of a provider without signing in')
            [CompletionResult]::new('client-metadata', 'client-metadata', [CompletionResultType]::ParameterValue, 'Print a metadata document for this program to host at a URL')
            break
        }
        'mycli;help;providers;list' {
            break
        }
        'mycli;help;providers;show' {
            break
        }
        'mycli;help;providers;register' {
            break
        }
        'mycli;help;providers;add' {
            break
        }
        'mycli;help;providers;remove' {
            break
        }
        'mycli;help;providers;test' {
            break
        }
        'mycli;help;providers;client-metadata' {
            break
        }
        'mycli;help;config' {
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print the value of a key, or every key that is set')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set a key')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove a key')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print the path of the configuration file')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards')
            break
        }
        'mycli;help;config;get' {
            break
        }
        'mycli;help;config;set' {
            break
        }
        'mycli;help;config;unset' {
            break
        }
        'mycli;help;config;path' {
            break
        }
        'mycli;help;config;edit' {
            break
        }
        'mycli;help;store' {
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Move every session and client secret to the other store')
            break
        }
        'mycli;help;store;move' {
            break
        }
        'mycli;help;doctor' {
            break
        }
        'mycli;help;demo' {
            break
        }
        'mycli;help;completions' {
            break
        }
        'mycli;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
