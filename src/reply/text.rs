//! What a person reads or hears: sentences in two languages, times by the person's clock.
//!
//! Short, since half of them are read aloud or sent as a text message, and plain: whoever is woken at
//! night reads the first words. Nothing here names a person, a number or how many are missing.

use super::standing::Standing;
use crate::config::Language;
use crate::engine::time::{Span, Timestamp};
use crate::record::Record;
use crate::roster::asking::AskedState;
use chrono_tz::Tz;

/// How a person is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// In which language.
    pub language: Language,
    /// By which clock.
    pub timezone: Tz,
    /// The present instant: times of today are told without their date.
    pub now: Timestamp,
}

impl Manner {
    /// One of two texts.
    pub fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::ZhCn => zh,
            Language::En => en,
        }
    }

    /// An instant, with its date where that is not today's.
    pub fn time(&self, at: Timestamp) -> String {
        let (Some(at), Some(now)) = (at.to_chrono(), self.now.to_chrono()) else {
            return "—".to_owned();
        };
        let (at, now) = (at.with_timezone(&self.timezone), now.with_timezone(&self.timezone));
        if at.date_naive() == now.date_naive() {
            return at.format("%H:%M").to_string();
        }
        at.format(self.pick("%-m月%-d日 %H:%M", "%-d %b, %H:%M")).to_string()
    }

    /// A length in whole minutes.
    pub fn minutes(&self, span: Span) -> String {
        let minutes = span.as_millis() / 60_000;
        match self.language {
            Language::ZhCn => format!("{minutes} 分钟"),
            Language::En => format!("{minutes} min"),
        }
    }

    /// What stands in front of everything in a drill.
    pub fn drill(&self) -> &'static str {
        match self.language {
            Language::ZhCn => "演练",
            Language::En => "DRILL",
        }
    }

    /// Where a person stands, in one or two sentences.
    pub fn standing(&self, standing: Standing) -> String {
        let zh = self.language == Language::ZhCn;
        match standing {
            Standing::Asked => self.pick("您能来上班吗？", "Can you come in to work?").into(),
            Standing::Missed => self
                .pick(
                    "您尚未到岗。如仍能来，请按下面的按钮。",
                    "You have not arrived. If you are still coming, press the button.",
                )
                .into(),
            Standing::Coming { arrives_by, left } => {
                let at = self.time(arrives_by);
                match (zh, left) {
                    (true, false) => format!("已登记：请于 {at} 前到岗。"),
                    (true, true) => format!("已登记您在路上：请于 {at} 前到岗。"),
                    (false, false) => format!("Noted: you are coming. Please be there by {at}."),
                    (false, true) => format!("Noted: you are on the way, there by {at}."),
                }
            }
            Standing::Reserve { until } => {
                let at = self.time(until);
                if zh {
                    format!("名额已满，您是候补。请先不要出发，{at} 前保持联系。")
                } else {
                    format!(
                        "All places are taken; you are a reserve. Do not set out yet, and stay \
                         reachable until {at}."
                    )
                }
            }
            Standing::Here => {
                self.pick("您已到岗，谢谢。", "You are at work already. Thank you.").into()
            }
            Standing::Declined { .. } => {
                self.pick("已登记：您不来。", "Noted: you are not coming.").into()
            }
            Standing::DoNotCome { turn_back: false } => {
                self.pick("不需要前来。谢谢。", "Please do not come. Thank you.").into()
            }
            Standing::DoNotCome { turn_back: true } => self
                .pick(
                    "召回已取消，请不要前来；已出发的请返回。谢谢。",
                    "The recall is cancelled: please do not come, and turn back if you have set \
                     out. Thank you.",
                )
                .into(),
            Standing::Late { open: false } => self
                .pick(
                    "那时已不再需要，请不要前来。谢谢。",
                    "That is later than people are needed: please do not come. Thank you.",
                )
                .into(),
            Standing::Late { open: true } => self
                .pick(
                    "那时已不再需要，请不要前来。如能提早到岗，请重新选择时间。",
                    "That is later than people are needed: please do not come. If you can be \
                     there sooner, choose again.",
                )
                .into(),
            Standing::Again => self
                .pick(
                    "又有名额了，您能来上班吗？",
                    "A place is free again. Can you come in to work?",
                )
                .into(),
            Standing::Released => {
                self.pick("您可以下班了，谢谢。", "You may go home. Thank you.").into()
            }
            Standing::Blocked => self
                .pick(
                    "抱歉打扰。我们不会再使用这个联系方式。",
                    "Sorry for the trouble. This contact will not be used again.",
                )
                .into(),
        }
    }

    /// What the driver answered, for a text message or a call.
    pub fn answer(&self, record: &Record, drill: bool) -> String {
        let recall = record.recall.as_ref();
        let instant = |text: Option<&String>| {
            text.and_then(|text| Timestamp::parse_rfc3339(text).ok()).unwrap_or(self.now)
        };
        let standing = match recall.and_then(|r| r.answer.as_deref()).unwrap_or_default() {
            "coming" => {
                let arrives_by = instant(recall.and_then(|r| r.arrives_by.as_ref()));
                Standing::Coming { arrives_by, left: false }
            }
            "reserve" => {
                let until = instant(recall.and_then(|r| r.reserve_until.as_ref()));
                Standing::Reserve { until }
            }
            "declined" => Standing::Declined { open: false },
            "late" => Standing::Late { open: false },
            "here" => Standing::Here,
            "blocked" => Standing::Blocked,
            _ => Standing::DoNotCome { turn_back: false },
        };
        self.marked(&self.standing(standing), drill)
    }

    /// A sentence behind the mark of a drill.
    pub fn marked(&self, text: &str, drill: bool) -> String {
        if drill { format!("{} {text}", self.drill()) } else { text.to_owned() }
    }

    /// What a text message is answered that says nothing sound.
    pub fn help(&self) -> &'static str {
        match self.language {
            Language::ZhCn => {
                "没看懂您的回复。请回复：回复码 空格 1（来）或 2（不来），例如 K7Q2 1 40 表示 40 \
                 分钟内到。打错了请回复 9。"
            }
            Language::En => {
                "Sorry, we could not read that. Reply with your code and 1 (yes) or 2 (no), for \
                 example K7Q2 1 40 to be there in 40 minutes. Wrong number? Reply 9."
            }
        }
    }

    /// What is said after a key that means nothing.
    pub fn keys(&self) -> &'static str {
        match self.language {
            Language::ZhCn => "来请按 1，不来请按 2，打错了请按 9。",
            Language::En => "Press 1 to come, 2 if you cannot, 9 if this is a wrong number.",
        }
    }

    /// How a contact stands whose owner was asked whether it may be used.
    pub fn contact(&self, state: AskedState) -> String {
        match state {
            AskedState::Open => self
                .pick(
                    "工作上需要支援时，可以用这个联系方式通知您吗？",
                    "May we use this contact to reach you when help is needed at work?",
                )
                .into(),
            AskedState::Verified => {
                self.pick("已确认，谢谢。", "Thank you. Noted: this contact may be used.").into()
            }
            AskedState::Blocked => self.standing(Standing::Blocked),
        }
    }

    /// What a text message is answered that does not say whether a contact may be used.
    pub fn contact_help(&self, code: &str) -> String {
        match self.language {
            Language::ZhCn => {
                format!("没看懂您的回复。可以请回复“{code} 1”，打错了请回复“{code} 9”。")
            }
            Language::En => format!(
                "Sorry, we could not read that. Reply \"{code} 1\" for yes, \"{code} 9\" for wrong \
                 number."
            ),
        }
    }

    /// What is said after a key that does not say whether a contact may be used.
    pub fn contact_keys(&self) -> &'static str {
        self.pick("可以请按 1，打错了请按 9。", "Press 1 for yes, 9 if this is a wrong number.")
    }

    /// What is said where nothing is sure to have happened.
    pub fn failed(&self) -> &'static str {
        match self.language {
            Language::ZhCn => "暂时无法登记，请稍后再试一次。",
            Language::En => "Your answer could not be noted just now. Please try again.",
        }
    }

    /// What is said of a code that is of no offer of the sender's.
    pub fn no_code(&self) -> &'static str {
        match self.language {
            Language::ZhCn => "此回复码无效或已停用。除非另有通知，请不要前来。",
            Language::En => {
                "That code is not, or no longer, in use. Do not come unless you have been told so."
            }
        }
    }

    /// What is said of a link that is of no offer.
    pub fn unknown(&self) -> &'static str {
        match self.language {
            Language::ZhCn => "此链接无效或已停用。除非另有通知，请不要前来。",
            Language::En => {
                "This link is not, or no longer, in use. Do not come unless you have been told so."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RecallRecord;

    fn manner(language: Language) -> Manner {
        let now = Timestamp::parse_rfc3339("2026-11-28T12:30:00Z").expect("valid");
        Manner { language, timezone: chrono_tz::Asia::Shanghai, now }
    }

    #[test]
    fn times_are_local_and_have_a_date_only_on_another_day() {
        let [en, zh] = [Language::En, Language::ZhCn].map(manner);
        assert_eq!(en.time(en.now + Span::hours(1)), "21:30");
        assert_eq!(en.time(en.now + Span::hours(4)), "29 Nov, 00:30");
        assert_eq!(zh.time(zh.now + Span::hours(4)), "11月29日 00:30");
        assert_eq!(zh.minutes(Span::secs(119)), "1 分钟");
    }

    #[test]
    fn an_answer_is_told_as_the_driver_gave_it() {
        let of = |answer: &str| Record {
            recall: Some(RecallRecord {
                answer: Some(answer.into()),
                arrives_by: Some("2026-11-28T13:10:00Z".into()),
                ..RecallRecord::default()
            }),
            ..Record::default()
        };
        let zh = manner(Language::ZhCn);
        assert_eq!(zh.answer(&of("coming"), true), "演练 已登记：请于 21:10 前到岗。");
        for unknown in ["refused", "do_not_come", ""] {
            assert_eq!(zh.answer(&of(unknown), false), "不需要前来。谢谢。");
        }
        assert_eq!(zh.answer(&of("late"), false), "那时已不再需要，请不要前来。谢谢。");
        let en = manner(Language::En);
        assert_eq!(en.answer(&of("declined"), false), "Noted: you are not coming.");
    }
}
