//! Texts with places for the values of a message.
//!
//! A place is a known word in braces; other braces stay, so that JSON can be written as it is. A
//! value is escaped for where it stands, never for what it is thought to hold. The template itself
//! may hold a key and is not shown.

use super::message::Message;
use super::request::Method;
use super::text::{Cost, form_value, json, json_inner, utf8};
use super::verdict::{Fault, Reason};
use crate::delivery::secret::Secret;
use crate::engine::time::Timestamp;
use std::fmt;

/// Words for short values without blanks, which may stand anywhere.
pub const SHORT_WORDS: [&str; 11] = [
    "to",          // as kept: +8613800138000, an address, a user id
    "to_digits",   // a number without its +
    "to_national", // a number of China without its country code
    "key",         // idempotency key
    "code",        // offer code
    "lang",        // zh-CN or en
    "level",       // none, L1, L2, L3
    "drill",       // true or false
    "time",        // seconds since 1970
    "until",       // when it loses its worth, RFC 3339
    "secret",      // the channel's secret
];

/// Words for text, which may stand in addresses and bodies.
pub const TEXT_WORDS: [&str; 2] = ["text", "subject"];

/// How values are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As the inside of a JSON string.
    Json,
    /// As part of a form or a query.
    Form,
    /// Not at all.
    Plain,
}

/// A text with places. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(&'static str),
}

/// What the places of a template are filled with.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// The message.
    pub message: &'a Message,
    /// The channel's secret.
    pub secret: &'a Secret,
    /// Most bytes of `text` and of `subject`.
    pub bytes_max: usize,
    /// When.
    pub now: Timestamp,
}

/// A word in braces that is not known, or may not stand there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{{{0}}} is not known here")]
pub struct UnknownWord(pub String);

impl Template {
    /// Reads a template with places for these words.
    ///
    /// # Errors
    /// If a word of small letters in braces is none of them.
    pub fn parse(text: &str, known: &[&[&'static str]]) -> Result<Self, UnknownWord> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let after = &rest[open + 1..];
            let length = after.find(|c: char| !(c.is_ascii_lowercase() || c == '_'));
            let word =
                length.filter(|n| *n > 0 && after[*n..].starts_with('}')).map(|n| &after[..n]);
            let Some(word) = word else {
                plain.push_str(&rest[..=open]);
                rest = after;
                continue;
            };
            let place = known.iter().flat_map(|words| words.iter()).find(|known| **known == word);
            let place = place.ok_or_else(|| UnknownWord(word.to_owned()))?;
            plain.push_str(&rest[..open]);
            parts.push(Part::Text(std::mem::take(&mut plain)));
            parts.push(Part::Place(place));
            rest = &after[word.len() + 1..];
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        Ok(Self { parts })
    }

    /// Whether there is a place for a word.
    pub fn has(&self, word: &str) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Place(place) if *place == word))
    }

    /// The text with its places filled.
    ///
    /// # Errors
    /// If a receiver is wanted and there is none.
    pub fn fill(&self, encoding: Encoding, values: Values<'_>) -> Result<String, Fault> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Place(word) => {
                    let value = values.of(word, encoding.cost())?;
                    filled.push_str(&encoding.escape(&value));
                }
            }
        }
        Ok(filled)
    }
}

impl Encoding {
    fn cost(self) -> Cost {
        match self {
            Self::Json => json,
            Self::Form | Self::Plain => utf8,
        }
    }

    fn escape(self, value: &str) -> String {
        match self {
            Self::Json => json_inner(value),
            // %20 is a blank in a form, in a query and in a path.
            Self::Form => form_value(value).replace('+', "%20"),
            Self::Plain => value.to_owned(),
        }
    }
}

impl Values<'_> {
    fn of(&self, word: &str, cost: Cost) -> Result<String, Fault> {
        let message = self.message;
        Ok(match word {
            "to" => self.to()?.to_owned(),
            "to_digits" => self.to()?.trim_start_matches('+').to_owned(),
            "to_national" => {
                let to = self.to()?;
                to.strip_prefix("+86").unwrap_or(to).to_owned()
            }
            "key" => message.key.clone(),
            "code" => message.code.clone(),
            "lang" => message.lang.tag().to_owned(),
            "level" => message.urgency.level.word().to_owned(),
            "drill" => message.drill.to_string(),
            "time" => self.now.as_millis().div_euclid(1_000).to_string(),
            "until" => message.useful_until.to_string(),
            "secret" => self.secret.reveal().to_owned(),
            "text" => message.words(self.bytes_max, cost),
            "subject" => message.title(self.bytes_max, cost),
            _ => return Err(Reason::Settings.into()),
        })
    }

    fn to(&self) -> Result<&str, Fault> {
        Ok(self.message.to.as_ref().ok_or(Reason::Address)?.reveal())
    }
}

impl Method {
    /// Whether it has a body.
    pub const fn has_body(self) -> bool {
        !matches!(self, Self::Get)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template")
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, message};
    use super::*;

    fn filled(text: &str, encoding: Encoding) -> Result<String, Fault> {
        let secret = Secret::new("s&t");
        let message = Message { text: "他说\"来\"\n&".into(), ..message() };
        let values = Values { message: &message, secret: &secret, bytes_max: 200, now: NOW };
        Template::parse(text, &[&SHORT_WORDS, &TEXT_WORDS]).unwrap().fill(encoding, values)
    }

    #[test]
    fn values_are_escaped_for_where_they_stand() {
        for (encoding, text, wanted) in [
            (Encoding::Json, r#"{"t":"{text}","a":{}}"#, r#"{"t":"他说\"来\"\n&","a":{}}"#),
            (Encoding::Form, "k={secret}&m={to_national}", "k=s%26t&m=13800138000"),
            (Encoding::Form, "{to}", "%2B8613800138000"),
            (Encoding::Plain, "{to_digits} {lang} {level}", "8613800138000 zh-CN L2"),
            (Encoding::Plain, "{drill} {until} {key}", "false 2026-11-28T20:20:00Z journal-7-0"),
        ] {
            assert_eq!(filled(text, encoding).as_deref(), Ok(wanted));
        }
    }

    #[test]
    fn unknown_words_are_refused_and_other_braces_stay() {
        let parse = |text: &str| Template::parse(text, &[&SHORT_WORDS]);
        assert_eq!(parse("{nobody}").map(|_| ()), Err(UnknownWord("nobody".into())));
        assert!(parse("{text}").is_err(), "text may not stand everywhere");
        for text in ["{", "{}", "{A}", "}{", "{\"a\":{\"b\":1}}", "{a b}", "{支}"] {
            assert_eq!(filled(text, Encoding::Plain).as_deref(), Ok(text));
        }
    }
}
