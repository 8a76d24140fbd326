//! Tables whose keys are the site's own: headers, names of queues, conditions.

use super::{At, Section};
use crate::engine::time::Span;
use toml::de::DeValue;

impl<'s> Section<'s> {
    /// The keys and texts of a table, in the order of the keys. Numbers count as texts.
    pub(in crate::config) fn pairs(&self, key: &str, example: &str) -> Vec<(At<&'s str>, String)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(key, value, "a table", example);
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (name, value) in table {
            let text = match value.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                DeValue::Integer(number) => Some(number.as_str().to_owned()),
                DeValue::Boolean(flag) => Some(flag.to_string()),
                DeValue::Float(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_)
                | DeValue::Table(_) => None,
            };
            match text {
                Some(text) => {
                    pairs.push((At { value: name.get_ref().as_ref(), span: name.span() }, text));
                }
                None => self.problem(
                    value.span(),
                    format!("`{key}` holds something that is not a text"),
                    format!("for example `{key} = {example}`"),
                ),
            }
        }
        pairs
    }

    /// A list of texts, of which some may be empty.
    pub(in crate::config) fn texts_or_empty(
        &self,
        key: &str,
        example: &str,
    ) -> Option<Vec<&'s str>> {
        let value = self.get(key)?;
        let texts = value.get_ref().as_array().and_then(|items| {
            items.iter().map(|item| item.get_ref().as_str()).collect::<Option<Vec<_>>>()
        });
        if texts.is_none() {
            self.wrong_type(key, value, "a list of texts", example);
        }
        texts
    }

    /// Whether a section inside this one holds a key; reports nothing.
    pub(in crate::config) fn holds(&self, section: &str, key: &str) -> bool {
        let table = self.get(section).and_then(|value| value.get_ref().as_table());
        table.is_some_and(|table| table.contains_key(key))
    }

    /// Whole seconds of a key that is reported on elsewhere.
    pub(in crate::config) fn seconds_quietly(&self, key: &str, default: Span) -> Span {
        let number = self.get(key).and_then(|value| value.get_ref().as_integer());
        let number = number.and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        number.filter(|n| (0..=86_400).contains(n)).map_or(default, Span::secs)
    }

    /// A text or a list of texts.
    pub(in crate::config) fn some_texts(&self, key: &str, example: &str) -> Vec<At<&'s str>> {
        match self.get(key).map(|value| value.get_ref()) {
            Some(DeValue::Array(_)) => self.texts(key, example).unwrap_or_default(),
            Some(_) => self.text(key, example).into_iter().collect(),
            None => Vec::new(),
        }
    }
}
