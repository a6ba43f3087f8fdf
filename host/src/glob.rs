//! Patterns in which `*` stands for any characters.

/// Whether `text` fits `pattern`, in which `*` stands for any characters. Linear in each for every star, no recursion.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut retry) = (0, 0, None);
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                retry = Some((p, t));
            }
            Some(wanted) if wanted == byte => (p, t) = (p + 1, t + 1),
            _ => match retry {
                Some((after_star, start)) => {
                    (p, t) = (after_star, start + 1);
                    retry = Some((after_star, start + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|&b| b == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "PROJECT", true),
            ("PROJ*", "PROJ_ACTIVITY", true),
            ("*_TBL", "CURRENCY_CD_TBL", true),
            ("*CD*", "CURRENCY_CD_TBL", true),
            ("A*B*C", "AxxBxxBC", true),
            ("A*B*C", "AxxCxxB", false),
            ("PROJECT", "PROJECTS", false),
            ("", "X", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
