//! From a need and a roster to the order of a recall.

use crate::sample;
use callsurge::callup::{Rules, need, plan, preview};
use callsurge::config::SecretSource;
use callsurge::engine::command::Level;
use callsurge::engine::observation::UnitId;
use callsurge::engine::policy::StaffingPolicy;
use callsurge::engine::recalls::Note;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::engine::view::{Agents, Load, View};
use callsurge::ingest::encoding::Encoding;
use callsurge::recall::{
    Campaigns, ContactId, Input, Need, RecallId, RecallPolicy, Reply, Shift, Skill, Words,
};
use callsurge::record::{RecallRecord, Record};
use callsurge::roster::plan::Plan;
use callsurge::roster::seal::RosterKey;
use callsurge::roster::store::{Lines, Store};
use callsurge::roster::{
    Contact, Facts, Kind, Ledger, LegalProfile, Period, Person, PersonId, Tier, Verification, Why,
    table,
};
use callsurge::worked::worked;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

const L2: RecallId = RecallId { incident: 3, level: Level::L2, generation: 1, drill: false };

pub(crate) fn rules() -> Rules {
    Rules {
        policy: RecallPolicy::DEFAULT,
        arrive_within: Span::hours(2),
        work: Span::hours(4),
        law: LegalProfile::cn().unwrap(),
        reach: None,
    }
}

/// The skills `cards` of queues 0 and 2 and `loans` of queue 1, each so many Erlang, five minutes a
/// call, with nobody logged in.
pub(crate) fn view(cards: f64, loans: f64) -> View {
    let mut view = sample::view(3);
    let skills = [("queue-0000", "cards"), ("queue-0001", "loans"), ("queue-0002", "cards")];
    view.units[0].staffing = Arc::new(StaffingPolicy {
        skills: skills.map(|(queue, skill)| (queue.to_owned(), skill.to_owned())).to_vec(),
        ..StaffingPolicy::default()
    });
    for (queue, erlangs) in view.queues.iter_mut().zip([cards / 2.0, loans, cards / 2.0]) {
        queue.waiting = Some(0);
        let (talked_calls, talked_seconds) = (1.0e9, 300.0e9);
        queue.load = Load { calls_per_15_minutes: 3.0 * erlangs, talked_calls, talked_seconds };
        queue.agents = Agents { logged_in: Some(0), paused: Some(0), ..Agents::default() };
    }
    view
}

pub(crate) fn fallback(view: &mut View, l2: Option<u32>) {
    let staffing = StaffingPolicy {
        fallback_heads: [None, l2, None],
        ..StaffingPolicy::clone(&view.units[0].staffing)
    };
    view.units[0].staffing = Arc::new(staffing);
}

fn heads(view: &View, level: Level) -> Result<Vec<(u32, u32)>, Note> {
    let need = need(view, &view.units[0], level)?;
    Ok(need.into_iter().map(|(skill, heads)| (skill.0, heads)).collect())
}

pub(crate) fn person(id: u32, tier: Tier, skills: &[&str], promise_minutes: Option<u32>) -> Person {
    let verification = Verification::Attested { verified_on: "2026-11-01".parse().unwrap() };
    Person {
        id: PersonId(id),
        facts: Facts {
            tiers: BTreeSet::from([tier]),
            sites: BTreeSet::new(),
            skills: skills.iter().map(ToString::to_string).collect(),
            promise_minutes,
            language: None,
            timezone: chrono_tz::Asia::Shanghai,
            rotation: id,
            quiet: None,
            opted_out: false,
        },
        contacts: vec![Contact { kind: Kind::Sms, verification, blocked_since: None }],
        shifts: Vec::new(),
        leave: Vec::new(),
        ledger: Ledger::default(),
    }
}

#[test]
fn the_need_is_what_is_missing_by_skill() {
    let view = view(10.0, 5.0);
    let demand = callsurge::demand::of_skills(&view, &view.units[0]);
    let [cards, loans] = [0, 1].map(|at| demand[at].staffed.missing.unwrap().likely);
    assert!(cards > loans && loans > 0);
    assert_eq!(heads(&view, Level::L2), Ok(vec![(0, cards), (1, loans)]));
}

