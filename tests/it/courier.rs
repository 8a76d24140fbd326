//! From an offer in the outbox to a telephone: contacts, classes, pace, order, what a crash leaves.

mod asker;
mod kill;
mod post;

use crate::fake::{Act, Fake};
use callsurge::delivery::channel::pace::Rate;
use callsurge::delivery::channel::twilio::{Account, TwilioSms};
use callsurge::delivery::courier::PEOPLE;
use callsurge::delivery::courier::lane::{LaneSettings, Service};
use callsurge::delivery::secret::Secret;
use callsurge::engine::command::Act as Order;
use callsurge::engine::time::Span;
use callsurge::journal::outbox::errand::Tried;
use callsurge::recall::Words;
use callsurge::record::{RecallRecord, Record};
use callsurge::reply::token::Asked;
use callsurge::roster::{Kind, PersonId};
use post::{COMMAND, COMMANDER, Post, ask, command, key, lane, paced, recall_id, reply};
use rusqlite::Connection;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

fn taken() -> Act {
    Act::Say(200, "{\"code\": \"0\"}".into())
}

fn says(code: &str) -> Act {
    Act::Say(200, format!("{{\"code\": \"{code}\"}}"))
}

fn gateway() -> Fake {
    Fake::start_then([], taken())
}

/// Bodies that a gateway heard.
fn heard(fake: &Fake) -> Vec<Value> {
    let body = |line: String| {
        let at = line.find('{').expect("a body");
        serde_json::from_str(&line[at..]).expect("JSON")
    };
    fake.heard().into_iter().map(body).collect()
}

fn field(fake: &Fake, name: &str) -> Vec<String> {
    heard(fake).iter().map(|body| body[name].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn an_offer_goes_to_the_first_contact_with_a_link_and_a_code_of_its_own() {
    let (sms, mail) = (gateway(), gateway());
    let lanes = vec![
        lane("sms", Some(Kind::Sms), &sms, false),
        lane("mail", Some(Kind::Email), &mail, true),
    ];
    let mut post = Post::new(lanes);
    ask(&post.rig, 1, 1);
    post.pass();
    let asked = Asked {
        recall: recall_id(),
        person: PersonId(1),
        deadline: post.now() + Span::minutes(20),
    };
    let (token, code) = (key().token(&asked, Kind::Sms), key().code(&asked));
    let wanted = format!(
        "Can you come to work by 10:01? Please answer by 08:21. Answer: \
         https://r.example.org/r/{token} Text back \"{code} 1\" for yes, \"{code} 2\" for no, \
         \"{code} 9\" for wrong number."
    );
    assert_eq!(field(&sms, "text"), [wanted]);
    assert_eq!(field(&sms, "to"), ["+8613900000001"]);
    assert!(mail.heard().iter().all(|line| !line.contains("p1@")), "nobody is written twice");
    assert_eq!(post.states(PEOPLE), [("delivered".to_owned(), 1)]);
    assert_eq!(post.offer(1), "sent");
    post.rig.stop();
}

#[test]
fn who_is_refused_on_one_contact_is_reached_on_the_next() {
    let (sms, mail) = (Fake::start_then([], says("3")), gateway());
    let mut post = Post::new(vec![
        lane("sms", Some(Kind::Sms), &sms, false),
        lane("mail", Some(Kind::Email), &mail, true),
    ]);
    ask(&post.rig, 1, 1);
    post.pass();
    assert_eq!(field(&mail, "to").last().expect("a mail"), "p1@example.org");
    assert_eq!(post.states(PEOPLE), [("delivered".to_owned(), 2)]);
    post.rig.stop();
}

#[test]
fn a_second_gateway_to_the_same_telephone_takes_over_what_the_first_refuses() {
    let (first, second) = (Fake::start_then([], says("3")), gateway());
    let mut post = Post::new(vec![
        lane("a", Some(Kind::Sms), &first, false),
        lane("b", Some(Kind::Sms), &second, false),
    ]);
    ask(&post.rig, 1, 1);
    post.pass();
    assert!(field(&second, "to").contains(&"+8613900000001".to_owned()));
    post.rig.stop();
}

#[test]
fn an_attempt_of_unknown_end_is_never_made_again_where_nobody_would_notice() {
    let (sms, mail) = (Fake::start_then([], Act::Hear), gateway());
    let mut post = Post::new(vec![
        lane("sms", Some(Kind::Sms), &sms, false),
        lane("mail", Some(Kind::Email), &mail, true),
    ]);
    ask(&post.rig, 1, 1);
    post.pass_until(post.now() + Span::minutes(19));
    let offers = |fake: &Fake| {
        let to = field(fake, "to");
        to.iter().filter(|to| *to == "+8613900000001" || *to == "p1@example.org").count()
    };
    assert_eq!((offers(&sms), offers(&mail)), (1, 1));
    post.rig.stop();
}

#[test]
fn a_keyed_gateway_is_asked_again_with_the_same_key() {
    let sms = Fake::start_then([Act::Hear, Act::Hear], taken());
    let mut post = Post::new(vec![lane("sms", Some(Kind::Sms), &sms, true)]);
    ask(&post.rig, 1, 1);
    post.pass_until(post.now() + Span::minutes(5));
    let keys = field(&sms, "key");
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| *key == keys[0] && key.ends_with("-sms")), "{keys:?}");
    assert_eq!(post.states(PEOPLE), [("delivered".to_owned(), 3)]);
    post.rig.stop();
}

