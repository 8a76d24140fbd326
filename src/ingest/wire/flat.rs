//! A JSON object as a flat record of scalars, borrowed from the text.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The fields of all forms, in the order of [`Field::NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Form,
    Source,
    Queue,
    At,
    Kind,
    CallId,
    Leg,
    Reason,
    Start,
    End,
    Final,
    Revision,
    Offered,
    Answered,
    Abandoned,
    Refused,
    Exited,
    AnsweredInTarget,
    WaitSeconds,
    TalkSeconds,
    Waiting,
    LongestWaitSeconds,
    InIvr,
    Talking,
    AfterCallWork,
    Available,
    LoggedIn,
    Paused,
    Full,
    Counters,
    Epoch,
}

pub(super) const FIELDS: usize = 31;

impl Field {
    pub(super) const NAMES: [(Self, &'static str); FIELDS] = [
        (Self::Form, "form"),
        (Self::Source, "source"),
        (Self::Queue, "queue"),
        (Self::At, "at"),
        (Self::Kind, "kind"),
        (Self::CallId, "call_id"),
        (Self::Leg, "leg"),
        (Self::Reason, "reason"),
        (Self::Start, "start"),
        (Self::End, "end"),
        (Self::Final, "final"),
        (Self::Revision, "revision"),
        (Self::Offered, "offered"),
        (Self::Answered, "answered"),
        (Self::Abandoned, "abandoned"),
        (Self::Refused, "refused"),
        (Self::Exited, "exited"),
        (Self::AnsweredInTarget, "answered_in_target"),
        (Self::WaitSeconds, "wait_seconds"),
        (Self::TalkSeconds, "talk_seconds"),
        (Self::Waiting, "waiting"),
        (Self::LongestWaitSeconds, "longest_wait_seconds"),
        (Self::InIvr, "in_ivr"),
        (Self::Talking, "talking"),
        (Self::AfterCallWork, "after_call_work"),
        (Self::Available, "available"),
        (Self::LoggedIn, "logged_in"),
        (Self::Paused, "paused"),
        (Self::Full, "full"),
        (Self::Counters, "counters"),
        (Self::Epoch, "epoch"),
    ];

    pub(super) const fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    fn of(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(field, _)| *field)
    }
}

/// A value that does not nest.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) enum Scalar<'a> {
    /// Left out, or `null`.
    #[default]
    Absent,
    Bool(bool),
    Whole(u64),
    Negative(i64),
    Float(f64),
    Text(Cow<'a, str>),
    /// An array or an object, skipped.
    Nested,
}

/// One object. What surprises is remembered, not thrown: the reader judges it with the form in
/// hand.
#[derive(Debug)]
pub(super) struct Flat<'a> {
    values: [Scalar<'a>; FIELDS],
    /// `counters`, where it is an object.
    pub(super) counters: Option<Box<Self>>,
    /// The first field that no form has.
    pub(super) unknown: Option<String>,
    /// The first field that comes twice.
    pub(super) twice: Option<Field>,
    /// What it is, where it is no object.
    pub(super) instead: Option<&'static str>,
}

impl<'a> Flat<'a> {
    fn empty() -> Self {
        let values = [const { Scalar::Absent }; FIELDS];
        Self { values, counters: None, unknown: None, twice: None, instead: None }
    }

    fn no_object<E>(what: &'static str) -> Result<Self, E> {
        Ok(Self { instead: Some(what), ..Self::empty() })
    }

    pub(super) fn get(&self, field: Field) -> &Scalar<'a> {
        &self.values[field as usize]
    }

    /// The fields that are present.
    pub(super) fn present(&self) -> impl Iterator<Item = Field> {
        let here = |field: Field| !matches!(self.get(field), Scalar::Absent);
        let nested = self.counters.is_some();
        Field::NAMES
            .iter()
            .map(|(field, _)| *field)
            .filter(move |f| here(*f) || (nested && *f == Field::Counters))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Flat<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(FlatVisitor { top: true })
    }
}

struct FlatVisitor {
    top: bool,
}

impl<'de> DeserializeSeed<'de> for FlatVisitor {
    type Value = Flat<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FlatVisitor {
    type Value = Flat<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut flat = Flat::empty();
        let mut seen = 0_u32;
        while let Some(key) = map.next_key::<Key>()? {
            let field = match key {
                Key::Known(field) => field,
                Key::Unknown(name) => {
                    map.next_value::<IgnoredAny>()?;
                    flat.unknown.get_or_insert(name);
                    continue;
                }
            };
            if seen & (1 << field as u32) != 0 {
                flat.twice.get_or_insert(field);
            }
            seen |= 1 << field as u32;
            if field == Field::Counters && self.top {
                let nested = map.next_value_seed(Self { top: false })?;
                flat.counters = (nested.instead != Some("null")).then(|| Box::new(nested));
            } else {
                flat.values[field as usize] = map.next_value()?;
            }
        }
        Ok(flat)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Flat::no_object("an array")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Flat::no_object("true or false")
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Flat::no_object("a number")
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Flat::no_object("a number")
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Flat::no_object("a number")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Flat::no_object("text")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Flat::no_object("null")
    }
}

enum Key {
    Known(Field),
    Unknown(String),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
                Ok(Field::of(name).map_or_else(|| Key::Unknown(name.to_owned()), Key::Known))
            }
        }
        json.deserialize_identifier(KeyVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(u64::try_from(value).map_or(Scalar::Negative(value), Scalar::Whole))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Whole(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
}

/// Hands the objects of an array on, one at a time; stops where `take` says `false`.
pub(super) struct Each<'f> {
    pub(super) take: &'f mut dyn FnMut(&Flat<'_>) -> bool,
}

impl<'de> DeserializeSeed<'de> for Each<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of observations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(flat) = seq.next_element::<Flat<'_>>()? {
            if !(self.take)(&flat) {
                return Err(A::Error::custom("too many items"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_the_fields() {
        for (at, (field, name)) in Field::NAMES.into_iter().enumerate() {
            assert_eq!(field as usize, at);
            assert_eq!(Field::of(name), Some(field));
        }
    }
}
