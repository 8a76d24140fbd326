//! What a text message or a key of a telephone says.
//!
//! A message is read as people type at night on whatever they have: full-width letters, no space,
//! Chinese punctuation, minutes or none. But every word must be understood. One that is not could be
//! the "not" of a sentence, and a help text costs less than a person who comes by mistake.

use super::token::{CODE_CHARS, is_code};
use crate::engine::time::Span;
use crate::recall::Words;
use unicode_normalization::UnicodeNormalization as _;

/// Longest message that is read: two of the longest that are sent in one piece.
const CHARS_MAX: usize = 320;
/// Longest way that may be told.
const MINUTES_MAX: u32 = 1_440;

/// What a text message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An answer to the offer of a code.
    Answer {
        /// The code as it is sent.
        code: String,
        /// The answer.
        words: Words,
    },
    /// The number is somebody else's; the code is not needed for that.
    WrongNumber {
        /// Where one was told.
        code: Option<String>,
    },
    /// The sender wants no messages from this number. The gateway sees to that.
    Stop,
    /// Nothing sound.
    Unclear,
}

/// What a key of a telephone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// An answer.
    Answer(Words),
    /// No key: silence is silence, and so is an answering machine.
    Silence,
    /// A key that means nothing.
    Unclear,
}

/// The meaning of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    Yes,
    No,
    OnTheWay,
    Wrong,
    Stop,
    /// Says nothing by itself.
    Filler,
    /// So many minutes for each of the number in front of it.
    Unit(u32),
    /// A number by itself.
    HalfHour,
}

/// Words in capital letters. A run of Chinese characters is one word.
const SENSES: &[(Sense, &[&str])] = &[
    (Sense::Yes, &["Y", "YES", "OK", "YEP", "YEAH", "COMING", "COME", "SURE"]),
    (Sense::Yes, &["是", "是的", "来", "我来", "能来", "可以", "好", "好的", "到", "去"]),
    (Sense::No, &["N", "NO", "NOPE", "CANNOT", "DECLINE"]),
    (
        Sense::No,
        &["否", "不", "不是", "不来", "不去", "不能来", "来不了", "去不了", "不行", "不可以"],
    ),
    (Sense::OnTheWay, &["OMW", "在路上", "路上", "已出发", "出发", "出发了"]),
    (Sense::Wrong, &["WRONG", "WRONGNUMBER", "打错", "打错了", "发错", "发错了", "错号"]),
    (Sense::Stop, &["STOP", "STOPALL", "UNSUBSCRIBE", "TD", "退订"]),
    (Sense::Filler, &["I", "AM", "IN", "NUMBER", "PLEASE", "后", "后到", "内到", "左右", "内"]),
    (Sense::Unit(1), &["MIN", "MINS", "MINUTE", "MINUTES", "M", "分", "分钟", "分钟后", "分钟到"]),
    (Sense::Unit(1), &["分钟后到", "分钟内到", "分钟内", "分钟左右"]),
    (Sense::Unit(60), &["H", "HOUR", "HOURS", "小时", "个小时", "小时后", "小时后到", "小时到"]),
    (Sense::HalfHour, &["半小时", "半个小时", "半小时后", "半小时到"]),
];

/// Reads a text message.
pub fn read(text: &str) -> Heard {
    if text.chars().count() > CHARS_MAX {
        return Heard::Unclear;
    }
    let mut words = split(text);
    let code = take_code(&mut words);
    if let [only] = &words[..]
        && sense(only) == Some(Sense::Stop)
        && code.is_none()
    {
        return Heard::Stop;
    }
    let Some(said) = said(&words) else { return Heard::Unclear };
    match (said, code) {
        (Words::WrongNumber, code) => Heard::WrongNumber { code },
        (words, Some(code)) => Heard::Answer { code, words },
        (_, None) => Heard::Unclear,
    }
}

/// Reads the key that was pressed, as a telephone network tells it.
pub fn key(digits: &str) -> Key {
    match digits.trim() {
        "" => Key::Silence,
        "1" => Key::Answer(Words::Accept(None)),
        "2" => Key::Answer(Words::Decline),
        "9" => Key::Answer(Words::WrongNumber),
        _ => Key::Unclear,
    }
}

