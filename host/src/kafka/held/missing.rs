//! Which segments are missing, in words that stay short.

/// Runs of numbers that are told one by one.
const MOST: usize = 8;

/// `3, 5-9 and 40 more`. The segments that are there come in their order.
pub fn in_words(stored: impl Iterator<Item = u32>, count: u32) -> String {
    let mut gaps = Vec::new();
    let mut next = 1;
    for number in stored.chain([count.saturating_add(1)]) {
        if number > next {
            gaps.push((next, number - 1));
        }
        next = number.saturating_add(1);
    }
    let told: Vec<String> = gaps.iter().take(MOST).map(|gap| run(*gap)).collect();
    match gaps.iter().skip(MOST).map(|(first, last)| last - first + 1).sum::<u32>() {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}

fn run((first, last): (u32, u32)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_are_told_in_runs() {
        assert_eq!(in_words([1, 2, 4, 10].into_iter(), 12), "3, 5-9, 11-12");
        assert_eq!(in_words([3].into_iter(), 3), "1-2");
        assert_eq!(in_words([].into_iter(), 1), "1");
    }

    #[test]
    fn many_of_them_are_counted() {
        let even = (1..=1000).filter(|number| number % 2 == 0);
        assert_eq!(in_words(even, 1000), "1, 3, 5, 7, 9, 11, 13, 15 and 492 more");
    }
}
