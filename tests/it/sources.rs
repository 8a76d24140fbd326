//! Several sources, several forms, long gaps: what counts, and what it costs.

use callsurge::engine::Engine;
use callsurge::engine::command::Level;
use callsurge::engine::effect::{Effect, EffectKind, IntervalKind};
use callsurge::engine::entry::{Entry, Input};
use callsurge::engine::observation::*;
use callsurge::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy, UnitPolicy};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::engine::view::View;

const START: Timestamp = Timestamp::from_secs(1_800_000_000 - 1_800_000_000 % 86_400 + 36_000);
const A: SourceId = SourceId(0);
const B: SourceId = SourceId(1);

struct Run {
    engine: Engine,
    effects: Vec<Effect>,
}

fn at(secs: i64) -> Timestamp {
    START + Span::secs(secs)
}

impl Run {
    /// Two sources and one unit with this many queues.
    fn new(silence: SilenceRule, queues: u32) -> Self {
        let source = |name: &str| SourcePolicy {
            name: name.into(),
            lateness: Span::ZERO,
            heartbeat: false,
            watched: true,
            carries: Carries::ALL,
        };
        let policy = Policy::unconfigured(silence, vec![source("a"), source("b")]);
        let mut run = Self { engine: Engine::new(), effects: Vec::new() };
        run.input(START, Input::Policy(Box::new(policy)));
        for n in 0..queues {
            let name = format!("q{n}").into();
            run.input(START, Input::QueueSeen { queue: QueueId(n), name, unit: UnitId(0) });
        }
        run
    }

    fn input(&mut self, at: Timestamp, input: Input) {
        let at = at.max(self.engine.at());
        let entry = Entry { seq: self.engine.seq() + 1, at, input };
        self.engine.apply(&entry, &mut self.effects);
    }

    fn told(&mut self, source: SourceId, queue: u32, at: Timestamp, form: Form) {
        let observation = Observation { source, queue: QueueId(queue), form };
        self.input(at, Input::Observed(observation));
    }

    fn offered(&mut self, source: SourceId, queue: u32, secs: i64, call: u64) {
        let event = CallEvent { at: at(secs), call: CallKey(call), kind: CallKind::Offered };
        self.told(source, queue, at(secs), Form::Event(event));
    }

    fn totals(&mut self, source: SourceId, queue: u32, secs: i64, offered: u64) {
        self.totals_of_epoch(source, queue, secs, offered, None);
    }

    fn totals_of_epoch(
        &mut self,
        source: SourceId,
        queue: u32,
        secs: i64,
        offered: u64,
        epoch: Option<i64>,
    ) {
        let counters = Counters { epoch: epoch.map(at), offered, answered: None, abandoned: None };
        let snapshot = Snapshot { counters: Some(counters), ..Snapshot::empty(at(secs)) };
        self.told(source, queue, at(secs), Form::Snapshot(snapshot));
    }

    fn row(&mut self, source: SourceId, queue: u32, minute: i64, offered: u32, last_word: bool) {
        let end = at(minute * 60);
        let tally = Tally { offered, ..Tally::default() };
        let row = IntervalRow::new(end - Span::minutes(1), end, last_word, 0, tally).unwrap();
        self.told(source, queue, end, Form::Interval(row));
    }

    fn view(&self) -> View {
        self.engine.view()
    }

    /// Offered calls of the closed minutes, in order of their start.
    fn minutes(&self) -> Vec<(i64, u32)> {
        let lines = self.effects.iter().filter_map(|e| match &e.kind {
            EffectKind::Interval(line) if line.row.last_word => {
                Some(((line.row.start - START).as_millis() / 60_000, line.row.tally.offered))
            }
            _ => None,
        });
        lines.collect()
    }

    fn offered_in_minutes(&self) -> u32 {
        self.minutes().iter().map(|&(_, n)| n).sum()
    }
}

#[test]
fn events_and_totals_of_two_sources_count_a_call_once() {
    let mut run = Run::new(SilenceRule::Replay, 1);
    for n in 0..300_i64 {
        run.offered(A, 0, n, n as u64);
        if n % 10 == 9 {
            run.totals(B, 0, n, n as u64 + 1);
        }
    }
    let view = run.view();
    assert_eq!(view.queues[0].totals.offered, 300);
    assert_eq!(view.sources[1].ignored.second_source, 30);
    assert_eq!(run.minutes(), [(0, 60), (1, 60), (2, 60), (3, 60)]);
}

