//! Values of labels, as people read them. The sets are closed: the metrics have no other.

use super::words::{Words, words};

/// A value of a label, and what it is called.
pub(super) type Term = (&'static str, Words);

/// The levels by number.
pub(super) const LEVELS: [Words; 4] = [
    words("0 normal", "0 正常"),
    words("L1 support", "L1 一级支持"),
    words("L2 support", "L2 二级支持"),
    words("L3 support", "L3 三级支持"),
];

pub(super) const STAGES: &[Term] = &[
    ("none", words("normal", "正常")),
    ("L1", words("L1", "一级支持")),
    ("L2", words("L2", "二级支持")),
    ("L3", words("L3", "三级支持")),
];

pub(super) const CLOCK: &[Term] = &[
    ("idle", words("idle", "未计时")),
    ("running", words("running", "计时中")),
    ("recovering", words("recovering", "恢复中")),
    ("frozen", words("frozen: no data", "冻结：无数据")),
    ("held", words("held by the commander", "指挥员保持")),
];

pub(super) const CONDITIONS: &[Term] = &[
    ("service", words("service in target", "服务达标")),
    ("volume", words("volume in its band", "来话量正常")),
    ("backlog", words("backlog clears in time", "积压可及时消化")),
    ("stand_down", words("step down possible", "可降级")),
];

pub(super) const ORDERS: &[Term] = &[
    ("floor", words("floor", "下限")),
    ("ceiling", words("ceiling", "上限")),
    ("hold", words("hold", "保持")),
    ("closed", words("closed by the commander", "指挥员关闭")),
];

pub(super) const AGENTS: &[Term] = &[
    ("talking", words("talking", "通话中")),
    ("after_call_work", words("after-call work", "话后处理")),
    ("available", words("available", "空闲")),
    ("logged_in", words("logged in", "已签入")),
    ("paused", words("paused", "示忙")),
];

pub(super) const BOUNDS: &[Term] = &[
    ("low", words("at least", "下限")),
    ("likely", words("needed", "需要")),
    ("high", words("at most", "上限")),
];

pub(super) const RECALLED: &[Term] = &[
    ("asked", words("asked", "已通知")),
    ("accepted", words("coming", "已接受")),
    ("declined", words("declined", "已拒绝")),
    ("silent", words("no answer", "未响应")),
    ("arrived", words("at work", "已到岗")),
    ("no_show", words("did not come", "未到岗")),
];

pub(super) const REPLIES: &[Term] = &[
    ("coming", words("coming", "来")),
    ("reserve", words("reserve", "候补")),
    ("declined", words("declined", "不来")),
    ("do_not_come", words("too late", "已不需要")),
    ("verified", words("contact verified", "联系方式已确认")),
    ("blocked", words("wrong number", "打错了")),
    ("here", words("at work already", "已在岗")),
    ("refused", words("refused", "未受理")),
    ("not_understood", words("not understood", "未看懂")),
    ("unsigned", words("not signed", "签名无效")),
];

pub(super) const CHECKS: &[Term] = &[
    ("mode", words("recall mode", "召回模式")),
    ("roster", words("roster", "名册")),
    ("legal", words("legal limits", "法定限制")),
    ("contacts_l2", words("contacts L2", "联系方式（二级）")),
    ("contacts_l3", words("contacts L3", "联系方式（三级）")),
    ("need_l2", words("need L2", "需要人数（二级）")),
    ("need_l3", words("need L3", "需要人数（三级）")),
    ("pool_l2", words("pool L2", "人员储备（二级）")),
    ("pool_l3", words("pool L3", "人员储备（三级）")),
    ("channel", words("channels", "通知渠道")),
    ("reply_links", words("reply links", "答复链接")),
    ("feed", words("sources", "数据源")),
    ("clock", words("clocks", "时钟")),
];

pub(super) const TIERS: &[Term] =
    &[("standby", words("standby", "备班")), ("functional", words("functional", "职能"))];

pub(super) const VERDICTS: &[Term] = &[
    ("learning", words("learning", "学习中")),
    ("normal", words("normal", "正常")),
    ("surge", words("surge", "突增")),
    ("collapse", words("collapse", "骤降")),
    ("stale", words("stale", "数据过期")),
];

pub(super) const PLANS: &[Term] = &[
    ("surge", words("surge of calls", "来话突增")),
    ("acd_outage", words("outage of the ACD", "排队机中断")),
];

pub(super) const OUTCOMES: &[Term] = &[
    ("delivered", words("delivered", "已送达")),
    ("failed", words("failed", "失败")),
    ("retried", words("tried again", "重试")),
    ("expired", words("expired", "已过期")),
    ("ambiguous", words("nobody knows", "结果不明")),
    ("suppressed", words("suppressed", "抑制")),
    ("simulated", words("simulated", "模拟")),
];
