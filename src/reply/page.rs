//! The page behind a link: text and buttons, made here, whole.
//!
//! It has no script and asks for nothing else, so it works on whatever opens a link: an old telephone,
//! the browser inside a chat, a screen reader. The style is in the page and the policy names its hash,
//! so nothing that was smuggled into a text can run or load. It names no person and no figures; the
//! unit's name is the only word on it that is not ours.

pub mod contact;

use super::standing::{Asking, Standing};
use super::text::Manner;
use crate::config::Language;
use crate::engine::time::Span;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");
/// Minutes that can be chosen beside what the person promises.
const MINUTES: [i64; 6] = [15, 30, 45, 60, 90, 120];

/// What a browser may do with a page: show it, and post its forms to where it came from.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'"
    )
});

/// What a page shows.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// How the person is spoken to.
    pub manner: Manner,
    /// The language can be changed: the roster does not say which it is.
    pub choice: bool,
    /// Which unit asks.
    pub unit: &'a str,
    /// How the person stands.
    pub asking: Asking,
    /// The number that the next press carries.
    pub nonce: &'a str,
}

/// The page of an offer.
pub fn offer(sheet: &Sheet<'_>) -> String {
    let Sheet { manner: m, asking, .. } = *sheet;
    let headline = m.standing(asking.standing);
    let mut body = String::new();
    if asking.drill {
        let note = m.pick("这是演练，不需要真的前来。", "This is a drill: nobody has to come.");
        push(&mut body, format_args!("<p class=\"drill\"><b>{}</b> {note}</p>", m.drill()));
    }
    let tone = match asking.standing {
        Standing::Asked | Standing::Missed | Standing::Again => "ask",
        Standing::Coming { .. } | Standing::Here => "yes",
        Standing::Reserve { .. }
        | Standing::Declined { .. }
        | Standing::DoNotCome { .. }
        | Standing::Late { .. }
        | Standing::Released
        | Standing::Blocked => "no",
    };
    push(&mut body, format_args!("<h1 class=\"{tone}\">{}</h1>", escape(&headline)));
    facts(&mut body, sheet);
    buttons(&mut body, sheet);
    whole(m, sheet.choice, &m.marked(&headline, asking.drill), &body)
}

/// A page that says one thing and has no button.
pub fn plain(m: Manner, text: &str) -> String {
    whole(m, true, text, &format!("<h1 class=\"no\">{}</h1>", escape(text)))
}

fn facts(body: &mut String, sheet: &Sheet<'_>) {
    let Sheet { manner: m, asking, unit, .. } = *sheet;
    let wanted = match asking.standing {
        Standing::Asked
        | Standing::Missed
        | Standing::Again
        | Standing::Declined { open: true }
        | Standing::Late { open: true } => true,
        Standing::Coming { .. } | Standing::Reserve { .. } => false,
        Standing::Here
        | Standing::Declined { open: false }
        | Standing::DoNotCome { .. }
        | Standing::Late { open: false }
        | Standing::Released
        | Standing::Blocked => return,
    };
    let who = m.pick("需要您的是", "Who asks");
    push(
        body,
        format_args!(
            "<dl><div class=\"whole\"><dt>{who}</dt><dd class=\"name\">{}</dd></div>",
            escape(unit)
        ),
    );
    let mut row = |name: &str, at| {
        push(body, format_args!("<div><dt>{name}</dt><dd>{}</dd></div>", m.time(at)));
    };
    row(m.pick("最晚到岗", "Needed by"), asking.needed_by);
    if wanted && asking.standing != Standing::Missed {
        row(m.pick("请在此前回复", "Answer before"), asking.answer_by);
    }
    body.push_str("</dl>");
}

