//! What the two macros expand to beyond the glue: reading the configuration once, and telling the host's log why a module
//! panicked. Not for modules' authors.

pub use std::cell::OnceCell as Once;

use serde::de::DeserializeOwned;

use crate::{Change, Mapper, Rejection, Transaction, telemetry};

/// The host's log says why a module trapped.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| telemetry::log(telemetry::Level::Error, &panic.to_string())));
}

/// Reads the configuration the host handed over.
pub fn read_config<C: DeserializeOwned>(json: &str) -> Result<C, String> {
    serde_json::from_str(json).map_err(|error| format!("configuration: {error}"))
}

/// Keeps what was configured.
pub fn configure<T>(once: &Once<T>, value: T) -> Result<(), String> {
    once.set(value).map_err(|_| "configured twice".to_owned())
}

/// What was configured.
#[expect(clippy::panic, reason = "a host that asks before it configures breaks the contract: a trap says so")]
pub fn configured<T>(once: &Once<T>) -> &T {
    match once.get() {
        Some(value) => value,
        None => panic!("asked before `configure` was called"),
    }
}

/// Answers every transaction of a batch by itself.
pub fn map_batch<M: Mapper>(mapper: &M, batch: &[Transaction]) -> Vec<Result<Vec<Change>, Rejection>> {
    batch.iter().map(|transaction| mapper.map(transaction)).collect()
}