#[test]
fn events_and_totals_of_one_source_count_a_call_once() {
    let mut run = Run::new(SilenceRule::Replay, 1);
    for n in 0..300_i64 {
        if n % 10 == 0 {
            run.totals(A, 0, n, n as u64);
        }
        run.offered(A, 0, n, n as u64);
    }
    assert_eq!(run.view().queues[0].totals.offered, 300);
    assert_eq!(run.offered_in_minutes(), 240);
}

#[test]
fn another_source_takes_over_when_the_first_is_silent() {
    let mut run = Run::new(SilenceRule::Replay, 1);
    run.totals(B, 0, 0, 0);
    for n in 0..120 {
        run.offered(A, 0, n, n as u64);
        run.totals(B, 0, n, n as u64);
    }
    // B counts, for it spoke first. A goes on alone, and counts when B is silent for three min.
    assert_eq!(run.view().sources[0].ignored.second_source, 120);
    for n in 120..480 {
        run.offered(A, 0, n, n as u64);
    }
    let view = run.view();
    assert_eq!(view.sources[0].ignored.second_source, 120 + 180);
    assert_eq!(view.queues[0].totals.offered, 119 + 180);
    // The minute of the change is cut; the next is whole.
    assert_eq!(run.minutes().last(), Some(&(6, 60)));
}

#[test]
fn events_after_a_plain_snapshot_close_their_minutes() {
    let mut run = Run::new(SilenceRule::Replay, 1);
    let waiting = Snapshot { waiting: Some(1), ..Snapshot::empty(at(0)) };
    run.told(A, 0, at(0), Form::Snapshot(waiting));
    for n in 0..181 {
        run.offered(A, 0, n, n as u64);
    }
    assert_eq!(run.minutes(), [(0, 60), (1, 60), (2, 60)]);
}

#[test]
fn years_between_two_events_are_passed_at_once() {
    let mut run = Run::new(SilenceRule::Replay, 1_000);
    for queue in 0..1_000 {
        run.offered(A, queue, 0, u64::from(queue));
    }
    let years = 5 * 365 * 86_400;
    run.offered(A, 0, years, 10_000);
    run.offered(A, 0, years + 120, 10_001);
    // One line a queue for the minute before the gap, one for the cut minute after it, and
    // nothing for the 2.6 million minutes between.
    let lines = run.minutes();
    assert_eq!(lines.len(), 1_000 + 1 + 1_000, "{:?}", &lines[990..1_010]);
    assert_eq!(run.offered_in_minutes(), 1_001);
}

#[test]
fn years_between_two_totals_belong_to_no_minute() {
    let mut run = Run::new(SilenceRule::Replay, 1);
    run.totals(A, 0, 0, 100);
    run.totals(A, 0, 60, 160);
    run.totals(A, 0, 3 * 365 * 86_400, 1_000_000);
    run.totals(A, 0, 3 * 365 * 86_400 + 60, 1_000_030);
    assert_eq!(run.view().queues[0].totals.offered, 1_000_030 - 100);
    assert_eq!(run.offered_in_minutes(), 60 + 30);
}

#[test]
fn two_totals_of_one_instant_lose_nothing() {
    let mut run = Run::new(SilenceRule::Replay, 1);
    run.totals(A, 0, 0, 0);
    run.totals(A, 0, 60, 10);
    run.totals(A, 0, 60, 15);
    run.totals(A, 0, 120, 20);
    let by_minute = |m: i64| {
        run.minutes().iter().filter(|&&(minute, _)| minute == m).map(|&(_, n)| n).sum::<u32>()
    };
    assert_eq!((by_minute(0), by_minute(1)), (15, 5));
}

#[test]
fn an_epoch_that_is_told_for_the_first_time_is_no_reset() {
    let mut run = Run::new(SilenceRule::Replay, 1);
    run.totals(A, 0, 0, 5_000);
    run.totals_of_epoch(A, 0, 60, 5_010, Some(7));
    assert_eq!(run.view().queues[0].totals.offered, 10);
    run.totals_of_epoch(A, 0, 120, 6_000, Some(8));
    assert_eq!(run.view().queues[0].totals.offered, 6_010, "another epoch counts from zero");
}