/// An attempt that was written and of which nothing more is known.
fn interrupted(post: &Post, via: &str, contact: Kind) {
    let mut outbox = post.outbox();
    let row = outbox.errands(PEOPLE, -1).unwrap()[0].row;
    let attempt = Tried {
        number: 1,
        contact: Some(contact),
        via: via.into(),
        started_at: post.now(),
        outcome: None,
        reason: None,
    };
    outbox.begin(&[(row, attempt)]).unwrap();
}

#[test]
fn after_a_crash_in_an_attempt_the_next_contact_is_tried() {
    let (sms, mail) = (gateway(), gateway());
    let mut post = Post::new(vec![
        lane("sms", Some(Kind::Sms), &sms, false),
        lane("mail", Some(Kind::Email), &mail, true),
    ]);
    ask(&post.rig, 1, 1);
    interrupted(&post, "sms", Kind::Sms);
    post.restart();
    post.pass();
    assert!(!field(&sms, "to").contains(&"+8613900000001".to_owned()));
    assert!(field(&mail, "to").contains(&"p1@example.org".to_owned()));
    post.rig.stop();
}

#[test]
fn after_a_crash_in_an_attempt_a_keyed_contact_is_tried_with_the_same_key() {
    let mail = gateway();
    let mut post = Post::new(vec![lane("mail", Some(Kind::Email), &mail, true)]);
    ask(&post.rig, 1, 1);
    interrupted(&post, "mail", Kind::Email);
    post.restart();
    post.pass();
    assert!(field(&mail, "to").contains(&"p1@example.org".to_owned()));
    assert_eq!(post.states(PEOPLE), [("delivered".to_owned(), 2)]);
    post.rig.stop();
}

#[test]
fn after_a_crash_a_provider_that_can_be_asked_is_asked_once_it_has_had_time() {
    let none = r#"{"messages":[],"next_page_uri":null}"#.to_owned();
    let sent = Act::Say(201, r#"{"sid":"SM1"}"#.into());
    let twilio = Fake::start([Act::Say(200, none), sent]);
    let account = Account {
        base: twilio.base(),
        sid: "AC1".into(),
        token: Secret::new("hush"),
        from: "+15005550006".into(),
        status_callback: None,
    };
    let sms = TwilioSms { account, rate: Rate::new(100, Span::secs(1)) };
    let mut post = Post::new(vec![LaneSettings {
        name: "sms".into(),
        reaches: Some(Kind::Sms),
        service: Service::Http(Arc::new(sms)),
        timeout: Duration::from_secs(30),
        answered: true,
    }]);
    ask(&post.rig, 1, 1);
    interrupted(&post, "sms", Kind::Sms);
    let began = post.now();
    post.restart();
    assert_eq!(post.pass(), Some(began + Span::secs(10)));
    assert!(twilio.heard().is_empty());
    post.pass_until(began + Span::minutes(1));
    let heard = twilio.heard();
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard[0].starts_with("GET /2010-04-01/Accounts/AC1/Messages.json?"), "{heard:?}");
    assert!(heard[1].starts_with("POST /2010-04-01/Accounts/AC1/Messages.json "), "{heard:?}");
    assert_eq!(post.states(PEOPLE), [("delivered".to_owned(), 2)]);
    post.rig.stop();
}

