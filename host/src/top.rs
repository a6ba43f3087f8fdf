//! `ps-stream top`: what running collectors and parsers are doing, of what they tell at their admin addresses.
//!
//! Their figures are read twice; what is shown is the difference, and their latest warnings: the rejections among them. Knows nothing of Kafka, and of the others no more than the
//! names of their figures.

mod figures;
mod view;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use crate::admin::{self, Answer};

use figures::Figures;

/// Clears the screen and begins at its top.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// How long to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounds {
    Once,
    UntilStopped,
}

/// What one of them says, and when.
struct Look {
    at: Instant,
    figures: Result<Figures, String>,
    /// Of its log, as JSON, the newest last.
    warnings: String,
}

/// Looks at all of them, again and again.
pub fn run(addresses: &[SocketAddr], every: Duration, rounds: Rounds, out: &mut impl Write) -> io::Result<()> {
    let mut before: Vec<Look> = addresses.iter().map(look).collect();
    loop {
        thread::sleep(every);
        let now: Vec<Look> = addresses.iter().map(look).collect();
        if rounds == Rounds::UntilStopped {
            write!(out, "{CLEAR}")?;
        }
        for ((address, before), now) in addresses.iter().zip(&before).zip(&now) {
            show(*address, before, now, out)?;
        }
        out.flush()?;
        if rounds == Rounds::Once {
            return Ok(());
        }
        before = now;
    }
}

fn look(address: &SocketAddr) -> Look {
    let figures = match admin::ask(*address, "/metrics") {
        Ok(Answer::Yes(text)) => Ok(Figures::read(&text)),
        Ok(Answer::No(says)) => Err(says),
        Err(error) => Err(error.to_string()),
    };
    let warnings = match figures.is_ok().then(|| admin::ask(*address, "/warnings")) {
        Some(Ok(Answer::Yes(lines))) => lines,
        _ => String::new(),
    };
    Look { at: Instant::now(), figures, warnings }
}

fn show(address: SocketAddr, before: &Look, now: &Look, out: &mut impl Write) -> io::Result<()> {
    match (&before.figures, &now.figures) {
        (_, Err(why)) => writeln!(out, "{address}  does not answer: {why}\n"),
        (Err(_), Ok(_)) => writeln!(out, "{address}  has just begun to answer\n"),
        (Ok(first), Ok(last)) => {
            let seconds = now.at.duration_since(before.at).as_secs_f64();
            write!(out, "{address}  {}", view::text(&figures::Span { first, last, seconds }))?;
            writeln!(out, "{}", view::warnings(&now.warnings))
        }
    }
}
