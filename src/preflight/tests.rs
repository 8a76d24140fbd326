//! Outcomes, sentences and clocks, each by itself; how they come about is tested from outside.

use super::*;
use crate::config::Language;
use crate::engine::Engine;
use crate::engine::view::{Accepted, Ignored};
use crate::recall::Skill;

fn pool(need: u32, heads_p90: u32) -> Pool {
    let deep_enough = heads_p90 >= need;
    Pool { skill: Skill::ANY, need, people: 12, filled: 0.5, heads_p90, deep_enough }
}

/// Every finding once, with its outcome.
fn all() -> Vec<(Finding, Outcome)> {
    use Outcome::{Ok, Unknown, Wrong};
    let since = Timestamp::from_secs(1_795_478_400);
    let stamps = |seconds| Finding::Clock(Lag::Stamps(Span::secs(seconds)));
    let read = |millis| Finding::Clock(Lag::Read(Span::millis(millis)));
    vec![
        (Finding::Mode(RecallMode::Off), Unknown),
        (Finding::Mode(RecallMode::DryRun), Ok),
        (Finding::Mode(RecallMode::Automatic), Ok),
        (Finding::Roster { people: 0 }, Ok),
        (Finding::RosterUnreadable, Wrong),
        (Finding::RosterNotSet, Unknown),
        (Finding::Legal { own: true }, Ok),
        (Finding::Legal { own: false }, Ok),
        (Finding::Contacts { without: 0, people: 0 }, Unknown),
        (Finding::Contacts { without: 0, people: 9 }, Ok),
        (Finding::Contacts { without: 1, people: 9 }, Wrong),
        (Finding::Need { heads: 0 }, Ok),
        (Finding::Need { heads: 3 }, Ok),
        (Finding::NoNeed, Wrong),
        (Finding::Pool { pool: pool(3, 3), fallback: true }, Ok),
        (Finding::Pool { pool: pool(4, 3), fallback: false }, Wrong),
        (Finding::PoolWithoutNeed { people: 3, heads: 1 }, Unknown),
        (Finding::PoolWithoutNeed { people: 0, heads: 0 }, Wrong),
        (Finding::Channel(Reached::Answers), Ok),
        (Finding::Channel(Reached::NoAnswer), Wrong),
        (Finding::Channel(Reached::Delivered), Ok),
        (Finding::Channel(Reached::GivenUp { messages: 2 }), Wrong),
        (Finding::Channel(Reached::Waits { since }), Wrong),
        (Finding::Channel(Reached::Untried), Unknown),
        (Finding::ReplyLinks(None), Unknown),
        (Finding::ReplyLinks(Some(true)), Ok),
        (Finding::ReplyLinks(Some(false)), Wrong),
        (Finding::Speaks, Ok),
        (Finding::Silent { since }, Wrong),
        (Finding::NeverHeard { since }, Wrong),
        (Finding::NotHeardYet, Unknown),
        (Finding::ClockUnheard, Unknown),
        (read(4_900), Ok),
        (read(-4_900), Ok),
        (read(5_000), Wrong),
        (read(-5_000), Wrong),
        (stamps(4), Ok),
        (stamps(-4), Ok),
        (stamps(-5), Wrong),
        // Late data and a slow clock look the same.
        (stamps(5), Unknown),
    ]
}

#[test]
fn outcomes_follow_from_what_was_found() {
    for (finding, outcome) in all() {
        assert_eq!(finding.outcome(), outcome, "{finding:?}");
    }
}

#[test]
fn every_finding_is_a_sentence_of_its_own_in_each_language() {
    let zone = chrono_tz::Asia::Shanghai;
    for language in Language::ALL {
        let mut said: Vec<String> =
            all().into_iter().map(|(finding, _)| finding.sentence(language, zone)).collect();
        for sentence in &said {
            let plain = sentence.replace("L2", "").replace("L3", "");
            let latin = plain.contains(|c: char| c.is_ascii_alphabetic());
            assert_eq!(latin, language == Language::En, "{sentence}");
            assert!(language == Language::ZhCn || sentence.is_ascii(), "{sentence}");
        }
        let count = said.len();
        said.sort();
        said.dedup();
        assert_eq!(said.len(), count, "{said:#?}");
    }
}