fn buttons(body: &mut String, sheet: &Sheet<'_>) {
    let m = sheet.manner;
    let yes = m.pick("来", "Yes, I am coming");
    let no = m.pick("不来", "No, I cannot");
    match sheet.asking.standing {
        Standing::Asked => {
            travel(body, sheet, ("yes", yes));
            press(body, sheet, ("no", no), "no");
        }
        // A no changes nothing any more.
        Standing::Missed | Standing::Again | Standing::Late { open: true } => {
            travel(body, sheet, ("yes", yes));
        }
        Standing::Coming { left: false, .. } => {
            travel(body, sheet, ("on_the_way", m.pick("我在路上", "I am on my way")));
            press(body, sheet, ("no", m.pick("来不了了", "I cannot come after all")), "no");
        }
        Standing::Coming { left: true, .. } => {
            travel(body, sheet, ("on_the_way", m.pick("更新到达时间", "Change the time")));
            press(body, sheet, ("no", m.pick("来不了了", "I cannot come after all")), "no");
        }
        Standing::Reserve { .. } => press(body, sheet, ("no", no), "no"),
        Standing::Declined { open: true } => {
            travel(body, sheet, ("yes", m.pick("我还是来", "I am coming after all")));
        }
        Standing::Here
        | Standing::Declined { open: false }
        | Standing::DoNotCome { .. }
        | Standing::Late { open: false }
        | Standing::Released
        | Standing::Blocked => {}
    }
    if !matches!(sheet.asking.standing, Standing::Blocked | Standing::Here | Standing::Released) {
        let summary = m.pick("打错了？", "Wrong number?");
        let note = m.pick(
            "如果您不认识我们，请按下面的按钮，我们不会再联系这个号码。",
            "If you do not know us, press the button and this contact will not be used again.",
        );
        push(body, format_args!("<details><summary>{summary}</summary><p>{note}</p>"));
        press(body, sheet, ("wrong_number", m.pick("打错了", "Wrong number")), "plain");
        body.push_str("</details>");
    }
}

/// A button with a choice of minutes.
fn travel(body: &mut String, sheet: &Sheet<'_>, (value, label): (&str, &str)) {
    let m = sheet.manner;
    open(body, sheet);
    let promised = m.minutes(sheet.asking.promise);
    let (ask, same) = match sheet.asking.standing {
        Standing::Coming { .. } => {
            let same = m.pick("时间不变", "as noted").to_owned();
            (m.pick("从现在起多久能到", "There in"), same)
        }
        Standing::Asked
        | Standing::Missed
        | Standing::Reserve { .. }
        | Standing::Here
        | Standing::Declined { .. }
        | Standing::DoNotCome { .. }
        | Standing::Late { .. }
        | Standing::Again
        | Standing::Released
        | Standing::Blocked => {
            let same = match m.language {
                Language::ZhCn => format!("按约定（{promised}）"),
                Language::En => format!("as agreed ({promised})"),
            };
            (m.pick("多久能到", "There in"), same)
        }
    };
    push(body, format_args!("<label>{ask} <select name=\"minutes\">"));
    push(body, format_args!("<option value=\"\">{same}</option>"));
    for minutes in MINUTES {
        let travel = Span::minutes(minutes);
        if is_late(sheet, travel) {
            continue;
        }
        let text = m.minutes(travel);
        push(body, format_args!("<option value=\"{minutes}\">{text}</option>"));
    }
    body.push_str("</select></label>");
    close(body, (value, label), "yes");
}

/// Whether so many minutes give no place, or cost the one that the person has. Once the deadline is
/// past nobody else could be sooner, and who was missed is welcome at any time.
fn is_late(sheet: &Sheet<'_>, travel: Span) -> bool {
    let (now, needed_by) = (sheet.manner.now, sheet.asking.needed_by);
    sheet.asking.standing != Standing::Missed && now < needed_by && now + travel > needed_by
}

fn press(body: &mut String, sheet: &Sheet<'_>, button: (&str, &str), class: &str) {
    open(body, sheet);
    close(body, button, class);
}

fn open(body: &mut String, sheet: &Sheet<'_>) {
    let nonce = escape(sheet.nonce);
    push(
        body,
        format_args!(
            "<form method=\"post\"><input type=\"hidden\" name=\"nonce\" value=\"{nonce}\">"
        ),
    );
}

fn close(body: &mut String, (value, label): (&str, &str), class: &str) {
    push(
        body,
        format_args!(
            "<button class=\"{class}\" name=\"reply\" value=\"{value}\">{label}</button></form>"
        ),
    );
}

fn whole(m: Manner, choice: bool, title: &str, body: &str) -> String {
    let (tag, title) = (m.language.tag(), escape(title));
    let other = match m.language {
        Language::ZhCn => "<a href=\"?lang=en\" lang=\"en\">English</a>",
        Language::En => "<a href=\"?lang=zh-CN\" lang=\"zh-CN\">中文</a>",
    };
    let other = if choice { format!("<p class=\"other\">{other}</p>") } else { String::new() };
    format!(
        "<!DOCTYPE html>\n<html lang=\"{tag}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main>{body}</main>{other}</body></html>\n"
    )
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    // A string takes everything.
    let _ = text.write_fmt(what);
}

