//! Recalls over HTTP: what is listed, what reaches the driver, what is refused before it.

use super::{Served, code, json, record, served_by, with_tokens};
use crate::sample;
use callsurge::api::recalls::{Desk, Look};
use callsurge::callup::Plan;
use callsurge::config::RecallMode;
use callsurge::driver::Message;
use callsurge::engine::command::Level;
use callsurge::engine::observation::UnitId;
use callsurge::engine::recalls::{Note, Want};
use callsurge::engine::time::Span;
use callsurge::engine::view::View;
use callsurge::recall::{
    Campaigns, Candidate, ChannelId, Circumstances, Class, Command, ContactId, Input, Need, Order,
    PayDay, PayProfile, RecallId, RecallPolicy, Reply, Shift, Skill, Words,
};
use callsurge::record::{RecallRecord, Record};
use callsurge::roster::{PersonId, Tier, Why};
use reqwest::{Method, Response};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const ID: RecallId = RecallId { incident: 3, level: Level::L2, generation: 1, drill: false };

fn order(id: RecallId) -> Order {
    let candidate = |n| Candidate {
        person: PersonId(n),
        skills: BTreeSet::from([Skill(0)]),
        promise: Span::minutes(30),
        class: Class { tier: Tier::Standby, shift: Shift::Day },
        contacts: u32::from(n < 12),
        channel: ChannelId(0),
        worked: Span::ZERO,
    };
    Order {
        id,
        unit: UnitId(0),
        need: Need::from([(Skill(0), 2)]),
        deadline: sample::now() + Span::hours(2),
        candidates: (1..=12).map(candidate).collect(),
        policy: RecallPolicy::DEFAULT,
    }
}

/// A view with a recall that runs, one yes in it, and a second that is wanted.
fn view() -> View {
    let mut campaigns = Campaigns::default();
    let mut told = Vec::new();
    campaigns.apply(sample::now(), Input::Start(order(ID)), &mut told);
    let (contact, words) = (ContactId(0), Words::Accept(None));
    let reply = Reply { recall: ID, person: PersonId(1), contact, number: 1, words };
    campaigns.apply(sample::now(), Input::Reply(reply), &mut told);
    let recall = RecallId { level: Level::L3, ..ID };
    let wanted = vec![Want { unit: UnitId(0), recall, note: Some(Note::NoNeed) }];
    View { recalls: Arc::new(campaigns), wanted, ..sample::view(1) }
}

fn desk() -> Desk {
    let zone = chrono_tz::Asia::Shanghai;
    Desk {
        mode: RecallMode::Automatic,
        look: Arc::new(move |view, unit, id| {
            if id.level == Level::L3 {
                return Err(Note::NoNeed);
            }
            assert_eq!((unit, id.incident, id.generation), (UnitId(0), 3, 0));
            let skills = BTreeMap::from([(Skill(0), "cards".to_owned())]);
            let excluded = vec![(PersonId(90), zone, vec![Why::OptedOut])];
            let plan = Plan { order: order(id), skills, excluded };
            let given = Circumstances {
                channels: BTreeMap::new(),
                pay: PayProfile::PRC,
                day: PayDay::RestDay,
                engagement: Span::hours(4),
                excluded: Vec::new(),
            };
            let preview = view.recalls.preview(sample::now(), &plan.order, &given);
            Ok(Look { plan, preview })
        }),
        drill: Arc::new(|_, _, id, heads| {
            if id.level == Level::L3 {
                return Err(Note::NoNeed);
            }
            let mut order = order(id);
            order.need.extend(heads.map(|heads| (Skill(0), heads)));
            Ok(Plan { order, skills: BTreeMap::new(), excluded: Vec::new() })
        }),
        excluded: Arc::new(move |_, _| Ok(vec![(PersonId(90), zone, vec![Why::OptedOut])])),
        block: Arc::new(|person, _| match person {
            PersonId(1) => Ok(()),
            _ => Err("there is no such person".to_owned()),
        }),
    }
}

async fn served() -> Served {
    served_by(view(), with_tokens(), |state| state.recall = desk()).await
}

async fn get(served: &Served, path: &str, token: &str) -> Response {
    served.ask(Method::GET, path).bearer_auth(token).send().await.expect("answers")
}

fn post(served: &Served, place: &str, body: &str) -> reqwest::RequestBuilder {
    let path = format!("/api/v1/{place}");
    let request = served.ask(Method::POST, &path).bearer_auth("secret-operate");
    request.header("idempotency-key", "k1").body(body.to_owned())
}

/// Posts, plays the driver's answer, and returns what each side got.
async fn exchange(
    place: &str,
    body: &str,
    refused: Option<&str>,
) -> (Input, Option<(String, String)>, Response) {
    let mut served = served().await;
    let sent = tokio::spawn(post(&served, place, body).send());
    let message = served.ends.inbox.recv().await.expect("message");
    let Message::Recall { input, order, key, ack } = message else { panic!("{message:?}") };
    assert_eq!(key.as_deref(), Some("k1"));
    let answer = Some(if refused.is_some() { "refused" } else { "done" }.to_owned());
    let recall = RecallRecord { id: Some(ID.to_string()), answer, ..RecallRecord::default() };
    let refused = refused.map(str::to_owned);
    let record = Record { recall: Some(recall), refused, ..record("recall_act") };
    ack.send(record).expect("the handler waits");
    (*input, order, sent.await.expect("joins").expect("answers"))
}