#[test]
fn times_are_told_in_the_zone() {
    let silent = Finding::Silent { since: Timestamp::from_secs(1_795_478_400) };
    let zone = chrono_tz::Asia::Shanghai;
    assert_eq!(silent.sentence(Language::En, zone), "no sign of life since 11-24 08:00");
    assert_eq!(silent.sentence(Language::ZhCn, zone), "自 11-24 08:00 起无数据");
}

#[test]
fn words_are_different() {
    let mut words: Vec<_> = LEVELS
        .into_iter()
        .flat_map(|level| [What::Contacts(level), What::Need(level), What::Pool(level)])
        .chain([What::Mode, What::Roster, What::Legal, What::Channel, What::ReplyLinks])
        .chain([What::Feed, What::Clock])
        .map(What::word)
        .collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), 13);
}

fn source(name: &str) -> SourceView {
    SourceView {
        name: name.into(),
        up: false,
        awaited: true,
        last_event: None,
        watermark: None,
        accepted: Accepted::default(),
        ignored: Ignored::default(),
        outage: None,
    }
}

#[test]
fn a_source_that_never_began_is_not_one_that_fell_silent() {
    let since = Timestamp::from_secs(60);
    let fresh = source("acd");
    assert_eq!(feed(&fresh), Finding::NotHeardYet);
    let never = SourceView { outage: Some((since, None)), ..fresh.clone() };
    assert_eq!(feed(&never), Finding::NeverHeard { since });
    let silent = SourceView { last_event: Some(since), ..never };
    assert_eq!(feed(&silent), Finding::Silent { since });
    let beats = Accepted { heartbeats: 1, ..Accepted::default() };
    let beating = SourceView { up: true, accepted: beats, ..fresh };
    assert_eq!(feed(&beating), Finding::Speaks);
}

#[test]
fn of_the_last_stamps_the_closest_counts() {
    let mut view = Engine::new().view();
    let mut clocks = Clocks::default();
    let mut hear = |at: i64, stamp: i64| {
        view.at = Timestamp::from_secs(at);
        view.sources =
            vec![SourceView { last_event: Some(Timestamp::from_secs(stamp)), ..source("acd") }];
        clocks.hear(&view);
        clocks.lags().get("acd").copied()
    };
    assert_eq!(hear(1_000, 10), None, "it was there before");
    assert_eq!(hear(2_000, 10), None, "nothing new");
    assert_eq!(hear(2_000, 1_980), Some(Lag::Stamps(Span::secs(20))));
    assert_eq!(hear(2_060, 2_058), Some(Lag::Stamps(Span::secs(2))));
    assert_eq!(hear(2_120, 2_059), Some(Lag::Stamps(Span::secs(2))));
    for n in 0..30 {
        hear(3_000 + n, 3_009 + n);
    }
    assert_eq!(hear(3_031, 3_039), Some(Lag::Stamps(Span::secs(-8))), "the others are forgotten");
}

#[test]
fn what_was_wrong_before_is_no_news() {
    let check = |what, finding| Check::new(what, finding);
    let at = Timestamp::from_secs(0);
    let report = |checks| Report { at, checks, pools: Vec::new() };
    let before = report(vec![
        check(What::Roster, Finding::RosterUnreadable),
        check(What::Feed, Finding::Speaks).of("acd"),
        check(What::Feed, Finding::Silent { since: at }).of("pbx"),
    ]);
    let after = report(vec![
        check(What::Roster, Finding::RosterUnreadable),
        check(What::Feed, Finding::Silent { since: at }).of("acd"),
        check(What::Feed, Finding::Silent { since: at }).of("pbx"),
    ]);
    let news: Vec<_> = after.turned_wrong(Some(&before)).collect();
    assert_eq!(news, [&after.checks[1]]);
    assert_eq!(after.turned_wrong(None).count(), 3);
    assert_eq!(report(Vec::new()).outcome(), Outcome::Unknown);
    assert_eq!((before.outcome(), before.may_change()), (Outcome::Wrong, true));
    let calm = report(vec![
        check(What::Feed, Finding::Speaks),
        check(What::ReplyLinks, Finding::ReplyLinks(None)),
    ]);
    assert_eq!((calm.outcome(), calm.may_change()), (Outcome::Unknown, false));
    assert!(report(vec![check(What::Feed, Finding::NotHeardYet)]).may_change());
}
