//! For whoever runs the monitor: feeds, journal, deliveries, interfaces, the process.

use super::panel::{Kind, Warn, panel};
use super::words::{same, words};
use super::{Board, Panel, connectors};

/// The monitor gives a sign of life at least every 15 s; this much silence is none.
const STALLED_SECONDS: f64 = 120.0;
/// From 1 November on the next year is to be known.
const CALENDAR_NOTICE_SECONDS: f64 = 61.0 * 86_400.0;

pub(super) fn board() -> Board {
    Board {
        uid: "callsurge-operator",
        title: words("callsurge operator", "callsurge 运维"),
        about: words(
            "Sources, ingestion, journal, deliveries, HTTP and the process.",
            "数据源、接入、日志库、投递、接口与进程。",
        ),
        by_queue: false,
        from: "now-6h",
        panels: [program(), sources(), journal(), interfaces(), connectors::panels(31)]
            .into_iter()
            .flatten()
            .collect(),
    }
}

fn program() -> Vec<Panel> {
    vec![
        panel(
            Kind::YesNo,
            words("Scraped", "采集正常"),
            words("Whether the last scrape worked.", "最近一次采集是否成功。"),
            [0, 0, 3, 4],
        )
        .ask("up{@all}", same("{{instance}}")),
        panel(
            Kind::Name,
            words("Version", "版本"),
            words("Build of the running program.", "正在运行的版本。"),
            [3, 0, 3, 4],
        )
        .ask("callsurge_build_info{@all}", same("{{version}} {{revision}}")),
        panel(
            Kind::Name,
            words("Journal", "日志库"),
            words(
                "What the journal was created for: live, replay, demo or test.",
                "日志库的用途：live、replay、demo 或 test。",
            ),
            [6, 0, 3, 4],
        )
        .ask("callsurge_journal_info{@all}", same("{{stamp}}")),
        panel(
            Kind::Stat,
            words("Last evaluation", "最近评估"),
            words(
                "Age of the newest evaluation; a stuck monitor lets it grow.",
                "最近一次评估距今的时间；卡死时会增长。",
            ),
            [9, 0, 3, 4],
        )
        .unit("s")
        .warn(Warn::From(STALLED_SECONDS))
        .ask(
            "time() - min(callsurge_evaluation_last_timestamp_seconds{@unit})",
            words("evaluated", "评估"),
        ),
        panel(
            Kind::YesNo,
            words("Configuration loaded", "配置已加载"),
            words("Whether the last load succeeded.", "最近一次加载是否成功。"),
            [12, 0, 3, 4],
        )
        .ask("callsurge_config_last_reload_successful{@all}", same("{{instance}}")),
        panel(
            Kind::Stat,
            words("Loaded", "加载时间"),
            words("When the configuration was last loaded.", "最近一次成功加载配置的时间。"),
            [15, 0, 3, 4],
        )
        .unit("dateTimeFromNow")
        .ask(
            "1000 * callsurge_config_last_reload_success_timestamp_seconds{@all}",
            same("{{instance}}"),
        ),
        panel(
            Kind::Stat,
            words("Inputs and writes that failed", "失败的输入与写入"),
            words(
                "Since the start: inputs that the engine could not apply, transactions and \
                 snapshots that could not be written, entries that a restart judged otherwise.",
                "启动以来：引擎无法处理而隔离的输入、未能写入的事务与快照、重启时判定不一致的条目。",
            ),
            [18, 0, 3, 4],
        )
        .warn(Warn::From(1.0))
        .ask("sum(callsurge_quarantined_inputs_total{@all})", words("set aside", "隔离"))
        .ask("sum(callsurge_commit_failures_total{@all})", words("commits", "事务"))
        .ask("sum(callsurge_snapshot_failures_total{@all})", words("snapshots", "快照"))
        .ask("sum(callsurge_recovery_mismatches_total{@all})", words("recovery", "恢复")),
        panel(
            Kind::Stat,
            words("Clock steps back", "时钟回拨"),
            words(
                "Times the wall clock went back, since the start.",
                "启动以来系统时钟回拨的次数。",
            ),
            [21, 0, 3, 4],
        )
        .warn(Warn::From(1.0))
        .ask("sum(callsurge_clock_regressions_total{@all})", words("steps back", "回拨")),
    ]
}

