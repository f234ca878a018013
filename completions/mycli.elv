
use builtin;
use str;

set edit:completion:arg-completer[mycli] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'mycli'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'mycli'= {
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand signin 'Sign in to a provider, through the browser, with a device code or by pasting'
            cand login 'Sign in to a provider, through the browser, with a device code or by pasting'
            cand signout 'Clear the local credentials of a session'
            cand logout 'Clear the local credentials of a session'
            cand token 'Print the access token of a session, refreshed when less than a minute of it is left'
            cand status 'Show who is signed in where, and for how long'
            cand whoami 'Show who is signed in where, and for how long'
            cand switch 'Make an account the default of its provider'
            cand exec 'Run a command with a fresh token in an environment variable'
            cand providers 'List, show, add and remove providers'
            cand store 'Move what is kept from one credential store to the other'
            cand doctor 'Check whether everything is in place for a sign-in'
            cand demo 'Serve a small OpenID provider on loopback, until Ctrl-C'
            cand completions 'Print the completions of a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;signin'= {
            cand --redirect-to 'Where the browser goes after the sign-in is stored: an address, or a path joined to `home`'
            cand --port 'The port of the redirect URI'
            cand --callback 'The registered redirect URI, sent byte for byte'
            cand --scope 'Scopes, comma or space separated; `+S` adds to those granted, others replace them'
            cand --account 'The account expected; if another one signs in, nothing is stored'
            cand --prompt '`prompt` of the authorization request'
            cand --max-age 'The longest time since the person last proved who they are'
            cand --acr 'The authentication context asked for'
            cand --resource 'The resource the token is for (RFC 8707)'
            cand --param 'A further parameter of the authorization request'
            cand --client-id 'The client id, kept with the session'
            cand --timeout 'How long to wait for the person [default: 5m; with a device code, as long as it is good]'
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --browser 'Come back through the browser of this machine, whatever else would be chosen'
            cand --device 'Show a code to be entered on any device (RFC 8628)'
            cand --paste 'Print the address, and read the one at which the browser ends, from the terminal unseen or from stdin'
            cand --qr 'Draw the address of the device flow as a QR code'
            cand --no-qr 'Draw no QR code'
            cand --copy 'Put the code of the device flow on the clipboard of the terminal (OSC 52)'
            cand --no-open 'Print the address, open no browser, keep listening'
            cand --client-secret-stdin 'Read the client secret from stdin; kept with the session in the credential store'
            cand --force 'Sign in although a valid session exists'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;login'= {
            cand --redirect-to 'Where the browser goes after the sign-in is stored: an address, or a path joined to `home`'
            cand --port 'The port of the redirect URI'
            cand --callback 'The registered redirect URI, sent byte for byte'
            cand --scope 'Scopes, comma or space separated; `+S` adds to those granted, others replace them'
            cand --account 'The account expected; if another one signs in, nothing is stored'
            cand --prompt '`prompt` of the authorization request'
            cand --max-age 'The longest time since the person last proved who they are'
            cand --acr 'The authentication context asked for'
            cand --resource 'The resource the token is for (RFC 8707)'
            cand --param 'A further parameter of the authorization request'
            cand --client-id 'The client id, kept with the session'
            cand --timeout 'How long to wait for the person [default: 5m; with a device code, as long as it is good]'
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --browser 'Come back through the browser of this machine, whatever else would be chosen'
            cand --device 'Show a code to be entered on any device (RFC 8628)'
            cand --paste 'Print the address, and read the one at which the browser ends, from the terminal unseen or from stdin'
            cand --qr 'Draw the address of the device flow as a QR code'
            cand --no-qr 'Draw no QR code'
            cand --copy 'Put the code of the device flow on the clipboard of the terminal (OSC 52)'
            cand --no-open 'Print the address, open no browser, keep listening'
            cand --client-secret-stdin 'Read the client secret from stdin; kept with the session in the credential store'
            cand --force 'Sign in although a valid session exists'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;signout'= {
            cand --account 'The account: its name, e-mail address or subject'
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --all 'Every session, or every session of PROVIDER'
            cand --revoke 'Ask the provider first to revoke the tokens (RFC 7009)'
            cand --end-session 'Open the provider''s logout page afterwards'
            cand --forget-client 'Delete the client that the provider registered by itself (RFC 7592)'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;logout'= {
            cand --account 'The account: its name, e-mail address or subject'
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --all 'Every session, or every session of PROVIDER'
            cand --revoke 'Ask the provider first to revoke the tokens (RFC 7009)'
            cand --end-session 'Open the provider''s logout page afterwards'
            cand --forget-client 'Delete the client that the provider registered by itself (RFC 7592)'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;token'= {
            cand --account 'The account: its name, e-mail address or subject'
            cand --min-ttl 'Refresh when less than this is left'
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --header 'Print `Authorization: TYPE TOKEN`'
            cand --id-token 'Print the ID token'
            cand --no-refresh 'Print what is there, expired or not'
            cand --force-refresh 'Refresh although the token is still valid'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;status'= {
            cand --account 'Only this account: its name, e-mail address or subject'
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --check 'Ask the provider whether it accepts the access token'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;whoami'= {
            cand --account 'Only this account: its name, e-mail address or subject'
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --check 'Ask the provider whether it accepts the access token'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;switch'= {
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;exec'= {
            cand --account 'The account: its name, e-mail address or subject'
            cand --env 'The variable that carries the token'
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers'= {
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand list 'List the configured providers'
            cand show 'Show each value of a provider and where it came from'
            cand add 'Add a provider to the configuration, or change it'
            cand remove 'Remove a provider from the configuration'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;providers;list'= {
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --all 'The catalogue too'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;show'= {
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;add'= {
            cand --use 'The catalogue entry it is another name for'
            cand --issuer 'The issuer, for discovery'
            cand --client-id 'The client id of your own registration'
            cand --set 'A further setting, such as tenant=contoso.example'
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --client-secret-stdin 'Read the client secret from stdin'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;remove'= {
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;help'= {
            cand list 'List the configured providers'
            cand show 'Show each value of a provider and where it came from'
            cand add 'Add a provider to the configuration, or change it'
            cand remove 'Remove a provider from the configuration'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;providers;help;list'= {
        }
        &'mycli;providers;help;show'= {
        }
        &'mycli;providers;help;add'= {
        }
        &'mycli;providers;help;remove'= {
        }
        &'mycli;providers;help;help'= {
        }
        &'mycli;store'= {
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand move 'Move every session, and every client secret, to the other store'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;store;move'= {
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;store;help'= {
            cand move 'Move every session, and every client secret, to the other store'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;store;help;move'= {
        }
        &'mycli;store;help;help'= {
        }
        &'mycli;doctor'= {
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;demo'= {
            cand --port 'The port on 127.0.0.1; any free one without'
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --approve 'Approve every request without a page'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;completions'= {
            cand --color 'Colour the words on stderr'
            cand --config 'Read this configuration file'
            cand --store 'Keep new sessions there: auto, keyring or file'
            cand --json 'Print one JSON document on stdout and JSON lines on stderr'
            cand -q 'Say only what must be said'
            cand --quiet 'Say only what must be said'
            cand -v 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --verbose 'Tell what is done, twice every exchange with the network too; never a secret'
            cand --no-input 'Ask nothing, open nothing, wait for no person; also when CI is set and not `false`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;help'= {
            cand signin 'Sign in to a provider, through the browser, with a device code or by pasting'
            cand signout 'Clear the local credentials of a session'
            cand token 'Print the access token of a session, refreshed when less than a minute of it is left'
            cand status 'Show who is signed in where, and for how long'
            cand switch 'Make an account the default of its provider'
            cand exec 'Run a command with a fresh token in an environment variable'
            cand providers 'List, show, add and remove providers'
            cand store 'Move what is kept from one credential store to the other'
            cand doctor 'Check whether everything is in place for a sign-in'
            cand demo 'Serve a small OpenID provider on loopback, until Ctrl-C'
            cand completions 'Print the completions of a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;help;signin'= {
        }
        &'mycli;help;signout'= {
        }
        &'mycli;help;token'= {
        }
        &'mycli;help;status'= {
        }
        &'mycli;help;switch'= {
        }
        &'mycli;help;exec'= {
        }
        &'mycli;help;providers'= {
            cand list 'List the configured providers'
            cand show 'Show each value of a provider and where it came from'
            cand add 'Add a provider to the configuration, or change it'
            cand remove 'Remove a provider from the configuration'
        }
        &'mycli;help;providers;list'= {
        }
        &'mycli;help;providers;show'= {
        }
        &'mycli;help;providers;add'= {
        }
        &'mycli;help;providers;remove'= {
        }
        &'mycli;help;store'= {
            cand move 'Move every session, and every client secret, to the other store'
        }
        &'mycli;help;store;move'= {
        }
        &'mycli;help;doctor'= {
        }
        &'mycli;help;demo'= {
        }
        &'mycli;help;completions'= {
        }
        &'mycli;help;help'= {
        }
    ]
    $completions[$command]
}
