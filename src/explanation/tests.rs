//! The sentence of every verdict, and what holds for all of them.

use super::*;
use crate::engine::time::Span;
use crate::engine::verdict::Evidence;
use proptest::prelude::*;

const METHODS: [Method; 5] =
    [Method::Burst, Method::Step, Method::Slow, Method::Empty, Method::Provisional];

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("valid")
}

/// A surge of the evening in Shanghai.
fn evidence(method: Method) -> Evidence {
    Evidence {
        at: at("2026-11-24T06:30:00Z"),
        length: Span::minutes(5),
        observed: 182.0,
        expected: 120.6,
        upper: 150.2,
        since: at("2026-11-24T06:05:00Z"),
        score: 6.4,
        threshold: 4.2,
        method,
        chance_per_month: Some(1.0 / 480.0),
        learning: false,
    }
}

fn explain(queue: Option<&str>, verdict: &Verdict) -> Explanation {
    let told = verdict.evidence().map(EvidenceRecord::from);
    let said = Said::of(("north", queue), verdict, told.as_ref());
    Explanation::of(&said, chrono_tz::Asia::Shanghai)
}

#[track_caller]
fn check(queue: Option<&str>, verdict: &Verdict, en: &str, zh: &str) {
    let told = explain(queue, verdict);
    assert_eq!((told.en.as_str(), told.zh_cn.as_str()), (en, zh));
}

#[test]
fn a_surge_is_told_by_each_test() {
    let surge = |method| Verdict::Surge(evidence(method));
    check(
        Some("billing"),
        &surge(Method::Step),
        "Queue billing: volume is abnormally high, 182 calls in 5 minutes where 121 are usual, \
         since 14:05; chance alone gives such a rise about once in 40 years; step test.",
        "队列 billing：呼入量异常增长，5 分钟呼入 182 通，平时 121 通，自 14:05 起；\
         偶然出现约 40 年一次；阶跃检验。",
    );
    check(
        None,
        &surge(Method::Burst),
        "Unit north, all queues: volume is abnormally high, 182 calls in 5 minutes where 121 are \
         usual, since 14:05; chance alone gives such a rise about once in 40 years; burst test.",
        "单元 north 合计：呼入量异常增长，5 分钟呼入 182 通，平时 121 通，自 14:05 起；\
         偶然出现约 40 年一次；突增检验。",
    );
    // A rise of more than a day says on which day it began.
    let since = at("2026-11-23T02:00:00Z");
    let slow = Evidence { since, chance_per_month: Some(2.0), ..evidence(Method::Slow) };
    check(
        Some("billing"),
        &Verdict::Surge(slow),
        "Queue billing: volume is abnormally high, 182 calls in 5 minutes where 121 are usual, \
         since 2026-11-23 10:00; chance alone gives such a rise about 2 times a month; slow-rise test.",
        "队列 billing：呼入量异常增长，5 分钟呼入 182 通，平时 121 通，自 2026-11-23 10:00 起；\
         偶然出现约每月 2 次；缓升检验。",
    );
    let provisional = Evidence {
        chance_per_month: None,
        learning: true,
        expected: 40.04,
        length: Span::hours(1),
        ..evidence(Method::Provisional)
    };
    check(
        Some("billing"),
        &Verdict::Surge(provisional),
        "Queue billing: volume is abnormally high, 182 calls in 1 hour where 40 are usual, since \
         14:05; provisional baseline, only a doubling counts.",
        "队列 billing：呼入量异常增长，1 小时呼入 182 通，平时 40 通，自 14:05 起；\
         临时基线，翻倍以上才判定。",
    );
}

#[test]
fn an_alarm_that_outlasts_a_quiet_interval_does_not_contradict_itself() {
    let quiet = Evidence { observed: 100.0, ..evidence(Method::Step) };
    check(
        Some("billing"),
        &Verdict::Surge(quiet),
        "Queue billing: volume is abnormally high, 100 calls in 5 minutes where 121 are usual \
         (it may be ending), since 14:05; chance alone gives such a rise about once in 40 years; \
         step test.",
        "队列 billing：呼入量异常增长，5 分钟呼入 100 通，平时 121 通（可能正在结束），自 14:05 起；\
         偶然出现约 40 年一次；阶跃检验。",
    );
}

