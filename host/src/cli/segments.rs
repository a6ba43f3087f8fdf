//! What is done with messages that come in segments: options of `collect`.

use clap::{Args, ValueEnum};

use crate::collect::{Holding, Target, TargetError};

#[derive(Debug, Args)]
#[command(next_help_heading = "Segments")]
pub struct SegmentOptions {
    /// What to do with a message that comes in segments (DataChunk of DataChunkCount)
    #[arg(long, value_name = "HOW", env = "PSSTREAM_SEGMENTS", value_enum, default_value_t = How::Store)]
    segments: How,

    /// Topic, under the same prefix, that segments are held in. It must be the same for all collectors of a topic, and no one
    /// else's
    #[arg(long, value_name = "TOPIC", env = "PSSTREAM_HELD_TOPIC", default_value = "held")]
    held_topic: String,

    /// How long a message may wait for segments of it before that is reported
    #[arg(long, value_name = "TIME", env = "PSSTREAM_SEGMENTS_TIMEOUT", default_value = "1h")]
    segments_timeout: humantime::Duration,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    /// Store each segment as it comes, with its number
    Store,
    /// Hold the segments back until all of a message are there, and let it appear as one
    Hold,
}

impl SegmentOptions {
    pub fn holding(&self, target: &Target) -> Result<Holding, TargetError> {
        Ok(match self.segments {
            How::Store => Holding::Store,
            How::Hold => Holding::Hold { topic: target.held(&self.held_topic)?, within: self.segments_timeout.into() },
        })
    }
}
