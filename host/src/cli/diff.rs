//! How two tables differ, for a person or a program.

use std::io::{self, Write};

use serde_json::json;

use crate::kafka::{Comparison, Keys};

pub fn text(out: &mut impl Write, old: &str, new: &str, comparison: &Comparison) -> io::Result<()> {
    let Comparison { same, newer, missing, extra, changed } = comparison;
    let (gone, more, other) = (missing.count, extra.count, changed.count);
    writeln!(out, "{new} against {old}: {same} rows the same, {gone} missing, {more} extra, {other} changed")?;
    if *newer > 0 {
        writeln!(out, "{newer} rows come of transactions stored since, and were left out")?;
    }
    for (what, keys) in [("missing", missing), ("extra", extra), ("changed", changed)] {
        keys.some.iter().try_for_each(|key| writeln!(out, "{what} {key}"))?;
        if keys.count > keys.some.len() as u64 {
            writeln!(out, "{what} … and {} more", keys.count - keys.some.len() as u64)?;
        }
    }
    out.flush()
}

pub fn json(out: &mut impl Write, old: &str, new: &str, comparison: &Comparison) -> io::Result<()> {
    let keys = |keys: &Keys| json!({ "count": keys.count, "keys": keys.some });
    let answer = json!({
        "old": old,
        "new": new,
        "is_same": comparison.is_same(),
        "same": comparison.same,
        "newer": comparison.newer,
        "missing": keys(&comparison.missing),
        "extra": keys(&comparison.extra),
        "changed": keys(&comparison.changed),
    });
    writeln!(out, "{answer}")?;
    out.flush()
}
