//! Documents to try: trees of elements and text, written in every way XML has for them.

use proptest::{collection::vec, prelude::*, sample};

/// Something in an element.
#[derive(Clone, Debug)]
pub enum Node {
    Element(Element),
    Text(String),
    CData(String),
    Comment(String),
    Instruction(String),
}

/// An element.
#[derive(Clone, Debug)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub nodes: Vec<Node>,
    /// Space before the end of its tags.
    pub space: &'static str,
}

impl Element {
    /// As XML.
    pub fn written(&self) -> String {
        let Self { name, space, .. } = self;
        let attributes: String =
            self.attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
        if self.nodes.is_empty() && space.len() < 2 {
            return format!("<{name}{attributes}{space}/>");
        }
        let content: String = self.nodes.iter().map(Node::written).collect();
        format!("<{name}{attributes}{space}>{content}</{name}{space}>")
    }
}

impl Node {
    fn written(&self) -> String {
        match self {
            Self::Element(element) => element.written(),
            Self::Text(text) => escaped(text),
            Self::CData(text) => format!("<![CDATA[{}]]>", text.replace("]]>", "]] >")),
            Self::Comment(text) => format!("<!--{} -->", text.replace("--", "- ")),
            Self::Instruction(text) => format!("<?go {}?>", text.replace("?>", "? >")),
        }
    }
}

/// Text as XML: each special character by one of the ways there are.
pub fn escaped(text: &str) -> String {
    let mut written = String::new();
    for (index, character) in text.chars().enumerate() {
        match (character, index % 3) {
            ('&', 0) => written.push_str("&#38;"),
            ('&', _) => written.push_str("&amp;"),
            ('<', 1) => written.push_str("&#x3C;"),
            ('<', _) => written.push_str("&lt;"),
            ('>', _) => written.push_str("&gt;"),
            ('"', _) => written.push_str("&quot;"),
            ('e', 2) => written.push_str("&#101;"),
            _ => written.push(character),
        }
    }
    written
}

/// Text of characters that give readers trouble, and of some that do not.
pub fn text() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "a", "e", " ", "\n", "\t", "\r", "\r\n", "&", "<", ">", "\"", "'", "]", "]]", "-", "--", "?", "é", "€", "😀",
        "0", "/",
    ];
    vec(select(PARTS), 0..8).prop_map(|parts| parts.concat())
}

/// A name, some with a prefix.
pub fn name() -> impl Strategy<Value = String> {
    const NAMES: &[&str] =
        &["A", "b", "PROJECT", "n:PROJECT", "PSCAMA", "Ünïcode", "x-1.y_z", "MsgData", "Transaction", "_"];
    select(NAMES).prop_map(str::to_owned)
}

/// An element with everything in it.
pub fn element() -> impl Strategy<Value = Element> {
    let leaf = prop_oneof![
        text().prop_map(Node::Text),
        text().prop_map(Node::CData),
        text().prop_map(Node::Comment),
        text().prop_map(Node::Instruction),
    ];
    let node = leaf.prop_recursive(4, 40, 6, |inner| tagged(vec(inner, 0..6)).prop_map(Node::Element));
    tagged(vec(node, 0..6))
}

/// A document of anything: declaration, comments and a root element.
pub fn document() -> impl Strategy<Value = String> {
    let declaration = select(&["", "<?xml version=\"1.0\"?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"]);
    let around = select(&["", " ", "\r\n", "<!-- c -->", "<?go on?>"]);
    (declaration, around.clone(), element(), around)
        .prop_map(|(declaration, before, root, after)| format!("{declaration}{before}{}{after}", root.written()))
}

/// A rowset message's body with its transactions as they stand in it.
pub fn message() -> impl Strategy<Value = (String, Vec<String>)> {
    let between = select(&["", " ", "\n  ", "<!-- > -->", "<?go?>", "&#32;"]);
    let row = tagged(vec(element().prop_map(Node::Element), 0..4)).prop_map(|row| row.written());
    let transaction = (vec(row, 0..4), select(&["Transaction", "transaction", "n:Transaction"]))
        .prop_map(|(rows, name)| format!("<{name}>{}</{name}>", rows.concat()));
    let types = text().prop_map(|text| format!("<FieldTypes><A>{}</A></FieldTypes>", escaped(&text)));
    (types, vec((transaction, between), 0..6)).prop_map(|(types, transactions)| {
        let content: String =
            transactions.iter().map(|(transaction, between)| format!("{transaction}{between}")).collect();
        let body = format!("<?xml version='1.0'?><e:X><M>{types}<MsgData>{content}</MsgData></M></e:X>");
        (body, transactions.into_iter().map(|(transaction, _)| transaction).collect())
    })
}

/// `bytes` cut at these places.
pub fn cut<'b>(bytes: &'b [u8], places: &[usize]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place % (bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn tagged(nodes: impl Strategy<Value = Vec<Node>>) -> impl Strategy<Value = Element> {
    let attributes = vec((select(&["class", "x", "n:y"]).prop_map(str::to_owned), text()), 0..3);
    let space = select(&["", "", " ", "\n "]);
    (name(), attributes, nodes, space).prop_map(|(name, mut attributes, nodes, space)| {
        attributes.sort();
        attributes.dedup_by(|one, other| one.0 == other.0);
        Element { name, attributes, nodes, space }
    })
}

/// One of these.
pub fn select(from: &'static [&'static str]) -> sample::Select<&'static str> {
    sample::select(from)
}
