//! Views for the tests of pages and metrics.

use callsurge::engine::command::Level;
use callsurge::engine::control::Clear;
use callsurge::engine::effect::{Cause, Conditions};
use callsurge::engine::observation::{SourceId, UnitId};
use callsurge::engine::policy::{ControlPolicy, LadderPolicy};
use callsurge::engine::recent::Recent;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::engine::verdict::{Evidence, Method, Verdict};
use callsurge::engine::view::{
    Accepted, Agents, ClockState, Ignored, Load, Overrides, QueueView, ServiceView, SourceView,
    Totals, UnitView, View,
};

/// The instant of every sample.
pub(crate) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-24T03:00:00Z").expect("valid")
}

/// A unit `north` at L2 with a running clock and `queues` queues, a unit `south` without data,
/// a source that speaks and one that never did.
pub(crate) fn view(queues: u32) -> View {
    View {
        seq: 42,
        at: now(),
        sources: vec![source("acd", true), source("backup", false)],
        units: vec![north(), unit(UnitId(1), "south", "南区")],
        queues: (0..queues).map(queue).collect(),
        recalls: std::sync::Arc::default(),
        wanted: vec![],
    }
}

fn source(name: &str, up: bool) -> SourceView {
    SourceView {
        name: name.into(),
        up,
        awaited: true,
        last_event: up.then(now),
        watermark: up.then(|| now() - Span::secs(5)),
        accepted: Accepted { events: 7, ..Accepted::default() },
        ignored: Ignored { duplicate: 2, ..Ignored::default() },
        outage: None,
    }
}

/// A unit that never heard anything.
pub(crate) fn unit(unit: UnitId, name: &str, display: &str) -> UnitView {
    UnitView {
        unit,
        name: name.into(),
        display: display.into(),
        timezone: chrono_tz::Asia::Shanghai,
        level: Level::None,
        in_effect: false,
        incident: None,
        entered_at: None,
        uncontrolled_since: None,
        next_step_at: None,
        clock: ClockState::Idle,
        frozen: Span::ZERO,
        overrides: Overrides::default(),
        abnormal: false,
        conditions: Conditions::default(),
        verdict: Verdict::Learning { seen: 0, needed: 3 },
        blind_since: None,
        evaluated_to: None,
        transitions: vec![],
        time_in_level: [Span::ZERO; 4],
        incidents_total: 0,
        alarms_total: 0,
        tolerated_per_month: 1.0,
        service: ServiceView::default(),
        stand_down_since: None,
        control: ControlPolicy::default(),
        ladder: LadderPolicy::ROBUST,
        staffing: std::sync::Arc::default(),
        recent: Recent::default(),
    }
}

fn north() -> UnitView {
    UnitView {
        level: Level::L2,
        in_effect: true,
        incident: Some(3),
        entered_at: Some(now() - Span::minutes(10)),
        uncontrolled_since: Some(now() - Span::minutes(40)),
        next_step_at: Some(now() + Span::minutes(20)),
        clock: ClockState::Running,
        overrides: Overrides { hold: Some(now() + Span::minutes(5)), ..Overrides::default() },
        abnormal: true,
        conditions: Conditions {
            controlled: Some(false),
            service: Some(false),
            volume: Some(false),
            backlog: None,
            stand_down: Some(false),
            term_dropped: false,
        },
        verdict: Verdict::Surge(evidence(180.0)),
        evaluated_to: Some(now() - Span::secs(5)),
        service: ServiceView {
            level: Some(0.81),
            answer_rate: Some(0.93),
            clear: Some(Clear::Never),
            target: Span::secs(20),
            window: Span::minutes(5),
        },
        transitions: vec![
            ((Level::None, Level::L1, Cause::Detector), 3),
            ((Level::L1, Level::L2, Cause::Timer), 1),
        ],
        time_in_level: [Span::hours(5), Span::minutes(30), Span::minutes(10), Span::ZERO],
        incidents_total: 3,
        alarms_total: 3,
        tolerated_per_month: 1.0,
        ..unit(UnitId(0), "north", "北区 <b>")
    }
}

fn evidence(observed: f64) -> Evidence {
    Evidence {
        at: now(),
        length: Span::minutes(5),
        observed,
        expected: 61.5,
        upper: 82.25,
        since: now() - Span::minutes(40),
        score: 12.5,
        threshold: 6.0,
        method: Method::Step,
        chance_per_month: Some(0.002_083),
        learning: false,
    }
}

fn queue(number: u32) -> QueueView {
    let n = u64::from(number);
    QueueView {
        name: format!("queue-{number:04}").into(),
        unit: UnitId(0),
        source: Some(SourceId(0)),
        verdict: Verdict::Normal(evidence(60.0 + f64::from(number % 17) + 0.123_456)),
        totals: Totals {
            offered: 1_000_000 + n,
            answered: 900_000 + n,
            answered_in_target: 700_000 + n,
            abandoned: 50_000,
            refused: 12,
            exited: [1, 2, 3, 4, 5, 6, 7],
        },
        waiting: Some(number % 9),
        oldest_arrival: Some(now() - Span::millis(12_345 + i64::from(number))),
        agents: Agents {
            talking: Some(5),
            after_call_work: Some(1),
            available: Some(2),
            logged_in: Some(9),
            paused: Some(1),
        },
        baseline_samples: 8,
        baseline_updated: Some(now() - Span::hours(3)),
        service_level: Some(0.812_345_678),
        answer_rate: Some(0.934_567_891),
        load: Load { calls_per_15_minutes: 45.0, talked_calls: 60.0, talked_seconds: 60.0 * 240.0 },
    }
}