#[test]
fn what_is_no_surge_is_told_too() {
    let calm = Evidence {
        observed: 1.0,
        expected: 0.42,
        upper: 6.26,
        length: Span::secs(90),
        chance_per_month: None,
        ..evidence(Method::Burst)
    };
    check(
        Some("vip"),
        &Verdict::Normal(calm),
        "Queue vip: volume is normal, 1 call in 90 seconds where 0.4 are usual, at most 6.3, since \
         14:05.",
        "队列 vip：呼入量正常，90 秒呼入 1 通，平时 0.4 通，上限 6.3 通，自 14:05 起。",
    );
    let gone = Evidence { observed: 0.0, chance_per_month: None, ..evidence(Method::Empty) };
    check(
        Some("vip"),
        &Verdict::Collapse(gone),
        "Queue vip: volume has collapsed, 0 calls in 5 minutes where 121 are usual, since 14:05; \
         run of empty intervals; a trunk may be down.",
        "队列 vip：呼入量骤降，5 分钟呼入 0 通，平时 121 通，自 14:05 起；连续空时段；中继可能中断。",
    );
    check(
        None,
        &Verdict::Learning { seen: 2, needed: 3 },
        "Unit north, all queues: volume is still being learned, 2 of 3 intervals.",
        "单元 north 合计：正在学习，已有 2 个时段，需 3 个。",
    );
    let stale = Said { verdict: "stale", since: Some("2026-11-24T06:05:00Z"), ..Said::default() };
    let zone = chrono_tz::Asia::Shanghai;
    let stale = Explanation::of(&Said { queue: Some("vip"), ..stale }, zone);
    assert_eq!(stale.en, "Queue vip: no data since 2026-11-24 14:05.");
    assert_eq!(stale.zh_cn, "队列 vip：无数据，自 2026-11-24 14:05 起。");
}

#[test]
fn calls_are_rounded_to_what_says_something() {
    for (calls, told) in [
        (0.0, "0"),
        (-0.0, "0"),
        (0.03, "0.03"),
        (0.42, "0.4"),
        (1.0, "1"),
        (9.94, "9.9"),
        (9.96, "10"),
        (180.26, "180"),
        (f64::NAN, "?"),
    ] {
        assert_eq!(number(calls), told);
    }
}

/// The numbers of a text, in order of size.
fn figures(text: &str) -> Vec<&str> {
    let mut figures: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|n| n.trim_matches('.'))
        .filter(|n| !n.is_empty())
        .collect();
    figures.sort_unstable();
    figures
}

fn finite() -> impl Strategy<Value = f64> {
    prop_oneof![
        0.0..1_000.0_f64,
        Just(0.0),
        Just(-0.0),
        Just(f64::MAX),
        Just(f64::MIN),
        Just(f64::MIN_POSITIVE),
        proptest::num::f64::NORMAL,
    ]
}

fn instant() -> impl Strategy<Value = Timestamp> {
    let millis = |n| Timestamp::from_millis(n);
    prop_oneof![
        (0..4_102_444_800_000_i64).prop_map(millis),
        any::<i64>().prop_map(millis),
        Just(Timestamp::MIN),
        Just(Timestamp::MAX),
    ]
}

prop_compose! {
    fn any_evidence()(
        (observed, expected, upper, score, threshold) in
            (finite(), finite(), finite(), finite(), finite()),
        (at, since) in (instant(), instant()),
        length in prop_oneof![0..90_000_000_i64, any::<i64>()],
        method in proptest::sample::select(&METHODS[..]),
        chance_per_month in proptest::option::of(finite()),
        learning in any::<bool>(),
    ) -> Evidence {
        let length = Span::millis(length);
        Evidence {
            at, length, observed, expected, upper, since, score, threshold, method,
            chance_per_month, learning,
        }
    }
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        any_evidence().prop_map(Verdict::Normal),
        any_evidence().prop_map(Verdict::Surge),
        any_evidence().prop_map(Verdict::Collapse),
        (any::<u32>(), any::<u32>()).prop_map(|(seen, needed)| Verdict::Learning { seen, needed }),
        instant().prop_map(|since| Verdict::Stale { since }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_sentence_is_one_line_of_numbers_and_both_languages_have_the_same(
        verdict in any_verdict(),
        queue in proptest::option::of("(?s).{0,12}"),
    ) {
        for text in [explain(None, &verdict).en, explain(None, &verdict).zh_cn] {
            prop_assert!(!["NaN", "inf", "?"].iter().any(|bad| text.contains(bad)), "{text}");
        }
        let Explanation { en, zh_cn } = explain(queue.as_deref(), &verdict);
        prop_assert!(![&en, &zh_cn].iter().any(|text| text.contains(char::is_control)), "{en:?}");
        prop_assert!(en.ends_with('.') && zh_cn.ends_with('。'));
        prop_assert_eq!(figures(&en), figures(&zh_cn));
    }
}
