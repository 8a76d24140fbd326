//! 组长日志：中文。

use super::super::when;
use super::text;
use crate::record::Record;
use chrono_tz::Tz;

pub(super) fn sentence(r: &Record, zone: Tz) -> String {
    match r.kind.as_str() {
        "transition" => transition(r),
        "outage" => outage(r, zone),
        "reminder" => reminder(r, zone),
        "command" => command(r, zone),
        "quality" => quality(r, zone),
        "recall" | "recall_act" => recall(r),
        other => format!("{other} {}。", r.id),
    }
}

fn level(word: &str) -> &str {
    match word {
        "none" => "无支持",
        "L1" => "一级支持",
        "L2" => "二级支持",
        "L3" => "三级支持",
        other => other,
    }
}

fn recall(r: &Record) -> String {
    let what = match (text(&r.cause), text(&r.act)) {
        (cause, "?") => caused(cause),
        (_, act) => acted(act),
    };
    let about = r.recall.as_ref();
    let mut parts = vec![what.to_owned()];
    if about.is_some_and(|about| about.drill) {
        parts.insert(0, "演练".to_owned());
    }
    parts.extend(about.and_then(|about| about.person.clone()));
    let answer = about.and_then(|about| answered(about.answer.as_deref()?));
    parts.extend(answer.map(|answer| format!("答复：{answer}")));
    parts.extend(about.and_then(|about| about.heads).map(|heads| heads.to_string()));
    parts.extend(about.and_then(|about| about.summary.as_ref()).map(summary));
    parts.extend([&r.actor, &r.reason, &r.refused].into_iter().flatten().cloned());
    let id = about.and_then(|about| about.id.as_deref()).unwrap_or("?");
    format!("{} {id}：{}。", text(&r.unit), parts.join("，"))
}

fn summary(s: &crate::recall::Summary) -> String {
    let after = |seconds: Option<u32>| {
        seconds.map_or_else(|| "无".to_owned(), |s| format!("{} 分 {} 秒", s / 60, s % 60))
    };
    format!(
        "需要 {} 人，已通知 {} 人，送达 {} 人，接受 {} 人（首位用时 {}，满员用时 {}），到岗 {} 人，未到岗 {} 人",
        s.need,
        s.asked,
        s.reached,
        s.accepted,
        after(s.first_yes_after_seconds),
        after(s.filled_after_seconds),
        s.came,
        s.no_shows
    )
}

fn caused(cause: &str) -> &str {
    match cause {
        "offer" => "邀请到岗",
        "withdraw" => "撤回邀请",
        "cancel" => "通知返回",
        "thank" => "已确认到岗",
        "reserve" => "列为候补",
        "too_late" => "不需要前来",
        "promote" => "候补转正",
        "no_show" => "未到岗",
        "arrived" => "已到岗",
        "release" => "可以离岗",
        "block_contact" => "联系方式已停用",
        "filled" => "人数已满",
        "unfilled" => "无法补足的人数",
        "closed" => "召回结束",
        "off" => "未启用召回",
        "dry_run" => "演算：需要人数",
        "no_need" => "未召回：需求未知",
        "enough" => "人手充足",
        "no_roster" => "未召回：名册无法读取",
        other => other,
    }
}

/// What the person was answered, where that says more than that it was noted.
fn answered(answer: &str) -> Option<&str> {
    Some(match answer {
        "coming" => "可以前来",
        "reserve" => "候补",
        "declined" => "不来，已登记",
        "do_not_come" => "不需要前来",
        "late" => "到得太晚，不需要前来",
        "here" => "已在岗",
        "blocked" => "联系方式已停用",
        "done" | "refused" => return None,
        other => other,
    })
}

fn acted(act: &str) -> &str {
    match act {
        "start" => "召回开始",
        "change" => "需求变更",
        "candidates" => "补充人选",
        "accept" => "同意前来",
        "decline" => "不能前来",
        "on_the_way" => "已出发",
        "wrong_number" => "打错了",
        "arrival" => "已签入",
        "hold" => "暂停召回",
        "ask_now" => "立即邀请",
        "cancel" => "取消人员",
        "release" => "安排离岗",
        "cancel_all" => "取消召回",
        other => other,
    }
}

