//! The need for agents: from how queues stand to heads, with reference values behind it.

use crate::e2e::{Running, row};
use crate::sample;
use callsurge::demand::{Because, Bounds, Staffed, of_skills, of_unit};
use callsurge::engine::policy::StaffingPolicy;
use callsurge::engine::time::Span;
use callsurge::engine::view::{Agents, Load, View};
use std::sync::Arc;

/// Calls of 15 minutes that make a load of so many Erlang of 300 seconds.
fn calls(erlangs: f64) -> f64 {
    3.0 * erlangs
}

/// A unit with a queue for each load; five minutes a call, three of patience, nobody waits.
fn view(erlangs: &[f64], policy: StaffingPolicy) -> View {
    let mut view = sample::view(erlangs.len() as u32);
    view.units[0].staffing = Arc::new(StaffingPolicy { occupancy_max: 1.0, ..policy });
    for (queue, erlangs) in view.queues.iter_mut().zip(erlangs) {
        queue.waiting = Some(0);
        let (talked_calls, talked_seconds) = (1.0e9, 300.0e9);
        queue.load = Load { calls_per_15_minutes: calls(*erlangs), talked_calls, talked_seconds };
    }
    view
}

fn unit(view: &View) -> Staffed {
    of_unit(view, &view.units[0], None)
}

#[test]
fn the_need_is_the_reference_value() {
    // 80 % of all offered calls answered within 20 s.
    for (erlangs, agents) in [(10.0, 13), (50.0, 52), (100.0, 100), (500.0, 475), (1000.0, 936)] {
        let staffed = unit(&view(&[erlangs], StaffingPolicy::default()));
        let needed = staffed.needed.unwrap();
        assert_eq!((needed.likely, staffed.because), (agents, Because::ServiceLevel));
        assert!(needed.low < agents && agents < needed.high, "{needed:?}");
    }
    // The bounds are the needs at 1 -+ 1.2816 sqrt(1 / 600) of the load, 94.77 and 105.23 Erlang.
    let bounds = unit(&view(&[100.0], StaffingPolicy::default())).needed.unwrap();
    let at = |erlangs| unit(&view(&[erlangs], StaffingPolicy::default())).needed.unwrap().likely;
    let spread = 1.281_551_6 * (1.0_f64 / 600.0).sqrt();
    let [low, high] = [at(100.0 * (1.0 - spread)), at(100.0 * (1.0 + spread))];
    assert_eq!(bounds, Bounds { low, likely: 100, high });
}

#[test]
fn those_who_are_there_are_taken_from_it() {
    let mut view = view(&[100.0], StaffingPolicy::default());
    let there = Agents { logged_in: Some(95), paused: Some(5), ..Agents::default() };
    view.queues[0].agents = there;
    let staffed = unit(&view);
    let Bounds { low, likely, high } = staffed.needed.unwrap();
    assert_eq!(staffed.available, Some(90));
    let missing = Bounds { low: low.saturating_sub(90), likely: likely - 90, high: high - 90 };
    assert_eq!((staffed.missing, staffed.to_spare), (Some(missing), Some(0)));
    // Agents who are counted once each go before sums over queues.
    let people = Agents { logged_in: Some(130), paused: None, ..Agents::default() };
    let staffed = of_unit(&view, &view.units[0], Some(&people));
    assert_eq!((staffed.available, staffed.to_spare), (Some(130), Some(130 - high)));
    // One queue that does not tell leaves the sum unknown, and the need known.
    view.queues[0].agents = Agents::default();
    let staffed = unit(&view);
    assert_eq!((staffed.available, staffed.missing, staffed.to_spare), (None, None, None));
    assert!(staffed.needed.is_some());
}

#[test]
fn a_backlog_or_a_cap_may_decide() {
    let mut waits = view(&[100.0], StaffingPolicy::default());
    waits.queues[0].waiting = Some(500);
    let staffed = unit(&waits);
    assert_eq!(staffed.because, Because::Backlog);
    assert!(staffed.needed.unwrap().likely > 100);
    let mut capped = view(&[100.0], StaffingPolicy::default());
    capped.units[0].staffing =
        Arc::new(StaffingPolicy { occupancy_max: 0.8, ..StaffingPolicy::default() });
    let staffed = unit(&capped);
    assert_eq!((staffed.needed.unwrap().likely, staffed.because), (125, Because::Occupancy));
}

