//! Texts in both languages.

use crate::config::Language;

/// A text in both languages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    en: &'static str,
    zh: &'static str,
}

/// Both languages of a text, English first.
pub(super) const fn words(en: &'static str, zh: &'static str) -> Words {
    Words { en, zh }
}

/// A text without language, such as the value of a label.
pub(super) const fn same(text: &'static str) -> Words {
    Words { en: text, zh: text }
}

impl Words {
    pub(super) const fn of(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::ZhCn => self.zh,
        }
    }
}
