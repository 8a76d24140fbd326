//! Shipped mappings, read from their files, on answers in the shape that the vendors document.
//! The answers are written for these tests: no vendor was asked.

mod poller;

use callsurge::config::{Config, PollSettings, SourceKind};
use callsurge::driver::QueueRef;
use callsurge::engine::observation::{Counters, Form, Snapshot, SourceId};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::ingest::poll::{Outcome, Reading, parse};
use std::path::{Path, PathBuf};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// A little after the instants in the answers.
fn now() -> Timestamp {
    at("2026-11-24T15:00:02Z")
}

fn sample(file: &str, source: &str) -> PollSettings {
    let config = Config::load(&root("config/examples/poll").join(file));
    let config = config.unwrap_or_else(|errors| panic!("{errors}"));
    let of = config.sources.into_iter().find(|s| s.policy.name == source);
    match of.unwrap().kind {
        SourceKind::Poll(poll) => *poll,
        other => panic!("{other:?}"),
    }
}

fn mapped(file: &str, source: &str, answers: &[&str]) -> Outcome {
    let settings = sample(file, source);
    let mut reading = Reading::new(&settings.mapping, SourceId(0), now());
    for answer in answers {
        let bytes = std::fs::read(root("tests/fixtures/poll").join(answer)).unwrap();
        reading.take(&parse(&bytes).unwrap()).unwrap();
    }
    reading.finish()
}

#[track_caller]
fn check(outcome: &Outcome, wanted: &[(&str, Snapshot)]) {
    assert_eq!(outcome.problems, []);
    let told: Vec<_> = outcome
        .drafts
        .iter()
        .map(|draft| match (&draft.queue, draft.form) {
            (QueueRef::Named(name), Form::Snapshot(snapshot)) => (name.as_ref(), snapshot),
            _ => panic!("{draft:?}"),
        })
        .collect();
    assert_eq!(told, wanted);
}

#[test]
fn huawei_cec_tells_texts_and_a_sum_is_unknown_where_a_part_is() {
    let answers = ["huawei-cec.json", "huawei-cec-totals.json"];
    let outcome = mapped("huawei-cec.toml", "cec", &answers);
    let counted = |offered, answered, abandoned| {
        let epoch = Some(at("2026-11-23T16:00:00Z"));
        Some(Counters { epoch, offered, answered: Some(answered), abandoned })
    };
    let after_sales = Snapshot {
        waiting: Some(17),
        longest_wait: Some(Span::secs(74)),
        talking: Some(31),
        after_call_work: Some(4),
        available: Some(0),
        logged_in: Some(42),
        paused: Some(7),
        counters: counted(1_812, 1_640, Some(139)),
        ..Snapshot::empty(now())
    };
    let vip = Snapshot {
        waiting: Some(0),
        talking: Some(2),
        after_call_work: Some(0),
        available: Some(4),
        logged_in: Some(6),
        counters: counted(95, 95, None),
        ..Snapshot::empty(now())
    };
    check(&outcome, &[("售后", after_sales), ("vip", vip)]);
}

#[test]
fn twilio_tells_states_and_activities_and_totals_since_an_instant() {
    let answers = ["twilio-taskrouter.json", "twilio-taskrouter-totals.json"];
    let outcome = mapped("twilio-taskrouter.toml", "taskrouter", &answers);
    let counters = Counters {
        epoch: Some(at("2026-11-24T05:00:00Z")),
        offered: 412,
        answered: Some(371),
        abandoned: Some(33),
    };
    let support = Snapshot {
        waiting: Some(6),
        longest_wait: Some(Span::secs(48)),
        talking: Some(7),
        after_call_work: Some(2),
        available: Some(2),
        paused: Some(4),
        counters: Some(counters),
        ..Snapshot::empty(now())
    };
    check(&outcome, &[("support", support)]);
}

#[test]
fn amazon_connect_tells_metrics_of_channels_and_null_is_unknown() {
    let outcome = mapped("amazon-connect.toml", "connect", &["amazon-connect.json"]);
    let then = at("2026-11-24T14:59:58Z");
    let support = Snapshot {
        waiting: Some(12),
        longest_wait: Some(Span::secs(95)),
        talking: Some(20),
        after_call_work: Some(3),
        available: Some(0),
        logged_in: Some(27),
        paused: Some(4),
        ..Snapshot::empty(then)
    };
    let sales = Snapshot { waiting: Some(0), ..Snapshot::empty(then) };
    check(&outcome, &[("support", support), ("sales", sales)]);
    assert_eq!(outcome.left_out, 1);
}

#[test]
fn genesys_tencent_and_alibaba_tell_how_queues_stand() {
    let genesys = mapped("genesys-cloud.toml", "genesys", &["genesys-cloud.json"]);
    let support = Snapshot { waiting: Some(6), talking: Some(11), ..Snapshot::empty(now()) };
    check(&genesys, &[("support", support)]);
    let tencent = mapped("tencent-tccc.toml", "tccc", &["tencent-tccc.json"]);
    let after_sales = Snapshot {
        waiting: Some(6),
        longest_wait: Some(Span::secs(62)),
        in_ivr: Some(9),
        talking: Some(14),
        ..Snapshot::empty(at("2026-11-24T15:00:00Z"))
    };
    check(&tencent, &[("售后", after_sales)]);
    let alibaba = mapped("alibaba-ccc.toml", "ccc", &["alibaba-ccc.json"]);
    let after_sales = Snapshot {
        waiting: Some(8),
        longest_wait: Some(Span::secs(51)),
        talking: Some(19),
        after_call_work: Some(2),
        available: Some(0),
        logged_in: Some(25),
        paused: Some(4),
        ..Snapshot::empty(now())
    };
    check(&alibaba, &[("sg-aftersales", after_sales)]);
    assert_eq!(alibaba.silent, ["sg-night"]);
}

#[test]
fn every_shipped_mapping_is_valid() {
    let mut seen = 0;
    for file in std::fs::read_dir(root("config/examples/poll")).unwrap().flatten() {
        let config = Config::load(&file.path()).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(config.sources.iter().all(|s| matches!(s.kind, SourceKind::Poll(_))));
        seen += 1;
    }
    assert_eq!(seen, 6);
}
