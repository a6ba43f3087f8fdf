//! A report as text and as JSON. No secret is in either.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::Report;
use crate::cli::layers::{Origin, Shape, Valued};
use crate::kafka;

const MASK: &str = "***";
/// Of a column, so that one long value does not push all others away.
const WIDEST: usize = 60;

impl Report<'_> {
    pub fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let file = self.effective.file.as_deref().map(|file| format!(", with {file}")).unwrap_or_default();
        writeln!(out, "{}{file}", self.effective.command)?;
        let rows: Vec<[String; 3]> = self.effective.values.iter().map(row).collect();
        let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|it| it.chars().count()).max();
        let (first, second) = (width(0).unwrap_or_default(), width(1).unwrap_or_default().min(WIDEST));
        for [option, value, origin] in &rows {
            writeln!(out, "  {option:first$}  {value:second$}  {origin}")?;
        }
        for check in &self.checks {
            let (verdict, more) = check.verdict.words();
            let colon = if more.is_empty() { "" } else { ": " };
            writeln!(out, "  {verdict:5} {}{colon}{more}", check.what)?;
        }
        writeln!(out)
    }

    pub fn json(&self, out: &mut impl Write) -> io::Result<()> {
        let options: Vec<Value> = self.effective.values.iter().map(object).collect();
        let checks = self.checks.iter().map(|check| {
            let (verdict, detail) = check.verdict.words();
            json!({ "what": check.what, "verdict": verdict, "detail": detail })
        });
        let checks: Vec<Value> = checks.collect();
        let Self { effective, .. } = self;
        let report = json!({
            "command": effective.command, "file": effective.file, "options": options, "checks": checks,
        });
        writeln!(out, "{report}")
    }
}

fn row(valued: &Valued) -> [String; 3] {
    match masked(valued) {
        Some(value) if value.is_empty() => [valued.option.clone(), "\"\"".into(), valued.origin.to_string()],
        Some(value) => [valued.option.clone(), value, valued.origin.to_string()],
        None => [valued.option.clone(), "-".into(), String::new()],
    }
}

fn object(valued: &Valued) -> Value {
    let value = masked(valued);
    let from = match &valued.origin {
        _ if value.is_none() => json!(null),
        Origin::Flag => json!("flag"),
        Origin::Environment(_) => json!("environment"),
        Origin::File(_) => json!("file"),
        Origin::Default => json!("default"),
    };
    let mut object = json!({ "option": valued.option, "value": value, "from": from });
    match &valued.origin {
        Origin::Environment(name) => object["name"] = json!(name),
        Origin::File(place) => object["line"] = json!(place.line),
        Origin::Flag | Origin::Default => {}
    }
    object
}

fn masked(valued: &Valued) -> Option<String> {
    let value = valued.value.as_ref()?;
    match value.split_once('=') {
        Some((key, _)) if valued.shape == Shape::Pairs && kafka::is_secret(key) => Some(format!("{key}={MASK}")),
        _ => Some(value.clone()),
    }
}