#[test]
fn what_never_left_needs_no_word_that_it_no_longer_stands() {
    let sms = gateway();
    let slow = Rate::new(2, Span::minutes(10));
    let mut post = Post::new(vec![paced("sms", Some(Kind::Sms), &sms, false, slow)]);
    ask(&post.rig, 1, 9);
    post.pass();
    let asked = post.states(PEOPLE).len();
    assert!(asked > 2);
    assert_eq!(sms.heard().len(), 1, "one leaves at once");
    reply(&post.rig, 1, Words::Accept(None));
    post.pass_until(post.now() + Span::minutes(19));
    // Thanks for the one who comes; whoever was not asked hears nothing.
    assert_eq!(sms.heard().len(), 2, "{:?}", sms.heard());
    assert!(field(&sms, "text")[1].starts_with("Thank you. You are expected by"));
    let states = post.states(PEOPLE);
    let suppressed = states.iter().filter(|(state, _)| state == "suppressed").count();
    assert_eq!(
        suppressed,
        2 * (asked - 1),
        "offer and withdrawal of each of the others: {states:?}"
    );
    assert_eq!(post.offer(2), "withdrawn");
    post.rig.stop();
}

#[test]
fn who_may_have_heard_the_offer_hears_that_it_no_longer_stands() {
    let sms = Fake::start_then([Act::Hear, Act::Hear], taken());
    let mut post = Post::new(vec![lane("sms", Some(Kind::Sms), &sms, false)]);
    ask(&post.rig, 1, 2);
    post.pass();
    assert_eq!(sms.heard().len(), 2);
    command(&post.rig, Order::Close);
    post.pass();
    let texts = field(&sms, "text");
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert!(texts[2..].iter().all(|text| text.starts_with("You need not come")), "{texts:?}");
    post.rig.stop();
}

#[test]
fn a_gateway_that_wants_to_be_left_alone_is() {
    let wait =
        "HTTP/1.1 429 X\r\nconnection: close\r\nretry-after: 60\r\ncontent-length: 0\r\n\r\n";
    let sms = Fake::start_then([Act::Raw(wait.into())], taken());
    let one = Rate::new(2, Span::secs(1));
    let mut post = Post::new(vec![paced("sms", Some(Kind::Sms), &sms, false, one)]);
    ask(&post.rig, 1, 9);
    let began = post.now();
    post.pass();
    let next = post.pass().expect("there is more to do");
    assert_eq!(sms.heard().len(), 1);
    assert_eq!(next, began + Span::secs(60));
    post.pass_until(began + Span::minutes(3));
    let states = post.states(PEOPLE);
    assert!(states.iter().all(|(state, _)| state == "delivered"), "{states:?}");
    post.rig.stop();
}

#[test]
fn whoever_has_another_contact_does_not_wait_for_a_gateway_that_is_held() {
    let wait =
        "HTTP/1.1 429 X\r\nconnection: close\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n";
    let (sms, mail) = (Fake::start_then([Act::Raw(wait.into())], taken()), gateway());
    let mut post = Post::new(vec![
        paced("sms", Some(Kind::Sms), &sms, false, Rate::new(2, Span::secs(1))),
        lane("mail", Some(Kind::Email), &mail, true),
    ]);
    ask(&post.rig, 1, 9);
    let began = post.now();
    let asked = post.states(PEOPLE).len();
    post.pass_until(began + Span::minutes(1));
    assert_eq!((sms.heard().len(), mail.heard().len()), (1, asked - 1));
    // Who was refused waits as long as the gateway wants; nobody else does.
    let waits = post.states(PEOPLE).iter().filter(|(state, _)| state == "pending").count();
    assert_eq!(waits, 1);
    post.rig.stop();
}