#[tokio::test]
async fn figures_are_for_readers_and_people_for_operators() {
    let served = served().await;
    let list = json(get(&served, "/api/v1/recalls", "secret-read").await).await;
    assert_eq!(list["recalls"][0]["need"], serde_json::json!({"queue-0000": 2}));
    assert_eq!(list["recalls"][0]["heads"]["coming"], 1);
    assert_eq!(list["wanted"][0]["because"], "no_need");
    let forbidden = get(&served, "/api/v1/recalls/3-L2-1", "secret-read").await;
    assert_eq!(forbidden.status(), 403);
    let detail = json(get(&served, "/api/v1/recalls/3-L2-1", "secret-operate").await).await;
    assert_eq!(detail["offers"][0]["person"], "p1");
    assert_eq!(detail["offers"][0]["arrives_by"], "2026-11-24T03:30:00Z");
    assert_eq!(detail["offers"][1]["state"], "planned");
    assert_eq!(detail["excluded"][0]["reasons"][0]["zh-CN"], "本人已退出召回");
    for unknown in ["3-L2-2", "x"] {
        let path = format!("/api/v1/recalls/{unknown}");
        let response = get(&served, &path, "secret-operate").await;
        assert_eq!((response.status().as_u16(), &*code(response).await), (404, "not_found"));
    }
    let status = json(get(&served, "/api/v1/units/north", "secret-read").await).await;
    let heads = &status["recall"];
    assert_eq!((&heads["mode"], &heads["accepted"]), (&Value::from("automatic"), &1.into()));
    served.stop().await;
}