#[test]
fn what_is_not_known_is_said_and_never_zero() {
    let mut view = view(&[100.0], StaffingPolicy::default());
    view.queues[0].load.talked_calls = 4.0;
    let staffed = unit(&view);
    assert_eq!((staffed.needed, staffed.because), (None, Because::NoHandleTime));
    assert_eq!(staffed.inputs.handle_seconds, None);
    // A handle time that is set is believed to 20 %.
    let policy = StaffingPolicy {
        talk: Some(Span::secs(240)),
        wrap_up: Span::secs(60),
        occupancy_max: 1.0,
        ..StaffingPolicy::default()
    };
    view.units[0].staffing = Arc::new(policy);
    let staffed = unit(&view);
    assert_eq!((staffed.inputs.handle_seconds, staffed.inputs.handle_assumed), (Some(300.0), true));
    let needed = staffed.needed.unwrap();
    assert_eq!(needed.likely, 100);
    assert!(needed.low < 80 && needed.high > 120, "{needed:?}");
    view.units[0].blind_since = Some(sample::now());
    let staffed = unit(&view);
    assert_eq!((staffed.needed, staffed.because), (None, Because::Blind));
}

#[test]
fn skills_are_needed_apart_and_a_unit_is_their_sum() {
    let skills = [("queue-0000", "cards"), ("queue-0001", "cards")];
    let skills = skills.map(|(queue, skill)| (queue.to_owned(), skill.to_owned())).to_vec();
    let view = view(&[50.0, 50.0, 10.0], StaffingPolicy { skills, ..StaffingPolicy::default() });
    let found = of_skills(&view, &view.units[0]);
    let needs: Vec<(&str, u32)> =
        found.iter().map(|s| (s.skill.as_str(), s.staffed.needed.unwrap().likely)).collect();
    assert_eq!(needs, [("cards", 100), ("queue-0002", 13)]);
    assert_eq!(unit(&view).needed.unwrap().likely, 113);
    assert_eq!(of_skills(&view, &view.units[1]), []);
}

/// 20 idle agents beside a queue that lacks 20 are not enough.
#[test]
fn an_idle_queue_does_not_hide_one_that_drowns() {
    let mut view = view(&[50.0, 50.0], StaffingPolicy::default());
    let there = |n| Agents { logged_in: Some(n), ..Agents::default() };
    (view.queues[0].agents, view.queues[1].agents) = (there(32), there(90));
    let staffed = unit(&view);
    assert_eq!((staffed.available, staffed.needed.unwrap().likely), (Some(122), 104));
    assert_eq!(staffed.missing.unwrap().likely, 20);
    // People who are in both queues: 70 cannot be 104, whatever the sums over queues say.
    (view.queues[0].agents, view.queues[1].agents) = (there(70), there(70));
    assert_eq!(unit(&view).missing.unwrap().likely, 0);
    let staffed = of_unit(&view, &view.units[0], Some(&there(70)));
    // A pool of 100 Erlang needs 100.
    assert_eq!((staffed.available, staffed.missing.unwrap().likely), (Some(70), 30));
}

/// From rows over HTTP to the answer and the metrics.
#[test]
fn a_running_service_tells_the_need() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::serve(&folder.path().join("j"), None);
    let rows = |talk: &str| -> String {
        let told =
            |back| row("4001", back, 100).replace("\"offered\"", &format!("{talk}\"offered\""));
        (1..=180).rev().map(told).collect()
    };
    let talk = "\"answered\":90,\"talk_seconds\":27000,";
    assert_eq!(running.post(rows(talk)).status, 200);
    let status = running.json("/api/v1/units/default");
    let inputs = &status["demand"]["inputs"];
    let close = |value: &serde_json::Value, wanted: f64| {
        let got = value.as_f64().unwrap();
        assert!((got / wanted - 1.0).abs() < 1e-4, "{got} is not {wanted}");
    };
    // A constant feed of rows of a minute is what it is, whatever the row length.
    close(&inputs["calls_per_15_minutes"], 1_500.0);
    close(&inputs["handle_seconds"], 300.0);
    assert_eq!(inputs["handle_assumed"], false);
    assert_eq!(status["skills"][0]["skill"], "4001");
    let likely = status["demand"]["needed"]["likely"].as_u64().unwrap();
    // 500 Erlang: 475 for the service level, 556 at an occupancy of 0.9.
    assert_eq!((likely, &status["demand"]["because"]), (556, &"occupancy".into()));
    assert_eq!(status["demand"]["available"], serde_json::Value::Null);
    let shown = running.get("/metrics").body;
    let line = "callsurge_staff_needed{unit=\"default\",bound=\"likely\"} 556";
    assert!(shown.contains(line), "{shown}");
    assert!(!shown.contains("callsurge_staff_missing{"), "nobody told of agents");
}
