//! What may never happen, whatever comes in: random traces over several recalls that share people.

use super::night::{candidate, minute, recall_id};
use callsurge::engine::observation::UnitId;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::recall::*;
use callsurge::roster::PersonId;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const RECALLS: [&str; 4] = ["L2", "L3", "D2", "D3"];
const SKILLS: [&str; 3] = ["a", "b", "ab"];

/// One step: how long after the one before, and what.
pub(super) type Step = (i64, Input);

pub(super) fn order(
    name: &str,
    heads: (u32, u32),
    people: std::ops::Range<u32>,
    policy: RecallPolicy,
) -> Order {
    Order {
        id: recall_id(name),
        unit: UnitId(0),
        need: BTreeMap::from([(Skill(0), heads.0), (Skill(1), heads.1)]),
        deadline: minute(240),
        candidates: people.map(|p| candidate(PersonId(p), SKILLS[p as usize % 3])).collect(),
        policy,
    }
}

pub(super) fn policies() -> impl Strategy<Value = RecallPolicy> {
    (prop::sample::select(vec![0, 50]), prop::sample::select(vec![0, 20, 100]), any::<bool>())
        .prop_map(|(overbook_percent, reserve_percent, last_in)| RecallPolicy {
            overbook_percent,
            reserve_percent,
            release_order: if last_in { ReleaseOrder::LastIn } else { ReleaseOrder::LongestHours },
            ..RecallPolicy::DEFAULT
        })
}

fn words() -> impl Strategy<Value = Words> {
    let eta = || prop::option::of((0_i64..90).prop_map(Span::minutes));
    prop_oneof![
        4 => eta().prop_map(Words::Accept),
        3 => Just(Words::Decline),
        1 => eta().prop_map(Words::OnTheWay),
        1 => Just(Words::WrongNumber),
    ]
}

fn inputs(names: &'static [&'static str]) -> impl Strategy<Value = Input> {
    let recall = || prop::sample::select(names);
    let person = || (1_u32..20).prop_map(PersonId);
    let receipts = vec![Receipt::Queued, Receipt::Sent, Receipt::Delivered, Receipt::Failed];
    let start = (recall(), (0_u32..4, 0_u32..3), 1_u32..8, 8_u32..20, policies());
    let commands = prop_oneof![
        (0_i64..300).prop_map(|m| Command::Hold(minute(m))),
        Just(Command::AskNow),
        person().prop_map(Command::Cancel),
        (0_u32..3).prop_map(Command::Release),
        Just(Command::CancelAll),
    ];
    prop_oneof![
        3 => start.prop_map(|(name, need, from, to, policy)| {
            Input::Start(order(name, need, from..to, policy))
        }),
        16 => (recall(), person(), 0_u64..400, words()).prop_map(|(name, person, number, words)| {
            let contact = ContactId(person.0);
            Input::Reply(Reply { recall: recall_id(name), person, contact, number, words })
        }),
        6 => (recall(), person(), prop::sample::select(receipts))
            .prop_map(|(name, person, receipt)| Input::Receipt(recall_id(name), person, receipt)),
        5 => person().prop_map(Input::LoggedOn),
        2 => (recall(), 0_u32..4, 0_u32..3, 60_i64..300).prop_map(|(name, a, b, deadline)| {
            let need = BTreeMap::from([(Skill(0), a), (Skill(1), b)]);
            Input::Change { recall: recall_id(name), need, deadline: minute(deadline) }
        }),
        1 => (recall(), 1_u32..25)
            .prop_map(|(name, p)| Input::Candidates(recall_id(name), vec![candidate(PersonId(p), "ab")])),
        1 => recall().prop_map(|name| Input::StandDown(recall_id(name))),
        1 => (recall(), commands).prop_map(|(name, c)| Input::Command(recall_id(name), c)),
        1 => Just(Input::EndDrills),
        1 => Just(Input::Tick),
    ]
}

