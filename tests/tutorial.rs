//! `docs/transforms.md`, followed word for word: its commands are run one after the other, and what it says they show is
//! shown.

use std::path::Path;
use std::process::Command;

use crate::harness::{kafka, topics, unique, workspace};

/// The blocks of a document that are marked so.
fn blocks<'d>(document: &'d str, mark: &str) -> Vec<&'d str> {
    let mut fences = document.split("\n```");
    fences.next();
    let blocks = fences.step_by(2).filter_map(|block| block.split_once('\n'));
    blocks.filter(|(found, _)| *found == mark).map(|(_, text)| text).collect()
}

/// What the tutorial's last step brings about comes a moment later.
const TO_THE_END: &str = "
for moment in $(seq 600); do
    if grep -q 'takes the place of' ../said; then exit 0; fi
    sleep 0.1
done
exit 1
";

#[test]
fn the_tutorial_leads_to_a_module_in_production() {
    let document = std::fs::read_to_string(workspace().join("docs/transforms.md")).unwrap();
    let (prefix, port) = (unique("t"), kafka::free_port().to_string());
    let local = |text: &str| {
        text.replace("localhost:9092", kafka::shared()).replace("localhost:8000", &format!("localhost:{port}"))
    };
    let steps = local(&blocks(&document, "sh").join("\n"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(unique("tutorial"));
    std::fs::create_dir(&folder).unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_ps-stream")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let script =
        format!("set -euxo pipefail\ntrap 'kill $(jobs -p) || true' EXIT\nexec > said 2>&1\n{steps}\n{TO_THE_END}");
    let status = Command::new("bash")
        .args(["-c", &script])
        .current_dir(&folder)
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", workspace().join("target"))
        .env("PSSTREAM_PORT", &port)
        .env("PSSTREAM_ADDRESS", "127.0.0.1")
        .env("PSSTREAM_SOURCE_PREFIX", &prefix)
        .env("PSSTREAM_TARGET_PREFIX", &prefix)
        .env("PSSTREAM_CONSUMER_GROUP", &prefix)
        .status()
        .unwrap();
    let said = std::fs::read_to_string(folder.join("said")).unwrap();
    assert!(status.success(), "{said}");

    for shown in blocks(&document, "").iter().flat_map(|block| block.lines()) {
        let is_whole = !shown.contains("...") && !shown.contains('…') && shown.trim() != "```";
        assert!(!is_whole || said.contains(shown.trim()), "the tutorial shows {shown:?}, but there was:\n{said}");
    }
    let vendors = topics::wait(kafka::shared(), &format!("{prefix}.VENDOR"), 1);
    assert!(vendors[0].header("ps-module").is_some_and(|module| module.starts_with("notes 0.")), "{vendors:?}");
}
