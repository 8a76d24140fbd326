//! Which contact is next, from what was tried: pure.
//!
//! A contact is spent once a message may have reached it and nobody can tell, or once it is no
//! address; a channel to a contact is spent once it refused. What had no effect is tried again, but
//! after some rounds another way has its turn, so that a gateway that is down does not cost
//! somebody who also has a mailbox the whole time of an offer.

use crate::delivery::channel::class::Class;
use crate::delivery::channel::verdict::Reason;
use crate::engine::time::Timestamp;
use crate::journal::outbox::errand::{Outcome, Tried};
use crate::roster::Kind;

/// Attempts without effect before another way has its turn.
const ATTEMPTS_A_ROUND: usize = 3;

/// One way to a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way<'a> {
    /// The contact; `None` where the channel itself is the receiver.
    pub contact: Option<Kind>,
    /// The channel.
    pub via: &'a str,
    /// What a second attempt would do there.
    pub class: Class,
    /// Whether it can be asked for a message of this kind.
    pub looks_up: bool,
    /// A message would wait so long for its turn there that another way is better.
    pub is_slow: bool,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// An attempt on the way of this place.
    Send(usize),
    /// The channel of the way of this place is asked whether it has the attempt of this number.
    LookUp(usize, u32, Timestamp),
    /// No way is left.
    Exhausted,
}

/// The next step of an errand of which no attempt is being made.
pub fn next(ways: &[Way<'_>], tried: &[Tried]) -> Next {
    for (place, way) in ways.iter().enumerate() {
        let last = tried.iter().rfind(|t| is_on(t, way));
        if let Some(last) = last.filter(|t| asks(t, way)) {
            return Next::LookUp(place, last.number, last.started_at);
        }
    }
    let open = ways.iter().enumerate().filter(|(_, way)| !is_spent(way, ways, tried));
    let rounds = |way: &Way<'_>| {
        let attempts = tried.iter().filter(|t| is_on(t, way)).count();
        attempts / ATTEMPTS_A_ROUND + usize::from(way.is_slow)
    };
    match open.min_by_key(|(place, way)| (rounds(way), *place)) {
        Some((place, _)) => Next::Send(place),
        None => Next::Exhausted,
    }
}

fn is_on(tried: &Tried, way: &Way<'_>) -> bool {
    tried.contact == way.contact && tried.via == way.via
}

/// Whether the channel is to be asked for an attempt. One of which nothing more is known ended with
/// the process.
fn asks(tried: &Tried, way: &Way<'_>) -> bool {
    match tried.outcome {
        Some(Outcome::LookUp) => true,
        None => way.class == Class::AtMostOnce && way.looks_up,
        Some(_) => false,
    }
}

fn is_spent(way: &Way<'_>, ways: &[Way<'_>], tried: &[Tried]) -> bool {
    tried.iter().filter(|t| t.contact == way.contact).any(|t| match t.outcome {
        Some(Outcome::Failed) => t.via == way.via || is_no_address(t),
        Some(Outcome::Unknown) => true,
        None => {
            // A channel that is no longer configured may have sent it.
            let own = ways.iter().find(|way| is_on(t, way));
            t.via != way.via || own.is_none_or(|own| own.class == Class::AtMostOnce)
        }
        // Its own channel recognises the key; another would be heard as a second message.
        Some(Outcome::Again) => t.via != way.via && is_unclear(t),
        Some(Outcome::Delivered | Outcome::LookUp) => false,
    })
}

fn is_no_address(tried: &Tried) -> bool {
    let words = [Reason::Address, Reason::OptedOut].map(Reason::word);
    tried.reason.as_deref().is_some_and(|reason| words.contains(&reason))
}

