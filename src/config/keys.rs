//! Which keys a configuration file may hold, section by section.
//!
//! One table, because it answers three questions: is this key known, which one was probably
//! meant, and to which other section does it belong. A test holds it against the template.

/// A section and its keys.
#[derive(Debug)]
pub(super) struct Layout {
    /// Name of the section; empty for the top of the file.
    pub(super) name: &'static str,
    /// How it is written.
    pub(super) header: &'static str,
    /// Its keys.
    pub(super) keys: &'static [&'static str],
}

/// Every section.
pub(super) const LAYOUTS: &[Layout] = &[
    Layout {
        name: "",
        header: "the top of the file",
        keys: &[
            "queues_max",
            "holidays",
            "api",
            "token",
            "journal",
            "log",
            "privacy",
            "source",
            "unit",
            "expected",
            "detector",
            "control",
            "ladder",
            "staffing",
            "recall",
            "channel",
            "reply",
            "preflight",
            "webhook",
            "language",
        ],
    },
    Layout {
        name: "api",
        header: "[api]",
        keys: &["listen", "allowed_hosts", "external_url", "grafana_url", "enable_lifecycle"],
    },
    Layout {
        name: "token",
        header: "[[token]]",
        keys: &["name", "scopes", "secret_file", "secret_env", "sha256"],
    },
    Layout {
        name: "journal",
        header: "[journal]",
        keys: &[
            "path",
            "keep_inputs_hours",
            "keep_minutes_days",
            "keep_quarters_days",
            "snapshot_minutes",
        ],
    },
    Layout { name: "log", header: "[log]", keys: &["level", "format"] },
    Layout { name: "privacy", header: "[privacy]", keys: &["site_key_file", "site_key_env"] },
    Layout {
        name: "source",
        header: "[[source]]",
        keys: &[
            "name",
            "kind",
            "path",
            "lateness_seconds",
            "heartbeat",
            "watched",
            "carries",
            "host",
            "port",
            "user",
            "secret_file",
            "secret_env",
            "login",
            "tls",
            "tls_ca",
            "allow",
            "deny",
            "queue_log",
            "queue_timeout_seconds",
            "wrapup_seconds",
            "refused_event",
            "url",
            "body",
            "headers",
            "interval_seconds",
            "timeout_seconds",
            "answer_mib_max",
            "pages_max",
            "names",
            "page",
            "auth",
            "map",
        ],
    },
    Layout { name: "page", header: "[source.page]", keys: &["by", "next", "parameter"] },
    Layout {
        name: "auth",
        header: "[source.auth]",
        keys: &[
            "kind",
            "user",
            "secret_file",
            "secret_env",
            "header",
            "region",
            "service",
            "derive",
            "derive_hex",
            "canonical",
            "sign",
            "encoding",
            "send",
        ],
    },
    Layout {
        name: "map",
        header: "[source.map]",
        keys: &[
            "success",
            "each",
            "only",
            "queue",
            "queue_name",
            "metrics",
            "metric_name",
            "metric_qualifier",
            "metric_value",
            "at",
            "waiting",
            "longest_wait",
            "longest_wait_unit",
            "in_ivr",
            "talking",
            "after_call_work",
            "available",
            "logged_in",
            "paused",
            "offered",
            "answered",
            "abandoned",
            "counted_from",
            "reset",
            "timezone",
            "absent",
        ],
    },
    Layout {
        name: "unit",
        header: "[[unit]]",
        keys: &[
            "name", "display", "command", "queues", "timezone", "opening", "holidays", "detector",
            "control", "ladder", "staffing",
        ],
    },
    Layout {
        name: "opening",
        header: "opening",
        keys: &["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"],
    },
    Layout {
        name: "expected",
        header: "[[expected]]",
        keys: &["unit", "from", "to", "repeat", "until", "factor", "reason"],
    },
    Layout { name: "detector", header: "[detector]", keys: &["false_alarms_per_month"] },
    Layout {
        name: "control",
        header: "[control]",
        keys: &[
            "mode",
            "service_level_min",
            "target_seconds",
            "answer_rate_min",
            "longest_wait_max_seconds",
            "clear_time_max_minutes",
            "window_minutes",
            "counts_from_per_15_minutes",
        ],
    },
    Layout {
        name: "ladder",
        header: "[ladder]",
        keys: &[
            "profile",
            "step_minutes",
            "recovery_minutes",
            "share",
            "stand_down_minutes",
            "confirm_minutes",
            "l3_confirm_minutes",
            "reopen_minutes",
            "remind_after_minutes",
            "repeat_report_minutes",
            "hold_max_minutes",
        ],
    },
    Layout {
        name: "staffing",
        header: "[staffing]",
        keys: &[
            "talk_seconds",
            "wrap_up_seconds",
            "patience_seconds",
            "redial_share",
            "occupancy_max",
            "clear_minutes",
            "fallback_heads_l1",
            "fallback_heads_l2",
            "fallback_heads_l3",
            "skills",
        ],
    },
    Layout {
        name: "recall",
        header: "[recall]",
        keys: &[
            "mode",
            "roster",
            "key_file",
            "key_env",
            "sender",
            "legal",
            "arrive_within_minutes",
            "work_hours",
            "confidence",
            "improbable_below",
            "wave_timer_minutes",
            "offer_deadline_minutes",
            "overbook_percent",
            "reserve_percent",
            "reserve_for_minutes",
            "no_show_after_minutes",
            "turn_back_percent",
            "engagement_min_minutes",
            "release_order",
        ],
    },
    Layout { name: "preflight", header: "[preflight]", keys: &["hour"] },
    Layout {
        name: "channel",
        header: "[[channel]]",
        keys: &[
            "name",
            "kind",
            "reaches",
            "timeout_seconds",
            "rate",
            "per_seconds",
            "secret_file",
            "secret_env",
            "url_file",
            "url_env",
            "url",
            "base_url",
            "method",
            "headers",
            "body",
            "encoding",
            "keyed",
            "delivers",
            "success_at",
            "success",
            "again",
            "id_at",
            "text_bytes_max",
            "reply_from",
            "reply_text",
            "reply_id",
            "reply_secret_file",
            "reply_secret_env",
            "replies",
            "account",
            "from",
            "agent_id",
            "id_type",
            "host",
            "port",
            "security",
            "login",
            "mention_all",
            "source",
            "on",
            "useful_minutes",
        ],
    },
    Layout {
        name: "reply",
        header: "[reply]",
        keys: &[
            "listen",
            "external_url",
            "secret_file",
            "secret_env",
            "previous_secret_file",
            "previous_secret_env",
        ],
    },
    Layout {
        name: "webhook",
        header: "[[webhook]]",
        keys: &[
            "name",
            "url",
            "secret_file",
            "secret_env",
            "useful_minutes",
            "timeout_seconds",
            "on",
        ],
    },
    Layout { name: "language", header: "[language]", keys: &["default"] },
];