/// Words in capital letters and of ordinary width; whatever is no letter and no digit parts them, and
/// so does the change between Chinese and Latin, or from digits at the beginning to letters.
fn split(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for c in text.nfkc().flat_map(char::to_uppercase) {
        if !c.is_alphanumeric() {
            open = open && c == '\'';
            continue;
        }
        let joins = words.last().is_some_and(|word| {
            let latin = word.is_ascii();
            let number = word.bytes().all(|b| b.is_ascii_digit());
            latin == c.is_ascii() && !(number && c.is_ascii_alphabetic())
        });
        match words.last_mut() {
            Some(word) if open && joins => word.push(c),
            _ => words.push(c.into()),
        }
        open = true;
    }
    words
}

/// Takes the code out of the words: the first that looks like one and is no word. An answer of one
/// sign may stick to it.
fn take_code(words: &mut Vec<String>) -> Option<String> {
    let stuck = |word: &str| {
        word.is_ascii()
            && word.len() == CODE_CHARS + 1
            && is_code(&word[..CODE_CHARS])
            && ["1", "2", "9", "Y", "N"].contains(&&word[CODE_CHARS..])
    };
    let found =
        words.iter().position(|word| sense(word).is_none() && (is_code(word) || stuck(word)))?;
    let mut code = words.remove(found);
    if code.len() > CODE_CHARS {
        let answer = code.split_off(CODE_CHARS);
        words.insert(found, answer);
    }
    Some(code)
}

fn sense(word: &str) -> Option<Sense> {
    SENSES.iter().find(|(_, words)| words.contains(&word)).map(|(sense, _)| *sense)
}

