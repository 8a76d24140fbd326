//! Texts with places for values: addresses, bodies and what is signed.
//!
//! A place is a word of small letters in braces. Only known words are places, so that the braces
//! of JSON stay what they are; a word in braces that is not known is refused with the file.

use super::reset::midnight;
use crate::engine::time::Timestamp;
use chrono_tz::Tz;
use std::borrow::Cow;

/// Words of the present instant, which every template may use.
pub const TIME_WORDS: [&str; 8] = [
    "time",       // seconds since 1970
    "time_ms",    // milliseconds since 1970
    "time_iso",   // 2026-11-24T08:00:00Z
    "time_basic", // 20261124T080000Z
    "date",       // 2026-11-24, UTC
    "date_basic", // 20261124, UTC
    "today",      // 2026-11-24, in the zone of the mapping
    "midnight",   // when that day began, as time_iso
];

/// Words of the request, which signatures may use too.
pub const REQUEST_WORDS: [&str; 12] = [
    "method",
    "host",
    "path",
    "query",
    "content_type",
    "body_sha256",
    "canonical_sha256",
    "signature",
    "user",
    "region",
    "service",
    "body",
];

/// A text with places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Word(String),
}

/// A word in braces that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{{{0}}} is not known here")]
pub struct UnknownWord(pub String);

impl Template {
    /// Reads a text whose places hold words of `known`.
    ///
    /// # Errors
    /// [`UnknownWord`] names a word that is not among them.
    pub fn parse(text: &str, known: &[&[&str]]) -> Result<Self, UnknownWord> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let after = &rest[open + 1..];
            let length =
                after.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
            let word =
                length.filter(|&n| n > 0 && after[n..].starts_with('}')).map(|n| &after[..n]);
            let Some(word) = word else {
                plain.push_str(&rest[..=open]);
                rest = after;
                continue;
            };
            if !known.iter().any(|words| words.contains(&word)) {
                return Err(UnknownWord(word.to_owned()));
            }
            plain.push_str(&rest[..open]);
            parts.push(Part::Text(std::mem::take(&mut plain)));
            parts.push(Part::Word(word.to_owned()));
            rest = &after[word.len() + 1..];
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        Ok(Self(parts))
    }

    /// The text with its places filled.
    pub(super) fn fill<'w>(&self, word: impl Fn(&str) -> Option<Cow<'w, str>>) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Word(name) => text.push_str(&word(name).unwrap_or_default()),
            }
        }
        text
    }

    /// The same where only the present instant is asked for.
    pub fn at(&self, now: Timestamp, zone: Tz) -> String {
        self.fill(|word| time_word(word, now, zone).map(Cow::Owned))
    }
}

/// A word of the present instant.
pub(super) fn time_word(word: &str, now: Timestamp, zone: Tz) -> Option<String> {
    let utc = now.to_chrono()?;
    let format = |format: &str| utc.format(format).to_string();
    Some(match word {
        "time" => now.as_millis().div_euclid(1_000).to_string(),
        "time_ms" => now.as_millis().to_string(),
        "time_iso" => format("%Y-%m-%dT%H:%M:%SZ"),
        "time_basic" => format("%Y%m%dT%H%M%SZ"),
        "date" => format("%Y-%m-%d"),
        "date_basic" => format("%Y%m%d"),
        "today" => utc.with_timezone(&zone).format("%Y-%m-%d").to_string(),
        "midnight" => {
            let begun = midnight(now, zone)?.to_chrono()?;
            begun.format("%Y-%m-%dT%H:%M:%SZ").to_string()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        let now = Timestamp::parse_rfc3339("2026-11-24T20:00:07.9Z").unwrap();
        Template::parse(text, &[&TIME_WORDS]).unwrap().at(now, Tz::Asia__Shanghai)
    }

    #[test]
    fn places_are_filled_and_braces_stay() {
        assert_eq!(
            filled("?StartDate={midnight}&x={today}"),
            "?StartDate=2026-11-24T16:00:00Z&x=2026-11-25"
        );
        assert_eq!(filled("{time} {time_ms}"), "1795550407 1795550407900");
        assert_eq!(filled("{time_iso}{date}"), "2026-11-24T20:00:07Z2026-11-24");
        assert_eq!(filled("{time_basic} {date_basic}"), "20261124T200007Z 20261124");
        for text in ["", "{", "{}", "{\"a\":{\"b\":1}}", "售后{", "{Upper}", "{a b}", "}{"] {
            assert_eq!(filled(text), text);
        }
    }

    #[test]
    fn unknown_words_are_refused() {
        let refused = Template::parse("a{host}b{nonsense}", &[&TIME_WORDS, &REQUEST_WORDS]);
        assert_eq!(refused, Err(UnknownWord("nonsense".to_owned())));
        assert!(Template::parse("{host}", &[&TIME_WORDS]).is_err());
    }
}
