//! One surge, told in four places: the figures are the same in all of them.

use crate::api::served;
use crate::detection::series::{Kind, Series, series};
use crate::metrics;
use callsurge::config::Language;
use callsurge::driver::{Draft, Item, QueueRef, Replay};
use callsurge::engine::Engine;
use callsurge::engine::effect::{Effect, EffectKind};
use callsurge::engine::observation::{Form, IntervalRow, SourceId, Tally};
use callsurge::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::engine::verdict::Verdict;
use callsurge::engine::view::View;
use callsurge::explanation::{Said, sentence};
use callsurge::journal::reader::Reader;
use callsurge::journal::sqlite::SqliteJournal;
use callsurge::journal::{History, Journal, LogbookQuery, Settings, Stamp};
use callsurge::record::{EvidenceRecord, Record};
use callsurge::report::logbook;
use chrono_tz::Asia::Shanghai;
use std::cell::Cell;

const QUEUES: [&str; 2] = ["billing", "sales"];
const WEEKS: i64 = 5;

fn policy() -> Policy {
    let source = SourcePolicy {
        name: "push".into(),
        lateness: Span::ZERO,
        heartbeat: false,
        watched: true,
        carries: Carries::VOLUME_ONLY,
    };
    let mut policy = Policy::unconfigured(SilenceRule::Replay, vec![source]);
    policy.units[0].timezone = Shanghai;
    policy
}

fn draft(queue: &str, start: Timestamp, end: Timestamp, offered: u32) -> Draft {
    let tally = Tally { offered, ..Tally::default() };
    let row = IntervalRow::new(start, end, true, 0, tally).expect("sound");
    Draft { source: SourceId(0), queue: QueueRef::Named(queue.into()), form: Form::Interval(row) }
}

/// Five weeks that teach, then a day on which billing has half as many calls again from its 60th
/// row on; the state and the log book after the row at which that is called a surge.
fn surge() -> (View, Vec<Record>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("explained.journal");
    let desks: Vec<Series> = [3, 4].map(|seed| series(Kind::Desk, seed, WEEKS * 7 + 1)).into();
    let start = desks[0].rows[0].start;
    let today = start + Span::hours(24 * 7 * WEEKS);
    let mut journal = SqliteJournal::open(&path, Settings::new(Stamp::Replay), start).unwrap();
    let found = Cell::new(false);
    let tell = |effect: &Effect, _: Option<&Record>| {
        let EffectKind::Verdict(line) = &effect.kind else { return };
        found.set(found.get() || (line.queue.is_some() && line.verdict.is_surge()));
    };
    let journal_of_run: &mut dyn Journal = &mut journal;
    let mut run = Replay::<_, Engine>::start(&policy(), start, Some(journal_of_run), tell).unwrap();
    let mut since = 0;
    for (billing, sales) in desks[0].rows.iter().zip(&desks[1].rows) {
        let (start, end) = (billing.start, billing.end);
        since += u32::from(start >= today);
        let more = if since > 60 { billing.offered / 2 } else { 0 };
        for (queue, offered) in QUEUES.into_iter().zip([billing.offered + more, sales.offered]) {
            let draft = draft(queue, start, end, offered);
            let item = if since == 0 { Item::Learn(draft) } else { Item::Draft(draft) };
            run.push(end.max(today), item).unwrap();
        }
        if found.get() {
            break;
        }
    }
    let view = run.finish().unwrap().view();
    let query = LogbookQuery { limit: 500, ..LogbookQuery::default() };
    (view, Reader::open(&path).unwrap().logbook(&query).unwrap().records)
}

/// The value of a family for billing.
fn metric(page: &str, family: &str) -> f64 {
    let series = format!("callsurge_detection_{family}{{unit=\"default\",queue=\"billing\"}} ");
    let line = page.lines().find_map(|line| line.strip_prefix(&series));
    line.unwrap_or_else(|| panic!("no {series}")).parse().expect("a number")
}

#[tokio::test]
async fn sentence_evidence_metrics_and_log_book_have_the_same_figures() {
    let (view, records) = tokio::task::spawn_blocking(surge).await.unwrap();
    let billing = view.queues.iter().find(|q| &*q.name == "billing").expect("registered");
    let Verdict::Surge(raw) = billing.verdict else { panic!("{:?}", billing.verdict) };
    let page = callsurge::metrics::render(&view, &metrics::service()).unwrap();
    let status = served(view.clone()).await.json("/api/v1/units/default").await;

    let line = |kind: &str| {
        let mut of_kind = records.iter().filter(|r| r.kind == kind);
        of_kind.find(|r| r.queue.as_deref() == Some("billing")).expect("in the log book")
    };
    let verdict = line("verdict");
    let evidence = verdict.evidence.as_ref().expect("a surge has evidence");
    assert_eq!(*evidence, EvidenceRecord::from(&raw));

    // The status is what the log book says, on the queue and as the strongest of the unit.
    let told = serde_json::to_value(verdict).unwrap();
    let queues = status["queues"].as_array().expect("queues").iter();
    let queue = queues.clone().find(|q| q["queue"] == "billing").expect("told");
    for place in [queue, &status["strongest"]] {
        assert_eq!(place["queue"], "billing");
        assert_eq!(place["verdict"], "surge");
        assert_eq!(place["evidence"], told["evidence"]);
        assert_eq!(place["explanation"], told["explanation"]);
    }

    // A sentence made of the metrics alone is the sentence of the log book.
    let at = |family| Timestamp::from_millis((1_000.0 * metric(&page, family)) as i64).to_string();
    let of_metrics = EvidenceRecord {
        interval_seconds: metric(&page, "interval_seconds"),
        observed: metric(&page, "observed_calls"),
        expected: metric(&page, "expected_calls"),
        upper: metric(&page, "upper_limit_calls"),
        since: at("since_timestamp_seconds"),
        score: metric(&page, "score"),
        threshold: metric(&page, "score_threshold"),
        chance_per_month: Some(metric(&page, "chance_per_month")),
        ..evidence.clone()
    };
    let said = Said {
        unit: "default",
        queue: Some("billing"),
        verdict: "surge",
        evidence: Some(&of_metrics),
        ..Said::default()
    };
    let told = verdict.explanation.as_ref().expect("explained");
    for (language, told) in [(Language::En, &told.en), (Language::ZhCn, &told.zh_cn)] {
        assert_eq!(sentence(&said, language, Shanghai), *told);
        assert!(logbook::line(verdict, language, Shanghai).ends_with(told.as_str()));
    }

    // The order of L1 rests on it too, and the figures are those of the evidence.
    let order = records.iter().find(|r| r.kind == "transition").expect("L1");
    assert_eq!(order.verdict.as_deref(), Some("surge"));
    assert!(order.explanation.is_some());
    let calls = format!(
        "{:.0} calls in 5 minutes where {:.0} are usual",
        evidence.observed, evidence.expected
    );
    assert!(told.en.contains(&calls), "{} lacks {calls}", told.en);
    let chance = raw.chance_per_month.expect("a settled baseline");
    assert!(chance <= 1.0, "{chance} a month where 1 is tolerated");
}
