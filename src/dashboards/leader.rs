//! For the shift leader: why the level is so, queue by queue, and whether people are told.

use super::panel::{Kind, Warn, panel};
use super::vocabulary::{
    AGENTS, BOUNDS, CHECKS, CONDITIONS, ORDERS, OUTCOMES, PLANS, RECALLED, REPLIES, TIERS,
};
use super::words::{same, words};
use super::{Board, Panel};

pub(super) fn board() -> Board {
    Board {
        uid: "callsurge-leader",
        title: words("callsurge shift leader", "callsurge 值班组长"),
        about: words(
            "Conditions of control, queues, orders in force and notifications.",
            "控制条件、队列、生效的指令与通知。",
        ),
        by_queue: true,
        from: "now-8h",
        panels: [situation(), reasons(), queues()].into_iter().flatten().collect(),
    }
}

fn situation() -> Vec<Panel> {
    vec![
        panel(
            Kind::Level,
            words("Support level", "支持级别"),
            words("Level in force.", "当前级别。"),
            [0, 0, 6, 5],
        )
        .ask("callsurge_stage{@unit}", same("{{unit}}")),
        panel(
            Kind::Stat,
            words("In this level for", "本级别持续"),
            words(
                "Time since the level was entered; empty at level 0.",
                "进入本级别后的时间；0 级时为空。",
            ),
            [6, 0, 4, 5],
        )
        .unit("dtdurations")
        .ask_maybe("time() - callsurge_stage_entered_timestamp_seconds{@unit}", same("{{unit}}")),
        panel(
            Kind::Stat,
            words("Uncontrolled for", "未控制时长"),
            words(
                "Length of the uncontrolled run; empty while controlled or unknown.",
                "持续未得到有效控制的时间；已控制或未知时为空。",
            ),
            [10, 0, 4, 5],
        )
        .unit("dtdurations")
        .ask_maybe(
            "time() - callsurge_uncontrolled_since_timestamp_seconds{@unit}",
            same("{{unit}}"),
        ),
        panel(
            Kind::Stat,
            words("Next level in", "距下一级别"),
            words(
                "Time to the next automatic rise if nothing changes; empty while none is due.",
                "若情况不变，距下一次自动升级的时间；无升级时为空。",
            ),
            [14, 0, 4, 5],
        )
        .unit("dtdurations")
        .ask_maybe(
            "callsurge_stage_escalation_timestamp_seconds{@unit} - time()",
            same("{{unit}}"),
        ),
        panel(
            Kind::Stat,
            words("Frozen time", "冻结时间"),
            words(
                "Time without data that the running step does not count.",
                "当前计时中因无数据而不计入的时间。",
            ),
            [18, 0, 3, 5],
        )
        .unit("s")
        .warn(Warn::From(1.0))
        .ask("max(callsurge_stage_frozen_seconds{@unit})", words("frozen", "冻结")),
        panel(
            Kind::Stat,
            words("Open incidents", "未结事件"),
            words("Open incidents by plan.", "各预案的未结事件数。"),
            [21, 0, 3, 5],
        )
        .warn(Warn::From(1.0))
        .terms(PLANS)
        .ask("sum by (plan) (callsurge_incidents_active{@all})", same("{{plan}}")),
    ]
}

fn reasons() -> Vec<Panel> {
    vec![
        panel(
            Kind::Good,
            words("Conditions of control", "控制条件"),
            words(
                "Each condition over time; a gap is a condition of which nothing is known.",
                "各条件随时间的满足情况；空白表示未知。",
            ),
            [0, 5, 24, 6],
        )
        .terms(CONDITIONS)
        .ask("callsurge_control_condition_met{@unit}", same("{{unit}} {{condition}}")),
        panel(
            Kind::Good,
            words("Order of the level confirmed", "级别指令已确认"),
            words(
                "Whether the order of the level in force is confirmed; \"no\" at level 0.",
                "当前级别的指令是否已确认；0 级时为“否”。",
            ),
            [0, 11, 10, 5],
        )
        .ask("callsurge_stage_in_effect{@unit}", same("{{unit}}")),
        panel(
            Kind::Notable,
            words("Abnormal volume and commander's acts", "来话异常与指挥员指令"),
            words(
                "Whether inbound volume is abnormal, and which of the commander's acts are in force.",
                "来话量是否异常，以及指挥员的哪些指令有效。",
            ),
            [10, 11, 14, 5],
        )
        .terms(ORDERS)
        .ask("callsurge_abnormal{@unit}", words("{{unit}} abnormal volume", "{{unit}} 来话异常"))
        .ask("callsurge_override_active{@unit}", same("{{unit}} {{kind}}")),
    ]
}