fn sources() -> Vec<Panel> {
    vec![
        panel(
            Kind::Good,
            words("Sources", "数据源"),
            words("Whether each source gives signs of life.", "各数据源是否有生命迹象。"),
            [0, 4, 12, 6],
        )
        .ask("callsurge_source_up{@all}", same("{{source}}")),
        panel(
            Kind::Stat,
            words("Outage for", "中断时长"),
            words(
                "Open outages of sources; empty while there is none.",
                "数据源未结束的中断；无中断时为空。",
            ),
            [12, 4, 4, 6],
        )
        .unit("dtdurations")
        .warn(Warn::From(0.0))
        .ask_maybe(
            "time() - callsurge_source_outage_since_timestamp_seconds{@all}",
            same("{{source}}"),
        ),
        panel(
            Kind::Stat,
            words("Blind for", "失去数据时长"),
            words(
                "Units of which no source is alive; empty while there is none.",
                "所有数据源均无生命迹象的单元；无则为空。",
            ),
            [16, 4, 4, 6],
        )
        .unit("dtdurations")
        .warn(Warn::From(0.0))
        .ask_maybe("time() - callsurge_blind_since_timestamp_seconds{@unit}", same("{{unit}}")),
        panel(
            Kind::Stat,
            words("Holidays known for", "节假日日历剩余"),
            words(
                "Until the last year ends of which holidays and make-up workdays are known; empty \
                 without a calendar.",
                "距节假日与调休数据所覆盖的最后一年结束的时间；未配置日历时为空。",
            ),
            [20, 4, 4, 6],
        )
        .unit("dtdurations")
        .warn(Warn::Below(CALENDAR_NOTICE_SECONDS))
        .ask_maybe(
            "callsurge_holiday_calendar_end_timestamp_seconds{@unit} - time()",
            same("{{unit}}"),
        ),
        panel(
            Kind::Lines,
            words("Age of the newest event", "最新事件时延"),
            words("By source.", "按数据源。"),
            [0, 10, 6, 7],
        )
        .unit("s")
        .ask("time() - callsurge_source_last_event_timestamp_seconds{@all}", same("{{source}}")),
        panel(
            Kind::Lines,
            words("Lag of the watermarks", "水位滞后"),
            words(
                "How far behind now data are complete, by source and by unit.",
                "各数据源与单元的数据完整时点落后于现在的时间。",
            ),
            [6, 10, 6, 7],
        )
        .unit("s")
        .ask("time() - callsurge_source_watermark_timestamp_seconds{@all}", same("{{source}}"))
        .ask("time() - callsurge_watermark_timestamp_seconds{@unit}", same("{{unit}}")),
        panel(
            Kind::Lines,
            words("Observations per second", "每秒观测"),
            words("Accepted, by form.", "按形式统计的已接收观测。"),
            [12, 10, 6, 7],
        )
        .unit("ops")
        .ask(
            "sum by (source, kind) (rate(callsurge_ingest_records_total{@all}[$__rate_interval]))",
            same("{{source}} {{kind}}"),
        ),
        panel(
            Kind::Lines,
            words("Refused observations per second", "每秒拒绝的观测"),
            words("Refused, or without effect, by reason.", "按原因统计被拒绝或无效果的观测。"),
            [18, 10, 6, 7],
        )
        .unit("ops")
        .ask(
            "sum by (source, reason) \
             (rate(callsurge_ingest_rejected_total{@all}[$__rate_interval]))",
            same("{{source}} {{reason}}"),
        ),
    ]
}

fn journal() -> Vec<Panel> {
    vec![
        panel(
            Kind::Lines,
            words("Time of a commit", "提交耗时"),
            words(
                "99th and 50th percentile of the time of a journal transaction.",
                "日志库事务耗时的 99 与 50 百分位。",
            ),
            [0, 17, 6, 7],
        )
        .unit("s")
        .ask(
            "histogram_quantile(0.99, sum by (le) \
             (rate(callsurge_commit_duration_seconds_bucket{@all}[$__rate_interval])))",
            same("p99"),
        )
        .ask(
            "histogram_quantile(0.5, sum by (le) \
             (rate(callsurge_commit_duration_seconds_bucket{@all}[$__rate_interval])))",
            same("p50"),
        ),
        panel(
            Kind::Lines,
            words("Entries per second", "每秒条目"),
            words("Entries written to the journal.", "写入日志库的条目。"),
            [6, 17, 6, 7],
        )
        .unit("ops")
        .ask("rate(callsurge_entries_total{@all}[$__rate_interval])", same("{{instance}}")),
        panel(
            Kind::Lines,
            words("Size of the journal", "日志库大小"),
            words("Bytes of the journal's store.", "日志库占用的字节数。"),
            [12, 17, 6, 7],
        )
        .unit("bytes")
        .ask("callsurge_store_size_bytes{@all}", same("{{instance}}")),
        panel(
            Kind::Stat,
            words("Oldest waiting delivery", "最早的待投递通知"),
            words(
                "Age of the oldest delivery that still waits; empty while none waits.",
                "仍在等待的最早一条投递的时长；无等待时为空。",
            ),
            [18, 17, 6, 7],
        )
        .unit("dtdurations")
        .warn(Warn::From(300.0))
        .ask_maybe(
            "time() - callsurge_notification_oldest_pending_timestamp_seconds{@all}",
            same("{{integration}}"),
        ),
    ]
}

fn interfaces() -> Vec<Panel> {
    vec![
        panel(
            Kind::Lines,
            words("Requests per second", "每秒请求"),
            words("HTTP requests by route and code.", "按路径与状态码统计的 HTTP 请求数。"),
            [0, 24, 8, 7],
        )
        .unit("reqps")
        .ask(
            "sum by (handler, code) (rate(callsurge_http_requests_total{@all}[$__rate_interval]))",
            same("{{handler}} {{code}}"),
        ),
        panel(
            Kind::Lines,
            words("Time of a request", "请求耗时"),
            words("99th percentile by route.", "各路径的 99 百分位。"),
            [8, 24, 6, 7],
        )
        .unit("s")
        .ask(
            "histogram_quantile(0.99, sum by (handler, le) \
             (rate(callsurge_http_request_duration_seconds_bucket{@all}[$__rate_interval])))",
            same("{{handler}}"),
        ),
        panel(
            Kind::Lines,
            words("Processor", "处理器"),
            words("Share of one processor in use.", "占用单个处理器的比例。"),
            [14, 24, 4, 7],
        )
        .unit("percentunit")
        .ask("rate(process_cpu_seconds_total{@all}[$__rate_interval])", same("{{instance}}")),
        panel(
            Kind::Lines,
            words("Memory", "内存"),
            words("Resident memory of the process.", "进程常驻内存。"),
            [18, 24, 3, 7],
        )
        .unit("bytes")
        .ask("process_resident_memory_bytes{@all}", same("{{instance}}")),
        panel(
            Kind::Lines,
            words("Open files", "打开的文件"),
            words("File descriptors of the process.", "进程打开的文件描述符数。"),
            [21, 24, 3, 7],
        )
        .ask("process_open_fds{@all}", same("{{instance}}")),
    ]
}
