//! This module natively, for `ps-stream transform bench --native`.

fn main() -> std::process::ExitCode {
    ps_stream_sdk::native::measure_{{kind}}::<{{module}}::Module>()
}
