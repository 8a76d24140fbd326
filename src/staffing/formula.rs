//! Which calls a service level counts.

use serde::{Deserialize, Serialize};

/// A service level within T seconds, by what stands above and below the line.
///
/// One queue reads 50 to 56 % by these four, so whoever shows a number names its formula.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// Answered within T / offered (接通率 within T; the default).
    #[default]
    AnsweredOfOffered,
    /// Answered within T / answered.
    AnsweredOfAnswered,
    /// Answered within T / (offered - abandoned within T).
    WithoutShortAbandons,
    /// (Answered + abandoned within T) / offered: nobody waited longer.
    SettledOfOffered,
}

impl Formula {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::AnsweredOfOffered,
        Self::AnsweredOfAnswered,
        Self::WithoutShortAbandons,
        Self::SettledOfOffered,
    ];

    /// Its word in commands and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AnsweredOfOffered => "answered_of_offered",
            Self::AnsweredOfAnswered => "answered_of_answered",
            Self::WithoutShortAbandons => "without_short_abandons",
            Self::SettledOfOffered => "settled_of_offered",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_json() {
        for formula in Formula::ALL {
            let json = serde_json::to_string(&formula).expect("a word");
            assert_eq!(json.trim_matches('"'), formula.word());
        }
    }
}