/// What the words beside the code say, if all of them are understood and say one thing.
fn said(words: &[String]) -> Option<Words> {
    let mut answer: Option<Sense> = None;
    let mut minutes: Option<u32> = None;
    let mut number: Option<u32> = None;
    for word in words {
        if let Ok(digits) = word.parse::<u32>() {
            match (answer, digits) {
                (None, 1) => answer = Some(Sense::Yes),
                (None, 2) => answer = Some(Sense::No),
                (None, 9) => answer = Some(Sense::Wrong),
                (Some(Sense::Yes | Sense::OnTheWay), _) if minutes.is_none() => {
                    (minutes, number) = (Some(digits), Some(digits));
                }
                _ => return None,
            }
            continue;
        }
        match sense(word)? {
            Sense::Filler => {}
            Sense::Unit(each) => minutes = Some(number.take()?.checked_mul(each)?),
            Sense::HalfHour if minutes.is_none() => minutes = Some(30),
            Sense::HalfHour | Sense::Stop => return None,
            found @ (Sense::Yes | Sense::No | Sense::OnTheWay | Sense::Wrong) => {
                if answer.is_some_and(|said| said != found) {
                    return None;
                }
                answer = Some(found);
            }
        }
    }
    if minutes.is_some_and(|minutes| minutes > MINUTES_MAX) {
        return None;
    }
    let eta = minutes.map(|minutes| Span::minutes(i64::from(minutes)));
    match answer? {
        Sense::Yes => Some(Words::Accept(eta)),
        Sense::OnTheWay => Some(Words::OnTheWay(eta)),
        Sense::No => Some(Words::Decline).filter(|_| eta.is_none()),
        Sense::Wrong => Some(Words::WrongNumber).filter(|_| eta.is_none()),
        Sense::Stop | Sense::Filler | Sense::Unit(_) | Sense::HalfHour => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(words: Words) -> Heard {
        Heard::Answer { code: "K7Q2".to_owned(), words }
    }

    fn minutes(minutes: i64) -> Option<Span> {
        Some(Span::minutes(minutes))
    }

    #[test]
    fn what_people_type_is_understood() {
        for text in [
            "K7Q2 1",
            "k7q2 y",
            "Ｋ７Ｑ２　是",
            "K7Q2，来。",
            "k7q2来",
            "1 k7q2",
            "K7Q21",
            "K7Q2 1!",
            "【K7Q2】好的",
            "k7q2:yes",
            "  K7Q2\n1 ",
            "K7Q2 yes please",
            "YES K7Q2",
        ] {
            assert_eq!(read(text), answer(Words::Accept(None)), "{text}");
        }
        for text in
            ["K7Q2 2", "k7q2 n", "K7Q2 否", "Ｋ７Ｑ２２", "k7q2不来", "K7Q2 No.", "K7Q2，来不了"]
        {
            assert_eq!(read(text), answer(Words::Decline), "{text}");
        }
        for (text, eta) in [
            ("K7Q2 1 40", 40),
            ("k7q2 y 40min", 40),
            ("Ｋ７Ｑ２ １ ４０分钟", 40),
            ("K7Q2是，40分钟后到", 40),
            ("k7q2 1 2 hours", 120),
            ("K7Q2 来 1小时", 60),
            ("K7Q2 来，半小时到", 30),
            ("K7Q2 yes 0", 0),
        ] {
            assert_eq!(read(text), answer(Words::Accept(minutes(eta))), "{text}");
        }
        assert_eq!(read("K7Q2 在路上 20"), answer(Words::OnTheWay(minutes(20))));
        assert_eq!(read("k7q2 omw"), answer(Words::OnTheWay(None)));
    }

    #[test]
    fn a_wrong_number_needs_no_code() {
        for text in ["9", "９", "打错了", "打错了！", "Wrong number", "wrong number."] {
            assert_eq!(read(text), Heard::WrongNumber { code: None }, "{text}");
        }
        let code = Some("K7Q2".to_owned());
        assert_eq!(read("K7Q2 9"), Heard::WrongNumber { code: code.clone() });
        assert_eq!(read("k7q2 打错了"), Heard::WrongNumber { code });
        assert_eq!(read("stop"), Heard::Stop);
        assert_eq!(read("退订"), Heard::Stop);
    }

    #[test]
    fn what_is_not_wholly_understood_is_not_guessed() {
        for text in [
            "",
            " ",
            "1",
            "2",
            "yes",
            "K7Q2",
            "K7Q2 3",
            "K7Q2 40",
            "K7Q2 1 不来",
            "K7Q2 不可能",
            "K7Q2 not 1",
            "K7Q2 1 2",
            "K7Q2 2 40",
            "K7Q2 1 1441",
            "K7Q2 1 99999999999",
            "K7Q2 1 40 50",
            "K7Q2 stop",
            "K7Q2 maybe",
            "K7Q2 1 if",
            "你好",
            "K7Q2 1 M7R3",
            "hello K7Q2 1",
            "K7Q2 9 5",
        ] {
            // A second number after a yes is its minutes.
            let fair =
                if text == "K7Q2 1 2" { answer(Words::Accept(minutes(2))) } else { Heard::Unclear };
            assert_eq!(read(text), fair, "{text}");
        }
    }

    #[test]
    fn a_key_is_an_answer_and_silence_is_none() {
        assert_eq!(key("1"), Key::Answer(Words::Accept(None)));
        assert_eq!(key("2"), Key::Answer(Words::Decline));
        assert_eq!(key("9"), Key::Answer(Words::WrongNumber));
        assert_eq!(key(""), Key::Silence);
        for other in ["3", "11", "#", "*", "一"] {
            assert_eq!(key(other), Key::Unclear, "{other}");
        }
    }

    /// The text in the wide form that Chinese keyboards make.
    fn wide(text: &str) -> String {
        let widen = |c: char| match c {
            ' ' => '\u{3000}',
            '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
            _ => c,
        };
        text.chars().map(widen).collect()
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,400}", digits in "\\PC{0,4}") {
            read(&text);
            key(&digits);
        }

        #[test]
        fn case_and_width_change_nothing(
            text in "[A-Za-z0-9 ,.:是否来不打错了分钟]{0,24}|[A-HJ-KM-NP-Z][A-HJ-KM-NP-Z2-9]{3} [129yYnN]( [0-9]{1,3})?",
        ) {
            let plain = read(&text);
            prop_assert_eq!(read(&text.to_lowercase()), plain.clone());
            prop_assert_eq!(read(&text.to_uppercase()), plain.clone());
            prop_assert_eq!(read(&wide(&text)), plain);
        }

        #[test]
        fn every_code_that_is_made_is_read(person in 0u32..10_000) {
            use crate::delivery::secret::Secret;
            use crate::engine::command::Level;
            use crate::engine::time::Timestamp;
            use crate::recall::RecallId;
            use crate::reply::token::{Asked, LinkKey};
            use crate::roster::PersonId;
            let recall = RecallId { incident: 1, level: Level::L2, generation: 1, drill: false };
            let deadline = Timestamp::from_secs(1_795_896_000);
            let asked = Asked { recall, person: PersonId(person), deadline };
            let code = LinkKey::of(&Secret::new("0123456789abcdef")).code(&asked);
            let said = read(&format!("{} 1 40", code.to_lowercase()));
            prop_assert_eq!(said, Heard::Answer { code, words: Words::Accept(minutes(40)) });
        }
    }
}
