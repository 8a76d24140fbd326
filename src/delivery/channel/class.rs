//! What follows an attempt, by how it ended and what a second one would do.
//!
//! Between "it was sent" and "the answer is written down" a process can die, a connection can
//! break and a patience can end; then nobody knows whether the phone rang. Where the receiver
//! recognises the key of the first attempt, a second is free. Where it does not, a second would be
//! a second call to the same person, so there is none: the provider is asked whether it has the
//! message, if it can be, and otherwise the person's next contact is tried.
//!
//! A refusal and a connection that never was are no effect: they may be tried again everywhere.

use super::verdict::{Fault, Reason, Verdict};
use crate::delivery::secret::Secret;
use crate::engine::time::Span;

/// How long a provider has to show a message in its lists before it is asked for it.
pub const LOOK_UP_AFTER: Span = Span::secs(10);

/// What a second attempt would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The receiver recognises the key: nothing.
    AtLeastOnceKeyed,
    /// It would be a second effect.
    AtMostOnce,
}

impl Class {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AtLeastOnceKeyed => "at_least_once_keyed",
            Self::AtMostOnce => "at_most_once",
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With an answer.
    Answered(Verdict),
    /// Before a byte of it was sent.
    Unsent(Fault),
    /// After it was sent, without an answer.
    Lost,
    /// With the process: it was begun, and nothing more is written of it.
    Interrupted,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: the receiver has it.
    Delivered {
        /// What the provider calls it.
        id: Option<Secret>,
    },
    /// What the provider tells later, if it does.
    Accepted {
        /// What the provider calls it.
        id: Option<Secret>,
    },
    /// Another attempt with the same key, at the earliest after so long.
    Again(Fault, Option<Span>),
    /// The provider is asked whether it has the message, [`LOOK_UP_AFTER`] the attempt.
    LookUp(Fault),
    /// The person's next contact; never again this one.
    NextContact(Fault),
}

impl Ended {
    /// What follows on a channel of this class; `looks_up`: it can be asked for a message.
    pub fn next(self, class: Class, looks_up: bool) -> Next {
        let fault = match self {
            Self::Answered(Verdict::Delivered { id }) => return Next::Delivered { id },
            Self::Answered(Verdict::Accepted { id }) => return Next::Accepted { id },
            Self::Answered(Verdict::Again(fault, wish)) => return Next::Again(fault, wish),
            Self::Answered(Verdict::Refused(fault)) => return Next::NextContact(fault),
            Self::Answered(Verdict::TokenExpired) => {
                return Next::Again(Reason::Credentials.into(), None);
            }
            // Settings that make no request make none the next time either.
            Self::Unsent(fault) if fault.reason == Reason::NoConnection => {
                return Next::Again(fault, None);
            }
            Self::Unsent(fault) => return Next::NextContact(fault),
            Self::Answered(Verdict::Unclear(fault)) => fault,
            Self::Lost => Reason::NoAnswer.into(),
            Self::Interrupted => Reason::Interrupted.into(),
        };
        match class {
            Class::AtLeastOnceKeyed => Next::Again(fault, None),
            Class::AtMostOnce if looks_up => Next::LookUp(fault),
            Class::AtMostOnce => Next::NextContact(fault),
        }
    }
}

impl Next {
    /// What follows a look-up after an attempt with this fault. A provider that does not have the
    /// message never had it; one that does not tell leaves it unclear.
    pub const fn after_look_up(fault: Fault, found: Option<bool>) -> Self {
        match found {
            Some(true) => Self::Accepted { id: None },
            Some(false) => Self::Again(fault, None),
            None => Self::NextContact(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Class::{AtLeastOnceKeyed, AtMostOnce};

    #[test]
    fn an_attempt_of_unknown_end_is_repeated_only_where_that_is_no_second_effect() {
        let unclear = || Ended::Answered(Verdict::Unclear(Reason::Gateway.into()));
        for (ended, reason) in [
            (Ended::Lost, Reason::NoAnswer),
            (Ended::Interrupted, Reason::Interrupted),
            (unclear(), Reason::Gateway),
        ] {
            let fault = Fault::from(reason);
            let next = |class, looks_up| ended.clone().next(class, looks_up);
            assert_eq!(next(AtLeastOnceKeyed, false), Next::Again(fault, None));
            assert_eq!(next(AtLeastOnceKeyed, true), Next::Again(fault, None));
            assert_eq!(next(AtMostOnce, false), Next::NextContact(fault));
            assert_eq!(next(AtMostOnce, true), Next::LookUp(fault));
        }
    }

    #[test]
    fn what_had_no_effect_is_repeated_everywhere() {
        let rate = Fault::from(Reason::RateLimit);
        let wish = Some(Span::secs(30));
        for class in [AtLeastOnceKeyed, AtMostOnce] {
            let next = |ended: Ended| ended.next(class, false);
            let asked = Ended::Answered(Verdict::Again(rate, wish));
            assert_eq!(next(asked), Next::Again(rate, wish));
            let unsent = Fault::from(Reason::NoConnection);
            assert_eq!(next(Ended::Unsent(unsent)), Next::Again(unsent, None));
            let token = Fault::from(Reason::Credentials);
            let expired = Ended::Answered(Verdict::TokenExpired);
            assert_eq!(next(expired), Next::Again(token, None));
        }
    }

    #[test]
    fn what_never_works_is_left_to_the_next_contact() {
        for class in [AtLeastOnceKeyed, AtMostOnce] {
            let fault = Fault::from(Reason::Address);
            let refused = Ended::Answered(Verdict::Refused(fault));
            assert_eq!(refused.next(class, true), Next::NextContact(fault));
            assert_eq!(Ended::Unsent(fault).next(class, true), Next::NextContact(fault));
        }
    }

    #[test]
    fn a_look_up_ends_the_doubt_or_the_channel() {
        let fault = Fault::from(Reason::NoAnswer);
        let after = |found| Next::after_look_up(fault, found);
        assert_eq!(after(Some(true)), Next::Accepted { id: None });
        assert_eq!(after(Some(false)), Next::Again(fault, None));
        assert_eq!(after(None), Next::NextContact(fault));
    }
}
