//! Every family by name: what exists, its kind, its labels, its help.
//!
//! One place, so that dashboards, alert rules and documentation can be checked against it.

mod family;

pub use family::{Family, Kind};
use family::{counter, gauge, histogram};

/// Build of the running program; always 1. `revision` is absent unless the build was told one.
pub const BUILD_INFO: Family = gauge(
    "callsurge_build_info",
    &["version", "revision", "rustc"],
    "Build of the running program; always 1.",
);
/// What the journal was created for (live, replay, demo, test); always 1.
pub const JOURNAL_INFO: Family = gauge(
    "callsurge_journal_info",
    &["stamp"],
    "What the journal was created for (live, replay, demo, test); always 1.",
);
/// Whether the last load of the configuration succeeded.
pub const CONFIG_RELOAD_OK: Family = gauge(
    "callsurge_config_last_reload_successful",
    &[],
    "Whether the last load of the configuration succeeded.",
);
/// When the configuration was last loaded successfully.
pub const CONFIG_RELOAD_AT: Family = gauge(
    "callsurge_config_last_reload_success_timestamp_seconds",
    &[],
    "When the configuration was last loaded successfully.",
);
/// Requests answered, by route.
pub const HTTP_REQUESTS: Family = counter(
    "callsurge_http_requests_total",
    &["handler", "method", "code"],
    "Requests answered, by route.",
);
/// Time from a request's head to its response's head.
pub const HTTP_DURATION: Family = histogram(
    "callsurge_http_request_duration_seconds",
    &["handler", "method"],
    "Time from a request's head to its response's head.",
);
/// Time of one journal transaction.
pub const COMMIT_DURATION: Family =
    histogram("callsurge_commit_duration_seconds", &[], "Time of one journal transaction.");
/// Journal transactions that failed; input is refused until one succeeds.
pub const COMMIT_FAILURES: Family = counter(
    "callsurge_commit_failures_total",
    &[],
    "Journal transactions that failed; input is refused until one succeeds.",
);
/// Snapshots and removals of old rows that failed.
pub const SNAPSHOT_FAILURES: Family = counter(
    "callsurge_snapshot_failures_total",
    &[],
    "Snapshots and removals of old rows that failed.",
);
/// Entries that gave other transitions in recovery than were journalled.
pub const RECOVERY_MISMATCHES: Family = counter(
    "callsurge_recovery_mismatches_total",
    &[],
    "Entries that gave other transitions in recovery than were journalled.",
);
/// Size of the journal's store.
pub const STORE_SIZE: Family =
    gauge("callsurge_store_size_bytes", &[], "Size of the journal's store.");
/// Deliveries tried, by what became of them.
pub const NOTIFICATIONS: Family = counter(
    "callsurge_notifications_total",
    &["integration", "outcome"],
    "Deliveries tried, by what became of them.",
);
/// Replies of people who were asked, by the way they came and what came of them.
pub const REPLIES: Family = counter(
    "callsurge_replies_total",
    &["via", "answer"],
    "Replies of people who were asked, by the way they came and what came of them.",
);
/// When the oldest delivery that still waits was ordered; absent while none waits.
pub const NOTIFICATION_OLDEST: Family = gauge(
    "callsurge_notification_oldest_pending_timestamp_seconds",
    &["integration"],
    "When the oldest delivery that still waits was ordered; absent while none waits.",
);
/// Inputs set aside because applying them failed.
pub const QUARANTINED: Family = counter(
    "callsurge_quarantined_inputs_total",
    &[],
    "Inputs set aside because applying them failed.",
);
/// Times the wall clock went back.
pub const CLOCK_REGRESSIONS: Family =
    counter("callsurge_clock_regressions_total", &[], "Times the wall clock went back.");
/// Entries journalled since the journal was created.
pub const VIEW_SEQ: Family =
    counter("callsurge_entries_total", &[], "Entries journalled since the journal was created.");