#[tokio::test]
async fn what_is_said_reaches_the_driver() {
    let replies = "recalls/3-L2-1/replies";
    let body = r#"{"person":"p1","reply":"on_the_way","eta_minutes":40,"contact":"voice"}"#;
    let (input, order, response) = exchange(replies, body, None).await;
    let Input::Reply(reply) = input else { panic!("{input:?}") };
    assert_eq!((reply.recall, reply.person, order), (ID, PersonId(1), None));
    assert_eq!(reply.contact, ContactId(1));
    assert_eq!(reply.words, Words::OnTheWay(Some(Span::minutes(40))));
    assert_eq!(json(response).await["recall"]["answer"], "done");
    let body = r#"{"person":"p1","reply":"wrong_number","contact":"sms"}"#;
    let (input, ..) = exchange(replies, body, None).await;
    let Input::Reply(again) = input else { panic!("{input:?}") };
    assert_eq!((again.words, again.number), (Words::WrongNumber, reply.number), "of the key");
    let body = r#"{"person":"p2"}"#;
    let (input, _, response) = exchange("recalls/3-L2-1/arrivals", body, Some("no_offer")).await;
    assert_eq!(input, Input::LoggedOn(PersonId(2)));
    assert_eq!((response.status().as_u16(), &*code(response).await), (409, "refused"));
    for (body, command) in [
        (
            r#"{"act":"hold","until":"2026-11-24T03:10:00Z","reason":"x"}"#,
            Command::Hold(sample::now() + Span::minutes(10)),
        ),
        (r#"{"act":"ask_now","reason":"x"}"#, Command::AskNow),
        (r#"{"act":"cancel","person":"p7","reason":"x"}"#, Command::Cancel(PersonId(7))),
        (r#"{"act":"release","heads":2,"reason":"x"}"#, Command::Release(2)),
        (r#"{"act":"cancel_all","reason":"x"}"#, Command::CancelAll),
    ] {
        let (input, order, response) = exchange("recalls/3-L2-1/commands", body, None).await;
        assert_eq!((input, response.status().as_u16()), (Input::Command(ID, command), 200));
        assert_eq!(order, Some(("operate".to_owned(), "x".to_owned())));
    }
}

#[tokio::test]
async fn what_says_nothing_sound_reaches_nobody() {
    let served = served().await;
    let [replies, arrivals, commands] =
        ["replies", "arrivals", "commands"].map(|what| format!("recalls/3-L2-1/{what}"));
    for (place, body) in [
        (&replies, r#"{"person":"17","reply":"accept"}"#),
        (&replies, r#"{"person":"p1","reply":"perhaps"}"#),
        (&replies, r#"{"person":"p1","reply":"decline","eta_minutes":5}"#),
        (&replies, r#"{"person":"p1","reply":"accept","eta_minutes":1441}"#),
        (&replies, r#"{"person":"p1","reply":"wrong_number"}"#),
        (&replies, r#"{"person":"p1","reply":"wrong_number","contact":"fax"}"#),
        (&replies, r#"{"person":"p1","reply":"accept","force":true}"#),
        (&arrivals, r#"{}"#),
        (&commands, r#"{"act":"hold","reason":"x"}"#),
        (&commands, r#"{"act":"hold","until":"soon","reason":"x"}"#),
        (&commands, r#"{"act":"cancel_all","heads":1,"reason":"x"}"#),
        (&commands, r#"{"act":"release","reason":"x"}"#),
        (&commands, r#"{"act":"cancel","reason":"x"}"#),
        (&commands, r#"{"act":"jump","reason":"x"}"#),
        (&commands, r#"{"act":"ask_now","reason":" "}"#),
    ] {
        let response = post(&served, place, body).send().await.expect("answers");
        let found = (response.status().as_u16(), code(response).await);
        assert_eq!(found, (400, "bad_request".to_owned()), "{body}");
    }
    let over = post(&served, "recalls/3-L2-9/arrivals", r#"{"person":"p1"}"#);
    assert_eq!(code(over.send().await.expect("answers")).await, "not_found");
    assert!(served.ends.inbox.is_empty());
    served.stop().await;
}

/// The roster is touched after the monitor took the reply, and only then.
#[tokio::test]
async fn a_contact_of_somebody_who_was_not_asked_is_not_blocked() {
    // Blocking a contact of this person fails.
    let body = r#"{"person":"p5","reply":"wrong_number","contact":"sms"}"#;
    for (refused, found) in [(None, (503, "unavailable")), (Some("no_offer"), (409, "refused"))] {
        let (_, _, response) = exchange("recalls/3-L2-1/replies", body, refused).await;
        assert_eq!((response.status().as_u16(), &*code(response).await), found);
    }
}

#[tokio::test]
async fn a_look_says_whom_and_why_not() {
    let served = served().await;
    let place = "units/north/recall/preview";
    let look = async |body: &str| post(&served, place, body).send().await.expect("answers");
    let seen = json(look(r#"{"level":"L2"}"#).await).await;
    assert_eq!(seen["need"], serde_json::json!({"cards": 2}));
    let passed = seen["not_asked"].as_array().expect("people");
    for (person, why) in [("p1", "held"), ("p12", "no_contact")] {
        assert!(passed.contains(&serde_json::json!({"person": person, "why": why})), "{seen}");
    }
    assert_eq!(seen["excluded"][0]["person"], "p90");
    assert_eq!(code(look(r#"{"level":"L3"}"#).await).await, "nobody_asked");
    assert_eq!(code(look(r#"{"level":"L1"}"#).await).await, "bad_request");
    assert!(served.ends.inbox.is_empty());
    served.stop().await;
}

#[tokio::test]
async fn a_drill_is_silent_unless_it_is_asked_to_reach_people() {
    let place = "units/north/drill";
    let body = r#"{"level":"L2","reason":"every month","heads":5}"#;
    let (input, order, response) = exchange(place, body, None).await;
    let Input::Rehearse(drill) = input else { panic!("{input:?}") };
    // The number is that of the entry that the view is of.
    assert_eq!((drill.id.to_string(), drill.unit), ("drill-42-L2-1".to_owned(), UnitId(0)));
    assert_eq!(drill.need, Need::from([(Skill(0), 5)]));
    assert_eq!(order, Some(("operate".to_owned(), "every month".to_owned())));
    assert_eq!(response.status(), 200);
    let body = r#"{"level":"L2","reason":"every year","mode":"full","actor":"Wang"}"#;
    let (input, order, _) = exchange(place, body, None).await;
    assert!(matches!(&input, Input::Start(drill) if drill.id.drill), "{input:?}");
    assert_eq!(order, Some(("operate/Wang".to_owned(), "every year".to_owned())));
    let (.., response) = exchange(place, body, Some("real_recall")).await;
    assert_eq!((response.status().as_u16(), &*code(response).await), (409, "refused"));
}

#[tokio::test]
async fn a_drill_that_cannot_be_planned_reaches_nobody() {
    let served = served_by(view(), with_tokens(), |state| {
        state.recall = Desk { mode: RecallMode::DryRun, ..desk() };
    })
    .await;
    for (body, status, found) in [
        (r#"{"level":"L2","reason":"x","mode":"full"}"#, 409, "not_automatic"),
        (r#"{"level":"L3","reason":"x"}"#, 409, "nobody_asked"),
        (r#"{"level":"L1","reason":"x"}"#, 400, "bad_request"),
        (r#"{"level":"L2","reason":" "}"#, 400, "bad_request"),
        (r#"{"level":"L2"}"#, 400, "bad_request"),
        (r#"{"level":"L2","reason":"x","heads":0}"#, 400, "bad_request"),
        (r#"{"level":"L2","reason":"x","mode":"loud"}"#, 400, "bad_request"),
    ] {
        let response = post(&served, "units/north/drill", body).send().await.expect("answers");
        let said = (response.status().as_u16(), code(response).await);
        assert_eq!(said, (status, found.to_owned()), "{body}");
    }
    let nowhere = post(&served, "units/nowhere/drill", r#"{"level":"L2","reason":"x"}"#);
    assert_eq!(code(nowhere.send().await.expect("answers")).await, "not_found");
    assert!(served.ends.inbox.is_empty());
    served.stop().await;
}
