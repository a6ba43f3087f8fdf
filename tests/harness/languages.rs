//! Modules in other languages, built by the languages' own tools, which `make test` brings to `target/languages`. Each is
//! built when its sources have changed, and compiled once: what was compiled is kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::workspace;

const HINT: &str = "run `make test`, or `make languages` alone";

#[derive(Debug, Clone, Copy)]
pub enum Language {
    Python,
    JavaScript,
    Go,
}

impl Language {
    /// The example: PROJECT rows.
    pub fn project(self) -> String {
        self.module("transforms/examples", "project")
    }

    /// Does what the transaction's id says.
    pub fn unruly(self) -> String {
        self.module("tests/modules", "unruly")
    }

    pub fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::JavaScript => "javascript",
            Language::Go => "go",
        }
    }

    /// What stands in the example, and any module of the language is built with.
    fn parts(self) -> Vec<PathBuf> {
        match self {
            Language::Go => ["bindings", "go.mod", "go.sum", "main.go"].map(|part| example_in_go().join(part)).to_vec(),
            Language::Python | Language::JavaScript => Vec::new(),
        }
    }

    /// One after the other: the tools take both processors.
    fn module(self, room: &str, main: &str) -> String {
        static READY: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());
        let source = workspace().join(room).join(format!("{main}-in-{}", self.name()));
        let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
        ready.entry(source).or_insert_with_key(|source| self.ready(source, main)).clone()
    }

    fn ready(self, source: &Path, main: &str) -> String {
        let component = home().join(source.file_name().unwrap()).with_extension("wasm");
        let mut inputs = self.parts();
        inputs.extend([source.to_owned(), workspace().join("wit"), self.home().join(".complete")]);
        if inputs.iter().map(|input| changed(input)).max() > Some(changed(&component)) {
            self.build(source, main, &component);
        }
        compile(&component);
        component.into_os_string().into_string().unwrap()
    }

    /// From a copy of the sources: the tools leave things beside them, and look for packages above them.
    fn build(self, source: &Path, main: &str, component: &Path) {
        let copy = self.home().join(source.file_name().unwrap());
        let _ = std::fs::remove_dir_all(&copy);
        for part in self.parts() {
            copy_all(&example_in_go(), &part, &copy);
        }
        copy_all(source, source, &copy);
        let unfinished = component.with_extension("unfinished");
        run(self.tool(&copy, main, &unfinished), HINT);
        std::fs::rename(unfinished, component).unwrap();
    }

    /// The command of the examples' READMEs.
    fn tool(self, source: &Path, main: &str, output: &Path) -> Command {
        let wit = workspace().join("wit");
        let mut tool;
        match self {
            Language::Python => {
                tool = Command::new(self.home().join("bin/componentize-py"));
                tool.arg("-d").arg(wit).args(["-w", "mapper", "componentize", main, "-p"]).arg(source);
            }
            Language::JavaScript => {
                tool = Command::new(self.home().join("node_modules/.bin/componentize-qjs"));
                tool.arg("--wit").arg(wit).args(["--world", "mapper", "--sync", "--module-root"]).arg(self.home());
                tool.arg("--js").arg(source.join(main).with_extension("js"));
            }
            // The copy is no work tree of its own to take a version from.
            Language::Go => {
                tool = Command::new("go");
                tool.current_dir(source).envs([("GOOS", "wasip1"), ("GOARCH", "wasm")]);
                tool.args([
                    "build",
                    "-buildvcs=false",
                    "-trimpath",
                    "-buildmode=c-shared",
                    "-ldflags=-checklinkname=0",
                ]);
            }
        }
        tool.arg("-o").arg(output);
        tool
    }

    fn home(self) -> PathBuf {
        home().join(self.name())
    }
}

pub fn example_in_go() -> PathBuf {
    workspace().join("transforms/examples/project-in-go")
}

/// Where compiled modules are kept: `--module-cache`.
pub fn cache() -> String {
    home().join("compiled").into_os_string().into_string().unwrap()
}

fn home() -> PathBuf {
    ps_stream_guest_build::target_dir(&workspace()).with_file_name("languages")
}

/// Has the compiled module in the cache.
fn compile(component: &Path) {
    let mut bench = Command::new(env!("CARGO_BIN_EXE_ps-stream"));
    bench.args(["transform", "bench", "--kind", "mapper", "--time", "1ms", "--module-cache", &cache()]).arg(component);
    let document = workspace().join("tests/messages/no_field_types.xml");
    bench.stdin(std::fs::File::open(document).unwrap());
    run(bench, "it is to be compiled");
}

fn run(mut command: Command, hint: &str) {
    let output = command.output().unwrap_or_else(|fault| panic!("{command:?}: {fault}: {hint}"));
    assert!(output.status.success(), "{command:?}: {hint}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// When a file, or the latest of the files in a directory, was changed; long ago where there is none.
fn changed(path: &Path) -> SystemTime {
    if path.is_dir() {
        return files(path).iter().map(|file| changed(file)).max().unwrap_or(SystemTime::UNIX_EPOCH);
    }
    path.metadata().and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// All there are below, but for what the tools leave there.
pub fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let ours = entries.filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        !name.starts_with(['.', '_']) && name != "node_modules"
    });
    ours.flat_map(|path| files(&path)).collect()
}

/// Copies what is below a path of one directory to its place in another.
fn copy_all(directory: &Path, path: &Path, into: &Path) {
    for file in files(path) {
        let copy = into.join(file.strip_prefix(directory).unwrap());
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(&file, copy).unwrap();
    }
}
