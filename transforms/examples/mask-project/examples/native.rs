//! This module natively, for `ps-stream transform bench --native`.

fn main() -> std::process::ExitCode {
    ps_stream_sdk::native::measure_mapper::<ps_stream_example_mask_project::MaskProject>()
}
