//! What an answer means, in words that may be counted and logged.

use crate::delivery::secret::Secret;
use crate::engine::time::Span;
use std::fmt;

/// Largest code of a provider that is shown; the longest documented ones have eight digits. A
/// longer number in that place is more likely somebody's telephone number.
const CODE_MAX: u64 = 99_999_999;

/// What an answer means for the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Delivered {
        /// What the provider calls it.
        id: Option<Secret>,
    },
    /// The provider has it and will try; what becomes of it is told later or never.
    Accepted {
        /// What the provider calls it.
        id: Option<Secret>,
    },
    /// It had no effect and may be tried again, at the earliest after the provider's wish.
    Again(Fault, Option<Span>),
    /// It had no effect and never will.
    Refused(Fault),
    /// It had no effect; the access token is no longer taken.
    TokenExpired,
    /// Nobody can tell whether it had an effect.
    Unclear(Fault),
}

/// Why something did not work, without a word of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The reason.
    pub reason: Reason,
    /// The provider's own code.
    pub code: Option<i64>,
}

/// Reasons. The words are stable: metrics and the log book hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The receiver's number, address or id is not one, or is missing.
    Address,
    /// The receiver does not want messages.
    OptedOut,
    /// Key, secret or token is not taken.
    Credentials,
    /// The signature is not taken: wrong secret or wrong clock.
    Signature,
    /// The sender's network address is not on the provider's list.
    SenderIp,
    /// The bot demands a word that the text does not hold.
    Keyword,
    /// The provider refuses what the text says.
    Content,
    /// Too many bytes.
    TooLong,
    /// The group, bot or account is gone, stopped or not set up for it.
    Gone,
    /// The provider does not understand the request.
    Request,
    /// The settings do not make a request.
    Settings,
    /// Another place is named; nobody goes there.
    Redirect,
    /// Too many messages.
    RateLimit,
    /// The provider cannot now.
    Busy,
    /// Something between here and the provider lost the answer.
    Gateway,
    /// The answer is not what the provider documents.
    Garbled,
    /// The provider's code is not known.
    Unknown,
    /// No connection; nothing was sent.
    NoConnection,
    /// It was sent and no answer came.
    NoAnswer,
    /// The process ended before it knew.
    Interrupted,
    /// It is no longer of use.
    Late,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Address,
        Self::OptedOut,
        Self::Credentials,
        Self::Signature,
        Self::SenderIp,
        Self::Keyword,
        Self::Content,
        Self::TooLong,
        Self::Gone,
        Self::Request,
        Self::Settings,
        Self::Redirect,
        Self::RateLimit,
        Self::Busy,
        Self::Gateway,
        Self::Garbled,
        Self::Unknown,
        Self::NoConnection,
        Self::NoAnswer,
        Self::Interrupted,
        Self::Late,
    ];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::OptedOut => "opted_out",
            Self::Credentials => "credentials",
            Self::Signature => "signature",
            Self::SenderIp => "sender_ip",
            Self::Keyword => "keyword",
            Self::Content => "content",
            Self::TooLong => "too_long",
            Self::Gone => "gone",
            Self::Request => "request",
            Self::Settings => "settings",
            Self::Redirect => "redirect",
            Self::RateLimit => "rate_limit",
            Self::Busy => "busy",
            Self::Gateway => "gateway",
            Self::Garbled => "garbled",
            Self::Unknown => "unknown",
            Self::NoConnection => "no_connection",
            Self::NoAnswer => "no_answer",
            Self::Interrupted => "interrupted",
            Self::Late => "late",
        }
    }
}

impl Fault {
    /// With the provider's code, where it can be one.
    pub fn coded(reason: Reason, code: i64) -> Self {
        Self { reason, code: Some(code).filter(|code| code.unsigned_abs() <= CODE_MAX) }
    }
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self { reason, code: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.word())?;
        match self.code {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}

impl Verdict {
    /// The receiver has it, under no name.
    pub const fn delivered() -> Self {
        Self::Delivered { id: None }
    }

    /// The provider has it, under no name.
    pub const fn accepted() -> Self {
        Self::Accepted { id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_reason_has_one_word() {
        let words: BTreeSet<_> = Reason::ALL.map(Reason::word).into_iter().collect();
        assert_eq!(words.len(), Reason::ALL.len());
    }

    #[test]
    fn a_number_that_is_no_code_is_not_shown() {
        assert_eq!(Fault::coded(Reason::Keyword, 310_000).to_string(), "keyword (310000)");
        assert_eq!(Fault::coded(Reason::Unknown, 13_800_138_000).to_string(), "unknown");
        assert_eq!(Fault::coded(Reason::Unknown, i64::MIN).to_string(), "unknown");
    }
}
