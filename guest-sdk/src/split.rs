//! Cutting a message into its transactions as it arrives.
//!
//! `MsgData` is found at any depth, whatever its wrapper, prefix or case; its `Transaction`s pass as spans of the body. What
//! else stands directly in `MsgData` or beside the rows of a `Transaction` as text is a rejection: nothing is dropped. An
//! `IBRequest` is a wrapper too, also where the message is in it as CDATA.

mod declared;
mod embedded;
mod flag;
mod namespaces;
mod ordering;
#[cfg(test)]
mod tests;

use declared::Declared;
use embedded::Embedded;
use flag::Flag;
use namespaces::Namespaces;
use ordering::Ordering;

use crate::{
    KeyRules, Piece, Progress, Purpose, Rejection, Span, SplitTransaction,
    xml::{OpenNames, Start, Stream, Take, Text, Token, local_name},
};

/// How many record types one transaction may have.
pub const MAX_RECORD_TYPES: usize = 100;

/// The machine behind the stock splitter, for splitters of your own to build on.
///
/// The ordering key of a transaction is its first record type or, where that has a key rule, the record type with the key of
/// the transaction's first row. A transaction without rows has an empty one.
///
/// The header and the trailer of a full sync are told by the `MSG_SEQ_FLG` of their `PSCAMA` ([`Purpose`]); their record
/// types are those of their rows and those that `FieldTypes` declares.
///
/// ```
/// use ps_stream_sdk::TransactionSplitter;
///
/// let mut splitter = TransactionSplitter::default();
/// let progress = splitter.push(b"<M><MsgData><Transaction><PROJECT class='R'/></Transaction></MsgData></M>")?;
/// assert_eq!(progress.transactions[0].record_types, ["PROJECT"]);
/// assert_eq!(progress.message_name.as_deref(), Some("M"));
/// splitter.finish()?;
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TransactionSplitter {
    stream: Stream,
    cut: Cut,
}

impl TransactionSplitter {
    /// Begins a message. With key rules, transactions are ordered by the key of their first row.
    ///
    /// ```
    /// use ps_stream_sdk::{KeyRules, TransactionSplitter};
    ///
    /// let message = b"<M><MsgData><Transaction><PROJECT><ID>P1</ID></PROJECT></Transaction></MsgData></M>";
    /// let key = |mut splitter: TransactionSplitter| splitter.push(message).unwrap().transactions.remove(0).ordering_key;
    /// let rules = KeyRules::new([("PROJECT", ["ID"])])?;
    /// assert_ne!(key(TransactionSplitter::new(&rules)), "PROJECT", "each project stays in order for itself");
    /// assert_eq!(key(TransactionSplitter::default()), "PROJECT", "all projects stay in order");
    /// # Ok::<(), String>(())
    /// ```
    pub fn new(rules: &KeyRules) -> Self {
        Self { stream: Stream::default(), cut: Cut { rules: rules.clone(), ..Cut::default() } }
    }

    /// For a document that is in another one already.
    fn innermost(rules: &KeyRules) -> Self {
        Self { stream: Stream::default(), cut: Cut { rules: rules.clone(), is_embedded: true, ..Cut::default() } }
    }

    /// The next bytes of the body, cut anywhere.
    ///
    /// ```
    /// use ps_stream_sdk::{Piece, TransactionSplitter};
    ///
    /// let body = b"<M><MsgData><Transaction><P/></Transaction></MsgData></M>";
    /// let mut splitter = TransactionSplitter::default();
    /// let begun = splitter.push(&body[..30])?;
    /// assert_eq!((begun.transactions.len(), begun.needed_from), (0, 12), "it begins there, and has not ended");
    /// let ended = splitter.push(&body[30..])?;
    /// let [Piece::Verbatim(span)] = &ended.transactions[0].pieces[..] else { panic!("nothing to rewrite") };
    /// let document = &body[span.offset as usize..][..span.length as usize];
    /// assert_eq!(document, b"<Transaction><P/></Transaction>");
    /// splitter.finish()?;
    /// # Ok::<(), ps_stream_sdk::Rejection>(())
    /// ```
    pub fn push(&mut self, chunk: &[u8]) -> Result<Progress, Rejection> {
        self.stream.push_to(chunk, &mut self.cut)?;
        Ok(self.progress())
    }

    /// The body has ended.
    ///
    /// ```
    /// use ps_stream_sdk::{RejectionKind, TransactionSplitter};
    ///
    /// let verdict = |body: &[u8]| {
    ///     let mut splitter = TransactionSplitter::default();
    ///     splitter.push(body).and_then(|_| splitter.finish()).unwrap_err().kind
    /// };
    /// assert_eq!(verdict(b"<M><MsgData>"), RejectionKind::Malformed, "cut off");
    /// assert_eq!(verdict(b"<html/>"), RejectionKind::Unexpected, "no message");
    /// ```
    pub fn finish(&mut self) -> Result<Progress, Rejection> {
        self.stream.finish()?;
        if !self.cut.found {
            return Err(Rejection::unexpected("not a rowset message: no MsgData element"));
        }
        Ok(self.progress())
    }

