//! `[language]`: what people read where they did not choose.

use super::section::Section;
use serde::{Deserialize, Serialize};

/// A language that the program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    #[value(name = "en")]
    En,
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    #[value(name = "zh-CN", alias = "zh")]
    ZhCn,
}

impl Language {
    /// All of them, English first.
    pub const ALL: [Self; 2] = [Self::En, Self::ZhCn];

    /// The tag, as in `<html lang>`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }
}

pub(super) fn read(section: &Section<'_>) -> Language {
    section.word("default", Language::En, &[("en", Language::En), ("zh-CN", Language::ZhCn)])
}
