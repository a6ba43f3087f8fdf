//! Names that would overwrite one another in a row: the same field twice, or a field named like a child row.

use super::{Field, Row};
use crate::Rejection;

/// Refuses a row in which two things have one name, whatever its case.
pub(super) fn refuse(fields: &[Field<'_>], children: &[Row<'_>], record_type: &str) -> Result<(), Rejection> {
    let mut names: Vec<(u64, &str)> = fields.iter().map(|field| (hash(field.name), field.name)).collect();
    names.sort_unstable_by_key(|(hash, _)| *hash);
    if let Some(name) = twice(&names) {
        return Err(Rejection::invalid(format!("field \"{name}\" twice in one row of record type \"{record_type}\"")));
    }
    let is_clash = |child: &&Row<'_>| is_among(&names, child.record_type);
    match children.iter().find(is_clash) {
        Some(child) => Err(Rejection::invalid(format!(
            "\"{}\" is both a field and a child row of record type \"{record_type}\"",
            child.record_type
        ))),
        None => Ok(()),
    }
}

fn twice<'a>(sorted: &[(u64, &'a str)]) -> Option<&'a str> {
    let same_hash = sorted.chunk_by(|one, other| one.0 == other.0);
    same_hash.filter(|chunk| chunk.len() > 1).find_map(|chunk| {
        let is_repeated = |(index, (_, name)): (usize, &(u64, &'a str))| {
            let earlier = chunk.iter().take(index);
            earlier.map(|(_, name)| *name).any(|other| other.eq_ignore_ascii_case(name)).then_some(*name)
        };
        chunk.iter().enumerate().find_map(is_repeated)
    })
}

fn is_among(sorted: &[(u64, &str)], name: &str) -> bool {
    let wanted = hash(name);
    let from = sorted.partition_point(|(hash, _)| *hash < wanted);
    let same_hash = sorted.iter().skip(from).take_while(|(hash, _)| *hash == wanted);
    same_hash.map(|(_, other)| *other).any(|other| other.eq_ignore_ascii_case(name))
}

/// FNV-1a over the name in upper case: only puts equal names side by side.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_uppercase())).wrapping_mul(0x0100_0000_01B3)
    })
}
