//! Figures as another process tells them, and what lies between two looks at them. Pure.

use std::collections::BTreeSet;

/// All figures of a process, read from the text that Prometheus reads.
#[derive(Debug, Default)]
pub struct Figures(Vec<Sample>);

#[derive(Debug, PartialEq)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

/// From one look to another.
pub struct Span<'f> {
    pub first: &'f Figures,
    pub last: &'f Figures,
    pub seconds: f64,
}

/// A label and its value.
pub type Of<'l> = (&'l str, &'l str);

impl Figures {
    pub fn read(text: &str) -> Self {
        Figures(text.lines().filter_map(sample).collect())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|sample| sample.name == name)
    }

    /// The sum of all that have these labels.
    pub fn sum(&self, name: &str, of: &[Of<'_>]) -> f64 {
        // Not `sum`, which makes minus zero of nothing.
        self.0.iter().filter(|sample| sample.is(name, of)).fold(0.0, |sum, sample| sum + sample.value)
    }

    /// The values that a label has.
    pub fn values(&self, name: &str, label: &str) -> BTreeSet<&str> {
        let samples = self.0.iter().filter(|sample| sample.name == name);
        samples.filter_map(|sample| sample.label(label)).collect()
    }
}

impl Span<'_> {
    /// How much more it became.
    pub fn more(&self, name: &str, of: &[Of<'_>]) -> f64 {
        (self.last.sum(name, of) - self.first.sum(name, of)).max(0.0)
    }

    pub fn rate(&self, name: &str, of: &[Of<'_>]) -> f64 {
        self.more(name, of) / self.seconds.max(0.001)
    }

    /// A time in seconds that this share of all took at most; none where there were none.
    pub fn within(&self, share: f64, name: &str, of: &[Of<'_>]) -> Option<f64> {
        let bucket = format!("{name}_bucket");
        let more = |bound: &str| self.more(&bucket, &[of, &[("le", bound)]].concat());
        let bounds = self.last.values(&bucket, "le");
        let mut bounds: Vec<(f64, f64)> =
            bounds.iter().filter_map(|bound| Some((number(bound)?, more(bound)))).collect();
        bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
        let all = bounds.last().map(|(_, count)| *count).filter(|count| *count > 0.0)?;
        bounds.iter().find(|(_, count)| *count >= share * all).map(|(bound, _)| *bound)
    }
}

impl Sample {
    fn is(&self, name: &str, of: &[Of<'_>]) -> bool {
        self.name == name && of.iter().all(|(label, value)| self.label(label) == Some(value))
    }

    fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str())
    }
}

/// `name{label="value",…} 1.5`; none of a comment.
fn sample(line: &str) -> Option<Sample> {
    let (before, value) = line.rsplit_once(' ').filter(|_| !line.starts_with('#'))?;
    let (name, labels) = before.split_once('{').unwrap_or((before, ""));
    Some(Sample { name: name.to_owned(), labels: labels_of(labels), value: number(value)? })
}

fn labels_of(mut text: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    while let Some((name, rest)) = text.split_once("=\"") {
        let mut value = String::new();
        let mut letters = rest.char_indices();
        text = "";
        while let Some((place, letter)) = letters.next() {
            match letter {
                '"' => {
                    text = rest.get(place + 1..).unwrap_or_default();
                    break;
                }
                '\\' => value.extend(letters.next().map(|(_, escaped)| if escaped == 'n' { '\n' } else { escaped })),
                letter => value.push(letter),
            }
        }
        labels.push((name.trim_start_matches(',').to_owned(), value));
    }
    labels
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        text => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FIRST: &str = "# TYPE x counter\nx_total{a=\"1\",b=\"p\"} 2\nx_total{a=\"2\",b=\"p\"} 3\ny 7\n# EOF\n";

    #[test]
    fn figures_are_read_with_their_labels_and_summed() {
        let figures = Figures::read(FIRST);
        assert_eq!((figures.sum("x_total", &[]), figures.sum("x_total", &[("a", "2")])), (5.0, 3.0));
        assert_eq!(
            (figures.sum("y", &[]), figures.sum("z", &[]).to_string(), figures.has("z")),
            (7.0, "0".to_owned(), false)
        );
        assert_eq!(figures.values("x_total", "a").into_iter().collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn a_label_may_hold_quotes_commas_and_braces() {
        let figures = Figures::read("x{module=\"a \\\"b\\\", {c} \\\\\",hash=\"1\"} 1\n");
        let samples = vec![("module".to_owned(), "a \"b\", {c} \\".to_owned()), ("hash".to_owned(), "1".to_owned())];
        assert_eq!(figures.0.first().unwrap().labels, samples);
    }

    #[test]
    fn what_lies_between_is_a_rate_and_a_time_that_most_took() {
        let bucket = |counts: [u32; 3]| {
            let [a, b, all] = counts;
            format!(
                "s_bucket{{le=\"0.1\"}} {a}\ns_bucket{{le=\"1.0\"}} {b}\ns_bucket{{le=\"+Inf\"}} {all}\ns_count {all}\n"
            )
        };
        let (first, last) = (Figures::read(&bucket([10, 10, 10])), Figures::read(&bucket([19, 20, 20])));
        let span = Span { first: &first, last: &last, seconds: 2.0 };
        assert_eq!(span.rate("s_count", &[]), 5.0);
        assert_eq!((span.within(0.5, "s", &[]), span.within(0.99, "s", &[])), (Some(0.1), Some(1.0)));
        let still = Span { first: &last, last: &last, seconds: 2.0 };
        assert_eq!(still.within(0.5, "s", &[]), None);
    }
}