pub(super) fn traces(names: &'static [&'static str]) -> impl Strategy<Value = Vec<Step>> {
    let first = policies().prop_map(|p| (0, Input::Start(order("L2", (2, 1), 1..16, p))));
    let rest = prop::collection::vec((0_i64..8, inputs(names)), 1..80);
    (first, rest).prop_map(|(first, rest)| std::iter::once(first).chain(rest).collect())
}

fn restarted(campaigns: &Campaigns) -> Campaigns {
    postcard::from_bytes(&postcard::to_allocvec(campaigns).unwrap()).unwrap()
}

/// Placed people of a recall by skill.
fn placed(recall: &Recall) -> BTreeMap<Skill, u32> {
    let mut heads = BTreeMap::new();
    for (&person, offer) in recall.offers() {
        assert_eq!(
            offer.state.has_place(),
            recall.place_of(person).is_some(),
            "{person} {offer:?}"
        );
        if let Some(skill) = recall.place_of(person) {
            assert!(offer.candidate.skills.contains(&skill), "{person} cannot do {skill:?}");
            *heads.entry(skill).or_insert(0) += 1;
        }
    }
    heads
}

/// What is true between any two inputs.
fn sound(before: &Campaigns, after: &Campaigns) {
    let mut open = BTreeSet::new();
    let mut held = BTreeSet::new();
    for recall in after.recalls() {
        let drill = recall.id().drill;
        for (&person, offer) in recall.offers() {
            if offer.state.is_open() {
                assert!(open.insert(person), "{person} is asked twice at once");
            }
            if !drill && !offer.state.is_final() {
                assert!(held.insert(person), "{person} is held twice");
            }
        }
        let earlier = before.recall(recall.id());
        let old = earlier.map(placed).unwrap_or_default();
        let came = |(person, offer): &(&PersonId, &Offer)| {
            let had = earlier.and_then(|recall| recall.place_of(**person)).is_some();
            matches!(offer.state, OfferState::Arrived { .. }) && !had
        };
        let came = recall.offers().iter().filter(came).count() as u32;
        for (skill, heads) in placed(recall) {
            let need = recall.need().get(&skill).copied().unwrap_or(0);
            let room = RecallPolicy { overbook_percent: 50, ..RecallPolicy::DEFAULT }.places(need);
            let kept: u32 = old.values().sum();
            // Nobody is given a place too many; who is at work without one counts all the same.
            let most = room.max(kept + came);
            assert!(heads <= most, "{heads} heads of {skill:?}, room for {room}");
        }
    }
    let real = after.recalls().filter(|r| !r.id().drill).count();
    let drills = after.recalls().filter(|r| r.id().drill).count();
    assert!(real == 0 || drills == 0, "a drill beside a real recall");
}

/// The same answer again, under the same number and, where that was a new one, under another.
fn idempotent(campaigns: &Campaigns, at: Timestamp, reply: Reply, answer: Answer, new: bool) {
    let other = new.then_some(reply.number + 1_000_000);
    let over = campaigns.recall(reply.recall).is_none();
    for number in std::iter::once(reply.number).chain(other) {
        let mut again = campaigns.clone();
        let mut out = Vec::new();
        let second = again.apply(at, Input::Reply(Reply { number, ..reply }), &mut out);
        // After the end a wrong number is told under one key, however often.
        out.retain(|e| !(over && e.key.wave == 0 && e.key.purpose == Purpose::BlockContact));
        // A "no" that settled the last of a recall ended it; what is forgotten says not to come.
        let ended = over && answer == Answer::Declined && second == Answer::DoNotCome;
        assert_eq!(out, vec![], "nothing follows again: {reply:?}");
        assert!(second == answer || ended, "{second:?} after {answer:?}: {reply:?}");
    }
}

/// Nothing happens between two instants at which something is due.
fn quiet(campaigns: &Campaigns, until: Timestamp) {
    let early = campaigns.next_due().map_or(until, |due| until.min(due - Span::millis(1)));
    let mut out = Vec::new();
    campaigns.clone().apply(early, Input::Tick, &mut out);
    assert_eq!(out, [], "something followed before it was due");
}

