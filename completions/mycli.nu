module completions {

  def "nu-complete mycli color" [] {
    [ "auto" "always" "never" ]
  }

  # Sign in to any OAuth 2.0 or OpenID Connect provider and give the tokens to scripts
  export extern mycli [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli signin color" [] {
    [ "auto" "always" "never" ]
  }

  # Sign in to a provider
  export extern "mycli signin" [
    --force                   # Sign in even if a valid session exists
    --account: string         # Require this account; store nothing if another one signs in
    --label: string           # Name the session; tells accounts apart that the server does not name
    --trust: string           # Accept this new authorization server, or this host, without a question
    --browser                 # Sign in through the browser of this machine
    --device                  # Show a code to enter on any device (RFC 8628)
    --paste                   # Print the URL and read the one that the browser ends up at
    --no-open                 # Print the URL instead of opening a browser
    --qr                      # Show the URL of the device flow as a QR code
    --no-qr                   # Show no QR code
    --copy                    # Copy the code of the device flow to the clipboard (OSC 52)
    --timeout: string         # Set the time limit [default: 5m; for a device code its lifetime]
    --redirect-to: string     # Send the browser to this URL, or path below `home`, when the session is stored
    --port: string            # Use this port in the redirect URI
    --callback: string        # Use this registered redirect URI, byte for byte
    --scope: string           # Request these scopes, separated by commas or spaces: +SCOPE adds to the granted ones, @SET stands for a set such as @git, '' requests none
    --prompt: string          # Set the `prompt` parameter, such as login or select_account
    --max-age: string         # Require a login at the provider that is not older than this
    --acr: string             # Request this authentication context class
    --resource: string        # Request a token for this resource (RFC 8707)
    --no-resource             # Send no `resource` parameter, if the server rejects it
    --challenge: string       # Do what the resource asked for: take scopes, metadata and strength from its WWW-Authenticate header
    --param: string           # Add a parameter to the authorization request
    --client-id: string       # Use this client ID and keep it with the session
    --client-secret-stdin     # Read the client secret from stdin and keep it with the session
    --no-wait                 # Print where to go as JSON and sign in in the background; for programs without a terminal
    --resume: string          # Wait for the end of the sign-in that --no-wait started
    --with-token              # Store an access token that you have, such as a personal access token; read from stdin, or typed unseen
    --no-check                # Do not ask the provider whose token this is
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli signin color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Provider: a name, an https:// URL or a host name
  ]

  def "nu-complete mycli signout color" [] {
    [ "auto" "always" "never" ]
  }

  # Delete the local credentials of a session
  export extern "mycli signout" [
    --account: string         # Select an account by its name, email address or subject
    --all                     # Delete every session, or every session of PROVIDER
    --revoke                  # Revoke the tokens at the provider first (RFC 7009)
    --end-session             # Open the provider's logout page afterwards
    --forget-client           # Delete the client that was registered automatically (RFC 7592)
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli signout color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Provider: a name, an https:// URL or a host name
  ]

  def "nu-complete mycli token color" [] {
    [ "auto" "always" "never" ]
  }

  # Print the access token, refreshed if less than a minute is left
  export extern "mycli token" [
    --account: string         # Select an account by its name, email address or subject
    --header                  # Print `Authorization: Bearer TOKEN`, or the provider's own header for a token that you brought
    --headers                 # Print a JSON object of header names and values
    --curl-config             # Print a configuration for `curl -K -`, which keeps the token out of the argument list
    --id-token                # Print the ID token
    --claims                  # Print the claims of the ID token as JSON; without one those of the access token, unverified
    --copy                    # Copy to the clipboard of the terminal (OSC 52) instead of printing
    --scope: string           # Get a token for these scopes, or a set such as @git, from the same sign-in; never broader than asked
    --resource: string        # Get a token for this resource from the same sign-in (RFC 8707)
    --min-ttl: string         # Refresh if the token is valid for less than this [default: 60s]
    --no-refresh              # Print the stored token, even if it has expired
    --force-refresh           # Refresh even if the token is still valid
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli token color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Provider: a name, an https:// URL or a host name
  ]

  def "nu-complete mycli status format_shell" [] {
    [ "bash" "zsh" "fish" ]
  }

  def "nu-complete mycli status color" [] {
    [ "auto" "always" "never" ]
  }

  # List the sessions and how long their access tokens are valid
  export extern "mycli status" [
    --account: string         # List only this account: its name, email address or subject
    --check                   # Check whether the providers accept the access tokens
    --format: string          # Print the session that commands use here: {provider} {account} {left} {usable}
    --format-shell: string@"nu-complete mycli status format_shell" # Escape the fields of --format for the prompt of this shell
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli status color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # List only sessions of this provider
  ]

  def "nu-complete mycli userinfo color" [] {
    [ "auto" "always" "never" ]
  }

  # Print what the provider says about the user, as JSON
  export extern "mycli userinfo" [
    --account: string         # Select an account by its name, email address or subject
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli userinfo color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Provider: a name, an https:// URL or a host name
  ]

  def "nu-complete mycli switch color" [] {
    [ "auto" "always" "never" ]
  }

  # Set the default provider and its default account
  export extern "mycli switch" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli switch color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Provider to use by default
    account?: string          # Account to use by default: its name, email address or subject
  ]

  def "nu-complete mycli log color" [] {
    [ "auto" "always" "never" ]
  }

  # List which programs asked for which tokens, the last one at the end
  export extern "mycli log" [
    --last: string            # List only the last N entries
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli log color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # List only uses of this provider's sessions
  ]

  def "nu-complete mycli exec color" [] {
    [ "auto" "always" "never" ]
  }

  # Run a command with a fresh token in an environment variable, a file or a pipe
  export extern "mycli exec" [
    --account: string         # Select an account by its name, email address or subject
    --env: string             # Set this environment variable to the token; repeatable
    --file: string            # Set this environment variable to the path of a file with the token, fresh while the command runs; repeatable
    --fd: string              # Let the command read the token, once, from this file descriptor; repeatable
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli exec color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    ...provider: string       # Provider: a name, an https:// URL or a host name
  ]

  def "nu-complete mycli credential color" [] {
    [ "auto" "always" "never" ]
  }

  # Give tokens to other programs that ask for them, such as git
  export extern "mycli credential" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli credential git color" [] {
    [ "auto" "always" "never" ]
  }

  # Answer git, which asks for the credential of a host
  export extern "mycli credential git" [
    --account: string         # Select an account by its name, email address or subject
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential git color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    action: string            # Request of git: get, store, erase or capability; others do nothing
  ]

  def "nu-complete mycli credential docker color" [] {
    [ "auto" "always" "never" ]
  }

  # Answer docker, podman, skopeo or buildah, which ask for the credential of a registry
  export extern "mycli credential docker" [
    --account: string         # Select an account by its name, email address or subject
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential docker color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    action: string            # Request: get, store, erase, list or version
  ]

  def "nu-complete mycli credential kubectl color" [] {
    [ "auto" "always" "never" ]
  }

  # Answer kubectl, which asks for the token of a cluster
  export extern "mycli credential kubectl" [
    --account: string         # Select an account by its name, email address or subject
    --access-token            # Give the access token instead of the ID token
    --api-version: string     # Version of the answer if the program does not ask for one: v1 or v1beta1
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential kubectl color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Provider: a name, an https:// URL or a host name
  ]

  def "nu-complete mycli credential cargo color" [] {
    [ "auto" "always" "never" ]
  }

  # Answer cargo, which asks for the token of a registry
  export extern "mycli credential cargo" [
    --account: string         # Select an account by its name, email address or subject
    --bearer                  # Put `Bearer` before the token, for a registry that wants the scheme
    --cargo-plugin            # Word that cargo starts each provider with
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential cargo color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli credential terraform color" [] {
    [ "auto" "always" "never" ]
  }

  # Answer terraform or tofu, which ask for the token of a host
  export extern "mycli credential terraform" [
    --account: string         # Select an account by its name, email address or subject
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential terraform color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    action: string            # Request of terraform: get, store or forget
    host: string              # Host, with its port if that is not 443
  ]

  def "nu-complete mycli credential bazel color" [] {
    [ "auto" "always" "never" ]
  }

  # Answer bazel, which asks for the headers of a URL
  export extern "mycli credential bazel" [
    --account: string         # Select an account by its name, email address or subject
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential bazel color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    action: string            # Request of bazel: get
  ]

  def "nu-complete mycli credential keyring color" [] {
    [ "auto" "always" "never" ]
  }

  # Answer pip or uv, which ask for the password of a package index
  export extern "mycli credential keyring" [
    --account: string         # Select an account by its name, email address or subject
    --mode: string            # Parts to print: password, or creds for the user name too [default: password]
    --output: string          # Form of the answer: plain or json [default: plain]
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential keyring color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    action: string            # Request: get; set and del change nothing here
    service: string           # URL of the index or of a file there
    user?: string             # User name in the URL
  ]

  def "nu-complete mycli credential headers color" [] {
    [ "auto" "always" "never" ]
  }

  # Print a JSON object of header names and values, for the header helpers of agents
  export extern "mycli credential headers" [
    --account: string         # Select an account by its name, email address or subject
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential headers color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Provider: a name, an https:// URL or a host name
  ]

  def "nu-complete mycli credential netrc color" [] {
    [ "auto" "always" "never" ]
  }

  # Print a line of a netrc file for each host of a session
  export extern "mycli credential netrc" [
    --account: string         # Select an account by its name, email address or subject
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential netrc color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Provider: a name, an https:// URL or a host name
  ]

  def "nu-complete mycli credential google color" [] {
    [ "auto" "always" "never" ]
  }

  # Answer a library of Google, which exchanges an ID token for one of a service account
  export extern "mycli credential google" [
    --account: string         # Select an account by its name, email address or subject
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli credential google color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Provider: a name, an https:// URL or a host name
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli credential help" [
  ]

  # Answer git, which asks for the credential of a host
  export extern "mycli credential help git" [
  ]

  # Answer docker, podman, skopeo or buildah, which ask for the credential of a registry
  export extern "mycli credential help docker" [
  ]

  # Answer kubectl, which asks for the token of a cluster
  export extern "mycli credential help kubectl" [
  ]

  # Answer cargo, which asks for the token of a registry
  export extern "mycli credential help cargo" [
  ]

  # Answer terraform or tofu, which ask for the token of a host
  export extern "mycli credential help terraform" [
  ]

  # Answer bazel, which asks for the headers of a URL
  export extern "mycli credential help bazel" [
  ]

  # Answer pip or uv, which ask for the password of a package index
  export extern "mycli credential help keyring" [
  ]

  # Print a JSON object of header names and values, for the header helpers of agents
  export extern "mycli credential help headers" [
  ]

  # Print a line of a netrc file for each host of a session
  export extern "mycli credential help netrc" [
  ]

  # Answer a library of Google, which exchanges an ID token for one of a service account
  export extern "mycli credential help google" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli credential help help" [
  ]

  def "nu-complete mycli providers color" [] {
    [ "auto" "always" "never" ]
  }

  # List, show, add and remove providers
  export extern "mycli providers" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli providers color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli providers list color" [] {
    [ "auto" "always" "never" ]
  }

  # List the configured providers
  export extern "mycli providers list" [
    --all                     # List the whole catalog
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli providers list color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    word?: string             # List only providers with this text in name, title or alias
  ]

  def "nu-complete mycli providers show color" [] {
    [ "auto" "always" "never" ]
  }

  # Show every setting of a provider and its source
  export extern "mycli providers show" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli providers show color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    name: string              # Name of the provider
  ]

  def "nu-complete mycli providers register color" [] {
    [ "auto" "always" "never" ]
  }

  # Register an application at a provider
  export extern "mycli providers register" [
    --form                    # Use the provider's form, such as the one for an OAuth app of GitHub with its scopes
    --permission: string      # Give the new GitHub App a permission, such as contents=write
    --organization: string    # Let this organization own the new GitHub App
    --token-stdin             # Read an initial access token of an administrator from stdin (RFC 7591)
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli providers register color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    name: string              # Provider: a name from the configuration or the catalog, or an https:// URL
  ]

  def "nu-complete mycli providers add color" [] {
    [ "auto" "always" "never" ]
  }

  # Add a provider to the configuration, or change it
  export extern "mycli providers add" [
    --use: string             # Use the settings of this catalog entry
    --issuer: string          # Discover the endpoints from this issuer
    --client-id: string       # Set the client ID of your application
    --client-secret-stdin     # Read the client secret from stdin
    --set: string             # Set another key, such as tenant=contoso.example (see mycli-config(5))
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli providers add color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    name: string              # Name for the provider; a name from the catalog brings its endpoints
  ]

  def "nu-complete mycli providers remove color" [] {
    [ "auto" "always" "never" ]
  }

  # Remove a provider from the configuration
  export extern "mycli providers remove" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli providers remove color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    name: string              # Name of the provider
  ]

  def "nu-complete mycli providers test color" [] {
    [ "auto" "always" "never" ]
  }

  # Check the settings of a provider without signing in
  export extern "mycli providers test" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli providers test color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    name: string              # Name of the provider, or URL of a protected resource
  ]

  def "nu-complete mycli providers client-metadata color" [] {
    [ "auto" "always" "never" ]
  }

  # Print a metadata document for this program to host at a URL
  export extern "mycli providers client-metadata" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli providers client-metadata color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    url: string               # https URL at which you serve the document
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli providers help" [
  ]

  # List the configured providers
  export extern "mycli providers help list" [
  ]

  # Show every setting of a provider and its source
  export extern "mycli providers help show" [
  ]

  # Register an application at a provider
  export extern "mycli providers help register" [
  ]

  # Add a provider to the configuration, or change it
  export extern "mycli providers help add" [
  ]

  # Remove a provider from the configuration
  export extern "mycli providers help remove" [
  ]

  # Check the settings of a provider without signing in
  export extern "mycli providers help test" [
  ]

  # Print a metadata document for this program to host at a URL
  export extern "mycli providers help client-metadata" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli providers help help" [
  ]

  def "nu-complete mycli config color" [] {
    [ "auto" "always" "never" ]
  }

  # Read and change the configuration file
  export extern "mycli config" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli config color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli config get color" [] {
    [ "auto" "always" "never" ]
  }

  # Print the value of a key, or every key that is set
  export extern "mycli config get" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli config get color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    key?: string              # Key, such as default or providers.github.scopes
  ]

  def "nu-complete mycli config set color" [] {
    [ "auto" "always" "never" ]
  }

  # Set a key
  export extern "mycli config set" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli config set color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    key: string               # Key, such as default or providers.github.scopes
    value: string             # New value
  ]

  def "nu-complete mycli config unset color" [] {
    [ "auto" "always" "never" ]
  }

  # Remove a key
  export extern "mycli config unset" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli config unset color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    key: string               # Key, such as default or providers.github.scopes
  ]

  def "nu-complete mycli config path color" [] {
    [ "auto" "always" "never" ]
  }

  # Print the path of the configuration file
  export extern "mycli config path" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli config path color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli config edit color" [] {
    [ "auto" "always" "never" ]
  }

  # Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards
  export extern "mycli config edit" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli config edit color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli config help" [
  ]

  # Print the value of a key, or every key that is set
  export extern "mycli config help get" [
  ]

  # Set a key
  export extern "mycli config help set" [
  ]

  # Remove a key
  export extern "mycli config help unset" [
  ]

  # Print the path of the configuration file
  export extern "mycli config help path" [
  ]

  # Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards
  export extern "mycli config help edit" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli config help help" [
  ]

  def "nu-complete mycli store color" [] {
    [ "auto" "always" "never" ]
  }

  # Manage the credential stores
  export extern "mycli store" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli store color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli store move to" [] {
    [ "keyring" "file" ]
  }

  def "nu-complete mycli store move color" [] {
    [ "auto" "always" "never" ]
  }

  # Move every session and client secret to the other store
  export extern "mycli store move" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli store move color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    to: string@"nu-complete mycli store move to" # Store to move everything to
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli store help" [
  ]

  # Move every session and client secret to the other store
  export extern "mycli store help move" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli store help help" [
  ]

  def "nu-complete mycli doctor color" [] {
    [ "auto" "always" "never" ]
  }

  # Check everything that a sign-in needs
  export extern "mycli doctor" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli doctor color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Check only this provider, configured or not
  ]

  def "nu-complete mycli demo color" [] {
    [ "auto" "always" "never" ]
  }

  # Serve the built-in OpenID provider on loopback until Ctrl-C
  export extern "mycli demo" [
    --port: string            # Listen on this port of 127.0.0.1 instead of any free one
    --approve                 # Approve every request without showing a page
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli demo color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli completions shell" [] {
    [ "bash" "zsh" "fish" "powershell" "elvish" "nushell" ]
  }

  def "nu-complete mycli completions color" [] {
    [ "auto" "always" "never" ]
  }

  # Print the completion script of a shell
  export extern "mycli completions" [
    --json                    # Print results as JSON on stdout and messages as JSON lines on stderr
    --quiet(-q)               # Print only warnings and errors
    --verbose(-v)             # Verbose; repeat to log HTTP requests (secrets are redacted)
    --color: string@"nu-complete mycli completions color" # Choose when to color the output
    --no-input                # Never prompt or open a browser (implied by CI)
    --config: path            # Use this configuration file
    --store: string           # Store new sessions in: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    shell: string@"nu-complete mycli completions shell" # Shell to print the script for
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli help" [
  ]

  # Sign in to a provider
  export extern "mycli help signin" [
  ]

  # Delete the local credentials of a session
  export extern "mycli help signout" [
  ]

  # Print the access token, refreshed if less than a minute is left
  export extern "mycli help token" [
  ]

  # List the sessions and how long their access tokens are valid
  export extern "mycli help status" [
  ]

  # Print what the provider says about the user, as JSON
  export extern "mycli help userinfo" [
  ]

  # Set the default provider and its default account
  export extern "mycli help switch" [
  ]

  # List which programs asked for which tokens, the last one at the end
  export extern "mycli help log" [
  ]

  # Run a command with a fresh token in an environment variable, a file or a pipe
  export extern "mycli help exec" [
  ]

  # Give tokens to other programs that ask for them, such as git
  export extern "mycli help credential" [
  ]

  # Answer git, which asks for the credential of a host
  export extern "mycli help credential git" [
  ]

  # Answer docker, podman, skopeo or buildah, which ask for the credential of a registry
  export extern "mycli help credential docker" [
  ]

  # Answer kubectl, which asks for the token of a cluster
  export extern "mycli help credential kubectl" [
  ]

  # Answer cargo, which asks for the token of a registry
  export extern "mycli help credential cargo" [
  ]

  # Answer terraform or tofu, which ask for the token of a host
  export extern "mycli help credential terraform" [
  ]

  # Answer bazel, which asks for the headers of a URL
  export extern "mycli help credential bazel" [
  ]

  # Answer pip or uv, which ask for the password of a package index
  export extern "mycli help credential keyring" [
  ]

  # Print a JSON object of header names and values, for the header helpers of agents
  export extern "mycli help credential headers" [
  ]

  # Print a line of a netrc file for each host of a session
  export extern "mycli help credential netrc" [
  ]

  # Answer a library of Google, which exchanges an ID token for one of a service account
  export extern "mycli help credential google" [
  ]

  # List, show, add and remove providers
  export extern "mycli help providers" [
  ]

  # List the configured providers
  export extern "mycli help providers list" [
  ]

  # Show every setting of a provider and its source
  export extern "mycli help providers show" [
  ]

  # Register an application at a provider
  export extern "mycli help providers register" [
  ]

  # Add a provider to the configuration, or change it
  export extern "mycli help providers add" [
  ]

  # Remove a provider from the configuration
  export extern "mycli help providers remove" [
  ]

  # Check the settings of a provider without signing in
  export extern "mycli help providers test" [
  ]

  # Print a metadata document for this program to host at a URL
  export extern "mycli help providers client-metadata" [
  ]

  # Read and change the configuration file
  export extern "mycli help config" [
  ]

  # Print the value of a key, or every key that is set
  export extern "mycli help config get" [
  ]

  # Set a key
  export extern "mycli help config set" [
  ]

  # Remove a key
  export extern "mycli help config unset" [
  ]

  # Print the path of the configuration file
  export extern "mycli help config path" [
  ]

  # Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards
  export extern "mycli help config edit" [
  ]

  # Manage the credential stores
  export extern "mycli help store" [
  ]

  # Move every session and client secret to the other store
  export extern "mycli help store move" [
  ]

  # Check everything that a sign-in needs
  export extern "mycli help doctor" [
  ]

  # Serve the built-in OpenID provider on loopback until Ctrl-C
  export extern "mycli help demo" [
  ]

  # Print the completion script of a shell
  export extern "mycli help completions" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli help help" [
  ]

}

export use completions *
