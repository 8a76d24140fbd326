//! Where a value stands in an answer: JSON Pointer (RFC 6901).

use serde_json::Value;
use std::fmt;

/// A checked pointer. The empty one is the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer(String);

/// Why a text is no pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// It does not begin with a slash.
    #[error("a JSON Pointer is empty or begins with `/`")]
    Slash,
    /// A tilde stands for nothing.
    #[error("in a JSON Pointer `~` is written `~0`, and a `/` inside a name `~1`")]
    Tilde,
}

impl Pointer {
    /// Checks a text.
    ///
    /// # Errors
    /// [`PointerError`] says what is wrong with it.
    ///
    /// ```
    /// use callsurge::ingest::poll::Pointer;
    /// let answer = serde_json::json!({"a/b": [{"n": 7}]});
    /// let pointer = Pointer::parse("/a~1b/0/n").expect("a pointer");
    /// assert_eq!(pointer.find(&answer), Some(&serde_json::json!(7)));
    /// assert!(Pointer::parse("a/b").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        if !text.is_empty() && !text.starts_with('/') {
            return Err(PointerError::Slash);
        }
        let mut after = text.split('~').skip(1);
        if after.any(|rest| !rest.starts_with(['0', '1'])) {
            return Err(PointerError::Tilde);
        }
        Ok(Self(text.to_owned()))
    }

    /// What it points at.
    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        value.pointer(&self.0)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("the answer") } else { f.write_str(&self.0) }
    }
}

/// Pointers to the scalars in a value, at most `most`; of a list its first element.
pub fn scalars(value: &Value, most: usize) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, &mut String::new(), most, &mut found);
    found
}

fn collect(value: &Value, at: &mut String, most: usize, found: &mut Vec<String>) {
    let length = at.len();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if found.len() >= most {
                    return;
                }
                at.push('/');
                at.push_str(&name.replace('~', "~0").replace('/', "~1"));
                collect(member, at, most, found);
                at.truncate(length);
            }
        }
        Value::Array(items) => {
            if let Some(first) = items.first() {
                at.push_str("/0");
                collect(first, at, most, found);
                at.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push(at.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The examples of RFC 6901, section 5.
    #[test]
    fn the_examples_of_the_standard() {
        let document = json!({
            "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
            "k\"l": 6, " ": 7, "m~n": 8
        });
        let at = |text: &str| Pointer::parse(text).unwrap().find(&document).cloned();
        assert_eq!(at(""), Some(document.clone()));
        let cases = [
            ("/foo", json!(["bar", "baz"])),
            ("/foo/0", json!("bar")),
            ("/", json!(0)),
            ("/a~1b", json!(1)),
            ("/c%d", json!(2)),
            ("/e^f", json!(3)),
            ("/g|h", json!(4)),
            ("/i\\j", json!(5)),
            ("/k\"l", json!(6)),
            ("/ ", json!(7)),
            ("/m~0n", json!(8)),
        ];
        for (text, value) in cases {
            assert_eq!(at(text), Some(value), "{text}");
        }
        assert_eq!((at("/foo/2"), at("/foo/-"), at("/foo/01")), (None, None, None));
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        assert_eq!(Pointer::parse("foo"), Err(PointerError::Slash));
        assert_eq!(Pointer::parse("/a~2"), Err(PointerError::Tilde));
        assert_eq!(Pointer::parse("/a~"), Err(PointerError::Tilde));
    }

    #[test]
    fn scalars_are_listed_with_their_pointers() {
        let value = json!({"a": {"b/c": 1}, "list": [{"x": null}, {"y": 2}], "empty": []});
        assert_eq!(scalars(&value, 9), ["/a/b~1c", "/list/0/x"]);
        assert_eq!(scalars(&value, 1), ["/a/b~1c"]);
    }
}
