//! The part of the operator's board about sources that are fetched: the wire, not what it says.

use super::Panel;
use super::panel::{Kind, Warn, panel};
use super::words::{same, words};

/// Times of events are corrected by it; more than this is a clock that nobody sets.
const OFFSET_SECONDS: f64 = 30.0;

/// Panels of two rows, the first of which begins at `top`.
pub(super) fn panels(top: u32) -> Vec<Panel> {
    [link(top), wire(top + 7)].into_iter().flatten().collect()
}

fn link(top: u32) -> Vec<Panel> {
    vec![
        panel(
            Kind::Good,
            words("Connectors", "连接器"),
            words(
                "Whether each connector is logged in, or its last poll was good. Empty where \
                 sources post.",
                "各连接器是否已登录，或最近一次轮询是否成功；数据由来源推送时为空。",
            ),
            [0, top, 8, 7],
        )
        .ask_maybe("callsurge_link_up{@all}", same("{{source}}")),
        panel(
            Kind::Lines,
            words("Links that ended", "断开的连接"),
            words(
                "Links and attempts by reason, polls that failed by what became of them.",
                "按原因统计断开的连接与失败的尝试，按结果统计失败的轮询。",
            ),
            [8, top, 8, 7],
        )
        .ask_maybe(
            "sum by (source, reason) (increase(callsurge_link_ends_total{@all}[$__rate_interval]))",
            same("{{source}} {{reason}}"),
        )
        .ask_maybe(
            "sum by (source, outcome) \
             (increase(callsurge_polls_total{@all,outcome!=\"good\"}[$__rate_interval]))",
            same("{{source}} {{outcome}}"),
        ),
        panel(
            Kind::Stat,
            words("Events lost in the last day", "一天内丢失事件"),
            words(
                "Counts of the PBX that differed from the calls known to wait, gaps of which \
                 nothing is known, lists that were not whole.",
                "PBX 计数与已知等待呼叫不一致的次数、无法补齐的断档、不完整的列表。",
            ),
            [16, top, 4, 7],
        )
        .warn(Warn::From(1.0))
        .ask_maybe(
            "sum(increase(callsurge_link_count_checks_total{@all,outcome=\"different\"}[1d]))",
            words("counts", "计数"),
        )
        .ask_maybe(
            "sum(increase(callsurge_link_gaps_total{@all,outcome=\"unknown\"}[1d]))",
            words("gaps", "断档"),
        )
        .ask_maybe(
            "sum(increase(callsurge_link_lists_total{@all,outcome=\"broken\"}[1d]))",
            words("lists", "列表"),
        ),
        panel(
            Kind::Stat,
            words("Last good poll", "最近成功轮询"),
            words(
                "Since the last poll that told something; empty where nothing is polled.",
                "距最近一次有效轮询的时间；无轮询时为空。",
            ),
            [20, top, 4, 7],
        )
        .unit("dtdurations")
        .warn(Warn::From(180.0))
        .ask_maybe("time() - callsurge_poll_last_good_timestamp_seconds{@all}", same("{{source}}")),
    ]
}

fn wire(top: u32) -> Vec<Panel> {
    vec![
        panel(
            Kind::Lines,
            words("Messages per second", "每秒消息"),
            words(
                "Of manager interfaces: used, of no concern, unreadable, too long.",
                "管理接口的消息：已采用、无关、无法读取、过长。",
            ),
            [0, top, 8, 7],
        )
        .unit("ops")
        .ask_maybe(
            "sum by (source, outcome) \
             (rate(callsurge_link_messages_total{@all}[$__rate_interval]))",
            same("{{source}} {{outcome}}"),
        ),
        panel(
            Kind::Lines,
            words("Bytes per second", "每秒字节"),
            words("Received by connectors.", "各连接器接收的字节数。"),
            [8, top, 4, 7],
        )
        .unit("Bps")
        .ask_maybe(
            "sum by (source) (rate(callsurge_link_received_bytes_total{@all}[$__rate_interval]))",
            same("{{source}}"),
        ),
        panel(
            Kind::Stat,
            words("Clock of the PBX ahead by", "PBX 时钟偏差"),
            words("Times of its events are corrected by it.", "事件时间已按此校正。"),
            [12, top, 4, 7],
        )
        .unit("s")
        .warn(Warn::From(OFFSET_SECONDS))
        .ask_maybe("abs(callsurge_link_clock_offset_seconds{@all})", same("{{source}}")),
        panel(
            Kind::Lines,
            words("What a PBX went through", "PBX 事件"),
            words(
                "Links, restarts, reloads, counters that were reset, full queues; calls and ends \
                 that lists and the queue log put right.",
                "连接、重启、重载、计数清零、队列满；以及由列表与队列日志修正的呼叫。",
            ),
            [16, top, 8, 7],
        )
        .ask_maybe(
            "sum by (source, kind) (increase(callsurge_link_remarks_total{@all}[$__rate_interval]))",
            same("{{source}} {{kind}}"),
        )
        .ask_maybe(
            "sum by (source) (increase(callsurge_link_connects_total{@all}[$__rate_interval]))",
            words("{{source}} links", "{{source}} 连接"),
        ),
    ]
}