#[test]
fn events_older_than_the_first_correct_history() {
    let mut run = Run::new(SilenceRule::Replay, 1);
    run.offered(A, 0, 600, 1);
    let event = CallEvent { at: at(30), call: CallKey(2), kind: CallKind::Offered };
    run.told(A, 0, at(600), Form::Event(event));
    let added = run.effects.iter().any(
        |e| matches!(&e.kind, EffectKind::Interval(l) if l.kind == IntervalKind::Add && l.row.start == at(0)),
    );
    assert!(added, "the minute of the old call is told");
}

#[test]
fn a_source_of_few_calls_holds_nobody_up() {
    let mut run = Run::new(SilenceRule::Replay, 2);
    run.offered(B, 1, 0, 1);
    for n in 0..1_800 {
        run.offered(A, 0, n, 10 + n as u64);
    }
    let evaluated = run.view().units[0].evaluated_to.unwrap();
    assert!(evaluated >= at(1_740), "evaluated to {evaluated}");
}

#[test]
fn a_heartbeat_tells_nothing() {
    let mut run = Run::new(SilenceRule::Live, 1);
    run.row(A, 0, 1, 10, true);
    for n in 1..20 {
        run.input(at(60 + n * 60), Input::Heartbeat(A));
    }
    let source = &run.view().sources[0];
    assert_eq!(source.last_event, Some(at(60)));
    assert!(source.up);
}

#[test]
fn provisional_rows_are_signs_of_life() {
    let mut run = Run::new(SilenceRule::Live, 1);
    run.row(A, 0, 1, 10, true);
    for minute in 2..30 {
        run.row(A, 0, minute, 10, false);
        run.input(at(minute * 60), Input::Tick);
    }
    assert!(run.view().sources[0].up);
    assert!(
        !run.effects
            .iter()
            .any(|e| matches!(&e.kind, EffectKind::Outage(line) if line.source == A))
    );
}

#[test]
fn a_source_of_events_that_fell_silent_is_not_in_target() {
    // Two queues of one unit: one is told by events and falls silent, one by rows and goes on.
    let mut run = Run::new(SilenceRule::Live, 2);
    for minute in 1..=60 {
        for n in 0..60 {
            if minute <= 20 {
                run.offered(A, 0, minute * 60 - 60 + n, (minute * 60 + n) as u64);
            }
        }
        run.row(B, 1, minute, 100, true);
    }
    let view = run.view();
    assert!(!view.sources[0].up && view.sources[1].up);
    assert_eq!(view.units[0].conditions.stand_down, None);
    assert!(view.units[0].conditions.term_dropped);
    assert_eq!(view.queues[0].waiting, None, "how many wait is not known");
    assert_eq!(view.units[0].blind_since, None);
}

#[test]
fn a_queue_of_a_silent_source_is_left_out_of_control() {
    let mut run = Run::new(SilenceRule::Live, 2);
    for minute in 1..=10 {
        run.row(A, 0, minute, 100, true);
        run.row(B, 1, minute, 100, true);
    }
    for minute in 11..=200 {
        run.row(B, 1, minute, 100, true);
    }
    let unit = &run.view().units[0];
    assert_eq!(unit.conditions.controlled, Some(true), "what is gone leaves nothing unknown");
    assert_eq!(unit.conditions.stand_down, None, "and sends nobody home");
    assert!(unit.conditions.term_dropped);
}

#[test]
fn a_renamed_unit_takes_its_queues_along() {
    let mut run = Run::new(SilenceRule::Live, 2);
    let minutes = |run: &mut Run, from: i64, to: i64, calls: u32| {
        for minute in from..to {
            for queue in 0..2 {
                run.row(A, queue, minute, calls + (minute as u32 * 7 + queue) % 9, true);
            }
        }
    };
    minutes(&mut run, 1, 1_200, 100);
    let mut policy = run.engine.policy().expect("set").clone();
    policy.units[0].retired = true;
    let mut renamed = UnitPolicy::with_defaults("north");
    renamed.queues = vec!["q0".to_owned(), "q1".to_owned()];
    policy.units.push(renamed);
    policy.default_unit = None;
    let now = run.engine.at();
    run.input(now, Input::Policy(Box::new(policy.clone())));
    let before = run.effects.len();
    minutes(&mut run, 1_200, 1_240, 400);
    let moved: Vec<_> = run.effects[before..]
        .iter()
        .filter_map(|e| match &e.kind {
            EffectKind::Transition(t) => Some(((e.at - START).as_millis() / 60_000, t.unit, t.to)),
            _ => None,
        })
        .collect();
    assert_eq!(moved, [(1_200, UnitId(1), Level::L1), (1_230, UnitId(1), Level::L2)]);
    let view = run.view();
    assert!(view.queues.iter().all(|q| q.unit == UnitId(1)));
    // Back under the old name, one of them.
    policy.units[0].retired = false;
    policy.units[0].queues = vec!["q0".to_owned()];
    policy.units[1].queues = vec!["q1".to_owned()];
    let now = run.engine.at();
    run.input(now, Input::Policy(Box::new(policy)));
    minutes(&mut run, 1_240, 1_242, 400);
    assert_eq!(run.engine.level(UnitId(0)), Level::L1);
    assert_eq!(run.engine.level(UnitId(1)), Level::L2);
}

