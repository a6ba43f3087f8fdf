//! Messages that come in segments: stored segment by segment, or held back until all of one are there. What is held back is
//! looked after here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Collector;
use super::request::Request;
use crate::fault;
use crate::kafka::record::{Pair, TransactionRecord};
use crate::kafka::{ClientError, DeliveryConfig, DeliveryError, Held, Overdue, Part, Segment, SegmentError, Settings};
use crate::kafka::{Settled, Stored};
use crate::telemetry;

/// How often what is held is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is looked whether all of it is still there.
const LOOK_FOR_LOSS: Duration = Duration::from_secs(600);

/// What is to be done with the segments of a message.
#[derive(Debug, Clone)]
pub enum Holding {
    /// Each is stored as it comes.
    Store,
    /// They lie in that topic until all are there. `within`: in what time they should be, before that is reported.
    Hold { topic: String, within: Duration },
}

/// The same, at work.
#[derive(Debug)]
pub enum Segments {
    Store,
    Hold { held: Held, within: Duration },
}

/// A segment that is held back.
pub struct HeldSegment<'s> {
    held: &'s Held,
    part: Part,
}

impl Segments {
    pub fn start(holding: Holding, settings: &Settings, delivery: &DeliveryConfig) -> Result<Self, ClientError> {
        Ok(match holding {
            Holding::Store => Segments::Store,
            Holding::Hold { topic, within } => {
                Segments::Hold { held: Held::start(settings, delivery, &topic)?, within }
            }
        })
    }

    pub fn held(&self) -> Option<&Held> {
        match self {
            Segments::Store => None,
            Segments::Hold { held, .. } => Some(held),
        }
    }

    /// The segment that the message is, where it is one and is to be held back.
    pub fn of(&self, request: &Request) -> Result<Option<HeldSegment<'_>>, SegmentError> {
        let Some(held) = self.held() else { return Ok(None) };
        let segment = Segment::read(request.data_chunk.as_deref(), request.data_chunk_count.as_deref())?;
        let Some(segment) = segment else { return Ok(None) };
        if request.identity.is_none() {
            return Err(SegmentError::OfNoMessage);
        }
        Ok(Some(HeldSegment { held, part: Part::new(&request.message.transaction_id, segment) }))
    }
}

impl HeldSegment<'_> {
    pub async fn admit(&self) -> Result<(), DeliveryError> {
        self.held.admit(self.part).await
    }

    pub fn hold(&self, record: TransactionRecord) -> TransactionRecord {
        self.held.hold(record)
    }

    pub fn end(&self, transaction_id: &str, headers: Vec<Pair>, transactions: u32) -> TransactionRecord {
        self.held.end(transaction_id, headers, transactions)
    }

    pub async fn settle(&self, stored: Stored) -> Result<Settled, DeliveryError> {
        self.held.settle(self.part, stored).await
    }
}

/// Looks after what is held until it is to stop, and then ends what it has begun.
pub async fn look_after(collector: Arc<Collector>) {
    if let Segments::Hold { held, within } = &collector.segments {
        tokio::join!(release(&collector, held), report(&collector, held, *within));
    }
}

/// What another collector or an earlier run of this one has left behind.
async fn release(collector: &Collector, held: &Held) {
    while !stops(collector).await {
        for (transaction_id, error) in held.release_due().await {
            let why = fault::chain(&error);
            tracing::warn!(transaction_id, "a message whose segments are all stored does not appear yet: {why}");
        }
    }
}

async fn report(collector: &Collector, held: &Held, within: Duration) {
    let mut looked = Instant::now();
    while !stops(collector).await {
        if looked.elapsed() > LOOK_FOR_LOSS {
            looked = Instant::now();
            report_loss(held);
        }
        for Overdue { transaction_id, count, missing, since } in held.report(within) {
            let since = telemetry::time(since);
            tracing::warn!(transaction_id, since, "a message is held that waits for segments {missing} of {count}");
        }
        collector.figures.held(held.count(within));
    }
}

fn report_loss(held: &Held) {
    match tokio::task::block_in_place(|| held.lose()) {
        Ok(lost) => lost.iter().for_each(|transaction_id| {
            tracing::error!(
                transaction_id,
                "a held message is given up: its topic does not keep all its segments any more"
            );
        }),
        Err(error) => tracing::debug!("whether all that is held is still there: {}", fault::chain(&error)),
    }
}

/// After a while: whether it is to stop.
async fn stops(collector: &Collector) -> bool {
    tokio::time::timeout(LOOK, collector.service.shutdown.clone().asked()).await.is_ok()
}