#[test]
fn who_cannot_be_reached_makes_room_for_the_next() {
    let sms = Fake::start_then([], says("3"));
    let mut post = Post::new(vec![lane("sms", Some(Kind::Sms), &sms, false)]);
    ask(&post.rig, 1, 30);
    let first = post.states(PEOPLE).len();
    post.pass();
    assert!(post.states(PEOPLE).iter().take(first).all(|(state, _)| state == "failed"));
    assert_eq!(post.offer(1), "failed");
    assert!(post.states(PEOPLE).len() > first, "others are asked");
    post.rig.stop();
}

#[test]
fn thirteen_hundred_people_are_reached_in_twenty_seconds_the_commander_first() {
    let sms = gateway();
    let rate = Rate::new(100, Span::secs(1));
    let mut post = Post::new(vec![paced("sms", Some(Kind::Sms), &sms, false, rate)]);
    post.roster.without.lock().unwrap().remove(&COMMANDER);
    ask(&post.rig, 1_300, 1_300);
    let began = post.now();
    assert_eq!(post.states(PEOPLE).len(), 1_300);
    post.pass_until(began + Span::hours(1));
    let took = post.now() - began;
    assert!(took < Span::secs(20), "{took}");
    let began = post.began();
    assert_eq!(began[0], COMMAND);
    let commands = began.iter().filter(|channel| *channel == COMMAND).count();
    assert_eq!(commands, post.states(COMMAND).len(), "each order once");
    let to = field(&sms, "to");
    let people: std::collections::BTreeSet<_> = to.iter().collect();
    assert_eq!(people.len(), 1_301);
    assert_eq!(to.len(), commands + 1_300, "nobody twice");
    post.rig.stop();
}

#[test]
fn while_the_roster_cannot_be_read_people_wait_and_groups_do_not() {
    let (sms, group) = (gateway(), gateway());
    let mut post = Post::new(vec![
        lane("sms", Some(Kind::Sms), &sms, false),
        lane("desk", None, &group, false),
    ]);
    *post.roster.unreadable.lock().unwrap() = true;
    ask(&post.rig, 1, 1);
    let next = post.pass().expect("it is tried again");
    assert!(sms.heard().is_empty() && !group.heard().is_empty());
    assert_eq!(next, post.now() + Span::secs(15));
    *post.roster.unreadable.lock().unwrap() = false;
    post.pass_until(next);
    assert!(field(&sms, "to").contains(&"+8613900000001".to_owned()));
    post.rig.stop();
}

#[test]
fn a_contact_that_is_blocked_while_a_message_waits_is_not_used() {
    let (sms, mail) = (gateway(), gateway());
    let slow = Rate::new(2, Span::minutes(2));
    let mut post = Post::new(vec![
        paced("sms", Some(Kind::Sms), &sms, false, slow),
        lane("mail", Some(Kind::Email), &mail, true),
    ]);
    ask(&post.rig, 1, 2);
    post.pass();
    post.roster.without.lock().unwrap().insert((PersonId(2), Kind::Sms));
    post.pass_until(post.now() + Span::minutes(19));
    assert!(!field(&sms, "to").contains(&"+8613900000002".to_owned()));
    assert!(field(&mail, "to").contains(&"p2@example.org".to_owned()));
    post.rig.stop();
}

