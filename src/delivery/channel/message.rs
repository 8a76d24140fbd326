//! What is to be told, to whom, and for how long it is of use.
//!
//! Two things must survive when a text is cut to a channel's limit: that it is a drill, and the
//! offer code by which a reply is recognised. So the mark stands first, the code last, and what is
//! between gives way. The code also keeps texts apart for services that drop a text they have
//! seen: DingTalk does so for a day, WeCom's duplicate check for as long as it is told to.

use super::text::{Cost, cost_of, cut};
use crate::config::Language;
use crate::delivery::secret::Secret;
use crate::engine::command::Level;
use crate::engine::time::{Span, Timestamp};
use std::fmt;

/// How soon a message has its turn: the commander's before everybody else's, then by level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Urgency {
    /// It is for whoever commands the unit.
    pub commander: bool,
    /// The level it is about; none for information.
    pub level: Level,
}

/// A message to one receiver on one channel.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Idempotency key: the same on every attempt.
    pub key: String,
    /// The number, address or user id; `None` where the channel itself is the receiver.
    pub to: Option<Secret>,
    /// One line.
    pub subject: String,
    /// What is said.
    pub text: String,
    /// In which language.
    pub lang: Language,
    /// How soon it has its turn.
    pub urgency: Urgency,
    /// When it loses its worth.
    pub useful_until: Timestamp,
    /// It is part of a drill.
    pub drill: bool,
    /// By which a reply is recognised; empty where none is expected.
    pub code: String,
    /// Token of the reply link, for channels that tell where an answer goes.
    pub reply: Option<Secret>,
}

impl Message {
    /// How long it is of use yet; `None`: no longer.
    pub fn left(&self, now: Timestamp) -> Option<Span> {
        Some(self.useful_until - now).filter(|left| left.is_positive())
    }

    /// The subject, marked if it is a drill, within a limit.
    pub fn title(&self, max: usize, cost: Cost) -> String {
        cut(&format!("{}{}", self.mark(&self.subject), self.subject), max, cost)
    }

    /// The text, marked if it is a drill and with the offer code, within a limit.
    pub fn words(&self, max: usize, cost: Cost) -> String {
        self.fit(&self.text, max, cost)
    }

    /// Subject and text for channels that have no subject.
    pub fn titled(&self, max: usize, cost: Cost) -> String {
        if self.subject.is_empty() {
            return self.words(max, cost);
        }
        self.fit(&format!("{}\n{}", self.subject, self.text), max, cost)
    }

    fn fit(&self, text: &str, max: usize, cost: Cost) -> String {
        let mark = self.mark(text);
        let wanted = !self.code.is_empty();
        let tail = if wanted { format!(" [{}]", self.code) } else { String::new() };
        let whole = if text.contains(&self.code) {
            format!("{mark}{text}")
        } else {
            format!("{mark}{text}{tail}")
        };
        if cost_of(&whole, cost) <= max {
            return whole;
        }
        let room = max.saturating_sub(cost_of(mark, cost) + cost_of(&tail, cost));
        cut(&format!("{mark}{}{tail}", cut(text, room, cost)), max, cost)
    }

    fn mark(&self, text: &str) -> &'static str {
        let (mark, marked) = match self.lang {
            Language::ZhCn => ("【演练】", ["演练", "【演练"]),
            Language::En => ("DRILL: ", ["DRILL", "[DRILL"]),
        };
        let said = marked.iter().any(|word| text.starts_with(word));
        if self.drill && !said { mark } else { "" }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("key", &self.key)
            .field("lang", &self.lang)
            .field("urgency", &self.urgency)
            .field("useful_until", &self.useful_until)
            .field("drill", &self.drill)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::message;
    use super::super::text::utf8;
    use super::*;

    #[test]
    fn the_commander_is_first_and_levels_follow() {
        let rank = |commander, level| Urgency { commander, level };
        assert!(rank(true, Level::None) > rank(false, Level::L3));
        assert!(rank(true, Level::L3) > rank(true, Level::L2));
        assert!(rank(false, Level::L3) > rank(false, Level::L2));
        assert!(rank(false, Level::L2) > rank(false, Level::None));
    }

    #[test]
    fn mark_and_code_survive_the_cut() {
        let text = "请来支援。".repeat(50);
        let drill = Message { text, drill: true, code: "K7Q2".into(), ..message() };
        let said = drill.words(60, utf8);
        assert_eq!(said, "【演练】请来支援。请来支援。请来… [K7Q2]");
        assert_eq!(said.len(), 58, "the next character needs three bytes");
    }

    #[test]
    fn nothing_is_said_twice() {
        let code = "K7Q2".to_owned();
        let said = |text: &str| Message {
            text: text.into(),
            drill: true,
            code: code.clone(),
            ..message()
        };
        assert_eq!(said("演练：回复 K7Q2").words(99, utf8), "演练：回复 K7Q2");
        assert_eq!(said("回复 1").words(99, utf8), "【演练】回复 1 [K7Q2]");
        let english = Message { lang: Language::En, ..said("Come") };
        assert_eq!(english.words(99, utf8), "DRILL: Come [K7Q2]");
        assert_eq!(english.titled(99, utf8), "DRILL: 召回\nCome [K7Q2]");
    }

    #[test]
    fn no_limit_is_too_small() {
        for max in 0..40 {
            let said = Message { drill: true, code: "K7Q2".into(), ..message() }.words(max, utf8);
            assert!(said.len() <= max, "{max}: {said}");
        }
    }

    #[test]
    fn it_is_of_use_until_its_end() {
        let message = message();
        assert_eq!(message.left(message.useful_until), None);
        let before = Timestamp::from_millis(message.useful_until.as_millis() - 1);
        assert_eq!(message.left(before), Some(Span::millis(1)));
    }
}
