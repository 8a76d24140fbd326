//! The commander's acts, read anew from all orders at every instant.

use super::{History, Item, Step};
use callsurge::engine::command::{Act, Level};
use callsurge::engine::effect::Cause;
use callsurge::engine::ladder::Order;
use callsurge::engine::time::{Span, Timestamp};

impl History<'_> {
    /// The newest order of a kind that `of` recognises and that no later order replaced.
    pub(super) fn order(
        &self,
        of: fn(&Act) -> Option<Level>,
        replaced: fn(&Act, Level) -> bool,
    ) -> Level {
        let mut found: Option<(Level, Timestamp)> = None;
        let mut at = Timestamp::MIN;
        for item in self.items {
            match item {
                Item::Moment(m) => at = m.at,
                Item::Order(o) if self.valid(o, at) => {
                    let until = o.expires_at.unwrap_or(at + self.policy.hold_max);
                    if let Some(level) = of(&o.act) {
                        found = Some((level, until));
                    } else if found.is_some_and(|(level, _)| replaced(&o.act, level)) {
                        found = None;
                    }
                }
                Item::Order(_) | Item::Sign(_) | Item::Down(..) => {}
            }
        }
        match found {
            Some((level, until)) if self.now() < until => level,
            _ => Level::None,
        }
    }

    pub(super) fn floor(&self) -> Level {
        let of = |act: &Act| match act {
            Act::Raise(level) => Some(*level),
            Act::Lower(_) | Act::Hold | Act::Confirm | Act::Close => None,
        };
        self.order(of, |act, floor| match act {
            Act::Lower(level) => *level < floor,
            Act::Close => true,
            Act::Raise(_) | Act::Hold | Act::Confirm => false,
        })
    }

    pub(super) fn ceiling(&self) -> Level {
        let of = |act: &Act| match act {
            Act::Lower(level) if *level != Level::None => Some(*level),
            Act::Lower(_) | Act::Raise(_) | Act::Hold | Act::Confirm | Act::Close => None,
        };
        let none = self.order(of, |act, ceiling| match act {
            Act::Raise(level) => *level > ceiling,
            Act::Lower(_) | Act::Hold | Act::Confirm | Act::Close => false,
        });
        if none == Level::None { Level::L3 } else { none }
    }

    pub(super) fn holding(&self) -> bool {
        let of = |act: &Act| (*act == Act::Hold).then_some(Level::L1);
        self.order(of, |_, _| false) != Level::None
    }

    /// Closed by the commander, and neither expired nor once not abnormal since.
    pub(super) fn suppressed(&self) -> bool {
        let closes = |act: &Act| matches!(act, Act::Close | Act::Lower(Level::None));
        let mut until = None;
        let mut at = Timestamp::MIN;
        for (n, item) in self.items.iter().enumerate() {
            match item {
                Item::Order(o) if closes(&o.act) => {
                    let open = self.made.iter().rev().find(|c| c.item <= n);
                    let closed = open.is_some_and(|c| c.item == n);
                    if self.valid(o, at) && (closed || until.is_some()) {
                        until = Some(o.expires_at.unwrap_or(at + self.policy.hold_max));
                    }
                }
                Item::Order(o) if matches!(o.act, Act::Raise(_)) && self.valid(o, at) => {
                    until = None
                }
                Item::Moment(m) => {
                    at = m.at;
                    until = until.filter(|&end| at < end && (m.abnormal != Some(false) || m.blind));
                }
                Item::Order(_) | Item::Sign(_) | Item::Down(..) => {}
            }
        }
        until.is_some()
    }

    /// Whether the expiry of an order at `at` lies ahead, and near enough. A confirmation does not end.
    pub(super) fn valid(&self, order: &Order, at: Timestamp) -> bool {
        let longest = match order.act {
            Act::Hold | Act::Close | Act::Lower(Level::None) => self.policy.hold_max,
            Act::Raise(_) | Act::Lower(_) => Span::hours(12),
            Act::Confirm => return true,
        };
        order.expires_at.is_none_or(|until| until > at && until - at <= longest)
    }

    pub(super) fn obey(&self, order: &Order) -> Option<Step> {
        let level = self.level();
        if !self.valid(order, self.now()) {
            return None;
        }
        let to = match order.act {
            Act::Raise(to) if to > level => to,
            Act::Lower(to) if to < level => to,
            Act::Close if level > Level::None => Level::None,
            Act::Confirm if self.l3_waits() => return Some((Level::L3, Cause::Timer, Span::ZERO)),
            Act::Raise(_) | Act::Lower(_) | Act::Close | Act::Confirm | Act::Hold => return None,
        };
        Some((to, Cause::Manual, Span::ZERO))
    }
}
