//! The rooms of the host (docs: the module doc of each room): a line knows its room by the library it names, and arrows
//! only go down.

use std::path::{Path, PathBuf};

use crate::harness::workspace;

/// A library, and the rooms that may name it.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("wasmtime", &["transform", "contract"]),
    ("wit_component", &["transform"]),
    ("wit_parser", &["transform"]),
    ("wasmparser", &["transform"]),
    ("rdkafka", &["kafka"]),
    ("axum", &["collect", "admin"]),
    ("hyper", &["collect", "demo", "traces"]),
    ("rustls", &["collect"]),
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("prometheus_client", &["metrics"]),
    ("opentelemetry", &["traces"]),
    ("opentelemetry_http", &["traces"]),
    ("opentelemetry_otlp", &["traces"]),
    ("opentelemetry_sdk", &["traces"]),
    ("hyper_rustls", &["traces"]),
    ("encoding_rs", &["message"]),
    ("flate2", &["message"]),
    ("zstd_safe", &["message"]),
    ("base64", &["collect", "message"]),
    ("libc", &["heap"]),
    ("similar", &["workbench"]),
    ("ps_stream_guest_build", &["workbench"]),
];

/// A room, and the rooms it may name. Leaves are known by all and know nobody.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    (
        "cli",
        &[
            "top",
            "workbench",
            "keys",
            "capture",
            "admin",
            "collect",
            "parse",
            "dead_letters",
            "demo",
            "transform",
            "kafka",
            "contract",
        ],
    ),
    ("demo", &["collect", "parse", "transform", "kafka", "contract"]),
    ("collect", &["message", "transform", "kafka", "contract"]),
    ("parse", &["transform", "kafka", "contract"]),
    ("dead_letters", &["kafka"]),
    ("message", &["contract"]),
    ("transform", &["contract"]),
    ("kafka", &["contract"]),
    ("workbench", &["message", "transform", "contract"]),
    ("keys", &["workbench", "transform", "contract"]),
    ("capture", &["workbench", "transform", "kafka"]),
    ("contract", &[]),
    ("admin", &[]),
    ("top", &["admin"]),
    ("broken", &[]),
    ("fault", &[]),
    ("json", &[]),
    ("heap", &[]),
    ("glob", &[]),
    ("metrics", &[]),
    ("reload", &[]),
    ("service", &[]),
    ("shutdown", &[]),
    ("telemetry", &[]),
    ("traces", &[]),
    ("watch", &["reload"]),
    ("lib", &[]),
];
const LEAVES: &[&str] = &[
    "broken",
    "fault",
    "glob",
    "heap",
    "json",
    "metrics",
    "reload",
    "service",
    "shutdown",
    "telemetry",
    "traces",
    "watch",
];

#[test]
fn a_library_is_named_in_its_own_room_only() {
    let strangers = lines().into_iter().filter_map(|line| {
        let (library, rooms) = LIBRARIES.iter().find(|(library, _)| names(&line.code, &format!("{library}::")))?;
        (!rooms.contains(&line.room.as_str())).then(|| format!("{library} in {line}"))
    });
    let strangers: Vec<String> = strangers.collect();
    assert!(strangers.is_empty(), "{strangers:#?}");
}

#[test]
fn arrows_between_rooms_only_go_down() {
    let upward = lines().into_iter().filter_map(|line| {
        let (_, allowed) = ARROWS.iter().find(|(room, _)| *room == line.room)?;
        let named = ARROWS.iter().map(|(room, _)| *room).filter(|room| names(&line.code, &format!("crate::{room}")));
        let wrong: Vec<&str> =
            named.filter(|room| *room != line.room && !allowed.contains(room) && !LEAVES.contains(room)).collect();
        (!wrong.is_empty()).then(|| format!("{wrong:?} in {line}"))
    });
    let upward: Vec<String> = upward.collect();
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn every_room_of_the_host_is_in_the_table() {
    let unknown: Vec<String> = lines()
        .into_iter()
        .map(|line| line.room)
        .filter(|room| ARROWS.iter().all(|(known, _)| known != room))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// A line of code with its place.
struct Line {
    room: String,
    place: String,
    code: String,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.code.trim())
    }
}

fn lines() -> Vec<Line> {
    let root = workspace().join("host/src");
    let mut files = Vec::new();
    collect_files(&root, &mut files);
    assert!(files.len() > 10, "the host's sources are not where this test looks");
    files.iter().flat_map(|file| lines_of(&root, file)).collect()
}

fn lines_of(root: &Path, file: &Path) -> Vec<Line> {
    let within = file.strip_prefix(root).unwrap();
    let room = within.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
    let text = std::fs::read_to_string(file).unwrap();
    let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let place = |number: usize| format!("host/src/{}:{}", within.display(), number + 1);
    code.map(|(number, line)| Line { room: room.clone(), place: place(number), code: line.to_owned() }).collect()
}

fn collect_files(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Whether the code names this path, and not one that only ends or begins like it.
fn names(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + path.len()..].chars().next();
        let word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        !word(before) && (path.ends_with(':') || !word(after))
    })
}
