//! Words of a closed set, alone and in lists.

use super::{At, Section};
use crate::config::keys;
use std::collections::BTreeSet;

impl Section<'_> {
    /// One of a closed set of words.
    pub(in crate::config) fn word<T: Copy>(&self, key: &str, default: T, words: &[(&str, T)]) -> T {
        let Some(value) = self.get(key) else { return default };
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, "a text", &format!("{:?}", words[0].0));
            return default;
        };
        self.one_of(key, At { value: text, span: value.span() }, words).unwrap_or(default)
    }

    /// Some of a closed set of words.
    pub(in crate::config) fn words<T: Copy>(
        &self,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<Vec<T>> {
        let example = format!("[{:?}]", words[0].0);
        let texts = self.texts(key, &example)?;
        let mut seen = BTreeSet::new();
        let mut chosen = Vec::new();
        for text in texts {
            if !seen.insert(text.value) {
                self.problem(text.span, format!("`{key}` says this twice"), "once is enough");
                continue;
            }
            chosen.extend(self.one_of(key, text, words));
        }
        Some(chosen)
    }

    fn one_of<T: Copy>(&self, key: &str, text: At<&str>, words: &[(&str, T)]) -> Option<T> {
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(*value);
        }
        let allowed: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
        let mut help = format!("one of {}", allowed.join(", "));
        if let Some(near) = keys::nearest(text.value, words.iter().map(|(word, _)| *word)) {
            help = format!("did you mean {near:?}? {}{}", &help[..1].to_uppercase(), &help[1..]);
        }
        self.problem(text.span, format!("`{key}` does not know {:?}", text.value), help);
        None
    }
}
