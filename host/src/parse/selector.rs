//! `[SOURCE_TOPIC/]RECORD_TYPE`, with `*` for any characters: which transactions a module is for.

use std::cmp::Ordering;
use std::fmt;
use std::path::PathBuf;

use crate::glob;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    topic: Option<String>,
    record_type: String,
}

/// `[SELECTOR=]FILE`, as it stands on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub selector: Selector,
    pub file: PathBuf,
}

impl Selector {
    pub fn any() -> Self {
        Selector { topic: None, record_type: "*".into() }
    }

    /// Record types match without regard to case, as everywhere.
    pub fn matches(&self, topic: &str, record_type: &str) -> bool {
        let topic_matches = self.topic.as_ref().is_none_or(|pattern| glob::fits(pattern, topic));
        let record_type = record_type.to_ascii_uppercase();
        topic_matches && glob::fits(&self.record_type.to_ascii_uppercase(), &record_type)
    }

    /// Whether everything it matches is one of these record types. No record types stand for any.
    pub fn is_within(&self, record_types: &[String]) -> bool {
        record_types.is_empty() || record_types.iter().any(|t| t.eq_ignore_ascii_case(&self.record_type))
    }

    /// Which of two that match is the more specific: one that spells out its record type, then one that spells out its
    /// topic, then the one with more letters.
    pub fn specificity(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }

    fn rank(&self) -> (bool, bool, usize, usize) {
        let topic = self.topic.as_deref().unwrap_or("*");
        (!self.record_type.contains('*'), !topic.contains('*'), letters(&self.record_type), letters(topic))
    }
}

fn letters(pattern: &str) -> usize {
    pattern.bytes().filter(|&b| b != b'*').count()
}

impl Assignment {
    /// The first `=` separates; a file whose path has one is written `*=path`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (selector, file) = match text.split_once('=') {
            None => (Selector::any(), text),
            Some((selector, file)) => (Selector::parse(selector)?, file),
        };
        match file.is_empty() {
            true => Err(format!("\"{text}\" names no file; write [[SOURCE_TOPIC/]RECORD_TYPE=]FILE")),
            false => Ok(Assignment { selector, file: file.into() }),
        }
    }
}

impl Selector {
    fn parse(text: &str) -> Result<Self, String> {
        let (topic, record_type) = match text.rsplit_once('/') {
            Some((topic, record_type)) => (Some(topic.to_owned()), record_type),
            None => (None, text),
        };
        match record_type.is_empty() || topic.as_ref().is_some_and(String::is_empty) {
            true => Err(format!("selector \"{text}\" is not [SOURCE_TOPIC/]RECORD_TYPE")),
            false => Ok(Selector { topic, record_type: record_type.into() }),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.topic {
            Some(topic) => write!(out, "{topic}/{}", self.record_type),
            None => out.write_str(&self.record_type),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn selector(text: &str) -> Selector {
        Selector::parse(text).unwrap()
    }

    #[test]
    fn the_more_specific_selector_ranks_higher() {
        let ranked = ["*", "PROJ*", "hr-*/PROJ*", "hr/*", "hr/PROJ*", "PROJECT", "h*/PROJECT", "hr/PROJECT"];
        for pair in ranked.windows(2) {
            assert_eq!(selector(pair[0]).specificity(&selector(pair[1])), Ordering::Less, "{pair:?}");
        }
    }

    #[test]
    fn a_selector_matches_its_topic_and_its_record_type_in_any_case() {
        assert!(selector("hr/PROJECT").matches("hr", "project"));
        assert!(!selector("hr/PROJECT").matches("fs", "PROJECT"));
        assert!(selector("PROJECT").matches("anything", "PROJECT"));
    }

    #[test]
    fn a_selector_is_within_record_types_only_where_it_spells_one_of_them_out() {
        let project = ["PROJECT".to_owned()];
        assert!(selector("project").is_within(&project));
        assert!(!selector("PROJ*").is_within(&project));
        assert!(selector("*").is_within(&[]));
    }

    #[test]
    fn an_assignment_is_a_selector_and_a_file_or_a_file_for_all() {
        assert_eq!(Assignment::parse("a.wasm").unwrap().selector, Selector::any());
        let one = Assignment::parse("hr/PROJECT=dir/a=b.wasm").unwrap();
        assert_eq!((one.selector, one.file), (selector("hr/PROJECT"), PathBuf::from("dir/a=b.wasm")));
        for bad in ["", "PROJECT=", "=a.wasm", "hr/=a.wasm", "/X=a.wasm"] {
            assert!(Assignment::parse(bad).is_err(), "{bad}");
        }
    }
}
