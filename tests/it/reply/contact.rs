//! The question whether a contact may be used: its page, its keys, its limits.

use super::hooks::hooks;
use super::{Night, Plan, buttons, headline, key};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::reply::askings::{AskedContacts, Mark};
use callsurge::reply::state::{PRESSES_PER_LINK_AND_HOUR, TRIES_PER_MINUTE};
use callsurge::roster::asking::{ANSWERED_WITHIN, AskedContact, AskedState, Owning};
use callsurge::roster::seal::RosterKey;
use callsurge::roster::{Kind, PersonId};
use std::sync::{Arc, Mutex};

/// Contacts in memory.
#[derive(Default)]
pub(super) struct Contacts {
    asked: Mutex<Vec<(AskedContact, AskedState)>>,
    is_locked: Mutex<bool>,
}

impl Contacts {
    pub(super) fn with(asked: &[AskedContact]) -> Arc<Self> {
        let asked = asked.iter().map(|one| (*one, AskedState::Open)).collect();
        Arc::new(Self { asked: Mutex::new(asked), ..Self::default() })
    }

    pub(super) fn states(&self) -> Vec<AskedState> {
        self.asked.lock().unwrap().iter().map(|(_, state)| *state).collect()
    }
}

impl AskedContacts for Contacts {
    fn mark(&self) -> Mark {
        None
    }

    fn asked(&self, after: Timestamp) -> Result<Vec<AskedContact>, String> {
        let asked = self.asked.lock().unwrap();
        Ok(asked.iter().map(|(one, _)| *one).filter(|one| one.at > after).collect())
    }

    fn state(&self, asked: &AskedContact) -> Result<Option<AskedState>, String> {
        let all = self.asked.lock().unwrap();
        Ok(all.iter().find(|(one, _)| one == asked).map(|(_, state)| *state))
    }

    fn answer(
        &self,
        asked: &AskedContact,
        owning: Owning,
        _: Timestamp,
    ) -> Result<Option<AskedState>, String> {
        if *self.is_locked.lock().unwrap() {
            return Err("the roster is locked".to_owned());
        }
        let mut all = self.asked.lock().unwrap();
        let Some((_, state)) = all.iter_mut().find(|(one, _)| one == asked) else {
            return Ok(None);
        };
        *state = match owning {
            Owning::Mine => AskedState::Verified,
            Owning::NotMine => AskedState::Blocked,
        };
        Ok(Some(*state))
    }
}

pub(super) fn asked(person: u32, kind: Kind) -> AskedContact {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    std::fs::write(&file, "0123456789abcdef0123456789abcdef").expect("written");
    let key = RosterKey::fetch(&callsurge::config::SecretSource::File(file)).expect("a key");
    let value = key.index(kind.word(), "+8613800000003").expect("an index");
    AskedContact { person: PersonId(person), kind, value, at: super::T0 }
}

pub(super) fn token(asked: &AskedContact) -> String {
    key("the present key").verification_token(asked)
}