/// Whether the source gives signs of life; absent where none are awaited.
pub const SOURCE_UP: Family = gauge(
    "callsurge_source_up",
    &["source"],
    "Whether the source gives signs of life; absent before the first of one that is not watched.",
);
/// Newest accepted event time; absent before the first.
pub const SOURCE_LAST_EVENT: Family = gauge(
    "callsurge_source_last_event_timestamp_seconds",
    &["source"],
    "Newest accepted event time; absent before the first.",
);
/// The source's data are complete up to here; absent before the first.
pub const SOURCE_WATERMARK: Family = gauge(
    "callsurge_source_watermark_timestamp_seconds",
    &["source"],
    "The source's data are complete up to here; absent before the first.",
);
/// Start of the open outage; absent while there is none.
pub const SOURCE_OUTAGE: Family = gauge(
    "callsurge_source_outage_since_timestamp_seconds",
    &["source"],
    "Start of the open outage; absent while there is none.",
);
/// Accepted observations, by form.
pub const INGEST_RECORDS: Family = counter(
    "callsurge_ingest_records_total",
    &["source", "kind"],
    "Accepted observations, by form.",
);
/// Observations that were refused or changed no verdict, by reason. Those that did not get as far
/// as a source have no label `source`.
pub const INGEST_REJECTED: Family = counter(
    "callsurge_ingest_rejected_total",
    &["source", "reason"],
    "Observations that were refused or changed no verdict, by reason.",
);
/// Whether the connector of a fetched source is logged in, or its last poll was good.
pub const LINK_UP: Family = gauge(
    "callsurge_link_up",
    &["source"],
    "Whether the connector of a fetched source is logged in, or its last poll was good.",
);
/// Links to a manager interface that came up.
pub const LINK_CONNECTS: Family = counter(
    "callsurge_link_connects_total",
    &["source"],
    "Links to a manager interface that came up.",
);
/// Links to a manager interface, and attempts at one, that ended, by reason.
pub const LINK_ENDS: Family = counter(
    "callsurge_link_ends_total",
    &["source", "reason"],
    "Links to a manager interface, and attempts at one, that ended, by reason.",
);
/// Messages of a manager interface: used, of no concern, unreadable, too long.
pub const LINK_MESSAGES: Family = counter(
    "callsurge_link_messages_total",
    &["source", "outcome"],
    "Messages of a manager interface: used, of no concern, unreadable, too long.",
);
/// Bytes that the connector received.
pub const LINK_BYTES: Family = counter(
    "callsurge_link_received_bytes_total",
    &["source"],
    "Bytes that the connector received.",
);
/// How far the clock of the PBX is ahead; absent before it is measured.
pub const LINK_CLOCK_OFFSET: Family = gauge(
    "callsurge_link_clock_offset_seconds",
    &["source"],
    "How far the clock of the PBX is ahead; absent before it is measured.",
);
/// Counts in entries and exits compared with the calls known to wait; a difference means lost events.
pub const LINK_COUNT_CHECKS: Family = counter(
    "callsurge_link_count_checks_total",
    &["source", "outcome"],
    "Counts in entries and exits compared with the calls known to wait; a difference means lost events.",
);
/// Lists of all queues that were taken over, or were not whole.
pub const LINK_LISTS: Family = counter(
    "callsurge_link_lists_total",
    &["source", "outcome"],
    "Lists of all queues that were taken over, or were not whole.",
);
/// Gaps between two links, filled from the queue log or unknown.
pub const LINK_GAPS: Family = counter(
    "callsurge_link_gaps_total",
    &["source", "outcome"],
    "Gaps between two links, filled from the queue log or unknown.",
);
/// What a PBX went through and what lists and log put right, by kind.
pub const LINK_REMARKS: Family = counter(
    "callsurge_link_remarks_total",
    &["source", "kind"],
    "What a PBX went through and what lists and log put right, by kind.",
);
/// Addresses that were asked, by what became of it.
pub const POLLS: Family = counter(
    "callsurge_polls_total",
    &["source", "outcome"],
    "Addresses that were asked, by what became of it.",
);
/// End of the last poll that told something; absent before the first.
pub const POLL_LAST_GOOD: Family = gauge(
    "callsurge_poll_last_good_timestamp_seconds",
    &["source"],
    "End of the last poll that told something; absent before the first.",
);
/// Support level in force, 0 (none) to 3 (L3).
pub const STAGE: Family =
    gauge("callsurge_stage", &["unit"], "Support level in force, 0 (none) to 3 (L3).");
