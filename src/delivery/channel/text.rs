//! Texts within limits of bytes, and as parts of other languages.
//!
//! Providers count bytes of what arrives, not characters of what was meant: a character of
//! Chinese is three, a quotation mark in JSON two. So a limit comes with the cost of a character,
//! and a text is cut between characters, with a sign that something is missing.

use reqwest::Url;

/// Bytes that a character takes where it is sent.
pub type Cost = fn(char) -> usize;

/// What stands for the part that was cut off.
const CUT: char = '…';

/// Bytes in UTF-8.
pub fn utf8(c: char) -> usize {
    c.len_utf8()
}

/// Bytes in a string of JSON.
pub fn json(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        c if c < ' ' => 6,
        c => c.len_utf8(),
    }
}

/// Bytes in a string of JSON that is itself a string of JSON.
pub fn json_twice(c: char) -> usize {
    match c {
        '"' | '\\' => 4,
        '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 3,
        c if c < ' ' => 7,
        c => c.len_utf8(),
    }
}

/// Bytes in XML.
pub fn in_xml(c: char) -> usize {
    entity(c).map_or(c.len_utf8(), str::len)
}

/// Bytes that a text takes.
pub fn cost_of(text: &str, cost: Cost) -> usize {
    text.chars().map(cost).sum()
}

/// The text, or its beginning and a sign that it went on.
pub fn cut(text: &str, max: usize, cost: Cost) -> String {
    if cost_of(text, cost) <= max {
        return text.to_owned();
    }
    let Some(room) = max.checked_sub(cost(CUT)) else { return String::new() };
    let mut used = 0;
    let mut kept: String = text
        .chars()
        .take_while(|c| {
            used += cost(*c);
            used <= room
        })
        .collect();
    kept.push(CUT);
    kept
}

/// The text between tags or quotation marks of XML. What XML cannot hold is left out.
pub fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().filter(|c| is_xml(*c)) {
        match entity(c) {
            Some(entity) => escaped.push_str(entity),
            None => escaped.push(c),
        }
    }
    escaped
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&apos;"),
        _ => None,
    }
}

/// The text between the quotation marks of a JSON string.
pub fn json_inner(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Fields as `application/x-www-form-urlencoded`.
pub fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    encoded(pairs).unwrap_or_default()
}

/// A value as part of a form or a query.
pub fn form_value(text: &str) -> String {
    form([("", text)]).trim_start_matches('=').to_owned()
}

fn encoded<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<String> {
    // The URL type knows the encoding; the address itself is not used.
    let mut url = Url::parse("http://localhost/").ok()?;
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        for (text, max, wanted) in [
            ("支援", 6, "支援"),
            ("支援", 5, "…"),
            ("支援部", 8, "支…"),
            ("abcdef", 5, "ab…"),
            ("abcdef", 2, ""),
            ("", 0, ""),
            ("🙂🙂", 7, "🙂…"),
        ] {
            assert_eq!(cut(text, max, utf8), wanted, "{text} in {max}");
        }
    }

    #[test]
    fn costs_are_the_bytes_that_are_sent() {
        let all: String = (0..0x300).filter_map(char::from_u32).chain("支…🙂".chars()).collect();
        for c in all.chars() {
            let once = serde_json::Value::from(c.to_string()).to_string();
            assert_eq!(json(c), once.len() - 2, "{c:?}");
            let twice = serde_json::Value::from(&once[1..once.len() - 1]).to_string();
            assert_eq!(json_twice(c), twice.len() - 2, "{c:?}");
            if is_xml(c) {
                assert_eq!(in_xml(c), xml(&c.to_string()).len(), "{c:?}");
            }
        }
    }

    #[test]
    fn other_languages_are_not_broken() {
        assert_eq!(xml("<a b='c'>&\"\u{0}"), "&lt;a b=&apos;c&apos;&gt;&amp;&quot;");
        assert_eq!(json_inner("a\"\\\n"), "a\\\"\\\\\\n");
        assert_eq!(form([("To", "+86"), ("a b", "支&=")]), "To=%2B86&a+b=%E6%94%AF%26%3D");
        assert_eq!(form_value("=a&b"), "%3Da%26b");
        assert_eq!(form_value(""), "");
    }
}
