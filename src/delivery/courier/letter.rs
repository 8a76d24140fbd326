//! What a person reads or hears about a recall.
//!
//! A message can be seen by others on a locked screen or heard by whoever picks up, so it names
//! neither the person nor how many are missing: it asks, says until when, and how to answer. Times
//! are those of the person's own clock.

use crate::config::Language;
use crate::engine::time::Timestamp;
use crate::record::Record;
use chrono_tz::Tz;

/// How an answer can be given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answering {
    /// A link.
    pub(super) link: Option<String>,
    /// A message back, with this code.
    pub(super) code: Option<String>,
    /// A key of the telephone.
    pub(super) keys: bool,
}

/// For whom it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style<'a> {
    /// In which language.
    pub(super) language: Language,
    /// By which clock.
    pub(super) zone: Tz,
    /// Who asks.
    pub(super) sender: Option<&'a str>,
}

/// Subject and text of a record about a person; `None`: there is nothing to tell them.
pub(super) fn letter(
    record: &Record,
    style: Style<'_>,
    answering: &Answering,
) -> Option<(String, String)> {
    let about = record.recall.as_ref()?;
    // By its own time, so that it reads the same whenever it leaves.
    let now = Timestamp::parse_rfc3339(&record.at).unwrap_or(Timestamp::MIN);
    let time = |text: &Option<String>| {
        let at = Timestamp::parse_rfc3339(text.as_deref().unwrap_or_default()).ok();
        at.map_or_else(|| "?".to_owned(), |at| clock(at, now, style.zone))
    };
    let cause = record.cause.as_deref().unwrap_or_default();
    let zh = style.language == Language::ZhCn;
    let (subject, text) = match (cause, zh) {
        ("offer", true) => (
            "请求到岗",
            format!(
                "能请您在{}前到岗吗？请在{}前答复。",
                time(&about.needed_by),
                time(&about.answer_by)
            ),
        ),
        ("offer", false) => (
            "Can you come to work?",
            format!(
                "Can you come to work by {}? Please answer by {}.",
                time(&about.needed_by),
                time(&about.answer_by)
            ),
        ),
        ("thank" | "promote", true) => {
            ("请到岗", format!("谢谢，请在{}前到岗。", time(&about.arrives_by)))
        }
        ("thank" | "promote", false) => {
            ("Please come", format!("Thank you. You are expected by {}.", time(&about.arrives_by)))
        }
        ("reserve", true) => (
            "候补",
            format!(
                "谢谢，目前名额已满，请在{}前保持联系，先不要前来。",
                time(&about.reserve_until)
            ),
        ),
        ("reserve", false) => (
            "Reserve",
            format!(
                "Thank you. All places are taken; please stay reachable until {} and do not come \
                 yet.",
                time(&about.reserve_until)
            ),
        ),
        ("withdraw" | "too_late", true) => ("不需要前来", "不需要前来了，谢谢。".to_owned()),
        ("withdraw" | "too_late", false) => {
            ("Do not come", "You need not come any more. Thank you.".to_owned())
        }
        ("cancel", true) => ("不需要前来", "不需要前来了，请返回，谢谢。".to_owned()),
        ("cancel", false) => {
            ("Do not come", "You need not come any more, please turn back. Thank you.".to_owned())
        }
        ("release", true) => ("可以离岗", "您可以离岗了，谢谢支援。".to_owned()),
        ("release", false) => ("You may go home", "You may go home. Thank you.".to_owned()),
        _ => return None,
    };
    let how = if matches!(cause, "offer" | "thank" | "promote" | "reserve") {
        how_to_answer(cause, answering, zh)
    } else {
        String::new()
    };
    let how = how.trim_end();
    let text = match (style.sender, zh) {
        (Some(sender), true) => format!("【{sender}】{text}{how}"),
        (Some(sender), false) => format!("{sender}: {text}{how}"),
        (None, _) => format!("{text}{how}"),
    };
    Some((subject.to_owned(), text))
}

/// Subject and text of the question whether a contact may be used. Whoever has the number now reads
/// it, so it says who asks and nothing else.
pub(super) fn question(
    language: Language,
    sender: Option<&str>,
    answering: &Answering,
) -> (String, String) {
    let zh = language == Language::ZhCn;
    let mut text = match (sender, zh) {
        (Some(sender), true) => format!("【{sender}】"),
        (Some(sender), false) => format!("{sender}: "),
        (None, _) => String::new(),
    };
    text.push_str(if zh {
        "工作上需要支援时，可以用这个联系方式通知您吗？"
    } else {
        "May we use this contact to reach you when help is needed at work?"
    });
    if let Some(link) = &answering.link {
        text.push_str(&if zh {
            format!("请确认：{link} ")
        } else {
            format!(" Answer: {link}")
        });
    }
    if let Some(code) = &answering.code {
        text.push_str(&if zh {
            format!("回复“{code} 1”表示可以，“{code} 9”表示打错了。")
        } else {
            format!(" Text back \"{code} 1\" for yes, \"{code} 9\" for wrong number.")
        });
    }
    if answering.keys {
        text.push_str(if zh {
            "可以请按1，打错了请按9。"
        } else {
            " Press 1 for yes, 9 for wrong number."
        });
    }
    let subject = if zh { "请确认联系方式" } else { "Please confirm this contact" };
    (subject.to_owned(), text.trim_end().to_owned())
}

