//! A message as it was posted: its headers become what is known of it ([`Head`]), its body the document, out of whatever the
//! sender wrapped it in ([`Unwrapping`]).
//!
//! Pure: bytes go in and bytes come out, from a socket or from a file. Knows no server and no Kafka.

mod head;
mod unwrapping;

pub use head::{Form, Head, text};
pub use unwrapping::{EncodingError, Unwrapping, UnwrappingError};
