//! Of which question about a contact a link or a code is.
//!
//! Like those of offers, tokens of questions are made again and compared. What was asked lies in the
//! roster, which another process writes, so they are made anew when the file has changed and at least
//! once a minute. An unknown token costs a look at the file; that all are made anew is owed to a change
//! of the roster and to nobody who guesses.

use super::index::{LinkKeys, digest};
use crate::engine::time::{Span, Timestamp};
use crate::roster::asking::{ANSWERED_WITHIN, AskedContact, AskedState, Owning};
use crate::roster::{Kind, PersonId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Made anew after so long even where the file seems to be the same.
const KEPT: Span = Span::minutes(1);

/// Tells one state of a file from the next: when it was written and how long it is.
pub type Mark = Option<(u128, u64)>;

/// The contacts whose owners were asked. Each of these may block, and fails in words without a name
/// or number.
#[expect(clippy::missing_errors_doc, reason = "told above, once for all")]
pub trait AskedContacts: Send + Sync {
    /// The present state of the file.
    fn mark(&self) -> Mark;
    /// What was asked after an instant.
    fn asked(&self, after: Timestamp) -> Result<Vec<AskedContact>, String>;
    /// How a contact stands; `None`: it is another one by now.
    fn state(&self, asking: &AskedContact) -> Result<Option<AskedState>, String>;
    /// Keeps an answer, and says how the contact stands then.
    fn answer(
        &self,
        asking: &AskedContact,
        owning: Owning,
        at: Timestamp,
    ) -> Result<Option<AskedState>, String>;
}

/// Where there is no roster.
#[derive(Clone, Copy, Debug)]
pub struct NoContacts;

impl AskedContacts for NoContacts {
    fn mark(&self) -> Mark {
        None
    }

    fn asked(&self, _: Timestamp) -> Result<Vec<AskedContact>, String> {
        Ok(Vec::new())
    }

    fn state(&self, _: &AskedContact) -> Result<Option<AskedState>, String> {
        Ok(None)
    }

    fn answer(
        &self,
        _: &AskedContact,
        _: Owning,
        _: Timestamp,
    ) -> Result<Option<AskedState>, String> {
        Ok(None)
    }
}

/// Links and codes of all questions.
pub struct Askings {
    keys: LinkKeys,
    /// The contacts themselves.
    pub contacts: Arc<dyn AskedContacts>,
    made: Mutex<Made>,
}

#[derive(Default)]
struct Made {
    at: Option<Timestamp>,
    mark: Mark,
    links: HashMap<[u8; 32], AskedContact>,
    codes: HashMap<(PersonId, String), AskedContact>,
}

impl Askings {
    /// Nothing is made yet.
    pub fn new(keys: LinkKeys, contacts: Arc<dyn AskedContacts>) -> Self {
        Self { keys, contacts, made: Mutex::default() }
    }

    /// The question of a link that can still be answered. May block.
    pub fn link(&self, token: &str, now: Timestamp) -> Option<AskedContact> {
        let digest = digest(token);
        self.find(now, |made| made.links.get(&digest).copied())
    }

    /// The question whose code was sent to one of these people by text message. May block.
    pub fn code(&self, people: &[PersonId], code: &str, now: Timestamp) -> Option<AskedContact> {
        self.find(now, |made| {
            people.iter().find_map(|&person| made.codes.get(&(person, code.to_owned())).copied())
        })
    }

    fn find(
        &self,
        now: Timestamp,
        find: impl Fn(&Made) -> Option<AskedContact>,
    ) -> Option<AskedContact> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let is_young = made.at.is_some_and(|at| at <= now && now - at < KEPT);
        let found = find(&made).filter(|_| is_young);
        if found.is_none() {
            // Before the rows are read: what is written meanwhile is seen the next time.
            let mark = self.contacts.mark();
            if !is_young || mark != made.mark {
                self.make(&mut made, mark, now);
            }
        }
        found.or_else(|| find(&made)).filter(|asking| asking.ends() > now)
    }

    fn make(&self, made: &mut Made, mark: Mark, now: Timestamp) {
        (made.at, made.mark) = (Some(now), mark);
        let asked = match self.contacts.asked(now - ANSWERED_WITHIN) {
            Ok(asked) => asked,
            Err(why) => {
                tracing::warn!(why, "who was asked about a contact cannot be read: {why}");
                return;
            }
        };
        made.links.clear();
        made.codes.clear();
        // Of two askings that have one token the later one is meant.
        for asking in asked {
            for key in [Some(&self.keys.current), self.keys.previous.as_ref()].into_iter().flatten()
            {
                made.links.insert(digest(&key.verification_token(&asking)), asking);
                if asking.kind == Kind::Sms {
                    made.codes.insert((asking.person, key.verification_code(&asking)), asking);
                }
            }
        }
    }
}

