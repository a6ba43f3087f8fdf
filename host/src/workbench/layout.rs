//! JSON text laid out in another way: members stay in their order and numbers as they are written.
//!
//! Only for text that is JSON; of any other it makes some text.

/// On one line, without space between the parts.
pub fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut quoted = Quoted::default();
    out.extend(json.chars().filter(|&c| quoted.passes(c) || !c.is_ascii_whitespace()));
    out
}

/// A member a line, nested ones further in.
pub fn pretty(json: &str) -> String {
    let (mut out, mut quoted, mut depth) = (String::new(), Quoted::default(), 0_usize);
    let compact = compact(json);
    let mut rest = compact.chars().peekable();
    while let Some(c) = rest.next() {
        if quoted.passes(c) {
            out.push(c);
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                if rest.peek().is_some_and(|&next| next != closing(c)) {
                    depth += 1;
                    break_line(&mut out, depth);
                } else {
                    out.extend(rest.next());
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                break_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => out.push(c),
        }
    }
    out
}

fn closing(opening: char) -> char {
    if opening == '{' { '}' } else { ']' }
}

fn break_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Whether a string is being read, in which nothing is structure.
#[derive(Default)]
struct Quoted {
    open: bool,
    escaped: bool,
}

impl Quoted {
    /// Whether this character, the next, is part of a string.
    fn passes(&mut self, c: char) -> bool {
        let inside = self.open || c == '"';
        self.open = match c {
            '"' if !self.escaped => !self.open,
            _ => self.open,
        };
        self.escaped = self.open && c == '\\' && !self.escaped;
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_between_parts_goes_and_space_in_strings_stays() {
        assert_eq!(compact("{ \"a b\" : [1.10,\n\t\"x \\\" y\\\\\" ] }"), r#"{"a b":[1.10,"x \" y\\"]}"#);
        assert_eq!(compact(" \"1\" "), "\"1\"");
    }

    #[test]
    fn every_member_gets_a_line_and_what_is_empty_none() {
        let laid_out = pretty(r#"{"a":{"b":"{,:}"},"c":[1,2],"d":{},"e":[]}"#);
        let expected =
            "{\n  \"a\": {\n    \"b\": \"{,:}\"\n  },\n  \"c\": [\n    1,\n    2\n  ],\n  \"d\": {},\n  \"e\": []\n}";
        assert_eq!(laid_out, expected);
        assert_eq!(compact(&laid_out), r#"{"a":{"b":"{,:}"},"c":[1,2],"d":{},"e":[]}"#);
    }
}
