//! What the page may have to show, made up: quiet, each level, no data, a commander's acts.

use crate::sample::{now, unit};
use callsurge::engine::command::Level;
use callsurge::engine::control::Clear;
use callsurge::engine::observation::{SourceId, UnitId};
use callsurge::engine::recent::Recent;
use callsurge::engine::time::Span;
use callsurge::engine::verdict::{Evidence, Method, Verdict};
use callsurge::engine::view::{
    Accepted, ClockState, Ignored, Load, Overrides, QueueView, ServiceView, SourceView, UnitView,
    View,
};
use callsurge::journal::intervals::{IntervalQuery, IntervalRecord};
use callsurge::journal::{
    History, IncidentSummary, JournalError, LogbookPage, LogbookQuery, Stamp,
};
use callsurge::record::Record;
use serde_json::json;

/// A state of everything.
pub(super) struct Scene {
    pub(super) view: View,
    pub(super) stamp: Stamp,
    pub(super) told: Told,
}

/// A log book.
#[derive(Clone)]
pub(super) struct Told(pub(super) Vec<Record>);

impl History for Told {
    fn logbook(&self, query: &LogbookQuery) -> Result<LogbookPage, JournalError> {
        let records = self.0.iter().take(query.limit).cloned().collect();
        Ok(LogbookPage { records, next: None })
    }

    fn incidents(&self, _: Option<&str>, _: usize) -> Result<Vec<IncidentSummary>, JournalError> {
        Ok(Vec::new())
    }

    fn intervals(&self, _: &IntervalQuery) -> Result<Vec<IntervalRecord>, JournalError> {
        Ok(Vec::new())
    }
}

/// Every scene by name.
pub(super) fn all() -> Vec<(&'static str, Scene)> {
    let mut quiet = scene(hotline());
    quiet.told.0.truncate(1);
    vec![
        ("rest", quiet),
        ("l1", scene(risen(Level::L1, ClockState::Running))),
        ("l2_held", held()),
        ("l2_recovering", scene(risen(Level::L2, ClockState::Recovering))),
        ("l3", scene(risen(Level::L3, ClockState::Idle))),
        ("blind", blind()),
        ("nothing", Scene { stamp: Stamp::Test, ..scene(unit(UnitId(0), "hotline", NAME)) }),
        ("many", many()),
    ]
}

/// A name of both languages.
pub(super) const NAME: &str = "客户服务热线 / Customer hotline";

/// A scene of one unit.
pub(super) fn scene(unit: UnitView) -> Scene {
    let up = unit.blind_since.is_none();
    let source = SourceView {
        name: "acd".into(),
        up,
        awaited: true,
        last_event: unit.evaluated_to,
        watermark: unit.evaluated_to,
        accepted: Accepted::default(),
        ignored: Ignored::default(),
        outage: None,
    };
    let queues = vec![queue("银行卡 / cards", 17), queue("贷款 / loans", 6)];
    let queues = if unit.evaluated_to.is_some() { queues } else { Vec::new() };
    let view = View {
        seq: 42,
        at: now(),
        sources: vec![source],
        units: vec![unit],
        queues,
        recalls: std::sync::Arc::default(),
        wanted: vec![],
    };
    Scene { view, stamp: Stamp::Live, told: told() }
}

fn queue(name: &str, waiting: u32) -> QueueView {
    let QueueView { totals, agents, baseline_samples, .. } =
        crate::sample::view(1).queues.remove(0);
    QueueView {
        name: name.into(),
        unit: UnitId(0),
        source: Some(SourceId(0)),
        verdict: Verdict::Normal(evidence(52.0)),
        totals,
        waiting: Some(waiting),
        oldest_arrival: Some(now() - Span::secs(83)),
        agents,
        baseline_samples,
        baseline_updated: None,
        service_level: Some(0.7),
        answer_rate: Some(0.9),
        load: Load {
            calls_per_15_minutes: 780.0,
            talked_calls: 60.0,
            talked_seconds: 60.0 * 240.0,
        },
    }
}

fn evidence(observed: f64) -> Evidence {
    Evidence {
        at: now(),
        length: Span::minutes(1),
        observed,
        expected: 49.7,
        upper: 71.2,
        since: now() - Span::minutes(72),
        score: 12.5,
        threshold: 6.0,
        method: Method::Step,
        chance_per_month: Some(0.002),
        learning: false,
    }
}

fn service(level: f64, answer_rate: f64) -> ServiceView {
    ServiceView {
        level: Some(level),
        answer_rate: Some(answer_rate),
        clear: Some(Clear::In(Span::secs(412))),
        target: Span::secs(20),
        window: Span::minutes(5),
    }
}

/// A quiet unit with a past of six hours.
pub(super) fn hotline() -> UnitView {
    UnitView {
        verdict: Verdict::Normal(evidence(52.0)),
        evaluated_to: Some(now() - Span::secs(4)),
        service: service(0.874, 0.962),
        recent: past(0, 0),
        ..unit(UnitId(0), "hotline", NAME)
    }
}

