//! Which messages are traced.

use opentelemetry_sdk::trace::Sampler;

use super::TracesError;

/// Whose word it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sampling {
    /// The sender's where it has one, and this share of the rest.
    Parents(Ratio),
    /// This share of all, whatever their senders say.
    Own(Ratio),
}

/// A share, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio(f64);

impl Ratio {
    const NONE: Ratio = Ratio(0.0);
    const ALL: Ratio = Ratio(1.0);

    pub fn parse(text: &str) -> Result<Self, TracesError> {
        let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
        ratio.map(Ratio).ok_or_else(|| TracesError::Ratio(text.to_owned()))
    }
}

impl Sampling {
    /// By the names that OpenTelemetry gives to such rules.
    pub fn named(name: &str, ratio: Ratio) -> Result<Self, TracesError> {
        Ok(match name {
            "parentbased_traceidratio" => Sampling::Parents(ratio),
            "parentbased_always_on" => Sampling::Parents(Ratio::ALL),
            "parentbased_always_off" => Sampling::Parents(Ratio::NONE),
            "traceidratio" => Sampling::Own(ratio),
            "always_on" => Sampling::Own(Ratio::ALL),
            "always_off" => Sampling::Own(Ratio::NONE),
            other => return Err(TracesError::Sampler(other.to_owned())),
        })
    }
}

impl From<Sampling> for Sampler {
    fn from(sampling: Sampling) -> Self {
        match sampling {
            Sampling::Parents(Ratio(ratio)) => Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))),
            Sampling::Own(Ratio(ratio)) => Sampler::TraceIdRatioBased(ratio),
        }
    }
}