#[test]
fn a_skill_that_has_enough_is_not_asked_for() {
    let mut view = view(10.0, 5.0);
    view.queues[1].agents.logged_in = Some(50);
    assert_eq!(heads(&view, Level::L2).unwrap().len(), 1);
    for queue in &mut view.queues {
        queue.agents.logged_in = Some(50);
    }
    assert_eq!(heads(&view, Level::L2), Err(Note::Enough));
}

#[test]
fn what_cannot_be_computed_is_what_is_set_or_nothing() {
    let mut view = view(10.0, 5.0);
    let whole = heads(&view, Level::L2).unwrap();
    fallback(&mut view, Some(7));
    assert_eq!(heads(&view, Level::L2), Ok(whole.clone()), "computed goes first");
    view.queues[1].agents = Agents::default();
    assert_eq!(heads(&view, Level::L2), Ok(vec![(Skill::ANY.0, 7)]));
    assert_eq!(heads(&view, Level::L3), Ok(vec![whole[0]]), "a part is not too many");
    for queue in &mut view.queues {
        queue.agents = Agents::default();
    }
    assert_eq!(heads(&view, Level::L3), Err(Note::NoNeed));
    fallback(&mut view, Some(0));
    assert_eq!(heads(&view, Level::L2), Err(Note::Enough));
}

#[test]
fn people_are_those_of_the_tier_with_a_skill_in_the_order_of_the_roster() {
    let view = view(1.0, 1.0);
    let people = [
        person(1, Tier::Standby, &["cards"], Some(180)),
        person(2, Tier::Standby, &["loans", "cards", "spanish"], None),
        person(3, Tier::Standby, &["spanish"], Some(10)),
        person(4, Tier::Functional, &["cards"], Some(10)),
        person(5, Tier::Standby, &["loans"], Some(60)),
    ];
    let planned = plan(&view, UnitId(0), L2, &people, &rules(), sample::now()).unwrap();
    let order = &planned.order;
    let asked: Vec<_> = order.candidates.iter().map(|c| c.person.0).collect();
    assert_eq!(asked, [2, 5, 1], "in time first, then by turn");
    assert_eq!(order.deadline, sample::now() + Span::hours(2));
    let two = &order.candidates[0];
    assert_eq!(two.skills, BTreeSet::from([Skill(0), Skill(1)]));
    assert_eq!((two.promise, two.contacts), (Span::minutes(120), 1));
    // 03:00 UTC is eleven in Shanghai.
    assert_eq!((two.class.tier, two.class.shift), (Tier::Standby, Shift::Day));
    let lacks = ["cards", "loans"].map(|s| Why::LacksSkill { skill: s.to_owned() }).to_vec();
    let wrong = vec![Why::WrongTier { asked: Tier::Standby }];
    let excluded: Vec<_> = planned.excluded.iter().map(|(id, _, why)| (id.0, why)).collect();
    assert_eq!(excluded, [(3, &lacks), (4, &wrong)]);
    let seen = preview(&view, &planned, &rules(), sample::now()).unwrap();
    assert_eq!(seen.excluded[1].reason, "not in the tier standby");
    assert_eq!(seen.first.len() + seen.not_asked.len(), 3);

    let l3 = RecallId { level: Level::L3, ..L2 };
    let planned = plan(&view, UnitId(0), l3, &people, &rules(), sample::now()).unwrap();
    assert_eq!(planned.order.candidates.len(), 1, "L3 asks the others");
}

#[test]
fn whoever_is_coming_already_is_taken_from_a_computed_need() {
    let mut view = view(10.0, 5.0);
    let whole = heads(&view, Level::L3).unwrap();
    let people: Vec<_> =
        (1..=40).map(|id| person(id, Tier::Standby, &["cards"], Some(30))).collect();
    let mut planned = plan(&view, UnitId(0), L2, &people, &rules(), sample::now()).unwrap();
    planned.order.need = Need::from([(Skill(0), 3)]);
    let mut campaigns = Campaigns::default();
    let mut told = Vec::new();
    campaigns.apply(sample::now(), Input::Start(planned.order), &mut told);
    for effect in told.clone().iter().take(2) {
        let (recall, person) = (L2, effect.key.person.unwrap());
        let (contact, words) = (ContactId(0), Words::Accept(None));
        let reply = Reply { recall, person, contact, number: 1, words };
        campaigns.apply(sample::now(), Input::Reply(reply), &mut told);
    }
    view.recalls = Arc::new(campaigns);
    assert_eq!(heads(&view, Level::L3).unwrap(), [(0, whole[0].1 - 2), whole[1]]);
}

