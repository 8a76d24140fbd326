//! The engine as a whole: rows and events in, transitions out.

use callsurge::engine::Engine;
use callsurge::engine::command::{Act, Command, Level};
use callsurge::engine::effect::{Effect, EffectKind, Transition};
use callsurge::engine::entry::{Entry, Input};
use callsurge::engine::observation::*;
use callsurge::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy};
use callsurge::engine::time::{Span, Timestamp};

const START: Timestamp = Timestamp::from_secs(1_800_000_000 - 1_800_000_000 % 86_400 + 36_000);

struct Run {
    engine: Engine,
    effects: Vec<Effect>,
}

impl Run {
    fn new(carries: Carries) -> Self {
        let source = SourcePolicy {
            name: "push".into(),
            lateness: Span::ZERO,
            heartbeat: false,
            watched: true,
            carries,
        };
        let policy = Policy::unconfigured(SilenceRule::Replay, vec![source]);
        let mut run = Self { engine: Engine::new(), effects: Vec::new() };
        run.input(START, Input::Policy(Box::new(policy)));
        let name = "support".into();
        run.input(START, Input::QueueSeen { queue: QueueId(0), name, unit: UnitId(0) });
        run
    }

    fn input(&mut self, at: Timestamp, input: Input) {
        let at = at.max(self.engine.at());
        let entry = Entry { seq: self.engine.seq() + 1, at, input };
        self.engine.apply(&entry, &mut self.effects);
    }

    /// A row of one minute that ends at `START + minute`.
    fn row(&mut self, minute: i64, offered: u32, in_target: bool) {
        let end = START + Span::minutes(minute);
        let answered = if in_target { offered } else { offered / 2 };
        let tally = Tally {
            offered,
            answered: Some(answered),
            answered_in_target: Some(answered),
            ..Tally::default()
        };
        let row = IntervalRow::new(end - Span::minutes(1), end, true, 0, tally).expect("sound");
        let observation =
            Observation { source: SourceId(0), queue: QueueId(0), form: Form::Interval(row) };
        self.input(end, Input::Observed(observation));
    }

    fn transitions(&self) -> Vec<(i64, Level)> {
        self.moves().map(|(at, t)| (at, t.to)).collect()
    }

    fn moves(&self) -> impl Iterator<Item = (i64, &Transition)> {
        self.effects.iter().filter_map(|e| match &e.kind {
            EffectKind::Transition(t) => Some(((e.at - START).as_millis() / 1_000, t)),
            _ => None,
        })
    }
}

/// Ordinary for 20 minutes, then twice and a half the calls, half of them lost; `controlled`
/// minutes after L1 are in target.
fn surge(minutes: i64, controlled: &[std::ops::Range<i64>]) -> Run {
    let mut run = Run::new(Carries { answered: true, ..Carries::VOLUME_ONLY });
    for m in 1..=20 {
        run.row(m, 100, true);
    }
    for m in 21..=minutes {
        // The row that ends `m` minutes after L1 tells of the minute before.
        let since = m - 21;
        run.row(m, 250, controlled.iter().any(|c| c.contains(&since)));
    }
    run
}

#[test]
fn persistent_trouble_rises_at_exactly_thirty_and_sixty_minutes() {
    let run = surge(100, &[]);
    let l1 = 21 * 60;
    let expected = vec![(l1, Level::L1), (l1 + 1_800, Level::L2), (l1 + 3_600, Level::L3)];
    assert_eq!(run.transitions(), expected);
}

#[test]
fn state_survives_a_snapshot_bit_for_bit() {
    let mut run = surge(60, &[]);
    let bytes = postcard::to_stdvec(&run.engine).expect("encodes");
    let back: Engine = postcard::from_bytes(&bytes).expect("decodes");
    assert_eq!(back, run.engine);
    assert_eq!(postcard::to_stdvec(&back).expect("encodes"), bytes);
    run.engine = back;
    for m in 61..=90 {
        run.row(m, 250, false);
    }
    assert_eq!(run.transitions().len(), 3);
}

#[test]
fn the_past_is_remembered_as_it_was_judged() {
    let run = surge(60, &[]);
    let view = run.engine.view();
    let points = view.units[0].recent.points();
    let slots = points.windows(2).all(|p| p[1].at - p[0].at == Span::minutes(1));
    assert!(slots && points.len() > 50, "{}", points.len());
    let level_at = |minute: i64| {
        let at = START + Span::minutes(minute);
        points.iter().find(|p| p.at == at).map(|p| (p.observed, p.level))
    };
    let levels = [(20, 100.0, Level::None), (21, 250.0, Level::L1), (51, 250.0, Level::L2)];
    for (minute, observed, level) in levels {
        assert_eq!(level_at(minute), Some((observed, level)), "{minute}");
    }
    let last = points.last().expect("judged");
    let evidence = view.units[0].verdict.evidence().expect("judged");
    assert_eq!((last.at, f64::from(last.observed)), (evidence.at, evidence.observed));
    assert_eq!(last.level, view.units[0].level);
}

#[test]
fn a_commander_lowers_and_the_log_says_who() {
    let mut run = surge(55, &[]);
    let at = START + Span::minutes(56);
    let command = Command {
        unit: UnitId(0),
        act: Act::Lower(Level::L1),
        actor: "lead".into(),
        reason: "false alarm".into(),
        expires_at: None,
    };
    run.input(at, Input::Command(Box::new(command)));
    let last = run.moves().last().expect("moved").1.clone();
    assert_eq!((last.from, last.to), (Level::L2, Level::L1));
    assert_eq!(last.order, Some(("lead".into(), "false alarm".into())));
}

#[test]
fn a_unit_that_is_configured_no_longer_has_no_incident() {
    let mut run = surge(30, &[]);
    let mut policy = run.engine.policy().expect("set").clone();
    policy.units[0].retired = true;
    run.input(START + Span::minutes(31), Input::Policy(Box::new(policy)));
    let last = run.moves().last().expect("moved").1.clone();
    assert_eq!((last.from, last.to), (Level::L1, Level::None));
    assert_eq!(last.order.expect("ordered").0, "configuration");
    for m in 32..=90 {
        run.row(m, 250, false);
    }
    assert_eq!(run.transitions().last().expect("moved").1, Level::None);
}

#[test]
fn a_source_that_catches_up_is_not_silent() {
    let mut run = Run::new(Carries { answered: true, ..Carries::VOLUME_ONLY });
    let mut policy = run.engine.policy().expect("set").clone();
    policy.silence = SilenceRule::Live;
    let now = START + Span::hours(3);
    run.input(now, Input::Policy(Box::new(policy)));
    let outages =
        |run: &Run| run.effects.iter().filter(|e| matches!(e.kind, EffectKind::Outage(_))).count();
    assert_eq!(outages(&run), 3, "the feed had not come for three hours");
    // Three hours of rows in one second: each of them is a sign of life now.
    for m in 1..=178 {
        run.row(m, 100, true);
        run.input(now, Input::Tick);
    }
    assert_eq!(outages(&run), 4, "the first row ended it, and no other began");
    // Then nothing more: 5, 10 and 60 minutes after the last of them arrived.
    let mut steps = Vec::new();
    for minute in 0..=61 {
        let before = outages(&run);
        run.input(now + Span::minutes(minute), Input::Tick);
        if outages(&run) > before {
            steps.push(minute);
        }
    }
    assert_eq!(steps, [5, 10, 60]);
}
