//! `transform check` and `transform inspect`: what a file is, and whether it would be taken.

use serde_json::{Value, json};

use crate::harness::guests::{mask_project, reaching_mapper, route_by_name, stock_mapper};
use crate::harness::process::{self, Ended};
use crate::harness::scratch_file;

fn transform(arguments: &[&str]) -> Ended {
    process::run(&[&["transform"], arguments].concat())
}

fn json_of(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|fault| panic!("{fault}: {ended:?}"))
}

#[test]
fn a_module_that_would_be_taken_passes_with_all_that_was_looked_at() {
    let config = scratch_file("mask.toml", "mask = [\"DESCR\"]");
    let config = config.to_str().unwrap();
    let ended = transform(&["check", mask_project(), "--config", config]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for text in ["a mapper of ps-stream:transform@0.1.0", "ps-stream:transform/telemetry@0.1.0", "mask-project", config]
    {
        assert!(ended.stdout.lines().any(|line| line.starts_with("ok ") && line.contains(text)), "{text}: {ended:?}");
    }
    assert_eq!(json_of(&transform(&["check", "--json", route_by_name()]))["taken"], true);
}

#[test]
fn a_configuration_that_does_not_fit_is_refused_with_the_reason() {
    let config = scratch_file("mask.toml", "mask = [5]");
    let ended = transform(&["check", mask_project(), "--config", config.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr_text().contains("at /mask/0"), "{ended:?}");
    let ended = transform(&["check", mask_project(), "--json", "--config", config.to_str().unwrap()]);
    assert_eq!((ended.code, &json_of(&ended)["taken"]), (Some(1), &json!(false)));
    assert!(json_of(&ended)["reason"].as_str().unwrap().contains("at /mask/0"), "{ended:?}");
}

#[test]
fn a_configuration_that_is_missing_is_a_note() {
    let ended = transform(&["check", mask_project()]);
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.stdout.contains("note  needs a configuration (--config): \"mask\" is a required property"),
        "{ended:?}"
    );
}

#[test]
fn what_a_module_imports_and_will_not_get_is_told() {
    let ended = transform(&["check", reaching_mapper()]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.lines().any(|line| line.starts_with("note  imports wasi:")), "{ended:?}");
    let denied = json_of(&transform(&["inspect", "--json", reaching_mapper()]))["denied_imports"].clone();
    assert!(denied.as_array().unwrap().iter().all(|name| name.as_str().unwrap().starts_with("wasi:")), "{denied}");
}

#[test]
fn a_file_that_is_no_module_has_status_1_and_one_that_is_not_there_2() {
    let file = scratch_file("text.wasm", "this is not WebAssembly");
    for command in ["check", "inspect"] {
        let ended = transform(&[command, file.to_str().unwrap()]);
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr_text().contains("is not WebAssembly"), "{ended:?}");
        assert_eq!(transform(&[command, "no/such.wasm"]).code, Some(2));
    }
}

#[test]
fn a_module_says_what_it_is() {
    let ended = transform(&["inspect", stock_mapper()]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for text in ["stock-mapper 0.1.0", "mapper", "ps-stream:transform/mapping@0.1.0", "any"] {
        assert!(ended.stdout.contains(text), "{text}: {ended:?}");
    }
    let told = json_of(&transform(&["inspect", "--json", stock_mapper()]));
    assert_eq!((&told["name"], &told["form"]), (&json!("stock-mapper"), &json!("core module")));
    assert_eq!(told["hash"].as_str().unwrap().len(), 64);
    assert!(told["memory_bytes"].as_u64().unwrap() > 0);
    assert!(told["config_schema"]["properties"]["keys"].is_object(), "{told}");
}
