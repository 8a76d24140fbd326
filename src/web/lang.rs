//! Which language a browser gets.

use axum::http::{HeaderMap, Uri, header};

/// The languages of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese as written in the mainland.
    ZhCn,
}

impl Lang {
    /// The language tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language of a tag; any Chinese is [`Lang::ZhCn`].
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_', ';']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::ZhCn),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// What `?lang=` asks for.
    pub fn asked(uri: &Uri) -> Option<Self> {
        let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == "lang").find_map(|(_, tag)| Self::of_tag(tag))
    }

    /// What the cookie remembers, or else what the browser prefers.
    pub fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let texts = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let cookies = texts(header::COOKIE).flat_map(|text| text.split(';'));
        let remembered = cookies
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == "lang")
            .find_map(|(_, tag)| Self::of_tag(tag));
        let mut preferred = texts(header::ACCEPT_LANGUAGE).flat_map(|text| text.split(','));
        remembered.or_else(|| preferred.find_map(Self::of_tag))
    }

    /// The cookie that remembers it for a year.
    pub(super) fn cookie(self) -> String {
        format!("lang={}; Path=/; Max-Age=31536000; SameSite=Strict", self.tag())
    }

    /// The words of the page as a flat JSON object.
    pub const fn words(self) -> &'static str {
        match self {
            Self::En => include_str!("en.json"),
            Self::ZhCn => include_str!("zh-CN.json"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    type Words = BTreeMap<String, String>;

    fn words(lang: Lang) -> Words {
        serde_json::from_str(lang.words()).expect("flat object of texts")
    }

    /// Words that the page puts together from what the service tells, by their beginning.
    const TOLD: [(&str, &[&str]); 34] = [
        ("act", &["raise", "lower", "hold", "confirm", "close"]),
        ("analyst.day", &["0", "1", "2", "3", "4", "5", "6"]),
        (
            "analyst.ignored",
            &["duplicate", "late", "too_late", "future", "orphan", "second_source"],
        ),
        ("analyst.means", &["burst", "step", "slow", "provisional", "empty"]),
        ("analyst.test", &["burst", "step", "slow", "provisional", "empty"]),
        ("cause", &["detector", "timer", "recovery", "reopened", "manual", "closed"]),
        ("clock", &["idle", "running", "recovering", "frozen", "held", "no_data", "next", "top"]),
        ("desk.act", &["raise", "lower", "hold", "confirm", "close"]),
        (
            "desk.check",
            &[
                "mode",
                "roster",
                "legal",
                "contacts_l2",
                "contacts_l3",
                "need_l2",
                "need_l3",
                "pool_l2",
                "pool_l3",
                "channel",
                "reply_links",
                "feed",
                "clock",
            ],
        ),
        ("desk.hint", &["raise", "lower", "hold", "confirm", "close"]),
        ("desk.column", &["time", "unit", "kind", "what", "number"]),
        ("desk.condition", &["controlled", "service", "volume", "backlog", "stand_down"]),
        ("desk.control", &["auto", "service", "volume", "both"]),
        ("desk.login", &["first", "operate", "ended"]),
        ("desk.not_asked", &["no_contact", "too_far", "no_skill", "held"]),
        ("desk.outcome", &["ok", "unknown", "wrong"]),
        ("desk.preview", &["level", "until", "clock", "overrides", "told", "people", "refused"]),
        ("desk.truth", &["yes", "no", "unknown"]),
        ("flag", &["blind", "unconfirmed", "floor", "ceiling", "closed", "dropped"]),
        (
            "kind",
            &[
                "transition",
                "command",
                "reminder",
                "outage",
                "quality",
                "verdict",
                "recall",
                "recall_act",
            ],
        ),
        ("legend", &["observed", "expected", "upper", "over"]),
        ("outage", &["report", "notify", "vendor", "ended"]),
        (
            "quality",
            &[
                "blind",
                "sighted",
                "monitor_down",
                "counters_reset",
                "source_restarted",
                "gap",
                "saturated",
                "closed",
                "policy_changed",
                "late_row",
            ],
        ),
        (
            "recall",
            &[
                "offer",
                "withdraw",
                "cancel",
                "thank",
                "reserve",
                "too_late",
                "promote",
                "no_show",
                "arrived",
                "release",
                "block_contact",
                "filled",
                "unfilled",
                "closed",
                "off",
                "dry_run",
                "no_need",
                "enough",
                "no_roster",
            ],
        ),
        (
            "recall_act",
            &[
                "start",
                "change",
                "candidates",
                "accept",
                "decline",
                "on_the_way",
                "wrong_number",
                "arrival",
                "hold",
                "ask_now",
                "cancel",
                "release",
                "cancel_all",
            ],
        ),
        (
            "recall_answer",
            &["coming", "reserve", "declined", "do_not_come", "late", "here", "blocked"],
        ),
        (
            "recall_refusal",
            &[
                "known",
                "no_recall",
                "no_offer",
                "real_recall",
                "policy",
                "need",
                "ending",
                "not_wanted",
                "no_drill",
            ],
        ),
        ("refusal", &["no_incident", "expiry", "level"]),
        ("reminder", &["unconfirmed", "still_at_l3", "confirm_l3"]),
        ("source", &["up", "down", "age", "more"]),
        ("stage", &["0", "1", "2", "3"]),
        ("stamp", &["live", "replay", "demo", "test"]),
        ("verdict", &["learning", "normal", "surge", "collapse", "stale"]),
        ("staff", &["no_handle_time", "out_of_range"]),
    ];

    #[test]
    fn both_languages_have_every_word_and_no_other() {
        let (en, zh) = (words(Lang::En), words(Lang::ZhCn));
        assert!(en.values().chain(zh.values()).all(|text| !text.is_empty()));
        let scripts: String = super::super::SCRIPTS.iter().map(|(_, text)| *text).collect();
        let mut wanted: std::collections::BTreeSet<String> = ["tr('", "say('", "figure('"]
            .iter()
            .flat_map(|call| scripts.split(call).skip(1))
            .filter_map(|rest| rest.split('\'').next())
            .filter(|key| !key.is_empty() && !key.ends_with('.'))
            .map(str::to_owned)
            .collect();
        for (beginning, ends) in TOLD {
            assert!(scripts.contains(&format!("'{beginning}.")), "{beginning} is not asked for");
            wanted.extend(ends.iter().map(|end| format!("{beginning}.{end}")));
        }
        // The analyst's page has many that are chosen by a condition; all are written whole.
        let whole = scripts.split("'analyst.").skip(1).filter_map(|rest| rest.split('\'').next());
        let whole = whole.filter(|end| !end.ends_with('.')).map(|end| format!("analyst.{end}"));
        wanted.extend(whole);
        // Chosen by a condition inside of the call.
        wanted.extend(
            [
                "minutes",
                "seconds",
                "no_units",
                "no_such_unit",
                "untold",
                "desk.ceiling",
                "desk.floor",
                "desk.in_effect",
                "desk.unconfirmed",
                "desk.lines",
                "desk.lines_more",
                "desk.drill.start",
                "desk.drill.stop",
                "desk.drill.started",
                "desk.drill.stopped",
                "desk.trouble.bad",
                "desk.preflight.go",
                "desk.preflight.looking",
                "desk.measured.clears",
                "desk.measured.never",
            ]
            .map(str::to_owned),
        );
        assert!(en.keys().eq(&wanted), "{:?}", difference(&en, &wanted));
        assert!(zh.keys().eq(&wanted), "{:?}", difference(&zh, &wanted));
    }

    fn difference(have: &Words, wanted: &std::collections::BTreeSet<String>) -> Vec<String> {
        let have = have.keys().cloned().collect();
        wanted.symmetric_difference(&have).cloned().collect()
    }

    #[test]
    fn both_languages_fill_the_same_places() {
        let (en, zh) = (words(Lang::En), words(Lang::ZhCn));
        let places = |text: &str| -> Vec<String> {
            let parts = text.split('{').skip(1).filter_map(|rest| rest.split('}').next());
            let mut found: Vec<String> = parts.map(str::to_owned).collect();
            found.sort();
            found
        };
        for (key, text) in &en {
            assert_eq!(places(text), places(&zh[key]), "{key}");
        }
    }

    /// An English word on the Chinese page would be one that nobody translated.
    #[test]
    fn the_chinese_words_are_chinese() {
        for (key, text) in words(Lang::ZhCn) {
            let plain = text.split('{').map(|part| part.split_once('}').map_or(part, |(_, p)| p));
            let plain = plain.collect::<String>().replace("L3", "");
            assert!(!plain.contains(|c: char| c.is_ascii_alphabetic()), "{key}: {text}");
        }
    }

    #[test]
    fn the_page_runs_in_old_browsers_and_under_its_own_policy() {
        for (path, text) in super::super::SCRIPTS {
            let code: String = text.lines().map(|l| l.split("// ").next().unwrap_or(l)).collect();
            for word in ["=>", "`", "const ", "let ", "async ", "class ", "...", "?.", "??"] {
                assert!(!code.contains(word), "{path}: {word:?} is younger than ES5");
            }
            for word in ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval("] {
                assert!(!code.contains(word), "{path}: {word} writes markup");
            }
        }
        for style in [super::super::STYLE, super::super::COMMAND_STYLE, super::super::ANALYST_STYLE]
        {
            for word in [
                "display: grid",
                "var(",
                "clamp(",
                " min(",
                " max(",
                " gap:",
                "inset",
                ":is(",
                ":has(",
            ] {
                assert!(!style.contains(word), "{word:?} is younger than the screens");
            }
        }
        for page in [super::super::PAGE, super::super::COMMAND, super::super::ANALYST] {
            assert!(!page.contains("style=") && !page.contains("<style") && !page.contains(" on"));
            for script in page.split("<script src=\"").skip(1) {
                let path = script.split('"').next().expect("a path");
                assert!(super::super::SCRIPTS.iter().any(|(known, _)| *known == path), "{path}");
            }
        }
    }

    /// The page knows a refusal by its text, because that is what the log book keeps.
    #[test]
    fn every_refusal_has_its_words() {
        use crate::engine::command::Refusal::{Expiry, Level, NoIncident};
        for (refusal, key) in [(NoIncident, "no_incident"), (Expiry, "expiry"), (Level, "level")] {
            let line = format!("'{refusal}': '{key}'");
            assert!(super::super::SCRIPTS.iter().any(|(_, text)| text.contains(&line)), "{line}");
        }
    }

    /// The sentences of the service are there in each language of the page, by its tag.
    #[test]
    fn verdicts_are_explained_in_the_language_of_the_page() {
        let explanation = crate::explanation::Explanation { en: "a".into(), zh_cn: "b".into() };
        let told = serde_json::to_value(explanation).expect("JSON");
        assert!([Lang::En, Lang::ZhCn].iter().all(|lang| told[lang.tag()].is_string()));
    }

    #[test]
    fn the_address_then_the_cookie_then_the_browser_decide() {
        let mut headers = HeaderMap::new();
        assert_eq!(Lang::of_headers(&headers), None);
        let accept = "de-DE,zh-TW;q=0.8,en;q=0.5".parse().expect("header");
        headers.insert(header::ACCEPT_LANGUAGE, accept);
        assert_eq!(Lang::of_headers(&headers), Some(Lang::ZhCn));
        headers.insert(header::COOKIE, "a=b; lang=en".parse().expect("header"));
        assert_eq!(Lang::of_headers(&headers), Some(Lang::En));
        let asked = |path: &str| Lang::asked(&path.parse().expect("path"));
        assert_eq!(asked("/?x=1&lang=zh-CN"), Some(Lang::ZhCn));
        assert_eq!(asked("/?lang=xx"), None);
        assert_eq!(asked("/"), None);
    }
}
