//! Typed reading of one section.
//!
//! Each reader returns the value or its default and adds what is wrong to the sheet, so that one
//! run finds everything. Derived deserialisation stops at the first problem of a file; reading
//! from the spanned tree does not, and knows where each value stands.

mod choice;
mod instant;
mod pairs;

use super::keys::{self, Layout};
use super::sheet::Sheet;
use crate::engine::time::Span;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// A section while it is read.
pub(super) struct Section<'s> {
    sheet: &'s Sheet<'s>,
    layout: &'static Layout,
    table: Option<&'s DeTable<'s>>,
    span: Range<usize>,
}

type Value<'s> = &'s Spanned<DeValue<'s>>;

impl<'s> Section<'s> {
    /// The whole file.
    pub(super) fn root(sheet: &'s Sheet<'s>, table: &'s DeTable<'s>) -> Self {
        Self::new(sheet, "", table, 0..0)
    }

    /// Reports every key that the section does not know.
    fn new(sheet: &'s Sheet<'s>, name: &str, table: &'s DeTable<'s>, span: Range<usize>) -> Self {
        let section = Self { sheet, layout: keys::layout(name), table: Some(table), span };
        let keeps_secrets = section.layout.keys.iter().any(|k| is_reference(k));
        for (key, value) in table {
            if !section.layout.keys.contains(&key.get_ref().as_ref()) {
                if keeps_secrets {
                    // A misspelt key may hold the secret itself.
                    sheet.hide(value.span());
                }
                section.unknown(key.get_ref(), key.span());
            }
        }
        section
    }

    fn unknown(&self, key: &str, span: Range<usize>) {
        let header = self.layout.header;
        if !keys::is_secret(key) || (self.layout.name.is_empty() && key.ends_with('s')) {
            let message = if self.layout.name.is_empty() {
                format!("unknown section or key `{key}` at {header}")
            } else {
                format!("unknown key `{key}` in {header}")
            };
            return self.problem(span, message, keys::advice(self.layout, key));
        }
        let by: Vec<_> =
            self.layout.keys.iter().filter(|k| is_reference(k)).map(|k| format!("`{k}`")).collect();
        let help = if by.is_empty() {
            format!("keys here: {}", self.layout.keys.join(", "))
        } else {
            format!("name the file or the environment variable that holds it: {}", by.join(" or "))
        };
        self.problem(span, format!("`{key}`: a secret must not stand in the configuration"), help);
    }

    /// Adds a problem.
    pub(super) fn problem(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.sheet.problem(span, message.into(), Some(help.into()));
    }

    /// The file.
    pub(super) fn sheet(&self) -> &'s Sheet<'s> {
        self.sheet
    }

    /// Where its header stands.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Where the value of a key stands, if it is given.
    pub(super) fn given(&self, key: &str) -> Option<Range<usize>> {
        self.get(key).map(Spanned::span)
    }

    /// Whether a key holds exactly this text.
    pub(super) fn is_text(&self, key: &str, text: &str) -> bool {
        self.get(key).is_some_and(|v| v.get_ref().as_str() == Some(text))
    }

    /// Whether a key holds a list without anything in it.
    pub(super) fn is_empty_list(&self, key: &str) -> bool {
        self.get(key).is_some_and(|v| v.get_ref().as_array().is_some_and(|a| a.is_empty()))
    }

    /// Whether a secret stands in it, which is reported already.
    pub(super) fn holds_secret(&self) -> bool {
        let known = |key: &str| self.layout.keys.contains(&key);
        let mut keys = self.table.iter().flat_map(|t| t.keys());
        keys.any(|k| keys::is_secret(k.get_ref()) && !known(k.get_ref()))
    }

    /// Whether a key holds a section.
    pub(super) fn is_table(&self, key: &str) -> bool {
        self.get(key).is_some_and(|v| v.get_ref().is_table())
    }

