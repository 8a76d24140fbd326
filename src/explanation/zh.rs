//! 中文的说明。

use super::chance::Chance;
use super::{Figures, Length, Said};
use crate::engine::verdict::Method;

pub(super) fn sentence(said: &Said<'_>, figures: Option<&Figures>, since: Option<&str>) -> String {
    let subject = match said.queue {
        Some(queue) => format!("队列 {queue}"),
        None => format!("单元 {} 合计", said.unit),
    };
    let what = match said.verdict {
        "learning" => "正在学习",
        "normal" => "呼入量正常",
        "surge" => "呼入量异常增长",
        "collapse" => "呼入量骤降",
        "stale" => "无数据",
        other => other,
    };
    let mut s = format!("{subject}：{what}");
    if let Some((seen, needed)) = said.progress {
        s.push_str(&format!("，已有 {seen} 个时段，需 {needed} 个"));
    }
    if let Some(since) = since {
        s.push_str(&format!("，自 {since} 起"));
    }
    if let Some(f) = figures {
        s.push_str(&calls(f));
        if said.verdict == "surge" && f.below {
            s.push_str("（可能正在结束）");
        }
        if said.verdict == "normal" {
            s.push_str(&format!("，上限 {} 通", f.upper));
        }
        if let Some(since) = &f.since {
            s.push_str(&format!("，自 {since} 起"));
        }
        if let Some(chance) = f.chance {
            s.push_str(&format!("；{}", often(chance)));
        }
        if said.verdict != "normal" || f.chance.is_some() || f.learning {
            s.push_str(&format!("；{}", rule(f)));
        }
        if said.verdict == "collapse" {
            s.push_str("；中继可能中断");
        }
    }
    s + "。"
}

fn calls(f: &Figures) -> String {
    let length = f.length.map(length_of).unwrap_or_default();
    format!("，{length}呼入 {} 通，平时 {} 通", f.observed, f.expected)
}

fn length_of(length: Length) -> String {
    match length {
        Length::Hours(n) => format!("{n} 小时"),
        Length::Minutes(n) => format!("{n} 分钟"),
        Length::Seconds(n) => format!("{n} 秒"),
    }
}

fn often(chance: Chance) -> String {
    match chance {
        Chance::Daily => "偶然出现每天不止一次".to_owned(),
        Chance::TimesAMonth(n) => format!("偶然出现约每月 {n} 次"),
        Chance::Monthly => "偶然出现约每月一次".to_owned(),
        Chance::Months(n) => format!("偶然出现约 {n} 个月一次"),
        Chance::Yearly => "偶然出现约一年一次".to_owned(),
        Chance::Years(n) => format!("偶然出现约 {n} 年一次"),
        Chance::Never => "偶然出现的机会百年不到一次".to_owned(),
    }
}

fn rule(f: &Figures) -> String {
    let test = match f.method {
        Method::Burst => "突增检验",
        Method::Step => "阶跃检验",
        Method::Slow => "缓升检验",
        Method::Empty => "连续空时段",
        Method::Provisional => return "临时基线，翻倍以上才判定".to_owned(),
    };
    let on = if f.learning { "（临时基线）" } else { "" };
    format!("{test}{on}")
}