    fn progress(&mut self) -> Progress {
        let open = self.cut.transaction.as_ref().map(|open| open.from).or(self.cut.embedded_from);
        Progress {
            transactions: std::mem::take(&mut self.cut.done),
            needed_from: open.unwrap_or(self.stream.position()),
            message_name: self.cut.message_name.clone(),
        }
    }
}

/// Where in the message the reading is, and what was cut out of it.
#[derive(Clone, Debug, Default)]
struct Cut {
    rules: KeyRules,
    /// How many elements are open.
    depth: usize,
    /// How many are open directly inside `MsgData`, while it is.
    msg_data: Option<usize>,
    /// The local names of the elements around `MsgData`.
    around: OpenNames,
    namespaces: Namespaces,
    declared: Declared,
    transaction: Option<Open>,
    /// Whether this is a document within another, and then there is none within it.
    is_embedded: bool,
    embedded: Option<Box<Embedded>>,
    /// From where on the embedded one needs the body.
    embedded_from: Option<u64>,
    done: Vec<SplitTransaction>,
    message_name: Option<String>,
    found: bool,
}

/// A transaction that has begun.
#[derive(Clone, Debug)]
struct Open {
    from: u64,
    name_to: u64,
    declarations: Vec<u8>,
    record_types: Vec<String>,
    ordering: Ordering,
    flag: Flag,
}

/// What the innermost open element is.
enum Inside {
    Wrapper,
    MsgData,
    Transaction,
    /// A row of a transaction or something in it: 1 for the row's own content, 2 for that of its fields.
    Row(usize),
}

impl Take for Cut {
    fn token(&mut self, token: &Token<'_>) -> Result<(), Rejection> {
        match token {
            Token::Start(start) => self.start(start),
            Token::Text(text) => self.text(text),
            Token::End { to } => self.end(*to),
        }
    }

    fn takes_fields(&self) -> bool {
        matches!(self.inside(), Inside::Wrapper | Inside::Row(_))
    }

    /// Inside a row nothing is refused; around `MsgData` nothing else matters.
    #[inline(always)]
    fn field(&mut self, name: &[u8], text: &[u8]) -> bool {
        match &self.transaction {
            None => !name.eq_ignore_ascii_case(b"MsgData") && !self.declared.is_at(self.depth),
            Some(open) => {
                if open.ordering.lacks_fields() || open.flag.is_in_control() {
                    self.telling_field(name, text);
                }
                true
            }
        }
    }
}

impl Cut {
    fn inside(&self) -> Inside {
        match self.msg_data.map(|depth| self.depth - depth) {
            None => Inside::Wrapper,
            Some(0) => Inside::MsgData,
            Some(1) => Inside::Transaction,
            Some(deeper) => Inside::Row(deeper - 1),
        }
    }

    fn start(&mut self, start: &Start<'_>) -> Result<(), Rejection> {
        match self.inside() {
            Inside::Wrapper => self.start_around(start)?,
            Inside::MsgData => self.start_transaction(start)?,
            Inside::Transaction => self.start_row(start)?,
            Inside::Row(level) => {
                if let Some(open) = &mut self.transaction {
                    open.ordering.start(level, start);
                    open.flag.start(level, start);
                }
            }
        }
        self.depth += 1;
        Ok(())
    }

    fn start_around(&mut self, start: &Start<'_>) -> Result<(), Rejection> {
        self.namespaces.declare(self.depth, start).map_err(|error| error.at(start.from))?;
        self.declared.start(self.depth, start.local_name());
        if start.local_name().eq_ignore_ascii_case(b"MsgData") {
            self.found = true;
            self.msg_data = Some(self.depth + 1);
            if self.message_name.is_none() {
                self.message_name = self.around.innermost().map(text_of);
            }
        }
        self.around.push(start.local_name())
    }

    fn start_transaction(&mut self, start: &Start<'_>) -> Result<(), Rejection> {
        if !start.local_name().eq_ignore_ascii_case(b"Transaction") {
            let reason =
                format!("element \"{}\" in MsgData, where only Transaction can be", text_of(start.local_name()));
            return Err(Rejection::unexpected(reason).at(start.from));
        }
        self.transaction = Some(Open {
            from: start.from,
            name_to: start.name_to,
            declarations: self.namespaces.missing_on(start),
            record_types: Vec::new(),
            ordering: Ordering::default(),
            flag: Flag::default(),
        });
        Ok(())
    }

