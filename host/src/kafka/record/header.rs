//! The names of record headers.

/// Those of a stored transaction as it comes.
pub const USUAL: [&str; 10] =
    [MESSAGE_NAME, RECORD_TYPES, TRANSACTION_INDEX, MODULE, MODULE_HASH, FROM, TO, DATA_CHUNK, DATA_CHUNK_COUNT, TRACE];

pub const MESSAGE_NAME: &str = "ps-message-name";
pub const FROM: &str = "ps-from";
pub const TO: &str = "ps-to";
/// The record types of the level-0 rows, separated by commas.
pub const RECORD_TYPES: &str = "ps-record-types";
pub const DATA_CHUNK: &str = "ps-data-chunk";
pub const DATA_CHUNK_COUNT: &str = "ps-data-chunk-count";
/// Of a mark of a full sync: `header` or `trailer`.
pub const FULL_SYNC: &str = "ps-full-sync";
/// A transaction's place in its message, from 1.
pub const TRANSACTION_INDEX: &str = "ps-transaction-index";
/// The trace a message belongs to, by the name that tracing systems look for.
pub const TRACE: &str = "traceparent";
pub const MODULE: &str = "ps-module";
pub const MODULE_HASH: &str = "ps-module-hash";
/// Of a transaction that is held back: its topic, once its message is whole.
pub const HELD_FOR: &str = "ps-held-for";
/// And what decides its partition there.
pub const HELD_ORDERING_KEY: &str = "ps-held-ordering-key";
/// The end of a segment: so many transactions it has.
pub const HELD_TRANSACTIONS: &str = "ps-held-transactions";
/// Of a marker: the message is in its topic since then.
pub const HELD_RELEASED: &str = "ps-held-released";
pub const TRANSACTION_ID: &str = "ps-transaction-id";
pub const SOURCE_TOPIC: &str = "ps-source-topic";
pub const SOURCE_PARTITION: &str = "ps-source-partition";
pub const SOURCE_OFFSET: &str = "ps-source-offset";
/// Of a transaction that was put back from the dead letters: where it was stored first, `TOPIC/PARTITION/OFFSET`.
pub const REPLAY_OF: &str = "ps-replay-of";
/// When its first dead letter was written.
pub const REPLAY_SINCE: &str = "ps-replay-since";
/// The consumer group whose dead letter it was, and to whom alone it is addressed.
pub const REPLAY_GROUP: &str = "ps-replay-group";
/// Written even where it cannot be told whether the row was deleted since.
pub const REPLAY_FORCE: &str = "ps-replay-force";
pub const DEAD_KIND: &str = "ps-dead-kind";
pub const DEAD_REASON: &str = "ps-dead-reason";
pub const DEAD_POSITION: &str = "ps-dead-position";
pub const DEAD_BACKTRACE: &str = "ps-dead-backtrace";
pub const DEAD_SOURCE_TOPIC: &str = "ps-dead-source-topic";
pub const DEAD_SOURCE_PARTITION: &str = "ps-dead-source-partition";
pub const DEAD_SOURCE_OFFSET: &str = "ps-dead-source-offset";
pub const DEAD_MODULE: &str = "ps-dead-module";
pub const DEAD_MODULE_HASH: &str = "ps-dead-module-hash";
pub const DEAD_TIME: &str = "ps-dead-time";
pub const DEAD_GROUP: &str = "ps-dead-group";
/// Of a marker: what a person has decided, and about which letter (`PARTITION/OFFSET`).
pub const DEAD_RESOLUTION: &str = "ps-dead-resolution";
pub const DEAD_OF: &str = "ps-dead-of";
