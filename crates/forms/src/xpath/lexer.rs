//! From text to tokens. Source: XPath 1.0, §3.7.

use super::ReadError;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    Literal(&'a str),
    /// A name, its prefix empty when it has none; the local part is `*` for `prefix:*`.
    Name(&'a str, &'a str),
    Star,
    /// `and`, `or`, `mod`, `div`, `*` between operands, and the operators written with signs.
    Operator(&'a str),
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Dot,
    DotDot,
    At,
    Comma,
    ColonColon,
    Slash,
    SlashSlash,
    Dollar,
}

/// A token and the byte where it begins.
pub(super) type Placed<'a> = (Token<'a>, usize);

/// Source: XML 1.0 (fifth edition), §2.3, without its colon. Letters by where they stand, and not by tables, which cost bytes.
pub(super) fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
        | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

/// The same.
pub fn is_name_part(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Reads all of `text`.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed<'_>>, ReadError> {
    let mut out: Vec<Placed> = Vec::with_capacity(text.len() / 4);
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let after = bytes.get(at + 1).copied().unwrap_or(0);
        // XPath 1.0 §3.7: after an operand, a name or a star is an operator.
        let operand_before = !matches!(
            out.last().map(|(token, _)| token),
            None | Some(
                Token::At
                    | Token::ColonColon
                    | Token::Open
                    | Token::OpenBracket
                    | Token::Comma
                    | Token::Operator(_)
                    | Token::Slash
                    | Token::SlashSlash
                    | Token::Dollar
            )
        );
        let (token, length) = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'(' => (Token::Open, 1),
            b')' => (Token::Close, 1),
            b'[' => (Token::OpenBracket, 1),
            b']' => (Token::CloseBracket, 1),
            b'@' => (Token::At, 1),
            b',' => (Token::Comma, 1),
            b'$' => (Token::Dollar, 1),
            b':' if after == b':' => (Token::ColonColon, 2),
            b'/' if after == b'/' => (Token::SlashSlash, 2),
            b'/' => (Token::Slash, 1),
            b'.' if after == b'.' => (Token::DotDot, 2),
            b'.' if !after.is_ascii_digit() => (Token::Dot, 1),
            b'|' | b'+' | b'-' | b'=' => (Token::Operator(&text[start..start + 1]), 1),
            b'!' if after == b'=' => (Token::Operator("!="), 2),
            b'<' | b'>' => {
                let length = if after == b'=' { 2 } else { 1 };
                (Token::Operator(&text[start..start + length]), length)
            }
            b'*' if operand_before => (Token::Operator("*"), 1),
            b'*' => (Token::Star, 1),
            b'"' | b'\'' => {
                let rest = &text[start + 1..];
                let end = rest
                    .find(byte as char)
                    .ok_or(ReadError::new("unclosed text", start))?;
                (Token::Literal(&rest[..end]), end + 2)
            }
            b'0'..=b'9' | b'.' => {
                let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
                let mut length = digits;
                if bytes.get(start + digits) == Some(&b'.') {
                    length += 1 + text[start + digits + 1..]
                        .bytes()
                        .take_while(u8::is_ascii_digit)
                        .count();
                }
                let number = crate::number(text[start..start + length].trim_end_matches('.'));
                (
                    Token::Number(number.ok_or(ReadError::new("not a number", start))?),
                    length,
                )
            }
            _ => {
                let name = name_at(text, start);
                if name.is_empty() {
                    return Err(ReadError::new("unexpected sign", start));
                }
                if operand_before {
                    // `1 div2` is read as `1 div 2`, and `0 and.<9` as `0 and . < 9`: other engines do, and nothing else could
                    // be meant.
                    let letters = name
                        .find(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'))
                        .unwrap_or(name.len());
                    match &name[..letters] {
                        sign @ ("and" | "or" | "mod" | "div") => (Token::Operator(sign), letters),
                        _ => {
                            return Err(ReadError::new(
                                "an operator is missing before this name",
                                start,
                            ));
                        }
                    }
                } else {
                    let colon = start + name.len();
                    if bytes.get(colon) == Some(&b':') && bytes.get(colon + 1) != Some(&b':') {
                        let local = name_at(text, colon + 1);
                        if !local.is_empty() {
                            (Token::Name(name, local), name.len() + 1 + local.len())
                        } else if bytes.get(colon + 1) == Some(&b'*') {
                            (Token::Name(name, "*"), name.len() + 2)
                        } else {
                            return Err(ReadError::new(
                                "a name is missing after the prefix",
                                colon,
                            ));
                        }
                    } else {
                        (Token::Name("", name), name.len())
                    }
                }
            }
        };
        out.push((token, start));
        at += length;
    }
    Ok(out)
}

fn name_at(text: &str, start: usize) -> &str {
    let Some(rest) = text.get(start..) else {
        return "";
    };
    if !rest.chars().next().is_some_and(is_name_start) {
        return "";
    }
    let end = rest
        .char_indices()
        .find(|&(_, c)| !is_name_part(c))
        .map_or(rest.len(), |(i, _)| i);
    &rest[..end]
}