/// Whether an attempt that may be made again may have had an effect.
fn is_unclear(tried: &Tried) -> bool {
    let words = [Reason::Gateway, Reason::Garbled, Reason::NoAnswer, Reason::Interrupted];
    let reason = tried.reason.as_deref();
    reason.is_some_and(|reason| words.map(Reason::word).contains(&reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Timestamp = Timestamp::from_secs(1_795_896_000);

    fn way(contact: Kind, via: &str, class: Class) -> Way<'_> {
        Way { contact: Some(contact), via, class, looks_up: false, is_slow: false }
    }

    fn ways() -> Vec<Way<'static>> {
        vec![
            way(Kind::Sms, "gateway", Class::AtMostOnce),
            way(Kind::Sms, "other", Class::AtMostOnce),
            way(Kind::Email, "mail", Class::AtLeastOnceKeyed),
        ]
    }

    fn tried(way: &Way<'_>, outcome: Option<Outcome>, reason: Option<Reason>) -> Tried {
        Tried {
            number: 1,
            contact: way.contact,
            via: way.via.into(),
            started_at: T,
            outcome,
            reason: reason.map(|reason| reason.word().into()),
        }
    }

    #[test]
    fn the_first_way_is_first() {
        assert_eq!(next(&ways(), &[]), Next::Send(0));
        assert_eq!(next(&[], &[]), Next::Exhausted);
    }

    #[test]
    fn a_channel_that_refuses_leaves_the_contact_to_the_next_channel() {
        let ways = ways();
        let refused = tried(&ways[0], Some(Outcome::Failed), Some(Reason::Credentials));
        assert_eq!(next(&ways, &[refused]), Next::Send(1));
    }

    #[test]
    fn what_is_no_address_is_none_for_every_channel() {
        let ways = ways();
        for reason in [Reason::Address, Reason::OptedOut] {
            let refused = tried(&ways[0], Some(Outcome::Failed), Some(reason));
            assert_eq!(next(&ways, &[refused]), Next::Send(2), "{reason:?}");
        }
    }

    #[test]
    fn who_may_have_heard_it_does_not_hear_it_there_again() {
        let ways = ways();
        for outcome in [Some(Outcome::Unknown), None] {
            assert_eq!(next(&ways, &[tried(&ways[0], outcome, None)]), Next::Send(2));
        }
        let gone = Tried { via: "gone".into(), ..tried(&ways[0], None, None) };
        assert_eq!(next(&ways, &[gone]), Next::Send(2), "a channel that was taken away");
    }

    #[test]
    fn a_keyed_channel_is_asked_again_after_an_unknown_end() {
        let ways = ways();
        let all = [
            tried(&ways[0], Some(Outcome::Unknown), None),
            tried(&ways[2], None, Some(Reason::Interrupted)),
        ];
        assert_eq!(next(&ways, &all), Next::Send(2));
    }

    #[test]
    fn a_channel_that_can_be_asked_is_asked_first() {
        let mut ways = ways();
        let asked = tried(&ways[0], Some(Outcome::LookUp), None);
        assert_eq!(next(&ways, std::slice::from_ref(&asked)), Next::LookUp(0, 1, T));
        ways[0].looks_up = true;
        let interrupted = Tried { outcome: None, ..asked };
        assert_eq!(next(&ways, &[interrupted]), Next::LookUp(0, 1, T));
    }

    #[test]
    fn after_three_attempts_without_effect_another_way_has_its_turn() {
        let ways = ways();
        let again = tried(&ways[0], Some(Outcome::Again), Some(Reason::Busy));
        let mut all = vec![again; 2];
        assert_eq!(next(&ways, &all), Next::Send(0));
        all.push(all[0].clone());
        assert_eq!(next(&ways, &all), Next::Send(1));
        for way in &ways[1..] {
            all.extend(vec![tried(way, Some(Outcome::Again), Some(Reason::Busy)); 3]);
        }
        assert_eq!(next(&ways, &all), Next::Send(0), "and then the first again");
    }

    #[test]
    fn a_keyed_message_that_may_have_been_heard_is_not_told_by_another_channel() {
        let keyed = way(Kind::Sms, "keyed", Class::AtLeastOnceKeyed);
        let ways = [keyed, way(Kind::Sms, "other", Class::AtMostOnce)];
        let unclear = tried(&ways[0], Some(Outcome::Again), Some(Reason::NoAnswer));
        assert_eq!(next(&ways, &vec![unclear.clone(); 4]), Next::Send(0));
        let refused = tried(&ways[0], Some(Outcome::Failed), Some(Reason::Gone));
        assert_eq!(next(&ways, &[unclear, refused]), Next::Exhausted);
    }

    #[test]
    fn a_way_on_which_much_waits_is_taken_last() {
        let mut ways = ways();
        ways[0].is_slow = true;
        ways[1].is_slow = true;
        assert_eq!(next(&ways, &[]), Next::Send(2));
        ways[2].is_slow = true;
        assert_eq!(next(&ways, &[]), Next::Send(0));
    }

    #[test]
    fn nothing_is_left_at_last() {
        let ways = ways();
        let all = [
            tried(&ways[0], Some(Outcome::Unknown), None),
            tried(&ways[2], Some(Outcome::Failed), Some(Reason::Gone)),
        ];
        assert_eq!(next(&ways, &all), Next::Exhausted);
    }
}
