//! Which topic a transaction goes to: `--target-topic`, which may name fields of the message.

use super::request::Request;
use crate::kafka::{is_topic_name, topic_name};

const FIELDS: &[&str] = &["MessageName", "From", "To"];

/// A prefix and a name with fields to fill in.
#[derive(Debug, Clone)]
pub struct Target {
    prefix: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(&'static str),
}

#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("--target-topic names the field {{{0}}}; it may name {{MessageName}}, {{From}} and {{To}}")]
    UnknownField(String),
    #[error("--target-topic \"{0}\" has a brace that is not closed")]
    OpenBrace(String),
    #[error("--target-topic \"{0}\" is not a topic name Kafka takes (letters, digits, '.', '_', '-', at most 249)")]
    Name(String),
    #[error("--held-topic \"{0}\" is not a topic name Kafka takes (letters, digits, '.', '_', '-', at most 249)")]
    HeldName(String),
    #[error("--held-topic \"{0}\" is the topic that messages are to appear in; choose another")]
    HeldIsTarget(String),
}

impl Target {
    pub fn new(prefix: &str, template: &str) -> Result<Self, TargetError> {
        let target = Target { prefix: prefix.into(), parts: parts(template)? };
        match is_topic_name(&target.fill(|field| field)) {
            true => Ok(target),
            false => Err(TargetError::Name(topic_name(prefix, template))),
        }
    }

    /// The topic when it is the same for every message.
    pub fn fixed(&self) -> Option<String> {
        let fixed = self.parts.iter().all(|part| matches!(part, Part::Text(_)));
        fixed.then(|| self.fill(|field| field))
    }

    pub fn topic(&self, request: &Request, message_name: &str) -> String {
        self.fill(|field| match field {
            "MessageName" => message_name,
            "From" => request.message.from.as_deref().unwrap_or_default(),
            _ => request.message.to.as_deref().unwrap_or_default(),
        })
    }

    /// A topic the splitter chose itself, under the same prefix.
    pub fn chosen(&self, name: &str) -> String {
        topic_name(&self.prefix, name)
    }

    /// The topic under the same prefix that messages are held in.
    pub fn held(&self, name: &str) -> Result<String, TargetError> {
        match topic_name(&self.prefix, name) {
            topic if !is_topic_name(&topic) => Err(TargetError::HeldName(topic)),
            topic if self.fixed().as_ref() == Some(&topic) => Err(TargetError::HeldIsTarget(topic)),
            topic => Ok(topic),
        }
    }

    fn fill<'a>(&'a self, value: impl Fn(&'static str) -> &'a str) -> String {
        let name: String = self
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Field(field) => value(field),
            })
            .collect();
        topic_name(&self.prefix, &name)
    }
}

fn parts(template: &str) -> Result<Vec<Part>, TargetError> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| TargetError::OpenBrace(template.into()))?;
        let field = FIELDS.iter().find(|field| field.eq_ignore_ascii_case(name));
        let field = field.ok_or_else(|| TargetError::UnknownField(name.into()))?;
        parts.extend([Part::Text(text.into()), Part::Field(field)]);
        rest = after;
    }
    parts.push(Part::Text(rest.into()));
    parts.retain(|part| *part != Part::Text(String::new()));
    Ok(parts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::http::HeaderMap;

    use super::*;

    #[test]
    fn fields_of_the_message_are_filled_in() {
        let target = Target::new("ps", "from-{From}.{messagename}").unwrap();
        let mut request = Request::new(&HeaderMap::new());
        request.message.from = Some("HR".into());
        assert_eq!(target.topic(&request, "A_SYNC"), "ps.from-HR.A_SYNC");
        assert_eq!(target.fixed(), None);
    }

    #[test]
    fn a_name_without_fields_is_the_same_for_every_message() {
        assert_eq!(Target::new("ps", "transactions").unwrap().fixed().as_deref(), Some("ps.transactions"));
        assert_eq!(Target::new("", "t").unwrap().fixed().as_deref(), Some("t"));
    }

    #[test]
    fn a_template_that_cannot_work_is_refused_with_its_reason() {
        assert!(Target::new("ps", "{Sender}").unwrap_err().to_string().contains("{Sender}"));
        assert!(Target::new("ps", "{From").unwrap_err().to_string().contains("not closed"));
        assert!(Target::new("ps", "a b").is_err());
        assert!(Target::new("", "").is_err());
    }

    #[test]
    fn messages_are_held_beside_the_topic_they_are_for() {
        let target = Target::new("ps", "transactions").unwrap();
        assert_eq!(target.held("held").unwrap(), "ps.held");
        assert!(matches!(target.held("transactions"), Err(TargetError::HeldIsTarget(_))));
        assert!(matches!(target.held("a b"), Err(TargetError::HeldName(_))));
    }
}