#[test]
fn what_waits_of_a_drill_holds_up_no_real_offer() {
    let sms = gateway();
    let mut post = Post::new(vec![lane("sms", Some(Kind::Sms), &sms, false)]);
    let recall = RecallRecord {
        id: Some("drill-9-L2-1".into()),
        drill: true,
        person: Some("p1".into()),
        ..RecallRecord::default()
    };
    let record = Record {
        kind: "recall".into(),
        id: "0-0".into(),
        at: post.now().to_string(),
        cause: Some("cancel".into()),
        recall: Some(recall),
        ..Record::default()
    };
    let (now, later) = (post.now(), post.now() + Span::hours(1));
    let record = serde_json::to_string(&record).unwrap();
    let sql = "INSERT INTO outbox (key, seq, ordinal, channel, type, record, created_at,
        useful_until, state, next_attempt_at) VALUES ('d', 0, 0, ?1, 'recall', ?2, ?3, ?4, 'pending', ?5)";
    let held = (PEOPLE, record, now.as_millis(), later.as_millis() * 2, later.as_millis());
    Connection::open(post.path()).unwrap().execute(sql, held).unwrap();
    ask(&post.rig, 1, 1);
    post.pass();
    let waiting = ("pending".to_owned(), 0);
    assert_eq!(post.states(PEOPLE), [waiting, ("delivered".to_owned(), 1)]);
    assert_eq!(field(&sms, "to"), ["+8613900000001"]);
    post.rig.stop();
}

/// What a gateway that is held for a minute lets leave after some replies of the first person.
fn after_a_hold(replies: &[Words]) -> (Vec<String>, Vec<(String, u32)>) {
    let wait =
        "HTTP/1.1 429 X\r\nconnection: close\r\nretry-after: 60\r\ncontent-length: 0\r\n\r\n";
    let sms = Fake::start_then([taken(), Act::Raw(wait.into())], taken());
    let mut post = Post::new(vec![lane("sms", Some(Kind::Sms), &sms, false)]);
    ask(&post.rig, 1, 1);
    post.pass();
    for (n, words) in replies.iter().enumerate() {
        reply(&post.rig, 1, *words);
        if n == 0 {
            post.pass();
        }
    }
    post.pass_until(post.now() + Span::minutes(3));
    let (texts, states) = (field(&sms, "text"), post.states(PEOPLE));
    post.rig.stop();
    (texts, states)
}

#[test]
fn who_said_no_since_is_not_thanked_for_coming() {
    let yes = Words::Accept(None);
    let (texts, states) = after_a_hold(&[yes, Words::Decline]);
    assert_eq!(texts.len(), 2, "the offer, and the thanks that were refused: {texts:?}");
    assert_eq!(states[1], ("suppressed".to_owned(), 1));
    // Who says yes after all is thanked, once.
    let (texts, states) = after_a_hold(&[yes, Words::Decline, yes]);
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts[2].starts_with("Thank you. You are expected by"), "{texts:?}");
    assert_eq!(states.iter().filter(|(state, _)| state == "delivered").count(), 2, "{states:?}");
}

#[test]
fn a_group_hears_of_levels_and_of_no_single_person() {
    let (sms, group) = (gateway(), gateway());
    let mut post = Post::new(vec![
        lane("sms", Some(Kind::Sms), &sms, false),
        lane("desk", None, &group, false),
    ]);
    ask(&post.rig, 1, 5);
    post.pass();
    let texts = field(&group, "text");
    assert!(texts[0].contains("L2") && !texts.is_empty(), "{texts:?}");
    for text in &texts {
        assert!((1..=5).all(|n| !text.contains(&format!("p{n}"))), "{text}");
    }
    post.rig.stop();
}

#[test]
fn an_offer_that_is_too_late_is_not_made() {
    let sms = gateway();
    let mut post = Post::new(vec![lane("sms", Some(Kind::Sms), &sms, false)]);
    ask(&post.rig, 1, 1);
    post.later(Span::minutes(20));
    post.pass();
    assert!(!field(&sms, "text").iter().any(|text| text.starts_with("Can you come")));
    assert_eq!(post.states(PEOPLE)[0], ("expired".to_owned(), 0));
    post.rig.stop();
}
