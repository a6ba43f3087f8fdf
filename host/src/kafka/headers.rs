//! Record headers, between our plain pairs and rdkafka's.

use std::borrow::Cow;

use bytes::Bytes;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};

use super::record::header;

/// A record header: its name and its value, which may be absent. Both cost next to nothing to clone.
pub type Pair = (Cow<'static, str>, Option<Bytes>);

pub fn to_owned(pairs: &[Pair]) -> OwnedHeaders {
    let headers = OwnedHeaders::new_with_capacity(pairs.len());
    pairs.iter().fold(headers, |headers, (key, value)| headers.insert(Header { key, value: value.as_deref() }))
}

/// All values in one piece of memory.
pub fn of(message: &BorrowedMessage<'_>) -> Vec<Pair> {
    let headers: Vec<Header<'_, &[u8]>> = message.headers().into_iter().flat_map(Headers::iter).collect();
    let mut values = Vec::with_capacity(headers.iter().filter_map(|header| header.value).map(<[u8]>::len).sum());
    headers.iter().filter_map(|header| header.value).for_each(|value| values.extend_from_slice(value));
    let mut values = Bytes::from(values);
    headers.iter().map(|header| (name(header.key), header.value.map(|value| values.split_to(value.len())))).collect()
}

/// The value of the header of that name.
pub fn text<'m>(message: &'m BorrowedMessage<'_>, name: &str) -> Option<&'m str> {
    let found = message.headers()?.iter().find(|header| header.key == name)?;
    std::str::from_utf8(found.value?).ok()
}

fn name(name: &str) -> Cow<'static, str> {
    match header::USUAL.iter().find(|usual| **usual == name) {
        Some(usual) => Cow::Borrowed(usual),
        None => Cow::Owned(name.to_owned()),
    }
}
