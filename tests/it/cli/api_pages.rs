//! `api`: pages and redirects.

use serde_json::json;

use super::api::world;
use crate::support::fake_provider::{Response, USERINFO};
use crate::support::world::World;

const PATH: &str = "/v1/items";

fn page(world: &World, path: &str, items: &serde_json::Value, next: &str) {
    let response = Response::json(200, items);
    let link = format!("<{next}>; rel=\"next\", </v1/items?page=9>; rel=\"last\"");
    world.provider.respond_with(path, if next.is_empty() { response } else { response.with_header("link", &link) });
}

/// cli/cli#5347: each page was a list of its own.
#[test]
fn pages_are_printed_as_one_list() {
    let world = world();
    let issuer = world.provider.issuer().to_owned();
    page(&world, PATH, &json!([1, 2]), "items2?page=2");
    page(&world, "/v1/items2", &json!([]), &format!("{issuer}/v1/items3"));
    page(&world, "/v1/items3", &json!([{"a": 3}]), "");
    let outcome = world.run(&["api", &format!("{issuer}{PATH}"), "--paginate"]).success();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("[1,2,{\"a\":3}]\n", ""));
    assert_eq!(world.provider.requests_to("/v1/items2")[0].query("page"), Some("2"));
    for path in [PATH, "/v1/items2", "/v1/items3"] {
        assert!(world.provider.requests_to(path)[0].header("authorization").is_some());
    }
    // Without the flag there is one request.
    world.run(&["api", &format!("{issuer}{PATH}")]).success();
    assert_eq!(world.provider.requests_to("/v1/items2").len(), 1);
    world.run(&["api", &format!("{issuer}{PATH}"), "--paginate", "-d", "x"]).fails(2, "needs the method GET");
}

#[test]
fn token_follows_no_link_to_another_origin() {
    let world = world();
    let issuer = world.provider.issuer().to_owned();
    let url = format!("{issuer}{PATH}");
    let port = issuer.rsplit_once(':').expect("a port").1;
    for next in [
        "https://evil.example/x".to_owned(),
        "//evil.example/x".to_owned(),
        format!("http://localhost:{port}/x"),
        format!("https://127.0.0.1:{port}/x"),
        "http://127.0.0.1:1/x".to_owned(),
        format!("http://user@127.0.0.1:{port}/x"),
        format!("http://127.0.0.1:{port}@evil.example/x"),
    ] {
        page(&world, PATH, &json!([1]), &next);
        let outcome = world.run(&["api", &url, "--paginate"]).ends_with(1);
        assert!(outcome.stderr.contains("gets no token; the result is not complete"), "{next} {outcome:?}");
        assert_eq!(outcome.stdout, "[1", "an open list is no result");
        world.provider.respond_with(PATH, Response::redirect(&next));
        let outcome = world.run(&["api", &url]).success();
        assert!(outcome.stderr.contains("which is not followed"), "{next} {outcome:?}");
        world.run(&["api", &url, "--fail"]).fails(1, "which is not followed");
    }
    assert!(world.provider.requests_to("/x").is_empty());
    page(&world, PATH, &json!([1]), PATH);
    let outcome = world.run(&["api", &url, "--paginate"]).ends_with(1);
    assert!(outcome.stderr.contains("its own next page"), "{outcome:?}");
}

#[test]
fn failed_page_ends_without_a_result_that_looks_whole() {
    let world = world();
    let url = format!("{}{PATH}", world.provider.issuer());
    page(&world, PATH, &json!([1]), "/v1/items2");
    for (response, code, words) in [
        (Response::json(200, &json!({})), 1, "page 2 is no list"),
        (Response::html(429, "").with_header("retry-after", "7"), 6, "retry in 7s"),
        (Response::Half(b"[2".to_vec()), 6, "broke off"),
    ] {
        world.provider.respond_with("/v1/items2", response);
        let outcome = world.run(&["api", &url, "--paginate"]).ends_with(code);
        assert!(outcome.stdout == "[1" && outcome.stderr.contains(words), "{outcome:?}");
        world.run(&["api", &url, "--paginate", "-o", "all.json"]).fails(code, words);
        assert!(!world.sandbox.path("home/all.json").exists());
    }
    // A token that ends between two pages is refreshed.
    world.provider.respond_next("/v1/items2", vec![Response::json(401, &json!({}))]);
    page(&world, "/v1/items2", &json!([2]), "");
    assert_eq!(world.run(&["api", &url, "--paginate"]).success().stdout, "[1,2]\n");
    assert_eq!(world.provider.refreshes(), 1);
}

#[test]
fn redirects_within_the_origin_keep_the_token() {
    let world = world();
    let url = format!("{}{PATH}", world.provider.issuer());
    world.provider.respond_with(PATH, Response::redirect("/v2/items"));
    world.provider.respond_with("/v2/items", Response::json(200, &json!({"v": 2})));
    let outcome = world.run(&["api", &url]).success();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("{\"v\":2}", ""));
    assert!(world.provider.requests_to("/v2/items")[0].header("authorization").is_some());
    // A request that changes something is not repeated elsewhere.
    world.run(&["api", &url, "-d", "x", "--fail"]).fails(1, "which is not followed");
    world.provider.respond_with(PATH, Response::redirect(PATH));
    world.run(&["api", &url]).fails(1, "redirects more than 5 times");
    assert!(world.provider.requests_to(USERINFO).len() < 3);
}
