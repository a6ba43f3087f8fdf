//! The real binary, started as a user starts it; killed when dropped. `PSSTREAM_TEST_BINARY` names another one to test.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::PATIENCE;

pub struct Process {
    child: Child,
    stderr: Arc<Lines>,
    stdout: Arc<Lines>,
}

/// What a process has said and how it ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: Vec<String>,
}

/// The lines read so far, and whether more can come.
#[derive(Default)]
struct Lines {
    so_far: Mutex<(Vec<String>, bool)>,
    changed: Condvar,
}

/// Runs `ps-stream ARGUMENTS` in an environment without settings of its own.
pub fn start(arguments: &[&str]) -> Process {
    start_with(arguments, &[])
}

pub fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Process {
    start_binary(binary(), arguments, environment)
}

pub fn start_binary(binary: OsString, arguments: &[&str], environment: &[(&str, &str)]) -> Process {
    Process::of(command(binary, arguments, environment).stdin(Stdio::null()))
}

/// Runs it to its end, with this on its standard input.
pub fn run_on(input: &[u8], arguments: &[&str]) -> Ended {
    let mut process = Process::of(command(binary(), arguments, &[]).stdin(Stdio::piped()));
    let (mut stdin, input) = (process.child.stdin.take().unwrap(), input.to_vec());
    // One that has ended before it read everything has said why.
    let writing = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let ended = process.wait();
    writing.join().unwrap();
    ended
}

fn binary() -> OsString {
    let given = std::env::var_os("PSSTREAM_TEST_BINARY").filter(|path| !path.is_empty());
    given.unwrap_or_else(|| env!("CARGO_BIN_EXE_ps-stream").into())
}

fn command(binary: OsString, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary);
    let is_setting = |name: &str| ["PSSTREAM_", "RUST_", "OTEL_"].iter().any(|prefix| name.starts_with(prefix));
    for (name, _) in std::env::vars().filter(|(name, _)| is_setting(name)) {
        command.env_remove(name);
    }
    command.args(arguments).envs(environment.iter().copied()).env("NO_COLOR", "1");
    command
}

/// Runs it to its end.
pub fn run(arguments: &[&str]) -> Ended {
    start(arguments).wait()
}

impl Process {
    fn of(command: &mut Command) -> Self {
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.expect("the binary can be run");
        let stderr = Lines::of(child.stderr.take().unwrap());
        let stdout = Lines::of(child.stdout.take().unwrap());
        Process { child, stderr, stdout }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The first line on stderr, past or to come, that holds `text`.
    pub fn line_with(&self, text: &str) -> String {
        self.stderr.find(text).unwrap_or_else(|| {
            panic!("no line with {text:?} on stderr:\n{}", self.tail());
        })
    }

    /// The same on standard output.
    pub fn shows(&self, text: &str) -> String {
        self.stdout.find(text).unwrap_or_else(|| panic!("no line with {text:?} on standard output"))
    }

    /// `HOST:PORT` of its line `listening on HOST:PORT`.
    pub fn address(&self) -> String {
        let line = self.line_with("listening on ");
        let (_, rest) = line.split_once("listening on ").unwrap();
        rest.split([' ', '/', '"']).next().expect("an address").to_owned()
    }

    /// The end of what it has said, for the person who reads a failure.
    pub fn tail(&self) -> String {
        let said = self.said();
        said[said.len().saturating_sub(40)..].join("\n")
    }

    pub fn said(&self) -> Vec<String> {
        self.stderr.all()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.id().to_string()]).status();
        assert!(sent.unwrap().success(), "process {} takes no {signal}", self.id());
    }

    /// SIGTERM, and its word on how it ended.
    pub fn terminate(self) -> Ended {
        self.signal("TERM");
        self.wait()
    }

    /// SIGKILL: no goodbye.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn wait(mut self) -> Ended {
        let status = self.exit();
        self.stdout.find_end();
        self.stderr.find_end();
        Ended { code: status.code(), stdout: self.stdout.all().join("\n"), stderr: self.said() }
    }

    fn exit(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "still runs after {PATIENCE:?}:\n{}", self.tail());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The most memory it ever held, in bytes.
    pub fn peak_memory(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// The memory it holds now, in bytes.
    pub fn resident_memory(&self) -> u64 {
        self.memory("VmRSS:")
    }

    fn memory(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("the process runs");
        let line = status.lines().find(|line| line.starts_with(what)).expect("Linux tells it");
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("ps-stream (process {}) said:\n{}", self.id(), self.tail());
        }
    }
}

impl Ended {
    pub fn stderr_text(&self) -> String {
        self.stderr.join("\n")
    }
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Arc<Self> {
        let lines = Arc::new(Self::default());
        let writer = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                writer.so_far.lock().unwrap().0.push(String::from_utf8_lossy(&line).into_owned());
                writer.changed.notify_all();
            }
            writer.so_far.lock().unwrap().1 = true;
            writer.changed.notify_all();
        });
        lines
    }

    fn all(&self) -> Vec<String> {
        self.so_far.lock().unwrap().0.clone()
    }

    fn find(&self, text: &str) -> Option<String> {
        let undecided =
            |(lines, ended): &mut (Vec<String>, bool)| !*ended && !lines.iter().any(|line| line.contains(text));
        let so_far = self.so_far.lock().unwrap();
        let (so_far, _) = self.changed.wait_timeout_while(so_far, PATIENCE, undecided).unwrap();
        so_far.0.iter().find(|line| line.contains(text)).cloned()
    }

    fn find_end(&self) {
        let so_far = self.so_far.lock().unwrap();
        drop(self.changed.wait_timeout_while(so_far, PATIENCE, |(_, ended)| !*ended).unwrap());
    }
}
