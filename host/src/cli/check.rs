//! Something that was tried, and how it went.

use crate::cli::Failure;

#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    pub what: String,
    pub verdict: Verdict,
}

/// With what there is to say of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Fine(String),
    /// It works, but perhaps not as its owner thinks.
    Doubtful(String),
    Wrong(String),
}

impl Check {
    pub fn of(what: &str, tried: Result<String, Failure>) -> Self {
        Check { what: what.to_owned(), verdict: tried.map_or_else(Verdict::from, Verdict::Fine) }
    }

    pub fn is_wrong(&self) -> bool {
        matches!(self.verdict, Verdict::Wrong(_))
    }
}

impl From<Failure> for Verdict {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Usage(why) | Failure::Run(why) => Verdict::Wrong(why),
            Failure::Said => Verdict::Wrong("see above".into()),
        }
    }
}

impl Verdict {
    /// The verdict in a word, and the rest.
    pub fn words(&self) -> (&'static str, &str) {
        match self {
            Verdict::Fine(text) => ("ok", text),
            Verdict::Doubtful(text) => ("note", text),
            Verdict::Wrong(text) => ("wrong", text),
        }
    }
}
