//! Owners of contacts are asked: once, by the first channel, noted before it leaves.

use super::post::{key, lane, paced};
use super::{field, gateway, heard, says, taken};
use crate::fake::{Act, Fake};
use callsurge::clock::{Clock, SystemClock};
use callsurge::config::{Language, SecretSource};
use callsurge::delivery::channel::pace::Rate;
use callsurge::delivery::channel::verdict::Reason;
use callsurge::delivery::courier::asker::{Asker, Outcome, Wanted};
use callsurge::delivery::courier::lane::LaneSettings;
use callsurge::delivery::courier::{CourierSettings, Links};
use callsurge::delivery::retry::Retry;
use callsurge::delivery::secret::Secret;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::ingest::encoding::Encoding;
use callsurge::roster::asking::AskedContact;
use callsurge::roster::plan::Plan;
use callsurge::roster::seal::RosterKey;
use callsurge::roster::store::{News, Store};
use callsurge::roster::{Kind, PersonId, table};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A roster of people with a telephone and a mailbox that nobody has verified.
struct Roster {
    folder: TempDir,
    key: RosterKey,
}

impl Roster {
    fn of(people: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        std::fs::write(&file, "0123456789abcdef0123456789abcdef").expect("written");
        let key = RosterKey::fetch(&SecretSource::File(file)).expect("a key");
        let roster = Self { folder, key };
        let mut text = "id,name,tier,sms,email,language\n".to_owned();
        for n in 1..=people {
            let language = if n == 2 { "zh-CN" } else { "" };
            writeln!(text, "{n},N{n},standby,+86139{n:08},p{n}@example.org,{language}")
                .expect("a string takes it");
        }
        let sheet = table::Sheet::read(text.as_bytes(), Encoding::Auto).expect("a table");
        let rows = table::people(&sheet, "2026-11-28".parse().expect("a date")).expect("people");
        let plan = Plan::of(&[], &rows.rows, chrono_tz::Asia::Shanghai, false);
        roster.store().apply(&plan, &roster.key, SystemClock.now()).expect("applied");
        roster
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("roster.db")
    }

    fn store(&self) -> Store {
        Store::open(&self.path(), &self.key, SystemClock.now()).expect("a roster")
    }

    /// Everybody's contacts of a kind.
    fn wanted(&self, kind: Kind) -> Vec<Wanted> {
        let known = self.store().known(&self.key).expect("opens");
        let of = |person: callsurge::roster::store::Known| {
            let address = &person.contacts.iter().find(|c| c.contact.kind == kind)?.address;
            let value = self.key.index(kind.word(), address.reveal()).expect("an index");
            let asking = AskedContact { person: person.id, kind, value, at: Timestamp::MIN };
            let language = person.facts.language;
            Some(Wanted { asking, to: Secret::new(address.reveal()), language })
        };
        known.into_iter().filter_map(of).collect()
    }

