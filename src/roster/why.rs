//! Why a person is not asked, in one sentence each, in English and Chinese.
//!
//! Every reason carries what is needed to check it by hand. Times are told in the person's own zone.

use super::Tier;
use super::local::local;
use crate::config::Language;
use crate::engine::time::Timestamp;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A rule that the commander may turn off for one ask, with a reason that is kept.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Rule {
    /// Rest between work.
    Rest,
    /// Overtime of a day.
    DayOvertime,
    /// Overtime of a month.
    MonthOvertime,
    /// Days of rest in a week.
    WeeklyRest,
    /// Quiet hours.
    QuietHours,
}

/// One reason against asking a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// They are called at other levels.
    WrongTier {
        /// The tier that is asked.
        asked: Tier,
    },
    /// They cannot take these calls.
    LacksSkill {
        /// What is needed.
        skill: String,
    },
    /// They cannot work there.
    OtherSite {
        /// Where they are needed.
        site: String,
    },
    /// They are away.
    OnLeave {
        /// Until when.
        until: Timestamp,
    },
    /// They are at work then anyway.
    OnShift {
        /// Until when.
        until: Timestamp,
    },
    /// They have not rested enough since they last worked.
    RestTooShort {
        /// When they will have.
        until: Timestamp,
    },
    /// They would not rest enough before their next shift.
    RestBeforeShift {
        /// When the shift begins.
        shift: Timestamp,
        /// When they would have to leave.
        leave_by: Timestamp,
    },
    /// The overtime of a day would be too long.
    DayOvertime {
        /// Which day.
        day: NaiveDate,
        /// What it would come to.
        minutes: u32,
        /// What is allowed.
        minutes_max: u32,
    },
    /// The overtime of a month would be too long.
    MonthOvertime {
        /// A day of the month.
        day: NaiveDate,
        /// What it would come to.
        minutes: u32,
        /// What is allowed.
        minutes_max: u32,
    },
    /// Too few days of rest would be left in a week.
    WeeklyRest {
        /// Its Monday.
        week: NaiveDate,
        /// Days that would be left.
        days: u32,
        /// Days that have to be.
        days_min: u32,
    },
    /// They are not to be called now.
    QuietHours {
        /// Until when.
        until: Timestamp,
    },
    /// They do not want to be asked.
    OptedOut,
    /// It is not known of any contact that it reaches them.
    NoVerifiedContact,
    /// Their contacts are blocked: somebody answered that the number is not theirs.
    ContactBlocked,
    /// They are asked or on their way already.
    Engaged,
}

impl Why {
    /// The rule that the commander may turn off; `None` where nobody may.
    pub const fn rule(&self) -> Option<Rule> {
        match self {
            Self::RestTooShort { .. } | Self::RestBeforeShift { .. } => Some(Rule::Rest),
            Self::DayOvertime { .. } => Some(Rule::DayOvertime),
            Self::MonthOvertime { .. } => Some(Rule::MonthOvertime),
            Self::WeeklyRest { .. } => Some(Rule::WeeklyRest),
            Self::QuietHours { .. } => Some(Rule::QuietHours),
            Self::WrongTier { .. }
            | Self::LacksSkill { .. }
            | Self::OtherSite { .. }
            | Self::OnLeave { .. }
            | Self::OnShift { .. }
            | Self::OptedOut
            | Self::NoVerifiedContact
            | Self::ContactBlocked
            | Self::Engaged => None,
        }
    }

    /// The sentence.
    pub fn sentence(&self, language: Language, zone: Tz) -> String {
        match language {
            Language::En => self.en(zone),
            Language::ZhCn => self.zh(zone),
        }
    }

    fn en(&self, zone: Tz) -> String {
        let at = |instant| clock(instant, zone);
        match self {
            Self::WrongTier { asked } => format!("not in the tier {}", asked.word()),
            Self::LacksSkill { skill } => format!("lacks the skill {skill}"),
            Self::OtherSite { site } => format!("does not work at {site}"),
            Self::OnLeave { until } => format!("on leave until {}", at(*until)),
            Self::OnShift { until } => format!("on shift until {}", at(*until)),
            Self::RestTooShort { until } => format!("rest too short until {}", at(*until)),
            Self::RestBeforeShift { shift, leave_by } => format!(
                "rest too short before the shift of {}: would have to leave by {}",
                at(*shift),
                at(*leave_by)
            ),
            Self::DayOvertime { day, minutes, minutes_max } => format!(
                "overtime of {day} would be {} h, allowed are {} h",
                hours(*minutes),
                hours(*minutes_max)
            ),
            Self::MonthOvertime { day, minutes, minutes_max } => format!(
                "overtime of {} would be {} h, allowed are {} h",
                day.format("%Y-%m"),
                hours(*minutes),
                hours(*minutes_max)
            ),
            Self::WeeklyRest { week, days, days_min } => {
                format!("the week of {week} would have {days} days of rest, {days_min} are due")
            }
            Self::QuietHours { until } => format!("quiet hours until {}", at(*until)),
            Self::OptedOut => "opted out".to_owned(),
            Self::NoVerifiedContact => "no verified contact".to_owned(),
            Self::ContactBlocked => "contact blocked as a wrong number".to_owned(),
            Self::Engaged => "already asked or on the way".to_owned(),
        }
    }