/// A unit whose surge began 72 minutes ago.
fn risen(level: Level, clock: ClockState) -> UnitView {
    let running = clock == ClockState::Running;
    UnitView {
        level,
        in_effect: !running,
        incident: Some(3),
        entered_at: Some(now() - Span::minutes(18)),
        uncontrolled_since: Some(now() - Span::minutes(70)),
        next_step_at: running.then(|| now() + Span::secs(754)),
        clock,
        abnormal: true,
        verdict: Verdict::Surge(evidence(97.0)),
        service: service(0.413, 0.788),
        recent: past(72, level.number()),
        ..hotline()
    }
}

fn held() -> Scene {
    let until = now() + Span::secs(1_421);
    let overrides = Overrides {
        hold: Some(until),
        floor: Some((Level::L1, until)),
        ceiling: Some((Level::L2, until)),
        closed_until: Some(until),
    };
    let mut held = scene(UnitView { overrides, ..risen(Level::L2, ClockState::Held) });
    held.view.units[0].conditions.term_dropped = true;
    Scene { stamp: Stamp::Demo, ..held }
}

fn blind() -> Scene {
    let since = now() - Span::secs(754);
    let frozen = risen(Level::L2, ClockState::Frozen);
    let points: Vec<_> = frozen.recent.points().iter().filter(|p| p.at <= since).collect();
    let recent = serde_json::from_value(json!(points)).expect("points");
    let unit = UnitView { blind_since: Some(since), evaluated_to: Some(since), recent, ..frozen };
    Scene { stamp: Stamp::Replay, ..scene(unit) }
}

/// Six units, one of them without data.
fn many() -> Scene {
    let levels = [Level::L3, Level::L1, Level::None, Level::L2, Level::None];
    let names = ["华北中心", "North", "西南 / South-west", "海外客服", "VIP"];
    let mut scene = scene(hotline());
    scene.view.units = (0..)
        .zip(levels.into_iter().zip(names))
        .map(|(n, (level, name))| {
            let base = match level {
                Level::None => hotline(),
                Level::L1 | Level::L2 => risen(level, ClockState::Running),
                Level::L3 => risen(level, ClockState::Idle),
            };
            UnitView { unit: UnitId(n), name: name.into(), display: name.into(), ..base }
        })
        .collect();
    let queues = scene.view.units.iter().map(|u| QueueView { unit: u.unit, ..queue("q", 11) });
    scene.view.queues = queues.collect();
    scene.view.units.push(unit(UnitId(5), "new", "新中心"));
    scene
}

/// Minutes of calls around what is expected, and twice as many in the last `surge` of them.
fn past(surge: i64, stage: u8) -> Recent {
    let point = |back: i64| {
        let expected = 50.0 + 14.0 * (back as f64 / 75.0).cos();
        let wobble = f64::from((back * 7_919 % 23) as i32 - 11) * 0.7;
        let rise =
            if back < surge { 1.0 + (surge - back).min(12) as f64 / 12.0 * 0.85 } else { 1.0 };
        let level = match (back < surge, back) {
            (false, _) => 0,
            (true, 42..) => stage.min(1),
            (true, 12..) => stage.min(2),
            (true, _) => stage,
        };
        json!({
            "at": (now() - Span::minutes(back)).as_millis(),
            "length": Span::minutes(1).as_millis(),
            "observed": (expected * rise + wobble).round(),
            "expected": expected,
            "upper": expected + 3.0 * expected.sqrt(),
            "level": Level::ALL[usize::from(level)],
        })
    };
    let points: Vec<_> = (0..360).rev().map(point).collect();
    serde_json::from_value(json!(points)).expect("points")
}

/// A line of each kind, newest first; more than a wall has room for.
pub(super) fn told() -> Told {
    let line = |n: u32, kind: &str, cause: &str| Record {
        kind: kind.into(),
        id: format!("{}-0", 100 - n),
        at: (now() - Span::minutes(i64::from(n) * 6)).to_string(),
        unit: Some("hotline".into()),
        cause: Some(cause.into()),
        ..Record::default()
    };
    let text = |text: &str| Some(text.to_owned());
    let moved = |n, from: &str, to: &str, cause| Record {
        from: text(from),
        to: text(to),
        ..line(n, "transition", cause)
    };
    let act = |n, act: &str, level: Option<&str>| Record {
        act: text(act),
        level: level.map(str::to_owned),
        actor: text("shift-leader"),
        reason: text("storm passes / 暴雨"),
        cause: None,
        ..line(n, "command", "")
    };
    let of_source = |n, kind, cause| Record { source: text("acd"), ..line(n, kind, cause) };
    Told(vec![
        moved(0, "L1", "L2", "timer"),
        act(1, "raise", Some("L2")),
        Record { refused: text("no incident is open"), ..act(2, "hold", None) },
        Record { level: text("L1"), ..line(3, "reminder", "unconfirmed") },
        moved(4, "none", "L1", "detector"),
        Record {
            kind: "verdict".into(),
            queue: text("银行卡 / cards"),
            ..moved(5, "normal", "surge", "")
        },
        of_source(6, "outage", "notify"),
        of_source(7, "quality", "source_restarted"),
        line(8, "quality", "monitor_down"),
        moved(9, "L1", "none", "recovery"),
    ])
}
