//! The wall: nine tiles and two charts, to be read at five metres.

use super::panel::{Kind, Warn, panel};
use super::vocabulary::CLOCK;
use super::words::{same, words};
use super::{Board, Panel};

/// Somebody has waited too long after this many seconds, as the shipped rule of control says.
const WAIT_SECONDS: f64 = 120.0;
/// The shortest silence after which a source is taken to be dead, in seconds.
const SILENCE_SECONDS: f64 = 180.0;
/// What the shipped rule of control wants answered, and answered within the threshold.
const ANSWERED: f64 = 0.9;
const IN_TARGET: f64 = 0.8;

pub(super) fn board() -> Board {
    Board {
        uid: "callsurge-wallboard",
        title: words("callsurge wallboard", "callsurge 大屏"),
        about: words(
            "The support level, why it is so, and what comes next.",
            "支持级别、原因以及下一步。",
        ),
        by_queue: false,
        from: "now-8h",
        panels: [level(), service(), charts()].into_iter().flatten().collect(),
    }
}

fn level() -> Vec<Panel> {
    vec![
        panel(
            Kind::Level,
            words("Support level", "支持级别"),
            words("Level in force: 0 none, 1 to 3 support.", "当前级别：0 正常，1 至 3 级支持。"),
            [0, 0, 8, 8],
        )
        .ask("callsurge_stage{@unit}", same("{{unit}}")),
        panel(
            Kind::Stat,
            words("Next level in", "距下一级别"),
            words(
                "Time to the next automatic rise if nothing changes; empty while none is due.",
                "若情况不变，距下一次自动升级的时间；无升级时为空。",
            ),
            [8, 0, 4, 4],
        )
        .unit("dtdurations")
        .ask_maybe(
            "callsurge_stage_escalation_timestamp_seconds{@unit} - time()",
            same("{{unit}}"),
        ),
        panel(
            Kind::Name,
            words("Clock", "计时状态"),
            words(
                "What the 30-minute clock does: idle, running, recovering, frozen or held.",
                "30 分钟计时器：未计时、计时中、恢复中、冻结或保持。",
            ),
            [8, 4, 4, 4],
        )
        .terms(CLOCK)
        .ask("callsurge_stage_clock_active{@unit} == 1", same("{{unit}} {{state}}")),
    ]
}

fn service() -> Vec<Panel> {
    vec![
        panel(
            Kind::Stat,
            words("Waiting", "排队数"),
            words("Calls waiting now.", "当前排队的来话数。"),
            [12, 0, 4, 4],
        )
        .ask_maybe("sum(callsurge_queue_calls_waiting{@unit})", words("waiting", "排队")),
        panel(
            Kind::Stat,
            words("Longest wait", "最长等待"),
            words(
                "Age of the oldest waiting call; empty while none waits.",
                "等待最久的来话已等待的时间；无人排队时为空。",
            ),
            [12, 4, 4, 4],
        )
        .unit("s")
        .warn(Warn::From(WAIT_SECONDS))
        .ask_maybe(
            "time() - min(callsurge_queue_oldest_call_arrival_timestamp_seconds{@unit})",
            words("longest", "最长"),
        ),
        panel(
            Kind::Stat,
            words("Answer rate, 30 min", "接通率（30 分钟）"),
            words(
                "Answered of the calls offered in the last 30 minutes; empty without calls.",
                "最近 30 分钟接通量 / 来话量；无来话时为空。",
            ),
            [16, 0, 4, 4],
        )
        .unit("percentunit")
        .warn(Warn::Below(ANSWERED))
        .ask_maybe(
            "sum(increase(callsurge_queue_calls_answered_total{@unit}[30m])) \
             / (sum(increase(callsurge_queue_calls_offered_total{@unit}[30m])) > 0)",
            words("answered", "接通"),
        ),
        panel(
            Kind::Stat,
            words("Service level, 30 min", "服务水平（30 分钟）"),
            words(
                "Answered within the threshold, of the calls offered in the last 30 minutes.",
                "最近 30 分钟时限内接通量 / 来话量。",
            ),
            [16, 4, 4, 4],
        )
        .unit("percentunit")
        .warn(Warn::Below(IN_TARGET))
        .ask_maybe(
            "sum(increase(callsurge_queue_calls_answered_in_target_total{@unit}[30m])) \
             / (sum(increase(callsurge_queue_calls_offered_total{@unit}[30m])) > 0)",
            words("in target", "达标"),
        ),
        panel(
            Kind::Stat,
            words("Age of the data", "数据时延"),
            words("Time since the newest event of each source.", "距各数据源最新事件的时间。"),
            [20, 0, 4, 4],
        )
        .unit("s")
        .warn(Warn::From(SILENCE_SECONDS))
        .ask(
            "time() - max by (source) (callsurge_source_last_event_timestamp_seconds{@all})",
            same("{{source}}"),
        ),
        panel(
            Kind::YesNo,
            words("Under control", "有效控制"),
            words(
                "Whether the situation is effectively controlled; empty while unknown.",
                "是否得到有效控制；未知时为空。",
            ),
            [20, 4, 4, 4],
        )
        .ask_maybe("callsurge_controlled{@unit}", same("{{unit}}")),
    ]
}

fn charts() -> Vec<Panel> {
    vec![
        panel(
            Kind::Levels,
            words("Levels", "级别变化"),
            words("Which level was in force when.", "各时段生效的级别。"),
            [0, 8, 24, 4],
        )
        .ask("callsurge_stage{@unit}", same("{{unit}}")),
        panel(
            Kind::Band,
            words("Inbound calls", "来话量"),
            words(
                "Observed against expected, with the upper limit of what is normal; calls of the \
                 newest closed interval.",
                "最近一个完整时段的实际来话量，与预期值及正常上限对照。",
            ),
            [0, 12, 24, 10],
        )
        .per("unit", 2)
        .ask("callsurge_detection_observed_calls{@sum}", words("observed", "实际"))
        .ask("callsurge_detection_expected_calls{@sum}", words("expected", "预期"))
        .ask("callsurge_detection_upper_limit_calls{@sum}", words("upper limit", "正常上限")),
    ]
}