/// A text in which nothing is markup, for HTML and XML.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::Timestamp;

    const T0: Timestamp = Timestamp::from_secs(1_795_896_000);
    const STANDINGS: [Standing; 15] = [
        Standing::Asked,
        Standing::Missed,
        Standing::Coming { arrives_by: T0, left: false },
        Standing::Coming { arrives_by: T0, left: true },
        Standing::Reserve { until: T0 },
        Standing::Here,
        Standing::Declined { open: true },
        Standing::Declined { open: false },
        Standing::DoNotCome { turn_back: false },
        Standing::DoNotCome { turn_back: true },
        Standing::Late { open: true },
        Standing::Late { open: false },
        Standing::Again,
        Standing::Released,
        Standing::Blocked,
    ];

    fn page(language: Language, standing: Standing, unit: &str, drill: bool) -> String {
        page_at(T0, language, standing, unit, drill)
    }

    fn page_at(
        now: Timestamp,
        language: Language,
        standing: Standing,
        unit: &str,
        drill: bool,
    ) -> String {
        let manner = Manner { language, timezone: chrono_tz::Asia::Shanghai, now };
        let (needed_by, answer_by) = (T0 + Span::hours(2), T0 + Span::minutes(20));
        let promise = Span::minutes(30);
        let asking = Asking { standing, needed_by, answer_by, promise, drill };
        offer(&Sheet { manner, choice: true, unit, asking, nonce: "a-number" })
    }

    #[test]
    fn nothing_on_it_is_younger_than_the_telephones() {
        for word in ["grid", "var(", "clamp(", "min(", "max(", "gap:", "inset", ":is(", ":has("] {
            assert!(!STYLE.contains(word), "{word}");
        }
        let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
        assert!(POLICY.contains(&hash), "the page has the style that the policy allows");
    }

    #[test]
    fn every_page_is_whole_and_names_are_no_markup() {
        let nasty = "</dd><script>x</script> \" ' & <b";
        for language in Language::ALL {
            for standing in STANDINGS {
                for drill in [true, false] {
                    let page = page(language, standing, nasty, drill);
                    let place = format!("{language:?} {standing:?}: {page}");
                    assert!(!page.contains("<script") && !page.contains("<b>x"), "{place}");
                    for tag in ["form", "div", "dl", "details", "main", "select", "button"] {
                        let opened = page.matches(&format!("<{tag}")).count();
                        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{place}");
                    }
                    let forms = page.matches("<form method=\"post\">").count();
                    assert_eq!(forms, page.matches("value=\"a-number\"").count(), "{place}");
                    assert_eq!(page.contains("class=\"drill\""), drill, "{place}");
                }
            }
        }
    }

    /// The minutes that can be chosen so many minutes after the page of T0, which has two hours.
    fn offered(standing: Standing, after: i64) -> Vec<i64> {
        let page = page_at(T0 + Span::minutes(after), Language::En, standing, "North", false);
        let options = page.split("<option value=\"").skip(1);
        options.filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
    }

    #[test]
    fn minutes_that_would_be_too_late_are_not_offered() {
        let coming = Standing::Coming { arrives_by: T0, left: false };
        for standing in [Standing::Asked, Standing::Again, coming] {
            assert_eq!(offered(standing, 0), MINUTES, "{standing:?}");
            assert_eq!(offered(standing, 1), [15, 30, 45, 60, 90], "{standing:?}");
            assert_eq!(offered(standing, 100), [15], "{standing:?}");
            assert_eq!(offered(standing, 110), [0; 0], "{standing:?}");
        }
        assert_eq!(offered(coming, 120), MINUTES, "nobody else could be sooner");
        assert_eq!(offered(Standing::Missed, 110), MINUTES, "who was missed is welcome");
        let page = page_at(T0 + Span::minutes(119), Language::En, Standing::Asked, "North", false);
        assert!(page.contains("as agreed (30 min)"), "what was promised can always be said");
    }

    #[test]
    fn who_is_not_wanted_can_press_nothing_that_asks_for_a_place() {
        for language in Language::ALL {
            for standing in STANDINGS {
                let page = page(language, standing, "North", false);
                let yes = page.contains("value=\"yes\"") || page.contains("value=\"on_the_way\"");
                let may = matches!(
                    standing,
                    Standing::Asked
                        | Standing::Missed
                        | Standing::Coming { .. }
                        | Standing::Declined { open: true }
                        | Standing::Late { open: true }
                        | Standing::Again
                );
                assert_eq!(yes, may, "{standing:?}");
            }
        }
    }
}
