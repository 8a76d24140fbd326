//! What was found in one sentence, in English and Chinese. No names: they stand beside it.

use super::{Finding, Lag, Reached};
use crate::config::{Language, RecallMode};
use crate::engine::time::Span;
use chrono_tz::Tz;

impl Finding {
    /// The sentence. Times are told in `zone`.
    pub fn sentence(&self, language: Language, zone: Tz) -> String {
        match language {
            Language::En => self.english(zone),
            Language::ZhCn => self.chinese(zone),
        }
    }

    fn english(&self, zone: Tz) -> String {
        match self {
            Self::Mode(RecallMode::Off) => "recall is off: nobody is asked".into(),
            Self::Mode(RecallMode::DryRun) => {
                "recall is a dry run: it is computed and told, and nobody is asked".into()
            }
            Self::Mode(RecallMode::Automatic) => "people are asked at L2 and L3".into(),
            Self::Roster { people } => format!("readable without its key; {people} people"),
            Self::RosterUnreadable => "cannot be read; the log says why".into(),
            Self::RosterNotSet => "none is configured".into(),
            Self::Legal { own: true } => "limits of your own file".into(),
            Self::Legal { own: false } => "the limits that ship with the program (China)".into(),
            Self::Contacts { people: 0, .. } => {
                "nobody in the roster is called at this level".into()
            }
            Self::Contacts { without: 0, people } => {
                format!("all of {people} have a verified contact")
            }
            Self::Contacts { without, people } => {
                format!("{without} of {people} have no verified contact")
            }
            Self::Need { heads: 0 } => "nobody is missing now".into(),
            Self::Need { heads } => format!("heads that would be asked for now: {heads}"),
            Self::NoNeed => "cannot be computed, and no fallback heads are set".into(),
            Self::Pool { pool, fallback } => {
                let need = if *fallback { "set as fallback" } else { "needed now" };
                format!(
                    "could be asked: {}; of ten recalls nine bring {} or more; {need}: {}",
                    pool.people, pool.heads_p90, pool.need
                )
            }
            Self::PoolWithoutNeed { people, heads } => format!(
                "could be asked: {people}; of ten recalls nine bring {heads} or more; \
                 how many are needed is not known"
            ),
            Self::Channel(Reached::Answers) => "answers".into(),
            Self::Channel(Reached::NoAnswer) => {
                "does not answer as it should; the log says how".into()
            }
            Self::Channel(Reached::Delivered) => "the last message arrived".into(),
            Self::Channel(Reached::GivenUp { messages }) => {
                format!("{messages} messages were given up since the last check")
            }
            Self::Channel(Reached::Waits { since }) => {
                format!("a message has been waiting since {}", clock(*since, zone))
            }
            Self::Channel(Reached::Untried) => "nothing was sent so far".into(),
            Self::ReplyLinks(Some(true)) => "set up".into(),
            Self::ReplyLinks(Some(false)) => "not set up: nobody can reply by a link".into(),
            Self::ReplyLinks(None) => "not known".into(),
            Self::Speaks => "gives signs of life".into(),
            Self::Silent { since } => format!("no sign of life since {}", clock(*since, zone)),
            Self::NeverHeard { since } => {
                format!("never heard, expected since {}", clock(*since, zone))
            }
            Self::NotHeardYet => "not heard yet; its time is not over".into(),
            Self::Clock(Lag::Read(ahead)) => {
                format!("its clock, which was read, is {} {}", seconds(*ahead), ahead_en(*ahead))
            }
            Self::Clock(Lag::Stamps(late)) if *late < Span::ZERO => {
                format!("its newest stamps lie {} s ahead of the clock here", seconds(*late))
            }
            Self::Clock(Lag::Stamps(late)) if *late < super::CLOCK_APART_MAX => {
                format!("its stamps come within {} s of the clock here", seconds(*late))
            }
            Self::Clock(Lag::Stamps(late)) => format!(
                "its stamps come {} s late: late data or a slow clock, which nobody can tell apart",
                seconds(*late)
            ),
            Self::ClockUnheard => "nothing was heard to compare clocks by".into(),
        }
    }

