//! Several measurements of one thing.

use serde::Serialize;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Spread {
    pub minimum: f64,
    pub median: f64,
    pub maximum: f64,
}

impl FromIterator<f64> for Spread {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or_default();
        Spread { minimum: at(0), median: at(values.len() / 2), maximum: at(values.len().saturating_sub(1)) }
    }
}

impl Spread {
    /// For a person, in that unit.
    pub fn text(&self, unit: f64, places: usize) -> String {
        let [minimum, median, maximum] =
            [self.minimum, self.median, self.maximum].map(|value| format!("{:.places$}", value / unit));
        format!("{minimum} / {median} / {maximum}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_the_middle_and_the_most_are_told() {
        let spread: Spread = [3e6, 1e6, 10e6].into_iter().collect();
        assert_eq!(spread.text(1e6, 1), "1.0 / 3.0 / 10.0");
        assert_eq!([].into_iter().collect::<Spread>(), Spread::default());
    }
}
