//! Names that would overwrite one another in a row: the same field twice, or a field named like a child row.

use super::{Field, Row};
use crate::Rejection;

/// Looks for clashes in one row after the other.
#[derive(Debug, Default)]
pub(super) struct Clashes {
    /// A hash table of the fields: each one's place, from 1, or 0.
    places: Vec<usize>,
}

impl Clashes {
    /// Refuses a row in which two things have one name, whatever its case.
    pub(super) fn refuse(
        &mut self,
        fields: &[Field<'_>],
        children: &[Row<'_>],
        record_type: &str,
    ) -> Result<(), Rejection> {
        self.places.clear();
        self.places.resize((fields.len() * 2).next_power_of_two(), 0);
        for (index, field) in fields.iter().enumerate() {
            let place = self.find(fields, field.name);
            if let Some(place @ 0) = self.places.get_mut(place) {
                *place = index + 1;
            } else {
                let name = field.name;
                let reason = format!("field \"{name}\" twice in one row of record type \"{record_type}\"");
                return Err(Rejection::invalid(reason));
            }
        }
        let is_clash = |child: &&Row<'_>| self.places.get(self.find(fields, child.record_type)) != Some(&0);
        match children.iter().find(is_clash) {
            Some(child) => Err(Rejection::invalid(format!(
                "\"{}\" is both a field and a child row of record type \"{record_type}\"",
                child.record_type
            ))),
            None => Ok(()),
        }
    }

    /// Where in the table the field of this name is, or the free place it would have.
    #[inline]
    fn find(&self, fields: &[Field<'_>], name: &str) -> usize {
        let last = self.places.len() - 1;
        let mut at = hash(name) & last;
        while let Some(index @ 1..) = self.places.get(at)
            && fields.get(index - 1).is_some_and(|field| !field.is_called(name))
        {
            at = (at + 1) & last;
        }
        at
    }
}

/// The same for names that differ only in case. Takes eight bytes at a time, without the bit that tells `a` from `A`.
#[inline]
fn hash(name: &str) -> usize {
    const MANY_BITS: u64 = 0x9E37_79B9_7F4A_7C15;
    let (words, rest) = name.as_bytes().as_chunks();
    let last = rest.iter().fold(name.len() as u64, |word, byte| word << 8 | u64::from(*byte));
    let words = words.iter().map(|word| u64::from_le_bytes(*word)).chain([last]);
    let hash =
        words.fold(0_u64, |hash, word| (hash.rotate_left(29) ^ word & 0xDFDF_DFDF_DFDF_DFDF).wrapping_mul(MANY_BITS));
    #[allow(clippy::cast_possible_truncation)]
    let high = (hash >> 40) as usize;
    high
}
