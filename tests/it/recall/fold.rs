//! Recalls inside the engine: what levels want, what ends with them, what a restart keeps.

use crate::rig;
use callsurge::engine::command::{Act, Command, Level};
use callsurge::engine::effect::{Effect, EffectId, EffectKind, Transition};
use callsurge::engine::entry::{Entry, Input};
use callsurge::engine::observation::UnitId;
use callsurge::engine::recalls::Note;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::engine::{Engine, Wake};
use callsurge::journal::Told;
use callsurge::recall::{
    self, Answer, Candidate, ChannelId, Class, Need, Order, Purpose, RecallId, RecallPolicy,
    Refusal, Shift, Skill,
};
use callsurge::roster::{PersonId, Tier};
use std::collections::BTreeSet;

/// An engine with a journal of its own.
struct Night {
    engine: Engine,
    at: Timestamp,
    entries: Vec<Entry>,
    effects: Vec<Effect>,
}

impl Night {
    fn new() -> Self {
        let mut night =
            Self { engine: Engine::new(), at: rig::T0, entries: Vec::new(), effects: Vec::new() };
        night.take(Input::Policy(Box::new(rig::policy())));
        night
    }

    /// Folds an input; what follows from it.
    fn take(&mut self, input: Input) -> Vec<Effect> {
        let entry = Entry { seq: self.engine.seq() + 1, at: self.at, input };
        let first = self.effects.len();
        self.engine.apply(&entry, &mut self.effects);
        self.entries.push(entry);
        self.effects[first..].to_vec()
    }

    fn later(&mut self, span: Span) -> &mut Self {
        self.at = self.at + span;
        self
    }

    fn order(&mut self, act: Act) -> Vec<Effect> {
        let (actor, reason) = ("desk".to_owned(), "night".to_owned());
        let command = Command { unit: UnitId(0), act, actor, reason, expires_at: None };
        self.take(Input::Command(Box::new(command)))
    }

    fn recall(&mut self, input: recall::Input) -> Vec<Effect> {
        self.take(Input::Recall { input: Box::new(input), order: None })
    }

    fn start(&mut self, id: RecallId) -> Answer {
        let deadline = self.at + Span::hours(2);
        answer(&self.recall(recall::Input::Start(order(id, deadline))))
    }

    fn wanted(&self) -> Vec<String> {
        self.engine.view().wanted.iter().map(|want| want.recall.to_string()).collect()
    }
}

fn order(id: RecallId, deadline: Timestamp) -> Order {
    let candidate = |n| Candidate {
        person: PersonId(n),
        skills: BTreeSet::from([Skill::ANY]),
        promise: Span::minutes(30),
        class: Class { tier: Tier::Standby, shift: Shift::Day },
        contacts: 1,
        channel: ChannelId(0),
        worked: Span::ZERO,
    };
    Order {
        id,
        unit: UnitId(0),
        need: Need::from([(Skill::ANY, 2)]),
        deadline,
        candidates: (1..=20).map(candidate).collect(),
        policy: RecallPolicy::DEFAULT,
    }
}

fn id(text: &str) -> RecallId {
    text.parse().expect("a name")
}

fn answer(effects: &[Effect]) -> Answer {
    let found = effects.iter().find_map(|effect| match &effect.kind {
        EffectKind::Recalled(done) => Some(done.answer),
        _ => None,
    });
    found.expect("it is answered")
}

