//! Which rows were not judged, and why?
//!
//! Counted by reason, so that a report never passes for one of the whole file. Rows that are older
//! than a row before them are counted beside it: their queue may have judged them, but the unit had
//! moved on, so they are in no sum and raise no level.

use super::Row;
use super::judge::Judged;
use crate::engine::observation::Form;
use crate::engine::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Why a row was not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It could not be read.
    Unreadable,
    /// The cell of the calls is empty.
    Empty,
    /// It is no interval, or one that its source had not finished.
    NoInterval,
    /// No unit lists its queue.
    NoUnit,
    /// It begins before a row before it of its queue ends.
    OutOfOrder,
    /// Too little came before it.
    Learning,
}

impl Why {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unreadable => "cannot be read",
            Self::Empty => "tell no calls",
            Self::NoInterval => "are no finished interval",
            Self::NoUnit => "are of queues that no unit lists",
            Self::OutOfOrder => "begin before an earlier row of their queue ends",
            Self::Learning => "came before anything was known",
        }
    }

    /// For people, in Chinese.
    pub const fn words_zh(self) -> &'static str {
        match self {
            Self::Unreadable => "无法读取",
            Self::Empty => "未填呼入量",
            Self::NoInterval => "不是已结束的时段",
            Self::NoUnit => "所属队列不在任何指挥单元",
            Self::OutOfOrder => "早于同队列前一行的结束时间",
            Self::Learning => "此前尚无可参照的数据",
        }
    }
}

/// The rows that were not judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeftOut {
    /// How many for each reason.
    pub counts: BTreeMap<Why, u64>,
    /// End of the row that the first one out of order comes behind.
    pub behind: Option<Timestamp>,
    /// Rows that are older than a row before them, of whatever queue.
    pub older: u64,
}

impl LeftOut {
    /// Of rows and what was said of them.
    pub fn of(rows: &[Row], judged: &[Result<Judged, Why>]) -> Self {
        let mut left = Self::default();
        let mut newest = Timestamp::MIN;
        for (row, judged) in rows.iter().zip(judged) {
            let why = match judged {
                Err(why) => Some(*why),
                Ok(judged) => judged.evidence.is_none().then_some(Why::Learning),
            };
            if let Some(why) = why {
                *left.counts.entry(why).or_default() += 1;
            }
            if why == Some(Why::OutOfOrder) {
                left.behind.get_or_insert(newest);
            }
            let Ok(Form::Interval(row)) = row.told.as_ref().map(|draft| &draft.form) else {
                continue;
            };
            left.older += u64::from(row.end < newest);
            newest = newest.max(row.end);
        }
        left
    }

    /// How many are left out for a reason.
    pub fn count(&self, why: Why) -> u64 {
        self.counts.get(&why).copied().unwrap_or(0)
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }
}