    /// Asks, and tells in the order of people what came of it.
    fn ask(&self, lanes: Vec<LaneSettings>, wanted: Vec<Wanted>) -> Vec<(PersonId, Outcome)> {
        let settings = CourierSettings {
            lanes,
            commanders: Vec::new(),
            links: None,
            language: Language::En,
            sender: Some("Example".to_owned()),
            retry: Retry { first: Span::millis(1), longest: Span::millis(1) },
        };
        let links = Links { external_url: "https://r.example.org".to_owned(), key: key() };
        let (mut store, mut told) = (self.store(), Vec::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let asker = Asker::new((&settings, &links), &mut store, Arc::new(SystemClock), false);
        let asking = asker.expect("channels").ask(wanted, |asked, outcome| {
            told.push((asked.person, outcome));
        });
        runtime.block_on(asking).expect("asked");
        told.sort_by_key(|(person, _)| *person);
        told
    }

    fn noted(&self) -> Vec<AskedContact> {
        self.store().asked(Timestamp::MIN).expect("read")
    }
}

fn all(people: u32, outcome: Outcome) -> Vec<(PersonId, Outcome)> {
    (1..=people).map(|n| (PersonId(n), outcome)).collect()
}

fn refused(status: u16, header: &str) -> Act {
    let head = format!("HTTP/1.1 {status} X\r\n{header}content-length: 0\r\n\r\n");
    Act::Raw(head.into_bytes())
}

/// One at a time, and the next after a moment.
fn slowly(fake: &Fake) -> Vec<LaneSettings> {
    vec![paced("sms", Some(Kind::Sms), fake, false, Rate::new(2, Span::millis(20)))]
}

#[test]
fn everybody_is_asked_once_by_the_first_channel_in_their_language() {
    let (sms, second) = (gateway(), gateway());
    let lanes = || {
        vec![
            lane("duty", None, &second, false),
            lane("sms", Some(Kind::Sms), &sms, false),
            lane("other", Some(Kind::Sms), &second, false),
        ]
    };
    let roster = Roster::of(3);
    assert_eq!(roster.ask(lanes(), roster.wanted(Kind::Sms)), all(3, Outcome::Sent));
    assert!(second.heard().is_empty());
    let noted = roster.noted();
    assert_eq!(noted.len(), 3);
    let mut texts = field(&sms, "text");
    texts.sort_unstable();
    let of =
        |at: usize| (key().verification_token(&noted[at]), key().verification_code(&noted[at]));
    let mut wanted: Vec<String> = [0, 2]
        .map(|at| {
            let (token, code) = of(at);
            format!(
                "Example: May we use this contact to reach you when help is needed at work? Answer: \
                 https://r.example.org/r/{token} Text back \"{code} 1\" for yes, \"{code} 9\" for \
                 wrong number."
            )
        })
        .to_vec();
    let (token, code) = of(1);
    wanted.push(format!(
        "【Example】工作上需要支援时，可以用这个联系方式通知您吗？请确认：\
         https://r.example.org/r/{token} 回复“{code} 1”表示可以，“{code} 9”表示打错了。"
    ));
    wanted.sort_unstable();
    assert_eq!(texts, wanted);
    // Another run with the same list asks nobody.
    assert_eq!(roster.ask(lanes(), roster.wanted(Kind::Sms)), all(3, Outcome::NotNeeded));
    assert_eq!(sms.heard().len(), 3);
}

#[test]
fn a_code_is_told_only_where_a_text_message_proves_the_contact() {
    let mail = gateway();
    let roster = Roster::of(1);
    let lanes = vec![lane("mail", Some(Kind::Email), &mail, true)];
    assert_eq!(roster.ask(lanes, roster.wanted(Kind::Email)), all(1, Outcome::Sent));
    let text = field(&mail, "text").remove(0);
    assert!(text.contains("/r/") && !text.contains("Text back"), "{text}");
}

#[test]
fn what_is_not_wanted_now_is_told_three_times_at_most_under_one_key() {
    let busy = Fake::start_then([says("7"), says("7")], taken());
    let roster = Roster::of(1);
    let sent = roster.ask(slowly(&busy), roster.wanted(Kind::Sms));
    assert_eq!(sent, all(1, Outcome::Sent));
    let keys = field(&busy, "key");
    assert_eq!((keys.len(), keys[0] == keys[1], keys[1] == keys[2]), (3, true, true));
    assert!(keys[0].starts_with("verify-p1-sms-"), "{}", keys[0]);

    let never = Fake::start_then([], says("7"));
    let roster = Roster::of(1);
    let [(_, outcome)] = roster.ask(slowly(&never), roster.wanted(Kind::Sms))[..] else {
        panic!("one was asked")
    };
    assert_eq!(outcome, Outcome::Failed(Reason::Busy));
    assert_eq!(never.heard().len(), 3);
    assert_eq!(roster.noted(), [], "it had no effect and may be tried when the channel is well");
}

#[test]
fn what_nobody_knows_counts_as_asked() {
    let silent = Fake::start_then([Act::Hang], taken());
    let roster = Roster::of(1);
    let sent = roster.ask(slowly(&silent), roster.wanted(Kind::Sms));
    assert_eq!(sent, all(1, Outcome::Unclear(Reason::NoAnswer)));
    assert_eq!((heard(&silent).len(), roster.noted().len()), (1, 1));
    // A gateway that knows the key is told again.
    let silent = Fake::start_then([Act::Hear], taken());
    let roster = Roster::of(1);
    let keyed = vec![lane("sms", Some(Kind::Sms), &silent, true)];
    assert_eq!(roster.ask(keyed, roster.wanted(Kind::Sms)), all(1, Outcome::Sent));
    assert_eq!(heard(&silent).len(), 2);
}

#[test]
fn a_channel_that_refuses_us_or_wants_long_peace_is_left_and_nobody_counts_as_asked() {
    for (answer, reason) in [
        (refused(401, ""), Reason::Credentials),
        (refused(429, "retry-after: 3600\r\n"), Reason::RateLimit),
    ] {
        let fake = Fake::start_then([answer], taken());
        let roster = Roster::of(4);
        // The second would have its turn a minute later.
        let rate = Rate::new(1, Span::minutes(1));
        let lanes = vec![paced("sms", Some(Kind::Sms), &fake, false, rate)];
        let sent = roster.ask(lanes, roster.wanted(Kind::Sms));
        assert_eq!(sent, all(4, Outcome::Failed(reason)));
        assert_eq!((fake.heard().len(), roster.noted().len()), (1, 0), "{reason:?}");
    }
}

#[test]
fn whoever_is_verified_blocked_or_changed_meanwhile_is_not_asked() {
    let sms = gateway();
    let roster = Roster::of(4);
    let wanted = roster.wanted(Kind::Sms);
    let at = SystemClock.now();
    let mut store = roster.store();
    store.note(PersonId(1), Kind::Sms, News::Answered { at }).expect("kept");
    store.note(PersonId(2), Kind::Sms, News::WrongNumber { at }).expect("kept");
    store.erase(PersonId(3), at).expect("erased");
    drop(store);
    let mut expected = all(4, Outcome::NotNeeded);
    expected[3].1 = Outcome::Sent;
    assert_eq!(roster.ask(vec![lane("sms", Some(Kind::Sms), &sms, false)], wanted), expected);
    assert_eq!(field(&sms, "to"), ["+8613900000004"]);
}
