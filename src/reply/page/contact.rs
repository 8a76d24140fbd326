//! The page that asks the owner of a contact whether it may be used.
//!
//! Two buttons and who asks. It names neither the person nor the contact: whoever opens the link may
//! be somebody else. A press needs no number, since the same again changes nothing.

use super::{Manner, escape, push, whole};
use crate::roster::asking::AskedState;

/// What it shows.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// How the person is spoken to.
    pub manner: Manner,
    /// The language can be changed: the roster does not say which it is.
    pub choice: bool,
    /// Who asks.
    pub sender: Option<&'a str>,
    /// How the contact stands.
    pub state: AskedState,
}

/// The page.
pub fn question(question: &Question<'_>) -> String {
    let Question { manner: m, choice, sender, state } = *question;
    let headline = m.contact(state);
    let mut body = String::new();
    let tone = match state {
        AskedState::Open => "ask",
        AskedState::Verified => "yes",
        AskedState::Blocked => "no",
    };
    push(&mut body, format_args!("<h1 class=\"{tone}\">{}</h1>", escape(&headline)));
    if let Some(sender) = sender {
        push(
            &mut body,
            format_args!(
                "<dl><div class=\"whole\"><dt>{}</dt><dd class=\"name\">{}</dd></div></dl>",
                m.pick("询问方", "Who asks"),
                escape(sender)
            ),
        );
    }
    match state {
        AskedState::Open => {
            button(&mut body, ("yes", m.pick("可以", "Yes, it may be used")), "yes");
            let not_me = m.pick("打错了，不是我", "Not me, wrong number");
            button(&mut body, ("wrong_number", not_me), "no");
        }
        AskedState::Verified => {
            let summary = m.pick("打错了？", "Wrong number?");
            push(&mut body, format_args!("<details><summary>{summary}</summary>"));
            button(&mut body, ("wrong_number", m.pick("打错了", "Wrong number")), "plain");
            body.push_str("</details>");
        }
        AskedState::Blocked => {}
    }
    whole(m, choice, &headline, &body)
}

fn button(body: &mut String, (value, label): (&str, &str), class: &str) {
    push(
        body,
        format_args!(
            "<form method=\"post\"><button class=\"{class}\" name=\"reply\" \
             value=\"{value}\">{label}</button></form>"
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Language;
    use crate::engine::time::Timestamp;

    #[test]
    fn it_asks_until_it_is_answered_and_runs_nothing() {
        let nasty = "</dd><script>x</script> \" ' & <b";
        for language in Language::ALL {
            let manner = Manner {
                language,
                timezone: chrono_tz::Asia::Shanghai,
                now: Timestamp::from_secs(1_795_896_000),
            };
            for (state, yes, wrong) in [
                (AskedState::Open, 1, 1),
                (AskedState::Verified, 0, 1),
                (AskedState::Blocked, 0, 0),
            ] {
                let sender = Some(nasty);
                let page = question(&Question { manner, choice: true, sender, state });
                let count = |what: &str| page.matches(what).count();
                assert_eq!(count("value=\"yes\""), yes, "{page}");
                assert_eq!(count("value=\"wrong_number\""), wrong, "{page}");
                assert_eq!(count("<form method=\"post\">"), yes + wrong, "{page}");
                assert!(!page.contains("<script") && !page.contains("& <b"), "{page}");
                for tag in ["form", "div", "dl", "details", "main", "button"] {
                    assert_eq!(count(&format!("<{tag}")), count(&format!("</{tag}>")), "{page}");
                }
            }
        }
    }
}
