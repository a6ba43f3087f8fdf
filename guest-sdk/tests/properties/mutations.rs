//! The messages of the proof, damaged at random for as long as `PSSTREAM_FUZZ_SECONDS` says: our reader against quick-xml,
//! the splitter whole and cut anywhere, the rowset reader on what the splitter lets pass. A failure names the seed;
//! `PSSTREAM_FUZZ_SEED` repeats it. What has failed once, and an example of each way to be malformed, is kept in `corpus/`
//! and judged every time.

use std::{
    env, fs,
    path::Path,
    time::{Duration, Instant},
};

use ps_stream_sdk::{KeyRules, Piece, Rejection, RejectionKind, SplitTransaction, TransactionSplitter, rowset};
use quick_xml::{Reader, events::Event};

use crate::{documents::cut, quick_xml::ours, strict};

const PIECES: [&str; 32] = [
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "&",
    "&amp;",
    "&#65;",
    ";",
    "=",
    "\"",
    "'",
    " ",
    "\r\n",
    "]",
    "-",
    ":",
    "é",
    "\u{1}",
    "\u{FFFE}",
    "<A>",
    "</A>",
    "<A/>",
    "<Transaction>",
    "</MsgData>",
    " class=\"R\"",
    " IsChanged=\"Y\"",
];

/// Numbers of no pattern: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn range(&mut self, length: usize, longest: usize) -> std::ops::Range<usize> {
        let from = self.below(length + 1);
        from..(from + self.below(longest)).min(length)
    }
}

fn messages() -> Vec<Vec<u8>> {
    documents("../tests/messages").into_iter().map(|(_, bytes)| bytes).collect()
}

/// The documents of a directory, with their names.
fn documents(directory: &str) -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let files = fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|extension| extension == "xml")).collect();
    files.sort();
    files.into_iter().map(|file| (file.display().to_string(), fs::read(file).unwrap())).collect()
}

fn mutated(messages: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = messages[random.below(messages.len())].clone();
    for _ in 0..random.below(4) {
        let place = random.range(bytes.len(), 40);
        let with = match random.below(5) {
            0 => Vec::new(),
            1 => vec![u8::try_from(random.below(256)).unwrap()],
            2 => bytes[random.range(bytes.len(), 80)].to_vec(),
            3 => {
                let other = &messages[random.below(messages.len())];
                other[random.range(other.len(), 200)].to_vec()
            }
            _ => PIECES[random.below(PIECES.len())].into(),
        };
        let place = if random.below(2) == 0 { place.start..place.start } else { place };
        bytes.splice(place, with);
    }
    bytes
}

fn split(chunks: &[&[u8]]) -> Result<Vec<SplitTransaction>, Rejection> {
    let mut splitter =
        TransactionSplitter::new(&KeyRules::new([("PROJECT", ["BUSINESS_UNIT", "PROJECT_ID"])]).unwrap());
    let mut transactions = Vec::new();
    for chunk in chunks {
        transactions.extend(splitter.push(chunk)?.transactions);
    }
    transactions.extend(splitter.finish()?.transactions);
    Ok(transactions)
}

fn document(body: &[u8], transaction: &SplitTransaction) -> String {
    let bytes = transaction.pieces.iter().flat_map(|piece| match piece {
        Piece::Rewritten(bytes) => bytes.as_slice(),
        Piece::Verbatim(span) => {
            let from = usize::try_from(span.offset).unwrap();
            &body[from..from + usize::try_from(span.length).unwrap()]
        }
    });
    String::from_utf8(bytes.copied().collect()).unwrap()
}

fn judge(body: &[u8], random: &mut Random) {
    let whole = split(&[body]);
    let places: Vec<usize> = (0..random.below(12)).map(|_| random.below(body.len() + 1)).collect();
    assert_eq!(split(&cut(body, &places)), whole, "cut at {places:?}");
    assert_eq!(split(&body.chunks(1).collect::<Vec<_>>()), whole, "byte by byte");
    let text = std::str::from_utf8(body);
    let read = text.ok().and_then(ours);
    assert_eq!(read, text.ok().and_then(strict::told));
    match whole {
        Err(rejection) if rejection.kind == RejectionKind::Malformed => {
            let is_bad = |document: &String| strict::told(document).is_none();
            assert!(read.is_none() || embedded(text.unwrap()).iter().any(is_bad), "{rejection:?}");
        }
        Err(_) => {}
        Ok(transactions) => {
            assert!(read.is_some());
            for transaction in &transactions {
                let document = document(body, transaction);
                assert!(strict::told(&document).is_some(), "{document}");
                let rejection = rowset::read(&document).err();
                assert!(rejection.is_none_or(|rejection| rejection.kind != RejectionKind::Malformed), "{document}");
            }
        }
    }
}

/// What quick-xml finds in the CDATA of an `IBRequest`'s `Data`.
fn embedded(body: &str) -> Vec<String> {
    let mut reader = Reader::from_str(body);
    let (mut open, mut depth, mut found) = (Vec::new(), None, Vec::<String>::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(start.local_name().as_ref().to_ascii_lowercase()),
            Event::CData(text)
                if open.first().is_some_and(|root| root == "ibrequest") && open.ends_with(&["data".into()]) =>
            {
                if depth.is_none() {
                    found.push(String::new());
                    depth = Some(open.len());
                }
                found.last_mut().unwrap().push_str(&text.xml10_content());
            }
            Event::End(_) => {
                depth = depth.filter(|depth| *depth != open.len());
                open.pop();
            }
            Event::Eof => return found.iter().map(|document| document.trim_ascii_start().to_owned()).collect(),
            _ => {}
        }
    }
}

#[test]
fn damaged_messages_are_judged_like_quick_xml_does_however_they_are_cut() {
    let number = |name| env::var(name).ok().map(|value| value.parse::<u64>().expect(name));
    let time = Duration::from_secs(number("PSSTREAM_FUZZ_SECONDS").unwrap_or(1));
    let messages = messages();
    let mut seed = number("PSSTREAM_FUZZ_SEED").unwrap_or(1);
    let start = Instant::now();
    while start.elapsed() < time {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let body = mutated(&messages, &mut random);
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(&body, &mut random)));
        assert!(judged.is_ok(), "PSSTREAM_FUZZ_SEED={seed} (keep this in corpus/): {}", String::from_utf8_lossy(&body));
        seed += 1;
    }
}

#[test]
fn what_is_kept_in_the_corpus_is_judged_as_its_place_says_however_it_is_cut() {
    for (directory, is_taken) in [("taken", true), ("refused", false)] {
        let kept = documents(&format!("tests/properties/corpus/{directory}"));
        assert!(kept.len() > 10);
        for (name, body) in kept {
            assert_eq!(split(&[&body]).is_ok(), is_taken, "{name}: {:?}", split(&[&body]));
            for seed in 1..20 {
                let judged = std::panic::catch_unwind(|| judge(&body, &mut Random(seed)));
                assert!(judged.is_ok(), "{name}");
            }
        }
    }
}