    fn get(&self, key: &str) -> Option<Value<'s>> {
        debug_assert!(self.layout.keys.contains(&key), "{key} is listed in {}", self.layout.header);
        self.table?.get(key)
    }

    fn wrong_type(&self, key: &str, value: Value<'_>, wanted: &str, example: &str) {
        let got = described(value.get_ref());
        self.problem(
            value.span(),
            format!("`{key}` must be {wanted}, not {got}"),
            format!("for example `{key} = {example}`"),
        );
    }

    fn out_of_range<T: Display>(&self, key: &str, value: Value<'_>, got: &T, range: [T; 2]) {
        let [low, high] = range;
        self.problem(
            value.span(),
            format!("`{key}` is {got}"),
            format!("it must be between {low} and {high}"),
        );
    }

    /// A whole number.
    pub(super) fn whole(&self, key: &str, default: i64, range: RangeInclusive<i64>) -> i64 {
        let Some(value) = self.get(key) else { return default };
        let DeValue::Integer(digits) = value.get_ref() else {
            self.wrong_type(key, value, "a whole number", &default.to_string());
            return default;
        };
        match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(n) if range.contains(&n) => n,
            Ok(n) => {
                self.out_of_range(key, value, &n, [*range.start(), *range.end()]);
                default
            }
            Err(_) => {
                self.problem(
                    value.span(),
                    format!("`{key}` is out of range"),
                    format!("it must be between {} and {}", range.start(), range.end()),
                );
                default
            }
        }
    }

    /// A length of time in whole seconds.
    pub(super) fn seconds(&self, key: &str, default: Span, range: RangeInclusive<i64>) -> Span {
        Span::secs(self.whole(key, default.as_millis() / 1_000, range))
    }

    /// A length of time in whole minutes.
    pub(super) fn minutes(&self, key: &str, default: Span, range: RangeInclusive<i64>) -> Span {
        Span::minutes(self.whole(key, default.as_millis() / 60_000, range))
    }

    /// A number; whole ones are numbers too.
    pub(super) fn number(&self, key: &str, default: f64, range: RangeInclusive<f64>) -> f64 {
        let Some(value) = self.get(key) else { return default };
        let parsed = match value.get_ref() {
            DeValue::Float(digits) => digits.as_str().parse::<f64>().ok(),
            DeValue::Integer(digits) => {
                i64::from_str_radix(digits.as_str(), digits.radix()).ok().map(|n| n as f64)
            }
            DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                self.wrong_type(key, value, "a number", &format!("{default:?}"));
                return default;
            }
        };
        match parsed {
            Some(n) if range.contains(&n) => n,
            Some(n) if *range.end() <= 1.0 && n > 1.0 && n <= 100.0 => {
                self.problem(
                    value.span(),
                    format!("`{key}` is {n}"),
                    format!("it must be between 0 and 1: write {} for {n} %", n / 100.0),
                );
                default
            }
            Some(n) => {
                self.out_of_range(key, value, &n, [*range.start(), *range.end()]);
                default
            }
            None => {
                self.wrong_type(key, value, "a number", &format!("{default:?}"));
                default
            }
        }
    }

    /// true or false.
    pub(super) fn flag(&self, key: &str, default: bool) -> bool {
        let Some(value) = self.get(key) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_type(key, value, "true or false", &default.to_string());
            default
        })
    }

    /// A text that is not empty.
    pub(super) fn text(&self, key: &str, example: &str) -> Option<At<&'s str>> {
        let value = self.get(key)?;
        self.text_of(key, value, &format!("{example:?}"))
    }

    fn text_of(&self, key: &str, value: Value<'s>, example: &str) -> Option<At<&'s str>> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, "a text", example);
            return None;
        };
        let span = value.span();
        if text.trim().is_empty() {
            let help = format!("for example `{key} = {example}`");
            self.problem(span, format!("`{key}` is empty"), help);
            return None;
        }
        Some(At { value: text, span })
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str, example: &str) -> Option<Vec<At<&'s str>>> {
        let value = self.get(key)?;
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list", example);
            return None;
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(text) if !text.trim().is_empty() => {
                    texts.push(At { value: text, span: item.span() });
                }
                _ => self.problem(
                    item.span(),
                    format!("`{key}` holds something that is not a text"),
                    format!("for example `{key} = {example}`"),
                ),
            }
        }
        Some(texts)
    }

    /// A list of whole numbers of a given length.
    pub(super) fn wholes<const N: usize>(
        &self,
        key: &str,
        range: RangeInclusive<i64>,
        example: &str,
    ) -> Option<At<[i64; N]>> {
        let value = self.get(key)?;
        let numbers: Option<Vec<i64>> = value.get_ref().as_array().and_then(|items| {
            items
                .iter()
                .map(|item| {
                    let digits = item.get_ref().as_integer()?;
                    let n = i64::from_str_radix(digits.as_str(), digits.radix()).ok()?;
                    range.contains(&n).then_some(n)
                })
                .collect()
        });
        match numbers.and_then(|n| <[i64; N]>::try_from(n).ok()) {
            Some(numbers) => Some(At { value: numbers, span: value.span() }),
            None => {
                let (low, high) = (range.start(), range.end());
                self.problem(
                    value.span(),
                    format!("`{key}` must be {N} whole numbers between {low} and {high}"),
                    format!("for example `{key} = {example}`"),
                );
                None
            }
        }
    }

    /// A section inside this one; an empty one where it is not given.
    pub(super) fn section(&self, name: &'static str) -> Self {
        let layout = keys::layout(name);
        let none = Self { sheet: self.sheet, layout, table: None, span: self.span.clone() };
        let Some(value) = self.get(name) else { return none };
        let Some(table) = value.get_ref().as_table() else {
            let how = match value.get_ref() {
                DeValue::Array(_) => format!("write [{name}] with single brackets, once"),
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Table(_) => {
                    format!("write [{name}] and under it: {}", layout.keys.join(", "))
                }
            };
            self.problem(value.span(), format!("`{name}` must be a section"), how);
            return none;
        };
        Self::new(self.sheet, name, table, value.span())
    }

    /// The sections of a repeated kind (`[[name]]`).
    pub(super) fn sections(&self, name: &'static str) -> Vec<Self> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let items: &[Spanned<DeValue<'s>>] = match value.get_ref() {
            DeValue::Array(items) => items,
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => {
                self.problem(
                    value.span(),
                    format!("`{name}` must be a repeated section"),
                    format!("write [[{name}]] with double brackets, once for each"),
                );
                return Vec::new();
            }
        };
        let mut sections = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => sections.push(Self::new(self.sheet, name, table, item.span())),
                None => self.problem(
                    item.span(),
                    format!("`{name}` must be a repeated section"),
                    format!("write [[{name}]] with double brackets, once for each"),
                ),
            }
        }
        sections
    }
}

/// Whether a key names the place of a secret.
fn is_reference(key: &str) -> bool {
    key.ends_with("_file") || key.ends_with("_env")
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}
