//! Transcripts of the ExecCredential protocol.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{access_token, assert_no_refresh_token, id_token, seconds_until, world_with_hosts};
use crate::support::Outcome;
use crate::support::Running;
use crate::support::world::World;

fn kubectl(world: &World, words: &[&str], info: Option<&str>) -> Outcome {
    let mut command = world.sandbox.command(&[&["credential", "kubectl"], words].concat());
    if let Some(info) = info {
        command.env("KUBERNETES_EXEC_INFO", info);
    }
    Running::spawn(command).outcome()
}

fn info(version: &str, spec: &Value) -> String {
    let version = format!("client.authentication.k8s.io/{version}");
    json!({"kind": "ExecCredential", "apiVersion": version, "spec": spec}).to_string()
}

fn cluster(server: &str) -> Value {
    json!({"interactive": false, "cluster": {"server": server, "config": {"any": 1}}})
}

#[test]
fn answer_has_the_version_that_was_asked_for() {
    let world = world_with_hosts("\"k8s.example:6443\"");
    for version in ["v1", "v1beta1"] {
        let outcome = kubectl(&world, &["acme"], Some(&info(version, &json!({"interactive": true})))).success();
        let answer = outcome.json();
        assert_eq!(answer["apiVersion"], format!("client.authentication.k8s.io/{version}"));
        assert_eq!((&answer["kind"], &answer["status"]["token"]), (&json!("ExecCredential"), &json!(id_token(&world))));
        let end: DateTime<Utc> = answer["status"]["expirationTimestamp"].as_str().expect("text").parse().expect("3339");
        assert!((3000..=3700).contains(&seconds_until(end.timestamp())), "{answer}");
        assert_no_refresh_token(&world, &outcome);
    }
    let answer = kubectl(&world, &["acme", "--access-token"], Some(&info("v1", &json!({})))).success().json();
    assert_eq!(answer["status"]["token"], access_token(&world));
}

#[test]
fn empty_variable_needs_the_version_as_a_flag() {
    let world = world_with_hosts("");
    for variable in [None, Some("")] {
        kubectl(&world, &["acme"], variable).fails(2, "--api-version");
        let answer = kubectl(&world, &["acme", "--api-version", "v1beta1"], variable).success().json();
        assert_eq!(answer["apiVersion"], "client.authentication.k8s.io/v1beta1");
    }
    kubectl(&world, &["acme", "--api-version", "v2"], None).fails(2, "neither v1 nor v1beta1");
    for bad in ["{", "[]", "{}", &info("v1alpha1", &json!({})), &info("v1", &json!({}))[..40]] {
        kubectl(&world, &["acme"], Some(bad)).fails(2, "`KUBERNETES_EXEC_INFO`");
    }
}

#[test]
fn cluster_gets_the_token_of_its_own_provider_only() {
    let world = world_with_hosts("\"k8s.example:6443\"");
    let known = kubectl(&world, &[], Some(&info("v1", &cluster("https://k8s.example:6443/path")))).success();
    assert_eq!(known.json()["status"]["token"], id_token(&world));
    for server in ["https://k8s.example", "https://evil.example:6443", "http://k8s.example:6443", "https://a@b@c", ""] {
        kubectl(&world, &[], Some(&info("v1", &cluster(server)))).fails(2, "no session is for the cluster");
    }
    kubectl(&world, &[], Some(&info("v1", &json!({})))).fails(2, "provideClusterInfo");
    let nobody = World::configured("hosts = [\"k8s.example:6443\"]");
    kubectl(&nobody, &[], Some(&info("v1", &cluster("https://k8s.example:6443")))).fails(3, "mycli signin acme");
}

#[test]
fn session_without_id_token_names_the_scope() {
    let world = World::configured("scopes = [\"read\"]");
    world.provider.change_tokens(|tokens| {
        tokens.as_object_mut().expect("an object").remove("id_token");
    });
    world.sign_in(&[]).success();
    kubectl(&world, &["acme"], Some(&info("v1", &json!({})))).fails(1, "--scope +openid");
    kubectl(&world, &["acme", "--access-token"], Some(&info("v1", &json!({})))).success();
}