fn queues() -> Vec<Panel> {
    vec![
        queue_table(),
        calls(),
        people(),
        need(),
        recall(),
        replies(),
        preflight(),
        pools(),
        panel(
            Kind::Lines,
            words("Agents, by queue", "坐席（按队列）"),
            words(
                "Places by state, where the source tells: an agent of three queues counts three times.",
                "各状态坐席席位数（数据源提供时）：同属三个队列的坐席计三次。",
            ),
            [14, 26, 5, 8],
        )
        .terms(AGENTS)
        .ask_maybe("sum by (state) (callsurge_queue_agents{@queue})", same("{{state}}")),
        panel(
            Kind::Lines,
            words("Notifications", "通知"),
            words("Deliveries by what became of them.", "按结果统计的通知投递数。"),
            [19, 26, 5, 8],
        )
        .terms(OUTCOMES)
        .ask_maybe(
            "sum by (integration, outcome) \
             (increase(callsurge_notifications_total{@all}[$__rate_interval]))",
            same("{{integration}} {{outcome}}"),
        ),
    ]
}

fn queue_table() -> Panel {
    panel(
        Kind::Table,
        words("Queues", "队列"),
        words(
            "Each queue now: waiting, service over the control window, observed against expected, \
             and how often chance alone would give that; empty while nothing is unusual.",
            "各队列当前：排队、控制窗口内的服务、实际与预期，以及仅凭偶然每月出现的次数；\
             无异常时为空。",
        ),
        [0, 16, 24, 10],
    )
    .column(
        "sum by (unit, queue) (callsurge_queue_calls_waiting{@queue})",
        words("Waiting", "排队数"),
        "short",
    )
    .column(
        "time() - min by (unit, queue) \
         (callsurge_queue_oldest_call_arrival_timestamp_seconds{@queue})",
        words("Longest wait", "最长等待"),
        "s",
    )
    .column(
        "sum by (unit, queue) (callsurge_queue_agents{@queue,state=\"available\"})",
        words("Agents free", "空闲坐席"),
        "short",
    )
    .column(
        "min by (unit, queue) (callsurge_queue_service_level_ratio{@queue})",
        words("Service level", "服务水平"),
        "percentunit",
    )
    .column(
        "min by (unit, queue) (callsurge_queue_answer_rate_ratio{@queue})",
        words("Answer rate", "接通率"),
        "percentunit",
    )
    .column(
        "max by (unit, queue) (callsurge_detection_observed_calls{@queue})",
        words("Observed", "实际来话"),
        "short",
    )
    .column(
        "max by (unit, queue) (callsurge_detection_expected_calls{@queue})",
        words("Expected", "预期来话"),
        "short",
    )
    .column(
        "max by (unit, queue) (callsurge_detection_interval_seconds{@queue})",
        words("Interval", "时段"),
        "s",
    )
    .column(
        "time() - max by (unit, queue) (callsurge_detection_since_timestamp_seconds{@queue})",
        words("Verdict for", "判定持续"),
        "dtdurations",
    )
    .column(
        "min by (unit, queue) (callsurge_detection_chance_per_month{@queue})",
        words("By chance, a month", "偶然出现（次/月）"),
        "short",
    )
    .column(
        "max by (unit, queue) (callsurge_detection_active{@queue})",
        words("Surge", "突增"),
        "bool_yes_no",
    )
}

fn need() -> Panel {
    panel(
        Kind::Lines,
        words("Agents needed", "需要坐席"),
        words(
            "Agents needed on the phones, with the bounds of 80 %, against those who are there; \
             empty where the talk time is neither told nor set.",
            "需要的接线坐席人数（含 80% 上下限）与在岗人数；通话时长既无上报也未设定时为空。",
        ),
        [0, 34, 12, 8],
    )
    .terms(BOUNDS)
    .ask_maybe("sum by (bound) (callsurge_staff_needed{@unit})", same("{{bound}}"))
    .ask_maybe("sum(callsurge_staff_available{@unit})", words("there", "在岗"))
    .ask_maybe("sum(callsurge_staff_missing{@unit,bound=\"likely\"})", words("missing", "缺少"))
}

