//! Counts the tokens of a document without building anything, so that a document that is too long is never parsed.
//!
//! Lenient: what is no token of GraphQL counts as one, and the parser will say what is wrong with it. Follows the lexical
//! grammar of the GraphQL specification, September 2025, section 2.1.

use async_graphql::Pos;

/// What the text shows before it is parsed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lexed {
    /// Tokens that are not ignored.
    pub(super) tokens: u32,
    /// The most brackets open at one place.
    pub(super) nesting: u32,
    /// Where the first text literal with a NUL in it begins.
    pub(super) nul: Option<Pos>,
}

/// Reads the text once from left to right.
pub(super) fn scan(text: &str) -> Lexed {
    let mut lexed = Lexed::default();
    let mut open = 0_u32;
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let length = match first {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => 1,
            // the byte order mark is ignored like white space
            0xEF if rest.starts_with('\u{FEFF}') => '\u{FEFF}'.len_utf8(),
            b'#' => run(rest, |byte| byte != b'\n' && byte != b'\r'),
            _ => {
                lexed.tokens = lexed.tokens.saturating_add(1);
                match first {
                    b'{' | b'(' | b'[' => {
                        open = open.saturating_add(1);
                        lexed.nesting = lexed.nesting.max(open);
                        1
                    }
                    b'}' | b')' | b']' => {
                        open = open.saturating_sub(1);
                        1
                    }
                    b'"' => {
                        let (length, nul) = string(rest);
                        if nul && lexed.nul.is_none() {
                            lexed.nul = Some(position(text, text.len() - rest.len()));
                        }
                        length
                    }
                    b'.' if rest.starts_with("...") => 3,
                    b'-' | b'0'..=b'9' => {
                        1 + run(rest.get(1..).unwrap_or_default(), |byte| {
                            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-')
                        })
                    }
                    byte if byte == b'_' || byte.is_ascii_alphabetic() => run(rest, |byte| byte == b'_' || byte.is_ascii_alphanumeric()),
                    _ => rest.chars().next().map_or(1, char::len_utf8),
                }
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    lexed
}

fn run(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !belongs(byte)).unwrap_or(text.len())
}

/// Length in bytes of the string at the beginning of `text`, and whether its value contains NUL. An open string ends with its
/// line, an open block string with the document.
fn string(text: &str) -> (usize, bool) {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        let mut searched = 0;
        let length = loop {
            let Some(quote) = block.get(searched..).and_then(|tail| tail.find("\"\"\"")) else { break block.len() };
            let end = searched + quote;
            if !block.get(..end).unwrap_or_default().ends_with('\\') {
                break end + 3;
            }
            searched = end + 3;
        };
        return (3 + length, block.get(..length).unwrap_or_default().contains('\0'));
    }
    let mut nul = false;
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'"' => return (index + 1, nul),
            b'\n' | b'\r' => return (index, nul),
            b'\\' => {
                nul |= text.get(index..).is_some_and(|tail| tail.starts_with("\\u0000"));
                bytes.next();
            }
            0 => nul = true,
            _ => {}
        }
    }
    (text.len(), nul)
}

fn position(text: &str, offset: usize) -> Pos {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Pos { line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_counted_as_graphql_reads_them() {
        for (text, tokens) in [
            ("", 0),
            ("{a}", 3),
            ("\u{FEFF} { a , b }\t\r\n", 4),
            ("{ a # comment } { ( [\n }", 3),
            ("{ ...F }", 4),
            ("{ ... on User { id } }", 8),
            ("query Q($a: [Int!]! = [1, -2.5e+3]) { f(a: $a) }", 26),
            (r#"{ f(a: "x, { y } \" z") }"#, 8),
            (r#"{ f(a: """ " \""" { } """) }"#, 8),
            (r#"{ f(a: "open"#, 6),
            ("{ f(a: \"open\n) }", 8),
            (r#"{ f(a: """open } } }"#, 6),
            ("{ é 🏃 }", 4),
            ("@@@", 3),
        ] {
            assert_eq!(scan(text).tokens, tokens, "{text}");
        }
    }

    #[test]
    fn nesting_is_the_deepest_place() {
        for (text, nesting) in [("{a}", 1), ("{a(b:[[1]]){c}}{d}", 4), ("}}}{", 1), ("[".repeat(9).as_str(), 9), (r#"{f(a:"[[[[")}"#, 2)] {
            assert_eq!(scan(text).nesting, nesting, "{text}");
        }
    }

    #[test]
    fn nul_is_found_in_text_and_only_there() {
        let at = |line, column| Some(Pos { line, column });
        for (text, nul) in [
            ("{f(a:\"x\0\")}", at(1, 6)),
            ("{\n f(a: \"\\u0000\")}", at(2, 7)),
            ("{f(a:\"\"\"é\0\"\"\")}", at(1, 6)),
            ("{f(a:\"\\\\u0000\")}", None),
            ("{f(a:\"\"\"\\u0000\"\"\")}", None),
            ("{f(a:\"ok\") # \0\n}", None),
        ] {
            assert_eq!(scan(text).nul, nul, "{text:?}");
        }
    }
}
