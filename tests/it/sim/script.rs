//! The demo's plot, driven by hand: the storm outlasts L1 and L2, and help ends it.

use callsurge::demo::{DemoInput, Ending, FIXED_START, Message, MessageKind, SEED, Script};
use callsurge::driver::QueueRef;
use callsurge::engine::command::Level;
use callsurge::engine::observation::{CallEvent, CallKey, CallKind, Form};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::record::Record;
use std::collections::BTreeMap;

/// How a queue, or their sum, stands at an instant of the 15 s grid.
#[derive(Clone, Copy, Debug)]
struct Service {
    at: Timestamp,
    level: f64,
    answer_rate: f64,
    longest_wait: Span,
}

impl Service {
    fn in_target(self) -> bool {
        self.level >= 0.8 && self.answer_rate >= 0.9 && self.longest_wait <= Span::secs(120)
    }
}

struct Call {
    arrived: Timestamp,
    ended: Option<(Timestamp, bool)>,
}

/// Service over the last five minutes by arrival cohort; waiting calls count once they are late.
fn service(calls: &BTreeMap<CallKey, Call>, at: Timestamp) -> Service {
    let (mut judged, mut in_target, mut answered, mut abandoned) = (0.0, 0.0, 0.0, 0.0);
    let mut longest_wait = Span::ZERO;
    for call in calls.values().filter(|c| c.arrived <= at) {
        let ended = call.ended.filter(|(end, _)| *end <= at);
        if ended.is_none() {
            longest_wait = longest_wait.max(at - call.arrived);
        }
        if at - call.arrived >= Span::minutes(5) {
            continue;
        }
        match ended {
            Some((end, true)) => {
                answered += 1.0;
                judged += 1.0;
                in_target += f64::from(u8::from(end - call.arrived <= Span::secs(20)));
            }
            Some((_, false)) => {
                abandoned += 1.0;
                judged += 1.0;
            }
            None => judged += f64::from(u8::from(at - call.arrived > Span::secs(20))),
        }
    }
    let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 1.0 };
    Service {
        at,
        level: ratio(in_target, judged),
        answer_rate: ratio(answered, answered + abandoned),
        longest_wait,
    }
}

fn transition(from: Level, to: Level, at: Timestamp) -> Record {
    Record {
        kind: "transition".into(),
        at: at.to_string(),
        from: Some(from.word().into()),
        to: Some(to.word().into()),
        ..Record::default()
    }
}

/// What a run showed.
struct Run {
    script: Script,
    names: Vec<String>,
    /// Calls that still matter: of the sum, then of the queues.
    calls: Vec<BTreeMap<CallKey, Call>>,
    /// Of the sum, then of the queues.
    service: Vec<Vec<Service>>,
    extra: BTreeMap<Level, u32>,
    learned: usize,
    commands: usize,
    news: Vec<Message>,
    end: Timestamp,
}

impl Run {
    fn new(seed: u64) -> Self {
        let script = Script::new(seed, FIXED_START, Ending::AfterTheStorm);
        Self {
            names: script.centre().config().queues.iter().map(|q| q.name.clone()).collect(),
            script,
            calls: (0..4).map(|_| BTreeMap::new()).collect(),
            service: vec![Vec::new(); 4],
            extra: BTreeMap::new(),
            learned: 0,
            commands: 0,
            news: Vec::new(),
            end: FIXED_START,
        }
    }

    fn take(&mut self, at: Timestamp, input: DemoInput) {
        match input {
            DemoInput::Learn(_) => self.learned += 1,
            DemoInput::Command(_) => self.commands += 1,
            DemoInput::ExtraStaff { level, heads } => {
                let most = self.extra.entry(level).or_insert(0);
                *most = heads.max(*most);
            }
            DemoInput::Observed(draft) => {
                let QueueRef::Named(name) = &draft.queue else { panic!("queues have names") };
                let queue = self.names.iter().position(|n| **n == **name).expect("a known queue");
                if let Form::Event(event) = draft.form {
                    assert!(event.at <= at && at - event.at < Span::secs(1));
                    book(&mut self.calls[0], event);
                    book(&mut self.calls[queue + 1], event);
                }
            }
        }
    }

    fn measure(&mut self, at: Timestamp) {
        for (calls, series) in self.calls.iter_mut().zip(&mut self.service) {
            calls.retain(|_, c| c.ended.is_none() || at - c.arrived < Span::minutes(5));
            series.push(service(calls, at));
        }
    }
}

fn book(calls: &mut BTreeMap<CallKey, Call>, event: CallEvent) {
    match event.kind {
        CallKind::Offered => {
            calls.insert(event.call, Call { arrived: event.at, ended: None });
        }
        CallKind::Answered | CallKind::Abandoned => {
            let call = calls.get_mut(&event.call).expect("an offered call");
            call.ended = Some((event.at, event.kind == CallKind::Answered));
        }
        CallKind::Completed { .. } => {}
        CallKind::Refused | CallKind::Exited(_) => unreachable!("not simulated"),
    }
}

