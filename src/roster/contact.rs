//! Ways to reach a person, without the number or address itself: what the rules need to know.

use crate::engine::time::Timestamp;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// By which channel a contact is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A text message to a telephone number.
    Sms,
    /// A call to a telephone number.
    Voice,
    /// An e-mail.
    Email,
    /// WeCom (企业微信), by user id.
    Wecom,
    /// DingTalk (钉钉), by user id.
    Dingtalk,
    /// Feishu or Lark (飞书), by user id.
    Feishu,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Sms, Self::Voice, Self::Email, Self::Wecom, Self::Dingtalk, Self::Feishu];

    /// The word in files and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Email => "email",
            Self::Wecom => "wecom",
            Self::Dingtalk => "dingtalk",
            Self::Feishu => "feishu",
        }
    }

    /// The kind of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Whether it is known that a contact reaches its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Verification {
    /// It is not. Nothing but a verification message goes there.
    Unverified,
    /// Whoever imported it attests that it was, on that day.
    Attested {
        /// The day.
        verified_on: NaiveDate,
    },
    /// Its owner answered a verification message.
    Answered {
        /// When.
        at: Timestamp,
    },
}

/// One way to reach a person. Contacts of a person stand in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// By which channel.
    pub kind: Kind,
    /// Whether it is known to reach its owner.
    pub verification: Verification,
    /// Since when it is not used any more: somebody answered that the number is not theirs.
    pub blocked_since: Option<Timestamp>,
}

impl Contact {
    /// Whether it is known to reach its owner, blocked or not.
    pub const fn is_verified(&self) -> bool {
        !matches!(self.verification, Verification::Unverified)
    }

    /// Whether an offer may go there.
    pub const fn is_usable(&self) -> bool {
        self.is_verified() && self.blocked_since.is_none()
    }
}