/// 1 for the level in force, 0 for the others.
pub const STAGE_ACTIVE: Family = gauge(
    "callsurge_stage_active",
    &["unit", "stage"],
    "1 for the level in force, 0 for the others.",
);
/// Whether the order of the level in force is confirmed.
pub const STAGE_IN_EFFECT: Family = gauge(
    "callsurge_stage_in_effect",
    &["unit"],
    "Whether the order of the level in force is confirmed.",
);
/// When the level in force was entered; absent before the first.
pub const STAGE_ENTERED: Family = gauge(
    "callsurge_stage_entered_timestamp_seconds",
    &["unit"],
    "When the level in force was entered; absent before the first.",
);
/// When the next automatic rise is due if nothing changes; absent if none is.
pub const STAGE_ESCALATION: Family = gauge(
    "callsurge_stage_escalation_timestamp_seconds",
    &["unit"],
    "When the next automatic rise is due if nothing changes; absent if none is.",
);
/// Time without data that is taken out of the running step.
pub const STAGE_FROZEN: Family = gauge(
    "callsurge_stage_frozen_seconds",
    &["unit"],
    "Time without data that is taken out of the running step.",
);
/// 1 for what the clock towards the next level does, 0 for the others.
pub const STAGE_CLOCK: Family = gauge(
    "callsurge_stage_clock_active",
    &["unit", "state"],
    "1 for what the clock towards the next level does, 0 for the others.",
);
/// Changes of level.
pub const STAGE_TRANSITIONS: Family = counter(
    "callsurge_stage_transitions_total",
    &["unit", "from", "to", "cause"],
    "Changes of level.",
);
/// Time spent in each level.
pub const STAGE_DURATION: Family = counter(
    "callsurge_stage_duration_seconds_total",
    &["unit", "stage"],
    "Time spent in each level.",
);
/// Whether inbound volume is abnormal.
pub const ABNORMAL: Family =
    gauge("callsurge_abnormal", &["unit"], "Whether inbound volume is abnormal.");
/// Whether the situation is effectively controlled; absent while unknown.
pub const CONTROLLED: Family = gauge(
    "callsurge_controlled",
    &["unit"],
    "Whether the situation is effectively controlled; absent while unknown.",
);
/// Conditions of control, each 1 or 0; absent while unknown.
pub const CONDITION_MET: Family = gauge(
    "callsurge_control_condition_met",
    &["unit", "condition"],
    "Conditions of control, each 1 or 0; absent while unknown.",
);
/// Start of the uncontrolled run; absent while not uncontrolled.
pub const UNCONTROLLED_SINCE: Family = gauge(
    "callsurge_uncontrolled_since_timestamp_seconds",
    &["unit"],
    "Start of the uncontrolled run; absent while not uncontrolled.",
);
/// Since when no source of the unit gives signs of life; absent while one does.
pub const BLIND_SINCE: Family = gauge(
    "callsurge_blind_since_timestamp_seconds",
    &["unit"],
    "Since when no source of the unit gives signs of life; absent while one does.",
);
/// Instant up to which the unit's data are complete and its ladder evaluated; absent before the first.
pub const WATERMARK: Family = gauge(
    "callsurge_watermark_timestamp_seconds",
    &["unit"],
    "Instant up to which the unit's data are complete and its ladder evaluated; absent before the first.",
);
/// Wall time of the last evaluation; a stuck monitor stops moving it.
pub const EVALUATION_LAST: Family = gauge(
    "callsurge_evaluation_last_timestamp_seconds",
    &["unit"],
    "Wall time of the last evaluation; a stuck monitor stops moving it.",
);
/// Commander's acts in force.
pub const OVERRIDE: Family =
    gauge("callsurge_override_active", &["unit", "kind"], "Commander's acts in force.");
/// Open incidents, by plan.
pub const INCIDENTS_ACTIVE: Family =
    gauge("callsurge_incidents_active", &["plan"], "Open incidents, by plan.");
/// Incidents so far, by plan.
pub const INCIDENTS: Family =
    counter("callsurge_incidents_total", &["plan"], "Incidents so far, by plan.");
