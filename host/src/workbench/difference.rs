//! What is expected against what came, for a person to read.

use similar::TextDiff;

use super::layout::{compact, pretty};

/// Lines that are shown around those that differ.
const AROUND: usize = 3;

/// Nothing where they are the same, however their JSON is laid out. The order of members counts: it is part of a key.
pub fn between(expected: &str, came: &[String]) -> Option<String> {
    let expected: Vec<String> = expected.lines().filter(|line| !line.trim().is_empty()).map(compact).collect();
    if expected == came {
        return None;
    }
    let (expected, came) = (laid_out(&expected), laid_out(came));
    let diff = TextDiff::from_lines(&expected, &came);
    Some(diff.unified_diff().context_radius(AROUND).header("expected", "came").to_string())
}

fn laid_out(lines: &[String]) -> String {
    lines.iter().map(|line| pretty(line) + "\n").collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn layout_is_no_difference_and_the_order_of_members_is_one() {
        let came = [r#"{"key":{"A":"1","B":"2"}}"#.to_owned()];
        assert_eq!(between("\n{\"key\": {\"A\": \"1\", \"B\": \"2\"}}\n\n", &came), None);
        assert!(between(r#"{"key":{"B":"2","A":"1"}}"#, &came).is_some());
    }

    #[test]
    fn the_member_that_differs_is_shown_and_not_the_whole_line() {
        let came = [r#"{"record_type":"P","value":{"A":"1","B":"2"}}"#.to_owned()];
        let shown = between(r#"{"record_type":"P","value":{"A":"1","B":"3"}}"#, &came).unwrap();
        let changed: Vec<&str> = shown.lines().skip(2).filter(|line| line.starts_with(['-', '+'])).collect();
        assert_eq!(changed, ["-    \"B\": \"3\"", "+    \"B\": \"2\""]);
    }
}