fn run(trace: Vec<Step>) {
    let mut campaigns = Campaigns::default();
    let mut twin = Campaigns::default();
    let mut at = minute(0);
    let mut effects: Vec<Effect> = Vec::new();
    let mut heard = BTreeSet::new();
    for (step, input) in trace {
        quiet(&campaigns, at + Span::minutes(step));
        at = at + Span::minutes(step);
        let before = campaigns.clone();
        let (mut out, mut twins) = (Vec::new(), Vec::new());
        let mut ticked = campaigns.clone();
        let answer = campaigns.apply(at, input.clone(), &mut out);
        // A restart before any input, and a tick of the same instant, change nothing.
        twin = restarted(&twin);
        assert_eq!(twin.apply(at, input.clone(), &mut twins), answer);
        assert_eq!(twins, out, "a restart changed something");
        let mut split = Vec::new();
        ticked.apply(at, Input::Tick, &mut split);
        ticked.apply(at, input.clone(), &mut split);
        assert_eq!(split, out, "a tick of the same instant changed something");
        sound(&before, &campaigns);
        let mut idle = Vec::new();
        campaigns.clone().apply(at, Input::Tick, &mut idle);
        assert_eq!(idle, [], "something was left to do");
        if let Input::Reply(reply) = input {
            let new = heard.insert((reply.recall, reply.contact, reply.number));
            idempotent(&campaigns, at, reply, answer, new);
        }
        effects.extend(out);
    }
    let ids: Vec<RecallId> = campaigns.recalls().map(Recall::id).collect();
    for id in ids {
        campaigns.apply(at, Input::Command(id, Command::CancelAll), &mut effects);
    }
    campaigns.apply(at + Span::hours(48), Input::Tick, &mut effects);
    assert_eq!(campaigns.recalls().count(), 0, "everything ends");
    ends_once(&effects);
}

/// Keys are unique, and nobody hears twice what can be true once.
fn ends_once(effects: &[Effect]) {
    let mut keys = BTreeSet::new();
    let mut once = BTreeSet::new();
    let mut over: BTreeSet<(RecallId, PersonId)> = BTreeSet::new();
    let mut closed = BTreeSet::new();
    for effect in effects {
        let Effect { key, kind, .. } = effect;
        // A recall that is over may be started again under its name in these traces.
        if let EffectKind::Closed(_) = kind {
            closed.insert(key.recall);
        }
        let blocked_late = key.wave == 0 && key.purpose == Purpose::BlockContact;
        if blocked_late || closed.contains(&key.recall) {
            continue;
        }
        assert!(keys.insert(*key), "a key came twice: {key:?}");
        let Some(person) = key.person else { continue };
        let name = (key.recall, person);
        // Who says yes after all and is taken may be sent away again.
        if matches!(kind, EffectKind::Thank { .. } | EffectKind::Reserve { .. }) {
            let gone =
                once.contains(&(name, Purpose::Cancel)) || once.contains(&(name, Purpose::Release));
            assert!(!gone, "after the end: {effect:?}");
            once.remove(&(name, Purpose::Withdraw));
            once.remove(&(name, Purpose::TooLate));
            over.remove(&name);
        }
        let last =
            matches!(kind, EffectKind::Withdraw(_) | EffectKind::Cancel(_) | EffectKind::Release);
        if last || matches!(kind, EffectKind::Offer { .. } | EffectKind::TooLate) {
            assert!(once.insert((name, kind.purpose())), "told twice: {effect:?}");
        }
        let afterwards = matches!(kind, EffectKind::TooLate | EffectKind::BlockContact(_));
        assert!(afterwards || !over.contains(&name), "after the end: {effect:?}");
        if last {
            over.insert(name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_forbidden_ever_happens(trace in traces(&RECALLS)) {
        run(trace);
    }
}
