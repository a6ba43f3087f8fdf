//! What is read in one go is read like what is not: fields and tags of every length around those that are looked at
//! together, of the plain form and of all but the plain form.

use proptest::{collection::vec, prelude::*, sample::select as one_of};
use ps_stream_sdk::{KeyRules, Progress, Rejection, RejectionKind, SplitTransaction, TransactionSplitter, rowset};

use crate::documents::select;

const LENGTHS: [usize; 20] = [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 30, 31, 32, 33, 34, 47, 63, 64, 65];

/// A field, of the plain form or nearly.
#[derive(Clone, Debug)]
struct Field {
    space: &'static str,
    name: String,
    attribute: &'static str,
    text: String,
    end: String,
}

/// Text of such a length with something somewhere in it.
fn around(something: &'static [&'static str]) -> impl Strategy<Value = String> {
    (one_of(LENGTHS.to_vec()), one_of(LENGTHS.to_vec()), select(something))
        .prop_map(|(before, after, something)| "x".repeat(before) + something + &"y".repeat(after))
}

fn name() -> impl Strategy<Value = String> {
    (
        select(&["A", "PSCAMA", "_", "b"]),
        one_of(LENGTHS.to_vec()),
        prop_oneof![20 => Just(""), 4 => select(&[".", "-9", ":", ":N", "é", "/", "'"])],
    )
        .prop_map(|(first, length, last)| format!("{first}{}{last}", "N".repeat(length)))
}

fn field() -> impl Strategy<Value = Field> {
    let space = select(&["", "", "", "", "", "", "\n  ", " ", "\r\n\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t", "x", "<!-- -->"]);
    let attribute = select(&[
        "",
        "",
        "",
        " IsChanged=\"Y\"",
        " IsChanged=\"N\"",
        " class=\"R\"",
        " class='r' ",
        " ",
        "/",
        " /",
        " a",
    ]);
    let text = around(&[
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "é",
        "\u{FFFD}",
        "&lt;",
        "&x;",
        "]",
        "]]>",
        "\r",
        "\u{1}",
        "\u{FFFF}",
        "<![CDATA[<]]>",
        "<B/>",
        "\"",
        "\\",
        ">",
    ]);
    let end = prop_oneof![20 => Just("{}>"), 2 => select(&["{} >", "{}", "{}x>", "x{}>", "~>", ">"])];
    (space, name(), attribute, text, end).prop_map(|(space, name, attribute, text, end)| {
        let other: String = name.chars().take(name.chars().count() - 1).chain(['z']).collect();
        let end = if attribute.ends_with('/') {
            String::new()
        } else {
            format!("</{}", end.replace("{}", &name).replace('~', &other))
        };
        let text = if attribute.ends_with('/') { String::new() } else { text };
        Field { space, name, attribute, text, end }
    })
}

/// As a transaction, with this before each text.
fn transaction(fields: &[Field], before: &str) -> String {
    let written = |Field { space, name, attribute, text, end }: &Field| match end.is_empty() {
        true => format!("{space}<{name}{attribute}>"),
        false => format!("{space}<{name}{attribute}>{before}{text}{end}"),
    };
    let fields: String = fields.iter().map(written).collect();
    format!("<Transaction><P class=\"R\">{fields}</P></Transaction>")
}

fn split<'c>(chunks: impl Iterator<Item = &'c [u8]>) -> Result<Vec<SplitTransaction>, Rejection> {
    let rules = KeyRules::new([("P", ["A", "_"])]).unwrap();
    let mut splitter = TransactionSplitter::new(&rules);
    let mut pushed: Vec<Progress> = chunks.map(|chunk| splitter.push(chunk)).collect::<Result<_, _>>()?;
    pushed.push(splitter.finish()?);
    Ok(pushed.into_iter().flat_map(|progress| progress.transactions).collect())
}

/// The names and texts of a row's fields.
fn told(document: &str) -> Result<Vec<(String, String)>, Rejection> {
    let rowset = rowset::read(document)?;
    let fields = rowset.rows.iter().flat_map(|row| &row.fields);
    Ok(fields.map(|field| (field.name.to_owned(), field.text.to_string())).collect())
}

const BEFORE: &str = "<M><MsgData>";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_splitter_judges_a_field_alike_whole_and_byte_by_byte(fields in vec(field(), 0..4), size in 1..200_usize) {
        let body = format!("{BEFORE}{}</MsgData></M>", transaction(&fields, ""));
        let whole = split(std::iter::once(body.as_bytes()));
        prop_assert_eq!(&split(body.as_bytes().chunks(1)), &whole, "{}", body);
        prop_assert_eq!(&split(body.as_bytes().chunks(size)), &whole, "{}", body);
    }

    #[test]
    fn the_rowset_reader_finds_the_same_faults_as_the_splitter(fields in vec(field(), 0..4)) {
        let document = transaction(&fields, "");
        let body = format!("{BEFORE}{document}</MsgData></M>");
        match (split(body.as_bytes().chunks(1)), told(&document)) {
            (Ok(_), Err(rejection)) => prop_assert_ne!(rejection.kind, RejectionKind::Malformed, "{}", document),
            (Err(whole), Err(alone)) if alone.kind == RejectionKind::Malformed => {
                let at = whole.position.map(|at| at - BEFORE.len() as u64);
                prop_assert!(at == alone.position || at > Some(document.len() as u64), "{}: {:?} {:?}", document, whole, alone);
            }
            (Err(whole), Ok(_)) => prop_assert!(false, "{}: {:?}", document, whole),
            _ => {}
        }
    }

    #[test]
    fn a_comment_in_a_field_changes_nothing(fields in vec(field(), 0..4)) {
        let [plain, commented] = ["", "<!---->"].map(|before| told(&transaction(&fields, before)));
        match (plain, commented) {
            (Ok(plain), Ok(commented)) => prop_assert_eq!(plain, commented),
            (plain, commented) => prop_assert_eq!(plain.map_err(|error| error.kind), commented.map_err(|error| error.kind)),
        }
    }
}