impl std::fmt::Debug for Askings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Askings").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::secret::Secret;
    use crate::reply::token::LinkKey;
    use crate::roster::seal::BlindIndex;
    use std::sync::atomic::{AtomicU64, Ordering};

    const NOW: Timestamp = Timestamp::from_secs(1_795_896_000);

    /// A roster of so many that counts how often it is read.
    #[derive(Default)]
    struct Roster {
        asked: Mutex<Vec<AskedContact>>,
        mark: AtomicU64,
        reads: AtomicU64,
        is_away: Mutex<bool>,
    }

    impl Roster {
        fn ask(&self, asking: AskedContact) {
            self.asked.lock().unwrap().push(asking);
            self.mark.fetch_add(1, Ordering::SeqCst);
        }

        fn reads(&self) -> u64 {
            self.reads.load(Ordering::SeqCst)
        }
    }

    impl AskedContacts for Roster {
        fn mark(&self) -> Mark {
            Some((0, self.mark.load(Ordering::SeqCst)))
        }

        fn asked(&self, after: Timestamp) -> Result<Vec<AskedContact>, String> {
            self.reads.fetch_add(1, Ordering::SeqCst);
            if *self.is_away.lock().unwrap() {
                return Err("it is away".to_owned());
            }
            let asked = self.asked.lock().unwrap();
            Ok(asked.iter().filter(|asking| asking.at > after).copied().collect())
        }

        fn state(&self, _: &AskedContact) -> Result<Option<AskedState>, String> {
            Ok(None)
        }

        fn answer(
            &self,
            _: &AskedContact,
            _: Owning,
            _: Timestamp,
        ) -> Result<Option<AskedState>, String> {
            Ok(None)
        }
    }

    fn key(secret: &str) -> LinkKey {
        LinkKey::of(&Secret::new(secret))
    }

    fn asking(person: u32, at: Timestamp) -> AskedContact {
        AskedContact {
            person: PersonId(person),
            kind: Kind::Sms,
            value: BlindIndex::kept([7; 32]),
            at,
        }
    }

    fn rig() -> (Arc<Roster>, Askings) {
        let roster = Arc::new(Roster::default());
        let keys = LinkKeys { current: key("new"), previous: Some(key("old")) };
        (roster.clone(), Askings::new(keys, roster))
    }

    #[test]
    fn a_question_is_found_under_both_keys_as_soon_as_it_is_in_the_roster() {
        let (roster, askings) = rig();
        let one = asking(1, NOW);
        let token = key("new").verification_token(&one);
        assert_eq!(askings.link(&token, NOW), None);
        roster.ask(one);
        assert_eq!(askings.link(&token, NOW), Some(one));
        assert_eq!(askings.link(&key("old").verification_token(&one), NOW), Some(one));
        assert_eq!(askings.link(&key("other").verification_token(&one), NOW), None);
        let code = key("new").verification_code(&one);
        assert_eq!(askings.code(&[PersonId(2), PersonId(1)], &code, NOW), Some(one));
        assert_eq!(askings.code(&[PersonId(2)], &code, NOW), None, "from that contact only");
        let call = AskedContact { kind: Kind::Voice, ..one };
        roster.ask(call);
        let code = key("new").verification_code(&call);
        assert_eq!(askings.code(&[PersonId(1)], &code, NOW), None, "a call has no code");
    }

    #[test]
    fn it_is_over_after_fourteen_days() {
        let (roster, askings) = rig();
        let one = asking(1, NOW);
        roster.ask(one);
        let token = key("new").verification_token(&one);
        let end = NOW + ANSWERED_WITHIN;
        assert_eq!(askings.link(&token, end - Span::secs(1)), Some(one));
        assert_eq!(askings.link(&token, end), None, "young or not");
        assert_eq!(askings.link(&token, end + KEPT), None);
    }

    #[test]
    fn who_guesses_makes_nothing_anew() {
        let (roster, askings) = rig();
        for person in 0..10_000 {
            roster.ask(asking(person, NOW));
        }
        for guess in 0..1_000 {
            assert_eq!(askings.link(&format!("guess {guess}"), NOW), None);
        }
        assert_eq!(roster.reads(), 1);
        assert_eq!(askings.link("guess", NOW + KEPT), None);
        assert_eq!(roster.reads(), 2, "once a minute");
        // A clock that went back is no reason to keep what was made.
        assert_eq!(askings.link("guess", NOW - Span::hours(1)), None);
        assert_eq!(roster.reads(), 3);
    }

    #[test]
    fn a_roster_that_is_away_is_asked_once_a_minute_and_what_is_known_stays() {
        let (roster, askings) = rig();
        let one = asking(1, NOW);
        roster.ask(one);
        let token = key("new").verification_token(&one);
        assert_eq!(askings.link(&token, NOW), Some(one));
        *roster.is_away.lock().unwrap() = true;
        assert_eq!(askings.link(&token, NOW + KEPT), Some(one));
        assert_eq!(askings.link("guess", NOW + KEPT), None);
        assert_eq!(roster.reads(), 2);
    }
}
