//! Which of the records that are read are the message, and which place each has in the whole. A segment may be in the topic
//! twice, with the two copies among each other.

/// Goes through the transactions of a message in the order of its segments.
#[derive(Debug)]
pub struct Numbering {
    /// How many transactions each segment has.
    sizes: Vec<u32>,
    /// The segment that is being read, from 0.
    segment: usize,
    /// So many of it were read.
    read: u32,
    /// And of the whole message.
    all: u32,
}

impl Numbering {
    pub fn new(sizes: Vec<u32>) -> Self {
        Numbering { sizes, segment: 0, read: 0, all: 0 }.past_whole_segments()
    }

    /// The transaction's place in the whole message, from 1; none where it is not the next.
    pub fn place(&mut self, segment: u32, index: u32) -> Option<u32> {
        let is_next = segment as usize == self.segment + 1 && index == self.read + 1 && !self.is_whole();
        self.all = is_next.then(|| self.all.checked_add(1))??;
        self.read = index;
        self.pass();
        Some(self.all)
    }

    pub fn is_whole(&self) -> bool {
        self.segment == self.sizes.len()
    }

    fn past_whole_segments(mut self) -> Self {
        self.pass();
        self
    }

    /// Those that are read, and those without transactions.
    fn pass(&mut self) {
        while self.sizes.get(self.segment).is_some_and(|size| *size <= self.read) {
            (self.segment, self.read) = (self.segment + 1, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(sizes: &[u32], records: &[(u32, u32)]) -> (Vec<Option<u32>>, bool) {
        let mut numbering = Numbering::new(sizes.to_vec());
        let places = records.iter().map(|(segment, index)| numbering.place(*segment, *index)).collect();
        (places, numbering.is_whole())
    }

    #[test]
    fn the_places_run_through_all_segments_also_those_that_are_empty() {
        let records = [(1, 1), (1, 2), (4, 1)];
        assert_eq!(places(&[2, 0, 0, 1, 0], &records), (vec![Some(1), Some(2), Some(3)], true));
        assert_eq!(places(&[0, 0], &[]), (vec![], true));
    }

    #[test]
    fn a_second_copy_of_a_segment_is_passed_over_however_they_interleave() {
        let records = [(1, 1), (1, 1), (1, 2), (1, 2), (2, 1), (1, 2), (2, 1)];
        let expected = vec![Some(1), None, Some(2), None, Some(3), None, None];
        assert_eq!(places(&[2, 1], &records), (expected, true));
    }

    #[test]
    fn a_transaction_that_is_not_there_any_more_is_missed() {
        assert_eq!(places(&[3], &[(1, 1), (1, 3)]), (vec![Some(1), None], false));
    }
}