async fn night(contacts: &Arc<Contacts>) -> Night {
    Night::of(Plan { contacts: contacts.clone(), hooks: hooks(), ..Plan::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_asks_in_the_language_of_the_person_and_says_who_asks() {
    let all = [asked(1, Kind::Sms), asked(3, Kind::Email)];
    let contacts = Contacts::with(&all);
    let night = night(&contacts).await;
    let (_, page) = night.page(&token(&all[0])).await;
    assert_eq!(headline(&page), "工作上需要支援时，可以用这个联系方式通知您吗？");
    assert_eq!(buttons(&page), ["yes", "wrong_number"]);
    assert!(page.contains("Example &lt;Centre&gt;") && !page.contains("North"), "{page}");
    let old = key("the key before").verification_token(&all[1]);
    let (_, page) = night.page(&old).await;
    assert_eq!(
        headline(&page),
        "May we use this contact to reach you when help is needed at work?"
    );
    assert_eq!(contacts.states(), [AskedState::Open, AskedState::Open], "who looks says nothing");
    let pressed = night.post(&format!("{old}?lang=en"), &[("reply", "yes")]).await;
    assert_eq!(pressed.status(), 303);
    assert_eq!(pressed.headers()["location"], format!("{old}?lang=en"));
    assert_eq!(contacts.states(), [AskedState::Open, AskedState::Verified]);
    let (_, page) = night.page(&old).await;
    assert_eq!(headline(&page), "Thank you. Noted: this contact may be used.");
    assert_eq!(buttons(&page), ["wrong_number"]);
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_garbled_or_cannot_be_kept_is_no_answer() {
    let one = asked(3, Kind::Sms);
    let contacts = Contacts::with(&[one]);
    let night = night(&contacts).await;
    for form in [&[][..], &[("reply", "no")], &[("reply", "yes"), ("reply", "wrong_number")]] {
        assert_eq!(night.post(&token(&one), form).await.status(), 400, "{form:?}");
    }
    *contacts.is_locked.lock().unwrap() = true;
    let pressed = night.post(&token(&one), &[("reply", "yes")]).await;
    assert_eq!(pressed.status(), 503);
    assert_eq!(pressed.headers()["retry-after"], "5");
    assert_eq!(contacts.states(), [AskedState::Open]);
    *contacts.is_locked.lock().unwrap() = false;
    assert_eq!(night.post(&token(&one), &[("reply", "yes")]).await.status(), 303);
    let counts = ["not_understood", "refused", "verified"].map(|a| night.counted("link", a));
    assert_eq!(counts, [3, 1, 1]);
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_has_the_limits_of_an_offer_and_ends_after_fourteen_days() {
    let one = asked(3, Kind::Sms);
    let contacts = Contacts::with(&[one]);
    let night = night(&contacts).await;
    for guess in 0..TRIES_PER_MINUTE {
        assert_eq!(night.get(&format!("/r/guess-{guess}")).await.status(), 404);
    }
    assert_eq!(night.get("/r/guess").await.status(), 429);
    assert_eq!(night.page(&token(&one)).await.0, 200, "whoever was asked gets through");
    for _ in 0..PRESSES_PER_LINK_AND_HOUR {
        assert_eq!(night.post(&token(&one), &[("reply", "yes")]).await.status(), 303);
    }
    assert_eq!(night.post(&token(&one), &[("reply", "wrong_number")]).await.status(), 429);
    assert_eq!(contacts.states(), [AskedState::Verified]);
    night.later(ANSWERED_WITHIN - Span::secs(1)).await;
    assert_eq!(night.page(&token(&one)).await.0, 200);
    night.later(Span::secs(1)).await;
    assert_eq!(night.page(&token(&one)).await.0, 404);
    assert_eq!(night.post(&token(&one), &[("reply", "yes")]).await.status(), 404);
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_a_call_answers() {
    let all = [asked(3, Kind::Voice), asked(4, Kind::Voice), asked(3, Kind::Sms)];
    let contacts = Contacts::with(&all);
    let night = night(&contacts).await;
    let pressed = async |asked: &AskedContact, digits: &str| {
        let path = format!("/hooks/voice/{}", token(asked));
        night.press_key(&path, &[("CallSid", "CA1"), ("Digits", digits)]).await
    };
    assert_eq!(pressed(&all[0], "").await, "", "silence is silence");
    let again = pressed(&all[0], "2").await;
    assert!(again.contains("Press 1 for yes, 9") && again.contains("<Gather"), "{again}");
    assert!(pressed(&all[0], "1").await.contains("this contact may be used"));
    assert!(pressed(&all[1], "9").await.contains("will not be used again"));
    assert!(pressed(&all[2], "1").await.contains("do not come"), "a link is no call");
    let states = [AskedState::Verified, AskedState::Blocked, AskedState::Open];
    assert_eq!(contacts.states(), states);
    let counts = ["verified", "blocked", "not_understood"].map(|a| night.counted("voice", a));
    assert_eq!(counts, [1, 1, 1]);
    night.stop().await;
}
