//! Mistakes in `config.toml`, in `.mycli.toml` and in the files they name.

use std::fs;

use crate::cmd::record::Record;
use crate::support::Sandbox;
use crate::support::world::World;

/// Mistakes, each with a file that contains it.
const MISTAKES: &[(&str, &str)] = &[
    ("unknown key at the top, near a known one", "default = \"acme\"\nstores = \"file\"\n"),
    ("unknown key at the top, near none", "xyzzy = 1\n"),
    ("unknown key of a provider, near a known one", "[providers.acme]\nclient_idd = \"x\"\n"),
    ("unknown key of a provider, near none", "[providers.acme]\nxyzzy = 1\n"),
    ("unknown key of a catalog provider with settings", "[providers.work]\nuse = \"entra\"\ntenannt = \"x\"\n"),
    ("no value", "default = \n"),
    ("no equals sign", "default\n"),
    ("string without its end", "default = \"acme\n"),
    ("table header without its end", "[providers.acme\n"),
    ("key twice", "default = \"a\"\ndefault = \"b\"\n"),
    ("table twice", "[providers.a]\n[providers.a]\n"),
    ("wrong type: number for text", "default = 1\n"),
    ("wrong type: text for a table", "providers = \"acme\"\n"),
    ("wrong type: text for a provider", "[providers]\nacme = \"x\"\n"),
    ("wrong type: text for a list", "[providers.acme]\nscopes = \"openid\"\n"),
    ("wrong type: number in a list", "[providers.acme]\nscopes = [\"openid\", 1]\n"),
    ("wrong type: text for a port", "[providers.acme]\nport = \"x\"\n"),
    ("wrong type: number for a parameter", "[providers.acme]\nparams = { x = 1 }\n"),
    ("port out of range", "[providers.acme]\nport = 70000\n"),
    ("port 0", "[providers.acme]\nport = 0\n"),
    ("store of no known kind", "store = \"vault\"\n"),
    ("keyring encryption of no known kind", "keyring_encryption = \"never\"\n"),
    ("timeout near a known one", "timeouts = { htttp = \"30s\" }\n"),
    ("timeout without a unit", "timeouts = { unlock = \"30\" }\n"),
    ("timeout of no time", "timeouts = { store = \"0s\" }\n"),
    ("flow of no known kind", "[providers.acme]\nflow = \"magic\"\n"),
    ("client authentication of no known kind", "[providers.acme]\nclient_auth = \"magic\"\n"),
    ("home with a script", "home = \"javascript:x\"\n"),
    ("issuer over http", "[providers.acme]\nissuer = \"http://id.example\"\n"),
    ("issuer without a scheme", "[providers.acme]\nissuer = \"id.example\"\n"),
    ("issuer with another scheme", "[providers.acme]\nissuer = \"ftp://id.example\"\n"),
    ("issuer with a query", "[providers.acme]\nissuer = \"https://id.example/?a=b\"\n"),
    ("issuer with a fragment", "[providers.acme]\nissuer = \"https://id.example/#x\"\n"),
    ("issuer with a password", "[providers.acme]\nissuer = \"https://me:pw@id.example/\"\n"),
    ("issuer with a space", "[providers.acme]\nissuer = \"https://id.example/ x\"\n"),
    ("issuer without a host", "[providers.acme]\nissuer = \"https:id.example\"\n"),
    ("endpoint over http", "[providers.acme]\ntoken_endpoint = \"http://id.example/t\"\n"),
    ("endpoint with a fragment", "[providers.acme]\ntoken_endpoint = \"https://id.example/#t\"\n"),
    ("catalog provider unknown, near a known one", "[providers.acme]\nuse = \"gihub\"\n"),
    ("catalog provider unknown, near none", "[providers.acme]\nuse = \"xyzzyxyzzy\"\n"),
    ("client secret of a provider", "[providers.acme]\nclient_secret = \"hush-hush\"\n"),
    ("client secret at the top", "client_secret = \"hush-hush\"\n"),
    ("scope to add", "[providers.acme]\nscopes = [\"+email\"]\n"),
    ("two scopes in one", "[providers.acme]\nscopes = [\"openid email\"]\n"),
    ("parameter of the program itself", "[providers.acme]\nparams = { state = \"x\" }\n"),
    ("callback with a fragment", "[providers.acme]\ncallback = \"http://127.0.0.1/cb#x\"\n"),
    ("callback with a port out of range", "[providers.acme]\ncallback = \"http://127.0.0.1:0/cb\"\n"),
    ("callback that is no URL", "[providers.acme]\ncallback = \"cb\"\n"),
    ("callback with a user name", "[providers.acme]\ncallback = \"http://me@127.0.0.1/cb\"\n"),
    ("certificate without its key", "[providers.acme]\ncallback_certificate = \"a.pem\"\n"),
    ("key without its certificate", "[providers.acme]\ncallback_key = \"a.pem\"\n"),
    ("resource that is no URL", "[providers.acme]\nresource = \"x\"\n"),
    ("resource with a fragment", "[providers.acme]\nresource = \"https://api.example/#x\"\n"),
    ("environment variable with a dash", "[providers.acme]\nenv = \"A-B\"\n"),
    ("host with a path", "[providers.acme]\nhosts = [\"api.example/x\"]\n"),
    ("rule of `allow` that is none", "[providers.acme]\nallow = [\"\"]\n"),
    ("rule of `allow` with two stars", "[providers.acme]\nallow = [\"*@*\"]\n"),
    ("provider name with a space", "[providers.\"a b\"]\nissuer = \"https://id.example\"\n"),
    ("provider name with another scheme", "[providers.\"ftp://id.example\"]\n"),
    (
        "provider twice, as two spellings of one URL",
        "[providers.\"https://a.example\"]\n[providers.\"https://a.example/\"]\n",
    ),
    ("setting of a catalog provider with a space", "[providers.work]\nuse = \"entra\"\ntenant = \"con toso\"\n"),
    ("setting of a catalog provider that is no host", "[providers.work]\nuse = \"okta\"\ndomain = \"a/b\"\n"),
    ("setting of a catalog provider that is no URL", "[providers.work]\nuse = \"keycloak\"\nbase_url = \"x\"\n"),
];

