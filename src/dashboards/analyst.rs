//! For the capacity analyst: how detection and the ladder behave.

use super::panel::{Kind, panel};
use super::vocabulary::{PLANS, STAGES, VERDICTS};
use super::words::{same, words};
use super::{Board, Panel};

pub(super) fn board() -> Board {
    Board {
        uid: "callsurge-analyst",
        title: words("callsurge analyst", "callsurge 分析"),
        about: words(
            "Observed against expected, scores, verdicts, time in each level.",
            "实际与预期、得分、判定、各级别时长。",
        ),
        by_queue: true,
        from: "now-7d",
        panels: [detection(), ladder(), history()].into_iter().flatten().collect(),
    }
}

fn detection() -> Vec<Panel> {
    vec![
        panel(
            Kind::Lines,
            words("Residual", "残差"),
            words(
                "(observed - expected) / expected: what the baseline does not explain.",
                "（实际 - 预期）/ 预期：基线未能解释的部分。",
            ),
            [0, 0, 12, 8],
        )
        .unit("percentunit")
        .ask(
            "callsurge_detection_observed_calls{@queue} \
             / (callsurge_detection_expected_calls{@queue} > 0) - 1",
            same("{{queue}}"),
        ),
        panel(
            Kind::Lines,
            words("Score and threshold", "得分与阈值"),
            words(
                "A surge is called when the score passes the threshold.",
                "得分超过阈值即判定为突增。",
            ),
            [12, 0, 12, 8],
        )
        .ask("callsurge_detection_score{@queue}", words("{{queue}} score", "{{queue}} 得分"))
        .ask(
            "callsurge_detection_score_threshold{@queue}",
            words("{{queue}} threshold", "{{queue}} 阈值"),
        ),
        panel(
            Kind::Notable,
            words("Surges by queue", "各队列突增"),
            words("Where the detector called a surge.", "检测器判定为突增的时段。"),
            [0, 8, 12, 7],
        )
        .ask("callsurge_detection_active{@queue}", same("{{queue}}")),
        panel(
            Kind::Notable,
            words("Verdict on the unit", "单元判定"),
            words(
                "What the detector says of the unit's sum: one of five words at any time.",
                "检测器对单元合计的判定：任何时刻为五种之一。",
            ),
            [12, 8, 12, 7],
        )
        .terms(VERDICTS)
        .ask("callsurge_detection_verdict_active{@unit}", same("{{unit}} {{verdict}}")),
    ]
}

fn ladder() -> Vec<Panel> {
    vec![
        panel(
            Kind::Levels,
            words("Levels", "级别变化"),
            words("Which level was in force when.", "各时段生效的级别。"),
            [0, 15, 24, 4],
        )
        .ask("callsurge_stage{@unit}", same("{{unit}}")),
        panel(
            Kind::Stat,
            words("L1 by the detector, 30 days", "检测器触发的一级支持（30 天）"),
            words(
                "How often the detector ordered level 1. One false alarm a month is the default \
                 tolerance: a larger number asks for a look at each.",
                "检测器触发一级支持的次数。默认容许每月一次误报：更多则应逐一查看。",
            ),
            [0, 19, 6, 7],
        )
        .ask(
            "sum by (unit) (increase(\
             callsurge_stage_transitions_total{@unit,to=\"L1\",cause=\"detector\"}[30d]))",
            same("{{unit}}"),
        ),
        panel(
            Kind::Table,
            words("Changes of level, 30 days", "级别变化次数（30 天）"),
            words(
                "From which level to which, and why; a sum extrapolated by Prometheus.",
                "由何级别转至何级别及原因；由 Prometheus 外推的合计。",
            ),
            [6, 19, 6, 7],
        )
        .column(
            "sum by (from, to, cause) \
             (increase(callsurge_stage_transitions_total{@unit}[30d])) > 0",
            words("Changes", "次数"),
            "short",
        ),
        panel(
            Kind::Lines,
            words("Share of time by level", "各级别时间占比"),
            words("Share of the last day spent in each level.", "最近一天各级别所占时间。"),
            [12, 19, 6, 7],
        )
        .unit("percentunit")
        .terms(STAGES)
        .ask(
            "avg by (stage) (avg_over_time(callsurge_stage_active{@unit}[1d]))",
            same("{{stage}}"),
        ),
        panel(
            Kind::Lines,
            words("Time by level", "各级别累计时长"),
            words(
                "Time spent in each level since the journal began.",
                "日志库建立以来各级别累计时间。",
            ),
            [18, 19, 6, 7],
        )
        .unit("dtdurations")
        .terms(STAGES)
        .ask("sum by (stage) (callsurge_stage_duration_seconds_total{@unit})", same("{{stage}}")),
    ]
}

fn history() -> Vec<Panel> {
    vec![
        panel(
            Kind::Table,
            words("History behind each queue", "各队列的历史"),
            words(
                "Intervals behind the present slot of the week, and the threshold of the service \
                 level.",
                "当前周内时段背后的历史时段数，以及服务水平时限。",
            ),
            [0, 26, 18, 7],
        )
        .column(
            "max by (unit, queue) (callsurge_baseline_samples{@queue})",
            words("Intervals behind the slot", "历史时段数"),
            "short",
        )
        .column(
            "time() - max by (unit, queue) (callsurge_baseline_updated_timestamp_seconds{@queue})",
            words("Since a day was learned", "距上次学习"),
            "dtdurations",
        )
        .column(
            "max by (unit, queue) (callsurge_queue_service_level_target_seconds{@queue})",
            words("In target within", "服务水平时限"),
            "s",
        ),
        panel(
            Kind::Stat,
            words("Incidents so far", "累计事件"),
            words("Incidents since the journal began, by plan.", "日志库建立以来各预案的事件数。"),
            [18, 26, 6, 4],
        )
        .terms(PLANS)
        .ask("sum by (plan) (callsurge_incidents_total{@all})", same("{{plan}}")),
        panel(
            Kind::Stat,
            words("Alarms a month", "每月报警"),
            words(
                "Times that volume became abnormal, surges included, by 30 days watched since the journal began; and false alarms tolerated.",
                "日志库建立以来来话量转为异常的次数（含真实突增），按 30 天折算；以及容许的误报数。",
            ),
            [18, 30, 6, 3],
        )
        .ask(
            "sum by (unit) (callsurge_detection_alarms_total{@unit}) \
             / (sum by (unit) (callsurge_stage_duration_seconds_total{@unit}) / 2592000 > 0)",
            same("{{unit}}"),
        )
        .ask(
            "callsurge_detection_tolerated_alarms_per_month{@unit}",
            words("{{unit}} tolerated", "{{unit}} 容许"),
        ),
        panel(
            Kind::Band,
            words("Observed and expected", "实际与预期"),
            words(
                "Calls of the newest closed interval of each chosen queue.",
                "所选各队列最近一个完整时段的来话量。",
            ),
            [0, 33, 12, 8],
        )
        .per("queue", 2)
        .ask("callsurge_detection_observed_calls{@queue}", words("observed", "实际"))
        .ask("callsurge_detection_expected_calls{@queue}", words("expected", "预期"))
        .ask("callsurge_detection_upper_limit_calls{@queue}", words("upper limit", "正常上限")),
    ]
}
