//! The catalogue against the rules of the field, and the page against a known view.

mod documents;

use crate::sample;
use callsurge::driver::status::CommitDurations;
use callsurge::engine::observation::{SourceId, UnitId};
use callsurge::engine::time::Span;
use callsurge::engine::view::{Agents, View};
use callsurge::ingest::ami::Figures;
use callsurge::ingest::ami::status::{Ending, LinkView};
use callsurge::ingest::links::LinkReport;
use callsurge::ingest::poll::{Became, PollView};
use callsurge::journal::Stamp;
use callsurge::metrics::catalogue::{ALL, Kind};
use callsurge::metrics::{Facts, Failures, Rejection, Service, render};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// A commit of 1 ms, two of 4 ms and one of 3 s.
fn commits() -> CommitDurations {
    CommitDurations { counts: [0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 1], sum_seconds: 3.009 }
}

pub(crate) fn people() -> Agents {
    Agents {
        logged_in: Some(7),
        talking: Some(4),
        available: Some(2),
        paused: Some(1),
        after_call_work: None,
    }
}

/// A PBX and a polled address, each with something in every family.
fn links() -> Vec<(String, LinkReport)> {
    let figures = Figures {
        bytes: 9_000,
        messages: 10,
        ignored: 3,
        malformed: 1,
        count_checks: 5,
        count_mismatches: 2,
        gaps_filled: 1,
        restarts: 1,
        links: 2,
        ..Figures::default()
    };
    let mut pbx = LinkView {
        up: true,
        clock_offset: Some(Span::millis(-250)),
        figures,
        ..LinkView::default()
    };
    pbx.endings[Ending::Cut as usize] = 1;
    let mut acd = PollView { last_good: Some(sample::now()), bytes: 700, ..PollView::default() };
    acd.asked[Became::Good as usize] = 6;
    acd.asked[Became::Timeout as usize] = 2;
    vec![("pbx".into(), LinkReport::Ami(Box::new(pbx))), ("acd".into(), LinkReport::Poll(acd))]
}

pub(crate) fn service() -> Service {
    let service = Service::new(sample::now()).expect("sound families");
    service.ask_facts(|| Facts {
        stamp: Some(Stamp::Test),
        store_size_bytes: Some(4_096),
        commits: Some(commits()),
        failures: Some(Failures { commits: 2, snapshots: 1, mismatches: 0 }),
        outages_total: 4,
        links: links(),
        people: BTreeMap::from([(UnitId(1), people())]),
        oldest_pending: vec![("webhook".into(), sample::now())],
        service_level_targets: vec![Span::secs(20); 2],
        holiday_calendar_ends: vec![Some(sample::now()), None],
        preflight: Some(Arc::new(crate::preflight::report())),
    });
    service.expect_integration("webhook");
    service.request("/metrics", "GET", 200, Duration::from_millis(3));
    service
}

fn page(view: &View) -> String {
    render(view, &service()).expect("renders")
}

/// A view in which every family of the catalogue has something to say.
pub(crate) fn full() -> View {
    let mut view = sample::view(2);
    let now = sample::now();
    view.sources[1].outage = Some((now, None));
    view.units[1].blind_since = Some(now);
    view
}

/// Series (name and labels) with their values.
fn series(page: &str) -> Vec<(&str, f64)> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("series value");
            (series, value.parse().expect("number"))
        })
        .collect()
}

fn value(page: &str, wanted: &str) -> Option<f64> {
    series(page).into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

#[test]
fn names_follow_the_rules_of_the_field() {
    let mut names = BTreeSet::new();
    for family in ALL {
        let name = family.name;
        assert!(names.insert(name), "{name} twice");
        assert!(name.starts_with("callsurge_"), "{name}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        assert_eq!(name.ends_with("_total"), family.kind == Kind::Counter, "{name}");
        for word in name.split('_') {
            let bad = ["milliseconds", "minutes", "hours", "percent", "kb", "gauge", "age"];
            assert!(!bad.contains(&word), "{name} contains {word}");
        }
        for reserved in ["_count", "_sum", "_bucket"] {
            assert!(!name.ends_with(reserved), "{name} ends like a part of a histogram");
        }
        assert!(family.help.ends_with('.') && family.help.len() > 10, "{name}: {}", family.help);
        for label in family.labels {
            let personal = ["phone", "person", "call_id", "incident", "number", "le", "job"];
            assert!(!personal.contains(label), "{name} has label {label}");
        }
    }
}

#[test]
fn every_family_of_the_catalogue_appears_once_with_help_and_no_other_does() {
    let text = page(&full());
    let mut types = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("name kind");
            assert!(types.insert(name, kind).is_none(), "{name} twice");
            assert!(text.contains(&format!("# HELP {name} ")), "{name} has no help");
        }
    }
    for family in ALL {
        let kind = match family.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        assert_eq!(types.remove(family.name), Some(kind), "{}", family.name);
    }
    assert!(types.keys().all(|name| name.starts_with("process_")), "{types:?}");
}