    fn zh(&self, zone: Tz) -> String {
        let at = |instant| clock(instant, zone);
        match self {
            Self::WrongTier { asked } => format!("不属于“{}”梯队", asked.zh()),
            Self::LacksSkill { skill } => format!("不具备技能 {skill}"),
            Self::OtherSite { site } => format!("不在职场 {site}"),
            Self::OnLeave { until } => format!("休假至 {}", at(*until)),
            Self::OnShift { until } => format!("当班至 {}", at(*until)),
            Self::RestTooShort { until } => format!("休息时间不足，至 {}", at(*until)),
            Self::RestBeforeShift { shift, leave_by } => {
                format!("距 {} 的班次休息不足，须于 {} 前离岗", at(*shift), at(*leave_by))
            }
            Self::DayOvertime { day, minutes, minutes_max } => format!(
                "{day} 加班将达 {} 小时，上限 {} 小时",
                hours(*minutes),
                hours(*minutes_max)
            ),
            Self::MonthOvertime { day, minutes, minutes_max } => format!(
                "{} 月累计加班将达 {} 小时，上限 {} 小时",
                day.format("%Y-%m"),
                hours(*minutes),
                hours(*minutes_max)
            ),
            Self::WeeklyRest { week, days, days_min } => {
                format!("{week} 起的一周将只剩 {days} 个休息日，至少 {days_min} 个")
            }
            Self::QuietHours { until } => format!("免打扰时段，至 {}", at(*until)),
            Self::OptedOut => "本人已退出召回".to_owned(),
            Self::NoVerifiedContact => "没有已验证的联系方式".to_owned(),
            Self::ContactBlocked => "联系方式因“打错了”被停用".to_owned(),
            Self::Engaged => "已被邀请或正在途中".to_owned(),
        }
    }
}

fn clock(at: Timestamp, zone: Tz) -> String {
    local(at, zone).format("%Y-%m-%d %H:%M").to_string()
}

/// Hours without needless digits: `3`, `3.5`, `0.05`.
fn hours(minutes: u32) -> String {
    let text = format!("{}.{:02}", minutes / 60, minutes % 60 * 100 / 60);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_sentence_in_both_languages() {
        let at = Timestamp::from_secs(1_795_000_000);
        let day = "2026-11-18".parse().unwrap();
        let all = [
            (Why::WrongTier { asked: Tier::Standby }, "not in the tier standby", "备班"),
            (Why::LacksSkill { skill: "售后".into() }, "lacks the skill 售后", "不具备技能"),
            (Why::OtherSite { site: "二楼".into() }, "does not work at 二楼", "不在职场"),
            (Why::OnLeave { until: at }, "on leave until 2026-11-18 19:06", "休假至"),
            (Why::OnShift { until: at }, "on shift until 2026-11-18 19:06", "当班至"),
            (Why::RestTooShort { until: at }, "rest too short until", "休息时间不足"),
            (Why::RestBeforeShift { shift: at, leave_by: at }, "leave by 2026-11", "前离岗"),
            (
                Why::DayOvertime { day, minutes: 210, minutes_max: 180 },
                "overtime of 2026-11-18 would be 3.5 h, allowed are 3 h",
                "2026-11-18 加班将达 3.5 小时，上限 3 小时",
            ),
            (
                Why::MonthOvertime { day, minutes: 2_163, minutes_max: 2_160 },
                "overtime of 2026-11 would be 36.05 h, allowed are 36 h",
                "2026-11 月累计加班将达 36.05 小时",
            ),
            (Why::WeeklyRest { week: day, days: 0, days_min: 1 }, "0 days of rest", "0 个休息日"),
            (Why::QuietHours { until: at }, "quiet hours until", "免打扰时段"),
            (Why::OptedOut, "opted out", "退出"),
            (Why::NoVerifiedContact, "no verified contact", "已验证"),
            (Why::ContactBlocked, "blocked", "打错了"),
            (Why::Engaged, "already asked", "已被邀请"),
        ];
        for (why, en, zh) in all {
            let zone = Tz::Asia__Shanghai;
            let said = why.sentence(Language::En, zone);
            assert!(said.contains(en), "{said}");
            let said = why.sentence(Language::ZhCn, zone);
            assert!(said.contains(zh), "{said}");
        }
        assert_eq!([hours(0), hours(60), hours(90), hours(600)], ["0", "1", "1.5", "10"]);
    }
}
