//! What a record costs the example mappers in other languages, beside the stock one: all with all limits on.

use std::time::Duration;

use super::spread::Spread;
use super::{messages, modules};
use crate::harness::languages::{Language, cache};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);

pub fn run() {
    println!(
        "\nlanguages: microseconds a transaction of 1.9 KB; minimum / median / maximum of {ROUNDS} rounds, in turn\n"
    );
    println!("{:<12} {:>24} {:>24}", "", "microseconds", "times the stock mapper");
    let message = messages::of(100);
    let languages =
        [Language::Python, Language::JavaScript, Language::Go].map(|language| (language.name(), language.project()));
    let mut stock = Spread::default();
    let mut others = languages.each_ref().map(|_| (Spread::default(), Spread::default()));
    for _ in 0..ROUNDS {
        let rust = microseconds(&[], &message);
        stock.add(rust);
        for ((_, module), (spread, ratio)) in languages.iter().zip(&mut others) {
            let theirs = microseconds(&[module, "--module-cache", &cache()], &message);
            spread.add(theirs);
            ratio.add(theirs / rust);
        }
    }
    println!("{:<12} {stock:>24}", "rust");
    for ((name, _), (spread, ratio)) in languages.iter().zip(&others) {
        println!("{name:<12} {spread:>24} {ratio:>24}");
    }
}

fn microseconds(options: &[&str], message: &[u8]) -> f64 {
    let figures = modules::measured(&[&["--kind", "mapper"], options].concat(), message, ROUND);
    figures["seconds"].as_f64().unwrap() * 1e6 / figures["transactions"].as_f64().unwrap()
}