#[test]
fn no_series_appears_twice_even_where_names_look_alike() {
    let mut view = full();
    let long = "线".repeat(300);
    for (queue, name) in view.queues.iter_mut().zip([format!("{long}a"), format!("{long}b")]) {
        queue.name = name.as_str().into();
    }
    let text = page(&view);
    let all = series(&text);
    let distinct: BTreeSet<&str> = all.iter().map(|(series, _)| *series).collect();
    assert_eq!(distinct.len(), all.len());
    assert!(text.lines().all(|line| line.len() < 1_500));
}

#[test]
fn a_small_view_reads_as_expected() {
    let text = page(&full());
    for (wanted, expected) in [
        ("callsurge_stage{unit=\"north\"}", 2.0),
        ("callsurge_stage{unit=\"south\"}", 0.0),
        ("callsurge_stage_active{unit=\"north\",stage=\"L2\"}", 1.0),
        ("callsurge_stage_active{unit=\"north\",stage=\"none\"}", 0.0),
        ("callsurge_controlled{unit=\"north\"}", 0.0),
        ("callsurge_control_condition_met{unit=\"north\",condition=\"service\"}", 0.0),
        ("callsurge_uncontrolled_since_timestamp_seconds{unit=\"north\"}", 1_795_486_800.0),
        ("callsurge_stage_escalation_timestamp_seconds{unit=\"north\"}", 1_795_490_400.0),
        ("callsurge_stage_duration_seconds_total{unit=\"north\",stage=\"L1\"}", 1_800.0),
        ("callsurge_override_active{unit=\"north\",kind=\"hold\"}", 1.0),
        ("callsurge_incidents_active{plan=\"surge\"}", 1.0),
        ("callsurge_incidents_active{plan=\"acd_outage\"}", 1.0),
        ("callsurge_incidents_total{plan=\"acd_outage\"}", 4.0),
        ("callsurge_commit_failures_total", 2.0),
        ("callsurge_snapshot_failures_total", 1.0),
        ("callsurge_recovery_mismatches_total", 0.0),
        ("callsurge_ingest_rejected_total{reason=\"malformed\"}", 0.0),
        ("callsurge_commit_duration_seconds_bucket{le=\"0.001\"}", 1.0),
        ("callsurge_commit_duration_seconds_bucket{le=\"0.005\"}", 3.0),
        ("callsurge_commit_duration_seconds_bucket{le=\"2\"}", 3.0),
        ("callsurge_commit_duration_seconds_bucket{le=\"+Inf\"}", 4.0),
        ("callsurge_commit_duration_seconds_count", 4.0),
        ("callsurge_commit_duration_seconds_sum", 3.009),
        ("callsurge_source_up{source=\"backup\"}", 0.0),
        ("callsurge_ingest_records_total{source=\"acd\",kind=\"event\"}", 7.0),
        ("callsurge_ingest_rejected_total{source=\"acd\",reason=\"duplicate\"}", 2.0),
        ("callsurge_queue_calls_offered_total{unit=\"north\",queue=\"queue-0001\"}", 1_000_001.0),
        (
            "callsurge_queue_calls_exited_total{unit=\"north\",queue=\"queue-0001\",reason=\"key\"}",
            2.0,
        ),
        ("callsurge_queue_agents{unit=\"north\",queue=\"queue-0001\",state=\"paused\"}", 1.0),
        ("callsurge_queue_service_level_target_seconds{unit=\"north\",queue=\"queue-0001\"}", 20.0),
        ("callsurge_detection_observed_calls{unit=\"north\"}", 180.0),
        ("callsurge_detection_active{unit=\"north\"}", 1.0),
        ("callsurge_detection_active{unit=\"north\",queue=\"queue-0001\"}", 0.0),
        ("callsurge_detection_upper_limit_calls{unit=\"north\",queue=\"queue-0001\"}", 82.25),
        ("callsurge_journal_info{stamp=\"test\"}", 1.0),
        ("callsurge_config_last_reload_successful", 1.0),
    ] {
        let got = value(&text, wanted);
        let same = got.is_some_and(|got| (got - expected).abs() < 1e-9);
        assert!(same, "{wanted}: {got:?} instead of {expected}");
    }
}

#[test]
fn what_is_unknown_is_absent_and_what_never_happened_is_zero() {
    let text = page(&sample::view(1));
    for absent in [
        "callsurge_controlled{unit=\"south\"}",
        "callsurge_control_condition_met{unit=\"north\",condition=\"backlog\"}",
        "callsurge_uncontrolled_since_timestamp_seconds{unit=\"south\"}",
        "callsurge_stage_escalation_timestamp_seconds{unit=\"south\"}",
        "callsurge_watermark_timestamp_seconds{unit=\"south\"}",
        "callsurge_detection_observed_calls{unit=\"south\"}",
    ] {
        assert_eq!(value(&text, absent), None, "{absent}");
    }
    let transitions = text.lines().filter(|line| {
        line.starts_with("callsurge_stage_transitions_total{unit=\"south\"") && line.ends_with(" 0")
    });
    assert_eq!(transitions.count(), 24);
    for reason in Rejection::ALL {
        let series = format!(
            "callsurge_ingest_rejected_total{{source=\"backup\",reason=\"{}\"}}",
            reason.word()
        );
        assert_eq!(value(&text, &series), Some(0.0), "{series}");
    }
    let sent = "callsurge_notifications_total{integration=\"webhook\",outcome=\"delivered\"}";
    assert_eq!(value(&text, sent), Some(0.0));
}

