//! What was seen last, so much at most.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// The highest index that was seen of each key.
#[derive(Debug)]
pub struct Memory<K> {
    most: usize,
    highest: HashMap<K, u32>,
    /// The first seen is the first forgotten.
    order: VecDeque<K>,
}

impl<K: Hash + Eq + Copy> Memory<K> {
    pub fn new(most: usize) -> Self {
        Memory { most, highest: HashMap::new(), order: VecDeque::new() }
    }

    pub fn add(&mut self, key: K, index: u32) {
        match self.highest.entry(key) {
            Entry::Occupied(mut entry) => _ = entry.insert(index.max(*entry.get())),
            Entry::Vacant(entry) => {
                entry.insert(index);
                self.order.push_back(key);
            }
        }
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.highest.remove(&oldest);
        }
    }

    /// Nothing when the key was not seen, or too long ago.
    pub fn highest(&self, key: K) -> Option<u32> {
        self.highest.get(&key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_index_of_each_key_is_known() {
        let mut memory = Memory::new(10);
        for index in [1, 3, 2] {
            memory.add('a', index);
        }
        assert_eq!(memory.highest('a'), Some(3));
        assert_eq!(memory.highest('b'), None);
    }

    #[test]
    fn the_oldest_are_forgotten_and_nothing_grows() {
        let mut memory = Memory::new(3);
        (0..1000).for_each(|n| memory.add(n % 500, 1));
        assert_eq!((memory.order.len(), memory.highest.len()), (3, 3));
        assert!((497..500).all(|n| memory.highest(n).is_some()));
    }
}
