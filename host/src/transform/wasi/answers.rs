//! The functions of WASI 0.2 that are answered, because a language's own start-up code asks them.
//!
//! Typed by hand: the interfaces as a whole are a hundred times as much, and nothing of that is given.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentNamedList, ComponentType, Lift, LinkerInstance, Lower, Resource};

use super::console::{self, Stream};
use crate::transform::guest::Guest;

/// Every resource there is. Of some, the number tells which.
pub(super) struct Nothing;
type Handle = Resource<Nothing>;
type Functions<'a> = LinkerInstance<'a, Guest>;

const STDIN: u32 = 0;
const STDOUT: u32 = 1;
const STDERR: u32 = 2;
const POLLABLE: u32 = 3;
/// Bytes a stream takes at a time.
const WRITABLE: u64 = 64 << 10;
const MOST_RANDOM_BYTES: u64 = 64 << 10;

#[derive(Debug, ComponentType, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[expect(dead_code, reason = "part of the type; it never happens")]
    Failed(Handle),
    #[component(name = "closed")]
    Closed,
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct DateTime {
    seconds: u64,
    nanoseconds: u32,
}

/// Defines the function if it is one of those that are answered.
pub(super) fn define(to: &mut Functions<'_>, interface: &str, function: &str) -> wasmtime::Result<bool> {
    match interface.split('@').next().unwrap_or_default() {
        "wasi:cli/environment" => environment(to, function),
        "wasi:cli/stdin" => handle(to, function, "get-stdin", STDIN),
        "wasi:cli/stdout" => handle(to, function, "get-stdout", STDOUT),
        "wasi:cli/stderr" => handle(to, function, "get-stderr", STDERR),
        "wasi:cli/terminal-stdin" | "wasi:cli/terminal-stdout" | "wasi:cli/terminal-stderr" => {
            answer(to, function, |_, ()| None::<Handle>)
        }
        "wasi:filesystem/preopens" => answer(to, function, |guest, ()| {
            guest.outside.asked_for.insert("files");
            Vec::<(Handle, String)>::new()
        }),
        "wasi:io/streams" => streams(to, function),
        "wasi:io/poll" => poll(to, function),
        "wasi:clocks/wall-clock" => wall_clock(to, function),
        "wasi:clocks/monotonic-clock" => monotonic_clock(to, function),
        "wasi:random/random" | "wasi:random/insecure" | "wasi:random/insecure-seed" => random(to, function),
        _ => Ok(false),
    }
}

fn environment(to: &mut Functions<'_>, function: &str) -> wasmtime::Result<bool> {
    match function {
        "get-environment" => answer(to, function, |guest, ()| {
            guest.outside.asked_for.insert("environment variables");
            Vec::<(String, String)>::new()
        }),
        "get-arguments" => answer(to, function, |guest, ()| {
            guest.outside.asked_for.insert("arguments");
            Vec::<String>::new()
        }),
        "initial-cwd" => answer(to, function, |_, ()| None::<String>),
        _ => Ok(false),
    }
}

fn handle(to: &mut Functions<'_>, function: &str, wanted: &str, which: u32) -> wasmtime::Result<bool> {
    match function == wanted {
        true => answer(to, function, move |_, ()| Handle::new_own(which)),
        false => Ok(false),
    }
}

/// Output is written, input has ended.
fn streams(to: &mut Functions<'_>, function: &str) -> wasmtime::Result<bool> {
    match function {
        "[method]output-stream.check-write" => answer(to, function, |_, _: (Handle,)| Ok::<u64, StreamError>(WRITABLE)),
        "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush" => {
            answer(to, function, |guest, (stream, bytes): (Handle, Vec<u8>)| {
                let stream = if stream.rep() == STDERR { Stream::Error } else { Stream::Output };
                console::write(guest, stream, &bytes);
                Ok::<(), StreamError>(())
            })
        }
        "[method]output-stream.flush" | "[method]output-stream.blocking-flush" => {
            answer(to, function, |_, _: (Handle,)| Ok::<(), StreamError>(()))
        }
        "[method]input-stream.read" | "[method]input-stream.blocking-read" => {
            answer(to, function, |_, _: (Handle, u64)| Err::<Vec<u8>, StreamError>(StreamError::Closed))
        }
        "[method]output-stream.subscribe" | "[method]input-stream.subscribe" => {
            answer(to, function, |_, _: (Handle,)| Handle::new_own(POLLABLE))
        }
        _ => Ok(false),
    }
}

