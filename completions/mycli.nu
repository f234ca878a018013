module completions {

  def "nu-complete mycli color" [] {
    [ "auto" "always" "never" ]
  }

  # Sign in to any OAuth 2.0 or OpenID Connect provider, and hand the tokens to scripts
  export extern mycli [
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli signin color" [] {
    [ "auto" "always" "never" ]
  }

  # Sign in to a provider, through the browser, with a device code or by pasting
  export extern "mycli signin" [
    --redirect-to: string     # Where the browser goes after the sign-in is stored: an address, or a path joined to `home`
    --browser                 # Come back through the browser of this machine, whatever else would be chosen
    --device                  # Show a code to be entered on any device (RFC 8628)
    --paste                   # Print the address, and read the one at which the browser ends, from the terminal unseen or from stdin
    --qr                      # Draw the address of the device flow as a QR code
    --no-qr                   # Draw no QR code
    --copy                    # Put the code of the device flow on the clipboard of the terminal (OSC 52)
    --no-open                 # Print the address, open no browser, keep listening
    --port: string            # The port of the redirect URI
    --callback: string        # The registered redirect URI, sent byte for byte
    --scope: string           # Scopes, comma or space separated; `+S` adds to those granted, others replace them
    --account: string         # The account expected; if another one signs in, nothing is stored
    --prompt: string          # `prompt` of the authorization request
    --max-age: string         # The longest time since the person last proved who they are
    --acr: string             # The authentication context asked for
    --resource: string        # The resource the token is for (RFC 8707)
    --param: string           # A further parameter of the authorization request
    --client-id: string       # The client id, kept with the session
    --client-secret-stdin     # Read the client secret from stdin; kept with the session in the credential store
    --force                   # Sign in although a valid session exists
    --timeout: string         # How long to wait for the person [default: 5m; with a device code, as long as it is good]
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli signin color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # The provider
  ]

  def "nu-complete mycli signout color" [] {
    [ "auto" "always" "never" ]
  }

  # Clear the local credentials of a session
  export extern "mycli signout" [
    --account: string         # The account: its name, e-mail address or subject
    --all                     # Every session, or every session of PROVIDER
    --revoke                  # Ask the provider first to revoke the tokens (RFC 7009)
    --end-session             # Open the provider's logout page afterwards
    --forget-client           # Delete the client that the provider registered by itself (RFC 7592)
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli signout color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # The provider
  ]

  def "nu-complete mycli token color" [] {
    [ "auto" "always" "never" ]
  }

  # Print the access token of a session, refreshed when less than a minute of it is left
  export extern "mycli token" [
    --account: string         # The account: its name, e-mail address or subject
    --header                  # Print `Authorization: TYPE TOKEN`
    --id-token                # Print the ID token
    --min-ttl: string         # Refresh when less than this is left
    --no-refresh              # Print what is there, expired or not
    --force-refresh           # Refresh although the token is still valid
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli token color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # The provider: a name, an https:// address, or a host
  ]

  def "nu-complete mycli status color" [] {
    [ "auto" "always" "never" ]
  }

  # Show who is signed in where, and for how long
  export extern "mycli status" [
    --account: string         # Only this account: its name, e-mail address or subject
    --check                   # Ask the provider whether it accepts the access token
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli status color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Only this provider
  ]

  def "nu-complete mycli switch color" [] {
    [ "auto" "always" "never" ]
  }

  # Make an account the default of its provider
  export extern "mycli switch" [
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli switch color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider: string          # The provider
    account: string           # The account: its name, e-mail address or subject
  ]

  def "nu-complete mycli exec color" [] {
    [ "auto" "always" "never" ]
  }

  # Run a command with a fresh token in an environment variable
  export extern "mycli exec" [
    --account: string         # The account: its name, e-mail address or subject
    --env: string             # The variable that carries the token
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli exec color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # The provider
  ]

  def "nu-complete mycli providers color" [] {
    [ "auto" "always" "never" ]
  }

  # List, show, add and remove providers
  export extern "mycli providers" [
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli providers color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli providers list color" [] {
    [ "auto" "always" "never" ]
  }

  # List the configured providers
  export extern "mycli providers list" [
    --all                     # The catalogue too
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli providers list color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    word?: string             # Only those with this word in name, title or alias
  ]

  def "nu-complete mycli providers show color" [] {
    [ "auto" "always" "never" ]
  }

  # Show each value of a provider and where it came from
  export extern "mycli providers show" [
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli providers show color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    name: string              # The provider
  ]

  def "nu-complete mycli providers add color" [] {
    [ "auto" "always" "never" ]
  }

  # Add a provider to the configuration, or change it
  export extern "mycli providers add" [
    --use: string             # The catalogue entry it is another name for
    --issuer: string          # The issuer, for discovery
    --client-id: string       # The client id of your own registration
    --client-secret-stdin     # Read the client secret from stdin
    --set: string             # A further setting, such as tenant=contoso.example
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli providers add color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    name: string              # The name it shall have; one of the catalogue brings its endpoints along
  ]

  def "nu-complete mycli providers remove color" [] {
    [ "auto" "always" "never" ]
  }

  # Remove a provider from the configuration
  export extern "mycli providers remove" [
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli providers remove color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    name: string              # The provider
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli providers help" [
  ]

  # List the configured providers
  export extern "mycli providers help list" [
  ]

  # Show each value of a provider and where it came from
  export extern "mycli providers help show" [
  ]

  # Add a provider to the configuration, or change it
  export extern "mycli providers help add" [
  ]

  # Remove a provider from the configuration
  export extern "mycli providers help remove" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli providers help help" [
  ]

  def "nu-complete mycli store color" [] {
    [ "auto" "always" "never" ]
  }

  # Move what is kept from one credential store to the other
  export extern "mycli store" [
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli store color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli store move to" [] {
    [ "keyring" "file" ]
  }

  def "nu-complete mycli store move color" [] {
    [ "auto" "always" "never" ]
  }

  # Move every session, and every client secret, to the other store
  export extern "mycli store move" [
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli store move color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    to: string@"nu-complete mycli store move to" # Where to
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli store help" [
  ]

  # Move every session, and every client secret, to the other store
  export extern "mycli store help move" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli store help help" [
  ]

  def "nu-complete mycli doctor color" [] {
    [ "auto" "always" "never" ]
  }

  # Check whether everything is in place for a sign-in
  export extern "mycli doctor" [
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli doctor color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    provider?: string         # Only this provider, which need not be configured
  ]

  def "nu-complete mycli demo color" [] {
    [ "auto" "always" "never" ]
  }

  # Serve a small OpenID provider on loopback, until Ctrl-C
  export extern "mycli demo" [
    --port: string            # The port on 127.0.0.1; any free one without
    --approve                 # Approve every request without a page
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli demo color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete mycli completions shell" [] {
    [ "bash" "zsh" "fish" "powershell" "elvish" "nushell" ]
  }

  def "nu-complete mycli completions color" [] {
    [ "auto" "always" "never" ]
  }

  # Print the completions of a shell
  export extern "mycli completions" [
    --json                    # Print one JSON document on stdout and JSON lines on stderr
    --quiet(-q)               # Say only what must be said
    --verbose(-v)             # Tell what is done, twice every exchange with the network too; never a secret
    --color: string@"nu-complete mycli completions color" # Colour the words on stderr
    --no-input                # Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    --config: path            # Read this configuration file
    --store: string           # Keep new sessions there: auto, keyring or file
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
    shell: string@"nu-complete mycli completions shell" # The shell
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli help" [
  ]

  # Sign in to a provider, through the browser, with a device code or by pasting
  export extern "mycli help signin" [
  ]

  # Clear the local credentials of a session
  export extern "mycli help signout" [
  ]

  # Print the access token of a session, refreshed when less than a minute of it is left
  export extern "mycli help token" [
  ]

  # Show who is signed in where, and for how long
  export extern "mycli help status" [
  ]

  # Make an account the default of its provider
  export extern "mycli help switch" [
  ]

  # Run a command with a fresh token in an environment variable
  export extern "mycli help exec" [
  ]

  # List, show, add and remove providers
  export extern "mycli help providers" [
  ]

  # List the configured providers
  export extern "mycli help providers list" [
  ]

  # Show each value of a provider and where it came from
  export extern "mycli help providers show" [
  ]

  # Add a provider to the configuration, or change it
  export extern "mycli help providers add" [
  ]

  # Remove a provider from the configuration
  export extern "mycli help providers remove" [
  ]

  # Move what is kept from one credential store to the other
  export extern "mycli help store" [
  ]

  # Move every session, and every client secret, to the other store
  export extern "mycli help store move" [
  ]

  # Check whether everything is in place for a sign-in
  export extern "mycli help doctor" [
  ]

  # Serve a small OpenID provider on loopback, until Ctrl-C
  export extern "mycli help demo" [
  ]

  # Print the completions of a shell
  export extern "mycli help completions" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "mycli help help" [
  ]

}

export use completions *
