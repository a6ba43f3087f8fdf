//! `transform bench`: how fast a module is, and its crate run natively.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::harness::guests::route_by_name;
use crate::harness::wrapping;
use crate::harness::{message, workspace};

/// On a message as PeopleSoft packs it. A crate may have to be built, in the suite's own target directory: that takes its time.
fn bench(arguments: &[&str]) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_ps-stream"))
        .args(["transform", "bench", "--time", "140ms", "--header", "From: HR"])
        .args(arguments)
        .env("CARGO_TARGET_DIR", workspace().join("target"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that has ended before it read everything has said why.
    let _ = process.stdin.take().unwrap().write_all(&wrapping::packed(&message("currencies.xml")));
    process.wait_with_output().unwrap()
}

fn figures(arguments: &[&str]) -> Value {
    let output = bench(&[arguments, &["--json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|fault| panic!("{fault}: {output:?}"))
}

fn crate_of(module: &str) -> String {
    workspace().join("transforms").join(module).to_str().unwrap().to_owned()
}

#[test]
fn it_tells_how_fast_a_module_is_and_what_it_takes() {
    for kind in ["splitter", "mapper"] {
        let figures = figures(&["--kind", kind]);
        let figure = |name: &str| figures[name].as_f64().unwrap();
        assert!(figure("calls") >= figure("rounds") && figure("rounds") > 0.0, "{figures}");
        assert!(figure("memory_bytes") > 65536.0 && figure("bytes") > 0.0, "{figures}");
        let told = String::from_utf8(bench(&["--kind", kind]).stdout).unwrap();
        assert!(told.contains("transactions/s") && told.contains("calls of"), "{told}");
    }
}

#[test]
fn a_module_is_held_against_its_crate_run_natively() {
    for kind in ["splitter", "mapper"] {
        let figures = figures(&["--kind", kind, "--native", &crate_of(kind)]);
        let [bytes, transactions] = ["bytes", "transactions"]
            .map(|name| [&figures, &figures["native"]].map(|figures| figures[name].as_u64().unwrap()));
        assert_eq!(bytes[0] * transactions[1], bytes[1] * transactions[0], "both were given the same: {figures}");
        let spread = ["minimum", "median", "maximum"].map(|part| figures["native_per_module"][part].as_f64().unwrap());
        assert!(0.0 < spread[0] && spread.is_sorted(), "{figures}");
    }
    let output = bench(&[route_by_name(), "--native", &crate_of("examples/route-by-name")]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("transactions/s") && told.contains("  native / module  "), "{told}");
}

#[test]
fn a_crate_that_is_of_another_kind_or_measures_nothing_natively_is_told_so() {
    for (module, why) in [
        ("splitter", "the module is a mapper, and its crate measures a splitter"),
        ("survey", "has no examples/native.rs"),
        ("no-such", "cannot be read"),
    ] {
        let output = bench(&["--kind", "mapper", "--native", &crate_of(module)]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && said.contains(why), "{said}");
    }
}
