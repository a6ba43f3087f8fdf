//! quick-xml as a reader that lets nothing pass: what it leaves to others is checked here, with other means than ours. The
//! reference for the verdict of our reader, not only for what it reads.

use quick_xml::{Reader, events::Event};

/// A document told in short, if it is well-formed and has no document type declaration.
pub fn told(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    reader.config_mut().expand_empty_elements = true;
    let mut strict = Strict { told: String::new(), depth: 0, roots: 0 };
    let is_readable = text.chars().all(is_allowed) && !text.starts_with('\u{FEFF}');
    let mut at = 0;
    while let (true, event) = (is_readable, reader.read_event().ok()?) {
        if event == Event::Eof {
            return (strict.depth == 0 && strict.roots == 1).then_some(strict.told);
        }
        strict.take(&event, at)?;
        at = reader.buffer_position();
    }
    None
}

struct Strict {
    told: String,
    depth: usize,
    roots: usize,
}

impl Strict {
    fn take(&mut self, event: &Event<'_>, at: u64) -> Option<()> {
        let is_inside = self.depth > 0;
        match event {
            Event::Start(start) => self.start(start)?,
            Event::End(_) => {
                self.depth -= 1;
                self.told.push_str("</>");
            }
            Event::Text(text) if is_inside && !text.contains("]]>") => self.told.push_str(&text.xml10_content()),
            Event::Text(text) => return text.chars().all(is_space).then_some(()).filter(|()| !is_inside),
            Event::CData(text) if is_inside => self.told.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) if is_inside => {
                self.told.push_str(&crate::quick_xml::resolved(reference).filter(|text| text.chars().all(is_allowed))?);
            }
            Event::Comment(_) => {}
            Event::Decl(_) => return (at == 0).then_some(()),
            Event::PI(instruction) => {
                let target = instruction.split(is_space).next()?;
                return (is_name(target) && !target.eq_ignore_ascii_case("xml")).then_some(());
            }
            _ => return None,
        }
        Some(())
    }

    fn start(&mut self, start: &quick_xml::events::BytesStart<'_>) -> Option<()> {
        self.roots += usize::from(self.depth == 0);
        self.depth += 1;
        let name = start.name();
        if !is_name(name.as_ref()) || !are_apart(start.attributes_raw()) || self.depth > ps_stream_sdk::xml::MAX_DEPTH {
            return None;
        }
        self.told.push_str(&format!("<{}", name.as_ref()));
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let value = quick_xml::escape::unescape(&attribute.value).ok()?;
            if !is_name(attribute.key.as_ref()) || attribute.value.contains('<') || !value.chars().all(is_allowed) {
                return None;
            }
            self.told.push_str(&format!(" {}={}", attribute.key.as_ref(), attribute.value));
        }
        self.told.push('>');
        Some(())
    }
}

/// Whether after each attribute there is white space, or nothing.
fn are_apart(attributes: &str) -> bool {
    let (mut quote, mut has_ended) = (None, false);
    attributes.chars().all(|character| {
        let is_apart = !has_ended || is_space(character);
        has_ended = quote == Some(character);
        match quote {
            None if matches!(character, '"' | '\'') => quote = Some(character),
            Some(_) if has_ended => quote = None,
            _ => {}
        }
        is_apart
    })
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// XML 1.0's Char.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// XML 1.0's Name, but that something must follow a colon, and come before it.
fn is_name(name: &str) -> bool {
    let is_start = |character: char| match character {
        'A'..='Z' | '_' | 'a'..='z' => true,
        '\u{C0}'.. => {
            !matches!(character, '\u{D7}' | '\u{F7}' | '\u{300}'..='\u{36F}' | '\u{37E}' | '\u{2000}'..='\u{200B}'
            | '\u{200E}'..='\u{206F}' | '\u{2190}'..='\u{2BFF}' | '\u{2FF0}'..='\u{3000}' | '\u{E000}'..='\u{F8FF}'
            | '\u{FDD0}'..='\u{FDEF}' | '\u{FFFE}'..='\u{FFFF}' | '\u{F0000}'..)
        }
        _ => false,
    };
    let is_part = |character| {
        is_start(character)
            || matches!(character, '0'..='9' | '-' | '.' | ':' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
    };
    name.chars().next().is_some_and(is_start) && name.chars().all(is_part) && !name.ends_with(':')
}
