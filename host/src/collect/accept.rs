//! Which messages are taken: the From, To and MessageName allow-lists, in which `*` stands for any characters. An empty
//! list takes anything.

use super::request::Request;
use crate::glob;

#[derive(Debug, Clone, Default)]
pub struct Accept {
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub message_name: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("message not accepted: {header} \"{}\" is not in its list", .value.escape_debug())]
pub struct Refused {
    header: &'static str,
    value: String,
}

impl Accept {
    /// Before the body is read. A message whose headers do not name it is looked at again once its document does.
    pub fn admit(&self, request: &Request) -> Result<(), Refused> {
        let message = &request.message;
        check("From", &self.from, message.from.as_deref())?;
        check("To", &self.to, message.to.as_deref())?;
        match &message.name {
            Some(name) => self.admit_name(Some(name)),
            None => Ok(()),
        }
    }

    pub fn admit_name(&self, name: Option<&str>) -> Result<(), Refused> {
        check("MessageName", &self.message_name, name)
    }
}

fn check(header: &'static str, list: &[String], value: Option<&str>) -> Result<(), Refused> {
    let value = value.unwrap_or_default();
    match list.is_empty() || list.iter().any(|accepted| glob::fits(accepted, value)) {
        true => Ok(()),
        false => Err(Refused { header, value: value.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn request(pairs: &[(&'static str, &'static str)]) -> Request {
        let headers =
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Request::new(&headers.collect::<HeaderMap>())
    }

    fn lists() -> Accept {
        Accept {
            from: vec!["HR".into(), "FS".into()],
            to: vec!["KAFKA".into()],
            message_name: vec!["PROJECT_SYNC".into()],
        }
    }

    #[test]
    fn each_list_is_held_against_its_own_header() {
        let good = [("from", "FS"), ("to", "KAFKA"), ("messagename", "PROJECT_SYNC")];
        assert!(lists().admit(&request(&good)).is_ok());
        for (n, wrong) in ["KAFKA", "FS", "FS"].into_iter().enumerate() {
            let mut pairs = good;
            pairs[n].1 = wrong;
            assert!(lists().admit(&request(&pairs)).is_err(), "{pairs:?}");
        }
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        let accept = Accept { message_name: vec!["PROJECT_*".into()], ..Accept::default() };
        assert!(accept.admit_name(Some("PROJECT_SYNC")).is_ok());
        assert!(accept.admit_name(Some("OLD_PROJECT_SYNC")).is_err());
        assert!(accept.admit_name(Some("project_sync")).is_err(), "case counts");
    }

    #[test]
    fn a_header_that_is_missing_is_refused_where_there_is_a_list() {
        assert!(lists().admit(&request(&[("to", "KAFKA")])).is_err());
        assert!(Accept::default().admit(&request(&[])).is_ok());
    }

    #[test]
    fn a_message_named_by_its_document_alone_is_held_against_the_list_too() {
        assert!(lists().admit(&request(&[("from", "HR"), ("to", "KAFKA")])).is_ok());
        assert!(lists().admit_name(Some("VENDOR_SYNC")).is_err());
        assert!(lists().admit_name(None).is_err());
    }
}
