//! Several measurements of one thing: minimum, median, maximum.

use std::fmt;

#[derive(Debug, Clone, Default)]
pub struct Spread(Vec<f64>);

impl Spread {
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }

    pub fn median(&self) -> f64 {
        quantile(&self.0, 0.5)
    }
}

impl FromIterator<f64> for Spread {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut spread = Spread::default();
        values.into_iter().for_each(|value| spread.add(value));
        spread
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = if self.median() < 10.0 { 2 } else { 0 };
        let [low, middle, high] = [0.0, 0.5, 1.0].map(|part| format!("{:.places$}", quantile(&self.0, part)));
        out.pad(&format!("{low} / {middle} / {high}"))
    }
}

/// Of sorted values; 0 when there are none.
pub fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = ((sorted.len().saturating_sub(1)) as f64 * part).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}
