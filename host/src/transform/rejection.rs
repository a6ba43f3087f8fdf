//! What a module says of an input that it refuses, as it may be told on: a line of a bounded length.

use super::guest::line;
use crate::contract::Rejection;

pub(super) fn plain(mut rejection: Rejection) -> Rejection {
    rejection.reason = line(&rejection.reason);
    rejection
}
