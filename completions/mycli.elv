
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
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand signin 'Sign in to a provider'
            cand login 'Sign in to a provider'
            cand signout 'Delete the local credentials of a session'
            cand logout 'Delete the local credentials of a session'
            cand token 'Print the access token, refreshed if less than a minute is left'
            cand status 'List the sessions and how long their access tokens are valid'
            cand whoami 'List the sessions and how long their access tokens are valid'
            cand userinfo 'Print what the provider says about the user, as JSON'
            cand switch 'Set the default provider and its default account'
            cand log 'List which programs asked for which tokens, the last one at the end'
            cand exec 'Run a command with a fresh token in an environment variable, a file or a pipe'
            cand credential 'Give tokens to other programs that ask for them, such as git'
            cand providers 'List, show, add and remove providers'
            cand config 'Read and change the configuration file'
            cand store 'Manage the credential stores'
            cand doctor 'Check everything that a sign-in needs'
            cand demo 'Serve the built-in OpenID provider on loopback until Ctrl-C'
            cand completions 'Print the completion script of a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;signin'= {
            cand --account 'Require this account; store nothing if another one signs in'
            cand --label 'Name the session; tells accounts apart that the server does not name'
            cand --trust 'Accept this new authorization server, or this host, without a question'
            cand --timeout 'Set the time limit [default: 5m; for a device code its lifetime]'
            cand --redirect-to 'Send the browser to this URL, or path below `home`, when the session is stored'
            cand --port 'Use this port in the redirect URI'
            cand --callback 'Use this registered redirect URI, byte for byte'
            cand --scope 'Request these scopes, separated by commas or spaces: +SCOPE adds to the granted ones, @SET stands for a set such as @git, '''' requests none'
            cand --prompt 'Set the `prompt` parameter, such as login or select_account'
            cand --max-age 'Require a login at the provider that is not older than this'
            cand --acr 'Request this authentication context class'
            cand --resource 'Request a token for this resource (RFC 8707)'
            cand --challenge 'Do what the resource asked for: take scopes, metadata and strength from its WWW-Authenticate header'
            cand --param 'Add a parameter to the authorization request'
            cand --client-id 'Use this client ID and keep it with the session'
            cand --resume 'Wait for the end of the sign-in that --no-wait started'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --force 'Sign in even if a valid session exists'
            cand --browser 'Sign in through the browser of this machine'
            cand --device 'Show a code to enter on any device (RFC 8628)'
            cand --paste 'Print the URL and read the one that the browser ends up at'
            cand --no-open 'Print the URL instead of opening a browser'
            cand --qr 'Show the URL of the device flow as a QR code'
            cand --no-qr 'Show no QR code'
            cand --copy 'Copy the code of the device flow to the clipboard (OSC 52)'
            cand --no-resource 'Send no `resource` parameter, if the server rejects it'
            cand --client-secret-stdin 'Read the client secret from stdin and keep it with the session'
            cand --no-wait 'Print where to go as JSON and sign in in the background; for programs without a terminal'
            cand --with-token 'Store an access token that you have, such as a personal access token; read from stdin, or typed unseen'
            cand --no-check 'Do not ask the provider whose token this is'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;login'= {
            cand --account 'Require this account; store nothing if another one signs in'
            cand --label 'Name the session; tells accounts apart that the server does not name'
            cand --trust 'Accept this new authorization server, or this host, without a question'
            cand --timeout 'Set the time limit [default: 5m; for a device code its lifetime]'
            cand --redirect-to 'Send the browser to this URL, or path below `home`, when the session is stored'
            cand --port 'Use this port in the redirect URI'
            cand --callback 'Use this registered redirect URI, byte for byte'
            cand --scope 'Request these scopes, separated by commas or spaces: +SCOPE adds to the granted ones, @SET stands for a set such as @git, '''' requests none'
            cand --prompt 'Set the `prompt` parameter, such as login or select_account'
            cand --max-age 'Require a login at the provider that is not older than this'
            cand --acr 'Request this authentication context class'
            cand --resource 'Request a token for this resource (RFC 8707)'
            cand --challenge 'Do what the resource asked for: take scopes, metadata and strength from its WWW-Authenticate header'
            cand --param 'Add a parameter to the authorization request'
            cand --client-id 'Use this client ID and keep it with the session'
            cand --resume 'Wait for the end of the sign-in that --no-wait started'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --force 'Sign in even if a valid session exists'
            cand --browser 'Sign in through the browser of this machine'
            cand --device 'Show a code to enter on any device (RFC 8628)'
            cand --paste 'Print the URL and read the one that the browser ends up at'
            cand --no-open 'Print the URL instead of opening a browser'
            cand --qr 'Show the URL of the device flow as a QR code'
            cand --no-qr 'Show no QR code'
            cand --copy 'Copy the code of the device flow to the clipboard (OSC 52)'
            cand --no-resource 'Send no `resource` parameter, if the server rejects it'
            cand --client-secret-stdin 'Read the client secret from stdin and keep it with the session'
            cand --no-wait 'Print where to go as JSON and sign in in the background; for programs without a terminal'
            cand --with-token 'Store an access token that you have, such as a personal access token; read from stdin, or typed unseen'
            cand --no-check 'Do not ask the provider whose token this is'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;signout'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --all 'Delete every session, or every session of PROVIDER'
            cand --revoke 'Revoke the tokens at the provider first (RFC 7009)'
            cand --end-session 'Open the provider''s logout page afterwards'
            cand --forget-client 'Delete the client that was registered automatically (RFC 7592)'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;logout'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --all 'Delete every session, or every session of PROVIDER'
            cand --revoke 'Revoke the tokens at the provider first (RFC 7009)'
            cand --end-session 'Open the provider''s logout page afterwards'
            cand --forget-client 'Delete the client that was registered automatically (RFC 7592)'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;token'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --scope 'Get a token for these scopes, or a set such as @git, from the same sign-in; never broader than asked'
            cand --resource 'Get a token for this resource from the same sign-in (RFC 8707)'
            cand --min-ttl 'Refresh if the token is valid for less than this [default: 60s]'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --header 'Print `Authorization: Bearer TOKEN`, or the provider''s own header for a token that you brought'
            cand --headers 'Print a JSON object of header names and values'
            cand --curl-config 'Print a configuration for `curl -K -`, which keeps the token out of the argument list'
            cand --id-token 'Print the ID token'
            cand --claims 'Print the claims of the ID token as JSON; without one those of the access token, unverified'
            cand --copy 'Copy to the clipboard of the terminal (OSC 52) instead of printing'
            cand --no-refresh 'Print the stored token, even if it has expired'
            cand --force-refresh 'Refresh even if the token is still valid'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;status'= {
            cand --account 'List only this account: its name, email address or subject'
            cand --format 'Print the session that commands use here: {provider} {account} {left} {usable}'
            cand --format-shell 'Escape the fields of --format for the prompt of this shell'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --check 'Check whether the providers accept the access tokens'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;whoami'= {
            cand --account 'List only this account: its name, email address or subject'
            cand --format 'Print the session that commands use here: {provider} {account} {left} {usable}'
            cand --format-shell 'Escape the fields of --format for the prompt of this shell'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --check 'Check whether the providers accept the access tokens'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;userinfo'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;switch'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;log'= {
            cand --last 'List only the last N entries'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;exec'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --env 'Set this environment variable to the token; repeatable'
            cand --file 'Set this environment variable to the path of a file with the token, fresh while the command runs; repeatable'
            cand --fd 'Let the command read the token, once, from this file descriptor; repeatable'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand git 'Answer git, which asks for the credential of a host'
            cand docker 'Answer docker, podman, skopeo or buildah, which ask for the credential of a registry'
            cand kubectl 'Answer kubectl, which asks for the token of a cluster'
            cand cargo 'Answer cargo, which asks for the token of a registry'
            cand terraform 'Answer terraform or tofu, which ask for the token of a host'
            cand bazel 'Answer bazel, which asks for the headers of a URL'
            cand keyring 'Answer pip or uv, which ask for the password of a package index'
            cand headers 'Print a JSON object of header names and values, for the header helpers of agents'
            cand netrc 'Print a line of a netrc file for each host of a session'
            cand google 'Answer a library of Google, which exchanges an ID token for one of a service account'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;credential;git'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential;docker'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential;kubectl'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --api-version 'Version of the answer if the program does not ask for one: v1 or v1beta1'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --access-token 'Give the access token instead of the ID token'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential;cargo'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --bearer 'Put `Bearer` before the token, for a registry that wants the scheme'
            cand --cargo-plugin 'Word that cargo starts each provider with'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential;terraform'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential;bazel'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential;keyring'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --mode 'Parts to print: password, or creds for the user name too [default: password]'
            cand --output 'Form of the answer: plain or json [default: plain]'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential;headers'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential;netrc'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential;google'= {
            cand --account 'Select an account by its name, email address or subject'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;credential;help'= {
            cand git 'Answer git, which asks for the credential of a host'
            cand docker 'Answer docker, podman, skopeo or buildah, which ask for the credential of a registry'
            cand kubectl 'Answer kubectl, which asks for the token of a cluster'
            cand cargo 'Answer cargo, which asks for the token of a registry'
            cand terraform 'Answer terraform or tofu, which ask for the token of a host'
            cand bazel 'Answer bazel, which asks for the headers of a URL'
            cand keyring 'Answer pip or uv, which ask for the password of a package index'
            cand headers 'Print a JSON object of header names and values, for the header helpers of agents'
            cand netrc 'Print a line of a netrc file for each host of a session'
            cand google 'Answer a library of Google, which exchanges an ID token for one of a service account'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;credential;help;git'= {
        }
        &'mycli;credential;help;docker'= {
        }
        &'mycli;credential;help;kubectl'= {
        }
        &'mycli;credential;help;cargo'= {
        }
        &'mycli;credential;help;terraform'= {
        }
        &'mycli;credential;help;bazel'= {
        }
        &'mycli;credential;help;keyring'= {
        }
        &'mycli;credential;help;headers'= {
        }
        &'mycli;credential;help;netrc'= {
        }
        &'mycli;credential;help;google'= {
        }
        &'mycli;credential;help;help'= {
        }
        &'mycli;providers'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand list 'List the configured providers'
            cand show 'Show every setting of a provider and its source'
            cand register 'Register an application at a provider'
            cand add 'Add a provider to the configuration, or change it'
            cand remove 'Remove a provider from the configuration'
            cand test 'Check the settings of a provider without signing in'
            cand client-metadata 'Print a metadata document for this program to host at a URL'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;providers;list'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --all 'List the whole catalog'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;show'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;register'= {
            cand --permission 'Give the new GitHub App a permission, such as contents=write'
            cand --organization 'Let this organization own the new GitHub App'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --form 'Use the provider''s form, such as the one for an OAuth app of GitHub with its scopes'
            cand --token-stdin 'Read an initial access token of an administrator from stdin (RFC 7591)'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;add'= {
            cand --use 'Use the settings of this catalog entry'
            cand --issuer 'Discover the endpoints from this issuer'
            cand --client-id 'Set the client ID of your application'
            cand --set 'Set another key, such as tenant=contoso.example (see mycli-config(5))'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --client-secret-stdin 'Read the client secret from stdin'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;remove'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;test'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;client-metadata'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;providers;help'= {
            cand list 'List the configured providers'
            cand show 'Show every setting of a provider and its source'
            cand register 'Register an application at a provider'
            cand add 'Add a provider to the configuration, or change it'
            cand remove 'Remove a provider from the configuration'
            cand test 'Check the settings of a provider without signing in'
            cand client-metadata 'Print a metadata document for this program to host at a URL'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;providers;help;list'= {
        }
        &'mycli;providers;help;show'= {
        }
        &'mycli;providers;help;register'= {
        }
        &'mycli;providers;help;add'= {
        }
        &'mycli;providers;help;remove'= {
        }
        &'mycli;providers;help;test'= {
        }
        &'mycli;providers;help;client-metadata'= {
        }
        &'mycli;providers;help;help'= {
        }
        &'mycli;config'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand get 'Print the value of a key, or every key that is set'
            cand set 'Set a key'
            cand unset 'Remove a key'
            cand path 'Print the path of the configuration file'
            cand edit 'Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;config;get'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;config;set'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;config;unset'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;config;path'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;config;edit'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;config;help'= {
            cand get 'Print the value of a key, or every key that is set'
            cand set 'Set a key'
            cand unset 'Remove a key'
            cand path 'Print the path of the configuration file'
            cand edit 'Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;config;help;get'= {
        }
        &'mycli;config;help;set'= {
        }
        &'mycli;config;help;unset'= {
        }
        &'mycli;config;help;path'= {
        }
        &'mycli;config;help;edit'= {
        }
        &'mycli;config;help;help'= {
        }
        &'mycli;store'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand move 'Move every session and client secret to the other store'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;store;move'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;store;help'= {
            cand move 'Move every session and client secret to the other store'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mycli;store;help;move'= {
        }
        &'mycli;store;help;help'= {
        }
        &'mycli;doctor'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;demo'= {
            cand --port 'Listen on this port of 127.0.0.1 instead of any free one'
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --approve 'Approve every request without showing a page'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;completions'= {
            cand --color 'Choose when to color the output'
            cand --config 'Use this configuration file'
            cand --store 'Store new sessions in: auto, keyring or file'
            cand --json 'Print results as JSON on stdout and messages as JSON lines on stderr'
            cand -q 'Print only warnings and errors'
            cand --quiet 'Print only warnings and errors'
            cand -v 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --verbose 'Verbose; repeat to log HTTP requests (secrets are redacted)'
            cand --no-input 'Never prompt or open a browser (implied by CI)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mycli;help'= {
            cand signin 'Sign in to a provider'
            cand signout 'Delete the local credentials of a session'
            cand token 'Print the access token, refreshed if less than a minute is left'
            cand status 'List the sessions and how long their access tokens are valid'
            cand userinfo 'Print what the provider says about the user, as JSON'
            cand switch 'Set the default provider and its default account'
            cand log 'List which programs asked for which tokens, the last one at the end'
            cand exec 'Run a command with a fresh token in an environment variable, a file or a pipe'
            cand credential 'Give tokens to other programs that ask for them, such as git'
            cand providers 'List, show, add and remove providers'
            cand config 'Read and change the configuration file'
            cand store 'Manage the credential stores'
            cand doctor 'Check everything that a sign-in needs'
            cand demo 'Serve the built-in OpenID provider on loopback until Ctrl-C'
            cand completions 'Print the completion script of a shell'
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
        &'mycli;help;userinfo'= {
        }
        &'mycli;help;switch'= {
        }
        &'mycli;help;log'= {
        }
        &'mycli;help;exec'= {
        }
        &'mycli;help;credential'= {
            cand git 'Answer git, which asks for the credential of a host'
            cand docker 'Answer docker, podman, skopeo or buildah, which ask for the credential of a registry'
            cand kubectl 'Answer kubectl, which asks for the token of a cluster'
            cand cargo 'Answer cargo, which asks for the token of a registry'
            cand terraform 'Answer terraform or tofu, which ask for the token of a host'
            cand bazel 'Answer bazel, which asks for the headers of a URL'
            cand keyring 'Answer pip or uv, which ask for the password of a package index'
            cand headers 'Print a JSON object of header names and values, for the header helpers of agents'
            cand netrc 'Print a line of a netrc file for each host of a session'
            cand google 'Answer a library of Google, which exchanges an ID token for one of a service account'
        }
        &'mycli;help;credential;git'= {
        }
        &'mycli;help;credential;docker'= {
        }
        &'mycli;help;credential;kubectl'= {
        }
        &'mycli;help;credential;cargo'= {
        }
        &'mycli;help;credential;terraform'= {
        }
        &'mycli;help;credential;bazel'= {
        }
        &'mycli;help;credential;keyring'= {
        }
        &'mycli;help;credential;headers'= {
        }
        &'mycli;help;credential;netrc'= {
        }
        &'mycli;help;credential;google'= {
        }
        &'mycli;help;providers'= {
            cand list 'List the configured providers'
            cand show 'Show every setting of a provider and its source'
            cand register 'Register an application at a provider'
            cand add 'Add a provider to the configuration, or change it'
            cand remove 'Remove a provider from the configuration'
            cand test 'Check the settings of a provider without signing in'
            cand client-metadata 'Print a metadata document for this program to host at a URL'
        }
        &'mycli;help;providers;list'= {
        }
        &'mycli;help;providers;show'= {
        }
        &'mycli;help;providers;register'= {
        }
        &'mycli;help;providers;add'= {
        }
        &'mycli;help;providers;remove'= {
        }
        &'mycli;help;providers;test'= {
        }
        &'mycli;help;providers;client-metadata'= {
        }
        &'mycli;help;config'= {
            cand get 'Print the value of a key, or every key that is set'
            cand set 'Set a key'
            cand unset 'Remove a key'
            cand path 'Print the path of the configuration file'
            cand edit 'Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards'
        }
        &'mycli;help;config;get'= {
        }
        &'mycli;help;config;set'= {
        }
        &'mycli;help;config;unset'= {
        }
        &'mycli;help;config;path'= {
        }
        &'mycli;help;config;edit'= {
        }
        &'mycli;help;store'= {
            cand move 'Move every session and client secret to the other store'
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
