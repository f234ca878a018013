# Completions of mycli for Nushell 0.108 or newer.

def "nu-complete mycli" [words: list<string>] {
  let lines = (^mycli completions nushell --complete -- ...$words | complete | get stdout | lines)
  match ($lines | first) {
    # Nushell completes files.
    "files" => null
    _ => ($lines | skip 1 | each {|line|
      let parts = ($line | split row "\t")
      {value: $parts.0, description: ($parts.1? | default "")}
    })
  }
}

@complete "nu-complete mycli"
export extern mycli [...arguments: string]