#[test]
fn minutes_of_a_short_gap_are_unknown() {
    let mut run = Run::new(SilenceRule::Live, 1);
    for n in 0..600_i64 {
        // A call a second; from 300 s to 340 s nothing is heard.
        if !(300..340).contains(&n) {
            run.offered(A, 0, n, n as u64);
        } else if n == 339 {
            run.input(at(n), Input::Gap { source: A, from: at(300), to: at(340) });
        }
    }
    let judged = |e: &Effect| match &e.kind {
        EffectKind::Interval(line) if line.expected.is_some() => {
            Some((line.row.start - START).as_millis() / 60_000)
        }
        _ => None,
    };
    let judged: Vec<_> = run.effects.iter().filter_map(judged).collect();
    assert!(!judged.contains(&5), "the minute of the gap is not judged: {judged:?}");
    assert!(judged.contains(&6));
    assert_eq!(run.minutes()[5], (5, 20), "and is kept as far as it is known");
}

/// Calls of one minute, spread evenly; `full` tells that the queue turned others away.
fn minute_of(run: &mut Run, minute: i64, calls: u32, full: Option<bool>) {
    if let Some(full) = full {
        let snapshot = Snapshot { full: Some(full), ..Snapshot::empty(at(minute * 60)) };
        run.told(A, 0, at(minute * 60), Form::Snapshot(snapshot));
    }
    for n in 0..calls {
        let secs = minute * 60 + i64::from(n * 60 / calls);
        let call = minute as u64 * 1_000 + u64::from(n);
        run.offered(A, 0, secs, call);
        let answered = CallEvent { at: at(secs), call: CallKey(call), kind: CallKind::Answered };
        run.told(A, 0, at(secs), Form::Event(answered));
    }
}

#[test]
fn a_full_queue_hides_its_surge_no_longer() {
    let stages = |full: bool| {
        let mut run = Run::new(SilenceRule::Live, 1);
        (0..120).for_each(|m| minute_of(&mut run, m, 20 + m as u32 % 3, None));
        (120..125).for_each(|m| minute_of(&mut run, m, 60, None));
        // The queue stands at its limit: as many calls as before are admitted, or fewer.
        for m in 125..170 {
            minute_of(&mut run, m, 15, (full && m == 125).then_some(true));
        }
        for m in 170..240 {
            minute_of(&mut run, m, 20 + m as u32 % 3, (full && m == 170).then_some(false));
        }
        let moved = run.effects.iter().filter_map(|e| match &e.kind {
            EffectKind::Transition(t) => Some(((e.at - START).as_millis() / 60_000, t.to)),
            _ => None,
        });
        moved.collect::<Vec<_>>()
    };
    // Everybody is answered, so no level above L1 is due; L1 stays as long as the queue is full.
    assert_eq!(stages(true), [(121, Level::L1), (187, Level::None)]);
    let untold = stages(false);
    assert!(untold[1].0 < 150, "without the word the surge is over at once: {untold:?}");
}

#[test]
fn totals_that_stay_away_are_no_zero() {
    let mut run = Run::new(SilenceRule::Live, 2);
    for n in 0..60_i64 {
        run.totals(A, 0, n * 30, n as u64 * 10);
        if n < 20 {
            run.totals(A, 1, n * 30, n as u64 * 10);
        }
    }
    let minutes_of = |queue: u32| {
        let of = |e: &&Effect| match &e.kind {
            EffectKind::Interval(line) => {
                line.queue == QueueId(queue) && line.kind == IntervalKind::Replace
            }
            _ => false,
        };
        run.effects.iter().filter(of).count()
    };
    assert_eq!((minutes_of(0), minutes_of(1)), (29, 10));
}