fn transition(r: &Record) -> String {
    let why = match text(&r.cause) {
        "detector" => "呼入量异常增长",
        "timer" => "整个时限内未得到有效控制",
        "recovery" => "已持续得到有效控制",
        "reopened" => "结束后不久话务再次突增",
        "manual" => "指挥员下令",
        "closed" => "已到下班时间",
        other => other,
    };
    let (from, to) = (level(text(&r.from)), level(text(&r.to)));
    let mut s = format!("{}：{from} → {to}，{why}", text(&r.unit));
    if let (Some(actor), Some(reason)) = (&r.actor, &r.reason) {
        s.push_str(&format!("（{actor}：{reason}）"));
    }
    if let Some(seconds) = r.late_by_seconds {
        s.push_str(&format!("；迟 {}", when::seconds(seconds)));
    }
    if let (Some(incident), Some(number)) = (r.incident, r.number) {
        s.push_str(&format!("（事件 {incident}，第 {number} 次变更）"));
    }
    s + "。"
}

fn outage(r: &Record, zone: Tz) -> String {
    let source = text(&r.source);
    let since = r.since.as_ref().map(|t| when::clock(zone, t)).unwrap_or_default();
    match text(&r.cause) {
        "report" => format!("数据源 {source} 自 {since} 起无数据：请报告故障。"),
        "notify" => format!("数据源 {source} 自 {since} 起无数据：请通知，并按突增预案安排人员。"),
        "vendor" => format!("数据源 {source} 自 {since} 起无数据：请联系厂商。"),
        "ended" => format!("数据源 {source} 已恢复，此前自 {since} 起无数据。"),
        other => format!("数据源 {source} 故障：{other}，自 {since} 起无数据。"),
    }
}

fn reminder(r: &Record, zone: Tz) -> String {
    let (unit, level) = (text(&r.unit), level(text(&r.level)));
    match text(&r.cause) {
        "unconfirmed" => format!("{unit}：{level}的命令尚未确认。"),
        "still_at_l3" => format!("{unit}：仍为{level}，请再次报告。"),
        "confirm_l3" => {
            let until = r.until.as_ref().map(|t| when::clock(zone, t)).unwrap_or_default();
            format!("{unit}：应升为三级支持，若无答复将于 {until} 自动下令。")
        }
        other => format!("{unit}：{level}，提醒 {other}。"),
    }
}

fn command(r: &Record, zone: Tz) -> String {
    let act = match text(&r.act) {
        "raise" => "升级",
        "lower" => "降级",
        "hold" => "保持",
        "confirm" => "确认",
        "close" => "结束",
        other => other,
    };
    let to = r.level.as_ref().map(|l| format!("至{}", level(l))).unwrap_or_default();
    let mut s =
        format!("{}：{} 下令{act}{to}（{}）", text(&r.unit), text(&r.actor), text(&r.reason));
    if let Some(until) = &r.until {
        s.push_str(&format!("，有效至 {}", when::clock(zone, until)));
    }
    if let Some(refused) = &r.refused {
        s.push_str(&format!("；未执行：{}", refusal(refused)));
    }
    s + "。"
}

/// The refusals that the engine gives, by their English text.
fn refusal(text: &str) -> &str {
    match text {
        "no incident is open" => "没有进行中的事件",
        "the expiry must lie within the allowed time after the command" => "有效期超出允许范围",
        "raise needs a level L1, L2 or L3" => "升级须指定一级、二级或三级",
        other => other,
    }
}

fn quality(r: &Record, zone: Tz) -> String {
    let of = match (&r.unit, &r.source) {
        (Some(unit), Some(source)) => format!("{unit}，数据源 {source}"),
        (Some(unit), None) => unit.clone(),
        (None, Some(source)) => format!("数据源 {source}"),
        (None, None) => "监控程序".to_owned(),
    };
    let what = match text(&r.cause) {
        "blind" => "所有数据源均无信号".to_owned(),
        "sighted" => "数据已恢复".to_owned(),
        "monitor_down" => {
            let since = r.since.as_ref().map(|t| when::stamp(zone, t)).unwrap_or_default();
            format!("自 {since} 起曾停止运行")
        }
        "counters_reset" => "计数变小，按清零处理".to_owned(),
        "source_restarted" => "已重启，其未结束的通话没有结果".to_owned(),
        "closed" => "已下班".to_owned(),
        "policy_changed" => "设置已更改".to_owned(),
        "late_row" => "数据到达过晚，仅更正历史".to_owned(),
        other => other.to_owned(),
    };
    format!("{of}：{what}。")
}