/// Mistakes that are reported only when the provider is used, with its name.
const MISTAKES_FOUND_LATER: &[(&str, &str, &str)] = &[
    ("name of no catalog provider, without an issuer, near one", "gihub", "[providers.gihub]\nclient_id = \"x\"\n"),
    ("name of no catalog provider, without an issuer", "acme", "[providers.acme]\nclient_id = \"x\"\n"),
    ("catalog provider whose setting is missing", "work", "[providers.work]\nuse = \"okta\"\nclient_id = \"x\"\n"),
    (
        "port that the callback does not have",
        "acme",
        "[providers.acme]\nissuer = \"https://id.example\"\nclient_id = \"x\"\ncallback = \"http://127.0.0.1:8080/cb\"\nport = 8081\n",
    ),
    ("closed catalog provider", "elixir", "[providers.elixir]\nclient_id = \"x\"\n"),
    (
        "https callback without a certificate",
        "acme",
        "[providers.acme]\nissuer = \"https://id.example\"\nclient_id = \"x\"\ncallback = \"https://localhost:8443/cb\"\n",
    ),
    (
        "certificate that is not there",
        "acme",
        "[providers.acme]\nissuer = \"https://id.example\"\nclient_id = \"x\"\ncallback = \"https://localhost:8443/cb\"\n\
         callback_certificate = \"cert.pem\"\ncallback_key = \"key.pem\"\n",
    ),
    (
        "`ca_file` that is not there",
        "acme",
        "[providers.acme]\nissuer = \"https://id.example\"\nclient_id = \"x\"\nca_file = \"ca.pem\"\n",
    ),
    (
        "public page that shows a code, of an unknown provider",
        "acme",
        "[providers.acme]\nissuer = \"https://id.example\"\nclient_id = \"x\"\ncallback = \"urn:ietf:wg:oauth:2.0:oob\"\n",
    ),
    ("https-only provider without a callback", "yahoo", "[providers.yahoo]\nclient_id = \"x\"\n"),
];

fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("| {line}\n")).collect()
}