fn how_to_answer(cause: &str, answering: &Answering, zh: bool) -> String {
    let mut how = String::new();
    if let Some(link) = &answering.link {
        how.push_str(&match (cause, zh) {
            ("offer", true) => format!("答复：{link} "),
            ("offer", false) => format!(" Answer: {link}"),
            (_, true) => format!("如有变化：{link} "),
            (_, false) => format!(" If that changes: {link}"),
        });
    }
    if let Some(code) = &answering.code {
        how.push_str(&match (cause, zh) {
            ("offer", true) => {
                format!("回复“{code} 1”表示来，“{code} 2”表示不来，“{code} 9”表示打错了。")
            }
            ("offer", false) => format!(
                " Text back \"{code} 1\" for yes, \"{code} 2\" for no, \"{code} 9\" for wrong \
                 number."
            ),
            (_, true) => format!("不能来请回复“{code} 2”。"),
            (_, false) => format!(" If you cannot, text back \"{code} 2\"."),
        });
    }
    if answering.keys {
        how.push_str(match (cause, zh) {
            ("offer", true) => "能来请按1，不能来请按2，打错了请按9。",
            ("offer", false) => " Press 1 for yes, 2 for no, 9 for wrong number.",
            (_, true) => "不能来请按2。",
            (_, false) => " If you cannot, press 2.",
        });
    }
    how
}

/// `14:05`, with the day where it is not today.
fn clock(at: Timestamp, now: Timestamp, zone: Tz) -> String {
    let local = |at: Timestamp| at.to_chrono().map(|at| at.with_timezone(&zone));
    match (local(at), local(now)) {
        (Some(at), Some(now)) if at.date_naive() == now.date_naive() => {
            at.format("%H:%M").to_string()
        }
        (Some(at), _) => at.format("%m-%d %H:%M").to_string(),
        (None, _) => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RecallRecord;

    fn record(cause: &str) -> Record {
        let recall = RecallRecord {
            person: Some("p17".into()),
            needed_by: Some("2026-11-28T22:00:00Z".into()),
            answer_by: Some("2026-11-28T20:20:00Z".into()),
            arrives_by: Some("2026-11-28T21:00:00Z".into()),
            reserve_until: Some("2026-11-29T16:30:00Z".into()),
            ..RecallRecord::default()
        };
        let at = "2026-11-28T20:00:00Z".to_owned();
        Record { at, cause: Some(cause.into()), recall: Some(recall), ..Record::default() }
    }

    fn said(cause: &str, language: Language, answering: &Answering) -> Option<String> {
        let style = Style { language, zone: chrono_tz::Asia::Shanghai, sender: None };
        letter(&record(cause), style, answering).map(|(_, text)| text)
    }

    #[test]
    fn an_offer_asks_and_says_how_to_answer() {
        let answering = Answering {
            link: Some("https://r.example/r/x".into()),
            code: Some("K7Q2".into()),
            keys: false,
        };
        assert_eq!(
            said("offer", Language::ZhCn, &answering).as_deref(),
            Some(
                "能请您在06:00前到岗吗？请在04:20前答复。答复：https://r.example/r/x \
                 回复“K7Q2 1”表示来，“K7Q2 2”表示不来，“K7Q2 9”表示打错了。"
            )
        );
        let keys = Answering { keys: true, ..Answering::default() };
        assert_eq!(
            said("offer", Language::En, &keys).as_deref(),
            Some(
                "Can you come to work by 06:00? Please answer by 04:20. Press 1 for yes, 2 for \
                 no, 9 for wrong number."
            )
        );
    }

    #[test]
    fn a_question_says_who_asks_and_how_to_answer() {
        let answering = Answering {
            link: Some("https://r.example/r/x".into()),
            code: Some("K7Q2".into()),
            keys: false,
        };
        let (_, zh) = question(Language::ZhCn, Some("某公司"), &answering);
        assert_eq!(
            zh,
            "【某公司】工作上需要支援时，可以用这个联系方式通知您吗？请确认：https://r.example/r/x \
             回复“K7Q2 1”表示可以，“K7Q2 9”表示打错了。"
        );
        let keys = Answering { keys: true, ..Answering::default() };
        let (subject, en) = question(Language::En, Some("Example"), &keys);
        assert_eq!(subject, "Please confirm this contact");
        assert_eq!(
            en,
            "Example: May we use this contact to reach you when help is needed at work? Press 1 for \
             yes, 9 for wrong number."
        );
    }

    #[test]
    fn another_day_is_named() {
        let none = Answering::default();
        let text = said("reserve", Language::En, &none).expect("told");
        assert!(text.contains("until 11-30 00:30"), "{text}");
    }

    #[test]
    fn whoever_need_not_come_is_asked_nothing() {
        let all = Answering { link: Some("L".into()), code: Some("C".into()), keys: true };
        for cause in ["withdraw", "too_late", "cancel", "release"] {
            for language in Language::ALL {
                let text = said(cause, language, &all).expect("told");
                assert!(!text.contains('L') && !text.contains('C'), "{text}");
            }
        }
    }

    #[test]
    fn nobody_is_told_what_is_for_others() {
        for cause in ["no_show", "block_contact", "filled", "unfilled", "closed", "arrived"] {
            assert_eq!(said(cause, Language::En, &Answering::default()), None, "{cause}");
        }
    }
}