    fn chinese(&self, zone: Tz) -> String {
        match self {
            Self::Mode(RecallMode::Off) => "召回未启用：不会联系任何人".into(),
            Self::Mode(RecallMode::DryRun) => "召回为试算：只计算和记录，不联系任何人".into(),
            Self::Mode(RecallMode::Automatic) => "到 L2、L3 时自动联系人员".into(),
            Self::Roster { people } => format!("无需密钥即可读取，共 {people} 人"),
            Self::RosterUnreadable => "无法读取，原因见日志".into(),
            Self::RosterNotSet => "未配置".into(),
            Self::Legal { own: true } => "使用自有文件的限制".into(),
            Self::Legal { own: false } => "使用程序自带的限制（中国）".into(),
            Self::Contacts { people: 0, .. } => "名册中没有该级别的人员".into(),
            Self::Contacts { without: 0, people } => format!("{people} 人均有已验证的联系方式"),
            Self::Contacts { without, people } => {
                format!("{people} 人中有 {without} 人没有已验证的联系方式")
            }
            Self::Need { heads: 0 } => "当前不缺人".into(),
            Self::Need { heads } => format!("当前需召回 {heads} 人"),
            Self::NoNeed => "无法计算，也未设置后备人数".into(),
            Self::Pool { pool, fallback } => {
                let need = if *fallback { "后备设置" } else { "当前需要" };
                format!(
                    "可联系 {} 人，十次召回中九次至少来 {} 人，{need} {} 人",
                    pool.people, pool.heads_p90, pool.need
                )
            }
            Self::PoolWithoutNeed { people, heads } => {
                format!("可联系 {people} 人，十次召回中九次至少来 {heads} 人，需要多少人未知")
            }
            Self::Channel(Reached::Answers) => "应答正常".into(),
            Self::Channel(Reached::NoAnswer) => "应答异常，详见日志".into(),
            Self::Channel(Reached::Delivered) => "最近一条消息已送达".into(),
            Self::Channel(Reached::GivenUp { messages }) => {
                format!("自上次检查以来有 {messages} 条消息放弃投递")
            }
            Self::Channel(Reached::Waits { since }) => {
                format!("有消息自 {} 起一直等待", clock(*since, zone))
            }
            Self::Channel(Reached::Untried) => "尚未发送过".into(),
            Self::ReplyLinks(Some(true)) => "已配置".into(),
            Self::ReplyLinks(Some(false)) => "未配置：无法通过链接答复".into(),
            Self::ReplyLinks(None) => "未知".into(),
            Self::Speaks => "有数据到达".into(),
            Self::Silent { since } => format!("自 {} 起无数据", clock(*since, zone)),
            Self::NeverHeard { since } => {
                format!("从未有数据，应自 {} 起到达", clock(*since, zone))
            }
            Self::NotHeardYet => "尚无数据，时限未到".into(),
            Self::Clock(Lag::Read(ahead)) => {
                let word = if *ahead < Span::ZERO { "慢" } else { "快" };
                format!("读取其时钟，比本机{word} {} 秒", seconds(*ahead))
            }
            Self::Clock(Lag::Stamps(late)) if *late < Span::ZERO => {
                format!("其最新时间戳比本机时钟超前 {} 秒", seconds(*late))
            }
            Self::Clock(Lag::Stamps(late)) if *late < super::CLOCK_APART_MAX => {
                format!("其时间戳与本机时钟相差不超过 {} 秒", seconds(*late))
            }
            Self::Clock(Lag::Stamps(late)) => {
                format!("其时间戳晚到 {} 秒：数据迟到还是时钟偏慢，无法区分", seconds(*late))
            }
            Self::ClockUnheard => "没有可用于对时的数据".into(),
        }
    }
}

const fn ahead_en(ahead: Span) -> &'static str {
    if ahead.as_millis() < 0 { "s behind ours" } else { "s ahead of ours" }
}

/// Seconds with a tenth, without a sign.
fn seconds(span: Span) -> String {
    let tenths = (span.as_millis().unsigned_abs() + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Day and time in a zone.
fn clock(at: crate::engine::time::Timestamp, zone: Tz) -> String {
    let local = at.to_chrono().map(|at| at.with_timezone(&zone).format("%m-%d %H:%M").to_string());
    local.unwrap_or_else(|| at.to_string())
}
