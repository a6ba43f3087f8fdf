//! This module natively, for `ps-stream transform bench --native`.

fn main() -> std::process::ExitCode {
    ps_stream_sdk::native::measure_splitter::<ps_stream_example_route_by_name::RouteByName>()
}