fn recall() -> Panel {
    panel(
        Kind::Lines,
        words("Staff recall", "人员召回"),
        words(
            "People of running recalls by how they stand, against the heads that are needed; empty \
             while no recall runs.",
            "正在进行的召回中各状态人数与所需人数；无召回时为空。",
        ),
        [12, 34, 7, 8],
    )
    .terms(RECALLED)
    .ask_maybe("sum(callsurge_recall_staff_required{@unit})", words("needed", "需要"))
    .ask_maybe("sum by (status) (callsurge_recall_staff{@unit})", same("{{status}}"))
}

fn replies() -> Panel {
    panel(
        Kind::Lines,
        words("Replies", "回复"),
        words(
            "Replies of people who were asked, by what came of them; all units.",
            "被召回人员的回复（按结果，所有单元）。",
        ),
        [19, 34, 5, 8],
    )
    .terms(REPLIES)
    .ask_maybe(
        "sum by (answer) (increase(callsurge_replies_total{@all}[$__rate_interval]))",
        same("{{answer}}"),
    )
}

fn preflight() -> Panel {
    panel(
        Kind::Good,
        words("Pre-flight of a recall", "召回自检"),
        words(
            "Whether what a recall needs is as it has to be, when it was looked last; a gap is what \
             nobody can know.",
            "最近一次自检中召回所需各项是否正常；空白表示无法判断。",
        ),
        [0, 42, 14, 8],
    )
    .terms(CHECKS)
    .ask_maybe("min by (unit, check) (callsurge_preflight_ok{@all})", same("{{unit}} {{check}}"))
}

fn pools() -> Panel {
    panel(
        Kind::Lines,
        words("People who would come", "预计可到人数"),
        words(
            "Heads that accept in nine cases of ten if everybody is asked, against the heads that \
             are needed or set, when it was looked last; empty without a roster.",
            "最近一次自检中全员联系时十次有九次能到的人数，与需要或设置的人数；无名册时为空。",
        ),
        [14, 42, 10, 8],
    )
    .terms(TIERS)
    .ask_maybe(
        "min by (tier, skill) (callsurge_preflight_pool_heads{@unit})",
        same("{{skill}} {{tier}}"),
    )
    .ask_maybe(
        "max by (tier, skill) (callsurge_preflight_need_heads{@unit})",
        words("needed {{skill}} {{tier}}", "需要 {{skill}} {{tier}}"),
    )
}

fn people() -> Panel {
    panel(
        Kind::Lines,
        words("Agents, people", "坐席（人数）"),
        words(
            "Agents of the unit by state, each counted once in however many queues; empty where no \
             source can tell one from another.",
            "各状态坐席人数，同属多个队列者只计一次；数据源无法区分坐席时为空。",
        ),
        [9, 26, 5, 8],
    )
    .terms(AGENTS)
    .ask_maybe("sum by (state) (callsurge_unit_agents{@unit})", same("{{state}}"))
}

fn calls() -> Panel {
    panel(
        Kind::Lines,
        words("Calls per minute", "每分钟来话"),
        words(
            "Offered, answered, abandoned, refused and otherwise left, per minute.",
            "每分钟来话、接通、放弃、拒入与其他离开的数量。",
        ),
        [0, 26, 9, 8],
    )
    .ask(
        "60 * sum(rate(callsurge_queue_calls_offered_total{@queue}[$__rate_interval]))",
        words("offered", "来话"),
    )
    .ask(
        "60 * sum(rate(callsurge_queue_calls_answered_total{@queue}[$__rate_interval]))",
        words("answered", "接通"),
    )
    .ask(
        "60 * sum(rate(callsurge_queue_calls_abandoned_total{@queue}[$__rate_interval]))",
        words("abandoned", "放弃"),
    )
    .ask(
        "60 * sum(rate(callsurge_queue_calls_refused_total{@queue}[$__rate_interval]))",
        words("refused", "拒入"),
    )
    .ask(
        "60 * sum(rate(callsurge_queue_calls_exited_total{@queue}[$__rate_interval]))",
        words("left otherwise", "其他离开"),
    )
}