/// Only streams can be waited for, and those are always ready.
fn poll(to: &mut Functions<'_>, function: &str) -> wasmtime::Result<bool> {
    match function {
        "[method]pollable.ready" => answer(to, function, |_, _: (Handle,)| true),
        "[method]pollable.block" => {
            to.func_wrap(function, |_, _: (Handle,)| Ok(()))?;
            Ok(true)
        }
        "poll" => {
            answer(to, function, |_, (pollables,): (Vec<Handle>,)| (0..).take(pollables.len()).collect::<Vec<u32>>())
        }
        _ => Ok(false),
    }
}

/// It is always the start of 1970.
fn wall_clock(to: &mut Functions<'_>, function: &str) -> wasmtime::Result<bool> {
    match function {
        "now" => answer(to, function, |guest, ()| {
            guest.outside.asked_for.insert("the time");
            DateTime { seconds: 0, nanoseconds: 0 }
        }),
        "resolution" => answer(to, function, |_, ()| DateTime { seconds: 1, nanoseconds: 0 }),
        _ => Ok(false),
    }
}

/// Go takes a clock at 0 for a broken one.
const STANDSTILL: u64 = 1;

/// No time passes. Waiting for it to pass is denied: it would never end.
fn monotonic_clock(to: &mut Functions<'_>, function: &str) -> wasmtime::Result<bool> {
    match function {
        "now" => answer(to, function, |guest, ()| {
            guest.outside.asked_for.insert("the time");
            STANDSTILL
        }),
        "resolution" => answer(to, function, |_, ()| 1_u64),
        _ => Ok(false),
    }
}

fn random(to: &mut Functions<'_>, function: &str) -> wasmtime::Result<bool> {
    match function {
        "get-random-u64" | "get-insecure-random-u64" => answer(to, function, |guest, ()| number(guest)),
        "get-random-bytes" | "get-insecure-random-bytes" => {
            to.func_wrap(function, |mut store: StoreContextMut<'_, Guest>, (length,): (u64,)| {
                if length > MOST_RANDOM_BYTES {
                    return Err(wasmtime::Error::msg(format!("it asked for {length} random bytes at once")));
                }
                let numbers = std::iter::repeat_with(|| number(store.data_mut()).to_le_bytes());
                Ok((numbers.flatten().zip(0..length).map(|(byte, _)| byte).collect::<Vec<u8>>(),))
            })?;
            Ok(true)
        }
        // Not asked for by the module, but by the hash tables of its language.
        "insecure-seed" => answer(to, function, |_, ()| (0_u64, 0_u64)),
        _ => Ok(false),
    }
}

/// SplitMix64, from the start in every call: an answer does not depend on what was asked before.
fn number(guest: &mut Guest) -> u64 {
    guest.outside.asked_for.insert("random numbers");
    guest.outside.numbers = guest.outside.numbers.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = guest.outside.numbers;
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn answer<P, A>(
    to: &mut Functions<'_>,
    function: &str,
    answer: impl Fn(&mut Guest, P) -> A + Send + Sync + 'static,
) -> wasmtime::Result<bool>
where
    P: ComponentNamedList + Lift + 'static,
    A: ComponentType + Lower + 'static,
{
    to.func_wrap(function, move |mut store: StoreContextMut<'_, Guest>, asked: P| {
        Ok((answer(store.data_mut(), asked),))
    })?;
    Ok(true)
}