/// Calls that entered the queue.
pub const CALLS_OFFERED: Family = counter(
    "callsurge_queue_calls_offered_total",
    &["unit", "queue"],
    "Calls that entered the queue.",
);
/// Calls connected to an agent.
pub const CALLS_ANSWERED: Family = counter(
    "callsurge_queue_calls_answered_total",
    &["unit", "queue"],
    "Calls connected to an agent.",
);
/// Calls connected within the service-level threshold.
pub const CALLS_IN_TARGET: Family = counter(
    "callsurge_queue_calls_answered_in_target_total",
    &["unit", "queue"],
    "Calls connected within the service-level threshold.",
);
/// Calls left by the caller.
pub const CALLS_ABANDONED: Family = counter(
    "callsurge_queue_calls_abandoned_total",
    &["unit", "queue"],
    "Calls left by the caller.",
);
/// Calls not admitted to the queue.
pub const CALLS_REFUSED: Family = counter(
    "callsurge_queue_calls_refused_total",
    &["unit", "queue"],
    "Calls not admitted to the queue.",
);
/// Calls that left the queue in another way.
pub const CALLS_EXITED: Family = counter(
    "callsurge_queue_calls_exited_total",
    &["unit", "queue", "reason"],
    "Calls that left the queue in another way.",
);
/// Calls waiting; absent while the source is silent or does not tell.
pub const CALLS_WAITING: Family = gauge(
    "callsurge_queue_calls_waiting",
    &["unit", "queue"],
    "Calls waiting; absent while the source is silent or does not tell.",
);
/// Arrival of the oldest waiting call; absent while none waits.
pub const OLDEST_ARRIVAL: Family = gauge(
    "callsurge_queue_oldest_call_arrival_timestamp_seconds",
    &["unit", "queue"],
    "Arrival of the oldest waiting call; absent while none waits.",
);
/// Agents by state; absent while the source is silent or does not tell.
pub const AGENTS: Family = gauge(
    "callsurge_queue_agents",
    &["unit", "queue", "state"],
    "Agents by state; absent while the source is silent or does not tell.",
);
/// Heads that running recalls need, by whom they call.
pub const RECALL_REQUIRED: Family = gauge(
    "callsurge_recall_staff_required",
    &["unit", "tier"],
    "Heads that running recalls need, by whom they call.",
);
/// People of running recalls, by how they stand.
pub const RECALL_STAFF: Family = gauge(
    "callsurge_recall_staff",
    &["unit", "tier", "status"],
    "People of running recalls by how they stand: asked (all of them), accepted and not there yet, declined, silent until the deadline, arrived, no_show.",
);
/// Heads that running recalls need and for which nobody has accepted.
pub const RECALL_UNFILLED: Family = gauge(
    "callsurge_recall_staff_unfilled",
    &["unit", "tier"],
    "Heads that running recalls need and for which nobody has accepted.",
);
/// Agents of the unit by state, each counted once in however many queues; absent where no source can
/// tell one from another.
pub const UNIT_AGENTS: Family = gauge(
    "callsurge_unit_agents",
    &["unit", "state"],
    "Agents of the unit by state, each counted once in however many queues; absent where no source can tell one from another.",
);
/// Agents needed on the phones, with the bounds of 80 %.
pub const STAFF_NEEDED: Family = gauge(
    "callsurge_staff_needed",
    &["unit", "bound"],
    "Agents needed on the phones for service level, backlog and occupancy: the estimate (likely) and bounds of 80 % (low, high); absent where it cannot be computed.",
);
/// Agents needed beyond those who are there.
pub const STAFF_MISSING: Family = gauge(
    "callsurge_staff_missing",
    &["unit", "bound"],
    "Agents needed beyond those who are available: the estimate and bounds of 80 %; absent where either is unknown.",
);
/// Agents logged in and not paused.
pub const STAFF_AVAILABLE: Family = gauge(
    "callsurge_staff_available",
    &["unit"],
    "Agents logged in and not paused; absent where a queue does not tell.",
);
/// Share answered within the threshold over the control window, by arrival cohort.
pub const SERVICE_LEVEL: Family = gauge(
    "callsurge_queue_service_level_ratio",
    &["unit", "queue"],
    "Share answered within the threshold over the control window, by arrival cohort.",
);
/// Share answered over the control window.
pub const ANSWER_RATE: Family = gauge(
    "callsurge_queue_answer_rate_ratio",
    &["unit", "queue"],
    "Share answered over the control window.",
);
/// Threshold of the service level.
pub const SERVICE_TARGET: Family = gauge(
    "callsurge_queue_service_level_target_seconds",
    &["unit", "queue"],
    "Threshold of the service level.",
);
/// Calls in the judged interval; without queue: the unit's sum.
pub const OBSERVED: Family = gauge(
    "callsurge_detection_observed_calls",
    &["unit", "queue"],
    "Calls in the judged interval; without queue: the unit's sum.",
);
/// Calls expected in the judged interval.
pub const EXPECTED: Family = gauge(
    "callsurge_detection_expected_calls",
    &["unit", "queue"],
    "Calls expected in the judged interval.",
);
/// Upper end of what is normal in the judged interval.
pub const UPPER: Family = gauge(
    "callsurge_detection_upper_limit_calls",
    &["unit", "queue"],
    "Upper end of what is normal in the judged interval.",
);
/// Test statistic of the detector.
pub const SCORE: Family =
    gauge("callsurge_detection_score", &["unit", "queue"], "Test statistic of the detector.");