/// Runs the plot with transitions at fixed minutes after the storm's start.
fn run(seed: u64, steps: &[(i64, Level, Level)]) -> Run {
    let mut run = Run::new(seed);
    let storm = run.script.storm_at();
    let mut steps = steps.iter().copied().peekable();
    while let Some((at, inputs)) = run.script.next() {
        run.end = at;
        for input in inputs {
            run.take(at, input);
        }
        if at > FIXED_START && at == at.floor(Span::secs(15)) {
            run.measure(at);
        }
        run.news.extend(run.script.inbox().take_news());
        while let Some((_, from, to)) = steps.next_if(|s| storm + Span::minutes(s.0) <= at) {
            run.script.on_record(&transition(from, to, at));
        }
    }
    run
}

const WALK: [(i64, Level, Level); 6] = [
    (1, Level::None, Level::L1),
    (31, Level::L1, Level::L2),
    (61, Level::L2, Level::L3),
    (138, Level::L3, Level::L2),
    (153, Level::L2, Level::L1),
    (168, Level::L1, Level::None),
];

fn between(series: &[Service], from: Timestamp, to: Timestamp) -> Vec<Service> {
    series.iter().copied().filter(|s| s.at >= from && s.at < to).collect()
}

#[test]
fn the_storm_outlasts_l1_and_l2_and_help_ends_it() {
    for seed in [SEED, 1, 2, 3, 4, 6] {
        let run = run(seed, &WALK);
        let storm = run.script.storm_at();
        let minute = |m: i64| storm + Span::minutes(m);
        let sum = &run.service[0];
        for s in between(sum, storm, minute(63)) {
            assert!(s.level < 0.8, "seed {seed}: service recovers too early: {s:?}");
        }
        for series in &run.service {
            for s in between(series, minute(-35), minute(-15)) {
                assert!(s.in_target(), "seed {seed}: not ordinary before the storm: {s:?}");
            }
            for s in between(series, minute(118), run.end) {
                assert!(s.in_target(), "seed {seed}: not ordinary after the storm: {s:?}");
            }
        }
        assert_eq!(run.end, minute(178), "some calm, then the end");
        assert_eq!(run.extra[&Level::L1], 30);
        assert_eq!(run.extra[&Level::L3], 80);
        assert!(run.extra[&Level::L2] > 30, "seed {seed}: {:?}", run.extra);
        assert_eq!(run.commands, 3, "each rise is confirmed");
        assert_eq!(run.learned, 4 * 7 * 1_440 * 3);
    }
}

#[test]
fn without_help_the_queue_does_not_drain() {
    let run = run(SEED, &[]);
    let storm = run.script.storm_at();
    for s in between(&run.service[0], storm, storm + Span::minutes(95)) {
        assert!(!s.in_target(), "{s:?}");
    }
    assert_eq!(run.end, FIXED_START + Script::SPAN_MAX);
    assert!(run.extra.is_empty());
}

#[test]
fn people_are_asked_answer_come_and_go() {
    let mut run = run(SEED, &WALK);
    assert_eq!(run.script.inbox().messages().count(), 500);
    let news = &run.news;
    let count = |level: Level, kind: fn(MessageKind) -> bool| {
        news.iter().filter(|m| m.level == level && kind(m.kind)).count()
    };
    assert_eq!(count(Level::L1, |k| k == MessageKind::Ordered), 30);
    assert_eq!(count(Level::L1, |k| k == MessageKind::Arrived), 30);
    assert_eq!(count(Level::L2, |k| k == MessageKind::Asked), 90);
    assert_eq!(count(Level::L2, |k| matches!(k, MessageKind::Accepted { .. })), 40);
    assert!(count(Level::L2, |k| k == MessageKind::Declined) > 10);
    let arrived = count(Level::L2, |k| k == MessageKind::Arrived);
    assert_eq!(count(Level::L2, |k| k == MessageKind::Released), arrived);
    assert_eq!(run.extra[&Level::L2] as usize, arrived);
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let story = |seed| {
        let mut script = Script::new(seed, FIXED_START, Ending::Never);
        let mut inputs: Vec<_> = script.by_ref().take(40 + 1_300).collect();
        script.on_record(&transition(Level::None, Level::L1, script.centre().now()));
        inputs.extend(script.take(600));
        inputs
    };
    assert_eq!(story(5), story(5));
    assert_ne!(story(5), story(6));
}

#[test]
fn records_of_other_kinds_move_nobody() {
    let mut script = Script::new(1, FIXED_START, Ending::AfterTheStorm);
    let mut record = transition(Level::None, Level::L1, FIXED_START);
    record.kind = "reminder".into();
    script.on_record(&record);
    assert_eq!(script.inbox().messages().count(), 0);
}