/// Effects that recalls want told, by what they are for.
fn told(effects: &[Effect]) -> Vec<(EffectId, Purpose, Option<PersonId>)> {
    let of = |effect: &Effect| match &effect.kind {
        EffectKind::Recall(line) => {
            Some((effect.id, line.effect.key.purpose, line.effect.key.person))
        }
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

fn count(effects: &[Effect], purpose: Purpose) -> usize {
    told(effects).iter().filter(|(_, p, _)| *p == purpose).count()
}

#[test]
fn a_level_wants_a_recall_until_it_is_started_or_falls() {
    let mut night = Night::new();
    night.order(Act::Raise(Level::L1));
    assert!(night.wanted().is_empty(), "L1 asks nobody who is off duty");
    night.order(Act::Raise(Level::L3));
    assert_eq!(night.wanted(), ["1-L2-1", "1-L3-1"]);
    assert_eq!(night.start(id("1-L2-1")), Answer::Done);
    assert_eq!(night.wanted(), ["1-L3-1"]);
    assert_eq!(night.start(id("1-L2-1")), Answer::Refused(Refusal::Known));
    let fell = night.order(Act::Lower(Level::L1));
    assert!(night.wanted().is_empty());
    assert!(count(&fell, Purpose::Withdraw) > 2, "in the entry that lets the level fall");
    assert_eq!(count(&fell, Purpose::Closed), 1);
    assert_eq!(night.start(id("1-L3-1")), Answer::Refused(Refusal::NotWanted), "too late");
    assert_eq!(night.start(id("1-L2-1")), Answer::Refused(Refusal::NotWanted), "it has been");
    night.later(Span::minutes(1)).order(Act::Raise(Level::L2));
    assert_eq!(night.wanted(), ["1-L2-2"], "a level that comes back asks anew");
    night.order(Act::Close);
    assert!(night.wanted().is_empty());
}

#[test]
fn a_recall_that_ends_by_itself_is_not_wanted_again() {
    let mut night = Night::new();
    night.order(Act::Raise(Level::L2));
    night.start(id("1-L2-1"));
    night.recall(recall::Input::Command(id("1-L2-1"), recall::Command::CancelAll));
    assert_eq!(night.engine.view().recalls.recalls().count(), 0);
    assert!(night.wanted().is_empty());
    assert_eq!(night.start(id("1-L2-1")), Answer::Refused(Refusal::NotWanted));
}

#[test]
fn the_first_level_ends_every_drill_and_none_begins_beside_one() {
    let mut night = Night::new();
    let drill = id("drill-1-L2-1");
    assert_eq!(night.start(drill), Answer::Done);
    let raised = night.order(Act::Raise(Level::L1));
    assert!(count(&raised, Purpose::Withdraw) > 2, "with notice");
    assert_eq!(count(&raised, Purpose::Closed), 1);
    assert_eq!(night.start(id("drill-1-L2-2")), Answer::Refused(Refusal::RealRecall));
    night.order(Act::Close);
    assert_eq!(night.start(id("drill-1-L2-2")), Answer::Done);
}

/// A silent drill is in the log book and on no channel; a full one is told like a real recall.
#[test]
fn a_silent_drill_tells_nobody() {
    for (silent, name) in [(true, "drill-1-L2-1"), (false, "drill-2-L2-1")] {
        let mut night = Night::new();
        let order = order(id(name), night.at + Span::hours(2));
        let start = if silent { recall::Input::Rehearse } else { recall::Input::Start };
        let mut effects = night.recall(start(order));
        effects.extend(night.order(Act::Raise(Level::L1)));
        let all: Vec<Told> =
            effects.iter().filter_map(|effect| Told::of(effect, &night.engine)).collect();
        let of_drill = |told: &&Told| told.record.recall.as_ref().is_some_and(|r| r.drill);
        let lines: Vec<&Told> = all.iter().filter(of_drill).collect();
        let causes: BTreeSet<_> = lines.iter().filter_map(|t| t.record.cause.as_deref()).collect();
        assert_eq!(causes, BTreeSet::from(["closed", "offer", "withdraw"]));
        for told in lines.iter().filter(|told| told.record.kind == "recall") {
            let about = told.record.recall.as_ref().expect("a recall");
            assert_eq!((told.notify, about.silent), (!silent, silent), "{:?}", told.record);
        }
        assert!(all.iter().any(|told| told.notify), "the level itself is told");
    }
}

#[test]
fn the_engine_wakes_for_its_recalls() {
    let mut night = Night::new();
    night.order(Act::Raise(Level::L2));
    // Off the grid of the instants at which sources are looked at.
    night.later(Span::millis(1_500)).start(id("1-L2-1"));
    let timer = night.at + RecallPolicy::DEFAULT.wave_timer;
    let mut woken = Vec::new();
    while night.at < timer {
        let (next, why) = night.engine.next_deadline().expect("a deadline");
        assert!(next > night.at, "it does not wake for the same twice");
        night.at = next;
        woken.push((why, night.take(Input::Tick)));
    }
    assert_eq!(night.at, timer);
    let (why, effects) = woken.last().expect("it woke");
    assert_eq!(*why, Wake::Recall);
    assert!(count(effects, Purpose::Offer) > 0, "silence brings the next wave");
}

#[test]
fn an_offer_that_was_taken_and_not_answered_is_silence() {
    let mut night = Night::new();
    night.order(Act::Raise(Level::L2));
    let deadline = night.at + Span::hours(2);
    let begun = night.recall(recall::Input::Start(order(id("1-L2-1"), deadline)));
    let offers: Vec<_> = told(&begun).into_iter().filter(|t| t.1 == Purpose::Offer).collect();
    let [(taken, _, first), (refused, _, second), ..] = offers[..] else { panic!("{offers:?}") };
    night.take(Input::Receipt { effect: taken, delivered: true });
    night.take(Input::Receipt { effect: refused, delivered: false });
    let unknown = EffectId { seq: 1, ordinal: 9 };
    assert!(night.take(Input::Receipt { effect: unknown, delivered: true }).is_empty());
    let state = |night: &Night, person: Option<PersonId>| {
        let view = night.engine.view();
        let recall = view.recalls.recall(id("1-L2-1")).expect("it runs");
        recall.offers()[&person.expect("a person")].state.word()
    };
    assert_eq!([state(&night, first), state(&night, second)], ["sent", "failed"]);
    night.later(RecallPolicy::DEFAULT.offer_deadline).take(Input::Tick);
    assert_eq!([state(&night, first), state(&night, second)], ["expired", "failed"]);
}

#[test]
fn a_note_is_told_once() {
    let mut night = Night::new();
    night.order(Act::Raise(Level::L2));
    let note = |note| Input::RecallNote { recall: id("1-L2-1"), note };
    assert_eq!(night.take(note(Note::NoNeed)).len(), 1);
    assert!(night.take(note(Note::NoNeed)).is_empty());
    assert_eq!(night.take(note(Note::Enough)).len(), 1);
    assert_eq!(night.start(id("1-L2-1")), Answer::Done, "it is still wanted");
    assert!(night.take(note(Note::NoNeed)).is_empty());
}

/// A night with recalls, drills, receipts and levels that come and go.
fn whole_night() -> Night {
    let mut night = Night::new();
    night.start(id("drill-1-L2-1"));
    night.later(Span::minutes(1)).order(Act::Raise(Level::L3));
    let at = night.at + Span::hours(2);
    let begun = night.recall(recall::Input::Start(order(id("1-L2-1"), at)));
    night.take(Input::RecallNote { recall: id("1-L3-1"), note: Note::NoNeed });
    for (effect, ..) in told(&begun) {
        night.take(Input::Receipt { effect, delivered: effect.ordinal % 3 != 0 });
    }
    night.recall(recall::Input::LoggedOn(PersonId(1)));
    night.later(Span::minutes(6)).take(Input::Tick);
    night.order(Act::Lower(Level::L1));
    night.later(Span::minutes(2)).order(Act::Raise(Level::L2));
    night.start(id("1-L2-2"));
    night.later(Span::minutes(25)).take(Input::Tick);
    night.order(Act::Close);
    night
}

#[test]
fn a_restart_anywhere_changes_nothing() {
    let night = whole_night();
    for cut in 1..night.entries.len() {
        let mut engine = Engine::new();
        let mut effects = Vec::new();
        for entry in &night.entries[..cut] {
            engine.apply(entry, &mut effects);
        }
        let kept = postcard::to_allocvec(&engine).expect("encodes");
        let mut engine: Engine = postcard::from_bytes(&kept).expect("decodes");
        for entry in &night.entries[cut..] {
            engine.apply(entry, &mut effects);
        }
        assert_eq!(engine, night.engine, "after {cut} entries");
        assert_eq!(effects, night.effects, "after {cut} entries");
    }
}

/// Another build that is told the transitions decides the same of recalls.
#[test]
fn recorded_transitions_lead_recalls_like_own_ones() {
    let night = whole_night();
    let mut engine = Engine::new();
    for entry in &night.entries {
        let own = night.effects.iter().filter(|effect| effect.id.seq == entry.seq);
        let transitions: Vec<(Timestamp, Transition)> = own
            .filter_map(|effect| match &effect.kind {
                EffectKind::Transition(t) => Some((effect.at, t.clone())),
                _ => None,
            })
            .collect();
        engine.apply_recorded(entry, &transitions);
    }
    assert_eq!(engine, night.engine);
}

/// The answer to a person who says something to a recall.
fn says(night: &mut Night, recall: &str, words: recall::Words) -> (Answer, usize) {
    let contact = recall::ContactId(0);
    let number = night.engine.seq();
    let reply = recall::Reply { recall: id(recall), person: PersonId(1), contact, number, words };
    let effects = night.recall(recall::Input::Reply(reply));
    (answer(&effects), told(&effects).len())
}

#[test]
fn what_never_was_is_no_recall_and_what_is_forgotten_still_hears_of_a_wrong_number() {
    use recall::Words::{Accept, WrongNumber};
    let mut night = Night::new();
    let never = (Answer::Refused(Refusal::NoRecall), 0);
    assert_eq!(says(&mut night, "1-L2-1", Accept(None)), never);
    night.order(Act::Raise(Level::L2));
    night.start(id("1-L2-1"));
    night.order(Act::Close);
    assert!(night.engine.view().recalls.recall(id("1-L2-1")).is_none(), "it is over");
    for name in ["2-L2-1", "9-L3-1", "drill-9999-L2-1"] {
        assert_eq!(says(&mut night, name, Accept(None)), never, "{name}");
        assert_eq!(says(&mut night, name, WrongNumber), never, "{name}");
    }
    for name in ["1-L2-1", "drill-2-L2-1"] {
        assert_eq!(says(&mut night, name, Accept(None)), (Answer::DoNotCome, 0), "{name}");
        assert_eq!(says(&mut night, name, WrongNumber), (Answer::Blocked, 1), "{name}");
    }
}

#[test]
fn a_name_reads_as_it_is_written() {
    for text in ["12-L2-1", "drill-1-L3-4"] {
        assert_eq!(id(text).to_string(), text);
    }
    for text in ["", "12", "12-L2", "12-L4-1", "12-L2-1-1", "x-L2-1", "drill", "12-L2--1"] {
        assert!(text.parse::<RecallId>().is_err(), "{text}");
    }
}