/// The layout of a section.
pub(super) fn layout(name: &str) -> &'static Layout {
    LAYOUTS.iter().find(|l| l.name == name).unwrap_or(&LAYOUTS[0])
}

/// Whether a key by its name would hold a secret itself (not the name of a file or variable).
pub(super) fn is_secret(key: &str) -> bool {
    const WORDS: [&str; 11] = [
        "secret",
        "pass",
        "pwd",
        "token",
        "bearer",
        "api_key",
        "apikey",
        "site_key",
        "private_key",
        "access_key",
        "credential",
    ];
    let key = key.to_ascii_lowercase().replace('-', "_");
    let indirect = key.ends_with("_file") || key.ends_with("_env");
    !indirect && WORDS.iter().any(|w| key.contains(w))
}

/// What to say about a key that a section does not know.
pub(super) fn advice(layout: &Layout, key: &str) -> String {
    if let Some(near) = nearest(key, layout.keys.iter().copied()) {
        return format!("did you mean `{near}`? Keys here: {}", layout.keys.join(", "));
    }
    let elsewhere = LAYOUTS.iter().find(|l| l.keys.contains(&key));
    match elsewhere {
        Some(l) if l.name.is_empty() && ["queues_max", "holidays"].contains(&key) => {
            format!("`{key}` belongs to the top of the file, above the first section")
        }
        Some(l) if l.name.is_empty() => {
            format!("a section of its own: {}", layout_header(key))
        }
        Some(l) => format!("`{key}` belongs to {}", l.header),
        None => format!("keys here: {}", layout.keys.join(", ")),
    }
}

fn layout_header(name: &str) -> &'static str {
    layout(name).header
}

/// The candidate that a word was probably meant to be.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_ascii_lowercase().replace('-', "_");
    let tolerance = (word.chars().count() / 3).clamp(1, 4);
    candidates
        .map(|c| (distance(&word, &c.to_ascii_lowercase()), c))
        .filter(|&(d, c)| {
            d <= tolerance || (word.len() >= 4 && (c.starts_with(&word) || word.starts_with(c)))
        })
        .min()
        .map(|(_, c)| c)
}

/// Longest word that is compared: the cost grows with the square.
const DISTANCE_CHARS_MAX: usize = 64;

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into another
/// (optimal string alignment).
pub(super) fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(DISTANCE_CHARS_MAX).collect();
    let b: Vec<char> = b.chars().take(DISTANCE_CHARS_MAX).collect();
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits_and_swaps() {
        assert_eq!(distance("mode", "mode"), 0);
        assert_eq!(distance("mdoe", "mode"), 1);
        assert_eq!(distance("lisen", "listen"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn secret_words_are_known_and_their_references_are_not_secrets() {
        for key in ["secret", "Password", "bearer_token", "site-key", "api_key"] {
            assert!(is_secret(key), "{key}");
        }
        for key in ["secret_file", "secret_env", "site_key_file", "name", "sha256"] {
            assert!(!is_secret(key), "{key}");
        }
    }
}
