
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
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('signin', 'signin', [CompletionResultType]::ParameterValue, 'Sign in to a provider, through the browser, with a device code or by pasting')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in to a provider, through the browser, with a device code or by pasting')
            [CompletionResult]::new('signout', 'signout', [CompletionResultType]::ParameterValue, 'Clear the local credentials of a session')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Clear the local credentials of a session')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Print the access token of a session, refreshed when less than a minute of it is left')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show who is signed in where, and for how long')
            [CompletionResult]::new('whoami', 'whoami', [CompletionResultType]::ParameterValue, 'Show who is signed in where, and for how long')
            [CompletionResult]::new('switch', 'switch', [CompletionResultType]::ParameterValue, 'Make an account the default of its provider')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command with a fresh token in an environment variable')
            [CompletionResult]::new('providers', 'providers', [CompletionResultType]::ParameterValue, 'List, show, add and remove providers')
            [CompletionResult]::new('store', 'store', [CompletionResultType]::ParameterValue, 'Move what is kept from one credential store to the other')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check whether everything is in place for a sign-in')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Serve a small OpenID provider on loopback, until Ctrl-C')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;signin' {
            [CompletionResult]::new('--redirect-to', '--redirect-to', [CompletionResultType]::ParameterName, 'Where the browser goes after the sign-in is stored: an address, or a path joined to `home`')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port of the redirect URI')
            [CompletionResult]::new('--callback', '--callback', [CompletionResultType]::ParameterName, 'The registered redirect URI, sent byte for byte')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes, comma or space separated; `+S` adds to those granted, others replace them')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account expected; if another one signs in, nothing is stored')
            [CompletionResult]::new('--prompt', '--prompt', [CompletionResultType]::ParameterName, '`prompt` of the authorization request')
            [CompletionResult]::new('--max-age', '--max-age', [CompletionResultType]::ParameterName, 'The longest time since the person last proved who they are')
            [CompletionResult]::new('--acr', '--acr', [CompletionResultType]::ParameterName, 'The authentication context asked for')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'The resource the token is for (RFC 8707)')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'A further parameter of the authorization request')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client id, kept with the session')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the person [default: 5m; with a device code, as long as it is good]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--browser', '--browser', [CompletionResultType]::ParameterName, 'Come back through the browser of this machine, whatever else would be chosen')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Show a code to be entered on any device (RFC 8628)')
            [CompletionResult]::new('--paste', '--paste', [CompletionResultType]::ParameterName, 'Print the address, and read the one at which the browser ends, from the terminal unseen or from stdin')
            [CompletionResult]::new('--qr', '--qr', [CompletionResultType]::ParameterName, 'Draw the address of the device flow as a QR code')
            [CompletionResult]::new('--no-qr', '--no-qr', [CompletionResultType]::ParameterName, 'Draw no QR code')
            [CompletionResult]::new('--copy', '--copy', [CompletionResultType]::ParameterName, 'Put the code of the device flow on the clipboard of the terminal (OSC 52)')
            [CompletionResult]::new('--no-open', '--no-open', [CompletionResultType]::ParameterName, 'Print the address, open no browser, keep listening')
            [CompletionResult]::new('--client-secret-stdin', '--client-secret-stdin', [CompletionResultType]::ParameterName, 'Read the client secret from stdin; kept with the session in the credential store')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Sign in although a valid session exists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;login' {
            [CompletionResult]::new('--redirect-to', '--redirect-to', [CompletionResultType]::ParameterName, 'Where the browser goes after the sign-in is stored: an address, or a path joined to `home`')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port of the redirect URI')
            [CompletionResult]::new('--callback', '--callback', [CompletionResultType]::ParameterName, 'The registered redirect URI, sent byte for byte')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes, comma or space separated; `+S` adds to those granted, others replace them')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account expected; if another one signs in, nothing is stored')
            [CompletionResult]::new('--prompt', '--prompt', [CompletionResultType]::ParameterName, '`prompt` of the authorization request')
            [CompletionResult]::new('--max-age', '--max-age', [CompletionResultType]::ParameterName, 'The longest time since the person last proved who they are')
            [CompletionResult]::new('--acr', '--acr', [CompletionResultType]::ParameterName, 'The authentication context asked for')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'The resource the token is for (RFC 8707)')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'A further parameter of the authorization request')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client id, kept with the session')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the person [default: 5m; with a device code, as long as it is good]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--browser', '--browser', [CompletionResultType]::ParameterName, 'Come back through the browser of this machine, whatever else would be chosen')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Show a code to be entered on any device (RFC 8628)')
            [CompletionResult]::new('--paste', '--paste', [CompletionResultType]::ParameterName, 'Print the address, and read the one at which the browser ends, from the terminal unseen or from stdin')
            [CompletionResult]::new('--qr', '--qr', [CompletionResultType]::ParameterName, 'Draw the address of the device flow as a QR code')
            [CompletionResult]::new('--no-qr', '--no-qr', [CompletionResultType]::ParameterName, 'Draw no QR code')
            [CompletionResult]::new('--copy', '--copy', [CompletionResultType]::ParameterName, 'Put the code of the device flow on the clipboard of the terminal (OSC 52)')
            [CompletionResult]::new('--no-open', '--no-open', [CompletionResultType]::ParameterName, 'Print the address, open no browser, keep listening')
            [CompletionResult]::new('--client-secret-stdin', '--client-secret-stdin', [CompletionResultType]::ParameterName, 'Read the client secret from stdin; kept with the session in the credential store')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Sign in although a valid session exists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;signout' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account: its name, e-mail address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Every session, or every session of PROVIDER')
            [CompletionResult]::new('--revoke', '--revoke', [CompletionResultType]::ParameterName, 'Ask the provider first to revoke the tokens (RFC 7009)')
            [CompletionResult]::new('--end-session', '--end-session', [CompletionResultType]::ParameterName, 'Open the provider''s logout page afterwards')
            [CompletionResult]::new('--forget-client', '--forget-client', [CompletionResultType]::ParameterName, 'Delete the client that the provider registered by itself (RFC 7592)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;logout' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account: its name, e-mail address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Every session, or every session of PROVIDER')
            [CompletionResult]::new('--revoke', '--revoke', [CompletionResultType]::ParameterName, 'Ask the provider first to revoke the tokens (RFC 7009)')
            [CompletionResult]::new('--end-session', '--end-session', [CompletionResultType]::ParameterName, 'Open the provider''s logout page afterwards')
            [CompletionResult]::new('--forget-client', '--forget-client', [CompletionResultType]::ParameterName, 'Delete the client that the provider registered by itself (RFC 7592)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;token' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account: its name, e-mail address or subject')
            [CompletionResult]::new('--min-ttl', '--min-ttl', [CompletionResultType]::ParameterName, 'Refresh when less than this is left')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Print `Authorization: TYPE TOKEN`')
            [CompletionResult]::new('--id-token', '--id-token', [CompletionResultType]::ParameterName, 'Print the ID token')
            [CompletionResult]::new('--no-refresh', '--no-refresh', [CompletionResultType]::ParameterName, 'Print what is there, expired or not')
            [CompletionResult]::new('--force-refresh', '--force-refresh', [CompletionResultType]::ParameterName, 'Refresh although the token is still valid')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;status' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only this account: its name, e-mail address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Ask the provider whether it accepts the access token')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;whoami' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only this account: its name, e-mail address or subject')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Ask the provider whether it accepts the access token')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;switch' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;exec' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account: its name, e-mail address or subject')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The variable that carries the token')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the configured providers')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show each value of a provider and where it came from')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a provider to the configuration, or change it')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a provider from the configuration')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;providers;list' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'The catalogue too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;show' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;add' {
            [CompletionResult]::new('--use', '--use', [CompletionResultType]::ParameterName, 'The catalogue entry it is another name for')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'The issuer, for discovery')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client id of your own registration')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A further setting, such as tenant=contoso.example')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--client-secret-stdin', '--client-secret-stdin', [CompletionResultType]::ParameterName, 'Read the client secret from stdin')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;remove' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;providers;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the configured providers')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show each value of a provider and where it came from')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a provider to the configuration, or change it')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a provider from the configuration')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;providers;help;list' {
            break
        }
        'mycli;providers;help;show' {
            break
        }
        'mycli;providers;help;add' {
            break
        }
        'mycli;providers;help;remove' {
            break
        }
        'mycli;providers;help;help' {
            break
        }
        'mycli;store' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Move every session, and every client secret, to the other store')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mycli;store;move' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;store;help' {
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Move every session, and every client secret, to the other store')
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
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;demo' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port on 127.0.0.1; any free one without')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--approve', '--approve', [CompletionResultType]::ParameterName, 'Approve every request without a page')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the words on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep new sessions there: auto, keyring or file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on stdout and JSON lines on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what must be said')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is done, twice every exchange with the network too; never a secret')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mycli;help' {
            [CompletionResult]::new('signin', 'signin', [CompletionResultType]::ParameterValue, 'Sign in to a provider, through the browser, with a device code or by pasting')
            [CompletionResult]::new('signout', 'signout', [CompletionResultType]::ParameterValue, 'Clear the local credentials of a session')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Print the access token of a session, refreshed when less than a minute of it is left')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show who is signed in where, and for how long')
            [CompletionResult]::new('switch', 'switch', [CompletionResultType]::ParameterValue, 'Make an account the default of its provider')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command with a fresh token in an environment variable')
            [CompletionResult]::new('providers', 'providers', [CompletionResultType]::ParameterValue, 'List, show, add and remove providers')
            [CompletionResult]::new('store', 'store', [CompletionResultType]::ParameterValue, 'Move what is kept from one credential store to the other')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check whether everything is in place for a sign-in')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Serve a small OpenID provider on loopback, until Ctrl-C')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
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
        'mycli;help;switch' {
            break
        }
        'mycli;help;exec' {
            break
        }
        'mycli;help;providers' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the configured providers')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show each value of a provider and where it came from')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a provider to the configuration, or change it')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a provider from the configuration')
            break
        }
        'mycli;help;providers;list' {
            break
        }
        'mycli;help;providers;show' {
            break
        }
        'mycli;help;providers;add' {
            break
        }
        'mycli;help;providers;remove' {
            break
        }
        'mycli;help;store' {
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Move every session, and every client secret, to the other store')
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
