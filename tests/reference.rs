//! What is made of the command line's definition: docs, completions, man pages.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::harness::{process, unique, workspace};

#[test]
fn the_generated_documents_are_what_the_program_says() {
    for (file, arguments) in
        [("docs/options.md", &["options"][..]), ("docs/operating/ps-stream.schema.json", &["config", "schema"])]
    {
        let written = std::fs::read_to_string(workspace().join(file)).unwrap();
        let said = process::run(arguments).stdout;
        assert!(written.trim_end() == said.trim_end(), "{file} is out of date: `make docs` writes it again");
    }
}

#[test]
fn every_option_with_a_name_in_the_environment_has_one_that_says_which() {
    let text = process::run(&["options"]).stdout;
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `--")).filter(|line| line.contains("`PSSTREAM_"));
    let mut count = 0;
    for row in rows {
        let (option, rest) = row.split_once(['`', ' ']).unwrap();
        let (_, name) = rest.split_once("`PSSTREAM_").unwrap();
        let name = name.split('`').next().unwrap().to_lowercase().replace('_', "-");
        assert_eq!(option, name, "{row}");
        count += 1;
    }
    assert!(count > 50, "{count} of them: {text}");
}

#[test]
fn completions_are_scripts_their_shells_can_read_and_know_the_options() {
    for (shell, option) in [("bash", "--tls-client-ca"), ("zsh", "--tls-client-ca"), ("fish", "tls-client-ca")] {
        let ended = process::run(&["completions", shell]);
        assert_eq!(ended.code, Some(0));
        assert!(ended.stdout.contains(option), "{shell}");
    }
    let script = process::run(&["completions", "bash"]).stdout;
    let ask = "\nCOMP_WORDS=(ps-stream collect --tls-c); COMP_CWORD=2; _ps__stream ps-stream --tls-c collect; echo ${COMPREPLY[*]}\n";
    let mut bash = Command::new("bash").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(format!("{script}{ask}").as_bytes()).unwrap();
    let answer = bash.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), "--tls-cert --tls-client-ca");
}

#[test]
fn each_command_has_a_man_page() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(unique("man"));
    assert_eq!(process::run(&["man", directory.to_str().unwrap()]).code, Some(0));
    for (page, text) in [
        ("ps-stream.1", "PSSTREAM_CONFIG"),
        ("ps-stream-collect.1", "PSSTREAM_TLS_CERT"),
        ("ps-stream-parse.1", "PSSTREAM_CONSUMER_GROUP"),
        ("ps-stream-dead-letters-replay.1", "force"),
    ] {
        let content = std::fs::read_to_string(directory.join(page)).unwrap();
        assert!(content.starts_with(".ie") && content.contains(text), "{page}: {content:.300}");
    }
    let file = directory.join("ps-stream.1");
    let refused = process::run(&["man", file.to_str().unwrap()]);
    assert!(refused.code == Some(1) && refused.stderr_text().contains("ps-stream.1"), "{refused:?}");
}