#[test]
fn mistakes_in_the_configuration() {
    let mut record = Record::new();
    let sandbox = Sandbox::new();
    for (case, text) in MISTAKES {
        sandbox.configure(text);
        let outcome = sandbox.run(&["providers", "list"]);
        record.within(&sandbox).block(case, &format!("{}{}[exit {}]", quoted(text), outcome.stderr, outcome.code));
        assert_eq!(outcome.code, 2, "{case}");
        assert!(!outcome.stderr.contains("hush-hush"), "{case}");
    }
    sandbox.configure("stores = 1\n");
    record.run(&sandbox, "the same as JSON", &["providers", "list", "--json"]);
    record.matches("config.txt");
}

#[test]
fn mistakes_found_when_a_provider_is_used() {
    let mut record = Record::new();
    let mut sandbox = Sandbox::new();
    let _opened = sandbox.record_browser();
    for (case, name, text) in MISTAKES_FOUND_LATER {
        sandbox.configure(text);
        let outcome = sandbox.run(&["signin", name]);
        let body = format!("{}$ mycli signin {name}\n{}[exit {}]", quoted(text), outcome.stderr, outcome.code);
        record.within(&sandbox).block(case, &body);
    }
    record.matches("config_of_a_provider.txt");
}

#[test]
fn mistakes_in_other_files_and_variables() {
    let mut record = Record::new();
    let mut world = World::signed_in();
    record.replace(world.provider.issuer(), "[ISSUER]");
    let missing = world.sandbox.path("missing.toml").to_str().expect("UTF-8").to_owned();
    record.run(&world.sandbox, "a file that is not there", &["--config", &missing, "providers", "list"]);
    let folder = world.sandbox.path("home").to_str().expect("UTF-8").to_owned();
    record.run(&world.sandbox, "a folder for a file", &["--config", &folder, "providers", "list"]);
    world.sandbox.set("MYCLI_CONFIG", &missing);
    record.run(&world.sandbox, "a variable that names no file", &["providers", "list"]);
    world.sandbox.unset("MYCLI_CONFIG");
    fs::write(world.sandbox.config_file(), [0xff, 0xfe]).expect("writable");
    record.run(&world.sandbox, "a configuration that is not text", &["providers", "list"]);
    world.sandbox.configure(&world.table("acme", ""));
    let file = world.sandbox.path("home/.mycli.toml");
    for (case, text) in [
        ("a project file with a key it may not have", "provider = \"acme\"\nclient_id = \"x\"\n"),
        ("a project file with a key near a known one", "provder = \"acme\"\n"),
        ("a project file with a mistake of syntax", "provider = \"acme\"\nprovider\n"),
        ("a project file with a value of a wrong type", "provider = 1\n"),
        ("a project file with an unknown provider", "provider = \"xyzzy\"\n"),
        ("a project file with an account that is not there", "provider = \"acme\"\naccount = \"bob\"\n"),
        ("a project file with a URL", "provider = \"https://id.example\"\n"),
    ] {
        fs::write(&file, text).expect("writable");
        let outcome = world.run(&["signin", "--no-input"]);
        let body = format!("{}$ mycli signin --no-input\n{}[exit {}]", quoted(text), outcome.stderr, outcome.code);
        record.block(case, &body);
        let outcome = world.run(&["token"]);
        record.block("", &format!("$ mycli token\n{}[exit {}]", outcome.stderr, outcome.code));
    }
    fs::write(&file, format!("provider = \"{}\"\n", "x".repeat(70_000))).expect("writable");
    record.run(&world.sandbox, "a project file that is too large", &["token"]);
    fs::remove_file(&file).expect("writable");
    for (name, value) in [
        ("MYCLI_STORE", "vault"),
        ("MYCLI_PROVIDER", "gihub"),
        ("MYCLI_ACCOUNT", "bob"),
        ("HTTPS_PROXY", "not a proxy"),
        ("HOME", "relative"),
    ] {
        let before = (name == "HOME").then(|| world.sandbox.path("home"));
        world.sandbox.set(name, value);
        for arguments in [&["signin", "acme", "--no-input", "--force"][..], &["token"], &["doctor", "acme"]] {
            if name == "HTTPS_PROXY" || arguments[0] != "doctor" {
                record.run(&world.sandbox, &format!("{name}={value}"), arguments);
            }
        }
        match before {
            Some(home) => world.sandbox.set(name, home),
            None => world.sandbox.unset(name),
        };
    }
    record.matches("config_elsewhere.txt");
}