    fn start_row(&mut self, start: &Start<'_>) -> Result<(), Rejection> {
        let Some(open) = &mut self.transaction else {
            return Ok(());
        };
        let name = start.local_name();
        if name.eq_ignore_ascii_case(b"PSCAMA") {
            open.flag.start_control();
            return Ok(());
        }
        if open.record_types.is_empty() {
            let record_type = text_of(name);
            open.ordering = Ordering::of_row(&record_type, &self.rules);
            open.record_types = vec![record_type];
        } else if !open.record_types.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name)) {
            if open.record_types.len() == MAX_RECORD_TYPES {
                let reason = format!("more than {MAX_RECORD_TYPES} record types in one transaction");
                return Err(Rejection::too_large(reason).at(start.from));
            }
            open.record_types.push(text_of(name));
        }
        Ok(())
    }

    fn text(&mut self, text: &Text<'_>) -> Result<(), Rejection> {
        let place = match self.inside() {
            Inside::Wrapper => return self.text_around(text),
            Inside::MsgData => "MsgData",
            Inside::Transaction => "Transaction",
            Inside::Row(level) => {
                if let Some(open) = &mut self.transaction {
                    open.ordering.text(level, text);
                    open.flag.text(level, text);
                }
                return Ok(());
            }
        };
        match text.first_visible() {
            Some(at) => Err(Rejection::unexpected(format!("text directly in {place}")).at(at)),
            None => Ok(()),
        }
    }

    #[inline(never)]
    fn telling_field(&mut self, name: &[u8], text: &[u8]) {
        if let (Inside::Row(level), Some(open)) = (self.inside(), &mut self.transaction) {
            match open.flag.is_in_control() {
                true => open.flag.field(level, name, text),
                false => open.ordering.field(level, name, text),
            }
        }
    }

    /// Other text around `MsgData` says nothing about rows.
    fn text_around(&mut self, text: &Text<'_>) -> Result<(), Rejection> {
        if !(text.cdata && !self.is_embedded && self.is_in_request_data()) {
            return Ok(());
        }
        let embedded = self.embedded.get_or_insert_with(|| Box::new(Embedded::new(&self.rules, self.depth)));
        let progress = embedded.push(text)?;
        self.embedded_from = Some(progress.needed_from);
        self.take_embedded(progress);
        Ok(())
    }

    fn is_in_request_data(&self) -> bool {
        let is = |name: Option<&[u8]>, wanted: &[u8]| name.is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        is(self.around.outermost(), b"IBRequest") && is(self.around.innermost(), b"Data")
    }

    fn take_embedded(&mut self, progress: Progress) {
        self.found = true;
        self.done.extend(progress.transactions);
        if self.message_name.is_none() {
            self.message_name = progress.message_name;
        }
    }

    fn end(&mut self, to: u64) -> Result<(), Rejection> {
        match self.inside() {
            Inside::Wrapper => self.leave_around()?,
            Inside::MsgData => {
                self.msg_data = None;
                self.leave_around()?;
            }
            Inside::Transaction => {
                let closed = self.transaction.take().map(|open| open.close(to, &self.declared));
                self.done.extend(closed);
            }
            Inside::Row(level) => {
                if let Some(open) = &mut self.transaction {
                    open.ordering.end(level);
                    open.flag.end(level);
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn leave_around(&mut self) -> Result<(), Rejection> {
        if let Some(mut embedded) = self.embedded.take_if(|embedded| embedded.depth == self.depth) {
            self.embedded_from = None;
            let progress = embedded.finish()?;
            self.take_embedded(progress);
        }
        self.around.pop();
        self.declared.end(self.depth);
        self.namespaces.leave(self.depth - 1);
        Ok(())
    }
}

impl Open {
    fn close(mut self, to: u64, declared: &Declared) -> SplitTransaction {
        let span = |from, to: u64| Piece::Verbatim(Span { offset: from, length: to - from });
        let purpose = self.flag.purpose();
        if purpose != Purpose::Rows {
            self.add_record_types(declared.record_types());
        }
        let pieces = match self.declarations.is_empty() {
            true => vec![span(self.from, to)],
            false => vec![span(self.from, self.name_to), Piece::Rewritten(self.declarations), span(self.name_to, to)],
        };
        let first_type = || self.record_types.first().cloned().unwrap_or_default();
        let ordering_key = self.ordering.key().unwrap_or_else(first_type);
        SplitTransaction { purpose, pieces, ordering_key, record_types: self.record_types, topic: None }
    }

    fn add_record_types(&mut self, names: &[String]) {
        let is_new = |name: &&String| !self.record_types.iter().any(|known| known.eq_ignore_ascii_case(name));
        let new: Vec<String> = names.iter().filter(is_new).cloned().collect();
        self.record_types.extend(new);
    }
}

fn text_of(name: &[u8]) -> String {
    String::from_utf8_lossy(local_name(name)).into_owned()
}
