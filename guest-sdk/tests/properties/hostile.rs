//! No bytes make a reader panic or overflow the stack; what is refused is refused with a place inside the input.

use proptest::{collection::vec, prelude::*};
use ps_stream_sdk::{KeyRules, Mapping, Rejection, TransactionSplitter, rowset, xml};

use crate::documents::{cut, document, select};

fn read_all_ways(bytes: &[u8], places: &[usize]) {
    let rules = KeyRules::new([("PROJECT", ["A"])]).unwrap();
    let mut splitter = TransactionSplitter::new(&rules);
    let pushed: Result<Vec<_>, _> = cut(bytes, places).into_iter().map(|chunk| splitter.push(chunk)).collect();
    judge(pushed.and_then(|_| splitter.finish()).err(), bytes);
    let text = String::from_utf8_lossy(bytes);
    match rowset::read(&text) {
        Ok(rowset) => judge(Mapping::new(&rules).changes(&rowset).err(), text.as_bytes()),
        Err(rejection) => judge(Some(rejection), text.as_bytes()),
    }
    xml::unescape(&text);
}

fn judge(rejection: Option<Rejection>, input: &[u8]) {
    if let Some(rejection) = rejection {
        assert!(rejection.position.is_none_or(|at| at <= input.len() as u64), "{rejection:?}");
        assert!(!rejection.reason.is_empty() && !rejection.reason.contains('\n') && rejection.reason.len() < 1000);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..200), places in vec(any::<usize>(), 0..4)) {
        read_all_ways(&bytes, &places);
    }

    #[test]
    fn anything_made_of_pieces_of_markup(
        parts in vec(select(&[
            "<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<?xml", "?>", "<!DOCTYPE", "&", "&amp;", "&#", ";", "=", "'", "\"",
            " ", "A", "Transaction", "MsgData", "PSCAMA", "AUDIT_ACTN", "class=\"R\"", "xmlns:a='u'", ":", "é", "\u{FFFE}", "\r", "]", "-",
            "<A>", "</A>", "<Transaction>", "</Transaction>", "<MsgData>", "</MsgData>",
        ]), 0..40),
        places in vec(any::<usize>(), 0..6),
    ) {
        read_all_ways(parts.concat().as_bytes(), &places);
    }

    #[test]
    fn any_document_with_a_piece_missing(document in document(), from in any::<usize>(), length in 0..8_usize) {
        let mut bytes = document.into_bytes();
        let from = from % bytes.len();
        bytes.drain(from..bytes.len().min(from + length));
        read_all_ways(&bytes, &[from]);
        let inside = [b"<Transaction><PROJECT>".as_slice(), &bytes, b"</PROJECT></Transaction>"].concat();
        read_all_ways(&inside, &[from]);
    }
}