/// Where the score calls a surge.
pub const THRESHOLD: Family = gauge(
    "callsurge_detection_score_threshold",
    &["unit", "queue"],
    "Where the score calls a surge.",
);
/// Start of the surge, or of the present verdict.
pub const DETECTION_SINCE: Family = gauge(
    "callsurge_detection_since_timestamp_seconds",
    &["unit", "queue"],
    "Start of the surge, or of the present verdict.",
);
/// Length of the judged interval.
pub const DETECTION_INTERVAL: Family = gauge(
    "callsurge_detection_interval_seconds",
    &["unit", "queue"],
    "Length of the judged interval.",
);
/// How often chance alone takes the score so high, times in 30 days; absent where that is not
/// known.
pub const CHANCE: Family = gauge(
    "callsurge_detection_chance_per_month",
    &["unit", "queue"],
    "How often chance alone takes the score so high, times in 30 days; absent where that is not known.",
);
/// Whether the detector calls a surge.
pub const DETECTION_ACTIVE: Family =
    gauge("callsurge_detection_active", &["unit", "queue"], "Whether the detector calls a surge.");
/// 1 for the verdict on the unit's sum, 0 for the others.
pub const VERDICT: Family = gauge(
    "callsurge_detection_verdict_active",
    &["unit", "verdict"],
    "1 for the verdict on the unit's sum, 0 for the others.",
);
/// Times that volume became abnormal, false alarms and surges.
pub const ALARMS: Family = counter(
    "callsurge_detection_alarms_total",
    &["unit"],
    "Times that volume became abnormal, false alarms and surges; what comes back within 30 minutes is the same.",
);
/// False alarms tolerated in a month of 30 days, as configured.
pub const TOLERATED: Family = gauge(
    "callsurge_detection_tolerated_alarms_per_month",
    &["unit"],
    "False alarms tolerated in a month of 30 days, as configured.",
);
/// Intervals behind the present slot of the baseline.
pub const BASELINE_SAMPLES: Family = gauge(
    "callsurge_baseline_samples",
    &["unit", "queue"],
    "Intervals behind the present slot of the baseline.",
);
/// When the baseline took in a day last; absent before the first.
pub const BASELINE_UPDATED: Family = gauge(
    "callsurge_baseline_updated_timestamp_seconds",
    &["unit", "queue"],
    "When the baseline took in a day last; absent before the first.",
);
/// End of the last year of which holidays and make-up workdays are known; absent without a calendar.
pub const HOLIDAY_CALENDAR_END: Family = gauge(
    "callsurge_holiday_calendar_end_timestamp_seconds",
    &["unit"],
    "End of the last year of which holidays and make-up workdays are known; absent without a calendar.",
);
/// When it was looked last whether a recall would work.
pub const PREFLIGHT_LAST_RUN: Family = gauge(
    "callsurge_preflight_last_run_timestamp_seconds",
    &[],
    "When it was looked last whether a recall would work.",
);
/// Whether what a recall needs is as it has to be; absent where that is not known.
pub const PREFLIGHT_OK: Family = gauge(
    "callsurge_preflight_ok",
    &["unit", "check"],
    "Whether what a recall needs is as it has to be; absent where that is not known.",
);
/// Heads that accept in nine cases of ten if everybody who may be asked is asked.
pub const PREFLIGHT_POOL_HEADS: Family = gauge(
    "callsurge_preflight_pool_heads",
    &["unit", "tier", "skill"],
    "Heads that accept in nine cases of ten if everybody who may be asked is asked.",
);
/// Heads that the pool was held against; 0 where none are missing and none are set.
pub const PREFLIGHT_NEED_HEADS: Family = gauge(
    "callsurge_preflight_need_heads",
    &["unit", "tier", "skill"],
    "Heads that the pool was held against; 0 where none are missing and none are set.",
);
/// All families of this program; those of the process itself are named as everywhere else.
pub const ALL: &[Family] = &[
    BUILD_INFO,
    JOURNAL_INFO,
    CONFIG_RELOAD_OK,
    CONFIG_RELOAD_AT,
    HTTP_REQUESTS,
    HTTP_DURATION,
    COMMIT_DURATION,
    COMMIT_FAILURES,
    SNAPSHOT_FAILURES,
    RECOVERY_MISMATCHES,
    STORE_SIZE,
    NOTIFICATIONS,
    REPLIES,
    NOTIFICATION_OLDEST,
    QUARANTINED,
    CLOCK_REGRESSIONS,
    VIEW_SEQ,
    SOURCE_UP,
    SOURCE_LAST_EVENT,
    SOURCE_WATERMARK,
    SOURCE_OUTAGE,
    INGEST_RECORDS,
    INGEST_REJECTED,
    LINK_UP,
    LINK_CONNECTS,
    LINK_ENDS,
    LINK_MESSAGES,
    LINK_BYTES,
    LINK_CLOCK_OFFSET,
    LINK_COUNT_CHECKS,
    LINK_LISTS,
    LINK_GAPS,
    LINK_REMARKS,
    POLLS,
    POLL_LAST_GOOD,
    STAGE,
    STAGE_ACTIVE,
    STAGE_IN_EFFECT,
    STAGE_ENTERED,
    STAGE_ESCALATION,
    STAGE_FROZEN,
    STAGE_CLOCK,
    STAGE_TRANSITIONS,
    STAGE_DURATION,
    ABNORMAL,
    CONTROLLED,
    CONDITION_MET,
    UNCONTROLLED_SINCE,
    BLIND_SINCE,
    WATERMARK,
    EVALUATION_LAST,
    OVERRIDE,
    INCIDENTS_ACTIVE,
    INCIDENTS,
    CALLS_OFFERED,
    CALLS_ANSWERED,
    CALLS_IN_TARGET,
    CALLS_ABANDONED,
    CALLS_REFUSED,
    CALLS_EXITED,
    CALLS_WAITING,
    OLDEST_ARRIVAL,
    AGENTS,
    UNIT_AGENTS,
    RECALL_REQUIRED,
    RECALL_STAFF,
    RECALL_UNFILLED,
    STAFF_NEEDED,
    STAFF_MISSING,
    STAFF_AVAILABLE,
    SERVICE_LEVEL,
    ANSWER_RATE,
    SERVICE_TARGET,
    OBSERVED,
    EXPECTED,
    UPPER,
    SCORE,
    THRESHOLD,
    DETECTION_SINCE,
    DETECTION_INTERVAL,
    CHANCE,
    DETECTION_ACTIVE,
    VERDICT,
    ALARMS,
    TOLERATED,
    BASELINE_SAMPLES,
    BASELINE_UPDATED,
    HOLIDAY_CALENDAR_END,
    PREFLIGHT_LAST_RUN,
    PREFLIGHT_OK,
    PREFLIGHT_POOL_HEADS,
    PREFLIGHT_NEED_HEADS,
];
