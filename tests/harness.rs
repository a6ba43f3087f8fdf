//! What every test stands on: a broker, the real binary, a raw HTTP client and a raw Kafka consumer.
//!
//! Knows nothing of ps-stream's code; only what a user could see.

pub mod guests;
pub mod http;
pub mod kafka;
pub mod languages;
pub mod otlp;
pub mod packing;
pub mod pipeline;
pub mod process;
pub mod tls;
pub mod topics;
pub mod wrapping;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long anything that must happen may take. Generous: two cores beside a JVM, and Kafka gives up a dead writer's
/// Kafka transaction only after a minute.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("host lies in the workspace").to_path_buf()
}

/// The bytes of `tests/messages/NAME`.
pub fn message(name: &str) -> Vec<u8> {
    let path = workspace().join("tests/messages").join(name);
    std::fs::read(&path).unwrap_or_else(|fault| panic!("cannot read {}: {fault}", path.display()))
}

/// A name no other test and no other run on the same broker uses.
pub fn unique(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let started = std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_millis() % 100_000_000;
    format!("{stem}-{}-{started}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Asks until there is an answer; `what` is for the person who reads the failure.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "did not happen in {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A file of its own in a directory that outlives the test; `cargo clean` removes it.
pub fn scratch_file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", unique("scratch")));
    std::fs::write(&path, content).expect("the target directory can be written");
    path
}
