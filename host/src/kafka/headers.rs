//! Record headers, between our plain pairs and rdkafka's.

use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};

/// A record header: its name and its value, which may be absent.
pub type Pair = (String, Option<Vec<u8>>);

pub fn to_owned(pairs: &[Pair]) -> OwnedHeaders {
    let headers = OwnedHeaders::new_with_capacity(pairs.len());
    pairs.iter().fold(headers, |headers, (key, value)| headers.insert(Header { key, value: value.as_ref() }))
}

pub fn of(message: &BorrowedMessage<'_>) -> Vec<Pair> {
    let pairs = message.headers().into_iter().flat_map(Headers::iter);
    pairs.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect()
}
