//! Splitting keeps the order, the number and the bytes of the transactions, however the body is cut.

use proptest::{collection::vec, prelude::*};
use ps_stream_sdk::{KeyRules, Piece, Rejection, SplitTransaction, TransactionSplitter, rowset, xml::Document};

use crate::documents::{cut, message};

fn split(chunks: &[&[u8]]) -> Result<Vec<SplitTransaction>, Rejection> {
    let mut splitter = TransactionSplitter::new(&KeyRules::new([("PROJECT", ["A"]), ("A", ["b"])]).unwrap());
    let mut transactions = Vec::new();
    let (mut pushed, mut needed_from) = (0, 0);
    for chunk in chunks {
        let progress = splitter.push(chunk)?;
        pushed += chunk.len() as u64;
        for span in progress.transactions.iter().flat_map(|transaction| &transaction.pieces).filter_map(span) {
            assert!(span.offset >= needed_from, "a span before what was said to be needed");
            assert!(span.offset + span.length <= pushed, "a span past what was pushed");
        }
        assert!((needed_from..=pushed).contains(&progress.needed_from));
        needed_from = progress.needed_from;
        transactions.extend(progress.transactions);
    }
    transactions.extend(splitter.finish()?.transactions);
    Ok(transactions)
}

fn span(piece: &Piece) -> Option<ps_stream_sdk::Span> {
    match piece {
        Piece::Verbatim(span) => Some(*span),
        Piece::Rewritten(_) => None,
    }
}

fn document(body: &str, transaction: &SplitTransaction) -> String {
    let mut document = String::new();
    for piece in &transaction.pieces {
        match piece {
            Piece::Rewritten(bytes) => document.push_str(std::str::from_utf8(bytes).unwrap()),
            Piece::Verbatim(span) => {
                let from = usize::try_from(span.offset).unwrap();
                document.push_str(&body[from..from + usize::try_from(span.length).unwrap()]);
            }
        }
    }
    document
}

fn is_well_formed(text: &str) -> bool {
    let mut document = Document::new(text);
    while let Ok(token) = document.next_token() {
        if token.is_none() {
            return true;
        }
    }
    false
}

proptest! {
    #[test]
    fn every_transaction_comes_out_once_in_order_and_byte_for_byte((body, written) in message()) {
        let transactions = split(&[body.as_bytes()]).unwrap();
        let documents: Vec<_> = transactions.iter().map(|transaction| document(&body, transaction)).collect();
        prop_assert_eq!(documents, written);
    }

    #[test]
    fn where_the_body_is_cut_makes_no_difference((body, _) in message(), places in vec(any::<usize>(), 0..12)) {
        prop_assert_eq!(split(&cut(body.as_bytes(), &places)), split(&[body.as_bytes()]));
    }

    #[test]
    fn where_a_broken_body_is_cut_makes_no_difference_to_the_rejection(
        (body, _) in message(),
        places in vec(any::<usize>(), 0..12),
        (at, byte) in (any::<usize>(), any::<u8>()),
    ) {
        let mut body = body.into_bytes();
        let at = at % body.len();
        body[at] = byte;
        let whole = split(&[&body]);
        prop_assert_eq!(split(&cut(&body, &places)), whole.clone());
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        prop_assert_eq!(split(&bytes), whole);
    }

    #[test]
    fn each_transaction_is_well_formed_by_itself_with_the_namespaces_around_it((body, written) in message()) {
        let body = body.replace("<M>", "<M xmlns='u' xmlns:n=\"&amp;v\">");
        for (transaction, written) in split(&[body.as_bytes()]).unwrap().iter().zip(written) {
            let document = document(&body, transaction);
            prop_assert!(is_well_formed(&document), "{}", document);
            prop_assert_eq!(document.replace(" xmlns='u' xmlns:n=\"&amp;v\"", ""), written);
        }
    }

    #[test]
    fn what_the_splitter_lets_pass_the_rowset_reader_takes_for_a_transaction((body, _) in message()) {
        for transaction in split(&[body.as_bytes()]).unwrap() {
            let document = document(&body, &transaction);
            if let Ok(rowset) = rowset::read(&document) {
                let mut record_types: Vec<String> = Vec::new();
                for row in &rowset.rows {
                    if !record_types.iter().any(|known| known.eq_ignore_ascii_case(row.record_type)) {
                        record_types.push(row.record_type.to_owned());
                    }
                }
                prop_assert_eq!(transaction.record_types, record_types);
            }
        }
    }
}
