//! Which column of a table of people is which, by its English or Chinese name.

use crate::roster::{Fault, Kind, Problem};

/// The columns that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    Name,
    Tier,
    Sites,
    Skills,
    PromiseMinutes,
    Language,
    Timezone,
    Rotation,
    Quiet,
    Pierce,
    OptOut,
    VerifiedOn,
    /// One number for text messages and calls.
    Mobile,
    Contact(Kind),
}

/// Column, its name, and what else it is called.
const NAMES: [(Column, &str, &[&str]); 20] = [
    (Column::Id, "id", &["工号", "员工编号", "编号", "staff_id"]),
    (Column::Name, "name", &["姓名"]),
    (Column::Tier, "tier", &["梯队", "级别", "支持级别", "tiers"]),
    (Column::Sites, "sites", &["职场", "地点", "site"]),
    (Column::Skills, "skills", &["技能", "技能组", "skill"]),
    (Column::PromiseMinutes, "promise_minutes", &["到岗承诺", "到岗承诺（分钟）", "承诺分钟"]),
    (Column::Language, "language", &["语言"]),
    (Column::Timezone, "timezone", &["时区"]),
    (Column::Rotation, "rotation", &["轮换", "轮换顺序"]),
    (Column::Quiet, "quiet_hours", &["免打扰", "免打扰时段"]),
    (Column::Pierce, "pierce", &["紧急可打扰", "允许打扰"]),
    (Column::OptOut, "opt_out", &["退出", "不参加"]),
    (Column::VerifiedOn, "verified_on", &["核实日期", "验证日期"]),
    (Column::Mobile, "mobile", &["手机", "手机号", "手机号码"]),
    (Column::Contact(Kind::Sms), "sms", &["短信", "短信号码"]),
    (Column::Contact(Kind::Voice), "voice", &["电话", "座机", "phone"]),
    (Column::Contact(Kind::Email), "email", &["邮箱", "电子邮箱", "e-mail"]),
    (Column::Contact(Kind::Wecom), "wecom", &["企业微信"]),
    (Column::Contact(Kind::Dingtalk), "dingtalk", &["钉钉"]),
    (Column::Contact(Kind::Feishu), "feishu", &["飞书", "lark"]),
];

impl Column {
    /// Its English name.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(column, ..)| *column == self).map_or("", |(_, name, _)| name)
    }

    fn zh(self) -> &'static str {
        let found = NAMES.iter().find(|(column, ..)| *column == self);
        found.and_then(|(.., others)| others.first()).copied().unwrap_or_default()
    }

    fn of(name: &str) -> Option<Self> {
        let same = |known: &str| known.eq_ignore_ascii_case(name);
        let known = |(_, first, others): &&(Self, &str, &[&str])| {
            same(first) || others.iter().any(|other| same(other))
        };
        NAMES.iter().find(known).map(|(column, ..)| *column)
    }
}

/// Where the columns are, in the order of the file.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    known: Vec<(usize, Column)>,
    /// Numbers, from 1, of columns that are not known.
    pub(super) ignored: Vec<usize>,
}

impl Columns {
    /// Reads a header.
    pub(super) fn of(header: &csv::ByteRecord) -> Result<Self, Vec<Problem>> {
        let mut columns = Self { known: Vec::new(), ignored: Vec::new() };
        let mut problems = Vec::new();
        for (at, cell) in header.iter().enumerate() {
            let cell = cell.strip_prefix(b"\xef\xbb\xbf").unwrap_or(cell);
            let name = String::from_utf8_lossy(cell);
            match Column::of(name.trim()) {
                None => columns.ignored.push(at + 1),
                Some(column) if columns.has(column) => {
                    problems.push(Problem::line(1, Fault::ColumnTwice(column.name())));
                }
                Some(column) => columns.known.push((at, column)),
            }
        }
        for column in [Column::Id, Column::Name, Column::Tier] {
            if !columns.has(column) {
                let fault = Fault::NoColumn { column: column.name(), zh: column.zh() };
                problems.push(Problem::line(1, fault));
            }
        }
        if problems.is_empty() { Ok(columns) } else { Err(problems) }
    }

    pub(super) fn has(&self, wanted: Column) -> bool {
        self.at(wanted).is_some()
    }

    pub(super) fn at(&self, wanted: Column) -> Option<usize> {
        self.known.iter().find(|(_, column)| *column == wanted).map(|(at, _)| *at)
    }

    /// The columns with contacts, in the order of the file.
    pub(super) fn contacts(&self) -> impl Iterator<Item = (usize, Column)> {
        let holds = |column| matches!(column, Column::Mobile | Column::Contact(_));
        self.known.iter().copied().filter(move |(_, column)| holds(*column))
    }
}