/// From lines of the log book by way of the roster's file to the next plan.
#[test]
fn who_worked_for_a_recall_is_excluded_by_law_at_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("key"), "0123456789abcdef0123456789abcdef").unwrap();
    let key = RosterKey::fetch(&SecretSource::File(file("key"))).unwrap();
    let mut people = "id,name,tier,skills,mobile,verified_on\n".to_owned();
    for n in 1..=4 {
        writeln!(people, "{n},P{n},standby,cards,1380013800{n},2026-11-01").unwrap();
    }
    let sheet = table::Sheet::read(people.as_bytes(), Encoding::Auto).unwrap();
    let now = sample::now();
    let rows = table::people(&sheet, "2026-11-24".parse().unwrap()).unwrap().rows;
    let zone = chrono_tz::Asia::Shanghai;
    let made = now - Span::hours(48);
    let mut store = Store::open(&file("roster.db"), &key, made).unwrap();
    store.apply(&Plan::of(&[], &rows, zone, false), &key, made).unwrap();

    // 11:00 in Shanghai. Two came and went today, one the night before, one was a drill.
    let told = |recall: &str, cause: &str, person: u32, hours: i64| Record {
        kind: "recall".into(),
        at: (now - Span::hours(hours)).to_string(),
        cause: Some(cause.into()),
        recall: Some(RecallRecord {
            id: Some(recall.into()),
            person: Some(PersonId(person).to_string()),
            ..RecallRecord::default()
        }),
        ..Record::default()
    };
    let lines: Vec<_> = [
        told("2-L2-1", "arrived", 3, 17),
        told("2-L2-1", "release", 3, 14),
        told("3-L2-1", "arrived", 1, 6),
        told("3-L2-1", "arrived", 2, 6),
        told("drill-3-L2-1", "arrived", 4, 6),
        told("drill-3-L2-1", "release", 4, 3),
        told("3-L2-1", "release", 1, 3),
        told("3-L2-1", "release", 2, 3),
    ]
    .into_iter()
    .enumerate()
    .map(|(line, record)| (line as i64 + 1, record))
    .collect();
    let work: Vec<_> = worked(&lines).into_iter().map(|one| (one.person, one.period)).collect();
    assert!(store.book(&Lines { journal: "j", after: 0, upto: 8 }, &work).unwrap());

    let mut people = store.people().unwrap();
    // From 23 until 2 o'clock: the day has a shift, so article 41 bounds what is beyond it.
    people[1].shifts.extend(Period::new(now - Span::hours(12), now - Span::hours(9)));
    let planned = plan(&view(1.0, 1.0), UnitId(0), L2, &people, &rules(), now).unwrap();
    let asked: Vec<_> = planned.order.candidates.iter().map(|c| c.person.0).collect();
    assert_eq!(asked.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([3, 4]));
    let worked_today: Vec<_> =
        people.iter().map(|p| p.ledger.day_minutes(roster_day(now))).collect();
    assert_eq!(worked_today, [180, 180, 0, 0]);
    let rest = Why::RestTooShort { until: now + Span::hours(8) };
    let day = "2026-11-24".parse().unwrap();
    // Three hours worked and four asked for.
    let overtime = Why::DayOvertime { day, minutes: 420, minutes_max: 180 };
    let excluded: Vec<_> =
        planned.excluded.iter().map(|(id, _, why)| (id.0, why.clone())).collect();
    assert_eq!(excluded, [(1, vec![rest.clone()]), (2, vec![rest, overtime])]);
}

fn roster_day(at: Timestamp) -> chrono::NaiveDate {
    callsurge::roster::day(at, chrono_tz::Asia::Shanghai)
}