#[test]
fn the_snapshot_of_a_silent_source_is_not_shown_and_its_counters_stay() {
    let mut view = sample::view(1);
    view.queues[0].source = Some(SourceId(1));
    let text = page(&view);
    let labels = "{unit=\"north\",queue=\"queue-0000\"}";
    for gone in ["queue_calls_waiting", "queue_service_level_ratio", "queue_answer_rate_ratio"] {
        assert_eq!(value(&text, &format!("callsurge_{gone}{labels}")), None, "{gone}");
    }
    assert!(!text.contains("callsurge_queue_agents{"));
    let offered = format!("callsurge_queue_calls_offered_total{labels}");
    assert_eq!(value(&text, &offered), Some(1_000_000.0));
}

#[test]
fn connectors_are_told_by_source_and_by_closed_words() {
    let page = page(&full());
    for (series, wanted) in [
        ("callsurge_link_up{source=\"pbx\"}", 1.0),
        ("callsurge_link_up{source=\"acd\"}", 0.0),
        ("callsurge_link_received_bytes_total{source=\"acd\"}", 700.0),
        ("callsurge_link_connects_total{source=\"pbx\"}", 2.0),
        ("callsurge_link_ends_total{source=\"pbx\",reason=\"cut\"}", 1.0),
        ("callsurge_link_ends_total{source=\"pbx\",reason=\"dead\"}", 0.0),
        ("callsurge_link_messages_total{source=\"pbx\",outcome=\"used\"}", 6.0),
        ("callsurge_link_messages_total{source=\"pbx\",outcome=\"ignored\"}", 3.0),
        ("callsurge_link_clock_offset_seconds{source=\"pbx\"}", -0.25),
        ("callsurge_link_count_checks_total{source=\"pbx\",outcome=\"equal\"}", 3.0),
        ("callsurge_link_count_checks_total{source=\"pbx\",outcome=\"different\"}", 2.0),
        ("callsurge_link_gaps_total{source=\"pbx\",outcome=\"filled\"}", 1.0),
        ("callsurge_link_gaps_total{source=\"pbx\",outcome=\"unknown\"}", 0.0),
        ("callsurge_link_remarks_total{source=\"pbx\",kind=\"restart\"}", 1.0),
        ("callsurge_polls_total{source=\"acd\",outcome=\"good\"}", 6.0),
        ("callsurge_polls_total{source=\"acd\",outcome=\"timeout\"}", 2.0),
    ] {
        assert_eq!(value(&page, series), Some(wanted), "{series}");
    }
    assert_eq!(value(&page, "callsurge_link_clock_offset_seconds{source=\"acd\"}"), None);
}

#[test]
fn agents_of_a_unit_are_people_and_absent_where_nobody_knows_them() {
    let (page, view) = (page(&full()), full());
    let of = |unit: usize, state: &str| {
        let name = &view.units[unit].name;
        value(&page, &format!("callsurge_unit_agents{{unit=\"{name}\",state=\"{state}\"}}"))
    };
    assert_eq!(of(1, "logged_in"), Some(7.0));
    assert_eq!(
        (of(1, "talking"), of(1, "available"), of(1, "paused")),
        (Some(4.0), Some(2.0), Some(1.0))
    );
    assert_eq!((of(1, "after_call_work"), of(0, "logged_in")), (None, None));
}

#[test]
fn what_adapters_and_reloads_report_is_shown() {
    let service = service();
    service.reject("acd", Rejection::Malformed, 3);
    service.reject_sourceless(Rejection::Malformed, 2);
    service.notified("webhook", "failed");
    service.reloaded(false, sample::now() + Span::hours(1));
    let text = render(&sample::view(0), &service).expect("renders");
    for (wanted, expected) in [
        ("callsurge_ingest_rejected_total{source=\"acd\",reason=\"malformed\"}", 3.0),
        ("callsurge_ingest_rejected_total{reason=\"malformed\"}", 2.0),
        ("callsurge_notifications_total{integration=\"webhook\",outcome=\"failed\"}", 1.0),
        ("callsurge_config_last_reload_successful", 0.0),
        ("callsurge_config_last_reload_success_timestamp_seconds", 1_795_489_200.0),
    ] {
        assert_eq!(value(&text, wanted), Some(expected), "{wanted}");
    }
}

#[test]
fn promtool_finds_nothing_to_complain_about() {
    let Ok(mut child) = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        println!("skipped: promtool is not installed");
        return;
    };
    let text = page(&full());
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("promtool reads");
    let output = child.wait_with_output().expect("promtool ends");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}
