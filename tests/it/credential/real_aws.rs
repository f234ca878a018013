//! The AWS CLI against the STS of moto.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::world_with_hosts;
use crate::support::servers::Server;
use crate::support::{Outcome, Running};

/// AWS CLI of `tests/servers/requirements-aws.txt`.
fn program() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/python-aws/bin/aws")
}

#[test]
#[ignore = "needs awscli and moto of PyPI: .ci/more helpers"]
fn aws_cli_gets_the_credentials_of_the_role() {
    let mut world = world_with_hosts("");
    let moto = Server::start_python_with("aws", "aws_sts.py", &json!({}));
    let origin = format!("http://127.0.0.1:{}", moto.greeting["port"]);
    world.sandbox.set("AWS_ENDPOINT_URL", &origin).set("AWS_EC2_METADATA_DISABLED", "true").set("AWS_PAGER", "");
    let (arn, other) = ("arn:aws:iam::123456789012:role/reader", world.sandbox.path("home/token"));
    let process = format!("{} credential aws acme --role-arn {arn}", world.sandbox.program().display());
    let config = format!(
        "[profile process]\nregion = eu-central-1\ncredential_process = {process}\n\n[profile file]\nregion = eu-central-1\nrole_arn = {arn}\nrole_session_name = ada\nweb_identity_token_file = {}\n",
        other.display()
    );
    fs::create_dir(world.sandbox.path("home/.aws")).expect("owned by the test");
    fs::write(world.sandbox.path("home/.aws/config"), config).expect("owned by the test");
    let aws = |profile: &str| -> Outcome {
        let mut command = world.sandbox.command_of(program());
        command.args(["--profile", profile, "sts", "get-caller-identity", "--output", "json"]);
        Running::spawn(command).outcome()
    };
    let assumed = "arn:aws:sts::123456789012:assumed-role/reader/ada";
    assert_eq!(aws("process").success().json()["Arn"], assumed);
    let words = ["credential", "aws", "acme", "--web-identity-file", other.to_str().expect("UTF-8")];
    let mut keeper = world.sandbox.start(&words);
    keeper.line(|line| line.contains("Keeping the ID token in"));
    assert_eq!(aws("file").success().json()["Arn"], assumed);
    drop(keeper);
    world.run(&["signout", "acme"]).success();
    let failed = aws("process");
    assert!(failed.code != 0 && failed.stderr.contains("mycli signin acme"), "{failed:?}");
}
