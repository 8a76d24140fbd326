//! Real counts of a bank's call centre, where they are at hand: two surges raise the ladder in
//! time, ordinary days next to nothing.

use callsurge::engine::Engine;
use callsurge::engine::command::Level;
use callsurge::engine::effect::{Effect, EffectKind};
use callsurge::engine::entry::{Entry, Input};
use callsurge::engine::observation::*;
use callsurge::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy};
use callsurge::engine::time::{Span, Timestamp};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn series() -> Option<PathBuf> {
    let shared = std::env::var_os("CALLSURGE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let file = shared.join("data/bank_calls/bank_calls_5min.csv");
    file.exists().then_some(file)
}

/// Transitions as (instant, from, to) over the whole series, stamps read as UTC.
fn replay(text: &str) -> Vec<(String, Level, Level)> {
    let source = SourcePolicy {
        name: "csv".into(),
        lateness: Span::ZERO,
        heartbeat: false,
        watched: true,
        carries: Carries::VOLUME_ONLY,
    };
    let policy = Policy::unconfigured(SilenceRule::Replay, vec![source]);
    let mut engine = Engine::new();
    let mut effects: Vec<Effect> = Vec::new();
    let mut put = |at: Timestamp, input: Input| {
        let entry = Entry { seq: engine.seq() + 1, at: at.max(engine.at()), input };
        engine.apply(&entry, &mut effects);
    };
    put(Timestamp::from_secs(0), Input::Policy(Box::new(policy)));
    let name = "bank".into();
    put(Timestamp::from_secs(0), Input::QueueSeen { queue: QueueId(0), name, unit: UnitId(0) });
    for line in text.lines().skip(1) {
        let (stamp, calls) = line.split_once(',').expect("two columns");
        let stamp = format!("{}Z", stamp.replace(' ', "T"));
        let start = Timestamp::parse_rfc3339(&stamp).expect("a stamp");
        let end = start + Span::minutes(5);
        let tally = Tally { offered: calls.parse().expect("a count"), ..Tally::default() };
        let row = IntervalRow::new(start, end, true, 0, tally).expect("sound");
        let form = Form::Interval(row);
        put(end, Input::Observed(Observation { source: SourceId(0), queue: QueueId(0), form }));
    }
    let of = |e: &Effect| match &e.kind {
        EffectKind::Transition(t) => Some((e.at.to_string(), t.from, t.to)),
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

#[test]
fn natural_surges_raise_the_ladder_and_ordinary_days_do_not() {
    let Some(file) = series() else {
        println!("skipped: the bank series is not at hand");
        return;
    };
    let text = std::fs::read_to_string(file).expect("readable");
    let moves = replay(&text);
    for m in &moves {
        println!("{} {} -> {}", m.0, m.1.word(), m.2.word());
    }
    let find = |day: &str, to: Level| {
        moves.iter().find(|(at, _, t)| at.starts_with(day) && *t == to).map(|(at, ..)| at.clone())
    };
    let june = |day: u32| format!("2003-06-{day:02}");
    let l1 = find(&june(4), Level::L1).expect("the surge of 4 June raises L1");
    assert!(("2003-06-04T11:40:00Z".."2003-06-04T12:05:01Z").contains(&l1.as_str()), "{l1}");
    let l2 = find(&june(4), Level::L2).expect("it lasts 90 min, so L2 follows");
    let exact = Timestamp::parse_rfc3339(&l1).expect("a stamp") + Span::minutes(30);
    assert_eq!(l2, exact.to_string());
    let l1 = find(&june(6), Level::L1).expect("the surge of 6 June raises L1");
    assert!(("2003-06-06T12:40:00Z".."2003-06-06T13:05:01Z").contains(&l1.as_str()), "{l1}");
    // People are called on the days of listed surges only.
    let listed =
        ["2003-04-03", "2003-05-01", "2003-06-04", "2003-06-06", "2003-07-03", "2003-07-28"];
    let called = moves.iter().filter(|(.., to)| *to >= Level::L2).map(|(at, ..)| &at[..10]);
    assert_eq!(called.filter(|day| !listed.contains(day)).collect::<Vec<_>>(), [""; 0]);
    // One false alarm a month is the operator's choice, so a quiet month is not a silent one: at
    // most two further days, and nobody off duty is called on them.
    let ordinary: Vec<_> = moves
        .iter()
        .filter(|(at, ..)| at.starts_with("2003-06"))
        .filter(|(at, ..)| !at.starts_with(&june(4)) && !at.starts_with(&june(6)))
        .collect();
    assert!(ordinary.iter().all(|(.., to)| *to <= Level::L1), "{ordinary:?}");
    let raised = ordinary.iter().filter(|(.., to)| *to == Level::L1);
    let days: BTreeSet<_> = raised.map(|(at, ..)| &at[..10]).collect();
    assert!(days.len() <= 2, "ordinary days of June: {days:?}");
}
