//! One sentence for each kind of record, in both languages.

use super::*;
use crate::engine::command::Refusal;
use crate::engine::verdict::Method;
use crate::record::EvidenceRecord;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn of(kind: &str, cause: &str) -> Record {
    Record {
        kind: kind.into(),
        id: "7-0".into(),
        at: "2026-11-24T06:05:30Z".into(),
        cause: some(cause),
        ..Record::default()
    }
}

fn evidence() -> EvidenceRecord {
    EvidenceRecord {
        at: "2026-11-24T06:05:00Z".into(),
        interval_seconds: 300.0,
        observed: 412.0,
        expected: 180.26,
        upper: 240.0,
        since: "2026-11-24T06:00:00Z".into(),
        score: 9.0,
        threshold: 6.0,
        method: Method::Step,
        chance_per_month: Some(0.002_1),
        learning: false,
    }
}

#[track_caller]
fn check(record: &Record, en: &str, zh: &str) {
    let zone = chrono_tz::Asia::Shanghai;
    assert_eq!(sentence(record, Language::En, zone), en);
    assert_eq!(sentence(record, Language::ZhCn, zone), zh);
}

#[test]
fn transitions_say_why_and_on_which_figures() {
    let mut r = Record {
        unit: some("sales"),
        from: some("none"),
        to: some("L1"),
        incident: Some(3),
        number: Some(1),
        verdict: some("surge"),
        evidence: Some(evidence()),
        ..of("transition", "detector")
    };
    check(
        &r,
        "sales: none → L1, inbound volume is abnormal (incident 3, change 1). Unit sales, all \
         queues: volume is abnormally high, 412 calls in 5 minutes where 180 are usual, since \
         14:00; chance alone gives such a rise about once in 40 years; step test.",
        "sales：无支持 → 一级支持，呼入量异常增长（事件 3，第 1 次变更）。单元 sales 合计：呼入量异常增长，\
         5 分钟呼入 412 通，平时 180 通，自 14:00 起；偶然出现约 40 年一次；阶跃检验。",
    );
    r = Record {
        cause: some("manual"),
        actor: some("li"),
        reason: some("trunk back"),
        from: some("L3"),
        to: some("L2"),
        late_by_seconds: Some(180.0),
        queue: some("vip"),
        verdict: some("normal"),
        ..r
    };
    check(
        &r,
        "sales: L3 → L2, ordered by the commander (li: trunk back); 0:03:00 late (incident 3, \
         change 1). Queue vip: volume is normal, 412 calls in 5 minutes where 180 are usual, at \
         most 240, since 14:00; chance alone gives such a rise about once in 40 years; step test.",
        "sales：三级支持 → 二级支持，指挥员下令（li：trunk back）；迟 0:03:00（事件 3，第 1 次变更）。\
         队列 vip：呼入量正常，5 分钟呼入 412 通，平时 180 通，上限 240 通，自 14:00 起；\
         偶然出现约 40 年一次；阶跃检验。",
    );
}

#[test]
fn outages_reminders_and_commands_say_what_to_do() {
    let since = some("2026-11-24T06:00:00Z");
    check(
        &Record { source: some("pbx"), since, ..of("outage", "notify") },
        "Source pbx has been silent since 14:00: notify, and staff by the surge plan.",
        "数据源 pbx 自 14:00 起无数据：请通知，并按突增预案安排人员。",
    );
    let until = some("2026-11-24T06:30:00Z");
    check(
        &Record { unit: some("sales"), until: until.clone(), ..of("reminder", "confirm_l3") },
        "sales: L3 is due; without an answer it is ordered at 14:30.",
        "sales：应升为三级支持，若无答复将于 14:30 自动下令。",
    );
    check(
        &Record {
            unit: some("sales"),
            act: some("raise"),
            level: some("L2"),
            actor: some("li"),
            reason: some("storm"),
            until,
            refused: Some(Refusal::Expiry.to_string()),
            ..of("command", "")
        },
        "sales: li ordered raise to L2 (storm), until 14:30; refused: the expiry must lie within \
         the allowed time after the command.",
        "sales：li 下令升级至二级支持（storm），有效至 14:30；未执行：有效期超出允许范围。",
    );
}

#[test]
fn verdicts_and_quality_say_what_is_known() {
    let to = some("surge");
    check(
        &Record { unit: some("sales"), to, evidence: Some(evidence()), ..of("verdict", "") },
        "Unit sales, all queues: volume is abnormally high, 412 calls in 5 minutes where 180 are \
         usual, since 14:00; chance alone gives such a rise about once in 40 years; step test.",
        "单元 sales 合计：呼入量异常增长，5 分钟呼入 412 通，平时 180 通，自 14:00 起；\
         偶然出现约 40 年一次；阶跃检验。",
    );
    check(
        &Record { since: some("2026-11-24T05:00:00Z"), ..of("quality", "monitor_down") },
        "Monitor: it was down since 2026-11-24 13:00:00.",
        "监控程序：自 2026-11-24 13:00:00 起曾停止运行。",
    );
}

#[test]
fn every_refusal_is_translated_and_unknown_words_are_kept() {
    for refusal in [Refusal::NoIncident, Refusal::Expiry, Refusal::Level] {
        let record = Record { refused: Some(refusal.to_string()), ..of("command", "") };
        let zh = sentence(&record, Language::ZhCn, Tz::UTC);
        assert!(!zh.contains(&refusal.to_string()), "{zh}");
    }
    check(&of("meteor", ""), "meteor 7-0.", "meteor 7-0。");
    let line = line(&of("quality", "green"), Language::En, Tz::UTC);
    assert_eq!(line, "2026-11-24 06:05:30  Monitor: green.");
}

#[test]
fn recalls_are_told_by_number_in_both_languages() {
    let recall = crate::record::RecallRecord {
        id: some("1-L2-1"),
        person: some("p17"),
        ..crate::record::RecallRecord::default()
    };
    let offer =
        Record { unit: some("sales"), recall: Some(recall.clone()), ..of("recall", "offer") };
    assert_eq!(
        line(&offer, Language::En, Tz::UTC),
        "2026-11-24 06:05:30  sales 1-L2-1: asked to come, p17."
    );
    assert_eq!(
        line(&offer, Language::ZhCn, Tz::UTC),
        "2026-11-24 06:05:30  sales 1-L2-1：邀请到岗，p17。"
    );
    let act = Record { kind: "recall_act".into(), act: some("decline"), cause: None, ..offer };
    assert_eq!(line(&act, Language::En, Tz::UTC), "2026-11-24 06:05:30  sales 1-L2-1: no, p17.");
}

#[test]
fn what_somebody_said_is_told_with_its_outcome() {
    let said = |answer: &str| Record {
        unit: some("sales"),
        act: some("accept"),
        cause: None,
        refused: (answer == "refused").then(|| "no_offer".to_owned()),
        recall: Some(crate::record::RecallRecord {
            id: some("1-L2-1"),
            person: some("p4"),
            answer: some(answer),
            ..crate::record::RecallRecord::default()
        }),
        ..of("recall_act", "")
    };
    for (answer, en, zh) in [
        ("coming", "answered: coming", "答复：可以前来"),
        ("reserve", "answered: a reserve", "答复：候补"),
        ("do_not_come", "answered: do not come", "答复：不需要前来"),
        ("late", "answered: later than needed, do not come", "答复：到得太晚，不需要前来"),
        ("refused", "no_offer", "no_offer"),
    ] {
        let en = format!("sales 1-L2-1: yes, p4, {en}.");
        check(&said(answer), &en, &format!("sales 1-L2-1：同意前来，p4，{zh}。"));
    }
}
