//! A mapper that reaches for what the transaction's id says, as modules of other languages do: through WASI 0.2.
//!
//! `look` answers with everything it could get hold of.
// Natively it is nothing: the exports are named as no native linker takes them.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::panic, missing_debug_implementations, unsafe_code)]

#[allow(clippy::all, clippy::pedantic, clippy::restriction, unused_qualifications, unsafe_code)]
mod contract {
    wit_bindgen::generate!({ path: ["../../../wit", "wasi.wit"], world: "ps-stream:reaching/reaching", generate_all });
}

use contract::exports::ps_stream::transform::mapping::{Change, Guest as Mapping, Rejection, Row, Transaction};
use contract::exports::ps_stream::transform::module::{Description, Guest as Module};
use contract::wasi::cli::{environment, exit, stderr, stdout};
use contract::wasi::clocks::{monotonic_clock, wall_clock};
use contract::wasi::filesystem::preopens;
use contract::wasi::random::random;
use contract::wasi::sockets::instance_network;

struct Reaching;

impl Module for Reaching {
    fn describe() -> Description {
        Description {
            name: "reaching-mapper".to_owned(),
            version: "0.0.1".to_owned(),
            summary: "reaches for what the transaction's id says".to_owned(),
            record_types: Vec::new(),
            config_schema: String::new(),
        }
    }

    fn configure(_: String) -> Result<(), String> {
        Ok(())
    }
}

impl Mapping for Reaching {
    fn map_batch(batch: Vec<Transaction>) -> Vec<Result<Vec<Change>, Rejection>> {
        batch.iter().map(|transaction| Ok(vec![answer(&transaction.transaction_id)])).collect()
    }
}

fn answer(id: &str) -> Change {
    let value = match id.split('-').next().unwrap_or_default() {
        "files" => preopens::get_directories().first().map(|(_, name)| name.clone()).expect("a directory"),
        "network" => format!("{:?}", instance_network::instance_network()),
        "wait" => format!("{:?}", monotonic_clock::subscribe_duration(1)),
        "exit" => {
            exit::exit(Ok(()));
            String::new()
        }
        "greedy" => format!("{}", random::get_random_bytes(1 << 40).len()),
        "write" => written(),
        _ => found(),
    };
    Change::Upsert(Row { record_type: "REACHING".to_owned(), key: format!("{id:?}"), value: format!("{value:?}") })
}

fn found() -> String {
    let now = wall_clock::now();
    [
        format!("environment {:?}", environment::get_environment()),
        format!("arguments {:?}", environment::get_arguments()),
        format!("directories {}", preopens::get_directories().len()),
        format!("time {} {} {}", now.seconds, now.nanoseconds, monotonic_clock::now()),
        format!("random {} {:?}", random::get_random_u64(), random::get_random_bytes(5)),
    ]
    .join("; ")
}

fn written() -> String {
    let (output, error) = (stdout::get_stdout(), stderr::get_stderr());
    let done = [
        output.blocking_write_and_flush(b"first line\nsecond "),
        output.blocking_write_and_flush(b"line\nno end"),
        error.blocking_write_and_flush(b"a \x1b[31mcomplaint\n"),
    ];
    format!("{}", done.iter().all(Result::is_ok))
}

contract::export!(Reaching with_types_in contract);
